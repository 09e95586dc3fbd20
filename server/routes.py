"""The whole server in one table: which transaction is read, done and written by whom. [ITI TF-1: 10.2]

A row is four functions and what is said when they break. Who acts is given (``wiring``); how a transaction looks on the wire is
told by ``xds.transactions``.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

from lxml import etree

from audit import wire as audit_wire
from audit.wire import JournalRequest, JournalRow
from record.messages import (
    AuthorizationSet,
    AuthorizationsListed,
    CandidatesQuery,
    CandidatesResponse,
    DemographicsQuery,
    DemographicsResponse,
    ListAuthorizations,
    ListPatients,
    PatientsListed,
    Registration,
    RegistrationResponse,
    SetAuthorization,
)
from record.wire import candidates, demographics, registration, services
from server.metrics import Outcome
from server.visit import NOBODY, Visit
from soap import faults, mtom
from soap.mtom import Attachment, Package
from xds import transactions
from xds.errors import ErrorList
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    FeedAcknowledgement,
    PatientFeed,
    ProvideAndRegisterDocumentSet,
    RegisterDocumentSet,
    RegistryResponse,
    RemoveDocuments,
    RemoveDocumentsResponse,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
    UpdateDocumentSet,
)
from xds.metadata import Submission
from xds.transactions import Transaction
from xds.vocabulary import ResponseStatus
from xds.wire import patient_feed, query, removal, response, retrieval, submission

Request = TypeVar("Request")
Response = TypeVar("Response")


class Written(NamedTuple):
    """The element of a response's Body in pieces, and the binary parts that it refers to."""

    body: Sequence[bytes]
    attachments: Sequence[Attachment] = ()


@dataclass(frozen=True, slots=True)
class Route(Generic[Request, Response]):
    """A row. ``outcome`` tells how a response ended. ``refuse`` makes the transaction's own response of errors that no rule gave;
    without it a SOAP fault says them."""

    transaction: Transaction
    read: Callable[[etree._Element, Package], Request]
    act: Callable[[Request, Visit], Response]
    write: Callable[[Response], Written]
    outcome: Callable[[Response], Outcome]
    refuse: Callable[[ErrorList], Response] | None = None


class RegistryVerbs(Protocol):
    """What a Document Registry does, each verb in a unit of work of its own."""

    def register(self, request: RegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse: ...

    def register_on_demand(self, request: RegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse: ...

    def update(self, request: UpdateDocumentSet, visit: Visit = NOBODY) -> RegistryResponse: ...

    def update_restricted(self, request: RestrictedUpdateDocumentSet, visit: Visit = NOBODY) -> RegistryResponse: ...

    def remove(self, request: RemoveMetadata, visit: Visit = NOBODY) -> RegistryResponse: ...

    def query(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse: ...

    def query_multiple_patients(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse: ...

    def feed(self, request: PatientFeed, visit: Visit = NOBODY) -> FeedAcknowledgement: ...


class RecordVerbs(Protocol):
    """What the keeper of patients' records does. [DMP: TD0.2 … TD1.6]"""

    def consult(self, request: DemographicsQuery, visit: Visit) -> DemographicsResponse: ...

    def find_candidates(self, request: CandidatesQuery, visit: Visit) -> CandidatesResponse: ...

    def register(self, request: Registration, visit: Visit) -> RegistrationResponse: ...

    def set_authorization(self, request: SetAuthorization, visit: Visit) -> AuthorizationSet: ...

    def list_authorizations(self, request: ListAuthorizations, visit: Visit) -> AuthorizationsListed: ...

    def list_patients(self, request: ListPatients, visit: Visit) -> PatientsListed: ...

    def read_journal(self, request: JournalRequest, visit: Visit) -> tuple[JournalRow, ...]: ...


class RepositoryVerbs(Protocol):
    """What a Document Repository does."""

    def provide(self, request: ProvideAndRegisterDocumentSet, visit: Visit = NOBODY) -> RegistryResponse: ...

    def retrieve(self, request: RetrieveDocumentSet, visit: Visit = NOBODY) -> RetrieveDocumentSetResponse: ...

    def remove(self, request: RemoveDocuments, visit: Visit = NOBODY) -> RemoveDocumentsResponse: ...


class GatewayVerbs(Protocol):
    """What a Responding Gateway does for other communities; an error's location is always ``home_community_id``."""

    @property
    def home_community_id(self) -> str: ...

    def query(self, request: AdhocQueryRequest, visit: Visit = NOBODY) -> AdhocQueryResponse: ...

    def retrieve(self, request: RetrieveDocumentSet, visit: Visit = NOBODY) -> RetrieveDocumentSetResponse: ...


SMALL_BYTES_MAX = 8 * 1024
"""A query or a retrieval has one to three KiB."""

_READS = tuple(
    f">{transaction.request_action}<".encode()
    for transaction in (transactions.ITI_18, transactions.ITI_38, transactions.ITI_39, transactions.ITI_43)
)
"""As wsa:Action has them. Not ITI-51, which may look through the entries of everybody."""


def is_small_read(body: bytearray) -> bool:
    """Whether a request waits for no flush and no lock, as far as can be told unread; a wrong guess costs time and nothing else."""
    return len(body) <= SMALL_BYTES_MAX and any(action in body for action in _READS)


REMOVALS = (transactions.ITI_62, transactions.ITI_86)
"""What is served only where the affinity domain lets things be taken out for good."""


OF_RECORDS = (
    transactions.TD_0_2,
    transactions.TD_0_3,
    transactions.TD_0_4,
    transactions.TD_0_5,
    transactions.TD_1_1,
    transactions.TD_1_2,
    transactions.TD_1_6,
    audit_wire.JOURNAL_BY_PATIENT,
)
"""What is served only where the affinity domain manages records, by the first transaction of each action."""


class Routes:
    """The rows of one server, found by endpoint and action."""

    def __init__(
        self,
        registry: RegistryVerbs | None,
        repository: RepositoryVerbs | None,
        gateway: GatewayVerbs | None = None,
        records: RecordVerbs | None = None,
        *,
        removal_allowed: bool = True,
    ) -> None:
        rows: list[Route[Any, Any]] = []
        if registry is not None:
            rows += _registry_rows(registry)
        if repository is not None:
            rows += _repository_rows(repository)
        if gateway is not None:
            rows += _gateway_rows(gateway)
        if records is not None:
            rows += _record_rows(records)
        withheld = (() if removal_allowed else REMOVALS) + (() if records is not None else OF_RECORDS)
        self._withheld = {one.request_action: one for one in withheld}
        self._rows = {
            row.transaction.request_action: row for row in rows if row.transaction.request_action not in self._withheld
        }

    @property
    def withheld(self) -> tuple[str, ...]:
        """The actions that the affinity domain does not allow."""
        return tuple(self._withheld)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The last parts of the paths that answer."""
        return tuple(dict.fromkeys(row.transaction.actor.value for row in self._rows.values()))

    def __iter__(self) -> Iterator[Route[Any, Any]]:
        return iter(self._rows.values())

    def find(self, endpoint: str, action: str) -> Route[Any, Any]:
        """The row of an action at an endpoint. *Raises* SOAPFault: the action is not served there. [ITI TF-2: V.3.2.2]"""
        row = self._rows.get(action)
        if row is None:
            withheld = self._withheld.get(action)
            why = f" ({withheld.name}, which this affinity domain does not allow)" if withheld is not None else ""
            raise faults.ACTION_NOT_SUPPORTED.fault(_shown(action) + why)
        if row.transaction.actor != endpoint:
            name, actor = row.transaction.name, row.transaction.actor
            raise faults.ACTION_NOT_SUPPORTED.fault(f"{_shown(action)} ({name}, served at the {actor} endpoint)")
        return row


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


def _registry_rows(registry: RegistryVerbs) -> tuple[Route[Any, Any], ...]:
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


def _repository_rows(repository: RepositoryVerbs) -> tuple[Route[Any, Any], ...]:
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


def _gateway_rows(gateway: GatewayVerbs) -> tuple[Route[Any, Any], ...]:
    home = gateway.home_community_id
    return (
        _asks(transactions.ITI_38, gateway.query, home),
        _retrieves(transactions.ITI_39, gateway.retrieve, home),
    )


def _record_rows(records: RecordVerbs) -> tuple[Route[Any, Any], ...]:
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


def _shown(action: str) -> str:
    return action if len(action) <= 200 else action[:200] + "…"
