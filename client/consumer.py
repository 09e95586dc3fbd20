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
GET_SUBMISSION_SETS = "urn:uuid:51224314-5390-4169-9b91-b1980040715a"
GET_SUBMISSION_SET_AND_CONTENTS = "urn:uuid:e8e3cb2c-e39c-46b9-99e4-c12f57260b83"


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
        patient,
    )


def find_submission_sets(service: Service, patient: CX) -> QueryAnswer:
    """FindSubmissionSets: every SubmissionSet of a patient. *Raises* ServiceError."""
    approved = _any_of([AvailabilityStatus.APPROVED])
    parameters = {"$XDSSubmissionSetPatientId": (quoted(patient),), "$XDSSubmissionSetStatus": approved}
    return _query(service, FIND_SUBMISSION_SETS, parameters, patient)


def get_documents(service: Service, unique_ids: Iterable[str], patient: CX | None = None) -> QueryAnswer:
    """GetDocuments: the DocumentEntries with these uniqueIds, whatever their status. *Raises* ServiceError."""
    return _query(service, GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": _any_of(unique_ids)}, patient)


def get_submission_sets(service: Service, entry_uuids: Iterable[str], patient: CX | None = None) -> QueryAnswer:
    """GetSubmissionSets: the SubmissionSets that brought these objects. *Raises* ServiceError."""
    return _query(service, GET_SUBMISSION_SETS, {"$uuid": _any_of(entry_uuids)}, patient)


def get_contents(service: Service, submission_set_unique_id: str, patient: CX | None = None) -> QueryAnswer:
    """GetSubmissionSetAndContents: a SubmissionSet with all that it brought. *Raises* ServiceError."""
    parameters = {"$XDSSubmissionSetUniqueId": (quoted(submission_set_unique_id),)}
    return _query(service, GET_SUBMISSION_SET_AND_CONTENTS, parameters, patient)


def refer_documents(service: Service, unique_ids: Iterable[str], patient: CX | None = None) -> QueryAnswer:
    """entryUUIDs of the DocumentEntries with these uniqueIds: for whoever may not consult. *Raises* ServiceError. [DMP: TD3.1b]"""
    parameters = {"$XDSDocumentEntryUniqueId": _any_of(unique_ids), "$MetadataLevel": ("1",)}
    return _query(service, GET_DOCUMENTS, parameters, patient, ReturnType.OBJECT_REF)


def refer_approved(service: Service, patient: CX) -> QueryAnswer:
    """entryUUIDs of the Approved DocumentEntries of a patient. *Raises* ServiceError. [DMP: TD3.1b]"""
    parameters = {
        "$XDSDocumentEntryPatientId": (quoted(patient),),
        "$XDSDocumentEntryStatus": _any_of([AvailabilityStatus.APPROVED]),
        "$MetadataLevel": ("1",),
    }
    return _query(service, FIND_DOCUMENTS, parameters, patient, ReturnType.OBJECT_REF)


def retrieve(
    service: Service, requests: Iterable[DocumentRequest], patient: CX | None = None
) -> RetrieveDocumentSetResponse:
    """Documents by repository and uniqueId; their bytes are views into the answer. *Raises* ServiceError."""
    body = write_retrieve(RetrieveDocumentSet(tuple(requests)))
    answer = service.call(transactions.ITI_43, body, patient=patient)
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


def _query(
    service: Service,
    query_id: str,
    parameters: Mapping[str, tuple[str, ...]],
    patient: CX | None = None,
    return_type: ReturnType = ReturnType.LEAF_CLASS,
) -> QueryAnswer:
    given = {name: (values,) for name, values in parameters.items() if values}
    request = AdhocQueryRequest(query_id, return_type, given)
    answer = service.call(transactions.ITI_18, write_query(request), patient=patient)
    try:
        return read_query_response(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-18 was answered by something else: {error}") from error
