"""The signature of a SAML 2.0 assertion: enveloped, exclusive, over the whole assertion and nothing else. [SAML 2.0 core: 5.4]

An assertion travels inside an envelope. What is judged, and what may be read afterwards, is the assertion without its signature: a copy,
which leaves the envelope as it is, or the assertion where it stands, for whoever has no more use for the envelope.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING

from safexml import parser
from safexml.namespaces import SAML, qname
from signing import canonical, gate, xmldsig
from signing.algorithms import SHA256
from signing.canonical import EXCLUSIVE
from signing.gate import ENVELOPED, SIGNATURE
from signing.refusals import malformed
from signing.report import SignatureReport
from signing.trust import Purpose
from signing.writing import CannotSign, write_reference, write_signature

if TYPE_CHECKING:
    from datetime import datetime

    from lxml.etree import _Element

    from signing.gate import Reference
    from signing.keys import SigningKey
    from signing.policy import SignaturePolicy
    from signing.report import SignatureRefused
    from signing.trust import Trust

_ASSERTION = qname(SAML, "Assertion")
_ISSUER = qname(SAML, "Issuer")
_ISSUER_END = re.compile(rb"</(?:[^\s<>/:]+:)?Issuer\s*>")


def sign_assertion(assertion: bytes, key: SigningKey) -> bytes:
    """The assertion with its signature behind the Issuer; every other byte stays. *Raises* CannotSign, HostileXML."""
    root = parser.parse(assertion, keeps_comments=True)
    if root.tag != _ASSERTION or not len(root) or root[0].tag != _ISSUER or not root[0].text:
        raise CannotSign("This is no SAML 2.0 assertion whose first child is a saml:Issuer with a text.")
    if any(not isinstance(each.tag, str) or each.tag == SIGNATURE for each in root.iter()):
        raise CannotSign("The assertion is signed already, or holds comments.")
    found = _ISSUER_END.search(assertion)
    if found is None:
        raise CannotSign("The saml:Issuer of the assertion cannot be found in its bytes; give it in UTF-8.")
    digest = SHA256.digest(canonical.of_element(root, EXCLUSIVE))
    uri = xmldsig.uri_of(root, "ID")
    reference = write_reference(uri, digest, transforms=(ENVELOPED, EXCLUSIVE.uri))
    signature = write_signature(key, (reference,), EXCLUSIVE)
    return b"".join((assertion[: found.end()], signature, assertion[found.end() :]))


def verify_assertion(
    element: _Element, trust: Trust, policy: SignaturePolicy, now: datetime, *, takes_over: bool = False
) -> tuple[_Element, SignatureReport]:
    """The assertion to read, without its signature, and the report. *Raises* SignatureRefused.

    ``takes_over``: the signature is taken out of the assertion given, whose envelope nobody may read any more for what it says of the
    caller; else a copy is read, and the envelope stays as it is.

    1. An assertion without comments, alone in its kind, its signature behind its Issuer. 2. The signature within the profile, with one
    reference, to this assertion by its ID. 3. Its value. 4. The digest without the signature. 5. The signer's certificate.
    """
    signature = _check_shape(element)
    read = gate.read_signature(signature, policy, 1)
    reference = _check_reference(element, read.references[0])
    if read.objects or not _is_exclusive(read.form):
        raise malformed(
            "SIG-SHAPE", "An Object, or another canonicalisation", "Un Object ou une autre canonicalisation", signature
        )
    xmldsig.check_value(read)
    bare = element if takes_over and not reference.form.prefixes else _copy(element, reference)
    xmldsig.detach(bare[1])
    form = canonical.of_element(bare, reference.form.method or EXCLUSIVE, reference.form.prefixes)
    xmldsig.check_digest(reference, form)
    xmldsig.check_id_count(reference.uri, bare, form, 1)
    signer = trust.judge(read.certificates[0], now, Purpose.ASSERTION)
    warnings = (*xmldsig.warnings_of(read), *signer.warnings)
    return bare, SignatureReport(signer, (reference.uri,), None, read.algorithm.uri, warnings)


def _check_shape(element: _Element) -> _Element:
    """The signature of an assertion that has the shape of one."""
    if element.tag != _ASSERTION or element.get("Version") != "2.0":
        raise _no_assertion("Another element is there", "Un autre élément est là", element)
    gate.check_plain(element)
    if len(element) < 3 or element[0].tag != _ISSUER or element[1].tag != SIGNATURE:
        raise _no_assertion(
            "Issuer or signature is not in its place", "Issuer ou signature n'est pas à sa place", element
        )
    signature = gate.find_signature(element)
    if next(element.iterdescendants(_ASSERTION), None) is not None:
        raise _no_assertion("An assertion holds another", "Une assertion en contient une autre", element)
    return signature


def _check_reference(element: _Element, reference: Reference) -> Reference:
    if reference.uri != xmldsig.uri_of(element, "ID"):
        raise xmldsig.unmatched(reference, "is not to the assertion", "n'est pas à l'assertion")
    form = reference.form
    if not form.is_enveloped or not _is_exclusive(form):
        raise xmldsig.unmatched(reference, "is not enveloped and exclusive", "n'est pas enveloppée et exclusive")
    return reference


def _is_exclusive(form: gate.Form) -> bool:
    return form.method is not None and form.method.is_exclusive


def _copy(element: _Element, reference: Reference) -> _Element:
    """A copy of the assertion. A prefix that is treated inclusively may be declared above it, so the copy declares it itself."""
    copied = canonical.copy_in_scope(element) if reference.form.prefixes else copy.deepcopy(element)
    copied.tail = None
    return copied


def _no_assertion(seen: str, seen_fr: str, element: _Element) -> SignatureRefused:
    return malformed("SIG-ASSERTION", seen, seen_fr, element)
