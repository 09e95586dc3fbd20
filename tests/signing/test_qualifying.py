"""The signed properties: when, and with which certificate. [ETSI EN 319 132-1: 5.2]"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from lxml import etree

from safexml.namespaces import DS, XADES, qname
from signing import canonical, xades
from signing.report import SubIndication
from tests.signing.forging import add, forged, part, redigest, remove, repeat
from tests.signing.throwaway import CDA, NOW, POLICY, SHA1_POLICY, key, refusal_of, tree, trust

Element = etree._Element

SIGNED = xades.sign_enveloped(CDA, key(), NOW)


def named(root: Element, name: str) -> Element:
    """The first element of XAdES with that name."""
    found = next(root.iter(qname(XADES, name)), None)
    assert found is not None
    return found


def resigned(change: Callable[[Element], object]) -> bytes:
    """The signed document with its properties altered, and signed again by the same signer."""

    def alter(root: Element) -> None:
        change(root)
        properties = next(root.iter(qname(XADES, "SignedProperties")), None)
        if properties is not None:
            redigest(root, 1, canonical.of_element(properties, canonical.EXCLUSIVE))

    return forged(SIGNED, alter)


def verify(document: bytes, now: datetime = NOW) -> xades.Verified:
    return xades.verify(tree(document), trust(), POLICY, now)


def sets_time(text: str) -> Callable[[Element], object]:
    return lambda root: setattr(named(root, "SigningTime"), "text", text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-02T12:30:00Z", NOW),
        ("2026-03-02T14:30:00+02:00", NOW),
        ("2026-03-02T12:30:00", NOW),
        ("\n 2026-03-02T07:30:00.000-05:00 ", NOW),
        ("2026-03-02T12:29:59.5Z", datetime(2026, 3, 2, 12, 29, 59, 500_000, tzinfo=UTC)),
    ],
)
def test_signing_time_is_read(text: str, moment: datetime) -> None:
    assert verify(resigned(sets_time(text))).report.signed_at == moment


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2026-03-02",
        "20260302T123000Z",
        "2026-13-02T12:30:00Z",
        "2026-W10-1T12:30:00Z",
        "0001-01-01T00:00:00+14:00",
        "now",
    ],
)
def test_signing_time_that_is_none_gets_SIG_TIME(text: str) -> None:
    altered = resigned(sets_time(text))
    refusal_of(lambda: verify(altered), "SIG-TIME", SubIndication.FORMAT_FAILURE)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda root: remove(named(root, "SigningTime")), "SIG-PROPERTIES"),
        (lambda root: remove(named(root, "SigningCertificateV2")), "SIG-PROPERTIES"),
        (lambda root: remove(named(root, "QualifyingProperties")), "SIG-PROPERTIES"),
        (lambda root: repeat(named(root, "QualifyingProperties")), "SIG-PROPERTIES"),
        (lambda root: repeat(part(root, "Object")), "SIG-PROPERTIES"),
        (lambda root: named(root, "QualifyingProperties").set("Target", "#other"), "SIG-PROPERTIES"),
        (lambda root: named(root, "QualifyingProperties").attrib.clear(), "SIG-PROPERTIES"),
        (lambda root: part(root, "Signature").attrib.pop("Id"), "SIG-PROPERTIES"),
        (lambda root: named(root, "SignedProperties").set("Id", "a:b"), "SIG-ID"),
        (lambda root: repeat(named(root, "SigningTime")), "SIG-SHAPE"),
        (lambda root: repeat(named(root, "SignedProperties")), "SIG-SHAPE"),
        (lambda root: add(named(root, "SignedSignatureProperties"), "Other", namespace=XADES), "SIG-SHAPE"),
        (lambda root: remove(named(root, "CertDigest")), "SIG-SHAPE"),
        (lambda root: add(named(root, "CertDigest"), "DigestValue", text="AA=="), "SIG-SHAPE"),
        (lambda root: repeat(named(root, "Cert"), 8), "SIG-SHAPE"),
        (lambda root: named(root, "SigningTime").append(etree.Comment("x")), "SIG-COMMENT"),
        (lambda root: named(root, "CertDigest")[0].set("Algorithm", f"{DS}sha1"), "SIG-ALGORITHM"),
        (lambda root: setattr(named(root, "CertDigest")[1], "text", "AAAA"), "SIG-SIGNING-CERTIFICATE"),
    ],
)
def test_properties_of_another_kind_get_refused(change: Callable[[Element], object], rule: str) -> None:
    altered = resigned(change)
    refusal_of(lambda: verify(altered), rule)


def test_certificate_of_the_signer_may_stand_anywhere_among_those_named() -> None:
    """The DMP's example names the chain. [ETSI TS 101 903 1.1.1: 7.2.2]"""

    def change(root: Element) -> None:
        repeat(named(root, "Cert"), 2)
        for value in list(named(root, "SigningCertificateV2").iter(qname(DS, "DigestValue")))[:2]:
            value.text = "AAAA"

    assert verify(resigned(change)).report.signed_at == NOW


@pytest.mark.parametrize(
    ("number", "is_other"),
    [(f" {key().certificate.serial_number}\n", False), ("1", True), ("", True)],
    ids=("same", "other", "empty"),
)
def test_serial_number_that_is_given_is_the_signers(number: str, is_other: bool) -> None:
    """[ETSI TS 101 903 1.1.1: 7.2.2]"""

    def change(root: Element) -> None:
        add(add(named(root, "Cert"), "IssuerSerial", namespace=XADES), "X509SerialNumber", text=number)

    altered = resigned(change)
    if is_other:
        refusal_of(lambda: verify(altered), "SIG-SIGNING-CERTIFICATE", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
    else:
        assert verify(altered).report.signed_at == NOW


def test_signature_policy_that_is_named_is_warned_of() -> None:
    def change(root: Element) -> None:
        policy = add(named(root, "SignedSignatureProperties"), "SignaturePolicyIdentifier", namespace=XADES)
        add(policy, "SignaturePolicyId", namespace=XADES)

    assert "policy" in verify(resigned(change)).report.warnings[0]


def test_unsigned_properties_are_warned_of_and_never_read() -> None:
    root = tree(SIGNED)
    unsigned = add(named(root, "QualifyingProperties"), "UnsignedProperties", namespace=XADES)
    add(unsigned, "SigningTime", namespace=XADES, text="2020-01-01T00:00:00Z")
    report = xades.verify(root, trust(), POLICY, NOW).report
    assert report.signed_at == NOW
    assert "Unsigned properties" in report.warnings[0]


def test_countersignature_gets_SIG_PLACE() -> None:
    root = tree(SIGNED)
    unsigned = add(named(root, "QualifyingProperties"), "UnsignedProperties", namespace=XADES)
    add(unsigned, "Signature")
    refusal_of(lambda: xades.verify(root, trust(), SHA1_POLICY, NOW), "SIG-PLACE")
