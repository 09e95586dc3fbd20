"""The service of the demonstration: started as a process of its own, watched until it is ready, stopped with SIGTERM."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from client.printing import Failed

DATA_FOLDER = Path("coffre-data")
USUAL_PORT = 8080
READY_WITHIN = 60.0
"""Seconds; a first start makes a database and a PKI, which takes some five."""

STOPPED_WITHIN = 30.0
_HOST = "127.0.0.1"
_READY = re.compile(r"^coffre: ready on (\S+)", re.MULTILINE)


class DemonstrationService:
    """``coffre serve`` in the French domain, or another; a context manager that stops it. Port 0 is a free one.

    On embedded stores, unless the environment names a database.
    """

    def __init__(self, data_folder: Path, port: int = 0, domain: str = "dmp") -> None:
        self.data_folder = data_folder
        self.log = data_folder / "demo.log"
        data_folder.mkdir(parents=True, exist_ok=True)
        command = [_coffre(), "serve", "--host", _HOST, "--port", str(port)]
        environment = os.environ | {
            "COFFRE_DATA_DIR": str(data_folder),
            "COFFRE_DOMAIN": domain,
            "PYTHONUNBUFFERED": "1",
        }
        with self.log.open("wb") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)  # noqa: S603 - our own command

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def wait_until_ready(self) -> str:
        """The URL it answers on. *Raises* Failed with the end of its log."""
        deadline = time.monotonic() + READY_WITHIN
        while time.monotonic() < deadline:
            if found := _READY.search(self.log.read_text(encoding="utf-8", errors="replace")):
                return found[1]
            if self._process.poll() is not None:
                break
            time.sleep(0.05)
        raise Failed(f"the service did not start; the end of {self.log} says why:\n{self._last_lines()}")

    def wait(self) -> int:
        """Waits until the service ends by itself; its exit status."""
        return self._process.wait()

    def stop(self) -> None:
        """Asks it to finish what is under way and to stop. [contract: coffre serve]"""
        if self._process.poll() is not None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOPPED_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _last_lines(self) -> str:
        return "\n".join(self.log.read_text(encoding="utf-8", errors="replace").splitlines()[-10:]) or "(nothing)"


def _coffre() -> str:
    """The command of this very installation."""
    beside = Path(sys.executable).with_name("coffre")
    return str(beside) if beside.exists() else sys.argv[0]


def usual_port() -> int:
    """The port that people expect, or any free one if somebody has it."""
    return USUAL_PORT if _is_free(USUAL_PORT) else 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, port))
        except OSError:
            return False
        return True
