"""Every rule of the house by its id, whichever room judges by it: what ``coffre explain`` and ``docs/conformance/rules.md`` print.

The rows are each room's own; here is only which tables there are, and by what a partner hears of a breach. An id can stand in two
tables, where two rooms refuse for the same reason. [decision 14]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple, Protocol

import access.rules
import cda.rule_table
import record.rules
import registry.rights_table
import repository.checks_table
import server.validation_rules
import signing.rules
from access.assertion_rules import ASSERTION_RULES
from cda.findings import Rule as ClinicalRule
from record.rules import Rule as RecordRule
from xds import rules as submission_rules
from xds.errors import DMPAccessDeniedByRightsService, InvalidDocumentContent, XDSPatientIdDoesNotMatch

_OPENING = """# Rules

Made from the tables of the rooms that judge; change these, not this page: `make docs`. `coffre explain RULE` prints a row.

An answer tells the id in brackets at the end of its sentence: `… [SIG-DIGEST]`. Ids stay; sentences may be said better. Rules that need
only the metadata of a submission are in [attributes](attributes.md), error codes in [errors](errors.md).
"""


class Rule(Protocol):
    """What every table has of a rule. Some tables know more."""

    @property
    def rule(self) -> str: ...

    @property
    def sentence(self) -> str: ...

    @property
    def sentence_fr(self) -> str: ...

    @property
    def clause(self) -> str: ...

    @property
    def cause(self) -> str: ...

    @property
    def cure(self) -> str: ...


class Section(NamedTuple):
    """Rules of one matter. ``told``: how a partner hears that one is broken."""

    title: str
    told: str
    rules: Mapping[str, Rule]


_DECISIONS = {name: row for name, row in access.rules.RULES.items() if name not in ASSERTION_RULES}
_DENIED = DMPAccessDeniedByRightsService.code

SECTIONS = (
    Section(
        "The assertion of a request (VIHF)",
        "A SOAP fault; its subcode says whether the certificate, the signature, the time or the content is wrong.",
        ASSERTION_RULES,
    ),
    Section(
        "Rights",
        f"{_DENIED}: an error of the response, or the status of the DMP's own services. The journal has the id.",
        _DECISIONS,
    ),
    Section(
        "What a caller does to documents",
        f"{_DENIED}; a patient that is not that of the assertion gets {XDSPatientIdDoesNotMatch.code}.",
        registry.rights_table.RULES,
    ),
    Section(
        "The record and its authorisations",
        "In the acknowledgement of HL7 v3, or status and context of the typed services; the word told is given with each.",
        record.rules.RULES,
    ),
    Section(
        "Signatures",
        f"Of a lot or a document: {InvalidDocumentContent.code}, as hard as `invalid` in `[seals]` says. Of an assertion: a SOAP fault.",
        signing.rules.RULES,
    ),
    Section(
        "The documents of a submission",
        f"{InvalidDocumentContent.code}, as hard as `[seals]` and `[documents]` of the domain say.",
        repository.checks_table.RULES,
    ),
    Section(
        "Clinical documents: header, body, metadata, replacement",
        f"{InvalidDocumentContent.code}, as hard as `[documents]` of the domain says; what is a warning here is never more than one.",
        cda.rule_table.RULES,
    ),
    Section(
        "Files on a desk, and the CDA pack",
        "`coffre validate`, and the reports on accepted documents.",
        server.validation_rules.RULES,
    ),
)
"""Every table, in the order in which a request meets the rules."""


def find(name: str) -> tuple[tuple[Section, Rule], ...]:
    """The rows of an id, in whatever case it is written; nothing where there is none."""
    wanted = name.strip().upper()
    return tuple((section, section.rules[wanted]) for section in SECTIONS if wanted in section.rules)


def names() -> Iterator[str]:
    """Every id, each once."""
    return iter(dict.fromkeys(name for section in SECTIONS for name in section.rules))


def find_submission_rule(name: str) -> submission_rules.Rule | None:
    """A rule that needs only the metadata of a submission; its sentence is that of its judgement."""
    return submission_rules.find(name.strip().upper())


def severity_of(rule: Rule) -> str:
    """Whether a breach can refuse anything."""
    return "warning" if isinstance(rule, ClinicalRule) and not rule.is_error else "error"


def status_of(rule: Rule) -> str:
    """The word that the services of the record tell of a rule; empty for others."""
    return rule.status if isinstance(rule, RecordRule) else ""


def rules_page() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_OPENING, *(line for section in SECTIONS for line in _section(section))]) + "\n"


def _section(section: Section) -> Iterator[str]:
    yield f"## {section.title}\n"
    yield f"{section.told}\n"
    for rule in section.rules.values():
        yield f"### {rule.rule}\n"
        yield f"{rule.sentence} *{rule.sentence_fr}*\n"
        if severity_of(rule) == "warning":
            yield "- Warning"
        if status := status_of(rule):
            yield f"- Told as {status}"
        yield f"- Usual cause: {rule.cause}"
        yield f"- Cure: {rule.cure}"
        yield f"- [{rule.clause}]\n"
