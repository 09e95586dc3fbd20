"""ASGI in, ASGI out: a whole request becomes bytes, bytes become an answer. Knows HTTP and no SOAP.

The event loop takes in the body under limits, so that a slow client holds no worker; then one of two threads judges it: while
one waits for the disk the other works, and more would only queue for the interpreter's lock. [decision 2] A query or a retrieval,
which waits for no flush and no lock, is judged where it was read: handing it over costs a fifth of it. [ADR 0016]
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol, TypeVar

from server import incidents, logs
from server.descriptions import Descriptions
from server.metrics import UNKNOWN, Metrics, Outcome

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
T = TypeVar("T")

ROOTS = ("/services/", "/si-dmp-server/v2/services/")
"""Each endpoint answers under both; the second is where software made for the DMP looks."""

HELD_BYTES_MAX = 1024 * 1024 * 1024
"""Bodies of all requests under way in one process; beyond it new ones are asked to come back."""

PIECE_SECONDS = 30
"""The longest silence within a body."""

JOIN_BYTES_MAX = 1024 * 1024
"""Answers up to this size go out in one piece; larger documents are read from the disk as they are sent."""

JUDGES = 2
"""Threads that judge, in each process."""

REQUESTS_PER_THREAD = 10_000
"""lxml keeps every name of an element or attribute that a thread has read until the thread ends: so each thread ends."""

_PLAIN = b"text/plain; charset=utf-8"


class Streamed(Protocol):
    """A piece of an answer that is read when it is sent."""

    @property
    def size(self) -> int:
        """Bytes."""

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order."""


class Asked(NamedTuple):
    """A request as the door hands it on. ``client_certificate`` is the verified one of the TLS connection, as DER; ``address`` the
    peer's.
    """

    endpoint: str
    content_type: str
    body: bytearray
    client_certificate: bytes | None
    address: str = ""


class Answer(NamedTuple):
    """An answer as the door takes it back, with what the log and the counters want to know."""

    http_status: int
    content_type: str
    pieces: list[bytes | Streamed]
    transaction: str
    message_id: str | None
    outcome: Outcome


class Refused(Exception):
    """A request that goes no further than the door: a status, a sentence, sometimes a header."""

    def __init__(self, status: int, sentence: str, *headers: tuple[bytes, bytes]) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


class Gone(Exception):
    """The client went away before its request was whole."""


class Door:
    """The ASGI application of one worker process."""

    def __init__(
        self,
        answer: Callable[[Asked], Answer],
        endpoints: tuple[str, ...],
        pages: ASGIApp,
        metrics: Metrics,
        *,
        body_bytes_max: int,
        judged_at_once: Callable[[bytearray], bool] = lambda _body: False,
        descriptions: Descriptions | None = None,
    ) -> None:
        self._answer = answer
        self._paths = {root + endpoint: endpoint for root in ROOTS for endpoint in endpoints}
        self._pages = pages
        self._metrics = metrics
        self._body_bytes_max = body_bytes_max
        self._judged_at_once = judged_at_once
        self._held = 0
        self._descriptions = Descriptions() if descriptions is None else descriptions
        self._worker = _new_worker()
        self._left = REQUESTS_PER_THREAD

    async def judge(self, act: Callable[[], T]) -> T:
        """Does that in a thread in which this process judges, for what comes in by another door."""
        return await asyncio.get_running_loop().run_in_executor(self._choose_worker(), act)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            endpoint = self._paths.get(scope["path"])
            if endpoint is None:
                await self._pages(scope, receive, send)
            else:
                await self._serve(endpoint, scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        self._worker.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, endpoint: str, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            if scope["method"] == "POST":
                await self._exchange(endpoint, scope, receive, send)
            else:
                await self._describe(endpoint, scope, send)
        except Refused as refusal:
            await _send_plain(send, refusal)
        except Gone:
            return
        except Exception as error:
            # Sent in part already, an answer can only be cut off: the client must see that it is not whole.
            number = incidents.new_incident(error, f"sending an answer of {endpoint}")
            await _send_plain(send, Refused(500, f"The service failed. Incident {number}."))

    async def _exchange(self, endpoint: str, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope["headers"])
        body = bytearray()
        try:
            await self._collect(headers, receive, body)
            peer = scope.get("extensions", {}).get("tls")
            certificate = peer["client_cert_der"] if peer else None
            content_type = headers.get(b"content-type", b"").decode("latin-1")
            asked = Asked(endpoint, content_type, body, certificate, (scope.get("client") or ("",))[0])
            started = time.perf_counter()
            if self._judged_at_once(body):
                answer, pieces = self._judge(asked)
            else:
                loop = asyncio.get_running_loop()
                answer, pieces = await loop.run_in_executor(self._choose_worker(), self._judge, asked)
            seconds = time.perf_counter() - started
        except Refused:
            self._metrics.count(UNKNOWN, Outcome.NOT_SOAP, 0.0, len(body), 0)
            raise
        finally:
            self._held -= len(body)
        size = sum(len(piece) if isinstance(piece, bytes) else piece.size for piece in pieces)
        self._metrics.count(answer.transaction, answer.outcome, seconds, len(body), size)
        logs.request(answer.transaction, answer.message_id, answer.outcome, seconds * 1000)
        await self._send(send, answer, pieces, size)

    async def _collect(self, headers: dict[bytes, bytes], receive: Receive, body: bytearray) -> None:
        """Takes in the whole body. Raises Refused, Gone."""
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
            raise Refused(415, "Send the body as it is: a Content-Encoding is not accepted.")
        too_large = Refused(413, f"The body is larger than the {self._body_bytes_max} bytes accepted.")
        if int(headers.get(b"content-length", b"0")) > self._body_bytes_max:
            raise too_large
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PIECE_SECONDS) as deadline:
                while True:
                    event = await receive()
                    if event["type"] == "http.disconnect":
                        raise Gone
                    piece: bytes = event.get("body", b"")
                    if self._held + len(piece) > HELD_BYTES_MAX:
                        raise Refused(
                            503, "Too much is under way; send the request again later.", (b"retry-after", b"5")
                        )
                    body += piece
                    self._held += len(piece)
                    if len(body) > self._body_bytes_max:
                        raise too_large
                    if not event.get("more_body", False):
                        return
                    deadline.reschedule(loop.time() + PIECE_SECONDS)
        except TimeoutError as error:
            raise Refused(408, f"Nothing came for {PIECE_SECONDS} seconds.", (b"connection", b"close")) from error

    def _choose_worker(self) -> ThreadPoolExecutor:
        """The judging threads, now and then new ones; the old ones end with what they were given."""
        self._left -= 1
        if self._left < 0:
            self._worker.shutdown(wait=False)
            self._worker, self._left = _new_worker(), REQUESTS_PER_THREAD
        return self._worker

    def _judge(self, asked: Asked) -> tuple[Answer, list[bytes | Streamed]]:
        """In the worker: the answer, and its pieces as they are sent, the last in memory, small documents read already."""
        answer = self._answer(asked)
        pieces: list[bytes | Streamed] = []
        small: list[bytes] = []
        joined = 0
        for piece in answer.pieces:
            size = len(piece) if isinstance(piece, bytes) else piece.size
            if not isinstance(piece, bytes) and joined + size > JOIN_BYTES_MAX:
                pieces += [b"".join(small), piece]
                small, joined = [], 0
            else:
                small += [piece] if isinstance(piece, bytes) else piece.chunks()
                joined += size
        pieces.append(b"".join(small))
        return answer, pieces

    async def _send(self, send: Send, answer: Answer, pieces: list[bytes | Streamed], size: int) -> None:
        content_type = answer.content_type.encode("latin-1")
        headers = [(b"content-type", content_type), (b"content-length", str(size).encode())]
        await send({"type": "http.response.start", "status": answer.http_status, "headers": headers})
        *earlier, last = pieces
        for piece in earlier:
            if isinstance(piece, bytes):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
                continue
            chunks = piece.chunks()
            while chunk := await asyncio.get_running_loop().run_in_executor(self._worker, next, chunks, b""):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        await send({"type": "http.response.body", "body": last})

    async def _describe(self, endpoint: str, scope: Scope, send: Send) -> None:
        query = scope["query_string"].decode("latin-1")
        if scope["method"] not in ("GET", "HEAD") or not query:
            raise Refused(405, "Send SOAP by POST; GET with ?wsdl describes this endpoint.", (b"allow", b"POST"))
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1") or "localhost"
        description = self._descriptions.find(endpoint, query, f"{scope['scheme']}://{host}{scope['path']}")
        if description is None:
            raise Refused(404, "There is ?wsdl here, and the schemas that it names.")
        headers = [(b"content-type", b"text/xml; charset=utf-8"), (b"content-length", str(len(description)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": description})


def _new_worker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(JUDGES, thread_name_prefix="judge")


async def _send_plain(send: Send, refusal: Refused) -> None:
    sentence = refusal.sentence.encode() + b"\n"
    headers = [(b"content-type", _PLAIN), (b"content-length", str(len(sentence)).encode()), *refusal.headers]
    with contextlib.suppress(RuntimeError):  # uvicorn's word for: an answer has been begun already
        await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
        await send({"type": "http.response.body", "body": sentence})
