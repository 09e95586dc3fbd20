"""A real PostgreSQL for every suite: the one named, the one found on the machine, else the one that comes as a wheel. [decision 12]"""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from bench import postgresql


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a running PostgreSQL in which databases may be made; stopped when the tests end if they started it."""
    named = os.environ.get("COFFRE_TEST_DATABASE_URL")
    if named:
        yield named
        return
    with postgresql.server(tmp_path_factory.mktemp("postgresql")) as url:
        yield url
