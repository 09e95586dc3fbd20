"""[ITI-92] over every store: what a restricted update does, and what it may not. [ITI Supplement Restricted Metadata Update: 3.92]"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.registry.desk import Desk, a_reference, another_patient, membership, relation
from tests.registry.updating import (
    APPROVED,
    DEPRECATED,
    a_status_update,
    an_update,
    changed,
    codes,
    joints,
    made_here,
    revised,
    submitted_later,
    update,
    updated,
    versions_of,
)
from tests.samples import a_code, fresh_oid, fresh_uuid
from xds.hl7v2 import CX
from xds.metadata import Association, DocumentEntry, Submission
from xds.vocabulary import AssociationType, DocumentAvailability, DocumentEntryType


def registered(desk: Desk, **changes: object) -> DocumentEntry:
    """A registered document."""
    entry = desk.entry(**changes)
    desk.registered(desk.submission(entry))
    return entry


def refused(desk: Desk, submission: Submission) -> list[str]:
    """The codes that ITI-92 answers."""
    return codes(update(desk, submission, restricted=True))


def test_new_version_is_approved_and_the_old_one_deprecated(desk: Desk) -> None:
    entry = registered(desk)
    second = revised(entry, class_code=a_code("IMAGES"))
    updated(desk, an_update(desk, second), restricted=True)
    assert versions_of(desk, entry) == {entry.entry_uuid: ("1", DEPRECATED), second.entry_uuid: ("2", APPROVED)}


def test_status_of_the_latest_version_is_carried_over(desk: Desk) -> None:
    """A replaced document can be mended, and stays replaced."""
    entry, replacement = registered(desk), desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(replacement, associations=[replaces]))
    second = revised(entry)
    updated(desk, an_update(desk, second), restricted=True)
    assert versions_of(desk, entry) == {entry.entry_uuid: ("1", DEPRECATED), second.entry_uuid: ("2", DEPRECATED)}
    assert ("RPLC", replacement.entry_uuid, second.entry_uuid) in joints(desk)


@pytest.mark.parametrize("propagation", [None, "yes"])
def test_folder_of_the_old_version_receives_the_new_one(desk: Desk, propagation: str | None) -> None:
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    second = revised(entry)
    updated(desk, an_update(desk, second, propagation=propagation), restricted=True)
    assert ("HasMember", folder.entry_uuid, second.entry_uuid) in joints(desk)


def test_on_demand_document_gets_a_new_version(desk: Desk) -> None:
    entry = desk.entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    assert not desk.register_on_demand(desk.submission(entry)).errors
    second = revised(entry)
    updated(desk, an_update(desk, second), restricted=True)
    assert versions_of(desk, entry)[second.entry_uuid] == ("2", APPROVED)


def test_AssociationPropagation_no_gets_XDSMetadataAnnotationError(desk: Desk) -> None:
    submission = an_update(desk, revised(registered(desk)), propagation="no")
    assert refused(desk, submission) == ["XDSMetadataAnnotationError"]


@pytest.mark.parametrize("previous_version", [None, "one"])
def test_PreviousVersion_missing_or_no_number_gets_XDSMetadataAnnotationError(
    desk: Desk, previous_version: str | None
) -> None:
    submission = an_update(desk, revised(registered(desk)), previous_version=previous_version)
    assert refused(desk, submission) == ["XDSMetadataAnnotationError"]


def test_HasMember_missing_or_wrong_gets_XDSMetadataAnnotationError(desk: Desk) -> None:
    good = an_update(desk, revised(registered(desk)))
    assert refused(desk, replace(good, associations=())) == ["XDSMetadataAnnotationError"]
    twice = (*good.associations, replace(good.associations[0], entry_uuid="HasMember02"))
    assert refused(desk, replace(good, associations=twice)) == ["XDSMetadataAnnotationError"]
    wrong = changed(good, 0, submission_set_status="Reference")
    assert refused(desk, wrong) == ["XDSMetadataAnnotationError"]


def test_logical_id_unknown_or_version_not_the_latest_gets_XDSMetadataVersionError(desk: Desk) -> None:
    entry = registered(desk)
    assert refused(desk, an_update(desk, revised(entry, logical_id=fresh_uuid()))) == ["XDSMetadataVersionError"]
    assert refused(desk, an_update(desk, revised(entry), previous_version="2")) == ["XDSMetadataVersionError"]


def test_first_version_gets_XDSInvalidRequestException(desk: Desk) -> None:
    new = desk.entry()
    for first in (new, replace(new, logical_id=new.entry_uuid)):
        assert refused(desk, an_update(desk, first)) == ["XDSInvalidRequestException"]


def test_other_patient_gets_XDSPatientIDReconciliationError(desk: Desk) -> None:
    """Even where nothing is joined to the document."""
    entry, other = registered(desk), another_patient()
    desk.make_known(other)
    moved = revised(entry, patient_id=other)
    assert refused(desk, an_update(desk, moved, patient_id=other)) == ["XDSPatientIDReconciliationError"]


def test_other_unique_id_gets_XDSMetadataIdentifierError(desk: Desk) -> None:
    """[NIST 40001b]"""
    submission = an_update(desk, revised(registered(desk), unique_id=fresh_oid()))
    assert refused(desk, submission) == ["XDSMetadataIdentifierError"]


def test_other_object_type_gets_XDSObjectTypeError(desk: Desk) -> None:
    entry = registered(desk)
    on_demand = revised(entry, object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    assert refused(desk, an_update(desk, on_demand)) == ["XDSObjectTypeError"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("repository_unique_id", "1.2.3.4"),
        ("source_patient_id", CX("autre^^^&1.2.3.9&ISO")),
        ("document_availability", DocumentAvailability.OFFLINE),
    ],
)
def test_attribute_that_may_not_change_gets_UnmodifiableMetadataError(desk: Desk, field: str, value: str) -> None:
    """And a patient identifier is not repeated."""
    entry = registered(desk)
    response = update(desk, an_update(desk, revised(entry, **{field: value})), restricted=True)
    assert codes(response) == ["UnmodifiableMetadataError"]
    assert "autre" not in response.errors[0].code_context


def test_document_availability_left_out_gets_UnmodifiableMetadataError(desk: Desk) -> None:
    entry = registered(desk, document_availability=DocumentAvailability.ONLINE)
    submission = an_update(desk, revised(entry, document_availability=None))
    assert refused(desk, submission) == ["UnmodifiableMetadataError"]
    updated(desk, an_update(desk, revised(entry)), restricted=True)


def test_missing_attribute_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    submission = an_update(desk, revised(registered(desk), type_code=None))
    assert refused(desk, submission) == ["XDSRegistryMetadataError"]


def test_folder_gets_XDSObjectTypeError(desk: Desk) -> None:
    folder = desk.folder()
    desk.registered(desk.submission(folders=[folder]))
    assert refused(desk, an_update(desk, revised(folder))) == ["XDSObjectTypeError"]


def test_change_of_status_and_association_submitted_later_get_XDSRegistryMetadataError(desk: Desk) -> None:
    """They are of ITI-57 alone. [ITI TF-3: Table 4.2.2-1]"""
    entry, folder = desk.entry(), desk.folder()
    desk.registered(desk.submission(entry, folders=[folder]))
    change = an_update(desk, revised(entry), associations=[a_status_update(entry.entry_uuid)])
    assert refused(desk, change) == ["XDSRegistryMetadataError"]
    held = submitted_later(membership(folder.entry_uuid, entry.entry_uuid))
    assert "XDSRegistryMetadataError" in refused(desk, an_update(desk, associations=held))


def test_other_associations_get_XDSMetadataUpdateOperationError(desk: Desk) -> None:
    entry, other, folder = desk.entry(), desk.entry(), desk.folder()
    desk.registered(desk.submission(entry, other, folders=[folder]))
    second = revised(entry)
    related = relation(AssociationType.APND, second.entry_uuid, other.entry_uuid)
    held = made_here(membership(folder.entry_uuid, second.entry_uuid))
    for associations in ((related,), held):
        submission = an_update(desk, second, associations=associations)
        assert set(refused(desk, submission)) == {"XDSMetadataUpdateOperationError"}
    good = an_update(desk, second)
    reference: Association = a_reference(good.submission_set.entry_uuid, other.entry_uuid)
    with_reference = replace(good, associations=(*good.associations, reference))
    assert refused(desk, with_reference) == ["XDSMetadataUpdateOperationError"]


def test_update_of_nothing_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    assert refused(desk, an_update(desk)) == ["XDSRegistryMetadataError"]


def test_the_same_update_sent_again_is_answered_again_and_done_once(desk: Desk) -> None:
    """[contract 5]"""
    entry = registered(desk)
    submission = replace(an_update(desk, revised(entry)), digest="f" * 64)
    for _ in range(2):
        updated(desk, submission, restricted=True)
    assert len(versions_of(desk, entry)) == 2
