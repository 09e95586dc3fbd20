"""An entry gets another audience or another status, by values alone. [ITI TF-2: 3.57; DMP: TD3.3a-d]"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from access.sight import RESTRICTIONS, Visibility, visibility_of
from cda import codes
from client import administrator, demonstration, source, verb_update
from client.demonstration import AUTHOR, CAMILLE, Facts
from client.demonstration_laboratory import RESULTS
from client.source import Patient
from client.verb_update import CHANGES
from server.domain_files import load_domain
from xds import transactions
from xds.metadata import DocumentEntry, Submission
from xds.rules import judge_submission
from xds.vocabulary import AssociationType, AvailabilityStatus, SubmissionSetStatus, UpdateSlot

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
UUID_OF_ENTRY = "urn:uuid:00000000-0000-4000-8000-000000000002"
BY = (verb_update.author_of(AUTHOR),)
DMP = load_domain("dmp")


@pytest.fixture(scope="module")
def entry() -> DocumentEntry:
    """As a registry shows it, the third version."""
    facts = Facts(unique_id="2.25.1001", set_id="2.25.1000", written_at=NOW)
    prepared = source.prepare(demonstration.laboratory_report(facts, RESULTS), Patient(CAMILLE.matricule))
    return replace(
        prepared.entry,
        entry_uuid=UUID_OF_ENTRY,
        logical_id="urn:uuid:00000000-0000-4000-8000-000000000001",
        version="3",
        availability_status=AvailabilityStatus.APPROVED,
        home_community_id="urn:oid:1.2.3",
        repository_unique_id="1.2.3.4",
    )


def masked(entry: DocumentEntry) -> Submission:
    return administrator.new_audience(entry, Visibility.MASQUE_PS, Visibility.NONE, BY, NOW)


def test_new_version_says_whom_it_hides_from_and_which_version_it_follows(entry: DocumentEntry) -> None:
    """[ITI TF-2: 3.57.4.1.3.3.1]"""
    submission = masked(entry)
    (version,), (member,) = submission.document_entries, submission.associations
    assert visibility_of(version.confidentiality_code) is Visibility.MASQUE_PS
    assert version.logical_id == entry.logical_id
    assert (version.version, version.availability_status, version.home_community_id) == (None, None, None)
    assert (version.unique_id, version.hash, version.size) == (entry.unique_id, entry.hash, entry.size)
    assert (member.association_type, member.submission_set_status) == (
        AssociationType.HAS_MEMBER,
        SubmissionSetStatus.ORIGINAL,
    )
    assert [(slot.name, slot.values) for slot in member.extra] == [(UpdateSlot.PREVIOUS_VERSION, ("3",))]


def test_first_version_is_followed_by_its_own_entryUUID(entry: DocumentEntry) -> None:
    first = replace(entry, logical_id=None, version=None)
    submission = masked(first)
    assert submission.document_entries[0].logical_id == UUID_OF_ENTRY
    assert submission.associations[0].extra[0].values == ("1",)


def test_restriction_that_ends_is_taken_out_and_the_others_stay(entry: DocumentEntry) -> None:
    kept = codes.a_code("INVISIBLE_PATIENT", RESTRICTIONS)
    normal = codes.a_code("N", "2.16.840.1.113883.5.25")
    bearing = replace(entry, confidentiality_code=(normal, codes.a_code("MASQUE_PS", RESTRICTIONS), kept))
    submission = administrator.new_audience(bearing, Visibility.NONE, Visibility.MASQUE_PS, BY, NOW)
    assert submission.document_entries[0].confidentiality_code == (normal, kept)


def test_restriction_that_is_there_already_is_not_said_twice(entry: DocumentEntry) -> None:
    bearing = replace(entry, confidentiality_code=(codes.a_code("MASQUE_PS", RESTRICTIONS),))
    assert len(masked(bearing).document_entries[0].confidentiality_code) == 1


def test_status_is_changed_by_an_association_from_the_set(entry: DocumentEntry) -> None:
    """[ITI TF-2: 3.57.4.1.3.3.2]"""
    submission = administrator.new_status(entry, AvailabilityStatus.ARCHIVED, BY, NOW)
    (change,) = submission.associations
    assert change.association_type is AssociationType.UPDATE_AVAILABILITY_STATUS
    assert (change.source_object, change.target_object) == (source.SUBMISSION_SET, UUID_OF_ENTRY)
    assert {slot.name: slot.values for slot in change.extra} == {
        UpdateSlot.ORIGINAL_STATUS: (AvailabilityStatus.APPROVED,),
        UpdateSlot.NEW_STATUS: (AvailabilityStatus.ARCHIVED,),
    }
    assert submission.document_entries == ()


def test_set_is_by_who_administers_else_by_the_author_of_the_document(entry: DocumentEntry) -> None:
    """[ITI TF-3: 4.2.3.3.1; CI-SIS: PS_IdNat]"""
    fixed = UUID("00000000-0000-4000-8000-000000000009")
    submission = administrator.new_status(entry, AvailabilityStatus.ARCHIVED, BY, NOW, lambda: fixed)
    found = submission.submission_set
    assert str(found.author[0].author_person) == "899900000017^MODELE^Ondine^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    assert (found.unique_id, found.submission_time) == (f"2.25.{fixed.int}", "20260302093000")
    by_nobody = administrator.new_status(entry, AvailabilityStatus.ARCHIVED, (), NOW)
    assert by_nobody.submission_set.author == entry.author[:1]


@pytest.mark.parametrize("name", CHANGES)
def test_change_breaks_no_rule_of_the_domain(name: str, entry: DocumentEntry) -> None:
    """[ITI TF-2: 3.57.4.1.3]"""
    change = CHANGES[name]
    if change.status is not None:
        before = AvailabilityStatus.ARCHIVED if name == "unarchive" else AvailabilityStatus.APPROVED
        submission = administrator.new_status(replace(entry, availability_status=before), change.status, BY, NOW)
    else:
        submission = administrator.new_audience(entry, change.hidden, change.shown, BY, NOW)
    assert judge_submission(submission, transactions.ITI_57, DMP) == ()
