"""What runs beside the requests: records that have been kept long enough, and when an authorisation was last made use of."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from access.caller import Caller, Identity
from access.mandate import RecordState
from record.authorising import holders_of
from record.facts import DAY, YEAR, day_of
from record.store.rows import STATES
from sql.database import Work
from xds.domain import RecordPolicy

_EXPIRED = """
select g.id_number, g.authority, r.state, r.closed_at from record r join patient g on g.key = r.patient
where r.state <> 1 and r.created_at is not null and r.closed_at < ? order by r.closed_at, r.patient limit ?"""
_OF = "patient = (select key from patient where authority = ? and id_number = ?)"
_FORGET_GRANTS = f"delete from authorisation where {_OF}"  # noqa: S608 - ours
_FORGET_RECORD = f"delete from record where {_OF}"  # noqa: S608 - ours
_KEEP_OPPOSITION = f"""
update record set created_at = null, closing = '', person = '', birth_date = '', birth_family_key = '', used_family_key = ''
where {_OF}"""  # noqa: S608 - ours
_NOTE = """
update authorisation set {0} = ? where holder in (?, ?) and state = 1 and patient in (
    select coalesce(subsumed_by, key) from patient where authority = ? and id_number = ?
    union all select x.key from patient g join patient x on x.subsumed_by = coalesce(g.subsumed_by, g.key)
    where g.authority = ? and g.id_number = ?)"""


class Expired(NamedTuple):
    """A record past keeping. Of one that is ``OPPOSED`` the documents go, and the opposition stays."""

    patient: Identity
    state: RecordState
    closed_at: int


def expired_records(work: Work, today: date, policy: RecordPolicy, maximum: int = 1000) -> list[Expired]:
    """Records closed, or left for an opposition, so long ago that what they hold is to be erased, oldest first. [CSP L1111-18]"""
    # The first day that is still to be kept, at its beginning.
    limit = (day_of(today) - policy.kept_years * YEAR + 1) * DAY
    found = work.execute(_EXPIRED, (limit, maximum))
    return [Expired((row[0], row[1]), STATES[row[2]], row[3]) for row in found]


def close_books(work: Work, expired: Expired) -> None:
    """Takes out a record past keeping, and the authorisations on it; of an opposition nothing but itself stays."""
    id_number, authority = expired.patient
    work.execute(_FORGET_GRANTS, (authority, id_number))
    statement = _KEEP_OPPOSITION if expired.state is RecordState.OPPOSED else _FORGET_RECORD
    work.execute(statement, (authority, id_number))


def note_access(work: Work, patient: Identity, caller: Caller, at: int) -> None:
    """Notes that a caller consulted, with the authorisations that they have. ``at``: 14 digits. [DMP: TD0.4]"""
    _note(work, "last_access_at", patient, caller, at)


def note_addition(work: Work, patient: Identity, caller: Caller, at: int) -> None:
    """Notes that a caller submitted, with the authorisations that they have. ``at``: 14 digits. [DMP: TD1.6]"""
    _note(work, "last_addition_at", patient, caller, at)


def _note(work: Work, column: str, patient: Identity, caller: Caller, at: int) -> None:
    holders = (*holders_of(caller), "", "")[:2]
    id_number, authority = patient
    statement, parameters = _NOTE.format(column), (at, *holders, *(authority, id_number) * 2)
    if work.is_single:
        work.join(statement, parameters)
    else:
        work.execute(statement, parameters)
