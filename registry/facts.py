"""What a judgement is told of the past, and what it wants done: the values between store and judge.

*Gather* asks the store a Question and gets Facts; *judge* turns them into Effects or errors; *apply* gives the Effects back.
No rule asks the store, and no store has an opinion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import NamedTuple, Protocol

from access.sight import Visibility
from registry.selection import AssociationSelection, Found, FoundAssociation, Selection
from xds.metadata import Association, DocumentEntry, Folder, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus


class Kind(IntEnum):
    """What a registry object is, as it is stored."""

    STABLE = 1
    ON_DEMAND = 2
    SUBMISSION_SET = 3
    FOLDER = 4
    ASSOCIATION = 5

    @property
    def is_document_entry(self) -> bool:
        return self in (Kind.STABLE, Kind.ON_DEMAND)


class PatientIdentity(NamedTuple):
    """A patient identifier as it is compared: id and the OID of its assigning authority."""

    id_number: str
    authority: str


@dataclass(frozen=True, slots=True)
class PatientFact:
    """A patient the store knows; ``subsumed_by`` is the survivor after a merge."""

    identity: PatientIdentity
    subsumed_by: PatientIdentity | None = None


class ObjectFact(NamedTuple):
    """A registered object, as much of it as rules look at.

    ``association_type``, ``source_object`` and ``target_object`` only of an Association; ``logical_id``, ``version`` and
    ``is_latest`` only of the others; ``visibility`` and ``owners`` only of DocumentEntries. ``patient`` is the effective one: the
    survivor where identities were merged.
    """

    entry_uuid: str
    kind: Kind
    patient: PatientIdentity
    availability_status: AvailabilityStatus
    unique_id: str = ""
    association_type: AssociationType | None = None
    source_object: str = ""
    target_object: str = ""
    logical_id: str = ""
    version: int = 1
    is_latest: bool = True
    visibility: Visibility = Visibility.NONE
    owners: frozenset[str] = frozenset()


class UniqueIdFact(NamedTuple):
    """A uniqueId that is taken: by which kind of object, and for a document with which hash and size."""

    kind: Kind
    hash: str
    size: str


class AssociationFact(NamedTuple):
    """A registered Association that touches something the submission names."""

    entry_uuid: str
    association_type: AssociationType
    source_object: str
    target_object: str
    availability_status: AvailabilityStatus


@dataclass(frozen=True, slots=True)
class Question:
    """What the judge must know of the past.

    ``entry_uuids``: ids that the request brings as UUIDs (must be unknown, as logicalIDs too). ``unique_ids``: uniqueIds that it brings.
    ``references``: ids outside the request that its associations name; what is found is locked until the work ends.
    ``replaced``: those of them that a RPLC or XFRM_RPLC targets: their descendants by XFRM and APND and the Folders
    that hold them are told too (and locked).
    """

    patients: frozenset[PatientIdentity]
    entry_uuids: frozenset[str]
    unique_ids: frozenset[str]
    references: frozenset[str] = frozenset()
    replaced: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Facts:
    """The answer to a Question.

    ``objects``: by entryUUID, of ``entry_uuids`` and ``references`` those that exist, later versions whose logicalID is
    one of ``entry_uuids``, and every descendant and Folder told of.
    ``associations``: XFRM and APND (any depth) that lead to a replaced entry; FD-DE HasMember of the replaced entries and,
    for FD-DE HasMember in the request, those already there between the named ends.
    """

    patients: Mapping[PatientIdentity, PatientFact] = field(default_factory=dict)
    objects: Mapping[str, ObjectFact] = field(default_factory=dict)
    unique_ids: Mapping[str, UniqueIdFact] = field(default_factory=dict)
    associations: tuple[AssociationFact, ...] = ()


class StatusChange(NamedTuple):
    """availabilityStatus of a registered object or Association, from what was judged to what it becomes."""

    entry_uuid: str
    original: AvailabilityStatus
    new: AvailabilityStatus


class Claim(NamedTuple):
    """A uniqueId that the submission takes for good; a second taker meets the store's unique constraint.

    ``hash`` of a SubmissionSet's claim is the digest of what was submitted, so that the same request is known again.
    """

    unique_id: str
    kind: Kind
    hash: str = ""
    size: str = ""


@dataclass(frozen=True, slots=True)
class Effects:
    """What an accepted submission changes. Objects carry final ids, status, logicalID and version.

    ``patient`` is added if it is not known yet. ``claims``: uniqueIds not taken before. ``deprecate``: entryUUIDs of entries whose
    status changes from Approved. ``touch``: Folders whose lastUpdateTime becomes ``touched_at`` (14 digits).
    ``supersede``: entryUUIDs of latest versions that are no longer the latest, whatever their status. ``status_changes``: of
    entries, Folders and Associations alike.
    """

    patient: PatientIdentity
    submission_set: SubmissionSet
    document_entries: tuple[DocumentEntry, ...] = ()
    folders: tuple[Folder, ...] = ()
    associations: tuple[Association, ...] = ()
    claims: tuple[Claim, ...] = ()
    deprecate: tuple[str, ...] = ()
    touch: tuple[str, ...] = ()
    touched_at: str = ""
    supersede: tuple[str, ...] = ()
    status_changes: tuple[StatusChange, ...] = ()


class RegistryWork(Protocol):
    """One unit of work of a registry store: all of it happens, or nothing."""

    def fetch_facts(self, question: Question) -> Facts:
        """The facts asked for; what ``references`` and ``replaced`` name stays locked until the work ends."""

    def apply(self, effects: Effects) -> None:
        """Writes the effects. Raises sql.Conflict where somebody else was faster: the work is then done again from the start."""

    def find_objects(self, selection: Selection) -> list[Found]:
        """The objects that the selection describes, each once."""

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]:
        """The Associations that the selection describes, each once."""

    def find_patient(self, identity: PatientIdentity) -> PatientFact | None:
        """The patient, if it is known."""

    def add_patient(self, identity: PatientIdentity) -> None:
        """Makes the patient known; no change if it is."""

    def merge_patients(self, subsumed: PatientIdentity, survivor: PatientIdentity) -> None:
        """Both known, neither subsumed: what belongs to the first, and to those it has subsumed, is the survivor's from now on."""

    def remove(self, entry_uuids: tuple[str, ...]) -> None:
        """Takes objects and Associations out for good, with the uniqueIds that no object bears any longer.

        Where the latest version goes and earlier ones stay, the last of these is the latest. Raises sql.Conflict.
        """
