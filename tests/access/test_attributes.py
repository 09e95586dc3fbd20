"""The attributes of the VIHF: how they are read, which are missed, what another value is told."""

from __future__ import annotations

import pytest

from access import attributes, roles
from access.caller import AccessMode, AuthenticationMode, Role
from access.claims import Claims
from tests.access.vihf import (
    PATIENT,
    PERSON_ID,
    PORTAL,
    SEAL,
    STRUCTURE_ID,
    Edit,
    a_claim,
    a_value,
    added,
    believed,
    of_parent,
    of_patient,
    of_structure,
    refused,
    replaced,
    with_value,
    without,
)

TOKEN = "wsse:InvalidSecurityToken"
CARD = "professional-signature"


@pytest.mark.parametrize("name", ["Authentification_mode", "Authentification_Mode", "AUTHENTIFICATION_MODE"])
def test_authentication_mode_is_read_in_any_spelling_of_its_name(name: str) -> None:
    """[DMP: VIHF, Authentification_mode]"""
    edit = replaced('Name="Authentification_Mode"', f'Name="{name}"')
    claims = a_claim(version="4.0")
    assert believed(claims, edit=edit if name != "Authentification_Mode" else None).authentication == "DIRECTE"


def test_role_and_purpose_are_read_as_text_too() -> None:
    edit = with_value(
        attributes.ROLE, a_value("10^1.2.250.1.71.1.2.7") + a_value("SM26^Généraliste^1.2.250.1.71.4.2.5")
    )
    caller = believed(a_claim(), edit=edit)
    assert caller.profession == Role("10", roles.PROFESSIONS)
    assert caller.specialty == Role("SM26", roles.SPECIALTIES, "Généraliste")
    assert believed(a_claim(), edit=with_value(attributes.PURPOSE, a_value("centre_15"))).access_mode == "centre_15"


def test_date_behind_the_matricule_does_not_count() -> None:
    """[DMP: XDS metadata, patientId]"""
    edit = replaced("ISO^NH", "ISO^NH^^20100907")
    assert believed(a_claim(), edit=edit).patient == PATIENT


def test_attribute_of_no_table_is_passed_over() -> None:
    """[ITI TF-2: 3.40.4.1.3]"""
    edit = replaced(
        "</saml:AttributeStatement>",
        f'<saml:Attribute Name="x">{a_value("y")}</saml:Attribute></saml:AttributeStatement>',
    )
    assert believed(a_claim(), edit=edit).person_id == PERSON_ID


NEEDED = [
    *(
        (name, a_claim(), CARD)
        for name in (
            attributes.VERSION,
            attributes.AUTHENTICATION,
            attributes.ROLE,
            attributes.PURPOSE,
            attributes.RESOURCE,
            attributes.STRUCTURE,
            attributes.SECTOR,
        )
    ),
    (attributes.SUBJECT_ID, of_structure(), SEAL),
    (attributes.PATIENT, of_patient(), PORTAL),
    (attributes.PATIENT, of_parent(), PORTAL),
]


@pytest.mark.parametrize(("name", "claims", "key"), NEEDED)
def test_missing_attribute_is_refused_by_its_name_with_what_is_expected(name: str, claims: Claims, key: str) -> None:
    """[DMP: VIHF]"""
    for edit in (without(name), with_value(name, a_value(" "))):
        refusal = refused(claims, key, edit)
        assert (refusal.rule, refusal.subcode) == ("VIHF-MISSING", TOKEN)
        assert refusal.reason.startswith(f"{name} is missing; expected ")
        assert refusal.reason_fr.startswith(f"{name} est absent ; attendu")


@pytest.mark.parametrize("name", [attributes.SUBJECT_ID, attributes.PATIENT, *attributes.LPS])
def test_attribute_that_a_card_need_not_give_is_not_missed(name: str) -> None:
    claims = a_claim(person_name="DUPRE Camille")
    assert believed(claims, edit=without(name)).person_id == PERSON_ID


def test_reason_is_not_demanded_of_who_breaks_the_glass() -> None:
    assert believed(a_claim(access_mode=AccessMode.BREAK_GLASS)).access_mode is AccessMode.BREAK_GLASS
    assert believed(a_claim(access_mode=AccessMode.BREAK_GLASS, reason="Coma")).reason == "Coma"


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        (attributes.AUTHENTICATION, a_value("directe"), "INDIRECTE_RENFORCEE"),
        (attributes.PURPOSE, a_value("urgence"), "bris_de_glace"),
        (
            attributes.PURPOSE,
            a_value('<P xmlns="urn:hl7-org:v3" code="normal" codeSystem="1.2.3"/>'),
            "1.2.250.1.213.1.1.4.248",
        ),
        (attributes.RESOURCE, a_value("urn:other"), "urn:dmp"),
        (attributes.PATIENT, a_value("190017500100145"), "^NH"),
        (attributes.PATIENT, a_value("17^^^&amp;1.2.3&amp;ISO^PI"), "^NH"),
        (attributes.STRUCTURE, a_value("<a/>"), "HL7"),
        (attributes.STRUCTURE, a_value('<a xmlns="urn:hl7-org:v3"/><b xmlns="urn:hl7-org:v3"/>'), "HL7"),
    ],
)
def test_value_of_another_kind_is_refused_with_what_is_expected(name: str, value: str, expected: str) -> None:
    refusal = refused(a_claim(), edit=with_value(name, value))
    assert (refusal.rule, refusal.subcode) == ("VIHF-VALUE", TOKEN)
    assert expected in refusal.reason and expected in refusal.reason_fr


def test_secret_connection_of_another_code_is_refused() -> None:
    """A secret that is not understood must not be made public. [ANS: JDV_J64]"""
    edit = replaced(a_value("INVISIBLE_REPRESENTANTS_LEGAUX"), a_value("INVISIBLE_REP_LEGAUX"))
    assert refused(a_claim(is_secret=True), edit=edit).rule == "VIHF-VALUE"
    assert believed(a_claim(is_secret=True)).is_secret


REPEATED, ROLE = "VIHF-REPEATED", "VIHF-ROLE"
PHARMACIST, KNOWN_BY_ROLE = Role("21", roles.PROFESSIONS), Role("99", roles.KNOWN_BY_ROLE)
TWICE = a_value(STRUCTURE_ID) + a_value("10B0000018")
CASES: dict[str, tuple[Claims, str, Edit | None, str]] = {
    "two structures": (a_claim(), CARD, replaced(a_value(STRUCTURE_ID), TWICE), REPEATED),
    "both spellings": (a_claim(), CARD, added("Authentification_Mode", "INDIRECTE"), REPEATED),
    "three roles": (a_claim(), CARD, added(attributes.ROLE, "60^1.2.250.1.71.1.2.7"), REPEATED),
    "role of another table": (a_claim(profession=Role("10", "1.2.3")), CARD, None, ROLE),
    "neighbour": (of_parent(profession=Role("NBOR", roles.RELATIONS)), PORTAL, None, ROLE),
    "doctor without specialty": (a_claim(specialty=None), CARD, None, ROLE),
    "pharmacist without section": (a_claim(profession=PHARMACIST, specialty=None), CARD, None, ROLE),
    "known by no role": (a_claim(profession=KNOWN_BY_ROLE, specialty=None), CARD, None, ROLE),
}
RULES_MET = {"VIHF-MISSING", "VIHF-VALUE", REPEATED, ROLE}


@pytest.mark.parametrize("case", CASES)
def test_attribute_that_breaks_a_rule_is_refused_by_it(case: str) -> None:
    """[DMP: VIHF; ANS: JDV_J65]"""
    claims, key, edit, rule = CASES[case]
    refusal = refused(claims, key, edit)
    assert (refusal.rule, refusal.subcode) == (rule, TOKEN)


def test_table_names_each_attribute_once() -> None:
    assert len(attributes.ROWS) == len(attributes.ATTRIBUTES) == 15
    assert AuthenticationMode.INDIRECT in attributes.ROWS["authentification_mode"].expected
