"""Stored queries by id, and GetAll: what hangs together, over every store. [ITI TF-2: 3.18.4.1.2.3.7.4 to .13]"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.parameters import Parameter
from registry.stored_queries import StoredQuery
from tests.registry.desk import ANY_STATUS, APPROVED, Desk, membership, quoted, relation
from tests.samples import a_code
from xds.metadata import Association, DocumentEntry, Folder, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType

SCHEME = "1.2.250.1.999.7"
DEPRECATED = f"('{AvailabilityStatus.DEPRECATED}')"
CODE = a_code("X1", SCHEME)
X1 = f"('X1^^{SCHEME}')"


@dataclass(frozen=True)
class Shelf:
    """Two documents, the first in a Folder; and the first replaced by a third in a later submission."""

    desk: Desk
    first: DocumentEntry
    second: DocumentEntry
    folder: Folder
    held: Association
    submission_set: str
    third: DocumentEntry
    later_set: str
    rplc: Association


@pytest.fixture
def shelf(desk: Desk) -> Shelf:
    first, second, folder = desk.entry(format_code=CODE), desk.entry(confidentiality_code=(CODE,)), desk.folder()
    held = membership(folder.entry_uuid, first.entry_uuid)
    made = desk.registered(desk.submission(first, second, folders=[folder], associations=[held]))
    third = desk.entry()
    rplc = relation(AssociationType.RPLC, third.entry_uuid, first.entry_uuid)
    later = desk.registered(desk.submission(third, associations=[rplc]))
    sets = made.submission_set.entry_uuid, later.submission_set.entry_uuid
    return Shelf(desk, first, second, folder, held, sets[0], third, sets[1], rplc)


def ends(found: dict[str, Any]) -> set[tuple[str, str]]:
    """The Associations of an answer by their ends."""
    return {(value.source_object, value.target_object) for value in found.values() if isinstance(value, Association)}


def others(found: dict[str, Any]) -> set[str]:
    """The ids of the objects that are no Associations."""
    return {key for key, value in found.items() if not isinstance(value, Association)}


def test_get_all_gives_everything_of_the_patient(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.4]"""
    statuses = ((p.ENTRY_STATUS, ANY_STATUS), (p.SET_STATUS, ANY_STATUS), (p.FOLDER_STATUS, ANY_STATUS))
    found = shelf.desk.find(q.GET_ALL, (p.PATIENT_ID, shelf.desk.patient), *statuses)
    entries = {shelf.first.entry_uuid, shelf.second.entry_uuid, shelf.third.entry_uuid}
    assert others(found) == entries | {shelf.folder.entry_uuid, shelf.submission_set, shelf.later_set}
    # SS-DE 2, SS-FD, FD-DE and its SS-HM; then SS-DE, RPLC, and the membership that followed with its SS-HM
    assert len(found) - len(others(found)) == 9


def test_get_all_filters_entries_and_keeps_associations_with_one_end_left(shelf: Shelf) -> None:
    statuses = ((p.ENTRY_STATUS, APPROVED), (p.SET_STATUS, DEPRECATED), (p.FOLDER_STATUS, DEPRECATED))
    found = shelf.desk.find(q.GET_ALL, (p.PATIENT_ID, shelf.desk.patient), *statuses, (p.FORMAT_CODE.parameter, X1))
    assert found == {}
    found = shelf.desk.find(
        q.GET_ALL, (p.PATIENT_ID, shelf.desk.patient), *statuses, (p.CONFIDENTIALITY_CODE.parameter, X1)
    )
    assert others(found) == {shelf.second.entry_uuid}
    assert ends(found) == {(shelf.submission_set, shelf.second.entry_uuid)}


def test_get_documents_gives_them_whatever_their_status(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.5]"""
    desk, both = shelf.desk, {shelf.first.entry_uuid, shelf.third.entry_uuid}
    assert set(desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(*both)))) == both
    named = quoted(str(shelf.first.unique_id), str(shelf.third.unique_id), "1.2.3.not.there")
    assert set(desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, named))) == both
    by_logical_id = ((p.ENTRY_LOGICAL_ID, quoted(*both)), (p.METADATA_LEVEL, "2"))
    assert set(desk.find(q.GET_DOCUMENTS, *by_logical_id)) == both


def test_get_documents_by_unique_id_gives_every_entry_of_the_document(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    entry = desk.entry()
    again = desk.entry(unique_id=entry.unique_id)
    desk.registered(desk.submission(entry))
    desk.registered(desk.submission(again))
    found = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, quoted(str(entry.unique_id))))
    assert set(found) == {entry.entry_uuid, again.entry_uuid}


def test_id_of_another_kind_of_object_finds_nothing(shelf: Shelf) -> None:
    desk, wrong = shelf.desk, shelf.folder.entry_uuid
    assert desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(wrong, shelf.submission_set))) == {}
    assert desk.find(q.GET_FOLDERS, (p.FOLDER_UUID, quoted(shelf.first.entry_uuid))) == {}
    assert desk.find(q.GET_SUBMISSION_SET_AND_CONTENTS, (p.SET_UUID, quoted(wrong))) == {}


NAMED = [
    (q.GET_DOCUMENTS, p.ENTRY_UUID),
    (q.GET_DOCUMENTS, p.ENTRY_UNIQUE_ID),
    (q.GET_FOLDERS, p.FOLDER_UUID),
    (q.GET_ASSOCIATIONS, p.ANY_UUID),
    (q.GET_DOCUMENTS_AND_ASSOCIATIONS, p.ENTRY_UUID),
    (q.GET_SUBMISSION_SETS, p.ANY_UUID),
    (q.GET_SUBMISSION_SET_AND_CONTENTS, p.SET_UNIQUE_ID),
    (q.GET_FOLDER_AND_CONTENTS, p.FOLDER_UNIQUE_ID),
    (q.GET_FOLDERS_FOR_DOCUMENT, p.ENTRY_UUID),
    (q.GET_RELATED_DOCUMENTS, p.ENTRY_UUID),
    (q.GET_RELATED_DOCUMENTS, p.ENTRY_UNIQUE_ID),
]


@pytest.mark.parametrize("value", ["urn:uuid:8f5c7c2e-1b7d-4f0a-9a53-2f1d3a4b5c6d", "urn:uuid:nonsense", "Document01"])
@pytest.mark.parametrize(("row", "parameter"), NAMED, ids=lambda each: each.name)
def test_id_that_names_nothing_is_success_and_empty(
    desk: Desk, row: StoredQuery, parameter: Parameter[Any], value: str
) -> None:
    """[NIST 11909: no_initial_doc]"""
    types = ((p.ASSOCIATION_TYPES, quoted(AssociationType.RPLC)),) if row is q.GET_RELATED_DOCUMENTS else ()
    assert desk.find(row, (parameter, quoted(value)), *types) == {}


def test_get_folders_gives_them(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.6]"""
    desk, folder = shelf.desk, shelf.folder
    expected = [folder.entry_uuid]
    assert list(desk.find(q.GET_FOLDERS, (p.FOLDER_UUID, quoted(folder.entry_uuid.upper())))) == expected
    assert list(desk.find(q.GET_FOLDERS, (p.FOLDER_UNIQUE_ID, quoted(str(folder.unique_id))))) == expected
    by_logical_id = ((p.FOLDER_LOGICAL_ID, quoted(folder.entry_uuid)), (p.METADATA_LEVEL, "2"))
    assert list(desk.find(q.GET_FOLDERS, *by_logical_id)) == expected


def test_get_associations_gives_those_of_either_end(shelf: Shelf) -> None:
    """Also of a membership that is itself a target. [ITI TF-2: 3.18.4.1.2.3.7.7]"""
    first, third = shelf.first.entry_uuid, shelf.third.entry_uuid
    found = shelf.desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(first)))
    assert ends(found) == {(shelf.submission_set, first), (shelf.folder.entry_uuid, first), (third, first)}
    found = shelf.desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(shelf.held.entry_uuid)))
    assert ends(found) == {(shelf.submission_set, shelf.held.entry_uuid)}


def test_get_documents_and_associations_gives_both(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.8]"""
    second = shelf.second
    for slot in ((p.ENTRY_UUID, quoted(second.entry_uuid)), (p.ENTRY_UNIQUE_ID, quoted(str(second.unique_id)))):
        found = shelf.desk.find(q.GET_DOCUMENTS_AND_ASSOCIATIONS, slot)
        assert others(found) == {second.entry_uuid}
        assert ends(found) == {(shelf.submission_set, second.entry_uuid)}


def test_get_submission_sets_gives_those_that_hold_a_document_or_folder(shelf: Shelf) -> None:
    """With their HasMember to it, and no Folder's. [ITI TF-2: 3.18.4.1.2.3.7.9; NIST 11905]"""
    named = quoted(shelf.first.entry_uuid, shelf.folder.entry_uuid, shelf.third.entry_uuid)
    found = shelf.desk.find(q.GET_SUBMISSION_SETS, (p.ANY_UUID, named))
    assert others(found) == {shelf.submission_set, shelf.later_set}
    assert ends(found) == {
        (shelf.submission_set, shelf.first.entry_uuid),
        (shelf.submission_set, shelf.folder.entry_uuid),
        (shelf.later_set, shelf.third.entry_uuid),
    }


def test_get_submission_set_and_contents_gives_what_it_holds(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.10; NIST 11906]"""
    found = shelf.desk.find(q.GET_SUBMISSION_SET_AND_CONTENTS, (p.SET_UUID, quoted(shelf.submission_set)))
    first, second, folder = shelf.first.entry_uuid, shelf.second.entry_uuid, shelf.folder.entry_uuid
    assert others(found) == {shelf.submission_set, first, second, folder}
    assert ends(found) == {
        (shelf.submission_set, first),
        (shelf.submission_set, second),
        (shelf.submission_set, folder),
        (shelf.submission_set, shelf.held.entry_uuid),
        (folder, first),
    }


@pytest.mark.parametrize("row", [p.FORMAT_CODE, p.CONFIDENTIALITY_CODE], ids=lambda row: row.parameter.name)
def test_get_submission_set_and_contents_leaves_out_what_does_not_pass_and_what_joins_it(
    shelf: Shelf, row: p.CodeParameter
) -> None:
    """Folders are not filtered; a membership is left out with its record. [ITI TF-2: 3.18.4.1.2.3.7.10]"""
    slots = ((p.SET_UUID, quoted(shelf.submission_set)), (row.parameter, X1))
    found = shelf.desk.find(q.GET_SUBMISSION_SET_AND_CONTENTS, *slots)
    folder, first, second = shelf.folder.entry_uuid, shelf.first.entry_uuid, shelf.second.entry_uuid
    if row is p.FORMAT_CODE:
        assert others(found) == {shelf.submission_set, folder, first}
        assert (folder, first) in ends(found)
        assert len(ends(found)) == 4
    else:
        assert others(found) == {shelf.submission_set, folder, second}
        assert ends(found) == {(shelf.submission_set, folder), (shelf.submission_set, second)}


def test_submission_set_does_not_show_the_folder_it_has_not_brought(shelf: Shelf) -> None:
    """The membership that followed a replacement joins a Folder of another submission."""
    slot = (p.SET_UNIQUE_ID, quoted(_unique_id_of(shelf)))
    found = shelf.desk.find(q.GET_SUBMISSION_SET_AND_CONTENTS, slot)
    assert others(found) == {shelf.later_set, shelf.third.entry_uuid}
    assert ends(found) == {(shelf.later_set, shelf.third.entry_uuid)}


def _unique_id_of(shelf: Shelf) -> str:
    sets = shelf.desk.find(q.FIND_SUBMISSION_SETS, (p.SET_PATIENT_ID, shelf.desk.patient), (p.SET_STATUS, APPROVED))
    later = sets[shelf.later_set]
    assert isinstance(later, SubmissionSet)
    return str(later.unique_id)


def test_get_folder_and_contents_gives_the_folder_its_documents_and_the_memberships(shelf: Shelf) -> None:
    """Nothing of SubmissionSets. [ITI TF-2: 3.18.4.1.2.3.7.11; NIST 12000: eval_assoc]"""
    folder, first, third = shelf.folder.entry_uuid, shelf.first.entry_uuid, shelf.third.entry_uuid
    for slot in ((p.FOLDER_UUID, quoted(folder)), (p.FOLDER_UNIQUE_ID, quoted(str(shelf.folder.unique_id)))):
        found = shelf.desk.find(q.GET_FOLDER_AND_CONTENTS, slot)
        assert others(found) == {folder, first, third}
        assert ends(found) == {(folder, first), (folder, third)}


def test_get_folder_and_contents_leaves_out_documents_that_do_not_pass(shelf: Shelf) -> None:
    folder, first = shelf.folder.entry_uuid, shelf.first.entry_uuid
    slots = ((p.FOLDER_UUID, quoted(folder)), (p.FORMAT_CODE.parameter, X1))
    found = shelf.desk.find(q.GET_FOLDER_AND_CONTENTS, *slots)
    assert others(found) == {folder, first}
    assert ends(found) == {(folder, first)}


def test_get_folders_for_document_gives_the_folders_that_hold_it(shelf: Shelf) -> None:
    """Folders alone. [ITI TF-2: 3.18.4.1.2.3.7.12]"""
    for entry, expected in ((shelf.first, [shelf.folder.entry_uuid]), (shelf.second, [])):
        for slot in ((p.ENTRY_UUID, quoted(entry.entry_uuid)), (p.ENTRY_UNIQUE_ID, quoted(str(entry.unique_id)))):
            assert list(shelf.desk.find(q.GET_FOLDERS_FOR_DOCUMENT, slot)) == expected


def test_get_related_documents_gives_both_ends_and_the_association(shelf: Shelf) -> None:
    """Of the types asked for. [ITI TF-2: 3.18.4.1.2.3.7.13]"""
    desk, first, third = shelf.desk, shelf.first, shelf.third
    rplc = (p.ASSOCIATION_TYPES, quoted(AssociationType.RPLC, AssociationType.XFRM))
    for slot in ((p.ENTRY_UUID, quoted(first.entry_uuid)), (p.ENTRY_UNIQUE_ID, quoted(str(third.unique_id)))):
        found = desk.find(q.GET_RELATED_DOCUMENTS, slot, rplc)
        assert others(found) == {first.entry_uuid, third.entry_uuid}
        assert ends(found) == {(third.entry_uuid, first.entry_uuid)}
        assert shelf.rplc.entry_uuid in found
    appended = (p.ASSOCIATION_TYPES, quoted(AssociationType.APND))
    assert desk.find(q.GET_RELATED_DOCUMENTS, (p.ENTRY_UUID, quoted(first.entry_uuid)), appended) == {}


def test_membership_is_no_relation_between_documents(shelf: Shelf) -> None:
    """[NIST 11909: uuid]"""
    members = (p.ASSOCIATION_TYPES, quoted(AssociationType.HAS_MEMBER))
    named = (p.ENTRY_UUID, quoted(shelf.first.entry_uuid))
    assert shelf.desk.find(q.GET_RELATED_DOCUMENTS, named, members) == {}


def test_related_documents_of_no_type_asked_for_are_not_shown(shelf: Shelf) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.6.2]"""
    slots = (
        (p.ENTRY_UUID, quoted(shelf.first.entry_uuid)),
        (p.ASSOCIATION_TYPES, quoted(AssociationType.RPLC)),
        (p.ENTRY_TYPE, quoted(DocumentEntryType.ON_DEMAND)),
    )
    assert shelf.desk.find(q.GET_RELATED_DOCUMENTS, *slots) == {}
