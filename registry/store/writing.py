"""Effects into rows: one statement on PostgreSQL, one a table on SQLite. [decision 8: races are settled by the database]"""

from __future__ import annotations

from collections.abc import Sequence

from access import sight
from registry.facts import Effects, PatientIdentity, StatusChange
from registry.store import coding, rows, statements
from sql.database import Conflict, NeedsTransaction, Work
from sql.postgresql import at_once
from xds.metadata import DocumentEntry, Folder

_ADD_PATIENT = "insert into patient (authority, id_number) values (?, ?) on conflict (authority, id_number) do nothing"
_PATIENT_KEY = "select key from patient where authority = ? and id_number = ?"
_DEPRECATE = "update registry_object set status = 2 where status = 1 and {0}"
_SUPERSEDE = "update registry_object set status = 2, latest = 0 where latest = 1 and {0}"
# An audience is that of the document: what its latest version says holds for the earlier ones too.
_FIRST_AUDIENCE = "update registry_object set visibility = ?, owners = ? where entry_uuid = ?"
_LATER_AUDIENCE = (
    "update registry_object set visibility = ?, owners = ? where logical_id = ? and logical_id <> entry_uuid"
)
_CHANGE_STATUS = "update {table} set status = ? where status = ? and entry_uuid = ?"
_FIND_REMOVED = "select unique_id, cast(logical_id as text), version, latest from registry_object where {0}"
_FIND_VERSIONS = """
select cast(logical_id as text), version, cast(entry_uuid as text)
from registry_object where {0} or (logical_id <> entry_uuid and {1})"""
_MAKE_LATEST = "update registry_object set latest = 1 where {0}"
_REMOVE = ("delete from registry_object where {0}", "delete from association where {0}")
_FREE = """
delete from unique_id where {0} and not exists (select 1 from registry_object o where o.unique_id = unique_id.unique_id)"""
# A uniqueId that several bear: who adds to them and who takes one of them out wait for each other at its row.
_KEEP = "select unique_id from unique_id where {0} order by unique_id for share"
_LOCK_TAKEN = "select unique_id from unique_id where {0} order by unique_id for update"
_MOVE = """
update {table} set submitted_patient = coalesce(submitted_patient, patient), patient = ? where patient = ?"""
# Division by zero undoes the statement: sql.database takes it for a Conflict.
# The key may have been met long ago, before a database was restored or another took its place: it must still be that patient's.
_STILL_EFFECTIVE = """
select 1 / coalesce((
    select 1 from patient where key = ? and authority = ? and id_number = ? and subsumed_by is null for share), 0)"""
_EFFECTIVE = "select key from patient where key in (?, ?) and subsumed_by is null order by key"
_SUBSUME = "update patient set subsumed_by = ? where key = ? or subsumed_by = ?"
# Never backwards: the clocks of two processes may differ by a second, and what a reader has seen must not become earlier.
_TOUCH = "update registry_object set object_time = case when object_time > ? then object_time else ? end where kind = 4 and {0}"


def apply(work: Work, effects: Effects, patient: int) -> None:
    """Writes what an accepted submission changes. Raises Conflict where the database knows better, NeedsTransaction."""
    relied_on = _relied_on(effects)
    if work.is_single and (
        effects.deprecate or effects.supersede or effects.status_changes or effects.touch or relied_on
    ):
        raise NeedsTransaction
    dialect = work.dialect
    if relied_on and dialect == "postgresql":
        condition, values = statements.any_text("unique_id", relied_on, dialect)
        if len(work.execute(_KEEP.format(condition), values).fetchall()) != len(relied_on):
            raise Conflict("a uniqueId has been freed meanwhile")
    objects = [rows.submission_set_row(effects.submission_set, patient, dialect)]
    objects += [rows.document_entry_row(entry, patient, dialect) for entry in effects.document_entries]
    objects += [rows.folder_row(folder, patient, dialect) for folder in effects.folders]
    # In one order everywhere: two submissions that claim the same uniqueIds then wait for each other one way only.
    claims = sorted((rows.claim_row(claim) for claim in effects.claims), key=lambda row: str(row[0]))
    associations = [rows.association_row(association, patient) for association in effects.associations]
    tables: list[tuple[str, tuple[str, ...], Sequence[rows.Row]]] = [
        ("unique_id", rows.CLAIM_COLUMNS, claims),
        ("registry_object", rows.OBJECT_COLUMNS, objects),
        ("association", rows.ASSOCIATION_COLUMNS, associations),
    ]
    if effects.deprecate:
        _change_all(work, _DEPRECATE, effects.deprecate, [])
    if effects.supersede:
        _change_all(work, _SUPERSEDE, effects.supersede, [])
        _change_audiences(work, effects)
    for change in effects.status_changes:
        _change_status(work, change)
    if effects.touch:
        at = int(effects.touched_at)
        _change_all(work, _TOUCH, effects.touch, [at, at])
    if dialect == "postgresql":
        inserts = tuple(
            ("", statements.insert(table, columns, len(written))) for table, columns, written in tables if written
        )
        parameters = [value for _, _, written in tables for row in written for value in row]
        whose = patient, effects.patient.authority, effects.patient.id_number
        if work.is_single:
            joined = tuple((step.name, step.statement) for step in work.joined)
            values = [value for step in work.joined for value in step.parameters]
            work.conclude(_at_once(joined + inserts), [*values, *parameters, *whose])
        else:
            work.execute(_at_once(inserts), [*parameters, *whose])
    else:
        for table, columns, written in tables:
            if written:
                statement = statements.insert(table, columns, len(written))
                work.execute(statement, [value for row in written for value in row])


def _relied_on(effects: Effects) -> list[str]:
    """The uniqueIds that are taken already: of the same document again, and of later versions."""
    bearers: list[DocumentEntry | Folder] = [*effects.document_entries, *effects.folders]
    borne = {each.unique_id for each in bearers if each.unique_id}
    return sorted(borne - {claim.unique_id for claim in effects.claims})


def fetch_patient_key(work: Work, identity: PatientIdentity) -> int:
    """The internal key of a patient, who is made known if need be. Raises NeedsTransaction."""
    if work.is_single:
        raise NeedsTransaction
    add_patient(work, identity)
    parameters = (identity.authority, identity.id_number)
    return int(work.execute(_PATIENT_KEY, parameters).scalar_one())


def add_patient(work: Work, identity: PatientIdentity) -> None:
    """Makes a patient known; no change if it is."""
    work.execute(_ADD_PATIENT, (identity.authority, identity.id_number))


def merge_patients(work: Work, subsumed: PatientIdentity, survivor: PatientIdentity) -> None:
    """What belongs to the subsumed patient becomes the survivor's; each row keeps whose it was when it was submitted.

    Raises Conflict where one of them has been subsumed meanwhile.
    """
    losing, winning = fetch_patient_key(work, subsumed), fetch_patient_key(work, survivor)
    # First both patients: that waits for submissions and merges under way, whose rows are then there to be moved.
    lock = " for update" if work.dialect == "postgresql" else ""
    effective = work.execute(_EFFECTIVE + lock, sorted((losing, winning))).fetchall()
    if len(effective) != 2:
        raise Conflict("a patient has been subsumed meanwhile")
    work.execute(_SUBSUME, (winning, losing, losing))
    for table in ("registry_object", "association"):
        work.execute(_MOVE.format(table=table), (winning, losing))


def remove(work: Work, entry_uuids: tuple[str, ...]) -> None:
    """Takes objects and Associations out, and frees the uniqueIds that no object bears any longer.

    Where the latest version goes and earlier ones stay, the last of them is the latest, with the status that it has.
    """
    condition, parameters = statements.any_uuid("entry_uuid", sorted(entry_uuids), work.dialect)
    found = work.execute(_FIND_REMOVED.format(condition), parameters).fetchall()
    removed = 0
    for statement in _REMOVE:
        removed += work.execute(statement.format(condition), parameters).rowcount
    if removed != len(set(entry_uuids)):
        raise Conflict("an object is no longer there")
    if found:
        freed, values = statements.any_text("unique_id", sorted({row[0] for row in found}), work.dialect)
        if work.dialect == "postgresql":
            # Who else bears them is asked by a statement that begins once whoever was about to has committed.
            work.execute(_LOCK_TAKEN.format(freed), values).fetchall()
        work.execute(_FREE.format(freed), values)
    beheaded = sorted({"urn:uuid:" + logical_id for _, logical_id, version, latest in found if latest and version > 1})
    if beheaded:
        _make_latest(work, beheaded)


def _make_latest(work: Work, logical_ids: list[str]) -> None:
    """A first version is found by its entryUUID; only later ones stand in the index of logicalIDs."""
    first, values = statements.any_uuid("entry_uuid", logical_ids, work.dialect)
    later, again = statements.any_uuid("logical_id", logical_ids, work.dialect)
    versions = work.execute(_FIND_VERSIONS.format(first, later), values + again)
    latest = {logical_id: entry_uuid for logical_id, _, entry_uuid in sorted(versions, key=lambda row: int(row[1]))}
    if latest:
        last = sorted("urn:uuid:" + entry_uuid for entry_uuid in latest.values())
        condition, parameters = statements.any_uuid("entry_uuid", last, work.dialect)
        work.execute(_MAKE_LATEST.format(condition), parameters)


def _change_audiences(work: Work, effects: Effects) -> None:
    for entry in effects.document_entries:
        if entry.logical_id is not None and entry.logical_id != entry.entry_uuid:
            owners = coding.column_list(sorted(sight.owners_of(entry.author)), work.dialect)
            values = int(sight.visibility_of(entry.confidentiality_code)), owners, coding.column_uuid(entry.logical_id)
            for statement in (_FIRST_AUDIENCE, _LATER_AUDIENCE):
                work.execute(statement, values)


def _change_status(work: Work, change: StatusChange) -> None:
    """An entryUUID is that of an object or of an Association, never of both."""
    numbers = coding.STATUS_NUMBER[change.new], coding.STATUS_NUMBER[change.original]
    for table in ("registry_object", "association"):
        statement = _CHANGE_STATUS.format(table=table)
        if work.execute(statement, (*numbers, coding.column_uuid(change.entry_uuid))).rowcount:
            return
    raise Conflict("an object is no longer as it was judged")


def _change_all(work: Work, statement: str, entry_uuids: tuple[str, ...], values: list[object]) -> None:
    condition, parameters = statements.any_uuid("entry_uuid", sorted(entry_uuids), work.dialect)
    changed = work.execute(statement.format(condition), [*values, *parameters]).rowcount
    if changed != len(entry_uuids):
        raise Conflict("an object is no longer as it was judged")


def _at_once(steps: tuple[tuple[str, str], ...]) -> str:
    """All inserts as one statement, so that a submission is one round trip; it fails if the patient is no longer that one, or was subsumed.

    The patient's row stays locked against a merge until the commit: what is inserted under it is then moved with the rest.
    """
    return at_once(steps, _STILL_EFFECTIVE)
