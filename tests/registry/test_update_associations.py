"""[ITI-57] over every store: Associations added to what is registered. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import Desk, another_patient, membership, quoted, relation
from tests.registry.updating import (
    DEPRECATED,
    a_status_update,
    an_update,
    codes,
    joints,
    made_here,
    revised,
    status_of,
    submitted_later,
    update,
    updated,
)
from tests.samples import fresh_uuid
from xds.metadata import DocumentEntry, Folder, Slot
from xds.vocabulary import AssociationType, DocumentEntryType

OPERATION, REFUSED = ["XDSMetadataUpdateOperationError"], ["XDSMetadataUpdateError"]


def a_document_and_a_folder(desk: Desk) -> tuple[DocumentEntry, Folder]:
    """Both registered, neither in the other."""
    entry, folder = desk.entry(), desk.folder()
    desk.registered(desk.submission(entry, folders=[folder]))
    return entry, folder


def two_documents(desk: Desk) -> tuple[DocumentEntry, DocumentEntry]:
    """Both registered."""
    first, second = desk.entry(), desk.entry()
    desk.registered(desk.submission(first, second))
    return first, second


def test_registered_document_is_put_into_a_registered_folder(desk: Desk) -> None:
    """And the Folder's lastUpdateTime changes. [ITI TF-3: 4.2.3.4.6]"""
    entry, folder = a_document_and_a_folder(desk)
    desk.now += timedelta(hours=1)
    held = membership(folder.entry_uuid, entry.entry_uuid)
    submission = updated(desk, an_update(desk, associations=submitted_later(held)))
    the_set = submission.submission_set.entry_uuid
    assert {
        ("HasMember", folder.entry_uuid, entry.entry_uuid),
        ("SubmitAssociation", the_set, held.entry_uuid),
    } <= joints(desk)
    (found,) = desk.find(q.GET_FOLDERS, (p.FOLDER_UUID, quoted(folder.entry_uuid))).values()
    assert isinstance(found, Folder)
    assert found.last_update_time == "20260301093000"


def test_membership_may_come_as_a_registration_brings_it(desk: Desk) -> None:
    """With a HasMember from the SubmissionSet. [ITI TF-3: 4.2.1.4]"""
    entry, folder = a_document_and_a_folder(desk)
    held = membership(folder.entry_uuid, entry.entry_uuid)
    updated(desk, an_update(desk, associations=made_here(held)))
    assert ("HasMember", folder.entry_uuid, entry.entry_uuid) in joints(desk)


@pytest.mark.parametrize("kind", [AssociationType.XFRM, AssociationType.APND, AssociationType.SIGNS])
def test_registered_documents_are_related(desk: Desk, kind: AssociationType) -> None:
    first, second = two_documents(desk)
    related = relation(kind, first.entry_uuid, second.entry_uuid)
    updated(desk, an_update(desk, associations=submitted_later(related)))
    assert (kind.rpartition(":")[2], first.entry_uuid, second.entry_uuid) in joints(desk)


def test_registered_document_becomes_the_replacement_of_another(desk: Desk) -> None:
    """With all that a replacement does. [ITI TF-2: 3.42.4.1.3.5]"""
    first, second = two_documents(desk)
    folder = desk.folder()
    held = membership(folder.entry_uuid, second.entry_uuid)
    desk.registered(desk.submission(folders=[folder], associations=[held]))
    replaces = relation(AssociationType.RPLC, first.entry_uuid, second.entry_uuid)
    updated(desk, an_update(desk, associations=submitted_later(replaces)))
    assert status_of(desk, second) is DEPRECATED
    assert ("HasMember", folder.entry_uuid, first.entry_uuid) in joints(desk)


def test_membership_that_is_there_already_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry, folder = a_document_and_a_folder(desk)
    ends = folder.entry_uuid, entry.entry_uuid
    updated(desk, an_update(desk, associations=submitted_later(membership(*ends))))
    assert codes(update(desk, an_update(desk, associations=submitted_later(membership(*ends))))) == REFUSED


def test_membership_submitted_twice_in_one_request_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry, folder = a_document_and_a_folder(desk)
    both = [submitted_later(membership(folder.entry_uuid, entry.entry_uuid)) for _ in range(2)]
    assert codes(update(desk, an_update(desk, associations=[each for pair in both for each in pair]))) == REFUSED


def test_end_that_is_not_registered_gets_UnresolvedReferenceException(desk: Desk) -> None:
    entry, folder = a_document_and_a_folder(desk)
    for ends in ((folder.entry_uuid, fresh_uuid()), (fresh_uuid(), entry.entry_uuid)):
        response = update(desk, an_update(desk, associations=submitted_later(membership(*ends))))
        assert codes(response) == ["UnresolvedReferenceException"]
    unknown = relation(AssociationType.APND, fresh_uuid(), entry.entry_uuid)
    response = update(desk, an_update(desk, associations=submitted_later(unknown)))
    assert codes(response) == ["UnresolvedReferenceException"]


def test_end_that_is_not_approved_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry, folder = a_document_and_a_folder(desk)
    updated(desk, an_update(desk, associations=[a_status_update(entry.entry_uuid)]))
    held = membership(folder.entry_uuid, entry.entry_uuid)
    assert codes(update(desk, an_update(desk, associations=submitted_later(held)))) == REFUSED
    other = desk.entry()
    desk.registered(desk.submission(other))
    for ends in ((entry.entry_uuid, other.entry_uuid), (other.entry_uuid, entry.entry_uuid)):
        related = relation(AssociationType.SIGNS, *ends)
        assert codes(update(desk, an_update(desk, associations=submitted_later(related)))) == REFUSED


def test_membership_of_a_deprecated_document_that_comes_as_in_a_registration_is_judged_so(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    entry, folder = a_document_and_a_folder(desk)
    updated(desk, an_update(desk, associations=[a_status_update(entry.entry_uuid)]))
    held = membership(folder.entry_uuid, entry.entry_uuid)
    response = update(desk, an_update(desk, associations=made_here(held)))
    assert codes(response) == ["XDSRegistryDeprecatedDocumentError"]


def test_ends_of_two_patients_get_XDSPatientIDReconciliationError(desk: Desk) -> None:
    entry, _ = a_document_and_a_folder(desk)
    other = Desk(desk.backend)
    folder = other.folder()
    other.registered(other.submission(folders=[folder]))
    held = membership(folder.entry_uuid, entry.entry_uuid)
    response = update(desk, an_update(desk, associations=submitted_later(held)))
    assert codes(response) == ["XDSPatientIDReconciliationError"]


@pytest.mark.parametrize("association_type", [AssociationType.SUBMIT_ASSOCIATION, "urn:oasis:Strange"])
def test_type_that_cannot_be_submitted_gets_XDSRegistryMetadataError(desk: Desk, association_type: str) -> None:
    first, second = two_documents(desk)
    related = relation(association_type, first.entry_uuid, second.entry_uuid)  # type: ignore[arg-type]
    response = update(desk, an_update(desk, associations=submitted_later(related)))
    assert "XDSRegistryMetadataError" in codes(response)


def test_end_of_the_wrong_kind_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    entry, folder = a_document_and_a_folder(desk)
    for ends in ((entry.entry_uuid, folder.entry_uuid), (folder.entry_uuid, folder.entry_uuid)):
        response = update(desk, an_update(desk, associations=submitted_later(membership(*ends))))
        assert set(codes(response)) == {"XDSRegistryMetadataError"}
    related = relation(AssociationType.SIGNS, folder.entry_uuid, entry.entry_uuid)
    response = update(desk, an_update(desk, associations=submitted_later(related)))
    assert codes(response) == ["XDSRegistryMetadataError"]


def test_snapshot_that_is_on_demand_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[ITI TF-3: 4.2.2.2.7]"""
    made = [
        desk.entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None) for _ in range(2)
    ]
    assert not desk.register_on_demand(desk.submission(*made)).errors
    snapshot = relation(AssociationType.IS_SNAPSHOT_OF, made[0].entry_uuid, made[1].entry_uuid)
    response = update(desk, an_update(desk, associations=submitted_later(snapshot)))
    assert codes(response) == ["XDSRegistryMetadataError"]


def test_association_to_the_version_before_the_one_in_the_request_gets_XDSMetadataUpdateOperationError(
    desk: Desk,
) -> None:
    """It names the new version, or comes in a request of its own."""
    entry, folder = a_document_and_a_folder(desk)
    held = membership(folder.entry_uuid, entry.entry_uuid)
    for associations in (submitted_later(held), made_here(held)):
        assert codes(update(desk, an_update(desk, revised(entry), associations=associations))) == OPERATION


def test_relationship_between_registered_documents_that_nothing_submits_gets_UnresolvedReferenceException(
    desk: Desk,
) -> None:
    """As in a registration: its source is not of the request. [ITI TF-3: 4.2.2.2]"""
    first, second = two_documents(desk)
    related = relation(AssociationType.APND, first.entry_uuid, second.entry_uuid)
    response = update(desk, an_update(desk, revised(first), propagation="no", associations=[related]))
    assert "UnresolvedReferenceException" in codes(response)


def test_patient_of_a_related_document_may_not_change(desk: Desk) -> None:
    """XDSPatientIDReconciliationError, whether Associations propagate or not; likewise for a Folder that holds something."""
    entry, folder = a_document_and_a_folder(desk)
    held = membership(folder.entry_uuid, entry.entry_uuid)
    updated(desk, an_update(desk, associations=submitted_later(held)))
    other = another_patient()
    desk.make_known(other)
    for value in (entry, folder):
        for propagation in ("yes", "no"):
            moved = revised(value, patient_id=other)
            submission = an_update(desk, moved, propagation=propagation, patient_id=other)
            assert codes(update(desk, submission)) == ["XDSPatientIDReconciliationError"]


@pytest.mark.parametrize("propagation", ["yes", "no"])
def test_replacement_beside_a_new_version_of_the_folder_follows_into_that_version_alone(
    desk: Desk, propagation: str
) -> None:
    """Nothing is put into the version that the same request supersedes; where nothing propagates, into none."""
    entry, other, folder = desk.entry(), desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, other, folders=[folder], associations=[held]))
    successor, renewed = revised(other), revised(folder)
    replaces = relation(AssociationType.RPLC, successor.entry_uuid, entry.entry_uuid)
    request = an_update(desk, successor, renewed, propagation="no", associations=[replaces])
    (announcement,) = (each for each in request.associations if each.target_object == renewed.entry_uuid)
    told = tuple(slot for slot in announcement.extra if slot.name == "PreviousVersion")
    of_folder = replace(announcement, extra=(*told, Slot("AssociationPropagation", (propagation,))))
    request = replace(
        request, associations=tuple(of_folder if each is announcement else each for each in request.associations)
    )
    updated(desk, request)
    holders = {
        source for kind, source, target in joints(desk) if kind == "HasMember" and target == successor.entry_uuid
    }
    assert holders - {request.submission_set.entry_uuid} == ({renewed.entry_uuid} if propagation == "yes" else set())
