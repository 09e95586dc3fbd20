"""What the actors of a house do, as the server's table of routes knows them; who does it is given (``wiring``). [ITI TF-1: 10.1]"""

from __future__ import annotations

from typing import Protocol

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
from server.visit import NOBODY, Visit
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
