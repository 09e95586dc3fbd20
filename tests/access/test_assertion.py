"""The assertion is believed or refused: its seal, its issuer, its moment, its audience; wrapped ones; used ones."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from access import attributes, roles
from access.assertion import AssertionRefused, already_used, use_of, verify
from access.assertion_rules import ASSERTION_RULES, INVALID_CERTIFICATE
from access.caller import AuthenticationMode
from access.writing import write_assertion
from signing.trust import NOBODY_TRUSTED
from tests.access import test_attributes, test_vouching
from tests.access.vihf import (
    NOW,
    PARENT_ID,
    PATIENT,
    PERSON_ID,
    POLICY,
    PORTAL,
    SEAL,
    STRUCTURE_ID,
    Edit,
    a_claim,
    a_key,
    at,
    believed,
    issued_by,
    of_parent,
    of_patient,
    of_structure,
    read,
    refused,
    replaced,
    the_trust,
    written,
)
from tests.pki import authority

TOKEN, AUTHENTICATION, CHECK = "wsse:InvalidSecurityToken", "wsse:FailedAuthentication", "wsse:FailedCheck"
EXPIRED, SECURITY = "wsse:MessageExpired", "wsse:InvalidSecurity"


def test_doctors_own_card_is_believed() -> None:
    """[DMP: VIHF, DIRECTE]"""
    caller = believed(a_claim(), peer="professional-authentication")
    assert (caller.person_id, caller.structure_id, caller.patient) == (PERSON_ID, STRUCTURE_ID, PATIENT)
    assert caller.person_name == "EXEMPLE CAMILLE"
    assert caller.certificate == sha256(authority.der("professional-signature")).hexdigest()
    assert caller.software == "Logiciel d'essai 1.2"


@pytest.mark.parametrize("mode", [AuthenticationMode.INDIRECT, AuthenticationMode.REINFORCED])
def test_structure_vouches_for_whom_it_authenticated(mode: AuthenticationMode) -> None:
    """[DMP: VIHF, INDIRECTE]"""
    caller = believed(of_structure(authentication=mode), a_key(SEAL), peer="establishment-tls")
    assert (caller.authentication, caller.person_name) == (mode, "DUPRE Camille")


def test_portal_vouches_for_patient_and_parent() -> None:
    assert believed(of_patient(), a_key(PORTAL), peer="portal-tls").profession == roles.PATIENT
    assert believed(of_parent(), a_key(PORTAL), peer="portal-tls").person_id == PARENT_ID


def test_assertion_about_no_patient_is_believed() -> None:
    """TD0.4 and TD0.5 are about no one patient."""
    assert believed(a_claim(patient=None)).patient is None


@pytest.mark.parametrize(
    "name",
    [
        "C=FR, O=AUTORITE DES EXEMPLES, T=Médecin, CN=899700000000, SN=EXEMPLE, GN=CAMILLE",
        "givenName=CAMILLE,surname=EXEMPLE,cn=899700000000,title=Médecin,o=AUTORITE DES EXEMPLES,c=FR",
        '2.5.4.42=#0c0743414d494c4c45;SN="EXEMPLE";CN=8997\\30000000\\30;T=M\\C3\\A9decin;O=AUTORITE\\ DES EXEMPLES ;C=FR',
    ],
)
def test_issuer_is_believed_in_every_legal_spelling_of_the_signers_name(name: str) -> None:
    """[RFC 4514; RFC 2253; RFC 1779]"""
    edit: Edit = lambda text: re.sub(r"(X509SubjectName\">)[^<]*", lambda found: found[1] + name, text)  # noqa: E731 - an edit like the others
    assert believed(a_claim(), edit=edit).person_id == PERSON_ID


def test_times_in_another_zone_are_understood() -> None:
    edit: Edit = lambda text: text.replace("T10:00:00.000000Z", "T11:00:00+01:00")  # noqa: E731
    assert believed(a_claim(), edit=edit).person_id == PERSON_ID


@pytest.mark.parametrize("count", [0, 2])
def test_request_without_exactly_one_assertion_is_refused(count: int) -> None:
    """[ITI TF-2: 3.40.4.1]"""
    with pytest.raises(AssertionRefused, match="expected one") as caught:
        verify([read(written(a_claim())) for _ in range(count)], POLICY, the_trust(), NOW, None)
    assert (caught.value.rule, caught.value.subcode) == ("VIHF-COUNT", SECURITY)


def test_assertion_that_nobody_signed_is_refused() -> None:
    bare = re.sub(rb"<ds:Signature .*</ds:Signature>", b"", written(a_claim()), flags=re.DOTALL)
    with pytest.raises(AssertionRefused) as caught:
        verify([read(bare)], POLICY, the_trust(), NOW, None)
    assert caught.value.rule.startswith("SIG-")
    assert caught.value.subcode == SECURITY


def test_assertion_changed_after_it_was_signed_is_refused() -> None:
    changed = written(a_claim()).replace(PERSON_ID.encode() + b"</saml:NameID>", b"899700000018</saml:NameID>")
    with pytest.raises(AssertionRefused) as caught:
        verify([read(changed)], POLICY, the_trust(), NOW, None)
    assert caught.value.subcode == CHECK


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("expired", "SIG-CERT-EXPIRED"),
        ("not-yet-valid", "SIG-CERT-NOT-YET-VALID"),
        ("revoked", "SIG-CERT-REVOKED"),
        ("wrong-usage", "SIG-CERT-USAGE"),
        ("professional-authentication", "SIG-CERT-USAGE"),
        ("self-signed", "SIG-CERT-CHAIN"),
    ],
)
def test_assertion_signed_by_a_wrong_certificate_is_refused_as_the_dmp_does(key: str, rule: str) -> None:
    """[DMP: DMPInvalidCertificate]"""
    refusal = refused(of_structure(), key)
    assert (refusal.rule, refusal.subcode) == (rule, INVALID_CERTIFICATE)


def test_forger_with_authorities_of_the_same_names_is_refused() -> None:
    forged = write_assertion(of_structure(), a_key(SEAL, authority.ETRANGERE), NOW, lambda: "1")
    with pytest.raises(AssertionRefused) as caught:
        verify([read(forged)], POLICY, the_trust(), NOW, None)
    assert caught.value.subcode == INVALID_CERTIFICATE


def test_where_nobody_is_trusted_nobody_is_believed() -> None:
    with pytest.raises(AssertionRefused) as caught:
        verify([read(written(a_claim()))], POLICY, NOBODY_TRUSTED, NOW, None)
    assert caught.value.subcode == INVALID_CERTIFICATE


CONFIRMED = '<saml:SubjectConfirmationData NotOnOrAfter="2026-03-02T09:00:00Z"/></saml:SubjectConfirmation>'
RESTRICTED = (
    "<saml:AudienceRestriction><saml:Audience>urn:x</saml:Audience></saml:AudienceRestriction></saml:Conditions>"
)
NAME_ID = "<saml:NameID>"


def restricted(text: str) -> str:
    """The edit that names another audience."""
    return re.sub(r"(<saml:Conditions [^>]*)/>", rf"\1>{RESTRICTED}", text)


FORM, ISSUER, LATE, EARLY = "VIHF-FORM", "VIHF-ISSUER", "VIHF-EXPIRED", "VIHF-NOT-YET"
CASES: dict[str, tuple[Edit, str, str]] = {
    "no NameID": (replaced(f"{PERSON_ID}</saml:NameID>", "</saml:NameID>"), FORM, TOKEN),
    "two NameIDs": (replaced(NAME_ID, f"{NAME_ID}x</saml:NameID>{NAME_ID}"), FORM, TOKEN),
    "element in NameID": (replaced(NAME_ID, f"{NAME_ID}<a/>"), FORM, TOKEN),
    "two Subjects": (replaced("<saml:Subject>", "<saml:Subject/><saml:Subject>"), FORM, TOKEN),
    "no IssueInstant": (lambda text: re.sub(r' IssueInstant="[^"]*"', "", text), FORM, TOKEN),
    "odd IssueInstant": (at("IssueInstant", "today"), FORM, TOKEN),
    "no day of the calendar": (at("IssueInstant", "2026-02-30T10:00:00Z"), FORM, TOKEN),
    "ID without end": (lambda text: re.sub(r' ID="', ' ID="' + "_" * 300, text), FORM, TOKEN),
    "other format of the issuer": (replaced("X509SubjectName", "unspecified"), ISSUER, AUTHENTICATION),
    "other issuer": (replaced("=EXEMPLE,", "=EXEMPLAIRE,"), ISSUER, AUTHENTICATION),
    "half the issuer": (issued_by("C=FR,CN=899700000000"), ISSUER, AUTHENTICATION),
    "issuer that is no name": (issued_by("MES"), ISSUER, AUTHENTICATION),
    "stale": (at("IssueInstant", "2026-03-02T09:53:59Z"), LATE, EXPIRED),
    "of the first day": (at("IssueInstant", "0001-01-01T00:00:00+14:00"), LATE, EXPIRED),
    "of the last day": (at("IssueInstant", "9999-12-31T23:59:59-14:00"), EARLY, EXPIRED),
    "from the future": (at("IssueInstant", "2026-03-02T10:01:01Z"), EARLY, EXPIRED),
    "ended": (at("NotOnOrAfter", "2026-03-02T09:59:00Z"), LATE, EXPIRED),
    "not begun": (at("NotBefore", "2026-03-02T10:01:01Z"), EARLY, EXPIRED),
    "confirmation ended": (replaced(':bearer"/>', f':bearer">{CONFIRMED}'), LATE, EXPIRED),
    "for another service": (restricted, "VIHF-AUDIENCE", TOKEN),
    "other version": (replaced(">3.0<", ">2.0<"), "VIHF-VERSION", TOKEN),
}


@pytest.mark.parametrize("case", CASES)
def test_assertion_that_breaks_a_rule_of_its_frame_is_refused_by_it(case: str) -> None:
    """[DMP: VIHF; SAML 2.0 Core: 2.3.3, 2.5.1]"""
    edit, rule, subcode = CASES[case]
    refusal = refused(a_claim(), edit=edit)
    assert (refusal.rule, refusal.subcode) == (rule, subcode)


def test_audience_that_is_ours_is_no_hindrance() -> None:
    def edit(text: str) -> str:
        return restricted(text).replace(">urn:x<", f">{attributes.RESOURCE_URN}<")

    assert believed(a_claim(), edit=edit).person_id == PERSON_ID


def test_every_rule_of_an_assertion_has_a_case() -> None:
    met = {rule for _, rule, _ in CASES.values()} | test_attributes.RULES_MET | test_vouching.RULES_MET
    assert {*met, "VIHF-COUNT", already_used().rule} == set(ASSERTION_RULES)


@pytest.mark.parametrize("seconds", [-60, 0, 359, 360])
def test_clocks_may_differ_by_the_skew(seconds: int) -> None:
    def edit(text: str) -> str:
        return re.sub(r"<saml:Conditions [^>]*/>", "", text)

    assertion = read(written(a_claim(), edit=edit))
    assert verify([assertion], POLICY, the_trust(), NOW + timedelta(seconds=seconds), None).person_id == PERSON_ID


def test_use_tells_assertions_apart_and_lasts_as_long_as_one_can_be_believed() -> None:
    """[ITI TF-2: 3.40.4.1.3]"""
    first, second = believed(a_claim()), believed(a_claim())
    digest, expires_at = use_of(first, POLICY, NOW)
    assert len(digest) == 32
    assert digest == use_of(first, POLICY, NOW + timedelta(seconds=5))[0] != use_of(second, POLICY, NOW)[0]
    assert use_of(replace(first, issuer=first.issuer + "x"), POLICY, NOW)[0] != digest
    assert expires_at > NOW.timestamp() + POLICY.fresh_seconds + 2 * POLICY.skew_seconds


def _wrapped(original: bytes, forged: bytes, place: str) -> bytes:
    """The forged assertion with the original hidden in it, its signature moved to where the forged one's belongs."""
    signature = re.search(rb"<ds:Signature .*</ds:Signature>", original, re.DOTALL)
    assert signature is not None
    bare = original.replace(signature[0], b"")
    forged = re.sub(rb"<ds:Signature .*</ds:Signature>", b"", forged, flags=re.DOTALL)
    if place == "in Object":
        moved = signature[0].replace(b"</ds:Signature>", b"<ds:Object>" + bare + b"</ds:Object></ds:Signature>")
        return forged.replace(b"</saml:Issuer>", b"</saml:Issuer>" + moved)
    if place == "in Advice":
        return forged.replace(b"</saml:Issuer>", b"</saml:Issuer>" + signature[0]).replace(
            b"<saml:AuthnStatement", b"<saml:Advice>" + bare + b"</saml:Advice><saml:AuthnStatement"
        )
    if place == "whole in Advice":
        return forged.replace(
            b"<saml:AuthnStatement", b"<saml:Advice>" + original + b"</saml:Advice><saml:AuthnStatement"
        )
    return forged.replace(b"</saml:Assertion>", original + b"</saml:Assertion>")


@pytest.mark.parametrize("same_id", [True, False])
@pytest.mark.parametrize("place", ["in Object", "in Advice", "whole in Advice", "whole at the end"])
def test_forged_assertion_around_a_signed_one_is_refused(place: str, same_id: bool) -> None:
    """[OASIS: XML signature wrapping]"""
    original = written(a_claim())
    forged = written(a_claim(person_id="899700000018"))
    if same_id:
        ids = [re.search(rb' ID="([^"]*)"', each) for each in (forged, original)]
        assert ids[0] is not None and ids[1] is not None
        forged = forged.replace(ids[0][1], ids[1][1])
    with pytest.raises(AssertionRefused) as caught:
        verify([read(_wrapped(original, forged, place))], POLICY, the_trust(), NOW, None)
    assert caught.value.rule.startswith("SIG-")
