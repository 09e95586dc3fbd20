"""The process in which documents meet the operator's pack: reads a document, answers a report, until its pipe closes.

What it says on its pipe: once ``Ready``, then for each document a ``Done``. It says nothing anywhere else: the XSLT processor
writes to its standard error what it met in a document, so that stream is closed. [decision 9, 13]
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import NamedTuple

from cda.content_report import Cause, ContentReport, refusal
from cda.pack import Pack
from safexml.schemas import UnfitSchema


class Ready(NamedTuple):
    """The worker takes documents; ``failure`` says why it never will."""

    failure: str = ""


class Done(NamedTuple):
    """A document was examined; the process then had this many bytes in memory."""

    report: ContentReport
    resident: int


def work(pipe: Connection, pack: Pack, profiles: tuple[str, ...], cores: frozenset[int] = frozenset()) -> None:
    """The whole life of a worker, on these cores if any are named."""
    if cores:
        with suppress(OSError):  # some were taken away meanwhile
            os.sched_setaffinity(0, cores)
    # Ctrl-C reaches every process of a terminal; when to stop is said by the one that holds the other end of the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 2)
    os.close(silence)
    try:
        _answer(pipe, pack, profiles)
    except (EOFError, BrokenPipeError, ConnectionResetError):
        # The house has closed, or is gone.
        return


def _answer(pipe: Connection, pack: Pack, profiles: tuple[str, ...]) -> None:
    try:
        from cda.examination import Examiner  # SaxonC takes 30 MB: only a worker has use for it

        examiner = Examiner(pack, profiles)
    except (ImportError, UnfitSchema) as error:
        pipe.send(Ready(str(error)))
        return
    examiner.prepare()
    pipe.send(Ready())
    while True:
        content = pipe.recv_bytes()
        try:
            report = examiner.examine(content)
        except Exception as error:
            # The next document gets its own chance; the type of an error says nothing of this one.
            report = refusal(
                Cause.WORKER_DIED,
                f"The examination of the document broke off ({type(error).__name__}); tell the operator.",
                f"L'examen du document s'est interrompu ({type(error).__name__}) ; prévenez l'exploitant.",
            )
        pipe.send(Done(report, _resident()))


def _resident() -> int:
    """Bytes of memory that this process holds; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
