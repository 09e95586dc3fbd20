"""What waits to be sent, written in the transaction of what it tells: notices to patients, and lines that become audit messages.

A row is there as long as it is owed, and goes once it was handed on: what is interrupted between the two is handed on again. Sending
is not done here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from audit.notices import Notice, NoticeKind, write_notice
from sql.database import Step, Work

BATCH = 100
"""Rows handed on at a time."""

_SENDER = 0x436F666672650020
"""Whoever holds this lock of the database sends audit messages: one process, however many services share the database."""

SAID = "journal_said"
"""The step that tells the patient's key and the line."""

_READER = "journal_reader_new"
_ADD_READER = "insert into journal_reader (patient, person) values (?, ?) on conflict (patient, person) do nothing"
_JOIN_READER = """
insert into journal_reader (patient, person) select patient, ? from journal_said where patient <> 0
on conflict (patient, person) do nothing returning patient"""
_ADD_NOTICE = "insert into notice (body) values (?)"
_JOIN_FIRST = "insert into notice (body) select ?::bytea from journal_reader_new"
_ADD_AUDIT = "insert into audit_outbox (line, circumstances) values (?, ?)"
_JOIN_AUDIT = "insert into audit_outbox (line, circumstances) select line, ?::bytea from journal_said"
_TAKE_NOTICES = "delete from notice where key in (select key from notice order by key limit ?{0}) returning key, body"
_FETCH_AUDITS = "select key, line, circumstances from audit_outbox order by key limit ?"
_REMOVE_AUDIT = "delete from audit_outbox where key = ?"


class Owed(NamedTuple):
    """A row that waits: its key and its content; of an audit message, the line and the circumstances."""

    key: int
    line: bytes
    circumstances: bytes = b""


def steps(notices: Sequence[Notice], circumstances: bytes | None) -> Iterator[Step]:
    """The rows as steps of one statement, after ``SAID``. Of first accesses a line owes one at most."""
    for notice in notices:
        body = write_notice(notice)
        if notice.kind is NoticeKind.FIRST_ACCESS:
            yield Step(_READER, _JOIN_READER, (notice.person_id,))
            yield Step("", _JOIN_FIRST, (body,))
        else:
            yield Step("", _ADD_NOTICE, (body,))
    if circumstances is not None:
        yield Step("", _JOIN_AUDIT, (circumstances,))


def add(work: Work, patient: int, line: bytes, notices: Sequence[Notice], circumstances: bytes | None) -> None:
    """The rows one by one, as SQLite takes them. ``patient`` is the internal key; nobody has no first reader."""
    for notice in notices:
        if notice.kind is NoticeKind.FIRST_ACCESS and (
            patient == 0 or work.execute(_ADD_READER, (patient, notice.person_id)).rowcount != 1
        ):
            continue
        work.execute(_ADD_NOTICE, (write_notice(notice),))
    if circumstances is not None:
        work.execute(_ADD_AUDIT, (line, circumstances))


def take_notices(work: Work, limit: int = BATCH) -> list[Owed]:
    """Takes out the notices that have waited longest; they are owed no more once this unit of work commits."""
    # Two services that take at once take different ones.
    lock = " for update skip locked" if work.dialect == "postgresql" else ""
    rows = work.execute(_TAKE_NOTICES.format(lock), (limit,)).fetchall()
    return sorted(Owed(int(key), bytes(body)) for key, body in rows)


def is_sender(work: Work) -> bool:
    """Whether this thread's connection is the one that sends audit messages; it stays so until it is closed."""
    if work.dialect == "sqlite":
        return True  # one machine, and one thread of it
    return bool(work.execute("select pg_try_advisory_lock(?::bigint)", (_SENDER,)).scalar_one())


def fetch_audits(work: Work, limit: int = BATCH) -> list[Owed]:
    """The lines that have waited longest to be told to the audit repository."""
    return [
        Owed(int(key), bytes(line), bytes(circumstances))
        for key, line, circumstances in work.execute(_FETCH_AUDITS, (limit,)).fetchall()
    ]


def remove_audits(work: Work, owed: Sequence[Owed]) -> None:
    """Takes out what was sent."""
    work.execute_many(_REMOVE_AUDIT, [(row.key,) for row in owed])
