"""Leases on digests: who submits a document holds it shared, who removes its bytes must have it alone.

Kept by the kernel between the processes and threads of one machine, and let go by it when a process dies.
[fcntl(2): open file description locks]
"""

from __future__ import annotations

import fcntl
import os
import struct
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

_FLOCK = "@hhqqi0q"
"""struct flock: type, whence, start, length, process (0 for a lock that belongs to the open file)."""

_OFFSET_MASK = (1 << 62) - 1


class Leases:
    """The leases of one content folder: byte ranges of one empty file, at an offset taken from the digest.

    The locks belong to the open file, not to the process: each lease opens the file anew, so that threads exclude each other like
    processes do and closing one lease lets go of no other. Two digests that share an offset only wait for each other.
    """

    def __init__(self, file: Path) -> None:
        self._file = str(file)

    @contextmanager
    def share(self, digests: Iterable[bytes]) -> Iterator[None]:
        """Holds the digests shared; waits while one of them is being removed, which takes as long as one look at the index."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        try:
            for digest in digests:
                fcntl.fcntl(descriptor, fcntl.F_OFD_SETLKW, _lock(fcntl.F_RDLCK, digest))
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def try_alone(self, digest: bytes) -> Iterator[bool]:
        """Holds the digest alone, or tells that somebody else holds it; never waits, so that nobody can wait in a circle."""
        descriptor = os.open(self._file, os.O_RDWR | os.O_CLOEXEC)
        try:
            yield _try_lock(descriptor, _lock(fcntl.F_WRLCK, digest))
        finally:
            os.close(descriptor)


def _try_lock(descriptor: int, lock: bytes) -> bool:
    try:
        fcntl.fcntl(descriptor, fcntl.F_OFD_SETLK, lock)
    except (BlockingIOError, PermissionError):  # EAGAIN or EACCES: held by somebody else
        return False
    return True


def _lock(kind: int, digest: bytes) -> bytes:
    return struct.pack(_FLOCK, kind, os.SEEK_SET, int.from_bytes(digest[:8], "big") & _OFFSET_MASK, 1, 0)
