"""A certificate by itself: what it says of its holder, its key, what it may be used for. Who issued it is for ``trust``.

[RFC 5280: 4.1, 4.2.1.3, 4.2.1.9, 4.2.1.12]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from signing.report import SignatureRefused, Signer, SubIndication

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes

Extension = TypeVar("Extension", bound=x509.ExtensionType)

RSA_BITS = range(2048, 8192 + 1)
"""Shorter is weak; longer makes a stranger's signature expensive to look at."""

CURVES = (ec.SECP256R1, ec.SECP384R1, ec.SECP521R1)

NOT_FOR_SIGNING = frozenset(
    {
        ExtendedKeyUsageOID.SERVER_AUTH,
        ExtendedKeyUsageOID.CLIENT_AUTH,
        ExtendedKeyUsageOID.SMARTCARD_LOGON,
        ExtendedKeyUsageOID.IPSEC_IKE,
        ExtendedKeyUsageOID.KERBEROS_PKINIT_KDC,
        x509.ObjectIdentifier("1.3.6.1.5.2.3.4"),  # PKINIT client [RFC 4556: 3.2.2]
        ExtendedKeyUsageOID.OCSP_SIGNING,
        ExtendedKeyUsageOID.TIME_STAMPING,
        ExtendedKeyUsageOID.CODE_SIGNING,
    }
)
"""Extended usages that are another thing than signing documents: a certificate that has nothing else signs none."""

UNREADABLE = (
    ValueError,
    TypeError,
    UnsupportedAlgorithm,
    x509.DuplicateExtension,
    x509.InvalidVersion,
    x509.UnsupportedGeneralNameType,
)
"""What reading a hostile certificate can raise: it is parsed piece by piece, when the piece is asked for."""


def read(der: bytes) -> x509.Certificate:
    """The certificate that the bytes are. *Raises* SignatureRefused."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        is_current = certificate.version is x509.Version.v3
    except UNREADABLE as error:
        raise unreadable() from error
    if not is_current:
        raise unreadable()
    return certificate


def judge_alone(certificate: x509.Certificate) -> None:
    """Whether the certificate may sign a document at all, whoever issued it. *Raises* SignatureRefused."""
    try:
        key = certificate.public_key()
        extensions = certificate.extensions
    except UNREADABLE as error:
        raise unreadable() from error
    if not is_strong(key):
        raise _weak(certificate, _kind(key))
    _judge_usage(certificate, extensions)


def signer_of(certificate: x509.Certificate, warnings: tuple[str, ...] = ()) -> Signer:
    """Whose certificate it is. *Raises* SignatureRefused when its names cannot be read."""
    try:
        subject = certificate.subject
        return Signer(
            certificate.public_bytes(Encoding.DER),
            subject.rfc4514_string(),
            certificate.issuer.rfc4514_string(),
            _first(subject, NameOID.COMMON_NAME),
            _first(subject, NameOID.ORGANIZATIONAL_UNIT_NAME),
            warnings,
        )
    except UNREADABLE as error:
        raise unreadable() from error


def is_strong(key: CertificatePublicKeyTypes) -> bool:
    """Whether signatures made with the key are let through."""
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size in RSA_BITS
    return isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, CURVES)


def _kind(key: CertificatePublicKeyTypes) -> str:
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA of {key.key_size} bits"
    return (
        key.curve.name if isinstance(key, ec.EllipticCurvePublicKey) else type(key).__name__.removesuffix("PublicKey")
    )


def is_authority(certificate: x509.Certificate) -> bool:
    """Whether the certificate is that of an authority. [RFC 5280: 4.2.1.9]"""
    constraints = find(certificate.extensions, x509.BasicConstraints)
    return constraints is not None and constraints.ca


def find(extensions: x509.Extensions, kind: type[Extension]) -> Extension | None:
    """The extension of that kind, if there is one."""
    try:
        return extensions.get_extension_for_class(kind).value
    except x509.ExtensionNotFound:
        return None


def serial(certificate: x509.Certificate) -> str:
    """The serial number as it is told to people: a certificate's holder is not for logs."""
    # 20 octets at most [RFC 5280: 4.1.2.2]; a hostile one may be longer.
    return f"{certificate.serial_number:X}"[:40]


def unreadable() -> SignatureRefused:
    """A certificate that is none."""
    return SignatureRefused(
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
        "SIG-CERT-UNREADABLE",
        "The signing certificate cannot be read: an X.509 version 3 certificate in DER is expected.",
        "Le certificat signataire est illisible : un certificat X.509 version 3 en DER est attendu.",
    )


def _judge_usage(certificate: x509.Certificate, extensions: x509.Extensions) -> None:
    usage = find(extensions, x509.KeyUsage)
    extended = find(extensions, x509.ExtendedKeyUsage)
    if is_authority(certificate):
        raise _unfit(certificate, "is that of an authority", "est celui d'une autorité")
    if usage is None or not (usage.digital_signature or usage.content_commitment):
        raise _unfit(
            certificate,
            "allows neither digital signature nor non repudiation",
            "ne permet ni la signature ni la non-répudiation",
        )
    if extended is not None and NOT_FOR_SIGNING.issuperset(extended):
        raise _unfit(
            certificate,
            "is for authentication (extended key usage)",
            "sert à l'authentification (extendedKeyUsage)",
        )


def _unfit(certificate: x509.Certificate, seen: str, seen_fr: str) -> SignatureRefused:
    return SignatureRefused(
        SubIndication.CHAIN_CONSTRAINTS_FAILURE,
        "SIG-CERT-USAGE",
        f"The certificate {serial(certificate)} {seen}; the signature key of a card, or an establishment's seal, is expected.",
        f"Le certificat {serial(certificate)} {seen_fr} ; "
        "la clé de signature d'une carte, ou le cachet d'une structure, est attendu.",
    )


def _weak(certificate: x509.Certificate, seen: str) -> SignatureRefused:
    return SignatureRefused(
        SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
        "SIG-CERT-KEY",
        f"The key of the certificate {serial(certificate)} is {seen}; RSA of 2048 to 8192 bits, P-256, P-384 or P-521 is expected.",
        f"La clé du certificat {serial(certificate)} est {seen} ; RSA de 2048 à 8192 bits, P-256, P-384 ou P-521 attendu.",
    )


def _first(name: x509.Name, oid: x509.ObjectIdentifier) -> str:
    found = name.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
