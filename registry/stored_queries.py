"""The stored queries of ITI-18 and ITI-51 as rows: UUID, parameters, which are required, coded, multiple.

[ITI TF-2: 3.18.4.1.2.3.7, 3.18.4.1.2.4, 3.51.4.1.2]

How a request's Slots become arguments is said in ``arguments``, what a query answers in ``recipes``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import NamedTuple

from registry import parameter_values
from registry.parameters import (
    ANY_UUID,
    ASSOCIATION_STATUS,
    ASSOCIATION_TYPES,
    CLASS_CODE,
    CODE_LIST,
    CONFIDENTIALITY_CODE,
    CONTENT_TYPE_CODE,
    CREATION_TIME,
    DOCUMENT_AVAILABILITY,
    ENTRY_AUTHOR_PERSON,
    ENTRY_LOGICAL_ID,
    ENTRY_PATIENT_ID,
    ENTRY_STATUS,
    ENTRY_TYPE,
    ENTRY_UNIQUE_ID,
    ENTRY_UUID,
    EVENT_CODE_LIST,
    FACILITY_TYPE_CODE,
    FOLDER_LOGICAL_ID,
    FOLDER_PATIENT_ID,
    FOLDER_STATUS,
    FOLDER_UNIQUE_ID,
    FOLDER_UUID,
    FORMAT_CODE,
    LAST_UPDATE_TIME,
    METADATA_LEVEL,
    PATIENT_ID,
    PRACTICE_SETTING_CODE,
    REFERENCE_ID_LIST,
    SERVICE_START_TIME,
    SERVICE_STOP_TIME,
    SET_AUTHOR_PERSON,
    SET_PATIENT_ID,
    SET_STATUS,
    SET_UNIQUE_ID,
    SET_UUID,
    SOURCE_ID,
    SUBMISSION_TIME,
    TYPE_CODE,
    CodeParameter,
    Parameter,
    TimeRange,
)
from xds.transactions import ITI_18, ITI_51, Transaction


class Need(Enum):
    """Whether a query wants a parameter; of its CHOICE parameters exactly one, of its SELECTIVE ones one or more."""

    REQUIRED = "required"
    CHOICE = "one of these"
    SELECTIVE = "at least one of these"
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
    takes: Count


def _required(count: Count, *parameters: Parameter[object]) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.REQUIRED, count) for parameter in parameters)


def _choice(count: Count, *parameters: Parameter[object]) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.CHOICE, count) for parameter in parameters)


def _selective(count: Count, *rows: Parameter[object] | CodeParameter) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.SELECTIVE, count) for row in rows for parameter in _parameters_of(row))


def _optional(count: Count, *rows: Parameter[object] | CodeParameter | TimeRange) -> tuple[Use, ...]:
    return tuple(Use(parameter, Need.OPTIONAL, count) for row in rows for parameter in _parameters_of(row))


def _parameters_of(row: Parameter[object] | CodeParameter | TimeRange) -> tuple[Parameter[object], ...]:
    if isinstance(row, CodeParameter):
        return (row.parameter,)
    return (row.at_or_after, row.before) if isinstance(row, TimeRange) else (row,)


@dataclass(frozen=True, slots=True, eq=False)
class StoredQuery:
    """A stored query; each is one row and equals only itself.

    ``is_single_patient``: LeafClass may not show objects of more than one patient. ``transaction``: the one that asks it.
    """

    query_id: str
    name: str
    answer: str
    uses: tuple[Use, ...]
    is_single_patient: bool
    clause: str
    transaction: Transaction = ITI_18

    @property
    def is_by_patient(self) -> bool:
        """Whether it looks among a patient's objects; the others name objects by their ids. [ITI TF-2: 3.38.4.1.2]"""
        return any(use.parameter.kind is parameter_values.PATIENT for use in self.uses)


ONE, MANY, MANY_SLOTS = Count.ONE, Count.MANY, Count.MANY_SLOTS

_LEVEL = _optional(ONE, METADATA_LEVEL)
_ASSOCIATIONS = _optional(MANY, ASSOCIATION_STATUS) + _LEVEL
_MEMBERS = _optional(MANY, FORMAT_CODE, ENTRY_TYPE) + _optional(MANY_SLOTS, CONFIDENTIALITY_CODE)
_OTHER_FILTERS = (
    _optional(ONE, CREATION_TIME, SERVICE_START_TIME, SERVICE_STOP_TIME)
    + _optional(MANY, ENTRY_AUTHOR_PERSON, ENTRY_TYPE, DOCUMENT_AVAILABILITY)
    + _LEVEL
)
_ENTRY_FILTERS = (
    _optional(MANY, CLASS_CODE, TYPE_CODE, PRACTICE_SETTING_CODE, FACILITY_TYPE_CODE, FORMAT_CODE)
    + _optional(MANY_SLOTS, EVENT_CODE_LIST, CONFIDENTIALITY_CODE)
    + _OTHER_FILTERS
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

FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS = StoredQuery(
    "urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f",
    "FindDocumentsForMultiplePatients",
    "The DocumentEntries that pass every filter, of these patients or of all.",
    _selective(MANY, ENTRY_PATIENT_ID, CLASS_CODE, FACILITY_TYPE_CODE)
    + _selective(MANY_SLOTS, EVENT_CODE_LIST)
    + _required(MANY, ENTRY_STATUS)
    + _optional(MANY, TYPE_CODE, PRACTICE_SETTING_CODE, FORMAT_CODE)
    + _optional(MANY_SLOTS, CONFIDENTIALITY_CODE)
    + _OTHER_FILTERS,
    is_single_patient=False,
    clause="ITI TF-2: 3.51.4.1.2",
    transaction=ITI_51,
)
FIND_FOLDERS_FOR_MULTIPLE_PATIENTS = StoredQuery(
    "urn:uuid:50d3f5ac-39a2-11de-a1ca-b366239e58df",
    "FindFoldersForMultiplePatients",
    "The Folders that pass every filter, of these patients or of all.",
    _selective(MANY, FOLDER_PATIENT_ID)
    + _selective(MANY_SLOTS, CODE_LIST)
    + _required(MANY, FOLDER_STATUS)
    + _optional(ONE, LAST_UPDATE_TIME)
    + _LEVEL,
    is_single_patient=False,
    clause="ITI TF-2: 3.51.4.1.2",
    transaction=ITI_51,
)
FIND_DOCUMENTS_BY_REFERENCE_ID_FOR_MULTIPLE_PATIENTS = StoredQuery(
    "urn:uuid:1191642d-86c4-42d8-b784-f95445f9f0d5",
    "FindDocumentsByReferenceIdForMultiplePatients",
    "The DocumentEntries that carry the reference ids and pass every filter, of these patients or of all.",
    _required(MANY_SLOTS, REFERENCE_ID_LIST)
    + _required(MANY, ENTRY_STATUS)
    + _optional(MANY, ENTRY_PATIENT_ID)
    + _ENTRY_FILTERS,
    is_single_patient=False,
    clause="ITI TF-2: 3.51.4.1.2",
    transaction=ITI_51,
)

MULTI_PATIENT_QUERIES = (
    FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS,
    FIND_FOLDERS_FOR_MULTIPLE_PATIENTS,
    FIND_DOCUMENTS_BY_REFERENCE_ID_FOR_MULTIPLE_PATIENTS,
)
"""Every stored query of ITI-51."""
