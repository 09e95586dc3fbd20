"""The French example documents go in, are found and come out unchanged. Source: ANS, see the corpus's manifest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf
from interop_tests.witness.clinical import Clinical, Tables
from interop_tests.witness.metadata import LOINC, Entry, Lot
from interop_tests.witness.partner import Partner, listed, quoted, stored_query
from interop_tests.witness.zeep_source import ZeepSource, refusals


class Example(NamedTuple):
    """A document of the corpus, its line of the manifest, and what its header makes of it."""

    row: dict[str, Any]
    content: bytes
    clinical: Clinical
    entry: Entry


@pytest.fixture(scope="module")
def corpus(papers: Path) -> list[Example]:
    """Each document, predecessors before those that replace them."""
    folder, tables = papers / "corpus" / "cda-fr", Tables.read(papers / "codes")
    examples = []
    for row in json.loads((folder / "manifest.json").read_text("utf-8"))["documents"]:
        content = (folder / row["file"]).read_bytes()
        clinical = Clinical.read(content)
        examples.append(Example(row, content, clinical, clinical.entry(tables)))
    return examples


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(database, domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


def consumer(service: Running, patient: str) -> Partner:
    """A doctor whom the patient has authorised."""
    partner = service.partner().as_(vihf.professional(service.pki), patient)
    assert status_of_word(partner) == "DMPOk"
    return partner


def status_of_word(partner: Partner) -> str:
    """TD0.3."""
    answer = partner.authorise()
    assert answer.fault is None, answer.fault
    return answer.body.findtext(f".//{{{records.HABILITATIONS}}}status", "")


@pytest.fixture(scope="module")
def sent(service: Running, corpus: list[Example]) -> dict[str, Entry]:
    """All of them, sent by zeep in signed lots; by uniqueId."""
    entry_uuids: dict[str, str] = {}
    found: dict[str, Entry] = {}
    partners: dict[str, Partner] = {}
    for example in corpus:
        entry, patient = example.entry, example.entry.patient_id
        # Whoever replaces a document is its author. [DMP: TD2.1]
        author = vihf.professional(service.pki, entry.author.person.partition("^")[0]).for_(patient)
        source = ZeepSource(service.url.rstrip("/"), author)
        predecessors = [entry_uuids[one] for one in example.clinical.replaces if one in entry_uuids]
        relationships = tuple((names.REPLACES, entry.id, one) for one in predecessors)
        answer = source.send(Lot(patient_id=patient, entries=(entry,), relationships=relationships))
        assert names.STATUSES[answer.status] == "Success", (example.row["file"], refusals(answer))
        if patient not in partners:
            partners[patient] = consumer(service, patient)
        (shown,) = partners[patient].get_documents(entry.unique_id).objects("ExtrinsicObject")
        entry_uuids[entry.unique_id] = shown.get("id", "")
        found[entry.unique_id] = entry
    assert len(found) == len(corpus)
    return found


def test_every_french_document_sent_by_zeep_comes_back_unchanged(service: Running, sent: dict[str, Entry]) -> None:
    """[ITI TF-2: 3.41, 3.18, 3.43]"""
    of_patient: dict[str, set[str]] = {}
    for unique_id, entry in sent.items():
        of_patient.setdefault(entry.patient_id, set()).add(unique_id)
    for patient, unique_ids in of_patient.items():
        doctor = vihf.professional(service.pki).for_(patient)
        answer = service.partner().as_(doctor).find_documents(patient, names.APPROVED, names.DEPRECATED)
        assert answer.status == "Success", answer.errors
        assert unique_ids <= set(answer.unique_ids)
        retrieved = ZeepSource(service.url.rstrip("/"), doctor).retrieve(REPOSITORY, sorted(unique_ids))
        assert digests(retrieved) == {one: sha256(sent[one].content) for one in unique_ids}


def test_document_that_another_one_replaces_is_deprecated(
    service: Running, corpus: list[Example], sent: dict[str, Entry]
) -> None:
    """The document says so, and the association says so. [DMP: TD2.1; ITI TF-3: 4.2.2.2.3]"""
    replaced = [(one.entry.patient_id, old) for one in corpus for old in one.clinical.replaces if old in sent]
    assert replaced, "the corpus has one document that replaces another one of it"
    for patient, old in replaced:
        partner = service.partner().as_(vihf.professional(service.pki), patient)
        (shown,) = partner.get_documents(old).objects("ExtrinsicObject")
        assert shown.get("status") == names.DEPRECATED
        assert old not in partner.find_documents(patient).unique_ids


def test_hash_and_size_shown_are_those_of_the_document(
    service: Running, corpus: list[Example], sent: dict[str, Entry]
) -> None:
    """The repository computes both from the bytes. [ITI TF-2: 3.41.4.1.3]"""
    entry = sent[corpus[0].entry.unique_id]
    partner = service.partner().as_(vihf.professional(service.pki), entry.patient_id)
    (shown,) = partner.get_documents(entry.unique_id).objects("ExtrinsicObject")
    slots = {
        s.get("name"): s.findtext("rim:ValueList/rim:Value", "", names.NS) for s in shown.iterfind("rim:Slot", names.NS)
    }
    told = (hashlib.sha1(entry.content).hexdigest(), str(len(entry.content)))
    assert (slots["hash"].lower(), slots["size"]) == told
    assert slots["repositoryUniqueId"] == REPOSITORY


def test_query_by_type_code_finds_the_documents_of_that_type_only(service: Running, sent: dict[str, Entry]) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    wanted = next(entry for entry in sent.values() if entry.type_code[1] == LOINC)
    patient, code = wanted.patient_id, wanted.type_code[0]
    parameters = {
        "$XDSDocumentEntryPatientId": quoted(patient),
        "$XDSDocumentEntryStatus": listed((names.APPROVED,)),
        "$XDSDocumentEntryTypeCode": listed((f"{code}^^{LOINC}",)),
    }
    source = ZeepSource(service.url.rstrip("/"), vihf.professional(service.pki).for_(patient))
    answer = source.query(stored_query(names.FIND_DOCUMENTS, parameters, "LeafClass"))
    (objects,) = (element for element in answer._value_1 if element.tag == names.tag("rim:RegistryObjectList"))
    partner = service.partner().as_(vihf.professional(service.pki), patient)
    shown = {one.get("id") for one in objects}
    approved = partner.find_documents(patient)
    of_type = {
        one.get("id")
        for one in approved.objects("ExtrinsicObject")
        if any(each.get("nodeRepresentation") == code for each in one.iterfind("rim:Classification", names.NS))
    }
    assert shown == of_type
    assert 0 < len(shown) < len(approved.unique_ids)


def test_document_whose_metadata_tell_another_patient_is_refused(service: Running, corpus: list[Example]) -> None:
    """Header and metadata agree. [CI-SIS SM: header and XDS metadata]"""
    entry = corpus[0].entry
    other = "299999999999999^^^&1.2.250.1.213.1.4.10&ISO^NH"
    changed = dataclasses.replace(entry, patient_id=other, source_patient_id=other)
    partner = service.partner().as_(vihf.professional(service.pki), other)
    answer = partner.provide(Lot(patient_id=other, entries=(changed,)))
    assert answer.status == "Failure"
    assert any("CDA-XDS-PATIENT-ID" in error.context for error in answer.errors), answer.errors


def test_every_french_document_sent_by_the_command_comes_back_unchanged(
    launch: Launch, database: str, corpus: list[Example], papers: Path, tmp_path: Path
) -> None:
    """`coffre submit`, `coffre search --ins`, `coffre get`: what a person at a shell does. [contract 2]"""
    service = launch(database, domain="dmp")
    by_patient: dict[str, list[Example]] = {}
    for example in corpus:
        by_patient.setdefault(example.entry.patient_id, []).append(example)
    for patient, examples in by_patient.items():
        files = [str(papers / "corpus" / "cda-fr" / one.row["file"]) for one in examples]
        submitted = service.coffre("submit", *files, "--ins", patient)
        assert submitted.returncode == 0, submitted.stdout + submitted.stderr
        searched = service.coffre("search", "--ins", patient, "--json")
        assert searched.returncode == 0, searched.stderr
        assert {one.row["documentId"] for one in examples} <= texts(json.loads(searched.stdout))

    def get(example: Example) -> bytes:
        target = tmp_path / str(example.row["file"])
        got = service.coffre("get", example.row["documentId"], "-o", str(target))
        assert got.returncode == 0, got.stdout + got.stderr
        return target.read_bytes()

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(get, corpus))
    assert [sha256(content) for content in came] == [sha256(one.content) for one in corpus]


def texts(data: Any) -> set[str]:
    """Every text anywhere in what `--json` printed: its form is the command's own affair."""
    match data:
        case dict():
            return set().union(*map(texts, data.values()))
        case list():
            return set().union(*map(texts, data))
        case _:
            return {str(data)}


def sha256(content: bytes | memoryview) -> str:
    return hashlib.sha256(content).hexdigest()


def digests(documents: dict[str, bytes]) -> dict[str, str]:
    return {unique_id: sha256(content) for unique_id, content in documents.items()}
