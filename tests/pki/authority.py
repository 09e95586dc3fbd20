"""The PKI of the tests by name: certificates, keys and revocation lists of ``authority.yml``. No test framework in here.

``NOW`` is a moment at which the good ones are good; so is today. ``issued`` names the certificates, ``ETRANGERE`` is the other PKI, of a
forger's, whose authorities bear the same names.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from certomancer import CertomancerConfig
from certomancer.registry import ArchLabel, CertLabel, KeyLabel, PKIArchitecture, ServiceLabel
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import PrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from signing.policy import Revocation
from signing.trust import Trust

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
SANTE = "sante"
ETRANGERE = "etrangere"

_DECLARATION = Path(__file__).with_name("authority.yml")
_INTERMEDIATES = ("issuing", "retired-issuing", "withdrawn-issuing", "deep-issuing")

# By the kind that a key's file name tells.
_MAKERS: Mapping[str, Callable[[], PrivateKeyTypes]] = {
    "rsa2048": lambda: rsa.generate_private_key(65537, 2048),
    "rsa1024": lambda: rsa.generate_private_key(65537, 1024),
    "p256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "p384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "k256": lambda: ec.generate_private_key(ec.SECP256K1()),
    "ed25519": ed25519.Ed25519PrivateKey.generate,
}


@cache
def architecture(pki: str = SANTE) -> PKIArchitecture:
    """A PKI as certomancer has it."""
    return _configuration().get_pki_arch(ArchLabel(pki))


@cache
def certificate(name: str, pki: str = SANTE) -> x509.Certificate:
    """The certificate of that name."""
    return x509.load_der_x509_certificate(der(name, pki))


@cache
def der(name: str, pki: str = SANTE) -> bytes:
    """The certificate's bytes."""
    content: bytes = architecture(pki).get_cert(CertLabel(name)).dump()
    return content


@cache
def key(name: str, pki: str = SANTE) -> PrivateKeyTypes:
    """The private key to the certificate of that name."""
    arch = architecture(pki)
    label: KeyLabel = arch.get_cert_spec(CertLabel(name)).subject_key
    return load_der_private_key(arch.key_set.get_private_key(label).dump(), None)


def pem(name: str, pki: str = SANTE) -> bytes:
    """The certificate as PEM."""
    return certificate(name, pki).public_bytes(Encoding.PEM)


def key_pem(name: str, pki: str = SANTE) -> bytes:
    """The key as PEM, not encrypted."""
    return key(name, pki).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def issued(pki: str = SANTE) -> tuple[str, ...]:
    """Every name there is."""
    declared: dict[str, Any] = _declared()["pki-architectures"][pki]["certs"]
    return tuple(declared)


@cache
def revocation_list(issuer: str, at: datetime = NOW, pki: str = SANTE) -> x509.CertificateRevocationList:
    """The list of ``root`` (90 days) or ``issuing`` (30 days) that was in force at the moment."""
    made = architecture(pki).service_registry.get_crl(ServiceLabel(issuer), at_time=at)
    return x509.load_der_x509_crl(made.dump())


def revocation_lists(at: datetime = NOW, pki: str = SANTE) -> tuple[x509.CertificateRevocationList, ...]:
    """The lists in force at the moment."""
    return revocation_list("root", at, pki), revocation_list("issuing", at, pki)


def trust(revocation: Revocation = Revocation.KNOWN, at: datetime = NOW) -> Trust:
    """Trust in the root, with its authorities and the lists in force at the moment."""
    return Trust(
        [certificate("root")], [certificate(name) for name in _INTERMEDIATES], revocation_lists(at), revocation
    )


def write_anchors(folder: Path, at: datetime = NOW) -> Path:
    """A folder of trust anchors, as an operator has it: roots, authorities below, lists."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("root", *_INTERMEDIATES):
        (folder / f"{name}.pem").write_bytes(pem(name))
    for name in ("root", "issuing"):
        (folder / f"{name}.crl").write_bytes(revocation_list(name, at).public_bytes(Encoding.PEM))
    return folder


@cache
def _declared() -> dict[str, Any]:
    declared: dict[str, Any] = yaml.safe_load(_DECLARATION.read_text(encoding="utf-8"))
    return declared


@cache
def _configuration() -> CertomancerConfig:
    # Keys are read while the configuration is; afterwards nobody needs their files.
    with tempfile.TemporaryDirectory() as folder:
        for key_set in _declared()["keysets"].values():
            for row in key_set["keys"].values():
                made = _MAKERS[row["path"].split(".")[1]]()
                content = made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
                Path(folder, row["path"]).write_bytes(content)
        return CertomancerConfig(_declared(), key_search_dir=folder)
