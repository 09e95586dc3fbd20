"""Demonstration documents are what they say: valid CDA, French header, readable PDF. [CI-SIS SM 3.5]"""

from __future__ import annotations

import re
from base64 import b64decode
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from lxml import etree

from cda.document import read
from client import demonstration
from client.demonstration import CAMILLE, Facts
from client.demonstration_laboratory import RESULTS, a_pdf
from ins.matricule import Matricule
from tests.cda.shared import SHARED

SCHEMA = SHARED / "cda-schema" / "xsd" / "CDA_extended.xsd"
FACTS = Facts(
    unique_id="2.25.1002",
    set_id="2.25.1000",
    version=2,
    replaces="2.25.1001",
    written_at=datetime(2026, 3, 2, tzinfo=UTC),
)
DOCUMENTS = {
    "letter": demonstration.letter(FACTS, "Tout va bien, merci."),
    "report": demonstration.laboratory_report(FACTS, RESULTS),
}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    if not SCHEMA.is_file():
        pytest.skip("the CDA schema is not beside the checkout")
    return etree.XMLSchema(etree.parse(SCHEMA))


@pytest.mark.parametrize("name", DOCUMENTS)
def test_document_is_valid_under_the_published_schema(name: str, schema: etree.XMLSchema) -> None:
    """[HL7 CDA R2]"""
    assert schema.validate(etree.fromstring(DOCUMENTS[name])), schema.error_log.last_error


def test_matricule_of_the_invented_patient_has_its_key() -> None:
    assert Matricule.parse(CAMILLE.matricule).has_valid_key


def test_documents_are_of_both_levels() -> None:
    bodies = {name: read(content).body for name, content in DOCUMENTS.items()}
    assert (bodies["letter"].media_type, bodies["report"].is_structured) == ("text/plain", True)


def test_second_version_names_the_first() -> None:
    header = read(DOCUMENTS["report"]).header
    assert (header.version_number, header.related_documents[0].ids[0].root) == ("2", "2.25.1001")


def test_names_of_a_person_are_escaped() -> None:
    """A name with markup in it stays a name."""
    patient = replace(CAMILLE, family="<EX&MPLE>")
    content = demonstration.letter(replace(FACTS, patient=patient), "")
    assert read(content).header.record_targets[0].name.birth_family == "<EX&MPLE>"


def test_copy_in_PDF_tells_its_offsets_right() -> None:
    """[ISO 32000-1: 7.5.4]"""
    found = re.search(rb'representation="B64">([^<]+)<', DOCUMENTS["report"])
    assert found
    pdf = b64decode(found[1])
    assert pdf == a_pdf(["Examens biologiques - EXEMPLE", *(result.line for result in RESULTS)])
    table = int(pdf.split(b"startxref\n")[1].split(b"\n")[0])
    assert pdf[table:].startswith(b"xref\n0 6\n")
    for number, row in enumerate(pdf[table:].split(b"\n")[3:8], start=1):
        assert pdf[int(row[:10]) :].startswith(b"%d 0 obj\n" % number)
