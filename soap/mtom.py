"""What travels: an envelope alone, or in multipart/related with binary parts beside it. [MTOM], [XOP]

``unpack`` and ``pack`` stand side by side. A part is a view into the request's body: however large, it is never copied.
Nothing here reads the envelope. [ITI TF-2: Appendix V.3.6]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from mmap import mmap
from typing import TYPE_CHECKING, NamedTuple, Protocol
from urllib.parse import quote, unquote

from safexml.namespaces import XOP, qname
from soap import faults, mime
from soap.faults import NotSOAP
from soap.limits import LIMITS, Limits

if TYPE_CHECKING:
    from lxml import etree

SIMPLE = "application/soap+xml; charset=UTF-8"
"""Content-Type of an envelope that travels alone."""

_SOAP = "application/soap+xml"
_XOP = "application/xop+xml"
_SOAP_1_1 = "text/xml"
_INCLUDE = qname(XOP, "Include")
_MEDIA_TYPE = re.compile(
    r"[\w!#$&^.+-]+/[\w!#$&^.+-]+(?:;[ \t]*[\w-]+=(?:[\w!#$&^.+:/-]+|\"[ \w!#$&^.+:/;-]*\"))*", re.A
)
_CONTENT_ID = re.compile(r"[\w!#$%&'*+/=?^{|}~.:-]+@[\w.:-]+", re.A)
_WORTH_ITS_OWN_CHUNK = 64 * 1024  # bytes; joining copies, and that is cheaper than a system call only below about this
_WANTED = f"send SOAP 1.2: {_SOAP}, or multipart/related with {_XOP}"


class Part(NamedTuple):
    """One binary part, its transfer encoding undone."""

    content: memoryview
    content_type: str


@dataclass(frozen=True, slots=True)
class Package:
    """One message as it travelled: the envelope's bytes, and the other parts by Content-ID.

    ``charset`` is what the package says of the envelope's encoding, empty where it says nothing. ``unnamed`` are the
    places, counted from 1, of the parts that no reference can reach because they have no Content-ID.
    """

    root: memoryview
    parts: Mapping[str, Part]
    is_mtom: bool
    charset: str = ""
    unnamed: tuple[int, ...] = ()
    _referenced: set[str] = field(default_factory=set, repr=False, compare=False)

    def refer(self, href: str) -> memoryview | None:
        """The bytes that a reference names, noted as referenced; None when it names no part. [RFC 2392: 2]

        The Content-ID is percent-encoded in the reference; CXF and Axis2 percent-encode it in the part as well, so the
        reference is also tried as it stands.
        """
        scheme, _, name = href.strip().partition(":")
        if scheme.lower() != "cid":
            return None
        for content_id in (unquote(name), name):
            part = self.parts.get(content_id)
            if part is not None:
                self._referenced.add(content_id)
                return part.content
        return None

    def unreferenced(self) -> tuple[str, ...]:
        """The Content-IDs, or else the places, of the parts that nothing in the message has asked for so far."""
        named = (content_id for content_id in self.parts if content_id not in self._referenced)
        return (*named, *(f"part {place}, without Content-ID" for place in self.unnamed))


def unpack(content_type: str, body: bytes | bytearray | memoryview | mmap, limits: Limits = LIMITS) -> Package:
    """The message in a request or an answer: root part and binary parts, found and bounded, not read.

    *Raises* NotSOAP where there is no SOAP to speak of (no body, too large, another media type), SOAPFault where a
    multipart message is broken.
    """
    size = body.nbytes if isinstance(body, memoryview) else len(body)
    if size > limits.body_size:
        raise NotSOAP(413, f"the message has {size} bytes; at most {limits.body_size} are read")
    if len(content_type) > limits.parameters_size:
        raise NotSOAP(400, f"the Content-Type header is longer than {limits.parameters_size} characters")
    media_type, parameters = mime.parse_content_type(content_type)
    if media_type not in (_SOAP, "multipart/related"):
        raise NotSOAP(415, _unsupported("the message", media_type))
    if not size:
        raise NotSOAP(400, "the message has no body")
    buffer = mime.searchable(body)
    if media_type == _SOAP:
        return _package(memoryview(buffer).toreadonly(), {}, (), False, parameters, limits)
    return _unpack_related(buffer, parameters, limits)


def _unpack_related(body: mime.Body, parameters: Mapping[str, str], limits: Limits) -> Package:
    announced, _ = mime.parse_part_type(parameters.get("type", _XOP))
    if announced not in (_XOP, _SOAP):
        raise NotSOAP(415, _unsupported("the root part", announced))
    boundary = parameters.get("boundary", "")
    if not boundary:
        raise faults.NO_BOUNDARY.fault()
    raw = mime.split(body, boundary, limits)
    start = _bare(parameters.get("start", ""))
    root: mime.RawPart | None = None if start else raw[0]
    root_content = memoryview(b"")
    parts: dict[str, Part] = {}
    unnamed: list[int] = []
    seen: set[str] = set()
    for place, part in enumerate(raw, 1):
        content_id = _bare(part.headers.get("content-id", ""))
        content = mime.decode(part, place)
        if content_id in seen:
            raise faults.DUPLICATE_CONTENT_ID.fault(content_id)
        if part is root or (root is None and content_id == start):
            root, root_content = part, content
        elif content_id:
            parts[content_id] = Part(content, part.headers.get("content-type", "application/octet-stream"))
        else:
            unnamed.append(place)
        if content_id:
            seen.add(content_id)
    if root is None:
        raise faults.NO_ROOT_PART.fault(start)
    media_type, root_parameters = mime.parse_part_type(root.headers.get("content-type", _XOP))
    if media_type not in (_XOP, _SOAP):
        raise NotSOAP(415, _unsupported("the root part", media_type))
    return _package(root_content, parts, tuple(unnamed), True, root_parameters, limits)


def _package(
    root: memoryview,
    parts: Mapping[str, Part],
    unnamed: tuple[int, ...],
    is_mtom: bool,
    parameters: Mapping[str, str],
    limits: Limits,
) -> Package:
    if root.nbytes > limits.root_size:
        raise NotSOAP(413, f"the envelope has {root.nbytes} bytes; at most {limits.root_size} are read")
    return Package(root, parts, is_mtom, parameters.get("charset", ""), unnamed)


def _unsupported(what: str, media_type: str) -> str:
    if media_type == _SOAP_1_1:
        return f"{what} is {_SOAP_1_1}, which is SOAP 1.1; {_WANTED}"
    return f"{what} is of media type {faults.shortened(media_type) or 'unknown'}; {_WANTED}"


def _bare(content_id: str) -> str:
    return content_id.strip().removeprefix("<").removesuffix(">")


def content_of(element: etree._Element, package: Package) -> memoryview | None:
    """The bytes that an element of type base64Binary stands for: those of its xop:Include's part, else its own text. [XOP: 3.2]

    None when the xop:Include names no part of the message. *Raises* ValueError when the base64 is broken, or when the
    element holds anything beside one xop:Include.
    """
    children = list(element.iterchildren())
    if not children:
        try:
            return memoryview(mime.decode_base64((element.text or "").encode("ascii")))
        except ValueError as error:
            raise ValueError("the content is not valid base64") from error
    include = children[0]
    if len(children) > 1 or include.tag != _INCLUDE or (element.text or "").strip() or (include.tail or "").strip():
        raise ValueError("binary content is base64 text or one xop:Include, and nothing beside it")
    return package.refer(include.get("href", ""))


class Streamed(Protocol):
    """Bytes that are read when they are sent."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order, in pieces that fit in memory."""


@dataclass(frozen=True, slots=True)
class Bytes:
    """Content that is in memory already."""

    content: bytes

    @property
    def size(self) -> int:
        return len(self.content)

    def chunks(self) -> Iterator[bytes]:
        yield self.content


class Attachment(NamedTuple):
    """One binary part to send; the envelope refers to it by ``href(content_id)``."""

    content_id: str
    content_type: str
    content: Streamed


def href(content_id: str) -> str:
    """The reference of an xop:Include to the part with that Content-ID. [RFC 2392: 2]"""
    return "cid:" + quote(content_id, safe="@:!$*(),")


def pack(
    envelope: Sequence[bytes], attachments: Sequence[Attachment], new_id: Callable[[], str]
) -> tuple[str, list[bytes | Streamed]]:
    """Content-Type, and the pieces of the body in order: the envelope first, then the attachments. [RFC 2387], [XOP: 4.1]

    ``new_id`` gives a fresh random UUID. It becomes the boundary: content is streamed and cannot be searched beforehand,
    and nobody who could have shaped it can have known 122 random bits that are drawn now.

    *Raises* ValueError for a Content-ID that is none; a content type that is none travels as application/octet-stream.
    """
    unique = new_id().rpartition(":")[2]
    root_id = f"envelope@{unique}"
    pieces: list[bytes | Streamed] = [
        f'--{unique}\r\nContent-Type: {_XOP}; charset=UTF-8; type="{_SOAP}"\r\nContent-Transfer-Encoding: binary\r\n'
        f"Content-ID: <{root_id}>\r\n\r\n".encode(),
        *envelope,
    ]
    for content_id, content_type, content in attachments:
        if _CONTENT_ID.fullmatch(content_id) is None:
            raise ValueError("a Content-ID has the shape of an address: left@right")
        media_type = content_type if _MEDIA_TYPE.fullmatch(content_type) else "application/octet-stream"
        pieces.append(
            f"\r\n--{unique}\r\nContent-Type: {media_type}\r\nContent-Transfer-Encoding: binary\r\n"
            f"Content-ID: <{content_id}>\r\n\r\n".encode()
        )
        pieces.append(content.content if isinstance(content, Bytes) else content)
    pieces.append(f"\r\n--{unique}--\r\n".encode())
    header = f'multipart/related; type="{_XOP}"; start="<{root_id}>"; start-info="{_SOAP}"; boundary="{unique}"'
    return header, pieces


def size_of(pieces: Sequence[bytes | Streamed]) -> int:
    """Bytes of a packed body: its Content-Length."""
    return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces)


def chunks_of(pieces: Sequence[bytes | Streamed]) -> Iterator[bytes]:
    """The bytes of a packed body in order: small neighbours come joined, large ones as they are, streams in their pieces."""
    waiting: list[bytes] = []
    for piece in pieces:
        if isinstance(piece, bytes) and len(piece) < _WORTH_ITS_OWN_CHUNK:
            waiting.append(piece)
            continue
        if waiting:
            yield b"".join(waiting)
            waiting.clear()
        yield from (piece,) if isinstance(piece, bytes) else piece.chunks()
    if waiting:
        yield b"".join(waiting)
