"""Units of work on both databases: returning commits, refusing rolls back, a conflict is judged again."""

from __future__ import annotations

import threading
import time
import uuid
from enum import StrEnum
from http import HTTPStatus

import pytest

from sql import schema
from sql.database import ATTEMPTS_MAX, Busy, Conflict, Database, Step, Unavailable, Undecided, Work, describe_url
from sql.prepared import PREPARED_MAX

ADD = "insert into unique_id (unique_id, kind, hash, size) values (?, 3, '', '')"
FIND = "select count(*) from unique_id where unique_id = ?"


def add(work: Work, name: str) -> str:
    work.execute(ADD, (name,))
    return name


def count(database: Database, name: str) -> int:
    with database.read() as work:
        return int(work.execute(FIND, (name,)).scalar_one())


@pytest.fixture
def name() -> str:
    return f"2.25.{uuid.uuid4().int}"


def test_accepted_work_is_committed(database: Database, name: str) -> None:
    database.settle(lambda work: add(work, name), lambda _: False)
    assert count(database, name) == 1


def test_refused_work_leaves_nothing(database: Database, name: str) -> None:
    database.settle(lambda work: add(work, name), lambda _: True)
    assert count(database, name) == 0


def test_work_that_raises_leaves_nothing(database: Database, name: str) -> None:
    def act(work: Work) -> None:
        add(work, name)
        raise RuntimeError("half way")

    with pytest.raises(RuntimeError):
        database.settle(act, lambda _: False)
    assert count(database, name) == 0


def test_unique_violation_is_a_conflict_and_the_work_is_judged_again(database: Database, name: str) -> None:
    database.settle(lambda work: add(work, name), lambda _: False)
    seen: list[int] = []

    def act(work: Work) -> str:
        seen.append(int(work.execute(FIND, (name,)).scalar_one()))
        if len(seen) == 1:
            add(work, name)  # as one who was judged before the other committed
        return "known" if seen[-1] else "new"

    assert database.settle(act, lambda _: True) == "known"
    assert len(seen) == 2


def test_endless_conflict_is_answered_as_busy(database: Database) -> None:
    attempts: list[int] = []

    def act(work: Work) -> None:
        attempts.append(1)
        raise Conflict("always")

    with pytest.raises(Busy):
        database.settle(act, lambda _: False)
    assert len(attempts) == ATTEMPTS_MAX


def test_of_many_that_claim_one_id_at_once_exactly_one_commits(database: Database, name: str) -> None:
    start = threading.Barrier(8)
    won: list[int] = []

    def act(work: Work) -> bool:
        if work.execute(FIND, (name,)).scalar_one():
            return False
        add(work, name)
        return True

    def compete(number: int) -> None:
        start.wait()
        if database.settle(act, lambda accepted: not accepted):
            won.append(number)

    threads = [threading.Thread(target=compete, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert count(database, name) == 1


def test_writes_are_flushed_before_they_are_acknowledged(database: Database) -> None:
    """[decision 7] SQLite runs WAL with synchronous=FULL (2); PostgreSQL with its durable defaults."""
    if database.dialect == "sqlite":
        with database.read() as work:
            assert work.execute("pragma journal_mode").scalar_one() == "wal"
            assert work.execute("pragma synchronous").scalar_one() == 2
    assert database.find_unsafe_settings() == []


def test_postgresql_that_does_not_wait_for_the_disk_is_found_unsafe(postgresql_server: str) -> None:
    """[decision 7] fsync, full_page_writes and synchronous_commit must not be off."""
    separator = "&" if "?" in postgresql_server else "?"
    database = Database(f"{postgresql_server}{separator}options=-csynchronous_commit%3Doff")
    try:
        (finding,) = database.find_unsafe_settings()
    finally:
        database.close()
    assert (finding.setting, finding.seen, finding.expected) == ("synchronous_commit", "off", "on")


def test_a_fresh_database_is_brought_to_the_newest_revision_once(fresh_url: str) -> None:
    database = Database(fresh_url)
    try:
        assert schema.is_empty(database)
        assert schema.upgrade(database) == (None, schema.newest_revision())
        assert schema.upgrade(database) == (schema.newest_revision(), schema.newest_revision())
        assert not schema.is_empty(database)
    finally:
        database.close()


def test_a_url_is_described_without_its_password() -> None:
    assert describe_url("postgresql+psycopg://coffre:secret@db/coffre") == "postgresql+psycopg://coffre:***@db/coffre"


def test_another_database_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="sqlite or postgresql"):
        Database("mysql://host/coffre")


def single(database: Database, *groups: tuple[Step, ...]) -> list[bool]:
    """Joins the groups one after the other and runs nothing else; tells which attempts were single."""
    attempts: list[bool] = []

    def act(work: Work) -> None:
        attempts.append(work.is_single)
        for group in groups:
            if work.is_single:
                work.join_steps(group)
        if work.is_single:
            work.conclude_joined()

    database.settle(act, lambda _: False, may_be_single=True)
    return attempts


def test_steps_of_a_group_may_read_those_before_them(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    group = (
        Step("first", ADD + " returning unique_id", (name,)),
        Step(
            "",
            "insert into unique_id (unique_id, kind, hash, size) select unique_id || ?, 3, '', '' from first",
            ("x",),
        ),
    )
    assert single(database, group, (Step("", ADD, (f"{name}.1",)),)) == [True]
    assert [count(database, each) for each in (name, f"{name}x", f"{name}.1")] == [1, 1, 1]


def test_single_statement_fails_as_a_whole(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    database.settle(lambda work: add(work, name), lambda _: False)
    assert single(database, (Step("", ADD, (f"{name}.1",)),), (Step("", ADD, (name,)),)) == [True, False]
    assert count(database, f"{name}.1") == 0


def test_what_was_joined_last_is_done_last(database: Database, name: str) -> None:
    """So everybody takes locks in the same order, and nobody waits for one another. [decision 8]"""
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    with database.write() as work:
        work.execute("create table if not exists done (number bigserial, name text)")
    groups = [(Step("", "insert into done (name) values (?)", (f"{name}.{number}",)),) for number in range(3)]
    single(database, *groups)
    with database.read() as work:
        rows = work.execute("select name from done where name like ? order by number", (f"{name}.%",)).fetchall()
    assert [row[0] for row in rows] == [f"{name}.{number}" for number in range(3)]


def test_thread_that_leaves_gives_up_what_its_session_held(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no locks of a session")
    own, other, lock = Database(database.url), Database(database.url), uuid.uuid4().int % 2**62
    take = "select pg_try_advisory_lock(?::bigint)"
    try:
        with own.read() as work:
            assert work.execute(take, (lock,)).scalar_one()
        with other.read() as work:
            assert not work.execute(take, (lock,)).scalar_one()
        own.leave()
        deadline = time.monotonic() + 10
        with other.read() as work:
            while not work.execute(take, (lock,)).scalar_one():
                assert time.monotonic() < deadline
        with own.read() as work:
            assert work.execute("select 1").scalar_one() == 1
    finally:
        own.close()
        other.close()


class StrKind(StrEnum):
    ONE = "one"


def test_single_statement_writes_every_kind_of_value_as_the_driver_does(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    table = f"kinds_{uuid.uuid4().hex}"
    with database.write() as work:
        work.execute(f"create table {table} (place bigserial, t text, n bigint, b bytea, l text[], u uuid, f integer)")
    insert = f"insert into {table} (t, n, b, l, u, f) values (?, ?, ?, ?, ?, ?)"
    values: tuple[tuple[object, ...], ...] = (
        ("é 'quoted' \\ \n", 2**62, b"\0\xff", ['a"b', "c\\d", "{e,f}", ""], str(uuid.uuid4()), HTTPStatus.OK),
        ("", -1, b"", [], None, None),
        (StrKind.ONE, 0, None, ["NULL", "é"], None, 7),
    )
    for row in values:
        assert single(database, (Step("", insert, row),)) == [True]
        with database.write() as work:
            work.execute(insert, row)
    with database.read() as work:
        columns = "t, n, b, l, cast(u as text), f"
        rows = work.execute(f"select {columns} from {table} order by place").fetchall()
    assert rows[::2] == rows[1::2] == [tuple(row) for row in values]


def test_rows_are_fetched_as_the_driver_gives_them(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        statement, values = "select ?, ?, cast(? as text), 7 where 1 in (?, 2)", ("é \n", 2**62, None, 1)
    else:
        statement = """
select ?::text, ?::bigint, ?::text, b, u, a, f, x from (values (1, ?::bytea, ?::uuid, ?::text[], 1.5::float8, true)) v (n, b, u, a, f, x)
where n = any(?::int[]) union all select '', 0, '', '', null, '{}', 0, false where ?::int = 2"""
        values = ("é \n", 2**62, None, b"\0\xff", uuid.uuid4(), ["a,b", "é"], [1, 2], 3)  # type: ignore[assignment]
    with database.read() as work:
        expected = work.execute(statement, values).fetchall()
        assert work.fetch(statement, values) == work.fetch(statement, values) == expected
        assert len(expected) == 1
    with database.write() as work:
        assert work.fetch(statement, values) == expected


def test_connection_that_is_lost_while_it_reads_is_another_at_the_next_try(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no connection that could be lost")
    with pytest.raises(Unavailable), database.read() as work:
        work.fetch("select pg_terminate_backend(pg_backend_pid())")
    with database.read() as work:
        assert work.fetch("select ?::int", (1,)) == [(1,)]


def test_text_that_libpq_would_cut_is_refused(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    with pytest.raises(Undecided):
        single(database, (Step("", ADD, (f"{name}\0rest",)),))
    assert count(database, name) == 0


def test_connection_keeps_as_many_statements_as_it_may(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    database.close()  # a connection that a thread left in the pool may know statements of its own
    for number in range(PREPARED_MAX + 3):
        statement = f"insert into unique_id (unique_id, kind, hash, size) values (?, 3, '', '{number}')"
        assert single(database, (Step("", statement, (f"{name}.{number}",)),)) == [True]
    with database.read() as work:
        kept = work.execute("select count(*) from pg_prepared_statements where name like 'coffre_%'").scalar_one()
    assert kept == PREPARED_MAX
    assert single(database, (Step("", statement, (f"{name}.again",)),)) == [True]


def test_connection_that_is_lost_within_the_statement_leaves_it_undecided(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    statement = f"{ADD} returning pg_terminate_backend(pg_backend_pid())"
    with pytest.raises(Undecided):
        single(database, (Step("", statement, (name,)),))
    assert count(database, name) == 0
    assert single(database, (Step("", ADD, (name,)),)) == [True]


def test_statements_that_the_server_was_told_to_forget_are_prepared_again(database: Database, name: str) -> None:
    if database.dialect == "sqlite":
        pytest.skip("no single statement")
    assert single(database, (Step("", ADD, (name,)),)) == [True]
    with database.read() as work:
        work.execute("deallocate all")
    assert single(database, (Step("", ADD, (f"{name}.1",)),)) == [True]
    database.close()
    assert single(database, (Step("", ADD, (f"{name}.2",)),)) == [True]
    assert [count(database, each) for each in (name, f"{name}.1", f"{name}.2")] == [1, 1, 1]
