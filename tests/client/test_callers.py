"""In whose name the verbs ask, and what they say where nobody is vouched for or believed. [DMP: VIHF]"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from access.caller import AuthenticationMode
from client import options, voucher
from client.demonstration import Person
from client.voucher import DOCTOR, PORTAL, Professional
from server import pki
from soap import security
from tests.client.conftest import Outcome
from tests.client.documents import a_report, facts

Coffre = Callable[..., Outcome]
PATIENT = ("280073523800332", "1.2.250.1.213.1.4.10")


@pytest.fixture(scope="session")
def other_keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys of an authority whom the running service does not trust."""
    folder = tmp_path_factory.mktemp("other") / "pki"
    pki.make(folder)
    return folder


def test_structure_professional_and_patient_are_vouched_for_each_by_their_own(other_keys: Path) -> None:
    """[DMP: modes d'authentification]"""
    structure = voucher.of_structure(other_keys, Professional("899700000077", "AUTRE", "Ines"))
    doctor = voucher.of_professional(other_keys)
    patient = voucher.of_patient(other_keys, PATIENT)
    assert structure is not None
    assert doctor is not None
    assert patient is not None
    assert structure.claims.authentication is AuthenticationMode.INDIRECT
    assert (structure.claims.person_id, structure.claims.person_name) == ("899700000077", "AUTRE Ines")
    assert doctor.claims.authentication is AuthenticationMode.REINFORCED
    assert (doctor.claims.person_id, doctor.claims.structure_id) == (DOCTOR.person_id, "10B0000000")
    assert (patient.claims.person_id, patient.claims.structure_id) == (PATIENT[0], "PORTAIL-PATIENT")
    assert options.tls_files(other_keys, patient.holder).certificate == other_keys / f"{PORTAL}-tls.cert.pem"


def test_each_request_has_an_assertion_of_its_own(other_keys: Path) -> None:
    """[DMP: VIHF; ITI TF-2: 3.40]"""
    doctor = voucher.of_professional(other_keys)
    assert doctor is not None
    first, second = (doctor.header(PATIENT) for _ in range(2))
    assert first != second
    assert b"280073523800332^^^&amp;1.2.250.1.213.1.4.10&amp;ISO^NH" in first
    assert first.startswith(security.write(b"").removesuffix(b"</wsse:Security>"))


def test_name_that_nobody_told_is_not_invented(other_keys: Path) -> None:
    """[DMP: VIHF, subject-id]"""
    doctor = voucher.of_professional(other_keys, Professional("899700000077"))
    assert doctor is not None
    assert doctor.claims.person_name == "Coffre"


def test_folder_without_keys_vouches_for_nobody(tmp_path: Path) -> None:
    assert voucher.of_structure(tmp_path) is None
    assert voucher.of_patient(tmp_path, PATIENT) is None


def test_professional_is_named_on_the_command_line_with_or_without_names() -> None:
    assert options.professional("899700000077") == Professional("899700000077")
    assert options.professional(" 899700000077 ^AUTRE^Ines") == Professional("899700000077", "AUTRE", "Ines")


@pytest.mark.parametrize(
    "words",
    [
        ("search", "--ins", "280073523800332"),
        ("get", "1.2.3", "-o", "x.xml"),
        ("update", "1.2.3", "--mask"),
        ("journal", "--ins", "280073523800332"),
        ("patient", "show", "--ins", "280073523800332"),
        ("patient", "add", "--ins", "280073523800332"),
        ("patient", "close", "--ins", "280073523800332"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_without_keys_the_sentence_says_to_set_COFFRE_PKI(
    coffre: Coffre, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.setenv("COFFRE_PKI", "nowhere")
    outcome = coffre(*words)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("coffre: the service wants to know who asks")
    assert "set COFFRE_PKI" in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_assertion_that_is_not_believed_is_told_with_the_reason(
    coffre: Coffre, monkeypatch: pytest.MonkeyPatch, other_keys: Path, person: Person
) -> None:
    monkeypatch.setenv("COFFRE_PKI", str(other_keys))
    outcome = coffre("search", "--ins", person.cx)
    assert outcome.status == 1
    assert outcome.err.startswith("coffre: the service does not believe the assertion (")
    assert "SIG-CERT-CHAIN" in outcome.err


def test_key_that_cannot_be_read_is_told_in_a_sentence(
    coffre: Coffre, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, person: Person
) -> None:
    for name in ("establishment-seal.key.pem", "establishment-seal.cert.pem"):
        (tmp_path / name).write_text("nothing")
    monkeypatch.setenv("COFFRE_PKI", str(tmp_path))
    outcome = coffre("search", "--ins", person.cx)
    assert (outcome.status, outcome.err.count("\n")) == (1, 1)
    assert "private key cannot be read" in outcome.err


def test_missing_authorisation_is_declared_and_said_aloud(coffre: Coffre, person: Person) -> None:
    """[DMP: TD0.3]"""
    told = facts(person)
    assert coffre("submit", a_report("report.xml", told), "--ins", person.cx).status == 0
    first = coffre("search", "--ins", person.cx, "--as", "899700000051", "--json")
    assert first.err == "coffre: declared 899700000051 authorised on the record (TD0.3).\n"
    assert [entry["uniqueId"] for entry in json.loads(first.out)] == [told.unique_id]
    assert coffre("search", "--ins", person.cx, "--as", "899700000051").err == ""


def test_broken_glass_wants_a_reason(coffre: Coffre, person: Person) -> None:
    """[DMP: Mode_Acces_Raison]"""
    outcome = coffre("search", "--ins", person.cx, "--mode", "bris_de_glace", "--reason", " ")
    assert outcome.status == 2
    assert "--reason" in outcome.err


def test_broken_glass_opens_without_an_authorisation(coffre: Coffre, person: Person) -> None:
    """[DMP: bris de glace]"""
    told = facts(person)
    coffre("submit", a_report("report.xml", told), "--ins", person.cx)
    words = ("--as", "899700000069", "--mode", "bris_de_glace", "--reason", "found unconscious")
    outcome = coffre("get", told.unique_id, "-o", "x.xml", "--ins", person.cx, *words)
    assert (outcome.status, outcome.err) == (0, "")
    assert Path("x.xml").read_bytes() == Path("report.xml").read_bytes()


def test_get_without_the_patient_says_how_to_be_authorised(coffre: Coffre, person: Person) -> None:
    told = facts(person)
    coffre("submit", a_report("report.xml", told), "--ins", person.cx)
    outcome = coffre("get", told.unique_id, "-o", "x.xml", "--as", "899700000085")
    assert outcome.status == 1
    assert "with --ins" in outcome.err
