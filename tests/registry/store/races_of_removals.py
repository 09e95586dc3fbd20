"""Races of ITI-62 with whatever names what goes. [ITI Supplement Remove Metadata and Documents: 3.62.4.1.3]"""

from __future__ import annotations

from tests.registry.desk import membership
from tests.registry.store.races import (
    DONE,
    STILL_NAMED,
    UNRESOLVED,
    Ground,
    Race,
    all_done,
    each_of,
    ids_of,
    new_version,
    one_of,
    one_wins,
    register,
    remove,
    replacement,
    update,
)
from tests.samples import fresh_oid


def removal_and_replacement(ground: Ground) -> Race:
    """Nothing replaces what is gone, and nothing goes that is replaced."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    (target,) = lot.document_entries
    acts = remove(*ids_of(lot)), register(replacement(ground, target.entry_uuid))
    return Race(acts, one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_reference(ground: Ground) -> Race:
    """A SubmissionSet names what is there."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    named = desk.submission(desk.entry(), references=[lot.document_entries[0].entry_uuid])
    return Race((remove(*ids_of(lot)), register(named)), one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_membership(ground: Ground) -> Race:
    """A Folder that goes receives nothing."""
    desk, folder, entry = ground.desk, ground.desk.folder(), ground.desk.entry()
    lot = ground.given(desk.submission(folders=[folder]))
    added = desk.submission(entry, associations=[membership(folder.entry_uuid, entry.entry_uuid)])
    return Race((remove(*ids_of(lot)), register(added)), one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_same_document(ground: Ground) -> Race:
    """The uniqueId of what goes is free, or stays with the other entry that has it."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    again = desk.submission(desk.entry(unique_id=lot.document_entries[0].unique_id))
    return Race((remove(*ids_of(lot)), register(again)), all_done)


def removals_of_same_document(ground: Ground) -> Race:
    """The uniqueId of two entries that go is free once both are gone."""
    desk, unique_id = ground.desk, fresh_oid()
    lots = [ground.given(desk.submission(desk.entry(unique_id=unique_id))) for _ in range(2)]
    return Race(tuple(remove(*ids_of(lot)) for lot in lots), all_done)


def removal_and_update(ground: Ground) -> Race:
    """A version that goes is followed by none; one that is followed may go."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    acts = remove(*ids_of(lot)), update(new_version(ground, lot.document_entries[0]))
    return Race(acts, each_of({DONE}, {DONE, ("XDSMetadataVersionError",)}))


def removals_of_the_last(ground: Ground) -> Race:
    """Two that would each leave a document the Association that the other takes."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    (entry,) = lot.document_entries
    noted = ground.given(desk.submission(desk.entry(), references=[entry.entry_uuid]))
    acts = remove(*ids_of(lot) - {entry.entry_uuid}), remove(*ids_of(noted))
    return Race(acts, one_wins("XDSUnreferencedObjectException"))


def same_removal(ground: Ground) -> Race:
    """What is gone is not there to go."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    gone = ("UnresolvedReferenceException",) * len(ids_of(lot))
    return Race((remove(*ids_of(lot)),) * 2, one_of((DONE, gone), (gone, DONE)))


KINDS = (
    removal_and_replacement,
    removal_and_reference,
    removal_and_membership,
    removal_and_same_document,
    removals_of_same_document,
    removal_and_update,
    removals_of_the_last,
    same_removal,
)
