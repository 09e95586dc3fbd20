"""KeyInfo: whose key signed, as a certificate and in no other way. [W3C XMLDSIG: 4.5; ETSI EN 319 132-1: 6.3]"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from cryptography.hazmat.primitives.asymmetric import ec, rsa

from safexml.namespaces import DS, qname, readable
from signing import certificates
from signing.refusals import read_base64, refused
from signing.report import SignatureRefused, SubIndication

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

    from signing.algorithms import PublicKey

CERTIFICATES_MAX = 8
"""Certificates of KeyInfo: a chain is shorter."""
HOLDERS_KEPT = 1024
"""Certificates whose key is kept, so that one is parsed once."""

_X509_DATA = qname(DS, "X509Data")
_X509_CERTIFICATE = qname(DS, "X509Certificate")
_X509_HINTS = frozenset(qname(DS, name) for name in ("X509IssuerSerial", "X509SubjectName", "X509SKI"))
"""May stand beside the certificate, and are not read: the certificate says it."""


def read_key_info(element: _Element) -> tuple[bytes, ...]:
    """The certificates of a KeyInfo in DER, the signer's first. *Raises* SignatureRefused on any other kind of key."""
    found: list[_Element] = []
    for data in element:
        if data.tag != _X509_DATA:
            raise _foreign(data)
        for child in data:
            if child.tag == _X509_CERTIFICATE:
                found.append(child)
            elif child.tag not in _X509_HINTS:
                raise _foreign(child)
    if not 1 <= len(found) <= CERTIFICATES_MAX:
        raise _refused(f"{len(found)} certificates are there", f"Il y a {len(found)} certificats", element)
    return tuple(read_base64(one) for one in found)


class Holder(NamedTuple):
    """What the mathematics need of a certificate: its key, its serial number, its dates."""

    key: PublicKey
    serial_number: int
    since: datetime
    until: datetime


@lru_cache(HOLDERS_KEPT)
def holder_of(der: bytes) -> Holder:
    """What a certificate says of its holder. *Raises* SignatureRefused: unreadable, or a key that signs nothing here."""
    certificate = certificates.read(der)
    try:
        key = certificate.public_key()
        since, until = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    except certificates.UNREADABLE as error:
        raise certificates.unreadable() from error
    # Trust judges the key too, after the mathematics; here it bounds what a stranger's key may cost.
    if not isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)) or not certificates.is_strong(key):
        raise refused(
            "SIG-CERT-KEY",
            SubIndication.CRYPTO_CONSTRAINTS_FAILURE,
            f"The key of the certificate {certificates.serial(certificate)} is too short, too long or of another kind",
            f"La clé du certificat {certificates.serial(certificate)} est trop courte, trop longue ou d'un autre type",
        )
    return Holder(key, certificate.serial_number, since, until)


def _foreign(element: _Element) -> SignatureRefused:
    name = readable(element.tag) if isinstance(element.tag, str) else "a comment"
    return _refused(f"{name} stands in KeyInfo", f"{name} figure dans KeyInfo", element)


def _refused(seen: str, seen_fr: str, element: _Element) -> SignatureRefused:
    return refused("SIG-KEYINFO", SubIndication.NO_SIGNING_CERTIFICATE_FOUND, seen, seen_fr, element)
