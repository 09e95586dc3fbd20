"""The Document Administrator: an entry gets another audience or another status. [ITI-57; DMP: TD3.3a-d]

``new_audience`` and ``new_status`` are pure: the entry, the administrator and the moment are given.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid4

from access.sight import RESTRICTIONS, Visibility
from cda import codes
from client.call import Service, UnexpectedAnswer
from client.source import CONTENT_TYPE, SOURCE_ID, SUBMISSION_SET, fresh_oid
from xds import transactions
from xds.hl7v2 import DTM
from xds.messages import RegistryResponse
from xds.metadata import Association, Author, DocumentEntry, Slot, Submission, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus, SubmissionSetStatus, UpdateSlot
from xds.wire import WrongBody
from xds.wire.response import read_response
from xds.wire.submission import write_submission

_NAMES = {
    Visibility.MASQUE_PS: "Masqué aux professionnels de santé",
    Visibility.INVISIBLE_PATIENT: "Non visible par le patient",
    Visibility.INVISIBLE_REPRESENTANTS_LEGAUX: "Non visible par les représentants légaux",
}
_NEW = "Document01"


def new_audience(
    entry: DocumentEntry,
    hidden: Visibility,
    shown: Visibility,
    author: tuple[Author, ...],
    now: datetime,
    new_uuid: Callable[[], UUID] = uuid4,
) -> Submission:
    """A new version of the entry, restricted by ``hidden`` and no longer by ``shown``. [DMP: TD3.3a, TD3.3b]"""
    kept = [
        code
        for code in entry.confidentiality_code
        if not (code.coding_scheme == RESTRICTIONS and code.code in {flag.name for flag in (*hidden, *shown)})
    ]
    added = [codes.a_code(flag.name or "", RESTRICTIONS, _NAMES.get(flag, "")) for flag in hidden]
    version = replace(
        entry,
        entry_uuid=_NEW,
        logical_id=entry.logical_id or entry.entry_uuid,
        version=None,
        availability_status=None,
        home_community_id=None,
        confidentiality_code=(*kept, *added),
    )
    announcement = Association(
        entry_uuid="Member01",
        association_type=AssociationType.HAS_MEMBER,
        source_object=SUBMISSION_SET,
        target_object=_NEW,
        submission_set_status=SubmissionSetStatus.ORIGINAL,
        extra=(Slot(UpdateSlot.PREVIOUS_VERSION, (entry.version or "1",)),),
    )
    return Submission((_submission_set(entry, author, now, new_uuid),), (version,), (), (announcement,))


def new_status(
    entry: DocumentEntry,
    status: AvailabilityStatus,
    author: tuple[Author, ...],
    now: datetime,
    new_uuid: Callable[[], UUID] = uuid4,
) -> Submission:
    """The entry archived, brought back, or deleted. [DMP: TD3.3c, TD3.3d]"""
    original = entry.availability_status or AvailabilityStatus.APPROVED
    change = Association(
        entry_uuid="Status01",
        association_type=AssociationType.UPDATE_AVAILABILITY_STATUS,
        source_object=SUBMISSION_SET,
        target_object=entry.entry_uuid,
        extra=(Slot(UpdateSlot.ORIGINAL_STATUS, (original,)), Slot(UpdateSlot.NEW_STATUS, (status,))),
    )
    return Submission((_submission_set(entry, author, now, new_uuid),), (), (), (change,))


def update(service: Service, submission: Submission) -> RegistryResponse:
    """[ITI-57] Sends an update. *Raises* ServiceError."""
    patient = submission.submission_set.patient_id
    answer = service.call(transactions.ITI_57, write_submission(submission), patient=patient)
    try:
        return read_response(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-57 was answered by something else: {error}") from error


def _submission_set(
    entry: DocumentEntry, author: tuple[Author, ...], now: datetime, new_uuid: Callable[[], UUID]
) -> SubmissionSet:
    return SubmissionSet(
        entry_uuid=SUBMISSION_SET,
        author=author or entry.author[:1],
        content_type_code=CONTENT_TYPE,
        patient_id=entry.patient_id,
        source_id=SOURCE_ID,
        submission_time=DTM.at(now),
        unique_id=fresh_oid(new_uuid),
    )
