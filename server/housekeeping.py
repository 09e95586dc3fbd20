"""What one worker does beside answering: asks the registry of open offers, and sweeps away bytes that nobody registered.

Runs in a thread of the first worker. Whatever fails is logged and tried again at the next round; nothing is lost by waiting.
"""

from __future__ import annotations

import logging
import threading
import time

from repository.store import index, sweep
from server import incidents
from server.registry_client import NotSent, OutcomeUnknown
from server.wiring import House
from sql.database import Busy, Unavailable

_log = logging.getLogger("coffre.housekeeping")

ROUND_SECONDS = 60
FIRST_SWEEP_SECONDS = 3600
SWEEP_SECONDS = 24 * 3600


class Housekeeping:
    """The chores of one house, until it is stopped."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._stop = threading.Event()
        self._next_sweep = time.monotonic() + FIRST_SWEEP_SECONDS
        self._thread = threading.Thread(target=self._run, name="housekeeping", daemon=True)

    def start(self) -> None:
        """Begins; a house without documents has no chores."""
        if self._house.content is not None:
            self._thread.start()

    def stop(self) -> None:
        """Ends after the chore under way."""
        self._stop.set()

    def _run(self) -> None:
        while True:
            try:
                self.do()
            except (NotSent, OutcomeUnknown, Busy, Unavailable) as error:
                _log.warning("put off: %s", type(error).__name__)
            except Exception as error:
                incidents.new_incident(error, "housekeeping")
            if self._stop.wait(ROUND_SECONDS):
                return

    def do(self) -> None:
        """One round."""
        house = self._house
        if house.remote_link is not None:
            house.remote_link.settle_offered(time.time())
        if house.content is not None and time.monotonic() >= self._next_sweep:
            self._next_sweep = time.monotonic() + SWEEP_SECONDS
            before = time.time() - sweep.GRACE_SECONDS_MIN
            report = sweep.sweep(house.content, index.asking(house.database.read), before)
            _log.info("swept %d documents, %d bytes, %d temporaries", report.documents, report.size, report.temporaries)
