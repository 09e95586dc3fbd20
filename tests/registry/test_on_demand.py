"""[ITI-61] over every store: documents that are made when they are asked for. [ITI TF-2: 3.61]"""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Any

import pytest

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import ANY_STATUS, APPROVED, Desk, membership, quoted, relation
from tests.samples import a_document_entry, fresh_oid
from xds.messages import RegistryResponse
from xds.metadata import DocumentEntry, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType

BOTH = quoted(DocumentEntryType.STABLE, DocumentEntryType.ON_DEMAND)


def on_demand(desk: Desk, **changes: Any) -> DocumentEntry:
    """An on-demand DocumentEntry of the patient."""
    without_bytes = {"creation_time": None, "hash": None, "size": None, "legal_authenticator": None}
    return desk.entry(**{"object_type": DocumentEntryType.ON_DEMAND, **without_bytes, **changes})


def offered(desk: Desk, submission: Submission) -> Submission:
    """The submission, accepted."""
    response = desk.register_on_demand(submission)
    assert not response.errors, response.errors
    return submission


def codes(response: RegistryResponse) -> set[str]:
    return {error.row.code for error in response.errors}


def found(desk: Desk, entry_type: str = "", status: str = APPROVED) -> set[str]:
    """Ids that FindDocuments finds."""
    slots = [(p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, status)]
    return set(desk.find(q.FIND_DOCUMENTS, *slots, *([(p.ENTRY_TYPE, entry_type)] if entry_type else [])))


def test_on_demand_entry_is_found_by_its_type_alone(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.6.2]"""
    stable = desk.registered(desk.submission(desk.entry())).document_entries[0].entry_uuid
    made = offered(desk, desk.submission(on_demand(desk))).document_entries[0].entry_uuid
    assert found(desk) == {stable}
    assert found(desk, quoted(DocumentEntryType.ON_DEMAND)) == {made}
    assert found(desk, BOTH) == {stable, made}
    (entry,) = desk.find(q.GET_DOCUMENTS, (p.ENTRY_UUID, quoted(made))).values()
    assert isinstance(entry, DocumentEntry)
    assert entry.object_type is DocumentEntryType.ON_DEMAND
    assert (entry.creation_time, entry.hash, entry.size) == (None, None, None)


def test_entry_without_creation_time_is_not_excluded_by_a_filter_on_it(desk: Desk) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    made = offered(desk, desk.submission(on_demand(desk))).document_entries[0].entry_uuid
    slots = [(p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, APPROVED), (p.ENTRY_TYPE, BOTH)]
    assert set(desk.find(q.FIND_DOCUMENTS, *slots, (p.CREATION_TIME.at_or_after, "2030"))) == {made}


@pytest.mark.parametrize("attribute", ["creation_time", "hash", "size"])
def test_on_demand_entry_that_tells_of_bytes_gets_XDSRegistryMetadataError(desk: Desk, attribute: str) -> None:
    """[ITI TF-3: Table 4.3.1-3]"""
    entry = on_demand(desk, **{attribute: getattr(a_document_entry(), attribute)})
    response = desk.register_on_demand(desk.submission(entry))
    assert [error.row.code for error in response.errors] == ["XDSRegistryMetadataError"]
    assert found(desk, BOTH) == set()


def test_on_demand_entry_without_repository_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[ITI TF-3: Table 4.3.1-3]"""
    response = desk.register_on_demand(desk.submission(on_demand(desk, repository_unique_id=None)))
    assert codes(response) == {"XDSRegistryMetadataError"}


def test_entry_of_the_other_transaction_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[ITI TF-3: 4.2.3.2.30]"""
    assert "XDSRegistryMetadataError" in codes(desk.register_on_demand(desk.submission(desk.entry())))
    assert "XDSRegistryMetadataError" in codes(desk.register(desk.submission(on_demand(desk))))
    assert found(desk, BOTH) == set()


def test_unique_id_of_a_stable_document_gets_XDSDuplicateUniqueIdInRegistry(desk: Desk) -> None:
    """[ITI TF-2: 3.61.4.1.3]"""
    unique_id = fresh_oid()
    desk.registered(desk.submission(desk.entry(unique_id=unique_id)))
    response = desk.register_on_demand(desk.submission(on_demand(desk, unique_id=unique_id)))
    assert [error.row.code for error in response.errors] == ["XDSDuplicateUniqueIdInRegistry"]


def test_unique_id_of_an_on_demand_document_gets_XDSDuplicateUniqueIdInRegistry_for_a_stable_one(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    unique_id = fresh_oid()
    offered(desk, desk.submission(on_demand(desk, unique_id=unique_id)))
    response = desk.register(desk.submission(desk.entry(unique_id=unique_id)))
    assert [error.row.code for error in response.errors] == ["XDSDuplicateUniqueIdInRegistry"]


def test_unique_id_of_an_on_demand_document_again_is_a_further_entry(desk: Desk) -> None:
    """[ITI TF-2: 3.61.4.1.3]"""
    unique_id = fresh_oid()
    lots = [offered(desk, desk.submission(on_demand(desk, unique_id=unique_id))) for _ in range(2)]
    entries = {lot.document_entries[0].entry_uuid for lot in lots}
    assert set(desk.find(q.GET_DOCUMENTS, (p.ENTRY_UNIQUE_ID, quoted(unique_id)))) == entries


@pytest.mark.parametrize("kind", [AssociationType.RPLC, AssociationType.XFRM_RPLC])
def test_on_demand_replaces_on_demand(desk: Desk, kind: AssociationType) -> None:
    """[ITI TF-3: 4.2.2.2.3]"""
    old, new = on_demand(desk), on_demand(desk)
    offered(desk, desk.submission(old))
    offered(desk, desk.submission(new, associations=[relation(kind, new.entry_uuid, old.entry_uuid)]))
    assert found(desk, BOTH) == {new.entry_uuid}
    assert found(desk, BOTH, quoted(AvailabilityStatus.DEPRECATED)) == {old.entry_uuid}


@pytest.mark.parametrize("kind", [AssociationType.RPLC, AssociationType.XFRM_RPLC])
def test_stable_and_on_demand_that_replace_one_another_get_XDSRegistryMetadataError(
    desk: Desk, kind: AssociationType
) -> None:
    """[ITI TF-3: 4.2.2.2.3]"""
    stable, made = desk.entry(), on_demand(desk)
    desk.registered(desk.submission(stable))
    offered(desk, desk.submission(made))
    by_stable, by_made = desk.entry(), on_demand(desk)
    first = relation(kind, by_stable.entry_uuid, made.entry_uuid)
    second = relation(kind, by_made.entry_uuid, stable.entry_uuid)
    assert codes(desk.register(desk.submission(by_stable, associations=[first]))) == {"XDSRegistryMetadataError"}
    response = desk.register_on_demand(desk.submission(by_made, associations=[second]))
    assert codes(response) == {"XDSRegistryMetadataError"}
    assert "on-demand" in response.errors[0].code_context
    assert found(desk, BOTH) == {stable.entry_uuid, made.entry_uuid}


def test_snapshots_of_an_on_demand_document_are_registered_one_after_the_other(desk: Desk) -> None:
    """[ITI TF-3: 4.2.2.2.7]"""
    made = on_demand(desk)
    offered(desk, desk.submission(made))
    snapshots = [desk.entry(), desk.entry()]
    arrows = [relation(AssociationType.IS_SNAPSHOT_OF, each.entry_uuid, made.entry_uuid) for each in snapshots]
    for snapshot, arrow in zip(snapshots, arrows, strict=True):
        desk.registered(desk.submission(snapshot, associations=[arrow]))
    related = desk.find(
        q.GET_RELATED_DOCUMENTS,
        (p.ENTRY_UUID, f"'{made.entry_uuid}'"),
        (p.ASSOCIATION_TYPES, quoted(AssociationType.IS_SNAPSHOT_OF)),
        (p.ENTRY_TYPE, BOTH),
    )
    assert set(related) == {
        made.entry_uuid,
        *(each.entry_uuid for each in snapshots),
        *(each.entry_uuid for each in arrows),
    }
    assert found(desk, BOTH) == {made.entry_uuid, *(each.entry_uuid for each in snapshots)}


def test_snapshot_of_a_stable_document_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[ITI TF-3: 4.2.2.2.7]"""
    stable, snapshot = desk.entry(), desk.entry()
    desk.registered(desk.submission(stable))
    arrow = relation(AssociationType.IS_SNAPSHOT_OF, snapshot.entry_uuid, stable.entry_uuid)
    assert codes(desk.register(desk.submission(snapshot, associations=[arrow]))) == {"XDSRegistryMetadataError"}


def test_on_demand_document_that_is_a_snapshot_gets_XDSRegistryMetadataError(desk: Desk) -> None:
    """[ITI TF-3: 4.2.2.2.7]"""
    made, another = on_demand(desk), on_demand(desk)
    offered(desk, desk.submission(made))
    arrow = relation(AssociationType.IS_SNAPSHOT_OF, another.entry_uuid, made.entry_uuid)
    response = desk.register_on_demand(desk.submission(another, associations=[arrow]))
    assert codes(response) == {"XDSRegistryMetadataError"}


def test_snapshots_stay_when_their_document_is_replaced(desk: Desk) -> None:
    """The framework does not say that they follow."""
    made, snapshot, new = on_demand(desk), desk.entry(), on_demand(desk)
    offered(desk, desk.submission(made))
    arrow = relation(AssociationType.IS_SNAPSHOT_OF, snapshot.entry_uuid, made.entry_uuid)
    desk.registered(desk.submission(snapshot, associations=[arrow]))
    replacement = relation(AssociationType.RPLC, new.entry_uuid, made.entry_uuid)
    offered(desk, desk.submission(new, associations=[replacement]))
    assert found(desk, BOTH) == {snapshot.entry_uuid, new.entry_uuid}


def test_folder_that_holds_a_replaced_on_demand_document_receives_the_new_one(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    made, folder, new = on_demand(desk), desk.folder(), on_demand(desk)
    held = membership(folder.entry_uuid, made.entry_uuid)
    offered(desk, desk.submission(made, folders=[folder], associations=[held]))
    replacement = relation(AssociationType.RPLC, new.entry_uuid, made.entry_uuid)
    offered(desk, desk.submission(new, associations=[replacement]))
    assert set(desk.find(q.GET_FOLDERS_FOR_DOCUMENT, (p.ENTRY_UUID, f"'{new.entry_uuid}'"))) == {folder.entry_uuid}


def test_same_submission_sent_again_is_answered_again_and_kept_once(desk: Desk) -> None:
    """[contract 5]"""
    lot = replace(desk.submission(on_demand(desk)), digest=uuid.uuid4().hex)
    offered(desk, lot)
    offered(desk, lot)
    assert found(desk, BOTH, ANY_STATUS) == {lot.document_entries[0].entry_uuid}
