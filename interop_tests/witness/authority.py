"""A certification authority of a test's own, with its revocation list; and whoever imitates it. [CI-SIS transport; RFC 5280: 5]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from interop_tests.witness.holders import Holder, certify

STRUCTURE, ELSEWHERE, PORTAL = "10B0000000", "10B0000018", "PORTAIL-PATIENT"
CARD_ID = "899700000000"
AUTHORITY_NAME = "Autorité d'essai"
_YEAR = timedelta(days=365)


def new_authority(name: str = AUTHORITY_NAME) -> Holder:
    """A self-signed authority; one more of the same name is an impostor."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = datetime.now(UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"), x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = dict.fromkeys(
        (
            *("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement"),
            *("encipher_only", "decipher_only"),
        ),
        False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _YEAR)
        .not_valid_after(now + _YEAR)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.KeyUsage(**usage, key_cert_sign=True, crl_sign=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return Holder(key, builder.sign(key, hashes.SHA256()))


def revocation_list(authority: Holder, revoked: Sequence[Holder]) -> bytes:
    """The authority's list of those, in force. PEM."""
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.certificate.subject)
        .last_update(now - timedelta(hours=1))
        .next_update(now + _YEAR)
        .add_extension(x509.CRLNumber(1), critical=False)
    )
    for holder in revoked:
        entry = (
            x509.RevokedCertificateBuilder()
            .serial_number(holder.certificate.serial_number)
            .revocation_date(now - timedelta(hours=2))
            .build()
        )
        builder = builder.add_revoked_certificate(entry)
    return builder.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def imitate(holder: Holder) -> Holder:
    """A certificate of the same names, made by its holder and nobody else."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    builder = (
        x509.CertificateBuilder()
        .subject_name(holder.certificate.subject)
        .issuer_name(holder.certificate.subject)
        .public_key(key.public_key())
        .serial_number(holder.certificate.serial_number)
        .not_valid_before(holder.certificate.not_valid_before_utc)
        .not_valid_after(holder.certificate.not_valid_after_utc)
    )
    for extension in holder.certificate.extensions:
        if isinstance(extension.value, x509.BasicConstraints | x509.KeyUsage):
            builder = builder.add_extension(extension.value, critical=extension.critical)
    return Holder(key, builder.sign(key, hashes.SHA256()))


@dataclass(frozen=True, slots=True)
class PKI:
    """Everybody whom the authority certified, and those who would like to be."""

    authority: Holder
    establishment: Holder
    elsewhere: Holder
    portal: Holder
    card: Holder
    revoked: Holder
    expired: Holder
    early: Holder
    authentication: Holder
    stranger: Holder
    self_made: Holder

    @classmethod
    def make(cls) -> PKI:
        """A dozen keys."""
        authority = new_authority()
        establishment = certify(authority, unit=STRUCTURE, name="CLINIQUE D'ESSAI")
        return cls(
            authority=authority,
            establishment=establishment,
            elsewhere=certify(authority, unit=ELSEWHERE, name="CABINET D'ESSAI"),
            portal=certify(authority, unit=PORTAL, name="PORTAIL D'ESSAI"),
            card=certify(
                authority, unit=STRUCTURE, name=CARD_ID, uses=("content_commitment",), person=("PORTEUR", "CAMILLE")
            ),
            revoked=certify(authority, unit=STRUCTURE, name="CLINIQUE D'ESSAI"),
            expired=certify(
                authority,
                unit=STRUCTURE,
                name="CLINIQUE D'ESSAI",
                since=timedelta(days=-9),
                until=timedelta(minutes=-1),
            ),
            early=certify(authority, unit=STRUCTURE, name="CLINIQUE D'ESSAI", since=timedelta(hours=1)),
            authentication=certify(
                authority,
                unit=STRUCTURE,
                name="CLINIQUE D'ESSAI",
                uses=("digital_signature", "key_encipherment"),
                opens_tls=True,
            ),
            stranger=certify(new_authority(), unit=STRUCTURE, name="CLINIQUE D'ESSAI"),
            self_made=imitate(establishment),
        )

    def write_anchors(self, folder: Path) -> Path:
        """A folder for COFFRE_TRUST_ANCHORS: the authority and its list."""
        folder.mkdir(parents=True)
        (folder / "ca.cert.pem").write_bytes(self.authority.pem)
        (folder / "ca.crl.pem").write_bytes(revocation_list(self.authority, [self.revoked]))
        return folder
