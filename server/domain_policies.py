"""The policies of an affinity domain in its file: assertion, seals, documents, records, and who may do what.

Each table of the file is one value of ``xds.domain``: its keys are the value's attributes. ``rights`` and ``types_denied`` are
tables of their own::

    [rights]
    "TD3.2" = { Pn = "yes", Pr = "yes", W = "no" }

    [types_denied]
    "60" = { "1.2.250.1.213.1.1.4.12" = ["EXPPAT_3"] }
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from xds.domain import (
    AffinityDomain,
    AssertionPolicy,
    Bite,
    DocumentPolicy,
    RecordPolicy,
    Rights,
    SchematronMode,
    SealPolicy,
)

_TABLES: Mapping[str, type] = {
    "assertion": AssertionPolicy,
    "seals": SealPolicy,
    "documents": DocumentPolicy,
    "records": RecordPolicy,
}
POLICIES = (*_TABLES, "rights", "types_denied")
"""The keys of a domain file that are told here."""

GRANTS = ("yes", "no", "own", "structure", "agreed")
"""What a cell of the matrix of rights may say."""

_ENUMS: Mapping[str, type[StrEnum]] = {"Bite": Bite, "SchematronMode": SchematronMode}


class Unfit(ValueError):
    """A table that cannot be used; the text is one sentence that says what to do."""


def read_policies(table: Mapping[str, Any]) -> dict[str, Any]:
    """The policies that a domain file gives; what it leaves out keeps its default. *Raises* Unfit."""
    policies: dict[str, Any] = {
        name: _read_policy(name, kind, _a_table(table, name)) for name, kind in _TABLES.items() if name in table
    }
    if "rights" in table:
        policies["rights"] = _read_rights(_a_table(table, "rights"))
    if "types_denied" in table:
        policies["types_denied"] = _read_types(_a_table(table, "types_denied"))
    return policies


def format_policies(domain: AffinityDomain) -> list[str]:
    """The lines of a file that ``read_policies`` reads back to the same policies."""
    lines: list[str] = []
    for name in _TABLES:
        policy = getattr(domain, name)
        lines += ["", f"[{name}]"]
        lines += [f"{field.name} = {_literal(getattr(policy, field.name))}" for field in dataclasses.fields(policy)]
    if domain.rights:
        lines += ["", "[rights]"]
        for action, cells in domain.rights.items():
            told = ", ".join(f"{column} = {_literal(grant)}" for column, grant in cells.items())
            lines.append(f"{_literal(action)} = {{ {told} }}")
    if domain.types_denied:
        lines += ["", "[types_denied]"]
        for profession, types in domain.types_denied.items():
            schemes: dict[str, list[str]] = {}
            for code, scheme in types:
                schemes.setdefault(scheme, []).append(code)
            told = ", ".join(f"{_literal(scheme)} = {_literal(tuple(codes))}" for scheme, codes in schemes.items())
            lines.append(f"{_literal(profession)} = {{ {told} }}")
    return lines


def _a_table(table: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = table[name]
    if not isinstance(value, dict):
        raise Unfit(f"{name} must be a table.")
    return value


def _read_policy(name: str, kind: type, table: Mapping[str, Any]) -> Any:
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in table:
        if key not in fields:
            raise Unfit(f"{name}.{key} is not a key of a domain file; {name} has {', '.join(fields)}.")
    return kind(**{key: _read_value(f"{name}.{key}", str(fields[key].type), value) for key, value in table.items()})


def _read_value(where: str, kind: str, value: Any) -> Any:
    if kind in _ENUMS:
        allowed = tuple(map(str, _ENUMS[kind]))
        if value not in allowed:
            raise Unfit(f"{where} must be one of {', '.join(allowed)}.")
        return _ENUMS[kind](value)
    if kind == "bool":
        if not isinstance(value, bool):
            raise Unfit(f"{where} must be true or false.")
        return value
    if kind == "int":
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise Unfit(f"{where} must be a whole number from 0 on.")
        return value
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise Unfit(f"{where} must be an array of texts.")
    return tuple(value)


def _read_rights(table: Mapping[str, Any]) -> Rights:
    for action, cells in table.items():
        if not isinstance(cells, dict) or not all(grant in GRANTS for grant in cells.values()):
            raise Unfit(f'rights."{action}" must be a table whose cells say one of {", ".join(GRANTS)}.')
    return {action: dict(cells) for action, cells in table.items()}


def _read_types(table: Mapping[str, Any]) -> dict[str, tuple[tuple[str, str], ...]]:
    for profession, schemes in table.items():
        if not isinstance(schemes, dict) or not all(isinstance(codes, list) for codes in schemes.values()):
            raise Unfit(f'types_denied."{profession}" must be a table of arrays, one for each coding scheme.')
    return {
        profession: tuple((str(code), scheme) for scheme, codes in schemes.items() for code in codes)
        for profession, schemes in table.items()
    }


def _literal(value: object) -> str:
    if isinstance(value, tuple):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value).lower() if isinstance(value, bool | int) else json.dumps(str(value), ensure_ascii=False)
