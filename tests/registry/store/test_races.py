"""Ten thousand races on real databases: who comes first is settled once, the others get the code of the rule. [decision 8]

Each request runs as the server runs it, in a thread with connections of its own, as each worker process has.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import pytest

from registry.actor import DocumentRegistry
from registry.store.work import SQLRegistryWork
from server.actors_at_work import RegistryAtWork
from server.guard import Guard
from sql.database import Database
from tests.registry.desk import Desk, SQLBackend, another_patient
from tests.registry.store import laws, races_of_merges, races_of_removals, races_of_submissions, races_of_updates
from tests.registry.store.races import Act, Answer, Ground, merge
from tests.samples import a_domain, fresh_uuid
from xds.messages import FeedAcknowledgement, RegisterDocumentSet

RACES = int(os.environ.get("COFFRE_TEST_RACES", "10000"))
KINDS = {
    kind.__name__: kind
    for subject in (races_of_submissions, races_of_updates, races_of_removals, races_of_merges)
    for kind in subject.KINDS
}
"""Every kind of race, by its name."""
DIALECTS = ("sqlite", "postgresql")
BATCH = 25
"""After so many races the whole database is looked at, and emptied."""
DOMAIN = a_domain(patients_known_beforehand=False)
OFTEN = 1e-5
"""Seconds after which one thread makes way for another: the finer they are interwoven, the more they meet."""


class Track:
    """Threads that stay, each with its own connections, and start at one moment."""

    def __init__(self, database: Database, threads: ThreadPoolExecutor) -> None:
        self._database = database
        self._threads = threads

    def run(self, acts: Sequence[Act]) -> list[Answer]:
        """Does all of these at once; their answers in order."""
        start = Barrier(len(acts), timeout=60)
        return [each.result() for each in [self._threads.submit(self._run, act, start) for act in acts]]

    def _run(self, act: Act, start: Barrier) -> Answer:
        registry = DocumentRegistry(DOMAIN, lambda: act.now, fresh_uuid)
        verb = partial(
            getattr(RegistryAtWork(registry, Guard(DOMAIN, self._database, registry.clock)), act.verb), act.request
        )
        start.wait()
        answer = verb()
        if isinstance(answer, FeedAcknowledgement):
            return tuple(filter(None, [answer.response.reason]))
        return tuple(answer.errors.codes)


@pytest.fixture(params=DIALECTS)
def database(request: pytest.FixtureRequest, quick_databases: dict[str, Database]) -> Database:
    """A database that flushes nothing, with nothing in it."""
    chosen = quick_databases[request.param]
    laws.clear(chosen)
    return chosen


@pytest.fixture(scope="module")
def threads() -> Iterator[ThreadPoolExecutor]:
    """As many as meet in one race."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(OFTEN)
    with ThreadPoolExecutor(4) as pool:
        yield pool
    sys.setswitchinterval(before)


@pytest.mark.parametrize("kind", KINDS)
def test_race_has_one_outcome_that_the_rules_allow_and_leaves_what_is_lawful(
    kind: str, database: Database, threads: ThreadPoolExecutor
) -> None:
    track, left = Track(database, threads), -(-RACES // (len(KINDS) * len(DIALECTS)))
    while left > 0:
        ground = Ground(Desk(SQLBackend(database, DOMAIN), DOMAIN))
        touched: dict[str, int] = {}
        for _ in range(min(BATCH, left)):
            race = KINDS[kind](ground)
            answers = track.run(race.acts)
            assert race.is_right(answers), answers
            assert race.is_left_right(answers), answers
            for act, answer in zip(race.acts, answers, strict=True):
                if not answer:
                    ground.there = (ground.there | act.brings) - act.takes
                    ground.unnamed += act.unnamed
                    for folder in act.touches:
                        touched[folder] = max(touched.get(folder, 0), int(f"{act.now:%Y%m%d%H%M%S}"))
        _judge(laws.state_of(database), ground, touched)
        laws.clear(database)
        left -= BATCH


def _judge(state: laws.State, ground: Ground, touched: dict[str, int]) -> None:
    """Nothing is broken, nothing that was accepted is lost, nothing is there that nobody has sent, and Folders tell the last change."""
    assert laws.breaches(state) == []
    objects = {f"urn:uuid:{each.entry_uuid}": each for each in state.objects}
    arrows = {f"urn:uuid:{each.entry_uuid}" for each in state.arrows}
    named = ground.there - arrows
    assert named <= objects.keys()
    assert len(objects) - len(named) == ground.unnamed
    for folder, at in touched.items():
        assert (objects[folder].updated_at or 0) >= at


def test_merge_waits_for_the_submission_under_way_of_its_patient(
    quick_databases: dict[str, Database], threads: ThreadPoolExecutor
) -> None:
    """No matter of chance: the submission commits once the merge is seen to wait for it. [ITI TF-2: 3.8.4.2.4]"""
    database = quick_databases["postgresql"]
    laws.clear(database)
    desk = Desk(SQLBackend(database, DOMAIN), DOMAIN)
    old, new = desk.patient_id, another_patient()
    desk.make_known(new)
    lot = desk.submission(desk.entry())
    with database.write() as work:
        assert not desk.actor.register(RegisterDocumentSet(lot), SQLRegistryWork(work, DOMAIN)).errors
        merged = threads.submit(Track(database, threads).run, [merge(old, new)])
        _wait_until_somebody_waits(database)
    assert merged.result(timeout=30) == [()]
    state = laws.state_of(database)
    assert {each.patient for each in state.objects} == {new.id_number}
    kept = {each.entry_uuid for each in state.objects} | {each.entry_uuid for each in state.arrows}
    assert {f"urn:uuid:{entry_uuid}" for entry_uuid in kept} == {each.entry_uuid for each in lot.objects()}


def _wait_until_somebody_waits(database: Database) -> None:
    """[PostgreSQL: pg_stat_activity]"""
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with database.read() as work:
            if work.execute(asked).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
