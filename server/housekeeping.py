"""What one worker does beside answering: asks the registry of open offers, sweeps away bytes that nobody registered, lays down
notices to patients, forgets used assertions, erases what closed records have held, seals the journal.

Runs in a thread of the first worker. Whatever fails is logged and tried again at the next round; nothing is lost by waiting.
"""

from __future__ import annotations

import logging
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from audit.store import seals
from repository.store import index, sweep
from server import expiry, incidents, notices
from server.notices import CannotLayDown
from server.registry_client import NotSent, OutcomeUnknown
from server.wiring import House
from sql.database import Busy, Unavailable

_log = logging.getLogger("coffre.housekeeping")

ROUND_SECONDS = 60
FIRST_SWEEP_SECONDS = 3600
SWEEP_SECONDS = 24 * 3600
ERASE_SECONDS = 24 * 3600
SEAL_HOURS = 6
"""How long lines of the journal may be without a seal on them."""


class Housekeeping:
    """The chores of one house, until it is stopped. ``notice_folder``: where notices to patients go; without it they wait."""

    def __init__(self, house: House, notice_folder: Path | None = None) -> None:
        self._house = house
        self._notice_folder = notice_folder
        self._stop = threading.Event()
        self._next_erasure = 0.0
        self._next_sweep = time.monotonic() + FIRST_SWEEP_SECONDS
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends after the chore under way."""
        self._stop.set()

    def _run(self) -> None:
        while True:
            self.do()
            if self._stop.wait(ROUND_SECONDS):
                return

    def do(self) -> None:
        """One round; a chore that fails does not keep the others from being done."""
        for chore in (
            self.lay_down_notices,
            self.forget_assertions,
            self.erase_expired,
            self.seal_journal,
            self.settle_offers,
            self.sweep,
        ):
            try:
                chore()
            except CannotLayDown as error:
                _log.warning("%s", error)
            except (NotSent, OutcomeUnknown, Busy, Unavailable) as error:
                _log.warning("put off: %s", type(error).__name__)
            except Exception as error:
                incidents.new_incident(error, "housekeeping")

    def lay_down_notices(self) -> None:
        """Hands on what patients are owed."""
        if self._notice_folder is not None:
            while notices.lay_down(self._house.database, self._notice_folder) == notices.BATCH:
                continue

    def forget_assertions(self) -> None:
        """Forgets assertions that are past anyhow."""
        self._house.guard.forget_used(int(time.time()))

    def erase_expired(self) -> None:
        """Erases what closed records have held, once a day."""
        if time.monotonic() >= self._next_erasure:
            self._next_erasure = time.monotonic() + ERASE_SECONDS
            expiry.erase_expired(self._house)

    def seal_journal(self) -> None:
        """Puts a seal on the journal when the last is some hours old, and prints it: the log is its copy elsewhere."""
        database, now = self._house.database, datetime.now(UTC)
        oldest = int((now - timedelta(hours=SEAL_HOURS)).strftime("%Y%m%d%H%M%S"))
        with database.read() as work:
            last = seals.find_last(work)
        if last is None or last.sealed_at <= oldest:
            seal = database.settle(lambda work: seals.put(work, now), lambda _: False)
            if seal is not None:
                _log.info("journal seal %d on %d chains: %s", seal.number, seal.chains, seal.hash.hex())

    def settle_offers(self) -> None:
        """Asks the registry elsewhere what became of offers."""
        if self._house.remote_link is not None:
            self._house.remote_link.settle_offered(time.time())

    def sweep(self) -> None:
        """Sweeps away bytes that nobody registered."""
        house = self._house
        if house.content is not None and time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEEP_SECONDS
            before = time.time() - sweep.GRACE_SECONDS_MIN
            report = sweep.sweep(house.content, index.asking(house.database.read), before)
            _log.info("swept %d documents, %d bytes, %d temporaries", report.documents, report.size, report.temporaries)
