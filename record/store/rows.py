"""Rows of the tables ``record`` and ``authorisation`` ⇄ facts. [decision 6]"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from access.caller import Identity
from access.mandate import RecordState
from record.facts import Closing, Grant, GrantState, Record, Treating
from record.person import folded
from record.store import people

Row = tuple[object, ...]

STATES = {1: RecordState.ACTIVE, 2: RecordState.CLOSED, 3: RecordState.OPPOSED}
_NUMBERS = {state: number for number, state in STATES.items()}

RECORD_COLUMNS = (
    *("patient", "state", "created_at", "updated_at", "closed_at", "closing", "has_account", "is_attached"),
    *("opposes_break_glass", "opposes_regulation", "shows_masked", "birth_date"),
    *("birth_family_key", "used_family_key", "person"),
)
GRANT_COLUMNS = (
    *("patient", "holder", "name", "roles", "state", "treating", "started_at", "expires_at"),
    *("last_access_at", "last_addition_at"),
)

READ_RECORD = (
    "r.state, r.created_at, r.updated_at, r.closed_at, r.closing, r.has_account, r.is_attached, "
    "r.opposes_break_glass, r.opposes_regulation, r.shows_masked, r.person"
)
"""What ``read_record`` wants of a row of ``record r``, in this order."""

READ_GRANT = (
    "a.holder, a.name, a.roles, a.state, a.treating, a.started_at, a.expires_at, a.last_access_at, a.last_addition_at"
)
"""What ``read_grant`` wants of a row of ``authorisation a``, in this order."""

RECORD_WIDTH = READ_RECORD.count(",") + 1

FAMILY = """
with given (key) as (select coalesce(subsumed_by, key) from patient where authority = ? and id_number = ? limit 1),
family (key, effective) as (
    select key, key from given union all select x.key, given.key from given join patient x on x.subsumed_by = given.key
    limit 1000)"""
"""The patient of an identity, and everybody who was merged into it.

An ``or`` in a join would scan every patient; the limits tell SQLite that these are few, or it looks through every authorisation to make
a filter. [measured]
"""


def record_row(record: Record, key: int) -> Row:
    """The row of a record, in the order of RECORD_COLUMNS."""
    person = record.person
    return (
        key,
        _NUMBERS[record.state],
        record.created_at,
        record.updated_at,
        record.closed_at,
        json.dumps(record.closing, ensure_ascii=False) if any(record.closing) else "",
        int(record.has_account),
        int(record.is_attached),
        int(record.opposes_break_glass),
        int(record.opposes_regulation),
        int(record.shows_masked_in_emergency),
        person.birth_date,
        folded(person.birth_family),
        folded(person.used_family),
        people.write_person(person),
    )


def read_record(row: Sequence[Any], identities: tuple[Identity, ...]) -> Record:
    """The record of columns READ_RECORD."""
    state, created_at, updated_at, closed_at, closing, *flags, person = row
    has_account, is_attached, break_glass, regulation, shows_masked = map(bool, flags)
    return Record(
        identities=identities,
        state=STATES[state],
        created_at=created_at,
        updated_at=updated_at,
        closed_at=closed_at,
        closing=Closing(*json.loads(closing)) if closing else Closing(),
        person=people.read_person(person),
        has_account=has_account,
        is_attached=is_attached,
        opposes_break_glass=break_glass,
        opposes_regulation=regulation,
        shows_masked_in_emergency=shows_masked,
    )


def grant_row(grant: Grant, key: int) -> Row:
    """The row of an authorisation, in the order of GRANT_COLUMNS."""
    roles = people.write_roles(grant.profession, grant.specialty)
    times = grant.started_at, grant.expires_at, grant.last_access_at, grant.last_addition_at
    return key, grant.holder, grant.name, roles, int(grant.state), int(grant.treating), *times


def read_grant(row: Sequence[Any]) -> Grant:
    """The authorisation of columns READ_GRANT."""
    holder, name, roles, state, treating, started_at, expires_at, last_access_at, last_addition_at = row
    profession, specialty = people.read_roles(roles)
    return Grant(
        holder=holder,
        name=name,
        profession=profession,
        specialty=specialty,
        state=GrantState(state),
        treating=Treating(treating),
        started_at=started_at,
        expires_at=expires_at,
        last_access_at=last_access_at,
        last_addition_at=last_addition_at,
    )
