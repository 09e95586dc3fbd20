"""[TD1.1], [TD1.2], [TD1.3b], [TD1.4] A record's life on both databases, and its pure judges. [DMP: TD1.x]"""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from access.caller import Caller
from access.mandate import RecordState
from record import lifecycle, rules
from record.facts import Closing
from record.lifecycle import STEPS, Act
from record.messages import OPPOSITION_CLOSING, OWN_CODES, Observation, Reason, RegistrationResponse
from record.person import Person, Telecom
from record.rules import Rule
from record.store.work import SQLRecordWork
from sql.database import Conflict
from tests.record.desk import NIA, Desk, a_domain, a_matricule, a_person, a_representative

STATES = tuple(RecordState)


def told(response: RegistrationResponse) -> set[str]:
    """The ids of the rules that stand against a request."""
    return {rule.rule for rule in response.problems}


def test_record_that_is_created_is_active_and_tells_the_person(desk: Desk) -> None:
    """[DMP: TD1.1]"""
    response = desk.create(observations={Observation.OPPOSES_BREAK_GLASS: True})
    assert response.problems == ()
    standing = desk.standing()
    assert (standing.state, standing.opposes_break_glass) == (RecordState.ACTIVE, True)
    answer = desk.ask(desk.doctor(), Reason.READ)
    assert answer.record is not None
    assert answer.record.person == a_person()
    assert answer.record.identities == (desk.patient,)


def test_record_is_created_once(desk: Desk) -> None:
    """[DMP: TD1.1]"""
    desk.create()
    assert told(desk.create()) == {"REC-EXISTS"}


def test_creation_tells_everything_that_is_wrong_at_once(desk: Desk) -> None:
    """[DMP: TD1.1]"""
    person = Person(
        birth_family="X", sex="H", birth_date="20270101", representatives=(a_representative(relationship="X Y"),)
    )
    response = desk.register(desk.doctor(), Reason.CREATE, person=person)
    assert told(response) == {
        *("REC-CONSENT", "REC-TRAITS", "REC-SEX", "REC-BIRTH-DATE", "REC-RELATIONSHIP", "REC-CODES")
    }
    assert desk.standing().state is RecordState.NONE


@pytest.mark.parametrize(
    ("patient", "rule"),
    [
        (("123", "1.2.250.1.213.1.4.10"), "REC-MATRICULE"),
        (("284056322000101", "1.2.250.1.213.1.4.10"), "REC-MATRICULE"),
        (("284056322000101", "1.2.3"), "REC-PATIENT-MISSING"),
    ],
    ids=["too short", "wrong key", "foreign authority"],
)
def test_patient_of_a_new_record_has_a_matricule_of_a_declared_authority(
    desk: Desk, patient: tuple[str, str], rule: str
) -> None:
    """[CI-SIS SM 3.5.5.12]"""
    desk.patient = patient
    assert rule in told(desk.create())


def test_record_of_a_patient_whom_no_feed_announced_is_refused_where_feeds_announce(desk: Desk) -> None:
    """[ITI TF-2: 3.44]"""
    desk.domain = dataclasses.replace(desk.domain, patients_known_beforehand=True)
    assert told(desk.create()) == {"REC-NOT-ANNOUNCED"}


def test_patient_of_the_message_is_the_one_of_the_assertion(desk: Desk) -> None:
    """[DMP: RG_3010]"""
    assert told(desk.create(desk.doctor(patient=(a_matricule(), NIA)))) == {"REC-PATIENT-OTHER"}
    assert told(desk.create(desk.doctor(patient=None), patient=None)) >= {"REC-PATIENT-MISSING"}
    assert desk.create(desk.doctor(patient=None)).problems == ()


def test_record_is_closed_for_a_reason_and_reopened_with_consent(desk: Desk) -> None:
    """[DMP: TD1.4, TD1.2]"""
    desk.create()
    assert told(desk.close(status_code="active", closing=Closing())) == {"REC-CLOSING"}
    closed = desk.close()
    assert closed.record is not None
    assert closed.record.closing.text == "à sa demande"
    assert desk.standing().state is RecordState.CLOSED
    assert told(desk.close()) == {"REC-CLOSED"}
    assert told(desk.create()) == {"REC-CLOSED"}
    assert told(desk.register(desk.doctor(), Reason.REOPEN)) == {"REC-CONSENT"}
    assert desk.reopen().problems == ()
    assert desk.standing().state is RecordState.ACTIVE
    assert told(desk.reopen()) == {"REC-ACTIVE"}


def test_closed_record_is_kept_ten_years_and_is_none_after(desk: Desk) -> None:
    """[CSP L1111-18]"""
    desk.create()
    desk.authorise(desk.doctor("801234567890"))
    desk.close()
    desk.now = desk.now.replace(year=2036) - timedelta(days=1)
    assert desk.standing().state is RecordState.CLOSED
    desk.now += timedelta(days=1)
    assert desk.standing().state is RecordState.NONE
    assert told(desk.reopen()) == {"REC-NOT-FOUND"}
    assert desk.ask(desk.doctor()).record is None
    assert desk.create(person=a_person(given="ANNE")).problems == ()
    answer = desk.ask(desk.doctor("801234567890"), Reason.READ)
    assert answer.record is not None
    assert (answer.record.person.given, answer.authorisation) == ("ANNE", "NON_EXISTE")


def test_change_keeps_what_it_does_not_tell(desk: Desk) -> None:
    """[DMP: TD1.3b]"""
    desk.create(person=a_person(representatives=(a_representative(),)))
    changed = Person(used_family="GRAND", telecoms=(Telecom("tel:0499999999"),))
    desk.register(desk.doctor(), Reason.CHANGE, person=changed, observations={Observation.OPPOSES_REGULATION: True})
    answer = desk.ask(desk.doctor(), Reason.READ)
    assert answer.record is not None
    assert answer.record.person == a_person(
        used_family="GRAND", telecoms=(Telecom("tel:0499999999"),), representatives=(a_representative(),)
    )
    assert answer.record.opposes_regulation
    desk.register(desk.doctor(), Reason.CHANGE, has_representatives=True)
    after = desk.ask(desk.doctor(), Reason.READ).record
    assert after is not None
    assert after.person.representatives == ()


def test_record_attached_to_mes_is_changed_and_closed_by_the_person_alone(desk: Desk) -> None:
    """[DMP: TD1.3b, TD1.4]"""
    desk.create()
    attach = {Observation.IS_ATTACHED: True}
    assert told(desk.register(desk.doctor(), Reason.CHANGE, observations=attach)) == {"REC-PATIENT-ACT"}
    assert desk.register(desk.himself(), Reason.CHANGE, observations=attach).problems == ()
    assert told(desk.register(desk.doctor(), Reason.CHANGE, person=Person(given="A"))) == {"REC-ATTACHED"}
    assert told(desk.close()) == {"REC-ATTACHED"}
    assert desk.close(desk.himself()).problems == ()


def test_person_who_opposes_has_no_record_and_nobody_else_can_change_that(desk: Desk) -> None:
    """[CSP L1111-14]"""
    assert told(desk.oppose(desk.doctor())) >= {"REC-PATIENT-ACT"}
    assert desk.oppose().problems == ()
    assert desk.standing().state is RecordState.OPPOSED
    assert told(desk.create()) == {"REC-OPPOSED"}
    assert told(desk.oppose(desk.doctor(), opposes=False)) == {"REC-PATIENT-ACT"}
    assert desk.oppose(desk.mother(), opposes=False).problems == ()
    assert desk.standing().state is RecordState.NONE
    assert desk.create().problems == ()


def test_nobody_but_the_person_learns_of_an_opposition(desk: Desk) -> None:
    """[DMP: TD0.2]"""
    desk.oppose()
    answer = desk.ask(desk.doctor())
    assert (answer.record, answer.problems, answer.tells_opposition) == (None, (), False)
    assert desk.ask(desk.doctor(), Reason.READ).problems == (rules.NOT_FOUND,)
    assert desk.ask(desk.himself()).tells_opposition


def test_opposition_of_whom_has_a_record_closes_it_and_withdrawn_leaves_it_closed(desk: Desk) -> None:
    """[CSP L1111-14]"""
    desk.create()
    closing = Closing(OPPOSITION_CLOSING, OWN_CODES, "")
    assert told(desk.close(closing=closing)) >= {"REC-PATIENT-ACT"}
    assert desk.close(desk.himself(), closing=closing).problems == ()
    assert desk.standing().state is RecordState.OPPOSED
    assert told(desk.reopen()) == {"REC-OPPOSED"}
    desk.oppose(opposes=False)
    assert desk.standing().state is RecordState.CLOSED
    assert desk.reopen().problems == ()
    answer = desk.ask(desk.doctor(), Reason.READ)
    assert answer.record is not None
    assert answer.record.person == a_person()


def test_opposition_keeps_nothing_new_of_the_person(desk: Desk) -> None:
    response = desk.register(
        desk.himself(), Reason.CHANGE, person=a_person(), observations={Observation.OPPOSES_RECORD: True}
    )
    assert response.record is not None
    assert response.record.person == Person()


def test_first_document_opens_a_record_where_the_domain_lets_it(desk: Desk) -> None:
    """[RecordPolicy]"""
    mandate = desk.mandate(desk.doctor())
    with desk.database.write() as work:
        SQLRecordWork(work).add_patient(desk.patient)
        desk.actor.open_by_document(desk.patient, SQLRecordWork(work), mandate)
    assert desk.standing().state is RecordState.ACTIVE
    with pytest.raises(Conflict), desk.database.write() as work:
        desk.actor.open_by_document(desk.patient, SQLRecordWork(work), mandate)
    other = desk.other(domain=a_domain(opened_by_first_document=False))
    nobody = other.mandate(None)
    with other.database.write() as work:
        other.actor.open_by_document(other.patient, SQLRecordWork(work), nobody)
    assert other.standing().state is RecordState.NONE


def test_first_document_after_ten_years_opens_an_empty_record(desk: Desk) -> None:
    desk.create()
    desk.close()
    desk.now = desk.now.replace(year=2040)
    mandate = desk.mandate(desk.doctor())
    with desk.database.write() as work:
        desk.actor.open_by_document(desk.patient, SQLRecordWork(work), mandate)
    answer = desk.ask(desk.doctor(), Reason.READ)
    assert answer.record is not None
    assert answer.record.person == Person()


def test_every_step_of_a_life_is_told() -> None:
    """Each act in each state either leads somewhere or names its rule."""
    assert set(STEPS) == {(act, state) for act in Act for state in STATES}
    assert all(isinstance(step, Rule) or step in STATES for step in STEPS.values())


def test_merge_of_what_a_message_tells_is_pure_and_repeats_to_the_same() -> None:
    from record.messages import Header, Registration

    request = Registration(header=Header(), reason=Reason.CHANGE, patient=None, person=Person(given="ANNE"))
    once = lifecycle.merge(a_person(), request)
    assert once.given == "ANNE"
    assert lifecycle.merge(once, request) == once


@pytest.mark.parametrize("caller", ["doctor", "nurse", "himself"])
def test_reason_of_a_closing_that_is_too_long_is_refused(desk: Desk, caller: str) -> None:
    desk.create()
    who: Caller = getattr(desk, caller)()
    closing: Any = Closing("X", "1.2.3", "x" * 1001)
    assert told(desk.close(who, closing=closing)) == {"REC-TOO-LONG"}
    assert told(desk.close(who, closing=Closing("X Y", "here", ""))) == {"REC-CODES"}
