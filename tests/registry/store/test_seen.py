"""What a repository, the guard and the journal ask of the registry beside them, over both databases. [DMP: TD3.2, traces]"""

from __future__ import annotations

import pytest

from access.sight import EVERYTHING, Sight, Visibility
from registry.store.seen import find_hidden_names, find_patient, find_seen, find_visibilities
from sql.database import Database
from tests.access.people import the_dmp
from tests.registry.callers import GuardedDesk, restricted
from tests.registry.desk import SQLBackend
from tests.samples import fresh_uuid
from xds.metadata import DocumentEntry


@pytest.fixture
def desk(database: Database) -> GuardedDesk:
    """A patient of the test's own."""
    return _somebody(database)


def _somebody(database: Database) -> GuardedDesk:
    return GuardedDesk(SQLBackend(database, the_dmp()))


def _patient(desk: GuardedDesk) -> tuple[str, str]:
    return desk.patient_id.id_number, desk.patient_id.authority


def _registered(desk: GuardedDesk, *restrictions: str) -> DocumentEntry:
    entry = desk.entry(confidentiality_code=restricted(*restrictions))
    desk.registered(desk.submission(entry))
    return entry


def _capitals(entry_uuid: str) -> str:
    return "urn:uuid:" + entry_uuid.removeprefix("urn:uuid:").upper()


def test_patient_is_whose_the_first_is_that_is_registered(database: Database, desk: GuardedDesk) -> None:
    other = _somebody(database)
    one, two = _registered(desk), _registered(other)
    names = [(each.entry_uuid, str(each.unique_id), _capitals(each.entry_uuid)) for each in (one, two)]
    with database.read() as work:
        for first in names[0]:
            for second in names[1]:
                assert find_patient(work, ("2.25.404", first, second)) == _patient(desk)
                assert find_patient(work, (fresh_uuid(), second, first)) == _patient(other)
        assert find_patient(work, ("2.25.404", fresh_uuid())) is None
        assert find_patient(work, ()) is None


def test_documents_show_as_the_sight_says(database: Database, desk: GuardedDesk) -> None:
    shown, hidden = _registered(desk), _registered(desk, "MASQUE_PS")
    names = [str(shown.unique_id), str(hidden.unique_id), "2.25.404"]
    with database.read() as work:
        assert find_seen(work, names, EVERYTHING) == set(names[:2])
        assert find_seen(work, names, Sight(hidden=Visibility.MASQUE_PS)) == {names[0]}
        assert find_seen(work, names, Sight(own_only=True)) == set()
        assert find_seen(work, names, Sight(patient=("nobody", "1.2.3"))) == set()


def test_names_of_what_is_hidden_are_told_however_they_are_written(database: Database, desk: GuardedDesk) -> None:
    """A UUID is the same in capitals. [ITI TF-3: 4.2.3.1.7]"""
    shown, hidden = _registered(desk), _registered(desk, "INVISIBLE_PATIENT")
    of_hidden = {hidden.entry_uuid, str(hidden.unique_id), _capitals(hidden.entry_uuid)}
    names = {*of_hidden, shown.entry_uuid, str(shown.unique_id), "2.25.404", fresh_uuid()}
    with database.read() as work:
        for sight in (Sight(hidden=Visibility.INVISIBLE_PATIENT), Sight(patient=("nobody", "1"), own_only=True)):
            found = find_hidden_names(work, names, sight)
            assert of_hidden <= found
            assert (shown.entry_uuid in found) is sight.own_only
        assert find_hidden_names(work, names, EVERYTHING) == set()
        assert find_hidden_names(work, (), Sight(own_only=True)) == set()


def test_restrictions_are_told_of_documents_alone(database: Database, desk: GuardedDesk) -> None:
    entry = desk.entry(confidentiality_code=restricted("MASQUE_PS", "INVISIBLE_PATIENT"))
    lot = desk.registered(desk.submission(entry))
    with database.read() as work:
        found = find_visibilities(work, (entry.entry_uuid, lot.submission_set.entry_uuid, "2.25.404"))
    assert found == {entry.entry_uuid: Visibility.MASQUE_PS | Visibility.INVISIBLE_PATIENT}
