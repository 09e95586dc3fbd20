"""CDA header → DocumentEntry, attribute by attribute. [CI-SIS SM: annex, header and XDS metadata; ITI TF-3: 4.2.3.2]

Defaults where a header is silent: confidentialityCode N, languageCode fr-FR, title = the type's label, practiceSettingCode of the
author's or signatory's organisation, no service times, no legalAuthenticator. What has no sensible default is missing, and said.
"""

from __future__ import annotations

from collections.abc import Iterable

from cda import codes, people
from cda.datatypes import CD, II, utc
from cda.document import CDADocument, Wrapper
from cda.header import Header, Order
from ins import oids
from xds.hl7v2 import CX, DTM, CXi, Malformed
from xds.metadata import Code, DocumentEntry, LocalizedString

LANGUAGE = "fr-FR"
TITLE_LENGTH_MAX = 127  # characters: a title stays below 128. [ITI TF-3: 4.2.3.2.24]
INS_ARC = "1.2.250.1.213.1.4."
"""Under it stand the national identifiers of persons: none of them is a local identifier (IPP). [Référentiel INS]"""

INS_TYPE = "NH"
LOCAL_TYPE = "PI"
ACCESSION = "urn:ihe:iti:xds:2013:accession"
ORDER = "urn:ihe:iti:xds:2013:order"
MIME_TYPES = {
    Wrapper.NONE: "text/xml",
    Wrapper.SIGNATURE: "text/xml",
    Wrapper.STYLESHEET: "application/xslt+xml",
}


class UnfitHeader(Exception):
    """The header cannot give the metadata; ``flaws`` name each element, and the attribute that needs it."""

    def __init__(self, flaws: tuple[str, ...]) -> None:
        super().__init__("; ".join(flaws))
        self.flaws = flaws


def find_ins(header: Header) -> II | None:
    """The patient's INS: the first identifier of an INS authority. [CI-SIS SM 3.5.5.12]"""
    return next((found for found in header.patient_ids if is_ins(found)), None)


def is_ins(identifier: II) -> bool:
    """Whether an INS authority gave the identifier."""
    return oids.find_authority(identifier.root) is not None and bool(identifier.extension)


def document_entry(
    document: CDADocument,
    entry_uuid: str,
    *,
    patient: II | None = None,
    type_code: Code | None = None,
    class_code: Code | None = None,
    title: str = "",
) -> DocumentEntry:
    """The DocumentEntry of a document, hash and size left open. ``patient`` is one of its identifiers, by default its INS.

    Options given stand in place of the header's own. *Raises* UnfitHeader with every element that is missing or wrong.
    """
    header = document.header
    flaws: list[str] = []
    patient = patient or find_ins(header)
    type_code = type_code or _code(header.code)
    if type_code is not None and class_code is None:
        class_code = codes.find_class(type_code.code, type_code.coding_scheme)
        if class_code is None:
            flaws.append(
                f"code {type_code.code} of {type_code.coding_scheme} has no class in the table of types (ASS_X16), "
                "so classCode must be given"
            )
    practice_setting = _code(_practice_setting(header))
    facility = _code(header.health_care_facility)
    creation_time = _time("effectiveTime", header.effective_time, flaws)
    act = header.main_act
    start = _time("documentationOf/serviceEvent/effectiveTime/low", act.start if act else "", flaws)
    stop = _time("documentationOf/serviceEvent/effectiveTime/high", act.stop if act else "", flaws)
    authors = tuple(author for participant in header.authors if (author := people.author(participant)) is not None)
    required = {
        "id (uniqueId)": header.id,
        "code (typeCode)": type_code,
        "effectiveTime (creationTime)": header.effective_time,
        "recordTarget/patientRole/id of an INS authority (patientId)": patient,
        "documentationOf/serviceEvent/performer//standardIndustryClassCode (practiceSettingCode)": practice_setting,
        "componentOf//healthCareFacility/code (healthcareFacilityTypeCode)": facility,
    }
    flaws[:0] = [f"{element} is missing" for element, found in required.items() if not found]
    if flaws or header.id is None or patient is None or type_code is None:
        raise UnfitHeader(tuple(flaws))
    label = title or header.title or type_code.display_name[0].value
    return DocumentEntry(
        entry_uuid=entry_uuid,
        mime_type=MIME_TYPES[document.wrapper],
        author=authors,
        class_code=class_code,
        confidentiality_code=(
            _code(header.confidentiality_code) or codes.a_code("N", codes.CONFIDENTIALITY, "Normal"),
        ),
        creation_time=creation_time,
        event_code_list=_event_codes(header),
        format_code=_format_code(document),
        healthcare_facility_type_code=facility,
        language_code=header.language_code or LANGUAGE,
        legal_authenticator=people.legal_authenticator(header.legal_authenticator),
        patient_id=patient_id(patient),
        practice_setting_code=practice_setting,
        reference_id_list=tuple(_references(header.in_fulfillment_of)),
        service_start_time=start,
        service_stop_time=stop,
        source_patient_id=_source_patient_id(header, patient),
        source_patient_info=tuple(
            line for target in header.record_targets[:1] for line in people.source_patient_info(target)
        ),
        title=(LocalizedString(_shortened(label), header.language_code or LANGUAGE),),
        type_code=type_code,
        unique_id=header.id.text,
    )


def patient_id(identifier: II) -> CX:
    """An identifier as CX; with its type if it is an INS, bare otherwise as plain XDS wants it. [ITI TF-3: 4.2.3.2.16]"""
    return CX.build(identifier.extension, identifier.root, INS_TYPE if is_ins(identifier) else "")


def _source_patient_id(header: Header, patient: II) -> CX:
    """The local identifier (IPP) if the header has one, else the patientId. [CI-SIS SM: annex]"""
    local = (found for found in header.patient_ids if found.extension and not found.root.startswith(INS_ARC))
    first = next((found for found in local if found != patient), None)
    if first is None:
        return patient_id(patient)
    return CX.build(first.extension, first.root, LOCAL_TYPE if is_ins(patient) else "")


def _code(found: CD | None) -> Code | None:
    if found is None or not found.code_system:
        return None
    return codes.a_code(found.code, found.code_system, found.display_name)


def _practice_setting(header: Header) -> CD | None:
    act = header.main_act
    if act is not None and act.industry:
        return act.industry
    performers = (event.industry for event in header.service_events)
    participants = (*header.authors, *((header.legal_authenticator,) if header.legal_authenticator else ()))
    organizations = (participant.organization for participant in participants if participant.organization)
    return next(filter(None, (*performers, *(organization.industry for organization in organizations))), None)


def _format_code(document: CDADocument) -> Code:
    """formatCode by the body's media type, or by the most particular templateId that has one. [CI-SIS ASS_A11, ASS_A12]"""
    if not document.body.is_structured:
        return codes.FORMAT_OF_MEDIA_TYPE.get(document.body.media_type) or codes.unregistered_format()
    # Headers name general models before particular ones, and IHE's before the French ones made from them.
    templates = (codes.FORMAT_OF_TEMPLATE.get(template.root) for template in reversed(document.header.template_ids))
    return next(filter(None, templates), None) or codes.unregistered_format()


def _event_codes(header: Header) -> tuple[Code, ...]:
    """The acts, and how else they are coded: modality and region of imaging stand among the translations."""
    found = (
        code
        for event in header.service_events
        if event.code
        for coded in (event.code, *event.code.translations)
        if (code := _code(coded)) is not None
    )
    return tuple({(code.code, code.coding_scheme): code for code in found}.values())


def _references(orders: Iterable[Order]) -> Iterable[CXi]:
    """Accession numbers and order numbers. [ITI TF-3: 4.2.3.2.28]"""
    for order in orders:
        for number in order.accession_numbers:
            yield _reference(number, ACCESSION)
        for identifier in order.ids:
            yield _reference(identifier, ORDER)


def _reference(identifier: II, type_code: str) -> CXi:
    if identifier.extension:
        return CXi.build(identifier.extension, identifier.root, type_code)
    return CXi.build(identifier.root, "", type_code)


def _time(element: str, time_stamp: str, flaws: list[str]) -> DTM | None:
    if not time_stamp:
        return None
    try:
        return utc(time_stamp)
    except Malformed as malformed:
        flaws.append(f"{element} {malformed}")
        return None


def _shortened(title: str) -> str:
    return title if len(title) <= TITLE_LENGTH_MAX else title[: TITLE_LENGTH_MAX - 1] + "…"
