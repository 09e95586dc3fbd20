"""A unit of work of the SQL record store: RecordWork on SQLite and PostgreSQL.

Merged patients are one patient, and nothing is moved for it: what was kept of a subsumed one is found beside the survivor's, a record
is changed where it stands, and an authorisation in every row that its holder has. [ITI TF-2: 3.44.4.2.4]
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from access.caller import Identity
from access.mandate import RecordState
from record.authorising import worst
from record.facts import Grant, Listed, Place, Record, Search
from record.person import folded
from record.store import rows
from record.store.rows import GRANT_COLUMNS, READ_GRANT, READ_RECORD, RECORD_COLUMNS, RECORD_WIDTH
from sql.database import Conflict, NeedsTransaction, Work

_FIND = f"""{rows.FAMILY}
select p.key, f.key, f.id_number, f.authority, {READ_RECORD}
from family m
join patient p on p.key = m.effective
join patient f on f.key = m.key
left join record r on r.patient = f.key
order by case when f.key = p.key then 0 else 1 end, coalesce(r.updated_at, 0) desc, r.state, f.key"""  # noqa: S608 - columns of ours
_LOCK = "select key from patient where key in ({0}) order by key for update"
_ADD_PATIENT = "insert into patient (authority, id_number) values (?, ?) on conflict (authority, id_number) do nothing"
_SUBMISSION_SETS = 3
"""Kind of a SubmissionSet among the registry's objects; its object_time is the submissionTime."""

_LISTED = f"""
with held (key) as (
    select distinct coalesce(g.subsumed_by, g.key) from authorisation a join patient g on g.key = a.patient
    where a.state <> 3 and a.holder in ({{0}})),
family (key, effective) as (
    select key, key from held union all select x.key, held.key from held join patient x on x.subsumed_by = held.key)
select p.id_number, p.authority, f.id_number, f.authority, {READ_RECORD}, {READ_GRANT},
    (select max(o.object_time) from registry_object o where o.patient = p.key and o.kind = {_SUBMISSION_SETS})
from family m
join patient p on p.key = m.effective
join patient f on f.key = m.key
join record r on r.patient = m.key
join family n on n.effective = m.effective
join authorisation a on a.patient = n.key and a.state <> 3 and a.holder in ({{0}})"""  # noqa: S608 - columns of ours
_BY_TRAITS = f"""
select p.id_number, p.authority, {READ_RECORD}
from record r
join patient g on g.key = r.patient
join patient p on p.key = coalesce(g.subsumed_by, g.key)
where r.state = 1 and (r.birth_family_key = ? or r.used_family_key = ?) and r.birth_date like ?
order by r.birth_date, r.patient limit ?"""  # noqa: S608 - columns of ours


class SQLRecordWork:
    """Reads and writes records within one sql.Work. Of PostgreSQL's single statements it makes none: what writes needs a transaction."""

    __slots__ = ("_keys", "_places", "_work")

    def __init__(self, work: Work) -> None:
        self._work = work
        self._places: dict[Identity, int] = {}
        self._keys: dict[Identity, tuple[int, ...]] = {}

    def find(self, patient: Identity) -> Place:
        """Where a patient stands. One round trip."""
        id_number, authority = patient
        found = self._work.execute(_FIND, (authority, id_number)).fetchall()
        return self._place(found)

    def lock(self, patient: Identity) -> Place:
        """As ``find``; submissions, merges and other changes of the patient wait until the work ends. Raises NeedsTransaction."""
        if self._work.is_single:
            raise NeedsTransaction
        place = self.find(patient)
        if self._work.dialect == "postgresql" and place.patient is not None:
            keys = sorted(self._keys[place.patient])
            self._work.execute(_LOCK.format(_marks(keys)), keys).fetchall()
            locked = self.find(patient)
            if locked.patient is None or sorted(self._keys[locked.patient]) != keys:
                raise Conflict("a patient has been merged meanwhile")
            return locked
        return place

    def add_patient(self, patient: Identity) -> None:
        """Makes a patient known; no change if it is."""
        id_number, authority = patient
        self._work.execute(_ADD_PATIENT, (authority, id_number))

    def save(self, record: Record) -> None:
        """Keeps a record where it stands; a new one stands with the effective patient. Raises Conflict."""
        patient = record.identities[0]
        key = self._places.get(patient)
        if key is not None:
            changed = [column for column in RECORD_COLUMNS if column != "patient"]
            assigned = ", ".join(f"{column} = ?" for column in changed)
            statement = f"update record set {assigned} where patient = ?"  # noqa: S608 - columns of ours
            _, *values = rows.record_row(record, key)
            if self._work.execute(statement, [*values, key]).rowcount != 1:
                raise Conflict("a record is no longer there")
            return
        key = self._key_of(patient)
        statement = f"insert into record ({', '.join(RECORD_COLUMNS)}) values ({_marks(RECORD_COLUMNS)})"  # noqa: S608
        self._work.execute(statement, rows.record_row(record, key))
        self._places[patient] = key

    def drop(self, record: Record) -> None:
        """Takes out a record, whoever of a merged patient it stands with, and the authorisations on it."""
        patient = record.identities[0]
        keys = self._keys_of(patient)
        for table in ("record", "authorisation"):
            self._work.execute(f"delete from {table} where patient in ({_marks(keys)})", keys)  # noqa: S608
        self._places.pop(patient, None)

    def find_grants(self, patient: Identity, holders: Collection[str] | None = None) -> list[Grant]:
        """The authorisations on a record, one a holder, of these holders or of all."""
        keys = self._keys_of(patient)
        if not keys or (holders is not None and not holders):
            return []
        statement = f"select {READ_GRANT} from authorisation a where a.patient in ({_marks(keys)})"  # noqa: S608
        if holders is not None:
            statement += f" and a.holder in ({_marks(holders)})"
        found: dict[str, list[Grant]] = {}
        for row in self._work.execute(statement, [*keys, *(holders or ())]).fetchall():
            grant = rows.read_grant(row)
            found.setdefault(grant.holder, []).append(grant)
        return [one for grants in found.values() if (one := worst(grants)) is not None]

    def save_grant(self, patient: Identity, grant: Grant) -> None:
        """Keeps an authorisation: every row of its holder becomes it, or a new one. Raises Conflict, NeedsTransaction."""
        if self._work.is_single:
            raise NeedsTransaction
        keys = self._keys_of(patient)
        changed = [column for column in GRANT_COLUMNS if column not in ("patient", "holder")]
        assigned = ", ".join(f"{column} = ?" for column in changed)
        statement = f"update authorisation set {assigned} where holder = ? and patient in ({_marks(keys)})"  # noqa: S608
        key, holder, *values = rows.grant_row(grant, self._key_of(patient))
        if not self._work.execute(statement, [*values, holder, *keys]).rowcount:
            statement = f"insert into authorisation ({', '.join(GRANT_COLUMNS)}) values ({_marks(GRANT_COLUMNS)})"  # noqa: S608
            self._work.execute(statement, [key, holder, *values])

    def find_by_traits(self, search: Search, maximum: int) -> list[Record]:
        """Active records of bearers of a family name; the other traits are for the judge, save the date of birth."""
        name = folded(search.family)
        begins = "".join(digit for digit in search.birth_date if digit.isdecimal()) + "%"
        found = self._work.execute(_BY_TRAITS, (name, name, begins, maximum)).fetchall()
        return [rows.read_record(row[2:], ((row[0], row[1]),)) for row in found]

    def find_listed(self, holders: Collection[str]) -> list[Listed]:
        """The records on which one of these holders has an authorisation, of each the governing one."""
        marks = _marks(holders)
        found = self._work.execute(_LISTED.format(marks), [*holders, *holders]).fetchall()
        records: dict[Identity, tuple[tuple[bool, int, bool], Record]] = {}
        grants: dict[tuple[Identity, str], list[Grant]] = {}
        additions: dict[Identity, int | None] = {}
        for row in found:
            effective, own = (row[0], row[1]), (row[2], row[3])
            record = rows.read_record(row[4 : 4 + RECORD_WIDTH], tuple(dict.fromkeys((effective, own))))
            rank = effective == own, record.updated_at, record.state is RecordState.ACTIVE
            if effective not in records or records[effective][0] < rank:
                records[effective] = rank, record
            grant = rows.read_grant(row[4 + RECORD_WIDTH : -1])
            grants.setdefault((effective, grant.holder), []).append(grant)
            additions[effective] = row[-1]
        return [
            Listed(records[effective][1], one, additions[effective])
            for (effective, _), several in grants.items()
            if (one := worst(several)) is not None
        ]

    def _place(self, found: list[tuple[Any, ...]]) -> Place:
        if not found:
            return Place()
        identities = tuple(dict.fromkeys((row[2], row[3]) for row in found))
        patient = identities[0]
        self._keys[patient] = tuple(dict.fromkeys(row[1] for row in found))
        self._places.pop(patient, None)
        for row in found:
            if row[4] is not None:
                self._places[patient] = row[1]
                return Place(identities, rows.read_record(row[4:], identities))
        return Place(identities)

    def _keys_of(self, patient: Identity) -> tuple[int, ...]:
        """Internal keys of a patient and of whom it has subsumed; the effective one is first."""
        if patient not in self._keys:
            self.find(patient)
        return self._keys.get(patient, ())

    def _key_of(self, patient: Identity) -> int:
        keys = self._keys_of(patient)
        if not keys:
            raise Conflict("a patient is no longer known")
        return keys[0]


def _marks(values: Iterable[object]) -> str:
    return ", ".join("?" for _ in values)
