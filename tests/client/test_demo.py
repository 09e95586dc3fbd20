"""``coffre demo``: every step holds, and the service it starts ends with it."""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client.demo_service import DemonstrationService
from client.demonstration import CAMILLE
from client.printing import Failed
from server import pki
from tests.client.conftest import Outcome, Running
from tests.conftest import new_postgresql

COMMAND = [str(Path(sys.executable).with_name("coffre")), "demo"]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COFFRE_") and name != "EXIT"}
    return kept | changes


def demonstrate(folder: Path, **changes: str) -> str:
    """One demonstration that held; what it printed."""
    done = subprocess.run(
        [*COMMAND, "--exit"], cwd=folder, env=environment(**changes), capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "Every step held." in done.stdout
    return done.stdout


def test_every_step_holds_the_first_time_and_the_second(tmp_path: Path) -> None:
    """[contract 1]"""
    first, second = demonstrate(tmp_path), demonstrate(tmp_path)
    for told in (first, second):
        assert "the bytes that were sent, one by one" in told
        assert "signed by HOPITAL DE DEMONSTRATION, structure 10B0000000" in told
        assert "1 document, every byte of it: 2.25." in told
        assert "version 1: Deprecated" in told
        assert "TEMOIN Basile: finds nothing of it" in told
        assert "MODELE Ondine, its author: finds it, masked" in told
        assert re.search(r"opened a document +refused +TEMOIN Basile \(899900000025\) of 10B0000000  version 2", told)
        assert len(re.findall(r"(?m)^   \d+ ms$", told)) == 12
    assert "there was none; it is created" in first
    assert "from an earlier demonstration" in second
    assert (tmp_path / "coffre-data" / "coffre.db").is_file()


def test_every_step_holds_on_PostgreSQL(tmp_path: Path, postgresql_server: str) -> None:
    url = new_postgresql(postgresql_server)
    told = demonstrate(tmp_path, COFFRE_DATABASE_URL=url)
    assert "there was none; it is created" in told
    assert "from an earlier demonstration" in demonstrate(tmp_path, COFFRE_DATABASE_URL=url)
    assert not (tmp_path / "coffre-data" / "coffre.db").exists()


def test_every_step_holds_over_TLS_where_each_shows_a_certificate_of_their_own(tmp_path: Path) -> None:
    """Who opens TLS is who vouches: the establishment, and the portal for the patient. [DMP: VIHF; ITI TF-2: 3.19.6]"""
    keys = tmp_path / "coffre-data" / "pki"
    pki.make(keys)
    certificate, key = pki.paths(keys, "server")
    authority, _ = pki.paths(keys, "ca")
    told = demonstrate(
        tmp_path,
        COFFRE_TLS_CERT=str(certificate),
        COFFRE_TLS_KEY=str(key),
        COFFRE_TLS_CLIENT_CA=str(authority),
    )
    assert "ready on https://" in told
    assert "the patient: finds it, masked" in told


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_service_stays_until_it_is_interrupted(tmp_path: Path, number: signal.Signals) -> None:
    """A job in a shell's background is started with SIGINT passed over; it stops all the same."""
    command = ["/bin/sh", "-c", 'trap "" INT; exec "$@"', "sh", *COMMAND]
    with subprocess.Popen(command, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as running:
        try:
            assert running.stdout is not None
            told = "".join(itertools.takewhile(lambda line: "Ctrl-C stops it" not in line, running.stdout))
            time.sleep(0.2)
            assert running.poll() is None
            running.send_signal(number)
            assert running.wait(30) == 0
        finally:
            running.kill()
    assert "Every step held." in told


def test_steps_run_against_a_service_that_is_there_already(
    coffre: Callable[..., Outcome], running_service: str
) -> None:
    outcome = coffre("demo", "--url", running_service, "--json")
    told = json.loads(outcome.out)
    assert (outcome.status, outcome.err) == (0, "")
    assert (told["held"], len(told["steps"])) == (True, 11)
    assert all(step["held"] and step["milliseconds"] > 0 for step in told["steps"])


def test_step_that_does_not_hold_ends_it_with_exit_status_1(
    coffre: Callable[..., Outcome], spoiling_service: str
) -> None:
    """Other bytes than those that were sent are noticed."""
    outcome = coffre("demo", "--url", spoiling_service)
    assert outcome.status == 1
    assert "did not hold" in outcome.out
    assert "Every step held" not in outcome.out
    assert "are not those that were registered" in outcome.err


def test_record_that_was_closed_is_reopened(coffre: Callable[..., Outcome], french_service: Running) -> None:
    assert coffre("demo", "--url", french_service.url).status == 0
    assert coffre("patient", "close", "--ins", CAMILLE.cx).status == 0
    outcome = coffre("demo", "--url", french_service.url)
    assert outcome.status == 0
    assert "it is reopened with her consent" in outcome.out


def test_demonstration_without_keys_says_where_they_are_expected(
    coffre: Callable[..., Outcome], running_service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COFFRE_PKI", "nowhere")
    outcome = coffre("demo", "--url", running_service)
    assert outcome.status == 1
    assert "nowhere has not all of them; set COFFRE_PKI" in outcome.err


def test_service_that_does_not_start_is_told_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COFFRE_NONSENSE", "1")
    with DemonstrationService(tmp_path / "data") as service, pytest.raises(Failed, match="COFFRE_NONSENSE"):
        service.wait_until_ready()
