"""Judges a header by the French rules: one walk over its elements, everything found at once. [CI-SIS SM 3.5]

The table says which elements there are, how often, and who judges them. The tree must have been read without comments, or have
had them dropped: a text that a comment cuts in two would be read by half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from lxml.etree import _Element

from cda import header_table, people_table
from cda import rules_identity as identity
from cda import rules_patient as patient
from cda import rules_people as people
from cda.datatypes import tag
from cda.findings import FINDINGS_MAX, NOTHING, Finding, Rule, breach, counted, seen

_All = Callable[[Sequence[_Element], _Element], Iterator[Finding]]


class _Row(NamedTuple):
    """An element that is there once: the rule of that, and what else is asked of it (of the first, where there are several)."""

    name: str
    rule: Rule
    judge: Callable[[_Element], Iterable[Finding]] | None = None


_ONCE = (
    _Row(tag("realmCode"), header_table.REALM, identity.judge_realm),
    _Row(tag("typeId"), header_table.TYPE_ID, identity.judge_type_id),
    _Row(tag("id"), header_table.ID, identity.judge_id),
    _Row(tag("code"), header_table.CODE, identity.judge_code),
    _Row(tag("title"), header_table.TITLE, identity.judge_title),
    _Row(tag("effectiveTime"), header_table.TIME, identity.judge_effective_time),
    _Row(tag("confidentialityCode"), header_table.CONFIDENTIALITY, identity.judge_confidentiality),
    _Row(tag("languageCode"), header_table.LANGUAGE, identity.judge_language),
    _Row(tag("setId"), header_table.SET_ID, identity.judge_set_id),
    _Row(tag("versionNumber"), header_table.VERSION, identity.judge_version),
    _Row(tag("recordTarget"), people_table.PATIENT, patient.judge_record_target),
    _Row(tag("custodian"), people_table.CUSTODIAN, people.judge_custodian),
    _Row(tag("legalAuthenticator"), people_table.SIGNATORY, people.judge_signatory),
    _Row(tag("componentOf"), people_table.ENCOUNTER, people.judge_encounter),
    _Row(tag("component"), header_table.BODY),
)

_TOGETHER: tuple[tuple[str, _All], ...] = (
    (tag("templateId"), identity.judge_templates),
    (tag("author"), people.judge_authors),
    (tag("documentationOf"), people.judge_acts),
)
"""Elements that must be there and may stand there more than once: judged all together."""

_RELATED = tag("relatedDocument")


def judge_header(clinical_document: _Element) -> tuple[Finding, ...]:
    """Every rule of the header that is broken, in the table's order; after a hundred findings no more are looked for."""
    return tuple(islice(_findings(clinical_document), FINDINGS_MAX))


def _findings(clinical_document: _Element) -> Iterator[Finding]:
    children: dict[str, list[_Element]] = {}
    for child in clinical_document:
        name = child.tag
        if name in children:
            children[name].append(child)
        else:
            children[name] = [child]
    for name, rule, judge in _ONCE:
        elements = children.get(name)
        if elements is None:
            yield breach(rule, clinical_document, NOTHING)
            continue
        first = elements[0]
        if len(elements) > 1:
            yield breach(rule, elements[1], counted(len(elements)))
        if null := first.get("nullFlavor"):
            yield breach(header_table.NULL_FLAVOR, first, seen(null))
        elif judge is not None:
            yield from judge(first)
    for name, judge_all in _TOGETHER:
        yield from judge_all(children.get(name, ()), clinical_document)
    yield from identity.judge_related(children.get(_RELATED, ()))
