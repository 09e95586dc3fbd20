"""Requests that a repository accepts; a test changes one thing in them."""

from __future__ import annotations

import uuid

from xds.messages import DocumentRequest, ProvideAndRegisterDocumentSet, RetrieveDocumentSet
from xds.metadata import DocumentEntry, Submission, SubmissionSet

REPOSITORY = "1.3.6.1.4.1.21367.13.40.100"


def a_unique_id() -> str:
    """A uniqueId that nothing has yet."""
    return f"2.25.{uuid.uuid4().int}"


def an_entry(name: str = "Document01", **changed: object) -> DocumentEntry:
    """A stable entry of a plain text."""
    attributes: dict[str, object] = {"mime_type": "text/plain", "unique_id": a_unique_id(), **changed}
    return DocumentEntry(entry_uuid=name, **attributes)  # type: ignore[arg-type]


def a_submission(*entries: DocumentEntry) -> Submission:
    """A submission of these entries."""
    submission_set = SubmissionSet(entry_uuid="SubmissionSet01", unique_id=a_unique_id())
    return Submission(submission_sets=(submission_set,), document_entries=entries)


def a_provide(*pairs: tuple[DocumentEntry, bytes]) -> ProvideAndRegisterDocumentSet:
    """A request with these entries and their documents."""
    documents = tuple((entry.entry_uuid, memoryview(document)) for entry, document in pairs)
    return ProvideAndRegisterDocumentSet(a_submission(*(entry for entry, _ in pairs)), documents)


def a_retrieve(*unique_ids: str) -> RetrieveDocumentSet:
    """A request for these documents."""
    return RetrieveDocumentSet(tuple(DocumentRequest(REPOSITORY, unique_id) for unique_id in unique_ids))
