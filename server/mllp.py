"""MLLP: the blocks of HL7 v2 messages on a connection, and the listener for them. [HL7 v2: Transport Specification: MLLP, Release 1]

Knows no message: a block is bytes, its answer is bytes. Blocks of one connection are answered in their order, one after the other,
in a thread of the process that judges; which process listens is ``serve``'s to say.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
import time
from asyncio import StreamReader, StreamWriter
from collections.abc import Awaitable, Callable
from contextlib import suppress

from server import incidents, logs
from server.feed_exchange import Answered, refuse
from server.metrics import FEED, Metrics
from xds.messages import FeedOutcome, FeedResponse

_log = logging.getLogger("coffre.mllp")

START, END, RETURN = b"\x0b", b"\x1c", b"\r"
_BETWEEN_BLOCKS = b"\r\n"
"""Leniency: the CR that ends a block may be missing, and senders put line ends between blocks."""

MESSAGE_BYTES_MAX = 1024 * 1024
"""An ADT message has some kilobytes; a portrait or a consent may be with it."""

MESSAGE_SECONDS = 20
"""From the first byte of a block to its last, and for the answer to be taken."""

IDLE_SECONDS = 3600
"""Without a block: interfaces keep their connection open for hours, one that is gone for good need not hold a socket."""

HANDSHAKE_SECONDS = 20
CONNECTIONS_MAX = 100
"""A community has one source of identities, an interface engine some connections to spare."""


class NotABlock(Exception):
    """The other side does not keep to MLLP: where its next message begins is unknown."""


class Listener:
    """Takes connections on one socket, answers their blocks, until it is stopped.

    ``answer`` makes the ACK of a message; ``judge`` does it where this process judges.
    """

    def __init__(
        self,
        answer: Callable[[bytes], Answered],
        judge: Callable[[Callable[[], Answered]], Awaitable[Answered]],
        metrics: Metrics,
        context: ssl.SSLContext | None = None,
    ) -> None:
        self._answer = answer
        self._judge = judge
        self._metrics = metrics
        self._context = context
        self._server: asyncio.Server | None = None
        self._waiting: set[asyncio.Task[None]] = set()
        self._busy: set[asyncio.Task[None]] = set()
        self._is_stopping = False

    async def start(self, listening: socket.socket) -> None:
        """Takes connections from now on."""
        self._server = await asyncio.start_server(
            self._connected,
            sock=listening,
            ssl=self._context,
            ssl_handshake_timeout=None if self._context is None else HANDSHAKE_SECONDS,
            limit=MESSAGE_BYTES_MAX,
        )
        host, port = listening.getsockname()[:2]
        _log.info("ITI-8 on %s:%d, %s", host, port, "TLS" if self._context else "no TLS")

    async def stop(self, grace_seconds: float) -> None:
        """Takes no more blocks, and lets those under way be answered."""
        self._is_stopping = True
        if self._server is None:
            return
        self._server.close()
        for task in self._waiting:
            task.cancel()
        open_yet = self._waiting | self._busy
        if open_yet:
            await asyncio.wait(open_yet, timeout=grace_seconds)

    async def _connected(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        try:
            if len(self._waiting) + len(self._busy) >= CONNECTIONS_MAX:
                _log.warning("turned away: %d connections are open", CONNECTIONS_MAX)
            else:
                await self._converse(task, reader, writer)
        except (OSError, EOFError) as gone:
            _log.info("connection ended: %s", type(gone).__name__)
            writer.transport.abort()  # what has not been taken until now is not kept for it
        except NotABlock as broken:
            _log.warning("connection ended: %s", broken)
            await self._tell(writer, str(broken))
        except asyncio.CancelledError:
            if not self._is_stopping:
                raise
        except Exception as error:
            incidents.new_incident(error, "a connection of the feed")
        finally:
            self._waiting.discard(task)
            self._busy.discard(task)
            writer.close()

    async def _converse(self, task: asyncio.Task[None], reader: StreamReader, writer: StreamWriter) -> None:
        """Block and answer, until one side has enough."""
        while not self._is_stopping:
            self._waiting.add(task)
            if not await _begins(reader):
                return
            message = await _read_block(reader)
            self._waiting.discard(task)
            self._busy.add(task)
            await self._exchange(message, writer)
            self._busy.discard(task)

    async def _exchange(self, message: bytes, writer: StreamWriter) -> None:
        started = time.perf_counter()
        answered = await self._judge(lambda: self._answer(message))
        seconds = time.perf_counter() - started
        self._metrics.count(FEED, answered.outcome, seconds, len(message), len(answered.acknowledgement))
        logs.request(FEED, answered.control_id, answered.outcome, seconds * 1000)
        await _write_block(writer, answered.acknowledgement)

    async def _tell(self, writer: StreamWriter, reason: str) -> None:
        """Says why the connection ends, to a person who looks at the other side."""
        with suppress(OSError, TimeoutError):
            await _write_block(writer, refuse(FeedResponse(FeedOutcome.REFUSED, reason)).acknowledgement)


async def _begins(reader: StreamReader) -> bool:
    """Waits for a block to begin; False when the other side has closed, or said nothing for too long. *Raises* NotABlock."""
    try:
        async with asyncio.timeout(IDLE_SECONDS):
            while (first := await reader.read(1)) in (RETURN, b"\n"):
                pass
    except TimeoutError:
        return False
    if first and first != START:
        raise NotABlock("a message must begin with the byte 0B (MLLP)")
    return bool(first)


async def _read_block(reader: StreamReader) -> bytes:
    """The message of a block that has begun. *Raises* NotABlock, EOFError, TimeoutError."""
    try:
        async with asyncio.timeout(MESSAGE_SECONDS):
            return (await reader.readuntil(END)).removesuffix(END)
    except asyncio.LimitOverrunError as error:
        raise NotABlock(f"a message is larger than the {MESSAGE_BYTES_MAX} bytes accepted") from error


async def _write_block(writer: StreamWriter, message: bytes) -> None:
    """*Raises* OSError, TimeoutError."""
    writer.write(START + message + END + RETURN)
    async with asyncio.timeout(MESSAGE_SECONDS):
        await writer.drain()
