"""Syslog over TLS to a real receiver. [ITI TF-2: 3.20.6; RFC 5424, 5425]"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from audit import syslog
from audit.syslog import Connection, NotDelivered, Target
from server import pki
from tests.audit.lines import NOON
from tests.audit.receiver import Receiver, wait_until


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration PKI."""
    folder = tmp_path_factory.mktemp("pki")
    pki.make(folder)
    return folder


@pytest.fixture
def receiver(keys: Path) -> Iterator[Receiver]:
    """A receiver that is there."""
    started = Receiver(keys)
    yield started
    started.stop()


def client_context(keys: Path, name: str | None = "establishment-tls") -> ssl.SSLContext:
    """Trusts the demonstration CA and shows that certificate."""
    context = ssl.create_default_context(cafile=str(keys / "ca.cert.pem"))
    if name is not None:
        context.load_cert_chain(keys / f"{name}.cert.pem", keys / f"{name}.key.pem")
    return context


def frames(*bodies: bytes, at: datetime = NOON) -> list[bytes]:
    return [syslog.frame(body, syslog.NORMAL, at, "dmp.example.org", 7) for body in bodies]


def test_message_has_the_header_that_ATNA_wants() -> None:
    written = syslog.frame("<é/>".encode(), syslog.WARNING, NOON, "un hôte", 7)
    assert written.decode() == "69 <84>1 2026-03-14T12:00:00.000000Z unhte coffre 7 IHE+RFC-3881 - <é/>"
    assert syslog.frame(b"", syslog.NORMAL, NOON, "").split()[3] == b"-"


def test_messages_arrive_whole_and_in_order_over_one_connection(receiver: Receiver, keys: Path) -> None:
    connection = Connection(Target("localhost", receiver.port), client_context(keys))
    bodies = [b"<m>%d %s</m>" % (number, b"x" * 40_000) for number in range(60)]
    connection.send(frames(*bodies[:30]))
    connection.send(frames(*bodies[30:]))
    connection.close()
    wait_until(lambda: len(receiver.received) == 60)
    assert [one.body for one in receiver.received] == bodies
    assert receiver.connections == 1


def test_connection_that_was_lost_is_opened_again(receiver: Receiver, keys: Path) -> None:
    connection = Connection(Target("localhost", receiver.port), client_context(keys))
    connection.send(frames(b"one"))
    wait_until(lambda: len(receiver.received) == 1)
    receiver.stop()
    with pytest.raises(NotDelivered):
        connection.send(frames(b"two"))
    back = Receiver(keys, receiver.port)
    try:
        connection.send(frames(b"two"))
        wait_until(lambda: len(back.received) == 1)
        assert back.received[0].body == b"two"
    finally:
        connection.close()
        back.stop()


def nobody(_receiver: Receiver, keys: Path) -> Connection:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    return Connection(Target("localhost", port), client_context(keys))


def without_certificate(receiver: Receiver, keys: Path) -> Connection:
    return Connection(Target("localhost", receiver.port), client_context(keys, None))


def another_authority(receiver: Receiver, _keys: Path) -> Connection:
    return Connection(Target("localhost", receiver.port), ssl.create_default_context())


@pytest.mark.parametrize("connect", [nobody, without_certificate, another_authority])
def test_message_that_cannot_be_delivered_is_told(
    receiver: Receiver, keys: Path, connect: Callable[[Receiver, Path], Connection]
) -> None:
    connection = connect(receiver, keys)
    with pytest.raises(NotDelivered):
        connection.send(frames(b"one"))
    connection.close()
    assert receiver.received == []


def test_receiver_whose_certificate_is_of_another_name_gets_nothing(keys: Path) -> None:
    other = Receiver(keys, holder="establishment-tls")
    connection = Connection(Target("localhost", other.port), client_context(keys))
    with pytest.raises(NotDelivered, match="SSLCertVerificationError"):
        connection.send(frames(b"one"))
    other.stop()
    assert other.received == []
