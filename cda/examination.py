"""One document through the operator's pack: harmless XML, a ClinicalDocument, the schema, the schematrons that are its own.

Runs in a process of its own; see ``cda.conformance_worker``. What the pack does not ask (the INS's key, the media type of the
body, metadata, signature) is asked elsewhere. [CI-SIS SM 3; CI-SIS: Modèles de contenus CDA]
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Sequence

from lxml.etree import _Element

from cda.content_report import XSD, Cause, ContentFinding, ContentReport, ProfileReport, refusal
from cda.datatypes import tag
from cda.discretion import HIDDEN, Discretion
from cda.document import BOUNDS, NotCDA, find
from cda.pack import PROFILES, Pack, TemplateId
from cda.schematron_engine import Engine, Failed, NotRun
from cda.schematron_rules import Severity
from cda.schematron_source import UnfitSchematron
from safexml import parser, schemas

FINDINGS_MAX = 2_000
"""Findings told of one schematron, or of the schema; whoever has more has the wrong document."""

_qualified = re.compile(r"Q\{[^}]*\}")
_step = re.compile(r"/(@?)(?:Q\{([^}]*)\})?([\w.-]+)(?:\[(\d+)\])?(?=/|$)")


class Examiner:
    """Examines documents, one after another. *Raises* UnfitSchema when it is made."""

    def __init__(self, pack: Pack, profiles: Sequence[str] = PROFILES) -> None:
        self._pack = pack
        self._profiles = tuple(profiles)
        self._schema = schemas.Schema(pack.schema)
        self._engine = Engine()

    def prepare(self) -> None:
        """Compiles what every document is asked, so that the first does not wait for it."""
        for profile in self._profiles:
            name = self._pack.schematron_of(profile, ())
            if name is None:
                continue
            try:
                self._engine.prepare(self._pack.folder / name)
            except UnfitSchematron:
                # Told in the report of each document.
                continue

    def examine(self, content: parser.Buffer) -> ContentReport:
        """Everything the pack finds in a document."""
        started = time.monotonic()
        try:
            # Rules may look at comments, and the publisher's own tool keeps them.
            root = parser.parse(content, BOUNDS, keeps_comments=True)
        except parser.HostileXML as error:
            return refusal(
                Cause.HOSTILE_XML, f"{error.reason}.", f"Le document n'est pas un XML recevable : {error.reason}."
            )
        try:
            clinical_document, _ = find(root)
        except NotCDA as error:
            return refusal(
                Cause.NOT_CDA, f"{error.reason}.", f"Le document n'est pas un document CDA : {error.reason}."
            )
        discretion = Discretion.about(clinical_document)
        xsd = tuple(self._judge_schema(clinical_document, discretion))[:FINDINGS_MAX]
        profiles = tuple(self._judge_rules(clinical_document, discretion))
        return ContentReport(xsd=xsd, profiles=profiles, seconds=time.monotonic() - started)

    def _judge_schema(self, clinical_document: _Element, discretion: Discretion) -> Iterator[ContentFinding]:
        for flaw in self._schema.judge(clinical_document):
            yield ContentFinding(
                profile=XSD,
                rule=flaw.constraint,
                severity=Severity.ERROR,
                sentence=(told := discretion.schema_sentence(flaw.sentence)),
                sentence_fr=told,
                location=flaw.path,
                line=flaw.line,
                as_published=flaw.sentence,
            )

    def _judge_rules(self, clinical_document: _Element, discretion: Discretion) -> Iterator[ProfileReport]:
        templates = tuple(_template_ids(clinical_document))
        document = self._engine.load(clinical_document)
        for profile in self._profiles:
            name = self._pack.schematron_of(profile, templates)
            if name is None:
                yield ProfileReport(profile=profile)
                continue
            path = self._pack.folder / name
            try:
                missing = self._engine.prepare(path)
                run = self._engine.run(path, document)
            except (UnfitSchematron, NotRun) as error:
                yield ProfileReport(profile=profile, schematron=name, failure=str(error))
                continue
            told = run.failed[:FINDINGS_MAX]
            yield ProfileReport(
                profile=profile,
                schematron=name,
                fired=run.fired,
                findings=tuple(_finding(profile, failed, clinical_document, discretion.shown) for failed in told),
                untold=len(run.failed) - len(told),
                missing=missing,
            )


def _template_ids(clinical_document: _Element) -> Iterator[TemplateId]:
    for element in clinical_document.iterchildren(tag("templateId")):
        yield element.get("root", ""), element.get("extension", "")


def _finding(profile: str, failed: Failed, clinical_document: _Element, shown: Callable[[str], str]) -> ContentFinding:
    assertion = failed.assertion
    whole = " ".join("".join(text for text, _ in failed.message).split())
    told = " ".join("".join(shown(text) if is_value else text for text, is_value in failed.message).split())
    severity = assertion.severity
    if failed.error:
        # The rule's fault or the document's: nobody knows, and the document is not refused for it.
        severity = Severity.WARNING
        whole = told = f"The rule could not be evaluated on this element ({failed.error}): {_stated(failed)}"
    return ContentFinding(
        profile=profile,
        rule=failed.rule.rule or failed.rule.pattern,
        severity=severity,
        sentence=told,
        sentence_fr=told,
        pattern=failed.rule.pattern,
        location=_qualified.sub("", failed.path),
        line=find_line(clinical_document, failed.path),
        see=assertion.see,
        as_published=whole,
    )


def _stated(failed: Failed) -> str:
    """The message of an assertion without the values that it would have shown."""
    pieces = (piece if isinstance(piece, str) else HIDDEN for piece in failed.assertion.message)
    return " ".join("".join(pieces).split())


def find_line(clinical_document: _Element, path: str) -> int:
    """The line of the element that a processor's path leads to, or of the last one on the way; 0 if it leads nowhere.

    The path begins at the ClinicalDocument: ``/Q{urn:hl7-org:v3}ClinicalDocument[1]/…``.
    """
    element, is_root = clinical_document, True
    for is_attribute, namespace, local, position in _step.findall(path):
        if is_attribute:
            break
        if is_root:
            is_root = False
            continue
        name = f"{{{namespace}}}{local}" if namespace else local
        found = next((child for n, child in enumerate(element.iterchildren(name), 1) if n == int(position or 1)), None)
        if found is None:
            break
        element = found
    line = element.sourceline
    return line if isinstance(line, int) else 0
