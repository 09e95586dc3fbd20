"""What each request is for: one function a kind of request, from its value to an Errand. [DMP: actions]"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice

from access.caller import Identity
from access.mandate import Action
from access.sight import Visibility, visibility_of
from registry import parameters
from registry.references import identity_of
from server.visit import Errand
from xds import triggers
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest, FeedEvent, PatientFeed, RetrieveDocumentSet
from xds.metadata import Submission
from xds.vocabulary import AssociationType, AvailabilityStatus, ReturnType, UpdateSlot
from xds.wire.query import write_query

OBJECTS_MAX = 100
"""What one line of the journal names at most."""

_PATIENTS = (
    parameters.ENTRY_PATIENT_ID.name,
    parameters.SET_PATIENT_ID.name,
    parameters.FOLDER_PATIENT_ID.name,
    parameters.PATIENT_ID.name,
)
_IDS = (
    parameters.ENTRY_UNIQUE_ID.name,
    parameters.ENTRY_UUID.name,
    parameters.ANY_UUID.name,
    parameters.SET_UUID.name,
    parameters.SET_UNIQUE_ID.name,
)
_BY_STATUS = {AvailabilityStatus.DELETED: Action.DELETE, AvailabilityStatus.ARCHIVED: Action.ARCHIVE}


def of_query(request: AdhocQueryRequest, transaction: str) -> Errand:
    """A query for whole objects consults; one for references may be made by those who may not. [DMP: TD3.1a, TD3.1b]"""
    consults = request.return_type == ReturnType.LEAF_CLASS
    return Errand(
        transaction=transaction,
        actions=(Action.FIND,) if consults else (Action.FIND, Action.REFER),
        patient=_patient_of(request),
        named=_named_by(request),
        query_id=request.query_id[:64],
        query=lambda: b"".join(write_query(request)),
    )


def of_retrieval(request: RetrieveDocumentSet, transaction: str) -> Errand:
    """[DMP: TD3.2]"""
    objects = tuple(one.document_unique_id[:128] for one in request.requests[:OBJECTS_MAX])
    return Errand(transaction=transaction, actions=(Action.RETRIEVE,), objects=objects)


def of_submission(submission: Submission, transaction: str) -> Errand:
    """[DMP: TD2.1]"""
    visibilities = {one.unique_id or "": visibility_of(one.confidentiality_code) for one in submission.document_entries}
    objects = tuple(one.unique_id or "" for one in submission.document_entries)
    return _of(submission, transaction, (Action.SUBMIT,), objects, visibilities)


def of_update(submission: Submission, transaction: str) -> Errand:
    """What an update does is told by its first change; each is judged where the past is known. [DMP: TD3.3a-d]"""
    changes = [
        (triggers.status_of(association, UpdateSlot.NEW_STATUS), association.target_object)
        for association in submission.associations
        if association.association_type == AssociationType.UPDATE_AVAILABILITY_STATUS
    ]
    objects = tuple(target for _, target in changes) or tuple(
        entry.logical_id or entry.entry_uuid for entry in submission.document_entries
    )
    if changes:
        status = changes[0][0]
        actions: tuple[Action, ...] = (_BY_STATUS.get(status, Action.ARCHIVE) if status else Action.ARCHIVE,)
    elif any(visibility_of(entry.confidentiality_code) & Visibility.MASQUE_PS for entry in submission.document_entries):
        actions = (Action.MASK,)
    else:
        actions = (Action.UNMASK, Action.SHOW_PATIENT, Action.REPLACE)
    visibilities = {
        entry.logical_id or entry.entry_uuid: visibility_of(entry.confidentiality_code)
        for entry in submission.document_entries
    }
    return _of(submission, transaction, actions, objects, visibilities)


def of_feed(feed: PatientFeed, transaction: str) -> Errand:
    """[ITI-44] A record is made known, or changed."""
    identifier = feed.ids[0] if feed.ids else None
    patient = (identifier.extension, identifier.root) if identifier else None
    gone = feed.subsumed_ids[0] if feed.subsumed_ids else None
    return Errand(
        transaction=transaction,
        actions=(Action.CREATE_RECORD,),
        patient=patient,
        subsumed=(gone.extension, gone.root) if gone else None,
        is_new=feed.event is FeedEvent.ADDED,
    )


def _of(
    submission: Submission,
    transaction: str,
    actions: tuple[Action, ...],
    objects: tuple[str, ...],
    visibilities: Mapping[str, Visibility],
) -> Errand:
    first = next(iter(submission.submission_sets), None)
    identity = identity_of(first.patient_id) if first else None
    return Errand(
        transaction=transaction,
        actions=actions,
        patient=(identity.id_number, identity.authority) if identity and identity.id_number else None,
        objects=tuple(each[:128] for each in objects[:OBJECTS_MAX]),
        visibilities=visibilities,
        submission_unique_id=((first.unique_id or "") if first else "")[:128],
    )


def _named_by(request: AdhocQueryRequest) -> tuple[str, ...]:
    """Ids that a query names its objects by, at most so many as a line takes."""
    values = (
        value
        for name in _IDS
        for slot in request.parameters.get(name, ())
        for text in slot
        for value in text.strip().strip("()").split(",")
    )
    return tuple(value.strip().strip("'") for value in islice(values, OBJECTS_MAX))


def _patient_of(request: AdhocQueryRequest) -> Identity | None:
    """The patient that the query names, where it names a readable one; what is wrong with another is for the query to say."""
    for name in _PATIENTS:
        for slot in request.parameters.get(name, ()):
            for value in slot:
                text = value.strip().strip("'")
                if CX.check(text) is None:
                    patient = CX(text)
                    return patient.id_number, patient.authority
    return None
