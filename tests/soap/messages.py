"""A good request, alone and with parts, written by hand so that a test shows only what it breaks."""

from __future__ import annotations

from collections.abc import Iterable

from soap import envelope, mtom
from soap.envelope import Envelope

ACTION = "urn:example:do"
MESSAGE_ID = "urn:uuid:6d296e90-e5dc-43d0-b455-7c1f3eb35d83"
SIMPLE = "application/soap+xml; charset=UTF-8"
RELATED = (
    'multipart/related; boundary="b"; type="application/xop+xml"; start="<root@x>"; start-info="application/soap+xml"'
)

NAMESPACES = (
    'xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:a="http://www.w3.org/2005/08/addressing"'
    ' xmlns:o="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd" xmlns:x="urn:example"'
)
ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
ACTION_HEADER = f'<a:Action s:mustUnderstand="1">{ACTION}</a:Action>'
MESSAGE_ID_HEADER = f"<a:MessageID>{MESSAGE_ID}</a:MessageID>"
TO_HEADER = '<a:To s:mustUnderstand="true">http://example.invalid/service</a:To>'
REPLY_TO_HEADER = f'<a:ReplyTo s:mustUnderstand="1"><a:Address>{ANONYMOUS}</a:Address></a:ReplyTo>'
HEADERS = ACTION_HEADER + MESSAGE_ID_HEADER + TO_HEADER + REPLY_TO_HEADER
BODY = "<x:Do/>"
INCLUDE = '<x:Do><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="cid:doc@x"/></x:Do>'


def an_envelope(headers: str = HEADERS, body: str = BODY, *, extra: str = "") -> bytes:
    """A whole request envelope; ``extra`` is added to good headers."""
    return (
        f"<s:Envelope {NAMESPACES}><s:Header>{headers}{extra}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
    ).encode()


def a_part(content: bytes, *headers: str, line_end: bytes = b"\r\n") -> bytes:
    """One MIME part without its boundary lines."""
    return line_end.join((*(header.encode("latin-1") for header in headers), b"", content))


def the_root(content: bytes | None = None, *headers: str) -> bytes:
    """The part with the envelope."""
    return a_part(
        an_envelope(body=INCLUDE) if content is None else content,
        'Content-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"',
        "Content-ID: <root@x>",
        *headers,
    )


def a_document(content: bytes = b"%PDF", *headers: str, content_id: str = "<doc@x>") -> bytes:
    """A binary part."""
    return a_part(content, "Content-Type: application/pdf", f"Content-ID: {content_id}", *headers)


def a_multipart(parts: Iterable[bytes], *, boundary: bytes = b"b", line_end: bytes = b"\r\n") -> bytes:
    """The parts between their boundary lines."""
    begun = b"".join(b"--" + boundary + line_end + part + line_end for part in parts)
    return begun + b"--" + boundary + b"--" + line_end


def read(content_type: str, body: bytes) -> Envelope:
    """What the server's door does."""
    return envelope.read(mtom.unpack(content_type, body))


def read_simple(body: bytes) -> Envelope:
    """The same for an envelope that travels alone."""
    return read(SIMPLE, body)
