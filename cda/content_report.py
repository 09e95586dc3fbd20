"""What the operator's pack found in a document, as values that go from one process to another.

A sentence of a finding never shows who the document is about: values that identify people are left out of it; ``as_published``
is the sentence with them, for whoever may read the document. [CI-SIS SM; decision 9]
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from cda.schematron_rules import Severity

XSD = "xsd"
"""The profile of findings of the schema."""

DOCUMENT = "document"
"""The profile of findings that ended the examination before any schema."""


class Cause(StrEnum):
    """Why a document was not examined whole: by its own fault (the first two), or by ours."""

    HOSTILE_XML = "CDA-XML"
    NOT_CDA = "CDA-DOCUMENT"
    TIMED_OUT = "CDA-CHECK-TIMEOUT"
    WORKER_DIED = "CDA-CHECK-DIED"
    UNFIT_PACK = "CDA-CHECK-PACK"
    BUSY = "CDA-CHECK-BUSY"
    STOPPED = "CDA-CHECK-STOPPED"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentFinding:
    """One thing found. ``profile``: xsd, header, volet, ihe, modeles, ans.

    ``rule``: of the schema the violated constraint, of a schematron the id of the rule, else of its pattern. A pack speaks one language:
    then ``sentence_fr`` is the sentence. ``location``: XPath from the ClinicalDocument. ``see``: where its author explains the rule.
    """

    profile: str
    rule: str
    severity: Severity
    sentence: str
    sentence_fr: str
    pattern: str = ""
    location: str = ""
    line: int = 0
    see: str = ""
    as_published: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the document does not conform by this finding alone."""
        return self.severity is Severity.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileReport:
    """What one schematron found. ``fired``: how many times a rule met a node; ``untold``: findings beyond the limit.

    ``schematron``: file of the pack, empty where none covers the document. ``missing``: pieces that the pack lacks, so that what
    they would have found is not known. ``failure``: why it could not be run.
    """

    profile: str
    schematron: str = ""
    fired: int = 0
    findings: tuple[ContentFinding, ...] = ()
    untold: int = 0
    missing: tuple[str, ...] = ()
    failure: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContentReport:
    """Everything found. ``trouble`` ended the examination; ``cause`` says which trouble it was."""

    xsd: tuple[ContentFinding, ...] = ()
    profiles: tuple[ProfileReport, ...] = ()
    trouble: ContentFinding | None = None
    cause: Cause | None = None
    seconds: float = 0.0

    @property
    def was_examined(self) -> bool:
        """Whether the pack had its say; not when a worker died, or a schematron could not be run."""
        ours = (Cause.TIMED_OUT, Cause.WORKER_DIED, Cause.UNFIT_PACK, Cause.BUSY, Cause.STOPPED)
        return self.cause not in ours and not any(profile.failure for profile in self.profiles)

    @property
    def findings(self) -> tuple[ContentFinding, ...]:
        """All findings, with a warning for what the pack lacks."""
        return tuple(self._findings())

    @property
    def errors(self) -> tuple[ContentFinding, ...]:
        """The findings by which the document does not conform."""
        return tuple(finding for finding in self._findings() if finding.is_error)

    def _findings(self) -> Iterator[ContentFinding]:
        if self.trouble is not None:
            yield self.trouble
        yield from self.xsd
        for profile in self.profiles:
            yield from profile.findings
            if profile.missing:
                yield _lacking(profile)
            if profile.failure:
                yield _failed(profile)


def refusal(cause: Cause, reason: str, reason_fr: str) -> ContentReport:
    """The report on a document that was not examined."""
    finding = ContentFinding(
        profile=DOCUMENT,
        rule=cause,
        severity=Severity.ERROR,
        sentence=reason,
        sentence_fr=reason_fr,
        as_published=reason,
    )
    return ContentReport(trouble=finding, cause=cause)


def _lacking(profile: ProfileReport) -> ContentFinding:
    names = ", ".join(profile.missing)
    return ContentFinding(
        profile=profile.profile,
        rule="CDA-PACK-INCLUDES",
        severity=Severity.WARNING,
        sentence=f"{profile.schematron} was run in part: the pack lacks {names}.",
        sentence_fr=f"{profile.schematron} n'a été appliqué qu'en partie : il manque au paquet {names}.",
    )


def _failed(profile: ProfileReport) -> ContentFinding:
    return ContentFinding(
        profile=profile.profile,
        rule=Cause.UNFIT_PACK,
        severity=Severity.ERROR,
        sentence=f"{profile.schematron} could not be run: {profile.failure}",
        sentence_fr=f"{profile.schematron} n'a pas pu être appliqué : {profile.failure}",
    )
