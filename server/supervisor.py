"""The parent of several workers: starts them, replaces the dead, stops them all. Answers no request itself."""

from __future__ import annotations

import logging
import multiprocessing
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection
from multiprocessing.connection import Connection as Pipe
from multiprocessing.context import SpawnProcess

from server import serve
from server.metrics import Block
from server.settings import Role, Settings

_log = logging.getLogger("coffre.supervisor")

LIVED_SECONDS = 10
"""A worker that lived less died of its start; the next one in its place waits, each time twice as long."""

DELAY_SECONDS_MAX = 30.0
STOP_SECONDS = serve.GRACE_SECONDS + 10


@dataclass(slots=True)
class Place:
    """One worker's place: who is in it, since when, and when the next one may be."""

    row: int
    process: SpawnProcess | None = None
    pipe: Pipe | None = None
    started_at: float = 0.0
    is_ready: bool = False
    delay: float = 0.0
    not_before: float = 0.0


class Supervisor:
    """Keeps every place of a service filled until it is told to stop."""

    def __init__(
        self,
        settings: Settings,
        role: Role,
        block: Block,
        sockets: list[socket.socket],
        feed: socket.socket | None,
        on_ready: Callable[[], None],
    ) -> None:
        self._settings = settings
        self._role = role
        self._block = block
        self._sockets = sockets
        self._feed = feed
        self._on_ready = on_ready
        self._context = multiprocessing.get_context("spawn")
        self._places = [Place(row) for row in range(block.rows)]
        self._was_ready = False
        self._is_stopping = False

    def run(self) -> int:
        """Runs until told to stop, or until it is plain that no worker can start; gives the exit status."""
        waker, wakened = socket.socketpair()
        with waker, wakened:
            waker.setblocking(False)
            wakened.setblocking(False)
            signal.set_wakeup_fd(waker.fileno())
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, self._stop)
            try:
                status = self._watch(wakened)
            finally:
                signal.set_wakeup_fd(-1)
                self._stop_workers()
        return status

    def _watch(self, wakened: socket.socket) -> int:
        while not self._is_stopping:
            for place in self._places:
                if place.process is None and time.monotonic() >= place.not_before:
                    self._fill(place)
            for ready in connection.wait([wakened, *self._waited_for()], timeout=0.5):
                if ready is wakened:
                    wakened.recv(4096)
            for place in self._places:
                self._look_at(place)
            if not self._was_ready:
                if any(place.delay for place in self._places):
                    _log.error("a worker stopped while it was starting; the lines above say why")
                    return 1
                if all(place.is_ready for place in self._places):
                    self._was_ready = True
                    self._on_ready()
        return 0

    def _waited_for(self) -> list[Pipe | int]:
        waited: list[Pipe | int] = []
        for place in self._places:
            if place.process is not None:
                waited.append(place.process.sentinel)
                if place.pipe is not None and not place.is_ready:
                    waited.append(place.pipe)
        return waited

    def _fill(self, place: Place) -> None:
        ours, theirs = self._context.Pipe()
        feed = self._feed if place.row == 0 else None
        arguments = (self._settings, self._role, place.row, self._block, self._sockets[place.row], feed, theirs)
        process = self._context.Process(target=serve.work_apart, args=arguments, name=f"worker-{place.row}")
        process.start()
        theirs.close()
        place.process, place.pipe, place.started_at, place.is_ready = process, ours, time.monotonic(), False

    def _look_at(self, place: Place) -> None:
        if place.process is None or place.pipe is None:
            return
        if not place.is_ready and place.pipe.poll():
            try:
                place.is_ready = place.pipe.recv() == "ready"
            except EOFError:
                place.is_ready = False
        if place.process.is_alive():
            return
        lived = time.monotonic() - place.started_at
        code = place.process.exitcode
        self._empty(place)
        if self._is_stopping:
            return
        place.delay = 0.0 if lived >= LIVED_SECONDS else min(max(0.5, place.delay * 2), DELAY_SECONDS_MAX)
        place.not_before = time.monotonic() + place.delay
        _log.error("worker %d died after %.0f s with exit code %s; another takes its place", place.row, lived, code)

    def _empty(self, place: Place) -> None:
        assert place.process is not None
        assert place.pipe is not None
        place.process.join()
        place.pipe.close()
        place.process, place.pipe, place.is_ready = None, None, False

    def _stop(self, number: int, frame: object) -> None:  # noqa: ARG002 - a signal handler's signature
        self._is_stopping = True

    def _stop_workers(self) -> None:
        self._is_stopping = True
        for one in self._sockets if self._feed is None else (*self._sockets, self._feed):
            one.close()
        filled = [place for place in self._places if place.process is not None]
        for place in filled:
            assert place.process is not None
            place.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for place in filled:
            assert place.process is not None
            place.process.join(max(0.0, deadline - time.monotonic()))
            if place.process.is_alive():
                _log.error("worker %d did not stop in %d s and is ended", place.row, STOP_SECONDS)
                place.process.kill()
            self._empty(place)
