"""A demonstration PKI: keys and certificates that make the service work at once and that nobody may mistake for real ones.

Layout of the folder: ``NAME.cert.pem`` and ``NAME.key.pem`` for each row of ``HOLDERS``, and for the authority ``ca``, whose revocation
list is ``ca.crl.pem``; so the folder is one of trust anchors too. Key files are readable by their owner only. The extensions follow what
the IGC-Santé certificates of the same use carry. [CI-SIS transport]
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

KEY_BITS = 2048
VALID_DAYS = 825
"""Longer, and some TLS stacks refuse a server certificate."""

_MARK = "Coffre demonstration, not for real use"
_PEM = serialization.Encoding.PEM


class PKIError(Exception):
    """A PKI that cannot be made; the text is one sentence that says what to do."""


class Holder(NamedTuple):
    """A row: file name, subject after the common mark, what its key may do."""

    name: str
    subject: tuple[tuple[x509.ObjectIdentifier, str], ...]
    usages: frozenset[str]
    extended: tuple[x509.ObjectIdentifier, ...]
    hosts: tuple[str, ...] = ()


_TLS = frozenset({"digital_signature", "key_encipherment"})
_SEAL = frozenset({"digital_signature", "content_commitment"})
_ESTABLISHMENT = ((NameOID.ORGANIZATIONAL_UNIT_NAME, "10B0000000"), (NameOID.COMMON_NAME, "HOPITAL DE DEMONSTRATION"))
_PROFESSIONAL = (
    (NameOID.COMMON_NAME, "899700000000"),
    (NameOID.SURNAME, "EXEMPLE"),
    (NameOID.GIVEN_NAME, "CAMILLE"),
    (NameOID.TITLE, "Médecin"),
)
_PORTAL = (
    (NameOID.ORGANIZATIONAL_UNIT_NAME, "PORTAIL-PATIENT"),
    (NameOID.COMMON_NAME, "PORTAIL DE DEMONSTRATION"),
)
"""By its organizational unit a domain knows a portal that may vouch for patients."""

HOLDERS = (
    Holder(
        "server",
        ((NameOID.COMMON_NAME, "localhost"),),
        _TLS,
        (ExtendedKeyUsageOID.SERVER_AUTH,),
        ("localhost", "127.0.0.1", "::1"),
    ),
    Holder("establishment-tls", _ESTABLISHMENT, _TLS, (ExtendedKeyUsageOID.CLIENT_AUTH,)),
    Holder("establishment-seal", _ESTABLISHMENT, _SEAL, ()),
    Holder("professional-authentication", _PROFESSIONAL, _TLS, (ExtendedKeyUsageOID.CLIENT_AUTH,)),
    Holder("professional-signature", _PROFESSIONAL, frozenset({"content_commitment"}), ()),
    Holder("portal-tls", _PORTAL, _TLS, (ExtendedKeyUsageOID.CLIENT_AUTH,)),
    Holder("portal-seal", _PORTAL, _SEAL, ()),
)
"""Who holds a key. A CPS card has two pairs, so has an establishment: one opens TLS, the other seals. The numbers are invented."""


def make(folder: Path, now: datetime | None = None) -> tuple[Path, ...]:
    """Makes the authority, its revocation list and a certificate for each holder; gives the files written.

    Raises PKIError when a file of that name is there already, or when the folder cannot be written: keys are never replaced.
    """
    now = now or datetime.now(UTC)
    files = [path for name in ("ca", *(holder.name for holder in HOLDERS)) for path in paths(folder, name)]
    files.append(list_path(folder))
    there = next((path for path in files if path.exists()), None)
    if there is not None:
        raise PKIError(f"{there} exists already; choose an empty folder, keys are never overwritten.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        authority_key = _new_key()
        authority = _authority(authority_key, now)
        _write(folder, "ca", authority_key, authority)
        for holder in HOLDERS:
            key = _new_key()
            _write(folder, holder.name, key, _certify(holder, key, authority, authority_key, now))
        _write_file(list_path(folder), _revocation_list(authority, authority_key).public_bytes(_PEM), 0o644)
    except OSError as error:
        raise PKIError(f"{folder} cannot be written ({error.strerror}); choose another folder.") from error
    return tuple(files)


def make_unless_there(folder: Path) -> bool:
    """Makes the PKI in an embedded data folder the first time; says whether it did. Raises PKIError."""
    if not paths(folder, "ca")[0].exists():
        make(folder)
        return True
    try:
        return _complete(folder, datetime.now(UTC))
    except (OSError, ValueError) as error:
        raise PKIError(f"{folder} cannot be completed; remove it, and it is made anew.") from error


def _complete(folder: Path, now: datetime) -> bool:
    """Makes what an earlier release did not: holders that it had not, and the revocation list."""
    certificate_path, key_path = paths(folder, "ca")
    missing = [holder for holder in HOLDERS if not any(path.exists() for path in paths(folder, holder.name))]
    if not key_path.exists() or (not missing and list_path(folder).exists()):
        return False
    authority = x509.load_pem_x509_certificate(certificate_path.read_bytes())
    authority_key = serialization.load_pem_private_key(key_path.read_bytes(), password=None)
    assert isinstance(authority_key, rsa.RSAPrivateKey), "made by us"
    for holder in missing:
        key = _new_key()
        _write(folder, holder.name, key, _certify(holder, key, authority, authority_key, now))
    if not list_path(folder).exists():
        _write_file(list_path(folder), _revocation_list(authority, authority_key).public_bytes(_PEM), 0o644)
    return True


def paths(folder: Path, name: str) -> tuple[Path, Path]:
    """Certificate file and key file of a holder."""
    return folder / f"{name}.cert.pem", folder / f"{name}.key.pem"


def list_path(folder: Path) -> Path:
    """File of the authority's revocation list."""
    return folder / "ca.crl.pem"


def _new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


def _name(parts: Iterable[tuple[x509.ObjectIdentifier, str]]) -> x509.Name:
    base = ((NameOID.COUNTRY_NAME, "FR"), (NameOID.ORGANIZATION_NAME, _MARK))
    return x509.Name([x509.NameAttribute(oid, value) for oid, value in (*base, *parts)])


def _builder(subject: x509.Name, issuer: x509.Name, key: rsa.RSAPrivateKey, now: datetime) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        # A client whose clock is a little behind must not find the certificate in its future.
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _authority(key: rsa.RSAPrivateKey, now: datetime) -> x509.Certificate:
    subject = _name([(NameOID.COMMON_NAME, "Coffre demonstration CA")])
    return (
        _builder(subject, subject, key, now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage({"key_cert_sign", "crl_sign"}), critical=True)
        .sign(key, hashes.SHA256())
    )


def _certify(
    holder: Holder, key: rsa.RSAPrivateKey, authority: x509.Certificate, authority_key: rsa.RSAPrivateKey, now: datetime
) -> x509.Certificate:
    builder = (
        _builder(_name(holder.subject), authority.subject, key, now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(holder.usages), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
    )
    if holder.extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(holder.extended), critical=False)
    if holder.hosts:
        builder = builder.add_extension(
            x509.SubjectAlternativeName([_host(host) for host in holder.hosts]), critical=False
        )
    return builder.sign(authority_key, hashes.SHA256())


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(usages: Iterable[str]) -> x509.KeyUsage:
    granted = set(usages)
    return x509.KeyUsage(
        digital_signature="digital_signature" in granted,
        content_commitment="content_commitment" in granted,
        key_encipherment="key_encipherment" in granted,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign="key_cert_sign" in granted,
        crl_sign="crl_sign" in granted,
        encipher_only=False,
        decipher_only=False,
    )


def _revocation_list(authority: x509.Certificate, authority_key: rsa.RSAPrivateKey) -> x509.CertificateRevocationList:
    """An empty list, in force for as long as the certificates are: nobody goes and fetches the next one of a demonstration."""
    return (
        x509.CertificateRevocationListBuilder()
        .issuer_name(authority.subject)
        .last_update(authority.not_valid_before_utc)
        .next_update(authority.not_valid_after_utc)
        .add_extension(x509.CRLNumber(1), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )


def _write(folder: Path, name: str, key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> None:
    certificate_path, key_path = paths(folder, name)
    pem = key.private_bytes(_PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    _write_file(key_path, pem, 0o600)
    _write_file(certificate_path, certificate.public_bytes(_PEM), 0o644)


def _write_file(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
