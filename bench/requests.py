"""The three requests of the bench as HTTP messages.

A request is written once, with marks of fixed length where each sending differs; a sending is then a few replacements, so that
the load generator's own cost stays small beside the service's.
"""

from __future__ import annotations

import random
import re
import uuid
from collections.abc import Generator

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
FIND_SUBMISSION_SETS = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_ASSOCIATIONS = "urn:uuid:a7ae438b-4bc2-4642-93e9-be891f7bb155"
GET_DOCUMENTS_AND_ASSOCIATIONS = "urn:uuid:bab9529a-4a10-40b3-a01f-f68a615d247a"
LAST_CONNECTION = "20240101"
BATCH = 20  # entries asked for at once, as a client does
_PACKAGE = re.compile(rb'<rim:RegistryPackage [^>]*?\bid="(urn:uuid:[^"]+)"')
_TARGET = re.compile(rb'targetObject="(urn:uuid:[^"]+)"')
_UNIQUE_ID = re.compile(rb'value="(2\.25\.88\d+)"')
# As long as the ids that take their place: a request keeps its length.
DOCUMENT_MARK = f"2.25.77{1:037}"
SET_MARK = f"2.25.66{2:037}"
PATIENT_MARK = "299999999999999"


class Requests:
    """The three requests of the bench as HTTP messages; each call gives the next one."""

    def __init__(self, host: str, repository_unique_id: str) -> None:
        self.host = host
        self._provide = http(host, "repository", *_provide_message())
        self._query = http(host, "registry", *query_message())
        self._retrieve = http(host, "repository", *retrieve_message(repository_unique_id))

    def provide(self, patient: str) -> bytes:
        """[ITI-41] One CDA of 30 KB that nobody has sent before."""
        fresh = uuid.uuid4().int % 10**36
        return (
            self._provide.replace(DOCUMENT_MARK.encode(), f"2.25.77{fresh:037}".encode())
            .replace(SET_MARK.encode(), f"2.25.66{fresh:037}".encode())
            .replace(PATIENT_MARK.encode(), patient.encode())
        )

    def query(self, patient: str) -> bytes:
        """[ITI-18] FindDocuments of a patient, Approved, LeafClass."""
        return self._query.replace(PATIENT_MARK.encode(), patient.encode())

    def retrieve(self, unique_id: str) -> bytes:
        """[ITI-43] One document; the uniqueId has the length of the mark."""
        return self._retrieve.replace(DOCUMENT_MARK.encode(), unique_id.encode())

    def rhythm(self, draw: random.Random, patients: int) -> Generator[bytes, bytes, None]:
        """What a client asks when a record is opened again, for one patient after the other; it is sent each answer."""
        while True:
            answer = yield self._ask(
                FIND_SUBMISSION_SETS,
                {
                    "$XDSSubmissionSetPatientId": (
                        f"'{material.matricule(draw.randrange(patients))}^^^&{material.AUTHORITY}&ISO'",
                    ),
                    "$XDSSubmissionSetStatus": (f"('{AvailabilityStatus.APPROVED}')",),
                    "$XDSSubmissionSetSubmissionTimeFrom": (LAST_CONNECTION,),
                },
            )
            sets = _PACKAGE.findall(answer)
            if not sets:
                continue
            answer = yield self._ask(GET_ASSOCIATIONS, {"$uuid": _listed(sets)})
            targets = list(dict.fromkeys(_TARGET.findall(answer)))
            for first in range(0, len(targets), BATCH):
                parameters = {"$XDSDocumentEntryEntryUUID": _listed(targets[first : first + BATCH])}
                answer = yield self._ask(GET_DOCUMENTS_AND_ASSOCIATIONS, parameters)
            yield self.retrieve(draw.choice(_UNIQUE_ID.findall(answer)).decode())

    def _ask(self, query_id: str, parameters: dict[str, tuple[str, ...]]) -> bytes:
        slots = {name: (values,) for name, values in parameters.items()}
        body = query_wire.write_query(AdhocQueryRequest(query_id, ReturnType.LEAF_CLASS, slots))
        return http(self.host, "registry", *_plain(transactions.ITI_18, body))


def http(host: str, endpoint: str, content_type: str, body: bytes) -> bytes:
    """An HTTP request on a connection that stays open."""
    head = (
        f"POST /services/{endpoint} HTTP/1.1\r\nHost: {host}\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def query_message(security: bytes = b"") -> tuple[str, bytes]:
    """[ITI-18] FindDocuments of the patient of the mark: Content-Type and body."""
    return _plain(transactions.ITI_18, _query_body(), security)


def retrieve_message(repository_unique_id: str, security: bytes = b"") -> tuple[str, bytes]:
    """[ITI-43] The document of the mark: Content-Type and body."""
    return packed(transactions.ITI_43, _retrieve_body(repository_unique_id), [], security)


def _listed(ids: list[bytes]) -> tuple[str, ...]:
    return tuple(f"('{one.decode()}')" for one in ids)


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
    return packed(
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


def _plain(transaction: transactions.Transaction, body: list[bytes], security: bytes = b"") -> tuple[str, bytes]:
    return "application/soap+xml; charset=UTF-8", b"".join(_envelope(transaction, body, security))


def packed(
    transaction: transactions.Transaction, body: list[bytes], attachments: list[mtom.Attachment], security: bytes = b""
) -> tuple[str, bytes]:
    """A request in MTOM: Content-Type and body."""
    content_type, pieces = mtom.pack(_envelope(transaction, body, security), attachments, lambda: uuid.uuid4().hex)
    return content_type, b"".join(piece if isinstance(piece, bytes) else b"".join(piece.chunks()) for piece in pieces)


def _envelope(transaction: transactions.Transaction, body: list[bytes], security: bytes) -> list[bytes]:
    return envelope.write_request(
        transaction.request_action, "urn:uuid:00000000-0000-4000-8000-000000000001", "urn:bench", body, security
    )
