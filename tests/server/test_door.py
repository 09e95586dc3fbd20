"""HTTP over a real service: what goes in, what is refused at the door, and hostile clients. [RFC 9110, RFC 9112]"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from server import connection, door
from soap.limits import LIMITS
from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import Running
from xds.wire import query, response

ROOTS = ["/services/", "/si-dmp-server/v2/services/"]


@contextmanager
def raw(service: Running) -> Iterator[socket.socket]:
    """A bare connection."""
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as wire:
        yield wire


def read_all(wire: socket.socket) -> bytes:
    """Everything until the service closes the connection."""
    seen = b""
    while piece := wire.recv(65536):
        seen += piece
    return seen


def read_one(wire: socket.socket) -> bytes:
    """One answer, whole."""
    seen = b""
    while b"\r\n\r\n" not in seen:
        seen += wire.recv(65536)
    top, _, rest = seen.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", top)
    assert length is not None
    while len(rest) < int(length[1]):
        rest += wire.recv(65536)
    return top + b"\r\n\r\n" + rest


def chunked(body: bytes, size: int) -> bytes:
    """The body in HTTP chunks."""
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"


def head(path: str, *headers: str, method: str = "POST") -> bytes:
    """A request line with headers."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: localhost", *headers, "", "")).encode()


def status_of(answer: bytes) -> int:
    """The status of the first answer among those bytes."""
    return int(answer.split(b" ", 2)[1])


@pytest.mark.parametrize("root", ROOTS)
def test_endpoint_answers_under_both_roots(service: Running, root: str) -> None:
    status, content_type, body = service.post(f"{root}registry", messages.a_query(fresh_oid()))
    assert status == 200
    assert query.read_query_response(messages.read(content_type, body).body).errors == ()


def test_document_larger_than_one_piece_comes_back_byte_for_byte(service: Running) -> None:
    document = bytes(range(256)) * 20_000
    lot = messages.a_lot()
    status, content_type, body = service.post("/services/repository", messages.a_provide(lot, document))
    assert (status, response.read_response(messages.read(content_type, body).body).errors) == (200, ())
    status, content_type, body = service.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
    (entry,) = query.read_query_response(messages.read(content_type, body).body).objects.document_entries
    assert entry.repository_unique_id is not None
    wanted = messages.a_retrieval(entry.repository_unique_id, *[messages.unique_id_of(lot)] * 2)
    status, content_type, body = service.post("/services/repository", wanted)
    assert status == 200
    assert len(document) > door.JOIN_BYTES_MAX
    assert body.count(document) == 2


def test_connection_serves_many_requests(service: Running) -> None:
    kept = service.connect()
    for _ in range(3):
        content_type, body = messages.a_query(fresh_oid())
        kept.request("POST", "/services/registry", body, {"Content-Type": content_type})
        answer = kept.getresponse()
        assert answer.status == 200
        answer.read()
        assert answer.headers["Content-Length"]
    kept.close()


def test_application_error_comes_with_200_and_a_fault_with_400_or_500(service: Running) -> None:
    """[SOAP 1.2-2: 7.5.2.2]"""
    refused = messages.a_provide(messages.with_code(messages.a_lot(), type_code=None))
    assert service.post("/services/repository", refused)[0] == 200
    assert service.post("/services/patients", messages.a_query("1.2"))[0] == 400
    assert service.post("/services/registry", ("application/soap+xml", b"<other/>"))[0] == 500


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_other_methods_get_405_with_Allow(service: Running, method: str) -> None:
    kept = service.connect()
    kept.request(method, "/services/registry")
    answer = kept.getresponse()
    assert answer.status == 405
    assert answer.headers["Allow"] == "POST"
    kept.close()


@pytest.mark.parametrize(
    "path", ["/", "/services", "/services/", "/services/registry/", "/services/nobody", "/../etc", "//"]
)
def test_unknown_path_gets_404(service: Running, path: str) -> None:
    assert service.get(path)[0] == 404


def test_announced_body_that_is_too_large_gets_413_before_it_is_sent(service: Running) -> None:
    with raw(service) as wire:
        wire.sendall(head("/services/repository", f"Content-Length: {LIMITS.body_size + 1}", "Expect: 100-continue"))
        answer = read_one(wire)
    assert status_of(answer) == 413
    assert str(LIMITS.body_size).encode() in answer


def test_client_that_expects_100_is_told_to_go_on(service: Running) -> None:
    content_type, body = messages.a_query(fresh_oid())
    headers = (
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Expect: 100-continue",
        "Connection: close",
    )
    with raw(service) as wire:
        wire.sendall(head("/services/registry", *headers))
        assert status_of(wire.recv(65536)) == 100
        wire.sendall(body)
        assert status_of(read_all(wire)) == 200


def test_chunked_body_is_taken(service: Running) -> None:
    content_type, body = messages.a_provide()
    headers = (f"Content-Type: {content_type}", "Transfer-Encoding: chunked", "Connection: close")
    with raw(service) as wire:
        wire.sendall(head("/services/repository", *headers) + chunked(body, 1000))
        assert status_of(read_all(wire)) == 200


def test_compressed_body_gets_415(service: Running) -> None:
    with raw(service) as wire:
        wire.sendall(head("/services/registry", "Content-Encoding: gzip", "Content-Length: 1") + b"x")
        assert status_of(read_one(wire)) == 415


def test_half_a_request_leaves_the_service_as_it_was(service: Running) -> None:
    content_type, body = messages.a_provide()
    with raw(service) as wire:
        wire.sendall(head("/services/repository", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"))
        wire.sendall(body[: len(body) // 2])
    assert service.post("/services/registry", messages.a_query(fresh_oid()))[0] == 200
    assert "incident" not in service.log.read_text()


def test_slow_client_keeps_nobody_waiting(service: Running) -> None:
    """The body is taken in beside the worker. [decision 2]"""
    content_type, body = messages.a_query(fresh_oid())
    headers = (f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close")
    with raw(service) as slow:
        slow.sendall(head("/services/registry", *headers) + body[:10])
        started = time.monotonic()
        assert service.post("/services/registry", messages.a_query(fresh_oid()))[0] == 200
        assert time.monotonic() - started < 5
        slow.sendall(body[10:])
        assert status_of(read_all(slow)) == 200


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(("Content-Length: 1", "Content-Length: 2"), id="two lengths"),
        pytest.param(("Content-Length: x",), id="length that is no number"),
        pytest.param(("Content-Length: -1",), id="negative length"),
        pytest.param(("Content-Length: 3", "Transfer-Encoding: chunked"), id="length and chunks"),
        pytest.param(("Bad Header: x",), id="space in a header's name"),
    ],
)
def test_ambiguous_request_gets_400(service: Running, headers: tuple[str, ...]) -> None:
    """[RFC 9112: 6.3]"""
    with raw(service) as wire:
        wire.sendall(head("/services/registry", *headers) + b"abc")
        assert status_of(read_all(wire)) == 400


def test_broken_chunk_ends_the_connection(service: Running) -> None:
    with raw(service) as wire:
        wire.sendall(head("/services/registry", "Transfer-Encoding: chunked") + b"zz\r\n")
        assert status_of(read_all(wire)) == 400


def test_endless_headers_get_431(service: Running) -> None:
    """[RFC 6585: 5]"""
    with raw(service) as wire:
        wire.sendall(b"POST /services/registry HTTP/1.1\r\nX: ")
        for _ in range(connection.HEAD_BYTES_MAX // 1024 + 1):
            try:
                wire.sendall(b"x" * 1024)
            except OSError:
                break
        assert status_of(read_one(wire)) == 431


def test_endless_headers_of_a_pipelined_request_end_the_connection(service: Running) -> None:
    with raw(service) as wire, pytest.raises(OSError):
        wire.sendall(head("/health/live", method="GET") + b"GET / HTTP/1.1\r\nX: ")
        for _ in range(connection.HEAD_BYTES_MAX // 1024 * 4):
            wire.sendall(b"x" * 1024)
            time.sleep(0.001)


def test_request_to_upgrade_to_HTTP_2_is_served_in_HTTP_1_1(service: Running) -> None:
    """Leniency: Java's HTTP client asks for it with its first request. [RFC 9110: 7.8]"""
    content_type, body = messages.a_query(fresh_oid())
    headers = (
        f"Content-Type: {content_type}",
        f"Content-Length: {len(body)}",
        "Connection: Upgrade, HTTP2-Settings",
        "Upgrade: h2c",
        "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
    )
    with raw(service) as wire:
        for start in (0, 60, 200):
            request = head("/services/registry", *headers) + body
            wire.sendall(request[:start])
            time.sleep(0.05)
            wire.sendall(request[start:])
            assert status_of(read_one(wire)) == 200


def test_request_that_trickles_in_byte_by_byte_is_answered(service: Running) -> None:
    content_type, body = messages.a_query(fresh_oid())
    headers = (f"Content-Type: {content_type}", f"Content-Length: {len(body)}", "Connection: close")
    with raw(service) as wire:
        wire.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for octet in head("/services/registry", *headers) + body[:50]:
            wire.sendall(bytes([octet]))
        wire.sendall(body[50:])
        assert status_of(read_all(wire)) == 200


def test_pipelined_head_that_is_cut_anywhere_is_read(service: Running) -> None:
    content_type, body = messages.a_query(fresh_oid())
    request = head("/services/registry", f"Content-Type: {content_type}", f"Content-Length: {len(body)}") + body
    whole = len(request) - len(body)
    for cut in (1, 30, whole - 3, whole - 2, whole - 1, whole):
        with raw(service) as wire:
            wire.sendall(request + request[:cut])
            time.sleep(0.05)
            wire.sendall(request[cut:])
            seen = b""
            while seen.count(b"AdhocQueryResponse>") < 2:
                piece = wire.recv(65536)
                assert piece
                seen += piece


def test_pipelined_requests_are_answered_in_order(service: Running) -> None:
    requests, ids = b"", [messages.new_id() for _ in range(3)]
    for number, message_id in enumerate(ids, 1):
        content_type, body = messages.a_query(fresh_oid(), message_id=message_id)
        closing = ("Connection: close",) if number == len(ids) else ()
        requests += head(
            "/services/registry", f"Content-Type: {content_type}", f"Content-Length: {len(body)}", *closing
        )
        requests += body
    with raw(service) as wire:
        wire.sendall(requests)
        answers = read_all(wire)
    assert re.findall(rb"RelatesTo>(urn:uuid:[^<]+)<", answers) == [message_id.encode() for message_id in ids]


def test_log_has_one_line_a_request_with_ids_and_no_body(service: Running) -> None:
    """[decision 13]"""
    message_id = messages.new_id()
    lot = messages.a_lot()
    service.post("/services/repository", messages.a_provide(lot, message_id=message_id))
    lines = [line for line in service.log.read_text().splitlines() if message_id in line]
    assert len(lines) == 1
    assert re.search(rf"ITI-41 {message_id} success [\d.]+ ms$", lines[0])
    whole = service.log.read_text()
    for secret in ("MARTIN", "Alix", "ClinicalDocument", "LEROUX"):
        assert secret not in whole


def test_message_id_cannot_write_a_line_of_the_log(service: Running) -> None:
    forged = "urn:x&#10;2026-01-01 ITI-41 forged success" + "y" * 500
    content_type, body = messages.a_query(fresh_oid(), message_id="HERE")
    status, *_ = service.post("/services/registry", (content_type, body.replace(b"HERE", forged.encode())))
    assert status == 200
    assert not any(line.startswith("2026-01-01") for line in service.log.read_text().splitlines())
    assert "y" * 200 not in service.log.read_text()
