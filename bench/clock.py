"""How long a call takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def microseconds(act: Callable[[], object], repeat: int = 300) -> float:
    """Median time of one call."""
    times = []
    for _ in range(repeat):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return 1e6 * statistics.median(times)
