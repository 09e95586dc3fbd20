"""Signature wrapping: the signed original is moved aside, and what somebody would like to be read stands in its place.

The eight kinds are those of Somorovsky et al., *On Breaking SAML: Be Whoever You Want to Be* (2012). There the outermost element is a
samlp:Response; a request has none, so in the first two kinds it is the SOAP Header.
"""

from __future__ import annotations

import copy
import uuid
from collections.abc import Callable, Mapping

from lxml import etree

from interop_tests.witness import names

Element = etree._Element
_SAML = "urn:oasis:names:tc:SAML:2.0:assertion"
_SIGNATURE = names.tag("ds:Signature")
_NAME_ID = f"{{{_SAML}}}NameID"
FORGED_PERSON = "899700000099"


def forge(original: Element, *, same_id: bool) -> Element:
    """The assertion without its signature, about somebody else."""
    forged = without_signature(original)
    next(forged.iter(_NAME_ID)).text = FORGED_PERSON
    if not same_id:
        forged.set("ID", f"_{uuid.uuid4().hex}")
    return forged


def signature_of(original: Element) -> Element:
    """A copy of its signature."""
    found = original.find(_SIGNATURE)
    assert found is not None
    return copy.deepcopy(found)


def without_signature(original: Element) -> Element:
    """A copy without its signature."""
    bare = copy.deepcopy(original)
    found = bare.find(_SIGNATURE)
    assert found is not None
    bare.remove(found)
    return bare


def _header(*blocks: Element, beside: str = "") -> str:
    held = "".join(etree.tostring(block).decode() for block in blocks)
    security = (
        f'<wsse:Security xmlns:wsse="{names.NS["wsse"]}" xmlns:soap="{names.NS["soap"]}" soap:mustUnderstand="1">'
        f"{held}</wsse:Security>"
    )
    return security + beside


def _aside(*hidden: Element) -> str:
    held = "".join(etree.tostring(one).decode() for one in hidden)
    return f'<x:Aside xmlns:x="urn:example:aside">{held}</x:Aside>'


def _signed_by_it(forged: Element, original: Element) -> Element:
    """The forged one with the genuine signature in the place of its own."""
    forged.insert(1, signature_of(original))
    return forged


def first(original: Element, forged: Element) -> str:
    """The forged one bears the signature, the original stands in another header."""
    return _header(_signed_by_it(forged, original), beside=_aside(without_signature(original)))


def second(original: Element, forged: Element) -> str:
    """The forged one stands beside the signature, which is detached; the original in another header."""
    return _header(forged, signature_of(original), beside=_aside(without_signature(original)))


def third(original: Element, forged: Element) -> str:
    """The forged one stands before the original."""
    return _header(forged, original)


def fourth(original: Element, forged: Element) -> str:
    """The forged one holds the original."""
    forged.append(copy.deepcopy(original))
    return _header(forged)


def fifth(original: Element, forged: Element) -> str:
    """The forged one bears the signature, the original stands behind it."""
    return _header(_signed_by_it(forged, original), without_signature(original))


def sixth(original: Element, forged: Element) -> str:
    """The forged one bears the signature, which holds the original."""
    wrapped = _signed_by_it(forged, original)
    wrapped[1].append(without_signature(original))
    return _header(wrapped)


def seventh(original: Element, forged: Element) -> str:
    """The forged one is held by an element of extensions before the original."""
    extensions = etree.Element("{urn:example:aside}Extensions")
    extensions.append(forged)
    return _header(extensions, original)


def eighth(original: Element, forged: Element) -> str:
    """The forged one bears the signature, in an Object of which the original stands."""
    wrapped = _signed_by_it(forged, original)
    held = etree.SubElement(wrapped[1], names.tag("ds:Object"))
    held.append(without_signature(original))
    return _header(wrapped)


KINDS: Mapping[str, Callable[[Element, Element], str]] = {
    f"XSW{number}": kind for number, kind in enumerate((first, second, third, fourth, fifth, sixth, seventh, eighth), 1)
}
