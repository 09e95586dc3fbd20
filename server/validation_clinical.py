"""A clinical document on the desk: XML, signature, header, body, its metadata where there are some, and the operator's pack.

[CI-SIS SM; HL7 CDA R2]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from lxml.etree import _Element

from cda import agreement, agreement_table, document, header_table, level1, level1_table, people_table, rules
from cda.conformance import Conformance
from cda.content_report import Cause, ContentFinding, ContentReport, ProfileReport
from cda.document import NotCDA, Opened
from cda.findings import Finding, Rule
from cda.outline import outline_of
from safexml import parser
from server.validation import Check, Note, Severity, Text
from server.validation_rules import RULES
from server.validation_seals import Seals
from signing import xades
from xds.domain import Bite, DocumentPolicy
from xds.metadata import DocumentEntry

_WELL_FORMED = Text("XML", "XML")
_KIND = Text("One clinical document", "Un seul document clinique")
_HEADER = Text("Header, rules of the CI-SIS", "En-tête, règles du CI-SIS")
_BODY = Text("Body of level 1", "Corps de niveau 1")
_AGREEMENT = Text("Metadata against the header", "Métadonnées et en-tête")
_SCHEMA = Text("Schema CDA_extended.xsd", "Schéma CDA_extended.xsd")
_NO_PACK = Text(
    "no pack was given: set COFFRE_CDA_PACK, or give --pack DIR",
    "aucun paquet : renseignez COFFRE_CDA_PACK, ou donnez --pack DIR",
)
_NOT_ASKED = Text("the domain does not ask it", "le domaine ne le demande pas")
_NO_VOLET = Text(
    "no schematron of the pack is for documents of these templateIds",
    "aucun schématron du paquet ne correspond à ces templateId",
)
_PROFILES = {
    "header": Text("Schematron of the header", "Schématron de l'en-tête"),
    "volet": Text("Schematron of the kind of document", "Schématron du volet"),
    "ihe": Text("Schematron of IHE's templates", "Schématron des modèles IHE"),
    "modeles": Text("Schematron of the content models", "Schématron des modèles de contenus"),
    "ans": Text("Schematron of the ANS's own models", "Schématron des modèles ANS"),
}


@dataclass(frozen=True, slots=True)
class Clinical:
    """Judges clinical documents as one domain wants them, and against a pack if there is one."""

    policy: DocumentPolicy
    seals: Seals
    conformance: Conformance | None

    def judge(self, content: bytes | memoryview, entry: DocumentEntry | None = None) -> Iterator[Check]:
        """Every check that can be run on the bytes of a document, with its entry where the file holds one."""
        try:
            # A seal may cover comments.
            root = parser.parse(content, document.BOUNDS, keeps_comments=True)
        except parser.HostileXML as hostile:
            yield _refused(_WELL_FORMED, Cause.HOSTILE_XML, hostile.reason)
            return
        yield from self.judge_tree(root, content, entry)

    def judge_tree(
        self, root: _Element, content: bytes | memoryview, entry: DocumentEntry | None = None
    ) -> Iterator[Check]:
        """The same, of a document that was parsed with its comments."""
        if xades.is_signed(root):
            yield self.seals.judge_document(root)
        try:
            opened = Opened(root, *document.find(root))
            document.drop_comments(opened)
            outline = outline_of(opened.clinical_document)
            cda = document.read_outline(outline, opened.wrapper)
        except NotCDA as other:
            yield _refused(_KIND, Cause.NOT_CDA, other.reason)
            return
        policy = self.policy
        yield _judged(_HEADER, policy.header, (header_table, people_table), lambda: rules.judge_header(outline))
        yield _judged(_BODY, policy.body, (level1_table,), lambda: level1.judge_body(outline))
        if entry is not None:
            entry_ = entry
            yield _judged(
                _AGREEMENT, policy.agreement, (agreement_table,), lambda: agreement.judge_agreement(cda, entry_)
            )
        yield from self._ask_pack(content)

    def _ask_pack(self, content: bytes | memoryview) -> Iterator[Check]:
        if self.conformance is None:
            yield Check(name=Text("Schema and schematrons", "Schéma et schématrons"), not_run=_NO_PACK)
            return
        report = self.conformance.check(content)
        if report.trouble is not None:
            yield Check(name=_SCHEMA, notes=(_of_pack(report.trouble),))
            return
        yield Check(name=_SCHEMA, asked=1, notes=tuple(map(_of_pack, report.xsd)))
        for profile in report.profiles:
            yield _profile_check(profile)


def _judged(name: Text, bite: Bite, tables: Iterable[object], judge: Callable[[], tuple[Finding, ...]]) -> Check:
    if bite is Bite.OFF:
        return Check(name=name, not_run=_NOT_ASKED)
    asked = tuple(value.rule for table in tables for value in vars(table).values() if isinstance(value, Rule))
    return Check(name=name, rules=asked, notes=tuple(_of_finding(found, bite) for found in judge()))


def _of_finding(found: Finding, bite: Bite) -> Note:
    is_error = found.is_error and bite is Bite.ERROR
    return Note(
        rule=found.rule,
        severity=Severity.ERROR if is_error else Severity.WARNING,
        sentence=Text(found.sentence, found.sentence_fr),
        location=found.location,
        line=found.line,
        clause=found.clause,
    )


def _profile_check(profile: ProfileReport) -> Check:
    name, subject = _PROFILES[profile.profile], profile.schematron.rpartition("/")[2]
    if not profile.schematron:
        return Check(name=name, not_run=_NO_VOLET)
    report = ContentReport(profiles=(profile,))
    notes = [_of_pack(found) for found in report.findings]
    if profile.untold:
        told = Text(
            f"{profile.untold} findings more are not told.", f"{profile.untold} autres constats ne sont pas dits."
        )
        notes.append(Note(rule="CDA-PACK-MORE", severity=Severity.INFO, sentence=told))
    return Check(name=name, subject=subject, asked=profile.fired, notes=tuple(notes))


def _of_pack(found: ContentFinding) -> Note:
    return Note(
        rule=found.rule,
        severity=Severity(found.severity.value),
        sentence=Text(found.sentence, found.sentence_fr),
        location=found.location,
        line=found.line,
        clause=found.see,
    )


def _refused(name: Text, rule: str, reason: str) -> Check:
    row = RULES[rule]
    told = Text(f"{reason}. Expected: {row.sentence}", f"{reason}. Attendu : {row.sentence_fr}")
    return Check(name=name, rules=(rule,), notes=(Note(rule=rule, sentence=told, clause=row.clause),))
