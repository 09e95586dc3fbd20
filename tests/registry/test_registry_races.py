"""What happens at the same moment on real databases: the same submission twice, and merges beside submissions. [decision 8]

Each thread works over connections of its own, as each worker process does.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from registry.store.work import SQLRegistryWork
from sql.database import Database
from tests.registry.desk import Backend, Desk, SQLBackend
from tests.registry.test_idempotence import entries, sent
from tests.registry.test_patients import feed
from tests.registry.test_patients_merged import a_known_patient, a_merge, record, survivor_of
from tests.samples import a_domain
from xds.hl7v2 import CX
from xds.messages import RegisterDocumentSet
from xds.metadata import Submission

ROUNDS = 12
AT_ONCE = 4

Answer = tuple[str, ...]
Act = Callable[[Desk], Answer]


def register(submission: Submission) -> Act:
    """Registers, and tells the codes of errors."""
    return lambda desk: desk.register(submission).errors.codes


def merge(subsumed: CX, survivor: CX) -> Act:
    """Merges, and tells why not."""
    return lambda desk: tuple(filter(None, [feed(desk, a_merge(subsumed, survivor)).reason]))


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_backend(request: pytest.FixtureRequest, session_databases: dict[str, Database]) -> Backend:
    """The real stores alone: the oracle does one thing at a time."""
    return SQLBackend(session_databases[request.param])


def database_of(desk: Desk) -> Database:
    assert isinstance(desk.backend, SQLBackend)
    return desk.backend.database


def at_once(desk: Desk, *acts: Act) -> Sequence[Answer]:
    """Does all of these at one moment; their answers in order."""
    start = threading.Barrier(len(acts))

    def run(act: Act) -> Answer:
        database = Database(database_of(desk).url)
        try:
            own = replace(desk, backend=SQLBackend(database))
            start.wait(timeout=30)
            return act(own)
        finally:
            database.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def test_same_submission_sent_at_one_moment_is_answered_Success_each_time_and_stored_once(desk: Desk) -> None:
    """[contract 5]"""
    for number in range(1, ROUNDS + 1):
        submission = sent(desk.submission(desk.entry(entry_uuid="Document01"), entry_uuid="SubmissionSet01"))
        assert at_once(desk, *[register(submission)] * AT_ONCE) == [()] * AT_ONCE
        assert len(entries(desk)) == number


def test_two_submissions_of_one_unique_id_at_one_moment_are_told_apart(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    for _ in range(ROUNDS):
        one = desk.submission(desk.entry())
        other = desk.submission(desk.entry(), unique_id=one.submission_set.unique_id)
        answers = at_once(desk, register(sent(one, "11" * 32)), register(sent(other, "22" * 32)))
        assert sorted(answers) == [(), ("XDSDuplicateUniqueIdInRegistry",)]


def test_merge_beside_submissions_leaves_nothing_behind(desk: Desk) -> None:
    """What was accepted is the survivor's, what came later is refused. [ITI TF-2: 3.8.4.2.4]"""
    for _ in range(ROUNDS):
        old = desk.patient_id = a_known_patient(desk)
        new = a_known_patient(desk)
        submissions = [desk.submission(desk.entry(), folders=[desk.folder()]) for _ in range(AT_ONCE)]
        *answers, merged = at_once(desk, *map(register, submissions), merge(old, new))
        assert merged == ()
        assert set(answers) <= {(), ("XDSUnknownPatientId",)}
        accepted = [submission for submission, answer in zip(submissions, answers, strict=True) if not answer]
        assert record(desk, new).keys() == {one.entry_uuid for each in accepted for one in each.objects()}
        assert record(desk, old) == {}


def test_merges_of_a_chain_at_one_moment_leave_nothing_behind(desk: Desk) -> None:
    """A into B and B into C: whichever comes first, no document is left with an identifier that was subsumed."""
    for _ in range(ROUNDS):
        first = desk.patient_id = a_known_patient(desk)
        second, third = a_known_patient(desk), a_known_patient(desk)
        desk.registered(desk.submission(desk.entry()))
        before = record(desk, first)
        answers = at_once(desk, merge(first, second), merge(second, third))
        assert answers[1] == ()
        holder = first if answers[0] else third
        assert record(desk, holder).keys() == before.keys()
        assert survivor_of(desk, holder) is None


def test_opposite_merges_at_one_moment_do_not_loop(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    for _ in range(ROUNDS):
        one, other = a_known_patient(desk), a_known_patient(desk)
        answers = at_once(desk, merge(one, other), merge(other, one))
        assert [bool(answer) for answer in sorted(answers)] == [False, True]
        assert sorted(survivor_of(desk, each) is None for each in (one, other)) == [False, True]


def test_merge_waits_for_the_submission_under_way_of_its_patient(session_databases: dict[str, Database]) -> None:
    """No matter of chance: the submission commits once the merge is seen to wait for it."""
    desk = Desk(SQLBackend(session_databases["postgresql"]))
    old, new = desk.patient_id, a_known_patient(desk)
    submission = desk.submission(desk.entry())
    with ThreadPoolExecutor(1) as pool:
        with database_of(desk).write() as work:
            desk.actor.register(RegisterDocumentSet(submission), SQLRegistryWork(work, a_domain()))
            merged = pool.submit(at_once, desk, merge(old, new))
            wait_until_somebody_waits(database_of(desk))
        assert merged.result(timeout=30) == [()]
    assert record(desk, new).keys() == {one.entry_uuid for one in submission.objects()}


def wait_until_somebody_waits(database: Database) -> None:
    """[PostgreSQL: pg_stat_activity]"""
    asked = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with database.read() as work:
            if work.execute(asked).scalar_one():
                return
        time.sleep(0.01)
    raise AssertionError("nobody waits for a lock")
