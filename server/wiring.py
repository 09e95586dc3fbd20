"""Builds the actors from the settings: who is in this house, over which stores, and who is next door. [ITI TF-1: 10.1]

The only place where a clock, a source of UUIDs, a database and a folder of documents are chosen.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from cda.conformance import Conformance
from cda.pack import Pack, PackError
from record.actor import PatientRecords
from record.wire import typed
from registry.actor import DocumentRegistry
from repository.actor import DocumentRepository
from repository.checks import Examine, Examiner, examine_nothing, revocation_of
from repository.link import RegistryLink
from repository.store import index
from repository.store.content import ContentStore
from server import tls
from server.actors_at_work import GatewayAtWork, RegistryAtWork, RepositoryAtWork
from server.content_reports import ContentReporter
from server.domain_files import DomainError, load_domain
from server.guard import Guard
from server.reception import OpenReception, Receives, Reception
from server.records_at_work import RecordsAtWork
from server.registry_client import RegistryClient
from server.registry_link import LocalRegistryLink, RemoteRegistryLink
from server.routes import Routes
from server.settings import Role, Settings, SettingsError
from server.visit import NOBODY, Visit
from signing.trust import NOBODY_TRUSTED, TrustError
from signing.trust_keeper import TrustKeeper
from sql.database import Database, StorageFailure
from xds import identifiers
from xds.domain import AffinityDomain, Bite, SchematronMode
from xds.messages import (
    FeedAcknowledgement,
    PatientFeed,
)


class Closes(Protocol):
    """What must be told that the house closes."""

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class House:
    """The actors of one process with their stores; parts a role does not have are None."""

    domain: AffinityDomain
    database: Database
    routes: Routes
    guard: Guard
    reception: Receives
    content: ContentStore | None = None
    remote_link: RemoteRegistryLink | None = None
    feed: Callable[[PatientFeed], FeedAcknowledgement] | None = None
    trust_keeper: TrustKeeper | None = None
    ends: tuple[Closes, ...] = ()

    def close(self) -> None:
        """Ends what runs beside, and gives back connections."""
        for end in self.ends:
            end.close()
        if self.remote_link is not None:
            self.remote_link.close()
        self.database.close()


def build(settings: Settings, role: Role) -> House:
    """The house of one process. *Raises* SettingsError."""
    domain = choose_domain(settings)
    database = open_database(settings)
    registry = DocumentRegistry(domain, _now, identifiers.fresh_uuid)
    guard = Guard(domain, database, _now, is_audited=settings.audit_repository is not None)
    keeper = open_trust(settings, domain)
    trust = keeper.trust if keeper is not None else NOBODY_TRUSTED
    reception: Receives = OpenReception()
    if domain.assertion.demanded:
        reception = Reception(domain.assertion, trust, guard, _now)
    registry_verbs = None if role is Role.REPOSITORY else RegistryAtWork(registry, guard)
    feed = registry_verbs.feed if registry_verbs is not None else None
    records = None
    if domain.records.managed and role is not Role.REPOSITORY:
        records = RecordsAtWork(PatientRecords(domain, _now, identifiers.fresh_uuid), guard)
        typed.services()  # built once, before threads ask for it
    if role is Role.REGISTRY:
        routes = Routes(registry_verbs, None, records=records, removal_allowed=domain.removal_allowed)
        return House(domain, database, routes, guard, reception, feed=feed, trust_keeper=keeper)
    content = open_content(settings)
    remote = _remote_link(settings, domain, database, content) if role is Role.REPOSITORY else None
    link_for: Callable[[Visit], RegistryLink] = lambda visit: remote or LocalRegistryLink(registry, guard, visit)  # noqa: E731
    conformance = open_conformance(settings, domain)
    is_enforced = domain.documents.schematron is SchematronMode.ENFORCE
    examine: Examine = examine_nothing
    if examines(domain):
        examine = Examiner(domain, trust, conformance if is_enforced else None)
    reporter = None
    if domain.documents.schematron is not SchematronMode.OFF:
        reporter = ContentReporter(database, trust, _now, None if is_enforced else conformance)
    is_held = index.asking(database.read)
    repository = DocumentRepository(domain.repository_unique_id, content, link_for(NOBODY), is_held, _now, examine)
    gateway = GatewayAtWork(registry, repository, guard) if role is Role.ALL else None
    repository_verbs = RepositoryAtWork(repository, database, guard, link_for, reporter)
    routes = Routes(registry_verbs, repository_verbs, gateway, records, removal_allowed=domain.removal_allowed)
    ends = [end for end in (reporter, conformance) if end is not None]
    return House(domain, database, routes, guard, reception, content, remote, feed, keeper, tuple(ends))


def open_conformance(settings: Settings, domain: AffinityDomain) -> Conformance | None:
    """The operator's pack at work; none where there is no pack, or the domain does not ask it. *Raises* SettingsError."""
    if settings.cda_pack is None or domain.documents.schematron is SchematronMode.OFF:
        return None
    try:
        return Conformance(Pack(settings.cda_pack))
    except PackError as error:
        raise SettingsError(f"COFFRE_CDA_PACK: {error}") from error


def examines(domain: AffinityDomain) -> bool:
    """Whether the domain opens documents at all."""
    seals = domain.seals
    return domain.documents.reads_documents or Bite.OFF not in (seals.lot, seals.invalid)


def open_trust(settings: Settings, domain: AffinityDomain) -> TrustKeeper | None:
    """Who is trusted to sign: the operator's anchors, else the demonstration keys of the data folder; none where nobody is asked.

    *Raises* SettingsError.
    """
    if not (domain.assertion.demanded or examines(domain)):
        return None
    folder = settings.trust_anchors or settings.data_dir / "pki"
    try:
        return TrustKeeper([folder], revocation_of(domain.seals.revocation))
    except TrustError as error:
        raise SettingsError(f"COFFRE_TRUST_ANCHORS: {error}") from error


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
    if role is Role.REPOSITORY and choose_domain(settings).assertion.demanded:
        raise SettingsError(
            "the domain demands an assertion, and a repository apart from its registry cannot ask who may see what; "
            "serve both with --role all."
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
