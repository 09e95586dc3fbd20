"""`make bench`: throughput, latency, CPU and memory of ITI-41, ITI-18 and ITI-43, beside the floors of the same run.

Load generator, service and database share the machine, so a rate says what the whole machine carries. [docs/performance.md]
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bench import floors, load, machine, population, postgresql, table, verification
from bench.checks import Check
from bench.service import REPOSITORY_UNIQUE_ID, Service, service
from bench.table import KINDS, Row

AHEAD = {"ITI-41": 800, "ITI-18": 2_500, "ITI-43": 3_000}
"""Signed requests made ahead for each second of a run on two cores, half as many again as such a machine answers."""
POSTGRESQL_SETTINGS = ("shared_buffers=2GB", "max_wal_size=8GB", "checkpoint_timeout=15min", "wal_compression=off")


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the bench; 1 if a request failed."""
    arguments = _arguments(argv)
    say = _Speaker(arguments.quiet)
    rows: list[Row] = []
    measured: dict[str, dict[str, float]] = {}
    verified: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="coffre-bench-", dir=arguments.folder) as name:
        for database in arguments.database:
            folder = Path(name) / database
            folder.mkdir()
            with _database_url(database, folder, arguments.url) as url:
                rows += _run_database(database, url, folder, arguments, say, measured, verified)
    print(table.page(rows, measured, verified, arguments.workers))
    if arguments.json:
        document = {
            "rows": [asdict(row) for row in rows],
            "floors": measured,
            "verifications": verified,
            "machine": table.machine_name(),
        }
        arguments.json.write_text(json.dumps(document, indent=1) + "\n")
    return 1 if any(row.failures for row in rows) else 0


def _run_database(
    name: str,
    url: str,
    folder: Path,
    arguments: argparse.Namespace,
    say: _Speaker,
    measured: dict[str, dict[str, float]],
    verified: dict[str, float],
) -> list[Row]:
    rows: list[Row] = []
    present = 0
    for entries in sorted(arguments.entries):
        if entries > present:
            say(f"{name}: loading {entries - present:,} entries")
            seconds = population.populate(url, folder / "content", REPOSITORY_UNIQUE_ID, present, entries, say)
            say(f"{name}: loaded in {seconds:.0f} s")
            present = entries
        for check, with_tls in settings(arguments):
            with service(url, folder, arguments.workers, with_tls, check) as running:
                if name not in measured:
                    measured[name] = floors.measure(url, folder, running.keys)
                    verified.update(verified or verification.measure(running.keys))
                # Reads first: they see the population as it was loaded.
                for kind in (kind for kind in ("ITI-18", "ITI-43", "rhythm", "ITI-41") if kind in arguments.only):
                    # What a client asks next depends on what it was answered: such requests cannot be signed ahead.
                    is_signed_ahead = kind in AHEAD or check is Check.NONE
                    if is_signed_ahead and (entries or kind == "ITI-41"):
                        rows.append(_run_one(name, url, running, kind, entries, arguments, measured[name]))
                        say(table.line_of(rows[-1]))
    return rows


def settings(arguments: argparse.Namespace) -> Iterator[tuple[Check, bool]]:
    """Each check with and without TLS, as asked for; a check of assertions is measured as it is used, with mutual TLS, if TLS is at all."""
    for check in map(Check, arguments.check):
        for with_tls in {"no": (False,), "yes": (True,), "both": (False, True)}[arguments.tls]:
            if check is Check.NONE or with_tls or arguments.tls == "no":
                yield check, with_tls


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
        check=running.check,
        keys=running.keys,
        ahead=math.ceil(arguments.ahead * AHEAD.get(kind, 0)),
    )
    before = _cpu_seconds(running, postmaster)
    outcome = load.run(plan)
    after = _cpu_seconds(running, postmaster)
    for failure in outcome.failures[:2]:
        print(failure, file=sys.stderr)
    if outcome.ran_out:
        print(f"{kind}: the requests made ahead ran out after {outcome.seconds:.1f} s; raise --ahead", file=sys.stderr)
    # CPU is counted over warm-up too; the number of requests is scaled to the same time.
    answered = max(1.0, outcome.rate * (outcome.seconds + plan.warm_up))
    floor_us = sum(floor[part] for part in table.floor_of(kind, running.check))
    cores = os.cpu_count() or 1
    return Row(
        name,
        entries,
        running.tls is not None,
        running.check,
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


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="coffre bench",
        description="Measures the service under load, with a population loaded first. All of it stays on this machine.",
        epilog="example: make bench ARGS='--check full --database postgresql --entries 10000 --tls no --seconds 3'",
    )
    add = parser.add_argument
    add("--database", nargs="+", choices=("postgresql", "sqlite"), default=["postgresql", "sqlite"])
    add("--url", help="a PostgreSQL to use instead of one of the bench's own; the bench fills it and leaves it filled")
    add("--entries", nargs="+", type=int, default=[0, 10_000, 100_000, 1_000_000], help="sizes of the population")
    add("--only", nargs="+", choices=KINDS, default=list(KINDS), help="transactions to measure")
    add("--tls", choices=("no", "yes", "both"), default="both")
    add(
        "--check",
        nargs="+",
        choices=list(Check),
        default=["none", "full"],
        help="what requests bear and the service checks",
    )
    add(
        "--ahead",
        type=float,
        default=1.0,
        help="signed requests made before each run, as a multiple of the usual number",
    )
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
