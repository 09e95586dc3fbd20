"""[ITI-57] over every store: changes of availabilityStatus. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import Backend, Desk, another_patient, membership, quoted, relation
from tests.registry.updating import (
    APPROVED,
    ARCHIVED,
    DELETED,
    DEPRECATED,
    LEVEL_2,
    a_status_update,
    an_update,
    codes,
    everything,
    joints,
    revised,
    status_of,
    submitted_later,
    update,
    updated,
    versions_of,
)
from tests.samples import a_domain, fresh_uuid
from xds.metadata import Association, DocumentEntry, Folder, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus

OPERATION, REFUSED = ["XDSMetadataUpdateOperationError"], ["XDSMetadataUpdateError"]


def registered(desk: Desk) -> DocumentEntry:
    """A registered document."""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    return entry


def changing(desk: Desk, *associations: Association) -> Submission:
    """An update that only changes statuses."""
    return an_update(desk, associations=associations)


def test_document_is_deprecated_and_approved_again(desk: Desk) -> None:
    """[NIST 15802]"""
    entry = registered(desk)
    updated(desk, changing(desk, a_status_update(entry.entry_uuid)))
    assert versions_of(desk, entry) == {entry.entry_uuid: ("1", DEPRECATED)}
    updated(desk, changing(desk, a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)))
    assert status_of(desk, entry) is APPROVED


def test_change_of_status_is_recorded_by_its_association(desk: Desk) -> None:
    """GetAssociations on the SubmissionSet tells what it did."""
    entry = registered(desk)
    submission = updated(desk, changing(desk, a_status_update(entry.entry_uuid)))
    found = desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(submission.submission_set.entry_uuid)))
    (recorded,) = found.values()
    assert isinstance(recorded, Association)
    assert recorded.association_type is AssociationType.UPDATE_AVAILABILITY_STATUS
    assert dict(recorded.extra) == {"OriginalStatus": (APPROVED,), "NewStatus": (DEPRECATED,)}


def test_folder_is_deprecated(desk: Desk) -> None:
    """Its lastUpdateTime stays: no member has changed."""
    folder = desk.folder()
    desk.registered(desk.submission(folders=[folder]))
    desk.now += timedelta(hours=1)
    updated(desk, changing(desk, a_status_update(folder.entry_uuid)))
    (found,) = desk.find(q.GET_FOLDERS, (p.FOLDER_UUID, quoted(folder.entry_uuid))).values()
    assert isinstance(found, Folder)
    assert (found.availability_status, found.last_update_time) == (DEPRECATED, "20260301083000")


def test_membership_that_is_deprecated_is_seen_at_level_2_alone_and_changes_the_folder(desk: Desk) -> None:
    """[ITI Supplement XDS Metadata Update: 3.18.4.1.2.3.5.3; ITI TF-3: 4.2.3.4.6]"""
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    desk.now += timedelta(hours=1)
    updated(desk, changing(desk, a_status_update(held.entry_uuid)))
    contents = (p.FOLDER_UUID, quoted(folder.entry_uuid))
    assert set(desk.find(q.GET_FOLDER_AND_CONTENTS, contents)) == {folder.entry_uuid}
    deprecated = (p.ASSOCIATION_STATUS, quoted(DEPRECATED)), LEVEL_2
    assert held.entry_uuid in desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(folder.entry_uuid)), *deprecated)
    (found,) = desk.find(q.GET_FOLDERS, contents).values()
    assert isinstance(found, Folder)
    assert found.last_update_time == "20260301093000"
    desk.now += timedelta(hours=1)
    updated(desk, changing(desk, a_status_update(held.entry_uuid, DEPRECATED, APPROVED)))
    assert entry.entry_uuid in desk.find(q.GET_FOLDER_AND_CONTENTS, contents)
    (found,) = desk.find(q.GET_FOLDERS, contents).values()
    assert isinstance(found, Folder)
    assert found.last_update_time == "20260301103000"


def test_several_statuses_change_in_one_request(desk: Desk) -> None:
    first, second = registered(desk), registered(desk)
    updated(desk, changing(desk, *(a_status_update(each.entry_uuid) for each in (first, second))))
    assert (status_of(desk, first), status_of(desk, second)) == (DEPRECATED, DEPRECATED)


# With a new version of the same object.


@pytest.mark.parametrize("named", ["the version before", "the new version"])
def test_new_version_gets_the_new_status(desk: Desk, named: str) -> None:
    """Whichever of the two the change of status names."""
    entry = registered(desk)
    second = revised(entry)
    target = entry if named == "the version before" else second
    updated(desk, an_update(desk, second, associations=[a_status_update(target.entry_uuid)]))
    assert versions_of(desk, entry) == {entry.entry_uuid: ("1", DEPRECATED), second.entry_uuid: ("2", DEPRECATED)}


def test_status_named_by_both_versions_gets_XDSMetadataUpdateOperationError(desk: Desk) -> None:
    entry = registered(desk)
    second = revised(entry)
    both = [a_status_update(each.entry_uuid) for each in (entry, second)]
    assert codes(update(desk, an_update(desk, second, associations=both))) == OPERATION


def test_new_version_whose_OriginalStatus_is_not_that_of_the_version_before_gets_XDSMetadataUpdateError(
    desk: Desk,
) -> None:
    entry = registered(desk)
    second = revised(entry)
    wrong = a_status_update(second.entry_uuid, DEPRECATED, APPROVED)
    assert codes(update(desk, an_update(desk, second, associations=[wrong]))) == REFUSED


# What the domain allows.


@pytest.fixture
def dmp_desk(registry_backend: Backend) -> Desk:
    """A registry whose domain knows the DMP's statuses."""
    return Desk(registry_backend, domain=a_domain(availability_statuses=frozenset(AvailabilityStatus)))


def test_document_is_archived_brought_back_and_deleted_where_the_domain_knows_that(dmp_desk: Desk) -> None:
    """[DMP: TD3.3c, TD3.3d]"""
    entry = registered(dmp_desk)
    for original, new in ((APPROVED, ARCHIVED), (ARCHIVED, APPROVED), (APPROVED, ARCHIVED), (ARCHIVED, DELETED)):
        updated(dmp_desk, changing(dmp_desk, a_status_update(entry.entry_uuid, original, new)))
        assert status_of(dmp_desk, entry) is new
    found = dmp_desk.find(q.FIND_DOCUMENTS, (p.ENTRY_PATIENT_ID, dmp_desk.patient), (p.ENTRY_STATUS, quoted(DELETED)))
    assert set(found) == {entry.entry_uuid}


@pytest.mark.parametrize("new", [ARCHIVED, DELETED])
def test_status_of_the_DMP_gets_XDSMetadataUpdateOperationError_elsewhere(desk: Desk, new: AvailabilityStatus) -> None:
    entry = registered(desk)
    assert codes(update(desk, changing(desk, a_status_update(entry.entry_uuid, APPROVED, new)))) == OPERATION


def test_archived_folder_or_association_gets_XDSMetadataUpdateOperationError(dmp_desk: Desk) -> None:
    """The DMP archives documents."""
    folder, entry = dmp_desk.folder(), dmp_desk.entry()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    dmp_desk.registered(dmp_desk.submission(entry, folders=[folder], associations=[held]))
    for target in (folder.entry_uuid, held.entry_uuid):
        archiving = changing(dmp_desk, a_status_update(target, APPROVED, ARCHIVED))
        assert codes(update(dmp_desk, archiving)) == OPERATION
    renewed = revised(folder)
    archiving = an_update(dmp_desk, renewed, associations=[a_status_update(renewed.entry_uuid, APPROVED, ARCHIVED)])
    assert set(codes(update(dmp_desk, archiving))) == set(OPERATION)


def test_archived_document_gets_no_new_version(dmp_desk: Desk) -> None:
    """The latest version is not Approved."""
    entry = registered(dmp_desk)
    updated(dmp_desk, changing(dmp_desk, a_status_update(entry.entry_uuid, APPROVED, ARCHIVED)))
    assert codes(update(dmp_desk, an_update(dmp_desk, revised(entry)))) == REFUSED


def test_new_version_is_archived_at_once(dmp_desk: Desk) -> None:
    entry = registered(dmp_desk)
    second = revised(entry)
    archiving = a_status_update(second.entry_uuid, APPROVED, ARCHIVED)
    updated(dmp_desk, an_update(dmp_desk, second, associations=[archiving]))
    assert versions_of(dmp_desk, entry)[second.entry_uuid] == ("2", ARCHIVED)


# What is refused.


def test_other_OriginalStatus_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry = registered(desk)
    response = update(desk, changing(desk, a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)))
    assert codes(response) == REFUSED
    assert entry.entry_uuid in response.errors[0].code_context
    assert status_of(desk, entry) is APPROVED


def test_old_version_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry = registered(desk)
    updated(desk, an_update(desk, revised(entry)))
    assert codes(update(desk, changing(desk, a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)))) == REFUSED


def test_object_that_is_not_registered_gets_UnresolvedReferenceException(desk: Desk) -> None:
    assert codes(update(desk, changing(desk, a_status_update(fresh_uuid())))) == ["UnresolvedReferenceException"]


def test_submission_set_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    """A SubmissionSet is always Approved. [ITI TF-3: 4.2.3.3.2]"""
    submission = desk.registered(desk.submission(desk.entry()))
    assert codes(update(desk, changing(desk, a_status_update(submission.submission_set.entry_uuid)))) == REFUSED


def test_object_of_another_patient_gets_XDSPatientIDReconciliationError(desk: Desk) -> None:
    entry = registered(desk)
    other = another_patient()
    desk.make_known(other)
    submission = an_update(desk, associations=[a_status_update(entry.entry_uuid)], patient_id=other)
    assert codes(update(desk, submission)) == ["XDSPatientIDReconciliationError"]


def test_document_replaced_by_the_same_request_gets_XDSMetadataUpdateOperationError(desk: Desk) -> None:
    entry, other = registered(desk), registered(desk)
    second = revised(entry)
    replaces = relation(AssociationType.RPLC, second.entry_uuid, other.entry_uuid)
    change = a_status_update(other.entry_uuid)
    submission = an_update(desk, second, propagation="no", associations=[replaces, change])
    assert codes(update(desk, submission)) == OPERATION


# A document has one replacement.


def a_replaced_document(desk: Desk) -> tuple[DocumentEntry, Association]:
    """A document, and the RPLC that has deprecated it."""
    entry, replacement = registered(desk), desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(replacement, associations=[replaces]))
    return entry, replaces


def test_replaced_document_is_not_approved_again_while_its_replacement_stands(desk: Desk) -> None:
    """Two Approved replacements of one document could follow. [decision 8]"""
    entry, _ = a_replaced_document(desk)
    assert codes(update(desk, changing(desk, a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)))) == REFUSED


def test_replacement_is_undone_with_its_association(desk: Desk) -> None:
    """Then the document can be replaced again."""
    entry, replaces = a_replaced_document(desk)
    undone = a_status_update(replaces.entry_uuid), a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)
    updated(desk, changing(desk, *undone))
    assert status_of(desk, entry) is APPROVED
    again = desk.entry()
    desk.registered(
        desk.submission(again, associations=[relation(AssociationType.RPLC, again.entry_uuid, entry.entry_uuid)])
    )
    assert status_of(desk, entry) is DEPRECATED
    response = update(desk, changing(desk, a_status_update(replaces.entry_uuid, DEPRECATED, APPROVED)))
    assert codes(response) == REFUSED


def test_replacement_of_an_approved_document_is_not_approved_again(desk: Desk) -> None:
    """Unless the document is Deprecated with it."""
    entry, replaces = a_replaced_document(desk)
    undone = a_status_update(replaces.entry_uuid), a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)
    updated(desk, changing(desk, *undone))
    again = a_status_update(replaces.entry_uuid, DEPRECATED, APPROVED)
    assert codes(update(desk, changing(desk, again))) == REFUSED
    updated(desk, changing(desk, again, a_status_update(entry.entry_uuid)))
    assert status_of(desk, entry) is DEPRECATED
    assert ("RPLC", replaces.source_object, entry.entry_uuid) in joints(desk)


def test_document_and_its_replacement_are_not_approved_again_together(desk: Desk) -> None:
    entry, replaces = a_replaced_document(desk)
    updated(desk, changing(desk, a_status_update(replaces.entry_uuid)))
    both = [a_status_update(each.entry_uuid, DEPRECATED, APPROVED) for each in (entry, replaces)]
    assert codes(update(desk, changing(desk, *both))) == REFUSED


def test_association_that_stands_already_is_not_approved_again(desk: Desk) -> None:
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    updated(desk, changing(desk, a_status_update(held.entry_uuid)))
    again = submitted_later(membership(folder.entry_uuid, entry.entry_uuid))
    updated(desk, an_update(desk, associations=again))
    assert codes(update(desk, changing(desk, a_status_update(held.entry_uuid, DEPRECATED, APPROVED)))) == REFUSED


def test_association_deprecated_with_a_new_version_is_not_copied_to_it(desk: Desk) -> None:
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    second = revised(entry)
    updated(desk, an_update(desk, second, associations=[a_status_update(held.entry_uuid)]))
    assert not {each for each in joints(desk) if each[1] == folder.entry_uuid}


def test_refused_change_leaves_nothing(desk: Desk) -> None:
    entry, other = registered(desk), registered(desk)
    before = everything(desk)
    wrong = changing(desk, a_status_update(entry.entry_uuid), a_status_update(other.entry_uuid, DEPRECATED, APPROVED))
    assert codes(update(desk, wrong)) == REFUSED
    assert everything(desk) == before


def test_change_of_a_symbolic_id_that_names_nothing_is_told_once(desk: Desk) -> None:
    assert codes(update(desk, changing(desk, a_status_update("Document07")))) == ["UnresolvedReferenceException"]


def test_status_update_survives_the_spelling_of_ids(desk: Desk) -> None:
    """[ITI TF-3: 4.2.3.1.7, UUID]"""
    entry = registered(desk)
    change = a_status_update("urn:uuid:" + entry.entry_uuid[9:].upper())
    updated(desk, changing(desk, replace(change, entry_uuid="association1")))
    assert status_of(desk, entry) is DEPRECATED
