"""The verbs against plain XDS, where nobody is asked who they are: with keys at hand and without. [domain ihe]"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from client import source
from client.demonstration import CAMILLE, Person
from server import pki
from tests.client.conftest import Outcome, Running
from tests.client.documents import a_letter, a_report, facts

Coffre = Callable[..., Outcome]
AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
_numbers = itertools.count(1)


@pytest.fixture
def somebody(plain_coffre: Coffre) -> Person:
    """A patient of the IHE test tools, whom a feed has told of."""
    person = replace(CAMILLE, matricule=f"MARTIN-{next(_numbers)}", authority=AUTHORITY)
    assert plain_coffre("patient", "add", "--ins", person.cx).status == 0
    return person


@pytest.fixture(params=["with keys", "without keys"])
def either(
    request: pytest.FixtureRequest, plain_coffre: Coffre, plain_service: Running, monkeypatch: pytest.MonkeyPatch
) -> Coffre:
    """The command, once with keys that it can vouch and sign with."""
    if request.param == "with keys":
        monkeypatch.setenv("COFFRE_PKI", str(plain_service.keys))
    return plain_coffre


def test_whole_conversation_goes_as_without_assertions(either: Coffre, somebody: Person) -> None:
    """No document is added unasked: the lot of a patient without an INS is not signed."""
    first = facts(somebody)
    second = replace(first, unique_id=source.fresh_oid(), version=2, replaces=first.unique_id)
    outcome = either("submit", a_report("1.xml", first), "--ins", somebody.cx, "--json")
    assert (outcome.status, outcome.err) == (0, "")
    assert json.loads(outcome.out)["signature"] is None
    assert either("submit", a_report("2.xml", second), "--ins", somebody.cx).status == 0
    found = either("search", "--ins", somebody.cx, "--status", "all", "--json")
    assert {entry["uniqueId"]: entry["availabilityStatus"] for entry in json.loads(found.out)} == {
        first.unique_id: "Deprecated",
        second.unique_id: "Approved",
    }
    assert either("get", second.unique_id, "-o", "back.xml").status == 0
    assert Path("back.xml").read_bytes() == Path("2.xml").read_bytes()
    shown = either("patient", "show", "--ins", somebody.cx, "--json")
    assert json.loads(shown.out)[0]["submissionSets"] == 2


def test_lot_is_signed_where_it_is_asked_for(either: Coffre, somebody: Person, plain_service: Running) -> None:
    """[ITI TF-3: 5.5]"""
    certificate, key = pki.paths(plain_service.keys, "establishment-seal")
    file = a_letter("1.xml", facts(somebody))
    outcome = either("submit", file, "--ins", somebody.cx, "--sign", key, certificate)
    assert (outcome.status, outcome.err) == (0, "")
    assert "signature of the lot" in outcome.out
    found = either("search", "--ins", somebody.cx, "--json")
    assert sorted(entry["title"] for entry in json.loads(found.out)) == ["Lettre de consultation", "Source"]


def test_update_needs_no_assertion(either: Coffre, somebody: Person) -> None:
    """[ITI TF-2: 3.57]"""
    told = facts(somebody)
    assert either("submit", a_report("1.xml", told), "--ins", somebody.cx).status == 0
    outcome = either("update", told.unique_id, "--ins", somebody.cx, "--mask", "--json")
    assert (outcome.status, outcome.err) == (0, "")
    found = json.loads(either("search", "--ins", somebody.cx, "--json").out)
    assert [(entry["uniqueId"], entry["version"]) for entry in found] == [(told.unique_id, "2")]


def test_document_that_is_not_there_is_told_without_talk_of_rights(plain_coffre: Coffre) -> None:
    outcome = plain_coffre("get", "1.2.250.1.999.404", "-o", "x.xml")
    assert outcome.status == 1
    assert "--as" not in outcome.err


@pytest.mark.parametrize("words", [("patient", "close"), ("journal",)])
def test_what_plain_XDS_has_not_is_told_in_a_sentence(either: Coffre, somebody: Person, words: tuple[str, ...]) -> None:
    outcome = either(*words, "--ins", somebody.cx)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
