"""What ``coffre validate`` says of a file, as values: which checks ran, which rules failed, where, and what the clause wants.

Sentences are in English and French and show nobody's matricule or name. Says nothing of how anything is checked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

from lxml.etree import _Element

from cda.findings import xpath


class Language(StrEnum):
    """In which language a person is told."""

    ENGLISH = "en"
    FRENCH = "fr"


class Text(NamedTuple):
    """What is said to people, in both languages."""

    english: str
    french: str

    def said(self, language: Language) -> str:
        """The text in one language."""
        return self.french if language is Language.FRENCH else self.english


def same(text: str) -> Text:
    """A text that is the same in both languages: an id, or the words of somebody else."""
    return Text(text, text)


class Severity(StrEnum):
    """How grave it is: the file is wrong, may be wrong, or this is merely worth knowing."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One thing found. ``code``: the error of IHE that a partner would be answered. ``wants``: what the rule asks, where the sentence
    does not say it. ``line`` is 0 where none is known.
    """

    rule: str
    sentence: Text
    severity: Severity = Severity.ERROR
    location: str = ""
    line: int = 0
    clause: str = ""
    wants: Text | None = None
    code: str = ""

    def plain(self, language: Language) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "rule": self.rule,
            "severity": self.severity.value,
            "sentence": self.sentence.said(language),
            "wants": self.wants.said(language) if self.wants else None,
            "clause": self.clause or None,
            "code": self.code or None,
            "location": self.location or None,
            "line": self.line or None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One set of rules on one thing. ``subject``: which, where a file holds several. ``rules``: ids of all that were asked.

    ``asked``: how often rules were asked, where they have no ids of their own. ``not_run``: why nothing was asked.
    """

    name: Text
    subject: str = ""
    rules: tuple[str, ...] = ()
    asked: int = 0
    notes: tuple[Note, ...] = ()
    not_run: Text | None = None

    @property
    def errors(self) -> int:
        """How many notes say that the file is wrong."""
        return sum(note.severity is Severity.ERROR for note in self.notes)

    @property
    def warnings(self) -> int:
        """How many notes say that it may be wrong."""
        return sum(note.severity is Severity.WARNING for note in self.notes)

    def plain(self, language: Language) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "check": self.name.said(language),
            "subject": self.subject or None,
            "ran": self.not_run is None,
            "not_run": self.not_run.said(language) if self.not_run else None,
            "rules": list(self.rules),
            "asked": self.asked or len(self.rules),
            "findings": [note.plain(language) for note in self.notes],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Everything said of one file."""

    file: str
    kind: Text
    checks: tuple[Check, ...]

    @property
    def errors(self) -> int:
        """How many notes say that the file is wrong."""
        return sum(check.errors for check in self.checks)

    @property
    def warnings(self) -> int:
        """How many notes say that it may be wrong."""
        return sum(check.warnings for check in self.checks)

    def plain(self, language: Language) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "file": self.file,
            "kind": self.kind.said(language),
            "is_valid": self.errors == 0,
            "errors": self.errors,
            "warnings": self.warnings,
            "checks": [check.plain(language) for check in self.checks],
        }


def of_subject(subject: str, checks: Iterable[Check]) -> Iterator[Check]:
    """The checks, said to be about a part of the file."""
    for check in checks:
        told = f"{subject}: {check.subject}" if check.subject else subject
        yield Check(
            name=check.name,
            subject=told,
            rules=check.rules,
            asked=check.asked,
            notes=check.notes,
            not_run=check.not_run,
        )


def place(element: _Element) -> tuple[str, int]:
    """Where an element stands: XPath and line."""
    line = element.sourceline
    return xpath(element), line if isinstance(line, int) else 0
