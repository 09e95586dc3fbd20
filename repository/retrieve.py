"""ITI-43 Retrieve Document Set: each document asked for, or the reason why not. [ITI TF-2: 3.43]"""

from __future__ import annotations

import logging
from collections.abc import Set as AbstractSet

from repository import refusals
from repository.store.content import ContentLost, ContentStore
from repository.store.index import Holding, find_holdings
from sql.database import Work
from xds.errors import ErrorList, RegistryError
from xds.messages import DocumentRequest, DocumentResponse, RetrieveDocumentSet, RetrieveDocumentSetResponse

_LOG = logging.getLogger(__name__)


def retrieve(
    request: RetrieveDocumentSet,
    *,
    repository_unique_id: str,
    content: ContentStore,
    work: Work,
    hidden: AbstractSet[str] = frozenset(),
) -> RetrieveDocumentSetResponse:
    """Answers every request once, in order; one that cannot be answered does not keep the others back. [ITI TF-2: 3.43.4.1.3]

    The bytes are read when they are sent, but it is known here that they are there. ``hidden``: uniqueIds that the caller may not
    know of; they answer as what is not there.
    """
    holdings = find_holdings(
        work, (one.document_unique_id for one in request.requests if one.repository_unique_id == repository_unique_id)
    )
    found: list[DocumentResponse] = []
    missing: list[RegistryError] = []
    for one in request.requests:
        if one.repository_unique_id != repository_unique_id:
            missing.append(refusals.unknown_repository(one, repository_unique_id))
        elif one.document_unique_id in hidden or (holding := holdings.get(one.document_unique_id)) is None:
            missing.append(refusals.unknown_document(one))
        else:
            try:
                found.append(_open(one, holding, content))
            except ContentLost as loss:
                _LOG.error("document %s is held and lost: %s", one.document_unique_id, loss)
                missing.append(refusals.lost_document(one))
    return RetrieveDocumentSetResponse(tuple(found), ErrorList(missing))


def _open(request: DocumentRequest, holding: Holding, content: ContentStore) -> DocumentResponse:
    return DocumentResponse(request, holding.mime_type, content.open(holding.digest, holding.size))
