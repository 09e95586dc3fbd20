"""ITI-41 Provide and Register Document Set-b: bytes and metadata are one, or nothing is kept. [ITI TF-2: 3.41]

Judges what only the bytes can tell; metadata is the registry's to judge.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from access.assertion import AssertionRefused
from repository import refusals
from repository.checks import Examine, examine_nothing
from repository.link import RegistryLink
from repository.store.content import ContentStore, Fingerprint, IsHeld, OutOfSpace, take_fingerprint
from repository.store.index import Holding
from repository.withdrawal import withdraw
from xds.errors import ErrorList, RegistryError
from xds.messages import ProvideAndRegisterDocumentSet, RegistryResponse
from xds.metadata import Submission, changed
from xds.vocabulary import DocumentEntryType

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Document:
    """A document of the request, and what its bytes say of themselves."""

    content: memoryview
    fingerprint: Fingerprint


def provide(
    request: ProvideAndRegisterDocumentSet,
    *,
    repository_unique_id: str,
    content: ContentStore,
    link: RegistryLink,
    is_held: IsHeld,
    now: datetime,
    examine: Examine = examine_nothing,
) -> RegistryResponse:
    """Takes a submission with its documents. *Raises* StorageFailure, and what the link raises. [ITI TF-2: 3.41.4.1.3]

    1. Every document is hashed. 2. Documents, entries and what the entries say of the bytes are held against each other, and the
    documents are examined; all that is wrong is answered at once, and nothing has been stored. 3. The entries are completed: hash, size,
    repositoryUniqueId. 4. The bytes are stored durably. 5. The registry is asked, and its answer is ours. 6. If it refused, the bytes are
    withdrawn.
    """
    # 1
    documents = _hash_documents(request)

    # 2
    found = judge(request, {name: document.fingerprint for name, document in documents.items()})
    examined = examine(request.submission, {name: document.content for name, document in documents.items()}, now)
    found += examined.errors
    if found.has_errors:
        return RegistryResponse(found + request.submission.findings)

    # 3
    submission = _complete(request.submission, documents, repository_unique_id)
    holdings = _list_holdings(submission, documents, int(now.timestamp()))

    # 4
    digests = {holding.digest for holding in holdings}
    try:
        with content.lease(digests):
            try:
                different = {document.fingerprint.digest: document for document in documents.values()}
                content.keep_all([(one.content, one.fingerprint) for key, one in different.items() if key in digests])
            except OutOfSpace as failure:
                _LOG.error("no room for the documents of a submission: %s", failure)
                response = RegistryResponse(ErrorList([refusals.out_of_space()]))
            else:
                # 5
                response = link.register(submission, holdings, examined.headers)
    except AssertionRefused:
        # 6: who asks was turned away after all, so nothing was registered.
        withdraw(content, digests, is_held)
        raise

    # 6
    if response.errors.has_errors:
        withdraw(content, digests, is_held)
    return RegistryResponse(found + response.errors)


def judge(request: ProvideAndRegisterDocumentSet, fingerprints: Mapping[str, Fingerprint]) -> ErrorList:
    """What is wrong between the documents and their entries; ``fingerprints`` by Document/@id. [ITI TF-2: 3.41.4.1.3]"""
    return ErrorList(
        [
            *request.findings,
            *_judge_documents(request),
            *_judge_entries(request),
            *_judge_unique_ids(request.submission),
            *_judge_declarations(request.submission, fingerprints),
        ]
    )


def _judge_documents(request: ProvideAndRegisterDocumentSet) -> Iterator[RegistryError]:
    entries = {entry.entry_uuid for entry in request.submission.document_entries}
    for name, count in Counter(name for name, _ in request.documents).items():
        if count > 1:
            yield refusals.repeated_document(name, count)
        if name not in entries:
            yield refusals.document_without_entry(name)
    for content_id in request.unreferenced_parts:
        yield refusals.part_without_document(content_id)


def _judge_entries(request: ProvideAndRegisterDocumentSet) -> Iterator[RegistryError]:
    documents = dict(request.documents)
    for entry in request.submission.document_entries:
        if entry.object_type is DocumentEntryType.ON_DEMAND:
            yield refusals.on_demand_entry(entry)
        elif entry.entry_uuid not in documents:
            yield refusals.entry_without_document(entry)
        elif documents[entry.entry_uuid] is None:
            yield refusals.entry_without_part(entry)


def _judge_unique_ids(submission: Submission) -> Iterator[RegistryError]:
    holders: dict[str, list[str]] = {}
    for entry in submission.document_entries:
        if entry.unique_id:
            holders.setdefault(entry.unique_id, []).append(entry.entry_uuid)
    for unique_id, names in holders.items():
        if len(names) > 1:
            yield refusals.repeated_unique_id(unique_id, names)


def _judge_declarations(submission: Submission, fingerprints: Mapping[str, Fingerprint]) -> Iterator[RegistryError]:
    for entry in submission.document_entries:
        fingerprint = fingerprints.get(entry.entry_uuid)
        if fingerprint is None or entry.object_type is DocumentEntryType.ON_DEMAND:
            continue
        if entry.hash is not None and entry.hash.lower() != fingerprint.sha1:
            yield refusals.other_hash(entry, entry.hash, fingerprint.sha1)
        if entry.size is not None and _canonical_number(entry.size) != str(fingerprint.size):
            yield refusals.other_size(entry, entry.size, fingerprint.size)


def _canonical_number(text: str) -> str | None:
    """Digits without leading zeros; compared as text, since a sender may write thousands of them."""
    return (text.lstrip("0") or "0") if text.isascii() and text.isdecimal() else None


def _hash_documents(request: ProvideAndRegisterDocumentSet) -> dict[str, _Document]:
    entries = {entry.entry_uuid for entry in request.submission.document_entries}
    documents: dict[str, _Document] = {}
    for name, content in request.documents:
        if content is not None and name in entries and name not in documents:
            documents[name] = _Document(content, take_fingerprint(content))
    return documents


def _complete(submission: Submission, documents: Mapping[str, _Document], repository_unique_id: str) -> Submission:
    """The repository alone knows where the bytes are, and what they are. [ITI TF-2: 3.41.4.1.3]"""
    entries = tuple(
        changed(
            entry,
            hash=documents[entry.entry_uuid].fingerprint.sha1,
            size=str(documents[entry.entry_uuid].fingerprint.size),
            repository_unique_id=repository_unique_id,
        )
        for entry in submission.document_entries
    )
    return changed(submission, document_entries=entries)


def _list_holdings(submission: Submission, documents: Mapping[str, _Document], now: int) -> tuple[Holding, ...]:
    """What is to be held: an entry without uniqueId is not among it, and the registry will refuse it."""
    submission_unique_id = next((one.unique_id for one in submission.submission_sets if one.unique_id), "")
    return tuple(
        Holding(
            unique_id=entry.unique_id,
            digest=documents[entry.entry_uuid].fingerprint.digest,
            size=documents[entry.entry_uuid].fingerprint.size,
            mime_type=entry.mime_type,
            submission_unique_id=submission_unique_id,
            offered_at=now,
        )
        for entry in submission.document_entries
        if entry.unique_id
    )
