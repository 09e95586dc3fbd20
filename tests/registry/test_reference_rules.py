"""What Associations point at outside their submission. [ITI TF-3: 4.2.2; ITI TF-2: 3.42.4.1.3.5]"""

from __future__ import annotations

import pytest

from registry.facts import Kind
from registry.judge import judge
from tests.registry.cases import DOCUMENT, FOLDER, SOMEBODY_ELSE, a_case, a_fact, a_folder_fact, an_arrow
from tests.registry.desk import a_reference, membership, relation
from tests.samples import a_document_entry, a_submission, fresh_uuid
from xds.metadata import Association, Submission
from xds.vocabulary import RELATIONSHIPS, AssociationType, AvailabilityStatus

SET = "SubmissionSet01"
REGISTERED_ONLY = [AssociationType.RPLC, AssociationType.XFRM_RPLC, AssociationType.IS_SNAPSHOT_OF]
NOT_APPROVED = [status for status in AvailabilityStatus if status is not AvailabilityStatus.APPROVED]
TYPES = sorted(RELATIONSHIPS)


def a_target_of(kind: AssociationType) -> Kind:
    return Kind.ON_DEMAND if kind is AssociationType.IS_SNAPSHOT_OF else Kind.STABLE


def submitting(*associations: Association) -> Submission:
    return a_submission(associations=associations)


def with_member(member: Association) -> Submission:
    submission = a_submission()
    return Submission(submission.submission_sets, submission.document_entries, (), (*submission.associations, member))


@pytest.mark.parametrize("kind", TYPES)
def test_relationship_to_an_approved_entry_is_accepted(kind: AssociationType) -> None:
    target = a_fact(kind=a_target_of(kind))
    assert judge(a_case(submitting(relation(kind, "Document01", DOCUMENT)), objects=[target])) == ()


@pytest.mark.parametrize("kind", TYPES)
def test_target_that_exists_nowhere_gets_UnresolvedReferenceException(kind: AssociationType) -> None:
    (error,) = judge(a_case(submitting(relation(kind, "Document01", DOCUMENT))))
    assert error.row.code == "UnresolvedReferenceException"
    assert DOCUMENT in error.code_context


@pytest.mark.parametrize("status", NOT_APPROVED)
@pytest.mark.parametrize("kind", TYPES)
def test_target_that_is_not_approved_gets_XDSRegistryDeprecatedDocumentError(
    kind: AssociationType, status: AvailabilityStatus
) -> None:
    target = a_fact(kind=a_target_of(kind), status=status)
    case = a_case(submitting(relation(kind, "Document01", DOCUMENT)), objects=[target])
    assert judge(case).codes == ("XDSRegistryDeprecatedDocumentError",)


@pytest.mark.parametrize("kind", TYPES)
def test_target_of_another_patient_gets_XDSPatientIdDoesNotMatch(kind: AssociationType) -> None:
    target = a_fact(kind=a_target_of(kind), patient=SOMEBODY_ELSE)
    case = a_case(submitting(relation(kind, "Document01", DOCUMENT)), objects=[target])
    assert judge(case).codes == ("XDSPatientIdDoesNotMatch",)


@pytest.mark.parametrize("target", [Kind.FOLDER, Kind.SUBMISSION_SET, Kind.ASSOCIATION])
@pytest.mark.parametrize("kind", TYPES)
def test_target_that_is_no_entry_gets_XDSRegistryMetadataError(kind: AssociationType, target: Kind) -> None:
    case = a_case(submitting(relation(kind, "Document01", DOCUMENT)), objects=[a_fact(kind=target)])
    assert "XDSRegistryMetadataError" in judge(case).codes


@pytest.mark.parametrize("kind", TYPES)
def test_target_in_the_submission_is_allowed_for_what_is_not_replaced_or_held(kind: AssociationType) -> None:
    """[ITI TF-3: 4.2.2.2]"""
    entries = [a_document_entry(), a_document_entry(entry_uuid="Document02")]
    submission = a_submission(document_entries=entries, associations=[relation(kind, "Document01", "Document02")])
    expected = ("UnresolvedReferenceException",) if kind in REGISTERED_ONLY else ()
    assert judge(a_case(submission)).codes == expected


def test_signature_of_the_lot_may_target_its_submission_set() -> None:
    """[CI-SIS Partage: signature du lot]"""
    assert judge(a_case(submitting(relation(AssociationType.SIGNS, "Document01", SET)))) == ()


@pytest.mark.parametrize("kind", [AssociationType.RPLC, AssociationType.XFRM_RPLC])
def test_stable_entry_that_replaces_an_on_demand_one_gets_XDSRegistryMetadataError(kind: AssociationType) -> None:
    case = a_case(submitting(relation(kind, "Document01", DOCUMENT)), objects=[a_fact(kind=Kind.ON_DEMAND)])
    assert judge(case).codes == ("XDSRegistryMetadataError",)


def test_snapshot_of_a_stable_entry_gets_XDSRegistryMetadataError() -> None:
    snapshot = relation(AssociationType.IS_SNAPSHOT_OF, "Document01", DOCUMENT)
    assert judge(a_case(submitting(snapshot), objects=[a_fact()])).codes == ("XDSRegistryMetadataError",)


@pytest.mark.parametrize("made_by", [AssociationType.XFRM, AssociationType.XFRM_RPLC])
def test_addendum_to_a_transformation_gets_XDSRegistryMetadataError(made_by: AssociationType) -> None:
    """[ITI TF-3: 4.2.2.2.1]"""
    arrow = an_arrow(made_by, DOCUMENT, fresh_uuid())
    addendum = submitting(relation(AssociationType.APND, "Document01", DOCUMENT))
    assert judge(a_case(addendum, objects=[a_fact()], associations=[arrow])).codes == ("XDSRegistryMetadataError",)


def test_addendum_to_what_was_transformed_is_accepted() -> None:
    arrow = an_arrow(AssociationType.XFRM, fresh_uuid(), DOCUMENT)
    addendum = submitting(relation(AssociationType.APND, "Document01", DOCUMENT))
    assert judge(a_case(addendum, objects=[a_fact()], associations=[arrow])) == ()


def test_entry_replaced_twice_in_one_submission_gets_XDSRegistryDeprecatedDocumentError() -> None:
    entries = [a_document_entry(), a_document_entry(entry_uuid="Document02")]
    twice = [
        relation(AssociationType.RPLC, "Document01", DOCUMENT),
        relation(AssociationType.XFRM_RPLC, "Document02", DOCUMENT.upper()),
    ]
    submission = a_submission(document_entries=entries, associations=twice)
    assert judge(a_case(submission, objects=[a_fact()])).codes == ("XDSRegistryDeprecatedDocumentError",)


def test_reference_to_a_registered_entry_of_any_patient_is_accepted() -> None:
    """[ITI TF-3: 4.2.1.4.1]"""
    submission = with_member(a_reference(SET, DOCUMENT))
    for patient in (a_fact().patient, SOMEBODY_ELSE):
        assert judge(a_case(submission, objects=[a_fact(patient=patient)])) == ()


def test_reference_to_nothing_gets_UnresolvedReferenceException() -> None:
    assert judge(a_case(with_member(a_reference(SET, DOCUMENT)))).codes == ("UnresolvedReferenceException",)


@pytest.mark.parametrize("status", NOT_APPROVED)
def test_reference_to_an_entry_that_is_not_approved_gets_XDSRegistryDeprecatedDocumentError(
    status: AvailabilityStatus,
) -> None:
    case = a_case(with_member(a_reference(SET, DOCUMENT)), objects=[a_fact(status=status)])
    assert judge(case).codes == ("XDSRegistryDeprecatedDocumentError",)


def test_reference_to_a_registered_folder_gets_XDSRegistryMetadataError() -> None:
    case = a_case(with_member(a_reference(SET, FOLDER)), objects=[a_folder_fact()])
    assert judge(case).codes == ("XDSRegistryMetadataError",)


def test_membership_of_a_registered_folder_and_entry_is_accepted() -> None:
    case = a_case(submitting(membership(FOLDER, DOCUMENT)), objects=[a_fact(), a_folder_fact()])
    assert judge(case) == ()


def test_membership_whose_ends_exist_nowhere_gets_UnresolvedReferenceException_for_each() -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    assert judge(a_case(submitting(membership(FOLDER, DOCUMENT)))).codes == ("UnresolvedReferenceException",) * 2


@pytest.mark.parametrize("is_folder", [True, False])
def test_membership_with_an_end_that_is_not_approved_gets_XDSRegistryDeprecatedDocumentError(is_folder: bool) -> None:
    deprecated = AvailabilityStatus.DEPRECATED
    facts = [a_fact(), a_folder_fact(status=deprecated)] if is_folder else [a_fact(status=deprecated), a_folder_fact()]
    case = a_case(submitting(membership(FOLDER, DOCUMENT)), objects=facts)
    assert judge(case).codes == ("XDSRegistryDeprecatedDocumentError",)


@pytest.mark.parametrize("target", ["Document01", DOCUMENT], ids=["submitted", "registered"])
def test_membership_in_the_folder_of_another_patient_gets_XDSPatientIdDoesNotMatch(target: str) -> None:
    facts = [a_fact(), a_folder_fact(patient=SOMEBODY_ELSE)]
    assert judge(a_case(submitting(membership(FOLDER, target)), objects=facts)).codes == ("XDSPatientIdDoesNotMatch",)


def test_membership_in_what_is_no_folder_gets_XDSRegistryMetadataError() -> None:
    """A Folder is meant; a registered SubmissionSet receives no members any more. [ITI TF-3: 4.2.2.1]"""
    case = a_case(submitting(membership(FOLDER, "Document01")), objects=[a_fact(FOLDER, Kind.SUBMISSION_SET)])
    assert judge(case).codes == ("XDSRegistryMetadataError",)


def test_folder_in_a_folder_gets_XDSRegistryMetadataError() -> None:
    inner = fresh_uuid()
    case = a_case(submitting(membership(FOLDER, inner)), objects=[a_folder_fact(), a_folder_fact(inner)])
    assert judge(case).codes == ("XDSRegistryMetadataError",)
