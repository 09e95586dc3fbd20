"""Updates at the same moment as other work, on real databases: one wins, the other is told why it did not. [decision 8]"""

from __future__ import annotations

import pytest

from sql.database import Database
from tests.registry.desk import Backend, Desk, SQLBackend, membership, relation
from tests.registry.test_registry_races import Act, at_once, register
from tests.registry.updating import (
    APPROVED,
    DEPRECATED,
    a_status_update,
    an_update,
    joints,
    made_here,
    revised,
    update,
    updated,
    versions_of,
)
from xds.metadata import Submission
from xds.vocabulary import AssociationType

ROUNDS = 12
AT_ONCE = 4


@pytest.fixture(params=["sqlite", "postgresql"])
def registry_backend(request: pytest.FixtureRequest, session_databases: dict[str, Database]) -> Backend:
    """The real stores alone: the oracle does one thing at a time."""
    return SQLBackend(session_databases[request.param])


def update_by(submission: Submission, *, restricted: bool = False) -> Act:
    """Updates, and tells the codes of errors."""
    return lambda desk: update(desk, submission, restricted=restricted).errors.codes


@pytest.mark.parametrize("restricted", [False, True])
def test_one_of_several_updates_of_an_object_wins_and_the_others_get_XDSMetadataVersionError(
    desk: Desk, restricted: bool
) -> None:
    """[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.1]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    for number in range(1, ROUNDS + 1):
        updates = [an_update(desk, revised(entry), previous_version=str(number)) for _ in range(AT_ONCE)]
        answers = at_once(desk, *(update_by(each, restricted=restricted) for each in updates))
        assert sorted(answers) == [(), *[("XDSMetadataVersionError",)] * (AT_ONCE - 1)]
    versions = sorted(versions_of(desk, entry).values(), key=lambda each: int(each[0]))
    assert versions == [*((str(each), DEPRECATED) for each in range(1, ROUNDS + 1)), (str(ROUNDS + 1), APPROVED)]


def test_one_of_several_changes_of_a_status_wins_and_the_others_get_XDSMetadataUpdateError(desk: Desk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    statuses = [APPROVED, DEPRECATED]
    for _ in range(ROUNDS):
        changes = [an_update(desk, associations=[a_status_update(entry.entry_uuid, *statuses)]) for _ in range(AT_ONCE)]
        answers = at_once(desk, *map(update_by, changes))
        assert sorted(answers) == [(), *[("XDSMetadataUpdateError",)] * (AT_ONCE - 1)]
        statuses.reverse()


def test_one_of_several_changes_of_a_memberships_status_wins(desk: Desk) -> None:
    """An Association is not locked: the row itself says that it is no longer as it was judged."""
    entry, folder = desk.entry(), desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    statuses = [APPROVED, DEPRECATED]
    for _ in range(ROUNDS):
        changes = [an_update(desk, associations=[a_status_update(held.entry_uuid, *statuses)]) for _ in range(AT_ONCE)]
        answers = at_once(desk, *map(update_by, changes))
        assert sorted(answers) == [(), *[("XDSMetadataUpdateError",)] * (AT_ONCE - 1)]
        statuses.reverse()


def test_update_and_replacement_of_a_document_do_not_both_succeed(desk: Desk) -> None:
    for _ in range(ROUNDS):
        entry, replacement = desk.entry(), desk.entry()
        desk.registered(desk.submission(entry))
        replaces = relation(AssociationType.RPLC, replacement.entry_uuid, entry.entry_uuid)
        updated_code, replaced_code = at_once(
            desk,
            update_by(an_update(desk, revised(entry))),
            register(desk.submission(replacement, associations=[replaces])),
        )
        assert (updated_code, replaced_code) in (
            ((), ("XDSRegistryDeprecatedDocumentError",)),
            (("XDSMetadataUpdateError",), ()),
        )


def test_document_put_into_a_folder_while_it_is_updated_is_there_in_its_new_version(desk: Desk) -> None:
    for _ in range(ROUNDS):
        entry, folder = desk.entry(), desk.folder()
        desk.registered(desk.submission(entry, folders=[folder]))
        second = revised(entry)
        held = membership(folder.entry_uuid, entry.entry_uuid)
        answers = at_once(
            desk, update_by(an_update(desk, second)), update_by(an_update(desk, associations=made_here(held)))
        )
        assert answers[0] == ()
        assert answers[1] in ((), ("XDSRegistryDeprecatedDocumentError",))
        is_there = ("HasMember", folder.entry_uuid, second.entry_uuid) in joints(desk)
        assert is_there is (answers[1] == ())


def test_folder_and_document_updated_at_one_moment_stay_joined(desk: Desk) -> None:
    for _ in range(ROUNDS):
        entry, folder = desk.entry(), desk.folder()
        held = membership(folder.entry_uuid, entry.entry_uuid)
        desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
        second, renewed = revised(entry), revised(folder)
        answers = at_once(desk, update_by(an_update(desk, second)), update_by(an_update(desk, renewed)))
        assert answers == [(), ()]
        assert ("HasMember", renewed.entry_uuid, second.entry_uuid) in joints(desk)


def test_replacement_approved_again_while_another_comes_leaves_one(desk: Desk) -> None:
    """The second meets the database's own constraint, is judged again, and told why. [decision 8]"""
    for _ in range(ROUNDS):
        entry, first, second = desk.entry(), desk.entry(), desk.entry()
        desk.registered(desk.submission(entry))
        replaces = relation(AssociationType.RPLC, first.entry_uuid, entry.entry_uuid)
        desk.registered(desk.submission(first, associations=[replaces]))
        undone = [a_status_update(replaces.entry_uuid), a_status_update(entry.entry_uuid, DEPRECATED, APPROVED)]
        updated(desk, an_update(desk, associations=undone))
        redone = [a_status_update(replaces.entry_uuid, DEPRECATED, APPROVED), a_status_update(entry.entry_uuid)]
        again = an_update(desk, associations=redone)
        other = relation(AssociationType.RPLC, second.entry_uuid, entry.entry_uuid)
        answers = at_once(desk, update_by(again), register(desk.submission(second, associations=[other])))
        assert answers.count(()) == 1
        assert {code for codes in answers for code in codes} <= {
            "XDSMetadataUpdateError",
            "XDSRegistryDeprecatedDocumentError",
        }
        approved = {each[1] for each in joints(desk) if each[0] == "RPLC" and each[2] == entry.entry_uuid}
        assert len(approved) == 1
