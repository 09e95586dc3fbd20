"""[ITI-57] over every store: new versions, and what becomes of what was joined to old ones. [ITI Supplement XDS Metadata Update: 3.57]"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import APPROVED as ONLY_APPROVED
from tests.registry.desk import Desk, another_patient, membership, quoted, relation
from tests.registry.updating import (
    APPROVED,
    DEPRECATED,
    EVERY_STATUS,
    LEVEL_2,
    an_update,
    everything,
    joints,
    made_here,
    revised,
    status_of,
    update,
    updated,
    versions_of,
)
from tests.samples import a_code, a_submission_set, fresh_oid
from xds.metadata import Association, DocumentEntry, Folder, Slot, Submission
from xds.vocabulary import AssociationType, DocumentEntryType, SubmissionSetStatus


def registered(desk: Desk, **changes: object) -> DocumentEntry:
    """A registered document."""
    entry = desk.entry(**changes)
    desk.registered(desk.submission(entry))
    return entry


def test_new_version_is_approved_and_the_old_one_deprecated(desk: Desk) -> None:
    """[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.1]"""
    entry = registered(desk)
    masked = revised(entry, confidentiality_code=(a_code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "masked"),))
    updated(desk, an_update(desk, masked))
    assert versions_of(desk, entry) == {entry.entry_uuid: ("1", DEPRECATED), masked.entry_uuid: ("2", APPROVED)}
    (found,) = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, quoted(str(entry.unique_id)))).values()
    assert isinstance(found, DocumentEntry)
    assert (found.logical_id, found.confidentiality_code) == (entry.entry_uuid, masked.confidentiality_code)


def test_third_version_follows_the_second(desk: Desk) -> None:
    entry = registered(desk)
    second = revised(entry)
    third = revised(second, entry_uuid="Document01")
    updated(desk, an_update(desk, second))
    updated(desk, an_update(desk, third, previous_version="2"))
    assert sorted(versions_of(desk, entry).values()) == [("1", DEPRECATED), ("2", DEPRECATED), ("3", APPROVED)]


def test_logical_id_in_capitals_is_found(desk: Desk) -> None:
    """[ITI TF-3: 4.2.3.1.7, UUID]"""
    entry = registered(desk)
    updated(desk, an_update(desk, revised(entry, logical_id="urn:uuid:" + entry.entry_uuid[9:].upper())))
    assert len(versions_of(desk, entry)) == 2


def test_submitted_status_and_version_do_not_count(desk: Desk) -> None:
    """As DMP clients send them, copied from what they were shown."""
    entry = registered(desk)
    second = revised(entry, version="7", availability_status=DEPRECATED)
    updated(desk, an_update(desk, second))
    assert versions_of(desk, entry)[second.entry_uuid] == ("2", APPROVED)


def test_folder_gets_a_new_version_without_SubmissionSetStatus(desk: Desk) -> None:
    """[NIST 20000]"""
    folder = desk.folder()
    desk.registered(desk.submission(folders=[folder]))
    desk.now += timedelta(hours=1)
    second = revised(folder)
    updated(desk, an_update(desk, second))
    assert versions_of(desk, folder) == {folder.entry_uuid: ("1", DEPRECATED), second.entry_uuid: ("2", APPROVED)}
    (found,) = desk.find(q.GET_FOLDERS, (p.FOLDER_UNIQUE_ID, quoted(str(folder.unique_id)))).values()
    assert isinstance(found, Folder)
    assert found.last_update_time == "20260301093000"


def test_repository_unique_id_hash_and_size_may_change(desk: Desk) -> None:
    """[NIST 15801]"""
    entry = registered(desk)
    moved = revised(entry, repository_unique_id="1.2.3.4", hash="ab" * 20, size="9")
    updated(desk, an_update(desk, moved))
    (found,) = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, quoted(str(entry.unique_id)))).values()
    assert isinstance(found, DocumentEntry)
    assert (found.repository_unique_id, found.hash, found.size) == ("1.2.3.4", "ab" * 20, "9")


def test_update_is_shown_by_its_submission_set_as_DMP_clients_look_for_it(desk: Desk) -> None:
    """FindSubmissionSets since the last visit, GetAssociations on them, GetDocumentsAndAssociations on the members."""
    entry = registered(desk)
    second = revised(entry)
    submission = updated(desk, an_update(desk, second))
    the_set = submission.submission_set.entry_uuid
    sets = desk.find(q.FIND_SUBMISSION_SETS, (p.SET_PATIENT_ID, desk.patient), (p.SET_STATUS, ONLY_APPROVED))
    assert the_set in sets
    (member,) = desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(the_set))).values()
    assert isinstance(member, Association)
    assert member.target_object == second.entry_uuid
    assert (member.submission_set_status, member.extra) == ("Original", (Slot("PreviousVersion", ("1",)),))
    named = quoted(entry.entry_uuid, second.entry_uuid)
    found = desk.find(q.GET_DOCUMENTS_AND_ASSOCIATIONS, (p.ENTRY_UUID, named), LEVEL_2)
    assert {key: value.availability_status for key, value in found.items() if isinstance(value, DocumentEntry)} == {
        entry.entry_uuid: DEPRECATED,
        second.entry_uuid: APPROVED,
    }


def test_consumer_that_knows_no_versions_sees_one(desk: Desk) -> None:
    """[ITI Supplement XDS Metadata Update: 3.18.4.1.2.3.5.3]"""
    entry = registered(desk)
    second = revised(entry)
    updated(desk, an_update(desk, second))
    statuses = (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, EVERY_STATUS)
    assert set(desk.find(q.FIND_DOCUMENTS, *statuses)) == {second.entry_uuid}
    assert set(desk.find(q.FIND_DOCUMENTS, *statuses, LEVEL_2)) == {entry.entry_uuid, second.entry_uuid}
    assert desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(entry.entry_uuid))) == {}
    by_logical_id = (p.ENTRY_LOGICAL_ID, quoted(entry.entry_uuid))
    assert set(desk.find(q.GET_DOCUMENTS, by_logical_id, LEVEL_2)) == {entry.entry_uuid, second.entry_uuid}


def test_domain_of_level_2_shows_old_versions_unasked(desk: Desk) -> None:
    """As the DMP does; who asks for level 1 gets it. [DMP: TD3.1]"""
    entry = registered(desk)
    second = revised(entry)
    updated(desk, an_update(desk, second))
    desk.domain = replace(desk.domain, metadata_level=2)
    both = (p.ENTRY_UUID, quoted(entry.entry_uuid, second.entry_uuid))
    assert set(desk.find(q.GET_DOCUMENTS, both)) == {entry.entry_uuid, second.entry_uuid}
    assert set(desk.find(q.GET_DOCUMENTS, both, (p.METADATA_LEVEL, "1"))) == {second.entry_uuid}


# Propagation.


def a_held_document(desk: Desk) -> tuple[DocumentEntry, Folder]:
    """A document in a Folder."""
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    return entry, folder


def last_update_time(desk: Desk, folder: Folder) -> str:
    (found,) = desk.find(q.GET_FOLDERS, (p.FOLDER_UUID, quoted(folder.entry_uuid)), LEVEL_2).values()
    assert isinstance(found, Folder)
    return str(found.last_update_time)


@pytest.mark.parametrize("propagation", [None, "yes"])
def test_folder_of_the_old_version_receives_the_new_one_and_its_time_changes(
    desk: Desk, propagation: str | None
) -> None:
    """The membership is recorded as made by the update. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.1.5]"""
    entry, folder = a_held_document(desk)
    desk.now += timedelta(hours=1)
    second = revised(entry)
    submission = updated(desk, an_update(desk, second, propagation=propagation))
    found = everything(desk)
    held = {
        each.target_object: key
        for key, each in found.items()
        if isinstance(each, Association) and each.source_object == folder.entry_uuid
    }
    assert set(held) == {entry.entry_uuid, second.entry_uuid}
    the_set = submission.submission_set.entry_uuid
    assert ("HasMember", the_set, held[second.entry_uuid]) in joints(desk)
    assert last_update_time(desk, folder) == "20260301093000"
    assert set(desk.find(q.GET_FOLDER_AND_CONTENTS, (p.FOLDER_UUID, quoted(folder.entry_uuid)))) >= {second.entry_uuid}


def test_without_propagation_the_new_version_has_what_the_request_gives(desk: Desk) -> None:
    entry, folder = a_held_document(desk)
    desk.now += timedelta(hours=1)
    second = revised(entry)
    submission = updated(desk, an_update(desk, second, propagation="no"))
    touching = {each for each in joints(desk) if second.entry_uuid in each}
    assert touching == {("HasMember", submission.submission_set.entry_uuid, second.entry_uuid)}
    assert last_update_time(desk, folder) == "20260301083000"


def test_submission_set_of_the_old_version_does_not_receive_the_new_one(desk: Desk) -> None:
    """Nor does one that names it by Reference: a submission holds what was submitted."""
    entry = desk.entry()
    first = desk.registered(desk.submission(entry))
    other = desk.registered(desk.submission(desk.entry(), references=[entry.entry_uuid]))
    second = revised(entry)
    updated(desk, an_update(desk, second))
    sets = {first.submission_set.entry_uuid, other.submission_set.entry_uuid}
    assert not {each for each in joints(desk) if each[1] in sets and each[2] == second.entry_uuid}


@pytest.mark.parametrize("kind", [AssociationType.XFRM, AssociationType.APND, AssociationType.SIGNS])
def test_relationships_lead_from_and_to_the_new_version_too(desk: Desk, kind: AssociationType) -> None:
    entry = registered(desk)
    source = desk.entry()
    desk.registered(desk.submission(source, associations=[relation(kind, source.entry_uuid, entry.entry_uuid)]))
    new_target, new_source = revised(entry), revised(source)
    updated(desk, an_update(desk, new_target))
    updated(desk, an_update(desk, new_source))
    name = kind.rpartition(":")[2]
    assert {each for each in joints(desk) if each[0] == name} == {
        (name, source.entry_uuid, entry.entry_uuid),
        (name, source.entry_uuid, new_target.entry_uuid),
        (name, new_source.entry_uuid, new_target.entry_uuid),
    }


def test_replacement_that_gets_a_new_version_stays_the_one_replacement(desk: Desk) -> None:
    """The copy takes the place of the RPLC that it was made from, which becomes Deprecated. [decision 8]"""
    entry = registered(desk)
    replacement = desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(replacement, associations=[replaces]))
    masked = revised(replacement)
    updated(desk, an_update(desk, masked))
    assert {each for each in joints(desk) if each[0] == "RPLC"} == {("RPLC", masked.entry_uuid, entry.entry_uuid)}
    assert ("RPLC", replacement.entry_uuid, entry.entry_uuid) in joints(desk, DEPRECATED)
    found = desk.find(
        q.GET_RELATED_DOCUMENTS,
        (p.ENTRY_UUID, quoted(entry.entry_uuid)),
        (p.ASSOCIATION_TYPES, quoted(AssociationType.RPLC)),
    )
    assert {key for key, value in found.items() if isinstance(value, DocumentEntry)} == {
        entry.entry_uuid,
        masked.entry_uuid,
    }


def test_new_version_of_a_folder_holds_what_the_old_one_held(desk: Desk) -> None:
    """Of what has versions itself the latest."""
    entry, folder = a_held_document(desk)
    second = revised(entry)
    updated(desk, an_update(desk, second))
    renewed = revised(folder)
    updated(desk, an_update(desk, renewed))
    held = {each[2] for each in joints(desk) if each[1] == renewed.entry_uuid}
    assert held == {second.entry_uuid}
    found = desk.find(q.GET_FOLDERS_FOR_DOCUMENT, (p.ENTRY_UUID, quoted(second.entry_uuid)))
    assert set(found) == {renewed.entry_uuid}


def test_folder_and_document_updated_together_stay_joined(desk: Desk) -> None:
    entry, folder = a_held_document(desk)
    second, renewed = revised(entry), revised(folder)
    updated(desk, an_update(desk, second, renewed))
    memberships = {each[1:] for each in joints(desk) if each[1] in (folder.entry_uuid, renewed.entry_uuid)}
    assert memberships == {(folder.entry_uuid, entry.entry_uuid), (renewed.entry_uuid, second.entry_uuid)}


def test_document_put_into_its_folder_by_the_request_is_there_once(desk: Desk) -> None:
    entry, folder = a_held_document(desk)
    second = revised(entry)
    updated(desk, an_update(desk, second, associations=made_here(membership(folder.entry_uuid, second.entry_uuid))))
    held = [each for each in everything(desk).values() if isinstance(each, Association)]
    assert len([each for each in held if each.source_object == folder.entry_uuid]) == 2


def test_relationship_of_the_request_is_kept_where_nothing_propagates(desk: Desk) -> None:
    """The replaced document is deprecated, as in a registration. [ITI TF-2: 3.42.4.1.3.5]"""
    entry, other = registered(desk), registered(desk)
    second = revised(entry)
    replaces = relation(AssociationType.RPLC, second.entry_uuid, other.entry_uuid)
    updated(desk, an_update(desk, second, propagation="no", associations=[replaces]))
    assert status_of(desk, other) is DEPRECATED
    assert ("RPLC", second.entry_uuid, other.entry_uuid) in joints(desk)


def test_replacing_a_later_version_deprecates_it_and_what_derives_from_it(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    entry, folder = a_held_document(desk)
    derived = desk.entry()
    desk.registered(
        desk.submission(derived, associations=[relation(AssociationType.XFRM, derived.entry_uuid, entry.entry_uuid)])
    )
    second = revised(entry)
    updated(desk, an_update(desk, second))
    replacement = desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, second.entry_uuid)
    desk.registered(desk.submission(replacement, associations=[replaces]))
    assert status_of(desk, second) is DEPRECATED
    assert status_of(desk, derived) is DEPRECATED
    assert ("HasMember", folder.entry_uuid, replacement.entry_uuid) in joints(desk)


def test_new_version_of_what_the_request_deprecates_is_deprecated(desk: Desk) -> None:
    """A transformation follows its document, whichever of its versions."""
    entry, derived = registered(desk), desk.entry()
    derives = relation(AssociationType.XFRM, derived.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(derived, associations=[derives]))
    other = registered(desk)
    second, renewed = revised(derived), revised(other)
    replaces = relation(AssociationType.RPLC, renewed.entry_uuid, entry.entry_uuid)
    submission = an_update(desk, second, renewed, propagation="no", associations=[replaces])
    updated(desk, submission)
    assert status_of(desk, second) is DEPRECATED
    assert status_of(desk, entry) is DEPRECATED


# Patients.


def test_patient_of_a_lone_document_may_change(desk: Desk) -> None:
    """The versions then belong to two: GetDocuments by logicalID gets XDSResultNotSinglePatient. [NIST]"""
    entry = registered(desk)
    other = another_patient()
    desk.make_known(other)
    moved = revised(entry, patient_id=other)
    updated(desk, an_update(desk, moved, patient_id=other))
    mine = (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, EVERY_STATUS)
    assert desk.find(q.FIND_DOCUMENTS, *mine) == {}
    theirs = (p.ENTRY_PATIENT_ID, f"'{other}'"), (p.ENTRY_STATUS, ONLY_APPROVED)
    assert set(desk.find(q.FIND_DOCUMENTS, *theirs)) == {moved.entry_uuid}
    answer = desk.ask(q.GET_DOCUMENTS, (p.ENTRY_LOGICAL_ID, quoted(entry.entry_uuid)), LEVEL_2)
    assert list(answer.errors.codes) == ["XDSResultNotSinglePatient"]


# The same request again, and refusals.


def test_the_same_update_sent_again_is_answered_again_and_done_once(desk: Desk) -> None:
    """[contract 5]"""
    entry = registered(desk)
    submission = replace(an_update(desk, revised(entry, hash="ab" * 20)), digest="d" * 64)
    for _ in range(2):
        updated(desk, submission)
    assert len(versions_of(desk, entry)) == 2


def test_another_update_under_the_same_submission_set_is_refused(desk: Desk) -> None:
    entry = registered(desk)
    unique_id = fresh_oid()
    updated(desk, replace(an_update(desk, revised(entry), unique_id=unique_id), digest="d" * 64))
    again = replace(an_update(desk, revised(entry), previous_version="2", unique_id=unique_id), digest="e" * 64)
    assert list(update(desk, again).errors.codes) == ["XDSDuplicateUniqueIdInRegistry"]


def test_refused_update_leaves_nothing(desk: Desk) -> None:
    """[ITI TF-2: 3.57.4.1.3]"""
    entry, folder = a_held_document(desk)
    before = everything(desk)
    good, bad = revised(entry), revised(folder, unique_id=fresh_oid())
    assert update(desk, an_update(desk, good, bad)).errors.has_errors
    assert everything(desk) == before


def test_update_of_an_on_demand_entry_needs_no_hash(desk: Desk) -> None:
    """[ITI TF-2: 3.61]"""
    on_demand = desk.entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    assert not desk.register_on_demand(desk.submission(on_demand)).errors
    second = revised(on_demand)
    updated(desk, an_update(desk, second))
    assert versions_of(desk, on_demand)[second.entry_uuid] == ("2", APPROVED)
    with_hash = revised(second, hash="ab" * 20)
    assert "XDSRegistryMetadataError" in update(desk, an_update(desk, with_hash, previous_version="2")).errors.codes


def test_update_may_name_a_registered_document_by_reference(desk: Desk) -> None:
    """What ITI-42 allows beside is judged as it does."""
    entry, other = registered(desk), registered(desk)
    submission = an_update(desk, revised(entry))
    the_set = submission.submission_set.entry_uuid
    reference = replace(
        submission.associations[0],
        entry_uuid="Reference01",
        target_object=other.entry_uuid,
        submission_set_status=SubmissionSetStatus.REFERENCE,
        extra=(),
    )
    updated(desk, replace(submission, associations=(*submission.associations, reference)))
    assert ("HasMember", the_set, other.entry_uuid) in joints(desk)


def test_all_that_is_wrong_is_told_at_once(desk: Desk) -> None:
    entry = registered(desk)
    wrong = revised(entry, unique_id=fresh_oid(), class_code=None)
    submission = an_update(desk, wrong, previous_version="5")
    assert set(update(desk, submission).errors.codes) == {
        "XDSRegistryMetadataError",
        "XDSMetadataVersionError",
        "XDSMetadataUpdateError",
    }


def test_request_without_submission_set_is_refused(desk: Desk) -> None:
    entry = registered(desk)
    assert "XDSRegistryMetadataError" in update(desk, Submission(document_entries=(revised(entry),))).errors.codes
    both = (a_submission_set(patient_id=desk.patient_id), a_submission_set(entry_uuid="S2", patient_id=desk.patient_id))
    assert (
        "XDSRegistryMetadataError"
        in update(desk, replace(an_update(desk, revised(entry)), submission_sets=both)).errors.codes
    )
