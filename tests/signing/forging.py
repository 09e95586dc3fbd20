"""Attackers' tools: a signature is made again over SignedInfo as it was altered, by a key that everybody trusts.

What is refused after this is refused by the profile, and not because some value no longer fits.
"""

from __future__ import annotations

import copy
from base64 import b64encode
from collections.abc import Callable

from lxml import etree

from safexml.namespaces import DS, EXCLUSIVE_C14N, qname
from signing import canonical
from signing.algorithms import SHA256
from signing.keys import SigningKey
from tests.signing.throwaway import key, tree

SIGNATURE = qname(DS, "Signature")


def part(root: etree._Element, name: str) -> etree._Element:
    """The first element of XML Signature with that name."""
    found = next(root.iter(qname(DS, name)), None)
    assert found is not None, name
    return found


def forged(document: bytes, alter: Callable[[etree._Element], None], signer: SigningKey | None = None) -> bytes:
    """The document after ``alter``, its SignatureValue made anew."""
    root = tree(document)
    alter(root)
    resign(root, signer or key())
    return etree.tostring(root.getroottree(), encoding="UTF-8")


def resign(root: etree._Element, signer: SigningKey) -> None:
    """Makes the SignatureValue of the first signature fit its SignedInfo."""
    info = part(root, "SignedInfo")
    part(root, "SignatureValue").text = b64encode(signer.sign(canonical.of_element(info, canonical.EXCLUSIVE))).decode()


def redigest(root: etree._Element, place: int, data: bytes) -> None:
    """Makes the digest of a reference fit the data."""
    part(reference(root, place), "DigestValue").text = b64encode(SHA256.digest(data)).decode()


def reference(root: etree._Element, place: int) -> etree._Element:
    """A reference of SignedInfo."""
    return list(part(root, "SignedInfo").iterchildren(qname(DS, "Reference")))[place]


def add(
    parent: etree._Element,
    name: str,
    *,
    namespace: str = DS,
    text: str = "",
    place: int | None = None,
    **attributes: str,
) -> etree._Element:
    """A new element in the parent, last or at a place."""
    child = etree.Element(qname(namespace, name), attributes)
    child.text = text or None
    parent.insert(len(parent) if place is None else place, child)
    return child


def repeat(element: etree._Element, times: int = 1) -> None:
    """Copies of an element behind it."""
    for _ in range(times):
        element.addnext(copy.deepcopy(element))


def remove(element: etree._Element) -> None:
    """Takes an element out."""
    parent = element.getparent()
    assert parent is not None
    parent.remove(element)


INCLUSIVE_NAMESPACES = qname(EXCLUSIVE_C14N, "InclusiveNamespaces")
