"""The standing of a caller on a record, in one statement, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from access.caller import Caller
from access.mandate import Authorisation, RecordState, Standing
from record.messages import Observation, Reason
from record.store.housekeeping import expired_records, note_access, note_addition
from record.store.standing import fetch_standing, standing_of
from sql.database import Result, Work
from tests.record.desk import NIA, Desk, a_domain, a_matricule, a_person
from xds.domain import RecordPolicy


class Counting(Work):
    """A unit of work that counts its round trips."""

    __slots__ = ("count",)

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> Result:
        self.count = getattr(self, "count", 0) + 1
        return super().execute(statement, parameters)


def test_standing_is_one_round_trip(desk: Desk) -> None:
    """The hot path of every request with an assertion."""
    desk.create()
    doctor = desk.doctor(structure_id="10B0127189")
    desk.authorise(doctor)
    found, trips = _counted(desk, doctor)
    assert (found.authorisation, trips) == (Authorisation.VALID, 1)


def test_standing_of_the_unknown_is_one_round_trip_and_of_the_merged_two(desk: Desk) -> None:
    doctor, old = desk.doctor(), desk.other()
    assert _counted(desk, doctor) == (Standing(patient=desk.patient), 1)
    for each in (old, desk):
        each.create()
    desk.merge(old.patient, desk.patient)
    for each in (old, desk):
        found, trips = _counted(each, doctor)
        assert (found.patient, trips) == (desk.patient, 2)


def _counted(desk: Desk, caller: Caller) -> tuple[Standing, int]:
    """The standing of a caller, and how many round trips it took."""
    with desk.database.read() as work:
        counting = Counting(work.driver, work.dialect)
        found = fetch_standing(counting, desk.patient, caller, desk.now.date(), desk.domain.records)
    return found, counting.count


def test_patient_who_is_not_known_has_no_record(desk: Desk) -> None:
    assert desk.standing(desk.doctor()) == Standing(patient=desk.patient)


def test_standing_without_a_caller_tells_the_record(desk: Desk) -> None:
    desk.create(desk.himself(), observations={Observation.SHOWS_MASKED: True, Observation.OPPOSES_REGULATION: True})
    standing = desk.standing()
    assert (standing.state, standing.authorisation) == (RecordState.ACTIVE, Authorisation.NONE)
    assert (standing.shows_masked_in_emergency, standing.opposes_regulation) == (True, True)


def test_minor_comes_of_age_on_the_birthday(desk: Desk) -> None:
    """[RecordPolicy]"""
    desk.create(person=a_person(birth_date="20080302"))
    assert desk.standing().is_minor
    desk.now = desk.now.replace(day=2)
    assert not desk.standing().is_minor
    other = desk.other(domain=a_domain(majority_years=21))
    other.create(person=a_person(birth_date="20080302"))
    assert other.standing().is_minor


def test_merged_patient_has_the_survivors_standing(desk: Desk) -> None:
    """Of two records the survivor's own counts; with one alone it counts, whoever's it was. [ITI TF-2: 3.44.4.2.4]"""
    old = desk.other(patient=(a_matricule(), NIA))
    old.create()
    old.close()
    desk.create()
    desk.merge(old.patient, desk.patient)
    for each in (old, desk):
        standing = each.standing()
        assert (standing.patient, standing.state) == (desk.patient, RecordState.ACTIVE)
    third = desk.other()
    desk.merge(desk.patient, third.patient)
    assert third.standing().state is RecordState.ACTIVE
    assert old.standing().patient == third.patient


def test_standing_is_read_out_of_rows_without_a_database() -> None:
    """A block counts before all; of several records the survivor's, then the one that changed last."""
    policy = RecordPolicy(managed=True)

    def row(own: int, updated_at: int, state: int, *grant: Any) -> tuple[Any, ...]:
        return ("1", "2", own, updated_at, state, None, 0, 0, 0, "", "", *(grant or (None, None, None)))

    rows = [row(0, 30, 1, 2, 0, None), row(0, 40, 3, 1, 1, None), row(0, 20, 1)]
    found = standing_of(rows, ("x", "y"), 20260301, policy)
    assert (found.patient, found.state) == (("1", "2"), RecordState.OPPOSED)
    assert (found.authorisation, found.is_treating) == (Authorisation.FORBIDDEN, False)
    assert standing_of([row(1, 1, 1), *rows], ("x", "y"), 20260301, policy).state is RecordState.ACTIVE


def test_records_past_keeping_are_told_to_housekeeping(desk: Desk) -> None:
    """[CSP L1111-18]"""
    desk.create()
    desk.now = desk.now.replace(year=1990)
    desk.close()
    opposed = desk.other()
    opposed.create()
    opposed.oppose()
    never = desk.other()
    never.oppose()
    with desk.database.read() as work:
        on_the_eve = expired_records(work, date(2000, 2, 29), desk.domain.records)
        on_the_day = expired_records(work, date(2000, 3, 1), desk.domain.records)
    assert not {desk.patient, opposed.patient} & {row.patient for row in on_the_eve}
    states = {row.patient: row.state for row in on_the_day}
    assert states[desk.patient] is RecordState.CLOSED
    assert states[opposed.patient] is RecordState.OPPOSED
    assert never.patient not in states


def test_use_of_an_authorisation_is_noted_with_it(desk: Desk) -> None:
    """[DMP: TD0.4, TD1.6]"""
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor)
    with desk.database.write() as work:
        note_access(work, desk.patient, doctor, 20260302080000)
        note_addition(work, desk.patient, doctor, 20260303080000)
        note_access(work, desk.patient, desk.doctor(), 20260304080000)
    (grant,) = desk.authorised(doctor).grants
    assert (grant.last_access_at, grant.last_addition_at) == (20260302080000, 20260303080000)


def test_use_is_noted_by_the_single_statement_too(desk: Desk) -> None:
    """What a submission's one statement takes along."""
    if desk.database.dialect != "postgresql":
        pytest.skip("only PostgreSQL has single statements")
    with desk.database.read() as work:
        single = Work(work.driver, work.dialect, is_single=True)
        note_access(single, desk.patient, desk.doctor(), 20260302080000)
        assert len(single.joined) == 1


def test_reading_of_the_record_follows_a_change_of_birth_date(desk: Desk) -> None:
    desk.create()
    desk.register(desk.doctor(), Reason.CHANGE, person=a_person(birth_date="20200101"))
    assert desk.standing().is_minor
