"""Hostile XML becomes harmless elements: no DTD, no entity, no network, everything bounded.

The only lxml parsers of the tree live here; no word about what the XML means does. A refusal says what was met and
where, and never quotes the document: it may be about a patient.

libxml2 has guards of its own (text of 10 MB, depth of 256). They are lifted only for a document above 10 MB whose
bounds allow longer texts; then the bounds here, checked on the bytes before and on the tree after, hold in their place.

lxml keeps the names of all elements and attributes that a thread has read until that thread ends. A service that reads
strangers' XML renews its reading threads now and then, or a patient stranger fills its memory with names.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from lxml import etree

Buffer = bytes | bytearray | memoryview


class HostileXML(Exception):
    """The document is refused; ``reason`` says what was met and where, without quoting it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a document may be before it is read, and what its tree may be after."""

    size: int = 32 * 1024 * 1024
    """Bytes of the whole document."""
    depth: int = 100
    """Elements within elements."""
    attributes: int = 64
    """Attributes of one element."""
    tags: int = 1_000_000
    """Tags in the document, and attributes in the document: a tree takes 100 to 200 bytes of memory for each."""
    text: int = 10_000_000
    """Characters of one text or attribute value; above 10 million, libxml2's own guards make room for ours."""


BOUNDS = Bounds()

LIBXML2_TEXT = 10_000_000
"""Bytes: the longest text node that libxml2 reads without huge_tree."""

_ENCODINGS = {
    "utf-8": "UTF-8",
    "utf8": "UTF-8",
    "us-ascii": "UTF-8",
    "ascii": "UTF-8",
    "iso-8859-1": "ISO-8859-1",
    "latin1": "ISO-8859-1",
    "iso-8859-15": "ISO-8859-15",
    "windows-1252": "WINDOWS-1252",
    "utf-16": "UTF-16",
    "utf-16le": "UTF-16",
    "utf-16be": "UTF-16",
}
"""Names of declarations and charset parameters → what the parser is told. ASCII is read as UTF-8, which holds it."""

_ERROR_NAMES = {
    code: name.removeprefix("ERR_").replace("_", " ").lower()
    for name, code in vars(etree.ErrorTypes).items()
    if isinstance(code, int)
}
"""libxml2's error numbers → their names in words, e.g. ``tag name mismatch``."""

_UTF_16 = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_DECLARATION = re.compile(rb"""<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._:-]+)["']""")
_DECLARATION_LENGTH = 200  # bytes; an XML declaration is about 60


def parse(
    document: Buffer, bounds: Bounds = BOUNDS, *, charset: str = "", keeps_comments: bool = False
) -> etree._Element:
    """The root element of a document that was found harmless.

    Comments and processing instructions are dropped while reading, so that every child is an element and the text of
    an element is in one piece (a comment inside a name cannot hide its second half from a reader); ``keeps_comments``
    keeps both, for documents whose seal covers them. ``charset`` is what the carrier said of the encoding: it wins over
    the XML declaration, as RFC 7303 section 3.2 wants; without it the declaration decides.

    *Raises* HostileXML: too large, DTD, unknown encoding, not well-formed, too deep, too many tags or attributes, a
    text too long.
    """
    size = document.nbytes if isinstance(document, memoryview) else len(document)
    if size > bounds.size:
        raise HostileXML(f"the XML document has {size} bytes; at most {bounds.size} are read")
    data, encoding = _in_known_encoding(document, charset)
    # A single character is found far sooner than a word, and most documents have none of this one.
    if b"!" in data and b"<!DOCTYPE" in data:
        raise HostileXML("the XML document holds a DOCTYPE declaration; none is accepted")
    _check_counts(data, bounds)
    is_huge = size > LIBXML2_TEXT < bounds.text
    try:
        root = etree.fromstring(data, _parser(encoding, is_huge, keeps_comments))
    except etree.XMLSyntaxError as error:
        raise HostileXML(_what_and_where(error)) from None
    except (ValueError, LookupError) as error:
        raise HostileXML(f"the XML document cannot be read as {encoding}") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise HostileXML("the XML document declares a document type; none is accepted")
    _check_tree(root, bounds, size)
    return root


def _in_known_encoding(document: Buffer, charset: str) -> tuple[bytes, str]:
    """The document, and the encoding that the parser is told: it never guesses, so that no encoding hides a DTD."""
    data = document if isinstance(document, bytes) else bytes(document)
    codec = _UTF_16.get(data[:2])
    if codec is not None:
        try:
            return data[2:].decode(codec).encode(), "UTF-8"
        except UnicodeDecodeError:
            raise HostileXML("the XML document begins as UTF-16 and is not") from None
    if data.startswith(b"\xef\xbb\xbf"):
        return data, "UTF-8"
    name = charset
    if not name:
        declared = _DECLARATION.match(data, 0, _DECLARATION_LENGTH)
        name = declared[1].decode("ascii") if declared else "utf-8"
    encoding = _ENCODINGS.get(name.lower())
    if encoding is None:
        raise HostileXML(f"the encoding {name[:40]!a} is not read; send UTF-8")
    if encoding == "UTF-16":
        raise HostileXML("the XML document says UTF-16 and has no byte order mark; send UTF-8")
    return data, encoding


def _check_counts(data: bytes, bounds: Bounds) -> None:
    """Bounds the memory of the tree before there is one: each tag has one ``<``, each attribute one ``=``."""
    if len(data) <= bounds.tags:
        return
    if data.count(b"<") > bounds.tags:
        raise HostileXML(f"the XML document has more than {bounds.tags} tags")
    if data.count(b"=") > bounds.tags:
        raise HostileXML(f"the XML document has more than {bounds.tags} attributes")


def _check_tree(root: etree._Element, bounds: Bounds, size: int) -> None:
    if _deeper_than(bounds.depth)(root):
        raise HostileXML(f"elements are nested deeper than {bounds.depth}")
    if _more_attributes_than(bounds.attributes)(root):
        raise HostileXML(f"an element has more than {bounds.attributes} attributes")
    if size > bounds.text and _longer_than(bounds.text)(root):
        raise HostileXML(f"a text or attribute value has more than {bounds.text} characters")


def _what_and_where(error: etree.XMLSyntaxError) -> str:
    """The parser's verdict without its message, which quotes the document."""
    kind = _ERROR_NAMES.get(getattr(error, "code", 0), "no element")
    line, column = error.position
    return f"the XML document is not well-formed or breaks a guard: {kind}, line {line}, column {column}"


def _parser(encoding: str, is_huge: bool, keeps_comments: bool) -> etree.XMLParser:
    """A parser for one document: a kept one would hold, for ever, every name that any sender ever made up."""
    return etree.XMLParser(
        encoding=encoding,
        huge_tree=is_huge,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        attribute_defaults=False,
        remove_comments=not keeps_comments,
        remove_pis=not keeps_comments,
        collect_ids=False,
    )


@cache
def _deeper_than(depth: int) -> etree.XPath:
    return etree.XPath(f"boolean({'/*' * (depth + 1)})")


@cache
def _more_attributes_than(count: int) -> etree.XPath:
    return etree.XPath(f"boolean(/descendant::*/@*[{count + 1}])")


@cache
def _longer_than(length: int) -> etree.XPath:
    return etree.XPath(
        f"boolean(/descendant::text()[string-length() > {length}] | /descendant::*/@*[string-length() > {length}])"
    )
