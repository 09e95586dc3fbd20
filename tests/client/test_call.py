"""One exchange over HTTP and HTTPS, against real sockets. [ITI TF-2: Appendix V, 3.19]"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client.call import Service, ServiceFault, ServiceUnreachable, TLSFiles, UnexpectedAnswer
from server import pki
from soap import envelope, mtom
from soap.faults import HOSTILE_XML
from tests.client.conftest import Answer, SmallServer
from xds import transactions

Start = Callable[[Callable[[bytes], Answer]], SmallServer]

PING = [b'<p:Ping xmlns:p="urn:p"/>']


def message_id_of(body: bytes) -> str:
    found = re.search(rb"<wsa:MessageID>([^<]+)</wsa:MessageID>", body)
    assert found
    return found[1].decode()


def pong(body: bytes, **changes: object) -> Answer:
    pieces = envelope.write("urn:answer", message_id_of(body), [b'<p:Pong xmlns:p="urn:p"/>'], message_id="urn:uuid:1")
    return Answer(b"".join(pieces), **changes)  # type: ignore[arg-type]


def test_request_is_addressed_and_its_answer_read(small_server: Start) -> None:
    """[ITI TF-2: V.3.2.2]"""
    server = small_server(pong)
    with Service(f"{server.url}/under/") as service:
        answer = service.call(transactions.ITI_18, PING)
    assert answer.body.tag == "{urn:p}Pong"
    (request,) = server.requests
    assert transactions.ITI_18.request_action.encode() in request
    assert f'<wsa:To soap:mustUnderstand="1">{server.url}/under/services/registry</wsa:To>'.encode() in request
    assert server.content_types == [mtom.SIMPLE]


def test_connection_is_kept_for_the_next_request(small_server: Start) -> None:
    server = small_server(pong)
    with Service(server.url) as service:
        service.call(transactions.ITI_18, PING)
        service.call(transactions.ITI_18, PING)
    assert len(set(server.connections)) == 1


def test_connection_that_the_server_has_closed_is_replaced(small_server: Start) -> None:
    server = small_server(lambda body: pong(body, hangs_up=True))
    with Service(server.url) as service:
        service.call(transactions.ITI_18, PING)
        time.sleep(0.1)
        service.call(transactions.ITI_18, PING)
    assert len(set(server.connections)) == 2


def test_document_travels_in_a_part_of_its_own(small_server: Start) -> None:
    """[ITI TF-2: V.3.6]"""
    content = bytes(range(256)) * 5000
    server = small_server(pong)
    with Service(server.url) as service:
        service.call(transactions.ITI_41, PING, [mtom.Attachment("a@b", "text/xml", mtom.Bytes(content))])
    package = mtom.unpack(server.content_types[0], server.requests[0])
    assert package.is_mtom
    assert bytes(package.parts["a@b"].content) == content


def test_fault_is_told_with_its_reason(small_server: Start) -> None:
    """[SOAP 1.2-1: 5.4]"""
    fault = HOSTILE_XML.fault("too deep")
    server = small_server(
        lambda body: Answer(b"".join(envelope.write_fault(fault, message_id_of(body), "urn:uuid:1")), status=400)
    )
    with Service(server.url) as service, pytest.raises(ServiceFault, match="too deep") as told:
        service.call(transactions.ITI_18, PING)
    assert told.value.code == "Sender"


def test_answer_that_is_no_SOAP_is_unexpected(small_server: Start) -> None:
    server = small_server(lambda body: Answer(b"<html/>", "text/html", 404))
    with Service(server.url) as service, pytest.raises(UnexpectedAnswer, match="HTTP 404"):
        service.call(transactions.ITI_18, PING)


def test_answer_to_another_message_is_unexpected(small_server: Start) -> None:
    """[ITI TF-2: V.3.2.2, wsa:RelatesTo]"""
    server = small_server(lambda body: Answer(pong(body).body.replace(message_id_of(body).encode(), b"urn:uuid:other")))
    with Service(server.url) as service, pytest.raises(UnexpectedAnswer, match="another message"):
        service.call(transactions.ITI_18, PING)


def test_closed_port_is_told_with_what_to_do() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with Service(f"http://127.0.0.1:{port}") as service, pytest.raises(ServiceUnreachable, match="coffre serve"):
        service.call(transactions.ITI_18, PING)


def test_silent_service_is_given_up() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with Service(url, timeout=0.2) as service, pytest.raises(ServiceUnreachable, match="in time"):
            service.call(transactions.ITI_18, PING)


@pytest.mark.parametrize("url", ["", "gopher://x", "127.0.0.1:8080", "http://", "http://x:port"])
def test_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ServiceUnreachable, match="address"):
        Service(url)


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("pki")
    pki.make(folder / "pki")
    return folder / "pki"


def over_tls(server: SmallServer, keys: Path) -> str:
    """Makes the server speak TLS and demand a client certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*pki.paths(keys, "server"))
    context.load_verify_locations(pki.paths(keys, "ca")[0])
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True)
    return server.url.replace("http:", "https:")


def test_establishment_certificate_opens_mutual_TLS(small_server: Start, keys: Path) -> None:
    """[ITI TF-2: 3.19.6]"""
    url = over_tls(small_server(pong), keys)
    files = TLSFiles(pki.paths(keys, "ca")[0], *pki.paths(keys, "establishment-tls"))
    with Service(url, files) as service:
        assert service.call(transactions.ITI_18, PING).body.tag == "{urn:p}Pong"


def test_client_without_certificate_is_told_to_bring_one(small_server: Start, keys: Path) -> None:
    url = over_tls(small_server(pong), keys)
    with (
        Service(url, TLSFiles(pki.paths(keys, "ca")[0])) as service,
        pytest.raises(ServiceUnreachable, match="COFFRE_PKI"),
    ):
        service.call(transactions.ITI_18, PING)


def test_server_that_hangs_up_is_told_from_one_that_is_not_there(small_server: Start, keys: Path) -> None:
    url = over_tls(small_server(pong), keys).replace("https:", "http:")
    with Service(url) as service, pytest.raises(ServiceUnreachable, match="https://"):
        service.call(transactions.ITI_18, PING)


def test_server_that_nobody_vouches_for_is_refused(small_server: Start, keys: Path) -> None:
    url = over_tls(small_server(pong), keys)
    with Service(url) as service, pytest.raises(ServiceUnreachable, match="COFFRE_PKI"):
        service.call(transactions.ITI_18, PING)


def test_unreadable_certificate_is_told(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.pem"
    wrong.write_text("nothing")
    with pytest.raises(ServiceUnreachable, match="cannot be used"):
        Service("https://127.0.0.1", TLSFiles(wrong))
