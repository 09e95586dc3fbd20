"""The Document Registry: its verbs, and what it is given. [ITI TF-1: 10.1.1.3]

Each verb works within a unit of work that its caller opened: *returning commits, refusing rolls back*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from registry import patients, query, register
from registry.facts import PatientIdentity, RegistryWork
from xds.domain import AffinityDomain
from xds.messages import AdhocQueryRequest, AdhocQueryResponse, RegisterDocumentSet, RegistryResponse

if TYPE_CHECKING:
    from xds.wire.patient_feed import PatientFeed


@dataclass(frozen=True, slots=True)
class DocumentRegistry:
    """The registry actor of one affinity domain. ``clock`` tells UTC, ``new_uuid`` a fresh ``urn:uuid:…``."""

    domain: AffinityDomain
    clock: Callable[[], datetime]
    new_uuid: Callable[[], str]

    def register(self, request: RegisterDocumentSet, work: RegistryWork) -> RegistryResponse:
        """[ITI-42] Registers a submission, all of it or nothing. Raises sql.Conflict: do it again. [ITI TF-2: 3.42]"""
        return register.register(request, work, domain=self.domain, now=self.clock(), new_uuid=self.new_uuid)

    def query(self, request: AdhocQueryRequest, work: RegistryWork) -> AdhocQueryResponse:
        """[ITI-18] Answers a stored query. [ITI TF-2: 3.18]"""
        return query.query(request, work)

    def feed(self, message: PatientFeed, work: RegistryWork) -> tuple[PatientIdentity, ...]:
        """[ITI-44] Makes the patients of a feed known, and tells which. [ITI TF-2: 3.44]"""
        return patients.feed(message, work, domain=self.domain)
