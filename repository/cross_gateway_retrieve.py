"""[ITI-39] Cross Gateway Retrieve: the documents of ITI-43 as another community asks for them. [ITI TF-2: 3.39]

Here is only what the gateway adds: each request says whose document it means. ITI-43 gives the documents.
"""

from __future__ import annotations

from collections.abc import Callable

from repository import refusals
from xds.errors import ErrorList, RegistryError
from xds.messages import DocumentRequest, RetrieveDocumentSet, RetrieveDocumentSetResponse


def cross_gateway_retrieve(
    request: RetrieveDocumentSet,
    home: str,
    retrieve: Callable[[RetrieveDocumentSet], RetrieveDocumentSetResponse],
) -> RetrieveDocumentSetResponse:
    """Answers every request once; ``home`` is ours, ``retrieve`` does ITI-43. [ITI TF-2: 3.39.4.1.3]

    A request for another community, or for none, does not keep the others back. An error's location is our home: the asker
    merges the answers of many.
    """
    wrong: list[RegistryError] = []
    ours: list[DocumentRequest] = []
    for one in request.requests:
        if not one.home_community_id:
            wrong.append(refusals.missing_home(one, home))
        elif one.home_community_id != home:
            wrong.append(refusals.unknown_community(one, one.home_community_id, home))
        else:
            ours.append(one)
    answer = retrieve(RetrieveDocumentSet(tuple(ours)))
    return RetrieveDocumentSetResponse(answer.documents, (ErrorList(wrong) + answer.errors).located(home))
