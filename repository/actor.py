"""DocumentRepository: the actor's verbs, and what they are given. [ITI TF-1: 10.1.1.4]"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from repository.link import RegistryLink
from repository.provide import provide
from repository.retrieve import retrieve
from repository.store.content import ContentStore, IsHeld
from sql.database import Work
from xds.messages import (
    ProvideAndRegisterDocumentSet,
    RegistryResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)


class DocumentRepository:
    """The Document Repository of one repositoryUniqueId.

    ``link`` leads to its registry. ``is_held`` asks the index, in a unit of work of its own, whether a document is those bytes.
    ``clock`` gives the moment, in UTC.
    """

    def __init__(
        self,
        repository_unique_id: str,
        content: ContentStore,
        link: RegistryLink,
        is_held: IsHeld,
        clock: Callable[[], datetime],
    ) -> None:
        self._repository_unique_id = repository_unique_id
        self._content = content
        self._link = link
        self._is_held = is_held
        self._clock = clock

    def provide(self, request: ProvideAndRegisterDocumentSet) -> RegistryResponse:
        """[ITI-41] Takes a submission with its documents. *Raises* StorageFailure, and what the link raises. [ITI TF-2: 3.41]"""
        return provide(
            request,
            repository_unique_id=self._repository_unique_id,
            content=self._content,
            link=self._link,
            is_held=self._is_held,
            now=self._clock(),
        )

    def retrieve(self, request: RetrieveDocumentSet, work: Work) -> RetrieveDocumentSetResponse:
        """[ITI-43] Gives the documents asked for. [ITI TF-2: 3.43]"""
        return retrieve(request, repository_unique_id=self._repository_unique_id, content=self._content, work=work)
