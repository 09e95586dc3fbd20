"""Judges who stands behind a document, and the acts and the encounter it is about. [CI-SIS SM 3.5.5.13 - 3.5.5.25]"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from cda import people_table as rules
from cda.datatypes import read_ts, tag, text_of
from cda.findings import NO_FINDINGS, NOTHING, Finding, Rule, breach, counted, seen
from cda.outline import Identifier, Outline
from cda.people import STRUCTURES
from cda.rules_identity import judge_coded, judge_root
from cda.steps import child, value_of

DMP_CUSTODIAN = "1.2.250.1.213.4.1"
"""Root of the custodian's id in documents of the patient: the DMP itself. [CI-SIS SM 3.5.5.16]"""

_TIME, _CODE, _FUNCTION = tag("time"), tag("code"), tag("functionCode")
_AUTHOR, _SIGNATORY, _CUSTODIAN = tag("author"), tag("legalAuthenticator"), tag("custodian")
_DOCUMENTATION_OF, _COMPONENT_OF = tag("documentationOf"), tag("componentOf")
_PERSON, _NAME, _FAMILY = tag("assignedPerson"), tag("name"), tag("family")
_DEVICE, _MODEL, _SOFTWARE = tag("assignedAuthoringDevice"), tag("manufacturerModelName"), tag("softwareName")
_INDUSTRY, _EFFECTIVE_TIME = tag("standardIndustryClassCode"), tag("effectiveTime")
_SIGNATURE_CODE = tag("signatureCode")


def judge_authors(outline: Outline) -> Iterator[Finding]:
    """All authors together: one at least, each somebody, with an identifier and a time."""
    elements = outline.children.get(_AUTHOR, ())
    if not elements:
        yield breach(rules.AUTHOR, outline.clinical_document, NOTHING)
    for element, author in zip(elements, outline.authors, strict=True):
        if author is None or element.get("nullFlavor") or author.role.get("nullFlavor"):
            yield breach(rules.AUTHOR, element, NOTHING)
            continue
        _, parts, role, told, ids, organization = author
        yield from _judge_time(parts.get(_TIME), element)
        yield from _judge_identifier(ids, role, rules.AUTHOR_ID)
        device = told.get(_DEVICE)
        is_device = device is not None and text_of(child(device, _MODEL)) and text_of(child(device, _SOFTWARE))
        if not is_device and not text_of(child(told.get(_PERSON), _NAME, _FAMILY)):
            yield breach(rules.AUTHOR_NAME, role, NOTHING)
        yield from judge_coded(parts.get(_FUNCTION))
        yield from judge_coded(told.get(_CODE))
        if organization is not None:
            yield from judge_coded(organization.parts.get(_INDUSTRY))


def judge_custodian(outline: Outline) -> Iterator[Finding]:
    """The organisation that keeps the document."""
    organization = outline.custodians[0]
    if organization is None:
        yield breach(rules.CUSTODIAN, outline.children[_CUSTODIAN][0], NOTHING)
        return
    identifiers = [found for found in organization.ids if not found[0].get("nullFlavor")]
    if len(identifiers) != 1:
        place = organization.element
        yield breach(rules.CUSTODIAN_ID, place, counted(len(identifiers)) if identifiers else NOTHING)
        return
    identifier, (root, extension) = identifiers[0]
    if root != DMP_CUSTODIAN and (root != STRUCTURES or not extension):
        yield breach(rules.CUSTODIAN_ID, identifier, seen(root))


def judge_signatory(outline: Outline) -> Iterator[Finding]:
    """Who answers for the document."""
    signatory = outline.signatories[0]
    if signatory is None:
        yield breach(rules.SIGNATORY, outline.children[_SIGNATORY][0], NOTHING)
        return
    element, parts, entity, told, ids, _ = signatory
    yield from _judge_time(parts.get(_TIME), element)
    signature = parts.get(_SIGNATURE_CODE)
    if (code := value_of(signature, "code")) != "S":
        yield breach(rules.SIGNATURE_CODE, element if signature is None else signature, seen(code))
    yield from _judge_identifier(ids, entity, rules.SIGNATORY_ID)
    yield from judge_coded(told.get(_CODE))


def judge_acts(outline: Outline) -> Iterator[Finding]:
    """All acts together; the main one is the first that has a time and a performer, else the first with a time."""
    acts = [act for act in outline.acts if act is not None]
    if not acts:
        elements = outline.children.get(_DOCUMENTATION_OF)
        yield breach(rules.ACT, elements[0] if elements else outline.clinical_document, NOTHING)
        return
    timed = [act for act in acts if value_of(act.low, "value")]
    if not timed:
        yield breach(rules.ACT_TIME, acts[0].event, NOTHING)
        return
    practised = [act for act in timed if value_of(act.industry, "code")]
    main = (practised or timed)[0]
    if not practised:
        yield breach(rules.ACT_SETTING, main.event, NOTHING)
    low = main.low
    if low is not None and read_ts(value := value_of(low, "value")) is None:
        yield breach(rules.ACT_TIME, low, seen(value))
    if practised:
        yield from judge_coded(main.industry)
    for act in acts:
        yield from judge_coded(act.code)


def judge_encounter(outline: Outline) -> Iterator[Finding]:
    """The encounter, and what kind of facility it took place in."""
    found = outline.encounters[0]
    if found is None:
        yield breach(rules.ENCOUNTER, outline.children[_COMPONENT_OF][0], NOTHING)
        return
    encounter, parts, facility = found
    if _EFFECTIVE_TIME not in parts:
        yield breach(rules.ENCOUNTER, encounter, NOTHING)
    if not value_of(facility, "code") or not value_of(facility, "codeSystem"):
        yield breach(rules.FACILITY, encounter if facility is None else facility, NOTHING)
    yield from judge_coded(parts.get(_CODE))


def _judge_time(time: _Element | None, element: _Element) -> tuple[Finding, ...]:
    if not (value := value_of(time, "value")):
        return (breach(rules.PERSON_TIME, element if time is None else time, NOTHING),)
    if time is not None and read_ts(value) is None:
        return (breach(rules.PERSON_TIME_FORM, time, seen(value)),)
    return NO_FINDINGS


def _judge_identifier(ids: list[Identifier], role: _Element, rule: Rule) -> Iterator[Finding]:
    """One identifier at least with both halves; an OID or UUID alone identifies nobody in France."""
    for _, (root, extension) in ids:
        if root and extension:
            break
    else:
        yield breach(rule, ids[0][0] if ids else role, NOTHING)
    for element, (root, _) in ids:
        yield from judge_root(element, root)
