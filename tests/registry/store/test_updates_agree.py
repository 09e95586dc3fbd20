"""SQLite, PostgreSQL and the oracle judge every update alike and are left with the same. [style 8: laws]"""

from __future__ import annotations

from functools import partial

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry import parameters as p
from registry import stored_queries as q
from registry.facts import Kind
from sql.database import Database
from tests.registry.desk import quoted
from tests.registry.store import updates
from tests.registry.store.histories import History
from tests.registry.store.test_stores_agree import HISTORIES, SQL, Memory, refused, registry, shown
from xds.messages import AdhocQueryRequest, RegisterDocumentSet, RestrictedUpdateDocumentSet, UpdateDocumentSet
from xds.metadata import Association
from xds.vocabulary import REPLACEMENTS, AvailabilityStatus

EVERY_STATUS = ((quoted(*AvailabilityStatus),),)


def everything_of(history: History, level: str) -> AdhocQueryRequest:
    """All that a patient has, as a consumer of that level sees it."""
    parameters = {
        p.PATIENT_ID.name: ((f"'{history.patient_id}'",),),
        p.ENTRY_STATUS.name: EVERY_STATUS,
        p.SET_STATUS.name: EVERY_STATUS,
        p.FOLDER_STATUS.name: EVERY_STATUS,
        p.ASSOCIATION_STATUS.name: EVERY_STATUS,
        p.METADATA_LEVEL.name: ((level,),),
    }
    return AdhocQueryRequest(q.GET_ALL.query_id, "LeafClass", parameters)


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32))
def test_any_history_of_updates_gets_the_same_judgements_and_leaves_the_same_in_every_store(
    session_databases: dict[str, Database], seed: int
) -> None:
    memory = Memory()
    backends = {"memory": memory} | {name: SQL(database) for name, database in session_databases.items()}
    history = History(seed)
    actors = {name: registry(hash((seed, history.patient))) for name in backends}
    for submission in history.submissions(4):
        request = RegisterDocumentSet(submission)
        for name, backend in backends.items():
            backend.settle(partial(actors[name].register, request), refused)
    for submission in updates.several(history, memory.work.objects, 6):
        is_restricted = history.random.random() < 0.2
        responses = {
            name: backend.settle(
                partial(actors[name].update_restricted, RestrictedUpdateDocumentSet(submission))
                if is_restricted
                else partial(actors[name].update, UpdateDocumentSet(submission)),
                refused,
            )
            for name, backend in backends.items()
        }
        for name, response in responses.items():
            assert response == responses["memory"], name
        for level in ("1", "2"):
            asked = partial(actors["memory"].query, everything_of(history, level))
            answers = {name: shown(backend.settle(asked, refused)) for name, backend in backends.items()}
            for name, answer in answers.items():
                assert answer == answers["memory"], (name, level)
    _judge_the_end(memory)


def _judge_the_end(memory: Memory) -> None:
    """Laws that no update may break."""
    kept = memory.work.objects
    for each in kept.values():
        value = each.value
        if each.kind in (Kind.STABLE, Kind.ON_DEMAND, Kind.FOLDER) and not each.is_latest:
            assert each.status is AvailabilityStatus.DEPRECATED
        if (
            isinstance(value, Association)
            and value.association_type in REPLACEMENTS
            and each.status is AvailabilityStatus.APPROVED
        ):
            assert kept[value.target_object].status is not AvailabilityStatus.APPROVED
