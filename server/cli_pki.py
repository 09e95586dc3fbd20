"""``coffre pki init``: demonstration keys in a folder of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from server import cli_options, pki

if TYPE_CHECKING:
    from server.cli_options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds pki."""
    verb = cli_options.add_verb(subparsers, "pki", "demonstration keys", "coffre pki init ./pki")
    acts = verb.add_subparsers(dest="act", metavar="ACT", required=True)
    init = cli_options.add_verb(
        acts,
        "init",
        "makes a demonstration CA, its revocation list, and certificates for server, establishment, professional and portal",
        "coffre pki init ./pki",
    )
    init.add_argument("folder", type=Path, metavar="DIR", help="an empty folder, or one to be made")
    cli_options.add_json(init)
    init.set_defaults(run=_init)


def _init(arguments: argparse.Namespace) -> int:
    files = pki.make(arguments.folder)
    if arguments.json:
        cli_options.print_json([str(path) for path in files])
    else:
        print("\n".join(map(str, files)))
        print("These keys are for demonstration only: never protect real documents with them.")
    return 0
