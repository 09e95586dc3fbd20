"""What waits to be sent: there with the line, gone once it was handed on. [decision 7]"""

from __future__ import annotations

import json
from typing import Any

import pytest

from audit.circumstances import Circumstances, read_circumstances
from audit.line import Line
from audit.notices import notices_for
from audit.store import journal, outbox
from sql.database import Database, Work
from tests.audit.lines import a_line, a_patient, known


@pytest.fixture(params=[True, False], ids=["single", "several"])
def is_single(request: pytest.FixtureRequest) -> bool:
    """Whether lines are parts of a single statement where there is one."""
    return bool(request.param)


def append(database: Database, line: Line, audit: Circumstances | bool = False, *, is_single: bool = False) -> None:
    """Adds a line with its notices."""

    def act(work: Work) -> None:
        journal.append(work, line, notices_for(line), audit)
        if work.is_single:
            work.conclude_joined()

    database.settle(act, lambda _: False, may_be_single=is_single)


def notices_of(database: Database, patient: tuple[str, str]) -> list[dict[str, Any]]:
    """Takes every notice out; gives those of the patient."""
    with database.write() as work:
        taken = outbox.take_notices(work, 10**6)
    assert taken == sorted(taken)
    return [found for row in taken if (found := json.loads(row.line))["patient"]["id"] == patient[0]]


def audits(database: Database, message_id: str) -> list[outbox.Owed]:
    with database.read() as work:
        return [row for row in outbox.fetch_audits(work, 10**6) if message_id.encode() in row.line]


def test_notice_is_there_with_the_line_and_gone_once_taken(database: Database, is_single: bool) -> None:
    patient = known(database)
    append(database, a_line(patient, action="TD2.1"), is_single=is_single)
    append(database, a_line(patient, action="TD3.3a mask"), is_single=is_single)
    assert [found["kind"] for found in notices_of(database, patient)] == ["document added", "document changed"]
    assert notices_of(database, patient) == []


def test_first_access_of_a_person_is_told_once_a_record(database: Database, is_single: bool) -> None:
    patient, other = known(database), known(database)
    for action, person in (("TD3.1", "a"), ("TD3.2", "a"), ("TD3.1", "b"), ("TD3.1", "a")):
        append(database, a_line(patient, action=action, person_id=person), is_single=is_single)
    append(database, a_line(other, person_id="a"), is_single=is_single)
    with database.write() as work:
        taken = [json.loads(row.line) for row in outbox.take_notices(work, 10**6)]
    for asked, persons in ((patient, ["a", "b"]), (other, ["a"])):
        assert [found["person_id"] for found in taken if found["patient"]["id"] == asked[0]] == persons


def test_access_to_a_record_that_is_not_there_is_nobodys_first(database: Database, is_single: bool) -> None:
    stranger = a_patient()
    append(database, a_line(stranger), is_single=is_single)
    assert notices_of(database, stranger) == []


def test_refused_work_owes_nothing(database: Database) -> None:
    patient = known(database)
    line = a_line(patient, message_id=patient[0])
    database.settle(lambda work: journal.append(work, line, notices_for(line), True), lambda _: True)
    assert (notices_of(database, patient), audits(database, patient[0])) == ([], [])
    append(database, line)
    assert len(notices_of(database, patient)) == 1


def test_notices_that_were_taken_by_work_that_failed_are_still_owed(database: Database) -> None:
    patient = known(database)
    append(database, a_line(patient, action="TD2.1"))
    with pytest.raises(RuntimeError), database.write() as work:
        outbox.take_notices(work, 10**6)
        raise RuntimeError("the file could not be written")
    assert len(notices_of(database, patient)) == 1


def test_audited_lines_wait_in_order_with_their_circumstances(database: Database, is_single: bool) -> None:
    patient = known(database)
    told = Circumstances(endpoint="https://dmp.example.org/services/registry", query=b"<query/>", failed=("2.25.9",))
    for minutes in range(3):
        line = a_line(patient, minutes, message_id=patient[0])
        append(database, line, told if minutes else True, is_single=is_single)
    append(database, a_line(patient, 3, message_id=patient[0]), is_single=is_single)
    waiting = audits(database, patient[0])
    assert [json.loads(row.line)["at"][14:16] for row in waiting] == ["00", "01", "02"]
    assert [read_circumstances(row.circumstances) for row in waiting] == [Circumstances(), told, told]
    with database.write() as work:
        outbox.remove_audits(work, waiting[:2])
    assert audits(database, patient[0]) == waiting[2:]


def test_one_connection_at_a_time_sends(database: Database) -> None:
    other = Database(database.url)
    try:
        with database.read() as mine, other.read() as theirs:
            assert [outbox.is_sender(mine), outbox.is_sender(mine)] == [True, True]
            assert outbox.is_sender(theirs) is (database.dialect == "sqlite")
    finally:
        other.close()
    with database.read() as work:
        if database.dialect == "postgresql":
            work.execute("select pg_advisory_unlock_all()")


def test_two_that_take_notices_at_once_take_different_ones(database: Database) -> None:
    if database.dialect == "sqlite":
        pytest.skip("SQLite lets one write at a time")
    patient = known(database)
    notices_of(database, patient)
    for minutes in range(4):
        append(database, a_line(patient, minutes, action="TD2.1"))
    other = Database(database.url)
    try:
        with database.write() as mine, other.write() as theirs:
            first, second = outbox.take_notices(mine, 2), outbox.take_notices(theirs, 10**6)
    finally:
        other.close()
    assert len(first) == 2
    assert len(second) == 2
    assert not {row.key for row in first} & {row.key for row in second}


@pytest.mark.parametrize("written", [b"[]", b"x", b'{"unknown":1}', b'{"query":1}'])
def test_bytes_that_are_no_circumstances_are_refused(written: bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_circumstances(written)
