"""[ITI-18] What is refused, and how answers are written. [ITI TF-2: 3.18]"""

from __future__ import annotations

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.facts import Kind
from registry.query import query, write_answer
from registry.recipes import Answer
from registry.selection import Found, FoundAssociation
from tests.registry.cases import DOCUMENT, FOLDER, PATIENT
from tests.registry.desk import APPROVED, Desk, another_patient, quoted
from tests.simulators.registry import MemoryRegistry
from xds.messages import AdhocQueryRequest
from xds.vocabulary import AssociationType, AvailabilityStatus, ResponseStatus, ReturnType


def test_unknown_query_gets_XDSUnknownStoredQuery() -> None:
    """Also one of a pharmacy profile. [ITI TF-2: 3.18.4.1.2.4]"""
    work = MemoryRegistry()
    answer = query(AdhocQueryRequest("urn:uuid:5c4f972b-0000-0000-0000-000000000000", ReturnType.LEAF_CLASS, {}), work)
    assert answer.errors.codes == ("XDSUnknownStoredQuery",)
    assert answer.status is ResponseStatus.FAILURE
    assert work.calls == []


def test_query_id_in_capitals_is_the_same_query(desk: Desk) -> None:
    parameters = {p.ENTRY_PATIENT_ID.name: ((desk.patient,),), p.ENTRY_STATUS.name: ((APPROVED,),)}
    request = AdhocQueryRequest(q.FIND_DOCUMENTS.query_id.upper(), ReturnType.LEAF_CLASS, parameters)
    assert desk.backend.settle(lambda work: desk.actor.query(request, work), lambda _: True).errors == ()


@pytest.mark.parametrize("return_type", ["", "leafclass", "RegistryObject", "LeafClassWithRepositoryItem"])
def test_other_return_type_gets_XDSRegistryError(return_type: str) -> None:
    """[ITI TF-2: 3.18.4.1.2.6]"""
    request = AdhocQueryRequest(q.GET_DOCUMENTS.query_id, return_type, {p.ENTRY_UUID.name: (("'urn:uuid:x'",),)})
    assert query(request, MemoryRegistry()).errors.codes == ("XDSRegistryError",)


def test_return_type_and_parameters_are_refused_together() -> None:
    answer = query(AdhocQueryRequest(q.GET_DOCUMENTS.query_id, "", {}), MemoryRegistry())
    assert sorted(answer.errors.codes) == ["XDSRegistryError", "XDSStoredQueryMissingParam"]


def test_query_that_is_refused_does_not_ask_the_store() -> None:
    work = MemoryRegistry()
    assert query(AdhocQueryRequest(q.FIND_DOCUMENTS.query_id, ReturnType.LEAF_CLASS, {}), work).errors
    assert work.calls == []


def test_unknown_patient_has_no_objects(desk: Desk) -> None:
    """Success and empty: an error would tell who is known here. [ITI TF-2: 3.18.4.1.3]"""
    answer = desk.ask(q.FIND_DOCUMENTS, (p.ENTRY_PATIENT_ID, f"'{another_patient()}'"), (p.ENTRY_STATUS, APPROVED))
    assert answer.status is ResponseStatus.SUCCESS
    assert list(answer.objects) == []


def test_object_ref_names_each_object_and_association() -> None:
    found = Found(Kind.STABLE, DOCUMENT, PATIENT, AvailabilityStatus.APPROVED, b"<whole/>")
    arrow = FoundAssociation(
        FOLDER, AssociationType.HAS_MEMBER, "s", "t", AvailabilityStatus.APPROVED, b"<association/>"
    )
    answer = Answer((found,), (arrow,))
    assert write_answer(answer, is_leaf_class=True) == (b"<whole/>", b"<association/>")
    assert write_answer(answer, is_leaf_class=False) == (
        f'<rim:ObjectRef id="{DOCUMENT}"/>'.encode(),
        f'<rim:ObjectRef id="{FOLDER}"/>'.encode(),
    )


def two_patients(desk: Desk) -> tuple[str, str]:
    """A document of each of two patients."""
    first = desk.registered(desk.submission(desk.entry())).document_entries[0].entry_uuid
    mine, desk.patient_id = desk.patient_id, another_patient()
    desk.make_known(desk.patient_id)
    second = desk.registered(desk.submission(desk.entry())).document_entries[0].entry_uuid
    desk.patient_id = mine
    return first, second


def test_whole_objects_of_two_patients_get_XDSResultNotSinglePatient_and_no_objects(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.3; NIST 12368: doc_leafclass]"""
    answer = desk.ask(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(*two_patients(desk))))
    assert answer.errors.codes == ("XDSResultNotSinglePatient",)
    assert list(answer.objects) == []


def test_references_to_objects_of_two_patients_are_answered(desk: Desk) -> None:
    """Two SubmissionSets and the HasMember of each. [NIST 12368: ss_objectref]"""
    both = quoted(*two_patients(desk))
    answer = desk.ask(q.GET_SUBMISSION_SETS, (p.ANY_UUID, both), return_type=ReturnType.OBJECT_REF)
    assert not answer.errors
    assert len(answer.objects) == 4


def test_submission_set_that_refers_to_an_entry_of_another_patient_gets_XDSResultNotSinglePatient(desk: Desk) -> None:
    """[ITI TF-3: 4.2.1.4.1]"""
    entry = desk.registered(desk.submission(desk.entry())).document_entries[0]
    desk.patient_id = another_patient()
    desk.make_known(desk.patient_id)
    made = desk.registered(desk.submission(desk.entry(), references=[entry.entry_uuid]))
    named = (p.SET_UUID, quoted(made.submission_set.entry_uuid))
    assert desk.ask(q.GET_SUBMISSION_SET_AND_CONTENTS, named).errors.codes == ("XDSResultNotSinglePatient",)


LEAST_CALLS = {
    q.FIND_DOCUMENTS: ["find_objects"],
    q.FIND_SUBMISSION_SETS: ["find_objects"],
    q.FIND_FOLDERS: ["find_objects"],
    q.GET_DOCUMENTS: ["find_objects"],
    q.GET_FOLDERS: ["find_objects"],
    q.GET_ASSOCIATIONS: ["find_associations"],
    q.FIND_DOCUMENTS_BY_REFERENCE_ID: ["find_objects"],
}


@pytest.mark.parametrize("row", LEAST_CALLS, ids=lambda row: row.name)
def test_simple_query_asks_the_store_once(row: q.StoredQuery) -> None:
    parameters = {
        use.parameter.name: ((use.parameter.kind.example,),) for use in row.uses if use.need is q.Need.REQUIRED
    }
    choice = [use.parameter for use in row.uses if use.need is q.Need.CHOICE][:1]
    parameters |= {parameter.name: ((parameter.kind.example,),) for parameter in choice}
    work = MemoryRegistry()
    assert query(AdhocQueryRequest(row.query_id, ReturnType.LEAF_CLASS, parameters), work).errors == ()
    assert work.calls == LEAST_CALLS[row]
