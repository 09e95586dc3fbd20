"""Updates for the tests of ITI-57 and ITI-92: good ones by default, and what a registry knows after them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, TypeVar

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import Desk, quoted
from tests.samples import a_submission_set, an_association, fresh_uuid
from xds.messages import RegistryResponse, RestrictedUpdateDocumentSet, UpdateDocumentSet
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Slot, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus, SubmissionSetStatus

Versioned = TypeVar("Versioned", bound=DocumentEntry | Folder)

APPROVED, DEPRECATED = AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED
ARCHIVED, DELETED = AvailabilityStatus.ARCHIVED, AvailabilityStatus.DELETED
LEVEL_2 = (p.METADATA_LEVEL, "2")
EVERY_STATUS = quoted(*AvailabilityStatus)


def revised(value: Versioned, **changes: Any) -> Versioned:
    """The next version of an object: a new id, and the logicalID of the first."""
    return replace(value, **{"entry_uuid": fresh_uuid(), "logical_id": value.logical_id or value.entry_uuid, **changes})


def an_update(
    desk: Desk,
    *values: DocumentEntry | Folder,
    previous_version: str | None = "1",
    propagation: str | None = None,
    associations: Iterable[Association] = (),
    **changes: Any,
) -> Submission:
    """An update that brings new versions, each announced by its HasMember; and Associations from the SubmissionSet's id on."""
    submission_set = a_submission_set(**{"patient_id": desk.patient_id, "entry_uuid": fresh_uuid(), **changes})
    extra = tuple(
        Slot(name, (value,))
        for name, value in (("PreviousVersion", previous_version), ("AssociationPropagation", propagation))
        if value is not None
    )
    announcements = tuple(
        an_association(
            entry_uuid=fresh_uuid(),
            source_object=submission_set.entry_uuid,
            target_object=value.entry_uuid,
            submission_set_status=SubmissionSetStatus.ORIGINAL if isinstance(value, DocumentEntry) else None,
            extra=extra,
        )
        for value in values
    )
    from_set = tuple(
        replace(each, source_object=submission_set.entry_uuid) if each.source_object == THE_SET else each
        for each in associations
    )
    return Submission(
        (submission_set,),
        tuple(value for value in values if isinstance(value, DocumentEntry)),
        tuple(value for value in values if isinstance(value, Folder)),
        (*announcements, *from_set),
    )


THE_SET = "SubmissionSet01"
"""Stands for the id of the SubmissionSet of ``an_update``."""


def a_status_update(
    target: str, original: AvailabilityStatus | str = APPROVED, new: AvailabilityStatus | str = DEPRECATED
) -> Association:
    """An UpdateAvailabilityStatus."""
    return an_association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.UPDATE_AVAILABILITY_STATUS,
        source_object=THE_SET,
        target_object=target,
        extra=(Slot("OriginalStatus", (str(original),)), Slot("NewStatus", (str(new),))),
    )


def submitted_later(association: Association) -> tuple[Association, Association]:
    """An Association and the SubmitAssociation that adds it."""
    trigger = an_association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.SUBMIT_ASSOCIATION,
        source_object=THE_SET,
        target_object=association.entry_uuid,
    )
    return association, trigger


def made_here(association: Association) -> tuple[Association, Association]:
    """A membership and the HasMember that says which submission made it."""
    record = an_association(entry_uuid=fresh_uuid(), source_object=THE_SET, target_object=association.entry_uuid)
    return association, record


def update(desk: Desk, submission: Submission, *, restricted: bool = False) -> RegistryResponse:
    """What ITI-57, or ITI-92, answers."""
    if restricted:
        return desk.backend.settle(
            lambda work: desk.actor.update_restricted(RestrictedUpdateDocumentSet(submission), work),
            lambda each: each.errors.has_errors,
        )
    return desk.backend.settle(
        lambda work: desk.actor.update(UpdateDocumentSet(submission), work), lambda each: each.errors.has_errors
    )


def updated(desk: Desk, submission: Submission, *, restricted: bool = False) -> Submission:
    """The update, accepted."""
    response = update(desk, submission, restricted=restricted)
    assert not response.errors, response.errors
    return submission


def codes(response: RegistryResponse) -> list[str]:
    """The codes told, in their order."""
    return list(response.errors.codes)


def versions_of(desk: Desk, value: DocumentEntry | Folder) -> dict[str, tuple[str, AvailabilityStatus]]:
    """entryUUID → version and status of all versions that the registry knows."""
    unique_id = quoted(str(value.unique_id))
    if isinstance(value, DocumentEntry):
        found = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, unique_id), LEVEL_2)
    else:
        found = desk.find(q.GET_FOLDERS, (p.FOLDER_UNIQUE_ID, unique_id), LEVEL_2)
    return {key: (str(each.version), each.availability_status or APPROVED) for key, each in found.items()}


def status_of(desk: Desk, value: DocumentEntry | Folder) -> AvailabilityStatus:
    """The present status of one version."""
    return versions_of(desk, value)[value.entry_uuid][1]


def everything(desk: Desk) -> dict[str, RegistryObject]:
    """All that the patient has, at level 2, Associations of any status."""
    return desk.find(
        q.GET_ALL,
        (p.PATIENT_ID, desk.patient),
        (p.ENTRY_STATUS, EVERY_STATUS),
        (p.SET_STATUS, EVERY_STATUS),
        (p.FOLDER_STATUS, EVERY_STATUS),
        (p.ENTRY_TYPE, ANY_TYPE),
        (p.ASSOCIATION_STATUS, EVERY_STATUS),
        LEVEL_2,
    )


ANY_TYPE = quoted("urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1", "urn:uuid:34268e47-fdf5-41a6-ba33-82133c465248")


def joints(desk: Desk, *status: AvailabilityStatus) -> set[tuple[str, str, str]]:
    """Type, source and target of the patient's Associations of those statuses (Approved if none is named)."""
    return {
        (str(each.association_type).rpartition(":")[2], each.source_object, each.target_object)
        for each in everything(desk).values()
        if isinstance(each, Association) and each.availability_status in (status or (APPROVED,))
    }


def changed(submission: Submission, number: int, **changes: Any) -> Submission:
    """The submission with one of its Associations changed."""
    associations = list(submission.associations)
    associations[number] = replace(associations[number], **changes)
    return replace(submission, associations=tuple(associations))
