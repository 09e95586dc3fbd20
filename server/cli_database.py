"""``coffre db upgrade|check`` and ``coffre verify``: what an operator does with the stores."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from server import cli_options

if TYPE_CHECKING:
    from audit.chain import Flaw
    from audit.store.seals import Seal
    from repository.store.verify import Progress, VerifyReport
    from server.cli_options import Subparsers
    from sql.database import Database

_FAULTS_SHOWN_MAX = 100


def add_commands(subparsers: Subparsers) -> None:
    """Adds db and verify."""
    database = cli_options.add_verb(subparsers, "db", "the schema of the database", "coffre db upgrade")
    acts = database.add_subparsers(dest="act", metavar="ACT", required=True)
    for name, summary, run in (
        ("upgrade", "brings the database to the schema of this release", _upgrade),
        ("check", "tells whether the database is at the schema of this release and runs durably", _check),
    ):
        act = cli_options.add_verb(acts, name, summary, f"coffre db {name} --config /etc/coffre.toml")
        cli_options.add_config(act)
        cli_options.add_json(act)
        act.set_defaults(run=run)
    verb = cli_options.add_verb(
        subparsers,
        "verify",
        "hashes every stored document and every line of the journal again, and holds both stores against each other",
        "coffre verify",
    )
    cli_options.add_config(verb)
    cli_options.add_json(verb)
    verb.set_defaults(run=_verify)


# The stores are imported where they are used: other verbs start twice as fast without them.


def _upgrade(arguments: argparse.Namespace) -> int:
    from server import prepare
    from sql import schema

    settings = cli_options.load(arguments)
    with prepare.reachable_database(settings) as database:
        prepare.check_not_newer(database)
        before, after = schema.upgrade(database)
    if arguments.json:
        cli_options.print_json({"before": before, "after": after})
    elif before == after:
        print(f"the schema was at {after} already")
    else:
        print(f"the schema is now at {after} (it was at {before or 'nothing'})")
    return 0


def _check(arguments: argparse.Namespace) -> int:
    from server import prepare
    from sql import schema

    settings = cli_options.load(arguments)
    with prepare.reachable_database(settings) as database:
        unsafe = [asdict(finding) for finding in database.find_unsafe_settings()]
        revision = schema.find_revision(database)
    needed = schema.newest_revision()
    is_well = revision == needed and not unsafe
    if arguments.json:
        cli_options.print_json({"revision": revision, "needed": needed, "unsafe": unsafe, "is_well": is_well})
        return 0 if is_well else 1
    print(
        f"schema: {revision or 'none'}, this release needs {needed}"
        + ("" if revision == needed else "; run: coffre db upgrade")
    )
    for finding in unsafe:
        print(f"unsafe: {finding['setting']} = {finding['seen']}; expected {finding['expected']}")
    return 0 if is_well else 1


def _verify(arguments: argparse.Namespace) -> int:
    from repository.store import verify
    from server import prepare, wiring

    settings = cli_options.load(arguments)
    content = wiring.open_content(settings)
    with prepare.reachable_database(settings) as database:
        prepare.check_schema(database)
        report = verify.verify(content, database.read, _show_progress if sys.stderr.isatty() else None)
        journal = _verify_journal(database)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    is_sound = report.is_sound and not journal.flaws
    if arguments.json:
        told = {"lines": journal.lines, "flaws": [flaw._asdict() for flaw in journal.flaws]}
        seals = [seal._asdict() | {"hash": seal.hash.hex()} for seal in journal.seals]
        cli_options.print_json(asdict(report) | {"journal": told | {"seals": seals}, "is_sound": is_sound})
    else:
        _print(report)
        _print_journal(journal)
    return 0 if is_sound else 1


@dataclass(frozen=True, slots=True)
class _JournalReport:
    """What became of the lines of the journal. ``seals``: to be compared with those in the log."""

    lines: int
    flaws: Sequence[Flaw]
    seals: Sequence[Seal]


def _verify_journal(database: Database) -> _JournalReport:
    from audit.store import seals, verify

    with database.read() as work:
        return _JournalReport(verify.count_lines(work), tuple(verify.verify(work)), seals.find_all(work))


def _show_progress(progress: Progress) -> None:
    if progress.documents % 100 == 0:
        print(f"\r{progress.documents:,} documents hashed", end="", file=sys.stderr, flush=True)


def _print(report: VerifyReport) -> None:
    for fault in report.faults[:_FAULTS_SHOWN_MAX]:
        named = f" ({', '.join(fault.unique_ids)})" if fault.unique_ids else ""
        print(f"{fault.name}{named}: {fault.kind.value}" + (f": {fault.detail}" if fault.detail else ""))
    if len(report.faults) > _FAULTS_SHOWN_MAX:
        print(f"… and {len(report.faults) - _FAULTS_SHOWN_MAX} more; --json prints all", file=sys.stderr)
    verdict = "every document can be given out as it came" if report.is_sound else "documents are lost or altered"
    print(f"{report.documents} documents hashed, {report.size} bytes, {report.holdings} in the index: {verdict}")


def _print_journal(report: _JournalReport) -> None:
    for flaw in report.flaws[:_FAULTS_SHOWN_MAX]:
        print(f"journal of patient {flaw.patient}, line {flaw.sequence}: {flaw.what.value}: {flaw.detail}")
    if len(report.flaws) > _FAULTS_SHOWN_MAX:
        print(f"… and {len(report.flaws) - _FAULTS_SHOWN_MAX} more; --json prints all", file=sys.stderr)
    last = report.seals[-1] if report.seals else None
    seal = f"seal {last.number} {last.hash.hex()}" if last is not None else "no seal yet"
    verdict = "lines were altered or removed" if report.flaws else "every line is as it was written"
    print(f"{report.lines} lines in the journal, {seal}: {verdict}")
