"""``coffre reports``: what was found in documents after they had been accepted, by the pack and in the PDFs they hold. [decision 9]"""

from __future__ import annotations

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

from server import cli_options

if TYPE_CHECKING:
    from repository.store.reports import KeptReport
    from server.cli_options import Subparsers

LIMIT = 20
LIMIT_MAX = 1000
_LANGUAGES = {"en": "sentence", "fr": "sentence_fr"}
_NONE = "no report on {0}: it was never accepted here, or nobody looked into it (see [documents] of the domain, COFFRE_CDA_PACK)"


def add_commands(subparsers: Subparsers) -> None:
    """Adds reports."""
    from client.options import count  # a spawned worker imports the verbs, and has no use for a client

    verb = cli_options.add_verb(
        subparsers,
        "reports",
        "tells what was found in documents after they had been accepted",
        "coffre reports --all --limit 5\n  coffre reports 1.2.250.1.999.1.1.8121.1",
    )
    verb.add_argument("unique_ids", nargs="*", metavar="UNIQUE_ID", help="of these documents; else the last reports")
    verb.add_argument("--all", action="store_true", help="those that found nothing too")
    verb.add_argument("--limit", type=count(LIMIT_MAX), default=LIMIT, metavar="N", help=f"at most so many ({LIMIT})")
    verb.add_argument("--lang", choices=sorted(_LANGUAGES), default="en", help="language of the sentences (en)")
    cli_options.add_config(verb)
    cli_options.add_json(verb)
    verb.set_defaults(run=_reports)


def _reports(arguments: argparse.Namespace) -> int:
    from repository.store import reports
    from server import prepare

    settings = cli_options.load(arguments)
    with prepare.reachable_database(settings) as database:
        prepare.check_schema(database)
        with database.read() as work:
            if arguments.unique_ids:
                found = {name: reports.find_report(work, name) for name in arguments.unique_ids}
            else:
                latest = reports.find_latest(work, arguments.limit, with_clean=arguments.all)
                found = {kept.unique_id: kept for kept in latest}
    if arguments.json:
        cli_options.print_json([_told(kept) for kept in found.values() if kept is not None])
    else:
        _print(found, _LANGUAGES[arguments.lang])
    return 1 if None in found.values() else 0


def _told(kept: KeptReport) -> dict[str, Any]:
    return {
        "unique_id": kept.unique_id,
        "reported_at": kept.reported_at,
        "is_clean": kept.is_clean,
        "findings": json.loads(kept.report),
    }


def _print(found: dict[str, KeptReport | None], sentence: str) -> None:
    for name, kept in found.items():
        if kept is None:
            print(f"coffre: {_NONE.format(name)}", file=sys.stderr)
            continue
        findings = json.loads(kept.report)
        print(f"{name} {kept.reported_at} UTC, findings: {len(findings)}")
        for each in findings:
            place = f" line {each['line']}, {each['location']}:" if each.get("location") else ""
            print(
                f"  {each['severity']} [{each['profile']}: {each['rule']}]{place} {each.get(sentence) or each['sentence']}"
            )
    if not found:
        print("nothing was found in any document that was looked into; --all tells of those too")
