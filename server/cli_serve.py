"""``coffre serve``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from server import cli_options
from server.settings import Role

if TYPE_CHECKING:
    from server.cli_options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds serve."""
    verb = cli_options.add_verb(
        subparsers,
        "serve",
        "runs the service until it is told to stop",
        "coffre serve --host 0.0.0.0 --port 8080 --workers 4",
    )
    cli_options.add_config(verb)
    verb.add_argument("--host", help="address to listen on (COFFRE_HOST)")
    verb.add_argument("--port", help="port to listen on, 0 for a free one (COFFRE_PORT)")
    verb.add_argument("--workers", help="processes that answer (COFFRE_WORKERS)")
    verb.add_argument(
        "--role", choices=[role.value for role in Role], default=Role.ALL.value, help="which actors answer here"
    )
    verb.set_defaults(run=_serve)


def _serve(arguments: argparse.Namespace) -> int:
    from server import serve  # with all its rooms: other verbs start twice as fast without them

    flags = {name: getattr(arguments, name) for name in ("host", "port", "workers")}
    return serve.serve(cli_options.load(arguments, flags), Role(arguments.role), _announce)


def _announce(url: str) -> None:
    # Whoever started us may read a pipe: the line must not wait in a buffer.
    print(f"coffre: ready on {url}", flush=True)
