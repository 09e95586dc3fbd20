"""A submission that is refused leaves nothing behind, and is told why in a code and a sentence. [contract 5; ITI TF-3: 4.2.4]"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Callable, Sequence
from typing import NamedTuple

import pytest

from interop_tests.conftest import fed
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import metadata, names, wire
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.multipart import Part
from interop_tests.witness.partner import Partner, document, document_inline


class Sent(NamedTuple):
    """What was sent: the answer, and the uniqueIds that must not have come to be."""

    answer: wire.Answer
    unique_ids: Sequence[str]


Refusal = Callable[[Partner, str], Sent]


def entry(patient: str, number: int = 1, **more: object) -> Entry:
    """An entry with a document of its own."""
    return Entry(patient_id=patient, content=metadata.new_oid().encode(), id=f"Document{number:02}", **more)  # type: ignore[arg-type]


def send(partner: Partner, lot: Lot, listed: str, parts: list[Part]) -> Sent:
    """A lot with Document elements and parts of one's own choice."""
    return Sent(partner.provide_parts(lot.text() + listed, parts), [one.unique_id for one in lot.entries])


def send_whole(partner: Partner, lot: Lot) -> Sent:
    """A lot with the document of each entry."""
    return Sent(partner.provide(lot), [one.unique_id for one in lot.entries])


def one_document_missing(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient, 1), entry(patient, 2)))
    return send(partner, lot, document("Document01", "one@x"), [Part("one@x", lot.entries[0].content)])


def document_without_entry(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient),))
    parts = [Part("one@x", lot.entries[0].content), Part("two@x", b"whose is this?")]
    return send(partner, lot, document("Document01", "one@x") + document("Document99", "two@x"), parts)


def part_without_document(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient),))
    parts = [Part("one@x", lot.entries[0].content), Part("two@x", b"nobody points here")]
    return send(partner, lot, document("Document01", "one@x"), parts)


def reference_to_no_part(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient),))
    return send(partner, lot, document("Document01", "elsewhere@x"), [])


def document_element_twice(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient),))
    return send(partner, lot, document_inline("Document01", b"one") + document_inline("Document01", b"two"), [])


def broken_base64(partner: Partner, patient: str) -> Sent:
    lot = Lot(patient_id=patient, entries=(entry(patient),))
    return send(partner, lot, '<xdsb:Document id="Document01">this is not base64!</xdsb:Document>', [])


def other_hash(partner: Partner, patient: str) -> Sent:
    wrong = hashlib.sha1(b"other bytes").hexdigest()
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(patient, hash=wrong),)))


def other_size(partner: Partner, patient: str) -> Sent:
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(patient, size=1),)))


def unique_id_twice_in_message(partner: Partner, patient: str) -> Sent:
    first = entry(patient)
    second = dataclasses.replace(entry(patient, 2), unique_id=first.unique_id)
    return send_whole(partner, Lot(patient_id=patient, entries=(first, second)))


def submission_set_unique_id_known(partner: Partner, patient: str) -> Sent:
    first = Lot(patient_id=patient, entries=(entry(patient),))
    assert partner.provide(first).status == "Success"
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(patient),), unique_id=first.unique_id))


def patient_never_fed(partner: Partner, patient: str) -> Sent:
    nobody = metadata.new_patient()
    return send_whole(partner, Lot(patient_id=nobody, entries=(entry(nobody),)))


def patients_differ(partner: Partner, patient: str) -> Sent:
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(fed(partner)),)))


def class_code_without_code(partner: Partner, patient: str) -> Sent:
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(patient, class_code=("", "1.2.3", "x")),)))


def replacement_of_nothing(partner: Partner, patient: str) -> Sent:
    target = "urn:uuid:5ea1ed00-0000-4000-8000-00000000dead"
    relationships = ((names.REPLACES, "Document01", target),)
    return send_whole(partner, Lot(patient_id=patient, entries=(entry(patient),), relationships=relationships))


REFUSALS: tuple[tuple[Refusal, str], ...] = (
    (one_document_missing, "XDSMissingDocument"),
    (document_without_entry, "XDSMissingDocumentMetadata"),
    (part_without_document, "XDSMissingDocumentMetadata"),
    (reference_to_no_part, "XDSMissingDocument"),
    (document_element_twice, "XDSRepositoryMetadataError"),
    (broken_base64, "XDSRepositoryMetadataError"),
    (other_hash, "XDSRepositoryMetadataError"),
    (other_size, "XDSRepositoryMetadataError"),
    (unique_id_twice_in_message, "XDSRepositoryDuplicateUniqueIdInMessage"),
    (submission_set_unique_id_known, "XDSDuplicateUniqueIdInRegistry"),
    (patient_never_fed, "XDSUnknownPatientId"),
    (patients_differ, "XDSPatientIdDoesNotMatch"),
    (class_code_without_code, "XDSRegistryMetadataError"),
    (replacement_of_nothing, "UnresolvedReferenceException"),
)


@pytest.mark.parametrize(
    ("refusal", "code"), REFUSALS, ids=[f"{refusal.__name__}-{code}" for refusal, code in REFUSALS]
)
def test_refused_submission_gets_its_code_and_leaves_nothing(
    service: Running, partner: Partner, patient: str, refusal: Refusal, code: str
) -> None:
    """All or nothing: no object, no bytes. [ITI TF-2: 3.41.4.1.3]"""
    before = service.content_files()
    answer, unique_ids = refusal(partner, patient)
    kept = service.content_files().keys() - before.keys()
    assert answer.status == "Failure"
    assert code in answer.codes
    assert all(error.context.strip() and error.severity == names.ERROR for error in answer.errors)
    # The case that first stores a good lot keeps that lot's one document.
    assert len(kept) == (1 if refusal is submission_set_unique_id_known else 0)
    shown = partner.get_documents(*unique_ids)
    assert (shown.status, shown.objects()) == ("Success", [])
    retrieved = partner.retrieve(REPOSITORY, *unique_ids)
    assert (retrieved.status, retrieved.documents) == ("Failure", {})
    assert set(retrieved.codes) == {"XDSDocumentUniqueIdError"}


@pytest.mark.parametrize("size_differs", [False, True], ids=["same size", "other size"])
def test_known_unique_id_with_other_bytes_gets_XDSNonIdenticalHash_and_the_first_bytes_stay(
    service: Running, partner: Partner, patient: str, size_differs: bool
) -> None:
    """[ITI TF-2: 3.42.4.1.3]"""
    first = entry(patient)
    assert partner.provide(Lot(patient_id=patient, entries=(first,))).status == "Success"
    before = service.content_files()
    other = bytes(reversed(first.content)) + (b"more" if size_differs else b"")
    answer = partner.provide(Lot(patient_id=patient, entries=(dataclasses.replace(first, content=other),)))
    assert answer.status == "Failure"
    assert "XDSNonIdenticalHash" in answer.codes
    assert set(answer.codes) <= {"XDSNonIdenticalHash", "XDSNonIdenticalSize"}
    assert partner.retrieve(REPOSITORY, first.unique_id).documents == {first.unique_id: first.content}
    assert service.content_files() == before


def test_known_unique_id_with_the_same_bytes_is_accepted_and_stored_once(
    service: Running, partner: Partner, patient: str
) -> None:
    """A further DocumentEntry of the same document. [ITI TF-2: 3.42.4.1.3]"""
    first = entry(patient)
    assert partner.provide(Lot(patient_id=patient, entries=(first,))).status == "Success"
    before = service.content_files()
    assert partner.provide(Lot(patient_id=patient, entries=(first,))).status == "Success"
    assert partner.get_documents(first.unique_id).unique_ids == [first.unique_id] * 2
    assert service.content_files() == before


def test_every_error_of_a_submission_is_told_at_once(partner: Partner, patient: str) -> None:
    """Report every error found, not just the first. [ITI TF-3: 4.2.4.1]"""
    wrong = hashlib.sha1(b"other bytes").hexdigest()
    lot = Lot(patient_id=patient, entries=(entry(patient, 1, hash=wrong, size=1), entry(patient, 2)))
    answer = partner.provide_parts(
        lot.text() + document("Document01", "one@x") + document_inline("Document77", b"?"),
        [Part("one@x", lot.entries[0].content)],
    )
    assert set(answer.codes) == {"XDSMissingDocument", "XDSMissingDocumentMetadata", "XDSRepositoryMetadataError"}
    assert answer.codes.count("XDSRepositoryMetadataError") == 2
