"""A clinical document: bytes in, its header, its kind of body and its wrapper out. The bytes are never printed again.

The ClinicalDocument stands bare, inside the stylesheet that shows it, or inside the signature that envelops it.
[HL7 CDA R2: 4.1; CI-SIS SM 3.3, 3.9]
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from lxml.etree import Comment, ProcessingInstruction, _Element, strip_elements

from cda.body import Body, read_body
from cda.datatypes import tag
from cda.header import Header, read_header
from cda.outline import Outline, outline_of
from safexml import namespaces, parser

BOUNDS = parser.Bounds(size=64 * 1024 * 1024, text=64 * 1024 * 1024)
"""A PDF inside a document is one text of base64; the whole bounds it."""

_CLINICAL_DOCUMENT, _COMPONENT = tag("ClinicalDocument"), tag("component")
_STYLESHEET = namespaces.qname(namespaces.XSL, "stylesheet")
_SIGNATURE = namespaces.qname(namespaces.DS, "Signature")
_OBJECT = namespaces.qname(namespaces.DS, "Object")


class NotCDA(Exception):
    """The XML is not one clinical document; ``reason`` says what was met instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Wrapper(StrEnum):
    """What stands around the ClinicalDocument: nothing, its stylesheet, its signature."""

    NONE = ""
    STYLESHEET = "xsl:stylesheet"
    SIGNATURE = "ds:Signature"


class Opened(NamedTuple):
    """A document's tree, parsed once for all who look at it: root, the ClinicalDocument in it, what stands around that."""

    root: _Element
    clinical_document: _Element
    wrapper: Wrapper = Wrapper.NONE


class CDADocument(NamedTuple):
    """What was read of a document."""

    header: Header
    body: Body
    wrapper: Wrapper = Wrapper.NONE


def open_document(content: parser.Buffer, *, keeps_comments: bool = False) -> Opened:
    """The tree of a clinical document. *Raises* HostileXML, NotCDA.

    A seal may cover comments: who verifies one keeps them, and drops them (``drop_comments``) before anybody reads.
    """
    root = parser.parse(content, BOUNDS, keeps_comments=keeps_comments)
    return Opened(root, *find(root))


def drop_comments(opened: Opened) -> None:
    """Takes comments and processing instructions out of the tree, so that no text is cut in two by one."""
    strip_elements(opened.root, Comment, ProcessingInstruction, with_tail=False)


def read(content: parser.Buffer) -> CDADocument:
    """The clinical document that these bytes are. *Raises* HostileXML, NotCDA."""
    return read_opened(open_document(content))


def read_opened(opened: Opened) -> CDADocument:
    """What the tree of a clinical document says, its comments dropped. *Raises* NotCDA."""
    return read_outline(outline_of(opened.clinical_document), opened.wrapper)


def read_outline(outline: Outline, wrapper: Wrapper = Wrapper.NONE) -> CDADocument:
    """The same, of which the outline was made for others too. *Raises* NotCDA."""
    body = read_body(outline.children.get(_COMPONENT, ()))
    if body is None:
        raise NotCDA("the ClinicalDocument has neither a structuredBody nor a nonXMLBody")
    return CDADocument(read_header(outline), body, wrapper)


def find(root: _Element) -> tuple[_Element, Wrapper]:
    """The one ClinicalDocument of a tree, and what stands around it. *Raises* NotCDA."""
    if root.tag == _CLINICAL_DOCUMENT:
        return root, Wrapper.NONE
    if root.tag == _STYLESHEET:
        found, wrapper = list(root.iterdescendants(_CLINICAL_DOCUMENT)), Wrapper.STYLESHEET
    elif root.tag == _SIGNATURE:
        objects = root.iterchildren(_OBJECT)
        found, wrapper = (
            [child for holder in objects for child in holder.iterchildren(_CLINICAL_DOCUMENT)],
            Wrapper.SIGNATURE,
        )
    else:
        raise NotCDA(f"the root element is {namespaces.readable(root.tag)}, not a ClinicalDocument")
    if len(found) != 1:
        raise NotCDA(f"{len(found)} ClinicalDocument elements stand inside {wrapper}; one is expected")
    return found[0], wrapper
