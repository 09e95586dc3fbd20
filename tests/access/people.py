"""Callers and records that the tests of access begin with: invented, complete, one change a test."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from access import roles
from access.caller import AccessMode, AuthenticationMode, Caller, Role
from access.mandate import Authorisation, Mandate, RecordState, Standing
from server.domain_files import load_domain
from xds.domain import AffinityDomain

PATIENT = ("190017500100145", "1.2.250.1.213.1.4.10")
DOCTOR_ID = "899700000101"
CLERK_ID = "310B0000001/17"
STRUCTURE_ID = "10B0000001"
OTHER_STRUCTURE_ID = "10B0000002"
PARENT_ID = "260017500100212"

GENERAL_MEDICINE = Role("SM26", roles.SPECIALTIES, "Qualifié en médecine générale")
OCCUPATIONAL_MEDICINE = Role("SM25", roles.SPECIALTIES, "Médecine du travail")
NURSE = Role("60", roles.PROFESSIONS, "Infirmier")
MOTHER = Role("MTH", roles.RELATIONS, "Mère")

PROFESSIONS: Mapping[str, dict[str, Any]] = {
    "P": {"profession": NURSE},
    "M": {"profession": roles.DOCTOR, "specialty": GENERAL_MEDICINE},
    "W": {"profession": roles.DOCTOR, "specialty": OCCUPATIONAL_MEDICINE},
    "T": {"profession": roles.DOCTOR, "specialty": GENERAL_MEDICINE},
    "C": {"profession": roles.SECRETARIAT, "person_id": CLERK_ID},
    "I": {"profession": NURSE, "authentication": AuthenticationMode.INDIRECT},
    "PAT": {"profession": roles.PATIENT, "person_id": PATIENT[0], "authentication": AuthenticationMode.INDIRECT},
    "REP": {"profession": MOTHER, "person_id": PARENT_ID, "authentication": AuthenticationMode.INDIRECT},
}
"""Letters of the matrix → what makes a caller of them."""

MODES = {"n": AccessMode.NORMAL, "r": AccessMode.REGULATION, "b": AccessMode.BREAK_GLASS}


@cache
def the_dmp() -> AffinityDomain:
    """The built-in French profile, records guarded."""
    domain = load_domain("dmp")
    return replace(domain, records=replace(domain.records, managed=True))


def a_caller(letter: str = "M", mode: str = "n", **changes: Any) -> Caller:
    """A caller of that column, for the test patient."""
    told: dict[str, Any] = {
        "assertion_id": "_1",
        "issuer": "CN=899700000101,C=FR",
        "person_id": DOCTOR_ID,
        "structure_id": STRUCTURE_ID if letter not in ("PAT", "REP") else "",
        "patient": PATIENT,
        "access_mode": MODES[mode],
        **PROFESSIONS[letter],
    }
    return Caller(**{**told, **changes})


def a_standing(**changes: Any) -> Standing:
    """An active record on which the caller is authorised."""
    told: dict[str, Any] = {"patient": PATIENT, "state": RecordState.ACTIVE, "authorisation": Authorisation.VALID}
    return Standing(**{**told, **changes})


def a_mandate(letter: str = "M", mode: str = "n", *, domain: AffinityDomain | None = None, **changes: Any) -> Mandate:
    """A caller of that column on an active record; changes go to the standing."""
    standing = a_standing(**{"is_treating": letter == "T", **changes})
    return Mandate(a_caller(letter, mode), standing, domain or the_dmp())
