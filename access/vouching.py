"""Which certificate can vouch for which caller: who signed the assertion and who opened TLS, against what is claimed. [DMP: TD0.1, VIHF]

A card vouches for its holder, a structure's certificate for whoever works there, a portal's for patients and legal representatives.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from access import distinguished_names, roles
from access.assertion_rules import AssertionRefused, refusal, shown
from access.caller import AccessMode, AuthenticationMode
from access.roles import Kind

if TYPE_CHECKING:
    from collections.abc import Collection

    from access.claims import Claims
    from access.distinguished_names import Holder
    from xds.domain import AssertionPolicy

_is_structure_id = re.compile(r"[0-4][0-9A-Z]{8,14}").fullmatch
"""Struct_IdNat, which the OU of an employee's card is; a doctor's may say other things there. [DMP: Struct_IdNat]"""


def judge(claims: Claims, policy: AssertionPolicy, signer: Holder, peer_certificate: bytes | None) -> None:
    """Whether the signer can vouch for the caller, and opened TLS, where the peer is known. *Raises* AssertionRefused."""
    kind = roles.kind_of(claims.profession, claims.specialty)
    peer = _read_peer(peer_certificate)
    if kind in (Kind.PATIENT, Kind.REPRESENTATIVE):
        _judge_portal(claims, policy, signer, peer)
        if kind is Kind.PATIENT:
            _judge_patient(claims)
    elif signer.units.intersection(policy.patient_portals):
        raise refusal(
            "VIHF-PORTAL",
            f"A professional is vouched for by a portal, OU {_listed(signer.units)}; expected their card, or their structure.",
            f"Un professionnel est garanti par un portail, OU {_listed(signer.units)} ; attendu : sa carte, ou sa structure.",
        )
    elif claims.authentication is AuthenticationMode.DIRECT:
        _judge_card(claims, signer, peer)
    else:
        _judge_structure(claims, signer, peer)


def _read_peer(certificate: bytes | None) -> Holder | None:
    if certificate is None:
        return None
    try:
        return distinguished_names.holder_of(certificate)
    except ValueError:
        raise refusal(
            "VIHF-TLS",
            "The certificate that opened TLS cannot be read; expected an X.509 certificate.",
            "Le certificat qui a ouvert TLS est illisible ; attendu : un certificat X.509.",
        ) from None


def _judge_card(claims: Claims, signer: Holder, peer: Holder | None) -> None:
    if claims.person_id not in signer.common_names:
        raise refusal(
            "VIHF-PERSON",
            "NameID is not the CN of the signing certificate; expected the PS_IdNat of the card that signs.",
            "NameID n'est pas le CN du certificat signataire ; attendu : le PS_IdNat de la carte qui signe.",
        )
    structures = {unit for unit in signer.units if _is_structure_id(unit)}
    if structures and claims.structure_id not in structures:
        raise _other_structure(claims, structures)
    if peer is not None and claims.person_id not in peer.common_names:
        raise refusal(
            "VIHF-TLS",
            "The certificate that opened TLS is not of the person who signed; expected the authentication certificate of the same card.",
            "Le certificat qui a ouvert TLS n'est pas celui de la personne qui a signé ; "
            "attendu : le certificat d'authentification de la même carte.",
        )


def _judge_structure(claims: Claims, signer: Holder, peer: Holder | None) -> None:
    if claims.structure_id not in signer.units:
        raise _other_structure(claims, signer.units)
    if signer.surname:
        raise refusal(
            "VIHF-PERSON",
            f"A person's card signed in mode {claims.authentication}; expected DIRECTE, or the certificate of the structure.",
            f"La carte d'une personne a signé en mode {claims.authentication} ; attendu : DIRECTE, ou le certificat de la structure.",
        )
    if peer is not None and claims.structure_id not in peer.units:
        raise _other_peer(peer.units, {claims.structure_id})


def _judge_portal(claims: Claims, policy: AssertionPolicy, signer: Holder, peer: Holder | None) -> None:
    vouching = signer.units.intersection(policy.patient_portals)
    if not vouching:
        raise _no_portal(
            f"signed by a certificate with OU {_listed(signer.units)}; expected the OU of a portal of the domain",
            f"garanti par un certificat d'OU {_listed(signer.units)} ; attendu : l'OU d'un portail du domaine",
        )
    if claims.structure_id and claims.structure_id not in vouching:
        raise _other_structure(claims, vouching)
    if claims.authentication is AuthenticationMode.DIRECT:
        raise _no_portal(
            "in mode DIRECTE; expected INDIRECTE or INDIRECTE_RENFORCEE",
            "en mode DIRECTE ; attendu : INDIRECTE ou INDIRECTE_RENFORCEE",
        )
    if claims.access_mode is not AccessMode.NORMAL:
        raise _no_portal(
            f"in access {claims.access_mode}; expected {AccessMode.NORMAL}",
            f"en accès {claims.access_mode} ; attendu : {AccessMode.NORMAL}",
        )
    if peer is not None and not vouching & peer.units:
        raise _other_peer(peer.units, vouching)


def _judge_patient(claims: Claims) -> None:
    if claims.patient is None or claims.patient[0] != claims.person_id:
        raise refusal(
            "VIHF-PATIENT",
            "NameID of a patient is not the matricule of resource-id; expected the same one.",
            "NameID d'un patient n'est pas le matricule de resource-id ; attendu : le même.",
        )


def _no_portal(seen: str, seen_fr: str) -> AssertionRefused:
    return refusal(
        "VIHF-PORTAL",
        f"A patient or legal representative is {seen}.",
        f"Un patient ou représentant légal est {seen_fr}.",
    )


def _other_structure(claims: Claims, expected: Collection[str]) -> AssertionRefused:
    seen, wanted = shown(claims.structure_id), _listed(expected)
    return refusal(
        "VIHF-STRUCTURE",
        f"Identifiant_Structure is {seen}; expected that of the signing certificate (OU): {wanted}.",
        f"Identifiant_Structure : vu {seen} ; attendu : celui du certificat signataire (OU) : {wanted}.",
    )


def _other_peer(seen: Collection[str], expected: Collection[str]) -> AssertionRefused:
    units, wanted = _listed(seen), _listed(expected)
    return refusal(
        "VIHF-TLS",
        f"The certificate that opened TLS has OU {units}; expected the structure of the assertion, {wanted}.",
        f"Le certificat qui a ouvert TLS a pour OU {units} ; attendu : la structure de l'assertion, {wanted}.",
    )


def _listed(units: Collection[str]) -> str:
    return ", ".join(map(shown, sorted(units))) or "''"
