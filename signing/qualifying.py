"""XAdES qualifying properties: when it was signed and with which certificate, as the signer signed it.

Two namespaces: 1.3.2, which is in force, and 1.1.1, in which the DMP's own example of a lot's signature is written.
[ETSI EN 319 132-1: 4.3, 5.2; ETSI TS 101 903 1.1.1: 7.2]
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from safexml.namespaces import DS, XADES, qname
from signing import algorithms
from signing.gate import check_plain, shapeless
from signing.key_info import holder_of
from signing.refusals import malformed, read_base64, refused, shown
from signing.report import SignatureRefused, SubIndication
from signing.xmldsig import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lxml.etree import _Element

    from signing.gate import Signature
    from signing.policy import SignaturePolicy

XADES_1_1_1 = "http://uri.etsi.org/01903/v1.1.1#"
TYPE = "http://uri.etsi.org/01903#SignedProperties"
"""What the reference to SignedProperties bears as its Type. [ETSI EN 319 132-1: 4.4.2]"""

FUTURE = timedelta(minutes=5)
"""How far a signer's clock may be ahead: what unsynchronised office machines show."""
CERTIFICATES_MAX = 8
"""Certificates of SigningCertificate: the signer's, and of the chain above."""

_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)?")
"""xs:dateTime, without years before 0 or after 9999. [XML Schema 2: 3.2.7]"""


class _Version(NamedTuple):
    """A version of XAdES: the names of what is read, spelled once. ``properties``: what may stand in the signed ones."""

    types: frozenset[str]
    signed: str
    unsigned: str
    signature_properties: str
    signing_time: str
    certificates: tuple[str, ...]
    properties: frozenset[str]
    cert_digest: str
    digest: tuple[frozenset[str], ...]
    issuer_serial: str
    policy: str
    policy_id: str


def _version(namespace: str, reference_type: str, *unread: str) -> _Version:
    name = partial(qname, namespace)
    certificates = (name("SigningCertificate"), name("SigningCertificateV2"))
    return _Version(
        types=frozenset({reference_type}),
        signed=name("SignedProperties"),
        unsigned=name("UnsignedProperties"),
        signature_properties=name("SignedSignatureProperties"),
        signing_time=name("SigningTime"),
        certificates=certificates,
        properties=frozenset(
            (name("SigningTime"), name("SignaturePolicyIdentifier"), *map(name, unread), *certificates)
        ),
        cert_digest=name("CertDigest"),
        # Both elements are in the namespace of XAdES itself in version 1.1.1.
        digest=tuple(frozenset({qname(DS, local), name(local)}) for local in ("DigestMethod", "DigestValue")),
        issuer_serial=name("IssuerSerial"),
        policy=name("SignaturePolicyIdentifier"),
        policy_id=name("SignaturePolicyId"),
    )


_VERSIONS = {
    qname(XADES, "QualifyingProperties"): _version(
        XADES, TYPE, "SignatureProductionPlace", "SignatureProductionPlaceV2", "SignerRole", "SignerRoleV2"
    ),
    qname(XADES_1_1_1, "QualifyingProperties"): _version(
        XADES_1_1_1, f"{XADES_1_1_1}SignedProperties", "SignatureProductionPlace", "SignerRole"
    ),
}
"""QualifyingProperties → the version of XAdES."""

_SERIAL_NUMBER = qname(DS, "X509SerialNumber")


class Properties(NamedTuple):
    """The properties within the profile; their digest is still to be checked. ``holder``: the Object that they stand in."""

    holder: _Element
    part: Part
    signed_at: datetime
    warnings: tuple[str, ...]


def is_holder(element: _Element) -> bool:
    """Whether an Object is that of the qualifying properties."""
    return any(child.tag in _VERSIONS for child in element)


def read_properties(signature: Signature, policy: SignaturePolicy, now: datetime) -> Properties:
    """The signed properties, which name the certificate of KeyInfo. *Raises* SignatureRefused."""
    holders = [one for one in signature.objects if is_holder(one)]
    if len(holders) != 1 or len(holders[0]) != 1:
        raise _improper(
            f"{len(holders)} Objects hold properties", f"{len(holders)} Object portent des propriétés", signature
        )
    qualifying = holders[0][0]
    check_plain(qualifying)
    version = _VERSIONS[qualifying.tag]
    target = signature.element.get("Id", "")
    if not target or qualifying.get("Target") != f"#{target}":
        raise _improper("Target is another signature", "Target est une autre signature", signature)
    signed = _child(qualifying, version.signed)
    if any(other.tag != version.unsigned for other in list(qualifying)[1:]):
        raise shapeless(qualifying)
    found = _signature_properties(_child(signed, version.signature_properties), version)
    time = found.get(version.signing_time)
    named = [found[name] for name in version.certificates if name in found]
    if time is None or not named:
        raise _improper(
            "SigningTime or SigningCertificate is missing", "SigningTime ou SigningCertificate manque", signature
        )
    for one in named:
        _check_certificate(one, version, signature.certificates[0], policy)
    signed_at = _read_time(time, now)
    warnings = _warnings(signature, version, signed_at, found, has_unsigned=len(qualifying) > 1)
    return Properties(holders[0], Part(signed, version.types), signed_at, warnings)


def _child(element: _Element, name: str) -> _Element:
    """The first child, which is of that name."""
    child = element[0] if len(element) else None
    if child is None or child.tag != name:
        raise shapeless(element)
    return child


def _signature_properties(element: _Element, version: _Version) -> dict[str, _Element]:
    found: dict[str, _Element] = {}
    for child in element:
        tag = child.tag
        if tag in found or tag not in version.properties:
            raise shapeless(element)
        found[tag] = child
    return found


def _check_certificate(element: _Element, version: _Version, der: bytes, policy: SignaturePolicy) -> None:
    """One of the certificates named is the signer's, by its digest and, where it is given, its serial number."""
    if len(element) > CERTIFICATES_MAX:
        raise shapeless(element)
    for named in element:
        digest = _child(named, version.cert_digest)
        if len(digest) != 2:
            raise shapeless(digest)
        method, value = digest
        if method.tag not in version.digest[0] or value.tag not in version.digest[1]:
            raise shapeless(digest)
        is_same = algorithms.find_digest(method, policy).digest(der) == read_base64(value)
        number = _serial_number(named, version)
        if is_same and (number is None or number.strip() == str(holder_of(der).serial_number)):
            return
    raise refused(
        "SIG-SIGNING-CERTIFICATE",
        SubIndication.NO_SIGNING_CERTIFICATE_FOUND,
        "The certificate of KeyInfo is not the one that was signed",
        "Le certificat de KeyInfo n'est pas celui qui a été signé",
        element,
    )


def _serial_number(named: _Element, version: _Version) -> str | None:
    """The first serial number that is given, if one is."""
    for serial in named.iterchildren(version.issuer_serial):
        for number in serial.iterchildren(_SERIAL_NUMBER):
            return number.text or ""
    return None


def _read_time(element: _Element, now: datetime) -> datetime:
    """The moment; one without time zone is taken for UTC."""
    text = (element.text or "").strip()
    try:
        if len(element) or not _TIME.fullmatch(text):
            raise ValueError("not an xs:dateTime")
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise malformed(
            "SIG-TIME", f"SigningTime is {shown(text)}", f"SigningTime est {shown(text)}", element
        ) from error
    if moment > now + FUTURE:
        raise refused(
            "SIG-TIME",
            SubIndication.SIG_CONSTRAINTS_FAILURE,
            f"SigningTime is {shown(text)}, which is still to come",
            f"SigningTime est {shown(text)}, qui est à venir",
            element,
        )
    return moment


def _warnings(
    signature: Signature,
    version: _Version,
    signed_at: datetime,
    found: Mapping[str, _Element],
    *,
    has_unsigned: bool,
) -> tuple[str, ...]:
    told = []
    holder = holder_of(signature.certificates[0])
    if not holder.since <= signed_at <= holder.until:
        told.append(
            f"SigningTime ({signed_at:%Y-%m-%dT%H:%M:%SZ}) is outside the validity of the signer's certificate."
        )
    policy = found.get(version.policy)
    if policy is not None and policy.find(version.policy_id) is not None:
        told.append("The signature names a signature policy, which is not judged.")
    if has_unsigned:
        told.append("Unsigned properties (timestamps, countersignatures) are not judged.")
    return tuple(told)


def _improper(seen: str, seen_fr: str, signature: Signature) -> SignatureRefused:
    return malformed("SIG-PROPERTIES", seen, seen_fr, signature.element)
