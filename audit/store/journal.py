"""The journal as rows: a line is added with its link and what is owed for it, in one statement on PostgreSQL. [decision 7]

A chain belongs to the identity under which the patient was named; after a merge the chains of both are read together. Lines about
nobody known here stand in the chain of patient 0.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice

from audit import chain
from audit.circumstances import Circumstances, write_circumstances
from audit.line import Line
from audit.notices import Notice
from audit.store import outbox
from sql.database import Step, Work
from sql.postgresql import at_once

NOBODY = 0
"""The chain of lines about no patient, or about one who is not known."""

_PAGE = 200

_SAID = """
select coalesce((select key from patient where authority = ? and id_number = ?), 0) as patient, ?::bytea as line"""
# The row of the head is locked by this, so that the lines of one patient are written one after the other.
_HEAD = """
insert into journal_head (patient, lines, hash)
select patient, 1, sha256(sha256(int8send(patient)) || int8send(1::bigint) || line) from journal_said
on conflict (patient) do update set
    lines = journal_head.lines + 1,
    hash = sha256(journal_head.hash || int8send(journal_head.lines + 1) || (select line from journal_said))
returning patient, lines, hash"""
_LINE = """
insert into journal (patient, sequence, line, hash)
select h.patient, h.lines, s.line, h.hash from journal_head_now h, journal_said s"""

_PATIENT = "select key from patient where authority = ? and id_number = ?"
_FIND_HEAD = "select lines, hash from journal_head where patient = ?"
_SET_HEAD = """
insert into journal_head (patient, lines, hash) values (?, ?, ?)
on conflict (patient) do update set lines = excluded.lines, hash = excluded.hash"""
_ADD_LINE = "insert into journal (patient, sequence, line, hash) values (?, ?, ?, ?)"

_CHAINS = """
select p.key from patient p join patient named on named.authority = ? and named.id_number = ?
where p.key = coalesce(named.subsumed_by, named.key) or p.subsumed_by = coalesce(named.subsumed_by, named.key)"""
_LATEST = "select sequence, line from journal where patient = ? and sequence < ? order by sequence desc limit ?"
_SEQUENCE_MAX = 2**63 - 1


def append(work: Work, line: Line, notices: Sequence[Notice] = (), audit: Circumstances | bool | None = None) -> None:
    """Adds a line, and what is owed for it: notices to the patient, and a message to the audit repository.

    ``audit``: the circumstances that the message tells, True where nothing is known of them; else there is no message. On PostgreSQL
    one statement, or a part of the single one. Raises Conflict.
    """
    written = chain.write_line(line)
    id_number, authority = line.patient or ("", "")
    known = Circumstances() if audit is True else audit or None
    circumstances = write_circumstances(known) if known is not None else None
    if work.dialect == "sqlite":
        patient = _add(work, authority, id_number, written)
        outbox.add(work, patient, written, notices, circumstances)
        return
    steps = [
        Step(outbox.SAID, _SAID, (authority, id_number, written)),
        Step("journal_head_now", _HEAD, ()),
        Step("", _LINE, ()),
        *outbox.steps(notices, circumstances),
    ]
    if work.is_single:
        work.join_steps(steps)
    else:
        statement = at_once(tuple((step.name, step.statement) for step in steps), "select 1")
        work.execute(statement, [value for step in steps for value in step.parameters])


def find_lines(
    work: Work,
    patient: tuple[str, str] | None,
    *,
    limit: int,
    before: datetime | None = None,
    person_id: str | None = None,
) -> tuple[Line, ...]:
    """Lines about a patient (id number, OID), under every identity they have had, the newest first; None: about nobody known.

    ``before``: older than that moment. ``person_id``: only what that person did.
    """
    chains = [_newest_first(work, key) for key in _chains_of(work, patient)]
    found = (
        line
        for line in heapq.merge(*chains, key=lambda line: line.at, reverse=True)
        if (before is None or line.at < before) and (person_id is None or line.person_id == person_id)
    )
    return tuple(islice(found, limit))


def _add(work: Work, authority: str, id_number: str, written: bytes) -> int:
    known = work.execute(_PATIENT, (authority, id_number)).first()
    patient = NOBODY if known is None else int(known[0])
    head = work.execute(_FIND_HEAD, (patient,)).first()
    lines, previous = (0, chain.start_of(patient)) if head is None else (int(head[0]), bytes(head[1]))
    hashed = chain.link(previous, lines + 1, written)
    work.execute(_SET_HEAD, (patient, lines + 1, hashed))
    work.execute(_ADD_LINE, (patient, lines + 1, written, hashed))
    return patient


def _chains_of(work: Work, patient: tuple[str, str] | None) -> list[int]:
    if patient is None:
        return [NOBODY]
    id_number, authority = patient
    return [int(row[0]) for row in work.execute(_CHAINS, (authority, id_number)).fetchall()]


def _newest_first(work: Work, patient: int) -> Iterator[Line]:
    last = _SEQUENCE_MAX
    while True:
        page = work.execute(_LATEST, (patient, last, _PAGE)).fetchall()
        for _, written in page:
            yield chain.read_line(bytes(written))
        if len(page) < _PAGE:
            return
        last = int(page[-1][0])
