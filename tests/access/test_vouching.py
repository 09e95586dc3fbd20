"""Which certificate vouches for whom: card, structure, portal; and who opened TLS."""

from __future__ import annotations

import pytest

from access import roles
from access.assertion import AssertionRefused, verify
from access.assertion_rules import INVALID_CERTIFICATE
from access.caller import AccessMode, AuthenticationMode, Role
from access.claims import Claims
from access.distinguished_names import Holder
from access.vouching import judge
from tests.access.vihf import (
    NOW,
    PARENT_ID,
    PERSON_ID,
    POLICY,
    PORTAL,
    SEAL,
    STRUCTURE_ID,
    a_claim,
    of_parent,
    of_patient,
    of_structure,
    read,
    refused,
    the_trust,
    written,
)

CARD = "professional-signature"
TOKEN, AUTHENTICATION = "wsse:InvalidSecurityToken", "wsse:FailedAuthentication"
PERSON, STRUCTURE, TLS, NO_PORTAL = "VIHF-PERSON", "VIHF-STRUCTURE", "VIHF-TLS", "VIHF-PORTAL"
ELSEWHERE, DIRECT = "10B0000018", AuthenticationMode.DIRECT

CASES: dict[str, tuple[Claims, str, str | None, str, str]] = {
    "somebody else's card": (a_claim(person_id="899700000018"), CARD, None, PERSON, AUTHENTICATION),
    "seal as a card": (a_claim(), SEAL, None, PERSON, AUTHENTICATION),
    "other structure": (of_structure(structure_id=ELSEWHERE), SEAL, None, STRUCTURE, AUTHENTICATION),
    "card as a seal": (of_structure(), CARD, None, STRUCTURE, AUTHENTICATION),
    "portal for a professional": (of_structure(), PORTAL, None, NO_PORTAL, AUTHENTICATION),
    "portal for one of its own": (
        of_structure(structure_id="PORTAIL-PATIENT"),
        PORTAL,
        None,
        NO_PORTAL,
        AUTHENTICATION,
    ),
    "portal as a card": (a_claim(person_id="PORTAIL DE DEMONSTRATION"), PORTAL, None, NO_PORTAL, AUTHENTICATION),
    "TLS of a structure, card": (a_claim(), CARD, "establishment-tls", TLS, INVALID_CERTIFICATE),
    "TLS of a card, structure": (of_structure(), SEAL, "professional-authentication", TLS, INVALID_CERTIFICATE),
    "TLS of another": (
        of_structure(structure_id=ELSEWHERE),
        "other-seal",
        "establishment-tls",
        TLS,
        INVALID_CERTIFICATE,
    ),
    "TLS of no portal": (of_patient(), PORTAL, "establishment-tls", TLS, INVALID_CERTIFICATE),
    "patient by a hospital": (of_patient(), SEAL, None, NO_PORTAL, AUTHENTICATION),
    "parent by a hospital": (of_parent(), SEAL, None, NO_PORTAL, AUTHENTICATION),
    "patient by a card": (of_patient(authentication=DIRECT), CARD, None, NO_PORTAL, AUTHENTICATION),
    "patient in DIRECTE": (of_patient(authentication=DIRECT), PORTAL, None, NO_PORTAL, AUTHENTICATION),
    "patient in emergency": (of_patient(access_mode=AccessMode.BREAK_GLASS), PORTAL, None, NO_PORTAL, AUTHENTICATION),
    "portal of a structure": (of_patient(structure_id=STRUCTURE_ID), PORTAL, None, STRUCTURE, AUTHENTICATION),
    "other patient": (of_patient(person_id=PARENT_ID), PORTAL, None, "VIHF-PATIENT", TOKEN),
}
RULES_MET = {case[3] for case in CASES.values()}


@pytest.mark.parametrize("case", CASES)
def test_caller_for_whom_nobody_can_vouch_is_refused(case: str) -> None:
    """[DMP: TD0.1, VIHF]"""
    claims, key, peer, rule, subcode = CASES[case]
    refusal = refused(claims, key, peer=peer)
    assert (refusal.rule, refusal.subcode) == (rule, subcode)


def test_tls_certificate_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(AssertionRefused) as caught:
        verify([read(written(a_claim()))], POLICY, the_trust(), NOW, b"no certificate")
    assert (caught.value.rule, caught.value.subcode) == ("VIHF-TLS", INVALID_CERTIFICATE)


def test_employees_card_names_the_structure_that_may_be_claimed() -> None:
    """[DMP: carte CPE]"""
    card = Holder((), (PERSON_ID,), frozenset({STRUCTURE_ID}), "", "")
    judge(a_claim(profession=roles.SECRETARIAT, specialty=None), POLICY, card, None)
    with pytest.raises(AssertionRefused, match=STRUCTURE_ID):
        judge(a_claim(structure_id=ELSEWHERE), POLICY, card, None)


def test_card_whose_units_are_no_structures_lets_its_holder_say_where_they_work() -> None:
    card = Holder((), (PERSON_ID,), frozenset({"Médecin"}), "", "")
    judge(a_claim(structure_id=ELSEWHERE), POLICY, card, None)


def test_card_vouches_for_nobody_but_its_holder() -> None:
    """Though it names the structure where its holder works. [DMP: VIHF, NameID]"""
    card = Holder((), (PERSON_ID,), frozenset({STRUCTURE_ID}), "EXEMPLE", "CAMILLE")
    with pytest.raises(AssertionRefused) as caught:
        judge(of_structure(person_id="899700000018"), POLICY, card, None)
    assert (caught.value.rule, caught.value.subcode) == (PERSON, AUTHENTICATION)


def test_guardian_is_vouched_for_by_a_portal() -> None:
    portal = Holder((), ("PORTAIL",), frozenset({"PORTAIL-PATIENT"}), "", "")
    judge(of_parent(profession=Role("TUTEUR", roles.PROTECTORS)), POLICY, portal, None)
