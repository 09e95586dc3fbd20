"""The service as an operator runs it: a process of its own, set by its environment, told to stop by a signal. [contract 2, 3]"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from interop_tests.witness.partner import Partner

TROUBLE = re.compile(r"Traceback \(most recent call last\)|\bincident [0-9A-F]{8}\b")
"""How a log says that the service itself failed."""

READY = re.compile(r"^coffre: ready on (\S+)$")
START_SECONDS_MAX = 60
STOP_SECONDS_MAX = 30
COMMAND = (sys.executable, "-m", "server.cli")
SERVE = (*COMMAND, "serve")
REPOSITORY = "1.3.6.1.4.1.21367.13.40.77"
"""The repositoryUniqueId given to every service."""


class DidNotStart(Exception):
    """The service ended, or said nothing, before it was ready; the text is what it wrote."""


class Running:
    """One service and its stores; it can be stopped, killed and started again on the same data."""

    def __init__(
        self,
        folder: Path,
        database_url: str,
        settings: Mapping[str, str],
        *,
        command: Sequence[str] = SERVE,
    ) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.log = folder / "service.log"
        self.url = ""
        self._command = tuple(command)
        self._process: subprocess.Popen[str] | None = None
        self.port = free_port()
        outer = {name: value for name, value in os.environ.items() if not name.startswith("COFFRE_")}
        self.environment = {
            **outer,
            "COFFRE_DATA_DIR": str(self.data),
            "COFFRE_DATABASE_URL": database_url or f"sqlite:///{self.data}/coffre.db",
            "COFFRE_PORT": str(self.port),
            "COFFRE_WORKERS": "2",
            "COFFRE_REPOSITORY_UNIQUE_ID": REPOSITORY,
            **settings,
        }

    def start(self) -> Running:
        """Starts it and waits until it says that it is ready. Raises DidNotStart."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self._command,
                env=self.environment,
                cwd=self.folder,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        said: list[str] = []
        ready = threading.Event()
        threading.Thread(target=self._listen, args=(self._process, said, ready), daemon=True).start()
        if not ready.wait(START_SECONDS_MAX) or not self.url:
            self.kill9()
            raise DidNotStart("\n".join([*said, self.log.read_text(errors="replace")[-4000:]]))
        return self

    def _listen(self, process: subprocess.Popen[str], said: list[str], ready: threading.Event) -> None:
        """Reads standard output to its end, so that the service never waits for a reader."""
        assert process.stdout is not None
        self.url = ""
        with process.stdout as lines:
            for line in lines:
                said.append(line.rstrip("\n"))
                if announced := READY.match(line):
                    self.url = announced[1]
                    ready.set()
        ready.set()

    def stop(self) -> int:
        """Asks it to stop, as an operator does, and gives its exit status."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self.wait()

    def wait(self) -> int:
        """Waits for its end and gives its exit status."""
        assert self._process is not None
        try:
            return self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self.kill9()
            raise

    def kill9(self) -> None:
        """Takes the whole process group away at once: nothing of it runs another line."""
        assert self._process is not None
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait(STOP_SECONDS_MAX)

    @property
    def pki(self) -> Path:
        """The demonstration keys that it made for itself, and trusts. [contract 2]"""
        return self.data / "pki"

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def partner(self, tls: ssl.SSLContext | None = None) -> Partner:
        """A partner that speaks to it."""
        return Partner(self.url.rstrip("/"), tls)

    def coffre(self, *arguments: str, seconds: int = 60) -> subprocess.CompletedProcess[str]:
        """Runs another verb of the command with the same settings."""
        environment = {**self.environment, "COFFRE_URL": self.url}
        return subprocess.run(
            [*COMMAND, *arguments],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )

    def troubles(self) -> list[str]:
        """The lines of its log that tell of failures of its own."""
        return [line for line in self.log.read_text(errors="replace").splitlines() if TROUBLE.search(line)]

    def content_files(self) -> dict[str, int]:
        """The files of the content store by their path, with their sizes; temporary ones count."""
        content = self.data / "content"
        return {str(path.relative_to(content)): path.stat().st_size for path in content.rglob("*") if path.is_file()}

    def processes(self) -> list[int]:
        """The process and its descendants."""
        children: dict[int, list[int]] = {}
        for status in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = status.read_text()
            except OSError:
                continue
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(status.parent.name))
        found = [self.pid]
        for pid in found:
            found.extend(children.get(pid, ()))
        return found


def free_port() -> int:
    """A TCP port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(holds: Callable[[], bool], seconds: float, what: str, *, every: float = 0.02) -> None:
    """Waits for a condition. Raises AssertionError when it does not come about in time."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(every)
