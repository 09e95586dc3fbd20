"""The guard over real databases: decision, act and line are one, an assertion serves once, and what may not be known is not told."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any

import pytest

from access.assertion import AssertionRefused
from access.caller import AccessMode
from access.mandate import RecordState
from audit.line import Ending
from audit.store import verify
from server.guard import REPLAYED
from sql.database import Database
from tests.access.people import DOCTOR_ID, STRUCTURE_ID
from tests.registry.callers import a_matricule_of_nobody, refusals
from tests.registry.desk import read
from tests.registry.updating import APPROVED, ARCHIVED, a_status_update, an_update
from tests.server.gate import NOW, Gate
from xds.hl7v2 import CX
from xds.metadata import DocumentEntry, Submission


def test_success_has_one_line_that_tells_all_of_it(gate: Gate) -> None:
    """[DMP: traces; CSP R1111-40]"""
    lot = gate.desk.submission(gate.desk.entry())
    assert refusals(gate.submit(lot)) == []
    (line,) = gate.lines()
    assert (line.transaction, line.action, line.ending, line.rule) == ("ITI-42", "TD2.1", Ending.DONE, "")
    assert (line.person_id, line.structure_id, line.profession) == (DOCTOR_ID, STRUCTURE_ID, "10")
    assert (line.at, line.patient, line.network_address) == (NOW, gate.patient, "192.0.2.7")
    assert line.objects == (lot.document_entries[0].unique_id,)
    assert line.submission_unique_id == lot.submission_set.unique_id
    assert line.message_id == "urn:uuid:message-author"


def test_refusal_leaves_nothing_but_its_line(gate: Gate) -> None:
    """No document, no record, no notice; and its assertion has served."""
    good = gate.desk.entry()
    lot, visit = gate.desk.submission(good, replace(gate.desk.entry(), class_code=None)), gate.visit()
    assert refusals(gate.submit(lot, visit)) == ["XDSRegistryMetadataError"]
    assert not gate.is_registered(lot)
    assert gate.state() is RecordState.NONE
    assert gate.notices() == []
    line = _line_of(gate, "ITI-42")
    assert (line.ending, line.rule, line.objects) == (
        Ending.REFUSED,
        "XDSRegistryMetadataError",
        tuple(each.unique_id for each in lot.document_entries),
    )
    with pytest.raises(AssertionRefused):
        gate.submit(gate.desk.submission(good), visit)


def test_denial_is_told_with_its_rule_and_noted(opened: Gate) -> None:
    """A structure's certificate does not consult. [DMP: droits fonctionnels]"""
    answer = opened.find(opened.visit("structure"))
    assert [error.row.code for error in answer.errors] == ["DMPAccessDeniedByRightsService"]
    assert answer.errors[0].code_context.endswith("[RGT-MATRIX]")
    line = opened.lines()[-1]
    assert (line.transaction, line.ending, line.rule) == ("ITI-18", Ending.REFUSED, "DMPAccessDeniedByRightsService")


@pytest.mark.parametrize("change", ["submit", "update"])
def test_change_of_which_no_line_can_be_written_is_not_done(opened: Gate, change: str) -> None:
    """Both or neither. [decision 7]"""
    (entry,) = (read(text) for text in opened.find(opened.visit()).objects)
    assert isinstance(entry, DocumentEntry)
    lot = opened.desk.submission(opened.desk.entry())
    archived = an_update(opened.desk, associations=[a_status_update(entry.entry_uuid, APPROVED, ARCHIVED)])
    before = opened.lines()

    moments = iter([NOW])  # of the standing; there is none for the line
    opened.clock = lambda: next(moments)
    with pytest.raises(StopIteration):
        opened.submit(lot) if change == "submit" else opened.update(archived)
    assert not opened.is_registered(lot) and not opened.is_registered(archived)
    assert opened.lines() == before


def test_repetition_is_answered_again_and_has_a_line_of_its_own(gate: Gate) -> None:
    """The same submission under a new assertion, its ids UUIDs already. [contract 5]"""
    lot = replace(gate.desk.submission(gate.desk.entry()), digest="ab" * 32)
    first, second = gate.visit(), gate.visit()
    for visit in (first, second):
        assert refusals(gate.submit(lot, visit)) == []
    assert [line.ending for line in gate.lines()] == [Ending.DONE, Ending.DONE]
    for visit in (first, second):
        with pytest.raises(AssertionRefused):
            gate.submit(lot, visit)


def test_assertion_that_has_served_is_refused_whatever_it_is_used_for(opened: Gate) -> None:
    """[DMP: VIHF; WS-Security: replay]"""
    visit, lot = opened.visit(), opened.desk.submission(opened.desk.entry())
    assert opened.find(visit).objects
    before = opened.lines()
    for again in (lambda: opened.find(visit), lambda: opened.submit(lot, visit), lambda: opened.ask_for_record(visit)):
        with pytest.raises(AssertionRefused) as refused:
            again()
        assert refused.value.rule == REPLAYED
    assert not opened.is_registered(lot)
    assert opened.lines() == before


@pytest.mark.parametrize("what", ["submit", "find"])
def test_assertion_serves_one_of_many_who_come_with_it_at_once(opened: Gate, what: str) -> None:
    """Whichever thread or process they come to; each thread has connections of its own."""
    visit = opened.visit()
    lots = [opened.desk.submission(opened.desk.entry()) for _ in range(8)]
    outcomes: list[str] = []
    start = threading.Barrier(len(lots))

    def come(lot: Submission) -> None:
        start.wait()
        try:
            answer = opened.submit(lot, visit) if what == "submit" else opened.find(visit)
            outcomes.append(" ".join(answer.errors.codes if answer.errors.has_errors else ()))
        except AssertionRefused as refused:
            outcomes.append(refused.rule)
        finally:
            opened.database.leave()

    threads = [threading.Thread(target=come, args=(lot,)) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["", *[REPLAYED] * (len(lots) - 1)]
    assert sum(map(opened.is_registered, lots)) == (what == "submit")


def test_first_document_opens_the_record_and_the_next_finds_it_open(gate: Gate) -> None:
    """[RecordPolicy: opened_by_first_document]"""
    assert gate.state() is RecordState.NONE
    for _ in range(2):
        assert refusals(gate.submit(gate.desk.submission(gate.desk.entry()))) == []
        assert gate.state() is RecordState.ACTIVE
    assert [line.action for line in gate.lines()] == ["TD2.1", "TD2.1"]


@pytest.mark.parametrize("is_known", [True, False], ids=["patient known", "patient not known yet"])
def test_many_first_documents_at_once_open_one_record(gate: Gate, is_known: bool) -> None:
    """A laboratory sends all its results of a day: each waits for its turn, and none is turned away."""
    whose = gate.desk.patient_id if is_known else CX.build(a_matricule_of_nobody(), gate.patient[1])
    patient = whose.id_number, whose.authority
    lots = [gate.desk.submission(gate.desk.entry(patient_id=whose), patient_id=whose) for _ in range(6)]
    answers: list[list[str]] = []

    def come(lot: Submission) -> None:
        try:
            answers.append(refusals(gate.submit(lot, gate.visit(patient=patient))))
        finally:
            gate.database.leave()

    threads = [threading.Thread(target=come, args=(lot,)) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == [[]] * len(lots)
    gate.patient = patient
    assert gate.state() is RecordState.ACTIVE
    assert len(gate.lines()) == len(lots)


def test_blocked_professional_is_refused_everything_but_to_learn_of_it(opened: Gate) -> None:
    """[DMP: TD0.2, AUTORISATION INTERDIT]"""
    assert opened.block(DOCTOR_ID).problems == ()
    for act in (
        lambda: opened.find(opened.visit()),
        lambda: opened.find(opened.visit(access_mode=AccessMode.BREAK_GLASS)),
        lambda: opened.submit(opened.desk.submission(opened.desk.entry())),
    ):
        answer = act()
        assert [error.code_context.rpartition("[")[2] for error in answer.errors] == ["RGT-BLOCKED]"]
    assert opened.ask_for_record(opened.visit()).problems == ()
    assert [line.ending for line in opened.lines()[-4:]] == [*[Ending.REFUSED] * 3, Ending.DONE]


def test_closed_record_shows_nothing_and_takes_nothing_until_it_is_reopened(opened: Gate) -> None:
    """[DMP: TD1.2, TD1.4]"""
    assert opened.close().problems == ()
    lot = opened.desk.submission(opened.desk.entry())
    for answer in (opened.find(opened.visit()), opened.find(opened.visit("patient")), opened.submit(lot)):
        assert [error.code_context.rpartition("[")[2] for error in answer.errors] == ["REC-CLOSED]"]
    assert not opened.is_registered(lot)
    assert opened.lines()[-1].rule == "DMPAccessDeniedByRightsService"
    assert opened.reopen().problems == ()
    assert refusals(opened.submit(lot)) == []
    assert len(opened.find(opened.visit()).objects) == 2


def test_chains_of_the_journal_hold_after_all_this(gate_databases: dict[str, Database]) -> None:
    for database in gate_databases.values():
        with database.read() as work:
            assert list(verify.verify(work)) == []


def _line_of(gate: Gate, transaction: str) -> Any:
    """The last line of a transaction about the patient; of one who is not known yet, about nobody."""
    lines = (*reversed(gate.lines()), *gate.lines_of_nobody())
    return next(line for line in lines if line.transaction == transaction)
