"""What an entry says that its document is, and what the bytes say."""

from __future__ import annotations

from dataclasses import replace

import pytest

from repository import kinds
from tests.cda.documents import a_clinical_document
from tests.repository.test_checks import CDA, a_document, a_lot, examine, rules_of
from tests.samples import a_document_entry


@pytest.mark.parametrize(
    "mime_type", ["text/xml", "Text/XML; charset=utf-8", "application/xml", "application/xslt+xml"]
)
def test_xml_by_any_name_is_xml(mime_type: str) -> None:
    """[RFC 7303]"""
    assert kinds.says_xml(a_document_entry(mime_type=mime_type))


@pytest.mark.parametrize("mime_type", ["text/plain", "application/pdf", "", "text/xmlish"])
def test_other_media_types_are_not(mime_type: str) -> None:
    assert not kinds.says_xml(a_document_entry(mime_type=mime_type))


def test_clinical_document_is_found_whatever_its_entry_says() -> None:
    text = a_clinical_document()
    for content in (
        text.encode(),
        b"\xef\xbb\xbf" + text.encode(),
        b" \n" + text[text.index("<ClinicalDocument") :].encode(),
    ):
        assert kinds.find_undeclared(memoryview(content)) is not None


@pytest.mark.parametrize("content", [b"", b"Texte", b"%PDF-1.4", b"<html/>", b"<ClinicalDocument", b"a < b"])
def test_other_documents_are_left_alone(content: bytes) -> None:
    assert kinds.find_undeclared(memoryview(content)) is None


@pytest.mark.parametrize("mime_type", ["text/plain", "application/pdf"])
def test_clinical_document_that_says_it_is_another_thing_is_judged_and_refused(mime_type: str) -> None:
    """[CI-SIS SM: annex, header and XDS metadata]"""
    assert rules_of(examine(a_lot(a_document(CDA, mime_type=mime_type)))) == {"CDA-XDS-MIME-TYPE"}


def test_signature_that_says_it_is_no_xml_is_judged_all_the_same() -> None:
    """Else a lot would be signed by anything. [ITI TF-3: 5.5]"""
    submission, contents = a_lot(a_document(CDA))
    *others, seal = submission.document_entries
    plain = replace(submission, document_entries=(*others, replace(seal, mime_type="text/plain")))
    assert rules_of(examine((plain, contents))) == set()
    forged = {**contents, seal.entry_uuid: b"signed, I swear"}
    assert rules_of(examine((plain, forged))) == {"CDA-XML"}
