"""``coffre domain show``: an affinity domain, whole."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from server import cli_options, domain_files
from xds.domain import AffinityDomain

if TYPE_CHECKING:
    from server.cli_options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds domain."""
    verb = cli_options.add_verb(subparsers, "domain", "affinity domains", "coffre domain show ihe")
    acts = verb.add_subparsers(dest="act", metavar="ACT", required=True)
    show = cli_options.add_verb(
        acts, "show", "prints a domain whole, as the TOML file that would make it", "coffre domain show dmp"
    )
    show.add_argument("name", help=f"{', '.join(domain_files.built_in_names())}, or the path of a domain file")
    cli_options.add_json(show)
    show.set_defaults(run=_show)


def _show(arguments: argparse.Namespace) -> int:
    domain = domain_files.load_domain(arguments.name)
    if arguments.json:
        cli_options.print_json(_plain(domain))
    else:
        print(domain_files.format_domain(domain), end="")
    return 0


def _plain(domain: AffinityDomain) -> dict[str, Any]:
    sets = {
        attribute: {
            "name": value_set.name,
            "unknown_code": value_set.unknown_code,
            "codes": domain_files.codes_by_scheme(value_set.codes),
        }
        for attribute, value_set in domain.value_sets.items()
    }
    return asdict(domain) | {"value_sets": sets}
