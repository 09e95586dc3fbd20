"""Every bound of the wire in one place: value, unit, reason. A larger message is refused before work is done on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, NamedTuple

from safexml import parser

KIB = 1024
MIB = 1024 * KIB


class Row(NamedTuple):
    """One bound, for people."""

    name: str
    value: int
    unit: str
    reason: str


def _limit(value: int, unit: str, reason: str) -> Any:
    return field(default=value, metadata={"unit": unit, "reason": reason})


@dataclass(frozen=True)
class Limits:
    """The bounds of one service; each field is a row of the table."""

    body_size: int = _limit(
        512 * MIB,
        "bytes",
        "the whole request is held in memory while it is judged; a lot of imaging reports stays below",
    )
    root_size: int = _limit(
        32 * MIB,
        "bytes",
        "the part with the envelope; metadata of 1000 documents take 10 MiB, a document inline the rest",
    )
    parts: int = _limit(1000, "MIME parts", "one for each document of a submission, and the envelope")
    part_headers_size: int = _limit(
        16 * KIB, "bytes", "headers of one MIME part; some 200 are usual, names and identifiers with room to spare"
    )
    parameters_size: int = _limit(
        4 * KIB, "bytes", "the Content-Type header; some 250 are usual, a longer one is nothing but an attack"
    )
    headers: int = _limit(100, "header blocks", "ten are usual: addressing, security, a few of the sender's own")
    depth: int = _limit(
        100, "nested elements", "metadata need 11, an assertion 20; the stack of whoever walks the tree is finite"
    )
    attributes: int = _limit(64, "attributes of an element", "the richest element of the schemas has 15")
    tags: int = _limit(
        1_000_000, "tags, and attributes, of the envelope", "each takes 100 to 200 bytes of memory once it is read"
    )
    text_length: int = _limit(
        32 * MIB,
        "characters",
        "one text or attribute value; long ones are documents in base64 inline, so as the envelope",
    )

    @cached_property
    def bounds(self) -> parser.Bounds:
        """What the parser holds the envelope to."""
        return parser.Bounds(
            size=self.root_size,
            depth=self.depth,
            attributes=self.attributes,
            tags=self.tags,
            text=self.text_length,
        )

    def table(self) -> Iterator[Row]:
        """Every bound with its value here, its unit and its reason."""
        for row in fields(self):
            yield Row(row.name, getattr(self, row.name), row.metadata["unit"], row.metadata["reason"])


LIMITS = Limits()
"""The bounds where nothing else is said."""
