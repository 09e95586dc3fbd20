"""Databases for the tests, one a dialect: the whole suite runs on both."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql as quoting

from bench import postgresql
from sql import schema
from sql.database import Database


def new_postgresql(server: str) -> str:
    """URL of a fresh, empty database."""
    name = f"coffre_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgresql.driver_url(server), autocommit=True) as connection:
        connection.execute(quoting.SQL("create database {}").format(quoting.Identifier(name)))
    return postgresql.with_database(server, name)


@contextmanager
def migrated_databases(server: str, folder: Path) -> Iterator[dict[str, Database]]:
    """One migrated database a dialect."""
    urls = {"sqlite": f"sqlite:///{folder}/coffre.db", "postgresql": new_postgresql(server)}
    databases = {name: Database(url) for name, url in urls.items()}
    for database in databases.values():
        schema.upgrade(database)
    yield databases
    for database in databases.values():
        database.close()


@pytest.fixture(scope="session")
def session_databases(
    postgresql_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Database]]:
    """One migrated database a dialect for the whole session; tests keep apart by fresh ids."""
    with migrated_databases(postgresql_server, tmp_path_factory.mktemp("sqlite")) as databases:
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, session_databases: dict[str, Database]) -> Database:
    """A migrated database, once a dialect."""
    return session_databases[request.param]


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database of the test's own, once a dialect."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/fresh.db"
    return new_postgresql(request.getfixturevalue("postgresql_server"))
