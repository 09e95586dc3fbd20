"""Services for the tests: once on the embedded database, once on a real PostgreSQL, each with stores of its own."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

from interop_tests.running import SERVE, Running
from interop_tests.witness.metadata import new_patient
from interop_tests.witness.partner import Partner

SHARED = Path(__file__).resolve().parents[1].parent / "shared"
DATABASES = ("sqlite", "postgresql")
Launch = Callable[..., Running]


@pytest.fixture(scope="session")
def papers() -> Path:
    """The folder with the genuine schemas and the corpora, which lies beside the checkout where somebody has it."""
    if not SHARED.is_dir():
        pytest.skip("no folder `shared` with the genuine schemas and corpora beside the checkout")
    return SHARED


def new_database(server: str) -> str:
    """URL of a fresh database on a PostgreSQL server."""
    name = f"interop_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(server.replace("+psycopg", "", 1), autocommit=True) as connection:
        connection.execute(sql.SQL("create database {}").format(sql.Identifier(name)))
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}"))


@pytest.fixture(scope="module", params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """Which database the service of this round stands on."""
    return str(request.param)


@pytest.fixture(scope="module")
def launch(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Launch]:
    """Starts services on fresh stores; when the module ends each one still running must stop with exit status 0."""
    with ExitStack() as at_end:

        def launch(
            database: str = "sqlite", domain: str = "ihe", command: Sequence[str] = SERVE, **settings: object
        ) -> Running:
            url = new_database(request.getfixturevalue("postgresql_server")) if database == "postgresql" else ""
            texts = {"COFFRE_DOMAIN": domain} | {key: str(value) for key, value in settings.items()}
            running = Running(tmp_path_factory.mktemp(database), url, texts, command=command)
            at_end.callback(stop, running)
            return running.start()

        yield launch


def stop(running: Running) -> None:
    """SIGTERM: the service must finish what is under way and exit 0."""
    if running.is_running:
        assert running.stop() == 0


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the domain `ihe`, for the tests of one module; at the end its log must tell of no failure of its own."""
    running = launch(database)
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture
def partner(service: Running) -> Partner:
    """A partner of that service."""
    return service.partner()


@pytest.fixture
def patient(partner: Partner) -> str:
    """A patient of one test's own, made known by a feed."""
    return fed(partner)


def fed(partner: Partner) -> str:
    """A fresh patient that the registry knows."""
    patient = new_patient()
    answer = partner.feed(patient)
    assert answer.http_status == 200 and answer.fault is None, answer
    return patient
