"""Syslog as ATNA wants it: RFC 5424 messages in octet-counted frames over one TLS connection. [ITI TF-2: 3.20.6; RFC 5424, 5425]

The protocol has no acknowledgement. So a batch counts as delivered only when the other side's TCP has confirmed every byte of it and
the connection still stands: what a receiver loses after that is lost in its own house.
"""

from __future__ import annotations

import os
import selectors
import socket
import ssl
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from audit.chain import write_moment

NORMAL, WARNING = 85, 84
"""PRI: facility 10 (security/authorization), severity 5 (notice) or 4 (warning). [ITI TF-2: 3.20.6.1]"""

MESSAGE_ID = "IHE+RFC-3881"
APPLICATION = "coffre"
CONNECT_SECONDS = 10
SEND_SECONDS = 30
_REJECTION_SECONDS = 1
_LOOK_SECONDS = 0.01


class NotDelivered(Exception):
    """The receiver did not take what was sent, or not all of it; it must be sent again."""


class Target(NamedTuple):
    """Where the audit repository listens."""

    host: str
    port: int


def frame(message: bytes, priority: int, at: datetime, host: str, process_id: int | None = None) -> bytes:
    """One message with its header, its length before it. [RFC 5424: 6; RFC 5425: 4.3]"""
    sender = f"{_name(host, 255)} {APPLICATION} {process_id if process_id is not None else os.getpid()}"
    written = f"<{priority}>1 {write_moment(at)} {sender} {MESSAGE_ID} - ".encode("ascii") + message
    return f"{len(written)} ".encode("ascii") + written


class Connection:
    """A connection to the receiver, opened when something is sent and again when it was lost. One thread's."""

    def __init__(self, target: Target, context: ssl.SSLContext) -> None:
        self._target = target
        self._context = context
        self._socket: ssl.SSLSocket | None = None

    def send(self, frames: Sequence[bytes]) -> None:
        """Sends a batch. *Raises* NotDelivered: some or all of it may have come, and all is to be sent again."""
        try:
            connected = self._socket
            if connected is None or not _stands(connected):
                self.close()
                connected = self._socket = self._connect()
            connected.settimeout(SEND_SECONDS)
            connected.sendall(b"".join(frames))
            _await_confirmation(connected)
        except OSError as error:
            self.close()
            raise NotDelivered(f"{type(error).__name__}: {error.strerror or error}") from error
        except NotDelivered:
            self.close()
            raise

    def close(self) -> None:
        """Says goodbye, as far as the other side still listens."""
        connected, self._socket = self._socket, None
        if connected is not None:
            with suppress(OSError):
                connected.settimeout(1)
                connected.unwrap().close()
            connected.close()

    def _connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(self._target, timeout=CONNECT_SECONDS)
        try:
            plain.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            connected = self._context.wrap_socket(plain, server_hostname=self._target.host)
        except BaseException:
            plain.close()
            raise
        # A TLS 1.3 server tells after the handshake that it does not accept our certificate, or sends its tickets. [RFC 8446: 4.6]
        with selectors.DefaultSelector() as selector:
            selector.register(connected, selectors.EVENT_READ)
            selector.select(_REJECTION_SECONDS)
        if not _stands(connected):
            connected.close()
            raise NotDelivered("the receiver closed the connection right after the handshake")
        return connected


def _stands(connected: ssl.SSLSocket) -> bool:
    """Whether the other side has not closed. It has nothing to say but what TLS itself does (tickets of a session)."""
    connected.settimeout(0)
    try:
        return connected.recv(1) != b""
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
        return True
    except OSError:
        return False


def _await_confirmation(connected: ssl.SSLSocket) -> None:
    """Until the other side's TCP has confirmed every byte and has not closed. *Raises* NotDelivered. [tcp(7): SIOCOUTQ]"""
    deadline = time.monotonic() + SEND_SECONDS
    while True:
        left = _unconfirmed(connected)
        if not _stands(connected):
            raise NotDelivered("the connection was closed while messages were on their way")
        if not left:
            return
        if time.monotonic() > deadline:
            raise NotDelivered(f"{left} bytes were not confirmed in {SEND_SECONDS} s")
        time.sleep(_LOOK_SECONDS)


def _unconfirmed(connected: ssl.SSLSocket) -> int:
    try:
        from fcntl import ioctl
        from termios import TIOCOUTQ

        return int.from_bytes(ioctl(connected.fileno(), TIOCOUTQ, bytes(4)), sys.byteorder)
    except (ImportError, OSError):  # a system that cannot tell this of a socket
        return 0


def _name(text: str, length: int) -> str:
    """A header field: printable ASCII without blanks, or ``-``. [RFC 5424: 6]"""
    return "".join(character for character in text if "!" <= character <= "~")[:length] or "-"
