"""A document through a pack: what is found, where, and what a sentence never shows."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from pathlib import Path

import pytest

from cda.content_report import Cause, ContentReport
from cda.examination import Examiner
from cda.schematron_rules import Severity
from tests.cda.small_pack import SCHEMATRON_OF, TEMPLATE, document, make_pack, schematron

Examine = Callable[..., ContentReport]

HEADER = schematron(
    '<pattern id="p"><rule id="r" context="cda:title"><assert test="@code" see="urn:why">'
    'no code on "<value-of select="."/>", <value-of select="/cda:ClinicalDocument/cda:id/@root"/>, '
    '<value-of select="/cda:ClinicalDocument/cda:id/@extension"/></assert></rule></pattern>'
)
VOLET = schematron(
    '<pattern id="v"><include href="gone.sch"/><rule context="cda:id"><assert test="@extension">v</assert></rule></pattern>'
)


@pytest.fixture
def examine(tmp_path: Path) -> Examine:
    def examine(content: bytes, **schematrons: str) -> ContentReport:
        return Examiner(make_pack(tmp_path, **schematrons)).examine(content)

    return examine


def test_document_that_breaks_nothing_is_conformant(examine: Examine) -> None:
    report = examine(document(), header=HEADER)
    assert report.was_examined
    assert report.findings == ()
    assert [(each.profile, each.schematron, each.fired) for each in report.profiles] == [
        ("header", SCHEMATRON_OF["header"], 0),
        ("volet", SCHEMATRON_OF["volet"], 0),
        ("ihe", SCHEMATRON_OF["ihe"], 0),
        ("modeles", SCHEMATRON_OF["modeles"], 0),
        ("ans", SCHEMATRON_OF["ans"], 0),
    ]


def test_broken_rule_is_told_with_rule_pattern_place_and_line(examine: Examine) -> None:
    (found,) = examine(document("<title>Bilan</title>"), header=HEADER).errors
    assert (found.profile, found.pattern, found.rule, found.severity) == ("header", "p", "r", Severity.ERROR)
    assert (found.location, found.line, found.see) == ("/ClinicalDocument[1]/title[1]", 4, "urn:why")
    assert found.as_published == 'no code on "Bilan", 2.999.1,'


def test_sentence_leaves_out_what_tells_who_somebody_is(examine: Examine) -> None:
    """[decision 13]"""
    content = document("<title>MODELE Ondine</title>").replace(
        b'root="2.999.1"', b'root="2.999.1" extension="280073523800332"'
    )
    (found,) = examine(content, header=HEADER).errors
    assert found.sentence == 'no code on "…", 2.999.1, …'
    assert found.as_published == 'no code on "MODELE Ondine", 2.999.1, 280073523800332'


def test_flaw_of_the_schema_is_told_with_its_place_and_without_the_value(examine: Examine) -> None:
    content = document('<title/>\n<title>x</title><birthTime value="14 July"/>').replace(b"<id ", b"<id odd='1' ")
    attribute, birth = examine(content).xsd
    assert (attribute.rule, attribute.location, attribute.line) == (
        "CVC_COMPLEX_TYPE_3_2_1",
        "/ClinicalDocument[1]/id[1]",
        3,
    )
    assert (birth.rule, birth.location, birth.line) == ("CVC_PATTERN_VALID", "/ClinicalDocument[1]/birthTime[1]", 5)
    assert "'…' is not accepted by the pattern '[0-9]+'" in birth.sentence
    assert "14 July" in birth.as_published


def test_what_the_pack_lacks_is_a_warning(examine: Examine) -> None:
    report = examine(document().replace(b'1"/>\n<id root', b'1"/>\n<id extension="a" root'), volet=VOLET)
    (found,) = report.findings
    assert (found.profile, found.severity, found.rule) == ("volet", Severity.WARNING, "CDA-PACK-INCLUDES")
    assert "gone.sch" in found.sentence
    assert "gone.sch" in found.sentence_fr
    assert report.errors == ()
    assert report.was_examined


@pytest.mark.parametrize(
    "template",
    ["", f'<templateId root="{TEMPLATE}"/>', f'<templateId root="{TEMPLATE}" extension="2023.01"/>'],
)
def test_document_of_no_known_volet_meets_the_other_rules_only(examine: Examine, template: str) -> None:
    report = examine(document(template=template), volet=VOLET)
    assert [each.schematron for each in report.profiles if each.profile == "volet"] == [""]
    assert report.findings == ()


def test_schematron_that_cannot_be_compiled_is_told_and_stops_no_other(examine: Examine) -> None:
    broken = schematron("<pattern><rule context='cda:id'><assert test='1 +'>x</assert></rule></pattern>")
    report = examine(document("<title/>"), header=HEADER, ihe=broken)
    assert [(found.profile, found.rule) for found in report.errors] == [("header", "r"), ("ihe", Cause.UNFIT_PACK)]
    assert not report.was_examined


IN_STYLESHEET = """<?xml version="1.0"?><?xml-stylesheet href="#x"?>
<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
<a>{}</a></xsl:stylesheet>"""
IN_SIGNATURE = """<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">
<ds:Object>{}</ds:Object></ds:Signature>"""


@pytest.mark.parametrize(("wrapped", "line"), [(IN_STYLESHEET, 6), (IN_SIGNATURE, 5)], ids=["stylesheet", "signature"])
def test_document_is_found_in_its_stylesheet_and_in_its_signature(examine: Examine, wrapped: str, line: int) -> None:
    """[CI-SIS SM 3.3]"""
    (found,) = examine(wrapped.format(document("<title/>").decode()).encode(), header=HEADER).findings
    assert (found.location, found.line) == ("/ClinicalDocument[1]/title[1]", line)


@pytest.mark.parametrize(
    ("content", "cause"),
    [
        (b"", Cause.HOSTILE_XML),
        (b"%PDF-1.7", Cause.HOSTILE_XML),
        (b'<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/hostname">]><a>&e;</a>', Cause.HOSTILE_XML),
        (b"<html/>", Cause.NOT_CDA),
    ],
)
def test_what_is_no_clinical_document_is_refused_by_its_own_fault(
    examine: Examine, content: bytes, cause: Cause
) -> None:
    report = examine(content)
    assert report.cause is cause
    assert report.was_examined
    (found,) = report.errors
    assert found.sentence
    assert found.sentence_fr


def test_report_survives_the_way_to_another_process(examine: Examine) -> None:
    report = examine(document("<title/>"), header=HEADER)
    assert pickle.loads(pickle.dumps(report)) == report
