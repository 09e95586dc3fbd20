"""Bodies of the document transactions: read as they come, written as the schema wants. [ITI TF-2: 3.18, 3.41, 3.42, 3.43]"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from safexml.parser import parse
from tests.samples import a_document_entry, a_folder, a_submission, an_association, fresh_uuid
from tests.samples.strategies import document_entries, registry_objects, texts, words
from tests.xds.shared import XDS, errors_of, needs_schemas
from xds import ebrim, errors
from xds.errors import ErrorList, RegistryError
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    DocumentRequest,
    DocumentResponse,
    RegistryResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Submission, SubmissionSet
from xds.vocabulary import AvailabilityStatus, ResponseStatus, ReturnType, Severity
from xds.wire import WrongBody, query, response, retrieval, submission
from xds.wire.retrieval import ReceivedContent

FOREIGN = parse(b"<Order xmlns='urn:shop'/>")
DOCUMENTS = {"cid-1@coffre": memoryview(b"%PDF-1.7 first"), "a b/ü@coffre": memoryview(b"")}

found_errors = st.lists(
    st.builds(
        RegistryError, st.sampled_from(list(errors.table())), texts, st.just("") | texts, st.sampled_from(Severity)
    ),
    max_size=3,
).map(ErrorList)
requests = st.builds(DocumentRequest, words, words, st.none() | words)


def joined(pieces: Sequence[bytes]) -> bytes:
    return b"".join(pieces)


def included(element: etree._Element) -> memoryview | None:
    """Stands for the room that resolves xop:Include."""
    if len(element):
        href = element[0].get("href")
        return next((DOCUMENTS[name] for name in DOCUMENTS if href == f"cid:{etree_quote(name)}"), None)
    return memoryview(base64.b64decode(element.text or "", validate=True))


def etree_quote(name: str) -> str:
    return {"cid-1@coffre": "cid-1@coffre", "a b/ü@coffre": "a%20b%2F%C3%BC@coffre"}[name]


def inline(body: bytes) -> bytes:
    """The body with each xop:Include put back as base64, as the schema sees it."""
    root = etree.fromstring(body)
    for include in root.iter("{http://www.w3.org/2004/08/xop/include}Include"):
        include.getparent().text = "UERG"
    etree.strip_elements(root, "{http://www.w3.org/2004/08/xop/include}Include", with_tail=False)
    return etree.tostring(root)


def submission_of(objects: list[RegistryObject]) -> Submission:
    return Submission(
        tuple(value for value in objects if isinstance(value, SubmissionSet)),
        tuple(value for value in objects if isinstance(value, DocumentEntry)),
        tuple(value for value in objects if isinstance(value, Folder)),
        tuple(value for value in objects if isinstance(value, Association)),
    )


submissions = st.lists(registry_objects, max_size=4).map(submission_of)


class TestSubmission:
    """[ITI-42] [ITI-41]"""

    @settings(max_examples=50, deadline=None)
    @given(submissions)
    def test_submission_written_and_read_is_the_same(self, value: Submission) -> None:
        assert submission.read_submission(parse(joined(submission.write_submission(value)))) == value

    @needs_schemas
    def test_submission_is_valid(self) -> None:
        value = a_submission(
            folders=[a_folder()], associations=[an_association(source_object="Folder01", entry_uuid="F")]
        )
        assert errors_of(XDS, joined(submission.write_submission(value))) == []

    @needs_schemas
    @settings(max_examples=100, deadline=None)
    @given(document_entries)
    def test_any_entry_is_valid(self, entry: DocumentEntry) -> None:
        """Ids apart: the schema asks for a URI, and a symbolic id need not be one."""
        named = replace(entry, entry_uuid=fresh_uuid(), logical_id=None)
        body = joined(submission.write_submission(Submission(document_entries=(named,))))
        assert errors_of(XDS, body) == []

    def test_foreign_body_is_refused(self) -> None:
        with pytest.raises(WrongBody) as refusal:
            submission.read_submission(FOREIGN)
        assert (refusal.value.seen, refusal.value.expected) == ("{urn:shop}Order", submission.SUBMIT_OBJECTS_REQUEST)
        assert "lcm:SubmitObjectsRequest" in str(refusal.value)
        with pytest.raises(WrongBody):
            submission.read_provide(FOREIGN, included, tuple)

    def test_request_without_list_has_a_finding(self) -> None:
        request = parse(b'<SubmitObjectsRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"/>')
        read = submission.read_submission(request)
        assert [finding.row for finding in read.findings] == [errors.XDSRegistryMetadataError]

    def test_object_refs_and_comments_are_passed_over(self) -> None:
        value = a_submission()
        body = joined(submission.write_submission(value)).replace(
            b"<rim:RegistryObjectList>", b'<rim:RegistryObjectList><!-- x --><rim:ObjectRef id="urn:uuid:1"/>'
        )
        assert submission.read_submission(etree.fromstring(body)) == value

    def test_findings_of_all_objects_are_kept(self) -> None:
        value = a_submission(folders=[a_folder()])
        body = joined(submission.write_submission(value)).replace(b'classifiedObject="', b'classifiedObject="x')
        locations = [finding.location for finding in submission.read_submission(etree.fromstring(body)).findings]
        assert {location.partition(" ")[0] for location in locations} == {"SubmissionSet", "DocumentEntry", "Folder"}

    def test_provided_documents_are_paired_with_their_ids(self) -> None:
        """[ITI TF-2: 3.41.4.1.2]"""
        value = a_submission(document_entries=[a_document_entry(), a_document_entry(entry_uuid="Document & 2")])
        hrefs = [("Document01", "cid-1@coffre"), ("Document & 2", "a b/ü@coffre"), ("Document03", "nowhere@x")]
        body = joined(submission.write_provide(value, hrefs))
        read = submission.read_provide(parse(body), included, lambda: ("left@over",))
        assert read.submission == value
        assert read.documents == (
            ("Document01", DOCUMENTS["cid-1@coffre"]),
            ("Document & 2", DOCUMENTS["a b/ü@coffre"]),
            ("Document03", None),
        )
        assert (read.unreferenced_parts, read.findings) == (("left@over",), ())

    @needs_schemas
    def test_provided_submission_is_valid(self) -> None:
        body = joined(submission.write_provide(a_submission(), [("Document01", "cid-1@coffre")]))
        assert errors_of(XDS, inline(body)) == []

    def test_document_without_id_or_with_broken_base64_is_a_finding(self) -> None:
        """[ITI TF-2: 3.41.4.1.2]"""
        body = joined(submission.write_provide(a_submission(), [("Document01", "cid-1@coffre")]))
        broken = b'<xdsb:Document>UERG</xdsb:Document><xdsb:Document id="D">U!</xdsb:Document></xdsb:ProvideAnd'
        read = submission.read_provide(parse(body.replace(b"</xdsb:ProvideAnd", broken)), included, tuple)
        assert [finding.row for finding in read.findings] == [errors.XDSRepositoryMetadataError] * 2
        assert [finding.location for finding in read.findings] == ["Document / id", "Document D"]
        assert [name for name, _ in read.documents] == ["Document01", "", "D"]

    def test_provided_documents_without_metadata_are_a_finding(self) -> None:
        request = b'<ProvideAndRegisterDocumentSetRequest xmlns="urn:ihe:iti:xds-b:2007"/>'
        read = submission.read_provide(parse(request), included, tuple)
        assert [finding.location for finding in read.findings] == ["SubmitObjectsRequest"]


class TestResponse:
    """[ITI TF-3: 4.2.4]"""

    @given(found_errors)
    def test_response_written_and_read_is_the_same(self, found: ErrorList) -> None:
        value = RegistryResponse(found)
        read = response.read_response(parse(joined(response.write_response(value))))
        assert read == value
        assert read.status is value.status

    @needs_schemas
    @given(found_errors)
    def test_response_is_valid(self, found: ErrorList) -> None:
        assert errors_of(XDS, joined(response.write_response(RegistryResponse(found)))) == []

    def test_list_tells_its_highest_severity(self) -> None:
        warning = errors.warning(errors.XDSExtraMetadataNotSaved, "x")
        for found, severity in (
            ([warning], "Warning"),
            ([warning, errors.error(errors.XDSRegistryBusy, "y")], "Error"),
        ):
            body = joined(response.write_response(RegistryResponse(ErrorList(found))))
            assert f'highestSeverity="urn:oasis:names:tc:ebxml-regrep:ErrorSeverityType:{severity}"'.encode() in body

    def test_failure_that_tells_no_error_is_not_taken_for_success(self) -> None:
        body = (
            f'<RegistryResponse xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rs:3.0" status="{ResponseStatus.FAILURE}"/>'
        )
        assert response.read_response(parse(body.encode())).status is ResponseStatus.FAILURE

    def test_code_of_another_system_is_kept(self) -> None:
        value = RegistryResponse(ErrorList([errors.error(errors.foreign("DMPAccessDenied"), "x")]))
        body = joined(response.write_response(value)).replace(b'"DMPAccessDenied"', b'"urn:dmp:DMPAccessDenied"')
        assert response.read_response(parse(body)).errors.codes == ("DMPAccessDenied",)

    def test_foreign_body_is_refused(self) -> None:
        with pytest.raises(WrongBody):
            response.read_response(FOREIGN)


class TestQuery:
    """[ITI-18]"""

    parameters = st.dictionaries(
        words.map("${}".format),
        st.lists(st.lists(texts, max_size=2).map(tuple), min_size=1, max_size=2).map(tuple),
        max_size=3,
    )

    @given(
        st.builds(
            AdhocQueryRequest,
            words,
            st.sampled_from(ReturnType) | st.just("RegistryObject"),
            parameters,
            st.none() | words,
        )
    )
    def test_query_written_and_read_is_the_same(self, value: AdhocQueryRequest) -> None:
        assert query.read_query(parse(joined(query.write_query(value)))) == value

    @needs_schemas
    def test_query_is_valid(self) -> None:
        value = AdhocQueryRequest(
            fresh_uuid(), ReturnType.LEAF_CLASS, {"$XDSDocumentEntryStatus": (("('a')",),)}, "urn:oid:1.2"
        )
        assert errors_of(XDS, joined(query.write_query(value))) == []

    def test_empty_query_asks_nothing(self) -> None:
        read = query.read_query(parse(b'<AdhocQueryRequest xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0"/>'))
        assert read == AdhocQueryRequest("", "", {}, None)

    def test_foreign_body_is_refused(self) -> None:
        for read in (query.read_query, query.read_query_response):
            with pytest.raises(WrongBody):
                read(FOREIGN)

    def test_answer_of_objects_is_read_as_values(self) -> None:
        """[ITI TF-2: 3.18.4.1.2.7]"""
        entry = a_document_entry(entry_uuid=fresh_uuid(), availability_status=AvailabilityStatus.APPROVED)
        stored = ebrim.fill(ebrim.write_stored(entry), AvailabilityStatus.APPROVED, None, entry.patient_id or "", "")
        status, found, objects, refs = query.read_query_response(
            parse(joined(query.write_query_response(AdhocQueryResponse([stored, stored]))))
        )
        assert (status, found, refs) == (ResponseStatus.SUCCESS, (), ())
        assert objects.document_entries == (entry, entry)

    def test_answer_of_references_is_read_as_ids(self) -> None:
        ids = (fresh_uuid(), fresh_uuid())
        refs = [query.write_object_ref(ids[0]), query.write_object_ref(ids[1], "urn:oid:1.2")]
        answer = query.read_query_response(parse(joined(query.write_query_response(AdhocQueryResponse(refs)))))
        assert answer.object_refs == ids
        assert list(answer.objects.objects()) == []

    def test_failure_shows_no_objects_and_an_empty_list(self) -> None:
        """[ITI TF-3: 4.2.4.2]"""
        refused = AdhocQueryResponse(
            [query.write_object_ref("x")], ErrorList([errors.error(errors.XDSTooManyResults, "x")])
        )
        body = joined(query.write_query_response(refused))
        assert body.endswith(b"<rim:RegistryObjectList></rim:RegistryObjectList></query:AdhocQueryResponse>")
        answer = query.read_query_response(parse(body))
        assert (answer.status, answer.object_refs) == (ResponseStatus.FAILURE, ())

    def test_failure_without_list_is_borne(self) -> None:
        """Much software leaves it out."""
        body = f'<AdhocQueryResponse xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:query:3.0" status="{ResponseStatus.FAILURE}"/>'
        answer = query.read_query_response(parse(body.encode()))
        assert answer.status is ResponseStatus.FAILURE
        assert answer.errors.has_errors

    @needs_schemas
    @settings(max_examples=50, deadline=None)
    @given(found_errors)
    def test_answer_is_valid(self, found: ErrorList) -> None:
        objects = [
            ebrim.fill(
                ebrim.write_stored(value), AvailabilityStatus.APPROVED, "urn:oid:1.2", "1^^^&1.2&ISO", "20240101"
            )
            for value in a_submission(folders=[a_folder(version="1", logical_id="Folder01")]).objects()
        ]
        body = joined(query.write_query_response(AdhocQueryResponse(objects, found)))
        assert errors_of(XDS, body) == []


class TestRetrieval:
    """[ITI-43]"""

    documents = (
        DocumentResponse(
            DocumentRequest("1.2", "1.2.3", "urn:oid:1.2"),
            "application/pdf",
            ReceivedContent(DOCUMENTS["cid-1@coffre"]),
        ),
        DocumentResponse(DocumentRequest("1.2", "1.2.4^<&>"), "text/xml", ReceivedContent(DOCUMENTS["a b/ü@coffre"])),
    )

    @given(st.lists(requests, max_size=3).map(tuple).map(RetrieveDocumentSet))
    def test_request_written_and_read_is_the_same(self, value: RetrieveDocumentSet) -> None:
        assert retrieval.read_retrieve(parse(joined(retrieval.write_retrieve(value)))) == value

    @pytest.mark.parametrize("missing", [(), (errors.error(errors.XDSDocumentUniqueIdError, "1.2.5", "1.2.5"),)])
    def test_response_written_and_read_is_the_same(self, missing: tuple[RegistryError, ...]) -> None:
        """[ITI TF-2: 3.43.4.2]"""
        value = RetrieveDocumentSetResponse(self.documents, ErrorList(missing))
        body = joined(retrieval.write_retrieve_response(value, list(DOCUMENTS)))
        read = retrieval.read_retrieve_response(parse(body), included)
        assert read == value
        assert read.status is (ResponseStatus.PARTIAL_SUCCESS if missing else ResponseStatus.SUCCESS)
        assert [b"".join(found.content.chunks()) for found in read.documents] == list(DOCUMENTS.values())
        assert [found.content.size for found in read.documents] == [14, 0]

    @needs_schemas
    @given(found_errors)
    def test_request_and_response_are_valid(self, found: ErrorList) -> None:
        asked = RetrieveDocumentSet(tuple(document.request for document in self.documents))
        assert errors_of(XDS, joined(retrieval.write_retrieve(asked))) == []
        value = RetrieveDocumentSetResponse(self.documents, found)
        assert errors_of(XDS, inline(joined(retrieval.write_retrieve_response(value, list(DOCUMENTS))))) == []
        nothing = RetrieveDocumentSetResponse((), found)
        assert errors_of(XDS, joined(retrieval.write_retrieve_response(nothing, []))) == []

    def test_document_whose_part_is_lost_is_an_error(self) -> None:
        value = RetrieveDocumentSetResponse(self.documents)
        body = joined(retrieval.write_retrieve_response(value, ["cid-1@coffre", "lost@coffre"]))
        read = retrieval.read_retrieve_response(parse(body), included)
        assert read.documents == self.documents[:1]
        assert read.errors.codes == ("XDSRepositoryError",)
        assert read.status is ResponseStatus.PARTIAL_SUCCESS

    def test_foreign_body_is_refused(self) -> None:
        with pytest.raises(WrongBody):
            retrieval.read_retrieve(FOREIGN)
        with pytest.raises(WrongBody):
            retrieval.read_retrieve_response(FOREIGN, included)
