"""Keys made for one run of the tests, an authority that vouches for them, and small documents to sign."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import cache
from time import perf_counter

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID
from lxml import etree

from safexml import parser
from signing.keys import SigningKey
from signing.policy import Revocation, SignaturePolicy
from signing.report import SignatureRefused, SubIndication
from signing.rules import RULES
from signing.trust import Trust

NOW = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
POLICY = SignaturePolicy()
SHA1_POLICY = SignaturePolicy(sha1_allowed=True)

KINDS = ("RSA", "P-256", "P-384", "P-521")
SECONDS_MAX = 0.05
"""What a refusal may take."""

CDA = b"""<?xml version="1.0" encoding="UTF-8"?>
<?xml-stylesheet type="text/xsl" href="cda.xsl"?>
<!-- before the root -->
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <title>Lettre de liaison \xc3\xa0 la sortie</title><!-- within -->
  <component><nonXMLBody><text mediaType="text/plain" representation="B64">Qm9uam91cg==</text></nonXMLBody></component>
</ClinicalDocument>
<?after the-root?>
"""

ASSERTION = (
    b'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ID="_a1" IssueInstant="2026-03-02T12:29:00Z" Version="2.0">'
    b"<saml:Issuer>CN=etablissement</saml:Issuer><saml:Subject><saml:NameID>899900000001</saml:NameID></saml:Subject>"
    b'<saml:AttributeStatement><saml:Attribute Name="VIHF_Version"><saml:AttributeValue '
    b'xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string">3.0</saml:AttributeValue></saml:Attribute>'
    b"</saml:AttributeStatement></saml:Assertion>"
)


@cache
def key(kind: str = "P-256") -> SigningKey:
    """A key of that kind, with a certificate of the authority."""
    private = _private(kind)
    return SigningKey(private, _certificate(f"signer {kind}", private, _authority()[1]))


@cache
def stranger() -> SigningKey:
    """A key whose certificate no authority vouches for."""
    private = _private("P-256")
    return SigningKey(private, _certificate("stranger", private, None))


@cache
def trust() -> Trust:
    """Trust in the authority; nobody asks for revocation lists."""
    return Trust((_authority()[0],), revocation=Revocation.OFF)


def tree(document: bytes) -> etree._Element:
    """The root of a document that is read for its signature."""
    return parser.parse(document, keeps_comments=True)


def form(element: etree._Element) -> bytes:
    """The exclusive canonical form of an element, without comments."""
    return etree.tostring(element, method="c14n", exclusive=True, with_comments=False)


def refusal_of(
    act: Callable[[], object], rule: str = "", sub_indication: SubIndication | None = None
) -> SignatureRefused:
    """The refusal of an act, which is by that rule (any, if none is given) and quick, the second time, when all is loaded."""
    with pytest.raises(SignatureRefused):
        act()
    start = perf_counter()
    with pytest.raises(SignatureRefused) as caught:
        act()
    elapsed = perf_counter() - start
    assert caught.value.rule in ((rule,) if rule else RULES), caught.value.reason
    assert sub_indication in (None, caught.value.sub_indication)
    assert caught.value.reason and caught.value.reason_fr
    assert elapsed < SECONDS_MAX
    return caught.value


def changed(document: bytes, old: bytes, new: bytes) -> bytes:
    """The document with a piece that stands in it once replaced."""
    assert document.count(old) == 1, (document.count(old), old)
    return document.replace(old, new)


def _private(kind: str) -> rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey:
    if kind == "RSA":
        return rsa.generate_private_key(65537, 2048)
    curves = {"P-256": ec.SECP256R1(), "P-384": ec.SECP384R1(), "P-521": ec.SECP521R1()}
    return ec.generate_private_key(curves[kind])


@cache
def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    private = ec.generate_private_key(ec.SECP256R1())
    return _certificate("authority", private, None, is_authority=True), private


def _certificate(
    name: str,
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey,
    issuer: ec.EllipticCurvePrivateKey | None,
    *,
    is_authority: bool = False,
) -> x509.Certificate:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    above = subject if issuer is None else x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key((issuer or private).public_key())
    usage = x509.KeyUsage(
        digital_signature=not is_authority,
        content_commitment=not is_authority,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_authority,
        crl_sign=is_authority,
        encipher_only=False,
        decipher_only=False,
    )
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(above)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=30))
        .not_valid_after(NOW + timedelta(days=300))
        .add_extension(x509.BasicConstraints(is_authority, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
        .add_extension(identifier, critical=False)
        .add_extension(usage, critical=True)
        .sign(issuer or private, hashes.SHA256())
    )
