"""Effects into rows: one statement on PostgreSQL, one a table on SQLite. [decision 8: races are settled by the database]"""

from __future__ import annotations

from functools import lru_cache

from registry.facts import Effects, PatientIdentity
from registry.store import rows, statements
from sql.database import Conflict, Work

_ADD_PATIENT = "insert into patient (authority, id_number) values (?, ?) on conflict (authority, id_number) do nothing"
_PATIENT_KEY = "select key from patient where authority = ? and id_number = ?"
_DEPRECATE = "update registry_object set status = 2 where status = 1 and {0}"
# Never backwards: the clocks of two processes may differ by a second, and what a reader has seen must not become earlier.
_TOUCH = "update registry_object set object_time = case when object_time > ? then object_time else ? end where kind = 4 and {0}"


def apply(work: Work, effects: Effects, patient: int) -> None:
    """Writes what an accepted submission changes. Raises Conflict where the database knows better."""
    dialect = work.dialect
    objects = [rows.submission_set_row(effects.submission_set, patient, dialect)]
    objects += [rows.document_entry_row(entry, patient, dialect) for entry in effects.document_entries]
    objects += [rows.folder_row(folder, patient, dialect) for folder in effects.folders]
    # In one order everywhere: two submissions that claim the same uniqueIds then wait for each other one way only.
    claims = sorted((rows.claim_row(claim) for claim in effects.claims), key=lambda row: str(row[0]))
    associations = [rows.association_row(association, patient) for association in effects.associations]
    tables = [
        ("unique_id", rows.CLAIM_COLUMNS, claims),
        ("registry_object", rows.OBJECT_COLUMNS, objects),
        ("association", rows.ASSOCIATION_COLUMNS, associations),
    ]
    if effects.deprecate:
        _change_all(work, _DEPRECATE, effects.deprecate, [])
    if effects.touch:
        at = int(effects.touched_at)
        _change_all(work, _TOUCH, effects.touch, [at, at])
    if dialect == "postgresql":
        statement = _insert_all(tuple((table, columns, len(values)) for table, columns, values in tables if values))
        work.execute(statement, [value for _, _, values in tables for row in values for value in row])
    else:
        for table, columns, values in tables:
            if values:
                work.execute(statements.insert(table, columns, len(values)), [value for row in values for value in row])


def fetch_patient_key(work: Work, identity: PatientIdentity) -> int:
    """The internal key of a patient, who is made known if need be."""
    add_patient(work, identity)
    parameters = (identity.authority, identity.id_number)
    return int(work.execute(statements.native(_PATIENT_KEY, work.dialect), parameters).scalar_one())


def add_patient(work: Work, identity: PatientIdentity) -> None:
    """Makes a patient known; no change if it is."""
    work.execute(statements.native(_ADD_PATIENT, work.dialect), (identity.authority, identity.id_number))


def _change_all(work: Work, statement: str, entry_uuids: tuple[str, ...], values: list[object]) -> None:
    condition, parameters = statements.any_uuid("entry_uuid", sorted(entry_uuids), work.dialect)
    changed = work.execute(
        statements.native(statement.format(condition), work.dialect), [*values, *parameters]
    ).rowcount
    if changed != len(entry_uuids):
        raise Conflict("an object is no longer as it was judged")


@lru_cache(maxsize=256)
def _insert_all(tables: tuple[tuple[str, tuple[str, ...], int], ...]) -> str:
    """All inserts as one statement, so that a submission is one round trip."""
    inserts = [statements.insert(table, columns, count) for table, columns, count in tables]
    if len(inserts) == 1:
        return statements.native(inserts[0], "postgresql")
    steps = ", ".join(f"step_{number} as ({insert})" for number, insert in enumerate(inserts[:-1]))
    return statements.native(f"with {steps} {inserts[-1]}", "postgresql")
