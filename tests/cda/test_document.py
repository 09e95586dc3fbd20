"""Bytes → CDADocument: wrappers, bodies, refusals. [CI-SIS SM 3.3, 3.9]"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from cda.body import Body
from cda.document import NotCDA, Wrapper, drop_comments, open_document, read, read_opened
from safexml.parser import HostileXML
from tests.cda.documents import a_cda, a_clinical_document

XSL = 'xmlns:xsl="http://www.w3.org/1999/XSL/Transform"'
DS = 'xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'


def test_bare_document_has_no_wrapper() -> None:
    assert a_cda().wrapper is Wrapper.NONE


def test_self_presenting_document_is_found_in_its_stylesheet() -> None:
    found = read(f'<xsl:stylesheet {XSL}><x:c xmlns:x="urn:x">{a_clinical_document()}</x:c></xsl:stylesheet>'.encode())
    assert (found.wrapper, found.header) == (Wrapper.STYLESHEET, a_cda().header)


def test_signed_document_is_found_in_its_enveloping_signature() -> None:
    found = read(
        f"<ds:Signature {DS}><ds:SignedInfo/><ds:Object>{a_clinical_document()}</ds:Object></ds:Signature>".encode()
    )
    assert (found.wrapper, found.header) == (Wrapper.SIGNATURE, a_cda().header)


def test_document_elsewhere_in_a_signature_is_not_taken_for_the_signed_one() -> None:
    with pytest.raises(NotCDA, match="0 ClinicalDocument"):
        read(f"<ds:Signature {DS}><ds:KeyInfo>{a_clinical_document()}</ds:KeyInfo></ds:Signature>".encode())


def test_two_documents_in_one_wrapper_are_refused() -> None:
    with pytest.raises(NotCDA, match="2 ClinicalDocument"):
        read(f"<xsl:stylesheet {XSL}>{a_clinical_document()}{a_clinical_document()}</xsl:stylesheet>".encode())


def test_other_root_element_is_refused_by_name() -> None:
    with pytest.raises(NotCDA, match="hl7:Patient"):
        read(b'<Patient xmlns="urn:hl7-org:v3"/>')


def test_document_without_body_is_refused() -> None:
    with pytest.raises(NotCDA, match="neither"):
        a_cda(component="")


@pytest.mark.parametrize(
    ("component", "expected"),
    [
        ("<structuredBody/>", Body(True)),
        (
            '<nonXMLBody><text mediaType="Application/PDF" representation="B64">JVBERg==</text></nonXMLBody>',
            Body(False, "application/pdf"),
        ),
        ("<nonXMLBody><text>bonjour</text></nonXMLBody>", Body(False, "text/plain")),
    ],
)
def test_body_is_structured_or_of_a_media_type(component: str, expected: Body) -> None:
    """text/plain is CDA's own default for mediaType. [HL7 CDA R2: 4.3]"""
    assert a_cda(component=f"<component>{component}</component>").body == expected


@given(st.binary(max_size=400) | st.text(max_size=400).map(str.encode))
def test_any_bytes_are_a_document_or_are_refused(content: bytes) -> None:
    with pytest.raises((NotCDA, HostileXML)):
        read(content)


def test_document_with_entity_is_refused() -> None:
    with pytest.raises(HostileXML):
        read(b'<!DOCTYPE x [<!ENTITY e "e">]>' + a_clinical_document().encode())


def test_one_parse_serves_reader_and_judges() -> None:
    opened = open_document(f"<xsl:stylesheet {XSL}>{a_clinical_document()}</xsl:stylesheet>".encode())
    assert opened.clinical_document.getparent() is opened.root
    assert read_opened(opened) == read(f"<xsl:stylesheet {XSL}>{a_clinical_document()}</xsl:stylesheet>".encode())


def test_comments_are_kept_for_a_seal_and_dropped_before_reading() -> None:
    """A comment inside a name cannot hide its second half. [W3C Canonical XML 1.0: with comments]"""
    content = a_clinical_document(title="<title>Examens<!-- x --> du <?x y?>matin</title><!-- z -->").encode()
    opened = open_document(content, keeps_comments=True)
    assert b"<!-- x -->" in etree.tostring(opened.root)
    drop_comments(opened)
    assert b"<!--" not in etree.tostring(opened.root)
    assert read_opened(opened) == a_cda()
