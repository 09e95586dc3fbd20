"""Vouches for whoever uses the verbs: one assertion for each request, signed with the keys of a PKI folder. [DMP: VIHF; ITI TF-2: 3.40]

An establishment vouches for its professionals, a portal for patients. Where there is no such folder nobody is vouched for, and a
service that demands an assertion says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

from access.caller import AccessMode, AuthenticationMode, Identity, Role
from access.claims import Claims, Software
from access.writing import write_assertion
from signing.keys import SigningKey, load_signing_key
from soap import security

ESTABLISHMENT, PORTAL = "establishment", "portal"
"""Who holds keys in a PKI folder: ``NAME-seal`` signs, ``NAME-tls`` opens TLS; both must be of one holder. [DMP: VIHF]"""

_PROFESSIONS = "1.2.250.1.71.1.2.7"
_KNOW_HOW = "1.2.250.1.71.4.2.5"
_ROLES = "1.2.250.1.213.1.1.4.6"
_PHYSICIAN = Role("10", _PROFESSIONS, "Médecin")
_GENERAL_PRACTICE = Role("SM26", _KNOW_HOW, "Qualifié en médecine générale")
_PATIENT = Role("EXP_PATIENT", _ROLES, "Expression du patient")
_SOFTWARE = Software("Coffre", "0.1", "", "")


class Professional(NamedTuple):
    """Whom an establishment vouches for, by PS_IdNat; the names are empty where nobody has told them."""

    person_id: str
    family_name: str = ""
    given_name: str = ""

    @property
    def name(self) -> str:
        """As assertions have it."""
        return f"{self.family_name} {self.given_name}".strip()


DOCTOR = Professional("899700000000", "EXEMPLE", "CAMILLE")
"""The professional of the demonstration keys; no such number has been given."""


@dataclass(frozen=True, slots=True)
class Voucher:
    """Makes assertions: whose key signs, what it says of the caller, and who must open TLS to go with it."""

    key: SigningKey
    claims: Claims
    holder: str = ESTABLISHMENT
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)

    def header(self, patient: Identity | None) -> bytes:
        """A wsse:Security header with an assertion of its own, about that patient."""
        claims = replace(self.claims, patient=patient or self.claims.patient)
        return security.write(write_assertion(claims, self.key, self.clock(), lambda: str(uuid4())))


def load_seal(folder: Path, holder: str = ESTABLISHMENT) -> SigningKey | None:
    """The seal of a holder with its certificate; none where it is not there. *Raises* KeyUnfit."""
    key, certificate = folder / f"{holder}-seal.key.pem", folder / f"{holder}-seal.cert.pem"
    if not (key.is_file() and certificate.is_file()):
        return None
    return load_signing_key(key.read_bytes(), certificate.read_bytes())


def of_structure(folder: Path, person: Professional = DOCTOR) -> Voucher | None:
    """The establishment that feeds records, in the name of whoever wrote the documents. [DMP: authentification indirecte]"""
    return _of_establishment(folder, person, AuthenticationMode.INDIRECT)


def of_professional(
    folder: Path, person: Professional = DOCTOR, mode: AccessMode = AccessMode.NORMAL, reason: str = ""
) -> Voucher | None:
    """A physician whom the establishment has authenticated by two factors, and who may consult. [DMP: AIR]"""
    voucher = _of_establishment(folder, person, AuthenticationMode.REINFORCED)
    if voucher is None:
        return None
    return replace(voucher, claims=replace(voucher.claims, access_mode=mode, reason=reason))


def of_patient(folder: Path, patient: Identity) -> Voucher | None:
    """The patient, for whom a portal vouches."""
    key = load_seal(folder, PORTAL)
    if key is None:
        return None
    claims = Claims(
        person_id=patient[0],
        profession=_PATIENT,
        person_name="PATIENT",
        structure_id=key.organizational_unit,
        authentication=AuthenticationMode.INDIRECT,
        patient=patient,
        software=_SOFTWARE,
    )
    return Voucher(key, claims, PORTAL)


def _of_establishment(folder: Path, person: Professional, authentication: AuthenticationMode) -> Voucher | None:
    key = load_seal(folder)
    if key is None:
        return None
    claims = Claims(
        person_id=person.person_id,
        profession=_PHYSICIAN,
        # The attribute must be there: where no name is known, that of the software stands for it. [DMP: VIHF, subject-id]
        person_name=person.name or _SOFTWARE.name,
        structure_id=key.organizational_unit,
        sector="SA07^1.2.250.1.71.4.2.4",
        specialty=_GENERAL_PRACTICE,
        authentication=authentication,
        software=_SOFTWARE,
    )
    return Voucher(key, claims)
