"""A key that signs: read from PEM, with the certificate that is its own."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from signing.keys import KeyUnfit, load_signing_key
from tests.pki import authority
from tests.signing.oracles import pem_of
from tests.signing.throwaway import KINDS, key, stranger


def pem(private: object, encryption: object = None) -> bytes:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption or NoEncryption())  # type: ignore[attr-defined, no-any-return]


@pytest.mark.parametrize("kind", KINDS)
def test_key_and_certificate_are_read_with_those_above(kind: str) -> None:
    private, certificate = pem_of(key(kind))
    above = pem_of(stranger())[1]
    read = load_signing_key(private, certificate + above)
    assert read.certificate == key(kind).certificate
    assert read.chain == (stranger().certificate,)
    assert read.algorithm.is_of(read.sign(b"data"), b"data", read.certificate.public_key())  # type: ignore[arg-type]


@pytest.mark.parametrize(("name", "unit"), [("seal", "10B0000000"), ("professional-signature", "")])
def test_structure_is_the_organizational_unit_of_the_certificate(name: str, unit: str) -> None:
    """[CI-SIS transport]"""
    assert load_signing_key(authority.key_pem(name), authority.pem(name)).organizational_unit == unit


def test_key_is_not_shown() -> None:
    assert "private" not in repr(key())


CERTIFICATE = pem_of(key())[1]


@pytest.mark.parametrize(
    ("private", "certificate", "told"),
    [
        (b"no key", CERTIFICATE, "cannot be read"),
        (pem(key().private_key), b"no certificate", "cannot be read"),
        (pem(key().private_key), b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "cannot be read"),
        (pem(stranger().private_key), CERTIFICATE, "not that of the private key"),
        (pem(key().private_key, BestAvailableEncryption(b"x")), CERTIFICATE, "passphrase"),
        (pem(ed25519.Ed25519PrivateKey.generate()), CERTIFICATE, "kind"),
        (pem(rsa.generate_private_key(65537, 1024)), CERTIFICATE, "kind"),
        (pem(ec.generate_private_key(ec.SECP224R1())), CERTIFICATE, "kind"),
    ],
)
def test_key_that_cannot_sign_is_told_in_one_sentence(private: bytes, certificate: bytes, told: str) -> None:
    with pytest.raises(KeyUnfit, match=told):
        load_signing_key(private, certificate)
