"""The Document Registry: its verbs, and what it is given. [ITI TF-1: 10.1.1.3]

Each verb works within a unit of work that its caller opened: *returning commits, refusing rolls back*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from access.mandate import Mandate, anybody
from access.sight import EVERYTHING, Sight
from registry import cross_gateway_query, patients, query, register, remove, update
from registry.facts import RegistryWork
from xds.domain import AffinityDomain
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    FeedResponse,
    PatientFeed,
    RegisterDocumentSet,
    RegistryResponse,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    UpdateDocumentSet,
)
from xds.transactions import ITI_42, ITI_51, ITI_57, ITI_61, ITI_92, Transaction


@dataclass(frozen=True, slots=True)
class DocumentRegistry:
    """The registry actor of one affinity domain. ``clock`` tells UTC, ``new_uuid`` a fresh ``urn:uuid:…``."""

    domain: AffinityDomain
    clock: Callable[[], datetime]
    new_uuid: Callable[[], str]

    def register(
        self, request: RegisterDocumentSet, work: RegistryWork, mandate: Mandate | None = None
    ) -> RegistryResponse:
        """[ITI-42] Registers a submission, all of it or nothing. Raises sql.Conflict: do it again. [ITI TF-2: 3.42]"""
        return self._register(request, ITI_42, work, mandate)

    def register_on_demand(
        self, request: RegisterDocumentSet, work: RegistryWork, mandate: Mandate | None = None
    ) -> RegistryResponse:
        """[ITI-61] Registers documents that are made when they are asked for. Raises sql.Conflict. [ITI TF-2: 3.61]"""
        return self._register(request, ITI_61, work, mandate)

    def _register(
        self, request: RegisterDocumentSet, transaction: Transaction, work: RegistryWork, mandate: Mandate | None
    ) -> RegistryResponse:
        return register.register(
            request,
            work,
            domain=self.domain,
            now=self.clock(),
            new_uuid=self.new_uuid,
            mandate=mandate or anybody(self.domain),
            transaction=transaction,
        )

    def update(
        self, request: UpdateDocumentSet, work: RegistryWork, mandate: Mandate | None = None
    ) -> RegistryResponse:
        """[ITI-57] Gives registered objects new versions, another status, more Associations; all of it or nothing.

        Raises sql.Conflict: do it again. [ITI Supplement XDS Metadata Update: 3.57]
        """
        return self._update(request, ITI_57, work, mandate)

    def update_restricted(
        self, request: RestrictedUpdateDocumentSet, work: RegistryWork, mandate: Mandate | None = None
    ) -> RegistryResponse:
        """[ITI-92] Gives DocumentEntries new versions in which little may differ. Raises sql.Conflict: do it again.

        [ITI Supplement Restricted Metadata Update: 3.92]
        """
        return self._update(request, ITI_92, work, mandate)

    def _update(
        self,
        request: UpdateDocumentSet | RestrictedUpdateDocumentSet,
        transaction: Transaction,
        work: RegistryWork,
        mandate: Mandate | None,
    ) -> RegistryResponse:
        return update.update(
            request.submission,
            transaction,
            work,
            domain=self.domain,
            now=self.clock(),
            new_uuid=self.new_uuid,
            mandate=mandate or anybody(self.domain),
        )

    def remove(self, request: RemoveMetadata, work: RegistryWork) -> RegistryResponse:
        """[ITI-62] Takes registry objects out, all of them or none. Raises sql.Conflict. [ITI TF-2: 3.62]"""
        return remove.remove(request, work)

    def query(self, request: AdhocQueryRequest, work: RegistryWork, sight: Sight = EVERYTHING) -> AdhocQueryResponse:
        """[ITI-18] Answers a stored query; ``sight``: what it does not show does not exist. [ITI TF-2: 3.18]"""
        domain = self.domain
        return query.query(
            request, work, results_max=domain.results_max, metadata_level=domain.metadata_level, sight=sight
        )

    def query_multiple_patients(self, request: AdhocQueryRequest, work: RegistryWork) -> AdhocQueryResponse:
        """[ITI-51] Answers a stored query about several patients, or all. [ITI TF-2: 3.51]"""
        return query.query(request, work, transaction=ITI_51, results_max=self.domain.results_max)

    def cross_gateway_query(
        self, request: AdhocQueryRequest, work: RegistryWork, sight: Sight = EVERYTHING
    ) -> AdhocQueryResponse:
        """[ITI-38] Answers a stored query for another community; ``work`` writes our home on what it finds. [ITI TF-2: 3.38]"""
        domain = self.domain
        return cross_gateway_query.cross_gateway_query(
            request, work, domain.home_community_id, domain.results_max, sight
        )

    def feed(self, message: PatientFeed, work: RegistryWork) -> FeedResponse:
        """[ITI-8], [ITI-44] Makes patients known, or merges two. Raises sql.Conflict: do it again. [ITI TF-2: 3.8, 3.44]"""
        return patients.feed(message, work, domain=self.domain)
