"""The key of a signature comes from a certificate; keys that could make a verifier work for long are refused. [RFC 5280]"""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from signing.key_info import holder_of
from signing.report import SubIndication
from tests.signing.throwaway import KINDS, NOW, key, refusal_of


def certificate(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "x")])
    builder = x509.CertificateBuilder(name, name, private.public_key(), 1, NOW, NOW + timedelta(days=1))
    hashed = None if isinstance(private, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return builder.sign(private, hashed).public_bytes(Encoding.DER)


@pytest.mark.parametrize("kind", KINDS)
def test_key_serial_number_and_dates_are_those_of_the_certificate(kind: str) -> None:
    one = key(kind)
    holder = holder_of(one.certificates[0])
    assert holder.key == one.certificate.public_key()
    assert holder.serial_number == one.certificate.serial_number
    assert holder.since < NOW < holder.until


@pytest.mark.parametrize(
    "private",
    [
        rsa.generate_private_key(65537, 1024),
        ec.generate_private_key(ec.SECP224R1()),
        ec.generate_private_key(ec.SECP256K1()),
        ed25519.Ed25519PrivateKey.generate(),
    ],
    ids=["RSA 1024", "P-224", "secp256k1", "Ed25519"],
)
def test_key_of_another_kind_gets_SIG_CERT_KEY(
    private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    der = certificate(private)
    refusal_of(lambda: holder_of(der), "SIG-CERT-KEY", SubIndication.CRYPTO_CONSTRAINTS_FAILURE)


@pytest.mark.parametrize("der", [b"", b"0", key().certificates[0][:-1], key().certificates[0] + b"0"])
def test_bytes_that_are_no_certificate_get_SIG_CERT_UNREADABLE(der: bytes) -> None:
    refusal_of(lambda: holder_of(der), "SIG-CERT-UNREADABLE", SubIndication.NO_SIGNING_CERTIFICATE_FOUND)
