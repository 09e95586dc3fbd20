"""What several verbs of the service share: the form of a verb, the settings they run under, how data is printed."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server import settings
from server.settings import Settings

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]


def add_verb(subparsers: Subparsers, name: str, summary: str, example: str) -> argparse.ArgumentParser:
    """A verb, with an example in its --help."""
    return subparsers.add_parser(
        name,
        help=summary,
        description=f"{summary[0].upper()}{summary[1:]}.",
        epilog=f"example:\n  {example}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )


def add_config(verb: argparse.ArgumentParser) -> None:
    """--config."""
    verb.add_argument(
        "--config", type=Path, metavar="FILE", help="a TOML file of settings; COFFRE_… variables win over it"
    )


def add_json(verb: argparse.ArgumentParser) -> None:
    """--json."""
    verb.add_argument("--json", action="store_true", help="print data as JSON")


def load(arguments: argparse.Namespace, flags: Mapping[str, object] | None = None) -> Settings:
    """The settings a verb runs under. *Raises* SettingsError."""
    return settings.load(arguments.config, os.environ, flags)


def print_json(data: Any) -> None:
    """One JSON document on standard output."""
    print(json.dumps(data, ensure_ascii=False, indent=2))
