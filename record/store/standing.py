"""The standing of a caller on a record, in one statement, two for the merged: the hot path of every request with an assertion.

Merged patients are one patient: the survivor's own record counts, else the one of those it has subsumed that changed last; of several
authorisations a block counts, then what is valid.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from access.caller import Caller, Identity
from access.mandate import Authorisation, RecordState, Standing
from record.authorising import holders_of
from record.facts import DAY, GrantState, Treating, authorisation_of, day_of, is_past_keeping
from record.store.rows import FAMILY, STATES
from record.traits import is_minor
from sql.database import Work
from xds.domain import RecordPolicy

_COLUMNS = """r.updated_at, r.state, r.closed_at,
    r.opposes_break_glass, r.opposes_regulation, r.shows_masked, r.birth_date, r.person, a.state, a.treating, a.expires_at"""
# Whether that is all, or the patient was merged: each row is found by a key, whatever the planner knows of the tables. [measured: without
# statistics the whole family costs 2.8 ms among 20,000 patients]
_ALONE = f"""
select p.id_number, p.authority,
    case when p.subsumed_by is null and not exists (select 1 from patient x where x.subsumed_by = p.key) then 1 else 0 end,
    {_COLUMNS}
from patient p
left join record r on r.patient = p.key
left join authorisation a on a.patient = p.key and a.holder in (?, ?)
where p.authority = ? and p.id_number = ?"""  # noqa: S608 - a text of ours
_TOGETHER = f"""{FAMILY}
select p.id_number, p.authority, case when f.key = p.key then 1 else 0 end, {_COLUMNS}
from family f
join patient p on p.key = f.effective
left join record r on r.patient = f.key
left join authorisation a on a.patient = f.key and a.holder in (?, ?)"""  # noqa: S608 - a text of ours

_WORTH = (Authorisation.FORBIDDEN, Authorisation.VALID, Authorisation.EXPIRED, Authorisation.NONE)


def fetch_standing(work: Work, patient: Identity, caller: Caller | None, today: date, policy: RecordPolicy) -> Standing:
    """What the record says of itself and of the caller; of a patient who is not known, that there is none.

    One round trip, a second one for the merged.
    """
    holders = (*(holders_of(caller) if caller is not None else ()), "", "")[:2]
    id_number, authority = patient
    rows = work.fetch(_ALONE, (*holders, authority, id_number))
    if rows and not rows[0][2]:
        rows = work.fetch(_TOGETHER, (authority, id_number, *holders))
    return standing_of(rows, patient, day_of(today), policy) if rows else Standing(patient=patient)


def standing_of(rows: Sequence[tuple[Any, ...]], patient: Identity, today: int, policy: RecordPolicy) -> Standing:
    """The standing that rows of the statement tell; ``today`` has 8 digits. Pure."""
    grants = [row[11:14] for row in rows if row[11] is not None]
    worths = {authorisation_of(GrantState(state), expires_at, today * DAY) for state, _, expires_at in grants}
    authorisation = next((each for each in _WORTH if each in worths), Authorisation.NONE)
    is_treating = any(
        treating != Treating.NO and state == GrantState.ACTIVE and (expires_at is None or expires_at > today * DAY)
        for state, treating, expires_at in grants
    )
    effective = (rows[0][0], rows[0][1]) if rows else patient
    records = [row[2:11] for row in rows if row[4] is not None]
    if not records:
        return Standing(patient=effective, authorisation=authorisation, is_treating=is_treating)
    _, _, number, closed_at, break_glass, regulation, shows_masked, birth_date, person = max(
        records, key=lambda row: (row[0], row[1], -row[2])
    )
    state = STATES[number]
    if state is RecordState.CLOSED and is_past_keeping(closed_at, today, policy):
        state = RecordState.NONE
    return Standing(
        patient=effective,
        state=state,
        authorisation=authorisation,
        is_treating=is_treating and authorisation is Authorisation.VALID,
        opposes_break_glass=bool(break_glass),
        opposes_regulation=bool(regulation),
        shows_masked_in_emergency=bool(shows_masked),
        is_minor=is_minor(birth_date, today, policy.majority_years),
        person=person if birth_date else "",
    )
