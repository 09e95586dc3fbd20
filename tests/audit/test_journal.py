"""The journal in both databases: added with what it tells, read newest first, tampering found. [decision 7; CSP R1111-40]"""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from audit import chain
from audit.chain import Flaw, What
from audit.line import Ending, Line
from audit.store import journal, verify
from sql.database import Conflict, Database, Work
from tests.audit.lines import NOON, a_line, a_patient, key_of, known, lines

SET_LINE = "update journal set line = ? where patient = ? and sequence = ?"
REMOVE = "delete from journal where patient = ? and sequence = ?"
MOVE = "update journal set sequence = ? where patient = ? and sequence = ?"
SET_HEAD = "update journal_head set hash = ? where patient = ?"
SHORTEN = "update journal_head set lines = lines - 1 where patient = ?"
REMOVE_HEAD = "delete from journal_head where patient = ?"
SUBSUME = "update patient set subsumed_by = ? where key = ?"


def append(database: Database, *added: Line) -> None:
    """Adds lines, each in a unit of work of its own."""
    for line in added:
        database.settle(lambda work, line=line: journal.append(work, line), lambda _: False)  # type: ignore[misc]


def append_single(database: Database, line: Line) -> None:
    """Adds a line as a part of a single statement, where the database has one."""

    def act(work: Work) -> None:
        journal.append(work, line)
        if work.is_single:
            work.conclude_joined()

    database.settle(act, lambda _: False, may_be_single=True)


def find(database: Database, patient: tuple[str, str] | None, **wanted: object) -> tuple[Line, ...]:
    with database.read() as work:
        return journal.find_lines(work, patient, **{"limit": 100, **wanted})  # type: ignore[arg-type]


def flaws_of(database: Database, patient: tuple[str, str]) -> list[tuple[int, What]]:
    """What a verification of the whole journal tells of one patient."""
    with database.read() as work:
        key = key_of(work, patient)
    with database.read() as work:
        return [(flaw.sequence, flaw.what) for flaw in verify.verify(work) if flaw.patient == key]


def with_lines(database: Database, number: int) -> tuple[str, str]:
    """A patient with so many lines."""
    patient = known(database)
    append(database, *(a_line(patient, minutes) for minutes in range(number)))
    return patient


def tamper(database: Database, patient: tuple[str, str], *acts: tuple[str, Callable[[int], Sequence[object]]]) -> None:
    """Does what the keeper of a database could do."""
    with database.write() as work:
        key = key_of(work, patient)
        for statement, parameters in acts:
            work.execute(statement, parameters(key))


def test_lines_come_newest_first_and_no_more_than_asked_for(database: Database) -> None:
    patient = with_lines(database, 5)
    assert [line.at for line in find(database, patient, limit=3)] == [NOON + timedelta(minutes=m) for m in (4, 3, 2)]
    assert find(database, patient, before=NOON + timedelta(minutes=2)) == (a_line(patient, 1), a_line(patient, 0))


def test_more_lines_than_a_page_come_all(database: Database) -> None:
    patient = with_lines(database, 0)
    database.settle(
        lambda work: [journal.append(work, a_line(patient, minutes)) for minutes in range(450)], lambda _: False
    )
    assert len(find(database, patient, limit=1000)) == 450
    assert flaws_of(database, patient) == []


def test_lines_of_one_person_come_alone(database: Database) -> None:
    patient = with_lines(database, 2)
    append(database, a_line(patient, 9, person_id="other"))
    assert [line.person_id for line in find(database, patient, person_id="other")] == ["other"]
    assert len(find(database, patient, person_id="899700000007")) == 2


def test_lines_of_merged_identities_are_read_together(database: Database) -> None:
    gone, third, stays = with_lines(database, 2), known(database), known(database)
    append(database, a_line(stays, 5), a_line(third, 3))
    with database.write() as work:
        keys = [key_of(work, patient) for patient in (gone, third, stays)]
        for subsumed in keys[:2]:
            work.execute(SUBSUME, (keys[2], subsumed))
    for patient in (gone, third, stays):
        assert [line.patient for line in find(database, patient)] == [stays, third, gone, gone]
    assert flaws_of(database, gone) == flaws_of(database, stays) == []


def test_line_about_nobody_known_stands_in_the_chain_of_nobody(database: Database) -> None:
    stranger = a_patient()
    append(database, a_line(stranger, 10**6), a_line(None, 10**6 + 1))
    assert find(database, stranger) == ()
    assert [line.patient for line in find(database, None, limit=2)] == [None, stranger]


def test_refused_work_leaves_no_line(database: Database) -> None:
    patient = known(database)
    database.settle(lambda work: journal.append(work, a_line(patient)), lambda _: True)
    assert find(database, patient) == ()
    append(database, a_line(patient))
    assert flaws_of(database, patient) == []


def test_line_joined_to_a_single_statement_is_as_any_other(database: Database) -> None:
    patient = known(database)
    for minutes in range(3):
        append_single(database, a_line(patient, minutes))
        append(database, a_line(patient, minutes, ending=Ending.REFUSED))
    assert len(find(database, patient)) == 6
    assert flaws_of(database, patient) == []


def test_single_statement_that_fails_leaves_no_line(database: Database) -> None:
    patient = known(database)
    attempts: list[bool] = []

    def act(work: Work) -> None:
        attempts.append(work.is_single)
        journal.append(work, a_line(patient))
        if work.is_single:
            id_number, authority = patient
            work.join("insert into patient (authority, id_number) values (?, ?)", (authority, id_number))
            work.conclude_joined()

    database.settle(act, lambda _: False, may_be_single=True)
    assert attempts == ([True, False] if database.dialect == "postgresql" else [False])
    assert len(find(database, patient)) == 1
    assert flaws_of(database, patient) == []


def test_conflict_is_told(database: Database) -> None:
    patient = with_lines(database, 1)

    def act(work: Work) -> None:
        journal.append(work, a_line(patient))
        raise Conflict("somebody else")

    with pytest.raises(Conflict), database.write() as work:
        act(work)
    assert len(find(database, patient)) == 1


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(told=st.lists(lines, min_size=1, max_size=5), is_single=st.lists(st.booleans(), min_size=5, max_size=5))
def test_any_lines_are_kept_as_they_are_and_chained_alike_by_both_databases(
    database: Database, told: list[Line], is_single: list[bool]
) -> None:
    patient = known(database)
    named = [Line(**{**{name: getattr(line, name) for name in Line.__slots__}, "patient": patient}) for line in told]
    for line, alone in zip(named, is_single, strict=False):
        (append_single if alone else append)(database, line)
    with database.read() as work:
        key = key_of(work, patient)
        rows = work.execute("select line, hash from journal where patient = ? order by sequence", (key,)).fetchall()
    before = chain.start_of(key)
    for sequence, (line, (written, hashed)) in enumerate(zip(named, rows, strict=True), 1):
        before = chain.link(before, sequence, chain.write_line(line))
        assert (bytes(written), bytes(hashed)) == (chain.write_line(line), before)


def test_altered_line_is_found(database: Database) -> None:
    patient = with_lines(database, 4)
    tamper(database, patient, (SET_LINE, lambda key: (chain.write_line(a_line(patient, 1, person_id="x")), key, 2)))
    assert flaws_of(database, patient) == [(2, What.ALTERED)]


def test_line_removed_in_the_middle_is_found(database: Database) -> None:
    patient = with_lines(database, 4)
    tamper(database, patient, (REMOVE, lambda key: (key, 2)))
    assert flaws_of(database, patient) == [(2, What.MISSING)]


def test_line_removed_at_the_end_is_found(database: Database) -> None:
    patient = with_lines(database, 4)
    tamper(database, patient, (REMOVE, lambda key: (key, 4)))
    assert flaws_of(database, patient) == [(4, What.MISSING)]


def test_line_removed_at_the_end_is_found_though_the_head_was_shortened(database: Database) -> None:
    patient = with_lines(database, 4)
    tamper(database, patient, (REMOVE, lambda key: (key, 4)), (SHORTEN, lambda key: (key,)))
    assert flaws_of(database, patient) == [(3, What.HEAD_DIFFERS)]


def test_lines_that_changed_places_are_found(database: Database) -> None:
    patient = with_lines(database, 4)
    places = ((-1, 2), (2, 3), (3, -1))
    tamper(database, patient, *((MOVE, lambda key, to=to, was=was: (to, key, was)) for to, was in places))  # type: ignore[misc]
    assert flaws_of(database, patient) == [(2, What.OUT_OF_ORDER), (3, What.OUT_OF_ORDER)]


@pytest.mark.parametrize("statement", [SET_HEAD, SHORTEN, REMOVE_HEAD])
def test_altered_head_is_found(database: Database, statement: str) -> None:
    patient = with_lines(database, 4)
    tamper(database, patient, (statement, lambda key: (bytes(32), key) if statement == SET_HEAD else (key,)))
    assert flaws_of(database, patient) == [(4, What.HEAD_DIFFERS)]


def test_chain_that_was_wiped_with_its_lines_but_not_its_head_is_found(database: Database) -> None:
    patient = with_lines(database, 2)
    tamper(database, patient, *((REMOVE, lambda key, place=place: (key, place)) for place in (1, 2)))  # type: ignore[misc]
    assert flaws_of(database, patient) == [(1, What.MISSING)]


def test_verification_goes_on_after_a_flaw(database: Database) -> None:
    first, second = with_lines(database, 3), with_lines(database, 3)
    for patient in (first, second):
        tamper(database, patient, (REMOVE, lambda key: (key, 2)))
    assert flaws_of(database, first) == flaws_of(database, second) == [(2, What.MISSING)]


def test_lines_of_many_at_once_make_valid_chains(database: Database) -> None:
    """Twenty threads, one patient and many, single statements and others."""
    threads, rounds = 20, 12
    one, others = known(database), [known(database) for _ in range(threads)]
    start = threading.Barrier(threads)

    def write(number: int) -> None:
        chosen = random.Random(number)
        start.wait()
        for turn in range(rounds):
            add = append_single if chosen.random() < 0.5 else append
            add(database, a_line(one, turn, person_id=str(number)))
            add(database, a_line(others[chosen.randrange(threads)], turn))

    with ThreadPoolExecutor(threads) as pool:
        for done in [pool.submit(write, number) for number in range(threads)]:
            done.result()
    found = find(database, one, limit=10**6)
    assert len(found) == threads * rounds
    assert sum(len(find(database, other, limit=10**6)) for other in others) == threads * rounds
    for patient in (one, *others):
        assert flaws_of(database, patient) == []


def test_verification_of_a_journal_that_is_written_to_finds_no_flaw(database: Database) -> None:
    patients = [known(database) for _ in range(3)]
    stop = threading.Event()

    def write() -> None:
        turn = 0
        while not stop.is_set():
            append(database, a_line(patients[turn % 3], turn))
            turn += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        found: list[list[tuple[int, What]]] = [flaws_of(database, patient) for _ in range(5) for patient in patients]
    finally:
        stop.set()
        writer.join()
    assert found == [[]] * 15


def test_verification_ends_its_snapshot(database: Database) -> None:
    patient = with_lines(database, 2)
    tamper(database, patient, (REMOVE, lambda key: (key, 1)))
    with database.read() as work:
        first: Flaw | None = next(verify.verify(work), None)
    assert first is not None
    append(database, a_line(patient, 9))
    assert find(database, patient, limit=1) == (a_line(patient, 9),)
