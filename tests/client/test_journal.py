"""``coffre journal``: who did what with a record, as the patient sees it and as a professional does. [DMP: traces]"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from access.mandate import Action
from audit.line import Ending
from audit.wire import JournalRow
from client import verb_journal
from client.demonstration import AUTHOR, Person
from tests.client.conftest import Outcome
from tests.client.documents import a_report, facts

Coffre = Callable[..., Outcome]


@pytest.fixture
def record(coffre: Coffre, person: Person) -> Person:
    """Somebody whose record was fed, and searched by a doctor who first had to declare an authorisation."""
    assert coffre("submit", a_report("report.xml", facts(person)), "--ins", person.matricule).status == 0
    assert coffre("search", "--ins", person.cx).status == 0
    return person


def lines(coffre: Coffre, *words: object) -> list[tuple[str, str, str]]:
    outcome = coffre("journal", "--json", *words)
    assert outcome.status == 0, outcome.err
    return [(row["action"], row["ending"], row["person"]) for row in json.loads(outcome.out)]


def test_patient_sees_every_access_and_every_refusal_the_newest_first(coffre: Coffre, record: Person) -> None:
    """[CSP R1111-40]"""
    assert lines(coffre, "--ins", record.cx) == [
        ("TD3.1", "done", "899700000000"),
        ("TD0.3 add", "done", "899700000000"),
        ("TD3.1", "refused", "899700000000"),
        ("TD2.1", "done", AUTHOR.person_id),
    ]
    told = coffre("journal", "--ins", record.matricule).out.splitlines()
    assert "added documents" in told[-1]
    assert f"{AUTHOR.name} ({AUTHOR.person_id}) of 10B0000000" in told[-1]


def test_professional_sees_their_own_lines(coffre: Coffre, record: Person) -> None:
    own = lines(coffre, "--ins", record.cx, "--as", AUTHOR.person_id)
    assert {person for _, _, person in own} == {AUTHOR.person_id}


def test_signature_of_a_lot_that_is_hidden_from_the_patient_is_not_named_to_them(
    coffre: Coffre, person: Person
) -> None:
    """[DMP: INVISIBLE_PATIENT]"""
    told = facts(person)
    submitted = json.loads(coffre("submit", a_report("report.xml", told), "--ins", person.cx, "--json").out)
    (line,) = json.loads(coffre("journal", "--ins", person.cx, "--json").out)
    assert line["objects"] == [told.unique_id]
    (own, *_) = json.loads(coffre("journal", "--ins", person.cx, "--as", AUTHOR.person_id, "--json").out)
    assert own["objects"] == [told.unique_id, submitted["signature"]]


def test_limit_shows_the_newest_lines(coffre: Coffre, record: Person) -> None:
    assert lines(coffre, "--ins", record.cx, "--limit", 1) == [("TD3.1", "done", "899700000000")]


def test_why_the_glass_was_broken_is_read_by_the_patient(coffre: Coffre, record: Person) -> None:
    """[DMP: bris de glace]"""
    words = ("--as", "899700000042^AUTRE^Ines", "--mode", "bris_de_glace", "--reason", "found unconscious")
    assert coffre("search", "--ins", record.cx, *words).status == 0
    newest = coffre("journal", "--ins", record.cx).out.splitlines()[0]
    assert "AUTRE Ines (899700000042) of 10B0000000, bris_de_glace: found unconscious" in newest


def test_journal_of_a_patient_without_a_record_is_told_to_be_none(coffre: Coffre, person: Person) -> None:
    outcome = coffre("journal", "--ins", person.matricule)
    assert outcome.status == 1
    assert "no record here" in outcome.err
    assert person.matricule not in outcome.err


def test_every_action_has_words_for_a_person() -> None:
    assert set(verb_journal.WORDS) == set(Action)


def test_line_shows_a_terminal_nothing_that_it_would_obey() -> None:
    row = JournalRow(
        at=datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
        transaction="ITI-43",
        action="TD3.2",
        ending=Ending.DONE,
        person_name="EVIL \x1b[2J",
        person_id="8",
        objects=("1", "2", "3", "4"),
    )
    assert verb_journal.told(row) == (
        "2026-03-02 09:30:00  ITI-43   opened a document                done     EVIL ?[2J (8)  1, 2, 3 …"
    )
    nobody = JournalRow(at=row.at, transaction="ITI-18", action="other", ending=Ending.REFUSED)
    assert verb_journal.told(nobody).endswith("refused  somebody not believed")
