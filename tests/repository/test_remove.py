"""ITI-86 on both databases: each document named is taken out, or the reason why not.

[ITI Supplement Remove Metadata and Documents: 3.86.4.1.3]
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pytest

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore, take_fingerprint
from repository.store.index import Holding
from repository.store.sweep import sweep
from repository.store.verify import verify
from sql.database import Busy, Database
from tests.repository.conftest import NOW
from tests.repository.requests import REPOSITORY, a_provide, a_retrieve, a_unique_id, an_entry
from tests.simulators.repository import IndexingLink
from xds import errors
from xds.errors import ErrorList
from xds.messages import DocumentRequest, RemoveDocuments, RemoveDocumentsResponse
from xds.metadata import Submission
from xds.vocabulary import ResponseStatus


@dataclass
class Shelf:
    """A repository over real stores, and what tests ask of it."""

    database: Database
    content: ContentStore
    link: IndexingLink

    @property
    def repository(self) -> DocumentRepository:
        is_held = index.asking(self.database.read)
        return DocumentRepository(REPOSITORY, self.content, self.link, is_held, lambda: NOW)

    def provide(self, document: bytes, unique_id: str | None = None) -> str:
        """A registered document; gives its uniqueId."""
        entry = an_entry(unique_id=unique_id or a_unique_id())
        assert self.repository.provide(a_provide((entry, document))).errors == ()
        assert entry.unique_id is not None
        return entry.unique_id

    def remove(self, *unique_ids: str, repository: str = REPOSITORY) -> RemoveDocumentsResponse:
        request = RemoveDocuments(tuple(DocumentRequest(repository, unique_id) for unique_id in unique_ids))
        return self.repository.remove(request, index.removing(self.database.settle))

    def missing(self, *unique_ids: str) -> list[tuple[str, str]]:
        """Code and uniqueId of what ITI-43 does not give."""
        with self.database.read() as work:
            response = self.repository.retrieve(a_retrieve(*unique_ids), work)
        return [(error.row.code, error.location) for error in response.errors]

    def is_stored(self, document: bytes) -> bool:
        return self.content.find_file(take_fingerprint(memoryview(document)).digest) is not None


@pytest.fixture
def shelf(database: Database, content: ContentStore) -> Shelf:
    return Shelf(database, content, IndexingLink(database))


def unique() -> bytes:
    """A document that nothing in the shared database is."""
    return os.urandom(40)


def codes(response: RemoveDocumentsResponse) -> list[tuple[str, str]]:
    return [(error.row.code, error.location) for error in response.errors]


def test_removed_document_is_gone_and_ITI_43_answers_XDSDocumentUniqueIdError(shelf: Shelf) -> None:
    document, kept = unique(), unique()
    gone, stays = shelf.provide(document), shelf.provide(kept)
    response = shelf.remove(gone)
    assert (response.status, response.removed, response.errors) == (ResponseStatus.SUCCESS, (gone,), ())
    assert shelf.missing(gone, stays) == [("XDSDocumentUniqueIdError", gone)]
    assert not shelf.is_stored(document)
    assert shelf.is_stored(kept)


def test_many_documents_go_in_one_request(shelf: Shelf) -> None:
    documents = [unique() for _ in range(5)]
    named = [shelf.provide(document) for document in documents]
    assert shelf.remove(*named).removed == tuple(named)
    assert shelf.missing(*named) == [("XDSDocumentUniqueIdError", unique_id) for unique_id in named]
    assert not any(map(shelf.is_stored, documents))


def test_unknown_document_gets_XDSDocumentUniqueIdError_and_the_others_go(shelf: Shelf) -> None:
    """[ITI TF-3: 4.2.4.2]"""
    gone, unknown = shelf.provide(unique()), a_unique_id()
    response = shelf.remove(unknown, gone)
    assert response.status is ResponseStatus.PARTIAL_SUCCESS
    assert codes(response) == [("XDSDocumentUniqueIdError", unknown)]
    assert unknown in response.errors[0].code_context
    assert response.removed == (gone,)


def test_nothing_removed_is_a_failure_with_one_error_for_each(shelf: Shelf) -> None:
    unknown = [a_unique_id() for _ in range(3)]
    response = shelf.remove(*unknown)
    assert response.status is ResponseStatus.FAILURE
    assert codes(response) == [("XDSDocumentUniqueIdError", unique_id) for unique_id in unknown]


def test_document_asked_of_another_repository_gets_XDSUnknownRepositoryId_and_stays(shelf: Shelf) -> None:
    held = shelf.provide(unique())
    response = shelf.remove(held, repository="1.2.3.4")
    assert codes(response) == [("XDSUnknownRepositoryId", held)]
    assert "1.2.3.4" in response.errors[0].code_context
    assert REPOSITORY in response.errors[0].code_context
    assert shelf.missing(held) == []


def test_document_removed_before_gets_XDSDocumentUniqueIdError(shelf: Shelf) -> None:
    gone = shelf.provide(unique())
    shelf.remove(gone)
    assert codes(shelf.remove(gone)) == [("XDSDocumentUniqueIdError", gone)]


def test_document_named_twice_is_removed_once(shelf: Shelf) -> None:
    gone = shelf.provide(unique())
    response = shelf.remove(gone, gone)
    assert (response.removed, response.errors) == ((gone,), ())


def test_nothing_asked_is_answered_with_nothing(shelf: Shelf) -> None:
    assert shelf.remove() == RemoveDocumentsResponse()


def test_offered_document_is_not_there_to_be_removed(shelf: Shelf) -> None:
    """Its registration is not known yet."""
    holding = Holding(a_unique_id(), os.urandom(32), 0, "text/plain", a_unique_id(), 0)
    with shelf.database.write() as work:
        index.offer(work, [holding])
    assert codes(shelf.remove(holding.unique_id)) == [("XDSDocumentUniqueIdError", holding.unique_id)]
    with shelf.database.read() as work:
        assert index.digest_is_held(work, holding.digest)


def test_bytes_stay_while_another_document_is_the_same_bytes(shelf: Shelf) -> None:
    document = unique()
    first, second = shelf.provide(document), shelf.provide(document)
    assert shelf.remove(first).errors == ()
    assert shelf.missing(first, second) == [("XDSDocumentUniqueIdError", first)]
    assert shelf.is_stored(document)
    assert shelf.remove(second).errors == ()
    assert not shelf.is_stored(document)


def test_same_bytes_under_two_names_go_together(shelf: Shelf) -> None:
    document = unique()
    assert len(shelf.remove(shelf.provide(document), shelf.provide(document)).removed) == 2
    assert not shelf.is_stored(document)


def test_removed_document_provided_again_is_held_again(shelf: Shelf) -> None:
    document = unique()
    unique_id = shelf.provide(document)
    shelf.remove(unique_id)
    assert shelf.provide(document, unique_id) == unique_id
    assert shelf.missing(unique_id) == []


def test_removed_unique_id_takes_other_bytes(shelf: Shelf) -> None:
    """The index remembers nothing; what the registry says is its own."""
    unique_id = shelf.provide(unique())
    shelf.remove(unique_id)
    shelf.provide(unique(), unique_id)
    assert shelf.missing(unique_id) == []


def test_stores_agree_after_a_removal(own_database: Database, content: ContentStore) -> None:
    """What the registry still tells of the document is none of the repository's business."""
    shelf = Shelf(own_database, content, IndexingLink(own_database))
    kept, gone = shelf.provide(unique()), shelf.provide(unique())
    shelf.remove(gone)
    report = verify(content, own_database.read)
    assert (report.faults, report.documents, report.holdings) == ((), 1, 1)
    assert shelf.missing(kept) == []


def test_row_is_gone_and_committed_before_the_bytes_are_touched(shelf: Shelf) -> None:
    """A power cut between the two leaves bytes without a row, never a row without bytes."""
    document = unique()
    unique_id = shelf.provide(document)
    seen: list[bool] = []

    def watch(unique_ids: Iterable[str]) -> tuple[Holding, ...]:
        removed = index.removing(shelf.database.settle)(unique_ids)
        seen.append(shelf.is_stored(document))
        seen.append(in_another_thread(lambda: bool(shelf.missing(unique_id))))
        return removed

    shelf.repository.remove(RemoveDocuments((DocumentRequest(REPOSITORY, unique_id),)), watch)
    assert seen == [True, True]
    assert not shelf.is_stored(document)


def in_another_thread(ask: Callable[[], bool]) -> bool:
    """Over a connection of its own, which sees only what is committed."""
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(ask()))
    thread.start()
    thread.join()
    return answers[0]


def test_removal_that_the_database_refuses_changes_nothing(shelf: Shelf) -> None:
    document = unique()
    unique_id = shelf.provide(document)

    def refuse(_: Iterable[str]) -> tuple[Holding, ...]:
        raise Busy("locked")

    with pytest.raises(Busy):
        shelf.repository.remove(RemoveDocuments((DocumentRequest(REPOSITORY, unique_id),)), refuse)
    assert shelf.missing(unique_id) == []
    assert shelf.is_stored(document)


def test_bytes_that_somebody_is_submitting_stay_for_them(shelf: Shelf) -> None:
    """Their submission keeps them, or the sweep removes them."""
    document = unique()
    unique_id = shelf.provide(document)
    with shelf.content.lease([take_fingerprint(memoryview(document)).digest]):
        assert shelf.remove(unique_id).errors == ()
        assert shelf.is_stored(document)
    assert shelf.missing(unique_id) == [("XDSDocumentUniqueIdError", unique_id)]
    sweep(shelf.content, index.asking(shelf.database.read), before=float("inf"))
    assert not shelf.is_stored(document)


def test_same_document_provided_during_its_removal_is_held_with_its_bytes(shelf: Shelf) -> None:
    """The row goes while the submission has its bytes stored and is not registered yet."""
    document = unique()
    unique_id = shelf.provide(document)

    def remove_first(_: Submission) -> ErrorList:
        assert shelf.remove(unique_id).removed == (unique_id,)
        return ErrorList()

    shelf.link.judge = remove_first
    shelf.provide(document, unique_id)
    assert shelf.missing(unique_id) == []
    assert shelf.is_stored(document)


def test_refused_submission_during_a_removal_leaves_no_bytes(shelf: Shelf) -> None:
    document = unique()
    unique_id = shelf.provide(document)

    def remove_and_refuse(_: Submission) -> ErrorList:
        shelf.remove(unique_id)
        return ErrorList([errors.error(errors.XDSRegistryMetadataError, "no")])

    shelf.link.judge = remove_and_refuse
    assert shelf.repository.provide(a_provide((an_entry(), document))).errors.has_errors
    assert not shelf.is_stored(document)


def test_bytes_that_cannot_be_unlinked_are_left_to_the_sweep_and_the_document_is_gone(
    shelf: Shelf, caplog: pytest.LogCaptureFixture
) -> None:
    document = unique()
    unique_id = shelf.provide(document)
    file = shelf.content.find_file(take_fingerprint(memoryview(document)).digest)
    assert file is not None
    os.unlink(file.path)
    os.mkdir(file.path)  # unlink fails on a folder, whoever asks
    with caplog.at_level(logging.WARNING):
        assert shelf.remove(unique_id).status is ResponseStatus.SUCCESS
    assert file.digest.hex() in caplog.text
    assert unique_id not in caplog.text
    assert shelf.missing(unique_id) == [("XDSDocumentUniqueIdError", unique_id)]


def test_work_that_is_done_again_removes_the_same(shelf: Shelf) -> None:
    """Somebody else was faster: what was named is read once, and asked for as often as need be."""
    unique_ids = [shelf.provide(unique()), shelf.provide(unique())]

    def twice(act: Callable[..., tuple[Holding, ...]], is_refused: Callable[..., bool]) -> tuple[Holding, ...]:
        shelf.database.settle(act, lambda _: True)
        return shelf.database.settle(act, is_refused)

    removed = index.removing(twice)(iter(unique_ids))
    assert {holding.unique_id for holding in removed} == set(unique_ids)
