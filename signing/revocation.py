"""Revocation lists given from outside: what they tell of a certificate at a moment. Nothing is fetched. [RFC 5280: 5, 6.3]

Read with ``cryptography`` and not with the path's validator: an authority's list can hold hundreds of thousands of numbers, which
that one makes into an object each. Lists signed by another authority than the certificate's (indirect lists) are not read.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives import hashes

from signing.certificates import UNREADABLE, find, is_authority, is_strong

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

_DIGESTS = (hashes.SHA256, hashes.SHA384, hashes.SHA512)

_UNDERSTOOD = (x509.DeltaCRLIndicator, x509.IssuingDistributionPoint, x509.AuthorityKeyIdentifier, x509.CRLNumber)
"""A list with a critical extension beyond these says something that is not understood, so it is not believed. [RFC 5280: 5.2]"""


class Standing(Enum):
    """What the lists tell of a certificate."""

    GOOD = "good"
    REVOKED = "revoked"
    STALE = "stale"
    UNKNOWN = "unknown"


class Told(NamedTuple):
    """``until``: when this has to be asked again, if that is known; ``since``: when the certificate was revoked."""

    standing: Standing
    until: datetime | None = None
    since: datetime | None = None


class RevocationLists:
    """The lists of all issuers. Not for several threads at once."""

    def __init__(self, lists: Iterable[x509.CertificateRevocationList]) -> None:
        self._by_issuer: dict[bytes, list[x509.CertificateRevocationList]] = {}
        for one in lists:
            self._by_issuer.setdefault(one.issuer.public_bytes(), []).append(one)
        for of_issuer in self._by_issuer.values():
            of_issuer.sort(key=lambda one: one.last_update_utc, reverse=True)
        self._believed: dict[tuple[int, bytes], bool] = {}

    def ask(self, certificate: x509.Certificate, issuer: x509.Certificate, at: datetime) -> Told:
        """What the issuer's lists tell of its certificate: the newest one first, back to one that is complete.

        A number that a list names is revoked even if that list has run out; one that no list names is good only under a list in force.
        """
        is_settled = False
        until = None
        for one in self._by_issuer.get(issuer.subject.public_bytes(), ()):
            if not self._is_believed(one, issuer):
                continue
            entry = None if is_settled else one.get_revoked_certificate_by_serial_number(certificate.serial_number)
            if entry is not None:
                is_settled = True  # What a newer list says, lifting too, older ones cannot unsay.
                if not _is_lifted(entry):
                    if entry.revocation_date_utc <= at:
                        return Told(Standing.REVOKED, since=entry.revocation_date_utc)
                    until = entry.revocation_date_utc  # What happens later does not count at an earlier moment.
            if _is_complete(one, certificate):
                end = one.next_update_utc
                if end is None or at >= end:
                    return Told(Standing.STALE, until)
                return Told(Standing.GOOD, min(until or end, end))
        return Told(Standing.UNKNOWN, until)

    def _is_believed(self, one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
        key = (id(one), issuer.fingerprint(hashes.SHA256()))
        believed = self._believed.get(key)
        if believed is None:
            believed = self._believed[key] = _is_signed_by(one, issuer) and _is_understood(one)
        return believed


def _is_signed_by(one: x509.CertificateRevocationList, issuer: x509.Certificate) -> bool:
    try:
        usage = find(issuer.extensions, x509.KeyUsage)
        key = issuer.public_key()
        return (
            (usage is None or usage.crl_sign)
            and is_strong(key)
            and isinstance(one.signature_hash_algorithm, _DIGESTS)
            and one.is_signature_valid(key)  # type: ignore[arg-type]  # is_strong leaves RSA and EC only
        )
    except UNREADABLE:
        return False


def _is_understood(one: x509.CertificateRevocationList) -> bool:
    point = find(one.extensions, x509.IssuingDistributionPoint)
    return all(not extension.critical or isinstance(extension.value, _UNDERSTOOD) for extension in one.extensions) and (
        point is None or not (point.indirect_crl or point.only_contains_attribute_certs)
    )


def _is_lifted(entry: x509.RevokedCertificate) -> bool:
    reason = find(entry.extensions, x509.CRLReason)
    return reason is not None and reason.reason is x509.ReasonFlags.remove_from_crl


def _is_complete(one: x509.CertificateRevocationList, certificate: x509.Certificate) -> bool:
    """Whether a certificate of its issuer that the list does not name is not revoked. [RFC 5280: 5.2.4, 5.2.5, 6.3.3 b]"""
    if find(one.extensions, x509.DeltaCRLIndicator) is not None:
        return False
    point = find(one.extensions, x509.IssuingDistributionPoint)
    if point is None:
        return True
    if point.only_some_reasons is not None or point.relative_name is not None:
        return False
    if is_authority(certificate) and point.only_contains_user_certs:
        return False
    if not is_authority(certificate) and point.only_contains_ca_certs:
        return False
    return point.full_name is None or not _points(certificate).isdisjoint(point.full_name)


def _points(certificate: x509.Certificate) -> frozenset[x509.GeneralName]:
    points = find(certificate.extensions, x509.CRLDistributionPoints)
    return frozenset(name for point in points or () for name in point.full_name or ())
