"""Documents about invented patients whom no other test of the session knows."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from client import demonstration, source
from client.demonstration import CAMILLE, Facts, Person
from client.demonstration_laboratory import RESULTS
from ins.matricule import Matricule

_orders = itertools.count(100)


def another_matricule() -> Matricule:
    """One that nobody has."""
    return Matricule.of_number(f"2800735238{next(_orders)}")


def a_person() -> Person:
    """Somebody with a matricule of their own."""
    return replace(CAMILLE, matricule=another_matricule())


def facts(person: Person, **changes: object) -> Facts:
    """A document of that person, with fresh identifiers."""
    given = {
        "unique_id": source.fresh_oid(),
        "set_id": source.fresh_oid(),
        "written_at": datetime(2026, 3, 2, tzinfo=UTC),
    }
    return Facts(patient=person, **{**given, **changes})  # type: ignore[arg-type]


def a_report(path: str, found: Facts) -> Path:
    """A laboratory report as a file."""
    file = Path(path)
    file.write_bytes(demonstration.laboratory_report(found, RESULTS))
    return file


def a_letter(path: str, found: Facts) -> Path:
    """A letter as a file."""
    file = Path(path)
    file.write_bytes(demonstration.letter(found, "Rien à signaler."))
    return file
