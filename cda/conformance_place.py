"""Where one worker works: filled with a process, handed a document, cleared when the worker died, is late or has grown.

Whatever happens to a worker, its document gets a report. [decision 9]
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import pickle
import threading
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess

from cda import conformance_worker
from cda.conformance_worker import Done, Ready
from cda.content_report import Cause, ContentReport, refusal
from cda.pack import Pack

_log = logging.getLogger("coffre.conformance")

Content = bytes | bytearray | memoryview


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long, how many and how much. ``growth``: bytes that a worker may gain over what it had after its first document.

    ``waiting``: bytes of documents that may wait; a document that finds more before it is not examined.
    """

    seconds: float = 60.0
    start_seconds: float = 120.0
    documents: int = 2_000
    growth: int = 400 * 1024 * 1024
    waiting: int = 256 * 1024 * 1024
    stop_seconds: float = 3.0


LIMITS = Limits()

_REFUSALS = {
    Cause.TIMED_OUT: (
        "The examination of the document took longer than {seconds:g} seconds and was ended.",
        "L'examen du document a duré plus de {seconds:g} secondes et a été arrêté.",
    ),
    Cause.WORKER_DIED: (
        "The process that examined the document died of it; tell the operator.",
        "Le processus qui examinait le document s'est arrêté ; prévenez l'exploitant.",
    ),
    Cause.UNFIT_PACK: (
        "Documents cannot be examined: {reason}",
        "Les documents ne peuvent pas être examinés : {reason}",
    ),
    Cause.BUSY: (
        "Too many documents wait to be examined; send it again later.",
        "Trop de documents attendent d'être examinés ; renvoyez-le plus tard.",
    ),
    Cause.STOPPED: (
        "The service stopped before the document was examined.",
        "Le service s'est arrêté avant l'examen du document.",
    ),
}


class Place:
    """Where one worker works. Its own thread uses it; whoever closes the house may end the worker under that thread's hands."""

    def __init__(self, number: int, pack: Pack, profiles: tuple[str, ...], limits: Limits) -> None:
        self.number = number
        self._pack = pack
        self._profiles = profiles
        self._limits = limits
        self._context = multiprocessing.get_context("spawn")
        # Who makes the place may later keep to one core, whichever thread starts the worker: the worker keeps to none.
        self._cores = frozenset(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else frozenset()
        self._lock = threading.Lock()
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._is_ready = self._is_worn = False
        self._done = 0
        self._first_resident = 0

    def renew(self) -> None:
        """Sees, while nobody waits for it, that a worker makes itself ready where there is none or a worn one."""
        if self._is_worn:
            _log.info("a worker is replaced after %d documents", self._done)
            self.clear()
        try:
            self._fill()
        except OSError as error:
            _log.error("no worker could be started: %s", error.strerror)

    def examine(self, content: Content) -> ContentReport:
        """The worker's report, or what became of the worker."""
        try:
            answer = self._ask(content)
        except TimeoutError:
            _log.warning("a document was examined for %g seconds; its worker was ended", self._limits.seconds)
            self.clear()
            return refused(Cause.TIMED_OUT, seconds=self._limits.seconds)
        except (EOFError, OSError, pickle.UnpicklingError) as error:
            _log.error("a worker died while it examined a document (%s)", type(error).__name__)
            self.clear()
            return refused(Cause.WORKER_DIED)
        if isinstance(answer, Ready):
            self.clear()
            return refused(Cause.UNFIT_PACK, reason=answer.failure)
        self._count(answer.resident)
        return answer.report

    def end_worker(self) -> None:
        """Kills the worker; the place is cleared by its own thread."""
        with self._lock:
            if self._process is not None:
                self._process.kill()

    def clear(self) -> None:
        """The worker is gone when this returns."""
        if self._pipe is not None:
            self._pipe.close()
        with self._lock:
            process, self._process, self._pipe = self._process, None, None
        if process is not None:
            process.kill()
            process.join()
            process.close()

    def _fill(self) -> None:
        if self._process is not None and self._process.is_alive():
            return
        self.clear()
        ours, theirs = self._context.Pipe()
        arguments = (theirs, self._pack, self._profiles, self._cores)
        name = f"conformance-{self.number}"
        # A daemon: should nobody close the house, the end of the interpreter does not wait for it.
        process = self._context.Process(target=conformance_worker.work, args=arguments, name=name, daemon=True)
        process.start()
        theirs.close()
        with self._lock:
            self._process, self._pipe = process, ours
        self._is_ready = self._is_worn = False
        self._done = self._first_resident = 0

    def _ask(self, content: Content) -> Done | Ready:
        self._fill()
        pipe = self._pipe
        assert pipe is not None
        if not self._is_ready:
            if not pipe.poll(self._limits.start_seconds):
                return Ready(f"no worker was ready after {self._limits.start_seconds:g} seconds.")
            ready: Ready = pipe.recv()
            if ready.failure:
                return ready
            self._is_ready = True
        pipe.send_bytes(content)
        if not pipe.poll(self._limits.seconds):
            raise TimeoutError
        done: Done = pipe.recv()
        return done

    def _count(self, resident: int) -> None:
        self._done += 1
        self._first_resident = self._first_resident or resident
        has_grown = resident > self._first_resident + self._limits.growth
        self._is_worn = has_grown or self._done >= self._limits.documents


def refused(cause: Cause, **told: object) -> ContentReport:
    """The report on a document that a worker did not examine."""
    sentence, sentence_fr = _REFUSALS[cause]
    return refusal(cause, sentence.format(**told), sentence_fr.format(**told))
