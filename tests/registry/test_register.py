"""[ITI-42] over every store: what is registered, what is refused, and that a refusal leaves nothing behind."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import ANY_STATUS, APPROVED, Desk, another_patient, membership, quoted, relation
from tests.samples import a_domain, a_submission, a_submission_set, an_association, fresh_oid, fresh_uuid
from xds.metadata import Association, DocumentEntry, Folder, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus


def documents(desk: Desk, status: str = ANY_STATUS) -> dict[str, DocumentEntry]:
    found = desk.find(q.FIND_DOCUMENTS, (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, status))
    return {key: value for key, value in found.items() if isinstance(value, DocumentEntry)}


def everything(desk: Desk) -> dict[str, object]:
    return dict(
        desk.find(
            q.GET_ALL,
            (p.PATIENT_ID, desk.patient),
            (p.ENTRY_STATUS, ANY_STATUS),
            (p.SET_STATUS, ANY_STATUS),
            (p.FOLDER_STATUS, ANY_STATUS),
        )
    )


def test_symbolic_ids_become_uuids_and_references_follow(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.7]"""
    submission_set = a_submission_set(patient_id=desk.patient_id)
    entry = desk.entry(entry_uuid="Document01")
    desk.registered(a_submission(submission_set=submission_set, document_entries=[entry]))
    found = everything(desk)
    entry = next(value for value in found.values() if isinstance(value, DocumentEntry))
    submission_set = next(value for value in found.values() if isinstance(value, SubmissionSet))
    member = next(value for value in found.values() if isinstance(value, Association))
    assert all(key.startswith("urn:uuid:") for key in found)
    assert (member.source_object, member.target_object) == (submission_set.entry_uuid, entry.entry_uuid)


def test_uuid_in_capitals_is_registered_in_lower_case(desk: Desk) -> None:
    """[ITI TF-3: 4.2.3.1.7, UUID]"""
    entry_uuid = fresh_uuid()
    capitals = "urn:uuid:" + entry_uuid[9:].upper()
    desk.registered(desk.submission(desk.entry(entry_uuid=capitals)))
    assert list(documents(desk)) == [entry_uuid]


def test_registered_objects_are_approved_first_versions(desk: Desk) -> None:
    """What the submission said of status and version does not count. [ITI TF-2: 3.42.4.1.3.7]"""
    entry = desk.entry(availability_status=AvailabilityStatus.DEPRECATED, version="7")
    desk.registered(desk.submission(entry, folders=[desk.folder()]))
    for value in everything(desk).values():
        assert isinstance(value, DocumentEntry | SubmissionSet | Folder | Association)
        assert value.availability_status is AvailabilityStatus.APPROVED
        assert value.logical_id == value.entry_uuid
        assert value.version == "1"


def test_submission_for_unknown_patient_gets_XDSUnknownPatientId_and_leaves_nothing(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.4]"""
    known, desk.patient_id = desk.patient_id, another_patient()
    response = desk.register(desk.submission(desk.entry()))
    assert response.errors.codes == ("XDSUnknownPatientId",)
    assert everything(desk) == {}
    desk.patient_id = known
    assert everything(desk) == {}


def test_patient_is_added_by_its_first_submission_where_none_need_be_announced(desk: Desk) -> None:
    desk.domain = a_domain(patients_known_beforehand=False)
    desk.patient_id = another_patient()
    desk.registered(desk.submission(desk.entry()))
    desk.domain = a_domain()
    desk.registered(desk.submission(desk.entry()))
    assert len(documents(desk)) == 2


def test_all_errors_of_a_submission_are_told_at_once(desk: Desk) -> None:
    """[ITI TF-3: 4.2.4.1]"""
    unknown, taken = fresh_uuid(), desk.registered(desk.submission(desk.entry())).submission_set.unique_id
    entry = desk.entry(class_code=None)
    replacement = relation(AssociationType.RPLC, entry.entry_uuid, unknown)
    response = desk.register(desk.submission(entry, associations=[replacement], unique_id=taken))
    assert set(response.errors.codes) == {
        "XDSRegistryMetadataError",
        "XDSDuplicateUniqueIdInRegistry",
        "UnresolvedReferenceException",
    }
    assert len(response.errors) == 3


def test_same_document_again_is_a_further_entry(desk: Desk) -> None:
    """Same uniqueId, hash (in other case) and size. [ITI TF-2: 3.42.4.1.3.3]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    again = replace(entry, entry_uuid=fresh_uuid(), hash=(entry.hash or "").upper())
    desk.registered(desk.submission(again))
    assert {value.unique_id for value in documents(desk).values()} == {entry.unique_id}
    assert len(documents(desk)) == 2


def test_same_unique_id_with_other_hash_gets_XDSNonIdenticalHash_and_leaves_nothing(desk: Desk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    other = replace(entry, entry_uuid=fresh_uuid(), hash="0" * 40)
    response = desk.register(desk.submission(desk.entry(), other))
    assert response.errors.codes == ("XDSNonIdenticalHash",)
    assert list(documents(desk)) == [entry.entry_uuid]


def test_submission_sent_again_gets_XDSDuplicateUniqueIdInRegistry(desk: Desk) -> None:
    submission = desk.registered(desk.submission(desk.entry(entry_uuid="Document01")))
    again = replace(submission, submission_sets=(replace(submission.submission_set, entry_uuid="Set01"),))
    again = replace(again, associations=(an_association(source_object="Set01", submission_set_status="Original"),))
    assert desk.register(again).errors.codes == ("XDSDuplicateUniqueIdInRegistry",)


def test_replacement_deprecates_the_original(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    original, new = desk.entry(), desk.entry()
    desk.registered(desk.submission(original))
    rplc = relation(AssociationType.RPLC, new.entry_uuid, original.entry_uuid)
    desk.registered(desk.submission(new, associations=[rplc]))
    assert list(documents(desk, APPROVED)) == [new.entry_uuid]
    assert documents(desk)[original.entry_uuid].availability_status is AvailabilityStatus.DEPRECATED


def test_refused_replacement_leaves_the_original_approved(desk: Desk) -> None:
    original, new = desk.entry(), desk.entry(type_code=None)
    desk.registered(desk.submission(original))
    rplc = relation(AssociationType.RPLC, new.entry_uuid, original.entry_uuid)
    assert desk.register(desk.submission(new, associations=[rplc])).errors.has_errors
    assert list(documents(desk, APPROVED)) == [original.entry_uuid]


def test_second_replacement_gets_XDSRegistryDeprecatedDocumentError(desk: Desk) -> None:
    original = desk.entry()
    desk.registered(desk.submission(original))
    for expected in ((), ("XDSRegistryDeprecatedDocumentError",)):
        new = desk.entry()
        rplc = relation(AssociationType.RPLC, new.entry_uuid, original.entry_uuid)
        assert desk.register(desk.submission(new, associations=[rplc])).errors.codes == expected


def test_replacement_deprecates_addenda_and_transformations_of_any_depth(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    original, addendum, transformed, signature, new = (desk.entry() for _ in range(5))
    desk.registered(desk.submission(original))
    for entry, kind, target in (
        (addendum, AssociationType.APND, original),
        (transformed, AssociationType.XFRM, addendum),
        (signature, AssociationType.SIGNS, original),
    ):
        association = relation(kind, entry.entry_uuid, target.entry_uuid)
        desk.registered(desk.submission(entry, associations=[association]))
    replacing = relation(AssociationType.XFRM_RPLC, new.entry_uuid, original.entry_uuid)
    desk.registered(desk.submission(new, associations=[replacing]))
    assert set(documents(desk, APPROVED)) == {signature.entry_uuid, new.entry_uuid}


def test_replacement_follows_into_the_folder_that_holds_the_original(desk: Desk) -> None:
    """With the membership the SubmissionSet's record of it; the Folder was updated now. [ITI TF-2: 3.42.4.1.3.5]"""
    original, folder, new = desk.entry(), desk.folder(), desk.entry()
    held = membership(folder.entry_uuid, original.entry_uuid)
    desk.registered(desk.submission(original, folders=[folder], associations=[held]))
    desk.now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    rplc = relation(AssociationType.RPLC, new.entry_uuid, original.entry_uuid)
    second = desk.registered(desk.submission(new, associations=[rplc]))

    contents = desk.find(q.GET_FOLDER_AND_CONTENTS, (p.FOLDER_UUID, quoted(folder.entry_uuid)))
    memberships = {value.target_object: key for key, value in contents.items() if isinstance(value, Association)}
    assert set(memberships) == {original.entry_uuid, new.entry_uuid}
    updated = contents[folder.entry_uuid]
    assert isinstance(updated, Folder)
    assert updated.last_update_time == "20260504030201"
    recorded = desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(memberships[new.entry_uuid])))
    (record,) = recorded.values()
    assert isinstance(record, Association)
    assert record.source_object == second.submission_set.entry_uuid


def test_entry_added_to_a_registered_folder_updates_it(desk: Desk) -> None:
    """Only a membership and its record, both ends registered before. [ITI TF-3: 4.2.3.4.6]"""
    entry, folder = desk.entry(), desk.folder(last_update_time=None)
    desk.registered(desk.submission(entry, folders=[folder]))
    desk.now = datetime(2026, 5, 4, 3, 2, 1, tzinfo=UTC)
    desk.registered(desk.submission(associations=[membership(folder.entry_uuid, entry.entry_uuid)]))
    contents = desk.find(q.GET_FOLDER_AND_CONTENTS, (p.FOLDER_UUID, quoted(folder.entry_uuid)))
    assert {entry.entry_uuid, folder.entry_uuid} < set(contents)
    updated = contents[folder.entry_uuid]
    assert isinstance(updated, Folder)
    assert updated.last_update_time == "20260504030201"


def test_reference_may_name_an_entry_of_another_patient(desk: Desk) -> None:
    """[ITI TF-3: 4.2.1.4.1]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    desk.patient_id = another_patient()
    desk.make_known(desk.patient_id)
    desk.registered(desk.submission(desk.entry(), references=[entry.entry_uuid]))


def test_trailing_components_of_the_patient_do_not_count_where_the_domain_allows_them(desk: Desk) -> None:
    """[CI-SIS Partage: patientId]"""
    desk.domain = a_domain(cx_type_code="NH")
    dated = type(desk.patient_id)(f"{desk.patient_id}^NH^^20100907")
    desk.registered(desk.submission(desk.entry(patient_id=dated)))
    assert len(documents(desk)) == 1


def test_unique_id_of_a_folder_cannot_be_that_of_a_document(desk: Desk) -> None:
    unique_id = fresh_oid()
    desk.registered(desk.submission(desk.entry(unique_id=unique_id)))
    response = desk.register(desk.submission(folders=[desk.folder(unique_id=unique_id)]))
    assert response.errors.codes == ("XDSDuplicateUniqueIdInRegistry",)
