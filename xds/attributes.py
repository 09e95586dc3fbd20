"""The one table of metadata attributes: where each stands in ebRIM, its type, how many, where required. [ITI TF-3: 4.2.3]

It drives the ebRIM reader and writer, the rules of cardinality and datatype, the test data, and a page of the docs. A row
bears the standard's name; the field of our value is that name in snake_case.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import cached_property

from xds import hl7v2, identifiers
from xds.transactions import Transaction
from xds.vocabulary import (
    AssociationType,
    AvailabilityStatus,
    DocumentEntryType,
    PackageType,
    SubmissionSetStatus,
    UpdateSlot,
)


class Place(StrEnum):
    """Where an attribute stands in the written object. [ITI TF-3: 4.2.3.1]"""

    XML_ATTRIBUTE = "XML attribute"
    SLOT = "Slot"
    NAME = "Name"
    DESCRIPTION = "Description"
    VERSION_INFO = "VersionInfo"
    CLASSIFICATION = "Classification"
    NODE = "Classification by node"
    EXTERNAL_IDENTIFIER = "ExternalIdentifier"


class Need(StrEnum):
    """Whether a submission must, may or must not carry an attribute. [ITI TF-3: Table 4.3.1-3]"""

    REQUIRED = "R"
    REQUIRED_IF_KNOWN = "R2"
    OPTIONAL = "O"
    FORBIDDEN = "X"
    NOT_APPLICABLE = "-"


class Kind(Enum):
    """What one value of an attribute is made of."""

    TEXT = 1
    CODE = 2
    AUTHOR = 3
    LOCALIZED = 4
    FLAG = 5


@dataclass(frozen=True, slots=True)
class Datatype:
    """What a value is: how it is made from its text, and what is expected of the text.

    ``is_personal``: it may name a person, and is told by its shape alone.
    """

    name: str
    make: Callable[[str], object] = str
    check: Callable[[str], str | None] = identifiers.check_anything
    kind: Kind = Kind.TEXT
    is_personal: bool = False


def _one_of(vocabulary: type[StrEnum]) -> Callable[[str], str]:
    """Makes the member of that value, and leaves a text that is none as it is: a rule will tell."""
    members = {str(member): member for member in vocabulary}
    return lambda text: members.get(text, text)


def _status(text: str) -> AvailabilityStatus | None:
    """The status a registry may have set; what else a submission says there has no meaning. [ITI TF-3: 4.2.3.2.2]"""
    return _STATUSES.get(text)


_STATUSES = {str(status): status for status in AvailabilityStatus}

CX = Datatype("CX", hl7v2.CX, hl7v2.CX.check, is_personal=True)
CXI = Datatype("CXi", hl7v2.CXi, hl7v2.CXi.check)
XCN = Datatype("XCN", hl7v2.XCN, hl7v2.XCN.check, is_personal=True)
XON = Datatype("XON", hl7v2.XON, hl7v2.XON.check)
XTN = Datatype("XTN", hl7v2.XTN, hl7v2.XTN.check)
DTM = Datatype("DTM", hl7v2.DTM, hl7v2.DTM.check)
OID = Datatype("OID", check=identifiers.check_oid)
UUID = Datatype("UUID", check=identifiers.check_uuid)
UNIQUE_ID = Datatype("Identifier", check=identifiers.check_unique_id)
HOME = Datatype("OID in URN form", check=identifiers.check_home_community_id)
HASH = Datatype("SHA-1", check=identifiers.check_hash)
SIZE = Datatype("Integer", check=identifiers.check_size)
LANGUAGE = Datatype("Language tag", check=identifiers.check_language)
MEDIA_TYPE = Datatype("Media type", check=identifiers.check_media_type)
URI = Datatype("URI", check=identifiers.check_uri)
FIELD = Datatype("Field", check=identifiers.check_field, is_personal=True)
RECIPIENT = Datatype("XON|XCN|XTN", check=identifiers.check_recipient, is_personal=True)
AVAILABILITY = Datatype("URN", check=identifiers.check_availability)
TEXT = Datatype("Text", check=identifiers.check_text)
REFERENCE = Datatype("UUID or symbolic id", check=identifiers.check_reference)
INTEGER_TEXT = Datatype("Integer")
STATUS = Datatype("URN", _status)
OBJECT_TYPE = Datatype("UUID", _one_of(DocumentEntryType))
ASSOCIATION_TYPE = Datatype("URN", _one_of(AssociationType))
SUBMISSION_SET_STATUS = Datatype("Original or Reference", _one_of(SubmissionSetStatus))
CODE = Datatype("Code", kind=Kind.CODE)
AUTHOR = Datatype("Author", kind=Kind.AUTHOR)
LOCALIZED = Datatype("Localized text", kind=Kind.LOCALIZED)
FLAG = Datatype("Flag", kind=Kind.FLAG)

COLUMNS = {"ITI-41": 0, "ITI-42": 1, "ITI-57": 1, "ITI-92": 1, "ITI-61": 2}
"""Transaction → its column among an attribute's needs; updates want what a registration wants."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """A row of the table. ``key`` is the Slot name, scheme, node or XML attribute; ``needs`` are for ITI-41, -42, -61."""

    name: str
    place: Place
    key: str
    datatype: Datatype
    is_many: bool
    needs: tuple[Need, Need, Need]
    clause: str
    field: str
    fixed_name: str = ""
    length_max: int = 0

    @property
    def written(self) -> str:
        """Where and how it is written, for people."""
        return f"a {self.place} {self.key} ({self.datatype.name})" if self.key != self.place else f"a {self.place}"

    def need(self, transaction: Transaction) -> Need:
        """Whether a submission by that transaction must, may or must not carry it."""
        return self.needs[COLUMNS[transaction.name]]


@dataclass(frozen=True)
class ObjectTable:
    """The attributes of one kind of object, in the table's order."""

    name: str
    element: str
    rows: tuple[Attribute, ...]

    def __iter__(self) -> Iterator[Attribute]:
        return iter(self.rows)

    @cached_property
    def by_field(self) -> dict[str, Attribute]:
        """Rows by the field of our value."""
        return {row.field: row for row in self.rows}

    def at(self, place: Place) -> dict[str, Attribute]:
        """Rows that stand in that place, by key."""
        return {row.key: row for row in self.rows if row.place is place}


ONE, MANY = False, True
_MU = "(XDS Metadata Update)"


def _row(
    clause: str,
    name: str,
    place: Place,
    key: str,
    datatype: Datatype,
    is_many: bool,
    needs: str,
    *,
    fixed_name: str = "",
    length_max: int = 0,
) -> Attribute:
    first, second, third = (Need(need) for need in needs.split())
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    paper = f"ITI TF-3: {clause}"
    return Attribute(name, place, key, datatype, is_many, (first, second, third), paper, snake, fixed_name, length_max)


def _slot(
    clause: str, name: str, datatype: Datatype, is_many: bool, needs: str, *, key: str | None = None
) -> Attribute:
    return _row(clause, name, Place.SLOT, name if key is None else key, datatype, is_many, needs)


def _coded(clause: str, name: str, scheme: str, is_many: bool, needs: str, datatype: Datatype = CODE) -> Attribute:
    return _row(clause, name, Place.CLASSIFICATION, f"urn:uuid:{scheme}", datatype, is_many, needs)


def _identified(clause: str, owner: str, name: str, scheme: str, datatype: Datatype) -> Attribute:
    place, fixed = Place.EXTERNAL_IDENTIFIER, f"{owner}.{name}"
    return _row(clause, name, place, f"urn:uuid:{scheme}", datatype, ONE, "R R R", fixed_name=fixed)


def _named(clause: str, name: str, place: Place, length_max: int, needs: str = "O O O") -> Attribute:
    return _row(clause, name, place, place, LOCALIZED, ONE, needs, length_max=length_max)


def _attribute(clause: str, name: str, key: str, datatype: Datatype, needs: str, length_max: int = 0) -> Attribute:
    return _row(clause, name, Place.XML_ATTRIBUTE, key, datatype, ONE, needs, length_max=length_max)


def _limited(clause: str, node: str) -> Attribute:
    return _row(clause, "limitedMetadata", Place.NODE, f"urn:uuid:{node}", FLAG, ONE, "X X X")


def _common(entry_uuid: str, availability_status: str, home_community_id: str, versions: str) -> tuple[Attribute, ...]:
    """What every registry object has, each with its clause."""
    return (
        _attribute(entry_uuid, "entryUUID", "id", REFERENCE, "R R R"),
        _attribute(availability_status, "availabilityStatus", "status", STATUS, "- - -"),
        _attribute(home_community_id, "homeCommunityId", "home", HOME, "O O O"),
        _attribute(f"{versions} {_MU}", "logicalID", "lid", REFERENCE, "O O O"),
        _row(
            f"{versions} {_MU}", "version", Place.VERSION_INFO, "versionName", INTEGER_TEXT, ONE, "- - -", length_max=16
        ),
    )


_DE, _SS, _FD = "4.2.3.2", "4.2.3.3", "4.2.3.4"

DOCUMENT_ENTRY = ObjectTable(
    "DocumentEntry",
    "ExtrinsicObject",
    (
        *_common(f"{_DE}.7", f"{_DE}.2", f"{_DE}.12", _DE),
        _attribute(f"{_DE}.30", "objectType", "objectType", OBJECT_TYPE, "R R R"),
        _attribute(f"{_DE}.15", "mimeType", "mimeType", MEDIA_TYPE, "R R R", 256),
        _slot(f"{_DE}.6", "creationTime", DTM, ONE, "R R X"),
        _slot(f"{_DE} {_MU}", "documentAvailability", AVAILABILITY, ONE, "O O O"),
        _slot(f"{_DE}.10", "hash", HASH, ONE, "O R X"),
        _slot(f"{_DE}.13", "languageCode", LANGUAGE, ONE, "R R R"),
        _slot(f"{_DE}.14", "legalAuthenticator", XCN, ONE, "O O O"),
        _slot(f"{_DE}.28", "referenceIdList", CXI, MANY, "O O O", key="urn:ihe:iti:xds:2013:referenceIdList"),
        _slot(f"{_DE}.18", "repositoryUniqueId", OID, ONE, "O R R"),
        _slot(f"{_DE}.19", "serviceStartTime", DTM, ONE, "R2 R2 O"),
        _slot(f"{_DE}.20", "serviceStopTime", DTM, ONE, "R2 R2 O"),
        _slot(f"{_DE}.21", "size", SIZE, ONE, "O R X"),
        _slot(f"{_DE}.22", "sourcePatientId", CX, ONE, "R R R"),
        _slot(f"{_DE}.23", "sourcePatientInfo", FIELD, MANY, "O O O"),
        _slot(f"{_DE}.27", "URI", URI, MANY, "O O O"),
        _named(f"{_DE}.24", "title", Place.NAME, 128),
        _named(f"{_DE}.4", "comments", Place.DESCRIPTION, 1024),
        _coded(f"{_DE}.1", "author", "93606bcf-9494-43ec-9b4e-a7748d1a838d", MANY, "R2 R2 R2", AUTHOR),
        _coded(f"{_DE}.3", "classCode", "41a5887f-8865-4c09-adf7-e362475b143a", ONE, "R R R"),
        _coded(f"{_DE}.5", "confidentialityCode", "f4f85eac-e6cb-4883-b524-f2705394840f", MANY, "R R R"),
        _coded(f"{_DE}.8", "eventCodeList", "2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4", MANY, "O O O"),
        _coded(f"{_DE}.9", "formatCode", "a09d5840-386c-46f2-b5ad-9c3699a4309d", ONE, "R R R"),
        _coded(f"{_DE}.11", "healthcareFacilityTypeCode", "f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1", ONE, "R R R"),
        _coded(f"{_DE}.17", "practiceSettingCode", "cccf5598-8b07-4b77-a05e-ae952c785ead", ONE, "R R R"),
        _coded(f"{_DE}.25", "typeCode", "f0306f51-975f-434e-a61c-c59651d33983", ONE, "R R R"),
        _limited(f"{_DE}.29", "ab9b591b-83ab-4d03-8f5d-f93b1fb92e85"),
        _identified(f"{_DE}.16", "XDSDocumentEntry", "patientId", "58a6f841-87b3-4a3e-92fd-a8ffeff98427", CX),
        _identified(f"{_DE}.26", "XDSDocumentEntry", "uniqueId", "2e82c1f6-a085-4c72-9da3-8640a32e42ab", UNIQUE_ID),
    ),
)

SUBMISSION_SET = ObjectTable(
    "SubmissionSet",
    "RegistryPackage",
    (
        *_common(f"{_SS}.5", f"{_SS}.2", f"{_SS}.6", _SS),
        _slot(f"{_SS}.7", "intendedRecipient", RECIPIENT, MANY, "O O O"),
        _slot(f"{_SS}.10", "submissionTime", DTM, ONE, "R R R"),
        _named(f"{_SS}.11", "title", Place.NAME, 256),
        _named(f"{_SS}.3", "comments", Place.DESCRIPTION, 1024),
        _coded(f"{_SS}.1", "author", "a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d", MANY, "R2 R2 R2", AUTHOR),
        _coded(f"{_SS}.4", "contentTypeCode", "aa543740-bdda-424e-8c96-df4873be8500", ONE, "R R R"),
        _limited(f"{_SS}.13", "5003a9db-8d8d-49e6-bf0c-990e34ac7707"),
        _identified(f"{_SS}.8", "XDSSubmissionSet", "patientId", "6b5aea1a-874d-4603-a4bc-96a0a7b38446", CX),
        _identified(f"{_SS}.9", "XDSSubmissionSet", "sourceId", "554ac39e-e3fe-47fe-b233-965d2a147832", OID),
        _identified(f"{_SS}.12", "XDSSubmissionSet", "uniqueId", "96fdda7c-d067-4183-912e-bf5ee74998a8", OID),
    ),
)

FOLDER = ObjectTable(
    "Folder",
    "RegistryPackage",
    (
        *_common(f"{_FD}.4", f"{_FD}.1", f"{_FD}.5", _FD),
        _slot(f"{_FD}.6", "lastUpdateTime", DTM, ONE, "O O O"),
        _named(f"{_FD}.8", "title", Place.NAME, 256, "R R R"),
        _named(f"{_FD}.3", "comments", Place.DESCRIPTION, 1024),
        _coded(f"{_FD}.2", "codeList", "1ba97051-7806-41a8-a48b-8fce7af683c5", MANY, "R R R"),
        _limited(f"{_FD}.10", "2c144a76-29a9-4b7c-af54-b25409fe7d03"),
        _identified(f"{_FD}.7", "XDSFolder", "patientId", "f64ffdf0-4b97-4e06-b79f-a52b38ec2f8a", CX),
        _identified(f"{_FD}.9", "XDSFolder", "uniqueId", "75df8f67-9973-4fbe-a900-df66cefecc5a", OID),
    ),
)

ASSOCIATION = ObjectTable(
    "Association",
    "Association",
    (
        *_common("4.2.2", "4.2.2", "4.2.2", "4.2.2"),
        _attribute("4.2.2", "associationType", "associationType", ASSOCIATION_TYPE, "R R R"),
        _attribute("4.2.2", "sourceObject", "sourceObject", REFERENCE, "R R R"),
        _attribute("4.2.2", "targetObject", "targetObject", REFERENCE, "R R R"),
        _slot("4.2.1.4.1", "submissionSetStatus", SUBMISSION_SET_STATUS, ONE, "O O O", key="SubmissionSetStatus"),
        _coded("4.2.2.2.6", "associationDocumentation", "abd807a3-4432-4053-87b4-fd82c643d1f3", ONE, "O O O"),
    ),
)

AUTHOR_SLOTS = ObjectTable(
    "author",
    "Classification",
    (
        _slot("4.2.3.1.4.1", "authorInstitution", XON, MANY, "O O O"),
        _slot("4.2.3.1.4.2", "authorPerson", XCN, ONE, "O O O"),
        _slot("4.2.3.1.4.3", "authorRole", TEXT, MANY, "O O O"),
        _slot("4.2.3.1.4.4", "authorSpecialty", TEXT, MANY, "O O O"),
        _slot("4.2.3.1.4.5", "authorTelecommunication", XTN, MANY, "O O O"),
    ),
)

OBJECT_TABLES = (DOCUMENT_ENTRY, SUBMISSION_SET, FOLDER, ASSOCIATION)
PACKAGE_TABLES = {PackageType.SUBMISSION_SET: SUBMISSION_SET, PackageType.FOLDER: FOLDER}

UPDATE_SLOTS = frozenset(str(slot) for slot in UpdateSlot)
"""Slots that tell an update what to do; on Associations, in updates only. [ITI Supplement XDS Metadata Update: 3.57.4.1.3]"""
