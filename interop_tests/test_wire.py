"""Whatever comes over the wire gets a fault or an HTTP status, and nothing of our inside. [ITI TF-2: V.3; SOAP 1.2: 5.4]"""

from __future__ import annotations

import gzip
import random
import re
import socket
import uuid
from collections.abc import Iterator

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import Running
from interop_tests.witness import multipart, names, wire
from interop_tests.witness.multipart import Part
from interop_tests.witness.partner import Partner, document_request, stored_query

INSIDE = re.compile(
    rb'Traceback|File "|\.py\b|site-packages|/(?:work|tmp|root|home|usr|var)/|sqlalchemy|psycopg|sqlite|lxml|libxml|'
    rb"uvicorn|[Ee]xception|root:x:|0x[0-9a-f]{8}"
)
"""What a stranger has no business to see: stacks, paths, the names of what we are made of, files of the machine."""

MESSAGE_ID = "urn:uuid:5ea1ed00-0000-4000-8000-000000000001"
QUERY = stored_query(names.FIND_DOCUMENTS, {})
URL = "http://partner.invalid/"


@pytest.fixture(scope="module")
def service(launch: Launch) -> Iterator[Running]:
    """One service: what is refused here has not come to the database yet."""
    running = launch()
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture(autouse=True)
def still_answers(partner: Partner) -> Iterator[None]:
    """After each of these the service goes on as if nothing had been."""
    yield
    assert partner.get_documents("1.2.3").status == "Success"


def ask(service: Running, content_type: str, payload: bytes, endpoint: str = "registry") -> wire.Answer:
    """Sends bytes as they are; the answer must show nothing of the inside."""
    answer = wire.post(f"{service.url.rstrip('/')}/services/{endpoint}", content_type, payload)
    assert_discreet(answer)
    return answer


def assert_discreet(answer: wire.Answer) -> None:
    assert INSIDE.search(answer.payload) is None, answer.payload[:2000]
    assert not any(INSIDE.search(value.encode()) for value in answer.headers.values())


def good(action: str = names.STORED_QUERY, body: str = QUERY, more_headers: str = "") -> bytes:
    return wire.envelope(action, body, URL, message_id=MESSAGE_ID, more_headers=more_headers)


BOMB = (
    b'<!DOCTYPE b [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY b%d "%s">' % (n, (b"&b%d;" % (n - 1) if n else b"&a;") * 10) for n in range(9))
    + b"]><b>&b8;</b>"
)
SOAP_11 = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><q xmlns="urn:x"/></s:Body></s:Envelope>'
)
TRUNCATED = good()[:-40]

UNREADABLE: dict[str, tuple[bytes, str]] = {
    "not XML": (b"patient;document\n1;2\n", "Sender"),
    "XML cut off": (TRUNCATED, "Sender"),
    "NUL bytes": (b"\0" * 100, "Sender"),
    "DTD": (b"<!DOCTYPE x [<!ELEMENT x ANY>]>" + good(), "Sender"),
    "entity bomb": (BOMB, "Sender"),
    "file by entity": (b'<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><x>&f;</x>', "Sender"),
    "address by entity": (b'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/">%p;]><x/>', "Sender"),
    "endless depth": (b"<a>" * 100_000 + b"</a>" * 100_000, "Sender"),
    "another root": (b"<hello/>", "VersionMismatch"),
    "SOAP 1.1": (SOAP_11, "VersionMismatch"),
    "no Body": (good().replace(b"soap:Body", b"soap:Corps"), "Sender"),
    "empty Body": (good(body=""), "Sender"),
    "two elements in Body": (good(body=QUERY + QUERY), "Sender"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_is_no_envelope_gets_a_fault(service: Running, name: str) -> None:
    """[SOAP 1.2: 5.4.6, 5.4.7]"""
    payload, code = UNREADABLE[name]
    answer = ask(service, wire.SIMPLE, payload)
    assert answer.fault is not None
    assert answer.fault.code == code
    assert answer.fault.reason
    assert answer.http_status == (400 if code == "Sender" else 500)


STRANGE = '<x:Strange xmlns:x="urn:strange" soap:mustUnderstand="{}">?</x:Strange>'
RETRIEVE = f'<xdsb:RetrieveDocumentSetRequest xmlns:xdsb="{names.NS["xdsb"]}">{document_request("1.2", "1.2.3")}'
RETRIEVE += "</xdsb:RetrieveDocumentSetRequest>"

MISADDRESSED: dict[str, tuple[bytes, tuple[str, str]]] = {
    "unknown action": (good("urn:nobody:knows:this"), ("Sender", "ActionNotSupported")),
    "action of another endpoint": (good(names.RETRIEVE, RETRIEVE), ("Sender", "ActionNotSupported")),
    "action of another body": (good(body=RETRIEVE), ("Sender", "InvalidAddressingHeader")),
    "unknown header to be understood": (good(more_headers=STRANGE.format(1)), ("MustUnderstand", "")),
    "the same, spelt true": (good(more_headers=STRANGE.format("true")), ("MustUnderstand", "")),
    "two actions": (
        good(more_headers=f"<wsa:Action>{names.STORED_QUERY}</wsa:Action>"),
        ("Sender", "InvalidAddressingHeader"),
    ),
    "answer wanted elsewhere": (
        good().replace(names.ANONYMOUS.encode(), b"http://elsewhere.invalid/"),
        ("Sender", "InvalidAddressingHeader"),
    ),
}


@pytest.mark.parametrize("name", MISADDRESSED)
def test_what_cannot_be_done_gets_a_fault_that_names_its_message(service: Running, name: str) -> None:
    """RelatesTo wherever the MessageID could be read. [WS-Addressing SOAP: 6; ITI TF-2: V.3.2.2]"""
    payload, expected = MISADDRESSED[name]
    answer = ask(service, wire.SIMPLE, payload)
    assert answer.fault is not None
    assert answer.fault[:2] == expected
    assert answer.relates_to == MESSAGE_ID


def test_action_that_is_missing_gets_a_fault(service: Running) -> None:
    """[WS-Addressing SOAP: 6.4.2]"""
    answer = ask(service, wire.SIMPLE, re.sub(rb"<wsa:Action.*?</wsa:Action>", b"", good()))
    assert answer.fault is not None
    assert answer.fault[:2] == ("Sender", "MessageAddressingHeaderRequired")


def test_unknown_header_that_need_not_be_understood_is_passed_over(service: Running) -> None:
    """[SOAP 1.2: 5.2.3]"""
    answer = ask(service, wire.SIMPLE, good(more_headers=STRANGE.format(0)))
    assert answer.fault is None
    assert answer.codes == ("XDSStoredQueryMissingParam",) * len(answer.codes)


def package(*parts: Part) -> tuple[str, bytes]:
    content_type, pieces = multipart.write(good(names.RETRIEVE, RETRIEVE), parts)
    return content_type, b"".join(pieces)


CONTENT_TYPE, WHOLE = package(Part("one@x", b"abc"))
BOUNDARY = str(multipart.header(CONTENT_TYPE).get_param("boundary"))
START = str(multipart.header(CONTENT_TYPE).get_param("start"))

BROKEN_PACKAGES: dict[str, tuple[str, bytes]] = {
    "cut within the root part": (CONTENT_TYPE, WHOLE[:600]),
    "cut within a part": (CONTENT_TYPE, WHOLE[: -len(BOUNDARY) - 8]),
    "without the closing delimiter": (CONTENT_TYPE, WHOLE.removesuffix(b"--\r\n") + b"\r\n"),
    "without boundary": (CONTENT_TYPE.partition("; boundary")[0], WHOLE),
    "another boundary": (CONTENT_TYPE.replace(BOUNDARY, "another"), WHOLE),
    "start names no part": (CONTENT_TYPE.replace(START, "<nobody@x>"), WHOLE),
    "Content-ID twice": package(Part("one@x", b"abc"), Part("one@x", b"def")),
    "unknown transfer encoding": package(Part("one@x", b"abc", transfer_encoding="x-uuencode")),
    "root part is no envelope": (CONTENT_TYPE, WHOLE.replace(b"soap:Envelope", b"soap:Enveloppe")),
}


@pytest.mark.parametrize("name", BROKEN_PACKAGES)
def test_package_that_is_broken_gets_a_fault(service: Running, name: str) -> None:
    """[RFC 2046: 5.1; RFC 2387]"""
    answer = ask(service, *BROKEN_PACKAGES[name], "repository")
    assert answer.fault is not None
    assert answer.fault.code in ("Sender", "VersionMismatch")


@pytest.mark.parametrize("content_type", ["text/xml; charset=utf-8", "text/plain", "application/json", "", "nonsense"])
def test_other_media_type_gets_415(service: Running, content_type: str) -> None:
    """SOAP 1.2 only. [contract 4]"""
    assert ask(service, content_type, good()).http_status == 415


def test_compressed_body_gets_415(service: Running) -> None:
    """A Content-Encoding that we do not undo. [RFC 9110: 15.5.16]"""
    packed = gzip.compress(good())
    headers = {"Content-Type": wire.SIMPLE, "Content-Encoding": "gzip", "Content-Length": str(len(packed))}
    answer = wire.exchange("POST", f"{service.url.rstrip('/')}/services/registry", headers, [packed])
    assert answer.http_status == 415
    assert_discreet(answer)


def test_body_announced_too_large_gets_413_before_it_is_sent(service: Running) -> None:
    """[RFC 9110: 15.5.14]"""
    headers = {"Content-Type": wire.SIMPLE, "Content-Length": str(10**12)}
    answer = wire.exchange("POST", f"{service.url.rstrip('/')}/services/repository", headers)
    assert answer.http_status == 413
    assert_discreet(answer)


def test_empty_request_gets_400(service: Running) -> None:
    """There is nothing to answer with an envelope."""
    assert ask(service, wire.SIMPLE, b"").http_status == 400


ELSEWHERE = (
    ("GET", "/services/registry", 405),
    ("PUT", "/services/registry", 405),
    ("POST", "/services/nothing", 404),
    ("GET", "/", 404),
)


@pytest.mark.parametrize(("method", "path", "status"), ELSEWHERE)
def test_other_method_or_path_gets_its_http_status(service: Running, method: str, path: str, status: int) -> None:
    """[RFC 9110: 15.5.5, 15.5.6]"""
    answer = wire.exchange(method, f"{service.url.rstrip('/')}{path}", {"Content-Length": "0"})
    assert answer.http_status == status
    assert_discreet(answer)


@pytest.mark.parametrize("seed", range(30))
def test_spoilt_bytes_get_an_answer_or_a_refusal(service: Running, seed: int) -> None:
    """Any bytes yield an answer or a documented refusal, never a failure of ours."""
    draw = random.Random(seed)
    spoilt = bytearray(WHOLE)
    for _ in range(draw.randint(1, 12)):
        at = draw.randrange(len(spoilt))
        spoilt[at : at + draw.randint(0, 9)] = draw.randbytes(draw.randint(0, 9))
    answer = ask(service, CONTENT_TYPE, bytes(spoilt), "repository")
    assert answer.http_status in (200, 400, 413, 415, 500)
    assert answer.fault is None or answer.fault.code != "Receiver"


def test_half_a_request_harms_nobody(service: Running) -> None:
    """A client that goes away within its body."""
    head = f"POST /services/registry HTTP/1.1\r\nHost: x\r\nContent-Type: {wire.SIMPLE}\r\nContent-Length: 5000\r\n\r\n"
    for length in (0, 1, 4999):
        with socket.create_connection(("127.0.0.1", service.port), timeout=10) as half:
            half.sendall(head.encode() + b"x" * length)


def test_message_id_that_is_markup_comes_back_as_text(service: Running) -> None:
    """What a stranger wrote is escaped wherever it is repeated."""
    strange = f"urn:x:<evil a='1'>&amp;\"{uuid.uuid4()}"
    payload = wire.envelope(names.STORED_QUERY, QUERY, URL, message_id=strange)
    answer = ask(service, wire.SIMPLE, payload)
    assert answer.relates_to == strange
