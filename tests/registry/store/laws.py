"""All that a registry holds, as plain rows from any store, and what must be true of it whatever has happened. [decision 8]"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import chain
from typing import NamedTuple

from registry.facts import Kind
from registry.store import coding
from sql.database import Database
from tests.simulators.registry import MemoryRegistry
from xds.metadata import Association, Folder
from xds.vocabulary import RELATIONSHIPS, REPLACEMENTS, AssociationType, AvailabilityStatus

TABLES = ("association", "registry_object", "unique_id", "patient")
_APPROVED = coding.STATUS_NUMBER[AvailabilityStatus.APPROVED]
_DEPRECATED = coding.STATUS_NUMBER[AvailabilityStatus.DEPRECATED]
_HAS_MEMBER = coding.ASSOCIATION_TYPE_NUMBER[AssociationType.HAS_MEMBER]
_REPLACEMENTS = {coding.ASSOCIATION_TYPE_NUMBER[each] for each in REPLACEMENTS}
_RELATIONSHIPS = {coding.ASSOCIATION_TYPE_NUMBER[each] for each in RELATIONSHIPS}


class Patient(NamedTuple):
    """A patient who is known, and who it has become."""

    id_number: str
    survivor: str | None


class Object(NamedTuple):
    """An entry, Folder or SubmissionSet; ``updated_at`` only of a Folder."""

    entry_uuid: str
    kind: int
    patient: str
    status: int
    latest: int
    version: int
    logical_id: str
    unique_id: str
    updated_at: int | None


class Arrow(NamedTuple):
    """An Association."""

    entry_uuid: str
    patient: str
    kind: int
    source: str
    target: str
    status: int


class Taken(NamedTuple):
    """A uniqueId that somebody has."""

    unique_id: str
    kind: int
    hash: str
    size: str


class State(NamedTuple):
    """Everything, in the order of ids."""

    patients: tuple[Patient, ...]
    objects: tuple[Object, ...]
    arrows: tuple[Arrow, ...]
    unique_ids: tuple[Taken, ...]


_PATIENTS = "select p.id_number, s.id_number from patient p left join patient s on s.key = p.subsumed_by"
_OBJECTS = """
select cast(o.entry_uuid as text), o.kind, p.id_number, o.status, o.latest, o.version, cast(o.logical_id as text), o.unique_id,
    case when o.kind = 4 then o.object_time end
from registry_object o join patient p on p.key = o.patient"""
_ARROWS = """
select cast(a.entry_uuid as text), p.id_number, a.type, cast(a.source as text), cast(a.target as text), a.status
from association a join patient p on p.key = a.patient"""
_UNIQUE_IDS = "select unique_id, kind, hash, size from unique_id"


def state_of(database: Database) -> State:
    """What the tables hold."""
    with database.read() as work:
        return State(
            tuple(sorted(Patient(*row) for row in work.execute(_PATIENTS))),
            tuple(sorted(Object(*row) for row in work.execute(_OBJECTS))),
            tuple(sorted(Arrow(*row) for row in work.execute(_ARROWS))),
            tuple(sorted(Taken(*row) for row in work.execute(_UNIQUE_IDS))),
        )


def clear(database: Database) -> None:
    """Empties the tables."""
    with database.write() as work:
        for table in TABLES:
            work.execute(f"delete from {table}")


def remembered(registry: MemoryRegistry) -> State:
    """What the oracle holds."""
    objects, arrows = [], []
    for entry_uuid, kept in registry.objects.items():
        value, status = kept.value, coding.STATUS_NUMBER[kept.status]
        if isinstance(value, Association):
            number = coding.ASSOCIATION_TYPE_NUMBER[AssociationType(value.association_type)]
            ends = value.source_object[9:], value.target_object[9:]
            arrows.append(Arrow(entry_uuid[9:], kept.patient.id_number, number, *ends, status))
        else:
            objects.append(
                Object(
                    entry_uuid[9:],
                    int(kept.kind),
                    kept.patient.id_number,
                    status,
                    int(kept.is_latest),
                    int(value.version or 1),
                    (value.logical_id or "")[9:],
                    value.unique_id or "",
                    value.last_update_time.start if isinstance(value, Folder) and value.last_update_time else None,
                )
            )
    patients = (
        Patient(fact.identity.id_number, fact.subsumed_by.id_number if fact.subsumed_by else None)
        for fact in registry.patients.values()
    )
    unique_ids = (Taken(unique_id, int(fact.kind), *fact[1:]) for unique_id, fact in registry.unique_ids.items())
    return State(*(tuple(sorted(rows)) for rows in (patients, objects, arrows, unique_ids)))  # type: ignore[arg-type]


def breaches(state: State) -> list[str]:
    """What is not as it must be; empty when all is well."""
    return list(chain(_of_arrows(state), _of_replacements(state), _of_versions(state), _of_owners(state)))


def _of_arrows(state: State) -> Iterator[str]:
    """Every end exists; what stands joins objects of one patient, save what a SubmissionSet names."""
    objects = {each.entry_uuid: each for each in state.objects}
    known = objects.keys() | {each.entry_uuid for each in state.arrows}
    for arrow in state.arrows:
        for end in (arrow.source, arrow.target):
            if end not in known:
                yield f"association {arrow.entry_uuid} leads to {end}, which is not there"
        source, target = objects.get(arrow.source), objects.get(arrow.target)
        if source and target and arrow.status == _APPROVED and source.kind != Kind.SUBMISSION_SET:
            if source.patient != target.patient:
                yield f"association {arrow.entry_uuid} joins objects of two patients"
            if arrow.kind == _HAS_MEMBER and source.kind != Kind.FOLDER:
                yield f"{arrow.source} has members and is no Folder"
            if arrow.kind in _RELATIONSHIPS and Kind.FOLDER in (source.kind, target.kind):
                yield f"relationship {arrow.entry_uuid} has a Folder as an end"


def _of_replacements(state: State) -> Iterator[str]:
    """What is replaced has one Approved successor and is itself not Approved. [ITI TF-2: 3.42.4.1.3.5]"""
    standing = Counter(each.target for each in state.arrows if each.kind in _REPLACEMENTS and each.status == _APPROVED)
    for target, count in standing.items():
        if count > 1:
            yield f"{target} has {count} replacements"
    for each in state.objects:
        if each.entry_uuid in standing and each.status == _APPROVED:
            yield f"{each.entry_uuid} is replaced and Approved"


def _of_versions(state: State) -> Iterator[str]:
    """One latest version, the last one; all before it are Deprecated. [ITI Supplement XDS Metadata Update: 4.2.3.1]"""
    versions: dict[str, list[Object]] = {}
    for each in state.objects:
        versions.setdefault(each.logical_id, []).append(each)
    for logical_id, found in versions.items():
        *earlier, last = sorted(found, key=lambda each: each.version)
        if [each.latest for each in (*earlier, last)] != [0] * len(earlier) + [1]:
            yield f"{logical_id}: the last version is not the one that is latest"
        if len({each.version for each in found}) != len(found):
            yield f"{logical_id} has two versions of one number"
        if any(each.status != _DEPRECATED for each in earlier):
            yield f"{logical_id}: an earlier version is not Deprecated"
        if len({(each.kind, each.unique_id) for each in found}) > 1:
            yield f"{logical_id}: versions differ in kind or uniqueId"


def _of_owners(state: State) -> Iterator[str]:
    """uniqueIds are those that objects bear, and nothing belongs to somebody who has been subsumed."""
    borne = {(each.unique_id, each.kind) for each in state.objects}
    taken = {(each.unique_id, each.kind) for each in state.unique_ids}
    if borne != taken:
        yield f"uniqueIds borne and not taken: {borne - taken}; taken and not borne: {taken - borne}"
    if len(taken) != len(state.unique_ids):
        yield "a uniqueId is taken twice"
    subsumed = {each.id_number: each.survivor for each in state.patients if each.survivor is not None}
    for survivor in subsumed.values():
        if survivor in subsumed:
            yield f"{survivor} is a survivor and subsumed"
    owners = {each.patient for each in state.objects} | {each.patient for each in state.arrows}
    if left := owners & subsumed.keys():
        yield f"something is left with {left}"
