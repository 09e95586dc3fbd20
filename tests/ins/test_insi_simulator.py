"""The simulator as integrators use it: its people, its description, its command. [INSi: WS_INS2]"""

from __future__ import annotations

import io
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import pytest
import zeep

from ins import insi_messages, insi_simulator, matching
from ins.traits import judge_traits
from tests.ins.people import some_traits

ROOT = Path(__file__).resolve().parents[2]

OWN = """
[[people]]
number = "2790335238018"
birth_family = "DUVAL"
birth_given = "LÉA"
birth_given_list = "LÉA ANNE"
sex = "F"
birth_date = 1979-03-21
birthplace = "35238"
"""


@pytest.fixture(scope="module")
def simulator() -> Iterator[str]:
    with insi_simulator.running() as url:
        yield url


def post(url: str, body: bytes, content_type: str = "application/soap+xml") -> tuple[int, bytes]:
    request = urllib.request.Request(url, body, {"Content-Type": content_type})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except HTTPError as refused:
        with refused:
            return refused.code, refused.read()


def test_people_who_are_built_in_are_whole_and_their_numbers_bear_them_out() -> None:
    for person in insi_simulator.PEOPLE:
        assert list(judge_traits(person.traits)) == []
        assert list(matching.doubts(person.matricule, person.traits)) == []
        assert person.authority.is_test


def test_description_names_the_address_that_it_was_asked_at(simulator: str) -> None:
    with urllib.request.urlopen(f"{simulator}?wsdl", timeout=10) as answer:
        assert f'location="{simulator}"'.encode() in answer.read()


def test_client_of_another_maker_is_served_from_the_description_alone(simulator: str) -> None:
    """zeep as an integrator would use it: no line of ours but the description."""
    service = zeep.Client(f"{simulator}?wsdl").service
    context = {"Id": "1", "Temps": "2026-03-01T08:30:00Z", "Emetteur": "x"}
    software = {"IDAM": {"_value_1": "T", "R": "4"}, "Version": "1", "Instance": "1", "Nom": "urn:lps:x:1"}
    headers = {"bam": {**context, "COUVERTURE": ""}, "lps": {**context, "LPS": software}}
    result = service.rechercherInsAvecTraitsIdentite(
        NomNaissance="MARTIN-LEROUX", Prenom=["ALIX"], Sexe="F", DateNaissance="1979-03-21", _soapheaders=headers
    )
    assert (result.CR.CodeCR, result.INDIVIDU.INSACTIF.IdIndividu.Cle) == ("00", "02")


def test_question_without_its_contexts_is_refused(simulator: str) -> None:
    service = zeep.Client(f"{simulator}?wsdl").service
    with pytest.raises(zeep.exceptions.Fault) as refused:
        service.rechercherInsAvecTraitsIdentite(
            NomNaissance="MARTIN-LEROUX", Prenom=["ALIX"], Sexe="F", DateNaissance="1979-03-21"
        )
    assert "ContexteBAM" in refused.value.message


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no XML",
        b"<a/>",
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"/>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
        b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><x/></s:Body></s:Envelope>',
        f'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><q:RECSANSVITALE '
        f'xmlns:q="{insi_messages.QUESTION}"><q:Sexe>X</q:Sexe></q:RECSANSVITALE></s:Body></s:Envelope>'.encode(),
    ],
)
def test_what_is_no_question_is_refused_and_the_next_one_is_answered(simulator: str, body: bytes) -> None:
    status, answer = post(simulator, body)
    assert status in (400, 500)
    assert b"Traceback" not in answer


@pytest.mark.parametrize("given", ["ALIX", "marie", "Alix Marie"])
def test_any_of_the_given_names_finds_a_person(given: str) -> None:
    assert len(insi_simulator.find(insi_simulator.PEOPLE, some_traits(birth_given=given))) == 1


@pytest.mark.parametrize("change", [{"birth_given": "ALI"}, {"birthplace": "35237"}, {"sex": "M"}])
def test_one_trait_that_differs_finds_nobody(change: dict[str, Any]) -> None:
    assert insi_simulator.find(insi_simulator.PEOPLE, some_traits(**change)) == ()


def test_people_of_a_file_are_read(tmp_path: Path) -> None:
    path = tmp_path / "people.toml"
    path.write_text(OWN, encoding="utf-8")
    (person,) = insi_simulator.load_people(path)
    assert person.matricule.has_valid_key
    assert person.traits.birth_day == "19790321"


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("2790335238018", "279", "person 1: a number of 13 characters"),
        ('sex = "F"', "", "sex is missing"),
        ('sex = "F"', 'gender = "F"', "gender"),
        ('"35238"', '"35"', "birthplace"),
        ("[[people]]", '[[people]]\nauthority = "1.2"', "authority"),
        ("[[people]]", "[[people", ""),
    ],
)
def test_person_of_a_file_who_is_not_whole_is_told_by_their_place_in_it(
    tmp_path: Path, old: str, new: str, told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "people.toml"
    path.write_text(OWN.replace(old, new), encoding="utf-8")
    assert insi_simulator.main(["--people", str(path)]) == 2
    printed = capsys.readouterr().err
    assert "cannot be started" in printed
    assert told in printed
    assert "DUVAL" not in printed


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        insi_simulator.main(["--help"])
    assert "example" in capsys.readouterr().out


def test_command_says_where_it_answers() -> None:
    command = [sys.executable, "-m", "ins.insi_simulator", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        assert running.stdout is not None
        try:
            first = running.stdout.readline()
            url = first.split()[-2]
            with urllib.request.urlopen(f"{url}?wsdl", timeout=10) as answer:
                assert answer.status == 200
        finally:
            running.terminate()
    assert isinstance(running.stderr, io.TextIOBase)
