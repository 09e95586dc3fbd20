"""[ITI-8], [ITI-44] Two identifiers were one person's: what a merge does, what it does not, and what is seen afterwards.

[ITI TF-2: 3.8.4.2.4, 3.44.4.2.4]
"""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from registry import parameters as p
from registry import patients
from registry import stored_queries as q
from registry.facts import PatientFact, PatientIdentity
from tests.registry.desk import ANY_STATUS, Backend, Desk, another_patient, relation
from tests.registry.test_patients import ACCEPTED, FOREIGN, feed, known
from tests.samples import IHE_TEST_AUTHORITY, a_domain
from xds.domain import AssigningAuthority, Bite
from xds.hl7v2 import CX
from xds.messages import FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier, PatientFeed
from xds.metadata import DocumentEntry, Folder, RegistryObject, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus

NIR = AssigningAuthority("1.2.250.1.213.1.4.8", "INS-NIR", is_ins=True, matricule_shape=Bite.ERROR)
NIA = AssigningAuthority("1.2.250.1.213.1.4.9", "INS-NIA", is_ins=True, matricule_shape=Bite.ERROR)

OTHER = AssigningAuthority("1.9.9", "another hospital")


def instance(patient_id: CX) -> InstanceIdentifier:
    return InstanceIdentifier(patient_id.authority, patient_id.id_number)


def a_merge(subsumed: CX, *survivors: CX) -> PatientFeed:
    return PatientFeed(
        event=FeedEvent.MERGED,
        message_id=InstanceIdentifier("1.2.3", "1"),
        ids=tuple(map(instance, survivors)),
        subsumed_ids=(instance(subsumed),),
    )


def fact(desk: Desk, patient_id: CX) -> PatientFact | None:
    return known(desk, PatientIdentity(patient_id.id_number, patient_id.authority))


def survivor_of(desk: Desk, patient_id: CX) -> str | None:
    found = fact(desk, patient_id)
    assert found is not None
    return found.subsumed_by.id_number if found.subsumed_by else None


def a_known_patient(desk: Desk) -> CX:
    patient_id = another_patient()
    desk.make_known(patient_id)
    return patient_id


def record(desk: Desk, patient_id: CX) -> dict[str, RegistryObject]:
    """All that is found for a patient."""
    return desk.find(
        q.GET_ALL,
        (p.PATIENT_ID, f"'{patient_id}'"),
        (p.ENTRY_STATUS, ANY_STATUS),
        (p.SET_STATUS, ANY_STATUS),
        (p.FOLDER_STATUS, ANY_STATUS),
    )


def is_whole(found: dict[str, RegistryObject], patient_id: CX) -> bool:
    """Whether every object is shown as that patient's."""
    shown = [one.patient_id for one in found.values() if isinstance(one, DocumentEntry | SubmissionSet | Folder)]
    return bool(shown) and set(shown) == {patient_id}


def test_survivor_is_shown_with_both_histories_under_the_surviving_id(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.9.1]"""
    old, new = desk.patient_id, a_known_patient(desk)
    first = desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    desk.patient_id = new
    second = desk.registered(desk.submission(desk.entry()))
    before = record(desk, old)
    assert feed(desk, a_merge(old, new)) == ACCEPTED
    found = record(desk, new)
    assert found.keys() == before.keys() | {one.entry_uuid for one in second.objects()}
    assert is_whole(found, new)
    shown = found[first.document_entries[0].entry_uuid]
    assert isinstance(shown, DocumentEntry)
    assert shown.source_patient_id == first.document_entries[0].source_patient_id
    assert shown.source_patient_info == first.document_entries[0].source_patient_info


def test_query_for_the_subsumed_id_finds_nothing(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    old, new = desk.patient_id, a_known_patient(desk)
    desk.registered(desk.submission(desk.entry()))
    feed(desk, a_merge(old, new))
    assert record(desk, old) == {}


def test_submission_for_the_subsumed_id_gets_XDSUnknownPatientId_and_is_not_told_the_other(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.3.2]"""
    old, new = desk.patient_id, a_known_patient(desk)
    feed(desk, a_merge(old, new))
    (error,) = desk.register(desk.submission(desk.entry())).errors
    assert error.row.code == "XDSUnknownPatientId"
    assert new.id_number not in error.code_context
    assert record(desk, new) == {}


def test_document_of_the_subsumed_patient_is_replaced_by_one_of_the_survivor(desk: Desk) -> None:
    """Same patient means the effective one. [ITI TF-2: 3.42.4.1.3.5]"""
    old, new = desk.patient_id, a_known_patient(desk)
    original, folder = desk.entry(), desk.folder()
    desk.registered(desk.submission(original, folders=[folder]))
    feed(desk, a_merge(old, new))
    desk.patient_id = new
    replacement = desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, original.entry_uuid)
    desk.registered(desk.submission(replacement, associations=[replaces]))
    found = record(desk, new)[original.entry_uuid]
    assert isinstance(found, DocumentEntry)
    assert found.availability_status is AvailabilityStatus.DEPRECATED


def test_chain_of_merges_leads_to_the_last(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    first, second, third = desk.patient_id, a_known_patient(desk), a_known_patient(desk)
    desk.registered(desk.submission(desk.entry()))
    before = record(desk, first)
    assert feed(desk, a_merge(first, second)) == ACCEPTED
    assert feed(desk, a_merge(second, third)) == ACCEPTED
    assert record(desk, third).keys() == before.keys()
    assert is_whole(record(desk, third), third)
    assert record(desk, second) == {}
    assert survivor_of(desk, first) == survivor_of(desk, second) == third.id_number


def test_merge_back_does_not_loop(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    old, new = desk.patient_id, a_known_patient(desk)
    feed(desk, a_merge(old, new))
    assert feed(desk, a_merge(new, old)) == FeedResponse(reason=patients.SURVIVOR_SUBSUMED)
    assert survivor_of(desk, new) is None


def test_merge_into_a_subsumed_survivor_is_ignored_and_acknowledged(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    old, gone, new = desk.patient_id, a_known_patient(desk), a_known_patient(desk)
    feed(desk, a_merge(gone, new))
    assert feed(desk, a_merge(old, gone)) == FeedResponse(reason=patients.SURVIVOR_SUBSUMED)
    assert survivor_of(desk, old) is None


def test_merge_of_a_patient_who_was_subsumed_before_is_ignored_and_acknowledged(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    old, new, other = desk.patient_id, a_known_patient(desk), a_known_patient(desk)
    feed(desk, a_merge(old, new))
    assert feed(desk, a_merge(old, other)) == FeedResponse(reason=patients.SUBSUMED_BEFORE)
    assert survivor_of(desk, old) == new.id_number


def test_merge_of_a_patient_with_itself_is_ignored_and_acknowledged(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    assert feed(desk, a_merge(desk.patient_id, desk.patient_id)) == FeedResponse(reason=patients.SAME)
    assert survivor_of(desk, desk.patient_id) is None


def test_merge_of_an_unknown_patient_is_ignored_and_acknowledged(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    stranger = another_patient()
    assert feed(desk, a_merge(stranger, desk.patient_id)) == FeedResponse(reason=patients.NOT_KNOWN)
    assert fact(desk, stranger) is None


@pytest.mark.parametrize("foreign", ["subsumed", "survivor"])
def test_merge_with_an_authority_that_is_not_ours_is_ignored_and_acknowledged(desk: Desk, foreign: str) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    stranger = CX.build("1", FOREIGN)
    pair = (stranger, desk.patient_id) if foreign == "subsumed" else (desk.patient_id, stranger)
    assert feed(desk, a_merge(*pair)) == FeedResponse(reason=patients.NOT_OURS)
    assert survivor_of(desk, desk.patient_id) is None


def test_merge_into_an_unknown_patient_is_an_error_where_patients_must_be_announced(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    stranger = another_patient()
    expected = FeedResponse(FeedOutcome.ERROR, patients.SURVIVOR_NOT_KNOWN)
    assert feed(desk, a_merge(desk.patient_id, stranger)) == expected
    assert survivor_of(desk, desk.patient_id) is None
    assert fact(desk, stranger) is None


def test_merge_that_names_no_subsumed_patient_is_an_error(desk: Desk) -> None:
    message = replace(a_merge(desk.patient_id, desk.patient_id), subsumed_ids=())
    assert feed(desk, message) == FeedResponse(FeedOutcome.ERROR, patients.NO_SUBSUMED)


def test_merge_with_two_survivors_of_one_authority_is_an_error(desk: Desk) -> None:
    message = a_merge(desk.patient_id, a_known_patient(desk), a_known_patient(desk))
    assert feed(desk, message) == FeedResponse(FeedOutcome.ERROR, patients.SEVERAL_SURVIVORS)
    assert survivor_of(desk, desk.patient_id) is None


def test_old_id_listed_beside_the_new_one_is_no_second_survivor(desk: Desk) -> None:
    old, new = desk.patient_id, a_known_patient(desk)
    assert feed(desk, a_merge(old, old, new)) == ACCEPTED
    assert survivor_of(desk, old) == new.id_number


@pytest.fixture
def wide_desk(registry_backend: Backend) -> Desk:
    """A community with two authorities."""
    return Desk(registry_backend, replace(a_domain(), authorities=(*a_domain().authorities, OTHER)))


def test_message_of_two_merges_does_both_or_none(wide_desk: Desk) -> None:
    """A source that serves two authorities merges in both at once."""
    desk = wide_desk
    old, new = desk.patient_id, a_known_patient(desk)
    other_old, other_new = (CX.build(another_patient().id_number, OTHER.oid) for _ in range(2))
    desk.make_known(other_old)
    message = replace(a_merge(old, new, other_new), subsumed_ids=(instance(old), instance(other_old)))
    assert feed(desk, message) == FeedResponse(FeedOutcome.ERROR, patients.SURVIVOR_NOT_KNOWN)
    assert survivor_of(desk, old) is None
    desk.make_known(other_new)
    assert feed(desk, message) == ACCEPTED
    assert survivor_of(desk, old) == new.id_number
    assert survivor_of(desk, other_old) == other_new.id_number


def test_survivor_of_the_same_authority_is_meant_before_any_other(wide_desk: Desk) -> None:
    desk = wide_desk
    new, elsewhere = a_known_patient(desk), CX.build(another_patient().id_number, OTHER.oid)
    desk.make_known(elsewhere)
    assert new.authority == IHE_TEST_AUTHORITY
    assert feed(desk, a_merge(desk.patient_id, elsewhere, new)) == ACCEPTED
    assert survivor_of(desk, desk.patient_id) == new.id_number


@pytest.fixture
def french_desk(registry_backend: Backend) -> Desk:
    """Patients by INS, who need not be announced; one with an INS-NIA has a record."""
    domain = replace(a_domain(), authorities=(NIR, NIA), patients_known_beforehand=False)
    return Desk(registry_backend, domain, patient_id=CX.build(a_matricule(), NIA.oid))


def a_matricule() -> str:
    """Fifteen digits of the right shape; the key counts for nothing here."""
    return f"2800735{uuid.uuid4().int % 10**8:08d}"


def test_documents_of_an_INS_NIA_stay_when_it_becomes_an_INS_NIR(french_desk: Desk) -> None:
    """The survivor need not be known where the first document begins a record. [Référentiel INS]"""
    desk = french_desk
    desk.registered(desk.submission(desk.entry(), folders=[desk.folder()]))
    before = record(desk, desk.patient_id)
    nir = CX.build(a_matricule(), NIR.oid)
    assert feed(desk, a_merge(desk.patient_id, nir)) == ACCEPTED
    assert record(desk, nir).keys() == before.keys()
    assert is_whole(record(desk, nir), nir)
    assert desk.register(desk.submission(desk.entry())).errors.codes == ("XDSUnknownPatientId",)


def test_INS_NIA_listed_beside_the_INS_NIR_that_it_became_is_merged_all_the_same(french_desk: Desk) -> None:
    nir = CX.build(a_matricule(), NIR.oid)
    assert feed(french_desk, a_merge(french_desk.patient_id, french_desk.patient_id, nir)) == ACCEPTED
    assert survivor_of(french_desk, french_desk.patient_id) == nir.id_number


def test_merge_into_a_matricule_of_a_wrong_shape_is_an_error_that_does_not_repeat_it(french_desk: Desk) -> None:
    """[CI-SIS SM 3.5.5.12]"""
    answer = feed(french_desk, a_merge(french_desk.patient_id, CX.build("28007352", NIR.oid)))
    assert answer.outcome is FeedOutcome.ERROR
    assert "28007352" not in answer.reason
