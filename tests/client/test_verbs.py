"""The verbs against a running service, as a person uses them. [ITI-18] [ITI-41] [ITI-43] [ITI-44]"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client import source
from client.demonstration import CAMILLE, Person
from tests.client.conftest import Outcome
from tests.client.documents import a_letter, a_report, another_matricule, facts

Coffre = Callable[..., Outcome]


def listed(coffre: Coffre, person: Person, *filters: str) -> dict[str, str]:
    outcome = coffre("search", "--ins", person.matricule, "--json", *filters)
    assert outcome.status == 0
    return {entry["uniqueId"]: entry["availabilityStatus"] for entry in json.loads(outcome.out)}


def test_submitted_document_is_found_and_comes_back_byte_for_byte(coffre: Coffre, person: Person) -> None:
    told = facts(person)
    file = a_report("report.xml", told)
    assert coffre("submit", file, "--ins", person.matricule).status == 0
    table = coffre("search", "--ins", person.matricule)
    assert told.unique_id in table.out
    assert "Approved" in table.out
    assert coffre("get", told.unique_id, "-o", "back.xml").status == 0
    assert Path("back.xml").read_bytes() == file.read_bytes()


def test_several_files_are_one_submission(coffre: Coffre, person: Person) -> None:
    files = [a_report("a.xml", facts(person)), a_letter("b.xml", facts(person))]
    outcome = coffre("submit", *files, "--ins", person.cx, "--json")
    assert outcome.status == 0
    assert [document["file"] for document in json.loads(outcome.out)["documents"]] == ["a.xml", "b.xml"]
    shown = coffre("patient", "show", "--ins", person.matricule, "--json")
    assert json.loads(shown.out) == [{"patientId": person.cx, "submissionSets": 1, "documents": {"Approved": 2}}]
    assert "2 Approved" in coffre("patient", "show", "--ins", person.cx).out


def test_header_that_names_a_registered_document_replaces_it(coffre: Coffre, person: Person) -> None:
    """[CI-SIS SM 3.5.5.23; ITI TF-2: 3.42.4.1.3.5]"""
    first = facts(person)
    second = replace(first, unique_id=source.fresh_oid(), version=2, replaces=first.unique_id)
    assert coffre("submit", a_report("1.xml", first), "--ins", person.matricule).status == 0
    assert coffre("submit", a_report("2.xml", second), "--ins", person.matricule).status == 0
    assert listed(coffre, person) == {second.unique_id: "Approved"}
    assert listed(coffre, person, "--status", "all") == {first.unique_id: "Deprecated", second.unique_id: "Approved"}
    assert listed(coffre, person, "--status", "deprecated") == {first.unique_id: "Deprecated"}
    # A replaced document can still be retrieved. [ITI TF-2: 3.43.4.2.3]
    assert coffre("get", first.unique_id, "-o", "old.xml").status == 0


def test_header_that_names_an_unknown_document_is_submitted_with_a_warning(coffre: Coffre, person: Person) -> None:
    outcome = coffre(
        "submit", a_report("r.xml", facts(person, replaces="1.2.250.1.999.404")), "--ins", person.matricule
    )
    assert outcome.status == 0
    assert "1.2.250.1.999.404" in outcome.err


def test_option_replace_deprecates_the_document_it_names(coffre: Coffre, person: Person) -> None:
    first, second = facts(person), facts(person)
    coffre("submit", a_report("1.xml", first), "--ins", person.matricule)
    outcome = coffre("submit", a_letter("2.xml", second), "--ins", person.matricule, "--replace", first.unique_id)
    assert outcome.status == 0
    # The header does not say so: the service lets that through with a warning. [CI-SIS SM 3.5.5.23]
    assert "warning InvalidDocumentContent" in outcome.err
    assert listed(coffre, person, "--status", "all") == {first.unique_id: "Deprecated", second.unique_id: "Approved"}
    again = coffre("submit", a_letter("3.xml", facts(person)), "--ins", person.matricule, "--replace", first.unique_id)
    assert again.status == 1
    assert "no Approved document" in again.err


def test_option_replace_with_several_files_is_misuse(coffre: Coffre, person: Person) -> None:
    files = [a_report("a.xml", facts(person)), a_letter("b.xml", facts(person))]
    outcome = coffre("submit", *files, "--ins", person.matricule, "--replace", "1.2.3")
    assert outcome.status == 2


def test_same_uniqueId_with_other_bytes_is_told_by_code_context_and_location(coffre: Coffre, person: Person) -> None:
    """[ITI TF-3: Table 4.2.4.1-2, XDSNonIdenticalHash]"""
    told = facts(person)
    coffre("submit", a_report("1.xml", told), "--ins", person.matricule)
    outcome = coffre("submit", a_letter("2.xml", told), "--ins", person.matricule)
    assert outcome.status == 1
    assert "XDSNonIdenticalHash: " in outcome.err
    assert "nothing of it was kept" in outcome.err
    assert listed(coffre, person, "--status", "all") == {told.unique_id: "Approved"}


def test_document_about_somebody_else_is_refused_by_authorities_alone(coffre: Coffre, person: Person) -> None:
    file = a_report("r.xml", facts(person))
    outcome = coffre("submit", file, "--ins", CAMILLE.matricule)
    assert outcome.status == 1
    assert person.authority in outcome.err
    assert person.matricule not in outcome.err
    assert CAMILLE.matricule not in outcome.err


def test_file_that_is_no_CDA_is_refused(coffre: Coffre, person: Person) -> None:
    Path("x.pdf").write_bytes(b"%PDF-1.4 nothing")
    outcome = coffre("submit", "x.pdf", "--ins", person.matricule)
    assert outcome.status == 1
    assert "only CDA can be submitted" in outcome.err
    assert coffre("submit", "absent.xml", "--ins", person.matricule).status == 1


def test_search_narrows_by_type_class_format_time_and_uniqueId(coffre: Coffre, person: Person) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    report, letter = facts(person), facts(person, written_at=datetime(2024, 1, 1, tzinfo=UTC))
    coffre("submit", a_report("r.xml", report), a_letter("l.xml", letter), "--ins", person.matricule)
    for filters in (
        ("--type-code", "11502-2^^2.16.840.1.113883.6.1"),
        ("--class-code", "10^^1.2.250.1.213.1.1.4.1", "--since", "2025"),
        ("--format", "urn:ihe:lab:xd-lab:2008^^1.3.6.1.4.1.19376.1.2.3"),
        ("--since", "2026-03-02"),
        ("--unique-id", report.unique_id),
    ):
        assert list(listed(coffre, person, *filters)) == [report.unique_id], filters
    assert list(listed(coffre, person, "--until", "2024-01-02")) == [letter.unique_id]
    assert list(listed(coffre, person)) == [report.unique_id, letter.unique_id]


def test_search_that_finds_nothing_says_so(coffre: Coffre, person: Person) -> None:
    outcome = coffre("search", "--ins", person.matricule)
    assert (outcome.status, outcome.out) == (0, "")
    assert "no document matches" in outcome.err


def test_get_writes_over_a_file_only_when_told(coffre: Coffre, person: Person) -> None:
    told = facts(person)
    coffre("submit", a_report("r.xml", told), "--ins", person.matricule)
    Path("there.xml").write_text("mine")
    assert coffre("get", told.unique_id, "-o", "there.xml").status == 1
    assert Path("there.xml").read_text() == "mine"
    assert coffre("get", told.unique_id, "-o", "there.xml", "--force", "--ins", person.matricule).status == 0
    assert Path("there.xml").read_bytes() == Path("r.xml").read_bytes()
    assert sorted(path.name for path in Path().iterdir()) == ["r.xml", "there.xml"]


def test_get_notices_bytes_that_are_not_those_registered(coffre: Coffre, person: Person, spoiling_service: str) -> None:
    """[ITI TF-3: 4.2.3.2.10]"""
    told = facts(person)
    coffre("submit", a_report("r.xml", told), "--ins", person.matricule)
    outcome = coffre("get", told.unique_id, "-o", "x.xml", "--url", spoiling_service, "--ins", person.matricule)
    assert outcome.status == 1
    assert "SHA-1" in outcome.err
    assert not Path("x.xml").exists()


def test_get_of_an_unknown_document_is_told(coffre: Coffre) -> None:
    outcome = coffre("get", "1.2.250.1.999.404", "-o", "x.xml")
    assert outcome.status == 1
    assert "holds no document" in outcome.err
    assert not Path("x.xml").exists()


def test_patient_is_added_under_the_authority_named(coffre: Coffre, person: Person) -> None:
    """[ITI TF-2: 3.44.4.1]"""
    traits = ("--family", "EXEMPLE", "--given", "CAMILLE", "--sex", "F", "--birth-date", "1980-07-14")
    outcome = coffre("patient", "add", "--ins", person.matricule, "--authority", "test", *traits, "--json")
    assert json.loads(outcome.out) == {"patientId": person.cx, "accepted": True}
    assert coffre("patient", "add", "--ins", person.cx).status == 0


def test_documents_of_a_merged_patient_are_found_under_the_surviving_INS(coffre: Coffre, person: Person) -> None:
    """The new matricule need not have been announced. [ITI TF-2: 3.44.4.2]"""
    told, new = facts(person), replace(person, matricule=another_matricule())
    assert coffre("submit", a_report("report.xml", told), "--ins", person.matricule).status == 0
    merging = ("patient", "merge", person.matricule, "--into", new.matricule, "--authority", "test")
    outcome = coffre(*merging, "--json")
    assert json.loads(outcome.out) == {"subsumed": person.cx, "patientId": new.cx, "accepted": True}
    assert listed(coffre, new) == {told.unique_id: "Approved"}
    assert listed(coffre, person) == {}
    refused = coffre("submit", a_report("again.xml", facts(person)), "--ins", person.matricule)
    assert refused.status == 1
    assert "XDSUnknownPatientId" in refused.out + refused.err
    assert new.matricule not in refused.out + refused.err


def test_INS_NIA_is_merged_into_the_INS_NIR_that_follows_it(coffre: Coffre) -> None:
    """[Référentiel INS]"""
    nia, nir = another_matricule(), another_matricule()
    assert coffre("patient", "add", "--ins", nia, "--authority", "nia").status == 0
    outcome = coffre("patient", "merge", nia, "--old-authority", "nia", "--into", nir)
    assert outcome.status == 0
    assert outcome.out == (
        f"The service has merged {nia}^^^&1.2.250.1.213.1.4.9&ISO into {nir}^^^&1.2.250.1.213.1.4.8&ISO\n"
    )


def test_merge_that_changes_nothing_is_told(coffre: Coffre, person: Person) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    outcome = coffre("patient", "merge", person.cx, "--into", CAMILLE.cx)
    assert outcome.status == 1
    assert "nothing was changed" in outcome.err
    assert "Traceback" not in outcome.err


def test_merge_that_is_refused_is_told_with_its_reason(coffre: Coffre, person: Person) -> None:
    coffre("patient", "add", "--ins", person.cx)
    outcome = coffre("patient", "merge", person.cx, "--into", "28007352^^^&1.2.250.1.213.1.4.10&ISO")
    assert outcome.status == 1
    assert "matricule INS" in outcome.err


def test_patient_of_whom_nothing_is_held_is_told(coffre: Coffre, person: Person) -> None:
    outcome = coffre("patient", "show", "--ins", person.matricule)
    assert outcome.status == 1
    assert person.matricule not in outcome.err


@pytest.mark.parametrize(
    "words",
    [
        ("search",),
        ("search", "--ins", "12"),
        ("search", "--ins", CAMILLE.matricule, "--url", "gopher://x"),
        ("search", "--ins", CAMILLE.matricule, "--type-code", "11502-2"),
        ("get", "1.2.3"),
        ("patient",),
        ("patient", "add", "--ins", CAMILLE.matricule, "--sex", "X"),
        ("submit", "x.xml", "--ins", CAMILLE.matricule, "--unsigned", "--sign", "k.pem", "c.pem"),
        ("update", "1.2.3", "--ins", CAMILLE.matricule),
        ("update", "1.2.3", "--mask", "--unmask"),
        ("journal", "--ins", CAMILLE.matricule, "--limit", "0"),
        ("journal", "--ins", CAMILLE.matricule, "--limit", "many"),
        ("search", "--ins", CAMILLE.matricule, "--as", ""),
        ("search", "--ins", CAMILLE.matricule, "--as", "8^A^B^C"),
        ("search", "--ins", CAMILLE.matricule, "--mode", "force"),
        ("search", "--ins", CAMILLE.matricule, "--mode", "bris_de_glace"),
    ],
)
def test_misuse_has_exit_status_2(coffre: Coffre, words: tuple[str, ...]) -> None:
    assert coffre(*words).status == 2


@pytest.mark.parametrize(
    "verb",
    [
        *(("patient", act) for act in ("add", "merge", "show", "close", "reopen")),
        *((name,) for name in ("submit", "search", "get", "update", "journal", "demo")),
    ],
)
def test_every_verb_shows_an_example(coffre: Coffre, verb: tuple[str, ...]) -> None:
    outcome = coffre(*verb, "--help")
    assert outcome.status == 0
    assert f"example:\n  coffre {' '.join(verb)}" in outcome.out
    assert "--json" in outcome.out


def test_service_that_is_not_there_is_told_with_what_to_do(coffre: Coffre) -> None:
    outcome = coffre("search", "--ins", CAMILLE.matricule, "--url", "http://127.0.0.1:1")
    assert outcome.status == 1
    assert "coffre serve" in outcome.err
    assert "Traceback" not in outcome.err
