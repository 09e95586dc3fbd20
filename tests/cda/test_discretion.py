"""Sentences show codes, OIDs and times; never who somebody is. [decision 13]"""

from __future__ import annotations

import pytest

from cda.discretion import HIDDEN, Discretion
from safexml import parser
from tests.cda.documents import a_clinical_document


@pytest.fixture(scope="module")
def discretion() -> Discretion:
    return Discretion.about(parser.parse(a_clinical_document().encode()))


@pytest.mark.parametrize(
    "value",
    [
        "280073523800332",
        "MODELE",
        "modele",
        " Ondine ",
        "19800714",
        "EXEM",
        'extension="280073523800332" root="1.2"',
        "Madame MODELE, née EXEMPLE",
        "35000",
        "IPP-1",
    ],
)
def test_value_that_tells_who_somebody_is_is_left_out(discretion: Discretion, value: str) -> None:
    assert discretion.shown(value) == HIDDEN


@pytest.mark.parametrize(
    "value", ["", "F", "11502-2", "1.2.250.1.213.1.4.10", "20260302093000+0100", "SM26", "MODELES"]
)
def test_value_that_tells_nobody_apart_is_shown(discretion: Discretion, value: str) -> None:
    assert discretion.shown(value) == value


def test_quotations_of_a_sentence_are_looked_at_one_by_one(discretion: Discretion) -> None:
    assert discretion.sentence("is 'MODELE'; expected '11502-2'") == "is '…'; expected '11502-2'"
    told = "Element '{urn:hl7-org:v3}birthTime', attribute 'value': The value '19800714' is not one"
    assert discretion.schema_sentence(told) == told.replace("19800714", HIDDEN)


def test_file_inside_a_document_is_no_text_of_it() -> None:
    text = f'<text mediaType="application/pdf" representation="B64">{"JVBERi0x" * 2000}</text>'
    document = a_clinical_document(component=f"<component><nonXMLBody>{text}</nonXMLBody></component>")
    assert Discretion.about(parser.parse(document.encode())).shown("JVBERi0x") == "JVBERi0x"
