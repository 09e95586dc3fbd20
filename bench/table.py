"""What the bench prints: a row for each run, the floors of the same run, and what verifying signatures takes."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench import verification
from bench.checks import Check

KINDS = ("ITI-41", "ITI-18", "ITI-43", "rhythm")
WHAT = {
    "ITI-41": "one CDA of 30 KB in, MTOM",
    "ITI-18": "FindDocuments, 20 hits, LeafClass",
    "ITI-43": "one document of 50 KB out, MTOM",
    "rhythm": "a record opened again: sets since, associations, entries by 20, one document; per request",
}
FLOOR = {
    "ITI-41": (
        "parse of an ITI-41 envelope",
        "SHA-1 and SHA-256 of 30 KB",
        "file of 30 KB made durable",
        "commit made durable",
    ),
    "ITI-18": ("statement that reads one row",),
    "ITI-43": ("statement that reads one row", "read of a file of 50 KB"),
    "rhythm": ("statement that reads one row",),
}
_SECOND_FILE = ("file of 30 KB made durable",)
_ASSERTION = (verification.RSA,)
_LOT = (verification.RSA, verification.PARSE, verification.CANONICAL)
CHECK_FLOOR: dict[Check, dict[str, tuple[str, ...]]] = {
    Check.NONE: {},
    Check.ASSERTION: dict.fromkeys(KINDS, _ASSERTION),
    Check.SEAL: {**dict.fromkeys(KINDS, _ASSERTION), "ITI-41": (*_ASSERTION, *_SECOND_FILE, *_LOT)},
    Check.FULL: {**dict.fromkeys(KINDS, _ASSERTION), "ITI-41": (*_ASSERTION, *_SECOND_FILE, *_LOT)},
    Check.SIGNED: {**dict.fromkeys(KINDS, _ASSERTION), "ITI-41": (*_ASSERTION, *_LOT)},
}
"""What a check adds to the floor of a kind."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    database: str
    entries: int
    mtls: bool
    check: str
    kind: str
    connections: int
    rate: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    service_us: float  # CPU of the service a request
    database_us: float  # CPU of the database server a request; SQLite runs within the service
    generator_us: float
    memory_mib: float
    floor_us: float
    ratio: float  # machine time a request to the floor
    failures: int


def floor_of(kind: str, check: Check) -> tuple[str, ...]:
    """The floors under a kind of request, where that much is checked."""
    return (*FLOOR[kind], *CHECK_FLOOR[check].get(kind, ()))


def line_of(row: Row) -> str:
    """A row as progress tells it."""
    return (
        f"{row.database:10} {row.entries:>9,} {'mTLS ' if row.mtls else 'plain'} {row.check:9} {row.kind}: {row.rate:7.0f}/s  "
        f"p50 {row.p50_ms:6.2f} ms  p95 {row.p95_ms:6.2f}  p99 {row.p99_ms:6.2f}  "
        f"CPU service {row.service_us:5.0f} µs, database {row.database_us:4.0f} µs  {row.failures} failed"
    )


def machine_name() -> str:
    """Of which machine the figures are."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def page(
    rows: Sequence[Row],
    measured: Mapping[str, Mapping[str, float]],
    verified: Mapping[str, float],
    workers: int,
) -> str:
    """The tables, in Markdown."""
    lines = [f"Machine: {machine_name()}; {workers} workers; load generator on the same machine.", ""]
    lines.append(
        "| database | entries | TLS | check | transaction | req/s | p50 ms | p95 | p99 | CPU service µs | database µs | "
        "generator µs | memory MiB | floor µs | × floor | failed |"
    )
    lines.append("|---|--:|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    lines += [
        f"| {row.database} | {row.entries:,} | {'mTLS' if row.mtls else 'none'} | {row.check} | "
        f"{row.kind} ({WHAT[row.kind]}) | {row.rate:,.0f} | "
        f"{row.p50_ms:.2f} | {row.p95_ms:.2f} | {row.p99_ms:.2f} | {row.service_us:.0f} | {row.database_us:.0f} | "
        f"{row.generator_us:.0f} | {row.memory_mib:.0f} | {row.floor_us:.0f} | {row.ratio:.1f} | {row.failures} |"
        for row in rows
    ]
    lines += ["", "| floor, µs | " + " | ".join(measured) + " |", "|---|" + "--:|" * len(measured)]
    names = next(iter(measured.values()), {})
    lines += [f"| {name} | " + " | ".join(f"{floor[name]:.0f}" for floor in measured.values()) + " |" for name in names]
    lines += ["", f"| verification, ms (at most {verification.VERIFICATION_MS_MAX} for a signature) | |", "|---|--:|"]
    lines += [f"| {name} | {took:.2f} |" for name, took in verified.items()]
    return "\n".join(lines)
