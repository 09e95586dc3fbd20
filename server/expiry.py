"""Erases what closed records have held once they have been kept long enough: metadata, documents, and the record. [CSP L1111-18]

A record at a time, each in one unit of work; bytes go after the commit, and what a crash leaves of them the sweep takes. The journal
stays: it tells who did what, and of the erasure too.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from audit.line import Ending, Line
from audit.store import journal
from record.store.housekeeping import Expired, close_books, expired_records
from registry.store.erasing import erase
from repository.store import index
from repository.withdrawal import withdraw
from server.wiring import House
from sql.database import Work

_log = logging.getLogger("coffre.expiry")

ACTION = "erased"
"""What a line of the journal says that nobody asked for."""


def erase_expired(house: House, now: datetime | None = None) -> int:
    """Erases every record past keeping; tells how many. *Raises* Busy, Unavailable, StorageFailure."""
    policy, moment = house.domain.records, now or datetime.now(UTC)
    if not policy.managed:
        return 0
    with house.database.read() as work:
        expired = expired_records(work, moment.date(), policy)
    for one in expired:
        digests = house.database.settle(lambda work, one=one: _erase(work, one, moment), lambda _: False)  # type: ignore[misc]
        if house.content is not None:
            withdraw(house.content, digests, index.asking(house.database.read))
    if expired:
        _log.info("erased %d records that had been kept for %d years", len(expired), policy.kept_years)
    return len(expired)


def _erase(work: Work, expired: Expired, now: datetime) -> frozenset[bytes]:
    unique_ids = erase(work, expired.patient)
    holdings = index.remove_holdings(work, sorted(unique_ids)) if unique_ids else ()
    close_books(work, expired)
    line = Line(
        at=now,
        transaction=ACTION,
        action=ACTION,
        ending=Ending.DONE,
        patient=expired.patient,
        objects=tuple(sorted(unique_ids)[:100]),
    )
    journal.append(work, line)
    return frozenset(holding.digest for holding in holdings)
