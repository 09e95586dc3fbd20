"""Bodies of the transactions that remove: read as they come, written as the schema wants.

[ITI Supplement Remove Metadata and Documents: 3.62.4, 3.86.4]
"""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safexml.namespaces import LCM, RIM
from safexml.parser import parse
from tests.samples import fresh_oid, fresh_uuid
from tests.samples.strategies import words
from tests.xds.shared import NIST, errors_of, needs_nist, needs_schemas
from xds import errors
from xds.errors import ErrorList
from xds.messages import DocumentRequest, RemoveDocuments, RemoveDocumentsResponse, RemoveMetadata
from xds.vocabulary import ResponseStatus
from xds.wire import WrongBody, removal, response

FOREIGN = parse(b"<Order xmlns='urn:shop'/>")
SCHEMA = "IHE/rmd.xsd"
REFERENCES = f'<rim:ObjectRefList xmlns:rim="{RIM}"><rim:ObjectRef id="urn:uuid:1"/></rim:ObjectRefList>'
documents = st.lists(st.builds(DocumentRequest, words, words, st.none() | words), max_size=3).map(tuple)


def a_request(attributes: str = "", content: str = REFERENCES) -> RemoveMetadata:
    """A RemoveObjectsRequest as somebody else writes it."""
    return removal.read_remove_metadata(
        parse(f'<RemoveObjectsRequest xmlns="{LCM}" {attributes}>{content}</RemoveObjectsRequest>'.encode())
    )


class TestMetadata:
    """[ITI-62]"""

    @given(st.lists(words, min_size=1, max_size=4).map(tuple).map(RemoveMetadata))
    def test_request_written_and_read_is_the_same(self, value: RemoveMetadata) -> None:
        assert removal.read_remove_metadata(parse(b"".join(removal.write_remove_metadata(value)))) == value

    @needs_schemas
    def test_request_is_valid(self) -> None:
        value = RemoveMetadata((fresh_uuid(), fresh_uuid()))
        assert errors_of(SCHEMA, b"".join(removal.write_remove_metadata(value))) == []

    def test_scope_that_means_everything_of_the_object_is_no_flaw(self) -> None:
        """It is ebRS's default. [ebRS 3.0: 5.8]"""
        assert a_request(f'deletionScope="{removal.DELETE_ALL}"') == RemoveMetadata(("urn:uuid:1",))

    @pytest.mark.parametrize(
        ("attributes", "content", "location"),
        [
            ('deletionScope="urn:x"', REFERENCES, "RemoveObjectsRequest / deletionScope"),
            ("", f'<AdhocQuery xmlns="{RIM}" id="urn:x"/>{REFERENCES}', "RemoveObjectsRequest / AdhocQuery"),
            ("", "", "RemoveObjectsRequest / ObjectRefList"),
            ("", f'<ObjectRefList xmlns="{RIM}"/>', "RemoveObjectsRequest / ObjectRefList"),
        ],
    )
    def test_what_ebRS_allows_beyond_a_list_is_a_finding(self, attributes: str, content: str, location: str) -> None:
        """Passed over in silence it would be answered with Success and not done."""
        found = a_request(attributes, content).findings
        assert [(finding.row, finding.location) for finding in found] == [(errors.XDSRegistryError, location)]

    def test_reference_without_id_names_nothing_that_is_registered(self) -> None:
        content = f'<ObjectRefList xmlns="{RIM}"><ObjectRef/></ObjectRefList>'
        assert a_request(content=content).entry_uuids == ("",)

    def test_foreign_body_is_refused(self) -> None:
        for read in (removal.read_remove_metadata, removal.read_remove_documents):
            with pytest.raises(WrongBody):
                read(FOREIGN)


class TestDocuments:
    """[ITI-86]"""

    @given(documents.map(RemoveDocuments))
    def test_request_written_and_read_is_the_same(self, value: RemoveDocuments) -> None:
        assert removal.read_remove_documents(parse(b"".join(removal.write_remove_documents(value)))) == value

    @needs_schemas
    @pytest.mark.parametrize("home", [None, "urn:oid:1.2"])
    def test_request_of_one_or_many_is_valid(self, home: str | None) -> None:
        for count in (1, 3):
            value = RemoveDocuments(tuple(DocumentRequest("1.2", fresh_oid(), home) for _ in range(count)))
            assert errors_of(SCHEMA, b"".join(removal.write_remove_documents(value))) == []

    @pytest.mark.parametrize(
        ("removed", "missing", "status"),
        [
            (("1.2",), False, ResponseStatus.SUCCESS),
            (("1.2",), True, ResponseStatus.PARTIAL_SUCCESS),
            ((), True, ResponseStatus.FAILURE),
            ((), False, ResponseStatus.SUCCESS),
        ],
    )
    @needs_schemas
    def test_response_tells_how_much_was_done(
        self, removed: tuple[str, ...], missing: bool, status: ResponseStatus
    ) -> None:
        """[ITI TF-3: 4.2.4.2]"""
        found = ErrorList([errors.error(errors.XDSDocumentUniqueIdError, "1.3", "1.3")] if missing else [])
        body = b"".join(removal.write_remove_documents_response(RemoveDocumentsResponse(removed, found)))
        assert f'status="{status}"'.encode() in body
        assert response.read_response(parse(body)).errors == found
        assert errors_of(SCHEMA, body) == []


@needs_nist
def test_requests_of_NIST_are_read_without_a_finding() -> None:
    cases = json.loads((NIST / "manifest.json").read_text("utf-8"))["cases"]
    told = {case["id"]: case["file"] for case in cases if case["transaction"] == "ITI-62"}
    read = [removal.read_remove_metadata(parse((NIST / file).read_bytes())) for file in told.values()]
    assert sorted(len(request.entry_uuids) for request in read) == [1, 2, 3]
    assert not any(request.findings for request in read)
    (file,) = [case["file"] for case in cases if case["transaction"] == "ITI-86"]
    (asked,) = removal.read_remove_documents(parse((NIST / file).read_bytes())).requests
    assert asked == DocumentRequest("{{repuid}}", "{{docuid1}}")
