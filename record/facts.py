"""What a record is before a verb changes it, and the unit of work that tells it and keeps what it becomes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date
from enum import IntEnum
from typing import NamedTuple, Protocol

from access.caller import Identity, Role
from access.mandate import Authorisation, RecordState
from record.person import NOBODY_KNOWN, Person
from xds.domain import RecordPolicy

DAY = 1_000_000
"""Times are numbers of 14 digits (UTC), days of 8: a time divided by this is its day."""

YEAR = 10_000
"""A day divided by this is its year."""


class Closing(NamedTuple):
    """Why a record was closed: a code, its system, and free text. [DMP: TD1.4]"""

    code: str = ""
    system: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """The record of a patient, or the opposition of somebody who has none.

    ``identities``: the effective one, then those that were merged into it. ``created_at`` is None where somebody opposed who never had
    a record. ``is_attached``: to Mon espace santé.
    """

    identities: tuple[Identity, ...]
    state: RecordState
    created_at: int | None
    updated_at: int
    closed_at: int | None = None
    closing: Closing = field(default_factory=Closing)
    person: Person = NOBODY_KNOWN
    has_account: bool = False
    is_attached: bool = False
    opposes_break_glass: bool = False
    opposes_regulation: bool = False
    shows_masked_in_emergency: bool = False


class GrantState(IntEnum):
    """What an authorisation is; ``FORBIDDEN`` by the patient. Numbers as stored."""

    ACTIVE = 1
    FORBIDDEN = 2
    REMOVED = 3


class Treating(IntEnum):
    """Whether a doctor is médecin traitant of the record, and by whose word. Numbers as stored. [DMP: TD0.3]"""

    NO = 0
    DECLARED = 1
    DESIGNATED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The authorisation of a professional or structure on a record; ``holder`` as ``access.sight`` spells keys."""

    holder: str
    state: GrantState
    started_at: int
    name: str = ""
    profession: Role | None = None
    specialty: Role | None = None
    treating: Treating = Treating.NO
    expires_at: int | None = None
    last_access_at: int | None = None
    last_addition_at: int | None = None


class Place(NamedTuple):
    """Where a patient stands before a verb: every identity that is this patient, and the record, if there is one.

    The effective identity is the first; there is none where the patient is not known here.
    """

    identities: tuple[Identity, ...] = ()
    record: Record | None = None

    @property
    def patient(self) -> Identity | None:
        """The effective identity."""
        return self.identities[0] if self.identities else None


class Search(NamedTuple):
    """Traits that somebody is looked for by; empty where not asked. [DMP: TD0.5]"""

    family: str = ""
    given: str = ""
    birth_date: str = ""
    sex: str = ""
    city: str = ""


class Listed(NamedTuple):
    """A record on which somebody is authorised; ``last_addition_at``: of a document, by whomsoever. [DMP: TD0.4]"""

    record: Record
    grant: Grant
    last_addition_at: int | None


class RecordWork(Protocol):
    """One unit of work of a record store: all of it happens, or nothing. Merged patients are one patient."""

    def find(self, patient: Identity) -> Place:
        """Where a patient stands."""

    def lock(self, patient: Identity) -> Place:
        """As ``find``; nobody else changes the record, its authorisations or its documents until the work ends."""

    def add_patient(self, patient: Identity) -> None:
        """Makes a patient known; no change if it is."""

    def save(self, record: Record) -> None:
        """Keeps a record, new or changed. Raises sql.database.Conflict: do it again."""

    def drop(self, record: Record) -> None:
        """Takes out a record and the authorisations on it; documents are the registry's."""

    def find_grants(self, patient: Identity, holders: Collection[str] | None = None) -> list[Grant]:
        """The authorisations on a record, of these holders or of all."""

    def save_grant(self, patient: Identity, grant: Grant) -> None:
        """Keeps an authorisation, new or changed."""

    def find_by_traits(self, search: Search, maximum: int) -> list[Record]:
        """Active records of people whose family name is the one searched; at most so many, others are for the judge to leave out."""

    def find_listed(self, holders: Collection[str]) -> list[Listed]:
        """The records on which one of these holders has an active authorisation."""


def day_of(day: date) -> int:
    """A day as a number of 8 digits."""
    return day.year * YEAR + day.month * 100 + day.day


def is_past_keeping(closed_at: int | None, today: int, policy: RecordPolicy) -> bool:
    """Whether what was closed then has been kept for as long as the law asks. [CSP L1111-18]"""
    return closed_at is not None and closed_at // DAY + policy.kept_years * YEAR <= today


def state_of(record: Record | None, today: int, policy: RecordPolicy) -> RecordState:
    """The state of a record on a day: once it has been kept long enough after its closing, it is none. An opposition stays."""
    if record is None:
        return RecordState.NONE
    if record.state is RecordState.CLOSED and is_past_keeping(record.closed_at, today, policy):
        return RecordState.NONE
    return record.state


def authorisation_of(state: GrantState | None, expires_at: int | None, now: int) -> Authorisation:
    """What an authorisation is worth at a moment (14 digits). [DMP: TD0.2, AUTORISATION]"""
    if state is None or state is GrantState.REMOVED:
        return Authorisation.NONE
    if state is GrantState.FORBIDDEN:
        return Authorisation.FORBIDDEN
    return Authorisation.EXPIRED if expires_at is not None and expires_at <= now else Authorisation.VALID
