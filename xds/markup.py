"""Text as XML: escaping, and nothing else. What we write is joined from pieces, never built as a tree. [XML 1.0: 2.2, 2.4]"""

from __future__ import annotations

import re
from collections.abc import Sequence

_is_unsafe = re.compile('[\x00-\x1f&<>"\x85\u2028\ud800-\udfff\ufffe\uffff]').search
_is_beyond_ampersand = re.compile('[\x00-\x1f<>"\x85\u2028\ud800-\udfff\ufffe\uffff]').search
_is_beyond_markup = re.compile("[\x00-\x1f\x85\u2028\ud800-\udfff\ufffe\uffff]").search
_ESCAPES: dict[int, str] = {
    **dict.fromkeys((*range(0x20), *range(0xD800, 0xE000), 0xFFFE, 0xFFFF), "\ufffd"),  # what XML cannot hold
    **{ord(blank): f"&#{ord(blank)};" for blank in "\t\n\r\x85\u2028"},  # else a parser would make spaces of them
}


def escaped(text: str) -> str:
    """The text as it stands in an element or between double quotes."""
    if (found := _is_unsafe(text)) is None:
        return text
    # One after the other, ``&`` first: a table of all of them takes four times as long for the usual name with an ``&``.
    written = text.replace("&", "&amp;")
    if _is_beyond_ampersand(text, found.start()) is None:
        return written
    written = written.replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")
    return written if _is_beyond_markup(written) is None else written.translate(_ESCAPES)


def joined(pieces: Sequence[str]) -> bytes:
    """Pieces of markup as bytes."""
    return "".join(pieces).encode()
