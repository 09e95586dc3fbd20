"""Judges a body of level 1: one file inside a document is what its media type says, and there to its end. [CI-SIS SM: level 1]

The whole is checked to be base64; only the beginning and the end are decoded. Whether a PDF is PDF/A-1 is not asked.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

from lxml.etree import _Element

from cda import codes
from cda import level1_table as rules
from cda.datatypes import tag
from cda.findings import NOTHING, Finding, Seen, breach, seen
from cda.outline import Outline
from cda.steps import value_of

XDS_SD = "1.3.6.1.4.1.19376.1.2.20"
"""templateId of a document whose body is one file. [ITI TF-3: 5.2]"""

PLAIN = "text/plain"
_BLANKS = b" \t\r\n"
_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_HEAD = 64  # characters of base64, without blanks
_TAIL = 1536  # characters of base64: 1,152 bytes, in which a PDF has its end mark
_ROOM = 2  # of so many characters of text, blanks may take half

_CUT_OFF = Seen("It begins so, and is cut off.", "Il commence ainsi, mais il est tronqué.")
_UNKNOWN = Seen("It is something else.", "C'est autre chose.")

_COMPONENT, _TEXT = tag("component"), tag("text")
_STRUCTURED, _FILE = tag("structuredBody"), tag("nonXMLBody")


class Ends(NamedTuple):
    """The beginning and the end of a file, one and the same in a small one, and how many bytes the whole has."""

    head: bytes
    tail: bytes
    size: int


def judge_body(outline: Outline) -> tuple[Finding, ...]:
    """What is wrong with the body of level 1, or with the claim that there is one; nothing of a structured body."""
    return tuple(_findings(outline))


def _findings(outline: Outline) -> Iterator[Finding]:
    claims_file = any(value.root == XDS_SD for _, value in outline.templates)
    for component in outline.children.get(_COMPONENT, ()):
        for body in component:
            is_file = body.tag == _FILE
            if not is_file and body.tag != _STRUCTURED:
                continue
            if is_file:
                yield from _judge_file(body)
            if is_file != claims_file:
                yield breach(rules.TEMPLATE_N3 if claims_file else rules.TEMPLATE_N1, body)
            return


def _judge_file(body: _Element) -> Iterator[Finding]:
    text = next(body.iterchildren(_TEXT), None)
    if text is None:
        yield breach(rules.EMPTY, body, NOTHING)
        return
    media_type = (value_of(text, "mediaType") or PLAIN).partition(";")[0].strip().lower()
    if media_type not in codes.FORMAT_OF_MEDIA_TYPE:
        yield breach(rules.MEDIA_TYPE, text, seen(media_type))
        return
    representation = value_of(text, "representation") or "TXT"
    if text.get("compression") or (representation != "B64" and media_type != PLAIN):
        yield breach(rules.REPRESENTATION, text, seen(value_of(text, "compression") or representation))
        return
    content = (text.text or "") + "".join(child.tail or "" for child in text)
    if not content.strip():
        yield breach(rules.EMPTY, text, NOTHING)
        return
    if representation != "B64":
        return
    ends = read_ends(content)
    if ends is None:
        yield breach(rules.BASE64, text)
    elif not _IS_SUCH[media_type](ends):
        kind = _kind_of(ends.head)
        yield breach(rules.CONTENT, text, _CUT_OFF if kind == media_type else seen(kind) if kind else _UNKNOWN)


def read_ends(text: str) -> Ends | None:
    """Beginning and end of what a text of base64 stands for; none if it is not base64 to its last character."""
    try:
        data = text.strip().encode("ascii")
    except UnicodeEncodeError:
        return None
    rest = data.translate(None, _ALPHABET)
    padding = rest.translate(None, _BLANKS)
    if padding not in (b"", b"=", b"==") or (len(data) - len(rest) + len(padding)) % 4:
        return None
    tail = data[-_TAIL * _ROOM :].translate(None, _BLANKS)
    if not tail.endswith(padding):
        return None
    head = data[: _HEAD * _ROOM].translate(None, _BLANKS)[:_HEAD]
    size = (len(data) - len(rest)) * 3 // 4
    return Ends(b64decode(head[: len(head) // 4 * 4]), b64decode(tail[len(tail) % 4 :]), size)


def _is_pdf(ends: Ends) -> bool:
    return ends.head.startswith(b"%PDF-") and b"%%EOF" in ends.tail


def _is_jpeg(ends: Ends) -> bool:
    return ends.head.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in ends.tail


def _is_tiff(ends: Ends) -> bool:
    """TIFF has no end mark, but tells where its directory stands, usually at the end. [TIFF 6.0: 2; BigTIFF]"""
    if not ends.head.startswith(_TIFF):
        return False
    order: Literal["little", "big"] = "little" if ends.head.startswith(b"II") else "big"
    place = ends.head[8:16] if b"+" in ends.head[2:4] else ends.head[4:8]
    return 0 < int.from_bytes(place, order) < ends.size


def _is_rtf(ends: Ends) -> bool:
    return ends.head.startswith(b"{\\rtf") and ends.tail.rstrip(b"\x00" + _BLANKS).endswith(b"}")


def _is_text(ends: Ends) -> bool:
    """No control characters, and not the beginning of one of the other files. UTF-16 has a mark, and NULs beside it."""
    if _kind_of(ends.head):
        return False
    return ends.head.startswith((b"\xff\xfe", b"\xfe\xff")) or not (_CONTROLS & (set(ends.head) | set(ends.tail)))


_CONTROLS = frozenset(range(32)) - frozenset(b"\t\n\f\r")
_TIFF = (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")
_BEGINNINGS = (
    (b"%PDF-", "application/pdf"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"{\\rtf", "text/rtf"),
    (b"\x89PNG", "image/png"),
    (b"PK\x03\x04", "application/zip"),
    (b"\xd0\xcf\x11\xe0", "application/x-ole-storage"),
    *((mark, "image/tiff") for mark in _TIFF),
)


def _kind_of(head: bytes) -> str:
    """The media type of what begins so, as far as it is known."""
    return next((media_type for mark, media_type in _BEGINNINGS if head.startswith(mark)), "")


_IS_SUCH: dict[str, Callable[[Ends], bool]] = {
    "application/pdf": _is_pdf,
    "image/jpeg": _is_jpeg,
    "image/tiff": _is_tiff,
    "text/rtf": _is_rtf,
    PLAIN: _is_text,
}
