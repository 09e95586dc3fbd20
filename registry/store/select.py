"""A Selection as one SQL statement. [ITI TF-2: 3.18.4.1.2.3]"""

from __future__ import annotations

import json
from collections.abc import Iterator

from access.sight import EVERYTHING
from registry.facts import PatientIdentity
from registry.selection import AssociationSelection, Selection
from registry.store import coding, seeing, statements
from registry.store.statements import Condition, Parameters
from sql.database import Dialect

TIME_COLUMN = {
    "creation_time": "object_time",
    "submission_time": "object_time",
    "last_update_time": "object_time",
    "service_start_time": "service_start",
    "service_stop_time": "service_stop",
}
_OBJECT = "select o.kind, cast(o.entry_uuid as text), o.status"
_EBRIM = ", o.object_time, o.dictionary, o.ebrim"
_PATIENT = ", p.id_number, p.authority"
_ASSOCIATION = "select cast(entry_uuid as text), type, cast(source as text), cast(target as text), status"


def objects(selection: Selection, dialect: Dialect) -> tuple[str, Parameters]:
    """Statement and parameters for registry objects.

    Columns: kind, entry_uuid, status[, object_time, dictionary, ebrim if wanted][, id_number, authority if the patient is not given].
    """
    one_patient = selection.patients is not None and len(selection.patients) == 1
    columns = _OBJECT + (_EBRIM if selection.with_ebrim else "") + ("" if one_patient else _PATIENT)
    source = "registry_object o" if one_patient else "registry_object o join patient p on p.key = o.patient"
    conditions, parameters = _join(_object_conditions(selection, dialect))
    return f"{columns} from {source} where {conditions}{_limit(selection)}", parameters


def associations(selection: AssociationSelection, dialect: Dialect) -> tuple[str, Parameters]:
    """Statement and parameters for Associations. Columns: entry_uuid, type, source, target, status[, dictionary, ebrim]."""
    columns = _ASSOCIATION + (", dictionary, ebrim" if selection.with_ebrim else "")
    conditions, parameters = _join(_association_conditions(selection, dialect))
    return f"{columns} from association where {conditions}{_limit(selection)}", parameters


def _limit(selection: Selection | AssociationSelection) -> str:
    return f" limit {int(selection.limit)}" if selection.limit is not None else ""


def _join(conditions: Iterator[Condition]) -> tuple[str, Parameters]:
    texts, parameters = [], []
    for text, values in conditions:
        texts.append(text)
        parameters += values
    return " and ".join(texts), parameters


def _object_conditions(selection: Selection, dialect: Dialect) -> Iterator[Condition]:
    if selection.patients is not None:
        yield _patients(selection.patients, dialect)
    yield statements.any_number("o.kind", [int(kind) for kind in selection.kinds]), []
    if selection.entry_uuids is not None:
        yield statements.any_uuid("o.entry_uuid", selection.entry_uuids, dialect)
    if selection.unique_ids is not None:
        yield statements.any_text("o.unique_id", selection.unique_ids, dialect)
    if selection.logical_ids is not None:
        first, values = statements.any_uuid("o.entry_uuid", selection.logical_ids, dialect)
        later, _ = statements.any_uuid("o.logical_id", selection.logical_ids, dialect)
        # A first version's logicalID is its entryUUID; only later ones stand in the index of logicalIDs.
        yield f"({first} or (o.logical_id <> o.entry_uuid and {later}))", values * 2
    if selection.statuses is not None:
        yield statements.any_number("o.status", [coding.STATUS_NUMBER[status] for status in selection.statuses]), []
    if selection.latest_only:
        yield "o.latest = 1", []
    for code_filter in selection.codes:
        numbers = [coding.code_number(code_filter.attribute, *code) for code in code_filter.alternatives]
        yield statements.shares_number("o.codes", numbers, dialect)
    for time_filter in selection.times:
        column = f"o.{TIME_COLUMN[time_filter.attribute]}"
        if time_filter.at_or_after is not None:
            yield f"({column} is null or {column} >= ?)", [time_filter.at_or_after]
        if time_filter.before is not None:
            yield f"({column} is null or {column} < ?)", [time_filter.before]
    if selection.author_persons:
        patterns = [coding.like_pattern(pattern, dialect) for pattern in selection.author_persons]
        yield statements.matches_pattern("o.author_persons", patterns, dialect)
    for alternatives in selection.reference_ids:
        patterns = [_reference_pattern(value, dialect) for value in alternatives]
        yield statements.matches_pattern("o.reference_ids", patterns, dialect)
    if selection.source_ids:
        yield statements.any_text("o.source_id", selection.source_ids, dialect)
    if selection.document_availability:
        yield statements.any_text("o.availability", selection.document_availability, dialect)
    if selection.sight is not EVERYTHING:
        yield from seeing.objects("o", selection.sight, dialect, selection.kinds)


def _patients(patients: tuple[PatientIdentity, ...], dialect: Dialect) -> Condition:
    """One patient by two values; many, whom a query of ITI-51 may name by the thousand, as one list."""
    if len(patients) == 1:
        one = "o.patient = (select key from patient where authority = ? and id_number = ?)"
        return one, [patients[0].authority, patients[0].id_number]
    many = "o.patient in (select s.key from patient s where (s.authority, s.id_number) in ({0}))"
    if dialect == "postgresql":
        authorities, id_numbers = [each.authority for each in patients], [each.id_number for each in patients]
        return many.format("select * from unnest(?::text[], ?::text[])"), [authorities, id_numbers]
    pairs = json.dumps([[each.authority, each.id_number] for each in patients])
    return many.format("select json_extract(value, '$[0]'), json_extract(value, '$[1]') from json_each(?)"), [pairs]


def _reference_pattern(value: str, dialect: Dialect) -> str:
    return coding.like_pattern(value, dialect) if "%" in value else coding.exact_pattern(value, dialect)


def _association_conditions(selection: AssociationSelection, dialect: Dialect) -> Iterator[Condition]:
    if selection.ends is not None:
        from_here, values = statements.any_uuid("source", selection.ends, dialect)
        to_here, again = statements.any_uuid("target", selection.ends, dialect)
        yield f"({from_here} or {to_here})", values + again
    if selection.sources is not None:
        yield statements.any_uuid("source", selection.sources, dialect)
    if selection.targets is not None:
        yield statements.any_uuid("target", selection.targets, dialect)
    if selection.types is not None:
        yield (
            statements.any_number(
                "type",
                [coding.ASSOCIATION_TYPE_NUMBER[t] for t in selection.types if t in coding.ASSOCIATION_TYPE_NUMBER],
            ),
            [],
        )
    if selection.statuses is not None:
        yield statements.any_number("status", [coding.STATUS_NUMBER[status] for status in selection.statuses]), []
    if selection.sight is not EVERYTHING:
        yield from seeing.associations(selection.sight, dialect)
