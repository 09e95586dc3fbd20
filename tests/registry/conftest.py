"""The stores that tests of the registry run over."""

from __future__ import annotations

import pytest

from tests.registry.desk import Backend, Desk, MemoryBackend, SQLBackend


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def registry_backend(request: pytest.FixtureRequest) -> Backend:
    """The oracle, and each real store. A real one is shared by the session: tests keep apart by fresh ids."""
    if request.param == "memory":
        return MemoryBackend()
    return SQLBackend(request.getfixturevalue("session_databases")[request.param])


@pytest.fixture
def desk(registry_backend: Backend) -> Desk:
    """A registry with one known patient of the test's own."""
    return Desk(registry_backend)
