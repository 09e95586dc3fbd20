"""Looks now and then whether the files of trust have changed: authorities publish new revocation lists every few days. [RFC 5280: 5]

In every worker, since each judges with a trust of its own.
"""

from __future__ import annotations

import logging
import threading

from signing.trust import TrustError
from signing.trust_keeper import TrustKeeper

_log = logging.getLogger("coffre.trust")

ROUND_SECONDS = 60


class TrustRounds:
    """The rounds of one process, until they are stopped."""

    def __init__(self, keeper: TrustKeeper, seconds: float = ROUND_SECONDS) -> None:
        self._keeper = keeper
        self._seconds = seconds
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="trust", daemon=True)

    def start(self) -> None:
        """Begins."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                if self._keeper.look():
                    _log.info("the files of trust have changed and were read anew")
            except TrustError as error:
                _log.warning("the files of trust have changed and cannot be used; the earlier ones count on: %s", error)
