"""[ITI-62] over every store: all that is named goes, or nothing. [ITI Supplement Remove Metadata and Documents: 3.62.4.1.3]"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from threading import Barrier
from typing import Any

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.facts import Effects, PatientIdentity
from sql.database import Database
from tests.registry.desk import ANY_STATUS, Desk, SQLBackend, another_patient, membership, quoted, relation
from tests.samples import fresh_oid, fresh_uuid
from xds.messages import RegistryResponse
from xds.metadata import DocumentEntry, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus


def everything(desk: Desk) -> set[str]:
    """Ids of all that the patient has."""
    return set(
        desk.find(
            q.GET_ALL,
            (p.PATIENT_ID, desk.patient),
            (p.ENTRY_STATUS, ANY_STATUS),
            (p.SET_STATUS, ANY_STATUS),
            (p.FOLDER_STATUS, ANY_STATUS),
        )
    )


def ids_of(*submissions: Submission) -> set[str]:
    """Ids of all that the submissions bring."""
    return {value.entry_uuid for submission in submissions for value in submission.objects()}


def told(response: RegistryResponse) -> list[tuple[str, str]]:
    """Codes and places, in the order told."""
    return [(error.row.code, error.location) for error in response.errors]


def members(submission: Submission) -> dict[str, str]:
    """Target → its HasMember from the SubmissionSet."""
    the_set = submission.submission_set.entry_uuid
    return {each.target_object: each.entry_uuid for each in submission.associations if each.source_object == the_set}


def test_whole_submission_goes_and_nothing_finds_it(desk: Desk) -> None:
    kept = desk.registered(desk.submission(desk.entry()))
    lot = desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    assert desk.remove(*ids_of(lot)).errors == ()
    assert everything(desk) == ids_of(kept)
    named = quoted(*ids_of(lot))
    assert desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, named)) == {}
    assert desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, named)) == {}
    assert desk.find(q.GET_SUBMISSION_SETS, (p.ANY_UUID, named)) == {}


def test_id_in_capitals_named_twice_is_one(desk: Desk) -> None:
    """[ITI TF-3: 4.2.3.1.7, UUID]"""
    lot = desk.registered(desk.submission(desk.entry()))
    capitals = ["urn:uuid:" + each[9:].upper() for each in ids_of(lot)]
    assert desk.remove(*ids_of(lot), *capitals).errors == ()
    assert everything(desk) == set()


UNKNOWN = fresh_uuid()


@pytest.mark.parametrize(
    "unknown", [UNKNOWN, "Document01", "", "urn:uuid:none"], ids=["a UUID", "a symbolic id", "none", "no UUID"]
)
def test_id_of_nothing_gets_UnresolvedReferenceException_and_nothing_goes(desk: Desk, unknown: str) -> None:
    lot = desk.registered(desk.submission(desk.entry()))
    assert told(desk.remove(*ids_of(lot), unknown)) == [("UnresolvedReferenceException", unknown)]
    assert everything(desk) == ids_of(lot)


def test_object_that_an_association_still_points_at_gets_ReferencesExistException(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry()))
    (entry,) = lot.document_entries
    the_set = lot.submission_set.entry_uuid
    assert told(desk.remove(entry.entry_uuid)) == [("ReferencesExistException", entry.entry_uuid)]
    response = desk.remove(the_set)
    assert told(response) == [("ReferencesExistException", the_set)]
    assert members(lot)[entry.entry_uuid] in response.errors[0].code_context
    assert everything(desk) == ids_of(lot)


def test_membership_that_another_submission_set_has_noted_gets_ReferencesExistException(desk: Desk) -> None:
    """An Association, too, can be a target. [ITI TF-3: 4.2.1.4]"""
    first = desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    held = membership(first.folders[0].entry_uuid, first.document_entries[0].entry_uuid)
    desk.registered(desk.submission(associations=[held]))
    assert told(desk.remove(held.entry_uuid)) == [("ReferencesExistException", held.entry_uuid)]


def test_document_and_membership_alone_get_XDSUnreferencedObjectException_for_the_set(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry()))
    (entry,), (member,) = lot.document_entries, lot.associations
    the_set = lot.submission_set.entry_uuid
    assert told(desk.remove(entry.entry_uuid, member.entry_uuid)) == [("XDSUnreferencedObjectException", the_set)]
    assert everything(desk) == ids_of(lot)


def test_last_membership_alone_leaves_two_objects_and_both_are_told(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry()))
    codes = told(desk.remove(lot.associations[0].entry_uuid))
    left = {lot.submission_set.entry_uuid, lot.document_entries[0].entry_uuid}
    assert {place for _, place in codes} == left
    assert {code for code, _ in codes} == {"XDSUnreferencedObjectException"}


def test_membership_left_without_its_note_gets_XDSUnreferencedObjectException(desk: Desk) -> None:
    """What stays may be an Association."""
    first = desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    held = membership(first.folders[0].entry_uuid, first.document_entries[0].entry_uuid)
    note = desk.registered(desk.submission(associations=[held]))
    response = desk.remove(note.submission_set.entry_uuid, members(note)[held.entry_uuid])
    assert told(response) == [("XDSUnreferencedObjectException", held.entry_uuid)]


def test_one_of_two_documents_goes_where_its_set_keeps_the_other(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry(), desk.entry()))
    first = lot.document_entries[0].entry_uuid
    assert desk.remove(first, members(lot)[first]).errors == ()
    assert everything(desk) == ids_of(lot) - {first, members(lot)[first]}


def test_all_errors_are_told_at_once(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry(), desk.entry()))
    first, second = (entry.entry_uuid for entry in lot.document_entries)
    unknown = fresh_uuid()
    response = desk.remove(unknown, members(lot)[first], second)
    assert told(response) == [
        ("UnresolvedReferenceException", unknown),
        ("ReferencesExistException", second),
        ("XDSUnreferencedObjectException", first),
    ]


def test_removed_replacement_leaves_the_replaced_document_deprecated(desk: Desk) -> None:
    """Nothing is approved again."""
    old = desk.registered(desk.submission(desk.entry()))
    (old_entry,) = old.document_entries
    new_entry = desk.entry()
    replacement = relation(AssociationType.RPLC, new_entry.entry_uuid, old_entry.entry_uuid)
    new = desk.registered(desk.submission(new_entry, associations=[replacement]))
    assert desk.remove(*ids_of(new)).errors == ()
    found = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(old_entry.entry_uuid)))
    (left,) = found.values()
    assert isinstance(left, DocumentEntry)
    assert left.availability_status is AvailabilityStatus.DEPRECATED


def test_relation_from_another_submission_holds_a_document(desk: Desk) -> None:
    old = desk.registered(desk.submission(desk.entry()))
    addendum = desk.entry()
    target = old.document_entries[0].entry_uuid
    added = relation(AssociationType.APND, addendum.entry_uuid, target)
    desk.registered(desk.submission(addendum, associations=[added]))
    response = desk.remove(*ids_of(old))
    assert told(response) == [("ReferencesExistException", target)]
    assert added.entry_uuid in response.errors[0].code_context
    assert "APND" in response.errors[0].code_context


def test_unique_ids_can_be_used_again_for_anything(desk: Desk) -> None:
    """Of the set too; the same document under one uniqueId twice keeps it while one entry is left."""
    unique_id = fresh_oid()
    once = desk.registered(desk.submission(desk.entry(unique_id=unique_id)))
    again = desk.registered(desk.submission(desk.entry(unique_id=unique_id)))
    other = desk.entry(unique_id=unique_id, hash="aa" * 20)
    assert desk.remove(*ids_of(once)).errors == ()
    assert [error.row.code for error in desk.register(desk.submission(other)).errors] == ["XDSNonIdenticalHash"]
    assert desk.remove(*ids_of(again)).errors == ()
    desk.registered(desk.submission(other, unique_id=again.submission_set.unique_id))


def test_objects_of_several_patients_go_in_one_request(desk: Desk) -> None:
    """A registry knows no owner of a removal."""
    mine = desk.registered(desk.submission(desk.entry()))
    other = Desk(desk.backend, patient_id=another_patient())
    theirs = other.registered(other.submission(other.entry()))
    assert desk.remove(*ids_of(mine, theirs)).errors == ()
    assert everything(desk) == everything(other) == set()


def test_earlier_version_is_the_latest_once_the_latest_is_removed(desk: Desk) -> None:
    """With the status that it has: nothing is approved again."""
    lot = desk.registered(desk.submission(desk.entry()))
    (entry,) = lot.document_entries
    later = new_version(desk, entry)
    named = (p.ENTRY_LOGICAL_ID, quoted(entry.entry_uuid))
    level = (p.METADATA_LEVEL, "2")
    assert set(desk.find(q.GET_DOCUMENTS, named, level)) == {entry.entry_uuid, later.document_entries[0].entry_uuid}
    assert desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(entry.entry_uuid))) == {}

    assert desk.remove(*ids_of(later)).errors == ()
    (left,) = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(entry.entry_uuid))).values()
    assert isinstance(left, DocumentEntry)
    assert (left.entry_uuid, left.availability_status) == (entry.entry_uuid, AvailabilityStatus.DEPRECATED)


def test_later_version_stays_when_the_first_is_removed(desk: Desk) -> None:
    lot = desk.registered(desk.submission(desk.entry()))
    later = new_version(desk, lot.document_entries[0])
    assert desk.remove(*ids_of(lot)).errors == ()
    assert everything(desk) == ids_of(later)


def test_id_of_a_removed_first_version_is_not_free_while_a_later_one_stays(desk: Desk) -> None:
    """It is their logicalID: another object of that id would be a second latest version. [ITI TF-2: 3.42.4.1.3.7]"""
    lot = desk.registered(desk.submission(desk.entry()))
    (entry,) = lot.document_entries
    later = new_version(desk, entry)
    assert desk.remove(*ids_of(lot)).errors == ()
    again = desk.submission(desk.entry(entry_uuid=entry.entry_uuid))
    assert desk.register(again).errors.codes == ("XDSRegistryMetadataError",)
    assert desk.remove(*ids_of(later)).errors == ()
    assert desk.register(again).errors == ()


def new_version(desk: Desk, entry: DocumentEntry) -> Submission:
    """A second version of a registered entry, stored as an update does."""
    approved = AvailabilityStatus.APPROVED
    second = replace(
        entry, entry_uuid=fresh_uuid(), logical_id=entry.entry_uuid, version="2", availability_status=approved
    )
    lot = desk.submission(second)
    the_set, (member,) = lot.submission_set, lot.associations
    first: dict[str, Any] = {"version": "1", "availability_status": approved}
    effects = Effects(
        patient=PatientIdentity(desk.patient_id.id_number, desk.patient_id.authority),
        submission_set=replace(the_set, logical_id=the_set.entry_uuid, **first),
        document_entries=(second,),
        associations=(replace(member, logical_id=member.entry_uuid, **first),),
        supersede=(entry.entry_uuid,),
    )
    desk.backend.settle(lambda work: work.apply(effects), lambda _: False)
    return lot


def test_of_two_removals_at_once_that_leave_a_document_alone_one_is_refused(database: Database) -> None:
    """Each would leave it the Association that the other takes: the second sees what the first has done."""
    for _ in range(8):
        desk = Desk(SQLBackend(database))
        original = desk.registered(desk.submission(desk.entry()))
        (entry,) = original.document_entries
        noted = desk.registered(desk.submission(desk.entry(), references=[entry.entry_uuid]))
        requests = [
            [original.submission_set.entry_uuid, members(original)[entry.entry_uuid]],
            [*(ids_of(noted) - {entry.entry_uuid})],
        ]
        start = Barrier(len(requests))

        def remove(ids: list[str], desk: Desk = desk, start: Barrier = start) -> list[tuple[str, str]]:
            start.wait()
            return told(desk.remove(*ids))

        with ThreadPoolExecutor(len(requests)) as threads:
            answers = list(threads.map(remove, requests))
        assert sorted(answers) == [[], [("XDSUnreferencedObjectException", entry.entry_uuid)]]


def test_removal_and_addendum_at_once_never_leave_a_relation_to_nothing(database: Database) -> None:
    """Whichever comes second meets what the first has done."""
    for _ in range(8):
        desk = Desk(SQLBackend(database))
        lot = desk.registered(desk.submission(desk.entry()))
        (target,), addendum = lot.document_entries, desk.entry()
        added = relation(AssociationType.APND, addendum.entry_uuid, target.entry_uuid)
        acts = [
            partial(desk.remove, *ids_of(lot)),
            partial(desk.register, desk.submission(addendum, associations=[added])),
        ]
        start = Barrier(len(acts))

        def run(act: Callable[[], RegistryResponse], start: Barrier = start) -> list[tuple[str, str]]:
            start.wait()
            return told(act())

        with ThreadPoolExecutor(len(acts)) as threads:
            removed, registered = threads.map(run, acts)
        assert bool(removed) != bool(registered)
        assert {code for code, _ in removed} <= {"ReferencesExistException"}
        assert {code for code, _ in registered} <= {"UnresolvedReferenceException"}
