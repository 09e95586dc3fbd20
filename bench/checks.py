"""What a service under load is asked to check, from nothing to everything the DMP's domain asks: a domain file for each level.

Each level adds to the one before, so that the difference of two rows is what the addition costs.
"""

from __future__ import annotations

import subprocess
import sys
from enum import StrEnum
from pathlib import Path

_BASE = "dmp"


class Check(StrEnum):
    """What each request bears and the service checks."""

    NONE = "none"
    """Plain XDS: nobody is asked who they are, no document is opened."""
    ASSERTION = "assertion"
    """A VIHF on every request, rights and journal; one document without signature."""
    SEAL = "seal"
    """The same, and the lot's signature with ITI-41."""
    FULL = "full"
    """The domain as it is: the same, and the header, the body and the agreement with the metadata."""
    SIGNED = "signed"
    """As full, but it is the document that bears the seal (XAdES around the CDA): one document, and no signature of the lot."""


Changes = dict[str, dict[str, str | bool]]
"""Table of a domain file → key → value."""

_OPEN_DOCUMENTS: Changes = {
    "documents": dict.fromkeys(("wellformed", "header", "agreement", "body", "schematron"), "off")
}
_OPEN_SEALS: Changes = {"seals": {"lot": "off", "invalid": "off"}}
_OPEN_DOORS: Changes = {"assertion": {"demanded": False}, "records": {"managed": False}}

CHANGES: dict[Check, Changes] = {
    Check.NONE: {**_OPEN_DOCUMENTS, **_OPEN_SEALS, **_OPEN_DOORS},
    Check.ASSERTION: {**_OPEN_DOCUMENTS, **_OPEN_SEALS},
    Check.SEAL: {**_OPEN_DOCUMENTS},
    Check.FULL: {},
    Check.SIGNED: {"seals": {"lot": "off"}},
}
"""Check → what its domain file says otherwise than the built-in domain."""


def write_domain(folder: Path, check: Check) -> Path:
    """The domain file of a check, in the folder."""
    command = [sys.executable, "-m", "server.cli", "domain", "show", _BASE]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    path = folder / f"{check}.toml"
    path.write_text(change(shown, CHANGES[check]))
    return path


def change(text: str, changes: Changes) -> str:
    """A domain file, as the service shows it, with these keys changed. *Raises* KeyError for one that is not in it."""
    left = {(table, key): value for table, keys in changes.items() for key, value in keys.items()}
    table = ""
    lines = []
    for line in text.splitlines():
        if line.startswith("["):
            table = line.strip("[]")
        value = left.pop((table, line.partition(" = ")[0]), None)
        lines.append(line if value is None else f"{line.partition(' = ')[0]} = {_literal(value)}")
    if left:
        raise KeyError(*left)
    return "\n".join(lines) + "\n"


def _literal(value: str | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"'
