"""Races of ITI-57 and ITI-92: versions, statuses, Associations that are submitted later."""

from __future__ import annotations

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import membership, quoted, relation
from tests.registry.store.races import (
    DEPRECATED_ERROR,
    DONE,
    RPLC,
    UPDATE_ERROR,
    Ground,
    Race,
    all_done,
    each_of,
    ids_of,
    new_version,
    one_of,
    one_wins,
    register,
    replacement,
    status_change,
    update,
    update_restricted,
)
from tests.registry.updating import (
    APPROVED,
    DEPRECATED,
    a_status_update,
    an_update,
    made_here,
    revised,
    submitted_later,
)
from xds.messages import UpdateDocumentSet
from xds.metadata import Association, Submission


def updates(ground: Ground) -> Race:
    """One next version. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.1]"""
    entry = ground.document(ground.desk.folder())
    acts = tuple(update(new_version(ground, entry)) for _ in range(4))
    return Race(acts, one_wins("XDSMetadataVersionError"))


def restricted_updates(ground: Ground) -> Race:
    """One next version. [ITI Supplement Restricted Metadata Update: 3.92.4.1.3]"""
    entry = ground.document()
    acts = tuple(update_restricted(new_version(ground, entry)) for _ in range(3))
    return Race(acts, one_wins("XDSMetadataVersionError"))


def update_and_replacement(ground: Ground) -> Race:
    """What is updated has another latest version; what is replaced has none that is Approved."""
    entry = ground.document()
    acts = update(new_version(ground, entry)), register(replacement(ground, entry.entry_uuid))
    return Race(acts, one_of((DONE, DEPRECATED_ERROR), (UPDATE_ERROR, DONE)))


def update_of_both_ends(ground: Ground) -> Race:
    """A Folder and what it holds: the newest of both stay joined."""
    folder = ground.desk.folder()
    entry = ground.document(folder)
    newest, renewed = revised(entry), revised(folder)
    acts = update(an_update(ground.desk, newest)), update(an_update(ground.desk, renewed))
    return Race(acts, all_done, lambda _: _is_held(ground, renewed.entry_uuid, newest.entry_uuid))


def update_and_membership(ground: Ground) -> Race:
    """What is put into a Folder while it is updated is there in its new version, or not at all."""
    entry, folder = ground.document(), ground.desk.folder()
    ground.given(ground.desk.submission(folders=[folder]))
    held, newest = made_here(membership(folder.entry_uuid, entry.entry_uuid)), revised(entry)
    acts = update(an_update(ground.desk, newest)), update(an_update(ground.desk, associations=held))
    return Race(
        acts,
        each_of({DONE}, {DONE, DEPRECATED_ERROR}),
        lambda answers: _is_held(ground, folder.entry_uuid, newest.entry_uuid) is (answers[1] == DONE),
    )


def same_membership(ground: Ground) -> Race:
    """A membership that is submitted later stands once. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""
    entry, folder = ground.document(), ground.desk.folder()
    ground.given(ground.desk.submission(folders=[folder]))
    lots = [
        an_update(ground.desk, associations=submitted_later(membership(folder.entry_uuid, entry.entry_uuid)))
        for _ in range(3)
    ]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def statuses(ground: Ground) -> Race:
    """[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.2]"""
    target = ground.document().entry_uuid
    lots = [status_change(ground, target, APPROVED, DEPRECATED) for _ in range(3)]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def statuses_of_a_membership(ground: Ground) -> Race:
    """An Association is not locked: its row says that it is no longer as it was judged."""
    entry, folder = ground.desk.entry(), ground.desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    ground.given(ground.desk.submission(entry, folders=[folder], associations=[held]))
    lots = [status_change(ground, held.entry_uuid, APPROVED, DEPRECATED) for _ in range(3)]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def _is_held(ground: Ground, folder: str, entry: str) -> bool:
    """Whether the Folder has the entry as a member."""
    found = ground.desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(folder))).values()
    return any(isinstance(each, Association) and each.target_object == entry for each in found)


def _do_now(ground: Ground, lot: Submission) -> None:
    """An update that is done before."""
    answer = ground.desk.backend.settle(
        lambda work: ground.desk.actor.update(UpdateDocumentSet(lot), work), lambda each: each.errors.has_errors
    )
    assert not answer.errors, answer.errors
    ground.there |= ids_of(lot)


def replaced_once_more(ground: Ground) -> Race:
    """A replacement approved again beside another: one of them stands."""
    desk, target = ground.desk, ground.document().entry_uuid
    first = desk.entry()
    replaces = relation(RPLC, first.entry_uuid, target)
    ground.given(desk.submission(first, associations=[replaces]))
    undone = [a_status_update(replaces.entry_uuid), a_status_update(target, DEPRECATED, APPROVED)]
    _do_now(ground, an_update(desk, associations=undone))
    acts = (
        update(status_change(ground, replaces.entry_uuid, DEPRECATED, APPROVED)),
        register(replacement(ground, target)),
    )
    return Race(acts, one_of((DONE, UPDATE_ERROR), (UPDATE_ERROR, DONE), (DONE, DEPRECATED_ERROR)))


KINDS = (
    updates,
    restricted_updates,
    update_and_replacement,
    update_of_both_ends,
    update_and_membership,
    same_membership,
    statuses,
    statuses_of_a_membership,
    replaced_once_more,
)
