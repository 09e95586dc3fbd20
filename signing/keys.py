"""A key that signs, with the certificate that says whose it is. Read from PEM; nothing is fetched, nothing is asked at a keyboard."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import NameOID

from signing import algorithms
from signing.certificates import UNREADABLE, is_strong

if TYPE_CHECKING:
    from signing.algorithms import PrivateKey, SignatureAlgorithm


class KeyUnfit(Exception):
    """A key or a certificate that cannot sign; the text is one sentence with what to do."""


@dataclass(frozen=True)
class SigningKey:
    """A private key, its certificate, and the certificates of the authorities above, the nearest first."""

    private_key: PrivateKey
    certificate: x509.Certificate
    chain: tuple[x509.Certificate, ...] = ()

    @cached_property
    def algorithm(self) -> SignatureAlgorithm:
        """What it signs with."""
        return algorithms.for_key(self.private_key)

    @cached_property
    def certificates(self) -> tuple[bytes, ...]:
        """DER of the certificate, then of those above."""
        return tuple(one.public_bytes(Encoding.DER) for one in (self.certificate, *self.chain))

    @cached_property
    def organizational_unit(self) -> str:
        """Of whom the certificate is: the first OU of its subject, empty where it has none."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        return str(found[0].value) if found else ""

    def sign(self, data: bytes) -> bytes:
        """The signature of the data, as XML Signature writes it."""
        return self.algorithm.sign(data, self.private_key)

    def __repr__(self) -> str:
        return f"SigningKey(certificate {self.certificate.serial_number:X})"


def load_signing_key(key_pem: bytes, certificate_pem: bytes) -> SigningKey:
    """The key and its certificate; further certificates of the PEM are those above. *Raises* KeyUnfit."""
    private_key = _read_key(key_pem)
    try:
        certificate, *chain = x509.load_pem_x509_certificates(certificate_pem)
        public_key = certificate.public_key()
    except UNREADABLE as error:
        raise KeyUnfit("The certificate cannot be read: give a PEM file with -----BEGIN CERTIFICATE-----.") from error
    if public_key != private_key.public_key():
        raise KeyUnfit("The certificate is not that of the private key: give the two that belong together.")
    return SigningKey(private_key, certificate, tuple(chain))


def _read_key(pem: bytes) -> PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except TypeError as error:
        raise KeyUnfit("The private key is under a passphrase: give it decrypted.") from error
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyUnfit("The private key cannot be read: give a PEM file with -----BEGIN PRIVATE KEY-----.") from error
    if not isinstance(key, (rsa.RSAPrivateKey, ec.EllipticCurvePrivateKey)) or not is_strong(key.public_key()):
        raise KeyUnfit("The private key is of a kind that does not sign here: use RSA of 2048 bits or more, or P-256.")
    return key
