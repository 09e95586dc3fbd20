"""Keys that sign the bench's requests."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import pki


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration PKI."""
    folder = tmp_path_factory.mktemp("bench-pki")
    pki.make(folder)
    return folder
