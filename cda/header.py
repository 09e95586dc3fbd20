"""The header of a clinical document as a value: every fact that sharing needs, as it stands there.

One walk over the children of ClinicalDocument; what is absent is None or empty, and whether that is allowed is for others to
judge. [HL7 CDA R2: 4.2; CI-SIS SM 3.5]
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from lxml.etree import _Element

from cda.datatypes import CD, II, PersonName, read_cd, read_ii, read_iis, read_name, tag, text_of


class Organization(NamedTuple):
    """An organisation: its identifiers, its name, its field of practice."""

    ids: tuple[II, ...]
    name: str
    industry: CD | None = None


class Address(NamedTuple):
    """A postal address."""

    street: str = ""
    city: str = ""
    postal_code: str = ""
    country: str = ""


class RecordTarget(NamedTuple):
    """The patient. ``birthplace`` is the INSEE code of the commune or country. [CI-SIS SM 3.5.5.12]"""

    ids: tuple[II, ...]
    name: PersonName
    sex: CD | None = None
    birth_time: str = ""
    birthplace: str = ""
    address: Address = Address()


class Participant(NamedTuple):
    """An author or authenticator: who, or which device, in what function, for which organisation."""

    ids: tuple[II, ...]
    time: str = ""
    function: CD | None = None
    code: CD | None = None
    name: PersonName | None = None
    device: tuple[str, str] | None = None
    """Model and software of an authoring device."""
    organization: Organization | None = None


class Order(NamedTuple):
    """An order that the document fulfils, with the accession numbers of imaging."""

    ids: tuple[II, ...]
    accession_numbers: tuple[II, ...] = ()


class ServiceEvent(NamedTuple):
    """An act that the document is about. ``industry`` is the field of practice of its performer."""

    code: CD | None
    start: str = ""
    stop: str = ""
    industry: CD | None = None


class RelatedDocument(NamedTuple):
    """An earlier document: RPLC, XFRM or APND, and its identifiers."""

    type_code: str
    ids: tuple[II, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """All facts of a header."""

    template_ids: tuple[II, ...] = ()
    id: II | None = None
    code: CD | None = None
    title: str = ""
    effective_time: str = ""
    confidentiality_code: CD | None = None
    language_code: str = ""
    set_id: II | None = None
    version_number: str = ""
    record_targets: tuple[RecordTarget, ...] = ()
    authors: tuple[Participant, ...] = ()
    legal_authenticator: Participant | None = None
    custodian: Organization | None = None
    in_fulfillment_of: tuple[Order, ...] = ()
    service_events: tuple[ServiceEvent, ...] = ()
    related_documents: tuple[RelatedDocument, ...] = ()
    health_care_facility: CD | None = None

    @property
    def patient_ids(self) -> tuple[II, ...]:
        """The identifiers of the patient, in the document's order."""
        return tuple(identifier for target in self.record_targets for identifier in target.ids)

    @property
    def main_act(self) -> ServiceEvent | None:
        """The act that gives the times: the first with time and performer, else the first with a time. [CI-SIS SM 3.5.5.22]"""
        timed = [event for event in self.service_events if event.start]
        return next((event for event in timed if event.industry), timed[0] if timed else None)


def read_header(clinical_document: _Element) -> Header:
    """The header of a ClinicalDocument element, its body left alone."""
    facts: dict[str, Any] = {}
    for child in clinical_document:
        row = _ELEMENTS.get(child.tag)
        if row is None:
            continue
        found = row.read(child)
        if row.is_repeated:
            facts.setdefault(row.attribute, []).append(found)
        elif found is not None and row.attribute not in facts:
            facts[row.attribute] = found
    for attribute, found in facts.items():
        if isinstance(found, list):
            facts[attribute] = tuple(value for value in found if value is not None)
    return Header(**facts)


def _at(element: _Element | None, *path: str) -> _Element | None:
    for name in path:
        if element is None:
            return None
        element = next(element.iterchildren(tag(name)), None)
    return element


def _value(element: _Element | None, attribute: str = "value") -> str:
    return "" if element is None else element.get(attribute, "").strip()


def _organization(element: _Element | None) -> Organization | None:
    if element is None:
        return None
    industry = read_cd(_at(element, "standardIndustryClassCode"))
    return Organization(read_iis(element), text_of(_at(element, "name")), industry)


def _address(element: _Element | None) -> Address:
    if element is None:
        return Address()
    lines = element.iterchildren(tag("houseNumber"), tag("streetNameType"), tag("streetName"), tag("streetAddressLine"))
    street = " ".join(filter(None, map(text_of, lines))) or (element.text or "").strip()
    return Address(street, *(text_of(_at(element, name)) for name in ("city", "postalCode", "country")))


def _record_target(element: _Element) -> RecordTarget | None:
    role = _at(element, "patientRole")
    if role is None:
        return None
    patient = _at(role, "patient")
    return RecordTarget(
        ids=read_iis(role),
        name=read_name(_at(patient, "name")),
        sex=read_cd(_at(patient, "administrativeGenderCode")),
        birth_time=_value(_at(patient, "birthTime")),
        birthplace=text_of(_at(patient, "birthplace", "place", "addr", "county")),
        address=_address(_at(role, "addr")),
    )


def _participant(element: _Element, role_name: str) -> Participant | None:
    role = _at(element, role_name)
    if role is None:
        return None
    person, device = _at(role, "assignedPerson"), _at(role, "assignedAuthoringDevice")
    return Participant(
        ids=read_iis(role),
        time=_value(_at(element, "time")),
        function=read_cd(_at(element, "functionCode")),
        code=read_cd(_at(role, "code")),
        name=None if person is None else read_name(_at(person, "name")),
        device=None
        if device is None
        else (text_of(_at(device, "manufacturerModelName")), text_of(_at(device, "softwareName"))),
        organization=_organization(_at(role, "representedOrganization")),
    )


def _order(element: _Element) -> Order | None:
    order = _at(element, "order")
    if order is None:
        return None
    # The accession number of imaging is DICOM's extension of CDA, in DICOM's own namespace. [DICOM PS3.20]
    numbers = (read_ii(child) for child in order if child.tag.endswith("}accessionNumber"))
    return Order(read_iis(order), tuple(number for number in numbers if number is not None))


def _service_event(element: _Element) -> ServiceEvent | None:
    event = _at(element, "serviceEvent")
    if event is None:
        return None
    time = _at(event, "effectiveTime")
    organization = _organization(_at(event, "performer", "assignedEntity", "representedOrganization"))
    return ServiceEvent(
        code=read_cd(_at(event, "code")),
        start=_value(_at(time, "low")) or _value(time),
        stop=_value(_at(time, "high")),
        industry=organization.industry if organization else None,
    )


def _related(element: _Element) -> RelatedDocument | None:
    parent = _at(element, "parentDocument")
    return None if parent is None else RelatedDocument(_value(element, "typeCode"), read_iis(parent))


class _Row(NamedTuple):
    attribute: str
    read: Callable[[_Element], object]
    is_repeated: bool = False


# An element of the header, the attribute it becomes, and how it is read.
_ELEMENTS = {
    tag("templateId"): _Row("template_ids", read_ii, True),
    tag("id"): _Row("id", read_ii),
    tag("code"): _Row("code", read_cd),
    tag("title"): _Row("title", text_of),
    tag("effectiveTime"): _Row("effective_time", _value),
    tag("confidentialityCode"): _Row("confidentiality_code", read_cd),
    tag("languageCode"): _Row("language_code", lambda element: _value(element, "code")),
    tag("setId"): _Row("set_id", read_ii),
    tag("versionNumber"): _Row("version_number", _value),
    tag("recordTarget"): _Row("record_targets", _record_target, True),
    tag("author"): _Row("authors", lambda element: _participant(element, "assignedAuthor"), True),
    tag("legalAuthenticator"): _Row("legal_authenticator", lambda element: _participant(element, "assignedEntity")),
    tag("custodian"): _Row(
        "custodian",
        lambda element: _organization(_at(element, "assignedCustodian", "representedCustodianOrganization")),
    ),
    tag("inFulfillmentOf"): _Row("in_fulfillment_of", _order, True),
    tag("documentationOf"): _Row("service_events", _service_event, True),
    tag("relatedDocument"): _Row("related_documents", _related, True),
    tag("componentOf"): _Row(
        "health_care_facility",
        lambda element: read_cd(
            _at(element, "encompassingEncounter", "location", "healthCareFacility", "code"),
        ),
    ),
}
