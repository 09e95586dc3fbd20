"""What a patient is owed for what is done behind the guard, and never for what is hidden from them. [DMP: traces, visibility]"""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.access.people import DOCTOR_ID
from tests.registry.callers import author_of, refusals, restricted
from tests.registry.updating import APPROVED, DELETED, a_status_update, an_update, revised
from tests.server.gate import Gate
from xds.metadata import DocumentEntry


@pytest.fixture
def gate(gate: Gate) -> Gate:
    """A patient of the test's own, whose record is open; of that nothing is owed any more."""
    assert refusals(gate.submit(gate.desk.submission(gate.desk.entry()))) == []
    gate.notices()
    return gate


def _entry(gate: Gate, *restrictions: str) -> DocumentEntry:
    return gate.desk.entry(author=(author_of(DOCTOR_ID),), confidentiality_code=restricted(*restrictions))


def _registered(gate: Gate, *entries: DocumentEntry) -> None:
    assert refusals(gate.submit(gate.desk.submission(*entries))) == []
    gate.notices()


def test_document_that_is_added_is_told(gate: Gate) -> None:
    entry = _entry(gate)
    assert refusals(gate.submit(gate.desk.submission(entry))) == []
    (notice,) = gate.notices()
    assert (notice["kind"], notice["objects"]) == ("document added", [entry.unique_id])
    assert not notice["withheld_from_representatives"]


def test_refused_document_is_not_told(gate: Gate) -> None:
    assert refusals(gate.submit(gate.desk.submission(replace(_entry(gate), class_code=None))))
    assert gate.notices() == []


def test_document_before_its_announcement_is_not_told(gate: Gate) -> None:
    """[DMP: INVISIBLE_PATIENT]"""
    shown, hidden = _entry(gate), _entry(gate, "INVISIBLE_PATIENT")
    assert refusals(gate.submit(gate.desk.submission(hidden))) == []
    assert gate.notices() == []
    assert refusals(gate.submit(gate.desk.submission(_entry(gate, "INVISIBLE_PATIENT"), shown))) == []
    (notice,) = gate.notices()
    assert notice["objects"] == [shown.unique_id]


def test_document_that_is_kept_from_parents_is_told_with_that(gate: Gate) -> None:
    """[DMP: INVISIBLE_REPRESENTANTS_LEGAUX]"""
    assert refusals(gate.submit(gate.desk.submission(_entry(gate, "INVISIBLE_REPRESENTANTS_LEGAUX")))) == []
    (notice,) = gate.notices()
    assert notice["withheld_from_representatives"]


def test_document_that_is_shown_to_the_patient_is_told_then(gate: Gate) -> None:
    """[DMP: TD3.3b]"""
    entry = _entry(gate, "INVISIBLE_PATIENT")
    _registered(gate, entry)
    shown = revised(entry, confidentiality_code=restricted())
    assert refusals(gate.update(an_update(gate.desk, shown))) == []
    (notice,) = gate.notices()
    assert (notice["kind"], notice["objects"]) == ("document changed", [entry.entry_uuid])


def test_hidden_document_is_not_told_when_another_is_changed_with_it(gate: Gate) -> None:
    """One is masked in a new version, the other, which the patient may not know of, is deleted in the same request."""
    shown, hidden = _entry(gate), _entry(gate, "INVISIBLE_PATIENT")
    _registered(gate, shown, hidden)
    request = an_update(
        gate.desk,
        revised(shown, confidentiality_code=restricted("MASQUE_PS")),
        associations=[a_status_update(hidden.entry_uuid, APPROVED, DELETED)],
    )
    assert refusals(gate.update(request)) == []
    assert not [notice for notice in gate.notices() if hidden.entry_uuid in notice.get("objects", ())]


def test_hidden_document_is_not_told_however_its_id_is_written(gate: Gate) -> None:
    """A UUID is the same in capitals. [ITI TF-3: 4.2.3.1.7]"""
    hidden = _entry(gate, "INVISIBLE_PATIENT")
    _registered(gate, hidden)
    written = "urn:uuid:" + hidden.entry_uuid.removeprefix("urn:uuid:").upper()
    request = an_update(gate.desk, associations=[a_status_update(written, APPROVED, DELETED)])
    assert refusals(gate.update(request)) == []
    assert gate.notices() == []


def test_first_access_of_a_professional_is_told_once(gate: Gate) -> None:
    """To feed a record is no access to it."""
    for actor in ("author", "treating doctor"):
        assert gate.authorise(actor).problems == ()
        assert not gate.find(gate.visit(actor)).errors
        (notice,) = gate.notices()
        assert (notice["kind"], notice["person_id"]) == ("first access", gate.caller(actor).person_id)
        assert "objects" not in notice
        assert not gate.find(gate.visit(actor)).errors
        assert gate.notices() == []


def test_access_that_was_refused_is_none(gate: Gate) -> None:
    assert gate.find(gate.visit("stranger")).errors
    assert gate.notices() == []


def test_patient_is_not_told_of_what_they_do_themselves(gate: Gate) -> None:
    assert not gate.find(gate.visit("patient")).errors
    (entry,) = gate.desk.submission(_entry(gate)).document_entries
    _registered(gate, entry)
    masked = revised(entry, confidentiality_code=restricted("MASQUE_PS"))
    assert refusals(gate.update(an_update(gate.desk, masked), gate.visit("patient"))) == []
    assert gate.notices() == []


def test_secret_connection_is_told_to_nobody_who_represents_the_patient(gate: Gate) -> None:
    """[DMP: connexion secrète]"""
    assert gate.authorise().problems == ()
    assert not gate.find(gate.visit(is_secret=True)).errors
    (notice,) = gate.notices()
    assert notice["withheld_from_representatives"]
