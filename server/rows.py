"""The rows of the server's table: which transaction is read, done and written by whom. [ITI TF-1: 10.2]

How a transaction looks on the wire is told by ``xds.transactions`` and the wires of the rooms.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

from lxml import etree

from audit import wire as audit_wire
from record.wire import candidates, demographics, registration, services
from server.metrics import Outcome
from server.route import Request, Route, Written
from server.verbs import GatewayVerbs, RecordVerbs, RegistryVerbs, RepositoryVerbs
from server.visit import Visit
from soap import mtom
from soap.mtom import Attachment, Package
from xds import transactions
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    ProvideAndRegisterDocumentSet,
    RegisterDocumentSet,
    RegistryResponse,
    RemoveDocumentsResponse,
    RestrictedUpdateDocumentSet,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
    UpdateDocumentSet,
)
from xds.metadata import Submission
from xds.transactions import Transaction
from xds.vocabulary import ResponseStatus
from xds.wire import patient_feed, query, removal, response, retrieval, submission

_STATUS_OUTCOMES = {
    ResponseStatus.SUCCESS: Outcome.SUCCESS,
    ResponseStatus.PARTIAL_SUCCESS: Outcome.PARTIAL_SUCCESS,
    ResponseStatus.FAILURE: Outcome.FAILURE,
}


def _asks(
    transaction: Transaction, act: Callable[[AdhocQueryRequest, Visit], AdhocQueryResponse], location: str = ""
) -> Route[Any, Any]:
    """The row of a stored query; ``location`` is said of errors that no rule gave."""
    return Route(
        transaction,
        lambda body, _package: query.read_query(body),
        act,
        lambda answer: Written(query.write_query_response(answer)),
        _outcome,
        lambda errors: AdhocQueryResponse(errors=errors.located(location) if location else errors),
    )


def _retrieves(
    transaction: Transaction,
    act: Callable[[RetrieveDocumentSet, Visit], RetrieveDocumentSetResponse],
    location: str = "",
) -> Route[Any, Any]:
    """The row of a retrieval; ``location`` as above."""
    return Route(
        transaction,
        lambda body, _package: retrieval.read_retrieve(body),
        act,
        _write_retrieved,
        _outcome,
        lambda errors: RetrieveDocumentSetResponse(errors=errors.located(location) if location else errors),
    )


def _changes(
    transaction: Transaction,
    read: Callable[[etree._Element, Package], Request],
    act: Callable[[Request, Visit], RegistryResponse],
) -> Route[Any, Any]:
    """The row of a transaction that is answered by a RegistryResponse."""
    return Route(
        transaction, read, act, lambda answer: Written(response.write_response(answer)), _outcome, RegistryResponse
    )


def _submits(
    transaction: Transaction,
    request: Callable[[Submission], Request],
    act: Callable[[Request, Visit], RegistryResponse],
) -> Route[Any, Any]:
    """The row of a transaction whose body is a SubmitObjectsRequest."""
    return _changes(transaction, lambda body, _package: request(submission.read_submission(body)), act)


def registry_rows(registry: RegistryVerbs) -> tuple[Route[Any, Any], ...]:
    """The rows of a Document Registry. [ITI TF-1: 10.1.1.3]"""
    return (
        _asks(transactions.ITI_18, registry.query),
        _asks(transactions.ITI_51, registry.query_multiple_patients),
        _submits(transactions.ITI_42, RegisterDocumentSet, registry.register),
        _submits(transactions.ITI_61, RegisterDocumentSet, registry.register_on_demand),
        _submits(transactions.ITI_57, UpdateDocumentSet, registry.update),
        _submits(transactions.ITI_92, RestrictedUpdateDocumentSet, registry.update_restricted),
        _changes(transactions.ITI_62, lambda body, _package: removal.read_remove_metadata(body), registry.remove),
        *(
            Route(
                transaction,
                lambda body, _package: patient_feed.read_patient_feed(body),
                registry.feed,
                lambda answer: Written(patient_feed.write_acknowledgement(answer)),
                lambda answer: Outcome.FAILURE if answer.response.is_refusal else Outcome.SUCCESS,
            )
            for transaction in (transactions.ITI_44_ADD, transactions.ITI_44_REVISE, transactions.ITI_44_MERGE)
        ),
    )


def repository_rows(repository: RepositoryVerbs) -> tuple[Route[Any, Any], ...]:
    """The rows of a Document Repository. [ITI TF-1: 10.1.1.4]"""
    return (
        _changes(transactions.ITI_41, _read_provide, repository.provide),
        _retrieves(transactions.ITI_43, repository.retrieve),
        Route(
            transactions.ITI_86,
            lambda body, _package: removal.read_remove_documents(body),
            repository.remove,
            lambda answer: Written(removal.write_remove_documents_response(answer)),
            _outcome,
            lambda errors: RemoveDocumentsResponse(errors=errors),
        ),
    )


def gateway_rows(gateway: GatewayVerbs) -> tuple[Route[Any, Any], ...]:
    """The rows of a Responding Gateway. [ITI TF-1: 18]"""
    home = gateway.home_community_id
    return (
        _asks(transactions.ITI_38, gateway.query, home),
        _retrieves(transactions.ITI_39, gateway.retrieve, home),
    )


def record_rows(records: RecordVerbs) -> tuple[Route[Any, Any], ...]:
    """Several transactions share an action: what one is about is told by its reasonCode, and the verb knows. [DMP: TD1.x]"""
    return (
        _keeps(
            transactions.TD_0_2,
            demographics.read_demographics_query,
            records.consult,
            demographics.write_demographics_response,
        ),
        _keeps(
            transactions.TD_0_5,
            candidates.read_candidates_query,
            records.find_candidates,
            candidates.write_candidates_response,
        ),
        _keeps(
            transactions.TD_1_1,
            registration.read_registration,
            records.register,
            registration.write_registration_response,
        ),
        _keeps(
            transactions.TD_1_2,
            registration.read_registration,
            records.register,
            registration.write_registration_response,
        ),
        _keeps(
            transactions.TD_0_3,
            services.read_set_authorization,
            records.set_authorization,
            services.write_authorization_set,
        ),
        _keeps(
            transactions.TD_1_6,
            services.read_list_authorizations,
            records.list_authorizations,
            services.write_authorizations_listed,
        ),
        _keeps(transactions.TD_0_4, services.read_list_patients, records.list_patients, services.write_patients_listed),
        Route(
            audit_wire.JOURNAL_BY_PATIENT,
            lambda body, _package: audit_wire.read_request(body),
            records.read_journal,
            lambda rows: Written(audit_wire.write_response(rows)),
            lambda _rows: Outcome.SUCCESS,
        ),
    )


class _Kept(Protocol):
    @property
    def is_refusal(self) -> bool: ...


Kept = TypeVar("Kept", bound=_Kept)


def _keeps(
    transaction: Transaction,
    read: Callable[[etree._Element], Request],
    act: Callable[[Request, Visit], Kept],
    write: Callable[[Kept], Sequence[bytes]],
) -> Route[Any, Any]:
    """The row of a transaction on a record; an error that no rule gave is told by a fault."""
    return Route(
        transaction,
        lambda body, _package: read(body),
        act,
        lambda answer: Written(write(answer)),
        lambda answer: Outcome.FAILURE if answer.is_refusal else Outcome.SUCCESS,
    )


def _outcome(
    answer: RegistryResponse | AdhocQueryResponse | RetrieveDocumentSetResponse | RemoveDocumentsResponse,
) -> Outcome:
    return _STATUS_OUTCOMES[answer.status]


def _read_provide(body: etree._Element, package: Package) -> ProvideAndRegisterDocumentSet:
    return submission.read_provide(body, lambda element: mtom.content_of(element, package), package.unreferenced)


def _write_retrieved(answer: RetrieveDocumentSetResponse) -> Written:
    unique = secrets.token_hex(8)
    attachments = [
        Attachment(f"document{place}@{unique}", found.mime_type, found.content)
        for place, found in enumerate(answer.documents, 1)
    ]
    return Written(retrieval.write_retrieve_response(answer, [one.content_id for one in attachments]), attachments)
