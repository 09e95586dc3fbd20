"""How a worker uses its machine: the core that it keeps to, and how it gives memory back. [ADR 0028, measured]

What a worker is about to use is then still in its core's caches.
"""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterable
from contextlib import suppress

_M_MXFAST = 1
"""The largest piece that is put aside. [mallopt(3)]"""


def keep_to_one(row: int, workers: int) -> None:
    """Keeps this thread, and every thread it starts, to a core of its own, where there are as many workers as cores.

    Where the system does not know of that, or does not allow it, nothing changes.
    """
    with suppress(AttributeError, OSError):  # Linux only
        core = core_of(row, workers, os.sched_getaffinity(0))
        if core is not None:
            os.sched_setaffinity(0, {core})


def join_freed_memory() -> None:
    """Has glibc join what is freed with its free neighbours at once.

    Else it puts small pieces aside, and the next large request joins them all: after each tree, some thousand, out of the caches again.
    """
    with suppress(AttributeError, OSError):  # glibc only
        ctypes.CDLL(None).mallopt(_M_MXFAST, 0)


def core_of(row: int, workers: int, cores: Iterable[int]) -> int | None:
    """The core of the worker of that row; none where some would have to share one, or where there is but one."""
    usable = sorted(cores)
    return usable[row] if workers == len(usable) > 1 else None
