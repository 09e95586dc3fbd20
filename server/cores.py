"""Which core a worker keeps to: what it is about to use is then still in that core's caches. [ADR 0028, measured]"""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress


def keep_to_one(row: int, workers: int) -> None:
    """Keeps this thread, and every thread it starts, to a core of its own, where there are as many workers as cores.

    Where the system does not know of that, or does not allow it, nothing changes.
    """
    with suppress(AttributeError, OSError):  # Linux only
        core = core_of(row, workers, os.sched_getaffinity(0))
        if core is not None:
            os.sched_setaffinity(0, {core})


def core_of(row: int, workers: int, cores: Iterable[int]) -> int | None:
    """The core of the worker of that row; none where some would have to share one, or where there is but one."""
    usable = sorted(cores)
    return usable[row] if workers == len(usable) > 1 else None
