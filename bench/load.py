"""The load generator: processes with keep-alive connections, each of which sends as soon as its answer is there.

Closed loop: as many requests are under way as there are connections. Latency is from the first byte sent to the last one
received. Raw sockets, so that the generator takes as little as possible of the machine that it shares with the service. Requests that
have to be signed are made before the clock starts, in every process; then all start together.
"""

from __future__ import annotations

import math
import multiprocessing
import random
import resource
import selectors
import socket
import ssl
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from multiprocessing.synchronize import Barrier
from pathlib import Path

from bench import material, vouched
from bench.checks import Check
from bench.requests import Requests

Script = Generator[bytes, bytes, None]
"""Requests one after the other; what was answered to each is sent to it."""

START_SECONDS_MAX = 240
"""How long the processes wait for one another: an assertion is fresh for 300 seconds, and some are needed to use it."""

_SUCCESS = b"ResponseStatusType:Success"
_RECEIVE_BYTES = 1 << 18


@dataclass(frozen=True, slots=True)
class Plan:
    """One run: which request, on how many connections of how many processes, for how long; patients and entries to draw from."""

    kind: str
    host: str
    port: int
    repository_unique_id: str
    entries: int
    seconds: float = 6.0
    warm_up: float = 1.0
    processes: int = 2
    connections: int = 8
    tls: tuple[Path, Path, Path] | None = None  # CA, certificate, key
    check: Check = Check.NONE
    keys: Path = Path()  # folder of the PKI, where requests are signed
    ahead: int = 0  # requests a second that are made ahead, where they are signed


@dataclass(slots=True)
class Outcome:
    """What one run saw."""

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)  # seconds, of answers within the measured time
    failures: list[str] = field(default_factory=list)
    cpu_seconds: float = 0.0
    bytes_received: int = 0
    ran_out: bool = False  # fewer requests were made ahead than the service could answer

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.latencies) / self.seconds if self.seconds else 0.0

    def percentile(self, share: float) -> float:
        """A latency in milliseconds."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def run(plan: Plan) -> Outcome:
    """Runs the plan's processes side by side and adds up what they saw."""
    context = multiprocessing.get_context("spawn")
    start = context.Barrier(plan.processes)
    with context.Pool(plan.processes, _meet_at, (start,)) as pool:
        # One a process, or two would wait for each other in the same.
        parts = pool.starmap(_work, [(plan, number) for number in range(plan.processes)], chunksize=1)
    return add_up(parts)


def add_up(parts: list[Outcome]) -> Outcome:
    """What several processes saw together; the time is that in which all of them were at it."""
    total = Outcome(seconds=min(part.seconds for part in parts), ran_out=any(part.ran_out for part in parts))
    for part in parts:
        total.latencies += part.latencies
        total.failures += part.failures
        total.cpu_seconds += part.cpu_seconds
        total.bytes_received += part.bytes_received
    return total


_starts: list[Barrier] = []
"""Where the processes of a run meet before they start; set once in each."""


def _meet_at(start: Barrier) -> None:
    _starts[:] = [start]


def _scripts(plan: Plan, number: int) -> Callable[[], Iterator[bytes]]:
    """What gives each connection its requests."""
    draw = random.Random(1000 + number)
    host = f"{plan.host}:{plan.port}"
    if plan.check is not Check.NONE:
        made = vouched.VouchedRequests(host, plan.repository_unique_id, plan.check, plan.keys)
        count = math.ceil(plan.ahead * (plan.seconds + plan.warm_up) / plan.processes)
        shared = vouched.ahead(vouched.makers(made, draw, plan.entries)[plan.kind], count)
        return lambda: shared
    requests = Requests(host, plan.repository_unique_id)
    patients = max(1, plan.entries // material.ENTRIES_PER_PATIENT)
    makers: dict[str, Callable[[], bytes]] = {
        "ITI-41": lambda: requests.provide(material.matricule(draw.randrange(material.fed_patients(plan.entries)))),
        "ITI-18": lambda: requests.query(material.matricule(draw.randrange(patients))),
        "ITI-43": lambda: requests.retrieve(material.document_unique_id(draw.randrange(plan.entries))),
    }

    def script() -> Script:
        if plan.kind == "rhythm":
            return requests.rhythm(draw, patients)
        return _repeat(makers[plan.kind])

    return script


def _work(plan: Plan, number: int) -> Outcome:
    script = _scripts(plan, number)
    connections = [Connection(plan, script()) for _ in range(plan.connections)]
    outcome = Outcome()
    for start in _starts:
        start.wait(START_SECONDS_MAX)
    with selectors.DefaultSelector() as selector:
        begin = time.perf_counter() + plan.warm_up
        end = begin + plan.seconds
        for connection in connections:
            selector.register(connection.sock, selectors.EVENT_READ, connection)
            outcome.ran_out |= not connection.send()
        cpu = None
        while (now := time.perf_counter()) < end and not outcome.ran_out:
            if cpu is None and now >= begin:
                cpu = _cpu()
            for key, _ in selector.select(timeout=0.5):
                connection = key.data
                if connection.receive():
                    finished = time.perf_counter()
                    if connection.failure:
                        outcome.failures.append(connection.failure)
                    elif connection.started >= begin:
                        outcome.latencies.append(finished - connection.started)
                        outcome.bytes_received += connection.received
                    outcome.ran_out |= not connection.send()
        outcome.seconds = max(0.0, time.perf_counter() - begin)
        outcome.cpu_seconds = _cpu() - cpu if cpu is not None else 0.0
    for connection in connections:
        connection.sock.close()
    return outcome


def _repeat(make: Callable[[], bytes]) -> Script:
    """The same kind of request for ever, whatever is answered."""
    while True:
        yield make()


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


class Connection:
    """One keep-alive connection with at most one request under way."""

    def __init__(self, plan: Plan, script: Iterator[bytes]) -> None:
        sock = socket.create_connection((plan.host, plan.port), timeout=30)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if plan.tls is not None:
            ca, certificate, key = plan.tls
            context = ssl.create_default_context(cafile=str(ca))
            context.load_cert_chain(certificate, key)
            sock = context.wrap_socket(sock, server_hostname=plan.host)
        self.sock = sock
        self.script = script
        self.buffer = bytearray(_RECEIVE_BYTES)
        self.answer = bytearray()
        self.expected = -1
        self.received = 0
        self.started = 0.0
        self.failure = ""
        self.needs_answer = plan.kind == "rhythm"

    def send(self) -> bool:
        """Sends the next request whole; False when there is none."""
        if isinstance(self.script, Generator) and self.needs_answer and self.answer:
            request = self.script.send(bytes(self.answer))
        else:
            found = next(self.script, None)
            if found is None:
                return False
            request = found
        self.answer.clear()
        self.expected = -1
        self.failure = ""
        self.started = time.perf_counter()
        self.sock.sendall(request)
        return True

    def receive(self) -> bool:
        """Takes what has come; True when the answer is whole."""
        while True:
            count = self.sock.recv_into(self.buffer)
            if count == 0:
                raise ConnectionError("the service closed the connection within an answer")
            self.answer += memoryview(self.buffer)[:count]
            if self.expected < 0:
                self._read_head()
            if 0 <= self.expected <= len(self.answer):
                self.received = len(self.answer)
                if _SUCCESS not in self.answer[:4096]:
                    self.failure = bytes(self.answer[:2000]).decode("utf-8", "replace")
                return True
            if not isinstance(self.sock, ssl.SSLSocket) or not self.sock.pending():
                return False

    def _read_head(self) -> None:
        end = self.answer.find(b"\r\n\r\n")
        if end < 0:
            return
        for line in bytes(self.answer[:end]).split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                self.expected = end + 4 + int(value)
                return
        raise ConnectionError("an answer without Content-Length")
