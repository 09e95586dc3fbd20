"""SQLite, PostgreSQL and the oracle in memory judge every history alike and answer every stored query alike. [style 8: laws]

Every other query comes from another community, through the gateway; each is asked again where two objects are all that is shown.
"""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TypeVar

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from registry.actor import DocumentRegistry
from registry.facts import RegistryWork
from registry.store.work import SQLRegistryWork
from safexml.namespaces import RIM
from sql.database import Database
from tests.registry.store.histories import AUTHORITY, History, as_on_demand
from tests.simulators.registry import MemoryRegistry
from xds import ebrim
from xds.domain import AffinityDomain, AssigningAuthority
from xds.messages import AdhocQueryResponse, RegisterDocumentSet, RegistryResponse

T = TypeVar("T")
HISTORIES = int(os.environ.get("COFFRE_TEST_HISTORIES", "150"))
DOMAIN = AffinityDomain(
    name="test",
    title="test",
    repository_unique_id="1.2.3",
    home_community_id="urn:oid:1.2.4",
    authorities=(AssigningAuthority(AUTHORITY, "test"),),
    patients_known_beforehand=False,
)


class Memory:
    """The oracle as a backend."""

    def __init__(self) -> None:
        self.work = MemoryRegistry()

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool], home: str | None = None) -> T:
        self.work.begin()
        self.work.home = home
        answer = act(self.work)
        if is_refused(answer):
            self.work.rollback()
        else:
            self.work.commit()
        return answer


class SQL:
    """A real store as a backend."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool], home: str | None = None) -> T:
        return self.database.settle(lambda work: act(SQLRegistryWork(work, DOMAIN, home)), is_refused)


def registry(seed: int) -> DocumentRegistry:
    """A registry whose clock stands and whose UUIDs follow from the seed: the same for every backend."""
    draw = random.Random(seed)
    return DocumentRegistry(
        DOMAIN,
        lambda: datetime(2026, 3, 1, 8, 30, tzinfo=UTC),
        lambda: f"urn:uuid:{uuid.UUID(int=draw.getrandbits(128))}",
    )


def shown(answer: AdhocQueryResponse) -> tuple[list[str], tuple[str, ...]]:
    """An answer as it can be compared: in no order, without the ids of nested elements, which are drawn afresh."""
    objects = []
    for text in answer.objects:
        element = etree.fromstring(b'<list xmlns:rim="%s">%s</list>' % (RIM.encode(), text))[0]
        if etree.QName(element).localname == "ObjectRef":
            objects.append(f"{element.get('id')} {element.get('home')}")
        else:
            value, findings = ebrim.read_object(element)
            assert not findings
            objects.append(repr(value))
    return sorted(objects), tuple(error.row.code for error in answer.errors)


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_history_gets_the_same_judgements_and_the_same_answers_from_every_store(
    session_databases: dict[str, Database], seed: int
) -> None:
    memory = Memory()
    backends = {"memory": memory} | {name: SQL(database) for name, database in session_databases.items()}
    history = History(seed)
    actors = {name: registry(hash((seed, history.patient))) for name in backends}
    for submission in history.submissions(6):
        is_on_demand = history.random.random() < 0.2
        request = RegisterDocumentSet(as_on_demand(submission) if is_on_demand else submission)
        responses = {
            name: backend.settle(
                partial(actors[name].register_on_demand if is_on_demand else actors[name].register, request), refused
            )
            for name, backend in backends.items()
        }
        for name, response in responses.items():
            assert response == responses["memory"], name
        for merge in history.merges():
            acknowledged = {
                backend.settle(partial(actors[name].feed, merge), lambda answer: answer.is_refusal)
                for name, backend in backends.items()
            }
            assert len(acknowledged) == 1
    for _ in range(3):
        kept = {entry_uuid: each.value for entry_uuid, each in memory.work.objects.items()}
        removal = history.removal(kept)
        responses = {
            name: backend.settle(partial(actors[name].remove, removal), refused) for name, backend in backends.items()
        }
        for name, response in responses.items():
            assert response == responses["memory"], name
    for question in history.multi_patient_questions():
        asked = partial(actors["memory"].query_multiple_patients, question)
        answers = {name: shown(backend.settle(asked, refused)) for name, backend in backends.items()}
        for name, answer in answers.items():
            assert answer == answers["memory"], (name, question)
    for number, question in enumerate(history.questions()):
        home = DOMAIN.home_community_id if number % 2 else None
        asked = (
            partial(actors["memory"].cross_gateway_query, replace(question, home=home))
            if home
            else partial(actors["memory"].query, question)
        )
        answers = {name: shown(backend.settle(asked, refused, home)) for name, backend in backends.items()}
        for name, answer in answers.items():
            assert answer == answers["memory"], (name, question)
            assert not home or all(home in shown_object for shown_object in answer[0])
        bounded = partial(replace(actors["memory"], domain=replace(DOMAIN, results_max=2)).query, question)
        answers = {name: shown(backend.settle(bounded, refused)) for name, backend in backends.items()}
        for name, answer in answers.items():
            assert answer == answers["memory"], (name, question)


def refused(response: RegistryResponse | AdhocQueryResponse) -> bool:
    return response.errors.has_errors
