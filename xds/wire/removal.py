"""[ITI-62] RemoveObjectsRequest and [ITI-86] RemoveDocumentsRequest. [ITI Supplement Remove Metadata and Documents: 3.62.4, 3.86.4]"""

from __future__ import annotations

from collections.abc import Iterator

from lxml.etree import _Element

from safexml.namespaces import LCM, RIM, RMD, XDSB, qname
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.markup import escaped, joined
from xds.messages import RemoveDocuments, RemoveDocumentsResponse, RemoveMetadata
from xds.wire import expect
from xds.wire.query import ADHOC_QUERY
from xds.wire.response import write_status
from xds.wire.retrieval import DOCUMENT_REQUEST, read_document_request, write_document_ids
from xds.wire.submission import OBJECT_REF

REMOVE_OBJECTS_REQUEST = qname(LCM, "RemoveObjectsRequest")
OBJECT_REF_LIST = qname(RIM, "ObjectRefList")
REMOVE_DOCUMENTS_REQUEST = qname(RMD, "RemoveDocumentsRequest")

DELETE_ALL = "urn:oasis:names:tc:ebxml-regrep:DeletionScopeType:DeleteAll"
"""The object itself goes; the only deletionScope that means something in XDS, and ebRS's default. [ebRS 3.0: 5.8]"""

_CLAUSE = "ITI Supplement Remove Metadata and Documents: 3.62.4.1.2"
_METADATA_START = f'<lcm:RemoveObjectsRequest xmlns:lcm="{LCM}" xmlns:rim="{RIM}"><rim:ObjectRefList>'
_METADATA_END = "</rim:ObjectRefList></lcm:RemoveObjectsRequest>"
_DOCUMENTS_START = f'<rmd:RemoveDocumentsRequest xmlns:rmd="{RMD}" xmlns:xdsb="{XDSB}">'
_DOCUMENTS_END = "</rmd:RemoveDocumentsRequest>"


def read_remove_metadata(element: _Element) -> RemoveMetadata:
    """The objects to be taken out; an id left out is empty. Raises WrongBody."""
    expect(element, REMOVE_OBJECTS_REQUEST)
    named = tuple(
        reference.get("id", "")
        for listed in element.iterchildren(OBJECT_REF_LIST)
        for reference in listed.iterchildren(OBJECT_REF)
    )
    return RemoveMetadata(named, ErrorList(_judge_form(element, named)))


def write_remove_metadata(request: RemoveMetadata) -> list[bytes]:
    """The request of a document administrator."""
    references = (f'<rim:ObjectRef id="{escaped(entry_uuid)}"/>' for entry_uuid in request.entry_uuids)
    return [joined([_METADATA_START, *references, _METADATA_END])]


def read_remove_documents(element: _Element) -> RemoveDocuments:
    """The documents to be taken out, one or many; an id left out is empty. Raises WrongBody."""
    expect(element, REMOVE_DOCUMENTS_REQUEST)
    return RemoveDocuments(tuple(read_document_request(child) for child in element.iterchildren(DOCUMENT_REQUEST)))


def write_remove_documents(request: RemoveDocuments) -> list[bytes]:
    """The request of a document administrator."""
    pieces = [_DOCUMENTS_START]
    for wanted in request.requests:
        pieces += ["<xdsb:DocumentRequest>", write_document_ids(wanted), "</xdsb:DocumentRequest>"]
    return [joined([*pieces, _DOCUMENTS_END])]


def write_remove_documents_response(response: RemoveDocumentsResponse) -> list[bytes]:
    """The answer: a RegistryResponse that can also tell of partial success. [ITI TF-3: 4.2.4.2]"""
    return [write_status(response.status, response.errors)]


def _judge_form(element: _Element, named: tuple[str, ...]) -> Iterator[RegistryError]:
    """What ebRS allows here and XDS does not: passed over, it would be answered as if it had been done. [ebRS 3.0: 5.8]"""
    if element.find(ADHOC_QUERY) is not None:
        yield _flaw("RemoveObjectsRequest / AdhocQuery", "is present", "an ObjectRefList alone")
    scope = element.get("deletionScope", DELETE_ALL)
    if scope != DELETE_ALL:
        yield _flaw("RemoveObjectsRequest / deletionScope", errors.seen(scope), f"none, or {DELETE_ALL}")
    if not named:
        yield _flaw(
            "RemoveObjectsRequest / ObjectRefList", "names no object", "the entryUUIDs of the objects to remove"
        )


def _flaw(location: str, problem: str, expected: str) -> RegistryError:
    """No code is laid down for the form of the request. [ITI TF-3: Table 4.2.4.1-2, XDSRegistryError]"""
    return errors.flaw(location, problem, expected, _CLAUSE, errors.XDSRegistryError)
