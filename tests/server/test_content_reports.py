"""Reports on accepted documents: kept beside them, one each, whatever the pack or a PDF says. [decision 9; CI-SIS SM 3.4]"""

from __future__ import annotations

import json
import logging
import time
import uuid
from base64 import b64encode
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cda.conformance import Conformance
from repository.store.reports import KeptReport, find_report
from server import content_reports
from server.content_reports import ContentReporter
from sql.database import Database
from tests.cda.documents import a_clinical_document
from tests.cda.small_pack import make_pack, schematron
from tests.pki import authority
from tests.repository.requests import a_provide
from tests.samples import a_document_entry
from tests.signing.test_pades import plain, signed

RULE = '<pattern><rule id="r" context="cda:title"><assert test="false()">No: <value-of select="."/></assert></rule></pattern>'
SECONDS = 60.0


def of_level_1(pdf: bytes) -> bytes:
    """A clinical document whose body is that PDF."""
    body = (
        '<component><nonXMLBody><text mediaType="application/pdf" representation="B64">'
        f"{b64encode(pdf).decode()}</text></nonXMLBody></component>"
    )
    return a_clinical_document(component=body).encode()


class Desk:
    """A reporter with its database."""

    def __init__(self, database: Database, conformance: Conformance | None = None) -> None:
        self._database = database
        self.reporter = ContentReporter(database, authority.trust(), lambda: authority.NOW, conformance)

    def take(self, content: bytes) -> str:
        """Hands it an accepted document; the uniqueId."""
        unique_id = f"2.25.{uuid.uuid4().int}"
        self.reporter.take(a_provide((a_document_entry(unique_id=unique_id, mime_type="text/xml"), content)))
        return unique_id

    def report(self, unique_id: str) -> tuple[KeptReport, list[dict[str, Any]]]:
        """The report, once it is there, and its findings."""
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            if kept := self.find(unique_id):
                return kept, json.loads(kept.report)
            time.sleep(0.02)
        raise AssertionError(f"no report on {unique_id} after {SECONDS} s")

    def find(self, unique_id: str) -> KeptReport | None:
        with self._database.read() as work:
            return find_report(work, unique_id)


@pytest.fixture(scope="module")
def conformance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conformance]:
    """A small pack at work."""
    with Conformance(make_pack(tmp_path_factory.mktemp("pack"), header=schematron(RULE))) as at_work:
        yield at_work


@pytest.fixture
def desk_with(database: Database) -> Iterator[Callable[..., Desk]]:
    """Desks that are closed at the end; the pack is the module's."""
    desks: list[Desk] = []

    def make(conformance: Conformance | None = None) -> Desk:
        desks.append(Desk(database, conformance))
        return desks[-1]

    yield make
    # Not by close, which would end the pack of the module.
    for desk in desks:
        desk.reporter._pool.shutdown(cancel_futures=True)


def test_findings_of_the_pack_are_kept_beside_the_document_and_quote_nothing_of_it(
    desk_with: Callable[..., Desk], conformance: Conformance
) -> None:
    desk = desk_with(conformance)
    kept, findings = desk.report(desk.take(a_clinical_document(title="<title>Dupont</title>").encode()))
    assert not kept.is_clean
    assert kept.reported_at == int(f"{authority.NOW:%Y%m%d%H%M%S}")
    (found,) = [each for each in findings if each["rule"] == "r"]
    assert (found["profile"], found["severity"], found["sentence"]) == ("header", "error", "No: …")
    assert found["location"] == "/ClinicalDocument[1]/title[1]"
    assert found["line"] > 1
    assert b"Dupont" not in kept.report


def test_document_that_is_sent_again_has_the_last_report(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with()
    unique_id = desk.take(of_level_1(signed(plain())))
    _, first = desk.report(unique_id)
    assert [each["profile"] for each in first] == ["pades"] * len(first)
    entry = a_document_entry(unique_id=unique_id, mime_type="text/xml")
    desk.reporter.take(a_provide((entry, of_level_1(plain()))))
    end = time.monotonic() + SECONDS
    while desk.report(unique_id)[1] == first and time.monotonic() < end:
        time.sleep(0.02)
    kept, last = desk.report(unique_id)
    assert (kept.is_clean, last) == (True, [])


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda pdf: pdf.replace(b"Compte rendu", b"Compte vendu"), "HASH_FAILURE"),
        (lambda pdf: pdf[: len(pdf) // 2], "FORMAT_FAILURE"),
    ],
)
def test_pdf_whose_signature_does_not_hold_is_reported_in_both_languages(
    desk_with: Callable[..., Desk], change: Callable[[bytes], bytes], rule: str
) -> None:
    desk = desk_with()
    kept, findings = desk.report(desk.take(of_level_1(change(signed(plain())))))
    assert not kept.is_clean
    assert {each["rule"] for each in findings} == {rule}
    assert all(each["sentence"] and each["sentence_fr"] for each in findings)


def test_without_a_pack_only_what_may_be_a_pdf_is_looked_at(desk_with: Callable[..., Desk]) -> None:
    desk = desk_with()
    unlooked = desk.take(a_clinical_document().encode())
    desk.report(desk.take(of_level_1(plain())))
    assert desk.find(unlooked) is None


def test_document_beyond_those_that_may_wait_is_named_in_the_log(
    desk_with: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(content_reports, "WAITING_MAX", 0)
    desk = desk_with()
    with caplog.at_level(logging.WARNING, "coffre.reports"):
        unique_id = desk.take(of_level_1(plain()))
    assert [record.getMessage() for record in caplog.records] == [
        f"document {unique_id} is left without a report: 0 wait already"
    ]
    assert desk.find(unique_id) is None


def test_what_a_library_stumbles_over_is_an_incident_and_the_next_document_is_reported(
    desk_with: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    desk = desk_with()
    verify, calls = content_reports.pades.verify_pdf, []

    def fails_once(*given: Any) -> Any:
        calls.append(given)
        if len(calls) == 1:
            raise RuntimeError("no matricule may come of this")
        return verify(*given)

    monkeypatch.setattr(content_reports.pades, "verify_pdf", fails_once)
    with caplog.at_level(logging.INFO):
        lost = desk.take(of_level_1(plain()))
        desk.report(desk.take(of_level_1(plain())))
    assert desk.find(lost) is None
    assert any("a report on a document" in record.getMessage() for record in caplog.records)


def test_service_that_ends_leaves_no_thread_behind(database: Database, tmp_path: Path) -> None:
    reporter = ContentReporter(
        database, authority.trust(), lambda: authority.NOW, Conformance(make_pack(tmp_path / "pack"))
    )
    reporter.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        reporter.take(a_provide((a_document_entry(mime_type="text/xml"), of_level_1(plain()))))
