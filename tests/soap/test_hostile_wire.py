"""Whatever comes in, an Envelope, a SOAPFault or a NotSOAP comes out: nothing else, and not late."""

from __future__ import annotations

import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from soap import envelope, mtom
from soap.envelope import Envelope
from soap.faults import NotSOAP, SOAPFault
from tests.soap.messages import (
    RELATED,
    SIMPLE,
    a_document,
    a_multipart,
    a_part,
    an_envelope,
    read,
    the_root,
)

ENTITIES = (
    b'<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'
)
DEEP = "<x:d>" * 50_000 + "</x:d>" * 50_000
WIDE = "<x:d " + " ".join(f'a{i}="{i}"' for i in range(50_000)) + "/>"
WHOLE = a_multipart([the_root(), a_document()])
START_ELSEWHERE = RELATED.replace("root@x", "nobody@x")

WIRE = {
    "entity bomb": (SIMPLE, ENTITIES + an_envelope(body="<x:Do>&c;</x:Do>"), "DOCTYPE"),
    "entity bomb in the root part": (RELATED, a_multipart([the_root(ENTITIES + an_envelope())]), "DOCTYPE"),
    "external entity": (SIMPLE, b'<!DOCTYPE a [<!ENTITY f SYSTEM "file:///etc/passwd">]>' + an_envelope(), "DOCTYPE"),
    "DTD in another encoding": (
        SIMPLE.partition(";")[0],
        ("<!DOCTYPE a>" + an_envelope().decode()).encode("utf-16"),
        "DOCTYPE",
    ),
    "depth bomb": (SIMPLE, an_envelope(body=DEEP), "resource limit"),
    "depth bomb in a header": (SIMPLE, an_envelope(extra=DEEP), "resource limit"),
    "depth just above the limit": (SIMPLE, an_envelope(body="<x:d>" * 99 + "</x:d>" * 99), "deeper than 100"),
    "attribute bomb": (SIMPLE, an_envelope(body=WIDE), "more than 64 attributes"),
    "header bomb": (SIMPLE, an_envelope(extra="<x:h/>" * 50_000), "more than 100 blocks"),
    "missing part": (RELATED, a_multipart([a_document()]), "root@x"),
    "wrong start": (START_ELSEWHERE, WHOLE, "nobody@x"),
    "same part twice": (RELATED, a_multipart([the_root(), a_document(), a_document()]), "doc@x"),
    "two envelopes": (RELATED, a_multipart([the_root(), the_root()]), "root@x"),
    "huge part headers": (RELATED, a_multipart([the_root(None, "X: " + "x" * 100_000)]), "longer than"),
    "ten thousand parts": (RELATED, a_multipart([the_root()] + [a_part(b"")] * 10_000), "more than 1000 parts"),
    "nothing but boundaries": (RELATED, b"--b\r\n" * 100_000, "headers of part 1|in part"),
    "nothing but hyphens": (RELATED, b"-" * 1_000_000, "does not occur"),
    "half a header": (RELATED, WHOLE[:40], "in part 1"),
    "half an envelope": (RELATED, WHOLE[: len(WHOLE) // 2], "in part 1"),
    "half a document": (RELATED, WHOLE[:-9], "in part 2"),
    "half an envelope alone": (SIMPLE, an_envelope()[:-60], "not well-formed"),
    "no boundary": (RELATED.replace("boundary", "border"), WHOLE, "boundary"),
    "another boundary": (RELATED.replace('"b"', '"c"'), WHOLE, "does not occur"),
    "NUL in the envelope": (SIMPLE, an_envelope(body="\x00"), "invalid char"),
    "UTF-7": ("application/soap+xml; charset=utf-7", an_envelope(), "utf-7"),
    "envelope in broken base64": (
        RELATED,
        a_multipart([the_root(b"!!", "Content-Transfer-Encoding: base64")]),
        "base64",
    ),
    "envelope compressed by a guess": (
        RELATED,
        a_multipart([the_root(b"", "Content-Transfer-Encoding: gzip")]),
        "none of",
    ),
}


@pytest.mark.parametrize("name", WIRE)
def test_hostile_request_gets_a_Sender_fault_quickly(name: str) -> None:
    content_type, body, reason = WIRE[name]
    started = time.process_time()
    with pytest.raises(SOAPFault, match=reason) as refusal:
        read(content_type, body)
    assert time.process_time() - started < 1
    assert refusal.value.code == "Sender"


@pytest.mark.parametrize("length", range(0, len(WHOLE) - 2, 7))
def test_request_cut_anywhere_gets_a_fault(length: int) -> None:
    """Up to the closing boundary's last hyphen nothing is accepted."""
    with pytest.raises((SOAPFault, NotSOAP)):
        read(RELATED, WHOLE[: min(length, len(WHOLE) - 3)])


def test_request_whole_but_for_its_last_line_end_is_read() -> None:
    assert read(RELATED, WHOLE[:-2]).package.is_mtom


def test_unknown_content_id_is_no_fault_of_the_envelope() -> None:
    """Whoever wants the document says what its absence means."""
    message = read(RELATED, a_multipart([the_root(), a_document(content_id="<other@x>")]))
    assert mtom.content_of(message.body, message.package) is None
    assert message.package.unreferenced() == ("other@x",)


def verdict(content_type: str, body: bytes) -> None:
    try:
        message = read(content_type, body)
    except SOAPFault as fault:
        assert b"".join(envelope.write_fault(fault, fault.message_id, "urn:m"))
    except NotSOAP as refusal:
        assert refusal.http_status in (400, 413, 415)
        assert refusal.reason
    else:
        assert isinstance(message, Envelope)


CONTENT_TYPES = st.sampled_from(
    [
        SIMPLE,
        "application/soap+xml",
        RELATED,
        "multipart/related; boundary=b",
        'multipart/related; boundary="b"; start="<doc@x>"',
        "text/xml",
        "",
    ]
)


@given(st.text(max_size=60) | CONTENT_TYPES, st.binary(max_size=200))
@example("multipart/related; boundary=é€", b"--b")
@example('multipart/related; boundary="\\"', b"--b")
@example(" ; boundary=b", b"--b")
def test_any_bytes_of_any_content_type_give_an_envelope_or_a_refusal(content_type: str, body: bytes) -> None:
    verdict(content_type, body)


@given(
    CONTENT_TYPES,
    st.sampled_from([an_envelope(), WHOLE, a_multipart([a_document(), the_root()], line_end=b"\n")]),
    st.lists(st.tuples(st.integers(0, 3000), st.integers(0, 8), st.binary(max_size=6)), min_size=1, max_size=5),
)
def test_good_request_damaged_anywhere_gives_an_envelope_or_a_refusal(
    content_type: str, body: bytes, damages: list[tuple[int, int, bytes]]
) -> None:
    for at, length, replacement in damages:
        at %= len(body) + 1
        body = body[:at] + replacement + body[at + length :]
    verdict(content_type, body)


@given(
    st.lists(
        st.sampled_from(
            [
                b"--b",
                b"--b--",
                b"\r\n",
                b"\n",
                b"\r\n\r\n",
                b" ",
                b":",
                b"Content-ID: <root@x>",
                b"Content-ID: <doc@x>",
                b"Content-Transfer-Encoding: base64",
                b"Content-Transfer-Encoding: quoted-printable",
                b"PGE+",
                an_envelope(),
            ]
        ),
        max_size=20,
    ).map(b"".join)
)
def test_any_heap_of_mime_pieces_gives_an_envelope_or_a_refusal(body: bytes) -> None:
    verdict(RELATED, body)
    verdict("multipart/related; boundary=b", body)
