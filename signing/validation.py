"""What every XAdES signature goes through, whatever it signs: its own parts, documents elsewhere, the report. [ETSI EN 319 102-1: 5]"""

from __future__ import annotations

from typing import TYPE_CHECKING

from safexml import parser
from signing import canonical, xmldsig
from signing.gate import find_signature, read_signature
from signing.refusals import malformed, refused, shown
from signing.report import SignatureRefused, SignatureReport, SubIndication
from signing.trust import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from lxml.etree import _Element

    from signing.gate import Reference, Signature
    from signing.policy import SignaturePolicy
    from signing.qualifying import Properties
    from signing.trust import Trust
    from signing.xmldsig import Part

DOCUMENT = parser.Bounds(size=64 * 1024 * 1024, text=64 * 1024 * 1024)
"""A PDF inside a document is one text of base64; the whole bounds it."""

OWN_PARTS = 2
"""References of a signature to its own parts: SignedProperties, KeyInfo."""


def read_root(root: _Element, policy: SignaturePolicy, references_max: int) -> Signature:
    """The signature that a document is. *Raises* SignatureRefused. Nothing is hashed."""
    element = find_signature(root)
    if element is not root or root.getparent() is not None:
        raise malformed("SIG-PLACE", "The root is not the signature", "La racine n'est pas la signature", element)
    return read_signature(element, policy, references_max)


def own_parts(signature: Signature, properties: Properties) -> dict[str, Part]:
    """The parts that any signature may have references to: its properties, which it has to sign, and its KeyInfo."""
    parts = {xmldsig.uri_of(properties.part.element): properties.part}
    if signature.key_info.get("Id") is not None:
        parts[xmldsig.uri_of(signature.key_info)] = xmldsig.Part(signature.key_info, is_required=False)
    return parts


def check_content(reference: Reference, content: bytes | memoryview, root: _Element | None = None) -> None:
    """A document elsewhere is the one that was signed: its canonical form where one is named, its bytes where none is.

    ``root``: of its tree with comments, if it was parsed before. *Raises* SignatureRefused.
    """
    form = reference.form
    if form.is_enveloped or form.prefixes:
        raise xmldsig.unmatched(reference, "has another form than a document", "n'a pas la forme d'un document")
    data = content
    if form.method is not None:
        parsed = _parse(reference, content) if root is None else root
        data = canonical.of_document(parsed.getroottree(), form.method, keeps_comments=True)
    xmldsig.check_digest(reference, data)


def _parse(reference: Reference, content: bytes | memoryview) -> _Element:
    try:
        return parser.parse(content, DOCUMENT, keeps_comments=True)
    except parser.HostileXML as error:
        raise malformed(
            "SIG-CANONICALIZATION",
            f"{shown(reference.uri)} has no canonical form: {error.reason}",
            f"{shown(reference.uri)} n'a pas de forme canonique : {error.reason}",
            reference.element,
        ) from error


def unresolved(reference: Reference) -> SignatureRefused:
    """A reference that stands for nothing that is there."""
    return refused(
        "SIG-REFERENCE",
        SubIndication.SIGNED_DATA_NOT_FOUND,
        f"{shown(reference.uri)} stands for nothing here",
        f"{shown(reference.uri)} ne désigne rien ici",
        reference.element,
    )


def report_of(
    signature: Signature,
    properties: Properties,
    covers: tuple[str, ...],
    trust: Trust,
    now: datetime,
    further: Iterable[Reference] = (),
) -> SignatureReport:
    """The report on a signature that holds, if its signer is trusted. *Raises* SignatureRefused.

    ``further``: references beyond those of SignedInfo.
    """
    signer = trust.judge(signature.certificates[0], now, Purpose.SEAL)
    warnings = (*xmldsig.warnings_of(signature, further), *properties.warnings, *signer.warnings)
    return SignatureReport(signer, covers, properties.signed_at, signature.algorithm.uri, warnings)
