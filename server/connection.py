"""One HTTP connection: uvicorn's protocol, with what it lacks.

- the verified client certificate goes with each request (``scope["extensions"]["tls"]``), see ``tls.Peer``;
- a request line and headers have a bound and a deadline: without them one client could fill the memory or hold a socket for ever.

Bodies are bounded in ``door``. [RFC 9112: 2.2, RFC 6585: 5]
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from server import tls

HEAD_BYTES_MAX = 64 * 1024
"""Request line and headers. A SAML assertion travels in the body; 64 KiB is eight times what common servers allow."""

HEAD_SECONDS = 20
"""From the first byte, or from the opening of the connection, to the end of the headers; a TLS handshake is not counted."""

_TOO_LARGE = b"the request line and headers exceed 65536 bytes\n"


class Connection(HttpToolsProtocol):
    """One connection, which may carry many requests."""

    _peer: tls.Peer | None = None
    _deadline: asyncio.TimerHandle | None = None
    _head_bytes = 0
    _in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._peer = tls.find_peer(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head_bytes += len(data)
            if self._deadline is None:
                self._expect_head()
        super().data_received(data)
        # Bytes that arrived together with the end of the headers are body: only an unfinished head is measured.
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX and not self.transport.is_closing():
            self._refuse(b"431 Request Header Fields Too Large", _TOO_LARGE)

    def on_headers_complete(self) -> None:
        self._end_head()
        self._in_head = False
        if self._peer is not None:
            extensions: dict[str, Any] = self.scope.setdefault("extensions", {})
            extensions["tls"] = self._peer
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True
        self._head_bytes = 0

    def _expect_head(self) -> None:
        self._deadline = self.loop.call_later(HEAD_SECONDS, self._give_up)

    def _end_head(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()

    def _refuse(self, status: bytes, sentence: bytes) -> None:
        self._end_head()
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: " + str(len(sentence)).encode() + b"\r\n\r\n" + sentence
        )
        self.transport.close()
