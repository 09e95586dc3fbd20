"""The rules of the header, each by a document that breaks it alone. [CI-SIS SM 3.5]"""

from __future__ import annotations

from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cda import header_table, people_table
from cda.datatypes import tag
from cda.document import open_document
from cda.findings import FINDINGS_MAX, Finding, Rule, xpath
from cda.level1 import judge_body
from cda.outline import outline_of
from cda.rule_table import RULES
from cda.rules import judge_header
from tests.cda.broken import HEADER, Change, replaced, twice
from tests.cda.documents import ELEMENTS, a_clinical_document
from tests.cda.shared import CORPUS, corpus, needs_corpus

KNOWN_WARNINGS = {
    "BIO-TROD_2024.01_COVID-19.xml": ["CDA-SM-PARTICIPATION-TIME-FORM"],
    "CR_Radio_CDAN1_v1.xml": ["CDA-SM-TIME-OFFSET", "CDA-SM-SETID", "CDA-SM-NAME-QUALIFIER"],
    "CR_Radio_CDAN1_v2.xml": ["CDA-SM-TIME-OFFSET", "CDA-SM-SETID", "CDA-SM-NAME-QUALIFIER"],
    "CSE-CS24_2025.01.xml": ["CDA-SM-INS-KEY-TEST"],
    "eDISP-MED_2024.01.xml": ["CDA-SM-NAME-QUALIFIER"],
}
"""What the published samples do not do as the volet wants it."""


def judged(**changed: str) -> tuple[Finding, ...]:
    return judge_header(outline_of(open_document(a_clinical_document(**changed).encode()).clinical_document))


def test_good_document_breaks_no_rule() -> None:
    assert judged() == ()


@pytest.mark.parametrize(("rule", "changed"), HEADER.items(), ids=HEADER)
def test_document_with_one_flaw_breaks_one_rule(rule: str, changed: Change) -> None:
    (found,) = judged(**changed)
    assert (found.rule, found.is_error, found.clause) == (rule, RULES[rule].is_error, RULES[rule].clause)
    assert found.sentence.startswith(RULES[rule].sentence)
    assert found.sentence_fr.startswith(RULES[rule].sentence_fr)


def test_every_rule_of_the_header_has_a_document_that_breaks_it() -> None:
    told = {row.rule for table in (header_table, people_table) for row in vars(table).values() if isinstance(row, Rule)}
    assert told == set(HEADER)


@needs_corpus
@pytest.mark.parametrize("told", corpus(), ids=lambda told: told["file"])
def test_published_document_is_accepted_with_what_is_known_of_it(told: dict[str, Any]) -> None:
    clinical_document = open_document((CORPUS / told["file"]).read_bytes()).clinical_document
    found = (*judge_header(outline_of(clinical_document)), *judge_body(outline_of(clinical_document)))
    assert [finding.rule for finding in found] == KNOWN_WARNINGS.get(told["file"], [])
    assert not any(finding.is_error for finding in found)
    assert ("CDA-SM-INS-KEY-TEST" in [finding.rule for finding in found]) == (told["insKey"] == "wrong")


def test_finding_says_where_by_line_and_XPath() -> None:
    broken = a_clinical_document(**replaced("recordTarget", "280073523800332", "280073523800333"))
    root = open_document(f"<?xml version='1.0'?>\n\n{broken}".encode()).root
    (found,) = judge_header(outline_of(root))
    assert found.location == "/hl7:ClinicalDocument/hl7:recordTarget/hl7:patientRole/hl7:id[1]"
    place = root.xpath(found.location, namespaces={"hl7": "urn:hl7-org:v3"})
    assert [element.sourceline for element in place] == [found.line]


@pytest.mark.parametrize("rule", [rule for rule in HEADER if "INS" in rule or "TRAIT" in rule])
def test_finding_of_the_patient_shows_nobody(rule: str) -> None:
    said = "".join(found.sentence + found.sentence_fr for found in judged(**HEADER[rule]))
    assert not any(name in said for name in ("EXEMPLE", "CAMILLE", "MODELE", "2800735", "1980", "IPP-1", "RENNES"))


def test_all_that_is_wrong_is_told_at_once() -> None:
    names = (
        "realmCode typeId templateId id code title effectiveTime confidentialityCode languageCode setId versionNumber"
    )
    found = judged(**dict.fromkeys(names.split(), ""))
    assert [finding.rule for finding in found] == [
        *("CDA-SM-REALM", "CDA-SM-TYPEID", "CDA-SM-ID", "CDA-SM-CODE", "CDA-SM-TITLE", "CDA-SM-TIME"),
        *("CDA-SM-CONFIDENTIALITY", "CDA-SM-LANGUAGE", "CDA-SM-SETID", "CDA-SM-VERSION"),
        *("CDA-SM-TEMPLATE-FRANCE", "CDA-SM-TEMPLATE-CISIS", "CDA-SM-TEMPLATE-VOLET"),
    ]


@pytest.mark.parametrize("element", ["id", "title", "effectiveTime", "custodian", "legalAuthenticator", "componentOf"])
def test_element_that_may_stand_there_once_is_told_when_it_stands_there_twice(element: str) -> None:
    (found,) = judged(**twice(element))
    assert found.sentence.endswith("2 are there.")
    assert found.location == f"/hl7:ClinicalDocument/hl7:{element}[2]"


def test_patient_of_Corsica_and_patient_born_abroad_have_good_traits() -> None:
    for county in ("2A004", "99350"):
        assert judged(**replaced("recordTarget", "<county>35238", f"<county>{county}")) == ()


def test_second_identifier_of_another_INS_authority_is_no_second_matricule() -> None:
    """CSE certificates repeat the matricule under 1.2.250.1.213.1.4.13. [DMP: INS]"""
    second = '<id root="1.2.250.1.213.1.4.13" extension="280073523800332"/>'
    assert judged(**replaced("recordTarget", '<id root="1.2.250.1.999.7" extension="IPP-1"/>', second)) == ()


def test_custodian_of_the_patients_own_documents_is_the_DMP() -> None:
    """[CI-SIS SM 3.5.5.16]"""
    mine = replaced(
        "custodian", '<id root="1.2.250.1.71.4.2.2" extension="1990000017"/>', '<id root="1.2.250.1.213.4.1"/>'
    )
    assert judged(**mine) == ()


def test_device_is_an_author() -> None:
    device = """<assignedAuthoringDevice><manufacturerModelName>M1</manufacturerModelName>
      <softwareName>Logiciel</softwareName></assignedAuthoringDevice>"""
    person = "<assignedPerson><name><family>MODELE</family><given>Ondine</given></name></assignedPerson>"
    assert judged(**replaced("author", person, device)) == ()


def test_transformed_document_is_named() -> None:
    """[CI-SIS SM 3.5.5.23]"""
    related = '<relatedDocument typeCode="XFRM"><parentDocument><id root="1.2.9"/></parentDocument></relatedDocument>'
    assert judged(relatedDocument=related) == ()


def test_second_replaced_document_is_told() -> None:
    related = '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.9"/></parentDocument></relatedDocument>'
    assert [found.rule for found in judged(relatedDocument=related * 2)] == ["CDA-SM-RELATED"]


def test_act_without_time_beside_a_main_act_is_well() -> None:
    other = '<documentationOf><serviceEvent><code code="C50" codeSystem="2.16.840.1.113883.6.3"/></serviceEvent></documentationOf>'
    assert judged(documentationOf=other + ELEMENTS["documentationOf"]) == ()


def test_endless_flaws_are_told_up_to_a_bound() -> None:
    started = perf_counter()
    found = judged(author="<author/>" * 20_000)
    assert len(found) == FINDINGS_MAX
    assert perf_counter() - started < 5


NAMES = sorted({element.tag.split("}")[1] for element in open_document(a_clinical_document().encode()).root.iter()})
attributes = st.dictionaries(
    st.sampled_from(
        ["root", "extension", "code", "codeSystem", "value", "nullFlavor", "qualifier", "typeCode", "mediaType"]
    ),
    st.text("0123456789.-+^ABFRM/", max_size=20) | st.sampled_from(["1.2.250.1.213.1.4.10", "B64", "RPLC"]),
    max_size=3,
)
trees = st.recursive(
    st.tuples(st.sampled_from(NAMES), attributes, st.just([])),
    lambda inner: st.tuples(st.sampled_from(NAMES), attributes, st.lists(inner, max_size=4)),
    max_leaves=25,
)


def grown(parent: etree._Element, tree: Any) -> None:
    name, told, children = tree
    element = etree.SubElement(parent, tag(name), told)
    for child in children:
        grown(element, child)


@given(st.lists(trees, max_size=6))
def test_any_tree_is_judged_and_twice_alike(children: list[Any]) -> None:
    root = etree.Element(tag("ClinicalDocument"))
    for child in children:
        grown(root, child)
    assert judge_header(outline_of(root)) == judge_header(outline_of(root))
    assert judge_body(outline_of(root)) == judge_body(outline_of(root))


@given(st.sampled_from(sorted(ELEMENTS)), st.data())
def test_element_grown_at_random_is_judged(element: str, data: st.DataObject) -> None:
    root = open_document(a_clinical_document(**{element: ""} if element != "component" else {}).encode()).root
    grown(root, (element, data.draw(attributes), data.draw(st.lists(trees, max_size=3))))
    assert all(found.rule in RULES for found in judge_header(outline_of(root)))


def test_one_of_very_many_is_found_again_by_its_XPath() -> None:
    root = open_document(a_clinical_document(author="<author/>" * 3_000).encode()).root
    place = xpath(root[3_000])
    assert root.xpath(place, namespaces={"hl7": "urn:hl7-org:v3"}) == [root[3_000]]


def test_header_of_the_usual_size_is_judged_in_no_time() -> None:
    """About 0.1 ms; the bound is for machines that have other things to do."""
    root = open_document(a_clinical_document().encode()).root
    started = perf_counter()
    for _ in range(200):
        judge_header(outline_of(root))
    assert (perf_counter() - started) / 200 < 0.002
