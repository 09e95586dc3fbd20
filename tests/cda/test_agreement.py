"""Header against DocumentEntry, attribute by attribute. [CI-SIS SM: annex, header and XDS metadata]"""

from __future__ import annotations

from dataclasses import replace
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cda import agreement_table, codes
from cda.agreement import judge_agreement
from cda.document import CDADocument, read
from cda.entry import document_entry
from cda.findings import Rule
from tests.cda.broken import a_body
from tests.cda.documents import ELEMENTS, a_cda, a_clinical_document
from tests.cda.shared import CORPUS, corpus, needs_corpus
from xds.hl7v2 import CX, DTM, XCN, XON, CXi
from xds.metadata import Author, DocumentEntry, LocalizedString
from xds.vocabulary import DocumentEntryType

ORDER = """<inFulfillmentOf><order><id root="1.2.3" extension="42"/></order></inFulfillmentOf>"""
CDA = a_cda(inFulfillmentOf=ORDER)
ENTRY = document_entry(CDA, "Document01")


def rules_of(cda: CDADocument = CDA, **changed: Any) -> list[str]:
    return [found.rule for found in judge_agreement(cda, replace(ENTRY, **changed))]


def text(value: str) -> tuple[LocalizedString, ...]:
    return (LocalizedString(value),)


OTHER: dict[str, dict[str, Any]] = {
    "CDA-XDS-UNIQUE-ID": {"unique_id": "1.2.250.1.999.2"},
    "CDA-XDS-PATIENT-ID": {"patient_id": CX("280073523800431^^^&1.2.250.1.213.1.4.10&ISO^NH")},
    "CDA-XDS-TYPE-CODE": {"type_code": codes.a_code("11488-4", codes.LOINC)},
    "CDA-XDS-CLASS-CODE": {"class_code": codes.a_code("11", codes.CLASSES)},
    "CDA-XDS-CREATION-TIME": {"creation_time": DTM("20260302093000")},
    "CDA-XDS-CONFIDENTIALITY": {"confidentiality_code": (codes.a_code("N", codes.CONFIDENTIALITY),)},
    "CDA-XDS-MIME-TYPE": {"mime_type": "application/pdf"},
    "CDA-XDS-MIME-TYPE-WRAPPER": {"mime_type": "application/xslt+xml"},
    "CDA-XDS-FORMAT-CODE": {"format_code": codes.unregistered_format()},
    "CDA-XDS-TITLE": {"title": text("Examens du soir")},
    "CDA-XDS-LANGUAGE": {"language_code": "en-GB"},
    "CDA-XDS-SOURCE-PATIENT-ID": {"source_patient_id": CX("IPP-2^^^&1.2.250.1.999.7&ISO^PI")},
    "CDA-XDS-SOURCE-PATIENT-INFO": {"source_patient_info": ("PID-7|19800715",)},
    "CDA-XDS-AUTHOR": {
        "author": (Author(author_person=XCN("899900000025^MODELE^Ondine^^^^^^&1.2.250.1.71.4.2.1&ISO")),)
    },
    "CDA-XDS-LEGAL-AUTHENTICATOR": {"legal_authenticator": XCN("899900000025^AUTRE^^^^^^^&1.2.250.1.71.4.2.1&ISO")},
    "CDA-XDS-SERVICE-TIME": {"service_start_time": DTM("20260302080000")},
    "CDA-XDS-PRACTICE-SETTING": {"practice_setting_code": codes.a_code("HAD", "1.2.250.1.213.1.1.4.9")},
    "CDA-XDS-FACILITY": {"healthcare_facility_type_code": codes.a_code("SA01", "1.2.250.1.71.4.2.4")},
    "CDA-XDS-EVENT-CODE": {"event_code_list": (codes.a_code("18723-7", codes.LOINC),)},
    "CDA-XDS-REFERENCE": {"reference_id_list": (CXi("43^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order"),)},
}
"""Rule → metadata that break it, and it alone."""


def test_metadata_made_of_the_header_agree() -> None:
    assert rules_of() == []


@needs_corpus
@pytest.mark.parametrize("told", corpus(), ids=lambda told: told["file"])
def test_metadata_made_of_a_published_document_agree(told: dict[str, Any]) -> None:
    cda = read((CORPUS / told["file"]).read_bytes())
    assert judge_agreement(cda, document_entry(cda, "Document01")) == ()


@pytest.mark.parametrize(("rule", "changed"), OTHER.items(), ids=OTHER)
def test_attribute_that_disagrees_is_told(rule: str, changed: dict[str, Any]) -> None:
    assert rules_of(**changed) == [rule]


def test_every_rule_has_metadata_that_break_it() -> None:
    assert {row.rule for row in vars(agreement_table).values() if isinstance(row, Rule)} == set(OTHER)


def test_identity_type_class_time_confidentiality_and_kind_are_errors_and_the_rest_warnings() -> None:
    rows = [row for row in vars(agreement_table).values() if isinstance(row, Rule)]
    assert {row.rule.removeprefix("CDA-XDS-") for row in rows if row.is_error} == {
        *("UNIQUE-ID", "PATIENT-ID", "TYPE-CODE", "CLASS-CODE", "CREATION-TIME", "CONFIDENTIALITY", "MIME-TYPE"),
    }


@pytest.mark.parametrize(
    "changed",
    [
        {"patient_id": CX("280073523800332^^^&1.2.250.1.213.1.4.10&ISO^NH^^20100907")},
        {"patient_id": CX("IPP-1^^^&1.2.250.1.999.7&ISO")},
        {"creation_time": DTM("20260302")},
        {"type_code": codes.a_code("11502-2", codes.LOINC, "another label")},
        {
            "confidentiality_code": (
                codes.a_code("MASQUE_PS", "1.2.250.1.213.1.1.4.13"),
                codes.a_code("R", codes.CONFIDENTIALITY),
            )
        },
        {"mime_type": "text/xml; charset=utf-8"},
        {"language_code": "fr-fr"},
        {"title": text("  Examens du\n matin ")},
        {"title": ()},
        {"source_patient_id": CX("280073523800332^^^&1.2.250.1.213.1.4.10&ISO^NH")},
        {"source_patient_info": ()},
        {"source_patient_info": ("PID-5|Exemple^Camille", "PID-7|198007", "PID-8|F", "PID-11|^^LYON")},
        {"source_patient_info": ("PID-5|EXEMPLE^CAMILLE~MODELE^INES^^^^^D",)},
        {"author": ()},
        {"author": (Author(author_person=XCN("99900000017^Modèle^Ondine^^^^^^&1.2.250.1.71.4.2.1&ISO")),)},
        {"author": (Author(author_person=XCN("^modele")),)},
        {"author": (Author(author_person=XCN("899900000017")),)},
        {"author": (Author(author_institution=(XON("CABINET DES QUAIS"),)),)},
        {"legal_authenticator": XCN("899900000017^^^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")},
        {"service_stop_time": None},
        {"event_code_list": ()},
        {"reference_id_list": (CXi("9^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:uniqueId"),)},
        {"class_code": None, "type_code": None, "format_code": None, "creation_time": None, "unique_id": None},
    ],
)
def test_what_means_the_same_or_is_left_out_agrees(changed: dict[str, Any]) -> None:
    """Labels, dates beside a CX, precision, letter case: none of them is a difference. [DMP: 8.1]"""
    assert rules_of(**changed) == []


@pytest.mark.parametrize(
    ("element", "unique_ids"),
    [
        ('<id root="1.2.3" extension="A"/>', ("1.2.3^A", "1.2.3")),
        (
            '<id root="90E1C8EC-F951-4B26-A305-A34848818DD6"/>',
            ("90e1c8ec-f951-4b26-a305-a34848818dd6", "2.25.192581173443125350942149211714964524502"),
        ),
        ('<id root="not-a-UUID"/>', ("not-a-UUID",)),
    ],
)
def test_uniqueId_may_be_told_in_each_of_its_forms(element: str, unique_ids: tuple[str, ...]) -> None:
    for unique_id in unique_ids:
        assert rules_of(a_cda(id=element, inFulfillmentOf=ORDER), unique_id=unique_id) == []
    assert rules_of(a_cda(id=element, inFulfillmentOf=ORDER), unique_id="1.2.3^B") == ["CDA-XDS-UNIQUE-ID"]


def test_patient_of_another_authority_is_another() -> None:
    found = rules_of(patient_id=CX("280073523800332^^^&1.2.250.1.213.1.4.8&ISO^NH"))
    assert found == ["CDA-XDS-PATIENT-ID"]


@pytest.mark.parametrize("wrong", ["PID-5|AUTRE^CAMILLE", "PID-5|EXEMPLE^JEANNE", "PID-8|M", "PID-7|1981"])
def test_traits_of_another_person_are_told_by_field_and_not_shown(wrong: str) -> None:
    (found,) = judge_agreement(CDA, replace(ENTRY, source_patient_info=("PID-8|F", wrong)))
    assert found.sentence.endswith(f"{wrong[:5]} differs.")
    assert wrong[6:].lower() not in found.sentence.lower().replace("as", "").split()


def test_finding_shows_both_sides_and_where_the_header_tells() -> None:
    (found,) = judge_agreement(CDA, replace(ENTRY, creation_time=DTM("20260302093000")))
    assert found.sentence.endswith("Metadata: '20260302093000'; document: '20260302093000+0100'.")
    assert (found.location, found.line) == ("/hl7:ClinicalDocument/hl7:effectiveTime", 0)


def test_disagreement_on_the_patient_shows_nobody() -> None:
    other = replace(
        ENTRY, patient_id=CX("1^^^&1.2.3&ISO"), legal_authenticator=XCN("1^AUTRE"), author=(Author(XCN("1^AUTRE")),)
    )
    said = "".join(found.sentence + found.sentence_fr for found in judge_agreement(CDA, other))
    assert not any(name in said for name in ("2800735", "AUTRE", "MODELE", "899900000017"))


def test_long_title_may_be_cut() -> None:
    cda = a_cda(title=f"<title>{'Examens ' * 20}</title>", inFulfillmentOf=ORDER)
    assert rules_of(cda, title=text(("Examens " * 20)[:126] + "…")) == []
    assert rules_of(cda, title=text("Examens du soir")) == ["CDA-XDS-TITLE"]


def test_signatory_left_out_of_the_metadata_is_told() -> None:
    """[DMP: 8.1, legalAuthenticator 1..1]"""
    assert rules_of(legal_authenticator=None) == ["CDA-XDS-LEGAL-AUTHENTICATOR"]


def test_header_that_tells_nothing_disagrees_on_identity_alone() -> None:
    silent = a_cda(**{name: "" for name in ELEMENTS if name not in ("component", "templateId")})
    assert rules_of(silent) == ["CDA-XDS-UNIQUE-ID", "CDA-XDS-PATIENT-ID"]


def test_format_of_level_1_goes_with_the_media_type() -> None:
    """[CI-SIS ASS_A12]"""
    cda = a_cda(**a_body(), inFulfillmentOf=ORDER)
    assert rules_of(cda, format_code=codes.FORMAT_OF_MEDIA_TYPE["application/pdf"]) == []
    assert rules_of(cda, format_code=codes.FORMAT_OF_MEDIA_TYPE["text/rtf"]) == ["CDA-XDS-FORMAT-CODE"]


def test_self_presenting_document_is_an_XSLT_in_the_metadata() -> None:
    """[CI-SIS SM 3.9]"""
    document = a_clinical_document(inFulfillmentOf=ORDER)
    wrapped = read(f'<x:stylesheet xmlns:x="http://www.w3.org/1999/XSL/Transform">{document}</x:stylesheet>'.encode())
    assert rules_of(wrapped) == ["CDA-XDS-MIME-TYPE-WRAPPER"]
    assert rules_of(wrapped, mime_type="application/xslt+xml") == []


strings = st.text("0123456789^&.ISO|~\\aé", max_size=24)
some_codes = st.builds(codes.a_code, st.text("0123456789-A", min_size=1, max_size=8), strings)
entries = st.builds(
    DocumentEntry,
    entry_uuid=st.just("Document01"),
    object_type=st.just(DocumentEntryType.STABLE),
    mime_type=strings,
    unique_id=st.none() | strings,
    patient_id=st.none() | strings.map(CX),
    source_patient_id=st.none() | strings.map(CX),
    source_patient_info=st.lists(
        st.sampled_from(["PID-5|", "PID-7|", "PID-8|", ""]).flatmap(lambda f: strings.map(lambda s: f + s)), max_size=3
    ).map(tuple),
    author=st.lists(
        st.builds(Author, st.none() | strings.map(XCN), st.lists(strings.map(XON), max_size=2).map(tuple)), max_size=2
    ).map(tuple),
    legal_authenticator=st.none() | strings.map(XCN),
    creation_time=st.none() | strings.map(DTM),
    service_start_time=st.none() | strings.map(DTM),
    service_stop_time=st.none() | strings.map(DTM),
    type_code=st.none() | some_codes,
    class_code=st.none() | some_codes,
    format_code=st.none() | some_codes,
    confidentiality_code=st.lists(some_codes, max_size=2).map(tuple),
    event_code_list=st.lists(some_codes, max_size=2).map(tuple),
    reference_id_list=st.lists(strings.map(CXi), max_size=2).map(tuple),
    title=st.lists(strings.map(LocalizedString), max_size=2).map(tuple),
)


@given(entries)
def test_any_metadata_are_compared_and_twice_alike(entry: DocumentEntry) -> None:
    assert judge_agreement(CDA, entry) == judge_agreement(CDA, entry)


def test_thousands_of_authors_are_compared_in_no_time() -> None:
    many = a_cda(author=ELEMENTS["author"] * 3_000)
    foreign = tuple(Author(author_person=XCN(f"{number}^MODELE")) for number in range(3_000))
    started = perf_counter()
    assert "CDA-XDS-AUTHOR" in rules_of(many, author=foreign)
    assert rules_of(many, author=tuple(Author(author_person=XCN("^MODELE")) for _ in foreign)) == []
    assert perf_counter() - started < 3
