"""What the operating system says of processes: their CPU time and their memory, read from /proc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def descendants(root: int) -> list[int]:
    """A process and all that come from it."""
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    found, queue = [], [root]
    while queue:
        pid = queue.pop()
        found.append(pid)
        queue += children.get(pid, [])
    return found


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of processes, with that of their children that have ended."""
    total = 0.0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            total += sum(map(int, fields[11:15])) / _TICKS
    return total


def memory_bytes(pids: Iterable[int]) -> int:
    """Resident memory; pages that processes share count in each."""
    total = 0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            total += int(fields[21]) * _PAGE_BYTES
    return total


def find_postmaster(url: str) -> int | None:
    """The process of the PostgreSQL server behind the URL, if it runs on this machine and its lock file can be read."""
    marker = "host="
    if marker not in url:
        return None
    from urllib.parse import unquote

    folder = Path(unquote(url.split(marker, 1)[1].split("&", 1)[0]))
    for lock in folder.glob(".s.PGSQL.*.lock"):
        return int(lock.read_text().splitlines()[0])
    return None


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat after the name; empty when the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
