"""[ITI-57] over every store: what a new version must keep to, one breach a test. [ITI Supplement XDS Metadata Update: 3.57.4.1.3]"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.registry.desk import Desk, another_patient, relation
from tests.registry.updating import a_status_update, an_update, changed, codes, revised, update, updated
from tests.samples import fresh_oid, fresh_uuid
from xds.metadata import DocumentEntry, Folder, Slot
from xds.vocabulary import AssociationType, DocumentEntryType

VERSION, REFUSED = ["XDSMetadataVersionError"], ["XDSMetadataUpdateError"]
OPERATION, META = ["XDSMetadataUpdateOperationError"], ["XDSRegistryMetadataError"]


@pytest.fixture(params=["DocumentEntry", "Folder"])
def value(request: pytest.FixtureRequest, desk: Desk) -> DocumentEntry | Folder:
    """A registered object that can have versions."""
    if request.param == "DocumentEntry":
        entry = desk.entry()
        desk.registered(desk.submission(entry))
        return entry
    folder = desk.folder()
    desk.registered(desk.submission(folders=[folder]))
    return folder


def test_logical_id_that_is_not_known_gets_XDSMetadataVersionError(desk: Desk, value: DocumentEntry | Folder) -> None:
    """[NIST 15800b]"""
    strange = revised(value, logical_id=fresh_uuid(), unique_id=fresh_oid())
    response = update(desk, an_update(desk, strange))
    assert codes(response) == VERSION
    (told,) = response.errors
    assert strange.entry_uuid in told.code_context
    assert str(strange.logical_id) in told.code_context


def test_symbolic_logical_id_gets_XDSMetadataVersionError(desk: Desk, value: DocumentEntry | Folder) -> None:
    assert codes(update(desk, an_update(desk, revised(value, logical_id="Document01")))) == VERSION


def test_logical_id_of_a_submission_set_gets_XDSMetadataVersionError(desk: Desk) -> None:
    entry = desk.entry()
    submission = desk.registered(desk.submission(entry))
    strange = revised(entry, logical_id=submission.submission_set.entry_uuid)
    assert codes(update(desk, an_update(desk, strange))) == VERSION


def test_id_of_a_later_version_as_logical_id_gets_XDSMetadataVersionError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    """The logicalID is that of the first version."""
    second = revised(value)
    updated(desk, an_update(desk, second))
    wrong = revised(value, logical_id=second.entry_uuid)
    assert codes(update(desk, an_update(desk, wrong, previous_version="2"))) == VERSION


@pytest.mark.parametrize("previous_version", ["0", "2", "17"])
def test_PreviousVersion_that_is_not_the_latest_gets_XDSMetadataVersionError(
    desk: Desk, value: DocumentEntry | Folder, previous_version: str
) -> None:
    """The context tells the latest."""
    response = update(desk, an_update(desk, revised(value), previous_version=previous_version))
    assert codes(response) == VERSION
    assert "expected 1," in response.errors[0].code_context


def test_PreviousVersion_of_an_old_version_gets_XDSMetadataVersionError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    updated(desk, an_update(desk, revised(value)))
    assert codes(update(desk, an_update(desk, revised(value)))) == VERSION


@pytest.mark.parametrize("previous_version", [None, "", "one", "1.0", "-1", " 1"])
def test_PreviousVersion_that_is_missing_or_no_number_gets_XDSMetadataUpdateOperationError(
    desk: Desk, value: DocumentEntry | Folder, previous_version: str | None
) -> None:
    assert codes(update(desk, an_update(desk, revised(value), previous_version=previous_version))) == OPERATION


def test_new_version_without_HasMember_gets_XDSMetadataUpdateOperationError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    submission = replace(an_update(desk, revised(value)), associations=())
    assert codes(update(desk, submission)) == OPERATION


def test_new_version_that_is_a_Reference_gets_XDSMetadataUpdateOperationError(desk: Desk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    submission = changed(an_update(desk, revised(entry)), 0, submission_set_status="Reference")
    assert codes(update(desk, submission)) == OPERATION


@pytest.mark.parametrize("propagation", ["perhaps", "YES", ""])
def test_AssociationPropagation_that_is_neither_yes_nor_no_gets_XDSMetadataUpdateOperationError(
    desk: Desk, value: DocumentEntry | Folder, propagation: str
) -> None:
    assert codes(update(desk, an_update(desk, revised(value), propagation=propagation))) == OPERATION


def test_Slots_of_another_operation_get_XDSMetadataUpdateOperationError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    good = an_update(desk, revised(value))
    announcement = good.associations[0]
    strange = changed(good, 0, extra=(*announcement.extra, Slot("NewStatus", ("x",))))
    assert codes(update(desk, strange)) == OPERATION
    change = a_status_update(value.entry_uuid)
    strange_change = replace(change, extra=(*change.extra, Slot("PreviousVersion", ("1",))))
    assert codes(update(desk, an_update(desk, associations=[strange_change]))) == OPERATION


def test_first_version_gets_XDSMetadataUpdateError(desk: Desk, value: DocumentEntry | Folder) -> None:
    """Without lid, or with its own id as lid."""
    new = revised(value, logical_id=None, unique_id=fresh_oid())
    for first in (new, replace(new, logical_id=new.entry_uuid)):
        assert codes(update(desk, an_update(desk, first))) == REFUSED


def test_latest_version_that_is_not_approved_gets_XDSMetadataUpdateError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    updated(desk, an_update(desk, associations=[a_status_update(value.entry_uuid)]))
    response = update(desk, an_update(desk, revised(value)))
    assert codes(response) == REFUSED


def test_other_unique_id_gets_XDSMetadataUpdateError(desk: Desk, value: DocumentEntry | Folder) -> None:
    response = update(desk, an_update(desk, revised(value, unique_id=fresh_oid())))
    assert codes(response) == REFUSED
    assert str(value.unique_id) in response.errors[0].code_context


def test_unique_id_of_another_object_gets_XDSMetadataUpdateError(desk: Desk, value: DocumentEntry | Folder) -> None:
    other = desk.entry()
    desk.registered(desk.submission(other))
    assert codes(update(desk, an_update(desk, revised(value, unique_id=other.unique_id)))) == REFUSED


def test_other_object_type_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    on_demand = revised(entry, object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
    assert codes(update(desk, an_update(desk, on_demand))) == REFUSED


def test_folder_as_new_version_of_a_document_gets_XDSMetadataUpdateError(desk: Desk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    folder = desk.folder(logical_id=entry.entry_uuid)
    assert set(codes(update(desk, an_update(desk, folder)))) == set(REFUSED)


def test_missing_attribute_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[NIST 15800d]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    for field in ("class_code", "hash", "repository_unique_id", "unique_id"):
        assert codes(update(desk, an_update(desk, revised(entry, **{field: None})))) == META


def test_id_of_a_registered_object_gets_XDSRegistryMetadataError(desk: Desk, value: DocumentEntry | Folder) -> None:
    other = desk.entry()
    desk.registered(desk.submission(other))
    assert codes(update(desk, an_update(desk, revised(value, entry_uuid=other.entry_uuid)))) == META


def test_logical_id_twice_gets_XDSMetadataUpdateOperationError(desk: Desk, value: DocumentEntry | Folder) -> None:
    """And the uniqueId that then occurs twice is told, too."""
    response = update(desk, an_update(desk, revised(value), revised(value)))
    assert set(codes(response)) == {*OPERATION, "XDSRegistryDuplicateUniqueIdInMessage"}


def test_relationship_beside_propagation_gets_XDSMetadataUpdateOperationError(desk: Desk) -> None:
    entry, other = desk.entry(), desk.entry()
    desk.registered(desk.submission(entry, other))
    second = revised(entry)
    related = relation(AssociationType.APND, second.entry_uuid, other.entry_uuid)
    for propagation in (None, "yes"):
        submission = an_update(desk, second, propagation=propagation, associations=[related])
        assert codes(update(desk, submission)) == OPERATION


def test_new_patient_that_is_not_known_gets_XDSUnknownPatientId(desk: Desk, value: DocumentEntry | Folder) -> None:
    other = another_patient()
    moved = revised(value, patient_id=other)
    assert codes(update(desk, an_update(desk, moved, patient_id=other))) == ["XDSUnknownPatientId"]


def test_submission_set_of_another_patient_gets_XDSPatientIDReconciliationError(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    other = another_patient()
    desk.make_known(other)
    response = update(desk, an_update(desk, revised(value), patient_id=other))
    assert codes(response) == ["XDSPatientIDReconciliationError"]


def test_unique_id_of_a_registered_submission_set_gets_XDSDuplicateUniqueIdInRegistry(
    desk: Desk, value: DocumentEntry | Folder
) -> None:
    other = desk.registered(desk.submission(desk.entry()))
    taken = an_update(desk, revised(value), unique_id=other.submission_set.unique_id)
    assert codes(update(desk, taken)) == ["XDSDuplicateUniqueIdInRegistry"]


def test_update_of_nothing_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    assert codes(update(desk, an_update(desk))) == META


def test_update_sent_as_a_registration_gets_XDSRegistryMetadataError(desk: Desk, value: DocumentEntry | Folder) -> None:
    """[ITI Supplement XDS Metadata Update: 3.42.4.1.3]"""
    assert set(desk.register(an_update(desk, revised(value))).errors.codes) >= set(META)
    change = an_update(desk, associations=[a_status_update(value.entry_uuid)])
    assert set(desk.register(change).errors.codes) == set(META)


def test_every_context_of_an_update_names_the_object(desk: Desk, value: DocumentEntry | Folder) -> None:
    """[ITI TF-3: 4.2.4.1]"""
    wrong = revised(value, unique_id=fresh_oid(), logical_id=fresh_uuid())
    for submission in (an_update(desk, wrong, previous_version="x"), an_update(desk, revised(wrong, logical_id=None))):
        response = update(desk, submission)
        assert response.errors
        ids = {each.entry_uuid for each in submission.objects()}
        assert [
            each for each in response.errors if not any(identifier in each.code_context for identifier in ids)
        ] == []
