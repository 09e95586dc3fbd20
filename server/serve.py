"""Runs the service: one process, or a parent that watches over several on one listening socket. [decision 2]

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

from server import health, logs, prepare, tls, wiring
from server.connection import Connection
from server.door import Door
from server.exchange import Exchange
from server.housekeeping import Housekeeping
from server.metrics import Block, Metrics, new_block
from server.prepare import CannotStart
from server.settings import Settings
from server.wiring import Role
from soap.limits import LIMITS

_log = logging.getLogger("coffre.serve")

BACKLOG = 2048
KEEP_ALIVE_SECONDS = 75
"""An idle connection; a new TLS connection costs five times a request, so partners may keep theirs."""

GRACE_SECONDS = 30
"""How long a request under way may take once the service is told to stop."""


class Server(uvicorn.Server):
    """uvicorn's server, which says when it listens."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    def stop(self, number: int = signal.SIGTERM, frame: FrameType | None = None) -> None:  # noqa: ARG002
        """Takes no more requests and finishes those under way."""
        self.should_exit = True


def serve(settings: Settings, role: Role, announce: Callable[[str], None]) -> int:
    """Runs until told to stop; gives the exit status. *Raises* SettingsError, CannotStart before anything is served."""
    logs.set_up()
    prepare.prepare(settings, role)
    listening = listen(settings)
    url = url_of(settings, listening)
    block = new_block(settings.workers)
    if settings.workers == 1:
        work(settings, role, 0, block, listening, lambda: announce(url))
        return 0
    from server.supervisor import Supervisor  # it imports this module: workers are spawned into ``work``

    return Supervisor(settings, role, block, listening, lambda: announce(url)).run()


def listen(settings: Settings) -> socket.socket:
    """The listening socket. *Raises* CannotStart."""
    try:
        family, _, _, _, address = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address, family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotStart(
            f"{settings.host} port {settings.port} cannot be listened on ({error.strerror}); "
            "choose others by COFFRE_HOST and COFFRE_PORT."
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
    settings: Settings, role: Role, row: int, block: Block, listening: socket.socket, on_ready: Callable[[], None]
) -> None:
    """One worker, from its stores to its door, until told to stop."""
    metrics = Metrics(block, row)
    house = wiring.build(settings, role)
    exchange = Exchange(house.routes, on_storage_failure=metrics.flush_failed)
    folder = wiring.content_folder(settings) if house.content is not None else None
    pages = health.pages(health.Health(house.database, folder, metrics), metrics)
    door = Door(exchange.answer, house.routes.endpoints, pages, metrics, body_bytes_max=LIMITS.body_size)
    housekeeping = Housekeeping(house)
    server = Server(_config(door, tls.server_context(settings)), on_ready)
    for number in (signal.SIGTERM, signal.SIGINT):
        # uvicorn raises the signal again once it has stopped; this handler, still there, then makes the exit a clean one.
        signal.signal(number, server.stop)
    try:
        if row == 0:
            housekeeping.start()
        server.run(sockets=[listening])
    finally:
        housekeeping.stop()
        house.close()


def work_apart(settings: Settings, role: Role, row: int, block: Block, listening: socket.socket, parent: Pipe) -> None:
    """A worker in a process of its own: tells its parent when it is ready, and stops when the parent is gone."""
    logs.set_up()
    threading.Thread(target=_stop_with, args=(parent,), name="parent", daemon=True).start()
    with suppress(BrokenPipeError):
        work(settings, role, row, block, listening, lambda: parent.send("ready"))


def _stop_with(parent: Pipe) -> None:
    with suppress(EOFError, OSError):
        parent.recv()
    os.kill(os.getpid(), signal.SIGTERM)


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
