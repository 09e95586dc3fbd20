"""Reports on documents that have been accepted: what the pack finds, and whether a PDF in one is well signed. [decision 9]

Off the path of the request: one queue a process, and whatever it does not get to is said in the log, never guessed. Where the domain
enforces the pack, a document is examined before the answer; see ``repository.checks``.
"""

from __future__ import annotations

import json
import logging
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from threading import Lock

from lxml.etree import _Element

from cda import document
from cda.conformance import Conformance
from cda.content_report import ContentReport
from cda.datatypes import tag
from cda.document import NotCDA
from repository import kinds
from repository.store import reports
from repository.store.reports import KeptReport
from safexml.parser import HostileXML
from server import incidents
from signing import pades
from signing.pades import PDFReport, PDFSignature
from signing.trust import Trust
from sql.database import Database
from xds.hl7v2 import DTM
from xds.messages import ProvideAndRegisterDocumentSet
from xds.metadata import DocumentEntry

_log = logging.getLogger("coffre.reports")

_PDF = "application/pdf"
FINDINGS_MAX = 200
"""Findings that one report keeps."""

WAITING_MAX = 256
"""Documents that wait in one process; none beyond is kept in memory."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")


class ContentReporter:
    """Has accepted documents examined. ``conformance`` is None where there is no pack."""

    def __init__(
        self, database: Database, trust: Trust, clock: Callable[[], datetime], conformance: Conformance | None
    ) -> None:
        self._database = database
        self._trust = trust
        self._clock = clock
        self._conformance = conformance
        self._waiting = 0
        self._counting = Lock()
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="reports")

    def take(self, request: ProvideAndRegisterDocumentSet) -> None:
        """Queues the clinical documents of a submission that was accepted; without a pack, those that may be a PDF."""
        contents = dict(request.documents)
        for entry in request.submission.document_entries:
            content = contents.get(entry.entry_uuid)
            if content is None or not kinds.is_clinical(entry):
                continue
            # The body of the request is let go once it is answered.
            copied = bytes(content)
            if self._conformance is None and not _may_be_pdf(copied):
                continue
            if self._waiting >= WAITING_MAX:
                _log.warning("document %s is left without a report: %d wait already", entry.unique_id, self._waiting)
                continue
            self._count(1)
            self._pool.submit(self._report, entry, copied)

    def close(self) -> None:
        """Ends after the document under way; what waits is left."""
        self._pool.shutdown(wait=True, cancel_futures=True)
        if self._waiting:
            _log.warning("%d documents were left without a report; `coffre validate` makes one", self._waiting)
        if self._conformance is not None:
            self._conformance.close()

    def _report(self, entry: DocumentEntry, content: bytes) -> None:
        try:
            found: list[Mapping[str, object]] = []
            was_examined = True
            if self._conformance is not None:
                report = self._conformance.check(content)
                was_examined = report.was_examined
                found += _rows_of_pack(report)
            found += self._rows_of_pdf(content)
            self._keep(entry.unique_id or "", found)
            _log.info(
                "document %s: %d findings%s",
                entry.unique_id,
                len(found),
                "" if was_examined else ", not examined whole",
            )
        except Exception as error:
            incidents.new_incident(error, "a report on a document")
        finally:
            self._count(-1)

    def _count(self, more: int) -> None:
        with self._counting:
            self._waiting += more

    def _rows_of_pdf(self, content: bytes) -> Iterator[Mapping[str, object]]:
        pdf = _find_pdf(content)
        if pdf is None:
            return
        verdict = pades.verify_pdf(pdf, self._trust, self._clock())
        # Each signature tells of itself, the whole only of what belongs to none of them.
        each: tuple[PDFReport | PDFSignature, ...] = (verdict, *verdict.signatures)
        for told in each:
            for sentence in told.sentences if told.sub_indication else ():
                yield {
                    "profile": "pades",
                    "rule": told.sub_indication.value,
                    "severity": "warning",
                    "sentence": sentence.english,
                    "sentence_fr": sentence.french,
                }

    def _keep(self, unique_id: str, found: Sequence[Mapping[str, object]]) -> None:
        written = json.dumps(found[:FINDINGS_MAX], ensure_ascii=False).encode()
        kept = KeptReport(unique_id, DTM.at(self._clock()).start, not found, written)
        self._database.settle(lambda work: reports.put_report(work, kept), lambda _: False)


def _rows_of_pack(report: ContentReport) -> Iterator[Mapping[str, object]]:
    for finding in report.findings:
        yield {
            "profile": finding.profile,
            "rule": finding.rule,
            "severity": finding.severity.value,
            "sentence": finding.sentence,
            "sentence_fr": finding.sentence_fr,
            "location": finding.location,
            "line": finding.line,
        }


def _may_be_pdf(content: bytes) -> bool:
    """Whether the document can be of level 1 at all: told without parsing it, since nearly none is."""
    return b"nonXMLBody" in content or content.startswith(_UTF_16)


def _find_pdf(content: bytes) -> bytes | None:
    """The PDF that is the body of a document of level 1; none where the body is something else."""
    try:
        opened = document.open_document(content)
    except (HostileXML, NotCDA):
        return None
    text = _text_of_body(opened.clinical_document)
    if text is None or text.get("mediaType", "").strip().lower() != _PDF:
        return None
    try:
        return b64decode("".join((text.text or "").split()), validate=True)
    except (NotBase64, ValueError):
        return None


def _text_of_body(clinical_document: _Element) -> _Element | None:
    for component in clinical_document.iterchildren(tag("component")):
        for body in component.iterchildren(tag("nonXMLBody")):
            return next(body.iterchildren(tag("text")), None)
    return None
