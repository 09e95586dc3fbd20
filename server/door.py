"""Where requests enter one worker: which are for an endpoint, what is refused before it is read, and who judges. Knows no SOAP.

The event loop takes in a body under limits (``cycle``), so that a slow client holds no worker; then one of two threads judges it: while
one waits for the disk the other works, and more would only queue for the interpreter's lock. [decision 2] A query or a retrieval,
which waits for no flush and no lock, is judged where it was read: handing it over costs a fifth of it. [ADR 0016]
What is no POST to an endpoint, a description or a page, comes and goes as ASGI.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Protocol, TypeVar
from urllib.parse import unquote

from httptools import parse_url

from server import incidents
from server.descriptions import Descriptions
from server.metrics import Metrics, Outcome

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
T = TypeVar("T")

ROOTS = ("/services/", "/si-dmp-server/v2/services/")
"""Each endpoint answers under both; the second is where software made for the DMP looks."""

HELD_BYTES_MAX = 1024 * 1024 * 1024
"""Bodies of all requests under way in one process; beyond it new ones are asked to come back."""

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


Piece = bytes | Streamed
"""Of an answer, in the order in which they are sent."""


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
    pieces: list[Piece]
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
        self._urls = {path.encode("ascii"): endpoint for path, endpoint in self._paths.items()}
        self._pages = pages
        self.metrics = metrics
        self.is_judged_at_once = judged_at_once
        self.held = 0
        """Bytes of the bodies of all requests under way."""
        self._body_bytes_max = body_bytes_max
        self._descriptions = Descriptions() if descriptions is None else descriptions
        self._worker = _new_worker()
        self._left = REQUESTS_PER_THREAD

    def find(self, url: bytes) -> str | None:
        """The endpoint that a request line names. *Raises* httptools.HttpParserInvalidURLError."""
        endpoint = self._urls.get(url)
        return endpoint if endpoint is not None else self._paths.get(unquote(parse_url(url).path.decode("ascii")))

    def refuse_head(self, headers: Mapping[bytes, bytes]) -> Refused | None:
        """What is refused before the body has come."""
        if headers.get(b"content-encoding", b"identity").strip().lower() not in (b"", b"identity"):
            return Refused(415, "Send the body as it is: a Content-Encoding is not accepted.")
        return self.refuse_body(int(headers.get(b"content-length", b"0")))

    def refuse_body(self, size: int) -> Refused | None:
        """What is refused while so many bytes of a body have come, or are announced."""
        if size > self._body_bytes_max:
            return Refused(413, f"The body is larger than the {self._body_bytes_max} bytes accepted.")
        if self.held > HELD_BYTES_MAX:
            return Refused(503, "Too much is under way; send the request again later.", (b"retry-after", b"5"))
        return None

    def submit(self, judge: Callable[[Asked], None], asked: Asked) -> None:
        """Has a request judged in a thread in which this process judges."""
        self._choose_worker().submit(judge, asked)

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
                await self._serve(endpoint, scope, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        self._worker.shutdown()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, endpoint: str, scope: Scope, send: Send) -> None:
        try:
            await self._describe(endpoint, scope, send)
        except Refused as refusal:
            await _send_plain(send, refusal)
        except Exception as error:
            number = incidents.new_incident(error, f"describing {endpoint}")
            await _send_plain(send, Refused(500, f"The service failed. Incident {number}."))

    def _choose_worker(self) -> ThreadPoolExecutor:
        """The judging threads, now and then new ones; the old ones end with what they were given."""
        self._left -= 1
        if self._left < 0:
            self._worker.shutdown(wait=False)
            self._worker, self._left = _new_worker(), REQUESTS_PER_THREAD
        return self._worker

    def answer(self, asked: Asked) -> tuple[Answer, list[Piece]]:
        """The answer, and its pieces as they are sent, the last in memory, small documents read already."""
        answer = self._answer(asked)
        pieces: list[Piece] = []
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
