"""Sends the lines that wait in the audit outbox to the audit repository, in order, and keeps them while it is away. [ITI-20]

A thread of the first worker. Of several services over one database one sends, whichever holds the database's lock for it. A row goes once
its messages were delivered; what is interrupted between the two is sent again: the repository may see a message twice, never not at all.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from audit import chain, events, message, syslog
from audit.circumstances import Circumstances, read_circumstances
from audit.line import Ending, Line
from audit.message import Outcome, Source
from audit.store import journal, outbox
from audit.store.outbox import Owed
from audit.syslog import NotDelivered, Target
from server import incidents, tls
from server.metrics import Metrics
from server.settings import Settings
from sql.database import Busy, Database, StorageFailure, Unavailable, Undecided
from xds.domain import AffinityDomain

_log = logging.getLogger("coffre.audit")

ROUND_SECONDS = 1.0
RETRY_SECONDS_MAX = 60.0
STOP_SECONDS = 5.0
"""How long the last messages may take; what is left is sent at the next start."""


class AuditSender:
    """The sender of one process, until it is stopped."""

    def __init__(
        self,
        database: Database,
        target: Target,
        context: ssl.SSLContext,
        source: Source,
        metrics: Metrics,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._database = database
        self._connection = syslog.Connection(target, context)
        self._target = target
        self._source = source
        self._metrics = metrics
        self._clock = clock
        self._host = socket.getfqdn()
        self._stopping = threading.Event()
        self._has_told = False
        self._is_away = False
        self._thread = threading.Thread(target=self._run, name="audit", daemon=True)

    def start(self) -> None:
        """Begins, with a message that the service has."""
        self._thread.start()

    def stop(self) -> None:
        """Tells that the service stops, sends what waits if that is soon done, and ends."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS + 1)
        else:
            self._connection.close()

    def do(self) -> int:
        """One batch; tells how many rows went. *Raises* NotDelivered, Busy, Unavailable."""
        with self._database.read() as work:
            if not outbox.is_sender(work):
                return 0
            waiting = outbox.fetch_audits(work)
        if not waiting:
            return 0
        frames = [frame for row in waiting for frame in self._frames(row)]
        self._connection.send(frames)
        with self._database.write() as work:
            outbox.remove_audits(work, waiting)
        self._metrics.audits_sent(len(frames))
        return len(waiting)

    def _run(self) -> None:
        delay = ROUND_SECONDS
        try:
            while not self._stopping.is_set():
                sent = self._try(self._round)
                delay = ROUND_SECONDS if sent is not None else min(delay * 2, RETRY_SECONDS_MAX)
                if not sent:
                    self._stopping.wait(delay)
            deadline = time.monotonic() + STOP_SECONDS
            self._try(lambda: self._tell(events.STOP))
            while time.monotonic() < deadline and self._try(self.do):
                continue
        finally:
            self._connection.close()
            self._database.leave()  # and gives the lock back

    def _round(self) -> int:
        if not self._has_told:
            self._tell(events.START)
            self._has_told = True
        return self.do()

    def _try(self, act: Callable[[], int]) -> int | None:
        """What it gave; None where it failed, which is logged once an outage."""
        try:
            done = act()
        except NotDelivered as error:
            self._metrics.audit_failed()
            if not self._is_away:
                _log.warning("%s:%d takes no audit messages (%s); they are kept", *self._target, error)
            self._is_away = True
        except (Busy, Unavailable, Undecided, StorageFailure) as error:
            _log.warning("put off: %s", type(error).__name__)
        except Exception as error:
            incidents.new_incident(error, "audit")
        else:
            if self._is_away and done:
                _log.info("%s:%d takes audit messages again", *self._target)
                self._is_away = False
            return done
        return None

    def _tell(self, what: str) -> int:
        """Adds a line about this service itself."""
        line = Line(at=self._clock(), transaction=what, action="", ending=Ending.DONE)
        told = Circumstances(process_id=os.getpid())
        self._database.settle(lambda work: journal.append(work, line, audit=told), lambda _: False)
        return 1

    def _frames(self, row: Owed) -> list[bytes]:
        line, circumstances = chain.read_line(row.line), read_circumstances(row.circumstances)
        now = self._clock()
        return [
            syslog.frame(
                message.write_message(event, self._source),
                syslog.NORMAL if event.outcome is Outcome.SUCCESS else syslog.WARNING,
                now,
                self._host,
                circumstances.process_id or None,
            )
            for event in events.events_of(line, circumstances, self._host)
        ]


def build(settings: Settings, domain: AffinityDomain, database: Database, metrics: Metrics) -> AuditSender | None:
    """The sender, where an audit repository is named. *Raises* SettingsError."""
    if settings.audit_repository is None:
        return None
    source = Source(domain.repository_unique_id, domain.home_community_id)
    return AuditSender(database, Target(*settings.audit_repository), tls.audit_context(settings), source, metrics)
