"""Seals over all chains: whoever rewrites lines and heads alike would have to rewrite a hash that has left the house as well.

A seal tells which chains had grown since the one before, and how long they were; its hash binds the hashes of their last lines and the
hash of the seal before. It is printed to the log, so that a copy lies where the database's keeper cannot reach.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from audit.chain import Flaw, What
from sql.database import Work

_PAGE = 5000
_FIRST = bytes(32)

_LAST = "select number, sealed_at, chains, hash from journal_seal order by number desc limit 1"
_ALL = "select number, sealed_at, chains, hash from journal_seal order by number"
_TAKE = """
insert into journal_sealed (patient, lines, seal)
select h.patient, h.lines, ? from journal_head h
where h.lines > coalesce((select max(s.lines) from journal_sealed s where s.patient = h.patient), 0)"""
_SEALED = """
select s.patient, s.lines, j.hash from journal_sealed s
left join journal j on j.patient = s.patient and j.sequence = s.lines
where s.seal = ? and s.patient > ? order by s.patient limit ?"""
_ADD = "insert into journal_seal (number, sealed_at, chains, hash) values (?, ?, ?, ?)"


class Seal(NamedTuple):
    """One seal. ``sealed_at``: UTC as a number of 14 digits. ``chains``: how many had grown."""

    number: int
    sealed_at: int
    chains: int
    hash: bytes


def put(work: Work, now: datetime) -> Seal | None:
    """Seals what has grown since the last seal, if anything has. Raises Conflict where somebody else is sealing too."""
    last = find_last(work)
    number, previous = (last.number + 1, last.hash) if last is not None else (1, _FIRST)
    taken = work.execute(_TAKE, (number,)).rowcount
    if taken == 0:
        return None
    sealed_at = int(now.strftime("%Y%m%d%H%M%S"))
    seal = Seal(number, sealed_at, taken, _hash(work, previous, number, sealed_at)[1])
    work.execute(_ADD, seal)
    return seal


def find_last(work: Work) -> Seal | None:
    """The newest seal."""
    row = work.execute(_LAST).first()
    return None if row is None else _read(row)


def find_all(work: Work) -> list[Seal]:
    """Every seal, the oldest first."""
    return [_read(row) for row in work.execute(_ALL).fetchall()]


def verify(work: Work) -> Iterator[Flaw]:
    """Computes every seal again from the lines as they are now."""
    previous, expected = _FIRST, 1
    for seal in find_all(work):
        if seal.number != expected:
            yield Flaw(0, expected, What.SEAL_DIFFERS, f"the seals before number {seal.number} are not there")
        chains, found = _hash(work, previous, seal.number, seal.sealed_at)
        # After a gap the hash of the seal before is lost, and with it what this one could prove.
        if seal.number == expected and (chains, found) != (seal.chains, seal.hash):
            yield Flaw(0, seal.number, What.SEAL_DIFFERS, "lines that it was put on are not as they were")
        previous, expected = seal.hash, seal.number + 1


def _hash(work: Work, previous: bytes, number: int, sealed_at: int) -> tuple[int, bytes]:
    """How many chains a seal is on, and its hash."""
    digest = sha256(previous + number.to_bytes(8, "big") + sealed_at.to_bytes(8, "big"))
    chains, last = 0, -1
    while True:
        page = work.execute(_SEALED, (number, last, _PAGE)).fetchall()
        for patient, lines, hashed in page:
            digest.update(int(patient).to_bytes(8, "big") + int(lines).to_bytes(8, "big") + bytes(hashed or b""))
        chains += len(page)
        if len(page) < _PAGE:
            return chains, digest.digest()
        last = int(page[-1][0])


def _read(row: tuple[Any, ...]) -> Seal:
    number, sealed_at, chains, hashed = row
    return Seal(int(number), int(sealed_at), int(chains), bytes(hashed))
