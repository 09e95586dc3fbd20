"""A repository with real files and a real database, for one test alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from sql import schema
from sql.database import Database
from tests.repository.requests import REPOSITORY
from tests.simulators.repository import IndexingLink

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def own_database(tmp_path: Path) -> Iterator[Database]:
    """A migrated SQLite of the test's own."""
    database = Database(f"sqlite:///{tmp_path}/coffre.db")
    schema.upgrade(database)
    yield database
    database.close()


@pytest.fixture
def content(tmp_path: Path) -> ContentStore:
    return ContentStore(tmp_path / "content")


@pytest.fixture
def link(own_database: Database) -> IndexingLink:
    return IndexingLink(own_database)


@pytest.fixture
def repository(own_database: Database, content: ContentStore, link: IndexingLink) -> DocumentRepository:
    return DocumentRepository(REPOSITORY, content, link, index.asking(own_database.read), lambda: NOW)
