"""Judges a header by the French rules: one walk over its outline, everything found at once. [CI-SIS SM 3.5]

The table says which elements there are, how often, and who judges them. The tree must have been read without comments, or have
had them dropped: a text that a comment cuts in two would be read by half.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from lxml.etree import _Element

from cda import header_table, people_table
from cda import rules_identity as identity
from cda import rules_patient as patient
from cda import rules_people as people
from cda.datatypes import tag
from cda.findings import FINDINGS_MAX, NOTHING, Finding, Rule, breach, counted, seen
from cda.outline import Outline


class _Row(NamedTuple):
    """An element that is there once: the rule of that, and what else is asked of it, or of its parts (of the first of several)."""

    name: str
    rule: Rule
    judge: Callable[[_Element], Iterable[Finding]] | None = None
    judge_parts: Callable[[Outline], Iterable[Finding]] | None = None


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
    _Row(tag("recordTarget"), people_table.PATIENT, judge_parts=patient.judge_record_target),
    _Row(tag("custodian"), people_table.CUSTODIAN, judge_parts=people.judge_custodian),
    _Row(tag("legalAuthenticator"), people_table.SIGNATORY, judge_parts=people.judge_signatory),
    _Row(tag("componentOf"), people_table.ENCOUNTER, judge_parts=people.judge_encounter),
    _Row(tag("component"), header_table.BODY),
)

_RELATED = tag("relatedDocument")


def judge_header(outline: Outline) -> tuple[Finding, ...]:
    """Every rule of the header that is broken, in the table's order; after a hundred findings no more are looked for."""
    return tuple(islice(_findings(outline), FINDINGS_MAX))


def _findings(outline: Outline) -> Iterator[Finding]:
    clinical_document, children = outline[:2]
    for name, rule, judge, judge_parts in _ONCE:
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
        elif judge_parts is not None:
            yield from judge_parts(outline)
    # What must be there and may stand there more than once is judged all together.
    yield from identity.judge_templates(outline)
    yield from people.judge_authors(outline)
    yield from people.judge_acts(outline)
    yield from identity.judge_related(children.get(_RELATED, ()))
