"""What a race is: what is there before, what is asked at one moment, and which answers there may be. [decision 8]

A rule gives each loser its exact code; that what is left is lawful, whoever won, is asked of every race by ``laws``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from tests.registry.desk import NOW, Desk, membership, relation
from tests.registry.test_patients_merged import a_merge
from tests.registry.updating import (
    a_status_update,
    an_update,
    revised,
)
from xds.hl7v2 import CX
from xds.messages import (
    PatientFeed,
    RegisterDocumentSet,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    UpdateDocumentSet,
)
from xds.metadata import DocumentEntry, Folder, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus

Request = RegisterDocumentSet | UpdateDocumentSet | RestrictedUpdateDocumentSet | RemoveMetadata | PatientFeed
Answer = tuple[str, ...]
"""Codes of errors; of a feed, why nothing was done."""
Judge = Callable[[Sequence[Answer]], bool]

DONE: Answer = ()
DEPRECATED_ERROR: Answer = ("XDSRegistryDeprecatedDocumentError",)
UNRESOLVED: Answer = ("UnresolvedReferenceException",)
STILL_NAMED: Answer = ("ReferencesExistException",)
UPDATE_ERROR: Answer = ("XDSMetadataUpdateError",)
UNKNOWN_PATIENT: Answer = ("XDSUnknownPatientId",)
RPLC = AssociationType.RPLC


@dataclass(frozen=True)
class Act:
    """One request of a race: by the registry's verb, at a moment of its own clock.

    If it is done, it has brought and taken ids, and so many objects whose ids the registry gives.
    """

    verb: str
    request: Request
    now: datetime = NOW
    brings: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()
    unnamed: int = 0


class Race(NamedTuple):
    """What is asked at one moment, and whether the answers, in the order of the acts, are what they may be.

    ``is_left_right``: whether what is there afterwards agrees with the answers, where the laws do not say it.
    """

    acts: tuple[Act, ...]
    is_right: Judge
    is_left_right: Judge = lambda answers: True


@dataclass
class Ground:
    """The registry that a kind's races are run in, the ids that must be there by now, and how many others."""

    desk: Desk
    there: set[str] = field(default_factory=set)
    unnamed: int = 0

    def given(self, submission: Submission) -> Submission:
        """Something that is registered before."""
        self.there |= ids_of(submission)
        return self.desk.registered(submission)

    def plain(self, **changes: Any) -> Submission:
        """A document with symbolic ids alone: what PostgreSQL is given in one statement. [ADR 0017]"""
        lot = self.desk.submission(self.desk.entry(entry_uuid="Document01", **changes), entry_uuid="SubmissionSet01")
        named = (replace(each, entry_uuid=f"Association{number:02}") for number, each in enumerate(lot.associations))
        return replace(lot, associations=tuple(named))

    def document(self, *folders: Folder) -> DocumentEntry:
        """A document that is registered before, with its Folders, which hold it."""
        desk, entry = self.desk, self.desk.entry()
        held = [membership(folder.entry_uuid, entry.entry_uuid) for folder in folders]
        self.given(desk.submission(entry, folders=folders, associations=held))
        return entry


def register(submission: Submission, *, after: int = 0, touches: Iterable[str] = ()) -> Act:
    """[ITI-42]"""
    now = NOW + timedelta(seconds=after)
    return Act("register", RegisterDocumentSet(submission), now, ids_of(submission), touches=frozenset(touches))


def register_plain(submission: Submission, *, brings: int = 2) -> Act:
    """[ITI-42] With symbolic ids."""
    return Act("register", RegisterDocumentSet(submission), unnamed=brings)


def update(submission: Submission) -> Act:
    """[ITI-57]"""
    return Act("update", UpdateDocumentSet(submission), brings=ids_of(submission))


def update_restricted(submission: Submission) -> Act:
    """[ITI-92]"""
    return Act("update_restricted", RestrictedUpdateDocumentSet(submission), brings=ids_of(submission))


def remove(*entry_uuids: str) -> Act:
    """[ITI-62]"""
    return Act("remove", RemoveMetadata(entry_uuids), takes=frozenset(entry_uuids))


def merge(subsumed: CX, survivor: CX) -> Act:
    """[ITI-44]"""
    return Act("feed", a_merge(subsumed, survivor))


def ids_of(submission: Submission) -> frozenset[str]:
    """What a submission brings."""
    return frozenset(value.entry_uuid for value in submission.objects())


def all_done(answers: Sequence[Answer]) -> bool:
    """Nobody is in anybody's way."""
    return set(answers) == {DONE}


def one_wins(code: str) -> Judge:
    """The others are told that code, and nothing else."""
    return lambda answers: Counter(answers) == {DONE: 1, (code,): len(answers) - 1}


def one_of(*allowed: tuple[Answer, ...]) -> Judge:
    """The answers to all acts, in their order."""
    return lambda answers: tuple(answers) in allowed


def each_of(*allowed: set[Answer]) -> Judge:
    """For each act its own answers."""
    return lambda answers: all(answer in mine for answer, mine in zip(answers, allowed, strict=True))


def replacement(ground: Ground, target: str) -> Submission:
    """A document that replaces a registered one."""
    entry = ground.desk.entry()
    return ground.desk.submission(entry, associations=[relation(RPLC, entry.entry_uuid, target)])


def new_version(ground: Ground, value: DocumentEntry | Folder) -> Submission:
    """An object in its next version."""
    return an_update(ground.desk, revised(value))


def status_change(ground: Ground, target: str, original: AvailabilityStatus, new: AvailabilityStatus) -> Submission:
    """A request that changes one status."""
    return an_update(ground.desk, associations=[a_status_update(target, original, new)])
