"""Who holds keys: read from a PKI folder, or certified anew by its authority; a claim or a seal is made with them. [CI-SIS transport]"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_USES = ("digital_signature", "content_commitment", "key_encipherment")
_NO_USE = dict.fromkeys(
    (
        *_USES,
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    ),
    False,
)


@dataclass(frozen=True, slots=True)
class Holder:
    """A private key and its certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate

    @classmethod
    def read(cls, folder: Path, name: str) -> Holder:
        """From ``NAME.key.pem`` and ``NAME.cert.pem``."""
        key = serialization.load_pem_private_key((folder / f"{name}.key.pem").read_bytes(), None)
        assert isinstance(key, rsa.RSAPrivateKey)
        return cls(key, x509.load_pem_x509_certificate((folder / f"{name}.cert.pem").read_bytes()))

    def write(self, folder: Path, name: str) -> None:
        """Where `read` finds it."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.key.pem").write_bytes(
            self.key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        (folder / f"{name}.cert.pem").write_bytes(self.pem)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def subject(self) -> str:
        """Its distinguished name, as an Issuer says it. [RFC 4514]"""
        return self.certificate.subject.rfc4514_string()

    @property
    def unit(self) -> str:
        """The organizational unit: of an establishment, its Struct_IdNat."""
        return self._first(NameOID.ORGANIZATIONAL_UNIT_NAME)

    @property
    def common_name(self) -> str:
        """The common name: of a professional, their PS_IdNat."""
        return self._first(NameOID.COMMON_NAME)

    def _first(self, oid: x509.ObjectIdentifier) -> str:
        return next((str(part.value) for part in self.certificate.subject.get_attributes_for_oid(oid)), "")


def certify(
    authority: Holder,
    *,
    unit: str,
    name: str,
    uses: Sequence[str] = ("digital_signature", "content_commitment"),
    opens_tls: bool = False,
    since: timedelta = timedelta(hours=-1),
    until: timedelta = timedelta(days=30),
    person: tuple[str, str] | None = None,
) -> Holder:
    """An establishment certified anew: a second structure, or one whose time is over. `since` and `until` are from now.

    `person`: surname and given name, of a card.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    now = datetime.now(UTC)
    subject = x509.Name(
        [
            x509.NameAttribute(NameOID.COUNTRY_NAME, "FR"),
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Essai"),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, unit),
            x509.NameAttribute(NameOID.COMMON_NAME, name),
            *(
                x509.NameAttribute(oid, value)
                for oid, value in zip((NameOID.SURNAME, NameOID.GIVEN_NAME), person or (), strict=False)
            ),
        ]
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + since)
        .not_valid_after(now + until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(**_NO_USE | dict.fromkeys(uses, True)), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.certificate.public_key()),  # type: ignore[arg-type]
            critical=False,
        )
    )
    if opens_tls:
        builder = builder.add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
    return Holder(key, builder.sign(authority.key, hashes.SHA256()))
