"""What a caller may not see does not exist for them: each answer is compared with the one about nothing. [DMP: visibility; contract 5]"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace

import pytest
from lxml import etree

from interop_tests.conftest import Launch
from interop_tests.dmp_story import (
    COLLEAGUE,
    EVERY_STATUS,
    STRANGER,
    Story,
    accepted,
    not_granted,
    open_record,
    refused_provide,
    refused_update,
    revision,
    sees,
    shown,
    status_change,
    submitted,
    updated,
    without_ids,
)
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import HIDDEN, HIDDEN_FROM_PARENTS, MASKED, new_oid
from interop_tests.witness.partner import listed, quoted
from interop_tests.witness.zeep_person import Person, said


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(database, domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture
def opened(service: Running) -> tuple[Story, Report]:
    """A record with one document; its author and a colleague are authorised."""
    return open_record(service)


def test_document_that_its_author_masks_does_not_exist_for_another_professional(opened: tuple[Story, Report]) -> None:
    """Found by no query, counted nowhere, in no association, not retrieved, not replaced, not updated. [DMP: MASQUE_PS]"""
    story, masked = opened
    author, other = story.doctor(), story.colleague()
    assert sees(other, masked)
    first = shown(author, masked)
    lot = revision(author, masked, masked.entry(restrictions=(MASKED,)))
    updated(author, lot)
    second = shown(author, masked)
    assert first != second
    assert author.find(masked.patient_id, *EVERY_STATUS).statuses >= {
        (masked.unique_id, names.DEPRECATED),
        (masked.unique_id, names.APPROVED),
    }

    visible = story.report("deuxième document")
    submitted(author, visible.lot())
    seen_by_other = other.find(masked.patient_id, *EVERY_STATUS)
    assert {unique_id for unique_id, _ in seen_by_other.statuses if unique_id == masked.unique_id} == set()
    assert visible.unique_id in seen_by_other.entries

    nothing = new_oid()
    as_nothing(other, names.GET_DOCUMENTS, "$XDSDocumentEntryUniqueId", masked.unique_id, nothing)
    for entry_uuid in (first, second):
        for query, parameter in (
            (names.GET_DOCUMENTS, "$XDSDocumentEntryEntryUUID"),
            (names.GET_ASSOCIATIONS, "$uuid"),
            (names.GET_DOCUMENTS_AND_ASSOCIATIONS, "$XDSDocumentEntryEntryUUID"),
            (names.GET_SUBMISSION_SETS, "$uuid"),
        ):
            as_nothing(other, query, parameter, entry_uuid, uuid.uuid4().urn)
    as_nothing(other, names.GET_SUBMISSION_SET_AND_CONTENTS, "$XDSSubmissionSetUniqueId", lot.unique_id, nothing)
    as_nothing(other, names.GET_SUBMISSION_SETS, "$uuid", second, uuid.uuid4().urn)
    whole = everything(other, story)
    assert not any(one in whole for one in (first, second, masked.unique_id, lot.unique_id))
    assert other.find(story.patient_id, *EVERY_STATUS, return_type="ObjectRef").count == 1

    assert other.retrieve(REPOSITORY, [masked.unique_id, visible.unique_id]) == {visible.unique_id: visible.cda()}
    told = retrieval_of(other, masked.unique_id)
    assert told == retrieval_of(other, nothing)

    unknown = uuid.uuid4().urn
    for attempt in (masked.next_version("usurpé"), story.report("usurpé")):
        tried = [refused_provide(other, attempt.lot(replaces=target)) for target in (second, unknown)]
        assert without_ids(tried[0], second, attempt.unique_id) == without_ids(tried[1], unknown, attempt.unique_id)
    tried = [
        refused_update(other, status_change(story.patient_id, target, names.APPROVED, names.ARCHIVED))
        for target in (second, unknown)
    ]
    assert without_ids(tried[0], second) == without_ids(tried[1], unknown)

    assert author.retrieve(REPOSITORY, [masked.unique_id]) == {masked.unique_id: masked.cda()}
    assert sees(story.patient(), masked)


def as_nothing(person: Person, query: str, parameter: str, of_hidden: str, of_nothing: str) -> None:
    """A query about what is hidden says what a query about nothing says."""
    write = quoted if query == names.GET_SUBMISSION_SET_AND_CONTENTS else lambda one: listed((one,))
    answers = [person.query(query, {parameter: write(one)}) for one in (of_hidden, of_nothing)]
    assert [one.count for one in answers] == [0, 0]
    assert without_ids(answers[0].said, of_hidden) == without_ids(answers[1].said, of_nothing), query


def everything(person: Person, story: Story) -> str:
    """GetAll: every object of a record that somebody is shown, as it came. [ITI TF-2: 3.18.4.1.2.3.7.4]"""
    statuses = listed(EVERY_STATUS)
    found = person.query(
        names.GET_ALL,
        {
            "$patientId": quoted(story.patient_id),
            "$XDSDocumentEntryStatus": statuses,
            "$XDSSubmissionSetStatus": statuses,
            "$XDSFolderStatus": statuses,
        },
    )
    return str(etree.tostring(found.said.body, encoding="unicode"))


def retrieval_of(person: Person, unique_id: str) -> str:
    """What ITI-43 answers of one document that is not given."""
    assert person.retrieve(REPOSITORY, [unique_id]) == {}
    return without_ids(said(person.repository), unique_id)


def test_unmasked_document_is_seen_by_other_professionals_again(opened: tuple[Story, Report]) -> None:
    """TD3.3a, the other way. [DMP: TD3.3a]"""
    story, report = opened
    author, other = story.doctor(), story.colleague()
    updated(author, revision(author, report, report.entry(restrictions=(MASKED,))))
    assert not sees(other, report)
    updated(author, revision(author, report, report.entry()))
    assert sees(other, report)
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


def test_médecin_traitant_sees_what_is_masked(opened: tuple[Story, Report]) -> None:
    """[DMP: MASQUE_PS]"""
    story, report = opened
    author, treating = story.doctor(), story.colleague()
    updated(author, revision(author, report, report.entry(restrictions=(MASKED,))))
    assert not sees(treating, report)
    assert treating.authorise(role="MEDECIN_TRAITANT") == "DMPOk"
    assert sees(treating, report)
    assert treating.authorisations()[COLLEAGUE].specificRight == ["MEDECIN_TRAITANT"]


def test_broken_glass_shows_what_is_not_masked_and_the_patient_reads_why(opened: tuple[Story, Report]) -> None:
    """Without authorisation, with a reason. [DMP: bris de glace]"""
    story, masked = opened
    author, stranger = story.doctor(), story.breaking_the_glass()
    updated(author, revision(author, masked, masked.entry(restrictions=(MASKED,))))
    visible = story.report("utile en urgence")
    submitted(author, visible.lot())
    assert not_granted(story.doctor(STRANGER, "INCONNU ALEX").find(story.patient_id).said) == "RGT-AUTHORISATION"
    assert set(stranger.find(story.patient_id).entries) == {visible.unique_id}
    assert stranger.retrieve(REPOSITORY, [visible.unique_id, masked.unique_id]) == {visible.unique_id: visible.cda()}

    rows = [row for row in story.patient().journal(story.patient_id) if row.mode == vihf.BREAK_GLASS]
    assert {row.person.id for row in rows} == {STRANGER}
    assert {row.reason for row in rows} == {"Patient inconscient"}
    assert {row.transaction for row in rows} == {"ITI-18", "ITI-43"}


def test_broken_glass_shows_what_is_masked_where_the_patient_agreed(opened: tuple[Story, Report]) -> None:
    """[DMP: bris de glace, accord du patient]"""
    story, masked = opened
    author, stranger = story.doctor(), story.breaking_the_glass()
    updated(author, revision(author, masked, masked.entry(restrictions=(MASKED,))))
    assert not sees(stranger, masked)
    accepted(story.patient().tell(records.change(story.patient_id, {records.SHOWS_MASKED: True})))
    assert sees(stranger, masked)
    assert stranger.retrieve(REPOSITORY, [masked.unique_id]) == {masked.unique_id: masked.cda()}


def test_glass_is_not_broken_where_the_patient_objects(opened: tuple[Story, Report]) -> None:
    """[DMP: OPPOSITION_BRIS_DE_GLACE]"""
    story, report = opened
    accepted(story.patient().tell(records.change(story.patient_id, {records.NO_BREAK_GLASS: True})))
    stranger = story.breaking_the_glass()
    assert not_granted(stranger.find(story.patient_id).said) == "RGT-OPPOSED-BREAK-GLASS"
    assert stranger.retrieve(REPOSITORY, [report.unique_id]) == {}


def test_document_that_is_masked_when_it_comes_is_never_shown_to_another_professional(service: Running) -> None:
    """[DMP: MASQUE_PS at submission]"""
    story, _ = open_record(service)
    author, other = story.doctor(), story.colleague()
    masked = story.report("masqué d'emblée")
    submitted(author, masked.lot(restrictions=(MASKED,)))
    assert sees(author, masked)
    assert not sees(other, masked, *EVERY_STATUS)
    assert other.retrieve(REPOSITORY, [masked.unique_id]) == {}
    assert masked.unique_id not in everything(other, story)


def test_document_held_from_the_patient_is_shown_once_it_was_announced(service: Running) -> None:
    """Not in the journal before, either. [DMP: INVISIBLE_PATIENT, TD3.3b]"""
    story, _ = open_record(service)
    author, patient = story.doctor(), story.patient()
    held = story.report("à annoncer")
    submitted(author, held.lot(restrictions=(HIDDEN,)))
    assert sees(author, held) and sees(story.colleague(), held)
    entry_uuid = shown(author, held)
    assert author.retrieve(REPOSITORY, [held.unique_id]) == {held.unique_id: held.cda()}
    assert not sees(patient, held, *EVERY_STATUS)
    assert patient.retrieve(REPOSITORY, [held.unique_id]) == {}
    assert not {held.unique_id, entry_uuid} & named_in_journal(story)
    updated(author, revision(author, held, held.entry()))
    assert sees(patient, held)
    assert patient.retrieve(REPOSITORY, [held.unique_id]) == {held.unique_id: held.cda()}
    assert {held.unique_id, entry_uuid} & named_in_journal(story)


def named_in_journal(story: Story) -> set[str]:
    """What the patient's journal names."""
    return {one for row in story.patient().journal(story.patient_id) for one in row.object}


def test_what_a_minor_keeps_from_their_parents_is_shown_to_the_minor_alone(service: Running) -> None:
    """[DMP: INVISIBLE_REPRESENTANTS_LEGAUX]"""
    story, first = open_record(service, records.Person(birth_date="20120305"))
    author = story.doctor()
    mother = story.person(vihf.representative(service.pki, story.patient_id, "279035121518989"))
    secret = replace(story.report("confidentiel"), person=first.person)
    submitted(author, secret.lot(restrictions=(HIDDEN_FROM_PARENTS,)))
    assert sees(mother, first)
    assert not sees(mother, secret, *EVERY_STATUS)
    assert mother.retrieve(REPOSITORY, [first.unique_id, secret.unique_id]) == {first.unique_id: first.cda()}
    assert sees(story.patient(), secret)
    assert sees(story.colleague(), secret)


def test_professional_of_whom_nothing_is_known_sees_nothing_of_nobody(service: Running) -> None:
    """A patient without record, and one with a record that one has no authorisation on, told apart by TD0.2 alone. [DMP: TD0.2]"""
    story, report = open_record(service)
    stranger = story.doctor(STRANGER, "INCONNU ALEX")
    assert not_granted(stranger.find(story.patient_id).said) == "RGT-AUTHORISATION"
    as_refused = [retrieval_of(stranger, unique_id) for unique_id in (report.unique_id, new_oid())]
    assert as_refused[0] == as_refused[1]
