"""The life of a record, from its creation to its reopening, gone through by zeep on what the service says of itself. [DMP: TD0-TD3]

Every step is a typed call of a client that shares no code with the service; who calls is told by an assertion in each request, and
each lot is signed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from zeep.exceptions import Fault

from interop_tests.conftest import Launch
from interop_tests.dmp_story import (
    AUTHOR,
    COLLEAGUE,
    EVERY_STATUS,
    OF_PERSONS,
    Story,
    accepted,
    attention,
    begin,
    not_granted,
    open_record,
    query_code,
    record_status,
    refused_by,
    refused_provide,
    refused_update,
    sees,
    shown,
    status_change,
    submitted,
    updated,
)
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import new_ins_patient, new_oid
from interop_tests.witness.zeep_person import Person, codes


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(database, domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture
def story(service: Running) -> Story:
    """A patient of whom nobody has heard."""
    return begin(service)


@pytest.fixture
def opened(service: Running) -> tuple[Story, Report]:
    """A record with one document; its author and a colleague are authorised."""
    return open_record(service)


def test_record_is_created_authorised_fed_read_and_closed(story: Story) -> None:
    """TD0.2, TD1.1, TD0.3, ITI-41, ITI-18, ITI-43, TD1.6, TD0.4, journal, TD1.4, TD1.2: one life, in its order."""
    patient_id, doctor, patient = story.patient_id, story.doctor(), story.patient()

    before = accepted(doctor.tell(records.demographics(patient_id)))
    assert query_code(before) == "NF"
    accepted(doctor.tell(records.create(patient_id)))
    existing = accepted(doctor.tell(records.demographics(patient_id)))
    assert (query_code(existing), attention(existing), record_status(existing)) == ("OK", "NON_EXISTE", "active")

    assert not_granted(doctor.find(patient_id).said) == "RGT-AUTHORISATION"
    assert doctor.authorise() == "DMPOk"
    assert attention(doctor.tell(records.demographics(patient_id))) == "VALIDE"

    report = story.report("bytes \r\n that come back as they are")
    submitted(doctor, report.lot())
    found = doctor.find(patient_id)
    assert found.entries[report.unique_id].status == names.APPROVED
    assert {"10", "11488-4"} <= codes(found.entries[report.unique_id])
    assert doctor.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}

    listed_ = doctor.authorisations()
    assert (listed_[AUTHOR].mode, listed_[AUTHOR].codeSpeciality) == ("ACTIVE", ["G15_10/SM26"])
    row = doctor.patient_list()[patient_id.partition("^")[0]]
    assert (row.lastName, row.MT) == ("EXEMPLE", False)

    rows = patient.journal(patient_id)
    assert {"TD1.1", "TD0.3", "ITI-41", "ITI-18", "ITI-43", "TD1.6"} <= {one.transaction for one in rows}
    assert {one.person.id for one in rows if one.transaction == "ITI-43"} == {AUTHOR}
    assert any(one.ending == "refused" and one.transaction == "ITI-18" for one in rows)

    accepted(patient.tell(records.close(patient_id)))
    closed = accepted(doctor.tell(records.demographics(patient_id)))
    assert record_status(closed) == "terminated"
    for answer in (doctor.find(patient_id).said, refused_provide(doctor, story.report("trop tard").lot())):
        assert not_granted(answer) == "REC-CLOSED"
    accepted(doctor.tell(records.reopen(patient_id)))
    assert sees(doctor, report)
    assert doctor.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


def test_document_is_archived_brought_back_and_deleted_by_its_author(opened: tuple[Story, Report]) -> None:
    """Nothing goes for good. [DMP: TD3.3c, TD3.3d]"""
    story, report = opened
    author, nurse = story.doctor(), story.nurse()
    assert nurse.authorise() == "DMPOk"
    patient_id, entry_uuid = story.patient_id, shown(author, report)
    steps = ((names.APPROVED, names.ARCHIVED), (names.ARCHIVED, names.APPROVED), (names.APPROVED, names.DELETED))
    for old, new in steps:
        change = status_change(patient_id, entry_uuid, old, new)
        assert refused_update(nurse, change).errors, "somebody who is not its author"
        updated(author, replace(change, unique_id=new_oid()))
        assert sees(author, report, new)
        assert not sees(author, report, old)
    stale = status_change(patient_id, entry_uuid, names.APPROVED, names.ARCHIVED)
    assert refused_update(author, stale).errors, "a document is not in the status that is told"
    assert author.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


def test_document_of_another_is_archived_by_a_doctor_and_deleted_by_none(opened: tuple[Story, Report]) -> None:
    """Doctors of reinforced authentication archive in all modes. [DMP: TD3.3c, TD3.3d, AIR]"""
    story, report = opened
    author, other = story.doctor(), story.colleague()
    entry_uuid = shown(author, report)
    deletion = status_change(story.patient_id, entry_uuid, names.APPROVED, names.DELETED)
    assert refused_update(other, deletion).errors
    assert sees(author, report)
    updated(other, status_change(story.patient_id, entry_uuid, names.APPROVED, names.ARCHIVED))
    assert sees(author, report, names.ARCHIVED)


def test_replaced_document_is_deprecated_and_the_new_one_names_it(opened: tuple[Story, Report]) -> None:
    """Association and header say the same. [DMP: TD2.1; CI-SIS SM 3.5.5.23]"""
    story, old = opened
    author = story.doctor()
    new = old.next_version("deuxième version")
    submitted(author, new.lot(replaces=shown(author, old)))
    assert author.find(story.patient_id, *EVERY_STATUS).statuses >= {
        (old.unique_id, names.DEPRECATED),
        (new.unique_id, names.APPROVED),
    }
    assert author.retrieve(REPOSITORY, [new.unique_id]) == {new.unique_id: new.cda()}


def test_professional_whom_the_patient_blocks_has_no_access_in_any_mode(opened: tuple[Story, Report]) -> None:
    """[DMP: TD0.3, TD1.6 INTERDITE]"""
    story, report = opened
    patient, other = story.patient(), story.colleague()
    assert sees(other, report)
    assert patient.authorise("SUPPRESSION", nationalId=COLLEAGUE, nationalIdType=OF_PERSONS) == "DMPOk"
    assert not_granted(other.find(story.patient_id).said) == "RGT-BLOCKED"
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {}
    urgent = story.person(replace(other.voucher, purpose=vihf.BREAK_GLASS, reason="Urgence"))
    assert not_granted(urgent.find(story.patient_id).said) == "RGT-BLOCKED"
    assert other.authorise() != "DMPOk"
    assert set(story.doctor().authorisations("INTERDITE")) == {COLLEAGUE}
    assert set(story.doctor().authorisations("ACTIVE")) == {AUTHOR}

    assert patient.authorise("AJOUT", nationalId=COLLEAGUE, nationalIdType=OF_PERSONS) == "DMPOk"
    assert sees(other, report)


def test_médecin_traitant_whom_the_patient_designated_is_not_blocked(opened: tuple[Story, Report]) -> None:
    """Until the patient takes that back. [DMP: médecin traitant]"""
    story, report = opened
    patient, other = story.patient(), story.colleague()
    named = {"nationalId": COLLEAGUE, "nationalIdType": OF_PERSONS}
    assert patient.authorise("AJOUT", role="MEDECIN_TRAITANT", **named) == "DMPOk"
    assert other.patient_list()[story.patient_id.partition("^")[0]].MT
    assert patient.authorise("SUPPRESSION", **named) != "DMPOk"
    assert sees(other, report)
    assert patient.authorise("SUPPRESSION", role="MEDECIN_TRAITANT", **named) == "DMPOk"
    assert patient.authorise("SUPPRESSION", **named) == "DMPOk"
    assert not_granted(other.find(story.patient_id).said) == "RGT-BLOCKED"


def test_professional_who_takes_their_authorisation_back_sees_nothing(opened: tuple[Story, Report]) -> None:
    """[DMP: TD0.3 SUPPRESSION]"""
    story, report = opened
    other = story.colleague()
    assert other.authorise("SUPPRESSION") == "DMPOk"
    assert not_granted(other.find(story.patient_id).said) == "RGT-AUTHORISATION"
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {}
    assert story.patient_id.partition("^")[0] not in other.patient_list()


def test_journal_is_the_patients_and_shows_refusals_too(opened: tuple[Story, Report]) -> None:
    """Another professional sees their own lines only; another patient none. [DMP: traces]"""
    story, report = opened
    other = story.colleague()
    assert sees(other, report)
    assert {row.person.id for row in other.journal(story.patient_id)} == {COLLEAGUE}
    assert {AUTHOR, COLLEAGUE} <= {row.person.id for row in story.patient().journal(story.patient_id)}
    somebody_else = Story(story.service, new_ins_patient())
    with pytest.raises(Fault) as refused:
        somebody_else.patient().journal(story.patient_id)
    assert refused.value.subcodes


def test_regulation_centre_finds_a_person_by_traits_and_nobody_else_does(opened: tuple[Story, Report]) -> None:
    """[DMP: TD0.5, centre 15]"""
    story, report = opened
    number, _ = records.parts_of(story.patient_id)
    voucher = replace(vihf.professional(story.service.pki, "899700000015"), purpose=vihf.CENTRE_15)
    centre = Person(story.service.url, voucher)
    asked = records.candidates("EXEMPLE", "19790305", "F")
    found = centre.tell(asked)
    assert number in {one.get("extension") for one in found.iter(names.tag("hl7:id"))}
    assert "RGT-MATRIX" in refused_by(Person(story.service.url, replace(voucher, purpose=vihf.NORMAL)).tell(asked))
    assert sees(story.person(voucher), report), "an emergency asks for no authorisation"


def test_closed_record_answers_nothing_but_that_it_is_closed(opened: tuple[Story, Report]) -> None:
    """[DMP: TD1.4, TD1.2]"""
    story, report = opened
    author, patient = story.doctor(), story.patient()
    entry_uuid = shown(author, report)
    accepted(patient.tell(records.close(story.patient_id)))
    assert not_granted(author.find(story.patient_id).said) == "REC-CLOSED"
    assert author.retrieve(REPOSITORY, [report.unique_id]) == {}
    assert not_granted(refused_provide(author, story.report("trop tard").lot())) == "REC-CLOSED"
    change = status_change(story.patient_id, entry_uuid, names.APPROVED, names.ARCHIVED)
    assert not_granted(refused_update(author, change)) == "REC-CLOSED"
    assert "REC-CLOSED" in refused_by(author.tell(records.create(story.patient_id)))
    assert author.authorise() != "DMPOk"

    accepted(author.tell(records.reopen(story.patient_id)))
    assert sees(author, report)
    assert "REC-ACTIVE" in refused_by(author.tell(records.reopen(story.patient_id)))
