"""One HTTP connection: uvicorn's protocol, with what it lacks.

- a POST to an endpoint is taken in and answered by a cycle of ours, see ``cycle``; the rest goes to the door as ASGI;
- the verified client certificate goes with each request (``peer``), see ``tls.Peer``;
- a request line and headers have a bound and a deadline: without them one client could fill the memory or hold a socket for ever;
- a wish to upgrade is passed over: uvicorn's parser would take the body for the other protocol.

Bodies are bounded in ``door`` and ``cycle``. [RFC 9110: 7.8, RFC 9112: 2.2, RFC 6585: 5]
"""

from __future__ import annotations

import asyncio
import re
from typing import cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from server import tls
from server.cycle import Cycle
from server.door import Door

HEAD_BYTES_MAX = 64 * 1024
"""Request line and headers; an assertion travels in the body, so this is already eight times what common servers allow."""

HEAD_SECONDS = 20
"""From the opening of the connection, or the first byte, to the end of the headers; a TLS handshake is not counted."""

_TOO_LARGE = b"the request line and headers exceed 65536 bytes\n"
_UPGRADE = re.compile(rb"\n(?:Upgrade|HTTP2-Settings):[^\r\n]*\r?(?=\n)", re.I)


class Connection(HttpToolsProtocol):
    """One connection, which may carry many requests."""

    cycle: Cycle | RequestResponseCycle  # type: ignore[assignment]
    """Of the message that was read last; ours has what uvicorn's connection uses of its own. None before the first."""

    peer: tls.Peer | None = None
    _deadline: asyncio.TimerHandle | None = None
    _has_begun = False
    """Whether the parser is within a message."""

    _in_head = True
    _head = b""
    """The start of a message that the parser has not been given yet."""

    _head_bytes = 0
    """Bytes of an unfinished head that the parser has: that of a request pipelined behind another."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.peer = tls.find_peer(transport)
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_head()
        super().connection_lost(exc)
        for cycle, _ in self.pipeline:
            cycle.message_event.set()

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            if self._deadline is None:
                self._expect_head()
            if not self._has_begun:
                data = self._take_head(data)
                if not data:
                    return
            self._head_bytes += len(data)
        super().data_received(data)
        # Bytes that came together with the end of the headers are body: only an unfinished head is measured.
        if self._in_head and self._head_bytes > HEAD_BYTES_MAX:
            self._refuse(b"431 Request Header Fields Too Large", _TOO_LARGE)

    def on_message_begin(self) -> None:
        self._has_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._end_head()
        self._in_head = False
        endpoint = self._door.find(self.url) if self.parser.get_method() == b"POST" else None
        if endpoint is None:
            super().on_headers_complete()
            return
        earlier = self.cycle
        keep_alive = self.parser.get_http_version() != "1.0" and self.parser.should_keep_alive()
        cycle = Cycle(self, self._door, endpoint, keep_alive=keep_alive, expects_continue=self.expect_100_continue)
        self.cycle = cycle
        if earlier is None or earlier.response_complete:
            cycle.begin()
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((cycle, self.app))  # type: ignore[arg-type]

    def on_body(self, body: bytes) -> None:
        if isinstance(self.cycle, Cycle):
            self.cycle.take(body)
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        if isinstance(self.cycle, Cycle):
            self.cycle.end()
        else:
            super().on_message_complete()
        self._in_head, self._has_begun, self._head_bytes = True, False, 0

    @property
    def _door(self) -> Door:
        """The application itself: uvicorn is told to wrap it in nothing."""
        return cast("Door", self.app)

    def _take_head(self, data: bytes) -> bytes:
        """What the parser may have: nothing until the head is whole, then all, but for the wish to upgrade."""
        searched = max(0, len(self._head) - 3)
        data = self._head + data
        proper = data.find(b"\r\n\r\n", searched)
        # Bare line feeds end a head too, but not behind its end: a body has many of them, and is not searched.
        bare = data.find(b"\n\n", searched, len(data) if proper < 0 else proper)
        ends = [end for end in (proper, bare) if end >= 0]
        end = min(ends, default=len(data))
        if end > HEAD_BYTES_MAX:
            self._refuse(b"431 Request Header Fields Too Large", _TOO_LARGE)
            return b""
        self._head = b"" if ends else data
        if not ends:
            return b""
        head = data[: end + 2]
        return _UPGRADE.sub(b"", head) + data[end + 2 :] if _UPGRADE.search(head) else data

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
        if self.transport.is_closing():
            return
        self.transport.write(
            b"HTTP/1.1 " + status + b"\r\ncontent-type: text/plain; charset=utf-8\r\nconnection: close\r\n"
            b"content-length: " + str(len(sentence)).encode() + b"\r\n\r\n" + sentence
        )
        self.transport.close()
