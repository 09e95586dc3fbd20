"""ITI-41: bytes and metadata are one, or nothing is kept. [ITI TF-2: 3.41]"""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from pathlib import Path
from threading import Lock

import pytest

from access.assertion import AssertionRefused, already_used
from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore, OutOfSpace
from repository.store.index import Holding
from sql.database import Busy, Database, StorageFailure, Unavailable
from tests.repository.conftest import NOW
from tests.repository.requests import REPOSITORY, a_provide, a_retrieve, a_submission, an_entry
from tests.simulators.repository import IndexingLink, accept
from xds import errors
from xds.errors import ErrorList
from xds.messages import RegistryResponse
from xds.metadata import Submission
from xds.vocabulary import ResponseStatus

TEXT = b"Compte rendu : rien \xc3\xa0 signaler.\n"
SHA1 = hashlib.sha1(TEXT).hexdigest()
DIGEST = hashlib.sha256(TEXT).digest()


def codes(errors_: ErrorList) -> list[str]:
    return [error.row.code for error in errors_]


def is_stored(content: ContentStore, document: bytes = TEXT) -> bool:
    return content.find_file(hashlib.sha256(document).digest()) is not None


def refuse(_: Submission) -> ErrorList:
    return ErrorList([errors.error(errors.XDSUnknownPatientId, "patient nobody knows", "SubmissionSet01")])


def test_accepted_document_is_stored_registered_and_held(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink, own_database: Database
) -> None:
    entry = an_entry()
    request = a_provide((entry, TEXT))
    assert repository.provide(request).status is ResponseStatus.SUCCESS
    assert is_stored(content)
    with own_database.read() as work:
        assert index.find_holdings(work, [entry.unique_id or ""]) == {
            entry.unique_id: Holding(
                entry.unique_id or "",
                DIGEST,
                len(TEXT),
                "text/plain",
                request.submission.submission_set.unique_id or "",
                int(NOW.timestamp()),
            )
        }


def test_registry_is_given_hash_size_and_repository_and_everything_else_unchanged(
    repository: DocumentRepository, link: IndexingLink
) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    entry = an_entry(repository_unique_id="1.2.3.elsewhere", language_code="fr-FR", hash=SHA1.upper())
    request = a_provide((entry, TEXT))
    repository.provide(request)
    completed = replace(entry, hash=SHA1, size=str(len(TEXT)), repository_unique_id=REPOSITORY)
    assert link.registered == [replace(request.submission, document_entries=(completed,))]


def test_document_of_whoever_is_turned_away_by_the_registry_is_withdrawn(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink
) -> None:
    """An assertion that was used is found out where it is used up: when the bytes are there already. [DMP: VIHF]"""

    def turn_away(_: Submission) -> ErrorList:
        raise already_used()

    link.judge = turn_away
    with pytest.raises(AssertionRefused):
        repository.provide(a_provide((an_entry(), TEXT)))
    assert not is_stored(content)


@pytest.mark.parametrize("document", [b"", b"\x00" * 3_000_000], ids=["empty", "3 MB"])
def test_document_of_any_size_comes_back_as_it_came(
    repository: DocumentRepository, own_database: Database, document: bytes
) -> None:
    entry = an_entry()
    repository.provide(a_provide((entry, document)))
    with own_database.read() as work:
        (found,) = repository.retrieve(a_retrieve(entry.unique_id or ""), work).documents
    assert b"".join(found.content.chunks()) == document


def test_submission_without_documents_is_the_registrys_to_judge(
    repository: DocumentRepository, link: IndexingLink
) -> None:
    """A Folder may come alone."""
    assert repository.provide(a_provide()).status is ResponseStatus.SUCCESS
    assert len(link.registered) == 1


def test_two_entries_of_the_same_bytes_are_two_documents_and_one_file(
    repository: DocumentRepository, content: ContentStore, own_database: Database
) -> None:
    first, second = an_entry("Document01"), an_entry("Document02", mime_type="text/html")
    assert repository.provide(a_provide((first, TEXT), (second, TEXT))).errors == ()
    assert len(list(content.files())) == 1
    with own_database.read() as work:
        found = index.find_holdings(work, [first.unique_id or "", second.unique_id or ""])
    assert {holding.mime_type for holding in found.values()} == {"text/plain", "text/html"}


def test_warnings_of_the_registry_are_passed_on_with_success(
    repository: DocumentRepository, link: IndexingLink, content: ContentStore
) -> None:
    told = ErrorList([errors.warning(errors.XDSExtraMetadataNotSaved, "urn:example:slot was dropped")])
    link.judge = lambda _: told
    response = repository.provide(a_provide((an_entry(), TEXT)))
    assert response.status is ResponseStatus.SUCCESS
    assert response.errors == told
    assert is_stored(content)


@pytest.mark.parametrize("said", [SHA1, SHA1.upper(), SHA1.title()])
def test_hash_said_in_capitals_or_not_agrees(repository: DocumentRepository, said: str) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    assert repository.provide(a_provide((an_entry(hash=said), TEXT))).errors == ()


@pytest.mark.parametrize("said", [str(len(TEXT)), f"00{len(TEXT)}"])
def test_size_said_with_leading_zeros_agrees(repository: DocumentRepository, said: str) -> None:
    assert repository.provide(a_provide((an_entry(size=said), TEXT))).errors == ()


def test_refusal_of_the_registry_is_passed_on_unchanged_and_the_bytes_are_withdrawn(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink, own_database: Database
) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    link.judge = refuse
    entry = an_entry()
    response = repository.provide(a_provide((entry, TEXT)))
    assert response == RegistryResponse(refuse(a_submission()))
    assert list(content.files()) == []
    with own_database.read() as work:
        retrieved = repository.retrieve(a_retrieve(entry.unique_id or ""), work)
    assert codes(retrieved.errors) == ["XDSDocumentUniqueIdError"]


def test_refused_submission_leaves_the_bytes_that_another_document_is(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink, own_database: Database
) -> None:
    kept = an_entry()
    repository.provide(a_provide((kept, TEXT)))
    link.judge = refuse
    repository.provide(a_provide((an_entry(), TEXT), (an_entry("Document02"), b"alone")))
    assert is_stored(content)
    assert not is_stored(content, b"alone")
    with own_database.read() as work:
        assert repository.retrieve(a_retrieve(kept.unique_id or ""), work).status is ResponseStatus.SUCCESS


def test_refused_submission_leaves_the_bytes_that_another_one_is_bringing(
    content: ContentStore, link: IndexingLink, own_database: Database, tmp_path: Path
) -> None:
    other = ContentStore(tmp_path / "content")
    link.judge = refuse
    repository = DocumentRepository(REPOSITORY, content, link, index.asking(own_database.read), lambda: NOW)
    with other.lease([DIGEST]):
        repository.provide(a_provide((an_entry(), TEXT)))
        assert is_stored(content)


@pytest.mark.parametrize("failure", [OSError(30, "Read-only file system"), Busy("locked"), Unavailable("gone")])
def test_bytes_that_cannot_be_withdrawn_do_not_change_the_answer_and_are_told_in_the_log(
    content: ContentStore, link: IndexingLink, caplog: pytest.LogCaptureFixture, failure: Exception
) -> None:
    def is_held(_: bytes) -> bool:
        raise failure

    link.judge = refuse
    repository = DocumentRepository(REPOSITORY, content, link, is_held, lambda: NOW)
    with caplog.at_level(logging.WARNING):
        assert codes(repository.provide(a_provide((an_entry(), TEXT))).errors) == ["XDSUnknownPatientId"]
    assert DIGEST.hex() in caplog.text
    assert is_stored(content)


def test_bytes_stay_when_it_is_not_known_whether_the_registry_accepted(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink
) -> None:
    """A commit may have reached the database whose answer was lost; the sweep decides later."""

    def lose_the_answer(_: Submission) -> ErrorList:
        raise StorageFailure("commit failed")

    link.judge = lose_the_answer
    with pytest.raises(StorageFailure):
        repository.provide(a_provide((an_entry(), TEXT)))
    assert is_stored(content)


def test_full_disk_gets_XDSRepositoryOutOfResources_and_nothing_stays(
    content: ContentStore, link: IndexingLink, own_database: Database, tmp_path: Path
) -> None:
    class FullStore(ContentStore):
        """A disk that has room for one document."""

        one_at_a_time = Lock()

        def keep(self, document: memoryview, fingerprint: object) -> None:
            with self.one_at_a_time:
                if any(self.files()):
                    raise OutOfSpace("No space left on device")
                super().keep(document, fingerprint)  # type: ignore[arg-type]

    full = FullStore(tmp_path / "content")
    repository = DocumentRepository(REPOSITORY, full, link, index.asking(own_database.read), lambda: NOW)
    response = repository.provide(a_provide((an_entry(), TEXT), (an_entry("Document02"), b"one too many")))
    assert codes(response.errors) == ["XDSRepositoryOutOfResources"]
    assert list(content.files()) == []
    assert link.registered == []
    link.judge = accept
    assert repository.provide(a_provide((an_entry(), TEXT))).status is ResponseStatus.SUCCESS


def test_submission_without_submission_set_is_left_to_the_registry(
    repository: DocumentRepository, link: IndexingLink
) -> None:
    link.judge = refuse
    request = a_provide((an_entry(), TEXT))
    response = repository.provide(replace(request, submission=replace(request.submission, submission_sets=())))
    assert codes(response.errors) == ["XDSUnknownPatientId"]


def test_flaws_of_the_metadata_alone_are_the_registrys_to_tell(
    repository: DocumentRepository, link: IndexingLink, content: ContentStore
) -> None:
    malformed = errors.error(errors.XDSRegistryMetadataError, "patientId is no CX", "Document01")
    link.judge = lambda submission: ErrorList(submission.findings)
    request = a_provide((an_entry(), TEXT))
    request = replace(request, submission=replace(request.submission, findings=(malformed,)))
    assert repository.provide(request).errors == (malformed,)
    assert not is_stored(content)


def test_entry_without_unique_id_is_left_to_the_registry_and_nothing_is_stored_for_it(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink
) -> None:
    told = ErrorList([errors.error(errors.XDSRegistryMetadataError, "uniqueId is missing", "Document01")])
    link.judge = lambda _: told
    assert repository.provide(a_provide((an_entry(unique_id=None), TEXT))).errors == told
    assert not is_stored(content)
