"""What a submission names: its own ids, and those outside it. [ITI TF-3: 4.2.1]"""

from __future__ import annotations

from registry.facts import Kind, PatientIdentity
from registry.references import NOBODY, gather_references, identity_of, question_of
from tests.registry.desk import membership, relation
from tests.samples import IHE_TEST_AUTHORITY, a_document_entry, a_folder, a_submission, a_submission_set, fresh_uuid
from xds.hl7v2 import CX
from xds.vocabulary import AssociationType


def test_plain_submission_asks_for_its_patient_and_unique_ids_only() -> None:
    submission = a_submission()
    question = question_of(gather_references(submission))
    assert question.patients == {PatientIdentity("MARTIN-1", IHE_TEST_AUTHORITY)}
    assert question.unique_ids == {submission.submission_set.unique_id, submission.document_entries[0].unique_id}
    assert not (question.entry_uuids or question.references or question.replaced)


def test_ids_given_as_uuid_are_asked_for_in_lower_case() -> None:
    entry_uuid = fresh_uuid()
    submission = a_submission(document_entries=[a_document_entry(entry_uuid=entry_uuid.upper())])
    assert question_of(gather_references(submission)).entry_uuids == {entry_uuid}


def test_ends_outside_the_submission_are_references_and_targets_of_replacements_are_replaced() -> None:
    replaced, appended, folder = fresh_uuid(), fresh_uuid(), fresh_uuid()
    submission = a_submission(
        associations=[
            relation(AssociationType.RPLC, "Document01", replaced.upper()),
            relation(AssociationType.APND, "Document01", appended),
            membership(folder, "Document01"),
        ]
    )
    question = question_of(gather_references(submission))
    assert question.references == {replaced, appended, folder}
    assert question.replaced == {replaced}


def test_symbolic_id_that_names_nothing_is_no_reference() -> None:
    """It is told by the rules that need only the submission."""
    submission = a_submission(associations=[relation(AssociationType.RPLC, "Document01", "Document99")])
    assert not gather_references(submission).outside


def test_own_objects_are_told_with_kind_and_patient() -> None:
    own = gather_references(a_submission(folders=[a_folder()])).own
    kinds = {name: fact.kind for name, fact in own.items()}
    assert kinds["SubmissionSet01"] is Kind.SUBMISSION_SET
    assert kinds["Document01"] is Kind.STABLE
    assert kinds["Folder01"] is Kind.FOLDER
    assert kinds["Membership01"] is Kind.ASSOCIATION


def test_patient_is_id_and_authority_whatever_else_is_said() -> None:
    """[CI-SIS Partage: patientId]"""
    plain = identity_of(CX.build("123", "1.2.3"))
    assert identity_of(CX("123^^^&1.2.3&ISO^NH^^20100907")) == plain == PatientIdentity("123", "1.2.3")


def test_malformed_or_missing_patient_id_is_nobodys_and_not_asked_for() -> None:
    assert identity_of(None) is NOBODY
    assert identity_of(CX("123")) is NOBODY
    submission = a_submission(
        submission_set=a_submission_set(patient_id=CX("123")),
        document_entries=[a_document_entry(patient_id=None)],
    )
    assert question_of(gather_references(submission)).patients == frozenset()
