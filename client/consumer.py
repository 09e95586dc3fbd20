"""The Document Consumer: stored queries and retrieval, from values to values. [ITI-18] [ITI-43] [ITI TF-2: 3.18, 3.43]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from client.call import Service, UnexpectedAnswer
from soap import mtom
from xds import transactions
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest, DocumentRequest, RetrieveDocumentSet, RetrieveDocumentSetResponse
from xds.vocabulary import AvailabilityStatus, ReturnType
from xds.wire import WrongBody
from xds.wire.query import QueryAnswer, read_query_response, write_query
from xds.wire.retrieval import read_retrieve_response, write_retrieve

FIND_DOCUMENTS = "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d"
FIND_SUBMISSION_SETS = "urn:uuid:f26abbcb-ac74-4422-8a30-edb644bbc1a9"
GET_DOCUMENTS = "urn:uuid:5c4f972b-d56b-40ac-a5fc-c8ca9b40b9d4"


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """What narrows FindDocuments; codes as ``code^^scheme``, times as DTM: since ≤ creationTime < until."""

    type_codes: tuple[str, ...] = ()
    class_codes: tuple[str, ...] = ()
    format_codes: tuple[str, ...] = ()
    since: str = ""
    until: str = ""


def find_documents(
    service: Service, patient: CX, statuses: Iterable[AvailabilityStatus], filters: Filters | None = None
) -> QueryAnswer:
    """FindDocuments: the DocumentEntries of a patient, as full objects. *Raises* ServiceError."""
    filters = filters or Filters()
    return _query(
        service,
        FIND_DOCUMENTS,
        {
            "$XDSDocumentEntryPatientId": (quoted(patient),),
            "$XDSDocumentEntryStatus": _any_of(statuses),
            "$XDSDocumentEntryTypeCode": _any_of(filters.type_codes),
            "$XDSDocumentEntryClassCode": _any_of(filters.class_codes),
            "$XDSDocumentEntryFormatCode": _any_of(filters.format_codes),
            "$XDSDocumentEntryCreationTimeFrom": (filters.since,) if filters.since else (),
            "$XDSDocumentEntryCreationTimeTo": (filters.until,) if filters.until else (),
        },
    )


def find_submission_sets(service: Service, patient: CX) -> QueryAnswer:
    """FindSubmissionSets: every SubmissionSet of a patient. *Raises* ServiceError."""
    approved = _any_of([AvailabilityStatus.APPROVED])
    parameters = {"$XDSSubmissionSetPatientId": (quoted(patient),), "$XDSSubmissionSetStatus": approved}
    return _query(service, FIND_SUBMISSION_SETS, parameters)


def get_documents(service: Service, unique_ids: Iterable[str]) -> QueryAnswer:
    """GetDocuments: the DocumentEntries with these uniqueIds, whatever their status. *Raises* ServiceError."""
    return _query(service, GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": _any_of(unique_ids)})


def retrieve(service: Service, requests: Iterable[DocumentRequest]) -> RetrieveDocumentSetResponse:
    """Documents by repository and uniqueId; their bytes are views into the answer. *Raises* ServiceError."""
    answer = service.call(transactions.ITI_43, write_retrieve(RetrieveDocumentSet(tuple(requests))))
    try:
        return read_retrieve_response(answer.body, lambda element: mtom.content_of(element, answer.package))
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-43 was answered by something else: {error}") from error


def quoted(text: str) -> str:
    """A text as a query's value: in single quotes, a quote inside doubled. [ITI TF-2: 3.18.4.1.2.3.5]"""
    return "'" + text.replace("'", "''") + "'"


def _any_of(texts: Iterable[str]) -> tuple[str, ...]:
    """A list with a Value for each text: a Value holds 256 characters at most. [ITI TF-2: 3.18.4.1.2.3.5]"""
    return tuple(f"({quoted(text)})" for text in texts)


def _query(service: Service, query_id: str, parameters: Mapping[str, tuple[str, ...]]) -> QueryAnswer:
    given = {name: (values,) for name, values in parameters.items() if values}
    request = AdhocQueryRequest(query_id, ReturnType.LEAF_CLASS, given)
    answer = service.call(transactions.ITI_18, write_query(request))
    try:
        return read_query_response(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-18 was answered by something else: {error}") from error
