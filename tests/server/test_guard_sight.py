"""What the guard lets a caller learn: of another patient nothing, and of what they may not see as little as of what is not there."""

from __future__ import annotations

from typing import Any

import pytest

from audit.line import Ending
from tests.registry.callers import STRANGER_ID, author_of, refusals, restricted
from tests.registry.desk import read
from tests.samples import fresh_uuid
from tests.server.gate import DOCUMENT, Gate


def test_request_about_another_patient_than_the_assertion_is_refused_and_told_nothing(opened: Gate) -> None:
    """[DMP: RG_3010]"""
    elsewhere = ("290059912345678", opened.patient[1])
    answer = opened.find(opened.visit(patient=elsewhere))
    assert [error.row.code for error in answer.errors] == ["XDSPatientIdDoesNotMatch"]
    lot = opened.desk.submission(opened.desk.entry())
    assert set(refusals(opened.submit(lot, opened.visit(patient=elsewhere)))) == {"XDSPatientIdDoesNotMatch"}
    assert not opened.is_registered(lot)


@pytest.mark.parametrize("actor", ["stranger", "structure", "author"])
def test_who_names_nobody_does_not_learn_whether_there_is_such_a_document(opened: Gate, actor: str) -> None:
    """Neither assertion nor request names a patient: what may not be seen answers as what is not there."""
    hidden = opened.desk.entry(
        author=(author_of(STRANGER_ID, "10B0000009"),), confidentiality_code=restricted("MASQUE_PS")
    )
    opened.desk.registered(opened.desk.submission(hidden))
    opened.hold(hidden)
    changes: dict[str, Any] = {"patient": None, "person_id": "899700000909"}
    found, nothing = (opened.get(opened.visit(actor, **changes), each) for each in (hidden.entry_uuid, fresh_uuid()))
    assert found == nothing
    assert not found.objects and not found.errors
    given, missing = (
        opened.retrieve(opened.visit(actor, **changes), each) for each in (str(hidden.unique_id), "2.25.404")
    )
    assert not given.documents
    assert [
        (error.row.code, error.code_context.replace(str(hidden.unique_id), "2.25.404")) for error in given.errors
    ] == [(error.row.code, error.code_context) for error in missing.errors]


def test_author_who_names_nobody_finds_their_own(opened: Gate) -> None:
    (entry,) = (read(text) for text in opened.find(opened.visit()).objects)
    assert len(opened.get(opened.visit(patient=None), entry.entry_uuid).objects) == 1
    line = opened.lines()[-1]
    assert (line.transaction, line.patient, line.ending) == ("ITI-18", opened.patient, Ending.DONE)


def test_retrieval_gives_what_shows_and_the_line_tells_what_was_given(opened: Gate) -> None:
    """[DMP: TD3.2]"""
    shown, hidden = (
        opened.desk.entry(author=(author_of(STRANGER_ID, "10B0000009"),), confidentiality_code=restricted(*names))
        for names in ((), ("MASQUE_PS",))
    )
    opened.desk.registered(opened.desk.submission(shown, hidden))
    opened.hold(shown, hidden)
    answer = opened.retrieve(opened.visit(), str(shown.unique_id), str(hidden.unique_id))
    assert [b"".join(one.content.chunks()) for one in answer.documents] == [DOCUMENT]
    assert [error.row.code for error in answer.errors] == ["XDSDocumentUniqueIdError"]
    line = opened.lines()[-1]
    assert (line.action, line.ending, line.objects) == ("TD3.2", Ending.DONE, (shown.unique_id,))
    nothing = opened.retrieve(opened.visit(), str(hidden.unique_id))
    assert not nothing.documents
    assert opened.lines()[-1].ending is Ending.REFUSED
