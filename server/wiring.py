"""Builds the actors from the settings: who is in this house, over which stores, and who is next door. [ITI TF-1: 10.1]

The only place where a clock, a source of UUIDs, a database and a folder of documents are chosen.
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from registry.actor import DocumentRegistry
from registry.store.work import SQLRegistryWork
from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from server import incidents, tls, troubles
from server.domain_files import DomainError, load_domain
from server.registry_client import RegistryClient
from server.registry_link import LocalRegistryLink, RemoteRegistryLink, is_refused
from server.routes import Routes
from server.settings import Role, Settings, SettingsError
from sql.database import Busy, Database, StorageFailure, Unavailable
from xds import identifiers
from xds.domain import AffinityDomain
from xds.hl7v2 import DTM
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    FeedAcknowledgement,
    FeedOutcome,
    FeedResponse,
    PatientFeed,
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


@dataclass(frozen=True, slots=True)
class House:
    """The actors of one process with their stores; parts a role does not have are None."""

    domain: AffinityDomain
    database: Database
    routes: Routes
    content: ContentStore | None = None
    remote_link: RemoteRegistryLink | None = None
    feed: Callable[[PatientFeed], FeedAcknowledgement] | None = None

    def close(self) -> None:
        """Gives back connections."""
        if self.remote_link is not None:
            self.remote_link.close()
        self.database.close()


def build(settings: Settings, role: Role) -> House:
    """The house of one process. *Raises* SettingsError."""
    domain = choose_domain(settings)
    database = open_database(settings)
    registry = DocumentRegistry(domain, _now, _new_uuid)
    registry_verbs = None if role is Role.REPOSITORY else RegistryAtWork(registry, database)
    feed = registry_verbs.feed if registry_verbs is not None else None
    if role is Role.REGISTRY:
        return House(domain, database, Routes(registry_verbs, None, removal_allowed=domain.removal_allowed), feed=feed)
    content = open_content(settings)
    remote = _remote_link(settings, domain, database, content) if role is Role.REPOSITORY else None
    link = remote or LocalRegistryLink(registry, database)
    is_held = index.asking(database.read)
    repository = DocumentRepository(domain.repository_unique_id, content, link, is_held, _now)
    gateway = GatewayAtWork(registry, repository, database) if role is Role.ALL else None
    repository_verbs = RepositoryAtWork(repository, database)
    routes = Routes(registry_verbs, repository_verbs, gateway, removal_allowed=domain.removal_allowed)
    return House(domain, database, routes, content, remote, feed)


def choose_domain(settings: Settings) -> AffinityDomain:
    """The affinity domain, with the ids that the operator has set. *Raises* SettingsError."""
    try:
        domain = load_domain(settings.domain)
    except DomainError as error:
        raise SettingsError(str(error)) from error
    chosen = {
        name: value
        for name in ("repository_unique_id", "home_community_id")
        if (value := getattr(settings, name)) is not None
    }
    domain = dataclasses.replace(domain, **chosen)
    for name, check in (
        ("repository_unique_id", identifiers.check_oid),
        ("home_community_id", identifiers.check_home_community_id),
    ):
        expected = check(getattr(domain, name))
        if expected is not None:
            raise SettingsError(f"COFFRE_{name.upper()} is {getattr(domain, name)!r}; give {expected}.")
    return domain


def open_database(settings: Settings) -> Database:
    """The database of the settings; not connected yet. *Raises* SettingsError."""
    try:
        return Database(settings.database_url)
    except (ValueError, ImportError, OSError) as error:
        raise SettingsError(
            f"COFFRE_DATABASE_URL cannot be used ({type(error).__name__}); see its form in the settings."
        ) from error


def open_content(settings: Settings) -> ContentStore:
    """The folder of documents, made where it is missing. *Raises* SettingsError."""
    folder = content_folder(settings)
    try:
        return ContentStore(folder)
    except (OSError, StorageFailure) as error:
        raise SettingsError(
            f"COFFRE_CONTENT_URL names {folder}, which cannot be written ({error}); choose another."
        ) from error


def content_folder(settings: Settings) -> Path:
    """The path in COFFRE_CONTENT_URL. *Raises* SettingsError."""
    parts = urlsplit(settings.content_url)
    if parts.netloc not in ("", "localhost") or not parts.path.startswith("/"):
        raise SettingsError(
            "COFFRE_CONTENT_URL must be file:/// and an absolute path, like file:///srv/coffre/content."
        )
    return Path(unquote(parts.path))


class RegistryAtWork:
    """The registry's verbs, each in a unit of work of its own: returning commits, refusing rolls back."""

    def __init__(self, registry: DocumentRegistry, database: Database) -> None:
        self._registry = registry
        self._database = database

    def register(self, request: RegisterDocumentSet) -> RegistryResponse:
        """[ITI-42] *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        return self._database.settle(
            lambda work: registry.register(request, SQLRegistryWork(work, registry.domain)),
            is_refused,
            may_be_single=True,
        )

    def register_on_demand(self, request: RegisterDocumentSet) -> RegistryResponse:
        """[ITI-61] *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        return self._database.settle(
            lambda work: registry.register_on_demand(request, SQLRegistryWork(work, registry.domain)), is_refused
        )

    def update(self, request: UpdateDocumentSet) -> RegistryResponse:
        """[ITI-57] *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        return self._database.settle(
            lambda work: registry.update(request, SQLRegistryWork(work, registry.domain)), is_refused
        )

    def update_restricted(self, request: RestrictedUpdateDocumentSet) -> RegistryResponse:
        """[ITI-92] *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        return self._database.settle(
            lambda work: registry.update_restricted(request, SQLRegistryWork(work, registry.domain)), is_refused
        )

    def remove(self, request: RemoveMetadata) -> RegistryResponse:
        """[ITI-62] *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        return self._database.settle(
            lambda work: registry.remove(request, SQLRegistryWork(work, registry.domain)), is_refused
        )

    def query(self, request: AdhocQueryRequest) -> AdhocQueryResponse:
        """[ITI-18] *Raises* Busy, Unavailable."""
        with self._database.read() as work:
            return self._registry.query(request, SQLRegistryWork(work, self._registry.domain))

    def query_multiple_patients(self, request: AdhocQueryRequest) -> AdhocQueryResponse:
        """[ITI-51] *Raises* Busy, Unavailable."""
        with self._database.read() as work:
            return self._registry.query_multiple_patients(request, SQLRegistryWork(work, self._registry.domain))

    def feed(self, request: PatientFeed) -> FeedAcknowledgement:
        """[ITI-8], [ITI-44] What became of a message; one that the database does not take is refused. *Raises* StorageFailure."""
        registry = self._registry
        try:
            response = self._database.settle(
                lambda work: registry.feed(request, SQLRegistryWork(work, registry.domain)),
                lambda answer: answer.is_refusal,
            )
        except (Busy, Unavailable) as error:
            number = incidents.new_incident(error, "a patient feed")
            told = troubles.explain(error, None).sentence.format(number=number)
            response = FeedResponse(FeedOutcome.REFUSED, told)
        return FeedAcknowledgement(request, response, _new_uuid(), DTM.at(_now()))


class RepositoryAtWork:
    """The repository's verbs. ``provide`` opens its units of work where bytes and metadata meet: in its link."""

    def __init__(self, repository: DocumentRepository, database: Database) -> None:
        self._repository = repository
        self._database = database
        self.provide = repository.provide

    def retrieve(self, request: RetrieveDocumentSet) -> RetrieveDocumentSetResponse:
        """[ITI-43] *Raises* Busy, Unavailable."""
        with self._database.read() as work:
            return self._repository.retrieve(request, work)

    def remove(self, request: RemoveDocuments) -> RemoveDocumentsResponse:
        """[ITI-86] *Raises* Busy, Unavailable, StorageFailure."""
        return self._repository.remove(request, index.removing(self._database.settle))


class GatewayAtWork:
    """The verbs of the community's Responding Gateway: it stands where registry and repository are both in the house."""

    def __init__(self, registry: DocumentRegistry, repository: DocumentRepository, database: Database) -> None:
        self._registry = registry
        self._repository = repository
        self._database = database

    @property
    def home_community_id(self) -> str:
        """The community for which it answers."""
        return self._registry.domain.home_community_id

    def query(self, request: AdhocQueryRequest) -> AdhocQueryResponse:
        """[ITI-38] *Raises* Busy, Unavailable."""
        domain = self._registry.domain
        with self._database.read() as work:
            return self._registry.cross_gateway_query(request, SQLRegistryWork(work, domain, domain.home_community_id))

    def retrieve(self, request: RetrieveDocumentSet) -> RetrieveDocumentSetResponse:
        """[ITI-39] *Raises* Busy, Unavailable."""
        with self._database.read() as work:
            return self._repository.cross_gateway_retrieve(request, work, self.home_community_id)


def check_role(settings: Settings, role: Role) -> None:
    """Whether role and settings agree. *Raises* SettingsError."""
    if role is Role.REPOSITORY and settings.registry_url is None:
        raise SettingsError(
            "With --role repository the registry is elsewhere; set COFFRE_REGISTRY_URL to its endpoint."
        )
    if role is not Role.REPOSITORY and settings.registry_url is not None:
        raise SettingsError(
            "COFFRE_REGISTRY_URL is set and the registry is here; unset it, or serve with --role repository."
        )
    if role is Role.REPOSITORY and settings.mllp_port is not None:
        raise SettingsError(
            "COFFRE_MLLP_PORT is set and the registry, which takes the patient feed, is elsewhere; set it there instead."
        )


def _remote_link(
    settings: Settings, domain: AffinityDomain, database: Database, content: ContentStore
) -> RemoteRegistryLink:
    check_role(settings, Role.REPOSITORY)
    assert settings.registry_url is not None
    context = tls.client_context(settings) if settings.registry_url.startswith("https:") else None
    client = RegistryClient(settings.registry_url, context)
    return RemoteRegistryLink(client, database, content, domain.repository_unique_id)


def _now() -> datetime:
    return datetime.now(UTC)


def _new_uuid() -> str:
    return uuid.uuid4().urn
