"""[ITI-42], [ITI-61] SubmitObjectsRequest and [ITI-41] ProvideAndRegisterDocumentSetRequest. [ITI TF-2: 3.41.4.1, 3.42.4.1]"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from lxml.etree import _Element

from safexml.namespaces import LCM, RIM, XDSB, XOP, qname
from xds import ebrim, errors
from xds.errors import ErrorList, RegistryError
from xds.markup import escaped
from xds.messages import ProvideAndRegisterDocumentSet
from xds.metadata import Association, DocumentEntry, Folder, Submission, SubmissionSet, changed
from xds.wire import expect

SUBMIT_OBJECTS_REQUEST = qname(LCM, "SubmitObjectsRequest")
PROVIDE_REQUEST = qname(XDSB, "ProvideAndRegisterDocumentSetRequest")
REGISTRY_OBJECT_LIST = qname(RIM, "RegistryObjectList")
CLASSIFICATION = qname(RIM, "Classification")
OBJECT_REF = qname(RIM, "ObjectRef")
DOCUMENT = qname(XDSB, "Document")

_SUBMIT_START = f'<lcm:SubmitObjectsRequest xmlns:lcm="{LCM}" xmlns:rim="{RIM}"><rim:RegistryObjectList>'.encode()
_SUBMIT_END = b"</rim:RegistryObjectList></lcm:SubmitObjectsRequest>"
_PROVIDE_START = f'<xdsb:ProvideAndRegisterDocumentSetRequest xmlns:xdsb="{XDSB}" xmlns:xop="{XOP}">'.encode()
_PROVIDE_END = b"</xdsb:ProvideAndRegisterDocumentSetRequest>"


def read_submission(element: _Element) -> Submission:
    """The submission of a SubmitObjectsRequest, with the findings of its written form and the digest of what it says.

    Raises WrongBody. [ITI TF-2: 3.42.4.1.2]
    """
    expect(element, SUBMIT_OBJECTS_REQUEST)
    objects = element.find(REGISTRY_OBJECT_LIST)
    if objects is None:
        location = "SubmitObjectsRequest / RegistryObjectList"
        return Submission(findings=(errors.flaw(location, errors.seen(None), "the objects to register"),))
    found = read_objects(objects)
    return changed(found, digest=take_digest(found))


def take_digest(submission: Submission) -> str:
    """SHA-256 of all that a submission says, however it is written.

    Not of its bytes: a source that sends again writes again, in another envelope, with other ids for nested elements. A release
    that reads more of a submission takes another digest of it; what is sent again across that upgrade is then refused as known.
    """
    said = (submission.submission_sets, submission.document_entries, submission.folders, submission.associations)
    return hashlib.sha256(repr(said).encode()).hexdigest()


def read_objects(element: _Element) -> Submission:
    """The registry objects of a RegistryObjectList; ObjectRefs in it say nothing about them. [ITI TF-3: 4.2.1]"""
    found: dict[type, list[Any]] = {SubmissionSet: [], DocumentEntry: [], Folder: [], Association: []}
    marks, unused = ebrim.find_marks(element.iterchildren(CLASSIFICATION))
    findings: list[RegistryError] = [*unused]
    for child in element.iterchildren("*"):
        if child.tag in (CLASSIFICATION, OBJECT_REF):
            continue
        value, flaws = ebrim.read_object(child, marks.get(child.get("id", ""), ()) if marks else ())
        findings += flaws
        if value is not None:
            found[type(value)].append(value)
    return Submission(
        submission_sets=tuple(found[SubmissionSet]),
        document_entries=tuple(found[DocumentEntry]),
        folders=tuple(found[Folder]),
        associations=tuple(found[Association]),
        findings=tuple(findings),
    )


def write_submission(submission: Submission) -> list[bytes]:
    """The SubmitObjectsRequest of a submission. [ITI TF-2: 3.42.4.1.2]"""
    return [_SUBMIT_START, *map(ebrim.write, submission.objects()), _SUBMIT_END]


def read_provide(
    element: _Element,
    content_of: Callable[[_Element], memoryview | None],
    unreferenced: Callable[[], tuple[str, ...]],
) -> ProvideAndRegisterDocumentSet:
    """The submission and its documents.

    ``content_of`` gives the bytes that a Document element stands for; ``unreferenced`` is asked last, for the parts of
    the message that no Document pointed at. Raises WrongBody. [ITI TF-2: 3.41.4.1.2]
    """
    expect(element, PROVIDE_REQUEST)
    findings: list[RegistryError] = []
    request = element.find(SUBMIT_OBJECTS_REQUEST)
    if request is None:
        findings.append(_flaw("SubmitObjectsRequest", errors.seen(None), "the metadata of the documents"))
    submission = Submission() if request is None else read_submission(request)
    documents = []
    for document in element.iterchildren(DOCUMENT):
        name = document.get("id")
        if not name:
            findings.append(_flaw("Document / id", errors.seen(None), "the id of its DocumentEntry"))
        try:
            content = content_of(document)
        except ValueError as broken:
            content = None
            findings.append(_flaw(f"Document {name or ''}", f"cannot be decoded ({broken})", "base64 or xop:Include"))
        documents.append((name or "", content))
    return ProvideAndRegisterDocumentSet(submission, tuple(documents), unreferenced(), ErrorList(findings))


def write_provide(submission: Submission, hrefs: Sequence[tuple[str, str]]) -> list[bytes]:
    """The request, its documents as references: pairs of DocumentEntry id and Content-ID. [ITI TF-2: 3.41.4.1.2]"""
    documents = [
        f'<xdsb:Document id="{escaped(name)}">{include(content_id)}</xdsb:Document>'.encode()
        for name, content_id in hrefs
    ]
    return [_PROVIDE_START, *write_submission(submission), *documents, _PROVIDE_END]


def include(content_id: str) -> str:
    """A reference to a part of the message. [XOP 1.0: 4.1]"""
    return f'<xop:Include href="cid:{escaped(quote(content_id, safe=_CID_SAFE))}"/>'


_CID_SAFE = "!$&'()*+,;=:@"  # what a URI's path may hold as it is. [RFC 2392] [RFC 3986: 3.3]


def _flaw(location: str, problem: str, expected: str) -> RegistryError:
    return errors.flaw(location, problem, expected, "ITI TF-2: 3.41.4.1.2", errors.XDSRepositoryMetadataError)
