"""The stored queries of ITI-18 as rows: UUID, parameters, which are required, coded, multiple. [ITI TF-2: 3.18.4.1.2.3.7, 3.18.4.1.2.4]

``parse`` turns the Slots of a request into typed arguments, or tells all that is wrong with them. What a query answers is said in
``recipes``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Generic, NamedTuple, TypeVar, cast

from registry import parameter_values as values
from registry.parameter_values import Unreadable, ValueKind
from xds import errors
from xds.errors import ErrorList, RegistryError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Parameter(Generic[T_co]):
    """A parameter: its name on the wire, the kind of its values, and what they are compared with."""

    name: str
    kind: ValueKind[T_co]
    matches: str


class TimeRange(NamedTuple):
    """The From and To parameters of one time attribute, named in snake_case."""

    attribute: str
    at_or_after: Parameter[int]
    before: Parameter[int]


class CodeParameter(NamedTuple):
    """The parameter of a coded attribute, named in snake_case."""

    attribute: str
    parameter: Parameter[values.CodedValue]


def _time_range(prefix: str, attribute: str, name: str) -> TimeRange:
    return TimeRange(
        attribute,
        Parameter(f"{prefix}From", values.TIME, f"{name}, from that moment on"),
        Parameter(f"{prefix}To", values.TIME, f"{name}, before that moment"),
    )


def _coded(name: str, attribute: str, matches: str) -> CodeParameter:
    return CodeParameter(attribute, Parameter(name, values.CODE, matches))


PATIENT_ID = Parameter("$patientId", values.PATIENT, "patientId of every object")
ENTRY_PATIENT_ID = Parameter("$XDSDocumentEntryPatientId", values.PATIENT, "DocumentEntry.patientId")
ENTRY_STATUS = Parameter("$XDSDocumentEntryStatus", values.STATUS, "DocumentEntry.availabilityStatus")
CLASS_CODE = _coded("$XDSDocumentEntryClassCode", "class_code", "classCode")
TYPE_CODE = _coded("$XDSDocumentEntryTypeCode", "type_code", "typeCode")
PRACTICE_SETTING_CODE = _coded("$XDSDocumentEntryPracticeSettingCode", "practice_setting_code", "practiceSettingCode")
FACILITY_TYPE_CODE = _coded(
    "$XDSDocumentEntryHealthcareFacilityTypeCode", "healthcare_facility_type_code", "healthcareFacilityTypeCode"
)
FORMAT_CODE = _coded("$XDSDocumentEntryFormatCode", "format_code", "formatCode")
EVENT_CODE_LIST = _coded("$XDSDocumentEntryEventCodeList", "event_code_list", "any code of eventCodeList")
CONFIDENTIALITY_CODE = _coded(
    "$XDSDocumentEntryConfidentialityCode", "confidentiality_code", "any confidentialityCode of the entry"
)
CREATION_TIME = _time_range("$XDSDocumentEntryCreationTime", "creation_time", "creationTime")
SERVICE_START_TIME = _time_range("$XDSDocumentEntryServiceStartTime", "service_start_time", "serviceStartTime")
SERVICE_STOP_TIME = _time_range("$XDSDocumentEntryServiceStopTime", "service_stop_time", "serviceStopTime")
ENTRY_AUTHOR_PERSON = Parameter("$XDSDocumentEntryAuthorPerson", values.PATTERN, "authorPerson of any author")
ENTRY_TYPE = Parameter("$XDSDocumentEntryType", values.ENTRY_TYPE, "objectType; stable entries only if not given")
DOCUMENT_AVAILABILITY = Parameter("$XDSDocumentEntryDocumentAvailability", values.IDENTIFIER, "documentAvailability")
REFERENCE_ID_LIST = Parameter("$XDSDocumentEntryReferenceIdList", values.REFERENCE_ID, "any id of referenceIdList")
ENTRY_UUID = Parameter("$XDSDocumentEntryEntryUUID", values.ENTRY_ID, "DocumentEntry.entryUUID")
ENTRY_UNIQUE_ID = Parameter("$XDSDocumentEntryUniqueId", values.IDENTIFIER, "DocumentEntry.uniqueId")
ENTRY_LOGICAL_ID = Parameter("$XDSDocumentEntryLogicalID", values.ENTRY_ID, "DocumentEntry.logicalID, at level 2")

SET_PATIENT_ID = Parameter("$XDSSubmissionSetPatientId", values.PATIENT, "SubmissionSet.patientId")
SET_STATUS = Parameter("$XDSSubmissionSetStatus", values.STATUS, "SubmissionSet.availabilityStatus")
SOURCE_ID = Parameter("$XDSSubmissionSetSourceId", values.IDENTIFIER, "sourceId")
SUBMISSION_TIME = _time_range("$XDSSubmissionSetSubmissionTime", "submission_time", "submissionTime")
SET_AUTHOR_PERSON = Parameter("$XDSSubmissionSetAuthorPerson", values.PATTERN, "authorPerson of any author")
CONTENT_TYPE_CODE = _coded("$XDSSubmissionSetContentType", "content_type_code", "contentTypeCode")
SET_UUID = Parameter("$XDSSubmissionSetEntryUUID", values.ENTRY_ID, "SubmissionSet.entryUUID")
SET_UNIQUE_ID = Parameter("$XDSSubmissionSetUniqueId", values.IDENTIFIER, "SubmissionSet.uniqueId")

FOLDER_PATIENT_ID = Parameter("$XDSFolderPatientId", values.PATIENT, "Folder.patientId")
FOLDER_STATUS = Parameter("$XDSFolderStatus", values.STATUS, "Folder.availabilityStatus")
LAST_UPDATE_TIME = _time_range("$XDSFolderLastUpdateTime", "last_update_time", "lastUpdateTime")
CODE_LIST = _coded("$XDSFolderCodeList", "code_list", "any code of codeList")
FOLDER_UUID = Parameter("$XDSFolderEntryUUID", values.ENTRY_ID, "Folder.entryUUID")
FOLDER_UNIQUE_ID = Parameter("$XDSFolderUniqueId", values.IDENTIFIER, "Folder.uniqueId")
FOLDER_LOGICAL_ID = Parameter("$XDSFolderLogicalID", values.ENTRY_ID, "Folder.logicalID, at level 2")

ANY_UUID = Parameter("$uuid", values.ENTRY_ID, "entryUUID")
ASSOCIATION_TYPES = Parameter("$AssociationTypes", values.ASSOCIATION, "associationType")
ASSOCIATION_STATUS = Parameter(
    "$XDSAssociationStatus", values.STATUS, "Association.availabilityStatus, at level 2; Approved if not given"
)
METADATA_LEVEL = Parameter(
    "$MetadataLevel", values.LEVEL, "1 (if not given): latest versions and Approved Associations only; 2: everything"
)


class Need(Enum):
    """Whether a query wants a parameter; of its CHOICE parameters exactly one."""

    REQUIRED = "required"
    CHOICE = "one of these"
    OPTIONAL = "optional"


class Count(Enum):
    """How many values a parameter takes: OR within a Slot; AND between Slots of one name."""

    ONE = "one"
    MANY = "many (OR)"
    MANY_SLOTS = "many (OR), and several Slots (AND)"


class Use(NamedTuple):
    """A parameter as one query takes it."""

    parameter: Parameter[object]
    need: Need
    count: Count


def _required(count: Count, *parameters: Parameter[object]) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.REQUIRED, count) for parameter in parameters)


def _choice(count: Count, *parameters: Parameter[object]) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.CHOICE, count) for parameter in parameters)


def _optional(count: Count, *rows: Parameter[object] | CodeParameter | TimeRange) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.OPTIONAL, count) for row in rows for parameter in _parameters_of(row))


def _parameters_of(row: Parameter[object] | CodeParameter | TimeRange) -> tuple[Parameter[object], ...]:
    if isinstance(row, CodeParameter):
        return (row.parameter,)
    return (row.at_or_after, row.before) if isinstance(row, TimeRange) else (row,)


@dataclass(frozen=True, slots=True)
class StoredQuery:
    """A stored query. ``is_single_patient``: LeafClass may not show objects of more than one patient."""

    query_id: str
    name: str
    answer: str
    uses: tuple[Use, ...]
    is_single_patient: bool
    clause: str


ONE, MANY, MANY_SLOTS = Count.ONE, Count.MANY, Count.MANY_SLOTS

_LEVEL = _optional(ONE, METADATA_LEVEL)
_ASSOCIATIONS = _optional(MANY, ASSOCIATION_STATUS) + _LEVEL
_MEMBERS = _optional(MANY, FORMAT_CODE, ENTRY_TYPE) + _optional(MANY_SLOTS, CONFIDENTIALITY_CODE)
_ENTRY_FILTERS = (
    _optional(MANY, CLASS_CODE, TYPE_CODE, PRACTICE_SETTING_CODE, FACILITY_TYPE_CODE, FORMAT_CODE)
    + _optional(MANY_SLOTS, EVENT_CODE_LIST, CONFIDENTIALITY_CODE)
    + _optional(ONE, CREATION_TIME, SERVICE_START_TIME, SERVICE_STOP_TIME)
    + _optional(MANY, ENTRY_AUTHOR_PERSON, ENTRY_TYPE, DOCUMENT_AVAILABILITY)
    + _LEVEL
)


def _of_chapter(number: int) -> str:
    return f"ITI TF-2: 3.18.4.1.2.3.7.{number}"


FIND_DOCUMENTS = StoredQuery(
    "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
    "FindDocuments",
    "The patient's DocumentEntries that pass every filter.",
    _required(ONE, ENTRY_PATIENT_ID) + _required(MANY, ENTRY_STATUS) + _ENTRY_FILTERS,
    is_single_patient=False,
    clause=_of_chapter(1),
)
FIND_SUBMISSION_SETS = StoredQuery(
    "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9",
    "FindSubmissionSets",
    "The patient's SubmissionSets that pass every filter.",
    _required(ONE, SET_PATIENT_ID)
    + _required(MANY, SET_STATUS)
    + _optional(MANY, SOURCE_ID, CONTENT_TYPE_CODE)
    + _optional(ONE, SUBMISSION_TIME, SET_AUTHOR_PERSON),
    is_single_patient=False,
    clause=_of_chapter(2),
)
FIND_FOLDERS = StoredQuery(
    "urn:uuid:958f3006-baad-4929-a4de-ff1114824431",
    "FindFolders",
    "The patient's Folders that pass every filter.",
    _required(ONE, FOLDER_PATIENT_ID)
    + _required(MANY, FOLDER_STATUS)
    + _optional(ONE, LAST_UPDATE_TIME)
    + _optional(MANY_SLOTS, CODE_LIST)
    + _LEVEL,
    is_single_patient=False,
    clause=_of_chapter(3),
)
GET_ALL = StoredQuery(
    "urn:uuid:10b545ea-725c-446d-9b95-8aeb444eddf3",
    "GetAll",
    "The patient's DocumentEntries, SubmissionSets and Folders that pass, and every Association with one of them as an end.",
    _required(ONE, PATIENT_ID) + _required(MANY, ENTRY_STATUS, SET_STATUS, FOLDER_STATUS) + _MEMBERS + _ASSOCIATIONS,
    is_single_patient=False,
    clause=_of_chapter(4),
)
GET_DOCUMENTS = StoredQuery(
    "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4",
    "GetDocuments",
    "Those DocumentEntries, whatever their status.",
    _choice(MANY, ENTRY_UUID, ENTRY_UNIQUE_ID, ENTRY_LOGICAL_ID) + _LEVEL,
    is_single_patient=True,
    clause=_of_chapter(5),
)
GET_FOLDERS = StoredQuery(
    "urn:uuid:5737b14c-8a1a-4539-b659-e03a34a5e1e4",
    "GetFolders",
    "Those Folders, whatever their status.",
    _choice(MANY, FOLDER_UUID, FOLDER_UNIQUE_ID, FOLDER_LOGICAL_ID) + _LEVEL,
    is_single_patient=True,
    clause=_of_chapter(6),
)
GET_ASSOCIATIONS = StoredQuery(
    "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155",
    "GetAssociations",
    "The Associations that have one of these objects as source or target.",
    _required(MANY, ANY_UUID) + _ASSOCIATIONS,
    is_single_patient=False,
    clause=_of_chapter(7),
)
GET_DOCUMENTS_AND_ASSOCIATIONS = StoredQuery(
    "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a",
    "GetDocumentsAndAssociations",
    "Those DocumentEntries, and every Association that has one of them as source or target.",
    _choice(MANY, ENTRY_UUID, ENTRY_UNIQUE_ID) + _ASSOCIATIONS,
    is_single_patient=True,
    clause=_of_chapter(8),
)
GET_SUBMISSION_SETS = StoredQuery(
    "urn:uuid:51224314-5390-4169-9b91-b1980040715a",
    "GetSubmissionSets",
    "The SubmissionSets that have one of these DocumentEntries or Folders as a member, and those HasMember.",
    _required(MANY, ANY_UUID) + _ASSOCIATIONS,
    is_single_patient=True,
    clause=_of_chapter(9),
)
GET_SUBMISSION_SET_AND_CONTENTS = StoredQuery(
    "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83",
    "GetSubmissionSetAndContents",
    "The SubmissionSet, its DocumentEntries that pass, its Folders, its HasMember to these, and the memberships between "
    "these that it has made, with its HasMember to them.",
    _choice(ONE, SET_UUID, SET_UNIQUE_ID) + _MEMBERS + _ASSOCIATIONS,
    is_single_patient=True,
    clause=_of_chapter(10),
)
GET_FOLDER_AND_CONTENTS = StoredQuery(
    "urn:uuid:b909a503-523d-4517-8acf-8e5834dfc4c7",
    "GetFolderAndContents",
    "The Folder, its DocumentEntries that pass, and the HasMember between.",
    _choice(ONE, FOLDER_UUID, FOLDER_UNIQUE_ID) + _MEMBERS + _ASSOCIATIONS,
    is_single_patient=True,
    clause=_of_chapter(11),
)
GET_FOLDERS_FOR_DOCUMENT = StoredQuery(
    "urn:uuid:10cae35a-c7f9-4cf5-b61e-fc3278ffb578",
    "GetFoldersForDocument",
    "The Folders that hold the document.",
    _choice(ONE, ENTRY_UUID, ENTRY_UNIQUE_ID) + _ASSOCIATIONS,
    is_single_patient=False,
    clause=_of_chapter(12),
)
GET_RELATED_DOCUMENTS = StoredQuery(
    "urn:uuid:d90e5407-b356-4d91-a89f-873917b4b0e6",
    "GetRelatedDocuments",
    "The Associations of these types that have the document as an end and a DocumentEntry as the other, and both ends.",
    _choice(ONE, ENTRY_UUID, ENTRY_UNIQUE_ID)
    + _required(MANY, ASSOCIATION_TYPES)
    + _optional(MANY, ENTRY_TYPE)
    + _ASSOCIATIONS,
    is_single_patient=False,
    clause=_of_chapter(13),
)
FIND_DOCUMENTS_BY_REFERENCE_ID = StoredQuery(
    "urn:uuid:12941a89-e02e-4be5-967c-ce4bfc8fe492",
    "FindDocumentsByReferenceId",
    "The patient's DocumentEntries that carry the reference ids and pass every filter.",
    _required(ONE, ENTRY_PATIENT_ID)
    + _required(MANY, ENTRY_STATUS)
    + _required(MANY_SLOTS, REFERENCE_ID_LIST)
    + _ENTRY_FILTERS,
    is_single_patient=False,
    clause=_of_chapter(14),
)

STORED_QUERIES = (
    FIND_DOCUMENTS,
    FIND_SUBMISSION_SETS,
    FIND_FOLDERS,
    GET_ALL,
    GET_DOCUMENTS,
    GET_FOLDERS,
    GET_ASSOCIATIONS,
    GET_DOCUMENTS_AND_ASSOCIATIONS,
    GET_SUBMISSION_SETS,
    GET_SUBMISSION_SET_AND_CONTENTS,
    GET_FOLDER_AND_CONTENTS,
    GET_FOLDERS_FOR_DOCUMENT,
    GET_RELATED_DOCUMENTS,
    FIND_DOCUMENTS_BY_REFERENCE_ID,
)
"""Every stored query of ITI-18, in the order of the framework."""
