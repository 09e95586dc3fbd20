"""Databases for many thousand units of work."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sql import schema
from sql.database import Database
from tests.conftest import new_postgresql

MEMORY = Path("/dev/shm")  # a file system in memory, where there is one
HURRIED = "options=-c%20synchronous_commit%3Doff"


@pytest.fixture(scope="session")
def quick_databases(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """One empty database a dialect that flushes nothing: who wins and what is found is asked here, not what a power cut leaves."""
    folder = Path(tempfile.mkdtemp(dir=MEMORY)) if MEMORY.is_dir() else tmp_path_factory.mktemp("quick")
    url = new_postgresql(postgresql_server)
    databases = {
        "sqlite": Database(f"sqlite:///{folder}/coffre.db"),
        "postgresql": Database(f"{url}{'&' if '?' in url else '?'}{HURRIED}"),
    }
    for database in databases.values():
        schema.upgrade(database)
    yield databases
    for database in databases.values():
        database.close()
    shutil.rmtree(folder)
