"""The affinity domain as a value: what one community has agreed on. Data, not code. [ITI TF-1: 10.4.1]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Bite(StrEnum):
    """How hard a check bites: the submission is refused, answered with a warning, or not asked."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class AssigningAuthority:
    """Who gives out patient identifiers: its OID, and for the INS how its matricules are judged."""

    oid: str
    name: str
    is_ins: bool = False
    is_test: bool = False
    matricule_shape: Bite = Bite.OFF
    matricule_key: Bite = Bite.OFF


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The codes allowed for one attribute: pairs of code and codingScheme (for mimeType the scheme is empty)."""

    name: str
    codes: frozenset[tuple[str, str]]
    unknown_code: Bite = Bite.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityDomain:
    """One affinity domain.

    ``cx_type_code``: component 5 of the patientId in answers ("NH" in the DMP), and whether submitted ones may carry
    components beyond id and authority. ``value_sets``: attribute in snake_case → its codes; absent means that
    every code is accepted.
    """

    name: str
    title: str
    repository_unique_id: str
    home_community_id: str
    authorities: tuple[AssigningAuthority, ...]
    patients_known_beforehand: bool
    cx_type_code: str = ""
    value_sets: Mapping[str, ValueSet] = field(default_factory=dict)

    def find_authority(self, oid: str) -> AssigningAuthority | None:
        """The declared authority with that OID, if there is one."""
        return next((authority for authority in self.authorities if authority.oid == oid), None)
