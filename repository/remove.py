"""ITI-86 Remove Documents: each document named is taken out, or the reason why not. [ITI Supplement Remove Metadata and Documents: 3.86]

The registry's metadata are not touched: whoever removes a document removes its entry by ITI-62, before or after.
"""

from __future__ import annotations

from repository import refusals
from repository.store.content import ContentStore, IsHeld
from repository.store.index import RemoveHoldings
from repository.withdrawal import withdraw
from xds.errors import ErrorList, RegistryError
from xds.messages import RemoveDocuments, RemoveDocumentsResponse


def remove(
    request: RemoveDocuments,
    *,
    repository_unique_id: str,
    content: ContentStore,
    is_held: IsHeld,
    remove_holdings: RemoveHoldings,
) -> RemoveDocumentsResponse:
    """Takes the documents out; one that cannot be does not keep the others back.

    1. The rows of the index go, and that is committed: from here on nobody is given the documents. 2. Their bytes go, where no other
    document is the same bytes. A power cut between the two leaves bytes without a row, which the sweep removes.
    *Raises* what ``remove_holdings`` raises: then nothing was changed. [ITI Supplement Remove Metadata and Documents: 3.86.4.1.3]
    """
    # 1
    asked = dict.fromkeys(
        one.document_unique_id for one in request.requests if one.repository_unique_id == repository_unique_id
    )
    removed = remove_holdings(asked) if asked else ()

    # 2
    withdraw(content, dict.fromkeys(holding.digest for holding in removed), is_held)

    held = {holding.unique_id for holding in removed}
    refused: list[RegistryError] = []
    for one in request.requests:
        if one.repository_unique_id != repository_unique_id:
            refused.append(refusals.unknown_repository(one, repository_unique_id, refusals.REMOVE))
        elif one.document_unique_id not in held:
            refused.append(refusals.unknown_document(one, refusals.REMOVE))
    return RemoveDocumentsResponse(tuple(unique_id for unique_id in asked if unique_id in held), ErrorList(refused))
