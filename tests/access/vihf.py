"""Assertions for tests: good ones of each kind of caller, signed by the PKI of the tests, and signed anew after a change."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import uuid4

import pytest
from lxml import etree

from access import roles
from access.assertion import AssertionRefused, verify
from access.caller import AuthenticationMode, Caller, Role
from access.claims import Claims, Software
from access.writing import write_assertion
from safexml import parser
from signing import saml
from signing.keys import SigningKey
from signing.trust import Trust
from tests.pki import authority
from xds.domain import AssertionPolicy

NOW = authority.NOW
POLICY = AssertionPolicy(demanded=True, patient_portals=("PORTAIL-PATIENT",))
SEAL, PORTAL = "seal", "portal-seal"
STRUCTURE_ID = "10B0000000"
PERSON_ID = "899700000000"
PATIENT = ("190017500100145", "1.2.250.1.213.1.4.10")
PARENT_ID = "260017500100212"
SOFTWARE = Software("Logiciel d'essai", "1.2", "poste-7", "LPS-000001")

_SIGNATURE = re.compile(rb"<ds:Signature .*</ds:Signature>", re.DOTALL)

Edit = Callable[[str], str]


@cache
def a_key(name: str = "professional-signature", pki: str = authority.SANTE) -> SigningKey:
    """The key of that name of the PKI of the tests."""
    return SigningKey(authority.key(name, pki), authority.certificate(name, pki))  # type: ignore[arg-type]


@cache
def the_trust() -> Trust:
    """Trust in the PKI of the tests."""
    return authority.trust()


def a_claim(**changes: Any) -> Claims:
    """What a doctor's own card says."""
    told: dict[str, Any] = {
        "person_id": PERSON_ID,
        "structure_id": STRUCTURE_ID,
        "sector": "SA07^1.2.250.1.71.4.2.4",
        "profession": roles.DOCTOR,
        "specialty": Role("SM26", roles.SPECIALTIES, "Qualifié en médecine générale"),
        "patient": PATIENT,
        "software": SOFTWARE,
    }
    return Claims(**{**told, **changes})


def of_structure(**changes: Any) -> Claims:
    """What a structure says of a nurse who works there."""
    told: dict[str, Any] = {
        "authentication": AuthenticationMode.INDIRECT,
        "person_name": "DUPRE Camille",
        "profession": Role("60", roles.PROFESSIONS, "Infirmier"),
        "specialty": None,
    }
    return a_claim(**{**told, **changes})


def of_patient(**changes: Any) -> Claims:
    """What a portal says of a patient."""
    told: dict[str, Any] = {
        "authentication": AuthenticationMode.INDIRECT,
        "person_id": PATIENT[0],
        "profession": roles.PATIENT,
        "specialty": None,
        "structure_id": "",
        "sector": "",
    }
    return a_claim(**{**told, **changes})


def of_parent(**changes: Any) -> Claims:
    """What a portal says of a mother."""
    return of_patient(**{"person_id": PARENT_ID, "profession": Role("MTH", roles.RELATIONS, "Mère"), **changes})


def written(claims: Claims, key: SigningKey | None = None, edit: Edit | None = None) -> bytes:
    """The signed assertion; an edit is made to its text before it is signed."""
    key = key or a_key()
    assertion = write_assertion(claims, key, NOW, lambda: uuid4().urn)
    if edit is None:
        return assertion
    bare = _SIGNATURE.sub(b"", assertion).decode()
    changed = edit(bare)
    assert changed != bare, "the edit changes nothing"
    return saml.sign_assertion(changed.encode(), key)


def read(assertion: bytes) -> etree._Element:
    """The assertion as it comes out of an envelope."""
    return parser.parse(assertion)


def believed(
    claims: Claims, key: SigningKey | None = None, edit: Edit | None = None, peer: str | None = None
) -> Caller:
    """The caller that is made of it."""
    peer_certificate = authority.der(peer) if peer is not None else None
    return verify([read(written(claims, key, edit))], POLICY, the_trust(), NOW, peer_certificate)


def replaced(old: str, new: str) -> Edit:
    """The edit that puts one text for another, once."""
    return lambda text: text.replace(old, new, 1)


def without(name: str) -> Edit:
    """The edit that leaves an attribute out."""
    return lambda text: re.sub(
        rf'<saml:Attribute Name="{re.escape(name)}">.*?</saml:Attribute>', "", text, flags=re.DOTALL
    )


def with_value(name: str, value: str) -> Edit:
    """The edit that gives an attribute other AttributeValues."""
    pattern = rf'(<saml:Attribute Name="{re.escape(name)}">).*?(</saml:Attribute>)'
    return lambda text: re.sub(pattern, lambda found: found[1] + value + found[2], text, flags=re.DOTALL)


def a_value(content: str) -> str:
    """An AttributeValue."""
    return f"<saml:AttributeValue>{content}</saml:AttributeValue>"


def added(name: str, value: str) -> Edit:
    """The edit that adds an attribute at the end."""
    end = "</saml:AttributeStatement>"
    return replaced(end, f'<saml:Attribute Name="{name}">{a_value(value)}</saml:Attribute>{end}')


def at(name: str, instant: str) -> Edit:
    """The edit that gives an attribute of XML, met first, another value."""
    return lambda text: re.sub(rf' {name}="[^"]*"', f' {name}="{instant}"', text, count=1)


def issued_by(name: str) -> Edit:
    """The edit that makes somebody else of the Issuer."""
    return lambda text: re.sub(r'(X509SubjectName">)[^<]*', lambda found: found[1] + name, text)


def refused(
    claims: Claims, key: str = "professional-signature", edit: Edit | None = None, peer: str | None = None
) -> AssertionRefused:
    """The refusal of an assertion, which tells nobody's name and no matricule, soon."""
    assertion = read(written(claims, a_key(key), edit))
    peer_certificate = authority.der(peer) if peer is not None else None
    trust = the_trust()
    began = time.perf_counter()
    with pytest.raises(AssertionRefused) as caught:
        verify([assertion], POLICY, trust, NOW, peer_certificate)
    assert time.perf_counter() - began < 0.05
    for told in (caught.value.reason, caught.value.reason_fr):
        assert told
        assert not any(name in told for name in (PATIENT[0], PARENT_ID, "DUPRE", "Camille", "EXEMPLE CAMILLE"))
    return caught.value
