"""ITI-43: each document asked for, or the reason why not. [ITI TF-2: 3.43]"""

from __future__ import annotations

import logging
import os

import pytest

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from sql.database import Database
from tests.repository.requests import REPOSITORY, a_provide, a_retrieve, a_unique_id, an_entry
from xds import errors
from xds.messages import DocumentRequest, RetrieveDocumentSet, RetrieveDocumentSetResponse
from xds.vocabulary import ResponseStatus


@pytest.fixture
def documents(repository: DocumentRepository) -> dict[str, bytes]:
    """Three registered documents by their uniqueId."""
    entries = [
        an_entry("Document01"),
        an_entry("Document02", mime_type="text/xml"),
        an_entry("Document03", mime_type="application/pdf"),
    ]
    bodies = [b"first", b"<second/>", os.urandom(2_500_000)]
    assert repository.provide(a_provide(*zip(entries, bodies, strict=True))).errors == ()
    return {entry.unique_id or "": body for entry, body in zip(entries, bodies, strict=True)}


def run(
    repository: DocumentRepository, database: Database, request: RetrieveDocumentSet
) -> RetrieveDocumentSetResponse:
    with database.read() as work:
        return repository.retrieve(request, work)


def bodies_of(response: RetrieveDocumentSetResponse) -> list[bytes]:
    return [b"".join(document.content.chunks()) for document in response.documents]


def codes(response: RetrieveDocumentSetResponse) -> list[tuple[str, str]]:
    return [(error.row.code, error.location) for error in response.errors]


def test_documents_come_in_the_order_asked_with_the_mime_type_of_their_entry(
    repository: DocumentRepository, own_database: Database, documents: dict[str, bytes]
) -> None:
    asked = list(reversed(documents))
    response = run(repository, own_database, a_retrieve(*asked))
    assert response.status is ResponseStatus.SUCCESS
    assert [document.request.document_unique_id for document in response.documents] == asked
    assert [document.mime_type for document in response.documents] == ["application/pdf", "text/xml", "text/plain"]
    assert bodies_of(response) == [documents[unique_id] for unique_id in asked]
    assert [document.content.size for document in response.documents] == [len(documents[name]) for name in asked]


def test_document_asked_twice_is_answered_twice(
    repository: DocumentRepository, own_database: Database, documents: dict[str, bytes]
) -> None:
    first = next(iter(documents))
    assert bodies_of(run(repository, own_database, a_retrieve(first, first))) == [b"first", b"first"]


@pytest.mark.parametrize("home", [None, "", "urn:oid:1.2.3"])
def test_home_community_id_comes_back_as_sent(
    repository: DocumentRepository, own_database: Database, documents: dict[str, bytes], home: str | None
) -> None:
    """[ITI TF-2: 3.43.4.2.2]"""
    request = DocumentRequest(REPOSITORY, next(iter(documents)), home)
    (found,) = run(repository, own_database, RetrieveDocumentSet((request,))).documents
    assert found.request == request


def test_unknown_document_gets_XDSDocumentUniqueIdError_and_the_others_come(
    repository: DocumentRepository, own_database: Database, documents: dict[str, bytes]
) -> None:
    """[ITI TF-2: 3.43.4.1.3]"""
    unknown, first = a_unique_id(), next(iter(documents))
    response = run(repository, own_database, a_retrieve(unknown, first))
    assert response.status is ResponseStatus.PARTIAL_SUCCESS
    assert codes(response) == [("XDSDocumentUniqueIdError", unknown)]
    assert unknown in response.errors[0].code_context
    assert bodies_of(response) == [b"first"]


def test_foreign_repository_gets_XDSUnknownRepositoryId_even_for_a_document_that_we_hold(
    repository: DocumentRepository, own_database: Database, documents: dict[str, bytes]
) -> None:
    """[ITI TF-2: 3.43.4.1.3]"""
    first = next(iter(documents))
    response = run(repository, own_database, RetrieveDocumentSet((DocumentRequest("1.2.3.4", first),)))
    assert response.status is ResponseStatus.FAILURE
    assert codes(response) == [("XDSUnknownRepositoryId", first)]
    assert "1.2.3.4" in response.errors[0].code_context
    assert REPOSITORY in response.errors[0].code_context


def test_none_found_is_a_failure_with_one_error_for_each(
    repository: DocumentRepository, own_database: Database
) -> None:
    unknown = [a_unique_id() for _ in range(3)]
    response = run(repository, own_database, a_retrieve(*unknown))
    assert response.status is ResponseStatus.FAILURE
    assert codes(response) == [("XDSDocumentUniqueIdError", unique_id) for unique_id in unknown]


def test_offered_document_is_not_given_out(repository: DocumentRepository, own_database: Database) -> None:
    """Its registration is not known yet."""
    holding = index.Holding(a_unique_id(), bytes(32), 0, "text/plain", a_unique_id(), 0)
    with own_database.write() as work:
        index.offer(work, [holding])
    response = run(repository, own_database, a_retrieve(holding.unique_id))
    assert codes(response) == [("XDSDocumentUniqueIdError", holding.unique_id)]


@pytest.mark.parametrize("is_cut", [True, False])
def test_document_whose_bytes_are_lost_gets_XDSRepositoryError_and_the_others_come(
    repository: DocumentRepository,
    own_database: Database,
    content: ContentStore,
    documents: dict[str, bytes],
    caplog: pytest.LogCaptureFixture,
    is_cut: bool,
) -> None:
    first, second, _ = documents
    with own_database.read() as work:
        file = content.find_file(index.find_holdings(work, [first])[first].digest)
    assert file is not None
    if is_cut:
        os.truncate(file.path, 2)
    else:
        os.unlink(file.path)
    with caplog.at_level(logging.ERROR):
        response = run(repository, own_database, a_retrieve(first, second))
    assert codes(response) == [(errors.XDSRepositoryError.code, first)]
    assert bodies_of(response) == [b"<second/>"]
    assert first in caplog.text


def test_nothing_asked_is_answered_with_nothing(repository: DocumentRepository, own_database: Database) -> None:
    assert run(repository, own_database, RetrieveDocumentSet(())) == RetrieveDocumentSetResponse()
