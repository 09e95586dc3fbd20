"""The guard over real databases: decision, act and line are one, an assertion serves once, and what may not be known is not told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from access.assertion import AssertionRefused
from access.caller import AccessMode
from access.mandate import RecordState
from audit.line import Ending
from audit.store import verify
from server.guard import REPLAYED
from sql import schema
from sql.database import Database
from tests.access.people import DOCTOR_ID, STRUCTURE_ID
from tests.conftest import new_postgresql
from tests.registry.callers import STRANGER_ID, a_matricule_of_nobody, author_of, refusals, restricted
from tests.registry.desk import read
from tests.registry.updating import APPROVED, ARCHIVED, a_status_update, an_update
from tests.samples import fresh_uuid
from tests.server.gate import DOCUMENT, NOW, Gate
from xds.hl7v2 import CX
from xds.metadata import DocumentEntry, Submission


@pytest.fixture(scope="module")
def databases(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """One a dialect, whose notices nobody else takes."""
    urls = {
        "sqlite": f"sqlite:///{tmp_path_factory.mktemp('guard')}/coffre.db",
        "postgresql": new_postgresql(postgresql_server),
    }
    found = {name: Database(url) for name, url in urls.items()}
    for each in found.values():
        schema.upgrade(each)
    yield found
    for each in found.values():
        each.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def gate(request: pytest.FixtureRequest, databases: dict[str, Database], tmp_path: Path) -> Gate:
    """A patient of the test's own, in each database."""
    return Gate(databases[request.param], tmp_path / "content")


@pytest.fixture
def opened(gate: Gate) -> Gate:
    """The patient has a record with a document, on which the author is authorised."""
    assert refusals(gate.submit(gate.desk.submission(gate.desk.entry()))) == []
    assert gate.authorise().problems == ()
    return gate


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


def test_request_about_another_patient_than_the_assertion_is_refused_and_told_nothing(opened: Gate) -> None:
    """[DMP: RG_3010]"""
    elsewhere = ("290059912345678", opened.patient[1])
    answer = opened.find(opened.visit(patient=elsewhere))
    assert [error.row.code for error in answer.errors] == ["XDSPatientIdDoesNotMatch"]
    lot = opened.desk.submission(opened.desk.entry())
    assert set(refusals(opened.submit(lot, opened.visit(patient=elsewhere)))) == {"XDSPatientIdDoesNotMatch"}
    assert not opened.is_registered(lot)


@pytest.mark.parametrize("actor", ["stranger", "structure", "author"])
def test_who_names_nobody_does_not_learn_whether_there_is_such_a_document(opened: Gate, actor: str) -> None:
    """Neither assertion nor request names a patient: what may not be seen answers as what is not there."""
    hidden = opened.desk.entry(
        author=(author_of(STRANGER_ID, "10B0000009"),), confidentiality_code=restricted("MASQUE_PS")
    )
    opened.desk.registered(opened.desk.submission(hidden))
    opened.hold(hidden)
    changes: dict[str, Any] = {"patient": None, "person_id": "899700000909"}
    found, nothing = (opened.get(opened.visit(actor, **changes), each) for each in (hidden.entry_uuid, fresh_uuid()))
    assert found == nothing
    assert not found.objects and not found.errors
    given, missing = (
        opened.retrieve(opened.visit(actor, **changes), each) for each in (str(hidden.unique_id), "2.25.404")
    )
    assert not given.documents
    assert [
        (error.row.code, error.code_context.replace(str(hidden.unique_id), "2.25.404")) for error in given.errors
    ] == [(error.row.code, error.code_context) for error in missing.errors]


def test_author_who_names_nobody_finds_their_own(opened: Gate) -> None:
    (entry,) = (read(text) for text in opened.find(opened.visit()).objects)
    assert len(opened.get(opened.visit(patient=None), entry.entry_uuid).objects) == 1
    line = opened.lines()[-1]
    assert (line.transaction, line.patient, line.ending) == ("ITI-18", opened.patient, Ending.DONE)


def test_retrieval_gives_what_shows_and_the_line_tells_what_was_given(opened: Gate) -> None:
    """[DMP: TD3.2]"""
    shown, hidden = (
        opened.desk.entry(author=(author_of(STRANGER_ID, "10B0000009"),), confidentiality_code=restricted(*names))
        for names in ((), ("MASQUE_PS",))
    )
    opened.desk.registered(opened.desk.submission(shown, hidden))
    opened.hold(shown, hidden)
    answer = opened.retrieve(opened.visit(), str(shown.unique_id), str(hidden.unique_id))
    assert [b"".join(one.content.chunks()) for one in answer.documents] == [DOCUMENT]
    assert [error.row.code for error in answer.errors] == ["XDSDocumentUniqueIdError"]
    line = opened.lines()[-1]
    assert (line.action, line.ending, line.objects) == ("TD3.2", Ending.DONE, (shown.unique_id,))
    nothing = opened.retrieve(opened.visit(), str(hidden.unique_id))
    assert not nothing.documents
    assert opened.lines()[-1].ending is Ending.REFUSED


def test_chains_of_the_journal_hold_after_all_this(databases: dict[str, Database]) -> None:
    for database in databases.values():
        with database.read() as work:
            assert list(verify.verify(work)) == []


def _line_of(gate: Gate, transaction: str) -> Any:
    """The last line of a transaction about the patient; of one who is not known yet, about nobody."""
    lines = (*reversed(gate.lines()), *gate.lines_of_nobody())
    return next(line for line in lines if line.transaction == transaction)
