"""The header of a clinical document by its elements: each is met once, for who reads it and for who judges it.

Judges nothing and reads no value but identifiers. The tree must have been read without comments, or have had them dropped.
[HL7 CDA R2: 4.2]
"""

from __future__ import annotations

from typing import NamedTuple

from lxml.etree import _Element

from cda.datatypes import II, tag
from cda.steps import child, firsts

_ID, _TEMPLATE_ID, _CODE = tag("id"), tag("templateId"), tag("code")
_RECORD_TARGET, _PATIENT_ROLE, _PATIENT = tag("recordTarget"), tag("patientRole"), tag("patient")
_BIRTHPLACE, COUNTY = tag("birthplace"), (tag("place"), tag("addr"), tag("county"))
_AUTHOR, _ASSIGNED_AUTHOR = tag("author"), tag("assignedAuthor")
_SIGNATORY, _ENTITY = tag("legalAuthenticator"), tag("assignedEntity")
_ORGANIZATION, _INDUSTRY = tag("representedOrganization"), tag("standardIndustryClassCode")
_CUSTODIAN, _KEEPER = tag("custodian"), (tag("assignedCustodian"), tag("representedCustodianOrganization"))
_ACT, _EVENT, _PERFORMER = tag("documentationOf"), tag("serviceEvent"), tag("performer")
_EFFECTIVE_TIME, _LOW = tag("effectiveTime"), tag("low")
_ITS_INDUSTRY = (_ENTITY, _ORGANIZATION, _INDUSTRY)
_STAY, _ENCOUNTER = tag("componentOf"), tag("encompassingEncounter")
_LOCATION, _FACILITY_CODE = tag("location"), (tag("healthCareFacility"), _CODE)

Parts = dict[str, _Element]
"""Name → the first child of that name."""


Identifier = tuple[_Element, II]
"""An id, and what it says; its root is empty where it is null."""


class Patient(NamedTuple):
    """A recordTarget. ``traits`` has what the patient tells first; ``last_traits`` what is told last, mostly the same."""

    role: _Element
    parts: Parts
    ids: list[Identifier]
    patient: _Element | None
    traits: Parts
    last_traits: Parts
    county: _Element | None


class Organization(NamedTuple):
    """An organisation: one that a role is played for, or the one that keeps the document."""

    element: _Element
    parts: Parts
    ids: list[Identifier]


class Participant(NamedTuple):
    """An author or authenticator: its own parts, and those of its role."""

    element: _Element
    parts: Parts
    role: _Element
    told: Parts
    ids: list[Identifier]
    organization: Organization | None


class Act(NamedTuple):
    """A serviceEvent, its times, and the field of practice of its first performer."""

    event: _Element
    code: _Element | None
    time: _Element | None
    low: _Element | None
    industry: _Element | None


class Encounter(NamedTuple):
    """An encompassingEncounter, and the code of the facility that it took place in."""

    encounter: _Element
    parts: Parts
    facility: _Element | None


class Outline(NamedTuple):
    """All children of a ClinicalDocument by name; those that are identifiers, and the parts of those that have parts, or none."""

    clinical_document: _Element
    children: dict[str, list[_Element]]
    templates: list[Identifier]
    patients: list[Patient | None]
    authors: list[Participant | None]
    signatories: list[Participant | None]
    custodians: list[Organization | None]
    acts: list[Act | None]
    encounters: list[Encounter | None]


def outline_of(clinical_document: _Element) -> Outline:
    """The outline of a ClinicalDocument, its body left alone."""
    children: dict[str, list[_Element]] = {}
    for element in clinical_document:
        name = element.tag
        if name in children:
            children[name].append(element)
        else:
            children[name] = [element]
    return Outline(
        clinical_document,
        children,
        [_identifier(element) for element in children.get(_TEMPLATE_ID, ())],
        [_patient(element) for element in children.get(_RECORD_TARGET, ())],
        [_participant(element, _ASSIGNED_AUTHOR) for element in children.get(_AUTHOR, ())],
        [_participant(element, _ENTITY) for element in children.get(_SIGNATORY, ())],
        [_organization(child(element, *_KEEPER)) for element in children.get(_CUSTODIAN, ())],
        [_act(element) for element in children.get(_ACT, ())],
        [_encounter(element) for element in children.get(_STAY, ())],
    )


def _met(element: _Element) -> tuple[Parts, list[Identifier]]:
    """The first child of each name, and all identifiers."""
    parts: Parts = {}
    ids: list[Identifier] = []
    for found in element:
        name = found.tag
        if name == _ID:
            ids.append(_identifier(found))
        elif name not in parts:
            parts[name] = found
    return parts, ids


def _identifier(element: _Element) -> Identifier:
    return element, II(element.get("root", "").strip(), element.get("extension", "").strip())


def _patient(element: _Element) -> Patient | None:
    role = child(element, _PATIENT_ROLE)
    if role is None:
        return None
    parts, ids = _met(role)
    patient = parts.get(_PATIENT)
    if patient is None:
        return Patient(role, parts, ids, None, {}, {}, None)
    last_traits = {found.tag: found for found in patient}
    traits = last_traits if len(last_traits) == len(patient) else firsts(patient)
    return Patient(role, parts, ids, patient, traits, last_traits, child(traits.get(_BIRTHPLACE), *COUNTY))


def _organization(element: _Element | None) -> Organization | None:
    return None if element is None else Organization(element, *_met(element))


def _participant(element: _Element, role_name: str) -> Participant | None:
    parts = firsts(element)
    role = parts.get(role_name)
    if role is None:
        return None
    told, ids = _met(role)
    return Participant(element, parts, role, told, ids, _organization(told.get(_ORGANIZATION)))


def _act(element: _Element) -> Act | None:
    event = child(element, _EVENT)
    if event is None:
        return None
    parts = firsts(event)
    time = parts.get(_EFFECTIVE_TIME)
    return Act(event, parts.get(_CODE), time, child(time, _LOW), child(parts.get(_PERFORMER), *_ITS_INDUSTRY))


def _encounter(element: _Element) -> Encounter | None:
    encounter = child(element, _ENCOUNTER)
    if encounter is None:
        return None
    parts = firsts(encounter)
    return Encounter(encounter, parts, child(parts.get(_LOCATION), *_FACILITY_CODE))
