"""The command ``coffre``: which verb is whose. Each family of verbs has a module of its own, the client's live in ``client``.

Every verb gives 0, 1 (refused, or found wrong) or 2 (misused); an error is one sentence with what to do next, never a stack.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import metadata

from server import cli_database, cli_domain, cli_explain, cli_pki, cli_reports, cli_serve, cli_validate, incidents
from server.code_sets import UnfitCodeSets
from server.domain_files import DomainError
from server.pki import PKIError
from server.settings import CannotStart, SettingsError

REFUSED = 1
MISUSED = 2

_FAMILIES = (cli_serve, cli_validate, cli_domain, cli_explain, cli_pki, cli_database, cli_reports)
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (SettingsError, MISUSED),
    (DomainError, MISUSED),
    (UnfitCodeSets, REFUSED),
    (CannotStart, REFUSED),
    (PKIError, REFUSED),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one verb; gives the exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words[:1] == ["bench"]:
        return _bench(words[1:])
    chosen = parser().parse_args(words)
    run: Callable[[argparse.Namespace], int] = chosen.run
    try:
        return run(chosen)
    except tuple(kind for kind, _ in _STATUS) as error:
        print(f"coffre: {error}", file=sys.stderr)
        return next(status for kind, status in _STATUS if isinstance(error, kind))
    except BrokenPipeError:
        # Whoever read our output has seen enough; the interpreter must not complain of it once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return REFUSED
    except KeyboardInterrupt:
        return REFUSED
    except Exception as error:
        number = incidents.new_incident(error, f"coffre {chosen.verb}")
        print(
            f"coffre: this should not have happened (incident {number}); report it with the lines above.",
            file=sys.stderr,
        )
        return REFUSED


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="coffre",
        description="IHE XDS.b document registry and repository that behaves like the French DMP.",
        epilog="example:\n  coffre serve --port 8080",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"coffre {_version()}")
    subparsers = top.add_subparsers(dest="verb", metavar="VERB", required=True)
    for family in _FAMILIES:
        family.add_commands(subparsers)
    from client import verbs  # a spawned worker imports this module, and has no use for a client

    verbs.add_commands(subparsers)
    subparsers.add_parser("bench", help="measures this machine with the service on it", add_help=False)
    return top


def _version() -> str:
    try:
        return metadata.version("coffre")
    except metadata.PackageNotFoundError:
        return "(run from a checkout)"


def _bench(words: Sequence[str]) -> int:
    from bench import command  # a load generator has no place in a running service

    return command.main(words)


if __name__ == "__main__":
    sys.exit(main())
