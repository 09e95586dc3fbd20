"""Seals over all chains: what heads cannot show because they were rewritten as well. [CSP R1111-40]"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from audit import chain
from audit.chain import What
from audit.line import Line
from audit.store import journal, seals, verify
from audit.store.seals import Seal
from sql import schema
from sql.database import Database
from tests.audit.lines import NOON, a_line, key_of, known


@pytest.fixture
def own(fresh_url: str) -> Iterator[Database]:
    """A database whose every chain is the test's."""
    database = Database(fresh_url)
    schema.upgrade(database)
    yield database
    database.close()


def append(database: Database, line: Line) -> None:
    database.settle(lambda work: journal.append(work, line), lambda _: False)


def put(database: Database, hours: int = 0) -> Seal | None:
    return database.settle(lambda work: seals.put(work, NOON + timedelta(hours=hours)), lambda _: False)


def flaws(database: Database) -> list[tuple[int, int, What]]:
    with database.read() as work:
        return [flaw[:3] for flaw in verify.verify(work)]


def rewrite(database: Database, patient: tuple[str, str], place: int, line: Line) -> None:
    """Alters a line and everything after it, head included, so that the chain holds again."""
    with database.write() as work:
        key = key_of(work, patient)
        rows = work.execute("select sequence, line from journal where patient = ? order by sequence", (key,)).fetchall()
        before = chain.start_of(key)
        for sequence, written in rows:
            now = chain.write_line(line) if sequence == place else bytes(written)
            before = chain.link(before, sequence, now)
            work.execute(
                "update journal set line = ?, hash = ? where patient = ? and sequence = ?", (now, before, key, sequence)
            )
        work.execute("update journal_head set hash = ? where patient = ?", (before, key))


def test_seal_is_put_on_what_has_grown_and_only_then(own: Database) -> None:
    first, second = known(own), known(own)
    assert put(own) is None
    append(own, a_line(first))
    append(own, a_line(second))
    sealed = [put(own), put(own, 1)]
    append(own, a_line(first))
    sealed.append(put(own, 2))
    assert [None if seal is None else seal[:3] for seal in sealed] == [
        (1, 20260314120000, 2),
        None,
        (2, 20260314140000, 1),
    ]
    with own.read() as work:
        assert seals.find_all(work) == [seal for seal in sealed if seal is not None]
        assert seals.find_last(work) == sealed[2]
    assert flaws(own) == []


def test_chain_rewritten_with_its_head_breaks_the_seal(own: Database) -> None:
    patient = known(own)
    for minutes in range(3):
        append(own, a_line(patient, minutes))
    put(own)
    rewrite(own, patient, 2, a_line(patient, 1, person_id="somebody else"))
    assert flaws(own) == [(0, 1, What.SEAL_DIFFERS)]


def test_chain_that_is_gone_with_its_head_breaks_the_seal(own: Database) -> None:
    patient, other = known(own), known(own)
    append(own, a_line(patient))
    append(own, a_line(other))
    put(own)
    with own.write() as work:
        key = key_of(work, patient)
        for table in ("journal", "journal_head", "journal_sealed"):
            work.execute(f"delete from {table} where patient = ?", (key,))
    assert flaws(own) == [(0, 1, What.SEAL_DIFFERS)]


def test_seal_that_is_gone_is_found_where_later_ones_are(own: Database) -> None:
    patient = known(own)
    for hours in range(3):
        append(own, a_line(patient, hours))
        put(own, hours)
    with own.write() as work:
        work.execute("delete from journal_seal where number = 2")
    assert flaws(own) == [(0, 2, What.SEAL_DIFFERS)]


def test_seal_that_was_altered_breaks_itself_and_the_next(own: Database) -> None:
    patient = known(own)
    for hours in range(3):
        append(own, a_line(patient, hours))
        put(own, hours)
    with own.write() as work:
        work.execute("update journal_seal set hash = ? where number = 2", (bytes(32),))
    assert flaws(own) == [(0, 2, What.SEAL_DIFFERS), (0, 3, What.SEAL_DIFFERS)]


def test_seal_over_more_chains_than_a_page_holds(own: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seals, "_PAGE", 2)
    for _ in range(5):
        append(own, a_line(known(own)))
    seal = put(own)
    assert seal is not None
    assert seal.chains == 5
    assert flaws(own) == []
