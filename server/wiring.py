"""Builds the actors from the settings: who is in this house, over which stores, and who is next door. [ITI TF-1: 10.1]

The only place where a clock, a source of UUIDs, a database and a folder of documents are chosen.
"""

from __future__ import annotations

import dataclasses
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote, urlsplit

from registry.actor import DocumentRegistry
from registry.store.work import SQLRegistryWork
from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from server import tls
from server.domain_files import DomainError, load_domain
from server.registry_client import RegistryClient
from server.registry_link import LocalRegistryLink, RemoteRegistryLink, is_refused
from server.routes import Routes
from server.settings import Settings, SettingsError
from sql.database import Database, StorageFailure
from xds import identifiers
from xds.domain import AffinityDomain
from xds.hl7v2 import DTM
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    RegisterDocumentSet,
    RegistryResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)
from xds.wire import patient_feed
from xds.wire.patient_feed import PatientFeed


class Role(StrEnum):
    """Which actors answer in this house."""

    ALL = "all"
    REGISTRY = "registry"
    REPOSITORY = "repository"


@dataclass(frozen=True, slots=True)
class House:
    """The actors of one process with their stores; parts a role does not have are None."""

    domain: AffinityDomain
    database: Database
    routes: Routes
    content: ContentStore | None = None
    remote_link: RemoteRegistryLink | None = None

    def close(self) -> None:
        """Gives back connections."""
        self.database.close()


def build(settings: Settings, role: Role) -> House:
    """The house of one process. *Raises* SettingsError."""
    domain = choose_domain(settings)
    database = open_database(settings)
    registry = DocumentRegistry(domain, _now, _new_uuid)
    registry_verbs = None if role is Role.REPOSITORY else RegistryAtWork(registry, database)
    if role is Role.REGISTRY:
        return House(domain, database, Routes(registry_verbs, None))
    content = open_content(settings)
    remote = _remote_link(settings, domain, database, content) if role is Role.REPOSITORY else None
    link = remote or LocalRegistryLink(registry, database)
    is_held = index.asking(database.read)
    repository = DocumentRepository(domain.repository_unique_id, content, link, is_held, _now)
    return House(domain, database, Routes(registry_verbs, RepositoryAtWork(repository, database)), content, remote)


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
            lambda work: registry.register(request, SQLRegistryWork(work, registry.domain)), is_refused
        )

    def query(self, request: AdhocQueryRequest) -> AdhocQueryResponse:
        """[ITI-18] *Raises* Busy, Unavailable."""
        with self._database.read() as work:
            return self._registry.query(request, SQLRegistryWork(work, self._registry.domain))

    def feed(self, request: PatientFeed) -> list[bytes]:
        """[ITI-44] The acknowledgement. *Raises* Busy, Unavailable, StorageFailure."""
        registry = self._registry
        self._database.settle(
            lambda work: registry.feed(request, SQLRegistryWork(work, registry.domain)), lambda _: False
        )
        return patient_feed.write_acknowledgement(request, message_id=_new_uuid(), now=DTM.at(_now()))


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
