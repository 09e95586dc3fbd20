"""The French example documents go in, are found and come out unchanged. Source: ANS, see the corpus's manifest."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import metadata, names
from interop_tests.witness.metadata import LOINC, Entry, Lot
from interop_tests.witness.partner import listed, quoted, stored_query
from interop_tests.witness.zeep_source import ZeepSource, refusals

INS_AUTHORITIES = ("1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9", "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11")


@pytest.fixture(scope="module")
def corpus(papers: Path) -> list[tuple[dict[str, Any], bytes]]:
    """Each document with its line of the manifest."""
    folder = papers / "corpus" / "cda-fr"
    listed = json.loads((folder / "manifest.json").read_text("utf-8"))["documents"]
    return [(row, (folder / row["file"]).read_bytes()) for row in listed]


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(database, domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


def patient_of(row: dict[str, Any]) -> str:
    """The first identifier that is an INS."""
    ids: list[str] = row["patientIds"]
    return next(cx for cx in ids if any(f"&{authority}&" in cx for authority in INS_AUTHORITIES))


def entry_of(row: dict[str, Any], content: bytes) -> Entry:
    """The metadata that the manifest gives; a fresh uniqueId, since both rounds of one document go to one store."""
    return Entry(
        patient_id=patient_of(row),
        content=content,
        unique_id=metadata.new_oid(),
        mime_type="text/xml",
        title=row["title"] or row["file"],
        type_code=(row["typeCode"]["code"], row["typeCode"]["system"], row["typeCode"]["display"] or "-"),
        format_code=(row["formatCode"], "1.3.6.1.4.1.19376.1.2.3", row["formatCode"]),
    )


def test_every_french_document_sent_by_zeep_comes_back_unchanged(
    service: Running, corpus: list[tuple[dict[str, Any], bytes]]
) -> None:
    """[ITI TF-2: 3.41, 3.18, 3.43]"""
    partner, source = service.partner(), ZeepSource(service.url.rstrip("/"))
    sent: dict[str, Entry] = {}
    for row, content in corpus:
        entry = entry_of(row, content)
        answer = source.provide(Lot(patient_id=entry.patient_id, entries=(entry,)).text(), {entry.id: content})
        assert names.STATUSES[answer.status] == "Success", (row["file"], refusals(answer))
        sent[entry.unique_id] = entry
    found: dict[str, str] = {}
    for patient in {entry.patient_id for entry in sent.values()}:
        answer = partner.find_documents(patient)
        assert answer.status == "Success"
        found.update(dict.fromkeys(answer.unique_ids, patient))
    assert {unique_id: entry.patient_id for unique_id, entry in sent.items()}.items() <= found.items()
    retrieved = source.retrieve(REPOSITORY, list(sent))
    assert digests(retrieved) == {unique_id: sha256(entry.content) for unique_id, entry in sent.items()}


def test_hash_and_size_shown_are_those_of_the_document(
    service: Running, corpus: list[tuple[dict[str, Any], bytes]]
) -> None:
    """The repository computes both from the bytes. [ITI TF-2: 3.41.4.1.3]"""
    partner, source = service.partner(), ZeepSource(service.url.rstrip("/"))
    row, content = corpus[0]
    entry = entry_of(row, content)
    source.provide(Lot(patient_id=entry.patient_id, entries=(entry,)).text(), {entry.id: content})
    (shown,) = partner.get_documents(entry.unique_id).objects("ExtrinsicObject")
    slots = {
        s.get("name"): s.findtext("rim:ValueList/rim:Value", "", names.NS) for s in shown.iterfind("rim:Slot", names.NS)
    }
    assert (slots["hash"].lower(), slots["size"]) == (hashlib.sha1(content).hexdigest(), str(len(content)))
    assert slots["repositoryUniqueId"] == REPOSITORY


def test_query_by_type_code_finds_the_documents_of_that_type_only(
    service: Running, corpus: list[tuple[dict[str, Any], bytes]]
) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    source, patient = (
        ZeepSource(service.url.rstrip("/")),
        f"1790305{metadata.new_oid()[5:11]}99^^^&1.2.250.1.213.1.4.10&ISO",
    )
    for row, content in corpus[:6]:
        entry = dataclasses.replace(entry_of(row, content), patient_id=patient)
        answer = source.provide(Lot(patient_id=patient, entries=(entry,)).text(), {entry.id: content})
        assert names.STATUSES[answer.status] == "Success", refusals(answer)
    wanted = corpus[0][0]["typeCode"]["code"]
    parameters = {
        "$XDSDocumentEntryPatientId": quoted(patient),
        "$XDSDocumentEntryStatus": listed((names.APPROVED,)),
        "$XDSDocumentEntryTypeCode": listed((f"{wanted}^^{LOINC}",)),
    }
    answer = source.query(stored_query(names.FIND_DOCUMENTS, parameters, "ObjectRef"))
    (objects,) = (element for element in answer._value_1 if element.tag == names.tag("rim:RegistryObjectList"))
    assert len(objects) == sum(row["typeCode"]["code"] == wanted for row, _ in corpus[:6])


def test_every_french_document_sent_by_the_command_comes_back_unchanged(
    launch: Launch, corpus: list[tuple[dict[str, Any], bytes]], papers: Path, tmp_path: Path
) -> None:
    """`coffre submit`, `coffre search --ins`, `coffre get`: what a person at a shell does. [contract 2]"""
    service = launch(domain="dmp")
    by_patient: dict[str, list[str]] = {}
    for row, _ in corpus:
        by_patient.setdefault(patient_of(row), []).append(row["file"])
    unique_ids = {row["file"]: row["documentId"] for row, _ in corpus}
    for patient, files in by_patient.items():
        submitted = service.coffre(
            "submit", *(str(papers / "corpus" / "cda-fr" / file) for file in files), "--ins", patient
        )
        assert submitted.returncode == 0, submitted.stdout + submitted.stderr
        searched = service.coffre("search", "--ins", patient, "--json")
        assert searched.returncode == 0, searched.stderr
        assert {unique_ids[file] for file in files} <= texts(json.loads(searched.stdout))

    def get(row: dict[str, Any]) -> bytes:
        target = tmp_path / str(row["file"])
        got = service.coffre("get", row["documentId"], "-o", str(target))
        assert got.returncode == 0, got.stdout + got.stderr
        return target.read_bytes()

    with ThreadPoolExecutor(2) as pool:
        came = list(pool.map(get, [row for row, _ in corpus]))
    assert [sha256(content) for content in came] == [sha256(content) for _, content in corpus]


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
