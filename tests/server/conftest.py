"""A house over its own stores, and services as an operator starts them: real processes on free ports of this machine."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path
from ssl import SSLContext
from urllib.parse import urlsplit

import pytest

from server import pki, prepare, settings, wiring
from server.exchange import Exchange
from server.settings import Settings
from server.wiring import House, Role
from sql.database import Database
from tests.conftest import migrated_databases
from tests.registry.callers import refusals
from tests.server import messages
from tests.server.gate import Gate

ROOT = Path(__file__).resolve().parents[2]
READY = "coffre: ready on "


@dataclass
class Running:
    """A service in a process of its own."""

    process: subprocess.Popen[str]
    url: str
    log: Path

    @property
    def port(self) -> int:
        return urlsplit(self.url).port or 0

    def connect(self, context: SSLContext | None = None) -> HTTPConnection:
        """A new connection."""
        if context is None:
            return HTTPConnection("127.0.0.1", self.port, timeout=20)
        return HTTPSConnection("127.0.0.1", self.port, timeout=20, context=context)

    def post(self, path: str, message: tuple[str, bytes]) -> tuple[int, str, bytes]:
        """Sends one request: status, Content-Type and body of its answer."""
        connection = self.connect()
        try:
            connection.request("POST", path, message[1], {"Content-Type": message[0]})
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str, bytes]:
        """Fetches a page."""
        connection = self.connect()
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.headers.get("Content-Type", ""), response.read()
        finally:
            connection.close()

    def stop(self) -> int:
        """Tells the service to stop as an init system does; gives its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def plain_environment() -> dict[str, str]:
    """The environment without settings of whoever runs the tests."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COFFRE_")}


@contextmanager
def running(folder: Path, *arguments: str, **variables: str) -> Iterator[Running]:
    """A service over stores in that folder, in the plain IHE domain, until the block ends."""
    environment = plain_environment() | {"COFFRE_DATA_DIR": str(folder / "data"), "COFFRE_DOMAIN": "ihe"} | variables
    log = folder / "service.log"
    command = [sys.executable, "-m", "server.cli", "serve", "--port", "0", *arguments]
    with log.open("ab") as errors:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith(READY), log.read_text()
        yield Running(process, line.removeprefix(READY).strip(), log)
    finally:
        process.terminate()
        process.wait(timeout=60)
        process.stdout.close()


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for every test that leaves it as it was; the samples' patient is known to it."""
    with running(tmp_path_factory.mktemp("service"), "--workers", "1") as started:
        assert started.post("/services/patients", messages.a_feed())[0] == 200
        yield started


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a demonstration PKI."""
    folder = tmp_path_factory.mktemp("pki")
    pki.make(folder)
    return folder


@pytest.fixture
def make_settings(tmp_path: Path) -> Callable[..., Settings]:
    """Settings of a service in the test's own folder."""

    def make(**variables: str) -> Settings:
        base = {"COFFRE_DATA_DIR": str(tmp_path / "data"), "COFFRE_DOMAIN": "ihe"}
        return settings.load(None, base | variables)

    return make


@pytest.fixture
def house(make_settings: Callable[..., Settings]) -> Iterator[House]:
    """Registry and repository over stores of the test's own; the samples' patient is known."""
    chosen = make_settings()
    prepare.prepare(chosen, Role.ALL)
    built = wiring.build(chosen, Role.ALL)
    answer = Exchange(built.routes).answer(messages.asked("patients", messages.a_feed()))
    assert answer.http_status == 200
    yield built
    built.close()


@pytest.fixture
def exchange(house: House) -> Exchange:
    """The exchange of that house."""
    return Exchange(house.routes)


@pytest.fixture(scope="session")
def gate_databases(postgresql_server: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Database]]:
    """One migrated database a dialect for the tests of the guard, whose notices nobody else takes."""
    with migrated_databases(postgresql_server, tmp_path_factory.mktemp("gate")) as databases:
        yield databases


@pytest.fixture(params=["sqlite", "postgresql"])
def gate(request: pytest.FixtureRequest, gate_databases: dict[str, Database], tmp_path: Path) -> Gate:
    """A patient of the test's own, in each database."""
    return Gate(gate_databases[request.param], tmp_path / "content")


@pytest.fixture
def opened(gate: Gate) -> Gate:
    """The patient has a record with a document, on which the author is authorised; of all that nothing is owed any more."""
    assert refusals(gate.submit(gate.desk.submission(gate.desk.entry()))) == []
    assert gate.authorise().problems == ()
    gate.notices()
    return gate
