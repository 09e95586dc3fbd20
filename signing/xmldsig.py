"""Core validation of an XML signature that passed the gate: its parts, their digests, its value, its signer. [W3C XMLDSIG: 3.2]

A reference is resolved among the parts that the caller names, by identity: no Id is ever searched for in a document, and an Id that
something else has too is refused. Whether a certificate is trusted is for ``trust``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from signing import canonical
from signing.key_info import holder_of
from signing.refusals import malformed, path_of, refused, shown
from signing.report import SubIndication

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from lxml.etree import _Element

    from signing.gate import Form, Reference, Signature

_NAME = re.compile(r"[^\W\d][\w.-]*")
"""An Id: an XML name without colon, so that ``#`` before it is never an XPointer. [XML Namespaces: 3, NCName]"""

_HAS_ID = etree.XPath("count(descendant-or-self::*[@Id = $id or @ID = $id or @id = $id or @xml:id = $id])")

_SHA1_WARNING = "SHA-1 is used, which the domain still lets through: it proves nothing of what is signed today."


class Part(NamedTuple):
    """A part of a signature that a reference may be to, with the Type that the reference bears (none: any)."""

    element: _Element
    types: frozenset[str] = frozenset()
    is_required: bool = True


def check_parts(signature: Signature, parts: Mapping[str, Part]) -> tuple[Reference, ...]:
    """The parts that have to be signed are, and no digest of a part is another. Returns the references to other things.

    ``parts``: by URI, as ``uri_of`` gives it. *Raises* SignatureRefused.
    """
    seen: set[str] = set()
    others: list[Reference] = []
    for reference in signature.references:
        if reference.uri in seen:
            raise unmatched(reference, "is there twice", "figure deux fois")
        seen.add(reference.uri)
        part = parts.get(reference.uri)
        if part is None:
            others.append(reference)
            continue
        if (part.types and reference.type not in part.types) or reference.form.is_enveloped:
            raise unmatched(
                reference, "has not the Type or the form of its part", "n'a pas le Type ou la forme de sa partie"
            )
        check_digest(reference, bytes_of(part.element, reference.form))
    for uri, part in parts.items():
        if part.is_required and uri not in seen:
            raise malformed(
                "SIG-REFERENCE", f"{shown(uri)} is not signed", f"{shown(uri)} n'est pas signé", part.element
            )
    return tuple(others)


def bytes_of(element: _Element, form: Form) -> bytes:
    """The bytes of an element that a same-document reference names. [W3C XMLDSIG: 4.4.3.2, 4.4.3.3]"""
    return canonical.of_element(element, form.method or canonical.INCLUSIVE, form.prefixes)


def check_digest(reference: Reference, data: bytes | memoryview) -> None:
    """The digest of the reference is that of the data. *Raises* SignatureRefused."""
    if reference.digest.digest(data) != reference.value:
        raise refused(
            "SIG-DIGEST",
            SubIndication.HASH_FAILURE,
            f"What {shown(reference.uri)} stands for has another digest",
            f"Ce que désigne {shown(reference.uri)} a une autre empreinte",
            reference.element,
        )


def check_value(signature: Signature) -> None:
    """The signature value is that of SignedInfo under the key of the certificate. *Raises* SignatureRefused."""
    key = holder_of(signature.certificates[0]).key
    uri = signature.algorithm.uri
    if not signature.algorithm.fits(key):
        raise refused(
            "SIG-KEY-KIND",
            SubIndication.SIG_CRYPTO_FAILURE,
            f"The certificate's key does not do {uri}",
            f"La clé du certificat ne fait pas {uri}",
            signature.element,
        )
    form = signature.form
    assert form.method is not None
    data = canonical.of_element(signature.signed_info, form.method, form.prefixes, keeps_comments=True)
    if not signature.algorithm.is_of(signature.value, data, key):
        raise refused(
            "SIG-VALUE",
            SubIndication.SIG_CRYPTO_FAILURE,
            "The signature value is not that of SignedInfo",
            "La valeur de signature n'est pas celle de SignedInfo",
            signature.element,
        )


def uri_of(element: _Element, name: str = "Id") -> str:
    """The URI of a same-document reference to the element: ``#`` and its Id. *Raises* SignatureRefused when it has no usable Id."""
    identifier = element.get(name, "")
    if not _NAME.fullmatch(identifier):
        raise malformed(
            "SIG-ID",
            f"{shown(identifier)} is the Id of what has to be signed",
            f"{shown(identifier)} est l'Id de ce qui doit être signé",
            element,
        )
    return f"#{identifier}"


def check_own_ids(elements: Iterable[_Element]) -> None:
    """No two of these elements have one Id. *Raises* SignatureRefused."""
    seen: set[str] = set()
    for element in elements:
        identifier = element.get("Id")
        if identifier is None:
            continue
        if identifier in seen:
            raise _twice(identifier, element)
        seen.add(identifier)


def check_id_count(uri: str, content: _Element, form: bytes, expected: int) -> None:
    """The Id of a reference is that of so many elements of the content. *Raises* SignatureRefused.

    ``form``: the content's canonical form. It is in the cache of the processor already, so the tree is asked only when it may matter.
    """
    identifier = uri[1:]
    if form.count(f'"{identifier}"'.encode()) > expected and _HAS_ID(content, id=identifier) != expected:
        raise _twice(identifier, content)


def detach(element: _Element) -> None:
    """Takes an element out of its parent; the text behind it stays."""
    parent, before = element.getparent(), element.getprevious()
    assert parent is not None
    if element.tail:
        if before is None:
            parent.text = (parent.text or "") + element.tail
        else:
            before.tail = (before.tail or "") + element.tail
        element.tail = None
    parent.remove(element)


def warnings_of(signature: Signature, further: Iterable[Reference] = ()) -> tuple[str, ...]:
    """What is let through and has to be told."""
    references = (*signature.references, *further)
    is_weak = signature.algorithm.is_sha1 or any(reference.digest.is_sha1 for reference in references)
    return (_SHA1_WARNING,) if is_weak else ()


def unmatched(reference: Reference, seen: str, seen_fr: str) -> Exception:
    """A reference that is not one of the profile."""
    return malformed(
        "SIG-REFERENCE",
        f"The reference {shown(reference.uri)} {seen}",
        f"La référence {shown(reference.uri)} {seen_fr}",
        path_of(reference.element),
    )


def _twice(identifier: str, element: _Element) -> Exception:
    return malformed(
        "SIG-ID",
        f"The Id {shown(identifier)} is there twice",
        f"L'Id {shown(identifier)} figure deux fois",
        element,
    )
