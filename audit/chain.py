"""A line as bytes, and the chain that binds the lines of one patient: what is altered, removed or moved afterwards shows.

Each line's hash is SHA-256 over the hash of the line before, its place, and its own bytes; a head beside the lines says how many there
are and which hash is the last, so that lines cannot be cut off at the end either. [CSP R1111-40: traceability]
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, NamedTuple

from audit.line import Ending, Line

RUN_MAX = 64
"""Lines beside one another that do not fit and are tried in another order; an accident or an attack moves few."""

_TEXTS = tuple(name for name in Line.__slots__ if name not in ("at", "ending", "patient", "objects"))
_encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


class What(StrEnum):
    """What is wrong with a journal."""

    ALTERED = "altered"
    MISSING = "missing"
    OUT_OF_ORDER = "out of order"
    HEAD_DIFFERS = "head differs"
    SEAL_DIFFERS = "seal differs"


class Flaw(NamedTuple):
    """A place in a journal that is not as it was written. ``patient`` is the internal key; of a seal, ``sequence`` is its number."""

    patient: int
    sequence: int
    what: What
    detail: str


class Link(NamedTuple):
    """A line as it is stored."""

    sequence: int
    line: bytes
    hash: bytes


class Head(NamedTuple):
    """How many lines a chain has, and the hash of the last."""

    lines: int
    hash: bytes


def write_line(line: Line) -> bytes:
    """The line as it is kept: JSON in one spelling, without what is empty."""
    found: dict[str, Any] = {name: value for name in _TEXTS if (value := getattr(line, name))}
    found["at"] = write_moment(line.at)
    found["ending"] = line.ending.value
    if line.patient is not None:
        found["patient"] = line.patient
    if line.objects:
        found["objects"] = line.objects
    # A lone surrogate is no character; a line that bears one is kept all the same.
    return _encode(found).encode("utf-8", "surrogatepass")


def read_line(written: bytes) -> Line:
    """The line that was kept. *Raises* ValueError where it is none."""
    try:
        found = json.loads(written.decode("utf-8", "surrogatepass"))
        found["at"] = datetime.fromisoformat(found["at"])
        found["ending"] = Ending(found["ending"])
        if "patient" in found:
            id_number, authority = found["patient"]
            found["patient"] = id_number, authority
        found["objects"] = tuple(found.get("objects", ()))
        return Line(**{"transaction": "", "action": "", **found})
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a line of the journal ({type(error).__name__})") from error


def write_moment(at: datetime) -> str:
    """A moment of UTC as text of one length, so that texts sort as moments do."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def start_of(patient: int) -> bytes:
    """What stands before the first line of a patient: chains cannot change places."""
    return sha256(patient.to_bytes(8, "big", signed=True)).digest()


def link(previous: bytes, sequence: int, line: bytes) -> bytes:
    """The hash of a line after the one whose hash is given."""
    return sha256(previous + sequence.to_bytes(8, "big") + line).digest()


class Inspection:
    """Walks along one chain, from its first line to its head, and tells what does not fit."""

    def __init__(self, patient: int) -> None:
        self._patient = patient
        self._sequence = 0
        self._hash = start_of(patient)
        self._before_run = self._hash
        self._run: list[Link] = []

    def follow(self, found: Link) -> Iterator[Flaw]:
        """The next line in the order of places."""
        if found.sequence < 1:
            yield self._flaw(found.sequence, What.OUT_OF_ORDER, "no line has this place")
            return
        expected = self._sequence + 1
        if found.sequence > expected:
            yield from self._end_run()
            yield self._missing(expected, found.sequence - 1)
            # What went before is lost, so this line's own hash can only be taken as it stands.
        elif link(self._hash, found.sequence, found.line) != found.hash:
            if not self._run:
                self._before_run = self._hash
            self._run.append(found)
            if len(self._run) == RUN_MAX:
                yield from self._end_run()
        else:
            yield from self._end_run()
        self._sequence, self._hash = found.sequence, found.hash

    def end(self, head: Head | None) -> Iterator[Flaw]:
        """After the last line: what the head says."""
        yield from self._end_run()
        if head is None:
            yield self._flaw(self._sequence, What.HEAD_DIFFERS, "there are lines and no head")
        elif head.lines > self._sequence:
            yield self._missing(self._sequence + 1, head.lines)
        elif head.lines < self._sequence:
            yield self._flaw(self._sequence, What.HEAD_DIFFERS, f"the head knows of {head.lines} lines")
        elif head.hash != self._hash:
            yield self._flaw(self._sequence, What.HEAD_DIFFERS, "the head has another hash than the last line")

    def _end_run(self) -> Iterator[Flaw]:
        """Lines that did not fit: either their order was changed, or they were."""
        run, self._run = self._run, []
        places = _find_order(self._before_run, run)
        for position, found in enumerate(run):
            place = places[position] if places is not None else None
            if place is None:
                detail = "it does not follow from the line before it: one of the two is not as it was written"
                yield self._flaw(found.sequence, What.ALTERED, detail)
            elif place != found.sequence:
                yield self._flaw(found.sequence, What.OUT_OF_ORDER, f"it was written as line {place}")

    def _missing(self, first: int, last: int) -> Flaw:
        detail = "the line is not there" if first == last else f"the lines up to {last} are not there"
        return self._flaw(first, What.MISSING, detail)

    def _flaw(self, sequence: int, what: What, detail: str) -> Flaw:
        return Flaw(self._patient, sequence, what, detail)


def _find_order(before: bytes, run: list[Link]) -> list[int] | None:
    """For each line the place at which it fits, if the run fits in some order."""
    places: dict[int, int] = {}
    for sequence in range(run[0].sequence, run[-1].sequence + 1) if run else ():
        fitting = (
            position
            for position, found in enumerate(run)
            if position not in places and link(before, sequence, found.line) == found.hash
        )
        position = next(fitting, None)
        if position is None:
            return None
        places[position] = sequence
        before = run[position].hash
    return [places[position] for position in range(len(run))]
