"""Starting, watching over workers, stopping: as an init system and a person do it."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import ROOT, Running, plain_environment, running


def start_and_fail(folder: Path, *arguments: str, **variables: str) -> tuple[int, str]:
    """Exit status and standard error of a service that should not start."""
    environment = plain_environment() | {"COFFRE_DATA_DIR": str(folder / "data"), "COFFRE_PORT": "0"} | variables
    command = [sys.executable, "-m", "server.cli", "serve", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def workers_of(service: Running) -> list[psutil.Process]:
    """The worker processes under a supervisor."""
    children = psutil.Process(service.process.pid).children()
    return [child for child in children if "spawn_main" in " ".join(child.cmdline())]


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    """Waits until it holds."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_service_told_to_stop_exits_0(tmp_path: Path, workers: str, number: signal.Signals) -> None:
    with running(tmp_path, "--workers", workers) as service:
        assert service.post("/services/registry", messages.a_query(fresh_oid()))[0] == 200
        service.process.send_signal(number)
        assert service.process.wait(timeout=30) == 0
        with pytest.raises(ConnectionRefusedError):
            service.get("/health/live")
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_request_under_way_is_finished_before_the_service_stops(tmp_path: Path, workers: str) -> None:
    with running(tmp_path, "--workers", workers) as service:
        content_type, body = messages.a_feed()
        connection = service.connect()
        connection.putrequest("POST", "/services/patients")
        connection.putheader("Content-Type", content_type)
        connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body[:100])
        time.sleep(0.3)
        stopped = threading.Thread(target=service.stop)
        stopped.start()
        time.sleep(0.5)
        with pytest.raises(ConnectionRefusedError):
            service.get("/health/live")
        connection.send(body[100:])
        answer = connection.getresponse()
        assert answer.status == 200
        assert answer.headers["Connection"] == "close"
        answer.read()
        connection.close()
        stopped.join()
        assert service.process.returncode == 0


def test_idle_connection_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "1") as service, socket.create_connection(("127.0.0.1", service.port)):
        started = time.monotonic()
        assert service.stop() == 0
        assert time.monotonic() - started < 5


def test_dead_worker_is_replaced_and_the_counters_go_on(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2") as service:
        for _ in range(3):
            service.post("/services/registry", messages.a_query(fresh_oid()))
        victim = workers_of(service)[0]
        victim.send_signal(signal.SIGKILL)
        wait_until(lambda: "coffre_starts_total 3" in service.get("/metrics")[2].decode())
        assert len(workers_of(service)) == 2
        page = service.get("/metrics")[2].decode()
        assert 'coffre_requests_total{transaction="ITI-18",outcome="success"} 3' in page
        assert service.post("/services/registry", messages.a_query(fresh_oid()))[0] == 200
        assert re.search(r"worker \d died .* exit code -9", service.log.read_text())
        assert service.stop() == 0


def test_workers_stop_when_their_supervisor_is_killed(tmp_path: Path) -> None:
    with running(tmp_path, "--workers", "2") as service:
        workers = workers_of(service)
        assert len(workers) == 2
        service.process.send_signal(signal.SIGKILL)
        service.process.wait(timeout=10)
        gone, alive = psutil.wait_procs(workers, timeout=20)
        assert (len(gone), alive) == (2, [])


def test_demonstration_keys_are_made_once_and_said_at_the_start(tmp_path: Path) -> None:
    for _ in range(2):
        with running(tmp_path, "--workers", "1") as service:
            assert "demonstration keys" in service.log.read_text()
            seal = (tmp_path / "data/pki/establishment-seal.key.pem").read_bytes()
    assert (tmp_path / "data/pki/establishment-seal.key.pem").read_bytes() == seal
    assert service.log.read_text().count("just made") == 1


def test_documents_outlive_a_restart(tmp_path: Path) -> None:
    lot = messages.a_lot()
    with running(tmp_path, "--workers", "1") as service:
        service.post("/services/patients", messages.a_feed())
        assert b"Success" in service.post("/services/repository", messages.a_provide(lot))[2]
        service.process.send_signal(signal.SIGKILL)
        service.process.wait(timeout=10)
    with running(tmp_path, "--workers", "1") as service:
        found = service.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
        assert messages.unique_id_of(lot).encode() in found[2]


@pytest.mark.parametrize(
    ("arguments", "variables", "status", "told"),
    [
        ((), {"COFFRE_PROT": "1"}, 2, "COFFRE_PROT in the environment is not a setting"),
        (("--workers", "0"), {}, 2, "--workers must be a whole number"),
        ((), {"COFFRE_DOMAIN": "dpm"}, 2, "neither a built-in domain"),
        (("--role", "repository"), {}, 2, "set COFFRE_REGISTRY_URL"),
        ((), {"COFFRE_REGISTRY_URL": "http://localhost/"}, 2, "unset it, or serve with --role repository"),
        ((), {"COFFRE_REPOSITORY_UNIQUE_ID": "x"}, 2, "COFFRE_REPOSITORY_UNIQUE_ID is 'x'; give an OID"),
        ((), {"COFFRE_HOME_COMMUNITY_ID": "1.2"}, 2, "COFFRE_HOME_COMMUNITY_ID is '1.2'; give"),
        ((), {"COFFRE_CONTENT_URL": "file://elsewhere/x"}, 2, "COFFRE_CONTENT_URL must be file:///"),
        ((), {"COFFRE_CONTENT_URL": "file:///proc/nowhere"}, 2, "COFFRE_CONTENT_URL names /proc/nowhere"),
        ((), {"COFFRE_DATABASE_URL": "postgresql+psycopg://a:secret@127.0.0.1:1/x"}, 1, "does not answer"),
        (("--host", "203.0.113.1"), {}, 1, "cannot be listened on"),
    ],
)
def test_service_that_cannot_start_says_in_one_sentence_what_to_do(
    tmp_path: Path, arguments: tuple[str, ...], variables: dict[str, str], status: int, told: str
) -> None:
    seen, errors = start_and_fail(tmp_path, *arguments, **variables)
    last = errors.strip().splitlines()[-1]
    assert last.startswith("coffre: ")
    assert told in last
    assert seen == status
    assert "secret" not in errors


def test_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        status, errors = start_and_fail(tmp_path, "--port", str(other.getsockname()[1]))
    assert (status, "cannot be listened on" in errors) == (1, True)


def test_environment_of_the_shell_is_not_needed(tmp_path: Path) -> None:
    """A service manager starts us with next to nothing."""
    with running(tmp_path, "--workers", "1", HOME="", PATH=os.defpath) as service:
        assert service.get("/health/live")[0] == 200
