"""What a caller may not see answers as what does not exist, whatever they ask and whatever they change. [DMP: visibility]

Random records, rights and callers. Each store's answer through a sight is held against that of a registry in which the hidden was
never registered: so nothing of it is told, nothing else is lost, and it does not count.
"""

from __future__ import annotations

import os
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from access.decision import decide
from access.mandate import Action, Mandate
from access.sight import Sight
from registry.facts import RegistryWork
from registry.store.seen import find_seen
from registry.stored_queries import STORED_QUERIES
from sql.database import Database
from tests.registry.desk import Backend, MemoryBackend, SQLBackend
from tests.registry.store import laws
from tests.registry.store import steps as history
from tests.registry.store.audiences import (
    CHANGES,
    DEEDS,
    OFTEN,
    Guarded,
    a_mandate_of,
    a_sight,
    an_action,
    sight_of,
)
from tests.registry.store.every_question import every_question
from tests.registry.store.hiding import Said, secrets_of, without_hidden
from tests.registry.store.questions import comparable, question
from tests.registry.store.steps import DOMAIN, Clock, Deed
from tests.registry.store.world import PEOPLE, TYPE_CODE
from tests.simulators.registry import MemoryRegistry
from xds.errors import ErrorList
from xds.identifiers import normal_id
from xds.messages import AdhocQueryRequest, PatientFeed, RegistryResponse, RemoveMetadata
from xds.metadata import DocumentEntry
from xds.vocabulary import REPLACEMENTS

RECORDS = int(os.environ.get("COFFRE_TEST_SIGHTS", "80"))
CALLERS, SIGHTS, QUESTIONS, CHANGES_TRIED = 2, 3, 6, 12
Step = tuple[str, int]


class Stores:
    """The oracle and the real stores, and what has been said of each document."""

    def __init__(self, databases: dict[str, Database]) -> None:
        for database in databases.values():
            laws.clear(database)
        self.memory, self.databases, self.said = MemoryRegistry(TYPE_CODE), databases, Said()
        self.backends: dict[str, Backend] = {"memory": MemoryBackend(self.memory)}
        self.backends |= {name: SQLBackend(database, DOMAIN) for name, database in databases.items()}

    def play(self, steps: list[Step], seen: Seen) -> None:
        """A history; the stores agree on each of its steps."""
        clock = Clock()
        for number, (name, seed) in enumerate([("submit signed", 0), *steps]):
            draw = random.Random(f"{number} {seed}")
            deed = DEEDS[name](Guarded(self.memory, draw))
            now = clock.go_on(draw)
            answers = [
                backend.settle(partial(getattr(history.actor_at(now, number), deed.verb), deed.request), _is_refused)
                for backend in self.backends.values()
            ]
            assert answers == answers[:1] * len(answers)
            seen.deeds[name, not _is_refused(answers[0])] += 1
            self.said.listen(self.memory)


class Seen:
    """What has come up in the whole run, so that a run that proves nothing is noticed."""

    def __init__(self) -> None:
        self.deeds: Counter[tuple[str, bool]] = Counter()
        self.changes: Counter[tuple[str, bool]] = Counter()
        self.answers: Counter[tuple[str, bool]] = Counter()
        self.hidden: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What has come up."""
    return Seen()


records = st.lists(st.tuples(st.sampled_from(OFTEN), st.integers(0, 2**24 - 1)), min_size=2, max_size=7)
of_records = settings(
    max_examples=RECORDS,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@of_records
@given(steps=records, seed=st.integers(0, 2**24 - 1))
def test_any_query_is_answered_as_if_what_is_hidden_did_not_exist(
    quick_databases: dict[str, Database], seen: Seen, steps: list[Step], seed: int
) -> None:
    stores = Stores(quick_databases)
    stores.play(steps, seen)
    world = Guarded(stores.memory, random.Random(seed))
    sights = [_a_callers_sight(world) for _ in range(CALLERS)] + [a_sight(world) for _ in range(SIGHTS)]
    for sight in sights:
        rest = without_hidden(stores.memory, sight, stores.said)
        secrets = secrets_of(stores.memory, rest)
        seen.hidden["something" if secrets else "nothing"] += 1
        patient = sight.patient[0] if sight.patient is not None else world.choice(PEOPLE)
        requests = [*every_question(world, patient)]
        requests += [question(world, world.choice(STORED_QUERIES)) for _ in range(QUESTIONS)]
        for request in requests:
            _ask(stores, world, request, sight, rest, secrets, seen)
        _retrieve(stores, sight, rest)


@of_records
# The case of a membership that another patient's SubmissionSet had brought.
@example(steps=[("associations", 297), ("submit", 0)], seed=0)
@given(steps=records, seed=st.integers(0, 2**24 - 1))
def test_any_change_is_answered_as_if_what_is_hidden_did_not_exist(
    quick_databases: dict[str, Database], seen: Seen, steps: list[Step], seed: int
) -> None:
    """Codes and sentences, save of those few that keep a record in order, whoever asks. [DMP: TD2.1, TD3.3a-d]"""
    stores = Stores(quick_databases)
    stores.play(steps, seen)
    world = Guarded(stores.memory, random.Random(seed))
    for number in range(CHANGES_TRIED):
        mandate = a_mandate_of(world)
        rest = without_hidden(stores.memory, sight_of(decide(mandate, Action.REFER)), stores.said)
        may_replace = without_hidden(stores.memory, sight_of(decide(mandate, Action.REPLACE)), stores.said)
        name = world.choice(tuple(CHANGES))
        deed = CHANGES[name](world)
        if _replaced(deed) & (may_replace.objects.keys() - rest.objects.keys()):
            seen.changes["replace a colleague's masked document", True] += 1
            continue
        verb = getattr(history.actor_at(history.BEGINNING, 1000 + number), deed.verb)
        act = partial(_judged, verb, deed.request, mandate)
        expected = MemoryBackend(rest).settle(act, _is_refused_here)
        for store, backend in stores.backends.items():
            answer = backend.settle(act, _is_refused_here)
            assert _without_guards(answer) == _without_guards(expected), (store, name, mandate)
        seen.changes[name, not _is_refused(expected)] += 1
        seen.codes.update(expected.errors.codes)


def test_records_met_every_query_every_change_and_something_hidden(seen: Seen) -> None:
    """Else they prove less than they seem to."""
    if RECORDS < 60 or not (seen.answers and seen.changes):
        pytest.skip("fewer than sixty records of each kind were tried")
    assert {(row.query_id, is_empty) for row in STORED_QUERIES for is_empty in (True, False)} <= seen.answers.keys()
    assert {(name, is_done) for name in CHANGES for is_done in (True, False)} <= seen.changes.keys()
    assert seen.hidden["something"] > seen.hidden["nothing"] > 0
    assert {"XDSTooManyResults", "DMPAccessDeniedByRightsService", "UnresolvedReferenceException"} <= seen.codes.keys()


_GUARDS = (
    "is itself a transformation",
    "is replaced;",
    "another Association stands in the place of",
    "would be Approved;",
)
"""Of the sentences of refusals those that keep a record in order whoever asks; they name what shows, and none of what does not."""


def _without_guards(answer: RegistryResponse) -> ErrorList:
    return ErrorList(each for each in answer.errors if not any(guard in each.code_context for guard in _GUARDS))


def _judged(
    verb: Callable[..., RegistryResponse], request: object, mandate: Mandate, work: RegistryWork
) -> RegistryResponse:
    return verb(request, work, mandate)


def _is_refused_here(_: object) -> bool:
    """What is tried is not kept, so that the next one meets the same record."""
    return True


def _replaced(deed: Deed) -> set[str]:
    assert not isinstance(deed.request, RemoveMetadata | PatientFeed)
    arrows = deed.request.submission.associations
    return {normal_id(each.target_object) for each in arrows if each.association_type in REPLACEMENTS}


def _ask(
    stores: Stores,
    world: Guarded,
    request: AdhocQueryRequest,
    sight: Sight,
    rest: MemoryRegistry,
    secrets: set[bytes],
    seen: Seen,
) -> None:
    """Sometimes where two objects are all that may be shown: what is hidden is none of them."""
    domain = replace(DOMAIN, results_max=world.choice((1, 2, 5))) if world.chance(0.25) else DOMAIN
    actor = replace(history.actor_at(history.BEGINNING, 0), domain=domain)
    expected = actor.query(request, rest)
    for name, backend in stores.backends.items():
        answer = backend.settle(lambda work: actor.query(request, work, sight), lambda _: True)
        assert comparable(answer) == comparable(expected), (name, request, sight)
        told = b"".join(answer.objects).lower()
        assert not [secret for secret in secrets if secret.lower() in told], (name, request, sight)
    seen.answers[request.query_id, not expected.objects] += 1
    seen.codes.update(expected.errors.codes)


def _retrieve(stores: Stores, sight: Sight, rest: MemoryRegistry) -> None:
    """By uniqueId: what a repository is told of the documents that are there."""
    named, expected = (_unique_ids(registry) for registry in (stores.memory, rest))
    for name, database in stores.databases.items():
        with database.read() as work:
            assert find_seen(work, named | {"1.2.3"}, sight) == expected, (name, sight)


def _unique_ids(registry: MemoryRegistry) -> set[str]:
    values = (kept.value for kept in registry.objects.values())
    return {value.unique_id or "" for value in values if isinstance(value, DocumentEntry)}


def _a_callers_sight(world: Guarded) -> Sight:
    return sight_of(decide(a_mandate_of(world), an_action(world)))


def _is_refused(answer: Any) -> bool:
    return bool(answer.is_refusal if hasattr(answer, "is_refusal") else answer.errors.has_errors)
