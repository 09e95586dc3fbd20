"""A POST over a real socket, judged by a function of the test's own: silence, bounds, clients that go, answers that fail."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
import uvicorn

from server import cycle
from server import door as doors
from server.connection import Connection
from server.door import Answer, Asked, Door, Piece
from server.metrics import Metrics, Outcome, new_block

Judge = Callable[[Asked], Answer]


@dataclass
class Serving:
    """A door that serves in a thread of this process."""

    door: Door
    port: int
    server: uvicorn.Server

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=20)

    def send(self, *requests: bytes) -> bytes:
        """Everything that comes back before the connection ends."""
        with self.connect() as wire:
            wire.sendall(b"".join(requests))
            return read_all(wire)

    def settles(self) -> bool:
        """Whether no byte is held in the end."""
        until = time.monotonic() + 10
        while self.door.held and time.monotonic() < until:
            time.sleep(0.01)
        return self.door.held == 0


@pytest.fixture
def serve() -> Iterator[Callable[..., Serving]]:
    servers: list[tuple[uvicorn.Server, threading.Thread]] = []

    def start(judge: Judge, *, judged_at_once: bool = False, body_bytes_max: int = 1 << 20) -> Serving:
        metrics = Metrics(new_block(1))
        door = Door(
            judge,
            ("registry",),
            pages,
            metrics,
            body_bytes_max=body_bytes_max,
            judged_at_once=lambda _body: judged_at_once,
        )
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(
            uvicorn.Config(door, http=Connection, ws="none", lifespan="on", log_config=None, proxy_headers=False)
        )
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        servers.append((server, thread))
        return Serving(door, listening.getsockname()[1], server)

    yield start
    for server, thread in servers:
        server.should_exit = True
        thread.join(20)
        assert not thread.is_alive()


async def pages(*_: object) -> None:
    raise AssertionError("no page is asked for")


def read_all(wire: socket.socket) -> bytes:
    seen = b""
    while piece := wire.recv(65536):
        seen += piece
    return seen


def request(body: bytes, *headers: str, announced: int | None = None, version: str = "1.1") -> bytes:
    length = len(body) if announced is None else announced
    lines = (
        f"POST /services/registry HTTP/{version}",
        "Host: localhost",
        f"Content-Length: {length}",
        *headers,
        "",
        "",
    )
    return "\r\n".join(lines).encode() + body


LAST = ("Connection: close",)


def answer_of(*pieces: Piece) -> Answer:
    return Answer(200, "text/plain", list(pieces), "ITI-18", None, Outcome.SUCCESS)


def echo(asked: Asked) -> Answer:
    return answer_of(bytes(asked.body))


@dataclass
class Document:
    """A document that gives what it has, and fails where it has less than it said."""

    size: int
    has: int

    def chunks(self) -> Iterator[bytes]:
        for start in range(0, self.has, 1 << 16):
            yield b"d" * min(1 << 16, self.has - start)
        if self.has < self.size:
            raise OSError("the disk is gone")


def test_silence_within_a_body_ends_the_request(serve: Callable[..., Serving], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycle, "PIECE_SECONDS", 0.2)
    serving = serve(echo)
    answered = serving.send(request(b"half", announced=8))
    assert answered.startswith(b"HTTP/1.1 408 ")
    assert answered.count(b"connection: close") == 1
    assert serving.settles()


def test_body_that_comes_slowly_but_comes_is_judged(
    serve: Callable[..., Serving], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cycle, "PIECE_SECONDS", 0.4)
    with serve(echo).connect() as wire:
        wire.sendall(request(b"", *LAST, announced=6))
        for _ in range(6):
            time.sleep(0.15)
            wire.sendall(b"x")
        assert read_all(wire).endswith(b"\r\n\r\nxxxxxx")


@pytest.mark.parametrize("judged_at_once", [False, True])
def test_what_is_held_is_given_back(serve: Callable[..., Serving], judged_at_once: bool) -> None:
    serving = serve(echo, judged_at_once=judged_at_once)
    assert serving.send(request(b"x" * 100_000, *LAST)).endswith(b"x" * 100_000)
    assert serving.settles()


def test_too_much_under_way_is_asked_to_come_back(
    serve: Callable[..., Serving], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doors, "HELD_BYTES_MAX", 1000)
    serving = serve(echo)
    with serving.connect() as waiting:
        waiting.sendall(request(b"x" * 900, announced=1000))
        until = time.monotonic() + 10
        while serving.door.held < 900 and time.monotonic() < until:
            time.sleep(0.01)
        answered = serving.send(request(b"x" * 200, *LAST))
        assert answered.startswith(b"HTTP/1.1 503 ")
        assert b"retry-after: 5\r\n" in answered
        waiting.sendall(b"x" * 100)
        assert waiting.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert serving.settles()


def test_too_large_a_body_without_length_is_refused_while_it_comes(serve: Callable[..., Serving]) -> None:
    serving = serve(echo, body_bytes_max=1000)
    head = b"POST /services/registry HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    rest = b"400\r\n" + b"x" * 1024 + b"\r\n0\r\n\r\n"
    answered = serving.send(head, rest, request(b"next", *LAST))
    assert re.findall(rb"HTTP/1\.1 (\d+)", answered) == [b"413", b"200"]
    assert serving.settles()


def test_client_that_goes_within_a_body_leaves_nothing_held(serve: Callable[..., Serving]) -> None:
    serving = serve(echo)
    with serving.connect() as wire:
        wire.sendall(request(b"x" * 500, announced=1000))
        time.sleep(0.1)
    assert serving.settles()


def test_client_that_goes_while_it_is_judged_leaves_nothing_held(serve: Callable[..., Serving]) -> None:
    judged, go_on = threading.Event(), threading.Event()

    def judge(asked: Asked) -> Answer:
        judged.set()
        assert go_on.wait(10)
        return echo(asked)

    serving = serve(judge)
    with serving.connect() as wire:
        wire.sendall(request(b"first"))
        assert judged.wait(10)
        wire.sendall(request(b"second, behind it"))
        time.sleep(0.1)
    go_on.set()
    assert serving.settles()
    assert serving.send(request(b"third", *LAST)).endswith(b"third")


def test_requests_behind_a_slow_one_wait_for_their_turn(serve: Callable[..., Serving]) -> None:
    def judge(asked: Asked) -> Answer:
        time.sleep(0.2 if asked.body == b"slow" else 0)
        return echo(asked)

    answered = serve(judge).send(request(b"slow"), request(b"quick"), request(b"last", *LAST))
    assert re.findall(rb"slow|quick|last", answered) == [b"slow", b"quick", b"last"]


def test_answer_that_cannot_be_read_gets_500_with_an_incident(serve: Callable[..., Serving]) -> None:
    answered = serve(lambda _: answer_of(b"head", Document(size=10, has=4))).send(request(b"x", *LAST))
    assert answered.startswith(b"HTTP/1.1 500 ")
    assert re.search(rb"\r\n\r\nThe service failed\. Incident \S+\.\n$", answered)


def test_large_answer_that_fails_on_its_way_is_cut_off(serve: Callable[..., Serving]) -> None:
    size = 2 * doors.JOIN_BYTES_MAX
    answered = serve(lambda _: answer_of(b"head", Document(size=size, has=size // 2))).send(request(b"x"))
    assert b"content-length: %d\r\n" % (size + 4) in answered
    assert len(answered.partition(b"\r\n\r\n")[2]) < size


def test_large_answer_comes_whole_to_a_slow_reader(serve: Callable[..., Serving]) -> None:
    size = 16 * doors.JOIN_BYTES_MAX
    serving = serve(lambda _: answer_of(b"head", Document(size=size, has=size), b"tail"))
    with serving.connect() as wire:
        wire.sendall(request(b"x", *LAST))
        time.sleep(0.3)
        body = read_all(wire).partition(b"\r\n\r\n")[2]
    assert len(body) == size + 8
    assert body.endswith(b"dtail")


def test_client_that_goes_within_a_large_answer_leaves_the_service_as_it_was(serve: Callable[..., Serving]) -> None:
    size = 64 * doors.JOIN_BYTES_MAX
    serving = serve(lambda asked: answer_of(Document(size=size, has=size)) if asked.body == b"large" else echo(asked))
    with serving.connect() as wire:
        wire.sendall(request(b"large"))
        assert wire.recv(1000)
    assert serving.send(request(b"x", *LAST)).endswith(b"x")


def test_document_is_not_read_for_a_client_that_went_with_a_request_behind_it(
    serve: Callable[..., Serving], caplog: pytest.LogCaptureFixture
) -> None:
    judged, go_on, given = threading.Event(), threading.Event(), []

    class Counted(Document):
        def chunks(self) -> Iterator[bytes]:
            for chunk in super().chunks():
                given.append(len(chunk))
                yield chunk

    def judge(asked: Asked) -> Answer:
        if asked.body != b"large":
            return echo(asked)
        judged.set()
        assert go_on.wait(10)
        return answer_of(Counted(size=64 * doors.JOIN_BYTES_MAX, has=64 * doors.JOIN_BYTES_MAX))

    serving = serve(judge)
    with serving.connect() as wire:
        wire.sendall(request(b"large"))
        assert judged.wait(10)
        wire.sendall(request(b"second, behind it"))
        time.sleep(0.1)
    time.sleep(0.1)
    go_on.set()
    assert serving.settles()
    assert serving.send(request(b"third", *LAST)).endswith(b"third")
    assert sum(given) < 8 * doors.JOIN_BYTES_MAX
    assert not [record for record in caplog.records if record.name.startswith("coffre") or record.name == "asyncio"]


def test_client_of_HTTP_1_0_gets_its_answer_and_the_end_of_the_connection(serve: Callable[..., Serving]) -> None:
    answered = serve(echo).send(request(b"old", version="1.0"))
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close\r\n" in answered
    assert answered.endswith(b"\r\n\r\nold")


def test_request_under_way_is_answered_though_the_service_is_told_to_stop(serve: Callable[..., Serving]) -> None:
    judged = threading.Event()

    def judge(asked: Asked) -> Answer:
        judged.set()
        time.sleep(0.5)
        return echo(asked)

    serving = serve(judge)
    with serving.connect() as wire:
        wire.sendall(request(b"last"))
        assert judged.wait(10)
        serving.server.should_exit = True
        answered = read_all(wire)
    assert answered.startswith(b"HTTP/1.1 200 ")
    assert answered.endswith(b"last")
