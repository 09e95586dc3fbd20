"""The three requests of the bench as HTTP messages.

A request is written once, with marks of fixed length where each sending differs; a sending is then a few replacements, so that
the load generator's own cost stays small beside the service's.
"""

from __future__ import annotations

import uuid

from bench import material
from soap import envelope, mtom
from xds import transactions
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest, DocumentRequest, RetrieveDocumentSet
from xds.metadata import Association, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus, ReturnType, SubmissionSetStatus
from xds.wire import query as query_wire
from xds.wire import retrieval, submission

FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
DOCUMENT_MARK = "2.25.770000000000000000000000000000000001"
SET_MARK = "2.25.770000000000000000000000000000000002"
PATIENT_MARK = "299999999999999"


class Requests:
    """The three requests of the bench as HTTP messages; each call gives the next one."""

    def __init__(self, host: str, repository_unique_id: str) -> None:
        self.host = host
        self._provide = self._http("repository", *_provide_message())
        self._query = self._http("registry", *_plain(transactions.ITI_18, _query_body()))
        self._retrieve = self._http(
            "repository", *_plain_mtom(transactions.ITI_43, _retrieve_body(repository_unique_id))
        )

    def provide(self, patient: str) -> bytes:
        """[ITI-41] One CDA of 30 KB that nobody has sent before."""
        fresh = uuid.uuid4().int % 10**36
        return (
            self._provide.replace(DOCUMENT_MARK.encode(), f"2.25.77{fresh:037}"[: len(DOCUMENT_MARK)].encode())
            .replace(SET_MARK.encode(), f"2.25.66{fresh:037}"[: len(SET_MARK)].encode())
            .replace(PATIENT_MARK.encode(), patient.encode())
        )

    def query(self, patient: str) -> bytes:
        """[ITI-18] FindDocuments of a patient, Approved, LeafClass."""
        return self._query.replace(PATIENT_MARK.encode(), patient.encode())

    def retrieve(self, unique_id: str) -> bytes:
        """[ITI-43] One document; the uniqueId has the length of the mark."""
        return self._retrieve.replace(DOCUMENT_MARK.encode(), unique_id.encode())

    def _http(self, endpoint: str, content_type: str, body: bytes) -> bytes:
        head = (
            f"POST /services/{endpoint} HTTP/1.1\r\nHost: {self.host}\r\nContent-Type: {content_type}\r\n"
            f"Content-Length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body


def _provide_message() -> tuple[str, bytes]:
    patient_id = CX(f"{PATIENT_MARK}^^^&{material.AUTHORITY}&ISO^NH")
    one = Submission(
        submission_sets=(material.submission_set(patient_id, "SubmissionSet01", SET_MARK, "20260301083000"),),
        document_entries=(material.entry(1, patient_id, "Document01", DOCUMENT_MARK),),
        associations=(
            Association(
                entry_uuid="Association01",
                association_type=AssociationType.HAS_MEMBER,
                source_object="SubmissionSet01",
                target_object="Document01",
                submission_set_status=SubmissionSetStatus.ORIGINAL,
            ),
        ),
    )
    body = submission.write_provide(one, [("Document01", "document01@bench.invalid")])
    document = material.content(7, material.CDA_BYTES - len(DOCUMENT_MARK)) + DOCUMENT_MARK.encode()
    return _packed(
        transactions.ITI_41, body, [mtom.Attachment("document01@bench.invalid", "text/xml", mtom.Bytes(document))]
    )


def _query_body() -> list[bytes]:
    request = AdhocQueryRequest(
        FIND_DOCUMENTS,
        ReturnType.LEAF_CLASS,
        {
            "$XDSDocumentEntryPatientId": ((f"'{PATIENT_MARK}^^^&{material.AUTHORITY}&ISO'",),),
            "$XDSDocumentEntryStatus": ((f"('{AvailabilityStatus.APPROVED}')",),),
        },
    )
    return query_wire.write_query(request)


def _retrieve_body(repository_unique_id: str) -> list[bytes]:
    return retrieval.write_retrieve(RetrieveDocumentSet((DocumentRequest(repository_unique_id, DOCUMENT_MARK),)))


def _plain(transaction: transactions.Transaction, body: list[bytes]) -> tuple[str, bytes]:
    return "application/soap+xml; charset=UTF-8", b"".join(_envelope(transaction, body))


def _plain_mtom(transaction: transactions.Transaction, body: list[bytes]) -> tuple[str, bytes]:
    return _packed(transaction, body, [])


def _packed(
    transaction: transactions.Transaction, body: list[bytes], attachments: list[mtom.Attachment]
) -> tuple[str, bytes]:
    content_type, pieces = mtom.pack(_envelope(transaction, body), attachments, lambda: uuid.uuid4().hex)
    return content_type, b"".join(piece if isinstance(piece, bytes) else b"".join(piece.chunks()) for piece in pieces)


def _envelope(transaction: transactions.Transaction, body: list[bytes]) -> list[bytes]:
    return envelope.write_request(
        transaction.request_action, "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:bench", body
    )
