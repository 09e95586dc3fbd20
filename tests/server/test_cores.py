"""Workers keep to a core each, and processes that examine documents keep to none. [ADR 0028]"""

from __future__ import annotations

import ctypes
import os
import platform
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from cda.conformance import Conformance
from server.cores import core_of, keep_to_one
from tests.cda.documents import a_clinical_document
from tests.cda.small_pack import make_pack
from tests.server.conftest import running
from tests.server.test_serve import workers_of

CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [0]
several = pytest.mark.skipif(len(CORES) < 2, reason="one core")


@pytest.mark.parametrize(
    ("row", "workers", "cores", "core"),
    [(0, 2, {4, 9}, 4), (1, 2, {9, 4}, 9), (0, 1, {4}, None), (0, 1, {4, 9}, None), (2, 4, {4, 9}, None)],
)
def test_worker_has_a_core_where_each_has_one(row: int, workers: int, cores: set[int], core: int | None) -> None:
    assert core_of(row, workers, cores) == core


@several
@pytest.mark.parametrize("workers", [1, len(CORES), len(CORES) + 1])
def test_workers_of_a_service_share_the_cores_out(tmp_path: Path, workers: int) -> None:
    with running(tmp_path, "--workers", str(workers)) as service:
        kept = sorted(each.cpu_affinity() for each in workers_of(service) or [psutil.Process(service.process.pid)])
    assert kept == ([[core] for core in CORES] if workers == len(CORES) else [CORES] * workers)


@several
def test_process_that_examines_documents_may_go_anywhere(tmp_path: Path) -> None:
    seen = _in_a_thread(lambda: _examined_on_one_core(tmp_path))
    assert seen == ([CORES[0]], CORES)


def _examined_on_one_core(folder: Path) -> tuple[list[int], list[int]]:
    """The cores of a thread that keeps to one, and of the process that it had a document examined by."""
    with Conformance(make_pack(folder)) as at_work:
        keep_to_one(0, len(CORES))
        assert at_work.check(a_clinical_document().encode()).was_examined
        children = [each for each in psutil.Process().children() if "spawn_main" in " ".join(each.cmdline())]
        return sorted(os.sched_getaffinity(0)), children[-1].cpu_affinity()


def _in_a_thread(act: Callable[[], tuple[list[int], list[int]]]) -> tuple[list[int], list[int]]:
    """Done where no other test keeps to a core after it."""
    found: list[tuple[list[int], list[int]]] = []
    thread = threading.Thread(target=lambda: found.append(act()))
    thread.start()
    thread.join()
    return found[0]


PUT_ASIDE = """
import ctypes
from lxml import etree
from server import cores

class Told(ctypes.Structure):
    _fields_ = [(f"n{number}", ctypes.c_size_t) for number in range(10)]  # [mallinfo2(3)]

library = ctypes.CDLL(None)
library.mallinfo2.restype = Told
for number in range(2):
    for _ in range(3):
        etree.fromstring(b"<a>" + b"<b c='d'>e</b>" * 2000 + b"</a>")
    print(library.mallinfo2().n6)
    cores.join_freed_memory()
"""


@pytest.mark.skipif(
    platform.libc_ver()[0] != "glibc" or not hasattr(ctypes.CDLL(None), "mallinfo2"), reason="another allocator"
)
def test_nothing_that_is_freed_is_put_aside() -> None:
    before, after = subprocess.check_output([sys.executable, "-c", PUT_ASIDE], text=True).split()
    assert int(before) > 0
    assert int(after) == 0
