"""Assertions that have been used: each serves one request, whichever process it comes to. [DMP: VIHF; WS-Security: replay]"""

from __future__ import annotations

from sql.database import Work

_USE = "insert into assertion_used (digest, expires_at) values (?, ?)"
_FORGET = "delete from assertion_used where expires_at < ?"


def use_up(work: Work, digest: bytes, expires_at: int) -> bool:
    """Whether the assertion had not been used; it is now. ``expires_at``: second of Unix time after which it is past anyhow.

    A single statement that takes it along fails where it had been, and the work is then done again as a whole transaction.
    """
    if work.is_single:
        work.join(_USE, (digest, expires_at))
        return True
    return work.execute(_USE + " on conflict do nothing", (digest, expires_at)).rowcount == 1


def forget(work: Work, now: int) -> int:
    """Forgets assertions that are past anyhow; tells how many."""
    return work.execute(_FORGET, (now,)).rowcount
