"""Rules about what an update asks for: one change to a good one, one code. [ITI Supplement XDS Metadata Update: 3.57.4.1.3]"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from tests.samples import (
    a_document_entry,
    a_domain,
    a_folder,
    a_patient_id,
    a_submission,
    an_association,
    fresh_oid,
    fresh_uuid,
)
from xds import rules, triggers
from xds.domain import AffinityDomain
from xds.metadata import Association, Slot, Submission
from xds.transactions import ITI_42, ITI_57, ITI_92, Transaction
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType, SubmissionSetStatus, UpdateSlot

META = "XDSRegistryMetadataError"
OPERATION = "XDSMetadataUpdateOperationError"
ANNOTATION = "XDSMetadataAnnotationError"
APPROVED, DEPRECATED = AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED
DMP = a_domain(availability_statuses=frozenset(AvailabilityStatus))


def codes(submission: Submission, transaction: Transaction = ITI_57, domain: AffinityDomain | None = None) -> set[str]:
    """The codes of everything that is wrong."""
    return {error.row.code for error in rules.judge_submission(submission, transaction, domain or a_domain())}


def slots(**values: str | tuple[str, ...]) -> tuple[Slot, ...]:
    """Slots by name."""
    return tuple(Slot(name, (value,) if isinstance(value, str) else value) for name, value in values.items())


def an_update(extra: Iterable[Slot] = slots(PreviousVersion="1"), **changes: Any) -> Submission:
    """A new version of a document, announced."""
    entry = a_document_entry(**{"logical_id": fresh_uuid(), **changes})
    good = a_submission(document_entries=[entry])
    return replace(good, associations=(replace(good.associations[0], extra=tuple(extra)), *good.associations[1:]))


def a_folder_update() -> Submission:
    """A new version of a Folder, announced without SubmissionSetStatus."""
    good = a_submission(document_entries=(), folders=[a_folder(logical_id=fresh_uuid())])
    return replace(good, associations=(replace(good.associations[0], extra=slots(PreviousVersion="4")),))


def with_associations(submission: Submission, *associations: Association) -> Submission:
    """The submission with more of them."""
    return replace(submission, associations=(*submission.associations, *associations))


def a_status_update(
    *, original: str | tuple[str, ...] | None = APPROVED, new: str | tuple[str, ...] | None = DEPRECATED, **changes: Any
) -> Association:
    """An UpdateAvailabilityStatus of something registered."""
    given = {"OriginalStatus": original, "NewStatus": new}
    return an_association(
        **{
            "entry_uuid": "Change01",
            "association_type": AssociationType.UPDATE_AVAILABILITY_STATUS,
            "source_object": "SubmissionSet01",
            "target_object": fresh_uuid(),
            "extra": slots(**{name: value for name, value in given.items() if value is not None}),
            **changes,
        }
    )


def statuses_alone(*associations: Association) -> Submission:
    """An update without new versions."""
    return with_associations(a_submission(document_entries=()), *associations)


def added(association_type: AssociationType = AssociationType.HAS_MEMBER, **changes: Any) -> tuple[Association, ...]:
    """An Association between registered objects, and the SubmitAssociation that adds it."""
    ends = {"source_object": fresh_uuid(), "target_object": fresh_uuid(), "entry_uuid": "Added01"}
    association = an_association(**{"association_type": association_type, **ends, **changes})
    trigger = an_association(
        entry_uuid="Trigger01",
        association_type=AssociationType.SUBMIT_ASSOCIATION,
        source_object="SubmissionSet01",
        target_object="Added01",
    )
    return association, trigger


GOOD = {
    "a new version": an_update(),
    "a new version that propagates": an_update(slots(PreviousVersion="12", AssociationPropagation="yes")),
    "a new version that does not": an_update(slots(PreviousVersion="1", AssociationPropagation="no")),
    "a new version of an on-demand document": an_update(
        object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None
    ),
    "a new version of a folder": a_folder_update(),
    "a change of status": statuses_alone(a_status_update()),
    "two changes of status": statuses_alone(a_status_update(), a_status_update(entry_uuid="Change02")),
    "a change of status with its new version": with_associations(
        an_update(), a_status_update(target_object="Document01")
    ),
    "a membership added": statuses_alone(*added()),
    "a relationship added": statuses_alone(*added(AssociationType.RPLC)),
    "a relationship of a new version": with_associations(
        an_update(slots(PreviousVersion="1", AssociationPropagation="no")),
        an_association(
            association_type=AssociationType.APND,
            entry_uuid="Relation01",
            source_object="Document01",
            target_object=fresh_uuid(),
        ),
    ),
    "a registered document by reference": with_associations(
        an_update(),
        an_association(
            entry_uuid="Reference01",
            target_object=fresh_uuid(),
            submission_set_status=SubmissionSetStatus.REFERENCE,
        ),
    ),
}


@pytest.mark.parametrize("submission", GOOD.values(), ids=GOOD)
def test_good_update_has_nothing_against_it(submission: Submission) -> None:
    assert codes(submission) == set()


@pytest.mark.parametrize(
    "name", ["a new version", "a new version that propagates", "a new version of an on-demand document"]
)
def test_good_restricted_update_has_nothing_against_it(name: str) -> None:
    assert codes(GOOD[name], ITI_92) == set()


@pytest.mark.parametrize(
    "name",
    [name for name in GOOD if "reference" not in name and "that propagates" not in name],
)
def test_update_is_no_registration(name: str) -> None:
    """Its Slots and types have no place there. [ITI TF-3: 4.2.3.1.6, Table 4.2.2-1]"""
    assert META in codes(GOOD[name], ITI_42)


PREVIOUS = {
    "missing": (),
    "empty": slots(PreviousVersion=""),
    "no number": slots(PreviousVersion="one"),
    "of another script": slots(PreviousVersion="١"),
    "beyond all counting": slots(PreviousVersion="1" * 10),
    "two numbers": slots(PreviousVersion=("1", "2")),
    "no value": slots(PreviousVersion=()),
}


@pytest.mark.parametrize("extra", PREVIOUS.values(), ids=PREVIOUS)
def test_PreviousVersion_that_is_no_number_gets_a_code_of_its_transaction(extra: tuple[Slot, ...]) -> None:
    assert codes(an_update(extra)) == {OPERATION}
    assert codes(an_update(extra), ITI_92) == {ANNOTATION}


@pytest.mark.parametrize("value", ["maybe", "Yes", ("yes", "no"), ()])
def test_AssociationPropagation_of_another_value_gets_a_code_of_its_transaction(value: str | tuple[str, ...]) -> None:
    wrong = an_update(slots(PreviousVersion="1", AssociationPropagation=value))
    assert (codes(wrong), codes(wrong, ITI_92)) == ({OPERATION}, {ANNOTATION})


def test_restricted_update_that_does_not_propagate_gets_XDSMetadataAnnotationError() -> None:
    assert codes(GOOD["a new version that does not"], ITI_92) == {ANNOTATION}


@pytest.mark.parametrize("slot", [UpdateSlot.ORIGINAL_STATUS, UpdateSlot.NEW_STATUS])
def test_Slot_of_a_change_of_status_on_HasMember_gets_a_code_of_its_transaction(slot: UpdateSlot) -> None:
    wrong = an_update((*slots(PreviousVersion="1"), Slot(slot, (APPROVED,))))
    assert (codes(wrong), codes(wrong, ITI_92)) == ({OPERATION}, {ANNOTATION})


@pytest.mark.parametrize("slot", [UpdateSlot.PREVIOUS_VERSION, UpdateSlot.ASSOCIATION_PROPAGATION])
def test_Slot_of_a_new_version_on_another_association_gets_XDSMetadataUpdateOperationError(slot: UpdateSlot) -> None:
    change = a_status_update()
    wrong = replace(change, extra=(*change.extra, Slot(slot, ("1",))))
    assert codes(statuses_alone(wrong)) == {OPERATION}
    association, trigger = added()
    assert codes(statuses_alone(replace(association, extra=(Slot(slot, ("1",)),)), trigger)) == {OPERATION}


def test_first_version_gets_a_code_of_its_transaction() -> None:
    for logical_id in (None, "Document01"):
        first = an_update(logical_id=logical_id)
        assert codes(first) == {"XDSMetadataUpdateError"}
        assert codes(first, ITI_92) == {"XDSInvalidRequestException"}


def test_one_logical_id_twice_gets_XDSMetadataUpdateOperationError() -> None:
    """Letter case does not tell two UUIDs apart."""
    logical_id = fresh_uuid()
    entries = [
        a_document_entry(logical_id=logical_id),
        a_document_entry(entry_uuid="Document02", logical_id="urn:uuid:" + logical_id[9:].upper()),
    ]
    good = a_submission(document_entries=entries)
    announced = tuple(replace(each, extra=slots(PreviousVersion="1")) for each in good.associations)
    assert codes(replace(good, associations=announced)) == {OPERATION}
    assert codes(replace(good, associations=announced), ITI_92) == {OPERATION}


def test_new_version_without_HasMember_or_with_two_gets_a_code_of_its_transaction() -> None:
    good = an_update()
    none = replace(good, associations=())
    twice = with_associations(good, replace(good.associations[0], entry_uuid="HasMember02"))
    for wrong in (none, twice):
        assert (codes(wrong), codes(wrong, ITI_92)) == ({OPERATION}, {ANNOTATION})


@pytest.mark.parametrize("status", [None, SubmissionSetStatus.REFERENCE, "New"])
def test_new_version_that_is_not_Original_gets_a_code_of_its_transaction(status: str | None) -> None:
    good = an_update()
    wrong = replace(good, associations=(replace(good.associations[0], submission_set_status=status),))
    assert (codes(wrong), codes(wrong, ITI_92)) == ({OPERATION}, {ANNOTATION})


STATUSES: dict[str, dict[str, Any]] = {
    "OriginalStatus missing": {"original": None},
    "NewStatus missing": {"new": None},
    "both equal": {"new": APPROVED},
    "short name": {"new": "Deprecated"},
    "no status": {"original": "urn:oasis:names:tc:ebxml-regrep:StatusType:Submitted"},
    "two values": {"new": (APPROVED, DEPRECATED)},
    "a status of the DMP": {"new": AvailabilityStatus.ARCHIVED},
    "from a status of the DMP": {"original": AvailabilityStatus.DELETED},
    "SubmissionSetStatus": {"submission_set_status": SubmissionSetStatus.ORIGINAL},
    "source that is no SubmissionSet": {"source_object": fresh_uuid()},
    "target that is the SubmissionSet": {"target_object": "SubmissionSet01"},
}


@pytest.mark.parametrize("changes", STATUSES.values(), ids=STATUSES)
def test_change_of_status_that_is_not_complete_gets_XDSMetadataUpdateOperationError(changes: dict[str, Any]) -> None:
    assert codes(statuses_alone(a_status_update(**changes))) == {OPERATION}


def test_change_of_status_of_a_first_version_gets_XDSMetadataUpdateOperationError() -> None:
    wrong = with_associations(a_submission(), a_status_update(target_object="Document01"))
    assert OPERATION in codes(wrong)


def test_two_changes_of_one_status_get_XDSMetadataUpdateOperationError() -> None:
    target = fresh_uuid()
    both = a_status_update(target_object=target), a_status_update(entry_uuid="Change02", target_object=target.upper())
    assert codes(statuses_alone(*both)) == {OPERATION}


@pytest.mark.parametrize("status", [AvailabilityStatus.ARCHIVED, AvailabilityStatus.DELETED])
def test_status_of_the_DMP_is_accepted_where_the_domain_knows_it(status: AvailabilityStatus) -> None:
    """[DMP: TD3.3c, TD3.3d]"""
    for change in (a_status_update(new=status), a_status_update(original=status)):
        assert codes(statuses_alone(change), domain=DMP) == set()


def test_new_version_of_a_folder_is_not_archived() -> None:
    change = a_status_update(new=AvailabilityStatus.ARCHIVED, target_object="Folder01")
    assert codes(with_associations(a_folder_update(), change), domain=DMP) == {OPERATION}


def test_change_of_status_in_a_restricted_update_gets_XDSRegistryMetadataError() -> None:
    assert codes(with_associations(an_update(), a_status_update()), ITI_92) == {META}


def test_added_association_of_another_type_gets_XDSRegistryMetadataError() -> None:
    assert codes(statuses_alone(*added(AssociationType.UPDATE_AVAILABILITY_STATUS))) >= {META}


def test_added_association_with_an_end_in_the_request_gets_XDSMetadataUpdateOperationError() -> None:
    quiet = an_update(slots(PreviousVersion="1", AssociationPropagation="no"))
    wrong = with_associations(quiet, *added(AssociationType.APND, source_object="Document01"))
    assert codes(wrong) == {OPERATION}


def test_SubmitAssociation_that_names_no_association_gets_XDSMetadataUpdateOperationError() -> None:
    association, trigger = added()
    for target in ("SubmissionSet01", fresh_uuid()):
        wrong = statuses_alone(association, trigger, replace(trigger, entry_uuid="Trigger02", target_object=target))
        assert codes(wrong) == {OPERATION}
    nothing = replace(trigger, entry_uuid="Trigger02", target_object="Nothing01")
    assert codes(statuses_alone(association, trigger, nothing)) == {"UnresolvedReferenceException"}


def test_SubmitAssociation_from_elsewhere_gets_XDSMetadataUpdateOperationError() -> None:
    association, trigger = added()
    assert codes(statuses_alone(association, replace(trigger, source_object=fresh_uuid()))) == {OPERATION}


def test_membership_added_twice_gets_XDSRegistryMetadataError() -> None:
    """By two SubmitAssociation, or by one and a HasMember. [ITI TF-3: 4.2.1.4]"""
    association, trigger = added()
    record = an_association(entry_uuid="Record01", target_object="Added01", submission_set_status=None)
    for second in (replace(trigger, entry_uuid="Trigger02"), record):
        assert codes(statuses_alone(association, trigger, second)) == {META}


def test_relationship_of_a_version_that_propagates_gets_XDSMetadataUpdateOperationError() -> None:
    relationship = an_association(
        association_type=AssociationType.RPLC,
        entry_uuid="Relation01",
        source_object="Document01",
        target_object=fresh_uuid(),
    )
    assert codes(with_associations(an_update(), relationship)) == {OPERATION}


def test_folder_in_a_restricted_update_gets_XDSObjectTypeError() -> None:
    assert codes(a_folder_update(), ITI_92) == {"XDSObjectTypeError"}


def test_other_association_in_a_restricted_update_gets_XDSMetadataUpdateOperationError() -> None:
    assert codes(GOOD["a registered document by reference"], ITI_92) == {OPERATION}
    membership = an_association(entry_uuid="InFolder01", source_object=fresh_uuid(), target_object="Document01")
    record = an_association(entry_uuid="Record01", target_object="InFolder01", submission_set_status=None)
    assert codes(with_associations(an_update(), membership, record), ITI_92) == {OPERATION}


def test_on_demand_version_with_a_hash_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: Table 4.3.1-3]"""
    wrong = an_update(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, size=None)
    assert codes(wrong) == {META}


def test_objects_of_two_patients_get_XDSPatientIDReconciliationError() -> None:
    moved = an_update(patient_id=a_patient_id("PETIT-2"))
    for transaction in (ITI_57, ITI_92):
        assert codes(moved, transaction) == {"XDSPatientIDReconciliationError"}
    assert "XDSPatientIdDoesNotMatch" in codes(moved, ITI_42)


def test_update_of_nothing_gets_XDSRegistryMetadataError() -> None:
    for transaction in (ITI_57, ITI_92):
        assert codes(a_submission(document_entries=()), transaction) == {META}


def test_context_names_the_object_what_was_seen_and_what_is_expected() -> None:
    """[ITI TF-3: 4.2.4.1]"""
    update = an_update(slots(PreviousVersion="one"), unique_id=fresh_oid())
    (told,) = rules.judge_submission(update, ITI_57, a_domain())
    assert told.location == "Association Membership01 / PreviousVersion"
    assert told.code_context.startswith("Association Membership01 / PreviousVersion is 'one'; expected the number")


def test_triggers_read_what_is_well_written_alone() -> None:
    announcement = an_association(extra=slots(PreviousVersion="007", AssociationPropagation="no"))
    assert (triggers.previous_version(announcement), triggers.propagates(announcement)) == (7, False)
    bare = an_association()
    assert (triggers.previous_version(bare), triggers.propagates(bare)) == (None, True)
    change = a_status_update(original="Approved", new=DEPRECATED)
    assert triggers.status_of(change, UpdateSlot.ORIGINAL_STATUS) is None
    assert triggers.status_of(change, UpdateSlot.NEW_STATUS) is DEPRECATED
