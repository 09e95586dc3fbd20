"""``coffre update``: one document gets another audience or status, and whoever looks sees what that means. [DMP: TD3.3a-d]"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from client.demonstration import AUTHOR, Person
from client.verb_update import CHANGES
from tests.client.conftest import Outcome
from tests.client.documents import a_report, facts

Coffre = Callable[..., Outcome]
BY_AUTHOR = ("--as", f"{AUTHOR.person_id}^{AUTHOR.family_name}^{AUTHOR.given_name}")


@pytest.fixture
def unique_id(coffre: Coffre, person: Person) -> str:
    """A document of that person, which its author and the demonstration's doctor have seen."""
    told = facts(person)
    assert coffre("submit", a_report("report.xml", told), "--ins", person.matricule).status == 0
    for caller in (BY_AUTHOR, ()):
        assert told.unique_id in coffre("search", "--ins", person.cx, *caller).out
    return told.unique_id


def sees(coffre: Coffre, person: Person, unique_id: str, *options: str) -> bool:
    outcome = coffre("search", "--ins", person.cx, "--json", *options)
    assert outcome.status == 0
    return unique_id in {entry["uniqueId"] for entry in json.loads(outcome.out)}


def test_masked_document_is_found_by_its_author_alone_until_it_is_shown_again(
    coffre: Coffre, person: Person, unique_id: str
) -> None:
    """[DMP: TD3.3a, MASQUE_PS]"""
    outcome = coffre("update", unique_id, "--ins", person.cx, "--mask", *BY_AUTHOR)
    assert (outcome.status, outcome.out, outcome.err) == (0, f"{unique_id}: mask done\n", "")
    assert not sees(coffre, person, unique_id)
    assert sees(coffre, person, unique_id, *BY_AUTHOR)
    hidden = coffre("get", unique_id, "-o", "x.xml", "--ins", person.cx)
    assert (hidden.status, Path("x.xml").exists()) == (1, False)
    assert "holds no document" in hidden.err
    assert coffre("update", unique_id, "--ins", person.cx, "--unmask", *BY_AUTHOR).status == 0
    assert sees(coffre, person, unique_id)


def test_archived_document_is_no_longer_approved_and_can_be_brought_back(
    coffre: Coffre, person: Person, unique_id: str
) -> None:
    """[DMP: TD3.3d]"""
    told = coffre("update", unique_id, "--ins", person.cx, "--archive", "--json", *BY_AUTHOR)
    assert json.loads(told.out) == {"uniqueId": unique_id, "change": "archive", "done": True}
    assert not sees(coffre, person, unique_id)
    assert sees(coffre, person, unique_id, "--status", "archived")
    assert coffre("update", unique_id, "--ins", person.cx, "--unarchive", *BY_AUTHOR).status == 0
    assert sees(coffre, person, unique_id)


def test_document_is_deleted_by_its_author_alone(coffre: Coffre, person: Person, unique_id: str) -> None:
    """[DMP: TD3.3c]"""
    refused = coffre("update", unique_id, "--ins", person.cx, "--delete")
    assert refused.status == 1
    assert "nothing was changed" in refused.err
    assert sees(coffre, person, unique_id)
    assert coffre("update", unique_id, "--ins", person.cx, "--delete", *BY_AUTHOR).status == 0
    assert not sees(coffre, person, unique_id)
    assert sees(coffre, person, unique_id, "--status", "deleted")


@pytest.mark.parametrize("reader", ["patient", "representatives"])
def test_document_is_hidden_from_those_who_stand_for_the_patient_and_shown_again(
    coffre: Coffre, person: Person, unique_id: str, reader: str
) -> None:
    """[DMP: TD3.3b]"""
    for change in (f"hide-from-{reader}", f"show-to-{reader}"):
        outcome = coffre("update", unique_id, "--ins", person.cx, f"--{change}", *BY_AUTHOR)
        assert (outcome.status, outcome.out) == (0, f"{unique_id}: {change} done\n"), outcome.err
        assert sees(coffre, person, unique_id)


def test_every_change_of_the_table_is_an_option(coffre: Coffre) -> None:
    told = coffre("update", "--help").out
    assert [change for change in CHANGES if f"--{change}" not in told] == []


def test_document_that_is_not_there_is_not_changed(coffre: Coffre, person: Person) -> None:
    outcome = coffre("update", "1.2.250.1.999.404", "--ins", person.cx, "--mask")
    assert outcome.status == 1
    assert "holds no document" in outcome.err
