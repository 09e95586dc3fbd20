"""One request as those who judge rights see it: who asks, by which message, from where."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from access.caller import Caller, Identity
from access.mandate import Action
from access.sight import Visibility


class Use(NamedTuple):
    """An assertion that is good once: its digest, and the second of Unix time after which it is past anyhow."""

    digest: bytes
    expires_at: int


@dataclass(frozen=True, slots=True)
class Visit:
    """``caller`` is None where the domain asks nobody. ``assertion``: as it came, for whoever must pass it on."""

    caller: Caller | None = None
    use: Use | None = None
    message_id: str = ""
    address: str = ""
    reply_to: str = ""
    endpoint: str = ""
    assertion: bytes = field(default=b"", repr=False)


NOBODY = Visit()
"""The visit where nobody is asked who they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What a visit is for: the transaction, what may be done in it (the first that is permitted is), and with what.

    ``patient``: as the request says; None where it says none. ``objects``: uniqueIds or entryUUIDs, for the journal; ``named``: what a
    query names. ``visibilities``: of objects that the request brings. ``query``: the whole of it, as it is written. ``subsumed`` and
    ``is_new``: of a patient feed, the identity that is no more, and whether it announces somebody.
    """

    transaction: str
    actions: tuple[Action, ...]
    patient: Identity | None = None
    objects: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    visibilities: Mapping[str, Visibility] = field(default_factory=dict)
    query_id: str = ""
    query: Callable[[], bytes] | None = None
    submission_unique_id: str = ""
    subsumed: Identity | None = None
    is_new: bool = False
