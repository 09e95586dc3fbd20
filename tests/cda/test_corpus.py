"""Published French documents give the metadata that their manifest tells."""

from __future__ import annotations

from typing import Any

import pytest

from cda.document import Wrapper, read
from cda.entry import document_entry
from tests.cda.shared import CORPUS, corpus, needs_corpus
from xds.hl7v2 import DTM


@needs_corpus
@pytest.mark.parametrize("told", corpus(), ids=lambda told: told["file"])
def test_document_gives_the_metadata_of_its_manifest(told: dict[str, Any]) -> None:
    document = read((CORPUS / told["file"]).read_bytes())
    entry = document_entry(document, "Document01")
    assert entry.type_code is not None
    assert entry.format_code is not None
    assert (entry.type_code.code, entry.type_code.coding_scheme) == (
        told["typeCode"]["code"],
        told["typeCode"]["system"],
    )
    assert entry.format_code.code == told["formatCode"]
    assert entry.unique_id == told["documentId"]
    assert str(entry.patient_id).removesuffix("^NH") == told["patientIds"][0]
    assert entry.title[0].value == told["title"]
    assert (document.wrapper is Wrapper.STYLESHEET) == bool(told["wrapper"])
    assert document.body.is_structured == (told["level"] == "N3")
    assert document.header.version_number == (told["version"] or "")
    assert [f"{related.type_code} {related.ids[0].text}" for related in document.header.related_documents] == told[
        "related"
    ]
    assert all(DTM.check(time) is None for time in (entry.creation_time, entry.service_start_time) if time)
