"""The gate: one form of each thing of an XML signature is let through, the rest is refused before anything is hashed. [W3C XMLDSIG: 4]

SignedInfo, SignatureValue, KeyInfo with X509Data and Objects; as many references as the caller has parts; algorithms of the tables;
enveloped-signature and one canonicalisation as transforms. What a signature is about, and whether it holds, is for others.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from safexml.namespaces import DS, EXCLUSIVE_C14N, qname, readable
from signing import algorithms, canonical
from signing.key_info import read_key_info
from signing.refusals import malformed, read_base64, refused, shown
from signing.report import SignatureRefused, SubIndication

if TYPE_CHECKING:
    from lxml.etree import _Element

    from signing.algorithms import DigestAlgorithm, SignatureAlgorithm
    from signing.canonical import Canonicalization
    from signing.policy import SignaturePolicy

SIGNATURE = qname(DS, "Signature")
OBJECT = qname(DS, "Object")
REFERENCE = qname(DS, "Reference")
ENVELOPED = DS + "enveloped-signature"

OBJECTS_MAX = 4
"""Objects of a signature: content or manifest, signature properties, qualifying properties, and one to spare."""
PREFIXES_MAX = 32
"""Prefixes of an InclusiveNamespaces: each is looked for at every element."""

_HEAD = (qname(DS, "SignedInfo"), qname(DS, "SignatureValue"), qname(DS, "KeyInfo"))
_METHODS = (qname(DS, "CanonicalizationMethod"), qname(DS, "SignatureMethod"))
_DIGEST = (qname(DS, "DigestMethod"), qname(DS, "DigestValue"))
_TRANSFORMS = qname(DS, "Transforms")
_TRANSFORM = qname(DS, "Transform")
_INCLUSIVE_NAMESPACES = qname(EXCLUSIVE_C14N, "InclusiveNamespaces")


ZERO = b"0"
"""The digest that IHE writes for what has no bytes."""


class Form(NamedTuple):
    """How a part was made into bytes: without the signature in it; in which canonical form (none is named: see the caller)."""

    is_enveloped: bool = False
    method: Canonicalization | None = None
    prefixes: tuple[str, ...] = ()


AS_IT_IS = Form()
_ENVELOPED_FORM = Form(is_enveloped=True)

_FORMS = {
    is_enveloped: {uri: Form(is_enveloped, method) for uri, method in canonical.METHODS.items()}
    for is_enveloped in (False, True)
}
"""Of a canonicalisation without parameter: whether the signature is taken out before, URI → form."""


class Reference(NamedTuple):
    """A ds:Reference within the profile."""

    element: _Element
    uri: str
    type: str
    form: Form
    digest: DigestAlgorithm
    value: bytes


class Signature(NamedTuple):
    """A ds:Signature within the profile: read, nothing of it verified. ``certificates``: DER, the signer's first."""

    element: _Element
    signed_info: _Element
    form: Form
    algorithm: SignatureAlgorithm
    references: tuple[Reference, ...]
    value: bytes
    key_info: _Element
    certificates: tuple[bytes, ...]
    objects: tuple[_Element, ...]


def find_signature(root: _Element) -> _Element:
    """The one ds:Signature at or under the element. *Raises* SignatureRefused: none, several, or a DTD."""
    if root.getroottree().docinfo.internalDTD is not None:
        raise malformed("SIG-DTD", "The document has a DOCTYPE", "Le document porte un DOCTYPE", "/")
    found = list(islice(root.iter(SIGNATURE), 2))
    if not found:
        raise malformed("SIG-PLACE", "There is no signature", "Il n'y a pas de signature", root)
    if len(found) > 1:
        raise malformed("SIG-PLACE", "There are several signatures", "Il y a plusieurs signatures", found[1])
    return found[0]


def read_signature(element: _Element, policy: SignaturePolicy, references_max: int) -> Signature:
    """The signature, if it is within the profile. *Raises* SignatureRefused."""
    if not 3 <= len(element) <= 3 + OBJECTS_MAX:
        raise shapeless(element)
    signed_info, value, key_info, *objects = element
    if (signed_info.tag, value.tag, key_info.tag) != _HEAD or any(one.tag != OBJECT for one in objects):
        raise shapeless(element)
    for part in (signed_info, value, key_info):
        if len(part):
            check_plain(part)
    check_count(len(signed_info) - 2, references_max, signed_info)
    canonicalization, method, *references = signed_info
    if (canonicalization.tag, method.tag) != _METHODS or len(method) or not references:
        raise shapeless(signed_info)
    algorithm = algorithms.find_signature(method, policy)
    return Signature(
        element,
        signed_info,
        _read_canonicalization(canonicalization, is_enveloped=False),
        algorithm,
        tuple([read_reference(one, policy) for one in references]),
        read_base64(value),
        key_info,
        read_key_info(key_info),
        tuple(objects),
    )


def check_count(count: int, references_max: int, location: _Element) -> None:
    """There are no more references than parts. *Raises* SignatureRefused."""
    if count > references_max:
        raise malformed(
            "SIG-REFERENCE-COUNT",
            f"{count} references are there, at most {references_max} are read",
            f"Il y a {count} références, {references_max} au plus sont lues",
            location,
        )


def check_plain(element: _Element) -> None:
    """Only elements and text are under it. *Raises* SignatureRefused."""
    other = next(element.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity), None)
    if other is not None:
        raise malformed(
            "SIG-COMMENT",
            "A comment or a processing instruction is there",
            "Un commentaire ou une instruction de traitement est là",
            element,
        )


def read_reference(element: _Element, policy: SignaturePolicy) -> Reference:
    """A reference of SignedInfo or of a manifest. *Raises* SignatureRefused."""
    children = list(element)
    form = _read_transforms(children.pop(0)) if children and children[0].tag == _TRANSFORMS else AS_IT_IS
    uri = element.get("URI")
    if element.tag != REFERENCE or len(children) != 2 or uri is None:
        raise shapeless(element)
    method, value = children
    if (method.tag, value.tag) != _DIGEST or len(method):
        raise shapeless(element)
    # IHE writes the digest of a submission set, which has no bytes, as a zero: no base64, and no digest of anything. [ITI TF-3: 5.5]
    digest = ZERO if value.text == "0" and not len(value) else read_base64(value)
    return Reference(element, uri, element.get("Type", ""), form, algorithms.find_digest(method, policy), digest)


def _read_transforms(transforms: _Element) -> Form:
    form = AS_IT_IS
    if not 1 <= len(transforms) <= 2:
        count = len(transforms)
        raise _transform(transforms, f"{count} transforms are there", f"Il y a {count} transformations")
    for place, transform in enumerate(transforms):
        uri = transform.get("Algorithm", "") if transform.tag == _TRANSFORM else ""
        has_parameter = len(transform) > 0
        if uri == ENVELOPED and place == 0 and not has_parameter:
            form = _ENVELOPED_FORM
        elif form.method is None and (plain := _FORMS[form.is_enveloped].get(uri)) is not None:
            form = plain
            if has_parameter:
                form = _read_canonicalization(transform, is_enveloped=form.is_enveloped)
        else:
            raise _transform(
                transform, f"The transform {shown(uri)} is there", f"La transformation {shown(uri)} est là"
            )
    return form


def _read_canonicalization(element: _Element, *, is_enveloped: bool) -> Form:
    method = canonical.find_method(element)
    if not len(element):
        return _FORMS[is_enveloped][method.uri]
    parameter = element[0]
    if len(element) > 1 or parameter.tag != _INCLUSIVE_NAMESPACES or len(parameter) or not method.is_exclusive:
        raise _transform(element, "A canonicalisation has a parameter", "Une canonicalisation porte un paramètre")
    prefixes = tuple(parameter.get("PrefixList", "").split())
    if len(prefixes) > PREFIXES_MAX or "#default" in prefixes:
        # libxml2 can treat the default namespace inclusively too, but lxml cannot ask it to.
        raise _transform(
            parameter,
            f"PrefixList has {len(prefixes)} prefixes, or #default",
            f"PrefixList a {len(prefixes)} préfixes, ou #default",
        )
    return Form(is_enveloped, method, prefixes)


def shapeless(element: _Element) -> SignatureRefused:
    """An element that holds other things than it may."""
    name = readable(element.tag) if isinstance(element.tag, str) else "a comment"
    return malformed(
        "SIG-SHAPE", f"{name} holds other things than it may", f"{name} ne contient pas ce qu'il faut", element
    )


def _transform(element: _Element, seen: str, seen_fr: str) -> SignatureRefused:
    return refused("SIG-TRANSFORM", SubIndication.SIG_CONSTRAINTS_FAILURE, seen, seen_fr, element)
