"""The header of a clinical document as a value: every fact that sharing needs, as it stands there.

What is absent is None or empty, and whether that is allowed is for others to judge. [HL7 CDA R2: 4.2; CI-SIS SM 3.5]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple, TypeVar

from lxml.etree import _Element

from cda import outline as outlines
from cda.datatypes import CD, II, PersonName, read_cd, read_ii, read_iis, read_name, tag, text_of
from cda.outline import Identifier, Outline
from cda.steps import child, value_of

_CODE, _NAME, _TIME, _ADDRESS = tag("code"), tag("name"), tag("time"), tag("addr")
_SEX, _BIRTH_TIME = tag("administrativeGenderCode"), tag("birthTime")
_STREET = (tag("houseNumber"), tag("streetNameType"), tag("streetName"), tag("streetAddressLine"))
_PLACE = (tag("city"), tag("postalCode"), tag("country"))
_PERSON, _DEVICE, _FUNCTION = tag("assignedPerson"), tag("assignedAuthoringDevice"), tag("functionCode")
_MODEL, _SOFTWARE, _INDUSTRY = tag("manufacturerModelName"), tag("softwareName"), tag("standardIndustryClassCode")
_ID, _TITLE = tag("id"), tag("title")
_CONFIDENTIALITY, _LANGUAGE = tag("confidentialityCode"), tag("languageCode")
_SET_ID, _VERSION = tag("setId"), tag("versionNumber")
_IN_FULFILLMENT_OF, _ORDER = tag("inFulfillmentOf"), tag("order")
_RELATED, _PARENT = tag("relatedDocument"), tag("parentDocument")
_EFFECTIVE_TIME, _HIGH = tag("effectiveTime"), tag("high")


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


class Header(NamedTuple):
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
        targets = self.record_targets
        if len(targets) == 1:
            return targets[0].ids
        return tuple([identifier for target in targets for identifier in target.ids])

    @property
    def main_act(self) -> ServiceEvent | None:
        """The act that gives the times: the first with time and performer, else the first with a time. [CI-SIS SM 3.5.5.22]"""
        first = None
        for event in self.service_events:
            if event.start and event.industry is not None:
                return event
            if event.start and first is None:
                first = event
        return first


_NOWHERE = Address()
_NONE: list[_Element] = []
_Met = TypeVar("_Met")
_Fact = TypeVar("_Fact")


def read_header(outline: Outline) -> Header:
    """The header that has this outline."""
    children = outline.children

    def all_of(name: str) -> list[_Element]:
        return children.get(name, _NONE)

    return Header(
        template_ids=_iis(outline.templates),
        id=_first(all_of(_ID), read_ii),
        code=_first(all_of(_CODE), read_cd),
        title=text_of(_one(all_of(_TITLE))),
        effective_time=value_of(_one(all_of(_EFFECTIVE_TIME)), "value"),
        confidentiality_code=_first(all_of(_CONFIDENTIALITY), read_cd),
        language_code=value_of(_one(all_of(_LANGUAGE)), "code"),
        set_id=_first(all_of(_SET_ID), read_ii),
        version_number=value_of(_one(all_of(_VERSION)), "value"),
        record_targets=_all(outline.patients, _record_target),
        authors=_all(outline.authors, _participant),
        legal_authenticator=_first(outline.signatories, _participant),
        custodian=_first(outline.custodians, _organization),
        in_fulfillment_of=_all(all_of(_IN_FULFILLMENT_OF), _order),
        service_events=_all(outline.acts, _service_event),
        related_documents=_all(all_of(_RELATED), _related),
        health_care_facility=_first(outline.encounters, _facility),
    )


def _one(elements: list[_Element]) -> _Element | None:
    return elements[0] if elements else None


def _first(met: Iterable[_Met], read: Callable[[_Met], _Fact | None]) -> _Fact | None:
    """What is read of the first of which anything is."""
    for each in met:
        if (found := read(each)) is not None:
            return found
    return None


def _all(met: Iterable[_Met], read: Callable[[_Met], _Fact | None]) -> tuple[_Fact, ...]:
    return tuple([found for each in met if (found := read(each)) is not None])


def _iis(ids: list[Identifier]) -> tuple[II, ...]:
    return tuple([value for _, value in ids if value.root])


def _organization(found: outlines.Organization | None) -> Organization | None:
    if found is None:
        return None
    parts = found.parts
    return Organization(_iis(found.ids), text_of(parts.get(_NAME)), read_cd(parts.get(_INDUSTRY)))


def _address(element: _Element | None) -> Address:
    if element is None:
        return _NOWHERE
    if not len(element):
        return Address((element.text or "").strip())
    lines = element.iterchildren(*_STREET)
    street = " ".join(filter(None, map(text_of, lines))) or (element.text or "").strip()
    return Address(street, *[text_of(child(element, name)) for name in _PLACE])


def _record_target(found: outlines.Patient | None) -> RecordTarget | None:
    if found is None:
        return None
    traits = found.traits
    return RecordTarget(
        ids=_iis(found.ids),
        name=read_name(traits.get(_NAME)),
        sex=read_cd(traits.get(_SEX)),
        birth_time=value_of(traits.get(_BIRTH_TIME), "value"),
        birthplace=text_of(found.county),
        address=_address(found.parts.get(_ADDRESS)),
    )


def _participant(found: outlines.Participant | None) -> Participant | None:
    if found is None:
        return None
    parts, told = found.parts, found.told
    person, device = told.get(_PERSON), told.get(_DEVICE)
    return Participant(
        ids=_iis(found.ids),
        time=value_of(parts.get(_TIME), "value"),
        function=read_cd(parts.get(_FUNCTION)),
        code=read_cd(told.get(_CODE)),
        name=None if person is None else read_name(child(person, _NAME)),
        device=None if device is None else (text_of(child(device, _MODEL)), text_of(child(device, _SOFTWARE))),
        organization=_organization(found.organization),
    )


def _order(element: _Element) -> Order | None:
    order = child(element, _ORDER)
    if order is None:
        return None
    # The accession number of imaging is DICOM's extension of CDA, in DICOM's own namespace. [DICOM PS3.20]
    numbers = (read_ii(found) for found in order if found.tag.endswith("}accessionNumber"))
    return Order(read_iis(order), tuple(number for number in numbers if number is not None))


def _service_event(act: outlines.Act | None) -> ServiceEvent | None:
    if act is None:
        return None
    return ServiceEvent(
        code=read_cd(act.code),
        start=value_of(act.low, "value") or value_of(act.time, "value"),
        stop=value_of(child(act.time, _HIGH), "value"),
        industry=read_cd(act.industry),
    )


def _related(element: _Element) -> RelatedDocument | None:
    parent = child(element, _PARENT)
    return None if parent is None else RelatedDocument(value_of(element, "typeCode"), read_iis(parent))


def _facility(found: outlines.Encounter | None) -> CD | None:
    return None if found is None else read_cd(found.facility)
