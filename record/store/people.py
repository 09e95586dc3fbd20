"""A person as text in a column, and back. Keys are short words of our own; what is not known is left out. [JSON: RFC 8259]"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from access.caller import Role
from record.person import Address, Person, Representative, Telecom

_TEXTS = (
    *("birth_family", "used_family", "given", "given_names", "used_given", "civility", "sex", "birth_date"),
    *("birthplace", "birth_town"),
)
_RELATION = ("relationship", "system", "family", "given", "civility")


def write_person(person: Person) -> str:
    """The text of a person."""
    told = {name: value for name in _TEXTS if (value := getattr(person, name))}
    return json.dumps(
        told
        | _write_reach(person.address, person.telecoms)
        | (
            {"representatives": [_write_representative(each) for each in person.representatives]}
            if person.representatives
            else {}
        ),
        ensure_ascii=False,
        separators=(",", ":"),
    )


def read_person(text: str) -> Person:
    """The person of a text; nobody known where it is empty."""
    told: dict[str, Any] = json.loads(text or "{}")
    address, telecoms = _read_reach(told)
    return Person(
        **{name: told[name] for name in _TEXTS if name in told},
        address=address,
        telecoms=telecoms,
        representatives=tuple(_read_representative(each) for each in told.get("representatives", ())),
    )


def write_roles(profession: Role | None, specialty: Role | None) -> str:
    """Profession and specialty as one text."""
    return json.dumps([profession, specialty], ensure_ascii=False, separators=(",", ":"))


def read_roles(text: str) -> tuple[Role | None, Role | None]:
    """Profession and specialty."""
    profession, specialty = (Role(*each) if each is not None else None for each in json.loads(text))
    return profession, specialty


def _write_representative(person: Representative) -> dict[str, Any]:
    told: dict[str, Any] = {name: value for name in _RELATION if (value := getattr(person, name))}
    return told | _write_reach(person.address, person.telecoms)


def _read_representative(told: Mapping[str, Any]) -> Representative:
    address, telecoms = _read_reach(told)
    return Representative(**{name: told.get(name, "") for name in _RELATION}, address=address, telecoms=telecoms)


def _write_reach(address: Address | None, telecoms: tuple[Telecom, ...]) -> dict[str, Any]:
    return ({"address": address} if address is not None else {}) | ({"telecoms": telecoms} if telecoms else {})


def _read_reach(told: Mapping[str, Any]) -> tuple[Address | None, tuple[Telecom, ...]]:
    telecoms = tuple(Telecom(*each) for each in told.get("telecoms", ()))
    if "address" not in told:
        return None, telecoms
    lines, *rest = told["address"]
    return Address(tuple(lines), *rest), telecoms
