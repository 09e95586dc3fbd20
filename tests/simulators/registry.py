"""A registry store in memory: the oracle that the real stores are held against.

Plain loops over plain values, so that its answers can be checked by reading. One unit of work at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import chain

from access.sight import Sight, Traits, shows, traits_of
from registry.facts import (
    AssociationFact,
    Effects,
    Facts,
    Kind,
    ObjectFact,
    PatientFact,
    PatientIdentity,
    Question,
    UniqueIdFact,
)
from registry.selection import AssociationSelection, Found, FoundAssociation, Selection
from sql.database import Conflict
from xds import ebrim, hl7v2
from xds.metadata import Association, Code, DocumentEntry, Folder, RegistryObject, SubmissionSet
from xds.vocabulary import REPLACEMENTS, AssociationType, AvailabilityStatus, DocumentEntryType

_DESCENT = (AssociationType.XFRM, AssociationType.APND)
_TRANSFORMATIONS = (AssociationType.XFRM, AssociationType.XFRM_RPLC)


@dataclass(frozen=True, slots=True)
class Kept:
    """A registered object, as it is now."""

    kind: Kind
    value: RegistryObject
    patient: PatientIdentity
    status: AvailabilityStatus
    stored: bytes
    is_latest: bool = True
    traits: Traits = Traits()  # noqa: RUF009 - a NamedTuple, as frozen as a number


class MemoryRegistry:
    """Implements registry.facts.RegistryWork. ``begin`` remembers, ``rollback`` returns to what was remembered.

    ``home`` is written on the objects of answers where one is given, as a gateway wants it.
    """

    def __init__(self, cx_type_code: str = "", home: str | None = None) -> None:
        self._cx_type_code = cx_type_code
        self.home = home
        self.patients: dict[PatientIdentity, PatientFact] = {}
        self.objects: dict[str, Kept] = {}
        self.unique_ids: dict[str, UniqueIdFact] = {}
        self.calls: list[str] = []
        self.begin()

    def begin(self) -> None:
        """Starts a unit of work."""
        self._before = (dict(self.patients), dict(self.objects), dict(self.unique_ids))
        self.calls = []

    def commit(self) -> None:
        """Keeps what the unit of work did."""
        self.begin()

    def rollback(self) -> None:
        """Undoes what the unit of work did."""
        self.patients, self.objects, self.unique_ids = self._before
        self.begin()

    def fetch_facts(self, question: Question) -> Facts:
        self.calls.append("fetch_facts")
        told = (question.entry_uuids | question.references) & self.objects.keys()
        told |= {key for key, kept in self.objects.items() if kept.value.logical_id in question.entry_uuids}
        associations = self._associations_asked(question)
        told |= {end for fact in associations for end in (fact.source_object, fact.target_object)} & self.objects.keys()
        return Facts(
            patients={identity: self.patients[identity] for identity in question.patients & self.patients.keys()},
            objects={entry_uuid: self._object_fact(entry_uuid) for entry_uuid in told},
            unique_ids={each: self.unique_ids[each] for each in question.unique_ids & self.unique_ids.keys()},
            associations=tuple(associations),
        )

    def _associations_asked(self, question: Question) -> list[AssociationFact]:
        everything = [_association_fact(kept) for kept in self.objects.values() if kept.kind is Kind.ASSOCIATION]
        descent: list[AssociationFact] = []
        reached = set(question.replaced)
        while more := [
            fact
            for fact in everything
            if fact.association_type in _DESCENT and fact.target_object in reached and fact not in descent
        ]:
            descent += more
            reached |= {fact.source_object for fact in more}
        transformations = [
            fact
            for fact in everything
            if fact.association_type in _TRANSFORMATIONS and fact.source_object in question.references
        ]
        memberships = [
            fact
            for fact in everything
            if fact.association_type is AssociationType.HAS_MEMBER
            and self.objects[fact.source_object].kind is Kind.FOLDER
            and (
                fact.target_object in question.replaced
                or (fact.source_object in question.references and fact.target_object in question.references)
            )
        ]
        return list(dict.fromkeys(chain(descent, transformations, memberships)))

    def _object_fact(self, entry_uuid: str) -> ObjectFact:
        kept = self.objects[entry_uuid]
        value = kept.value
        if isinstance(value, Association):
            return ObjectFact(
                entry_uuid,
                kept.kind,
                kept.patient,
                kept.status,
                association_type=AssociationType(value.association_type),
                source_object=value.source_object,
                target_object=value.target_object,
            )
        return ObjectFact(
            entry_uuid,
            kept.kind,
            kept.patient,
            kept.status,
            value.unique_id or "",
            logical_id=value.logical_id or entry_uuid,
            version=int(value.version or 1),
            is_latest=kept.is_latest,
            visibility=kept.traits.visibility,
            owners=kept.traits.owners,
        )

    def apply(self, effects: Effects) -> None:
        self.calls.append("apply")
        for claim in effects.claims:
            if claim.unique_id in self.unique_ids:
                raise Conflict(claim.unique_id)
            self.unique_ids[claim.unique_id] = UniqueIdFact(claim.kind, claim.hash, claim.size)
        self.patients.setdefault(effects.patient, PatientFact(effects.patient))
        everything: tuple[RegistryObject, ...] = (
            effects.submission_set,
            *effects.document_entries,
            *effects.folders,
            *effects.associations,
        )
        for value in everything:
            assert value.entry_uuid not in self.objects
            assert value.availability_status is not None
            traits = traits_of(value) if isinstance(value, DocumentEntry) else Traits()
            stored = bytes(ebrim.write_stored(value))
            kept = Kept(_kind_of(value), value, effects.patient, value.availability_status, stored, traits=traits)
            self.objects[value.entry_uuid] = kept
        for entry in effects.document_entries:
            self._take_audience(entry)
        for entry_uuid in effects.deprecate:
            assert self.objects[entry_uuid].status is AvailabilityStatus.APPROVED
            self.objects[entry_uuid] = replace(self.objects[entry_uuid], status=AvailabilityStatus.DEPRECATED)
        for entry_uuid in effects.supersede:
            if not self.objects[entry_uuid].is_latest:
                raise Conflict(entry_uuid)
            self.objects[entry_uuid] = replace(
                self.objects[entry_uuid], status=AvailabilityStatus.DEPRECATED, is_latest=False
            )
        for entry_uuid, original, new in effects.status_changes:
            if self.objects[entry_uuid].status is not original:
                raise Conflict(entry_uuid)
            self.objects[entry_uuid] = replace(self.objects[entry_uuid], status=new)
        for entry_uuid in effects.touch:
            kept = self.objects[entry_uuid]
            assert isinstance(kept.value, Folder)
            latest = max(effects.touched_at, kept.value.last_update_time or "")  # clocks differ; it never goes back
            folder = replace(kept.value, last_update_time=hl7v2.DTM(latest))
            self.objects[entry_uuid] = replace(kept, value=folder)
        self._assert_what_constraints_hold()

    def _take_audience(self, entry: DocumentEntry) -> None:
        """The audience of a document is what its latest version says, for the earlier ones too."""
        latest = traits_of(entry)
        for entry_uuid, kept in self.objects.items():
            if isinstance(kept.value, DocumentEntry) and kept.value.logical_id == entry.logical_id:
                traits = kept.traits._replace(visibility=latest.visibility, owners=latest.owners)
                self.objects[entry_uuid] = replace(kept, traits=traits)

    def _is_seen(self, kept: Kept, sight: Sight) -> bool:
        """Whether a caller knows of the object: of what holds documents, by one of them; of what joins two, by both."""
        if sight.patient is not None and tuple(kept.patient) != sight.patient:
            return False
        if kept.kind.is_document_entry:
            return shows(sight, self._traits(kept))
        if isinstance(kept.value, Association):
            ends = [self.objects.get(end) for end in (kept.value.source_object, kept.value.target_object)]
            return all(self._is_seen(end, sight) for end in ends if end is not None)
        members = [
            self.objects[other.value.target_object]
            for other in self.objects.values()
            if isinstance(other.value, Association)
            and other.value.source_object == kept.value.entry_uuid
            and other.value.target_object in self.objects
        ]
        documents = [member for member in members if member.kind.is_document_entry and member.patient == kept.patient]
        return not documents or any(shows(sight, self._traits(member)) for member in documents)

    def _traits(self, kept: Kept) -> Traits:
        """Of the document, not of one of its versions: the type is that of the latest."""
        lasts = [
            each for each in self.objects.values() if each.is_latest and each.value.logical_id == kept.value.logical_id
        ]
        return kept.traits._replace(type_code=lasts[0].traits.type_code)

    def _assert_what_constraints_hold(self) -> None:
        """One Approved replacement of an entry, one version of a number, one latest version: what a real store would refuse."""
        successors = [
            kept.value.target_object
            for kept in self.objects.values()
            if isinstance(kept.value, Association)
            and kept.value.association_type in REPLACEMENTS
            and kept.status is AvailabilityStatus.APPROVED
        ]
        assert len(set(successors)) == len(successors)
        versions = [(kept.value.logical_id, kept.value.version) for kept in self.objects.values()]
        assert len(set(versions)) == len(versions)
        latest = [kept.value.logical_id for kept in self.objects.values() if kept.is_latest]
        assert len(set(latest)) == len(latest)

    def find_objects(self, selection: Selection) -> list[Found]:
        self.calls.append("find_objects")
        return [
            self._found(kept, with_ebrim=selection.with_ebrim)
            for kept in self.objects.values()
            if (kept.is_latest or not selection.latest_only)
            and is_selected(kept, selection)
            and self._is_seen(kept, selection.sight)
        ][: selection.limit]

    def _found(self, kept: Kept, *, with_ebrim: bool) -> Found:
        ebrim_bytes = self._filled(kept) if with_ebrim else b""
        return Found(kept.kind, kept.value.entry_uuid, kept.patient, kept.status, ebrim_bytes)

    def _filled(self, kept: Kept) -> bytes:
        patient_id = hl7v2.CX.build(kept.patient.id_number, kept.patient.authority, self._cx_type_code)
        updated = (kept.value.last_update_time or "") if isinstance(kept.value, Folder) else ""
        return bytes(ebrim.fill(kept.stored, kept.status, self.home, patient_id, updated))

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]:
        self.calls.append("find_associations")
        return [
            FoundAssociation(*_association_fact(kept), self._filled(kept) if selection.with_ebrim else b"")
            for kept in self.objects.values()
            if kept.kind is Kind.ASSOCIATION
            and is_association_selected(_association_fact(kept), selection)
            and self._is_seen(kept, selection.sight)
        ][: selection.limit]

    def find_patient(self, identity: PatientIdentity) -> PatientFact | None:
        self.calls.append("find_patient")
        return self.patients.get(identity)

    def add_patient(self, identity: PatientIdentity) -> None:
        self.calls.append("add_patient")
        self.patients.setdefault(identity, PatientFact(identity))

    def merge_patients(self, subsumed: PatientIdentity, survivor: PatientIdentity) -> None:
        self.calls.append("merge_patients")
        assert self.patients[subsumed].subsumed_by is None
        assert self.patients[survivor].subsumed_by is None
        for identity, fact in self.patients.items():
            if subsumed in (identity, fact.subsumed_by):
                self.patients[identity] = PatientFact(identity, survivor)
        for entry_uuid, kept in self.objects.items():
            if kept.patient == subsumed:
                self.objects[entry_uuid] = replace(kept, patient=survivor)

    def remove(self, entry_uuids: tuple[str, ...]) -> None:
        self.calls.append("remove")
        for entry_uuid in set(entry_uuids):
            if entry_uuid not in self.objects:
                raise Conflict(entry_uuid)
            del self.objects[entry_uuid]
        last: dict[str | None, Kept] = {}
        for kept in sorted(self.objects.values(), key=lambda kept: int(kept.value.version or 1)):
            last[kept.value.logical_id or kept.value.entry_uuid] = kept
        for kept in last.values():
            self.objects[kept.value.entry_uuid] = replace(kept, is_latest=True)
        borne = {getattr(kept.value, "unique_id", None) for kept in self.objects.values()}
        self.unique_ids = {unique_id: fact for unique_id, fact in self.unique_ids.items() if unique_id in borne}


def is_selected(kept: Kept, selection: Selection) -> bool:
    """Whether every condition of the selection holds."""
    value = kept.value
    return (
        kept.kind in selection.kinds
        and (selection.patients is None or kept.patient in selection.patients)
        and (selection.statuses is None or kept.status in selection.statuses)
        and (selection.entry_uuids is None or value.entry_uuid in selection.entry_uuids)
        and (selection.unique_ids is None or getattr(value, "unique_id", None) in selection.unique_ids)
        and (selection.logical_ids is None or value.logical_id in selection.logical_ids)
        and all(_codes_of(value, attribute) & set(alternatives) for attribute, alternatives in selection.codes)
        and all(_is_in_time(value, *time_filter) for time_filter in selection.times)
        and (not selection.author_persons or _has_author(value, selection.author_persons))
        and all(_has_reference(value, alternatives) for alternatives in selection.reference_ids)
        and (not selection.source_ids or getattr(value, "source_id", None) in selection.source_ids)
        and (
            not selection.document_availability
            or getattr(value, "document_availability", None) in selection.document_availability
        )
    )


def is_association_selected(fact: AssociationFact, selection: AssociationSelection) -> bool:
    """Whether every condition of the selection holds."""
    return (
        (selection.ends is None or bool({fact.source_object, fact.target_object} & set(selection.ends)))
        and (selection.sources is None or fact.source_object in selection.sources)
        and (selection.targets is None or fact.target_object in selection.targets)
        and (selection.types is None or fact.association_type in selection.types)
        and (selection.statuses is None or fact.availability_status in selection.statuses)
    )


def matches_like(pattern: str, text: str) -> bool:
    """SQL LIKE: ``%`` any run, ``_`` one character, case counts, nothing escapes."""
    expression = "".join({"%": ".*", "_": "."}.get(character, re.escape(character)) for character in pattern)
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _codes_of(value: RegistryObject, attribute: str) -> set[tuple[str, str]]:
    given: Code | Iterable[Code] | None = getattr(value, attribute)
    if given is None:
        return set()
    return {(code.code, code.coding_scheme) for code in ((given,) if isinstance(given, Code) else given)}


def _is_in_time(value: RegistryObject, attribute: str, at_or_after: int | None, before: int | None) -> bool:
    moment: hl7v2.DTM | None = getattr(value, attribute)
    if moment is None:
        return True
    return (at_or_after is None or at_or_after <= moment.start) and (before is None or moment.start < before)


def _has_author(value: RegistryObject, patterns: tuple[str, ...]) -> bool:
    assert isinstance(value, DocumentEntry | SubmissionSet)
    persons = [author.author_person for author in value.author if author.author_person]
    return any(matches_like(pattern, person) for pattern in patterns for person in persons)


def _has_reference(value: RegistryObject, alternatives: tuple[str, ...]) -> bool:
    assert isinstance(value, DocumentEntry)
    return any(
        matches_like(alternative, reference) if "%" in alternative else alternative == reference
        for alternative in alternatives
        for reference in value.reference_id_list
    )


def _association_fact(kept: Kept) -> AssociationFact:
    value = kept.value
    assert isinstance(value, Association)
    return AssociationFact(
        value.entry_uuid,
        AssociationType(value.association_type),
        value.source_object,
        value.target_object,
        kept.status,
    )


def _kind_of(value: RegistryObject) -> Kind:
    if isinstance(value, DocumentEntry):
        return Kind.STABLE if value.object_type is DocumentEntryType.STABLE else Kind.ON_DEMAND
    if isinstance(value, SubmissionSet):
        return Kind.SUBMISSION_SET
    return Kind.FOLDER if isinstance(value, Folder) else Kind.ASSOCIATION
