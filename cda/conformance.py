"""Documents against the operator's pack, beside the service: a queue of documents, and workers in processes of their own.

Each worker has a place, and each place a thread that hands it one document at a time, waits so long and no longer, and fills the
place anew when the worker died, took too long, grew too large or has done its share. Whatever happens to a worker, every document
gets a report. [decision 9]
"""

from __future__ import annotations

import concurrent.futures
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import NamedTuple

from cda.conformance_place import LIMITS, Content, Limits, Place, refused
from cda.content_report import Cause, ContentReport
from cda.pack import PROFILES, Pack

_log = logging.getLogger("coffre.conformance")

OnDone = Callable[[ContentReport], None]


class Conformance:
    """Examines documents against a pack; as a context manager it is closed at the end."""

    def __init__(
        self, pack: Pack, *, profiles: Sequence[str] = PROFILES, workers: int = 1, limits: Limits = LIMITS
    ) -> None:
        self._limits = limits
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._waiting = 0
        self._is_closed = False
        self._places = [Place(number, pack, tuple(profiles), limits) for number in range(workers)]
        self._threads = [
            threading.Thread(target=self._serve, args=(place,), name=f"conformance-{place.number}", daemon=True)
            for place in self._places
        ]
        self._is_started = False

    def start(self) -> None:
        """Fills the places, so that the first document does not wait for its worker."""
        with self._lock:
            if not self._is_started and not self._is_closed:
                self._is_started = True
                for thread in self._threads:
                    thread.start()

    def check(self, content: Content) -> ContentReport:
        """What the pack finds in a document; waits for it."""
        answer: concurrent.futures.Future[ContentReport] = concurrent.futures.Future()
        self.submit(content, answer.set_result)
        return answer.result()

    def submit(self, content: Content, done: OnDone) -> None:
        """Has a document examined; ``done`` is called with the report, once, from another thread or at once."""
        self.start()
        size = content.nbytes if isinstance(content, memoryview) else len(content)
        with self._lock:
            cause = Cause.STOPPED if self._is_closed else None
            if self._waiting and self._waiting + size > self._limits.waiting:
                cause = cause or Cause.BUSY
            if cause is None:
                self._waiting += size
                # Within the lock: behind the end of a closed queue nobody would find it.
                self._jobs.put(_Job(content, size, done))
        if cause is not None:
            done(refused(cause))

    def close(self) -> None:
        """Ends the workers. A document under way has ``stop_seconds`` to be finished; those that wait are told STOPPED."""
        with self._lock:
            was_closed, self._is_closed = self._is_closed, True
            if was_closed:
                return
            waiting = self._drain()
            for _ in self._threads:
                self._jobs.put(None)
        for job in waiting:
            self._finish(job, refused(Cause.STOPPED))
        if self._is_started:
            deadline = time.monotonic() + self._limits.stop_seconds
            for thread in self._threads:
                thread.join(max(0.0, deadline - time.monotonic()))
            for place in self._places:
                # A thread that still waits for its worker wakes when that is gone.
                place.end_worker()
            for thread in self._threads:
                thread.join()

    def __enter__(self) -> Conformance:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drain(self) -> list[_Job]:
        jobs: list[_Job] = []
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return jobs
            if job is not None:
                jobs.append(job)

    def _serve(self, place: Place) -> None:
        place.renew()
        while (job := self._jobs.get()) is not None:
            report = place.examine(job.content)
            if self._is_closed and report.cause is Cause.WORKER_DIED:
                report = refused(Cause.STOPPED)
            self._finish(job, report)
            if not self._is_closed:
                place.renew()
        place.clear()

    def _finish(self, job: _Job, report: ContentReport) -> None:
        with self._lock:
            self._waiting -= job.size
        try:
            job.done(report)
        except Exception as error:
            # Whoever asked has failed with the answer; the next one must still get theirs.
            _log.error("a report found nobody to take it: %s", type(error).__name__)


class _Job(NamedTuple):
    content: Content
    size: int
    done: OnDone
