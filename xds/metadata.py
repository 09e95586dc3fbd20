"""The registry objects as frozen values: what a submission says and what a registry keeps. [ITI TF-3: 4.1, 4.2]

Attributes are the standard's names in snake_case. What may be absent on the wire is ``None`` or empty here, whatever
the standard requires of it: requirements are judged by rules, so that one refusal can tell all that is missing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, fields
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from xds.hl7v2 import CX, DTM, XCN, XON, XTN, CXi
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType, SubmissionSetStatus

if TYPE_CHECKING:
    from xds.errors import RegistryError


class LocalizedString(NamedTuple):
    """One rim:LocalizedString: text, and the language if one was said."""

    value: str
    lang: str = ""


InternationalString = tuple[LocalizedString, ...]
"""rim:Name or rim:Description: usually one text, rarely one per language."""


class Slot(NamedTuple):
    """A rim:Slot: name and values in order; here for extra metadata and for association slots."""

    name: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Code:
    """A coded attribute: code and codingScheme count, the display name is for people. [ITI TF-3: 4.2.3.1.2]

    ``told``: how it tells itself, kept once it was asked; one value serves many submissions, and each digest asks.
    """

    code: str
    coding_scheme: str
    display_name: InternationalString = ()
    told: str = field(default="", init=False, compare=False)

    def __repr__(self) -> str:
        if not self.told:
            told = f"Code(code={self.code!r}, coding_scheme={self.coding_scheme!r}, display_name={self.display_name!r})"
            object.__setattr__(self, "told", told)
        return self.told


@dataclass(frozen=True, slots=True)
class Author:
    """One author with role, specialty and institutions. [ITI TF-3: 4.2.3.1.4]"""

    author_person: XCN | None = None
    author_institution: tuple[XON, ...] = ()
    author_role: tuple[str, ...] = ()
    author_specialty: tuple[str, ...] = ()
    author_telecommunication: tuple[XTN, ...] = ()
    extra: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentEntry:
    """Metadata of one document, stable or on-demand. [ITI TF-3: 4.2.3.2]"""

    entry_uuid: str
    object_type: DocumentEntryType = DocumentEntryType.STABLE
    mime_type: str = ""
    logical_id: str | None = None
    version: str | None = None
    home_community_id: str | None = None
    availability_status: AvailabilityStatus | None = None
    author: tuple[Author, ...] = ()
    class_code: Code | None = None
    comments: InternationalString = ()
    confidentiality_code: tuple[Code, ...] = ()
    creation_time: DTM | None = None
    document_availability: str | None = None
    event_code_list: tuple[Code, ...] = ()
    format_code: Code | None = None
    hash: str | None = None
    healthcare_facility_type_code: Code | None = None
    language_code: str | None = None
    legal_authenticator: XCN | None = None
    limited_metadata: bool = False
    patient_id: CX | None = None
    practice_setting_code: Code | None = None
    reference_id_list: tuple[CXi, ...] = ()
    repository_unique_id: str | None = None
    service_start_time: DTM | None = None
    service_stop_time: DTM | None = None
    size: str | None = None
    source_patient_id: CX | None = None
    source_patient_info: tuple[str, ...] = ()
    title: InternationalString = ()
    type_code: Code | None = None
    unique_id: str | None = None
    uri: tuple[str, ...] = ()
    extra: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmissionSet:
    """Metadata of one submission. [ITI TF-3: 4.2.3.3]"""

    entry_uuid: str
    home_community_id: str | None = None
    availability_status: AvailabilityStatus | None = None
    logical_id: str | None = None
    version: str | None = None
    author: tuple[Author, ...] = ()
    comments: InternationalString = ()
    content_type_code: Code | None = None
    intended_recipient: tuple[str, ...] = ()
    limited_metadata: bool = False
    patient_id: CX | None = None
    source_id: str | None = None
    submission_time: DTM | None = None
    title: InternationalString = ()
    unique_id: str | None = None
    extra: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Metadata of one folder. [ITI TF-3: 4.2.3.4]"""

    entry_uuid: str
    home_community_id: str | None = None
    availability_status: AvailabilityStatus | None = None
    logical_id: str | None = None
    version: str | None = None
    code_list: tuple[Code, ...] = ()
    comments: InternationalString = ()
    last_update_time: DTM | None = None
    limited_metadata: bool = False
    patient_id: CX | None = None
    title: InternationalString = ()
    unique_id: str | None = None
    extra: tuple[Slot, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Association:
    """A typed arrow between two registry objects. [ITI TF-3: 4.2.2]"""

    entry_uuid: str
    association_type: AssociationType | str
    source_object: str
    target_object: str
    home_community_id: str | None = None
    availability_status: AvailabilityStatus | None = None
    logical_id: str | None = None
    version: str | None = None
    submission_set_status: SubmissionSetStatus | str | None = None
    association_documentation: Code | None = None
    extra: tuple[Slot, ...] = ()


RegistryObject = DocumentEntry | SubmissionSet | Folder | Association


@dataclass(frozen=True, slots=True)
class Submission:
    """All registry objects of one request, with what the reader saw and a value cannot hold.

    ``submission_sets`` is a tuple because a faulty request may bring none or several; rules ask for exactly one.
    ``findings`` are errors of the written form (an attribute given twice, a package of no kind); the judge adds others.
    ``digest`` stands for all that was read, so that the same submission is known again; empty where nothing was read.
    """

    submission_sets: tuple[SubmissionSet, ...] = ()
    document_entries: tuple[DocumentEntry, ...] = ()
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()
    findings: tuple[RegistryError, ...] = ()
    digest: str = field(default="", compare=False)

    @property
    def submission_set(self) -> SubmissionSet:
        """The one SubmissionSet; ask only after the rules have said that there is one."""
        (only,) = self.submission_sets
        return only

    def objects(self) -> tuple[RegistryObject, ...]:
        """Every object: SubmissionSets, DocumentEntries, Folders, Associations."""
        return (*self.submission_sets, *self.document_entries, *self.folders, *self.associations)


Value = TypeVar("Value", DocumentEntry, SubmissionSet, Folder, Association, Submission)


def changed(value: Value, **contents: object) -> Value:
    """The same value, save for those fields: what ``dataclasses.replace`` does, by slots in place of a new construction."""
    kind = type(value)
    get, setters = _SLOTS[kind]
    copy: Value = object.__new__(kind)
    for put, content in zip(setters, get(value), strict=True):
        put(copy, content)
    for name, content in contents.items():
        object.__setattr__(copy, name, content)
    return copy


def _slots_of(kind: type[Any]) -> tuple[Callable[[Any], tuple[Any, ...]], tuple[Callable[[Any, Any], None], ...]]:
    """All contents of a value at one stroke, and what puts each into another."""
    names = [each.name for each in fields(kind)]
    return attrgetter(*names), tuple(getattr(kind, name).__set__ for name in names)


_SLOTS = {kind: _slots_of(kind) for kind in (DocumentEntry, SubmissionSet, Folder, Association, Submission)}
