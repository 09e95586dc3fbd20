"""``coffre demo``: every step holds, and the service it starts ends with it."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from client.demo_service import DemonstrationService
from client.printing import Failed
from tests.client.conftest import Outcome

COMMAND = [str(Path(sys.executable).with_name("coffre")), "demo"]


def environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("COFFRE_") and name != "EXIT"}
    return kept | changes


def test_every_step_holds_and_the_service_stops(tmp_path: Path) -> None:
    done = subprocess.run(
        [*COMMAND, "--exit"], cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "the bytes that were sent, one by one" in done.stdout
    assert "version 1: Deprecated" in done.stdout
    assert "Every step held." in done.stdout
    assert "Not built yet" in done.stdout
    assert (tmp_path / "coffre-data" / "coffre.db").is_file()


def test_service_stays_until_it_is_interrupted(tmp_path: Path) -> None:
    with subprocess.Popen(COMMAND, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        told = "".join(itertools.takewhile(lambda line: "Ctrl-C stops it" not in line, running.stdout))
        time.sleep(0.2)
        assert running.poll() is None
        running.send_signal(signal.SIGINT)
        assert running.wait(60) == 0
    assert "Every step held." in told


def test_steps_run_against_a_service_that_is_there_already(
    coffre: Callable[..., Outcome], running_service: str
) -> None:
    outcome = coffre("demo", "--url", running_service, "--json")
    told = json.loads(outcome.out)
    assert (outcome.status, told["held"], len(told["steps"])) == (0, True, 6)


def test_step_that_does_not_hold_ends_it_with_exit_status_1(
    coffre: Callable[..., Outcome], spoiling_service: str
) -> None:
    """Other bytes than those that were sent are noticed."""
    outcome = coffre("demo", "--url", spoiling_service)
    assert outcome.status == 1
    assert "did not hold" in outcome.out
    assert "Every step held" not in outcome.out
    assert "are not those that were registered" in outcome.err


def test_service_that_does_not_start_is_told_with_the_end_of_its_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COFFRE_NONSENSE", "1")
    with DemonstrationService(tmp_path / "data") as service, pytest.raises(Failed, match="COFFRE_NONSENSE"):
        service.wait_until_ready()
