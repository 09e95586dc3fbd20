"""How other stacks put the same request on the wire: each of these ways is legal, and stores the document. [contract 4; RFC 2387]"""

from __future__ import annotations

import http.client
from collections.abc import Callable, Iterator

import pytest

from interop_tests.conftest import Launch, fed
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import multipart, names, wire
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.multipart import Part
from interop_tests.witness.partner import Partner, document

CONTENT = bytes(range(256)) * 3 + b"\r\n--not a boundary\r\n\r\n"
CONTENT_ID = "document.1@partner.invalid"
Style = Callable[[str, str], tuple[str, list[bytes | memoryview]]]
"""From what stands in the request's element, and the address, to Content-Type and pieces."""


@pytest.fixture(scope="module")
def service(launch: Launch) -> Iterator[Running]:
    """One service: a way of packing does not reach the database."""
    running = launch()
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


def enveloped(lot: str, url: str, content_id: str = CONTENT_ID) -> bytes:
    listed = document("Document01", content_id)
    xmlns = " ".join(f'xmlns:{prefix}="{names.NS[prefix]}"' for prefix in ("xdsb", "xop"))
    request = (
        f"<xdsb:ProvideAndRegisterDocumentSetRequest {xmlns}>{lot}{listed}</xdsb:ProvideAndRegisterDocumentSetRequest>"
    )
    return wire.envelope(names.PROVIDE, request, url)


def plain(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """As the witness writes it elsewhere."""
    return multipart.write(enveloped(lot, url), [Part(CONTENT_ID, CONTENT)])


def base64_part(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """A part with a transfer encoding. [contract 4]"""
    return multipart.write(enveloped(lot, url), [Part(CONTENT_ID, CONTENT, transfer_encoding="base64")])


def escaped_reference(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """The Content-ID percent-encoded in the reference. [RFC 2392: 2]"""
    return multipart.write(enveloped(lot, url, CONTENT_ID.replace("@", "%40")), [Part(CONTENT_ID, CONTENT)])


def without_start(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """The first part is the root where nothing is said. [RFC 2387: 3.2]"""
    content_type, pieces = plain(lot, url)
    start = multipart.header(content_type).get_param("start")
    return content_type.replace(f' start="{start}";', ""), pieces


def root_last(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """The root part stands where `start` says. [RFC 2387: 3.2]"""
    content_type, pieces = plain(lot, url)
    return content_type, [*pieces[3:6], *pieces[:3], pieces[6]]


def with_action_parameter(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """The action in the Content-Type too, as Axis2 and .NET write it. [RFC 3902]"""
    content_type, pieces = plain(lot, url)
    return f'{content_type}; action="{names.PROVIDE}"', pieces


def with_preamble_and_epilogue(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """Text before the first and after the last delimiter counts for nothing. [RFC 2046: 5.1.1]"""
    content_type, pieces = plain(lot, url)
    return content_type, [b"This is a MIME message.\r\n\r\n", *pieces, b"That was it.\r\n"]


def single_quotes_and_declaration(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """An XML declaration before the envelope, white space around the addresses."""
    envelope = b"<?xml version='1.0' encoding='utf-8'?>\n" + enveloped(lot, url)
    envelope = envelope.replace(names.PROVIDE.encode(), b"\n  " + names.PROVIDE.encode() + b"\n")
    return multipart.write(envelope, [Part(CONTENT_ID, CONTENT)])


def without_reply_to(lot: str, url: str) -> tuple[str, list[bytes | memoryview]]:
    """Anonymous is what an absent ReplyTo means. [WS-Addressing Core: 3.2.1]"""
    head, _, rest = enveloped(lot, url).partition(b"<wsa:ReplyTo>")
    return multipart.write(head + rest.partition(b"</wsa:ReplyTo>")[2], [Part(CONTENT_ID, CONTENT)])


STYLES: tuple[Style, ...] = (
    plain,
    base64_part,
    escaped_reference,
    without_start,
    root_last,
    with_action_parameter,
    with_preamble_and_epilogue,
    single_quotes_and_declaration,
    without_reply_to,
)


@pytest.fixture
def lot(partner: Partner) -> Lot:
    """A submission of one document."""
    patient = fed(partner)
    return Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=CONTENT),))


def assert_stored(partner: Partner, lot: Lot, answer: wire.Answer) -> None:
    unique_id = lot.entries[0].unique_id
    assert answer.fault is None, answer.fault
    assert answer.status == "Success", answer.errors
    assert partner.retrieve(REPOSITORY, unique_id).documents == {unique_id: CONTENT}


@pytest.mark.parametrize("style", STYLES, ids=lambda style: style.__name__)
def test_document_is_stored_byte_for_byte(partner: Partner, lot: Lot, style: Style) -> None:
    """[ITI TF-2: 3.41.4.1]"""
    url = partner.url("repository")
    assert_stored(partner, lot, wire.post(url, *style(lot.text(), url)))


def test_document_sent_in_chunks_is_stored_byte_for_byte(service: Running, partner: Partner, lot: Lot) -> None:
    """CXF does not know the length beforehand. [RFC 9112: 7.1]"""
    content_type, pieces = plain(lot.text(), partner.url("repository"))
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    try:
        connection.request(
            "POST", "/services/repository", map(bytes, pieces), {"Content-Type": content_type}, encode_chunked=True
        )
        response = connection.getresponse()
        answer = wire.Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()
    assert_stored(partner, lot, answer)


def test_connection_is_kept_for_the_next_request(service: Running, partner: Partner) -> None:
    """A fault does not end it. [RFC 9112: 9.3]"""
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=20)
    try:
        kept = []
        for payload in (b"<not soap/>", wire.envelope("urn:nobody", "<x/>", partner.url("registry")), b"") * 3:
            connection.request("POST", "/services/registry", payload, {"Content-Type": wire.SIMPLE})
            kept.append(connection.sock)
            connection.getresponse().read()
        assert len(set(map(id, kept))) == 1
    finally:
        connection.close()
