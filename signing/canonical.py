"""Canonical XML: the bytes that a signature covers. [W3C XML-C14N; XML-C14N11; XML-EXC-C14N]

libxml2 does the work. What it leaves to its caller is here: the xml: attributes that an inclusive canonical form inherits from above the
element, and what lxml cannot be asked for (refused, never approximated). Comments of what a same-document reference names are not
covered, whatever the algorithm says of comments. [W3C XMLDSIG: 4.4.3.3]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from lxml import etree

from safexml import parser
from safexml.namespaces import XML
from signing.refusals import malformed, shown

if TYPE_CHECKING:
    from signing.report import SignatureRefused


class Canonicalization(NamedTuple):
    """A canonicalisation: its URI and what sets it apart."""

    uri: str
    is_exclusive: bool = False
    keeps_comments: bool = False
    is_1_1: bool = False


INCLUSIVE = Canonicalization("http://www.w3.org/TR/2001/REC-xml-c14n-20010315")
INCLUSIVE_WITH_COMMENTS = Canonicalization(INCLUSIVE.uri + "#WithComments", keeps_comments=True)
EXCLUSIVE = Canonicalization("http://www.w3.org/2001/10/xml-exc-c14n#", is_exclusive=True)

METHODS = {
    row.uri: row
    for row in (
        INCLUSIVE,
        INCLUSIVE_WITH_COMMENTS,
        Canonicalization("http://www.w3.org/2006/12/xml-c14n11", is_1_1=True),
        Canonicalization("http://www.w3.org/2006/12/xml-c14n11#WithComments", keeps_comments=True, is_1_1=True),
        EXCLUSIVE,
        Canonicalization(EXCLUSIVE.uri + "WithComments", is_exclusive=True, keeps_comments=True),
    )
}
"""URI → row."""

_WRITTEN = parser.Bounds(size=256 * 1024 * 1024, text=256 * 1024 * 1024)
"""Of what was parsed before, and is written and parsed once more: character references make it longer."""

_ATTRIBUTE = f"{{{XML}}}"
_BASE = _ATTRIBUTE + "base"
_ID = _ATTRIBUTE + "id"


def find_method(element: etree._Element) -> Canonicalization:
    """The canonicalisation that the element's Algorithm names. *Raises* SignatureRefused."""
    uri = element.get("Algorithm", "")
    method = METHODS.get(uri)
    if method is None:
        raise _not_canonical(f"{shown(uri)} is named", f"{shown(uri)} est nommé", element)
    return method


def of_document(tree: etree._ElementTree, method: Canonicalization, *, keeps_comments: bool) -> bytes:
    """The canonical form of a whole document, with what stands before and after its root. *Raises* SignatureRefused."""
    return _write(tree, method, (), keeps_comments and method.keeps_comments)


def of_element(
    element: etree._Element, method: Canonicalization, prefixes: tuple[str, ...] = (), *, keeps_comments: bool = False
) -> bytes:
    """The canonical form of an element where it stands. *Raises* SignatureRefused.

    ``prefixes``: of namespaces that the exclusive form treats as the inclusive one does. [W3C XML-EXC-C14N: 2]
    """
    keeps_comments = keeps_comments and method.keeps_comments
    if not method.is_exclusive and element.getparent() is not None:
        inherited = _inherited(element, method)
        # Of a part of a tree, lxml's inclusive form loses track of what was declared above: it undoes the default namespace.
        element = copy_in_scope(element)
        for name, value in inherited.items():
            element.set(name, value)
    return _write(element, method, prefixes, keeps_comments)


def copy_in_scope(element: etree._Element) -> etree._Element:
    """A copy of the element as a root, which declares every namespace that is in scope where the element stands."""
    return parser.parse(etree.tostring(element, encoding="UTF-8", with_tail=False), _WRITTEN, keeps_comments=True)


def _write(
    node: etree._Element | etree._ElementTree, method: Canonicalization, prefixes: tuple[str, ...], keeps_comments: bool
) -> bytes:
    try:
        return etree.tostring(
            node,
            method="c14n",
            exclusive=method.is_exclusive,
            with_comments=keeps_comments,
            inclusive_ns_prefixes=prefixes or None,
        )
    except etree.C14NError as error:
        raise _not_canonical(
            "The XML has no canonical form (a relative namespace)",
            "Le XML n'a pas de forme canonique (espace de noms relatif)",
        ) from error


def _inherited(element: etree._Element, method: Canonicalization) -> dict[str, str]:
    """The xml: attributes that an inclusive form takes from above, the nearest first. [XML-C14N: 2.4; XML-C14N11: 2.4]"""
    found: dict[str, str] = {}
    for ancestor in element.iterancestors():
        for name in map(str, ancestor.attrib):
            if name.startswith(_ATTRIBUTE) and name not in found:
                found[name] = ancestor.get(name, "")
    if method.is_1_1:
        found.pop(_ID, None)
        if _BASE in found:
            # Version 1.1 joins the bases of all ancestors into one; whoever needs that, signs exclusively.
            raise _not_canonical(
                "xml:base stands above an element whose form in Canonical XML 1.1 is asked for",
                "Un xml:base figure au-dessus d'un élément dont la forme Canonical XML 1.1 est demandée",
            )
    return {name: value for name, value in found.items() if name not in element.attrib}


def _not_canonical(seen: str, seen_fr: str, location: str | etree._Element = "") -> SignatureRefused:
    return malformed("SIG-CANONICALIZATION", seen, seen_fr, location)
