"""Chains that a forger would like."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.chains import Chains
from signing.policy import Revocation
from signing.report import SignatureRefused, SubIndication
from signing.trust import Purpose, Trust
from tests.pki import authority
from tests.pki.authority import NOW

KEY = ec.generate_private_key(ec.SECP256R1())


def certificate(
    issuer: x509.Name,
    signing_key: ec.EllipticCurvePrivateKey,
    subject: x509.Name | None = None,
    key: CertificatePublicKeyTypes | None = None,
    extensions: tuple[x509.ExtensionType, ...] = (),
) -> x509.Certificate:
    """A certificate as anyone can make one, without an authority key identifier that would give it away."""
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject or x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "FORGE")]))
        .issuer_name(issuer)
        .public_key(key or KEY.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.KeyUsage(True, False, False, False, False, False, False, False, False), critical=True)
    )
    for extension in extensions:
        builder = builder.add_extension(extension, critical=True)
    return builder.sign(signing_key, hashes.SHA256())


def issuing_key() -> ec.EllipticCurvePrivateKey:
    """The key of the issuing authority, for odd but genuine certificates."""
    key = authority.key("issuing")
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    return key


def chains() -> Chains:
    return Chains([authority.certificate("root")], [authority.certificate("issuing")])


def refusal(forged: x509.Certificate) -> SubIndication:
    """Why there is no chain from the certificate."""
    with pytest.raises(SignatureRefused) as caught:
        chains().find(forged, NOW)
    return caught.value.sub_indication


def test_chain_names_every_authority_up_to_the_anchor() -> None:
    (chain,) = chains().find(authority.certificate("seal"), NOW)
    assert chain == tuple(authority.certificate(name) for name in ("seal", "issuing", "root"))


@pytest.mark.parametrize("issuer", ["root", "issuing"])
def test_certificate_that_names_an_authority_but_was_not_signed_by_it_has_no_chain(issuer: str) -> None:
    forged = certificate(authority.certificate(issuer).subject, KEY)
    assert refusal(forged) is SubIndication.NO_CERTIFICATE_CHAIN_FOUND


@pytest.mark.parametrize("name", ["root", "issuing"])
def test_certificate_that_bears_name_and_key_of_an_authority_is_not_that_authority(name: str) -> None:
    """Trusting by name and key alone would let it pass without a signature that anybody checked."""
    genuine = authority.certificate(name)
    for issuer in (genuine.subject, authority.certificate("root").subject):
        forged = certificate(issuer, KEY, genuine.subject, genuine.public_key())
        assert refusal(forged) is SubIndication.NO_CERTIFICATE_CHAIN_FOUND
        with pytest.raises(SignatureRefused):
            Trust([authority.certificate("root")]).judge(forged.public_bytes(Encoding.DER), NOW, Purpose.SEAL)


def test_certificate_of_a_seal_issues_nothing() -> None:
    seal_key = authority.key("seal-p256")
    assert isinstance(seal_key, ec.EllipticCurvePrivateKey)
    forged = certificate(authority.certificate("seal-p256").subject, seal_key)
    with pytest.raises(SignatureRefused):
        Chains(
            [authority.certificate("root")], [authority.certificate("issuing"), authority.certificate("seal-p256")]
        ).find(forged, NOW)


def test_critical_extension_that_nobody_knows_refuses() -> None:
    """[RFC 5280: 4.2]"""
    strange = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.2.250.1.213.9.9"), b"\x05\x00")
    genuine = certificate(authority.certificate("issuing").subject, issuing_key(), extensions=(strange,))
    assert refusal(genuine) is SubIndication.CHAIN_CONSTRAINTS_FAILURE


def test_usage_for_mail_beside_TLS_is_one_for_signing() -> None:
    usages = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.EMAIL_PROTECTION])
    mixed = certificate(authority.certificate("issuing").subject, issuing_key(), extensions=(usages,))
    trust = Trust([authority.certificate("root")], [authority.certificate("issuing")], (), Revocation.OFF)
    assert trust.judge(mixed.public_bytes(Encoding.DER), NOW, Purpose.SEAL).common_name == "FORGE"


def test_strangers_names_are_not_kept() -> None:
    """The path validator keeps a row for each name that it is asked for; strangers must not fill the memory."""
    known = chains()
    for number in range(20):
        stranger = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"AC {number}")])
        with pytest.raises(SignatureRefused):
            known.find(certificate(stranger, KEY), NOW)
    assert len(known._registry._subject_map) + len(known._trusted._root_subject_map) <= 4
