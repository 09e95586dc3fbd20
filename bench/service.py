"""The service under load: started as an operator would, measured from outside, stopped in the end."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import checks, machine
from bench.checks import Check

REPOSITORY_UNIQUE_ID = "1.2.250.1.999.5.1"
READY = "coffre: ready on "


@dataclass(frozen=True, slots=True)
class Service:
    """A running service: where it listens, and its processes."""

    port: int
    pid: int
    tls: tuple[Path, Path, Path] | None
    keys: Path
    check: Check

    @property
    def host(self) -> str:
        return "localhost" if self.tls else "127.0.0.1"

    def processes(self) -> list[int]:
        """The supervisor and its workers."""
        return machine.descendants(self.pid)


@contextmanager
def service(url: str, folder: Path, workers: int, with_tls: bool, check: Check = Check.NONE) -> Iterator[Service]:
    """Runs `coffre serve` on a free port of this machine until the block ends; it trusts the keys in the folder ``pki``."""
    port = _free_port()
    keys = folder / "pki"
    tls = _pki(keys)
    environment = os.environ | {
        "COFFRE_DATA_DIR": str(folder),
        "COFFRE_DATABASE_URL": url,
        "COFFRE_CONTENT_URL": f"file://{folder / 'content'}",
        "COFFRE_DOMAIN": str(checks.write_domain(folder, check)),
        "COFFRE_TRUST_ANCHORS": str(keys),
        "COFFRE_REPOSITORY_UNIQUE_ID": REPOSITORY_UNIQUE_ID,
        "COFFRE_PORT": str(port),
        "COFFRE_WORKERS": str(workers),
    }
    if with_tls:
        environment |= {
            "COFFRE_TLS_CERT": str(keys / "server.cert.pem"),
            "COFFRE_TLS_KEY": str(keys / "server.key.pem"),
            "COFFRE_TLS_CLIENT_CA": str(keys / "ca.cert.pem"),
        }
    command = [sys.executable, "-m", "server.cli", "serve"]
    log = (folder / "service.log").open("ab")
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith(READY):
                break
        else:
            raise RuntimeError(f"the service did not start; it says why in {folder / 'service.log'}")
        yield Service(port, process.pid, tls if with_tls else None, keys, check)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)
        log.close()


def _pki(folder: Path) -> tuple[Path, Path, Path]:
    if not folder.exists():
        subprocess.run(
            [sys.executable, "-m", "server.cli", "pki", "init", str(folder)], check=True, stdout=subprocess.DEVNULL
        )
    return folder / "ca.cert.pem", folder / "establishment-tls.cert.pem", folder / "establishment-tls.key.pem"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
