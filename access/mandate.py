"""A caller with their standing on one record: all that a decision needs, gathered before it is taken. [DMP: droits fonctionnels]"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from access.caller import Caller, Identity
from access.sight import EVERYTHING, Sight
from xds.domain import AffinityDomain


class Action(StrEnum):
    """What can be asked; the rows of the matrix of rights, by the DMP's own numbers where it has one."""

    SEE_RECORD = "TD0.2"
    AUTHORISE = "TD0.3 add"
    UNAUTHORISE = "TD0.3 remove"
    STOP_TREATING = "TD0.3 stop MT"
    LIST_RECORDS = "TD0.4"
    FIND_BY_TRAITS = "TD0.5"
    CREATE_RECORD = "TD1.1"
    REOPEN_RECORD = "TD1.2"
    READ_RECORD = "TD1.3a"
    CHANGE_RECORD = "TD1.3b"
    CLOSE_RECORD = "TD1.4"
    LIST_AUTHORISATIONS = "TD1.6"
    SUBMIT = "TD2.1"
    REPLACE = "TD2.1 replace"
    FIND = "TD3.1"
    REFER = "TD3.1b"
    RETRIEVE = "TD3.2"
    RETRIEVE_MASKED = "TD3.2 masked"
    MASK = "TD3.3a mask"
    UNMASK = "TD3.3a unmask"
    SHOW_PATIENT = "TD3.3b"
    DELETE = "TD3.3c"
    ARCHIVE = "TD3.3d"
    READ_JOURNAL = "journal"


class RecordState(StrEnum):
    """Where a record is in its life. ``OPPOSED``: the person does not want one. [CSP L1111-14]"""

    NONE = "none"
    ACTIVE = "active"
    CLOSED = "terminated"
    OPPOSED = "opposed"


class Authorisation(StrEnum):
    """The caller's authorisation on the record. [DMP: TD0.2, AUTORISATION]"""

    NONE = "NON_EXISTE"
    VALID = "VALIDE"
    EXPIRED = "EXPIRE"
    FORBIDDEN = "INTERDIT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What the record says of itself and of the caller. ``patient`` is the effective identity, after merges.

    ``is_treating``: the caller is a médecin traitant of this record. ``opposes_…``: what the person refuses in an emergency.
    ``shows_masked_in_emergency``: the person lets masked documents be seen then. ``is_minor``: on the day of the request.
    ``person``: who the person is, as the record keeps it; empty where it does not know.
    """

    patient: Identity | None = None
    state: RecordState = RecordState.NONE
    authorisation: Authorisation = Authorisation.NONE
    is_treating: bool = False
    opposes_break_glass: bool = False
    opposes_regulation: bool = False
    shows_masked_in_emergency: bool = False
    is_minor: bool = False
    person: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Mandate:
    """Who asks, on which record, under which agreements. ``caller`` None: nobody is asked who they are, and all is permitted."""

    caller: Caller | None
    standing: Standing
    domain: AffinityDomain


class Permit(NamedTuple):
    """Yes: what is seen on the way, and whose documents it reaches (None: any that is seen; else one of these among the owners).

    ``spared``: documents with one of these among their owners are not reached, whoever else wrote them.
    """

    sight: Sight = EVERYTHING
    reach: frozenset[str] | None = None
    spared: frozenset[str] = frozenset()

    def reaches(self, owners: frozenset[str]) -> bool:
        """Whether the action may be done to a document, which is seen, with these owners."""
        return (self.reach is None or not self.reach.isdisjoint(owners)) and self.spared.isdisjoint(owners)


class Deny(NamedTuple):
    """No: the id of the rule, and why, for a person."""

    rule: str
    reason: str
    reason_fr: str


Decision = Permit | Deny


def anybody(domain: AffinityDomain) -> Mandate:
    """The mandate where nobody is asked who they are."""
    return Mandate(None, Standing(), domain)
