"""A line of the access journal as a value: who did what with which record, and how it ended. [DMP: traces; CSP R1111-40]"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Ending(StrEnum):
    """How a request ended."""

    DONE = "done"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One access or refusal. Texts are empty where nothing is known.

    ``at``: UTC. ``transaction``: ITI-18 … or TD0.3 …. ``action``: a value of ``access.mandate.Action``. ``objects``: uniqueIds or
    entryUUIDs that were shown, added or changed (at most some hundred). ``rule``: of a refusal, the rule or the codes told.
    ``network_address``: of the peer, where it is known.
    """

    at: datetime
    transaction: str
    action: str
    ending: Ending
    patient: tuple[str, str] | None = None
    person_id: str = ""
    person_name: str = ""
    structure_id: str = ""
    profession: str = ""
    authentication: str = ""
    access_mode: str = ""
    reason: str = ""
    issuer: str = ""
    message_id: str = ""
    objects: tuple[str, ...] = ()
    query_id: str = ""
    submission_unique_id: str = ""
    rule: str = ""
    network_address: str = ""
