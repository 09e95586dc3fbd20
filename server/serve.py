"""Runs the service: one process, or a parent that watches over several, each with a listening socket of its own. [decision 2]

The kernel deals connections out among the sockets: on a socket they shared, the first process awake would take them all,
and partners keep theirs for hours. The parent holds every socket, so that connections that wait for a worker that died are
there for the one that takes its place.

The parent prints ``coffre: ready on URL`` once every worker answers, puts a new worker in the place of one that died, and on
SIGTERM or SIGINT lets the workers finish what is under way. A worker whose parent is gone stops as if it had been told to.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection as Pipe
from types import FrameType

import uvicorn

from server import audit_sender, cores, health, logs, mllp, prepare, tls, wiring
from server.connection import Connection
from server.descriptions import Descriptions
from server.door import Door
from server.exchange import Exchange
from server.feed_exchange import FeedExchange
from server.housekeeping import Housekeeping
from server.metrics import Block, Metrics, new_block
from server.routes import is_small_read
from server.settings import CannotStart, Role, Settings
from server.trust_rounds import TrustRounds
from soap.limits import LIMITS

_log = logging.getLogger("coffre.serve")

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
"""An idle connection; a new TLS connection costs five times a request, so partners may keep theirs."""

MEMORY_BYTES_MAX = 1536 * 1024 * 1024
"""Three of the largest documents at once, and the rest. lxml never forgets a name that the event loop's thread has read, so
requests made of invented names would let a worker grow for ever."""

MEMORY_LOOK_SECONDS = 30

GRACE_SECONDS = 30
"""How long a request under way may take once the service is told to stop."""


class Server(uvicorn.Server):
    """uvicorn's server, which says when it listens, with the listener for the HL7 v2 feed beside it in one of the workers."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_ready: Callable[[], None],
        feed: tuple[mllp.Listener, socket.socket] | None = None,
    ) -> None:
        super().__init__(config)
        self._on_ready = on_ready
        self._feed = feed

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            if self._feed is not None:
                listener, listening = self._feed
                await listener.start(listening)
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # First, since the thread that judges ends with the rest.
        if self._feed is not None:
            await self._feed[0].stop(GRACE_SECONDS)
        await super().shutdown(sockets)

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:  # noqa: ARG002
        """Takes no more requests and finishes those under way."""
        self.should_exit = True


def serve(settings: Settings, role: Role, announce: Callable[[str], None]) -> int:
    """Runs until told to stop; gives the exit status. *Raises* SettingsError, CannotStart before anything is served."""
    logs.set_up()
    prepare.prepare(settings, role)
    sockets = listen(settings)
    feed = listen_to_feed(settings)
    url = url_of(settings, sockets[0])
    block = new_block(settings.workers)
    if settings.workers == 1:
        work(settings, role, 0, block, sockets[0], feed, lambda: announce(url))
        return 0
    from server.supervisor import Supervisor  # it imports this module: workers are spawned into ``work``

    return Supervisor(settings, role, block, sockets, feed, lambda: announce(url)).run()


def listen(settings: Settings) -> list[socket.socket]:
    """The listening sockets, one a worker. *Raises* CannotStart."""
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        # Alone first: sockets that share a port would also share it with another service's, unnoticed.
        with socket.create_server(address, family=family) as alone:
            address = alone.getsockname()
        sockets = [
            socket.create_server(address, family=family, backlog=BACKLOG, reuse_port=True)
            for _ in range(settings.workers)
        ]
    except OSError as error:
        raise CannotStart(
            f"{settings.host} port {settings.port} cannot be listened on ({error.strerror}); "
            "choose others by COFFRE_HOST and COFFRE_PORT."
        ) from error
    for one in sockets:
        one.setblocking(False)
    return sockets


def listen_to_feed(settings: Settings) -> socket.socket | None:
    """The listening socket of the HL7 v2 feed, if there is one: the first worker's, since a feed is told in order. *Raises* CannotStart."""
    if settings.mllp_port is None:
        return None
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.mllp_port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address, family=family)
    except OSError as error:
        raise CannotStart(
            f"{settings.host} port {settings.mllp_port} cannot be listened on ({error.strerror}); "
            "choose another by COFFRE_MLLP_PORT."
        ) from error
    listening.setblocking(False)
    return listening


def url_of(settings: Settings, listening: socket.socket) -> str:
    """Where the service is, for people: a host that stands for every address is written as this machine."""
    host, port = listening.getsockname()[:2]
    if settings.host in ("0.0.0.0", "::"):  # noqa: S104 - a comparison
        host = "localhost"
    elif not _is_address(settings.host):
        host = settings.host
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if settings.has_tls else 'http'}://{shown}:{port}"


def work(
    settings: Settings,
    role: Role,
    row: int,
    block: Block,
    listening: socket.socket,
    feed: socket.socket | None,
    on_ready: Callable[[], None],
) -> None:
    """One worker, from its stores to its door, until told to stop."""
    metrics = Metrics(block, row)
    with suppress(AttributeError, OSError):  # Linux only
        # Workers use their cores whole: to be woken for every packet would only empty their caches. [sched(7)]
        os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    house = wiring.build(settings, role)
    # Only now: processes of the house's own, which examine documents, may go anywhere.
    cores.keep_to_one(row, block.rows)
    cores.join_freed_memory()
    exchange = Exchange(house.routes, on_storage_failure=metrics.flush_failed, reception=house.reception)
    folder = wiring.content_folder(settings) if house.content is not None else None
    pages = health.pages(health.Health(house.database, folder, metrics), metrics)
    door = Door(
        exchange.answer,
        house.routes.endpoints,
        pages,
        metrics,
        body_bytes_max=LIMITS.body_size,
        # A lone worker has nobody who would replace it once it has grown; see MEMORY_BYTES_MAX.
        # Where the journal has a line of it, a query waits for a flush like the others.
        judged_at_once=is_small_read if block.rows > 1 and not house.domain.assertion.demanded else lambda _body: False,
        descriptions=Descriptions(withheld=house.routes.withheld),
    )
    housekeeping = Housekeeping(house, settings.notice_folder)
    sender = audit_sender.build(settings, house.domain, house.database, metrics) if row == 0 else None
    rounds = TrustRounds(house.trust_keeper) if house.trust_keeper is not None else None
    context = tls.server_context(settings)
    server = Server(_config(door, context), on_ready, _door_of_feed(house, door, metrics, context, feed))
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has stopped; this handler, still there, then makes the exit a clean one.
        signal.signal(number, server.stop)
    try:
        if row == 0:
            housekeeping.start()
        if sender is not None:
            sender.start()
        if rounds is not None:
            rounds.start()
        server.run(sockets=[listening])
    finally:
        housekeeping.stop()
        if rounds is not None:
            rounds.stop()
        if sender is not None:
            sender.stop()
        house.close()


def _door_of_feed(
    house: wiring.House, door: Door, metrics: Metrics, context: ssl.SSLContext | None, listening: socket.socket | None
) -> tuple[mllp.Listener, socket.socket] | None:
    """What answers the HL7 v2 feed, and where, in the worker that has its socket. [ITI TF-2: 3.8]"""
    if house.feed is None or listening is None:
        return None
    exchange = FeedExchange(house.feed, on_storage_failure=metrics.flush_failed)
    return mllp.Listener(exchange.answer, door.judge, metrics, context), listening


def work_apart(
    settings: Settings,
    role: Role,
    row: int,
    block: Block,
    listening: socket.socket,
    feed: socket.socket | None,
    parent: Pipe,
) -> None:
    """A worker in a process of its own: tells its parent when it is ready, and stops when the parent is gone."""
    logs.set_up()
    threading.Thread(target=_stop_with, args=(parent,), name="parent", daemon=True).start()
    with suppress(BrokenPipeError):
        work(settings, role, row, block, listening, feed, lambda: parent.send("ready"))


def _stop_with(parent: Pipe) -> None:
    """Stops this worker when its parent is gone, or when it has grown too large and is to be replaced."""
    with suppress(EOFError, OSError):
        while not parent.poll(MEMORY_LOOK_SECONDS):
            if (size := _memory_bytes()) > MEMORY_BYTES_MAX:
                _log.warning("this worker has grown to %d bytes and makes room for another", size)
                break
    os.kill(os.getpid(), signal.SIGTERM)


def _memory_bytes() -> int:
    """Resident memory of this process."""
    with open("/proc/self/statm", encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _config(door: Door, context: ssl.SSLContext | None) -> uvicorn.Config:
    return uvicorn.Config(
        door,
        http=Connection,
        ws="none",
        loop=_loop(),
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        ssl_context_factory=None if context is None else lambda _config, _default: context,
    )


def _loop() -> str:
    try:
        import uvloop  # noqa: F401 - not there on Windows
    except ImportError:
        return "asyncio"
    return "uvloop"


def _is_address(host: str) -> bool:
    for family in (socket.AF_INET, socket.AF_INET6):
        with suppress(OSError):
            socket.inet_pton(family, host)
            return True
    return False
