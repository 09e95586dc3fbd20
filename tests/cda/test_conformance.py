"""Documents examined beside the service: every document gets a report, whatever becomes of the worker. [decision 9]"""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cda.conformance import Conformance
from cda.conformance_place import Limits
from cda.content_report import Cause, ContentReport
from cda.pack import Pack
from tests.cda.small_pack import document, make_pack, schematron

HEADER = schematron('<pattern><rule context="cda:title"><assert test="@code">no code</assert></rule></pattern>')
SLOW = schematron(
    "<pattern><rule context=\"cda:title[.='slow']\">"
    '<assert test="some $a in 1 to 1000000, $b in 1 to 1000000 satisfies $a * $b = -count(.)">never found</assert></rule></pattern>'
)
ENDLESS = document("<title>slow</title>")
QUICK = document("<title/>")
LIMITS = Limits(seconds=2.0, start_seconds=60.0, stop_seconds=0.2)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Pack:
    return make_pack(tmp_path_factory.mktemp("pack"), header=HEADER, ihe=SLOW)


@pytest.fixture(scope="module")
def house(pack: Pack) -> Iterator[Conformance]:
    with Conformance(pack, limits=LIMITS) as conformance:
        yield conformance


def pids() -> set[int | None]:
    """The processes that live."""
    return {process.pid for process in multiprocessing.active_children()}


def worker() -> int:
    """The process id of the one worker there is."""
    (pid,) = pids()
    assert pid is not None
    return pid


def is_found(report: ContentReport) -> bool:
    return [found.sentence for found in report.errors] == ["no code"]


def test_document_is_examined_in_another_process(house: Conformance) -> None:
    report = house.check(QUICK)
    assert is_found(report)
    assert report.was_examined
    assert worker() != os.getpid()


def test_memoryview_is_examined_without_being_copied_first(house: Conformance) -> None:
    assert is_found(house.check(memoryview(QUICK)))


def test_reports_of_submitted_documents_come_from_another_thread(house: Conformance) -> None:
    reports: queue.Queue[tuple[ContentReport, str]] = queue.Queue()
    for content in (QUICK, document(), b"<html/>"):
        house.submit(content, lambda report: reports.put((report, threading.current_thread().name)))
    told = [reports.get(timeout=30) for _ in range(3)]
    assert [len(report.errors) for report, _ in told] == [1, 0, 1]
    assert {name for _, name in told} == {"conformance-0"}


def test_document_that_takes_too_long_is_told_so_and_the_next_is_examined(house: Conformance) -> None:
    before = time.monotonic()
    report = house.check(ENDLESS)
    assert report.cause is Cause.TIMED_OUT
    assert not report.was_examined
    assert "2 seconds" in report.errors[0].sentence
    assert "2 secondes" in report.errors[0].sentence_fr
    assert time.monotonic() - before < 20
    assert is_found(house.check(QUICK))


def test_death_of_a_worker_is_told_and_the_next_document_is_examined(house: Conformance) -> None:
    house.check(QUICK)
    dying = worker()
    threading.Timer(0.3, os.kill, (dying, signal.SIGKILL)).start()
    report = house.check(ENDLESS)
    assert report.cause is Cause.WORKER_DIED
    assert not report.was_examined
    assert is_found(house.check(QUICK))
    assert worker() != dying


def test_worker_that_died_between_documents_is_missed_by_nobody(house: Conformance) -> None:
    house.check(QUICK)
    os.kill(worker(), signal.SIGKILL)
    time.sleep(0.3)
    assert is_found(house.check(QUICK))


def test_failing_receiver_of_a_report_harms_no_other(house: Conformance) -> None:
    def fail(report: ContentReport) -> None:
        raise ValueError(report)

    house.submit(QUICK, fail)
    assert is_found(house.check(QUICK))


def test_interrupt_of_the_terminal_leaves_the_worker_to_the_house(house: Conformance) -> None:
    house.check(QUICK)
    living = worker()
    os.kill(living, signal.SIGINT)
    assert is_found(house.check(QUICK))
    assert worker() == living


@pytest.mark.parametrize("limits", [Limits(documents=1), Limits(growth=-1)], ids=["share", "growth"])
def test_worker_that_has_done_its_share_or_has_grown_is_replaced(pack: Pack, limits: Limits) -> None:
    others, seen = pids(), set[int | None]()
    with Conformance(pack, limits=limits) as conformance:
        for _ in range(3):
            assert is_found(conformance.check(QUICK))
            deadline = time.monotonic() + 30
            while not (new := pids() - others - seen) and time.monotonic() < deadline:
                time.sleep(0.01)
            seen |= new
    assert len(seen) >= 3


def test_document_that_finds_too_many_waiting_is_told_at_once(pack: Pack) -> None:
    reports: queue.Queue[ContentReport] = queue.Queue()
    with Conformance(pack, limits=Limits(waiting=len(QUICK) + 1)) as conformance:
        conformance.submit(QUICK, reports.put)
        conformance.submit(QUICK, reports.put)
        assert reports.get(timeout=30).cause is Cause.BUSY
        assert is_found(reports.get(timeout=30))
        assert is_found(conformance.check(QUICK))


def test_closing_tells_those_who_wait_and_leaves_no_process(pack: Pack) -> None:
    reports: queue.Queue[ContentReport] = queue.Queue()
    others = pids()
    conformance = Conformance(pack, workers=2, limits=Limits(stop_seconds=0.5))
    conformance.check(QUICK)
    for content in (ENDLESS, ENDLESS, QUICK):
        conformance.submit(content, reports.put)
    time.sleep(1.5)
    before = time.monotonic()
    conformance.close()
    assert time.monotonic() - before < 10
    assert [reports.get_nowait().cause for _ in range(3)] == [Cause.STOPPED] * 3
    assert pids() == others
    conformance.close()
    assert conformance.check(QUICK).cause is Cause.STOPPED


def test_house_that_was_never_used_closes(pack: Pack) -> None:
    Conformance(pack).close()


def test_pack_that_vanished_is_told(tmp_path: Path) -> None:
    pack = make_pack(tmp_path)
    pack.schema.unlink()
    with Conformance(pack, limits=LIMITS) as conformance:
        report = conformance.check(QUICK)
    assert report.cause is Cause.UNFIT_PACK
    assert "CDA_extended.xsd" in report.errors[0].sentence


def test_interpreter_that_ends_without_closing_takes_its_worker_with_it(tmp_path: Path) -> None:
    make_pack(tmp_path, header=HEADER)
    program = textwrap.dedent(
        """
        import multiprocessing, sys
        from pathlib import Path
        from cda.conformance import Conformance
        from cda.pack import Pack
        from tests.cda.small_pack import document

        if __name__ == "__main__":
            print(len(Conformance(Pack(Path(sys.argv[1]))).check(document("<title/>")).errors))
            print(multiprocessing.active_children()[0].pid)
        """
    )
    script = tmp_path / "program.py"
    script.write_text(program, encoding="utf-8")
    root = Path(__file__).resolve().parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(
        [sys.executable, script, tmp_path], env=environment, capture_output=True, text=True, timeout=60, check=True
    )
    errors, pid = done.stdout.split()
    assert errors == "1"
    assert done.stderr == ""
    assert not Path(f"/proc/{pid}").exists()
