"""What is asked and what is answered, one pair of values a transaction. [ITI TF-2: 3.18, 3.41, 3.42, 3.43]"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from xds.errors import NO_ERRORS, ErrorList
from xds.hl7v2 import DTM
from xds.metadata import Submission
from xds.vocabulary import ResponseStatus, ReturnType


@dataclass(frozen=True, slots=True)
class RegistryResponse:
    """Answer of the transactions that write. [ITI TF-3: 4.2.4]"""

    errors: ErrorList = NO_ERRORS

    @property
    def status(self) -> ResponseStatus:
        return ResponseStatus.FAILURE if self.errors.has_errors else ResponseStatus.SUCCESS


@dataclass(frozen=True, slots=True)
class RegisterDocumentSet:
    """[ITI-42] A submission whose documents a repository holds. [ITI TF-2: 3.42]"""

    submission: Submission


@dataclass(frozen=True, slots=True)
class UpdateDocumentSet:
    """[ITI-57] New versions, changes of status and Associations for what is registered. [ITI Supplement XDS Metadata Update: 3.57]"""

    submission: Submission


@dataclass(frozen=True, slots=True)
class RestrictedUpdateDocumentSet:
    """[ITI-92] New versions of DocumentEntries, nothing else. [ITI Supplement Restricted Metadata Update: 3.92]"""

    submission: Submission


@dataclass(frozen=True, slots=True)
class ProvideAndRegisterDocumentSet:
    """[ITI-41] A submission with its documents. [ITI TF-2: 3.41]

    ``documents`` pairs Document/@id with the bytes as they came; ``None`` where the Document points at no part of the
    message. ``unreferenced_parts`` are the Content-IDs that no Document points at. ``findings`` are flaws of the
    Document elements.
    """

    submission: Submission
    documents: tuple[tuple[str, memoryview | None], ...]
    unreferenced_parts: tuple[str, ...] = ()
    findings: ErrorList = NO_ERRORS


@dataclass(frozen=True, slots=True)
class AdhocQueryRequest:
    """[ITI-18] A stored query: parameter name → one tuple of raw values for each Slot of that name. [ITI TF-2: 3.18]"""

    query_id: str
    return_type: ReturnType | str
    parameters: Mapping[str, tuple[tuple[str, ...], ...]]
    home: str | None = None


@dataclass(frozen=True, slots=True)
class AdhocQueryResponse:
    """[ITI-18] The objects found, each written as ebRIM already. [ITI TF-2: 3.18.4.1.2.7]"""

    objects: Sequence[bytes] = ()
    errors: ErrorList = NO_ERRORS

    @property
    def status(self) -> ResponseStatus:
        return ResponseStatus.FAILURE if self.errors.has_errors else ResponseStatus.SUCCESS


@dataclass(frozen=True, slots=True)
class DocumentRequest:
    """[ITI-43] One document asked for."""

    repository_unique_id: str
    document_unique_id: str
    home_community_id: str | None = None


@dataclass(frozen=True, slots=True)
class RetrieveDocumentSet:
    """[ITI-43] The documents asked for. [ITI TF-2: 3.43.4.1]"""

    requests: tuple[DocumentRequest, ...]


class Content(Protocol):
    """The bytes of a stored document, read when they are sent."""

    @property
    def size(self) -> int:
        """Bytes."""

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order, in pieces that fit in memory."""


@dataclass(frozen=True, slots=True)
class DocumentResponse:
    """[ITI-43] One document found."""

    request: DocumentRequest
    mime_type: str
    content: Content


@dataclass(frozen=True, slots=True)
class RetrieveDocumentSetResponse:
    """[ITI-43] What was found, and one error for each document that was not. [ITI TF-2: 3.43.4.2]"""

    documents: tuple[DocumentResponse, ...] = ()
    errors: ErrorList = NO_ERRORS

    @property
    def status(self) -> ResponseStatus:
        if not self.errors.has_errors:
            return ResponseStatus.SUCCESS
        return ResponseStatus.PARTIAL_SUCCESS if self.documents else ResponseStatus.FAILURE


@dataclass(frozen=True, slots=True)
class RemoveMetadata:
    """[ITI-62] Registry objects to be taken out, by entryUUID. [ITI Supplement Remove Metadata and Documents: 3.62.4.1]

    ``findings`` are what the request asks beyond that.
    """

    entry_uuids: tuple[str, ...]
    findings: ErrorList = NO_ERRORS


@dataclass(frozen=True, slots=True)
class RemoveDocuments:
    """[ITI-86] Documents to be taken out. [ITI Supplement Remove Metadata and Documents: 3.86.4.1]"""

    requests: tuple[DocumentRequest, ...]


@dataclass(frozen=True, slots=True)
class RemoveDocumentsResponse:
    """[ITI-86] uniqueIds of what was taken out, and one error for each document that was not. [ITI TF-3: 4.2.4]"""

    removed: tuple[str, ...] = ()
    errors: ErrorList = NO_ERRORS

    @property
    def status(self) -> ResponseStatus:
        if not self.errors.has_errors:
            return ResponseStatus.SUCCESS
        return ResponseStatus.PARTIAL_SUCCESS if self.removed else ResponseStatus.FAILURE


class FeedEvent(StrEnum):
    """What a message of the patient identity feed tells: the interaction's name. [ITI TF-2: 3.44.4]"""

    ADDED = "PRPA_IN201301UV02"
    REVISED = "PRPA_IN201302UV02"
    MERGED = "PRPA_IN201304UV02"


class InstanceIdentifier(NamedTuple):
    """An HL7 v3 identifier: root is an OID or UUID, for patients the assigning authority. [HL7 v3: II]"""

    root: str
    extension: str = ""


NOBODY = InstanceIdentifier("")


@dataclass(frozen=True, slots=True)
class PatientFeed:
    """[ITI-8], [ITI-44] A message of the patient identity feed. [ITI TF-2: 3.8.4, 3.44.4]

    ``ids`` are the patient's, after a merge the survivor's; ``subsumed_ids`` those that a merge ends. Their root is the OID of
    the assigning authority, in HL7 v2 its name where no OID is told. ``sender`` and ``receiver`` are devices. ``reliability``:
    how far the identity is trusted, in the codes of PID-32.
    """

    event: FeedEvent
    message_id: InstanceIdentifier
    ids: tuple[InstanceIdentifier, ...]
    subsumed_ids: tuple[InstanceIdentifier, ...] = ()
    sender: InstanceIdentifier = NOBODY
    receiver: InstanceIdentifier = NOBODY
    reliability: tuple[str, ...] = ()


class FeedOutcome(StrEnum):
    """What became of a message of the feed: the last letter of AA, AE, AR and of CA, CE, CR. [HL7 v2.5: Table 0008]"""

    ACCEPTED = "A"
    ERROR = "E"
    """The message is wrong: to be sent again once it is mended."""
    REFUSED = "R"
    """The message may be right and was not taken up: of a kind not served, or to be sent again later."""


@dataclass(frozen=True, slots=True)
class FeedResponse:
    """[ITI-8], [ITI-44] What became of a message of the feed. [ITI TF-2: 3.8.4.1, 3.44.4.1.3]

    ``reason`` tells why it was not accepted, or what is to be said of one that was. It names no patient.
    """

    outcome: FeedOutcome = FeedOutcome.ACCEPTED
    reason: str = ""

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was changed and something is to be done by the sender."""
        return self.outcome is not FeedOutcome.ACCEPTED


@dataclass(frozen=True, slots=True)
class FeedAcknowledgement:
    """[ITI-8], [ITI-44] A response as a message of its own, to the sender of ``feed``. ``message_id`` is a ``urn:uuid:…``."""

    feed: PatientFeed
    response: FeedResponse
    message_id: str
    created_at: DTM
