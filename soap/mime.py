"""MIME as far as a SOAP message needs it: the Content-Type header, multipart bodies, transfer encodings.

Parts are views into the body; nothing is copied but what a transfer encoding makes us decode. Nothing here knows what an
envelope is. [RFC 2045] headers and encodings; [RFC 2046: 5.1] multipart; [RFC 2387] multipart/related.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from mmap import mmap
from types import MappingProxyType
from typing import NamedTuple

from soap import faults
from soap.limits import Limits

Body = bytes | bytearray | mmap
"""What can be searched where it lies."""

_PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s"]+))')
_ESCAPED = re.compile(r"\\(.)")
_PADDING = re.compile(rb"[ \t]*(?=\r?\n)")
_CLOSING = re.compile(rb"--[ \t]*(?:\r?\n|\Z)")
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_FOLD = re.compile(r"\n[ \t]+")
_USUAL_MAX = 128  # characters of a part's Content-Type, which recurs; the message's own has a boundary, and does not
_USUAL_KEPT = 256
_ACTED_ON = frozenset({"content-id", "content-type", "content-transfer-encoding"})


class RawPart(NamedTuple):
    """One part of a multipart body: its headers by lower-case name, and its bytes as they lie in the body."""

    headers: dict[str, str]
    content: memoryview


def parse_content_type(header: str) -> tuple[str, dict[str, str]]:
    """Media type in lower case, and the parameters by lower-case name, quoted or not; the first of a name counts."""
    media_type, _, _ = header.partition(";")
    parameters: dict[str, str] = {}
    for name, quoted, token in _PARAMETER.findall(header, len(media_type)):
        value = _ESCAPED.sub(r"\1", quoted) if "\\" in quoted else quoted or token
        parameters.setdefault(name.lower(), value)
    return media_type.strip().lower(), parameters


def parse_part_type(header: str) -> tuple[str, Mapping[str, str]]:
    """As ``parse_content_type``, of a part: what its software writes over and over is parsed once."""
    return _parse_usual(header) if len(header) <= _USUAL_MAX else parse_content_type(header)


@lru_cache(_USUAL_KEPT)
def _parse_usual(header: str) -> tuple[str, Mapping[str, str]]:
    media_type, parameters = parse_content_type(header)
    return media_type, MappingProxyType(parameters)


def searchable(body: bytes | bytearray | memoryview | mmap) -> Body:
    """The buffer itself. Only a view of *part* of a buffer is copied, because a view cannot be searched."""
    if not isinstance(body, memoryview):
        return body
    whole = body.obj
    if isinstance(whole, bytes | bytearray | mmap) and body.c_contiguous and body.nbytes == len(whole):
        return whole
    return bytes(body)


def split(body: Body, boundary: str, limits: Limits) -> list[RawPart]:
    """The parts of a multipart body, preamble and epilogue left out. [RFC 2046: 5.1.1]

    A boundary counts only where it is a whole line, so a part may hold the boundary with more text behind it. A message
    whose lines end in a bare LF throughout is read too: hand-made clients send that.

    *Raises* SOAPFault: no part, cut before the closing boundary, headers unreadable or too long, too many parts.
    """
    try:
        dashes = b"--" + boundary.encode("latin-1")
    except UnicodeEncodeError:
        raise faults.NO_BOUNDARY.fault() from None
    at, line_end = _first_delimiter(body, dashes)
    needle = line_end + dashes
    view = memoryview(body).toreadonly()
    parts: list[RawPart] = []
    is_last = False
    while not is_last:
        number = len(parts) + 1
        if number > limits.parts:
            raise faults.TOO_MANY_PARTS.fault(limits.parts)
        blank = _BLANK_LINE.search(body, at, at + limits.part_headers_size)
        if blank is None:
            cut_short = at + limits.part_headers_size >= len(body)
            raise (faults.TRUNCATED if cut_short else faults.PART_HEADERS_TOO_LONG).fault(number)
        headers = _headers(body[at : blank.start()], number)
        start = blank.end()
        # The blank line's own end may be the one that belongs to the next delimiter: then the part is empty.
        end, at, is_last = _next_delimiter(body, needle, start - len(line_end), number)
        parts.append(RawPart(headers, view[start : max(start, end)]))
    return parts


def _first_delimiter(body: Body, dashes: bytes) -> tuple[int, bytes]:
    """Where the first boundary line ends, before its line end, and how lines end in this message."""
    found = 0 if body[: len(dashes)] == dashes else _line_that_begins(body, dashes, 0)
    while found >= 0:
        end = found + len(dashes)
        padding = _PADDING.match(body, end)
        if padding is not None:
            end = padding.end()
            return end, b"\n" if body[end : end + 1] == b"\n" else b"\r\n"
        found = _line_that_begins(body, dashes, end)
    raise faults.NO_PARTS.fault()


def _line_that_begins(body: Body, text: bytes, at: int) -> int:
    before = body.find(b"\n" + text, at)
    return before + 1 if before >= 0 else -1


def _next_delimiter(body: Body, needle: bytes, at: int, number: int) -> tuple[int, int, bool]:
    """Where the next boundary line begins and where it ends, before its line end, and whether it closes the message."""
    while (found := body.find(needle, at)) >= 0:
        at = found + len(needle)
        padding = _PADDING.match(body, at)
        if padding is not None:
            return found, padding.end(), False
        if _CLOSING.match(body, at) is not None:
            return found, at, True
    raise faults.TRUNCATED.fault(number)


def _headers(block: bytes | bytearray, number: int) -> dict[str, str]:
    """Header fields by lower-case name, folded lines joined; what we act on may not be said twice, in two ways."""
    headers: dict[str, str] = {}
    text = block.decode("latin-1").replace("\r\n", "\n")
    if "\n " in text or "\n\t" in text:
        text = _FOLD.sub(" ", text)
    for line in text.split("\n"):
        if not line:
            continue
        name, colon, value = line.partition(":")
        name = name.strip().lower()
        if not colon or (name in headers and name in _ACTED_ON):
            raise faults.MALFORMED_PART_HEADER.fault(number)
        headers[name] = value.strip()
    return headers


def _as_is(content: memoryview) -> memoryview:
    return content


def _from_base64(content: memoryview) -> memoryview:
    return memoryview(decode_base64(bytes(content)))


def _from_quoted_printable(content: memoryview) -> memoryview:
    return memoryview(binascii.a2b_qp(content))


_TRANSFER_ENCODINGS: dict[str, Callable[[memoryview], memoryview]] = {
    "": _as_is,
    "binary": _as_is,
    "8bit": _as_is,
    "7bit": _as_is,
    "base64": _from_base64,
    "quoted-printable": _from_quoted_printable,
}


def decode(part: RawPart, number: int) -> memoryview:
    """The part's bytes with its Content-Transfer-Encoding undone. [RFC 2045: 6]

    *Raises* SOAPFault: an encoding nobody defined, or base64 that is broken.
    """
    undo = _TRANSFER_ENCODINGS.get(part.headers.get("content-transfer-encoding", "").lower())
    if undo is None:
        raise faults.UNKNOWN_TRANSFER_ENCODING.fault(number)
    try:
        return undo(part.content)
    except ValueError:
        raise faults.BROKEN_BASE64_PART.fault(number) from None


def decode_base64(text: bytes) -> bytes:
    """The bytes that base64 text stands for, white space ignored, anything else foreign refused. *Raises* ValueError."""
    return binascii.a2b_base64(text.translate(None, b" \t\r\n"), strict_mode=True)
