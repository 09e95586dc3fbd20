"""DocumentRepository: the actor's verbs, and what they are given. [ITI TF-1: 10.1.1.4]"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from datetime import datetime

from repository.checks import Examine, examine_nothing
from repository.cross_gateway_retrieve import cross_gateway_retrieve
from repository.link import RegistryLink
from repository.provide import provide
from repository.remove import remove
from repository.retrieve import retrieve
from repository.store.content import ContentStore, IsHeld
from repository.store.index import RemoveHoldings
from sql.database import Work
from xds.messages import (
    ProvideAndRegisterDocumentSet,
    RegistryResponse,
    RemoveDocuments,
    RemoveDocumentsResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)


class DocumentRepository:
    """The Document Repository of one repositoryUniqueId.

    ``link`` leads to its registry. ``is_held`` asks the index, in a unit of work of its own, whether a document is those bytes.
    ``clock`` gives the moment, in UTC. ``examine`` judges what documents are, see ``checks``.
    """

    def __init__(
        self,
        repository_unique_id: str,
        content: ContentStore,
        link: RegistryLink,
        is_held: IsHeld,
        clock: Callable[[], datetime],
        examine: Examine = examine_nothing,
    ) -> None:
        self._repository_unique_id = repository_unique_id
        self._content = content
        self._link = link
        self._is_held = is_held
        self._clock = clock
        self._examine = examine

    def provide(self, request: ProvideAndRegisterDocumentSet, link: RegistryLink | None = None) -> RegistryResponse:
        """[ITI-41] Takes a submission with its documents; ``link``: on behalf of a caller. [ITI TF-2: 3.41]

        *Raises* StorageFailure, and what the link raises.
        """
        return provide(
            request,
            repository_unique_id=self._repository_unique_id,
            content=self._content,
            link=link or self._link,
            is_held=self._is_held,
            now=self._clock(),
            examine=self._examine,
        )

    def retrieve(
        self, request: RetrieveDocumentSet, work: Work, hidden: AbstractSet[str] = frozenset()
    ) -> RetrieveDocumentSetResponse:
        """[ITI-43] Gives the documents asked for, but for those hidden from the caller. [ITI TF-2: 3.43]"""
        return retrieve(
            request,
            repository_unique_id=self._repository_unique_id,
            content=self._content,
            work=work,
            hidden=hidden,
        )

    def remove(self, request: RemoveDocuments, remove_holdings: RemoveHoldings) -> RemoveDocumentsResponse:
        """[ITI-86] Takes documents out. *Raises* what ``remove_holdings`` raises. [ITI TF-2: 3.86]"""
        return remove(
            request,
            repository_unique_id=self._repository_unique_id,
            content=self._content,
            is_held=self._is_held,
            remove_holdings=remove_holdings,
        )

    def cross_gateway_retrieve(
        self,
        request: RetrieveDocumentSet,
        work: Work,
        home_community_id: str,
        hidden: AbstractSet[str] = frozenset(),
    ) -> RetrieveDocumentSetResponse:
        """[ITI-39] Gives the documents asked for by another community; ``home_community_id`` is ours. [ITI TF-2: 3.39]"""
        return cross_gateway_retrieve(request, home_community_id, lambda asked: self.retrieve(asked, work, hidden))
