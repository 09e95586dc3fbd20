"""multipart/related written and taken apart by hand. [RFC 2046: 5.1; RFC 2387; W3C XOP]"""

from __future__ import annotations

import base64
import itertools
import quopri
import re
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

_DECODERS: Mapping[str, Callable[[bytes], bytes]] = {
    "base64": base64.b64decode,
    "quoted-printable": quopri.decodestring,
}


class Malformed(Exception):
    """Not the multipart message that its Content-Type announces."""


@dataclass(frozen=True, slots=True)
class Part:
    """A part to be sent. A test that breaks the wire changes its Content-ID, its type or its encoding."""

    content_id: str
    content: bytes | memoryview
    content_type: str = "application/octet-stream"
    transfer_encoding: str = "binary"

    def pieces(self, boundary: str) -> tuple[bytes, bytes | memoryview, bytes]:
        """Head, content and the line end after it."""
        head = (
            f"--{boundary}\r\nContent-Type: {self.content_type}\r\nContent-Transfer-Encoding: {self.transfer_encoding}\r\n"
            f"Content-ID: <{self.content_id}>\r\n\r\n"
        )
        coded = base64.encodebytes(self.content) if self.transfer_encoding == "base64" else self.content
        return head.encode(), coded, b"\r\n"


def write(root: bytes, parts: Sequence[Part]) -> tuple[str, list[bytes | memoryview]]:
    """Content-Type and pieces of an MTOM message."""
    boundary, start = f"witness-{uuid.uuid4().hex}", f"root.{uuid.uuid4().hex}@witness.invalid"
    everything = (Part(start, root, 'application/xop+xml; charset=UTF-8; type="application/soap+xml"'), *parts)
    pieces = list(itertools.chain.from_iterable(part.pieces(boundary) for part in everything))
    parameters = (
        f'type="application/xop+xml"; start="<{start}>"; start-info="application/soap+xml"; boundary="{boundary}"'
    )
    return f"multipart/related; {parameters}", [*pieces, f"--{boundary}--\r\n".encode()]


def header(content_type: str) -> Message:
    """A Content-Type that can be asked for its parameters."""
    message = Message()
    message["Content-Type"] = content_type
    return message


def read(content_type: str, payload: bytes) -> tuple[bytes, Mapping[str, bytes]]:
    """The root part and the other parts by Content-ID. Raises Malformed."""
    asked = header(content_type)
    boundary, start = asked.get_param("boundary"), asked.get_param("start")
    if not isinstance(boundary, str):
        raise Malformed("no boundary")
    mark = re.compile(rb"(?:\A|\r\n)--" + re.escape(boundary.encode()) + rb"(--)?[ \t]*(?=\r\n|\Z)")
    marks = list(mark.finditer(payload))
    if len(marks) < 2 or marks[-1][1] is None:
        raise Malformed("no parts, or no closing delimiter")
    parts: dict[str, bytes] = {}
    for before, after in itertools.pairwise(marks):
        end_of_head = payload.find(b"\r\n\r\n", before.end(), after.start())
        if end_of_head < 0:
            raise Malformed("a part without end of its headers")
        headers = BytesHeaderParser().parsebytes(payload[before.end() + 2 : end_of_head] + b"\r\n\r\n")
        content_id = str(headers.get("Content-ID", "")).strip(" <>")
        if not content_id or content_id in parts:
            raise Malformed(f"a part without Content-ID, or one used twice: {content_id}")
        decode = _DECODERS.get(str(headers.get("Content-Transfer-Encoding", "binary")).lower(), bytes)
        parts[content_id] = decode(payload[end_of_head + 4 : after.start()])
    named = start.strip("<>") if isinstance(start, str) else next(iter(parts))
    if named not in parts:
        raise Malformed(f"start names {named}, which is no part")
    return parts.pop(named), parts
