"""ITI-41: what documents and entries say of each other; whatever is wrong, all is told and nothing kept. [ITI TF-2: 3.41]"""

from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repository.actor import DocumentRepository
from repository.provide import judge
from repository.store.content import ContentStore, take_fingerprint
from tests.repository.requests import a_provide, a_submission, a_unique_id, an_entry
from tests.simulators.repository import IndexingLink
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.messages import ProvideAndRegisterDocumentSet, RegistryResponse
from xds.vocabulary import DocumentEntryType

TEXT = b"Compte rendu : rien \xc3\xa0 signaler.\n"
SHA1 = hashlib.sha1(TEXT).hexdigest()


def codes(errors_: ErrorList) -> list[str]:
    return [error.row.code for error in errors_]


def the_error(response: RegistryResponse) -> RegistryError:
    (only,) = response.errors
    return only


def is_stored(content: ContentStore, document: bytes = TEXT) -> bool:
    return content.find_file(hashlib.sha256(document).digest()) is not None


def test_other_hash_gets_XDSRepositoryMetadataError_with_seen_and_expected(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink
) -> None:
    seen = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
    error = the_error(repository.provide(a_provide((an_entry(hash=seen), TEXT))))
    assert error.row is errors.XDSRepositoryMetadataError
    assert seen in error.code_context
    assert SHA1 in error.code_context
    assert error.location == "Document01"
    assert not is_stored(content)
    assert link.registered == []


@pytest.mark.parametrize("seen", ["0", str(len(TEXT) + 1), "-1", "about 30", "", "³³", "9" * 5000])
def test_other_size_gets_XDSRepositoryMetadataError_with_seen_and_expected(
    repository: DocumentRepository, content: ContentStore, seen: str
) -> None:
    error = the_error(repository.provide(a_provide((an_entry(size=seen), TEXT))))
    assert error.row is errors.XDSRepositoryMetadataError
    assert f"'{seen[:20]}" in error.code_context
    assert f"expected {len(TEXT)}," in error.code_context
    assert len(error.code_context) < 500
    assert not is_stored(content)


def test_entry_without_document_gets_XDSMissingDocument(repository: DocumentRepository, content: ContentStore) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    lonely = an_entry("Document02")
    request = a_provide((an_entry(), TEXT))
    request = replace(request, submission=a_submission(*request.submission.document_entries, lonely))
    error = the_error(repository.provide(request))
    assert error.row is errors.XDSMissingDocument
    assert error.location == "Document02"
    assert lonely.unique_id in error.code_context  # type: ignore[operator]
    assert not is_stored(content)


def test_document_without_entry_gets_XDSMissingDocumentMetadata(
    repository: DocumentRepository, content: ContentStore
) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    request = a_provide((an_entry(), TEXT))
    request = replace(request, documents=(*request.documents, ("Document77", memoryview(b"whose?"))))
    error = the_error(repository.provide(request))
    assert (error.row, error.location) == (errors.XDSMissingDocumentMetadata, "Document77")
    assert not is_stored(content)


def test_document_that_names_no_part_gets_XDSMissingDocument_telling_so(repository: DocumentRepository) -> None:
    request = replace(a_provide((an_entry(), TEXT)), documents=(("Document01", None),))
    error = the_error(repository.provide(request))
    assert (error.row, error.location) == (errors.XDSMissingDocument, "Document01")
    assert "xop:Include" in error.code_context


def test_part_of_no_document_gets_XDSMissingDocumentMetadata_naming_the_content_id(
    repository: DocumentRepository,
) -> None:
    request = replace(a_provide((an_entry(), TEXT)), unreferenced_parts=("scan.2@example.org",))
    error = the_error(repository.provide(request))
    assert error.row is errors.XDSMissingDocumentMetadata
    assert "scan.2@example.org" in error.code_context


def test_two_documents_of_one_id_get_XDSRepositoryMetadataError(
    repository: DocumentRepository, content: ContentStore
) -> None:
    request = a_provide((an_entry(), TEXT))
    request = replace(request, documents=(*request.documents, ("Document01", memoryview(b"another"))))
    error = the_error(repository.provide(request))
    assert (error.row, error.location) == (errors.XDSRepositoryMetadataError, "Document01")
    assert not is_stored(content)


def test_one_unique_id_on_two_entries_gets_XDSRepositoryDuplicateUniqueIdInMessage(
    repository: DocumentRepository, content: ContentStore
) -> None:
    unique_id = a_unique_id()
    first, second = (an_entry(name, unique_id=unique_id) for name in ("Document01", "Document02"))
    error = the_error(repository.provide(a_provide((first, TEXT), (second, TEXT))))
    assert error.row is errors.XDSRepositoryDuplicateUniqueIdInMessage
    assert unique_id in error.code_context
    assert not is_stored(content)


@pytest.mark.parametrize("with_document", [True, False])
def test_on_demand_entry_gets_XDSRepositoryMetadataError_and_no_other(
    repository: DocumentRepository, with_document: bool
) -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    request = a_provide((an_entry(object_type=DocumentEntryType.ON_DEMAND, size="0"), TEXT))
    if not with_document:
        request = replace(request, documents=())
    assert the_error(repository.provide(request)).row is errors.XDSRepositoryMetadataError


def test_everything_that_is_wrong_is_told_at_once_and_nothing_is_stored(
    repository: DocumentRepository, content: ContentStore, link: IndexingLink
) -> None:
    """With the findings of the Documents before, and those of the metadata behind."""
    unreadable = errors.error(errors.XDSRepositoryMetadataError, "Document has no id", "Document[3]")
    malformed = errors.error(errors.XDSRegistryMetadataError, "patientId is no CX", "Document01")
    request = a_provide((an_entry(hash="00", size="1"), TEXT), (an_entry("Document02"), b"second"))
    request = ProvideAndRegisterDocumentSet(
        replace(request.submission, findings=(malformed,)),
        (request.documents[0], ("Document04", None)),
        ("orphan@example.org",),
        ErrorList([unreadable]),
    )
    response = repository.provide(request)
    assert codes(response.errors) == [
        "XDSRepositoryMetadataError",
        "XDSMissingDocumentMetadata",
        "XDSMissingDocumentMetadata",
        "XDSMissingDocument",
        "XDSRepositoryMetadataError",
        "XDSRepositoryMetadataError",
        "XDSRegistryMetadataError",
    ]
    assert (response.errors[0], response.errors[-1]) == (unreadable, malformed)
    assert not is_stored(content)
    assert link.registered == []


entry_names = st.sampled_from(["A", "B", "C"])
contents = st.none() | st.binary(max_size=3).map(memoryview)
requests = st.builds(
    ProvideAndRegisterDocumentSet,
    st.lists(
        st.builds(
            an_entry,
            entry_names,
            unique_id=st.sampled_from([None, "", "1.2", "1.3"]),
            hash=st.sampled_from([None, "", SHA1]),
            size=st.sampled_from([None, "1", "x"]),
            object_type=st.sampled_from(DocumentEntryType),
        ),
        max_size=4,
    ).map(lambda entries: a_submission(*entries)),
    st.lists(st.tuples(entry_names, contents), max_size=4).map(tuple),
    st.lists(st.text(max_size=5), max_size=2).map(tuple),
)


@given(requests)
def test_any_request_is_judged_and_twice_the_same(request: ProvideAndRegisterDocumentSet) -> None:
    fingerprints = {name: take_fingerprint(document) for name, document in request.documents if document is not None}
    found = judge(request, fingerprints)
    assert found == judge(request, fingerprints)
    ids = [entry.entry_uuid for entry in request.submission.document_entries]
    if not found and len(set(ids)) == len(ids):
        assert sorted(ids) == sorted(name for name, _ in request.documents)
