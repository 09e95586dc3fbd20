"""Rules about the make-up of a submission: one change to a good one, one code. [ITI TF-3: 4.2.1, 4.2.2]"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from tests.samples import (
    a_code,
    a_document_entry,
    a_domain,
    a_folder,
    a_patient_id,
    a_submission,
    a_submission_set,
    an_association,
    fresh_uuid,
)
from tests.samples.strategies import valid_submissions
from xds import errors, rules
from xds.case import Case
from xds.domain import Bite, DocumentPolicy
from xds.metadata import Association, Submission
from xds.transactions import ITI_41, ITI_42, ITI_57, ITI_61, Transaction
from xds.vocabulary import RELATIONSHIPS, AssociationType, DocumentEntryType, Severity, SubmissionSetStatus

META = "XDSRegistryMetadataError"
UNRESOLVED = "UnresolvedReferenceException"


def judge(submission: Submission, transaction: Transaction = ITI_42) -> list[tuple[str, str]]:
    """Code and location of everything that is wrong."""
    return [(error.row.code, error.location) for error in rules.judge_submission(submission, transaction, a_domain())]


def related(association_type: AssociationType = AssociationType.RPLC, **changes: str) -> Association:
    """A relationship from Document01 to a document registered before."""
    ends = {"source_object": "Document01", "target_object": fresh_uuid(), "entry_uuid": "Relation01", **changes}
    return an_association(association_type=association_type, submission_set_status=None, **ends)


def folder_membership(**changes: str) -> Association:
    ends = {"source_object": "Folder01", "target_object": "Document01", "entry_uuid": "InFolder01", **changes}
    return an_association(**ends)


def changed(submission: Submission, number: int = 0, **changes: object) -> Submission:
    """The submission with one of its associations changed."""
    associations = list(submission.associations)
    associations[number] = replace(associations[number], **changes)  # type: ignore[arg-type]
    return replace(submission, associations=tuple(associations))


GOOD = {
    "one document": a_submission(),
    "an empty folder": a_submission(document_entries=(), folders=[a_folder()]),
    "a document in a folder": a_submission(folders=[a_folder()], associations=[folder_membership()]),
    "a registered document into a new folder": a_submission(
        document_entries=(), folders=[a_folder()], associations=[folder_membership(target_object=fresh_uuid())]
    ),
    "membership of registered objects alone": a_submission(
        document_entries=(), associations=[folder_membership(source_object=fresh_uuid(), target_object=fresh_uuid())]
    ),
    "a document and one by reference": a_submission(
        associations=[
            an_association(
                entry_uuid="ByReference",
                target_object=fresh_uuid(),
                submission_set_status=SubmissionSetStatus.REFERENCE,
            )
        ]
    ),
    "two documents, one a transformation of the other": a_submission(
        document_entries=[a_document_entry(), a_document_entry(entry_uuid="Document02")],
        associations=[related(AssociationType.XFRM, target_object="Document02")],
    ),
    "a signature of the lot": a_submission(
        associations=[related(AssociationType.SIGNS, target_object="SubmissionSet01")]
    ),
    **{
        f"{kind.name} of a registered document": a_submission(associations=[related(kind)])
        for kind in sorted(RELATIONSHIPS)
    },
    "uuids in two cases": changed(
        a_submission(document_entries=[a_document_entry(entry_uuid="urn:uuid:7EDCA82F-054D-47F2-A032-9B2A5B5186C1")]),
        target_object="urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
    ),
}


@pytest.mark.parametrize("submission", GOOD.values(), ids=GOOD)
def test_good_submission_has_nothing_against_it(submission: Submission) -> None:
    assert judge(submission) == []


@settings(max_examples=100, deadline=None)
@given(valid_submissions())
def test_any_submission_that_keeps_the_table_of_attributes_has_nothing_against_it(submission: Submission) -> None:
    """[ITI TF-3: 4.2.3]"""
    assert judge(submission) == []


def test_submission_without_submission_set_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    assert (META, "SubmissionSet") in judge(replace(a_submission(), submission_sets=()))


def test_submission_with_two_submission_sets_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    both = (a_submission_set(), a_submission_set(entry_uuid="SubmissionSet02"))
    assert judge(replace(a_submission(), submission_sets=both)) == [(META, "SubmissionSet")]


def test_submission_of_nothing_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    assert judge(a_submission(document_entries=())) == [(META, "SubmitObjectsRequest")]


def test_submission_of_references_alone_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    reference = an_association(target_object=fresh_uuid(), submission_set_status=SubmissionSetStatus.REFERENCE)
    assert judge(a_submission(document_entries=(), associations=[reference])) == [(META, "SubmitObjectsRequest")]


def test_entry_that_is_no_member_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    assert judge(replace(a_submission(), associations=())) == [(META, "DocumentEntry Document01")]


def test_entry_that_is_member_twice_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    good = a_submission()
    twice = (*good.associations, an_association(entry_uuid="Again"))
    assert judge(replace(good, associations=twice)) == [(META, "DocumentEntry Document01")]


def test_folder_membership_that_is_no_member_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    good = a_submission(folders=[a_folder()])
    unrecorded = replace(good, associations=(*good.associations, folder_membership()))
    assert judge(unrecorded) == [(META, "Association InFolder01")]


@pytest.mark.parametrize("status", [None, SubmissionSetStatus.REFERENCE, "original"])
def test_membership_of_a_new_entry_that_is_not_Original_gets_XDSRegistryMetadataError(status: str | None) -> None:
    """[ITI TF-3: 4.2.1.4.1]"""
    wrong = changed(a_submission(), submission_set_status=status)
    assert judge(wrong) == [(META, "Association Membership01 / SubmissionSetStatus")]


@pytest.mark.parametrize("status", [None, SubmissionSetStatus.ORIGINAL])
def test_membership_of_a_registered_entry_that_is_not_Reference_gets_XDSRegistryMetadataError(status: str) -> None:
    """[ITI TF-3: 4.2.1.4.1]"""
    reference = an_association(entry_uuid="Reference01", target_object=fresh_uuid(), submission_set_status=status)
    assert judge(a_submission(associations=[reference])) == [(META, "Association Reference01 / SubmissionSetStatus")]


@pytest.mark.parametrize("short", ["HasMember", "RPLC", "", "urn:ihe:iti:2007:AssociationType:rplc"])
def test_association_type_of_another_spelling_gets_XDSRegistryMetadataError(short: str) -> None:
    """[ITI TF-3: Table 4.2.2-1]"""
    wrong = changed(a_submission(associations=[related()]), 1, association_type=short)
    assert (META, "Association Relation01 / associationType") in judge(wrong)


def test_relationship_that_the_domain_refuses_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-1: 10.4.1]"""
    domain = a_domain(documents=DocumentPolicy(associations_refused=("APND",)))
    for kind, expected in ((AssociationType.APND, 1), (AssociationType.XFRM, 0)):
        found = rules.judge_submission(a_submission(associations=[related(kind)]), ITI_42, domain)
        assert [error.location for error in found] == ["Association Relation01 / associationType"] * expected


@pytest.mark.parametrize("kind", [AssociationType.UPDATE_AVAILABILITY_STATUS, AssociationType.SUBMIT_ASSOCIATION])
def test_association_of_an_update_has_no_place_in_a_registration(kind: AssociationType) -> None:
    """[ITI TF-2: 3.57.4.1.3]"""
    update = a_submission(associations=[related(kind, source_object="SubmissionSet01")])
    assert judge(update) == [(META, "Association Relation01 / associationType")]
    assert (META, "Association Relation01 / associationType") not in judge(update, ITI_57)


@pytest.mark.parametrize(
    ("source", "target", "end"),
    [
        ("Document01", "Document01", "sourceObject"),
        ("Membership01", "Document01", "sourceObject"),
        ("Folder01", "Folder01", "targetObject"),
        ("Folder01", "SubmissionSet01", "targetObject"),
        ("SubmissionSet01", "SubmissionSet01", "targetObject"),
        ("SubmissionSet01", "Membership01", "targetObject"),
    ],
)
def test_membership_of_what_cannot_be_a_member_gets_XDSRegistryMetadataError(
    source: str, target: str, end: str
) -> None:
    """Folders do not nest, and nothing holds a SubmissionSet. [ITI TF-3: 4.2.2.1]"""
    odd = an_association(entry_uuid="Odd", source_object=source, target_object=target)
    assert (META, f"Association Odd / {end}") in judge(replace_with(odd))


def replace_with(association: Association) -> Submission:
    good = a_submission(folders=[a_folder()])
    return replace(good, associations=(*good.associations, association))


def test_relationship_to_a_folder_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.2.2]"""
    wrong = a_submission(folders=[a_folder()], associations=[related(AssociationType.APND, target_object="Folder01")])
    assert judge(wrong) == [(META, "Association Relation01 / targetObject")]


def test_relationship_of_a_registered_document_gets_UnresolvedReferenceException() -> None:
    """[ITI TF-3: 4.2.2.2]"""
    wrong = a_submission(associations=[related(source_object=fresh_uuid())])
    assert judge(wrong) == [(UNRESOLVED, "Association Relation01 / sourceObject")]


@pytest.mark.parametrize(("end", "name"), [("source_object", "sourceObject"), ("target_object", "targetObject")])
def test_symbolic_reference_to_nothing_gets_UnresolvedReferenceException_once(end: str, name: str) -> None:
    """[ITI TF-2: 3.42.4.1.3.7]"""
    wrong = a_submission(associations=[related(**{end: "Document99"})])
    assert judge(wrong) == [(UNRESOLVED, f"Association Relation01 / {name}")]


def test_documented_membership_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.2.2.6]"""
    wrong = changed(a_submission(), association_documentation=a_code())
    assert judge(wrong) == [(META, "Association Membership01 / associationDocumentation")]


def test_documented_relationship_is_accepted() -> None:
    """[ITI TF-3: 4.2.2.2.6]"""
    assert judge(changed(a_submission(associations=[related()]), 1, association_documentation=a_code())) == []


def test_two_objects_of_one_id_get_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.3.1.5]"""
    assert (META, "id Document01") in judge(a_submission(folders=[a_folder(entry_uuid="Document01")]))


def test_two_objects_of_one_unique_id_get_XDSRegistryDuplicateUniqueIdInMessage() -> None:
    """[ITI TF-3: 4.2.3.2.26]"""
    entry = a_document_entry()
    wrong = a_submission(document_entries=[entry], folders=[a_folder(unique_id=entry.unique_id)])
    assert judge(wrong) == [("XDSRegistryDuplicateUniqueIdInMessage", "uniqueId")]


def test_objects_of_two_patients_get_XDSPatientIdDoesNotMatch_each() -> None:
    """[ITI TF-2: 3.42.4.1.3.4]"""
    other = a_patient_id("DURAND-2")
    wrong = a_submission(document_entries=[a_document_entry(patient_id=other)], folders=[a_folder(patient_id=other)])
    assert judge(wrong) == [
        ("XDSPatientIdDoesNotMatch", "DocumentEntry Document01 / patientId"),
        ("XDSPatientIdDoesNotMatch", "Folder Folder01 / patientId"),
    ]
    contexts = [error.code_context for error in rules.judge_submission(wrong, ITI_42, a_domain())]
    assert not any("DURAND" in context or "MARTIN" in context for context in contexts)


def test_patient_ids_compare_by_id_and_authority_alone() -> None:
    """The DMP sends a type code and a date beside them. [CI-SIS Partage: patientId]"""
    dated = a_patient_id().__class__(a_patient_id() + "^NH^^20240101")
    submission = a_submission(document_entries=[a_document_entry(patient_id=dated)])
    assert list(rules.judge_submission(submission, ITI_42, a_domain(cx_type_code="NH"))) == []


@pytest.mark.parametrize("transaction", [ITI_41, ITI_42], ids=lambda row: row.name)
def test_on_demand_entry_that_is_provided_or_registered_gets_XDSRegistryMetadataError(transaction: Transaction) -> None:
    """[ITI TF-3: 4.2.3.2.30]"""
    wrong = a_submission(document_entries=[a_document_entry(object_type=DocumentEntryType.ON_DEMAND)])
    assert judge(wrong, transaction) == [(META, "DocumentEntry Document01 / objectType")]


def test_stable_entry_registered_as_on_demand_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-2: 3.61]"""
    assert (META, "DocumentEntry Document01 / objectType") in judge(a_submission(), ITI_61)


def test_on_demand_entry_is_registered_without_time_hash_and_size() -> None:
    """[ITI TF-2: 3.61]"""
    entry = a_document_entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    assert judge(a_submission(document_entries=[entry]), ITI_61) == []


def test_snapshot_that_is_on_demand_itself_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.2.2.7]"""
    entry = a_document_entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    wrong = a_submission(document_entries=[entry], associations=[related(AssociationType.IS_SNAPSHOT_OF)])
    assert judge(wrong, ITI_61) == [(META, "Association Relation01 / sourceObject")]


def test_document_that_replaces_itself_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.2.2]"""
    wrong = a_submission(associations=[related(target_object="Document01")])
    assert judge(wrong) == [(META, "Association Relation01")]


def test_addendum_to_a_transformation_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.2.2.1]"""
    wrong = a_submission(
        document_entries=[a_document_entry(), a_document_entry(entry_uuid="Document02")],
        associations=[
            related(AssociationType.APND, target_object="Document02"),
            related(AssociationType.XFRM, entry_uuid="Relation02", source_object="Document02"),
        ],
    )
    assert judge(wrong) == [(META, "Association Relation01 / targetObject")]


def test_all_errors_are_told_at_once_and_twice_the_same() -> None:
    """[ITI TF-3: 4.2.4.1]"""
    entry = a_document_entry(class_code=None, hash="x", patient_id=a_patient_id("OTHER"))
    wrong = replace(a_submission(document_entries=[entry]), associations=())
    assert len(judge(wrong)) == 4
    assert judge(wrong) == judge(wrong)


def test_rules_are_found_by_their_id() -> None:
    assert len({rule.id for rule in rules.RULES}) == len(rules.RULES)
    for rule in rules.RULES:
        assert rules.find(rule.id) is rule
        assert rule.judge.__doc__
    assert rules.find("XDS-0") is None


def test_id_inside_an_object_that_names_another_bites_as_hard_as_the_domain_says() -> None:
    """Templates of DMP clients write other ids; where it stands says whose it is. [ITI TF-3: 4.2.3.1]"""
    finding = errors.flaw("DocumentEntry Document01 / classifiedObject", "is missing", "the id of its object")
    other = errors.flaw("DocumentEntry Document01 / sourcePatientId", "is missing", "one")
    submission = replace(a_submission(), findings=(finding, other))

    def severities(bite: Bite) -> list[Severity]:
        domain = a_domain(documents=DocumentPolicy(nested_ids=bite))
        return [found.severity for found in rules.judge_written_form(submission, domain)]

    assert severities(Bite.ERROR) == [Severity.ERROR, Severity.ERROR]
    assert severities(Bite.WARNING) == [Severity.WARNING, Severity.ERROR]
    assert severities(Bite.OFF) == [Severity.ERROR]


@settings(max_examples=50, deadline=None)
@given(valid_submissions())
def test_rules_of_relationships_have_nothing_to_say_of_memberships(submission: Submission) -> None:
    """Where all Associations are HasMember they are not asked, whatever is wrong with those. [ITI TF-3: 4.2.2]"""
    memberships = tuple(
        replace(association, association_type=AssociationType.HAS_MEMBER, source_object=association.target_object)
        for association in submission.associations
    )
    case = Case(replace(submission, associations=memberships), ITI_42, a_domain())
    asked = [rule for rule in rules.RULES if rule.is_of_relationships]
    assert [rule.id for rule in asked] == ["XDS-11R", "XDS-36", "XDS-39", "XDS-40", "XDS-41"]
    assert [error for rule in asked for error in rule.judge(case)] == []
