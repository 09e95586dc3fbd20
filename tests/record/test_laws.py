"""Laws of the store of records, whatever is done to whom in which order: a record's life against a model of it. [DMP: TD1.x]"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from access.mandate import Authorisation, RecordState
from record.authorising import PROFESSIONAL_TYPE
from record.messages import Named, Reason
from sql.database import Database
from tests.record.desk import NIA, Desk, a_matricule, a_person

ACTS = ("create", "close", "reopen", "change", "oppose", "withdraw", "add", "remove", "block", "allow", "wait", "merge")


class Model:
    """What a record is after a history, told in a few lines."""

    def __init__(self) -> None:
        self.state = RecordState.NONE
        self.was_open = False
        self.grant = Authorisation.NONE
        self.years_closed = 0

    def is_done(self, act: str) -> bool:
        """Plays an act, as the paper says; tells whether it is accepted."""
        before = self.state
        accepted: dict[str, tuple[RecordState, ...]] = {
            "create": (RecordState.NONE,),
            "close": (RecordState.ACTIVE,),
            "reopen": (RecordState.CLOSED,),
            "change": (RecordState.ACTIVE,),
            "oppose": tuple(RecordState),
            "withdraw": tuple(RecordState),
            "wait": tuple(RecordState),
            "merge": tuple(RecordState),
            **dict.fromkeys(("add", "remove", "block", "allow"), (RecordState.ACTIVE,)),
        }
        if before not in accepted[act]:
            return False
        if act in ("add", "remove") and self.grant is Authorisation.FORBIDDEN:
            return False
        self._play(act)
        return True

    def _play(self, act: str) -> None:
        if act in ("create", "reopen"):
            if act == "create" and self.was_open:
                self.grant = Authorisation.NONE
            self.state, self.was_open, self.years_closed = RecordState.ACTIVE, True, 0
        elif act == "close":
            self.state = RecordState.CLOSED
        elif act == "oppose":
            if self.state is RecordState.NONE:
                self.was_open = False
            self.state = RecordState.OPPOSED
        elif act == "withdraw" and self.state is RecordState.OPPOSED:
            self.state = RecordState.CLOSED if self.was_open else RecordState.NONE
        elif act == "wait" and self.state in (RecordState.CLOSED, RecordState.OPPOSED) and self.was_open:
            self.years_closed += 4
        elif act in ("add", "allow"):
            self.grant = Authorisation.VALID
        elif act == "remove":
            self.grant = Authorisation.NONE
        elif act == "block":
            self.grant = Authorisation.FORBIDDEN
        if self.state is RecordState.CLOSED and self.years_closed > 10:
            self.state = RecordState.NONE


class Player:
    """The same history on a real store."""

    def __init__(self, database: Database) -> None:
        self.desk = Desk(database)
        self.doctor_id = self.desk.doctor().person_id

    def is_done(self, act: str) -> bool:
        desk = self.desk
        doctor = desk.doctor(self.doctor_id)
        named = Named(self.doctor_id, PROFESSIONAL_TYPE)
        desk.now += timedelta(seconds=1)
        acts: dict[str, Callable[[], Any]] = {
            "create": lambda: desk.create(doctor),
            "close": lambda: desk.close(doctor),
            "reopen": lambda: desk.reopen(doctor),
            "change": lambda: desk.register(doctor, Reason.CHANGE, person=a_person(given="Anne")),
            "oppose": desk.oppose,
            "withdraw": lambda: desk.oppose(opposes=False),
            "add": lambda: desk.authorise(doctor),
            "remove": lambda: desk.authorise(doctor, "SUPPRESSION"),
            "block": lambda: desk.authorise(desk.himself(), "SUPPRESSION", holder=named),
            "allow": lambda: desk.authorise(desk.himself(), "AJOUT", holder=named),
        }
        if act == "wait":
            desk.now = desk.now.replace(year=desk.now.year + 4)
        elif act == "merge":
            survivor = (a_matricule(), NIA)
            desk.merge(desk.patient, survivor)
            desk.patient = survivor
        else:
            return not acts[act]().is_refusal
        return True


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=st.lists(st.sampled_from(ACTS), max_size=14))
def test_record_lives_as_the_table_of_its_life_says(database: Database, history: list[str]) -> None:
    """none → active → closed → reopened …, opposed and no longer; merged on the way, and forgotten after ten years."""
    model, player = Model(), Player(database)
    for act in history:
        assert player.is_done(act) == model.is_done(act), act
        standing = player.desk.standing(player.desk.doctor(player.doctor_id))
        assert standing.state is model.state, act
        if model.state is RecordState.ACTIVE:
            assert standing.authorisation is model.grant, act
        assert standing.patient == player.desk.patient


def test_record_created_by_many_at_once_is_created_once(database: Database) -> None:
    """[decision 8]"""
    desk, start = Desk(database), threading.Barrier(4)

    def create(_: int) -> bool:
        start.wait()
        return not desk.create().is_refusal

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(create, range(4))) == [False, False, False, True]


def test_record_closed_by_many_at_once_is_closed_once(database: Database) -> None:
    """[decision 8]"""
    desk, start = Desk(database), threading.Barrier(4)
    desk.create()

    def close(_: int) -> bool:
        start.wait()
        return not desk.close().is_refusal

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(close, range(4))) == [False, False, False, True]


@pytest.mark.parametrize("times", [2, 5])
def test_authorisation_declared_again_and_again_is_one(database: Database, times: int) -> None:
    """[DMP: TD0.3]"""
    desk, start = Desk(database), threading.Barrier(times)
    desk.create()
    doctor = desk.doctor()

    def declare(_: int) -> bool:
        start.wait()
        return not desk.authorise(doctor).is_refusal

    with ThreadPoolExecutor(times) as pool:
        assert all(pool.map(declare, range(times)))
    assert len(desk.authorised(doctor).grants) == 1
