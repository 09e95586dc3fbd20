"""Judges the metadata of a document by its header, attribute by attribute: what is meant is compared, not how it is spelled.

An attribute that the metadata leave out is the registry's to miss; one that the header leaves out cannot disagree, the identity of
document and patient excepted. [CI-SIS SM: annex, header and XDS metadata; DMP: TD2.1]
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import NamedTuple

from cda import agreement_of_people as people
from cda import agreement_table as rules
from cda import codes
from cda.datatypes import CD, II
from cda.document import CDADocument
from cda.entry import ACCESSION, MIME_TYPES, ORDER, TITLE_LENGTH_MAX
from cda.findings import NOTHING, Finding, Rule, Seen, compared, seen, told
from cda.moments import same_moment
from xds.hl7v2 import CX, DTM
from xds.metadata import Code, DocumentEntry

_DOCUMENT = "/hl7:ClinicalDocument"
_AGREES = None
_DIFFERS = Seen("The document tells another.", "Le document en donne un autre.")
_SILENT = Seen("The metadata tell none.", "Les métadonnées n'en donnent pas.")


class _Row(NamedTuple):
    """A rule, where the header tells the fact, and what disagrees; none when all is well."""

    rule: Rule
    place: str
    compare: Callable[[CDADocument, DocumentEntry], Seen | None]


def judge_agreement(cda: CDADocument, entry: DocumentEntry) -> tuple[Finding, ...]:
    """Every attribute of an entry that disagrees with the header of its document, in the table's order."""
    found: list[Finding] = []
    for rule, place, compare in _ROWS:
        met = compare(cda, entry)
        if met is not None:
            found.append(told(rule, _DOCUMENT + place, met))
    return tuple(found)


def same_document(unique_id: str, identifier: II) -> bool:
    """Whether a uniqueId is that of a document with this id: root^extension, the root alone as the DMP wants it, or a UUID as OID."""
    if unique_id in (identifier.text, identifier.root):
        return True
    if "-" not in identifier.root:
        return False
    number = identifier.root.replace("-", "")
    try:
        as_oid = f"2.25.{int(number, 16)}"
    except ValueError:
        return False
    return unique_id == as_oid or unique_id.lower().removeprefix("urn:uuid:") == identifier.root.lower()


def _unique_id(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    if not entry.unique_id:
        return _AGREES
    if cda.header.id is None:
        return NOTHING
    if same_document(entry.unique_id, cda.header.id):
        return _AGREES
    return compared(entry.unique_id, cda.header.id.text)


def _patient_id(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    return _AGREES if entry.patient_id is None or _is_among(entry.patient_id, cda.header.patient_ids) else _DIFFERS


def _source_patient_id(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    told_ids = cda.header.patient_ids
    identifier = entry.source_patient_id
    return _AGREES if identifier is None or not told_ids or _is_among(identifier, told_ids) else _DIFFERS


def _is_among(identifier: CX, told_ids: Collection[II]) -> bool:
    """By identifier and authority; type code and dates beside them say nothing of whom it is."""
    return (identifier.authority, identifier.id_number) in told_ids


def _type_code(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    return _one_code(entry.type_code, cda.header.code)


def _class_code(cda: CDADocument, entry: DocumentEntry) -> Seen | None:  # noqa: ARG001 - compared like the others
    found, type_code = entry.class_code, entry.type_code
    expected = codes.find_class(type_code.code, type_code.coding_scheme) if type_code else None
    if found is None or expected is None or _pair(found) == _pair(expected):
        return _AGREES
    return compared(_named(_pair(found)), _named(_pair(expected)))


def _creation_time(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    return _moment(entry.creation_time, cda.header.effective_time)


def _confidentiality(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    expected = cda.header.confidentiality_code
    if expected is None or not entry.confidentiality_code:
        return _AGREES
    if (expected.code, expected.code_system) in [_pair(code) for code in entry.confidentiality_code]:
        return _AGREES
    return compared(", ".join(_named(_pair(code)) for code in entry.confidentiality_code), _named(expected[:2]))


def _mime_type(cda: CDADocument, entry: DocumentEntry) -> Seen | None:  # noqa: ARG001 - compared like the others
    media_type = _media_type(entry)
    return _AGREES if not media_type or _is_xml(media_type) else seen(media_type)


def _mime_type_wrapper(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    media_type, expected = _media_type(entry), MIME_TYPES[cda.wrapper]
    return seen(media_type) if _is_xml(media_type) and media_type != expected else _AGREES


def _media_type(entry: DocumentEntry) -> str:
    return entry.mime_type.partition(";")[0].strip().lower()


def _is_xml(media_type: str) -> bool:
    return media_type == "text/xml" or media_type == "application/xml" or media_type.endswith("+xml")


def _format_code(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    if cda.body.is_structured:
        known = [codes.FORMAT_OF_TEMPLATE.get(template.root) for template in cda.header.template_ids]
    else:
        known = [codes.FORMAT_OF_MEDIA_TYPE.get(cda.body.media_type)]
    expected = [_pair(code) for code in known if code is not None]
    if entry.format_code is None or not expected or _pair(entry.format_code) in expected:
        return _AGREES
    return compared(_named(_pair(entry.format_code)), ", ".join(map(_named, expected)))


def _title(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    for title in entry.title:
        if title.value == cda.header.title:
            return _AGREES
    expected = " ".join(cda.header.title.split())
    titles = [" ".join(title.value.split()) for title in entry.title]
    if not expected or not titles or expected in titles:
        return _AGREES
    cut = (title.removesuffix("…").removesuffix("...").rstrip() for title in titles)
    if len(expected) > TITLE_LENGTH_MAX and any(title and expected.startswith(title) for title in cut):
        return _AGREES
    return _DIFFERS


def _language(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    found, expected = entry.language_code, cda.header.language_code
    return compared(found, expected) if found and expected and found.lower() != expected.lower() else _AGREES


def _service_time(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    act = cda.header.main_act
    if act is None:
        return _AGREES
    if entry.service_start_time is None:
        return _SILENT
    return _moment(entry.service_start_time, act.start) or _moment(entry.service_stop_time, act.stop)


def _practice_setting(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    header = cda.header
    industries = [event.industry for event in header.service_events]
    if not any(industries):
        participants = (*header.authors, header.legal_authenticator)
        industries = [
            one.organization.industry for one in participants if one is not None and one.organization is not None
        ]
    return _among_codes(entry.practice_setting_code, industries)


def _facility(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    return _one_code(entry.healthcare_facility_type_code, cda.header.health_care_facility)


def _event_codes(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    if not entry.event_code_list:
        return _AGREES
    known = {pair for event in cda.header.service_events if event.code is not None for pair in _pairs(event.code)}
    foreign = next((code for code in entry.event_code_list if _pair(code) not in known), None)
    return _AGREES if foreign is None or not known else seen(_named(_pair(foreign)))


def _references(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    if not entry.reference_id_list:
        return _AGREES
    orders = cda.header.in_fulfillment_of
    numbers = (found for order in orders for found in (*order.ids, *order.accession_numbers))
    known = {(found.extension, found.root) if found.extension else (found.root, "") for found in numbers}
    references = (found for found in entry.reference_id_list if found.type_code in (ACCESSION, ORDER))
    foreign = next((found for found in references if (found.id_number, found.authority) not in known), None)
    return _AGREES if foreign is None or not known else seen(foreign)


_Pair = tuple[str, str]


def _pair(code: Code) -> _Pair:
    return code.code, code.coding_scheme


def _named(pair: Iterable[str]) -> str:
    code, scheme = pair
    return f"{code} ({scheme})"


def _pairs(found: CD) -> tuple[_Pair, ...]:
    """A code of the header and its translations, by code and system; labels are for people."""
    return (found[:2], *[code[:2] for code in found.translations])


def _one_code(code: Code | None, expected: CD | None) -> Seen | None:
    return _AGREES if expected is None else _among_codes(code, (expected,))


def _among_codes(code: Code | None, expected: Iterable[CD | None]) -> Seen | None:
    if code is None:
        return _AGREES
    pair = _pair(code)
    known: list[_Pair] = []
    for found in expected:
        if found is not None:
            if found[:2] == pair:
                return _AGREES
            known += _pairs(found)
    if not known or pair in known:
        return _AGREES
    return compared(_named(pair), ", ".join(map(_named, known)))


def _moment(found: DTM | None, expected: str) -> Seen | None:
    if found is None or not expected or same_moment(found, expected):
        return _AGREES
    return compared(found, expected)


_ACT = "/hl7:documentationOf/hl7:serviceEvent"
_ROWS = (
    _Row(rules.UNIQUE_ID, "/hl7:id", _unique_id),
    _Row(rules.PATIENT_ID, "/hl7:recordTarget/hl7:patientRole/hl7:id", _patient_id),
    _Row(rules.TYPE_CODE, "/hl7:code", _type_code),
    _Row(rules.CLASS_CODE, "/hl7:code", _class_code),
    _Row(rules.CREATION_TIME, "/hl7:effectiveTime", _creation_time),
    _Row(rules.CONFIDENTIALITY, "/hl7:confidentialityCode", _confidentiality),
    _Row(rules.MIME_TYPE, "", _mime_type),
    _Row(rules.MIME_TYPE_WRAPPER, "", _mime_type_wrapper),
    _Row(rules.FORMAT_CODE, "/hl7:templateId", _format_code),
    _Row(rules.TITLE, "/hl7:title", _title),
    _Row(rules.LANGUAGE, "/hl7:languageCode", _language),
    _Row(rules.SOURCE_PATIENT_ID, "/hl7:recordTarget/hl7:patientRole/hl7:id", _source_patient_id),
    _Row(rules.SOURCE_PATIENT_INFO, "/hl7:recordTarget/hl7:patientRole/hl7:patient", people.source_patient_info),
    _Row(rules.AUTHOR, "/hl7:author", people.authors),
    _Row(rules.LEGAL_AUTHENTICATOR, "/hl7:legalAuthenticator", people.legal_authenticator),
    _Row(rules.SERVICE_TIME, f"{_ACT}/hl7:effectiveTime", _service_time),
    _Row(rules.PRACTICE_SETTING, f"{_ACT}/hl7:performer//hl7:standardIndustryClassCode", _practice_setting),
    _Row(rules.FACILITY, "/hl7:componentOf//hl7:healthCareFacility/hl7:code", _facility),
    _Row(rules.EVENT_CODE, f"{_ACT}/hl7:code", _event_codes),
    _Row(rules.REFERENCE, "/hl7:inFulfillmentOf/hl7:order", _references),
)
