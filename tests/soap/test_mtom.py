"""Messages unpacked and packed: parts by Content-ID, nothing copied, nothing lost."""

from __future__ import annotations

import base64
import mmap
import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from safexml import parser
from soap import envelope, mtom
from soap.faults import NotSOAP, SOAPFault
from soap.limits import Limits
from tests.soap import messages
from tests.soap.messages import RELATED, SIMPLE, a_document, a_multipart, a_part, an_envelope, the_root

ALL_BYTES = bytes(range(256))


def new_id() -> str:
    return f"urn:uuid:{uuid4()}"


def test_envelope_alone_is_its_own_root() -> None:
    package = mtom.unpack("application/soap+xml", b"<x/>")
    assert bytes(package.root) == b"<x/>"
    assert not package.is_mtom
    assert not package.parts
    assert package.unreferenced() == ()


def test_charset_is_that_of_the_part_that_holds_the_envelope() -> None:
    assert mtom.unpack('application/soap+xml; charset="ISO-8859-1"', b"<x/>").charset == "ISO-8859-1"
    body = a_multipart([a_part(b"<x/>", "Content-Type: application/xop+xml; charset=utf-8", "Content-ID: <root@x>")])
    assert mtom.unpack(RELATED + "; charset=utf-16", body).charset == "utf-8"


@pytest.mark.parametrize(
    "parts",
    [
        [the_root(), a_document()],
        [a_document(), the_root()],
        [a_document(b"other", content_id="<other@x>"), the_root(), a_document()],
    ],
    ids=["root first", "root last", "root between"],
)
def test_start_names_the_root_wherever_it_stands(parts: list[bytes]) -> None:
    """[RFC 2387: 3.2]"""
    package = mtom.unpack(RELATED, a_multipart(parts))
    assert bytes(package.root) == an_envelope(body=messages.INCLUDE)
    assert bytes(package.parts["doc@x"].content) == b"%PDF"
    assert package.parts["doc@x"].content_type == "application/pdf"


def test_without_start_the_first_part_is_the_root() -> None:
    """[RFC 2387: 3.2]"""
    body = a_multipart([a_part(b"<x/>"), a_document()])
    package = mtom.unpack("multipart/related; boundary=b", body)
    assert bytes(package.root) == b"<x/>"
    assert set(package.parts) == {"doc@x"}


@pytest.mark.parametrize("start", ['"<root@x>"', '"root@x"', "<root@x>", "root@x", '" <root@x> "'])
def test_start_is_understood_with_and_without_brackets_and_quotes(start: str) -> None:
    body = a_multipart([a_document(), the_root()])
    assert mtom.unpack(f"multipart/related; start={start}; boundary=b", body).root


def test_part_without_content_id_is_kept_among_the_unreferenced() -> None:
    package = mtom.unpack(RELATED, a_multipart([the_root(), a_part(b"lost"), a_document()]))
    assert package.unreferenced() == ("doc@x", "part 2, without Content-ID")
    package.refer("cid:doc@x")
    assert package.unreferenced() == ("part 2, without Content-ID",)


def test_parts_in_base64_and_quoted_printable_come_out_as_bytes() -> None:
    body = a_multipart(
        [
            the_root(base64.b64encode(b"<x/>"), "Content-Transfer-Encoding: base64"),
            a_document(base64.encodebytes(ALL_BYTES), "Content-Transfer-Encoding: Base64"),
            a_document(b"caf=C3=A9=\r\n!", "Content-Transfer-Encoding: quoted-printable", content_id="<qp@x>"),
        ]
    )
    package = mtom.unpack(RELATED, body)
    assert bytes(package.root) == b"<x/>"
    assert bytes(package.parts["doc@x"].content) == ALL_BYTES
    assert bytes(package.parts["qp@x"].content) == "café!".encode()


NOT_SOAP = {
    "no body": (SIMPLE, b"", 400),
    "no content type": ("", b"<x/>", 415),
    "SOAP 1.1": ("text/xml; charset=utf-8", b"<x/>", 415),
    "SOAP 1.1 with attachments": ('multipart/related; type="text/xml"; boundary=b', a_multipart([the_root()]), 415),
    "SOAP 1.1 in the root part": (
        "multipart/related; boundary=b",
        a_multipart([a_part(b"<x/>", "Content-Type: text/xml")]),
        415,
    ),
    "JSON": ("application/json", b"{}", 415),
    "form": ("multipart/form-data; boundary=b", a_multipart([the_root()]), 415),
    "HTML in the root part": (
        "multipart/related; boundary=b",
        a_multipart([a_part(b"", "Content-Type: text/html")]),
        415,
    ),
    "huge content type": ("application/soap+xml; a=" + "x" * 5000, b"<x/>", 400),
}


@pytest.mark.parametrize("name", NOT_SOAP)
def test_what_is_no_soap_gets_a_bare_http_status(name: str) -> None:
    content_type, body, status = NOT_SOAP[name]
    with pytest.raises(NotSOAP) as refusal:
        mtom.unpack(content_type, body)
    assert refusal.value.http_status == status
    assert ("SOAP 1.2" in refusal.value.reason) == (status == 415)


def test_body_above_its_limit_gets_413_before_anything_is_read() -> None:
    with pytest.raises(NotSOAP, match="at most 3") as refusal:
        mtom.unpack("nonsense", b"1234", Limits(body_size=3))
    assert refusal.value.http_status == 413


def test_envelope_above_its_limit_gets_413() -> None:
    limits = Limits(root_size=3)
    for content_type, body in ((SIMPLE, b"<xy/>"), (RELATED, a_multipart([the_root(b"<xy/>")]))):
        with pytest.raises(NotSOAP, match="envelope has 5 bytes; at most 3") as refusal:
            mtom.unpack(content_type, body, limits)
        assert refusal.value.http_status == 413


FAULTY = {
    "no boundary": ("multipart/related", b"x", "boundary parameter"),
    "empty boundary": ('multipart/related; boundary=""', b"x", "boundary parameter"),
    "wrong start": ("multipart/related; boundary=b; start=a@b", a_multipart([the_root()]), "Content-ID a@b"),
    "same Content-ID twice": (RELATED, a_multipart([the_root(), a_document(), a_document()]), "doc@x"),
    "a document under the root's Content-ID": (
        RELATED,
        a_multipart([the_root(), a_document(content_id="<root@x>")]),
        "root@x",
    ),
}


@pytest.mark.parametrize("name", FAULTY)
def test_broken_package_gets_a_Sender_fault(name: str) -> None:
    content_type, body, reason = FAULTY[name]
    with pytest.raises(SOAPFault, match=reason) as refusal:
        mtom.unpack(content_type, body)
    assert refusal.value.code == "Sender"


def test_what_a_stranger_sent_is_shortened_in_the_reason() -> None:
    with pytest.raises(NotSOAP) as refusal:
        mtom.unpack("x" * 4000, b"<x/>")
    assert len(refusal.value.reason) < 500


def an_include(href: str) -> str:
    return f'<d><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include" href="{href}"/></d>'


def content_of(xml: str, *content_ids: str) -> tuple[bytes | None, mtom.Package]:
    parts = [a_document(b"content of " + cid.encode(), content_id=f"<{cid}>") for cid in content_ids]
    package = mtom.unpack(RELATED, a_multipart([the_root(), *parts]))
    content = mtom.content_of(parser.parse(xml.encode()), package)
    return None if content is None else bytes(content), package


@pytest.mark.parametrize(
    ("href", "content_id"),
    [
        ("cid:doc@x", "doc@x"),
        ("CID:doc@x", "doc@x"),
        (" cid:doc%40x ", "doc@x"),
        ("cid:a%2Bb%20c@x", "a+b c@x"),
        ("cid:1.urn:uuid:AB@apache.org", "1.urn:uuid:AB@apache.org"),
        ("cid:1@urn%3Aexample%3Ax", "1@urn:example:x"),
        ("cid:1@urn%3Aexample%3Ax", "1@urn%3Aexample%3Ax"),
    ],
)
def test_include_finds_its_part_by_percent_decoded_content_id(href: str, content_id: str) -> None:
    """[RFC 2392: 2]; the last is what CXF sends."""
    content, package = content_of(an_include(href), content_id, "other@x")
    assert content == b"content of " + content_id.encode()
    assert package.unreferenced() == ("other@x",)


@pytest.mark.parametrize("href", ["cid:nobody@x", "doc@x", "http://example.invalid/doc", "cid:", "", "cid:root@x"])
def test_include_that_names_no_part_gives_nothing(href: str) -> None:
    content, package = content_of(an_include(href), "doc@x")
    assert content is None
    assert package.unreferenced() == ("doc@x",)


def test_include_without_href_gives_nothing() -> None:
    content, _ = content_of('<d><i:Include xmlns:i="http://www.w3.org/2004/08/xop/include"/></d>')
    assert content is None


@given(st.binary(max_size=200), st.sampled_from(["", "\n", " \t\r\n "]))
def test_inline_base64_gives_its_bytes(content: bytes, space: str) -> None:
    text = space.join(base64.b64encode(content).decode())
    package = mtom.unpack(SIMPLE, b"<x/>")
    found = mtom.content_of(parser.parse(f"<d>{space}{text}<!-- c -->{space}</d>".encode()), package)
    assert found is not None
    assert bytes(found) == content


def test_empty_element_is_empty_content() -> None:
    assert content_of("<d/>")[0] == b""


@pytest.mark.parametrize(
    "xml",
    [
        "<d>QQ</d>",
        "<d>é</d>",
        "<d>Q Q = = x</d>",
        "<d><e/></d>",
        "<d>QQ==<i:Include xmlns:i='http://www.w3.org/2004/08/xop/include' href='cid:doc@x'/></d>",
        "<d><i:Include xmlns:i='http://www.w3.org/2004/08/xop/include' href='cid:doc@x'/>QQ==</d>",
        "<d><i:Include xmlns:i='http://www.w3.org/2004/08/xop/include' href='cid:doc@x'/><e/></d>",
    ],
)
def test_content_that_is_neither_base64_nor_one_include_is_refused(xml: str) -> None:
    with pytest.raises(ValueError, match="base64"):
        content_of(xml, "doc@x")


@dataclass(frozen=True)
class InPieces:
    """Content that comes in pieces, as from a file."""

    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        return sum(map(len, self.pieces))

    def chunks(self) -> Iterator[bytes]:
        yield from self.pieces


def packed(*attachments: mtom.Attachment) -> tuple[str, bytes]:
    header, pieces = mtom.pack([b"<x>", b"</x>"], attachments, new_id)
    body = b"".join(mtom.chunks_of(pieces))
    assert len(body) == mtom.size_of(pieces)
    return header, body


def test_packed_message_says_what_MTOM_wants_said() -> None:
    """[XOP: 4.1], [RFC 2387: 3]"""
    header, pieces = mtom.pack([b"<x/>"], [], lambda: "urn:uuid:0f")
    assert header == (
        'multipart/related; type="application/xop+xml"; start="<envelope@0f>"; start-info="application/soap+xml"; boundary="0f"'
    )
    assert b"".join(mtom.chunks_of(pieces)) == (
        b'--0f\r\nContent-Type: application/xop+xml; charset=UTF-8; type="application/soap+xml"\r\n'
        b"Content-Transfer-Encoding: binary\r\nContent-ID: <envelope@0f>\r\n\r\n<x/>\r\n--0f--\r\n"
    )


AWKWARD = {
    "nothing": b"",
    "every byte": ALL_BYTES,
    "line ends": b"\r\n\r\n\n\r\r\n",
    "a boundary line of another message": b"\r\n--6d296e90-e5dc-43d0-b455-7c1f3eb35d83--\r\n",
    "hyphens": b"--",
    "a line end and hyphens": b"\r\n--",
    "a whole multipart message": a_multipart([the_root(), a_document()]),
}


@pytest.mark.parametrize("name", AWKWARD)
def test_document_travels_unchanged(name: str) -> None:
    content = AWKWARD[name]
    header, body = packed(
        mtom.Attachment("one@x", "application/pdf", mtom.Bytes(content)),
        mtom.Attachment("two@x", "text/xml", InPieces((content, content))),
    )
    package = mtom.unpack(header, body)
    assert bytes(package.root) == b"<x></x>"
    assert bytes(package.parts["one@x"].content) == content
    assert bytes(package.parts["two@x"].content) == content * 2
    assert package.parts["two@x"].content_type == "text/xml"


@given(st.lists(st.binary(max_size=80) | st.text("-\r\n0f", max_size=20).map(str.encode), max_size=4))
def test_unpack_undoes_pack(contents: list[bytes]) -> None:
    attachments = [mtom.Attachment(f"{i}@x", "a/b", mtom.Bytes(content)) for i, content in enumerate(contents)]
    package = mtom.unpack(*packed(*attachments))
    assert [bytes(part.content) for part in package.parts.values()] == contents


@given(st.from_regex(r"[A-Za-z0-9!#$%&'*+/=?^{|}~._-]{1,20}@[A-Za-z0-9.-]{1,10}", fullmatch=True))
def test_reference_finds_the_part_it_was_made_for(content_id: str) -> None:
    """[RFC 2392: 2]"""
    package = mtom.unpack(*packed(mtom.Attachment(content_id, "a/b", mtom.Bytes(b"!"))))
    found = package.refer(mtom.href(content_id))
    assert found is not None
    assert bytes(found) == b"!"


@pytest.mark.parametrize("content_id", ["", "no-at", "a@b\r\nX: y", "<a@b>", "a b@c"])
def test_content_id_that_is_none_is_not_packed(content_id: str) -> None:
    with pytest.raises(ValueError, match="Content-ID"):
        packed(mtom.Attachment(content_id, "a/b", mtom.Bytes(b"")))


@pytest.mark.parametrize(
    "content_type", ["", "text", "a/b\r\nContent-ID: <evil@x>", "a/b\r\n\r\nevil", "a/b;\x00", "a/b é"]
)
def test_media_type_cannot_write_headers_of_its_own(content_type: str) -> None:
    package = mtom.unpack(*packed(mtom.Attachment("a@x", content_type, mtom.Bytes(b""))))
    assert {name: part.content_type for name, part in package.parts.items()} == {"a@x": "application/octet-stream"}


@pytest.mark.parametrize(
    "content_type", ["text/xml", "application/dicom+json", 'text/plain; charset="utf-8"', "a/b;c=d;e=f"]
)
def test_media_type_travels_as_it_is(content_type: str) -> None:
    package = mtom.unpack(*packed(mtom.Attachment("a@x", content_type, mtom.Bytes(b""))))
    assert package.parts["a@x"].content_type == content_type


def test_large_answer_is_sent_without_being_joined() -> None:
    large = bytes(100_000)
    _, pieces = mtom.pack([b"<x>", large, b"</x>"], [mtom.Attachment("a@x", "a/b", mtom.Bytes(large))], new_id)
    assert [chunk for chunk in mtom.chunks_of(pieces) if chunk is large] == [large, large]


def test_small_message_is_sent_as_one_chunk() -> None:
    _, pieces = mtom.pack([b"<x/>"], [mtom.Attachment("a@x", "a/b", mtom.Bytes(b"!"))], new_id)
    assert len(list(mtom.chunks_of(pieces))) == 1


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview, mmap.mmap])
def test_document_of_100_MB_is_not_copied(kind: type) -> None:
    content = bytes(100_000_000)
    header, pieces = mtom.pack([an_envelope()], [mtom.Attachment("a@x", "a/b", InPieces((content,)))], new_id)
    if kind is mmap.mmap:
        body: mmap.mmap | bytes | bytearray | memoryview = mmap.mmap(-1, mtom.size_of(pieces))
        for chunk in mtom.chunks_of(pieces):
            assert isinstance(body, mmap.mmap)
            body.write(chunk)
    else:
        body = kind(b"".join(mtom.chunks_of(pieces)))
    tracemalloc.start()
    try:
        message = envelope.read(mtom.unpack(header, body))
        part = message.package.parts["a@x"].content
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert part.nbytes == 100_000_000
    assert part.readonly
    assert peak < 100_000


def test_document_of_12_MB_inline_is_read() -> None:
    """libxml2 alone refuses a text above 10 million characters."""
    content = ALL_BYTES * 48_000
    body = an_envelope(body=f"<x:Do>{base64.encodebytes(content).decode()}</x:Do>")
    message = messages.read_simple(body)
    found = mtom.content_of(message.body, message.package)
    assert found is not None
    assert found == content


def test_content_id_of_a_reference_in_xml_is_found_after_escaping() -> None:
    element = etree.fromstring(an_include("cid:a&amp;b@x"))
    package = mtom.unpack(RELATED, a_multipart([the_root(), a_document(b"!", content_id="<a&b@x>")]))
    found = mtom.content_of(element, package)
    assert found is not None
    assert bytes(found) == b"!"
