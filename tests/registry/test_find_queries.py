"""Stored queries by patient and filters, over every store. [ITI TF-2: 3.18.4.1.2.3.7.1 to .3, .14]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.parameters import Parameter
from registry.stored_queries import StoredQuery
from tests.registry.desk import ANY_STATUS, APPROVED, Desk, quoted, relation
from tests.samples import a_code, an_author
from xds.hl7v2 import DTM, XCN, CXi
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentAvailability, DocumentEntryType

SCHEME = "1.2.250.1.999.7"
DEPRECATED = f"('{AvailabilityStatus.DEPRECATED}')"
CODE, OTHER_CODE = a_code("X1", SCHEME), a_code("X2", SCHEME)
X1, X1_ELSEWHERE = f"('X1^^{SCHEME}')", "('X1^^1.2.3')"
ACCESSION = "A_1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession"
ORDER = "O1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order"


@dataclass(frozen=True)
class Filter:
    """A parameter, an attribute that it lets pass, and one that it does not."""

    parameter: Parameter[Any]
    value: str
    passing: dict[str, Any]
    failing: dict[str, Any]


def coded(row: p.CodeParameter, *, is_many: bool = False) -> list[Filter]:
    """Code and scheme both count; several values are alternatives."""
    one, two = ((CODE,), (OTHER_CODE,)) if is_many else (CODE, OTHER_CODE)
    passing, failing = {row.attribute: one}, {row.attribute: two}
    return [
        Filter(row.parameter, X1, passing, failing),
        Filter(row.parameter, f"('X1^^{SCHEME}','X3^^{SCHEME}')", passing, failing),
    ]


def timed(row: p.TimeRange) -> list[Filter]:
    """From is inclusive, To is not, partial times are the start of their interval."""
    return [
        Filter(row.at_or_after, "20240615", {row.attribute: DTM("20240615")}, {row.attribute: DTM("20240614235959")}),
        Filter(row.at_or_after, "'2024'", {row.attribute: DTM("20240101000000")}, {row.attribute: DTM("2023")}),
        Filter(row.before, "20240615000000", {row.attribute: DTM("202406142359")}, {row.attribute: DTM("20240615")}),
    ]


def authored(parameter: Parameter[str]) -> list[Filter]:
    durand, du_and = ({"author": (an_author(author_person=XCN(f"^{name}^A")),)} for name in ("DURAND", "du_and"))
    both = {"author": (an_author(), an_author(author_person=XCN("^DURAND^A")))}
    return [
        Filter(parameter, "'%DU_AND%'", durand, du_and),
        Filter(parameter, "('^DURAND^A')", both, {"author": ()}),
        Filter(parameter, "('%^A')", durand, {"author": (an_author(author_person=None),)}),
    ]


ENTRY_FILTERS = [
    *coded(p.CLASS_CODE),
    *coded(p.TYPE_CODE),
    *coded(p.PRACTICE_SETTING_CODE),
    *coded(p.FACILITY_TYPE_CODE),
    *coded(p.FORMAT_CODE),
    *coded(p.EVENT_CODE_LIST, is_many=True),
    *coded(p.CONFIDENTIALITY_CODE, is_many=True),
    *timed(p.CREATION_TIME),
    *timed(p.SERVICE_START_TIME),
    *timed(p.SERVICE_STOP_TIME),
    *authored(p.ENTRY_AUTHOR_PERSON),
    Filter(
        p.DOCUMENT_AVAILABILITY,
        f"('{DocumentAvailability.OFFLINE}')",
        {"document_availability": DocumentAvailability.OFFLINE},
        {"document_availability": None},
    ),
]
SET_FILTERS = [
    *coded(p.CONTENT_TYPE_CODE),
    *timed(p.SUBMISSION_TIME),
    *authored(p.SET_AUTHOR_PERSON),
    Filter(p.SOURCE_ID, "('1.2.9','1.2.7')", {"source_id": "1.2.7"}, {"source_id": "1.2.8"}),
]
NAMES: Any = {"ids": lambda each: f"{each.parameter.name} {each.value}"}
UNFILTERED = {p.ENTRY_PATIENT_ID, p.ENTRY_STATUS, p.ENTRY_TYPE, p.METADATA_LEVEL, p.SET_PATIENT_ID, p.SET_STATUS}


@pytest.mark.parametrize(("row", "filters"), [(q.FIND_DOCUMENTS, ENTRY_FILTERS), (q.FIND_SUBMISSION_SETS, SET_FILTERS)])
def test_every_filter_of_the_table_is_tried_here(row: StoredQuery, filters: list[Filter]) -> None:
    tried = {each.parameter.name for each in filters} | {parameter.name for parameter in UNFILTERED}
    assert {use.parameter.name for use in row.uses} <= tried


def find_documents(desk: Desk, *slots: tuple[Parameter[Any], str], status: str = APPROVED) -> list[str]:
    return list(desk.find(q.FIND_DOCUMENTS, (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, status), *slots))


@pytest.mark.parametrize("tried", ENTRY_FILTERS, **NAMES)
def test_find_documents_gives_the_entries_that_pass(desk: Desk, tried: Filter) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    times = {"service_start_time": None, "service_stop_time": None}
    passing, failing = desk.entry(**times | tried.passing), desk.entry(**times | tried.failing)
    desk.registered(desk.submission(passing, failing))
    assert find_documents(desk, (tried.parameter, tried.value)) == [passing.entry_uuid]


@pytest.mark.parametrize("tried", SET_FILTERS, **NAMES)
def test_find_submission_sets_gives_those_that_pass(desk: Desk, tried: Filter) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.2]"""
    passing = desk.registered(desk.submission(desk.entry(), **tried.passing)).submission_set.entry_uuid
    desk.registered(desk.submission(desk.entry(), **tried.failing))
    slots = ((p.SET_PATIENT_ID, desk.patient), (p.SET_STATUS, APPROVED), (tried.parameter, tried.value))
    assert list(desk.find(q.FIND_SUBMISSION_SETS, *slots)) == [passing]


def test_code_of_another_scheme_does_not_pass(desk: Desk) -> None:
    desk.registered(desk.submission(desk.entry(class_code=CODE)))
    assert find_documents(desk, (p.CLASS_CODE.parameter, X1_ELSEWHERE)) == []


def test_slots_of_one_name_are_joined_by_and(desk: Desk) -> None:
    """[NIST 11897: eventcode_multi_select]"""
    both, one = desk.entry(event_code_list=(CODE, OTHER_CODE)), desk.entry(event_code_list=(CODE,))
    desk.registered(desk.submission(both, one))
    event_code_list = p.EVENT_CODE_LIST.parameter
    slots = ((event_code_list, X1), (event_code_list, f"('X2^^{SCHEME}')"))
    assert find_documents(desk, *slots) == [both.entry_uuid]
    assert len(find_documents(desk, (event_code_list, f"('X1^^{SCHEME}','X2^^{SCHEME}')"))) == 2


def test_entry_without_service_time_is_not_excluded_by_a_filter_on_it(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    without = desk.entry(service_start_time=None, service_stop_time=None)
    desk.registered(desk.submission(without))
    slots = ((p.SERVICE_START_TIME.at_or_after, "2030"), (p.SERVICE_STOP_TIME.before, "1990"))
    assert find_documents(desk, *slots) == [without.entry_uuid]


def test_parameters_are_joined_by_and(desk: Desk) -> None:
    both, one = desk.entry(class_code=CODE, type_code=CODE), desk.entry(class_code=CODE)
    desk.registered(desk.submission(both, one))
    assert find_documents(desk, (p.CLASS_CODE.parameter, X1), (p.TYPE_CODE.parameter, X1)) == [both.entry_uuid]


def test_status_chooses_among_approved_and_replaced(desk: Desk) -> None:
    old, new = replaced(desk)
    assert find_documents(desk, status=APPROVED) == [new]
    assert find_documents(desk, status=DEPRECATED) == [old]
    assert set(find_documents(desk, status=ANY_STATUS)) == {old, new}


def test_objects_of_another_patient_are_not_found(desk: Desk) -> None:
    desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    slots = ((p.ENTRY_PATIENT_ID, desk.patient.replace("DURAND", "durand")), (p.ENTRY_STATUS, APPROVED))
    assert desk.find(q.FIND_DOCUMENTS, *slots) == {}


def test_stable_entries_only_are_meant_where_no_type_is_given(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.6.2]"""
    entry = desk.registered(desk.submission(desk.entry())).document_entries[0].entry_uuid
    both = quoted(*DocumentEntryType)
    assert find_documents(desk) == find_documents(desk, (p.ENTRY_TYPE, both)) == [entry]
    assert find_documents(desk, (p.ENTRY_TYPE, quoted(DocumentEntryType.ON_DEMAND))) == []


@pytest.mark.parametrize(
    ("slots", "names"),
    [
        ([quoted(ACCESSION)], {"one", "both"}),
        ([quoted(ACCESSION, ORDER)], {"one", "both"}),
        ([quoted(ACCESSION), quoted(ORDER)], {"both"}),
        ([quoted("%:order")], {"both"}),
        ([quoted(ACCESSION.replace("_", "x"))], set()),
        ([quoted(ACCESSION.replace("A_1", "%_1"))], {"one", "both"}),
    ],
)
def test_find_documents_by_reference_id_gives_those_that_carry_them(
    desk: Desk, slots: list[str], names: set[str]
) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.14]"""
    entries = {
        "one": desk.entry(reference_id_list=(CXi(ACCESSION),)),
        "both": desk.entry(reference_id_list=(CXi(ACCESSION), CXi(ORDER))),
        "none": desk.entry(),
    }
    desk.registered(desk.submission(*entries.values()))
    given = [(p.REFERENCE_ID_LIST, slot) for slot in slots]
    found = desk.find(
        q.FIND_DOCUMENTS_BY_REFERENCE_ID, (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, APPROVED), *given
    )
    assert set(found) == {entries[name].entry_uuid for name in names}


def test_find_folders_gives_those_that_pass(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.3]"""
    both, one = desk.folder(code_list=(CODE, OTHER_CODE)), desk.folder(code_list=(OTHER_CODE,))
    desk.registered(desk.submission(folders=[both, one]))
    always = ((p.FOLDER_PATIENT_ID, desk.patient), (p.FOLDER_STATUS, APPROVED))
    code_list, updated = p.CODE_LIST.parameter, p.LAST_UPDATE_TIME
    assert set(desk.find(q.FIND_FOLDERS, *always)) == {both.entry_uuid, one.entry_uuid}
    assert set(desk.find(q.FIND_FOLDERS, *always, (code_list, X1))) == {both.entry_uuid}
    slots = ((code_list, X1), (code_list, f"('X2^^{SCHEME}')"))
    assert set(desk.find(q.FIND_FOLDERS, *always, *slots)) == {both.entry_uuid}
    now = f"{desk.now:%Y%m%d%H%M%S}"
    assert len(desk.find(q.FIND_FOLDERS, *always, (updated.at_or_after, now))) == 2
    assert desk.find(q.FIND_FOLDERS, *always, (updated.before, now)) == {}


def replaced(desk: Desk) -> tuple[str, str]:
    """A document and the one that replaced it."""
    old, new = desk.entry(), desk.entry()
    desk.registered(desk.submission(old))
    rplc = relation(AssociationType.RPLC, new.entry_uuid, old.entry_uuid)
    desk.registered(desk.submission(new, associations=[rplc]))
    return old.entry_uuid, new.entry_uuid
