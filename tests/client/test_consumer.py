"""Stored queries as a consumer writes them, and retrieval as it reads it. [ITI TF-2: 3.18, 3.43]"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from client import consumer
from client.call import Service, UnexpectedAnswer
from safexml import parser
from soap import envelope, mtom
from tests.client.conftest import Answer, SmallServer
from xds.hl7v2 import CX
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    DocumentRequest,
    DocumentResponse,
    RetrieveDocumentSetResponse,
)
from xds.vocabulary import AvailabilityStatus, ReturnType
from xds.wire.query import read_query, write_query_response
from xds.wire.retrieval import write_retrieve_response

Start = Callable[[Callable[[bytes], Answer]], SmallServer]
PATIENT = CX.build("280073523800332", "1.2.250.1.213.1.4.10")


def nothing_found(body: bytes) -> Answer:
    pieces = envelope.write("urn:a", None, write_query_response(AdhocQueryResponse()), message_id="urn:uuid:1")
    return Answer(b"".join(pieces))


def asked(server: SmallServer) -> AdhocQueryRequest:
    return read_query(parser.parse(server.requests[-1])[1][0])


def test_FindDocuments_asks_with_every_filter(small_server: Start) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.7.1]"""
    server = small_server(nothing_found)
    filters = consumer.Filters(type_codes=("a^^1.2", "b^^1.2"), since="2026", until="20260301")
    with Service(server.url) as service:
        answer = consumer.find_documents(service, PATIENT, list(AvailabilityStatus)[:2], filters)
    assert not answer.errors
    approved, deprecated = list(AvailabilityStatus)[:2]
    assert asked(server) == AdhocQueryRequest(
        consumer.FIND_DOCUMENTS,
        ReturnType.LEAF_CLASS,
        {
            "$XDSDocumentEntryPatientId": ((f"'{PATIENT}'",),),
            "$XDSDocumentEntryStatus": ((f"('{approved}')", f"('{deprecated}')"),),
            "$XDSDocumentEntryTypeCode": (("('a^^1.2')", "('b^^1.2')"),),
            "$XDSDocumentEntryCreationTimeFrom": (("2026",),),
            "$XDSDocumentEntryCreationTimeTo": (("20260301",),),
        },
    )


def test_quote_inside_a_value_is_doubled(small_server: Start) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    server = small_server(nothing_found)
    with Service(server.url) as service:
        consumer.get_documents(service, ["it's"])
    assert asked(server).parameters == {"$XDSDocumentEntryUniqueId": (("('it''s')",),)}


def test_other_body_than_an_answer_is_unexpected(small_server: Start) -> None:
    server = small_server(
        lambda body: Answer(b"".join(envelope.write("urn:a", None, [b"<x/>"], message_id="urn:uuid:1")))
    )
    with Service(server.url) as service:
        with pytest.raises(UnexpectedAnswer, match="ITI-18"):
            consumer.find_submission_sets(service, PATIENT)
        with pytest.raises(UnexpectedAnswer, match="ITI-43"):
            consumer.retrieve(service, [DocumentRequest("1.2", "1.3")])


def test_retrieved_document_is_read_from_its_part(small_server: Start) -> None:
    """[ITI TF-2: 3.43.4.2]"""
    content = b"\x00\r\n--bytes\xff" * 1000
    request = DocumentRequest("1.2", "1.3")

    def answer(body: bytes) -> Answer:
        told = RetrieveDocumentSetResponse((DocumentResponse(request, "text/xml", mtom.Bytes(content)),))
        pieces = envelope.write("urn:a", None, write_retrieve_response(told, ["d@x"]), message_id="urn:uuid:1")
        attachment = mtom.Attachment("d@x", "text/xml", mtom.Bytes(content))
        content_type, packed = mtom.pack(pieces, [attachment], lambda: "boundary-of-the-test")
        return Answer(b"".join(mtom.chunks_of(packed)), content_type)

    server = small_server(answer)
    with Service(server.url) as service:
        (found,) = consumer.retrieve(service, [request]).documents
    assert b"".join(found.content.chunks()) == content
    assert found.request == request
