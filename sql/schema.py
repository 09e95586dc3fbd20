"""Schema versions: brings a database to the present one, and says whether it is there. [Alembic]"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect
from sqlalchemy.exc import DBAPIError

from sql.database import Database, Unavailable


def upgrade(database: Database) -> tuple[str | None, str]:
    """Runs every migration that is missing, in one transaction; gives the revision before and after."""
    before = find_revision(database)
    with database.engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return before, newest_revision()


def find_revision(database: Database) -> str | None:
    """The schema revision the database is at; None when it has none."""
    with _connect(database) as connection:
        return MigrationContext.configure(connection).get_current_revision()


def newest_revision() -> str:
    """The revision this release needs."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def is_empty(database: Database) -> bool:
    """Whether the database holds no table at all."""
    with _connect(database) as connection:
        return not inspect(connection).get_table_names()


@contextmanager
def _connect(database: Database) -> Iterator[Connection]:
    """SQLAlchemy's connection. Raises Unavailable."""
    try:
        with database.engine.connect() as connection:
            yield connection
    except DBAPIError as error:
        raise Unavailable(type(error.orig).__name__) from error


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    return config
