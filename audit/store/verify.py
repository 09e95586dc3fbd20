"""Reads the whole journal and tells every place that is not as it was written. [CSP R1111-40: traceability]"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain as one_after_another
from typing import Any

from audit.chain import Flaw, Head, Inspection, Link
from audit.store import seals
from sql.database import Work

_PAGE = 1000

_LINES = """
select patient, sequence, line, hash from journal where (patient, sequence) > (?, ?)
order by patient, sequence limit ?"""
_HEADS = "select patient, lines, hash from journal_head where patient > ? order by patient limit ?"
_SNAPSHOT = "begin isolation level repeatable read read only"
_BEFORE_ALL = -(2**63)


def verify(work: Work) -> Iterator[Flaw]:
    """Every flaw, chain by chain, then seal by seal. ``work`` is of ``Database.read``, and sees one moment until the last is told."""
    if work.dialect == "sqlite":
        yield from _verify(work)
        return
    # Lines are added while we read: all pages must be of one moment.
    work.execute(_SNAPSHOT)
    try:
        yield from _verify(work)
    finally:
        work.execute("rollback")


def _verify(work: Work) -> Iterator[Flaw]:
    yield from one_after_another(_verify_chains(work), seals.verify(work))


def _verify_chains(work: Work) -> Iterator[Flaw]:
    lines, heads = _lines(work), _heads(work)
    line, head = next(lines, None), next(heads, None)
    while line is not None or head is not None:
        patient = min(found[0] for found in (line, head) if found is not None)
        inspection = Inspection(patient)
        while line is not None and line[0] == patient:
            yield from inspection.follow(line[1])
            line = next(lines, None)
        if head is not None and head[0] == patient:
            yield from inspection.end(head[1])
            head = next(heads, None)
        else:
            yield from inspection.end(None)


def _lines(work: Work) -> Iterator[tuple[int, Link]]:
    last: tuple[int, int] = (_BEFORE_ALL, 0)
    while True:
        page = work.execute(_LINES, (*last, _PAGE)).fetchall()
        for patient, sequence, line, hashed in page:
            yield int(patient), Link(int(sequence), bytes(line), bytes(hashed))
        if len(page) < _PAGE:
            return
        last = int(page[-1][0]), int(page[-1][1])


def _heads(work: Work) -> Iterator[tuple[int, Head]]:
    last: Any = _BEFORE_ALL
    while True:
        page = work.execute(_HEADS, (last, _PAGE)).fetchall()
        for patient, lines, hashed in page:
            yield int(patient), Head(int(lines), bytes(hashed))
        if len(page) < _PAGE:
            return
        last = int(page[-1][0])


def count_lines(work: Work) -> int:
    """How many lines the heads know of."""
    return int(work.execute("select coalesce(sum(lines), 0) from journal_head").scalar_one())
