"""[ITI-51] over every store: stored queries about several patients, or all. [ITI TF-2: 3.51]"""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.parameters import Parameter
from registry.stored_queries import MULTI_PATIENT_QUERIES, STORED_QUERIES, StoredQuery
from tests.registry.desk import APPROVED, Desk, another_patient, quoted
from tests.samples import a_code, fresh_oid
from xds import hl7v2
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.metadata import DocumentEntry
from xds.transactions import ITI_18, ITI_51
from xds.vocabulary import ReturnType

Slots = list[tuple[Parameter[Any], str]]


def own_code() -> Any:
    """A code that nothing else in the store has: the store is shared."""
    return a_code(fresh_oid(), "1.2.250.1.999.1", "of this test")


def coded(*codes: Any) -> str:
    """Codes as a query names them."""
    return quoted(*(f"{code.code}^^{code.coding_scheme}" for code in codes))


def neighbour(desk: Desk) -> Desk:
    """Another patient of the same registry."""
    return Desk(desk.backend, patient_id=another_patient())


def patients(*desks: Desk) -> str:
    return quoted(*(each.patient_id for each in desks))


def codes_of(answer: AdhocQueryResponse) -> list[tuple[str, str]]:
    return [(error.row.code, error.location) for error in answer.errors]


def test_documents_of_several_patients_are_found_and_each_says_whose_it_is(desk: Desk) -> None:
    """No rule of a single patient here. [ITI TF-2: 3.51.4.1.3]"""
    desks = [desk, neighbour(desk), neighbour(desk)]
    lots = [each.registered(each.submission(each.entry())) for each in desks]
    slots: Slots = [(p.ENTRY_PATIENT_ID, patients(*desks[:2])), (p.ENTRY_STATUS, APPROVED)]
    found = desk.find(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots)
    told = {value.entry_uuid: value.patient_id for value in found.values() if isinstance(value, DocumentEntry)}
    assert told == {
        lot.document_entries[0].entry_uuid: each.patient_id for each, lot in zip(desks[:2], lots[:2], strict=True)
    }


def test_patients_may_be_named_by_the_ten_thousand(desk: Desk) -> None:
    """More than a statement has places for."""
    lot = desk.registered(desk.submission(desk.entry()))
    nobody = [f"NOBODY-{number}^^^&{desk.patient_id.authority}&ISO" for number in range(40_000)]
    slots: Slots = [(p.ENTRY_PATIENT_ID, quoted(*nobody, desk.patient_id)), (p.ENTRY_STATUS, APPROVED)]
    found = desk.find(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots)
    assert set(found) == {lot.document_entries[0].entry_uuid}


@pytest.mark.parametrize(
    ("parameter", "attribute", "is_list"),
    [
        (p.CLASS_CODE.parameter, "class_code", False),
        (p.FACILITY_TYPE_CODE.parameter, "healthcare_facility_type_code", False),
        (p.EVENT_CODE_LIST.parameter, "event_code_list", True),
    ],
    ids=["classCode", "healthcareFacilityTypeCode", "eventCodeList"],
)
def test_documents_of_any_patient_are_found_by_a_code_that_selects(
    desk: Desk, parameter: Parameter[Any], attribute: str, is_list: bool
) -> None:
    """[ITI TF-2: 3.51.4.1.2]"""
    code, other = own_code(), neighbour(desk)
    changes: dict[str, Any] = {attribute: (code,) if is_list else code}
    wanted = {
        each.registered(each.submission(each.entry(**changes), each.entry())).document_entries[0].entry_uuid
        for each in (desk, other)
    }
    found = desk.find(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, (parameter, coded(code)), (p.ENTRY_STATUS, APPROVED))
    assert set(found) == wanted


def test_two_slots_of_event_codes_both_hold(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    first, second = own_code(), own_code()
    both = desk.entry(event_code_list=(first, second))
    desk.registered(desk.submission(both, desk.entry(event_code_list=(first,))))
    parameter = p.EVENT_CODE_LIST.parameter
    slots: Slots = [(parameter, coded(first)), (parameter, coded(second)), (p.ENTRY_STATUS, APPROVED)]
    assert set(desk.find(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots)) == {both.entry_uuid}


def test_other_filters_narrow_but_do_not_select(desk: Desk) -> None:
    """[ITI TF-2: 3.51.4.1.2]"""
    code = own_code()
    entry = desk.entry(type_code=code)
    desk.registered(desk.submission(entry, desk.entry()))
    slots: Slots = [(p.TYPE_CODE.parameter, coded(code)), (p.ENTRY_STATUS, APPROVED)]
    answer = desk.ask(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots)
    assert codes_of(answer) == [("XDSStoredQueryMissingParam", "$XDSDocumentEntryPatientId")]
    told = answer.errors[0].code_context
    for name in ("PatientId", "ClassCode", "EventCodeList", "HealthcareFacilityTypeCode"):
        assert f"$XDSDocumentEntry{name}" in told
    found = desk.find(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots, (p.ENTRY_PATIENT_ID, patients(desk)))
    assert set(found) == {entry.entry_uuid}


def test_folders_of_several_patients_and_of_any_are_found(desk: Desk) -> None:
    """[ITI TF-2: 3.51.4.1.2]"""
    code, desks = own_code(), [desk, neighbour(desk), neighbour(desk)]
    lots = [each.registered(each.submission(folders=[each.folder(code_list=(code,))])) for each in desks]
    folders = [lot.folders[0].entry_uuid for lot in lots]
    status = (p.FOLDER_STATUS, APPROVED)
    query = q.FIND_FOLDERS_FOR_MULTIPLE_PATIENTS
    assert set(desk.find(query, (p.CODE_LIST.parameter, coded(code)), status)) == set(folders)
    assert set(desk.find(query, (p.FOLDER_PATIENT_ID, patients(*desks[1:])), status)) == set(folders[1:])
    assert codes_of(desk.ask(query, status)) == [("XDSStoredQueryMissingParam", "$XDSFolderPatientId")]


def test_documents_of_any_patient_are_found_by_a_reference_id(desk: Desk) -> None:
    """The reference id selects. [ITI TF-2: 3.51.4.1.2]"""
    reference = hl7v2.CXi(f"{fresh_oid()}^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession")
    desks = [desk, neighbour(desk)]
    lots = [each.registered(each.submission(each.entry(reference_id_list=(reference,)))) for each in desks]
    entries = [lot.document_entries[0].entry_uuid for lot in lots]
    slots: Slots = [(p.REFERENCE_ID_LIST, quoted(reference)), (p.ENTRY_STATUS, APPROVED)]
    query = q.FIND_DOCUMENTS_BY_REFERENCE_ID_FOR_MULTIPLE_PATIENTS
    assert set(desk.find(query, *slots)) == set(entries)
    assert set(desk.find(query, *slots, (p.ENTRY_PATIENT_ID, patients(desks[1])))) == {entries[1]}
    answer = desk.ask(query, (p.ENTRY_STATUS, APPROVED), (p.ENTRY_PATIENT_ID, patients(desk)))
    assert codes_of(answer) == [("XDSStoredQueryMissingParam", "$XDSDocumentEntryReferenceIdList")]


@pytest.mark.parametrize("query", MULTI_PATIENT_QUERIES, ids=lambda query: query.name)
def test_query_without_status_gets_XDSStoredQueryMissingParam(desk: Desk, query: StoredQuery) -> None:
    """[ITI TF-2: 3.51.4.1.2]"""
    given = {use.parameter.name: use.parameter for use in query.uses}
    patient = next(each for name, each in given.items() if name.endswith("PatientId"))
    slots: Slots = [(patient, patients(desk))]
    if p.REFERENCE_ID_LIST.name in given:
        slots.append((p.REFERENCE_ID_LIST, "'x'"))
    ((code, location),) = codes_of(desk.ask(query, *slots))
    assert code == "XDSStoredQueryMissingParam"
    assert location.endswith("Status")


def test_several_values_of_a_time_get_XDSStoredQueryParamNumber(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    slots: Slots = [(p.ENTRY_PATIENT_ID, patients(desk)), (p.ENTRY_STATUS, APPROVED)]
    answer = desk.ask(q.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS, *slots, (p.CREATION_TIME.before, "(2024,2025)"))
    assert codes_of(answer) == [("XDSStoredQueryParamNumber", p.CREATION_TIME.before.name)]


@pytest.mark.parametrize("query", (*STORED_QUERIES, *MULTI_PATIENT_QUERIES), ids=lambda query: query.name)
def test_query_asked_by_the_other_transaction_gets_XDSUnknownStoredQuery(desk: Desk, query: StoredQuery) -> None:
    """[ITI TF-2: 3.18.4.1.3, 3.51.4.1.3]"""
    verb = desk.actor.query if query.transaction is ITI_51 else desk.actor.query_multiple_patients
    request = AdhocQueryRequest(query.query_id, ReturnType.LEAF_CLASS, {})
    answer = desk.backend.settle(lambda work: verb(request, work), lambda _: True)
    assert codes_of(answer) == [("XDSUnknownStoredQuery", query.query_id)]
    assert f"it is {query.name}, expected by {query.transaction.name}" in answer.errors[0].code_context


def test_id_of_no_query_gets_XDSUnknownStoredQuery_in_both_transactions(desk: Desk) -> None:
    request = AdhocQueryRequest("urn:uuid:none", ReturnType.LEAF_CLASS, {})
    for verb, transaction in ((desk.actor.query, ITI_18), (desk.actor.query_multiple_patients, ITI_51)):
        answer = desk.backend.settle(partial(verb, request), lambda _: True)
        assert codes_of(answer) == [("XDSUnknownStoredQuery", "urn:uuid:none")]
        assert answer.errors[0].code_context.endswith(f"is the id of no stored query of {transaction.name}")
