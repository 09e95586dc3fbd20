"""What the repository answers when it says no: one sentence a case, for a stranger at the other end to act on. [ITI TF-3: 4.2.4.1]"""

from __future__ import annotations

from collections.abc import Sequence

from xds import errors
from xds.errors import RegistryError
from xds.messages import DocumentRequest
from xds.metadata import DocumentEntry

_PROVIDE = "ITI TF-2: 3.41.4.1.3"
_RETRIEVE = "ITI TF-2: 3.43.4.1.3"
_CROSS_GATEWAY_RETRIEVE = "ITI TF-2: 3.39.4.1.3"
REMOVE = "ITI Supplement Remove Metadata and Documents: 3.86.4.1.3"
_SHOWN_MAX = 128
"""Characters of a foreign value that an answer repeats: a uniqueId of the permitted length is whole."""


def repeated_document(name: str, count: int) -> RegistryError:
    """Several Documents have one id."""
    told = f"{count} Documents have the id {_quote(name)}; expected one for each DocumentEntry [{_PROVIDE}]"
    return errors.error(errors.XDSRepositoryMetadataError, told, name)


def document_without_entry(name: str) -> RegistryError:
    """A Document has no DocumentEntry."""
    told = f"Document {_quote(name)} has no DocumentEntry; expected an ExtrinsicObject of that id [{_PROVIDE}]"
    return errors.error(errors.XDSMissingDocumentMetadata, told, name)


def part_without_document(content_id: str) -> RegistryError:
    """A part of the message belongs to no Document."""
    told = (
        f"the part with Content-ID {_quote(content_id)} is of no Document;"
        f" expected a Document whose xop:Include names it [{_PROVIDE}]"
    )
    return errors.error(errors.XDSMissingDocumentMetadata, told, content_id)


def entry_without_document(entry: DocumentEntry) -> RegistryError:
    """A DocumentEntry has no Document."""
    told = f"{_describe(entry)} has no Document; expected one with the id of the entry [{_PROVIDE}]"
    return errors.error(errors.XDSMissingDocument, told, entry.entry_uuid)


def entry_without_part(entry: DocumentEntry) -> RegistryError:
    """The Document of a DocumentEntry points at nothing."""
    told = (
        f"the Document of {_describe(entry)} names a part that is not in the message;"
        f" expected the Content-ID of a part in the href of its xop:Include [{_PROVIDE}]"
    )
    return errors.error(errors.XDSMissingDocument, told, entry.entry_uuid)


def on_demand_entry(entry: DocumentEntry) -> RegistryError:
    """A DocumentEntry has no bytes yet, and none are to come this way."""
    told = f"{_describe(entry)} is on-demand; expected stable entries only: on-demand ones come by ITI-61 [{_PROVIDE}]"
    return errors.error(errors.XDSRepositoryMetadataError, told, entry.entry_uuid)


def repeated_unique_id(unique_id: str, names: Sequence[str]) -> RegistryError:
    """Several DocumentEntries have one uniqueId."""
    told = f"uniqueId {_quote(unique_id)} is that of {' and '.join(map(_quote, names))}; expected one DocumentEntry [{_PROVIDE}]"
    return errors.error(errors.XDSRepositoryDuplicateUniqueIdInMessage, told, unique_id)


def other_hash(entry: DocumentEntry, seen: str, expected: str) -> RegistryError:
    """The hash said is not that of the bytes."""
    told = f"hash of {_describe(entry)} is {_quote(seen)}; expected {expected}, the SHA-1 of the bytes received [{_PROVIDE}]"
    return errors.error(errors.XDSRepositoryMetadataError, told, entry.entry_uuid)


def other_size(entry: DocumentEntry, seen: str, expected: int) -> RegistryError:
    """The size said is not that of the bytes."""
    told = (
        f"size of {_describe(entry)} is {_quote(seen)}; expected {expected}, the count of bytes received [{_PROVIDE}]"
    )
    return errors.error(errors.XDSRepositoryMetadataError, told, entry.entry_uuid)


def out_of_space() -> RegistryError:
    """There is no room for the documents."""
    told = "there is no room left for the documents; send them again once the operator of the repository has made room"
    return errors.error(errors.XDSRepositoryOutOfResources, told)


def unknown_repository(request: DocumentRequest, ours: str, clause: str = _RETRIEVE) -> RegistryError:
    """A document is asked of another repository."""
    told = (
        f"document {_quote(request.document_unique_id)} is asked of repository {_quote(request.repository_unique_id)};"
        f" expected {_quote(ours)}, which this one is [{clause}]"
    )
    return errors.error(errors.XDSUnknownRepositoryId, told, request.document_unique_id)


def missing_home(request: DocumentRequest, ours: str) -> RegistryError:
    """A document is asked of a gateway, and not said of which community."""
    told = (
        f"document {_quote(request.document_unique_id)} is asked for without HomeCommunityId;"
        f" expected {_quote(ours)}, for which this gateway answers [{_CROSS_GATEWAY_RETRIEVE}]"
    )
    return errors.error(errors.XDSMissingHomeCommunityId, told, request.document_unique_id)


def unknown_community(request: DocumentRequest, asked: str, ours: str) -> RegistryError:
    """A document of another community is asked for."""
    told = (
        f"document {_quote(request.document_unique_id)} is asked of community {_quote(asked)};"
        f" expected {_quote(ours)}, for which this gateway answers [{_CROSS_GATEWAY_RETRIEVE}]"
    )
    return errors.error(errors.XDSUnknownCommunity, told, request.document_unique_id)


def unknown_document(request: DocumentRequest, clause: str = _RETRIEVE) -> RegistryError:
    """A document is not held here."""
    told = f"document {_quote(request.document_unique_id)} is not held here; expected the uniqueId of a registered one [{clause}]"
    return errors.error(errors.XDSDocumentUniqueIdError, told, request.document_unique_id)


def lost_document(request: DocumentRequest) -> RegistryError:
    """A document is held and its bytes are not there."""
    told = (
        f"the bytes of document {_quote(request.document_unique_id)} cannot be read; ask the operator of the repository"
    )
    return errors.error(errors.XDSRepositoryError, told, request.document_unique_id)


def _describe(entry: DocumentEntry) -> str:
    named = f"DocumentEntry {_quote(entry.entry_uuid)}"
    return f"{named} (uniqueId {_quote(entry.unique_id)})" if entry.unique_id else named


def _quote(text: str) -> str:
    return f"'{text}'" if len(text) <= _SHOWN_MAX else f"'{text[:_SHOWN_MAX]}…'"
