"""Judges who stands behind a document, and the acts and the encounter it is about. [CI-SIS SM 3.5.5.13 - 3.5.5.25]"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lxml.etree import _Element

from cda import people_table as rules
from cda.datatypes import read_ts, tag, text_of
from cda.findings import NO_FINDINGS, NOTHING, Finding, Rule, breach, counted, seen
from cda.people import STRUCTURES
from cda.rules_identity import judge_coded, judge_root
from cda.steps import child, firsts, value_of

DMP_CUSTODIAN = "1.2.250.1.213.4.1"
"""Root of the custodian's id in documents of the patient: the DMP itself. [CI-SIS SM 3.5.5.16]"""

_ID, _TIME, _CODE, _FUNCTION = tag("id"), tag("time"), tag("code"), tag("functionCode")
_AUTHOR, _ENTITY = tag("assignedAuthor"), tag("assignedEntity")
_PERSON, _NAME, _FAMILY = tag("assignedPerson"), tag("name"), tag("family")
_DEVICE, _MODEL, _SOFTWARE = tag("assignedAuthoringDevice"), tag("manufacturerModelName"), tag("softwareName")
_ORGANIZATION, _INDUSTRY = tag("representedOrganization"), tag("standardIndustryClassCode")
_CUSTODIAN = (tag("assignedCustodian"), tag("representedCustodianOrganization"))
_SIGNATURE_CODE = tag("signatureCode")
_EVENT, _EFFECTIVE_TIME, _LOW = tag("serviceEvent"), tag("effectiveTime"), tag("low")
_PERFORMER = (tag("performer"), _ENTITY, _ORGANIZATION, _INDUSTRY)
_ENCOUNTER = tag("encompassingEncounter")
_LOCATION, _FACILITY_CODE = tag("location"), (tag("healthCareFacility"), _CODE)


def judge_authors(elements: Sequence[_Element], clinical_document: _Element) -> Iterator[Finding]:
    """All authors together: one at least, each somebody, with an identifier and a time."""
    if not elements:
        yield breach(rules.AUTHOR, clinical_document, NOTHING)
    for element in elements:
        parts = firsts(element)
        role = parts.get(_AUTHOR)
        if role is None or element.get("nullFlavor") or role.get("nullFlavor"):
            yield breach(rules.AUTHOR, element, NOTHING)
            continue
        told = firsts(role)
        yield from _judge_time(parts.get(_TIME), element)
        yield from _judge_identifier(role, rules.AUTHOR_ID)
        device = told.get(_DEVICE)
        is_device = device is not None and text_of(child(device, _MODEL)) and text_of(child(device, _SOFTWARE))
        if not is_device and not text_of(child(told.get(_PERSON), _NAME, _FAMILY)):
            yield breach(rules.AUTHOR_NAME, role, NOTHING)
        yield from judge_coded(parts.get(_FUNCTION))
        yield from judge_coded(told.get(_CODE))
        yield from judge_coded(child(told.get(_ORGANIZATION), _INDUSTRY))


def judge_custodian(element: _Element) -> Iterator[Finding]:
    """The organisation that keeps the document."""
    organization = child(element, *_CUSTODIAN)
    if organization is None:
        yield breach(rules.CUSTODIAN, element, NOTHING)
        return
    identifiers = [found for found in organization.iterchildren(_ID) if not found.get("nullFlavor")]
    if len(identifiers) != 1:
        yield breach(rules.CUSTODIAN_ID, organization, counted(len(identifiers)) if identifiers else NOTHING)
        return
    root = value_of(identifiers[0], "root")
    if root != DMP_CUSTODIAN and (root != STRUCTURES or not value_of(identifiers[0], "extension")):
        yield breach(rules.CUSTODIAN_ID, identifiers[0], seen(root))


def judge_signatory(element: _Element) -> Iterator[Finding]:
    """Who answers for the document."""
    parts = firsts(element)
    entity = parts.get(_ENTITY)
    if entity is None:
        yield breach(rules.SIGNATORY, element, NOTHING)
        return
    yield from _judge_time(parts.get(_TIME), element)
    signature = parts.get(_SIGNATURE_CODE)
    if (code := value_of(signature, "code")) != "S":
        yield breach(rules.SIGNATURE_CODE, element if signature is None else signature, seen(code))
    yield from _judge_identifier(entity, rules.SIGNATORY_ID)
    yield from judge_coded(child(entity, _CODE))


def judge_acts(elements: Sequence[_Element], clinical_document: _Element) -> Iterator[Finding]:
    """All acts together; the main one is the first that has a time and a performer, else the first with a time."""
    events = [event for element in elements if (event := child(element, _EVENT)) is not None]
    if not events:
        yield breach(rules.ACT, elements[0] if elements else clinical_document, NOTHING)
        return
    timed = [event for event in events if value_of(child(event, _EFFECTIVE_TIME, _LOW), "value")]
    if not timed:
        yield breach(rules.ACT_TIME, events[0], NOTHING)
        return
    industries = ((event, child(event, *_PERFORMER)) for event in timed)
    main, industry = next((pair for pair in industries if value_of(pair[1], "code")), (timed[0], None))
    if industry is None:
        yield breach(rules.ACT_SETTING, main, NOTHING)
    low = child(main, _EFFECTIVE_TIME, _LOW)
    if low is not None and read_ts(value := value_of(low, "value")) is None:
        yield breach(rules.ACT_TIME, low, seen(value))
    yield from judge_coded(industry)
    for event in events:
        yield from judge_coded(child(event, _CODE))


def judge_encounter(element: _Element) -> Iterator[Finding]:
    """The encounter, and what kind of facility it took place in."""
    encounter = child(element, _ENCOUNTER)
    parts = {} if encounter is None else firsts(encounter)
    if _EFFECTIVE_TIME not in parts:
        yield breach(rules.ENCOUNTER, element if encounter is None else encounter, NOTHING)
    if encounter is None:
        return
    facility = child(parts.get(_LOCATION), *_FACILITY_CODE)
    if not value_of(facility, "code") or not value_of(facility, "codeSystem"):
        yield breach(rules.FACILITY, encounter if facility is None else facility, NOTHING)
    yield from judge_coded(parts.get(_CODE))


def _judge_time(time: _Element | None, element: _Element) -> tuple[Finding, ...]:
    if not (value := value_of(time, "value")):
        return (breach(rules.PERSON_TIME, element if time is None else time, NOTHING),)
    if time is not None and read_ts(value) is None:
        return (breach(rules.PERSON_TIME_FORM, time, seen(value)),)
    return NO_FINDINGS


def _judge_identifier(role: _Element, rule: Rule) -> Iterator[Finding]:
    """One identifier at least with both halves; an OID or UUID alone identifies nobody in France."""
    identifiers = list(role.iterchildren(_ID))
    for found in identifiers:
        if value_of(found, "root") and value_of(found, "extension"):
            break
    else:
        yield breach(rule, identifiers[0] if identifiers else role, NOTHING)
    for found in identifiers:
        yield from judge_root(found)
