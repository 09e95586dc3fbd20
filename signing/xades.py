"""XAdES over documents: enveloped, enveloping, detached; signed and verified. [ETSI EN 319 132-1; CI-SIS SM 3.3, 4.1]

*Enveloped*: the signature is the last child of the root and covers the whole document, what stands before the root included.
*Enveloping*: the signature is the root and covers its one Object, whose one child is the content.
*Detached*: the signature is a document of its own and covers others, by URI.

Whoever verified reads the tree that came back, and nothing else: comments, which a signature may not cover, are out of it.
"""

from __future__ import annotations

import copy
import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from safexml import parser
from safexml.namespaces import DS, XADES, split
from signing import canonical, qualifying, writing, xmldsig
from signing.algorithms import SHA256
from signing.canonical import EXCLUSIVE
from signing.gate import ENVELOPED, SIGNATURE, find_signature, read_signature
from signing.refusals import malformed
from signing.validation import DOCUMENT, OWN_PARTS, check_content, own_parts, read_root, report_of, unresolved

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from lxml.etree import _Element

    from signing.gate import Reference, Signature
    from signing.keys import SigningKey
    from signing.policy import SignaturePolicy
    from signing.qualifying import Properties
    from signing.report import SignatureReport
    from signing.trust import Trust

DETACHED_MAX = 256
"""References of a detached signature; a lot has its own count."""

_CONTENT_TYPES = frozenset({"", DS + "Object"})
"""Type of the reference to the Object that holds the content."""

_DECLARATION = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml\s[^>]*\?>")


class Verified(NamedTuple):
    """What was verified: the tree to read, and the report. ``root``: the document without its signature, or the enveloped content."""

    root: _Element
    report: SignatureReport


def is_signed(root: _Element) -> bool:
    """Whether a signature stands anywhere in the document: then it has to be verified."""
    return next(root.iter(SIGNATURE), None) is not None


def verify(
    root: _Element, trust: Trust, policy: SignaturePolicy, now: datetime, *, takes_over: bool = False
) -> Verified:
    """The document and who signed it. *Raises* SignatureRefused.

    ``root``: of a tree that was parsed with its comments and processing instructions, which the signature may cover. ``takes_over``: the
    content is taken out of the tree given, which nobody may read any more; else it is a copy, and the tree is left as it was.

    1. The one signature, in its one place, within the profile. 2. Its value, under the key of its certificate. 3. Its properties, which
    name that certificate. 4. Each part that it has to cover. 5. Whom the certificate belongs to, and whether that one is trusted.
    """
    element = find_signature(root)
    is_enveloping = element is root
    if root.getparent() is not None or not (
        is_enveloping or (element.getparent() is root and element.getnext() is None)
    ):
        raise malformed("SIG-PLACE", "The signature is elsewhere", "La signature est ailleurs", element)
    signature = read_signature(element, policy, 1 + OWN_PARTS)
    xmldsig.check_value(signature)
    properties = qualifying.read_properties(signature, policy, now)
    if is_enveloping:
        content, covered = _open(signature, properties, takes_over=takes_over)
    else:
        content, covered = _take_out(signature, properties, root)
    # Refused last of all, so that what is refused has been left as it was.
    report = report_of(signature, properties, (covered,), trust, now)
    if content.getparent() is not None:
        xmldsig.detach(content)
    etree.strip_tags(content, etree.Comment, etree.ProcessingInstruction)
    return Verified(content, report)


def verify_detached(
    root: _Element,
    resolve: Callable[[str], bytes | None],
    trust: Trust,
    policy: SignaturePolicy,
    now: datetime,
) -> SignatureReport:
    """What a detached signature covers and who signed it. *Raises* SignatureRefused.

    ``resolve`` gives the bytes that a URI stands for, or none when it stands for nothing here.
    """
    signature = read_root(root, policy, DETACHED_MAX + OWN_PARTS)
    xmldsig.check_value(signature)
    properties = qualifying.read_properties(signature, policy, now)
    xmldsig.check_own_ids(root.iter("*"))
    if any(holder is not properties.holder for holder in signature.objects):
        raise malformed("SIG-SHAPE", "An Object is there", "Un Object est là", signature.objects[0])
    references = xmldsig.check_parts(signature, own_parts(signature, properties))
    if not references:
        raise malformed("SIG-REFERENCE", "Nothing is signed", "Rien n'est signé", signature.signed_info)
    for reference in references:
        content = None if reference.uri.startswith("#") or not reference.uri else resolve(reference.uri)
        if content is None:
            raise unresolved(reference)
        check_content(reference, content)
    return report_of(signature, properties, tuple(one.uri for one in references), trust, now)


def sign_enveloped(document: bytes, key: SigningKey, at: datetime) -> bytes:
    """The document with its signature as the last child of its root; every other byte stays. *Raises* CannotSign, HostileXML."""
    root = _read_unsigned(document)
    span = writing.find_span(document, root)
    form = canonical.of_document(root.getroottree(), EXCLUSIVE, keeps_comments=False)
    signature = _sign(document, key, at, "", form, transforms=(ENVELOPED, EXCLUSIVE.uri))
    return b"".join((document[: span.end_tag], signature, document[span.end_tag :]))


def sign_enveloping(document: bytes, key: SigningKey, at: datetime) -> bytes:
    """A signature with the root of the document in its Object, its bytes as they were. *Raises* CannotSign, HostileXML.

    What stands before and after the root (the xml-stylesheet of a bare document) stays outside, and is gone.
    """
    root = _read_unsigned(document)
    span = writing.find_span(document, root)
    name = writing.name_of(document, key, at)
    content = document[span.start : span.end]
    # The document's root may have no namespace of its own: Id stands on the Object, whose form holds it.
    head, tail = f'<ds:Object xmlns:ds="{DS}" Id="o-{name}">'.encode(), b"</ds:Object>"
    declaration = _DECLARATION.match(document)
    start = declaration[0] if declaration else b'<?xml version="1.0" encoding="UTF-8"?>'
    holder = b"".join((head, content, tail))
    form = canonical.of_element(parser.parse(start + holder, DOCUMENT, keeps_comments=True), EXCLUSIVE)
    signature = _sign(
        document, key, at, f"#o-{name}", form, type_=f"{DS}Object", transforms=(EXCLUSIVE.uri,), content=holder
    )
    return start + b"\n" + signature


def sign_detached(references: Sequence[tuple[str, bytes]], key: SigningKey, at: datetime) -> bytes:
    """A signature over the bytes that URIs stand for."""
    name = writing.name_of(b"\0".join(uri.encode() + content for uri, content in references), key, at)
    written = [writing.write_reference(uri, SHA256.digest(content)) for uri, content in references]
    properties = writing.write_properties(key, at, f"p-{name}")
    written.append(writing.reference_properties(properties, f"p-{name}", EXCLUSIVE))
    holder = writing.write_properties_object(properties, f"s-{name}")
    return writing.write_signature(key, written, EXCLUSIVE, identifier=f"s-{name}", objects=holder.encode())


def _sign(
    document: bytes,
    key: SigningKey,
    at: datetime,
    uri: str,
    form: bytes,
    *,
    type_: str = "",
    transforms: Iterable[str],
    content: bytes = b"",
) -> bytes:
    """A signature over one part of the document, over its own properties and over its KeyInfo. [ETSI EN 319 132-1: 6.3, level B]"""
    name = writing.name_of(document, key, at)
    properties = writing.write_properties(key, at, f"p-{name}", ((f"r-{name}", "text/xml"),))
    key_info = writing.write_key_info(key, f"k-{name}")
    references = (
        writing.write_reference(uri, SHA256.digest(form), type_=type_, transforms=transforms, identifier=f"r-{name}"),
        writing.reference_properties(properties, f"p-{name}", EXCLUSIVE),
        writing.write_reference(
            f"#k-{name}", SHA256.digest(writing.form_of(key_info, EXCLUSIVE)), transforms=(EXCLUSIVE.uri,)
        ),
    )
    holder = writing.write_properties_object(properties, f"s-{name}").encode()
    return writing.write_signature(
        key, references, EXCLUSIVE, identifier=f"s-{name}", key_info=key_info, objects=content + holder
    )


def _read_unsigned(document: bytes) -> _Element:
    root = parser.parse(document, DOCUMENT, keeps_comments=True)
    if is_signed(root):
        raise writing.CannotSign("The document is signed already; one signature is what a reader expects.")
    return root


def _take_out(signature: Signature, properties: Properties, root: _Element) -> tuple[_Element, str]:
    """A copy of the document without its signature, if that is what was signed."""
    if any(holder is not properties.holder for holder in signature.objects):
        raise malformed("SIG-SHAPE", "An Object is there", "Un Object est là", signature.objects[0])
    xmldsig.check_own_ids(signature.element.iter("*"))
    parts = own_parts(signature, properties)
    whole = _only(xmldsig.check_parts(signature, parts), signature)
    if whole.uri or not whole.form.is_enveloped:
        raise xmldsig.unmatched(whole, "is not to the document", "n'est pas au document")
    tree = copy.deepcopy(root.getroottree())
    content = tree.getroot()
    xmldsig.detach(content[-1])
    form = canonical.of_document(tree, whole.form.method or canonical.INCLUSIVE, keeps_comments=False)
    xmldsig.check_digest(whole, form)
    for uri in parts:
        xmldsig.check_id_count(uri, content, form, 0)
    return content, ""


def _open(signature: Signature, properties: Properties, *, takes_over: bool) -> tuple[_Element, str]:
    """The content of an enveloping signature, taken out or copied, if that is what was signed."""
    holders = [one for one in signature.objects if one is not properties.holder]
    if len(holders) != 1 or not _holds_content(holders[0]):
        raise malformed(
            "SIG-CONTENT", "Another content is there, or none", "Un autre contenu est là, ou aucun", signature.element
        )
    holder = holders[0]
    around = (each for child in signature.element if child is not holder for each in child.iter("*"))
    xmldsig.check_own_ids((signature.element, holder, *around))
    parts = own_parts(signature, properties)
    reference = _only(xmldsig.check_parts(signature, parts), signature)
    uri = xmldsig.uri_of(holder)
    if reference.uri != uri or reference.form.is_enveloped or reference.type not in _CONTENT_TYPES:
        raise xmldsig.unmatched(reference, "is not to the Object", "n'est pas à l'Object")
    form = xmldsig.bytes_of(holder, reference.form)
    xmldsig.check_digest(reference, form)
    xmldsig.check_id_count(uri, holder, form, 1)
    for part in parts:
        xmldsig.check_id_count(part, holder, form, 0)
    if takes_over:
        return holder[0], uri
    content = copy.deepcopy(holder[0])
    content.tail = None
    return content, uri


def _holds_content(holder: _Element) -> bool:
    """Whether an Object holds one element and nothing beside it, which is no part of a signature itself."""
    if len(holder) != 1 or (holder.text or "").strip() or (holder[0].tail or "").strip():
        return False
    tag = holder[0].tag
    return isinstance(tag, str) and split(tag)[0] not in (DS, XADES)


def _only(references: tuple[Reference, ...], signature: Signature) -> Reference:
    """The one reference to what is signed beside the signature's own parts."""
    if len(references) != 1:
        raise malformed(
            "SIG-REFERENCE",
            f"{len(references)} references are to something else than the signature itself",
            f"{len(references)} références portent sur autre chose que la signature elle-même",
            signature.signed_info,
        )
    return references[0]
