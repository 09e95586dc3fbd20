"""[ITI-43] RetrieveDocumentSetRequest and RetrieveDocumentSetResponse. [ITI TF-2: 3.43.4]"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lxml.etree import _Element

from safexml.namespaces import XDSB, XOP, qname
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.markup import escaped, joined
from xds.messages import DocumentRequest, DocumentResponse, RetrieveDocumentSet, RetrieveDocumentSetResponse
from xds.wire import expect
from xds.wire.response import REGISTRY_RESPONSE, read_errors, write_status
from xds.wire.submission import include

RETRIEVE_REQUEST = qname(XDSB, "RetrieveDocumentSetRequest")
RETRIEVE_RESPONSE = qname(XDSB, "RetrieveDocumentSetResponse")
DOCUMENT_REQUEST = qname(XDSB, "DocumentRequest")
DOCUMENT_RESPONSE = qname(XDSB, "DocumentResponse")
HOME_COMMUNITY_ID = qname(XDSB, "HomeCommunityId")
REPOSITORY_UNIQUE_ID = qname(XDSB, "RepositoryUniqueId")
DOCUMENT_UNIQUE_ID = qname(XDSB, "DocumentUniqueId")
MIME_TYPE = qname(XDSB, "mimeType")
DOCUMENT = qname(XDSB, "Document")

_REQUEST_START = f'<xdsb:RetrieveDocumentSetRequest xmlns:xdsb="{XDSB}">'
_RESPONSE_START = f'<xdsb:RetrieveDocumentSetResponse xmlns:xdsb="{XDSB}" xmlns:xop="{XOP}">'.encode()
_RESPONSE_END = b"</xdsb:RetrieveDocumentSetResponse>"


@dataclass(frozen=True, slots=True)
class ReceivedContent:
    """The bytes of a document as they came in a message."""

    content: memoryview

    @property
    def size(self) -> int:
        """Bytes."""
        return self.content.nbytes

    def chunks(self) -> Iterator[bytes]:
        """All of it: it is in memory already."""
        yield bytes(self.content)


def read_retrieve(element: _Element) -> RetrieveDocumentSet:
    """The documents asked for; an id left out is empty. Raises WrongBody. [ITI TF-2: 3.43.4.1.2]"""
    expect(element, RETRIEVE_REQUEST)
    return RetrieveDocumentSet(tuple(read_document_request(child) for child in element.iterchildren(DOCUMENT_REQUEST)))


def write_retrieve(request: RetrieveDocumentSet) -> list[bytes]:
    """The request of a consumer. [ITI TF-2: 3.43.4.1.2]"""
    pieces = [_REQUEST_START]
    for wanted in request.requests:
        pieces += ["<xdsb:DocumentRequest>", write_document_ids(wanted), "</xdsb:DocumentRequest>"]
    pieces.append("</xdsb:RetrieveDocumentSetRequest>")
    return [joined(pieces)]


def write_retrieve_response(response: RetrieveDocumentSetResponse, hrefs: Sequence[str]) -> list[bytes]:
    """The answer, each document as a reference to the part of that Content-ID. [ITI TF-2: 3.43.4.2.2]"""
    documents = [
        joined(
            [
                f"<xdsb:DocumentResponse>{write_document_ids(found.request)}<xdsb:mimeType>{escaped(found.mime_type)}</xdsb:mimeType>",
                f"<xdsb:Document>{include(content_id)}</xdsb:Document></xdsb:DocumentResponse>",
            ]
        )
        for found, content_id in zip(response.documents, hrefs, strict=True)
    ]
    return [_RESPONSE_START, write_status(response.status, response.errors), *documents, _RESPONSE_END]


def read_retrieve_response(
    element: _Element, content_of: Callable[[_Element], memoryview | None]
) -> RetrieveDocumentSetResponse:
    """The documents that a repository has answered with, and its errors. Raises WrongBody. [ITI TF-2: 3.43.4.2.2]"""
    expect(element, RETRIEVE_RESPONSE)
    told = element.find(REGISTRY_RESPONSE)
    missing: list[RegistryError] = []
    documents = []
    for child in element.iterchildren(DOCUMENT_RESPONSE):
        request, document = read_document_request(child), child.find(DOCUMENT)
        try:
            content = None if document is None else content_of(document)
        except ValueError:
            content = None
        if content is None:
            context = f"the answer holds no readable bytes of document {request.document_unique_id[:80]!r}"
            missing.append(errors.error(errors.XDSRepositoryError, context, request.document_unique_id))
        else:
            mime_type = (child.findtext(MIME_TYPE) or "").strip()
            documents.append(DocumentResponse(request, mime_type, ReceivedContent(content)))
    found = ErrorList() if told is None else read_errors(told)
    return RetrieveDocumentSetResponse(tuple(documents), found + missing)


def read_document_request(element: _Element) -> DocumentRequest:
    """The ids of a DocumentRequest, or of the DocumentResponse that repeats them."""
    home = element.findtext(HOME_COMMUNITY_ID)
    return DocumentRequest(
        repository_unique_id=(element.findtext(REPOSITORY_UNIQUE_ID) or "").strip(),
        document_unique_id=(element.findtext(DOCUMENT_UNIQUE_ID) or "").strip(),
        home_community_id=None if home is None else home.strip(),
    )


def write_document_ids(request: DocumentRequest) -> str:
    """The ids in the schema's order; the home only if it was told. [ITI TF-2: 3.43.4.2.2]"""
    home = request.home_community_id
    told = "" if home is None else f"<xdsb:HomeCommunityId>{escaped(home)}</xdsb:HomeCommunityId>"
    return (
        f"{told}<xdsb:RepositoryUniqueId>{escaped(request.repository_unique_id)}</xdsb:RepositoryUniqueId>"
        f"<xdsb:DocumentUniqueId>{escaped(request.document_unique_id)}</xdsb:DocumentUniqueId>"
    )
