"""[TD0.2], [TD0.4], [TD0.5], [TD1.3a], [TD1.6] Records and authorisations told. [DMP: TD0, TD1]"""

from __future__ import annotations

import dataclasses
import uuid
from datetime import timedelta

import pytest

from access.mandate import Authorisation, RecordState
from record import consulting
from record.authorising import PROFESSIONAL_TYPE
from record.facts import GrantState
from record.messages import Named, Observation, Reason
from record.person import Address, folded
from tests.record.desk import NIA, Desk, a_matricule, a_person
from tests.registry.desk import Desk as RegistryDesk
from tests.registry.desk import SQLBackend
from tests.samples import a_patient_id


def a_name() -> str:
    """A family name that nobody else bears."""
    return "".join(chr(ord("A") + int(digit, 16)) for digit in uuid.uuid4().hex[:12])


def test_record_that_is_not_there_is_no_error_of_the_question_whether_it_is(desk: Desk) -> None:
    """[DMP: TD0.2]"""
    answer = desk.ask(desk.doctor())
    assert (answer.record, answer.problems, answer.authorisation) == (None, (), Authorisation.NONE)
    assert [rule.rule for rule in desk.ask(desk.doctor(), Reason.READ).problems] == ["REC-NOT-FOUND"]


def test_existence_tells_what_the_caller_is_authorised_to(desk: Desk) -> None:
    """[DMP: TD0.2]"""
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor, "AJOUT", "MEDECIN_TRAITANT")
    answer = desk.ask(doctor)
    assert (answer.state, answer.authorisation, answer.is_treating) == (RecordState.ACTIVE, Authorisation.VALID, True)


def test_closed_record_is_told_with_its_closing(desk: Desk) -> None:
    """[DMP: TD0.2]"""
    desk.create()
    desk.close()
    answer = desk.ask(desk.doctor())
    assert answer.state is RecordState.CLOSED
    assert answer.record is not None
    assert answer.record.closing.code == "FERMETURE_DEMANDE_PATIENT"


def test_question_about_another_patient_than_the_assertions_is_refused(desk: Desk) -> None:
    """[DMP: RG_3010]"""
    answer = desk.ask(desk.doctor(), patient=(a_matricule(), NIA))
    assert [rule.rule for rule in answer.problems] == ["REC-PATIENT-OTHER"]
    assert [rule.rule for rule in desk.ask(None, patient=None).problems] == ["REC-PATIENT-MISSING"]


def test_person_is_found_by_traits_without_case_accents_or_hyphens(desk: Desk) -> None:
    """[DMP: TD0.5]"""
    name = a_name()
    desk.create(person=a_person(birth_family=f"{name}-É", used_family="", birth_date="19840517"))
    found = desk.search(family=f"{name.lower()} e", given="eloise", sex="F", birth_date="1984", city="mauriac sur lac")
    assert [record.identities[0] for record in found.records] == [desk.patient]
    assert desk.search(family=f"{name}E", city="clermont").records
    for other in ({"given": "Anne"}, {"sex": "M"}, {"birth_date": "19840518"}, {"city": "Nantes"}):
        assert desk.search(family=f"{name}E", **other).records == ()


def test_person_is_found_by_the_name_that_is_used(desk: Desk) -> None:
    """[DMP: TD0.5]"""
    birth, used = a_name(), a_name()
    desk.create(person=a_person(birth_family=birth, used_family=used))
    assert len(desk.search(family=birth).records) == len(desk.search(family=used).records) == 1
    desk.close()
    assert desk.search(family=used).records == ()


def test_search_without_a_name_or_with_too_many_answers_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """[DMP: TD0.5]"""
    assert [rule.rule for rule in desk.search(family="D").problems] == ["REC-SEARCH"]
    monkeypatch.setattr(consulting, "FOUND_MAX", 1)
    name = a_name()
    for each in (desk, desk.other()):
        each.create(person=a_person(birth_family=name))
    assert [rule.rule for rule in desk.search(family=name).problems] == ["REC-TOO-MANY"]


def test_authorisations_are_listed_by_mode(desk: Desk) -> None:
    """[DMP: TD1.6]"""
    desk.create()
    doctor, nurse, gone = desk.doctor(), desk.nurse(), desk.doctor()
    for caller in (doctor, gone):
        desk.authorise(caller)
        desk.now += timedelta(minutes=1)
    desk.authorise(gone, "SUPPRESSION")
    desk.authorise(desk.himself(), "SUPPRESSION", holder=Named(nurse.person_id, PROFESSIONAL_TYPE))
    rows = {mode: desk.authorised(doctor, mode).grants for mode in ("ACTIVE", "INTERDITE", "TOUTE")}
    assert [grant.holder for grant in rows["ACTIVE"]] == [f"p:{doctor.person_id}"]
    assert [grant.state for grant in rows["INTERDITE"]] == [GrantState.FORBIDDEN]
    assert rows["TOUTE"] == rows["ACTIVE"] + rows["INTERDITE"]
    active = rows["ACTIVE"][0]
    assert (active.name, active.profession, active.specialty) == ("BRUN Camille", doctor.profession, doctor.specialty)
    assert [rule.rule for rule in desk.authorised(doctor, "X").problems] == ["REC-LIST-MODE"]
    other = desk.other()
    assert [rule.rule for rule in other.authorised(other.doctor()).problems] == ["REC-NOT-FOUND"]


def test_records_of_a_caller_are_listed_since_a_date(desk: Desk) -> None:
    """[DMP: TD0.4]"""
    doctor = desk.doctor(structure_id=uuid.uuid4().hex)
    others = [desk.other(), desk.other()]
    for each in (desk, *others):
        each.create()
    desk.authorise(doctor)
    for each in others:
        each.now += timedelta(days=1)
        each.authorise(dataclasses.replace(doctor, patient=each.patient), role="MEDECIN_TRAITANT")
    assert {row.record.identities[0] for row in desk.listed(doctor).rows} == {
        *(desk.patient, *(each.patient for each in others))
    }
    since = desk.listed(doctor, start_date="20260302", date_type="LASTAUTORIZATION")
    assert {row.record.identities[0] for row in since.rows} == {each.patient for each in others}
    others[0].close()
    since = desk.listed(doctor, start_date="20260302", owner=doctor.person_id)
    assert [row.record.identities[0] for row in since.rows] == [others[1].patient]
    assert desk.listed(doctor, date_type="LASTDOC").rows == ()


def test_records_are_listed_by_their_last_document(desk: Desk) -> None:
    """[DMP: TD0.4, LASTDOC]"""
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor)
    registry = RegistryDesk(SQLBackend(desk.database), patient_id=a_patient_id(*desk.patient))
    registry.domain = dataclasses.replace(registry.domain, authorities=desk.domain.authorities)
    assert registry.register(registry.submission(registry.entry())).errors == ()
    (row,) = desk.listed(doctor, date_type="LASTDOC").rows
    assert row.last_addition_at is not None
    later = str(row.last_addition_at + 1)
    assert desk.listed(doctor, date_type="LASTDOC", start_date=later).rows == ()


def test_record_is_listed_once_for_a_person_and_their_structure(desk: Desk) -> None:
    desk.create()
    structure = uuid.uuid4().hex
    doctor = desk.doctor(structure_id=structure)
    desk.authorise(desk.secretary(structure))
    desk.authorise(doctor, role="MEDECIN_TRAITANT")
    (row,) = desk.listed(doctor).rows
    assert row.grant.holder == f"p:{doctor.person_id}"
    assert len(desk.listed(doctor, owner=structure).rows) == 1


@pytest.mark.parametrize(
    ("told", "rule"),
    [
        ({"start_date": "2026-03-01"}, "REC-LIST-DATE"),
        ({"date_type": "LAST"}, "REC-LIST-DATE"),
        ({"owner": "899900000000"}, "REC-LIST-OWNER"),
    ],
)
def test_list_of_an_unknown_kind_is_refused(desk: Desk, told: dict[str, str], rule: str) -> None:
    """[DMP: TD0.4]"""
    assert [found.rule for found in desk.listed(desk.doctor(), **told).problems] == [rule]


def test_list_is_for_callers_who_can_be_authorised(desk: Desk) -> None:
    for caller in (None, desk.himself()):
        assert [found.rule for found in desk.listed(caller).problems] == ["REC-AUTH-CALLER"]


def test_merged_patient_is_asked_for_by_either_id(desk: Desk) -> None:
    """[ITI TF-2: 3.44.4.2.4]"""
    old = desk.other(patient=(a_matricule(), NIA))
    old.create(observations={Observation.OPPOSES_REGULATION: True})
    doctor = old.doctor()
    old.authorise(doctor)
    desk.merge(old.patient, desk.patient)
    for patient in (old.patient, desk.patient):
        answer = desk.ask(dataclasses.replace(doctor, patient=desk.patient), Reason.READ, patient=patient)
        assert answer.record is not None
        assert answer.record.identities == (desk.patient, old.patient)
        assert answer.record.opposes_regulation
    (row,) = desk.listed(doctor).rows
    assert row.record.identities == (desk.patient, old.patient)
    assert desk.close().problems == ()
    assert old.standing().state is RecordState.CLOSED


def test_folding_forgets_case_accents_and_signs() -> None:
    assert folded("Lenoir-Déa d'Œuvre") == folded("LENOIR DEA D’OEUVRE") == "LENOIRDEADOEUVRE"
    assert folded(" -'") == ""
    assert Address() == ((), "", "", "", "")


def test_block_of_a_merged_patient_takes_the_record_off_the_list(desk: Desk) -> None:
    """[DMP: TD0.4; ITI TF-2: 3.44.4.2.4]"""
    old = desk.other(patient=(a_matricule(), NIA))
    old.create()
    desk.create()
    doctor = desk.doctor()
    desk.authorise(doctor)
    old.authorise(old.himself(), "SUPPRESSION", holder=Named(doctor.person_id, PROFESSIONAL_TYPE))
    assert len(desk.listed(doctor).rows) == 1
    desk.merge(old.patient, desk.patient)
    assert desk.listed(doctor).rows == ()
