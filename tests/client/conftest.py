"""A running service for the verbs, and a small HTTP server that answers as a test says."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple
from urllib.request import Request, urlopen

import pytest

from client.demo_service import DemonstrationService
from client.demonstration import Person
from server import cli
from soap import mtom
from tests.client.documents import a_person


class Running(NamedTuple):
    """A running service: its address, and the folder of the keys that it trusts."""

    url: str
    keys: Path


@pytest.fixture(scope="session")
def french_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """``coffre serve`` in the French domain, on an embedded database of its own."""
    folder = tmp_path_factory.mktemp("client") / "coffre-data"
    with DemonstrationService(folder) as service:
        yield Running(service.wait_until_ready(), folder / "pki")


@pytest.fixture(scope="session")
def plain_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """``coffre serve`` in plain XDS, where nobody is asked who they are."""
    folder = tmp_path_factory.mktemp("plain") / "coffre-data"
    with DemonstrationService(folder, domain="ihe") as service:
        yield Running(service.wait_until_ready(), folder / "pki")


@pytest.fixture
def running_service(french_service: Running) -> str:
    """URL of the service in the French domain."""
    return french_service.url


class Outcome(NamedTuple):
    """What a verb left behind."""

    status: int
    out: str
    err: str


def run_verb(*words: object) -> Outcome:
    """The command, with what it printed."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            status = cli.main([str(word) for word in words])
        except SystemExit as misuse:
            status = misuse.code if isinstance(misuse.code, int) else 1
    return Outcome(status, out.getvalue(), err.getvalue())


@pytest.fixture
def coffre(french_service: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Outcome]:
    """The command, speaking to the French service with its keys from an empty folder."""
    monkeypatch.setenv("COFFRE_URL", french_service.url)
    monkeypatch.setenv("COFFRE_PKI", str(french_service.keys))
    monkeypatch.chdir(tmp_path)
    return run_verb


@pytest.fixture
def plain_coffre(plain_service: Running, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Outcome]:
    """The command, speaking to plain XDS from an empty folder, without keys."""
    monkeypatch.setenv("COFFRE_URL", plain_service.url)
    monkeypatch.delenv("COFFRE_PKI", raising=False)
    monkeypatch.delenv("COFFRE_DATA_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    return run_verb


@pytest.fixture
def person() -> Person:
    """A patient whom no other test knows."""
    return a_person()


class Answer(NamedTuple):
    """What the small server says, and whether it hangs up afterwards without telling."""

    body: bytes
    content_type: str = "application/soap+xml; charset=UTF-8"
    status: int = 200
    hangs_up: bool = False


class SmallServer(ThreadingHTTPServer):
    """Answers with what ``answers`` makes of each request's body, and keeps the bodies and the connections they came by."""

    daemon_threads = True

    def __init__(self, answers: Callable[[bytes], Answer]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers = answers
        self.requests: list[bytes] = []
        self.content_types: list[str] = []
        self.connections: list[object] = []

    @property
    def url(self) -> str:
        """Its base URL."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: SmallServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append(body)
        self.server.content_types.append(self.headers["Content-Type"])
        self.server.connections.append(self.client_address)
        answer = self.server.answers(body)
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.content_type)
        self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        self.wfile.write(answer.body)
        self.close_connection = answer.hangs_up

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def spoiling_service(running_service: str, small_server: Callable[[Callable[[bytes], Answer]], SmallServer]) -> str:
    """URL of the running service behind a relay that changes one word of every document on its way back."""

    def relay(body: bytes) -> Answer:
        endpoint = re.search(rb"/services/(\w+)</wsa:To>", body)
        assert endpoint
        boundary = re.match(rb"--([^\r]+)\r\n", body)
        told = (
            f'multipart/related; type="application/xop+xml"; boundary="{boundary[1].decode()}"'
            if boundary
            else mtom.SIMPLE
        )
        request = Request(f"{running_service}/services/{endpoint[1].decode()}", body, {"Content-Type": told})
        with urlopen(request) as response:
            return Answer(response.read().replace(b"Potassium", b"Plutonium"), response.headers["Content-Type"])

    return small_server(relay).url


@pytest.fixture
def small_server() -> Iterator[Callable[[Callable[[bytes], Answer]], SmallServer]]:
    """Starts small servers; they end with the test."""
    servers: list[SmallServer] = []

    def start(answers: Callable[[bytes], Answer]) -> SmallServer:
        server = SmallServer(answers)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
