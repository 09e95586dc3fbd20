"""Every parameter of the stored queries: name on the wire, kind of value, attribute compared. [ITI TF-2: 3.18.4.1.2.3.7]

Which query takes which, and how many values, is said in ``stored_queries``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from registry import parameter_values as values
from registry.parameter_values import ValueKind

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
    "$MetadataLevel",
    values.LEVEL,
    "1: latest versions and Approved Associations only; 2: everything. Not given: in ITI-18 as the domain has it, else 1",
)
