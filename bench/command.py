"""`make bench`: throughput, latency, CPU and memory of ITI-41, ITI-18 and ITI-43, beside the floors of the same run.

Load generator, service and database share the machine, so a rate says what the whole machine carries. [docs/performance.md]
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from bench import floors, load, machine, population, postgresql
from bench.service import REPOSITORY_UNIQUE_ID, Service, service

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
POSTGRESQL_SETTINGS = ("shared_buffers=2GB", "max_wal_size=8GB", "checkpoint_timeout=15min", "wal_compression=off")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    database: str
    entries: int
    mtls: bool
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


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the bench; 1 if a request failed."""
    arguments = _arguments(argv)
    say = _Speaker(arguments.quiet)
    rows: list[Row] = []
    measured: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory(prefix="coffre-bench-", dir=arguments.folder) as name:
        for database in arguments.database:
            folder = Path(name) / database
            folder.mkdir()
            with _database_url(database, folder, arguments.url) as url:
                rows += _run_database(database, url, folder, arguments, say, measured)
    print(_page(rows, measured, arguments))
    if arguments.json:
        document = {"rows": [asdict(row) for row in rows], "floors": measured, "machine": _machine()}
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if any(row.failures for row in rows) else 0


def _run_database(
    name: str,
    url: str,
    folder: Path,
    arguments: argparse.Namespace,
    say: _Speaker,
    measured: dict[str, dict[str, float]],
) -> list[Row]:
    rows: list[Row] = []
    present = 0
    for entries in sorted(arguments.entries):
        if entries > present:
            say(f"{name}: loading {entries - present:,} entries")
            seconds = population.populate(url, folder / "content", REPOSITORY_UNIQUE_ID, present, entries, say)
            say(f"{name}: loaded in {seconds:.0f} s")
            present = entries
        for with_tls in {"no": (False,), "yes": (True,), "both": (False, True)}[arguments.tls]:
            with service(url, folder, arguments.workers, with_tls) as running:
                if name not in measured:
                    measured[name] = floors.measure(url, folder)
                # Reads first: they see the population as it was loaded.
                for kind in (kind for kind in ("ITI-18", "ITI-43", "rhythm", "ITI-41") if kind in arguments.only):
                    if entries or kind == "ITI-41":
                        rows.append(_run_one(name, url, running, kind, entries, arguments, measured[name]))
                        say(_line(rows[-1]))
    return rows


def _run_one(
    name: str,
    url: str,
    running: Service,
    kind: str,
    entries: int,
    arguments: argparse.Namespace,
    floor: dict[str, float],
) -> Row:
    postmaster = machine.find_postmaster(url)
    plan = load.Plan(
        kind,
        running.host,
        running.port,
        REPOSITORY_UNIQUE_ID,
        entries,
        seconds=arguments.seconds,
        connections=arguments.connections,
        processes=arguments.processes,
        tls=running.tls,
    )
    before = _cpu_seconds(running, postmaster)
    outcome = load.run(plan)
    after = _cpu_seconds(running, postmaster)
    for failure in outcome.failures[:2]:
        print(failure, file=sys.stderr)
    # CPU is counted over warm-up too; the number of requests is scaled to the same time.
    answered = max(1.0, outcome.rate * (plan.seconds + plan.warm_up))
    floor_us = sum(floor[part] for part in FLOOR[kind])
    cores = os.cpu_count() or 1
    return Row(
        name,
        entries,
        running.tls is not None,
        kind,
        plan.connections * plan.processes,
        outcome.rate,
        outcome.percentile(0.5),
        outcome.percentile(0.95),
        outcome.percentile(0.99),
        1e6 * (after[0] - before[0]) / answered,
        1e6 * (after[1] - before[1]) / answered,
        1e6 * outcome.cpu_seconds / max(1, len(outcome.latencies)),
        machine.memory_bytes(running.processes()) / 2**20,
        floor_us,
        1e6 * cores / max(outcome.rate, 1e-9) / floor_us,
        len(outcome.failures),
    )


def _cpu_seconds(running: Service, postmaster: int | None) -> tuple[float, float]:
    """Of the service and of the database server; its processes come and go with connections."""
    databases = machine.descendants(postmaster) if postmaster else []
    return machine.cpu_seconds(running.processes()), machine.cpu_seconds(databases)


@contextmanager
def _database_url(name: str, folder: Path, given: str | None) -> Iterator[str]:
    if name == "sqlite":
        yield f"sqlite:///{folder / 'coffre.db'}"
    elif given:
        yield given
    else:
        with postgresql.server(folder, *POSTGRESQL_SETTINGS) as url:
            yield url


class _Speaker:
    """Progress on standard error, so that the table alone is on standard output."""

    def __init__(self, quiet: bool) -> None:
        self._quiet, self._began = quiet, time.monotonic()

    def __call__(self, text: str) -> None:
        if not self._quiet:
            print(f"[{time.monotonic() - self._began:6.0f} s] {text}", file=sys.stderr, flush=True)


def _line(row: Row) -> str:
    return (
        f"{row.database:10} {row.entries:>9,} {'mTLS ' if row.mtls else 'plain'} {row.kind}: {row.rate:7.0f}/s  "
        f"p50 {row.p50_ms:6.2f} ms  p95 {row.p95_ms:6.2f}  p99 {row.p99_ms:6.2f}  "
        f"CPU service {row.service_us:5.0f} µs, database {row.database_us:4.0f} µs  {row.failures} failed"
    )


def _machine() -> str:
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores ({model}), Python {platform.python_version()}"


def _page(rows: Sequence[Row], measured: dict[str, dict[str, float]], arguments: argparse.Namespace) -> str:
    lines = [f"Machine: {_machine()}; {arguments.workers} workers; load generator on the same machine.", ""]
    lines.append(
        "| database | entries | TLS | transaction | req/s | p50 ms | p95 | p99 | CPU service µs | database µs | "
        "generator µs | memory MiB | floor µs | × floor | failed |"
    )
    lines.append("|---|--:|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|")
    lines += [
        f"| {row.database} | {row.entries:,} | {'mTLS' if row.mtls else 'none'} | {row.kind} ({WHAT[row.kind]}) | {row.rate:,.0f} | "
        f"{row.p50_ms:.2f} | {row.p95_ms:.2f} | {row.p99_ms:.2f} | {row.service_us:.0f} | {row.database_us:.0f} | "
        f"{row.generator_us:.0f} | {row.memory_mib:.0f} | {row.floor_us:.0f} | {row.ratio:.1f} | {row.failures} |"
        for row in rows
    ]
    lines += ["", "| floor, µs | " + " | ".join(measured) + " |", "|---|" + "--:|" * len(measured)]
    names = next(iter(measured.values()), {})
    lines += [f"| {name} | " + " | ".join(f"{floor[name]:.0f}" for floor in measured.values()) + " |" for name in names]
    return "\n".join(lines)


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="coffre bench",
        description="Measures the service under load, with a population loaded first. All of it stays on this machine.",
        epilog="example: make bench ARGS='--database postgresql --entries 10000 --tls no --seconds 3'",
    )
    add = parser.add_argument
    add("--database", nargs="+", choices=("postgresql", "sqlite"), default=["postgresql", "sqlite"])
    add("--url", help="a PostgreSQL to use instead of one of the bench's own; the bench fills it and leaves it filled")
    add("--entries", nargs="+", type=int, default=[0, 10_000, 100_000, 1_000_000], help="sizes of the population")
    add("--only", nargs="+", choices=KINDS, default=list(KINDS), help="transactions to measure")
    add("--tls", choices=("no", "yes", "both"), default="both")
    add("--seconds", type=float, default=6.0, help="measured time of each run, after one second of warm-up")
    add("--workers", type=int, default=os.cpu_count() or 1, help="processes of the service")
    add("--processes", type=int, default=2, help="processes of the load generator")
    add("--connections", type=int, default=8, help="connections of each of those")
    add("--folder", type=Path, help="where the data lie while the bench runs (default: the system's temporary folder)")
    add("--json", type=Path, help="write every figure to this file")
    add("--quiet", action="store_true", help="no progress on standard error")
    return parser.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main())
