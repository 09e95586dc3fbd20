"""One database, SQLite or PostgreSQL, and its units of work. *Returning commits, refusing rolls back.*

A unit of work is judged again from the start when the database says that somebody else was faster (``Conflict``): so the rule
in the code, told of the new facts, gives the error, and the constraint is only the last guard. A commit that fails is never
tried again: what the disk holds is then unknown, and the process must stop being ready (``StorageFailure``).
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

import psycopg
from sqlalchemy import Connection, CursorResult, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError, IntegrityError

from sql.postgresql import BinaryCursor

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]
ATTEMPTS_MAX = 25
"""How often a unit of work is begun again: many can meet on one document, each round settles at least one of them."""

SQLITE_BUSY_MS = 30_000
"""How long a writer waits for the one write lock; the longest unit of work is a few milliseconds."""

_RETRY = ("40001", "40P01")
"""PostgreSQL: serialization failure, deadlock. [PostgreSQL: Appendix A]"""

_UNSAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class Conflict(Exception):
    """Somebody else changed what this unit of work was built on; it must be done again."""


class Busy(Exception):
    """The database did not let us in in time; nothing was changed, the caller may try again."""


class Unavailable(Exception):
    """The database cannot be reached or refuses its work."""


class StorageFailure(Exception):
    """What was written could not be made durable; whether it is on the disk is unknown."""


class Work:
    """One unit of work. Statements use the driver's own placeholders: ``?`` for SQLite, ``%s`` for PostgreSQL."""

    __slots__ = ("_connection", "dialect")

    def __init__(self, connection: Connection, dialect: Dialect) -> None:
        self._connection = connection
        self.dialect = dialect

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> CursorResult[*tuple[Any, ...]]:
        """Runs one statement. Raises Conflict, Busy, Unavailable."""
        try:
            return self._connection.exec_driver_sql(statement, tuple(parameters))
        except DBAPIError as error:
            raise translate(error) from error

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs one statement for many rows. Raises Conflict, Busy, Unavailable."""
        try:
            self._connection.exec_driver_sql(statement, [tuple(row) for row in rows])
        except DBAPIError as error:
            raise translate(error) from error

    @property
    def connection(self) -> Connection:
        """SQLAlchemy's connection, for bulk loading and schema work."""
        return self._connection


def translate(error: DBAPIError) -> Exception:
    """What a driver's error means here."""
    origin = error.orig
    if isinstance(error, IntegrityError):
        return Conflict(type(origin).__name__)
    if isinstance(origin, psycopg.Error):
        if origin.sqlstate in _RETRY:
            return Conflict(origin.sqlstate)
        return Busy(origin.sqlstate) if origin.sqlstate == "55P03" else Unavailable(f"{type(origin).__name__}")
    if isinstance(origin, sqlite3.OperationalError) and "locked" in str(origin):
        return Busy("database is locked")
    return Unavailable(type(origin).__name__)


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """A setting of the database server under which an acknowledged document could be lost."""

    setting: str
    seen: str
    expected: str


class Database:
    """A database by its URL: ``sqlite:///path`` or ``postgresql+psycopg://…``. One object a process."""

    def __init__(self, url: str, *, pool_size: int = 2) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(f"{parsed.get_backend_name()} is not spoken here: sqlite or postgresql+psycopg")
        self.url = url
        self.dialect: Dialect = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql"
        if self.dialect == "sqlite":
            self._engine = create_engine(
                parsed, pool_size=pool_size, max_overflow=8, connect_args={"check_same_thread": False}
            )
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
            if parsed.database:
                Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
            self._reading = self._engine.execution_options(coffre_begin="BEGIN")
        else:
            self._engine = create_engine(
                parsed,
                pool_size=pool_size,
                max_overflow=8,
                pool_pre_ping=False,
                connect_args={"cursor_factory": BinaryCursor, "prepare_threshold": 2, "connect_timeout": 10},
            )
            self._reading = self._engine.execution_options(isolation_level="AUTOCOMMIT")

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for migrations."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A unit of work that only reads. On PostgreSQL each statement sees the state of its own moment."""
        with self._connect(self._reading) as connection:
            if self.dialect == "sqlite":
                with connection.begin():
                    yield Work(connection, self.dialect)
            else:
                yield Work(connection, self.dialect)

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A unit of work that commits when the block ends and rolls back when it raises. Raises StorageFailure."""
        with self._connect(self._engine) as connection:
            transaction = self._begin(connection)
            try:
                yield Work(connection, self.dialect)
            except BaseException:
                transaction.rollback()
                raise
            _commit(transaction)

    def settle(self, act: Callable[[Work], T], is_refused: Callable[[T], bool]) -> T:
        """Runs ``act`` in a unit of work: its answer commits, unless it is a refusal, which rolls back.

        ``act`` is run again on Conflict, so it may have no effects but through its Work. Raises Busy, Unavailable, StorageFailure.
        """
        for _ in range(ATTEMPTS_MAX):
            try:
                with self._connect(self._engine) as connection:
                    transaction = self._begin(connection)
                    try:
                        answer = act(Work(connection, self.dialect))
                    except BaseException:
                        transaction.rollback()
                        raise
                    if is_refused(answer):
                        transaction.rollback()
                    else:
                        _commit(transaction)
                    return answer
            except Conflict:
                continue
        raise Busy(f"{ATTEMPTS_MAX} times somebody else was faster")

    def find_unsafe_settings(self) -> list[SafetyFinding]:
        """Settings of the server that break the promise of durability; empty when all is well."""
        if self.dialect == "sqlite":
            return []
        with self.read() as work:
            seen = {name: str(work.execute(f"show {name}").scalar_one()) for name in _UNSAFE}
        # "remote_apply" and "remote_write" wait for more than the local disk; only "off" and "local" with replicas wait for less.
        return [
            SafetyFinding(name, value, _UNSAFE[name])
            for name, value in seen.items()
            if value == "off" or (name != "synchronous_commit" and value != "on")
        ]

    def close(self) -> None:
        """Gives back every connection."""
        self._engine.dispose()

    @contextmanager
    def _connect(self, engine: Engine) -> Iterator[Connection]:
        try:
            connection = engine.connect()
        except DBAPIError as error:
            raise Unavailable(type(error.orig).__name__) from error
        with connection:
            yield connection

    def _begin(self, connection: Connection) -> Any:
        try:
            return connection.begin()
        except DBAPIError as error:
            raise translate(error) from error


def describe_url(url: str) -> str:
    """The URL without a password, fit for a log."""
    return re.sub(r"://([^:/@]+):[^@/]*@", r"://\1:***@", url)


def _commit(transaction: Any) -> None:
    try:
        transaction.commit()
    except DBAPIError as error:
        meaning = translate(error)
        if isinstance(meaning, Conflict | Busy):
            raise meaning from error
        raise StorageFailure(f"commit failed: {type(error.orig).__name__}") from error


def _set_up_sqlite(connection: sqlite3.Connection, _record: object) -> None:
    """Durable commits, one writer, readers that never wait. [SQLite: WAL]"""
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "cache_size=-65536",
        "mmap_size=268435456",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    """A writer takes its lock at once: to wait later, with something read already, would be a deadlock."""
    connection.exec_driver_sql(connection.get_execution_options().get("coffre_begin", "BEGIN IMMEDIATE"))
