"""The verbs of a house behind their guard, over a real database, for one invented patient: what tests of the guard speak with."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from access.caller import Caller
from access.mandate import RecordState, Standing
from audit.line import Line
from audit.store import journal, outbox
from record.actor import PatientRecords
from record.authorising import PROFESSIONAL_TYPE
from record.facts import Closing
from record.messages import (
    AuthorizationSet,
    DemographicsQuery,
    DemographicsResponse,
    Header,
    Named,
    Observation,
    Reason,
    Registration,
    RegistrationResponse,
    SetAuthorization,
)
from record.store.standing import fetch_standing
from registry import parameters as p
from registry import stored_queries as q
from registry.actor import DocumentRegistry
from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore, take_fingerprint
from repository.store.index import Holding
from server.actors_at_work import RegistryAtWork, RepositoryAtWork
from server.guard import Guard
from server.records_at_work import RecordsAtWork
from server.registry_link import LocalRegistryLink
from server.visit import NOBODY, Use, Visit
from sql.database import Database
from tests.access.people import the_dmp
from tests.registry.callers import GuardedDesk
from tests.registry.desk import SQLBackend
from tests.samples import fresh_uuid
from xds.domain import AffinityDomain, SealPolicy
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    DocumentRequest,
    RegisterDocumentSet,
    RegistryResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
    UpdateDocumentSet,
)
from xds.metadata import DocumentEntry, Submission
from xds.vocabulary import AvailabilityStatus, ReturnType

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
EXPIRES = int(NOW.timestamp()) + 600
DOCUMENT = b"<ClinicalDocument/>"


@dataclass
class Gate:
    """One patient, and the verbs with whoever comes; lots need no seal, so that they are registered by ITI-42."""

    database: Database
    folder: Path
    domain: AffinityDomain = field(default_factory=lambda: replace(the_dmp(), seals=SealPolicy()))
    clock: Callable[[], datetime] = lambda: NOW

    def __post_init__(self) -> None:
        self.desk = GuardedDesk(SQLBackend(self.database, self.domain), self.domain)
        self.patient = self.desk.patient_id.id_number, self.desk.patient_id.authority
        self.guard = Guard(self.domain, self.database, lambda: self.clock())
        self.actor = DocumentRegistry(self.domain, lambda: NOW, fresh_uuid)
        self.registry = RegistryAtWork(self.actor, self.guard)
        self.records = RecordsAtWork(PatientRecords(self.domain, lambda: NOW, fresh_uuid), self.guard)
        self.content = ContentStore(self.folder)
        link = LocalRegistryLink(self.actor, self.guard, NOBODY)
        repository = DocumentRepository(
            self.domain.repository_unique_id, self.content, link, index.asking(self.database.read), lambda: NOW
        )
        self.repository = RepositoryAtWork(repository, self.database, self.guard, lambda _: link)

    def caller(self, actor: str = "author", **changes: Any) -> Caller:
        """Somebody with an assertion for the patient."""
        caller = self.desk.mandate(actor, **changes).caller
        assert caller is not None
        return caller

    def visit(self, actor: str = "author", **changes: Any) -> Visit:
        """Their visit, with an assertion that has not been used."""
        use = Use(secrets.token_bytes(32), EXPIRES)
        return Visit(self.caller(actor, **changes), use, f"urn:uuid:message-{actor}", "192.0.2.7")

    def submit(self, submission: Submission, visit: Visit | None = None) -> RegistryResponse:
        """[ITI-42]"""
        return self.registry.register(RegisterDocumentSet(submission), visit or self.visit())

    def update(self, submission: Submission, visit: Visit | None = None) -> RegistryResponse:
        """[ITI-57]"""
        return self.registry.update(UpdateDocumentSet(submission), visit or self.visit())

    def find(self, visit: Visit) -> AdhocQueryResponse:
        """[ITI-18] FindDocuments, of any status."""
        statuses = tuple(f"'{each}'" for each in AvailabilityStatus)
        slots = {p.ENTRY_PATIENT_ID.name: ((self.desk.patient,),), p.ENTRY_STATUS.name: (statuses,)}
        request = AdhocQueryRequest(q.FIND_DOCUMENTS.query_id, ReturnType.LEAF_CLASS, slots)
        return self.registry.query(request, visit)

    def get(self, visit: Visit, *entry_uuids: str) -> AdhocQueryResponse:
        """[ITI-18] GetDocuments, which names no patient."""
        slots = {p.ENTRY_UUID.name: (tuple(f"'{each}'" for each in entry_uuids),)}
        return self.registry.query(AdhocQueryRequest(q.GET_DOCUMENTS.query_id, ReturnType.LEAF_CLASS, slots), visit)

    def retrieve(self, visit: Visit, *unique_ids: str) -> RetrieveDocumentSetResponse:
        """[ITI-43]"""
        requests = tuple(DocumentRequest(self.domain.repository_unique_id, each) for each in unique_ids)
        return self.repository.retrieve(RetrieveDocumentSet(requests), visit)

    def hold(self, *entries: DocumentEntry) -> None:
        """The repository holds their bytes."""
        fingerprint = take_fingerprint(memoryview(DOCUMENT))
        self.content.keep(memoryview(DOCUMENT), fingerprint)
        holdings = [
            Holding(each.unique_id or "", fingerprint.digest, len(DOCUMENT), "text/xml", "2.25.1", 0)
            for each in entries
        ]
        with self.database.write() as work:
            index.add_holdings(work, holdings)

    def authorise(self, actor: str = "author") -> AuthorizationSet:
        """[TD0.3] They declare that they are authorised."""
        return self.records.set_authorization(SetAuthorization(word="AJOUT"), self.visit(actor))

    def block(self, person_id: str) -> AuthorizationSet:
        """[TD0.3] The patient blocks somebody."""
        named = Named(person_id, PROFESSIONAL_TYPE)
        return self.records.set_authorization(SetAuthorization(word="SUPPRESSION", holder=named), self.visit("patient"))

    def ask_for_record(self, visit: Visit) -> DemographicsResponse:
        """[TD0.2]"""
        return self.records.consult(
            DemographicsQuery(header=Header(), reason=Reason.EXISTENCE, patient=self.patient), visit
        )

    def close(self) -> RegistrationResponse:
        """[TD1.4]"""
        return self.records.register(
            Registration(
                header=Header(),
                reason=Reason.CLOSE,
                patient=self.patient,
                closing=Closing("FERMETURE_DEMANDE_PATIENT", "1.2.250.1.213.4.1.2.4", "à sa demande"),
                status_code="terminated",
            ),
            self.visit("patient"),
        )

    def reopen(self) -> RegistrationResponse:
        """[TD1.2]"""
        return self.records.register(
            Registration(
                header=Header(),
                reason=Reason.REOPEN,
                patient=self.patient,
                observations={Observation.CONSENTS_TO_REOPENING: True},
            ),
            self.visit("author"),
        )

    def state(self) -> RecordState:
        """Where the record is in its life."""
        return self.standing().state

    def standing(self, actor: str = "author") -> Standing:
        """Of somebody on the record."""
        with self.database.read() as work:
            return fetch_standing(work, self.patient, self.caller(actor), NOW.date(), self.domain.records)

    def lines(self) -> tuple[Line, ...]:
        """The journal of the patient, the oldest line first."""
        with self.database.read() as work:
            return tuple(reversed(journal.find_lines(work, self.patient, limit=1000)))

    def lines_of_nobody(self) -> tuple[Line, ...]:
        """What is noted about no known patient, the newest line first."""
        with self.database.read() as work:
            return journal.find_lines(work, None, limit=1000)

    def is_registered(self, submission: Submission) -> bool:
        """Whether anything of it is there."""
        named = {submission.submission_set.unique_id, *(each.unique_id for each in submission.document_entries)}
        with self.database.read() as work:
            return any(each in named for (each,) in work.execute("select unique_id from registry_object"))

    def notices(self) -> list[dict[str, Any]]:
        """What the patient is owed; it is taken, and owed no more."""
        with self.database.write() as work:
            taken = [json.loads(owed.line) for owed in outbox.take_notices(work, 10_000)]
        return [each for each in taken if each["patient"]["id"] == self.patient[0]]
