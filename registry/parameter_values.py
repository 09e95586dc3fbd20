"""How the values of stored query parameters are written, and what each kind of value becomes. [ITI TF-2: 3.18.4.1.2.3.5]

Knows no query and no parameter by name: those are rows of ``stored_queries``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypeVar

from registry.facts import Kind, PatientIdentity
from xds import hl7v2
from xds.identifiers import normal_id
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType

T_co = TypeVar("T_co", covariant=True)

_literal = re.compile(
    r"""\s*(?:'((?:[^']|'')*)'        # text: single quotes, those within doubled
          |"((?:[^"]|"")*)"           # the same in double quotes, as samples of the framework write it
          |([0-9]+))\s*               # a number or a time
        (?:,|$)""",
    re.VERBOSE,
)


class Unreadable(ValueError):
    """A value that is not written as its parameter wants it: what was expected."""


class CodedValue(NamedTuple):
    """A code and its codingScheme, as a query compares them."""

    code: str
    coding_scheme: str


def read_literals(value: str) -> list[str]:
    """The texts of one Value element: ``'a'``, ``('a','b')``, ``20260101`` or ``(1, 2)``, without quotes.

    Lenient: parentheses around a single value, quotes around numbers and times, double quotes, white space.
    Raises Unreadable.
    """
    inside = value.strip()
    if inside.startswith("("):
        if not inside.endswith(")"):
            raise Unreadable("a closing parenthesis at the end of the list")
        inside = inside[1:-1].strip()
    literals: list[str] = []
    position = 0
    while position < len(inside):
        found = _literal.match(inside, position)
        if found is None:
            raise Unreadable("text in single quotes ('' for a quote within), numbers without, lists as ('a','b')")
        single, double, number = found.groups()
        if single is not None:
            literals.append(single.replace("''", "'"))
        elif double is not None:
            literals.append(double.replace('""', '"'))
        else:
            literals.append(number)
        position = found.end()
    if inside.endswith(","):
        raise Unreadable("a value after the last comma")
    return literals


@dataclass(frozen=True, slots=True)
class ValueKind(Generic[T_co]):
    """A kind of parameter value. ``read`` gives None for a value that is ignored, and raises Unreadable."""

    name: str
    example: str
    read: Callable[[str], T_co | None]


def _read_patient(text: str) -> PatientIdentity:
    try:
        patient_id = hl7v2.CX.parse(text)
    except hl7v2.Malformed as malformed:
        raise Unreadable(malformed.expected) from malformed
    return PatientIdentity(patient_id.id_number, patient_id.authority)


def _read_status(text: str) -> AvailabilityStatus | None:
    try:
        return AvailabilityStatus(text)
    except ValueError:
        return None


def _read_code(text: str) -> CodedValue:
    """The text between, a display name, is not compared."""
    components = text.split("^")
    if len(components) != 3 or not components[0] or not components[2]:
        raise Unreadable("a code with its coding scheme, 'code^^scheme'")
    return CodedValue(components[0], components[2])


def _read_time(text: str) -> int:
    try:
        return hl7v2.DTM.parse(text).start
    except hl7v2.Malformed as malformed:
        raise Unreadable(malformed.expected) from malformed


def _read_document_entry_type(text: str) -> Kind:
    try:
        return _KINDS[DocumentEntryType(text.lower())]
    except ValueError as unknown:
        raise Unreadable(
            f"{DocumentEntryType.STABLE} (stable) or {DocumentEntryType.ON_DEMAND} (on-demand)"
        ) from unknown


def _read_association_type(text: str) -> AssociationType | None:
    """A URN that names no type of ours matches nothing; a short name of ebRIM 2.1 is an error, for it never could."""
    try:
        return AssociationType(text)
    except ValueError as unknown:
        if text.startswith("urn:"):
            return None
        raise Unreadable(f"the whole URN of a type, such as {AssociationType.RPLC}") from unknown


def _read_level(text: str) -> int:
    if text not in ("1", "2"):
        raise Unreadable("1 or 2")
    return int(text)


_KINDS = {DocumentEntryType.STABLE: Kind.STABLE, DocumentEntryType.ON_DEMAND: Kind.ON_DEMAND}

PATIENT = ValueKind("patient identifier", "'12345^^^&1.2.3&ISO'", _read_patient)
STATUS = ValueKind("availabilityStatus; unknown ones are ignored", f"('{AvailabilityStatus.APPROVED}')", _read_status)
CODE = ValueKind("code with its scheme", "('34133-9^^2.16.840.1.113883.6.1')", _read_code)
TIME = ValueKind("time in UTC, padded to the start of its interval", "20260101", _read_time)
PATTERN = ValueKind("SQL LIKE pattern: % any run, _ one character", "('%Durand%')", str)
IDENTIFIER = ValueKind("identifier", "('1.2.3.4')", str)
ENTRY_ID = ValueKind("UUID", "('urn:uuid:8f5c7c2e-1b7d-4f0a-9a53-2f1d3a4b5c6d')", normal_id)
ENTRY_TYPE = ValueKind("objectType of a DocumentEntry", f"('{DocumentEntryType.STABLE}')", _read_document_entry_type)
ASSOCIATION = ValueKind("associationType", f"('{AssociationType.RPLC}')", _read_association_type)
LEVEL = ValueKind("number", "2", _read_level)
REFERENCE_ID = ValueKind(
    "reference id, compared exactly; with % a LIKE pattern", "('A1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession')", str
)
