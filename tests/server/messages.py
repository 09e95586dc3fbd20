"""Requests as partners send them, and answers read back: bytes on both sides, for the exchange and for a running service."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace

from server.door import Answer, Asked
from soap import envelope, mtom
from soap.envelope import Envelope
from tests.samples import IHE_TEST_AUTHORITY, a_document_entry, a_submission, a_submission_set
from xds.hl7v2 import CX, DTM
from xds.messages import AdhocQueryRequest, DocumentRequest, InstanceIdentifier, RetrieveDocumentSet
from xds.metadata import Submission
from xds.transactions import ITI_18, ITI_41, ITI_43, ITI_44_ADD, Packaging, Transaction
from xds.vocabulary import ReturnType
from xds.wire import patient_feed, query, retrieval, submission

GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"
DOCUMENT = b"<ClinicalDocument>\r\n\x00 not even XML</ClinicalDocument>"


def new_id() -> str:
    """A fresh message id."""
    return uuid.uuid4().urn


def a_message(
    transaction: Transaction,
    body: Sequence[bytes],
    attachments: Sequence[mtom.Attachment] = (),
    *,
    message_id: str | None = None,
    action: str | None = None,
    packaging: Packaging | None = None,
) -> tuple[str, bytes]:
    """Content-Type and body of a request."""
    action = transaction.request_action if action is None else action
    message = envelope.write_request(action, message_id or new_id(), "http://localhost/", body)
    if (packaging or transaction.packaging) is Packaging.SIMPLE:
        return mtom.SIMPLE, b"".join(message)
    content_type, pieces = mtom.pack(message, attachments, new_id)
    return content_type, b"".join(mtom.chunks_of(pieces))


def a_feed(id_number: str = "MARTIN-1", **changes: str) -> tuple[str, bytes]:
    """[ITI-44] The patient of the samples is made known."""
    body = patient_feed.write_patient_added(
        [InstanceIdentifier(IHE_TEST_AUTHORITY, id_number)],
        message_id=new_id(),
        now=DTM("20240312083000"),
        sender=InstanceIdentifier("1.2.826.0.1.3680043.8.641.30"),
        receiver=InstanceIdentifier("1.2.826.0.1.3680043.8.641.31"),
    )
    return a_message(ITI_44_ADD, body, **changes)


def a_lot() -> Submission:
    """A submission of one document, as a source makes it: without hash, size and repositoryUniqueId."""
    return a_submission(document_entries=[a_document_entry(hash=None, size=None, repository_unique_id=None)])


def a_lot_of(patient_id: CX) -> Submission:
    """A submission of one document of that patient."""
    entry = a_document_entry(hash=None, size=None, repository_unique_id=None, patient_id=patient_id)
    return a_submission(document_entries=[entry], submission_set=a_submission_set(patient_id=patient_id))


def a_provide(lot: Submission | None = None, document: bytes = DOCUMENT, **changes: str) -> tuple[str, bytes]:
    """[ITI-41] A lot with its document."""
    body = submission.write_provide(lot or a_lot(), [("Document01", "document1@test")])
    attachment = mtom.Attachment("document1@test", "text/xml", mtom.Bytes(document))
    return a_message(ITI_41, body, [attachment], **changes)


def a_query(unique_id: str, **changes: str) -> tuple[str, bytes]:
    """[ITI-18] GetDocuments by uniqueId."""
    parameters = {"$XDSDocumentEntryUniqueId": ((f"('{unique_id}')",),)}
    body = query.write_query(AdhocQueryRequest(GET_DOCUMENTS, ReturnType.LEAF_CLASS, parameters))
    return a_message(ITI_18, body, **changes)


def a_retrieval(repository_unique_id: str, *unique_ids: str, **changes: str) -> tuple[str, bytes]:
    """[ITI-43] Documents by uniqueId."""
    requests = tuple(DocumentRequest(repository_unique_id, unique_id) for unique_id in unique_ids)
    return a_message(ITI_43, retrieval.write_retrieve(RetrieveDocumentSet(requests)), **changes)


def asked(endpoint: str, message: tuple[str, bytes]) -> Asked:
    """A request as the door hands it on."""
    return Asked(endpoint, message[0], bytearray(message[1]), None)


def body_of(answer: Answer) -> bytes:
    """The bytes of an answer."""
    return b"".join(mtom.chunks_of(answer.pieces))


def read(content_type: str, body: bytes) -> Envelope:
    """An answer as a client reads it. *Raises* ReceivedFault."""
    return envelope.read_answer(mtom.unpack(content_type, body))


def read_answer(answer: Answer) -> Envelope:
    """The answer of an exchange as a client reads it."""
    return read(answer.content_type, body_of(answer))


def unique_id_of(lot: Submission) -> str:
    """The uniqueId of a lot's one document."""
    (entry,) = lot.document_entries
    assert entry.unique_id is not None
    return entry.unique_id


def with_code(lot: Submission, **changes: object) -> Submission:
    """The lot, its one entry changed."""
    return replace(lot, document_entries=tuple(replace(entry, **changes) for entry in lot.document_entries))  # type: ignore[arg-type]
