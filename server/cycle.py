"""One POST to an endpoint: its body as it comes in, its answer as it goes out, with nothing between connection and judge.

It is what uvicorn's connection calls a cycle. uvicorn's own turns each piece into events for a task of its own, which for a request of
some kilobytes costs as much as judging a query. [ADR 0029] All of it runs in the event loop, but for ``_judge``.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from server import incidents, logs
from server.door import Answer, Asked, Door, Piece, Refused
from server.metrics import UNKNOWN, Outcome

if TYPE_CHECKING:
    from server.connection import Connection

PIECE_SECONDS = 30
"""The longest silence within a body."""

_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
_CLOSE = (b"connection", b"close")
_PLAIN = "text/plain; charset=utf-8"


class Cycle:
    """``begin`` when its turn has come, ``take`` for each piece, ``end`` when the body is whole, ``lose`` when the client is gone."""

    def __init__(
        self, connection: Connection, door: Door, endpoint: str, *, keep_alive: bool, expects_continue: bool
    ) -> None:
        self._connection = connection
        self._transport = connection.transport
        self._door = door
        self._endpoint = endpoint
        self._headers = dict(connection.headers)
        self._body = bytearray()
        self._held = 0
        self._expects_continue = expects_continue
        self._is_begun = self._is_whole = False
        self._heard_at = 0.0
        self._silence: asyncio.TimerHandle | None = None
        # What uvicorn's connection reads and writes.
        self.keep_alive = keep_alive
        self.disconnected = False
        self.response_complete = False
        self.message_event = _Told(self)

    async def run_asgi(self, _app: object) -> None:
        """Begins a request that was pipelined behind another."""
        self.begin()

    def begin(self) -> None:
        """Looks at what is announced, and waits for the body or has it judged."""
        self._is_begun = True
        refusal = self._door.refuse_head(self._headers) or self._door.refuse_body(len(self._body))
        if refusal is not None:
            self._refuse(refusal)
        elif self._is_whole:
            self._hand_over()
        else:
            if self._expects_continue and not self._is_lost:
                self._transport.write(_CONTINUE)
            self._heard_at = self._connection.loop.time()
            self._silence = self._connection.loop.call_later(PIECE_SECONDS, self._look)

    def take(self, piece: bytes) -> None:
        """A piece of the body. One that is refused already goes on coming, and is passed over."""
        if self.response_complete:
            return
        self._body += piece
        self._held += len(piece)
        self._door.held += len(piece)
        if self._is_begun:
            self._heard_at = self._connection.loop.time()
            refusal = self._door.refuse_body(len(self._body))
            if refusal is not None:
                self._refuse(refusal)

    def end(self) -> None:
        """The body is whole."""
        if not self.response_complete:
            self._is_whole = True
            if self._is_begun:
                self._hand_over()

    def lose(self) -> None:
        """The client is gone: a body that was not whole goes no further, an answer goes nowhere."""
        self.disconnected = True
        if not (self._is_whole and self._is_begun):
            self._let_go()

    @property
    def _is_lost(self) -> bool:
        """Whether nobody reads any more; of a request with others behind it uvicorn's connection tells only the last."""
        return self.disconnected or self._transport.is_closing()

    def _look(self) -> None:
        """Whether something came within the time; if not, the connection ends."""
        left = self._heard_at + PIECE_SECONDS - self._connection.loop.time()
        if left > 0:
            self._silence = self._connection.loop.call_later(left, self._look)
        else:
            self._refuse(Refused(408, f"Nothing came for {PIECE_SECONDS} seconds.", _CLOSE))

    def _hand_over(self) -> None:
        self._stop_looking()
        peer, client = self._connection.peer, self._connection.client
        certificate = peer["client_cert_der"] if peer is not None else None
        content_type = self._headers.get(b"content-type", b"").decode("latin-1")
        asked = Asked(self._endpoint, content_type, self._body, certificate, client[0] if client else "")
        if self._door.is_judged_at_once(self._body):
            self._answered(*self._judge(asked))
        else:
            self._door.submit(self._judge_and_tell, asked)

    def _judge_and_tell(self, asked: Asked) -> None:
        """In a judging thread."""
        judged = self._judge(asked)
        with suppress(RuntimeError):  # the loop has been closed: whoever waited is gone
            self._connection.loop.call_soon_threadsafe(self._answered, *judged)

    def _judge(self, asked: Asked) -> tuple[Answer | None, Sequence[Piece], float]:
        """The answer with its pieces, none where it could not be read, and the seconds it took."""
        started = time.perf_counter()
        try:
            answer, pieces = self._door.answer(asked)
        except Exception as error:
            number = incidents.new_incident(error, f"reading an answer of {self._endpoint}")
            return None, (f"The service failed. Incident {number}.\n".encode(),), 0.0
        return answer, pieces, time.perf_counter() - started

    def _answered(self, answer: Answer | None, pieces: Sequence[Piece], seconds: float) -> None:
        received = len(self._body)
        self._let_go()
        size = _size_of(pieces)
        if answer is None:
            self._send(500, _PLAIN, pieces, size)
            return
        self._door.metrics.count(answer.transaction, answer.outcome, seconds, received, size)
        logs.request(answer.transaction, answer.message_id, answer.outcome, seconds * 1000)
        self._send(answer.http_status, answer.content_type, pieces, size)

    def _refuse(self, refusal: Refused) -> None:
        self._door.metrics.count(UNKNOWN, Outcome.NOT_SOAP, 0.0, len(self._body), 0)
        self._let_go()
        if _CLOSE in refusal.headers:
            self.keep_alive = False
        sentence = f"{refusal.sentence}\n".encode()
        others = [header for header in refusal.headers if header != _CLOSE]
        self._send(refusal.status, _PLAIN, (sentence,), len(sentence), others)

    def _send(
        self,
        status: int,
        content_type: str,
        pieces: Sequence[Piece],
        size: int,
        others: Sequence[tuple[bytes, bytes]] = (),
    ) -> None:
        """Sends an answer, a large one piece by piece as the client takes them."""
        headers = [
            *self._connection.server_state.default_headers,
            (b"content-type", content_type.encode("latin-1")),
            (b"content-length", b"%d" % size),
            *others,
        ]
        if not self.keep_alive:
            headers.append(_CLOSE)
        head = b"".join((STATUS_LINE[status], *[b"%b: %b\r\n" % header for header in headers], b"\r\n"))
        in_memory = [piece for piece in pieces if isinstance(piece, bytes)]
        if self._connection.flow.write_paused or len(in_memory) < len(pieces):
            task = self._connection.loop.create_task(self._send_slowly((head, *pieces)))
            self._connection.tasks.add(task)
            task.add_done_callback(self._connection.tasks.discard)
            return
        if not self._is_lost:
            self._transport.writelines((head, *in_memory))
        self._complete()

    async def _send_slowly(self, pieces: Sequence[Piece]) -> None:
        """Cut off where a document cannot be read: the client must see that the answer is not whole."""
        try:
            for piece in pieces:
                if isinstance(piece, bytes):
                    await self._write(piece)
                    continue
                chunks = piece.chunks()
                while not self._is_lost and (chunk := await self._door.judge(partial(next, chunks, b""))):
                    await self._write(chunk)
        except Exception as error:
            incidents.new_incident(error, f"sending an answer of {self._endpoint}")
            self.keep_alive = False
        self._complete()

    async def _write(self, piece: bytes) -> None:
        await self._connection.flow.drain()
        if not self._is_lost:
            self._transport.write(piece)

    def _complete(self) -> None:
        self.response_complete = True
        if not self.keep_alive:
            self._transport.close()
        self._connection.on_response_complete()

    def _let_go(self) -> None:
        self._stop_looking()
        self._door.held -= self._held
        self._held = 0
        self._body = bytearray()

    def _stop_looking(self) -> None:
        if self._silence is not None:
            self._silence.cancel()
            self._silence = None


class _Told:
    """What uvicorn's connection sets when it is lost: an event of ASGI, of which there is none here."""

    __slots__ = ("_cycle",)

    def __init__(self, cycle: Cycle) -> None:
        self._cycle = cycle

    def set(self) -> None:
        self._cycle.lose()


def _size_of(pieces: Sequence[Piece]) -> int:
    return sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces)
