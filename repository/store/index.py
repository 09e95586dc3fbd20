"""What the repository holds: which uniqueId is which bytes. Rows of the table ``document``, one a uniqueId.

A row is *held* once the registry has accepted its entry, and only then given out. Where registry and repository share a database that
happens in one transaction (``add_holdings``). Where the registry is elsewhere, the row is *offered* first, so that the bytes stay while
the answer is awaited: ``offer``, then ``add_holdings`` on acceptance or ``withdraw`` on refusal; no answer leaves it offered.
What may not live here: the bytes (``content``), and any opinion on a submission.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import IntEnum
from itertools import islice
from typing import Any, NamedTuple

from repository.store.content import IsHeld
from sql.database import Dialect, Work

ROWS_MAX = 1000
"""Rows in one statement: SQLite counts 32,766 parameters, PostgreSQL 65,535."""

Read = Callable[[], AbstractContextManager[Work]]
"""Opens a unit of work that only reads and sees what is committed now (``Database.read``)."""


Settle = Callable[
    [Callable[[Work], tuple["Holding", ...]], Callable[[tuple["Holding", ...]], bool]], tuple["Holding", ...]
]
"""Does something in a unit of work that commits, again where somebody else was faster (``Database.settle``)."""

RemoveHoldings = Callable[[Iterable[str]], tuple["Holding", ...]]
"""Takes documents out of the index by uniqueId, committed when it returns; gives those that were held."""


class HoldingState(IntEnum):
    """Whether the registry has accepted the entry of a document."""

    OFFERED = 1
    HELD = 2


@dataclass(frozen=True, slots=True)
class Holding:
    """One document by its uniqueId: its bytes by SHA-256, size and mimeType, and the submission that brought it.

    ``submission_unique_id`` is the uniqueId of the SubmissionSet. ``offered_at`` in Unix seconds.
    """

    unique_id: str
    digest: bytes
    size: int
    mime_type: str
    submission_unique_id: str
    offered_at: int


class Offer(NamedTuple):
    """What came of offering: rows that are new and this submission's own to withdraw, and uniqueIds that are other bytes already."""

    fresh: tuple[Holding, ...]
    clashes: tuple[str, ...]


_COLUMNS = "unique_id, digest, size, mime_type, state, submission_unique_id, offered_at"


def _per_dialect(statement: str) -> dict[Dialect, str]:
    """A statement as each dialect reads it."""
    named = statement.replace("{columns}", _COLUMNS)
    return {
        "sqlite": named.replace("= {any}", "in (select value from json_each(?))"),
        "postgresql": named.replace("{any}", "any(?)"),
    }


_FIND = _per_dialect("select {columns} from document where unique_id = {any}")
_IS_HELD = _per_dialect("select 1 from document where digest = ? limit 1")
_OFFERED_BEFORE = _per_dialect("select {columns} from document where state = 1 and offered_at < ? order by unique_id")
_PAGE = _per_dialect(
    "select {columns} from document where (digest, unique_id) > (?, ?) order by digest, unique_id limit ?"
)
# The moment of an offer is its token: who builds on a row that was there moves it on, so that the first cannot withdraw it.
_TOUCH = _per_dialect(
    "update document set offered_at = case when offered_at < ? then ? else offered_at + 1 end"
    " where unique_id = ? and digest = ? and state = 1"
)
_WITHDRAW = _per_dialect("delete from document where unique_id = ? and digest = ? and offered_at = ? and state = 1")
_ADD_NEW = _per_dialect(
    "insert into document ({columns}) values {rows} on conflict (unique_id) do nothing returning unique_id"
)
_ADD = _per_dialect("insert into document ({columns}) values {rows}")
_ACCEPT = _per_dialect(
    "insert into document ({columns}) values {rows} on conflict (unique_id) do update set"
    " digest = excluded.digest, size = excluded.size, mime_type = excluded.mime_type, state = excluded.state,"
    " submission_unique_id = excluded.submission_unique_id, offered_at = excluded.offered_at"
    " where document.state = 1"
)
_REMOVE = _per_dialect("delete from document where unique_id = {any} and state = 2 returning {columns}")
_ROW = "(?, ?, ?, ?, ?, ?, ?)"


def add_holdings(work: Work, holdings: Sequence[Holding]) -> tuple[str, ...]:
    """Records documents whose entries the registry has accepted; gives the uniqueIds that are held as other bytes already.

    A uniqueId held already stays as it is, be it the same bytes or others. One that was offered becomes what was accepted.
    """
    clashes: list[str] = []
    for some in _batches(holdings):
        if work.execute(_with_rows(_ACCEPT, work.dialect, len(some)), _values(some, HoldingState.HELD)).rowcount < len(
            some
        ):
            clashes += _find_clashes(work, some)
    return tuple(clashes)


def join_holdings(work: Work, holdings: Sequence[Holding]) -> None:
    """Has the single statement of a unit of work record documents that nobody holds yet; one that is known makes it fail."""
    for some in _batches(holdings):
        work.join(_with_rows(_ADD, work.dialect, len(some)), _values(some, HoldingState.HELD))


def offer(work: Work, holdings: Sequence[Holding]) -> Offer:
    """Records documents before a registry elsewhere is asked, so that their bytes stay whatever becomes of us.

    Rows that were there are not fresh: another submission, or an earlier try whose answer was lost, may rely on them.
    """
    fresh: list[Holding] = []
    clashes: list[str] = []
    for some in _batches(holdings):
        rows = work.execute(
            _with_rows(_ADD_NEW, work.dialect, len(some)), _values(some, HoldingState.OFFERED)
        ).fetchall()
        new = {row[0] for row in rows}
        fresh += (holding for holding in some if holding.unique_id in new)
        known = [holding for holding in some if holding.unique_id not in new]
        for holding in known:
            moment = holding.offered_at
            work.execute(_TOUCH[work.dialect], (moment, moment, holding.unique_id, holding.digest))
        clashes += _find_clashes(work, known)
    return Offer(tuple(fresh), tuple(clashes))


def withdraw(work: Work, fresh: Sequence[Holding]) -> None:
    """Takes back what ``offer`` gave as fresh, once the registry has refused; a row that somebody else has offered since stays."""
    for holding in fresh:
        work.execute(_WITHDRAW[work.dialect], (holding.unique_id, holding.digest, holding.offered_at))


def remove_holdings(work: Work, unique_ids: Iterable[str]) -> tuple[Holding, ...]:
    """Takes documents out and gives those that were held; an offered one is not there yet for anybody."""
    return tuple(holding for holding, _ in _ask(work, _REMOVE, unique_ids))


def find_holdings(work: Work, unique_ids: Iterable[str]) -> dict[str, Holding]:
    """Of these documents those that are held, by uniqueId."""
    return {holding.unique_id: holding for holding, state in _find(work, unique_ids) if state is HoldingState.HELD}


def find_offers(work: Work, offered_before: int) -> tuple[Holding, ...]:
    """Documents offered before that moment (Unix seconds) of which the registry's answer never came."""
    rows = work.execute(_OFFERED_BEFORE[work.dialect], (offered_before,)).fetchall()
    return tuple(_read_row(row)[0] for row in rows)


def digest_is_held(work: Work, digest: bytes) -> bool:
    """Whether a document, held or offered, is these bytes."""
    return work.execute(_IS_HELD[work.dialect], (digest,)).first() is not None


def asking(read: Read) -> IsHeld:
    """``digest_is_held`` as the content store asks it: in a unit of work of its own, begun when it is asked."""

    def is_held(digest: bytes) -> bool:
        with read() as work:
            return digest_is_held(work, digest)

    return is_held


def removing(settle: Settle) -> RemoveHoldings:
    """``remove_holdings`` in a unit of work of its own, which has ended when the bytes are looked at."""

    def remove(unique_ids: Iterable[str]) -> tuple[Holding, ...]:
        named = tuple(unique_ids)  # read once: the work may be done again
        return settle(lambda work: remove_holdings(work, named), lambda _: False)

    return remove


def iterate_holdings(read: Read) -> Iterator[Holding]:
    """Every row, offered ones too, in the order of digests; page by page, so that no unit of work stays open for long."""
    last: tuple[bytes, str] = (b"", "")
    while True:
        with read() as work:
            page = [_read_row(row)[0] for row in work.execute(_PAGE[work.dialect], (*last, ROWS_MAX)).fetchall()]
        yield from page
        if len(page) < ROWS_MAX:
            return
        last = (page[-1].digest, page[-1].unique_id)


def _find(work: Work, unique_ids: Iterable[str]) -> list[tuple[Holding, HoldingState]]:
    return _ask(work, _FIND, unique_ids)


def _ask(work: Work, statement: dict[Dialect, str], unique_ids: Iterable[str]) -> list[tuple[Holding, HoldingState]]:
    wanted = list(dict.fromkeys(unique_ids))
    if not wanted:
        return []
    named = json.dumps(wanted) if work.dialect == "sqlite" else wanted
    rows = work.fetch(statement[work.dialect], (named,))
    return [_read_row(row) for row in rows]


def _find_clashes(work: Work, holdings: Sequence[Holding]) -> list[str]:
    digests = {holding.unique_id: holding.digest for holding in holdings}
    return [holding.unique_id for holding, _ in _find(work, digests) if holding.digest != digests[holding.unique_id]]


def _read_row(row: Sequence[Any]) -> tuple[Holding, HoldingState]:
    unique_id, digest, size, mime_type, state, submission_unique_id, offered_at = row
    return Holding(unique_id, digest, size, mime_type, submission_unique_id, offered_at), HoldingState(state)


def _batches(holdings: Sequence[Holding]) -> Iterator[list[Holding]]:
    # In one order for everybody: two submissions that meet on several rows cannot wait for each other in a circle.
    ordered = iter(sorted(holdings, key=lambda holding: holding.unique_id))
    while some := list(islice(ordered, ROWS_MAX)):
        yield some


def _values(holdings: Sequence[Holding], state: HoldingState) -> list[object]:
    return [
        value
        for holding in holdings
        for value in (
            holding.unique_id,
            holding.digest,
            holding.size,
            holding.mime_type,
            state.value,
            holding.submission_unique_id,
            holding.offered_at,
        )
    ]


def _with_rows(statement: dict[Dialect, str], dialect: Dialect, rows: int) -> str:
    return statement[dialect].replace("{rows}", ", ".join([_ROW] * rows))
