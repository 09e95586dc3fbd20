"""What was found in documents after they had been accepted: one report a document, the last one. [decision 9]"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sql.database import Work

_PUT = """
insert into content_report (unique_id, reported_at, clean, report) values (?, ?, ?, ?)
on conflict (unique_id) do update set
    reported_at = excluded.reported_at, clean = excluded.clean, report = excluded.report"""
_FIND = "select unique_id, reported_at, clean, report from content_report where unique_id = ?"
_LATEST = """
select unique_id, reported_at, clean, report from content_report where clean <= ?
order by reported_at desc, unique_id limit ?"""


class KeptReport(NamedTuple):
    """A report: when it was made (14 digits, UTC), whether nothing was found, and the findings as JSON."""

    unique_id: str
    reported_at: int
    is_clean: bool
    report: bytes


def put_report(work: Work, kept: KeptReport) -> None:
    """Keeps a report in the place of an earlier one of that document."""
    work.execute(_PUT, (kept.unique_id, kept.reported_at, int(kept.is_clean), kept.report))


def find_report(work: Work, unique_id: str) -> KeptReport | None:
    """The report about a document, if there is one."""
    row = work.execute(_FIND, (unique_id,)).first()
    return None if row is None else _read(row)


def find_latest(work: Work, limit: int, *, with_clean: bool = False) -> tuple[KeptReport, ...]:
    """The reports that were made last, the newest first; those that found nothing too, or not."""
    return tuple(map(_read, work.execute(_LATEST, (int(with_clean), limit)).fetchall()))


def _read(row: Sequence[Any]) -> KeptReport:
    return KeptReport(row[0], int(row[1]), bool(row[2]), bytes(row[3]))
