"""An audit repository as far as syslog goes: takes octet-counted frames over TLS from whoever shows a certificate. [RFC 5425]"""

from __future__ import annotations

import re
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from lxml import etree

_HEADER = re.compile(rb"<(\d+)>1 (\S+) (\S+) (\S+) (\S+) (\S+) - ")


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@dataclass
class Received:
    """One message: its header's fields and its XML."""

    priority: int
    at: str
    host: str
    application: str
    process: str
    message_id: str
    body: bytes

    @property
    def root(self) -> etree._Element:
        return etree.fromstring(self.body)


@dataclass
class Receiver:
    """Listens until it is stopped; a port of 0 takes a free one. ``rude_after``: breaks the first connection after so many frames."""

    keys: Path
    port: int = 0
    rude_after: int | None = None
    holder: str = "server"
    received: list[Received] = field(default_factory=list)
    connections: int = 0

    def __post_init__(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.keys / f"{self.holder}.cert.pem", self.keys / f"{self.holder}.key.pem")
        context.load_verify_locations(self.keys / "ca.cert.pem")
        context.verify_mode = ssl.CERT_REQUIRED
        self._context = context
        self._listening = socket.create_server(("127.0.0.1", self.port))
        self.port = self._listening.getsockname()[1]
        self._open: set[socket.socket] = set()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Goes away at once: breaks every connection."""
        self._is_stopping = True
        with suppress(OSError):
            self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        for connected in tuple(self._open):
            with suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)
        self._thread.join()

    def _accept(self) -> None:
        serving = []
        while not self._is_stopping:
            try:
                plain, _ = self._listening.accept()
            except OSError:
                break
            one = threading.Thread(target=self._serve, args=(plain,), daemon=True)
            one.start()
            serving.append(one)
        for one in serving:
            one.join()

    def _serve(self, plain: socket.socket) -> None:
        try:
            connected = self._context.wrap_socket(plain, server_side=True)
        except OSError:
            plain.close()
            return
        self._open.add(connected)
        self.connections += 1
        with suppress(OSError), connected, connected.makefile("rb") as stream:
            frames = 0
            while length := _length(stream):
                self.received.append(_parse(stream.read(length)))
                frames += 1
                if frames == self.rude_after:
                    self.rude_after = None
                    connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    break
        self._open.discard(connected)


def _length(stream: object) -> int:
    digits = b""
    while (character := stream.read(1)) not in (b" ", b""):  # type: ignore[attr-defined]
        digits += character
    return int(digits or b"0")


def _parse(written: bytes) -> Received:
    header = _HEADER.match(written)
    assert header is not None, written[:80]
    priority, *texts = header.groups()
    return Received(int(priority), *(text.decode("ascii") for text in texts), body=written[header.end() :])
