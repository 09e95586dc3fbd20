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
from cda.steps import child, firsts, value_of

_ID, _CODE, _NAME, _TIME, _ADDRESS = tag("id"), tag("code"), tag("name"), tag("time"), tag("addr")
_PATIENT_ROLE, _PATIENT, _SEX = tag("patientRole"), tag("patient"), tag("administrativeGenderCode")
_BIRTH_TIME, _BIRTHPLACE, _COUNTY = tag("birthTime"), tag("birthplace"), (tag("place"), tag("addr"), tag("county"))
_STREET = (tag("houseNumber"), tag("streetNameType"), tag("streetName"), tag("streetAddressLine"))
_PLACE = (tag("city"), tag("postalCode"), tag("country"))
_AUTHOR, _ENTITY, _FUNCTION = tag("assignedAuthor"), tag("assignedEntity"), tag("functionCode")
_PERSON, _DEVICE = tag("assignedPerson"), tag("assignedAuthoringDevice")
_MODEL, _SOFTWARE = tag("manufacturerModelName"), tag("softwareName")
_ORGANIZATION, _INDUSTRY = tag("representedOrganization"), tag("standardIndustryClassCode")
_CUSTODIAN = (tag("assignedCustodian"), tag("representedCustodianOrganization"))
_ORDER, _PARENT, _EVENT, _PERFORMER = tag("order"), tag("parentDocument"), tag("serviceEvent"), tag("performer")
_EFFECTIVE_TIME, _LOW, _HIGH = tag("effectiveTime"), tag("low"), tag("high")
_ITS_INDUSTRY = (_ENTITY, _ORGANIZATION, _INDUSTRY)
_FACILITY_CODE = (tag("encompassingEncounter"), tag("location"), tag("healthCareFacility"), _CODE)


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


_NOWHERE = Address()


def read_header(clinical_document: _Element) -> Header:
    """The header of a ClinicalDocument element, its body left alone."""
    facts: dict[str, Any] = {}
    repeated: dict[str, list[object]] = {}
    for element in clinical_document:
        row = _ELEMENTS.get(element.tag)
        if row is None:
            continue
        attribute, read, is_repeated = row
        found = read(element)
        if found is None:
            continue
        if is_repeated:
            repeated.setdefault(attribute, []).append(found)
        elif attribute not in facts:
            facts[attribute] = found
    for attribute, values in repeated.items():
        facts[attribute] = tuple(values)
    return Header(**facts)


def _organization(element: _Element | None) -> Organization | None:
    if element is None:
        return None
    parts = firsts(element)
    ids = read_iis(element) if _ID in parts else ()
    return Organization(ids, text_of(parts.get(_NAME)), read_cd(parts.get(_INDUSTRY)))


def _address(element: _Element | None) -> Address:
    if element is None:
        return _NOWHERE
    if not len(element):
        return Address((element.text or "").strip())
    lines = element.iterchildren(*_STREET)
    street = " ".join(filter(None, map(text_of, lines))) or (element.text or "").strip()
    return Address(street, *[text_of(child(element, name)) for name in _PLACE])


def _record_target(element: _Element) -> RecordTarget | None:
    role = child(element, _PATIENT_ROLE)
    if role is None:
        return None
    patient = child(role, _PATIENT)
    traits = {} if patient is None else firsts(patient)
    return RecordTarget(
        ids=read_iis(role),
        name=read_name(traits.get(_NAME)),
        sex=read_cd(traits.get(_SEX)),
        birth_time=value_of(traits.get(_BIRTH_TIME), "value"),
        birthplace=text_of(child(traits.get(_BIRTHPLACE), *_COUNTY)),
        address=_address(child(role, _ADDRESS)),
    )


def _participant(element: _Element, role_name: str) -> Participant | None:
    parts = firsts(element)
    role = parts.get(role_name)
    if role is None:
        return None
    told = firsts(role)
    person, device = told.get(_PERSON), told.get(_DEVICE)
    return Participant(
        ids=read_iis(role) if _ID in told else (),
        time=value_of(parts.get(_TIME), "value"),
        function=read_cd(parts.get(_FUNCTION)),
        code=read_cd(told.get(_CODE)),
        name=None if person is None else read_name(child(person, _NAME)),
        device=None if device is None else (text_of(child(device, _MODEL)), text_of(child(device, _SOFTWARE))),
        organization=_organization(told.get(_ORGANIZATION)),
    )


def _order(element: _Element) -> Order | None:
    order = child(element, _ORDER)
    if order is None:
        return None
    # The accession number of imaging is DICOM's extension of CDA, in DICOM's own namespace. [DICOM PS3.20]
    numbers = (read_ii(found) for found in order if found.tag.endswith("}accessionNumber"))
    return Order(read_iis(order), tuple(number for number in numbers if number is not None))


def _service_event(element: _Element) -> ServiceEvent | None:
    event = child(element, _EVENT)
    if event is None:
        return None
    parts = firsts(event)
    time = parts.get(_EFFECTIVE_TIME)
    return ServiceEvent(
        code=read_cd(parts.get(_CODE)),
        start=value_of(child(time, _LOW), "value") or value_of(time, "value"),
        stop=value_of(child(time, _HIGH), "value"),
        industry=read_cd(child(parts.get(_PERFORMER), *_ITS_INDUSTRY)),
    )


def _related(element: _Element) -> RelatedDocument | None:
    parent = child(element, _PARENT)
    return None if parent is None else RelatedDocument(value_of(element, "typeCode"), read_iis(parent))


def _value(element: _Element) -> str:
    return value_of(element, "value")


class _Row(NamedTuple):
    attribute: str
    read: Callable[[_Element], object]
    is_repeated: bool = False


# An element of the header, the attribute it becomes, and how it is read.
_ELEMENTS = {
    tag("templateId"): _Row("template_ids", read_ii, True),
    _ID: _Row("id", read_ii),
    _CODE: _Row("code", read_cd),
    tag("title"): _Row("title", text_of),
    _EFFECTIVE_TIME: _Row("effective_time", _value),
    tag("confidentialityCode"): _Row("confidentiality_code", read_cd),
    tag("languageCode"): _Row("language_code", lambda element: value_of(element, "code")),
    tag("setId"): _Row("set_id", read_ii),
    tag("versionNumber"): _Row("version_number", _value),
    tag("recordTarget"): _Row("record_targets", _record_target, True),
    tag("author"): _Row("authors", lambda element: _participant(element, _AUTHOR), True),
    tag("legalAuthenticator"): _Row("legal_authenticator", lambda element: _participant(element, _ENTITY)),
    tag("custodian"): _Row("custodian", lambda element: _organization(child(element, *_CUSTODIAN))),
    tag("inFulfillmentOf"): _Row("in_fulfillment_of", _order, True),
    tag("documentationOf"): _Row("service_events", _service_event, True),
    tag("relatedDocument"): _Row("related_documents", _related, True),
    tag("componentOf"): _Row("health_care_facility", lambda element: read_cd(child(element, *_FACILITY_CODE))),
}
