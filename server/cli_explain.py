"""``coffre explain CODE``: a row of the error table, for people. In English and in French."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import TYPE_CHECKING

from server import cli_options
from xds import errors

if TYPE_CHECKING:
    from server.cli_options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds explain."""
    verb = cli_options.add_verb(
        subparsers,
        "explain",
        "tells what an error code means, its usual cause and the cure",
        "coffre explain XDSNonIdenticalHash",
    )
    verb.add_argument("code", help="an error code, as it stands in errorCode")
    cli_options.add_json(verb)
    verb.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> int:
    codes = {row.code.lower(): row for row in errors.table()}
    row = codes.get(arguments.code.strip().lower())
    if row is None:
        near = difflib.get_close_matches(arguments.code.lower(), list(codes), n=1, cutoff=0.0)[0]
        print(
            f"coffre: {arguments.code} is not a code of the table; the nearest is {codes[near].code}.", file=sys.stderr
        )
        return 1
    if arguments.json:
        cli_options.print_json(row._asdict())
        return 0
    print(row.code)
    print(f"  meaning       {row.meaning}")
    print(f"  signification {row.meaning_fr}")
    print(f"  severity      {row.severity.name.lower()}")
    print(f"  said by       {', '.join(row.actors)}, in {', '.join(row.transactions) or 'no transaction'}")
    print(f"  usual cause   {row.cause}")
    print(f"  cure          {row.cure}")
    print(f"  clause        {row.clause}")
    return 0
