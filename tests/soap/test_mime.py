"""Content-Type headers, multipart bodies, transfer encodings."""

from __future__ import annotations

import base64
import mmap
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from soap import mime
from soap.faults import SOAPFault
from soap.limits import LIMITS, Limits
from tests.soap.messages import a_multipart, a_part

CONTENT_TYPES = {
    'multipart/related; boundary="x y"; type="a/b"': ("multipart/related", {"boundary": "x y", "type": "a/b"}),
    "Multipart/Related;boundary=----=_Part_1.2;TYPE=a/b": (
        "multipart/related",
        {"boundary": "----=_Part_1.2", "type": "a/b"},
    ),
    'multipart/related ; start = "<a;b@c>" ; boundary = z': (
        "multipart/related",
        {"start": "<a;b@c>", "boundary": "z"},
    ),
    "multipart/related; start=<a@b>; boundary=z": ("multipart/related", {"start": "<a@b>", "boundary": "z"}),
    r'm/r; boundary="a\"b\\c"': ("m/r", {"boundary": r'a"b\c'}),
    'm/r; boundary=""': ("m/r", {"boundary": ""}),
    "m/r; boundary=a; boundary=b": ("m/r", {"boundary": "a"}),
    "m/r;; boundary=a;": ("m/r", {"boundary": "a"}),
    'm/r; action="urn:x; boundary=evil"; boundary=good': (
        "m/r",
        {"action": "urn:x; boundary=evil", "boundary": "good"},
    ),
    'm/r; type="application/xop+xml";\r\n boundary=a': ("m/r", {"type": "application/xop+xml", "boundary": "a"}),
    "text/xml": ("text/xml", {}),
    "": ("", {}),
}


@pytest.mark.parametrize("header", CONTENT_TYPES)
def test_content_type_gives_media_type_and_parameters(header: str) -> None:
    """[RFC 2045: 5.1]"""
    assert mime.parse_content_type(header) == CONTENT_TYPES[header]
    assert mime.parse_part_type(header) == mime.parse_part_type(header) == CONTENT_TYPES[header]


def test_types_of_parts_are_kept_while_they_are_short_and_few() -> None:
    """Nobody fills memory with media types."""
    kept = mime._parse_usual.cache_info
    for number in range(mime._USUAL_KEPT + 10):
        mime.parse_part_type(f"a/{number}")
    assert kept().currsize == mime._USUAL_KEPT
    before = kept().misses
    assert mime.parse_part_type("a/" + "b" * mime._USUAL_MAX)[0] == "a/" + "b" * mime._USUAL_MAX
    assert kept().misses == before


def contents(body: bytes, boundary: str = "b") -> list[bytes]:
    return [bytes(part.content) for part in mime.split(body, boundary, LIMITS)]


BODIES = {
    "two parts": (b"--b\r\n\r\none\r\n--b\r\n\r\ntwo\r\n--b--\r\n", [b"one", b"two"]),
    "no line end after the closing boundary": (b"--b\r\n\r\none\r\n--b--", [b"one"]),
    "preamble and epilogue": (b"for old readers\r\n--b\r\n\r\none\r\n--b--\r\nthe end\r\n--b\r\n", [b"one"]),
    "preamble with a line that begins as the boundary": (b"--bx\r\n\r\n\r\n--b\r\n\r\none\r\n--b--", [b"one"]),
    "empty first line": (b"\r\n--b\r\n\r\none\r\n--b--", [b"one"]),
    "white space behind the boundary": (b"--b \t\r\n\r\none\r\n--b \r\n\r\ntwo\r\n--b-- \r\n", [b"one", b"two"]),
    "empty part": (b"--b\r\n\r\n\r\n--b--", [b""]),
    "empty part whose blank line ends it": (b"--b\r\nA: b\r\n\r\n--b--", [b""]),
    "content that ends in line ends": (b"--b\r\n\r\none\r\n\r\n\r\n--b--", [b"one\r\n\r\n"]),
    "content with the boundary inside a line": (b"--b\r\n\r\none --b\r\n--b--", [b"one --b"]),
    "content with a longer line that begins as the boundary": (
        b"--b\r\n\r\n1\r\n--bb\r\n2\r\n--b--",
        [b"1\r\n--bb\r\n2"],
    ),
    "content with the boundary after a bare LF": (b"--b\r\n\r\n1\n--b\n2\r\n--b--", [b"1\n--b\n2"]),
    "content with an unfinished closing boundary": (
        b"--b\r\n\r\n1\r\n--b-\r\n--b--x\r\n--b--",
        [b"1\r\n--b-\r\n--b--x"],
    ),
    "bare LF throughout": (b"--b\nA: b\n\none\r\n--b\n\ntwo\n--b--\n", [b"one\r", b"two"]),
    "bare LF in the headers only": (b"--b\r\nA: b\nC: d\n\none\r\n--b--", [b"one"]),
}


@pytest.mark.parametrize("name", BODIES)
def test_multipart_body_gives_its_parts(name: str) -> None:
    """[RFC 2046: 5.1.1]"""
    body, parts = BODIES[name]
    assert contents(body) == parts


def test_folded_header_is_read_as_one_line() -> None:
    """[RFC 5322: 2.2.3]"""
    body = a_multipart(
        [a_part(b"", 'Content-Type: application/xop+xml;\r\n\ttype="a/b";\r\n charset=utf-8', "Content-ID:<x>")]
    )
    (part,) = mime.split(body, "b", LIMITS)
    assert part.headers == {"content-type": 'application/xop+xml; type="a/b"; charset=utf-8', "content-id": "<x>"}


REFUSED = {
    "no boundary line": (b"hello", "does not occur"),
    "boundary only inside a line": (b"x --b\r\n\r\none\r\n--b--", "does not occur"),
    "closing boundary alone": (b"--b--\r\n", "does not occur"),
    "cut in the headers": (b"--b\r\nContent-Type: a", "in part 1"),
    "cut after the headers": (b"--b\r\nContent-Type: a/b\r\n\r\n", "in part 1"),
    "cut in the content": (b"--b\r\n\r\none\r\n--b\r\n\r\ntw", "in part 2"),
    "cut in the closing boundary": (b"--b\r\n\r\none\r\n--b-", "in part 1"),
    "header without colon": (b"--b\r\nContent-Type\r\n\r\none\r\n--b--", "headers of part 1"),
    "Content-ID twice in a part": (b"--b\r\nContent-ID: a\r\ncontent-id: b\r\n\r\n\r\n--b--", "headers of part 1"),
    "huge headers": (b"--b\r\nA: " + b"x" * 20_000 + b"\r\n\r\n\r\n--b--", "longer than"),
    "more parts than allowed": (a_multipart([b"\r\n"] * 1001), "more than 1000 parts"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_broken_multipart_body_gets_a_Sender_fault(name: str) -> None:
    body, reason = REFUSED[name]
    with pytest.raises(SOAPFault, match=reason) as refusal:
        mime.split(body, "b", LIMITS)
    assert refusal.value.code == "Sender"


def test_boundary_outside_latin_1_gets_a_Sender_fault() -> None:
    with pytest.raises(SOAPFault, match="boundary"):
        mime.split(b"--b\r\n", "€", LIMITS)


def test_limits_are_reached_and_not_passed() -> None:
    limits = Limits(parts=2, part_headers_size=16)
    assert len(mime.split(a_multipart([b"A: 45678\r\n\r\n"] * 2), "b", limits)) == 2
    with pytest.raises(SOAPFault, match="more than 2 parts"):
        mime.split(a_multipart([b"\r\n"] * 3), "b", limits)
    with pytest.raises(SOAPFault, match="longer than"):
        mime.split(a_multipart([b"A: 4567890123456\r\n\r\n"]), "b", limits)


@given(st.lists(st.binary(max_size=60), min_size=1, max_size=4))
def test_parts_come_out_as_they_were_put_in(parts: list[bytes]) -> None:
    boundary = b"0123456789abcdef"
    assert contents(a_multipart([b"\r\n" + part for part in parts], boundary=boundary), boundary.decode()) == parts


@given(st.text(alphabet="b-\r\n \t:a", max_size=40).map(str.encode))
def test_any_body_gives_parts_or_a_fault(body: bytes) -> None:
    try:
        parts = contents(body)
    except SOAPFault:
        return
    assert parts


def decoded(content: bytes, encoding: str) -> bytes:
    part = mime.RawPart({"content-transfer-encoding": encoding}, memoryview(content))
    return bytes(mime.decode(part, 1))


@given(st.binary(max_size=300))
def test_transfer_encodings_are_undone(content: bytes) -> None:
    """[RFC 2045: 6]"""
    assert decoded(base64.b64encode(content), "BASE64") == content
    assert decoded(base64.encodebytes(content).replace(b"\n", b"\r\n"), "base64") == content
    assert decoded(
        quopri.encodestring(content.replace(b"\n", b""), quotetabs=True), "Quoted-Printable"
    ) == content.replace(b"\n", b"")
    for encoding in ("", "binary", "8bit", "7BIT"):
        assert decoded(content, encoding) == content


@pytest.mark.parametrize("content", [b"QQ=", b"QQ", b"Q", b"QQ==QQ==", b"Q!Q=", b"=QQ=", b"QQ===", b"\xff\xff=="])
def test_broken_base64_part_gets_a_Sender_fault(content: bytes) -> None:
    with pytest.raises(SOAPFault, match="not valid base64"):
        decoded(content, "base64")


def test_unknown_transfer_encoding_gets_a_Sender_fault() -> None:
    with pytest.raises(SOAPFault, match="part 1 is none of"):
        decoded(b"", "x-uuencode")


def test_view_of_a_whole_buffer_is_searched_where_it_lies() -> None:
    for buffer in (b"abc", bytearray(b"abc"), mmap.mmap(-1, 3)):
        assert mime.searchable(memoryview(buffer)) is buffer
        assert mime.searchable(buffer) is buffer


def test_view_of_part_of_a_buffer_is_copied() -> None:
    assert mime.searchable(memoryview(b"abc")[1:]) == b"bc"
    assert mime.searchable(memoryview(b"abcd")[::2]) == b"ac"
