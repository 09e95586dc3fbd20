"""What a VIHF says of a caller: the claims that its attributes make together. [DMP: VIHF; ITI TF-2: 3.40.4.1.2]

Knows no XML and believes nothing: whether the claims may be believed is judged in ``assertion``, how they are written in ``writing``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from access import attributes, roles
from access.assertion_rules import refusal, shown
from access.attributes import Attribute, Need
from access.caller import AccessMode, AuthenticationMode, Identity, Role
from access.frame import Value
from access.roles import Kind


class Software(NamedTuple):
    """The LPS that asks: its name, version, instance and number of homologation."""

    name: str = ""
    version: str = ""
    instance: str = ""
    homologation: str = ""


_NO_SOFTWARE = Software()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """The words are those of ``Caller``; ``version`` is VIHF_Version. Texts are empty where the assertion says nothing."""

    person_id: str
    profession: Role
    version: str = "3.0"
    person_name: str = ""
    structure_id: str = ""
    sector: str = ""
    specialty: Role | None = None
    authentication: AuthenticationMode = AuthenticationMode.DIRECT
    access_mode: AccessMode = AccessMode.NORMAL
    reason: str = ""
    patient: Identity | None = None
    is_secret: bool = False
    software: Software = _NO_SOFTWARE


_PORTAL_NEEDS = {Need.EVERYBODY, Need.PORTALS}
_DIRECT_NEEDS = {Need.EVERYBODY, Need.PROFESSIONALS}
_NEEDED_OF_PORTALS = tuple(row for row in attributes.ATTRIBUTES if row.need in _PORTAL_NEEDS)
_NEEDED_IN_DIRECT = tuple(row for row in attributes.ATTRIBUTES if row.need in _DIRECT_NEEDS)
_NEEDED_IN_INDIRECT = tuple(row for row in attributes.ATTRIBUTES if row.need in {*_DIRECT_NEEDS, Need.INDIRECT})


def read_version(values_of: Mapping[str, tuple[Value, ...]]) -> str:
    """VIHF_Version, asked before the rest, whose meaning hangs on it. *Raises* AssertionRefused."""
    row, values = attributes.ROWS[attributes.VERSION], values_of.get(attributes.VERSION, ())
    if not values:
        raise attributes.missing(row)
    return str(attributes.read(row, values))


def read_claims(values_of: Mapping[str, tuple[Value, ...]], person_id: str) -> Claims:
    """The claims that attributes make, whole. *Raises* AssertionRefused, naming the attribute and what is expected."""
    told: dict[str, Any] = {}
    for key, values in values_of.items():
        row = attributes.ROWS.get(key)
        if row is not None and values:
            told[row.name] = attributes.read(row, values)
    profession, specialty, kind = _read_kind(told.get(attributes.ROLE, ()))
    for row in _needed(kind, told.get(attributes.AUTHENTICATION)):
        if not told.get(row.name):
            raise attributes.missing(row)
    return Claims(
        person_id=person_id,
        profession=profession,
        version=told[attributes.VERSION],
        person_name=told.get(attributes.SUBJECT_ID, ""),
        structure_id=told.get(attributes.STRUCTURE, ""),
        sector=told.get(attributes.SECTOR, ""),
        specialty=specialty,
        authentication=told[attributes.AUTHENTICATION],
        access_mode=told[attributes.PURPOSE],
        reason=told.get(attributes.REASON, ""),
        patient=told.get(attributes.PATIENT),
        is_secret=told.get(attributes.CONFIDENTIALITY, False),
        software=Software(*(told.get(name, "") for name in attributes.LPS)),
    )


def _read_kind(values: tuple[Role, ...]) -> tuple[Role, Role | None, Kind]:
    if not values:
        raise attributes.missing(attributes.ROWS[attributes.ROLE])
    profession = values[0]
    specialty = values[1] if len(values) > 1 else None
    kind = roles.kind_of(profession, specialty)
    if kind is None:
        seen = shown(f"{profession.code}^{profession.system}")
        systems = ", ".join(roles.SYSTEMS)
        raise refusal(
            "VIHF-ROLE",
            f"{attributes.ROLE}, first value, is {seen}; expected a role of JDV_J65 or of a legal representative, "
            f"of one of the systems {systems}.",
            f"{attributes.ROLE}, première valeur : vu {seen} ; attendu : un rôle du JDV_J65 ou d'un représentant légal, "
            f"d'un des systèmes {systems}.",
        )
    if roles.needs_specialty(profession) and (specialty is None or not specialty.code):
        raise refusal(
            "VIHF-ROLE",
            f"{attributes.ROLE} has no second value; expected the specialty, section or role of {profession.code}^{profession.system}.",
            f"{attributes.ROLE} n'a pas de seconde valeur ; attendu : le savoir-faire, la section ou le rôle de "
            f"{profession.code}^{profession.system}.",
        )
    return profession, specialty, kind


def _needed(kind: Kind, authentication: AuthenticationMode | None) -> tuple[Attribute, ...]:
    if kind in (Kind.PATIENT, Kind.REPRESENTATIVE):
        return _NEEDED_OF_PORTALS
    return _NEEDED_IN_DIRECT if authentication is AuthenticationMode.DIRECT else _NEEDED_IN_INDIRECT
