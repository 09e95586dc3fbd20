"""Random histories of a registry: what is done to it, one step after the other, each drawn from what is there by then."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from hypothesis import strategies as st

from registry.actor import DocumentRegistry
from tests.registry.store import amendments, submissions
from tests.registry.store.world import AUTHORITY, TYPE_CODE, World
from tests.simulators.registry import MemoryRegistry
from xds.domain import AffinityDomain, AssigningAuthority
from xds.messages import (
    PatientFeed,
    RegisterDocumentSet,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    UpdateDocumentSet,
)
from xds.metadata import Submission
from xds.transactions import ITI_42, ITI_44, ITI_57, ITI_61, ITI_62, ITI_92, Transaction
from xds.vocabulary import AvailabilityStatus

DOMAIN = AffinityDomain(
    name="test",
    title="test",
    repository_unique_id="1.2.3",
    home_community_id="urn:oid:1.2.4",
    authorities=(AssigningAuthority(AUTHORITY, "test"),),
    patients_known_beforehand=False,
    cx_type_code=TYPE_CODE,
    availability_statuses=frozenset(AvailabilityStatus),
)
BEGINNING = datetime(2025, 5, 31, 20, tzinfo=UTC)
PAUSES = (0, 1, 1, 60, 3600, 86_400, -1)
"""Seconds from one step to the next; the clocks of two processes may differ by one."""

Request = RegisterDocumentSet | UpdateDocumentSet | RestrictedUpdateDocumentSet | RemoveMetadata | PatientFeed


class Deed(NamedTuple):
    """One step, made up: the transaction that it is of, the registry's verb, and what it asks."""

    transaction: Transaction
    verb: str
    request: Request


@dataclass
class Past:
    """What has been sent so far, for it may be sent again."""

    requests: list[tuple[Transaction, Submission]] = field(default_factory=list)


VERBS: Mapping[str, tuple[str, Callable[[Submission], Request]]] = {
    ITI_42.name: ("register", RegisterDocumentSet),
    ITI_61.name: ("register_on_demand", RegisterDocumentSet),
    ITI_57.name: ("update", UpdateDocumentSet),
    ITI_92.name: ("update_restricted", RestrictedUpdateDocumentSet),
}


def _sent(transaction: Transaction, submission: Submission, past: Past) -> Deed:
    past.requests.append((transaction, submission))
    verb, request_of = VERBS[transaction.name]
    return Deed(transaction, verb, request_of(submission))


def _repeat(world: World, past: Past) -> Deed:
    if not past.requests:
        return _sent(ITI_42, submissions.submission(world), past)
    transaction, request = world.choice(past.requests)
    return _sent(transaction, submissions.repeated(world, request), past)


def _remove(world: World, past: Past) -> Deed:
    return Deed(ITI_62, "remove", amendments.removal(world))


def _feed(make: Callable[[World], PatientFeed]) -> Callable[[World, Past], Deed]:
    return lambda world, past: Deed(ITI_44, "feed", make(world))


def _send(transaction: Transaction, make: Callable[[World], Submission]) -> Callable[[World, Past], Deed]:
    return lambda world, past: _sent(transaction, make(world), past)


class What(StrEnum):
    """What a step does."""

    SUBMIT = "submit"
    SUBMIT_ON_DEMAND = "submit on demand"
    REPEAT = "repeat"
    NEW_VERSIONS = "new versions"
    STATUSES = "statuses"
    ASSOCIATIONS = "associations"
    RESTRICTED_VERSIONS = "restricted versions"
    REMOVE = "remove"
    MAKE_KNOWN = "make known"
    MERGE = "merge"


_DEEDS: Mapping[What, Callable[[World, Past], Deed]] = {
    What.SUBMIT: _send(ITI_42, submissions.submission),
    What.SUBMIT_ON_DEMAND: _send(ITI_61, submissions.on_demand),
    What.REPEAT: _repeat,
    What.NEW_VERSIONS: _send(ITI_57, amendments.new_versions),
    What.STATUSES: _send(ITI_57, amendments.changed_statuses),
    What.ASSOCIATIONS: _send(ITI_57, amendments.later_associations),
    What.RESTRICTED_VERSIONS: _send(ITI_92, amendments.restricted_versions),
    What.REMOVE: _remove,
    What.MAKE_KNOWN: _feed(amendments.addition),
    What.MERGE: _feed(amendments.merge),
}
_OFTEN = (What.SUBMIT,) * 4 + (What.NEW_VERSIONS,) * 2 + (What.SUBMIT_ON_DEMAND,)


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what, and the seed of all that is drawn for it."""

    what: What
    seed: int

    def draw(self, number: int) -> random.Random:
        """The same draws each time this step is the so-manieth of a history."""
        return random.Random(f"{number} {self.seed}")

    def deed(self, world: World, past: Past) -> Deed:
        """What is asked, of a registry that is as the world says."""
        return _DEEDS[self.what](world, past)


steps = st.lists(st.builds(Step, st.sampled_from((*What, *_OFTEN)), st.integers(0, 2**24 - 1)), min_size=2, max_size=8)
"""A history: its first step is a submission, whatever it says, for on nothing there is nothing to do."""


@dataclass
class Clock:
    """The registry's clock, which goes on from step to step."""

    now: datetime = BEGINNING

    def go_on(self, draw: random.Random) -> datetime:
        """Some time passes."""
        self.now += timedelta(seconds=draw.choice(PAUSES))
        return self.now


def actor_at(now: datetime, number: int) -> DocumentRegistry:
    """A registry whose UUIDs follow from the step: the same over every store, and when a unit of work is begun again."""
    draw = random.Random()

    def clock() -> datetime:
        draw.seed(number)
        return now

    return DocumentRegistry(DOMAIN, clock, lambda: f"urn:uuid:{uuid.UUID(int=draw.getrandbits(128))}")


def world_at(registry: MemoryRegistry, step: Step, number: int) -> World:
    """What a step can name."""
    return World(registry, step.draw(number))
