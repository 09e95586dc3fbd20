"""One database, SQLite or PostgreSQL, and its units of work. *Returning commits, refusing rolls back.*

A unit of work is judged again from the start when the database says that somebody else was faster (``Conflict``): so the rule
in the code, told of the new facts, gives the error, and the constraint is only the last guard. A commit that fails is never
tried again: what the disk holds is then unknown, and the process must stop being ready (``StorageFailure``).
"""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import psycopg
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import PoolProxiedConnection

from sql.postgresql import BinaryRawCursor, at_once, numbered
from sql.prepared import Prepared

T = TypeVar("T")
Dialect = Literal["sqlite", "postgresql"]
ATTEMPTS_MAX = 25
"""How often a unit of work is begun again: many can meet on one document, each round settles at least one of them."""

SQLITE_BUSY_MS = 30_000
"""How long a writer waits for the one write lock; the longest unit of work is a few milliseconds."""

MEMORY_MAX = 200_000
"""Keys kept in a process: some thirty megabytes, and the patients of many days."""

NETWORK_SILENCE_MS = 10_000
"""How long a database server across a network may leave what was sent to it unacknowledged."""

_RETRY = ("40001", "40P01", "22012")
"""PostgreSQL: serialization failure, deadlock; division by zero, by which a statement of ours says that it must not stand.
[PostgreSQL: Appendix A]"""

_UNSAFE = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


class Conflict(Exception):
    """Somebody else changed what this unit of work was built on; it must be done again."""


class Busy(Exception):
    """The database did not let us in in time; nothing was changed, the caller may try again."""


class Unavailable(Exception):
    """The database cannot be reached or refuses its work."""


class NeedsTransaction(Exception):
    """A unit of work that was begun as a single statement turns out to be more; it must be done again from the start."""


class Undecided(Exception):
    """The database went away while it was committing: whether it did is not known here, and it loses nothing that it kept."""


class StorageFailure(Exception):
    """What was written could not be made durable; whether it is on the disk is unknown."""


class Result:
    """What a statement gave. Rows are tuples, in the order of the statement's columns."""

    __slots__ = ("_cursor",)

    def __init__(self, cursor: Any) -> None:
        self._cursor = cursor

    def __iter__(self) -> Iterator[tuple[Any, ...]]:
        return iter(self._cursor)

    def fetchall(self) -> list[tuple[Any, ...]]:
        """Every row."""
        rows: list[tuple[Any, ...]] = self._cursor.fetchall()
        return rows

    def first(self) -> tuple[Any, ...] | None:
        """The first row, if there is one."""
        row: tuple[Any, ...] | None = self._cursor.fetchone()
        return row

    def scalar_one(self) -> Any:
        """The one value of the one row. Raises LookupError where there is none."""
        row = self.first()
        if row is None:
            raise LookupError("the statement gave no row")
        return row[0]

    @property
    def rowcount(self) -> int:
        """How many rows were written."""
        count: int = self._cursor.rowcount
        return count


class Step(NamedTuple):
    """A part of a statement that does several things: what others of its group may read of it by its name, if it has one."""

    name: str
    statement: str
    parameters: Sequence[object]


class Work:
    """One unit of work. Statements have ``?`` for a parameter, on both databases, and no other question mark.

    They go to the driver's cursor: SQLAlchemy's result costs as much again as the statement. [ADR 0015]
    """

    __slots__ = ("_driver", "_joined", "_prepared", "dialect", "is_concluded", "is_single", "memory")

    def __init__(
        self,
        driver: Any,
        dialect: Dialect,
        *,
        is_single: bool = False,
        memory: dict[Any, int] | None = None,
        prepared: Prepared | None = None,
    ) -> None:
        self._driver = driver
        self._prepared = prepared
        self.dialect = dialect
        self.memory: dict[Any, int] = {} if memory is None else memory
        """Internal keys that single statements have met in this process; what rests on one is checked as it is written."""
        self.is_single = is_single
        """Whether one statement writes all: what was read before it is not locked, and it commits by itself."""
        self.is_concluded = False
        self._joined: list[Step] = []

    def join(self, statement: str, parameters: Sequence[object]) -> None:
        """An insert that the single statement takes along; a row that is there already makes it fail. *Only* ``is_single``."""
        self.join_steps((Step("", statement, parameters),))

    def join_steps(self, steps: Sequence[Step]) -> None:
        """A group of steps that the single statement takes along, each of which may read those before it. *Only* ``is_single``."""
        self._joined[:0] = steps

    @property
    def joined(self) -> list[Step]:
        """The steps that wait for the single statement, as they stand in it: the group that was joined last comes first.

        PostgreSQL does the steps of a statement from the last to the first, but where one reads another. So locks are taken in the
        order of joining, and those of the statement's own inserts before them all, as in a transaction of several statements.
        """
        return self._joined

    def conclude(self, statement: str, parameters: Sequence[object]) -> None:
        """Runs the single statement. Raises Conflict, Busy, Undecided."""
        assert self._prepared is not None  # as every single statement has it
        try:
            self._prepared.run(statement, parameters)
            self.is_concluded = True
        except psycopg.Error as error:
            meaning = translate(error)
            raise (Undecided(type(error).__name__) if isinstance(meaning, Unavailable) else meaning) from error

    def conclude_joined(self) -> None:
        """Runs the single statement where it is nothing but what was joined. Raises Conflict, Busy, Undecided."""
        steps = tuple((step.name, step.statement) for step in self._joined)
        self.conclude(at_once(steps, "select 1"), [value for step in self._joined for value in step.parameters])

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> Result:
        """Runs one statement. Raises Conflict, Busy, Unavailable."""
        try:
            if self.dialect == "postgresql":
                return Result(BinaryRawCursor(self._driver).execute(numbered(statement), parameters))
            return Result(self._driver.execute(statement, parameters))
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    def fetch(self, statement: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a statement that reads and is run again and again. Raises Conflict, Busy, Unavailable."""
        if self._prepared is None:  # SQLite; or a transaction, which the driver begins with the first statement
            return self.execute(statement, parameters).fetchall()
        try:
            return self._prepared.fetch(statement, parameters)
        except psycopg.Error as error:
            raise translate(error) from error

    def execute_many(self, statement: str, rows: Sequence[Sequence[object]]) -> None:
        """Runs one statement for many rows. Raises Conflict, Busy, Unavailable."""
        try:
            if self.dialect == "postgresql":
                BinaryRawCursor(self._driver).executemany(numbered(statement), rows)
            else:
                self._driver.executemany(statement, rows)
        except DRIVER_ERRORS as error:
            raise translate(error) from error

    @property
    def driver(self) -> Any:
        """The driver's connection, for what only it can do (COPY)."""
        return self._driver


DRIVER_ERRORS = (psycopg.Error, sqlite3.Error)


def translate(error: Exception) -> Exception:
    """What a driver's error means here."""
    if isinstance(error, psycopg.IntegrityError | sqlite3.IntegrityError):
        return Conflict(type(error).__name__)
    if isinstance(error, psycopg.Error):
        if error.sqlstate in _RETRY:
            return Conflict(error.sqlstate)
        return Busy(error.sqlstate) if error.sqlstate == "55P03" else Unavailable(type(error).__name__)
    if isinstance(error, sqlite3.OperationalError) and "locked" in str(error):
        return Busy("database is locked")
    return Unavailable(type(error).__name__)


@dataclass(frozen=True, slots=True)
class SafetyFinding:
    """A setting of the database server under which an acknowledged document could be lost."""

    setting: str
    seen: str
    expected: str


class _Seat:
    """One connection that a thread keeps, since taking one from the pool and giving it back costs as much as a statement."""

    __slots__ = ("driver", "pooled", "prepared")

    def __init__(self, pooled: PoolProxiedConnection, dialect: Dialect) -> None:
        self.pooled = pooled
        driver: Any = pooled.driver_connection
        self.driver = driver
        self.prepared = Prepared(driver) if dialect == "postgresql" else None

    @property
    def is_lost(self) -> bool:
        """Whether the server or an error has closed it."""
        return bool(getattr(self.driver, "closed", False))


class _Seats(threading.local):
    """The seats of one thread."""

    reading: _Seat | None = None
    writing: _Seat | None = None


class Database:
    """A database by its URL: ``sqlite:///path`` or ``postgresql+psycopg://…``. One object a process."""

    def __init__(self, url: str) -> None:
        parsed = make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise ValueError(f"{parsed.get_backend_name()} is not spoken here: sqlite or postgresql+psycopg")
        self.url = url
        self.dialect: Dialect = "sqlite" if parsed.get_backend_name() == "sqlite" else "postgresql"
        self._seats = _Seats()
        self._memory: dict[Any, int] = {}
        # As many connections as threads ask for one; a worker process has a few that do. [ADR 0019]
        if self.dialect == "sqlite":
            if parsed.database:
                Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._engine = create_engine(
                parsed, poolclass=QueuePool, max_overflow=-1, connect_args={"check_same_thread": False}
            )
            event.listen(self._engine, "connect", _set_up_sqlite)
            event.listen(self._engine, "begin", _begin_sqlite)
        else:
            arguments = {"prepare_threshold": 2, "connect_timeout": 10, "tcp_user_timeout": NETWORK_SILENCE_MS}
            self._engine = create_engine(parsed, max_overflow=-1, connect_args=arguments)

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for migrations."""
        return self._engine

    @contextmanager
    def read(self) -> Iterator[Work]:
        """A unit of work that only reads. On PostgreSQL each statement sees the state of its own moment."""
        seat = self._reading_seat()
        if self.dialect == "postgresql":
            yield Work(seat.driver, self.dialect, prepared=seat.prepared)
            return
        self._begin(seat, "begin")
        try:
            yield Work(seat.driver, self.dialect)
        finally:
            seat.driver.rollback()

    @contextmanager
    def write(self) -> Iterator[Work]:
        """A unit of work that commits when the block ends and rolls back when it raises. Raises StorageFailure."""
        seat = self._writing_seat()
        try:
            yield Work(seat.driver, self.dialect)
        except BaseException:
            _roll_back(seat)
            raise
        _commit(seat)

    def settle(self, act: Callable[[Work], T], is_refused: Callable[[T], bool], *, may_be_single: bool = False) -> T:
        """Runs ``act`` in a unit of work: its answer commits, unless it is a refusal, which rolls back.

        ``act`` is run again on Conflict, so it may have no effects but through its Work. ``may_be_single``: on PostgreSQL it is
        first run without a transaction, as one that writes by one statement at most (``Work.conclude``). Three or four round
        trips are saved so; a refusal, which is rare, is judged again with all the facts. [ADR 0017] Raises Busy, Unavailable,
        Undecided, StorageFailure.
        """
        memory = self._memory if may_be_single and self.dialect == "postgresql" else None
        if memory is not None:
            if len(self._memory) > MEMORY_MAX:
                self._memory.clear()
            with suppress(Conflict, NeedsTransaction):
                seat = self._reading_seat()
                answer = act(Work(seat.driver, self.dialect, is_single=True, memory=memory, prepared=seat.prepared))
                if not is_refused(answer):
                    return answer
        for _ in range(ATTEMPTS_MAX):
            try:
                seat = self._writing_seat()
                try:
                    # With the memory too: what is met now replaces what was remembered.
                    answer = act(Work(seat.driver, self.dialect, memory=memory))
                except BaseException:
                    _roll_back(seat)
                    raise
                if is_refused(answer):
                    _roll_back(seat)
                else:
                    _commit(seat)
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
        # synchronous_commit may also be "local", "remote_write" or "remote_apply": all wait for the local disk.
        return [
            SafetyFinding(name, value, _UNSAFE[name])
            for name, value in seen.items()
            if value == "off" or (name != "synchronous_commit" and value != "on")
        ]

    def close(self) -> None:
        """Gives back this thread's connections and closes all that are idle."""
        for seat in (self._seats.reading, self._seats.writing):
            if seat is not None:
                seat.pooled.close()
        self._seats.reading = self._seats.writing = None
        self._engine.dispose()

    def leave(self) -> None:
        """Closes this thread's connections, and with them what they hold (a lock of the session); for a thread that ends."""
        for seat in (self._seats.reading, self._seats.writing):
            if seat is not None:
                seat.pooled.invalidate()
        self._seats.reading = self._seats.writing = None

    def _reading_seat(self) -> _Seat:
        """This thread's connection without transactions."""
        seat = self._seats.reading
        if seat is None or seat.is_lost:
            seat = self._seats.reading = self._take_seat(autocommit=True)
        return seat

    def _writing_seat(self) -> _Seat:
        """This thread's connection with a transaction begun; PostgreSQL's driver begins with the first statement."""
        seat = self._seats.writing
        if seat is None or seat.is_lost:
            seat = self._seats.writing = self._take_seat(autocommit=False)
        if self.dialect == "sqlite":
            # A writer takes its lock at once: to wait later, with something read already, would be a deadlock.
            self._begin(seat, "begin immediate")
        return seat

    def _take_seat(self, *, autocommit: bool) -> _Seat:
        try:
            seat = _Seat(self._engine.raw_connection(), self.dialect)
            if self.dialect == "postgresql":
                seat.driver.autocommit = autocommit
            return seat
        except DBAPIError as error:
            raise Unavailable(type(error.orig).__name__) from error
        except DRIVER_ERRORS as error:
            raise Unavailable(type(error).__name__) from error

    def _begin(self, seat: _Seat, statement: str) -> None:
        try:
            seat.driver.execute(statement)
        except DRIVER_ERRORS as error:
            raise translate(error) from error


def describe_url(url: str) -> str:
    """The URL without a password, fit for a log."""
    return re.sub(r"://([^:/@]+):[^@/]*@", r"://\1:***@", url)


def _commit(seat: _Seat) -> None:
    try:
        seat.driver.commit()
    except DRIVER_ERRORS as error:
        _roll_back(seat)
        meaning = translate(error)
        if isinstance(meaning, Conflict | Busy):
            raise meaning from error
        if isinstance(error, psycopg.Error):
            raise Undecided(type(error).__name__) from error
        raise StorageFailure(f"commit failed: {type(error).__name__}") from error


def _roll_back(seat: _Seat) -> None:
    """Undoes what was begun; a connection that cannot even do that is closed, which undoes it on the other side."""
    try:
        seat.driver.rollback()
    except DRIVER_ERRORS:
        with suppress(*DRIVER_ERRORS):
            seat.driver.close()
        seat.pooled.invalidate()


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
    """SQLAlchemy's own transactions (migrations) are begun by us, since the driver was told not to."""
    connection.exec_driver_sql("begin immediate")
