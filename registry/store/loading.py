"""Bulk loading of accepted submissions: what a migration from another registry, or a bench, brings by the million.

Writes the same rows as the hot path, by COPY on PostgreSQL. Judges nothing: the effects must come from a judgement, or from a
source that is trusted like one. A batch is one unit of work: all of it, or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from registry.facts import Effects, PatientIdentity
from registry.store import rows, statements, writing
from sql.database import Database, Work

_KEYS = "select id_number, authority, key from patient where {0}"


def load(database: Database, batch: Sequence[Effects]) -> int:
    """Writes a batch of submissions; gives the number of DocumentEntries. Raises Conflict, StorageFailure."""
    dialect = database.dialect
    claims: list[rows.Row] = []
    objects: list[rows.Row] = []
    associations: list[rows.Row] = []
    with database.write() as work:
        keys = _patient_keys(work, {effects.patient for effects in batch})
        for effects in batch:
            key = keys[effects.patient]
            claims += [rows.claim_row(claim) for claim in effects.claims]
            objects.append(rows.submission_set_row(effects.submission_set, key, dialect))
            objects += [rows.document_entry_row(entry, key, dialect) for entry in effects.document_entries]
            objects += [rows.folder_row(folder, key, dialect) for folder in effects.folders]
            associations += [rows.association_row(association, key) for association in effects.associations]
        _write(work, "unique_id", rows.CLAIM_COLUMNS, claims)
        _write(work, "registry_object", rows.OBJECT_COLUMNS, objects)
        _write(work, "association", rows.ASSOCIATION_COLUMNS, associations)
    return sum(len(effects.document_entries) for effects in batch)


def _patient_keys(work: Work, identities: set[PatientIdentity]) -> dict[PatientIdentity, int]:
    for identity in sorted(identities):
        writing.add_patient(work, identity)
    keys: dict[PatientIdentity, int] = {}
    for authority in {identity.authority for identity in identities}:
        numbers = sorted(identity.id_number for identity in identities if identity.authority == authority)
        condition, parameters = statements.any_text("id_number", numbers, work.dialect)
        statement = _KEYS.format(f"authority = ? and {condition}")
        for id_number, found, key in work.execute(statement, [authority, *parameters]):
            keys[PatientIdentity(id_number, found)] = key
    return keys


def _write(work: Work, table: str, columns: tuple[str, ...], values: list[rows.Row]) -> None:
    if not values:
        return
    if work.dialect == "postgresql":
        with work.driver.cursor() as cursor, cursor.copy(f"copy {table} ({', '.join(columns)}) from stdin") as copy:
            for row in values:
                copy.write_row(row)
    else:
        work.execute_many(statements.insert(table, columns, 1), values)
