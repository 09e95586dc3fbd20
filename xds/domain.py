"""The affinity domain as a value: what one community has agreed on. Data, not code. [ITI TF-1: 10.4.1]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xds.vocabulary import AvailabilityStatus


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


RESULTS_MAX = 10_000
"""Whole objects in one answer, if a domain says nothing else: some 100 MB of ebRIM, more than any screen shows."""

STANDARD_STATUSES = frozenset({AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED})
"""availabilityStatus as IHE has it. [ITI TF-3: 4.2.3.2.2]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityDomain:
    """One affinity domain.

    ``cx_type_code``: component 5 of the patientId in answers ("NH" in the DMP), and whether submitted ones may carry
    components beyond id and authority. ``value_sets``: attribute in snake_case → its codes; absent means that
    every code is accepted. ``removal_allowed``: whether metadata and documents can be taken out for good. ``results_max``:
    whole objects that one stored query may show. ``availability_statuses``: what an update may make of a DocumentEntry.
    ``metadata_level``: of stored queries that give no $MetadataLevel.
    """

    name: str
    title: str
    repository_unique_id: str
    home_community_id: str
    authorities: tuple[AssigningAuthority, ...]
    patients_known_beforehand: bool
    cx_type_code: str = ""
    value_sets: Mapping[str, ValueSet] = field(default_factory=dict)
    removal_allowed: bool = True
    results_max: int = RESULTS_MAX
    availability_statuses: frozenset[AvailabilityStatus] = STANDARD_STATUSES
    metadata_level: int = 1

    def find_authority(self, oid: str) -> AssigningAuthority | None:
        """The declared authority with that OID, if there is one."""
        return next((authority for authority in self.authorities if authority.oid == oid), None)
