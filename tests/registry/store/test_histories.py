"""SQLite, PostgreSQL and the oracle in memory judge every history alike, keep the same and answer every query alike. [style 8: laws]

Each step is a unit of work of its own. After it the stores are compared row by row, and by a few queries with parameters of
chance; over the run every stored query is asked, from within the community and through its gateway.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import HealthCheck, given, settings

from registry.actor import DocumentRegistry
from registry.facts import Kind, RegistryWork
from registry.store import coding
from registry.stored_queries import MULTI_PATIENT_QUERIES, STORED_QUERIES, StoredQuery
from server.actors_at_work import RegistryAtWork
from server.guard import Guard
from sql.database import Database
from tests.registry.desk import Backend, MemoryBackend, SQLBackend, read, referred
from tests.registry.store import laws
from tests.registry.store import steps as history
from tests.registry.store.questions import comparable, question
from tests.registry.store.steps import DOMAIN, Clock, Deed, Past, Step, What
from tests.registry.store.world import TYPE_CODE, World
from tests.simulators.registry import MemoryRegistry
from xds import errors
from xds.messages import AdhocQueryRequest, AdhocQueryResponse, FeedAcknowledgement, FeedResponse, RegistryResponse
from xds.transactions import ITI_38, ITI_51, Transaction
from xds.vocabulary import AssociationType, ReturnType

HISTORIES = int(os.environ.get("COFFRE_TEST_HISTORIES", "2000"))
QUESTIONS = 4
"""How many queries are asked after each step."""
Response = RegistryResponse | FeedResponse
QUERIES = (*STORED_QUERIES, *MULTI_PATIENT_QUERIES)
_HAS_MEMBER = coding.ASSOCIATION_TYPE_NUMBER[AssociationType.HAS_MEMBER]


class Stores:
    """The oracle and the real stores, as they are seen from within the community and through its gateway."""

    def __init__(self, databases: dict[str, Database]) -> None:
        self.memory = MemoryRegistry(TYPE_CODE)
        self.databases = databases
        self.within, self.abroad = self._backends(None), self._backends(DOMAIN.home_community_id)

    def _backends(self, home: str | None) -> dict[str, Backend]:
        real = {name: SQLBackend(database, DOMAIN, home) for name, database in self.databases.items()}
        return {"memory": MemoryBackend(self.memory, home), **real}


class Seen:
    """What has come up in the whole run, so that a run that proves nothing is noticed."""

    def __init__(self) -> None:
        self.deeds: Counter[tuple[What, bool]] = Counter()
        self.codes: Counter[tuple[str, str]] = Counter()
        self.answers: Counter[tuple[str, bool]] = Counter()


@pytest.fixture(scope="module")
def seen() -> Seen:
    """What has come up."""
    return Seen()


CODES = {
    "ReferencesExistException",
    "UnmodifiableMetadataError",
    "UnresolvedReferenceException",
    "XDSDuplicateUniqueIdInRegistry",
    "XDSInvalidRequestException",
    "XDSMetadataAnnotationError",
    "XDSMetadataIdentifierError",
    "XDSMetadataUpdateError",
    "XDSMetadataUpdateOperationError",
    "XDSMetadataVersionError",
    "XDSMissingHomeCommunityId",
    "XDSNonIdenticalHash",
    "XDSNonIdenticalSize",
    "XDSObjectTypeError",
    "XDSPatientIDReconciliationError",
    "XDSPatientIdDoesNotMatch",
    "XDSRegistryDeprecatedDocumentError",
    "XDSRegistryDuplicateUniqueIdInMessage",
    "XDSRegistryError",
    "XDSRegistryMetadataError",
    "XDSResultNotSinglePatient",
    "XDSStoredQueryMissingParam",
    "XDSStoredQueryParamNumber",
    "XDSTooManyResults",
    "XDSUnknownPatientId",
    "XDSUnreferencedObjectException",
}
"""Refusals that two thousand histories meet."""


@settings(
    max_examples=HISTORIES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=history.steps)
def test_any_history_gets_the_same_judgements_and_the_same_answers_from_every_store(
    quick_databases: dict[str, Database], seen: Seen, steps: list[Step]
) -> None:
    for database in quick_databases.values():
        laws.clear(database)
    stores, clock, past = Stores(quick_databases), Clock(), Past()
    for number, step in enumerate([Step(What.SUBMIT, steps[0].seed), *steps]):
        world = history.world_at(stores.memory, step, number)
        before = laws.remembered(stores.memory)
        now = clock.go_on(world.draw)
        response = _do(stores, step.deed(world, past), partial(history.actor_at, now, number), seen)
        seen.deeds[step.what, not _is_refused(response)] += 1
        _compare_states(stores, before, int(f"{now:%Y%m%d%H%M%S}"))
        for _ in range(QUESTIONS):
            _ask(stores, world, world.choice(QUERIES), seen)


def test_histories_met_every_deed_every_query_and_every_refusal(seen: Seen) -> None:
    """Else they prove less than they seem to: what is drawn has become too good, or too bad."""
    if HISTORIES < 2000 or not seen.deeds:
        pytest.skip("fewer than two thousand histories were played")
    assert {(what, is_done) for what in What for is_done in (True, False)} - seen.deeds.keys() <= _NEVER_REFUSED
    assert {(row.name, is_empty) for row in QUERIES for is_empty in (True, False)} <= seen.answers.keys()
    assert {code for code, _ in seen.codes} >= CODES


_NEVER_REFUSED = {(What.MAKE_KNOWN, False), (What.MERGE, False)}
"""A feed that changes nothing is acknowledged."""


def _do(stores: Stores, deed: Deed, new_actor: Callable[[], DocumentRegistry], seen: Seen) -> Response:
    """One unit of work in each store, in the real ones as the server does it."""
    verb = partial(getattr(new_actor(), deed.verb), deed.request)
    expected: Response = stores.within["memory"].settle(verb, _is_refused)
    for name, database in stores.databases.items():
        actor = new_actor()
        verbs = RegistryAtWork(actor, Guard(actor.domain, database, actor.clock))
        answer = getattr(verbs, deed.verb)(deed.request)
        assert (answer.response if isinstance(answer, FeedAcknowledgement) else answer) == expected, name
    if not isinstance(expected, FeedResponse):
        _note(seen, deed.transaction, expected.errors)
    return expected


def _compare_states(stores: Stores, before: laws.State, now: int) -> None:
    """The stores hold the same, what they hold is lawful, and a Folder that has gained a member has been touched."""
    state = laws.remembered(stores.memory)
    for name, database in stores.databases.items():
        assert laws.state_of(database) == state, name
    assert laws.breaches(state) == []
    folders = {each.entry_uuid: each for each in state.objects if each.kind == Kind.FOLDER}
    known = {each.entry_uuid for each in before.arrows}
    for arrow in state.arrows:
        if arrow.kind == _HAS_MEMBER and arrow.source in folders and arrow.entry_uuid not in known:
            folder = folders[arrow.source]
            assert folder.latest
            assert (folder.updated_at or 0) >= now


def _ask(stores: Stores, world: World, row: StoredQuery, seen: Seen) -> None:
    """One query, within the community or through the gateway; sometimes where two objects are all that may be shown."""
    request = question(world, row)
    domain = replace(DOMAIN, results_max=2) if world.chance(0.1) else DOMAIN
    actor = replace(history.actor_at(history.BEGINNING, 0), domain=domain)
    verb: Callable[[AdhocQueryRequest, RegistryWork], AdhocQueryResponse] = actor.query
    transaction, backends = row.transaction, stores.within
    if row.transaction is ITI_51:
        verb = actor.query_multiple_patients
    elif world.chance(0.25):
        home = world.choice((*(DOMAIN.home_community_id,) * 8, None, "urn:oid:1.2.5"))
        transaction, verb, backends = ITI_38, actor.cross_gateway_query, stores.abroad
        request = replace(request, home=home)
    answers = {
        name: backend.settle(lambda work: verb(request, work), lambda _: True) for name, backend in backends.items()
    }
    answer = answers["memory"]
    for name, other in answers.items():
        assert comparable(other) == comparable(answer), (name, request)
    if transaction is ITI_38:
        assert all(b' home="urn:oid:1.2.4"' in text for text in answer.objects)
    _note(seen, transaction, answer.errors)
    if not answer.errors:
        seen.answers[row.name, not answer.objects] += 1
        if request.return_type == ReturnType.LEAF_CLASS and world.chance(0.1):
            only_ids = replace(request, return_type=ReturnType.OBJECT_REF)
            references = backends["memory"].settle(lambda work: verb(only_ids, work), lambda _: True).objects
            assert sorted(map(referred, references)) == sorted(read(text).entry_uuid for text in answer.objects)


def _note(seen: Seen, transaction: Transaction, found: errors.ErrorList) -> None:
    """Every code that is said stands in the table, for this transaction."""
    for each in found:
        assert errors.find(each.row.code) is each.row
        assert transaction.name in each.row.transactions, (each.row.code, transaction.name, each.code_context)
        seen.codes[each.row.code, transaction.name] += 1


def _is_refused(response: Response) -> bool:
    return response.is_refusal if isinstance(response, FeedResponse) else response.errors.has_errors
