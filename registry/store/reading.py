"""The past, as much of it as a judgement asks for: one statement for a plain submission, a few where it names what is there."""

from __future__ import annotations

import json
from collections.abc import Iterable

from access.sight import Visibility
from registry.facts import (
    AssociationFact,
    Facts,
    Kind,
    ObjectFact,
    PatientFact,
    PatientIdentity,
    Question,
    UniqueIdFact,
)
from registry.store import coding, statements
from registry.store.statements import Parameters
from sql.database import NeedsTransaction, Work
from xds.vocabulary import AssociationType

_PATIENTS = """
select 'patient', cast(p.key as text), p.id_number, p.authority, s.id_number, s.authority, null, null, null, null, null, null
from patient p left join patient s on s.key = p.subsumed_by where {0}"""
_UNIQUE_IDS = """
select 'unique_id', unique_id, cast(kind as text), hash, size, null, null, null, null, null, null, null
from unique_id where {0}"""
_OBJECTS_OF = """
select 'object', cast(o.entry_uuid as text), cast(o.kind as text), p.id_number, p.authority, cast(o.status as text),
    o.unique_id, cast(o.logical_id as text), cast(o.version as text), cast(o.latest as text),
    cast(o.visibility as text), {owners}
from registry_object o join patient p on p.key = o.patient where {{0}}"""
_ASSOCIATIONS = """
select 'association', cast(a.entry_uuid as text), '5', p.id_number, p.authority, cast(a.status as text),
    cast(a.type as text), cast(a.source as text), cast(a.target as text), null, null, null
from association a join patient p on p.key = a.patient where {0}"""
# One column, one type: a list is told as the text in which either database writes JSON.
_OBJECTS = {
    "sqlite": _OBJECTS_OF.format(owners="o.owners"),
    "postgresql": _OBJECTS_OF.format(owners="cast(array_to_json(o.owners) as text)"),
}
_LOCK_PATIENTS = "select key from patient p where {0} order by key for share"
_LOCK_OBJECTS = "select entry_uuid from registry_object where {0} order by entry_uuid for update"
_BETWEEN = """
select cast(a.entry_uuid as text), a.type, cast(a.source as text), cast(a.target as text), a.status
from association a where a.status = 1 and {0}"""
_FOLDERS_THAT_HOLD = """
select cast(a.entry_uuid as text), a.type, cast(a.source as text), cast(a.target as text), a.status
from association a join registry_object f on f.entry_uuid = a.source and f.kind = 4
where a.status = 1 and a.type = 1 and {0}"""
_DERIVED_NUMBERS = [coding.ASSOCIATION_TYPE_NUMBER[kind] for kind in (AssociationType.XFRM, AssociationType.APND)]


def fetch_facts(work: Work, question: Question) -> tuple[Facts, dict[PatientIdentity, int]]:
    """Facts, and the internal keys of the patients among them.

    A plain submission of a patient met before is judged as if its uniqueIds were free: they nearly always are, the single
    statement that writes it fails where they are not, and it is then judged again on what is really there. [ADR 0017]
    """
    if work.is_single and (assumed := _assume(work, question)) is not None:
        return assumed
    found: list[AssociationFact] = []
    named = question.references
    if named:
        if work.is_single:
            raise NeedsTransaction  # what is named must stay as it is judged
        _lock_patients(work, question.patients)
        _lock(work, named)
        found = _associations(work, _FOLDERS_THAT_HOLD, "a.target", named)
        found += _associations(work, _BETWEEN + " and a.type in (3, 5)", "a.source", named)
        reached = set(question.replaced)
        frontier: frozenset[str] = question.replaced
        while frontier:
            derived = _associations(
                work, _BETWEEN + f" and {statements.any_number('a.type', _DERIVED_NUMBERS)}", "a.target", frontier
            )
            found += derived
            frontier = frozenset(fact.source_object for fact in derived) - reached
            reached |= frontier
        more = (
            named
            | reached
            | {fact.source_object for fact in found if fact.association_type is AssociationType.HAS_MEMBER}
        )
        if more - named:
            _lock(work, more - named)
        named = frozenset(more)
    facts, keys = _fetch_objects(work, question, named)
    return Facts(facts.patients, facts.objects, facts.unique_ids, tuple(dict.fromkeys(found))), keys


def _lock_patients(work: Work, patients: Iterable[PatientIdentity]) -> None:
    """Keeps merges of these patients away, before their objects are locked: a merge locks in this order too."""
    identities = sorted(patients)
    if identities and work.dialect == "postgresql":
        condition, parameters = _these(identities)
        work.execute(_LOCK_PATIENTS.format(condition), parameters).fetchall()


def _these(identities: Iterable[PatientIdentity]) -> tuple[str, Parameters]:
    values: Parameters = [text for patient in identities for text in (patient.authority, patient.id_number)]
    return " or ".join(["(p.authority = ? and p.id_number = ?)"] * (len(values) // 2)), values


def _assume(work: Work, question: Question) -> tuple[Facts, dict[PatientIdentity, int]] | None:
    """What is nearly always true of a plain submission, all of which constraints guard; None where more must be known."""
    if question.references or question.entry_uuids or len(question.patients) != 1:
        return None
    (identity,) = question.patients
    key = work.memory.get(identity)
    return None if key is None else (Facts(patients={identity: PatientFact(identity)}), {identity: key})


def _lock(work: Work, entry_uuids: Iterable[str]) -> None:
    """Locks rows in the order of their ids, so that two that lock the same rows do not wait for each other.

    SQLite has one writer at a time: a unit of work that writes holds that lock from its beginning.
    """
    if work.dialect == "postgresql":
        condition, parameters = statements.any_uuid("entry_uuid", sorted(entry_uuids), work.dialect)
        work.execute(_LOCK_OBJECTS.format(condition), parameters).fetchall()


def _associations(work: Work, statement: str, column: str, entry_uuids: Iterable[str]) -> list[AssociationFact]:
    condition, parameters = statements.any_uuid(column, sorted(entry_uuids), work.dialect)
    rows = work.execute(statement.format(condition), parameters)
    return [
        AssociationFact(
            "urn:uuid:" + row[0],
            coding.ASSOCIATION_TYPE[row[1]],
            "urn:uuid:" + row[2],
            "urn:uuid:" + row[3],
            coding.STATUS[row[4]],
        )
        for row in rows
    ]


def _fetch_objects(work: Work, question: Question, named: frozenset[str]) -> tuple[Facts, dict[PatientIdentity, int]]:
    parts: list[str] = []
    parameters: Parameters = []

    def add(statement: str, condition: tuple[str, Parameters]) -> None:
        parts.append(statement.format(condition[0]))
        parameters.extend(condition[1])

    identities = sorted(question.patients)
    if identities:
        add(_PATIENTS, _these(identities))
    if question.unique_ids:
        add(_UNIQUE_IDS, statements.any_text("unique_id", sorted(question.unique_ids), work.dialect))
    ids = sorted(question.entry_uuids | named)
    if ids:
        add(_OBJECTS[work.dialect], statements.any_uuid("o.entry_uuid", ids, work.dialect))
        add(_ASSOCIATIONS, statements.any_uuid("a.entry_uuid", ids, work.dialect))
    if question.entry_uuids:
        # A later version outlives a first one that was taken out: its logicalID is nobody else's id.
        later, values = statements.any_uuid("o.logical_id", sorted(question.entry_uuids), work.dialect)
        add(_OBJECTS[work.dialect], (f"o.logical_id <> o.entry_uuid and {later}", values))
    keys: dict[PatientIdentity, int] = {}
    patients: dict[PatientIdentity, PatientFact] = {}
    objects: dict[str, ObjectFact] = {}
    unique_ids: dict[str, UniqueIdFact] = {}
    if not parts:
        return Facts(), keys
    for tag, *row in work.execute(" union all ".join(parts), parameters):
        if tag == "patient":
            identity = PatientIdentity(row[1], row[2])
            keys[identity] = int(row[0])
            work.memory[identity] = keys[identity]
            patients[identity] = PatientFact(identity, PatientIdentity(row[3], row[4]) if row[3] is not None else None)
        elif tag == "unique_id":
            unique_ids[row[0]] = UniqueIdFact(Kind(int(row[1])), row[2], row[3])
        else:
            fact = _read_object(row) if tag == "object" else _read_association(row)
            objects[fact.entry_uuid] = fact
    return Facts(patients, objects, unique_ids), keys


def _read_object(row: list[str]) -> ObjectFact:
    return ObjectFact(
        entry_uuid="urn:uuid:" + row[0],
        kind=Kind(int(row[1])),
        patient=PatientIdentity(row[2], row[3]),
        availability_status=coding.STATUS[int(row[4])],
        unique_id=row[5],
        logical_id="urn:uuid:" + row[6],
        version=int(row[7]),
        is_latest=row[8] == "1",
        visibility=Visibility(int(row[9])),
        owners=frozenset(json.loads(row[10])),
    )


def _read_association(row: list[str]) -> ObjectFact:
    return ObjectFact(
        entry_uuid="urn:uuid:" + row[0],
        kind=Kind.ASSOCIATION,
        patient=PatientIdentity(row[2], row[3]),
        availability_status=coding.STATUS[int(row[4])],
        association_type=coding.ASSOCIATION_TYPE[int(row[5])],
        source_object="urn:uuid:" + row[6],
        target_object="urn:uuid:" + row[7],
    )
