"""Registry objects as rows: one function a table, used by the hot path and by bulk loading alike."""

from __future__ import annotations

from access import sight
from registry.facts import Claim, Kind
from registry.store import coding, fragments
from sql.database import Dialect
from xds import ebrim
from xds.metadata import Association, Code, DocumentEntry, Folder, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType

OBJECT_COLUMNS = (
    "patient",
    "kind",
    "entry_uuid",
    "status",
    "latest",
    "version",
    "logical_id",
    "unique_id",
    "object_time",
    "service_start",
    "service_stop",
    "codes",
    "author_persons",
    "reference_ids",
    "source_id",
    "availability",
    "visibility",
    "owners",
    "dictionary",
    "ebrim",
)
ASSOCIATION_COLUMNS = ("patient", "entry_uuid", "type", "source", "target", "status", "dictionary", "ebrim")
CLAIM_COLUMNS = ("unique_id", "kind", "hash", "size")

SINGLE_CODES = (
    "class_code",
    "type_code",
    "format_code",
    "practice_setting_code",
    "healthcare_facility_type_code",
)
MULTIPLE_CODES = ("event_code_list", "confidentiality_code")
Row = tuple[object, ...]


def document_entry_row(entry: DocumentEntry, patient: int, dialect: Dialect) -> Row:
    """The row of a DocumentEntry with its final ids."""
    numbers = [
        coding.code_number(attribute, code.code, code.coding_scheme)
        for attribute in SINGLE_CODES
        if (code := getattr(entry, attribute)) is not None
    ]
    for attribute in MULTIPLE_CODES:
        numbers += _numbers(attribute, getattr(entry, attribute))
    return (
        patient,
        int(Kind.STABLE if entry.object_type is DocumentEntryType.STABLE else Kind.ON_DEMAND),
        coding.column_uuid(entry.entry_uuid),
        coding.STATUS_NUMBER[entry.availability_status or AvailabilityStatus.APPROVED],
        1,
        int(entry.version or 1),
        coding.column_uuid(entry.logical_id or entry.entry_uuid),
        entry.unique_id,
        entry.creation_time.start if entry.creation_time is not None else None,
        entry.service_start_time.start if entry.service_start_time is not None else None,
        entry.service_stop_time.start if entry.service_stop_time is not None else None,
        coding.column_numbers(numbers, dialect),
        coding.column_list(_persons(entry), dialect),
        coding.column_list((str(reference) for reference in entry.reference_id_list), dialect),
        None,
        entry.document_availability,
        int(sight.visibility_of(entry.confidentiality_code)),
        coding.column_list(sorted(sight.owners_of(entry.author)), dialect),
        fragments.PRESENT_DICTIONARY,
        fragments.fold(ebrim.write_stored(entry)),
    )


def submission_set_row(submission_set: SubmissionSet, patient: int, dialect: Dialect) -> Row:
    """The row of a SubmissionSet; its object_time is submissionTime."""
    code = submission_set.content_type_code
    return (
        patient,
        int(Kind.SUBMISSION_SET),
        coding.column_uuid(submission_set.entry_uuid),
        coding.STATUS_NUMBER[AvailabilityStatus.APPROVED],
        1,
        1,
        coding.column_uuid(submission_set.entry_uuid),
        submission_set.unique_id,
        submission_set.submission_time.start if submission_set.submission_time is not None else None,
        None,
        None,
        coding.column_numbers(_numbers("content_type_code", (code,) if code else ()), dialect),
        coding.column_list(_persons(submission_set), dialect),
        coding.column_list((), dialect),
        submission_set.source_id,
        None,
        0,
        coding.column_list((), dialect),
        fragments.PRESENT_DICTIONARY,
        fragments.fold(ebrim.write_stored(submission_set)),
    )


def folder_row(folder: Folder, patient: int, dialect: Dialect) -> Row:
    """The row of a Folder; its object_time is lastUpdateTime."""
    return (
        patient,
        int(Kind.FOLDER),
        coding.column_uuid(folder.entry_uuid),
        coding.STATUS_NUMBER[folder.availability_status or AvailabilityStatus.APPROVED],
        1,
        int(folder.version or 1),
        coding.column_uuid(folder.logical_id or folder.entry_uuid),
        folder.unique_id,
        folder.last_update_time.start if folder.last_update_time is not None else None,
        None,
        None,
        coding.column_numbers(_numbers("code_list", folder.code_list), dialect),
        coding.column_list((), dialect),
        coding.column_list((), dialect),
        None,
        None,
        0,
        coding.column_list((), dialect),
        fragments.PRESENT_DICTIONARY,
        fragments.fold(ebrim.write_stored(folder)),
    )


def association_row(association: Association, patient: int) -> Row:
    """The row of an Association with its final ids."""
    return (
        patient,
        coding.column_uuid(association.entry_uuid),
        coding.ASSOCIATION_TYPE_NUMBER[AssociationType(association.association_type)],
        coding.column_uuid(association.source_object),
        coding.column_uuid(association.target_object),
        coding.STATUS_NUMBER[association.availability_status or AvailabilityStatus.APPROVED],
        fragments.PRESENT_DICTIONARY,
        fragments.fold(ebrim.write_stored(association)),
    )


def claim_row(claim: Claim) -> Row:
    """The row of a uniqueId that is taken."""
    return (claim.unique_id, int(claim.kind), claim.hash.lower(), claim.size)


def _numbers(attribute: str, codes: tuple[Code, ...]) -> list[int]:
    return [coding.code_number(attribute, code.code, code.coding_scheme) for code in codes]


def _persons(value: DocumentEntry | SubmissionSet) -> list[str]:
    return [str(author.author_person) for author in value.author if author.author_person is not None]
