"""Who comes first is settled once: twenty clients at one moment, and exactly one wins. [decision 8; ITI TF-2: 3.42.4.1.3]"""

from __future__ import annotations

import hashlib
import random
import threading
from collections import Counter
from collections.abc import Callable, Sequence

import pytest

from interop_tests.conftest import fed
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import metadata, names, wire
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.partner import Partner, quoted

CLIENTS = 20
ROUNDS = 3


def contents(count: int, size: int = 3000) -> list[bytes]:
    """Different documents of one size."""
    return [random.randbytes(size) for _ in range(count)]


def at_once(asks: Sequence[Callable[[], wire.Answer]]) -> list[wire.Answer]:
    """Lets every client ask at the same moment; their answers in the same order."""
    barrier = threading.Barrier(len(asks))
    answers: list[wire.Answer | None] = [None] * len(asks)

    def run(place: int) -> None:
        barrier.wait()
        answers[place] = asks[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(asks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    came = [answer for answer in answers if answer is not None]
    assert len(came) == len(asks), "a client got no answer"
    return came


def provide_at_once(partner: Partner, lots: Sequence[Lot]) -> list[wire.Answer]:
    """Everything is written out beforehand, so that only the sending is left."""
    requests = [partner.write_provide(lot) for lot in lots]
    return at_once([lambda request=request: partner.post(request) for request in requests])  # type: ignore[misc]


def outcomes(answers: Sequence[wire.Answer]) -> Counter[tuple[str, ...]]:
    """How often each outcome came: the status, or the error codes."""
    return Counter(answer.codes or (answer.status,) for answer in answers)


def new_files(service: Running, before: dict[str, int]) -> dict[str, int]:
    """What the content folder has gained, temporary files too."""
    return {path: size for path, size in service.content_files().items() if path not in before}


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_twenty_contents_under_one_unique_id_one_is_stored_and_the_others_get_XDSNonIdenticalHash(
    service: Running, partner: Partner, patient: str, round_number: int
) -> None:
    """[ITI TF-2: 3.42.4.1.3]"""
    before = service.content_files()
    unique_id, documents = metadata.new_oid(), contents(CLIENTS)
    lots = [
        Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=document, unique_id=unique_id),))
        for document in documents
    ]
    answers = provide_at_once(partner, lots)
    assert outcomes(answers) == {("Success",): 1, ("XDSNonIdenticalHash",): CLIENTS - 1}
    (winner,) = (document for document, answer in zip(documents, answers, strict=True) if answer.status == "Success")
    assert partner.retrieve(REPOSITORY, unique_id).documents == {unique_id: winner}
    assert partner.find_documents(patient).unique_ids == [unique_id]
    assert list(new_files(service, before).values()) == [len(winner)]


@pytest.mark.parametrize("round_number", range(ROUNDS))
def test_of_twenty_replacements_of_one_document_one_is_accepted_and_the_others_find_it_deprecated(
    service: Running, partner: Partner, patient: str, round_number: int
) -> None:
    """One Approved successor of an entry. [ITI TF-2: 3.42.4.1.3; ITI TF-3: 4.2.2.2.3]"""
    original = Entry(patient_id=patient, content=contents(1)[0])
    assert partner.provide(Lot(patient_id=patient, entries=(original,))).status == "Success"
    entry_uuid = partner.get_documents(original.unique_id).objects("ExtrinsicObject")[0].get("id", "")
    before = service.content_files()
    entries = [Entry(patient_id=patient, content=document) for document in contents(CLIENTS)]
    lots = [
        Lot(patient_id=patient, entries=(entry,), relationships=((names.REPLACES, entry.id, entry_uuid),))
        for entry in entries
    ]
    answers = provide_at_once(partner, lots)
    assert outcomes(answers) == {("Success",): 1, ("XDSRegistryDeprecatedDocumentError",): CLIENTS - 1}
    (winner,) = (entry for entry, answer in zip(entries, answers, strict=True) if answer.status == "Success")
    assert partner.find_documents(patient).unique_ids == [winner.unique_id]
    assert partner.find_documents(patient, names.DEPRECATED).unique_ids == [original.unique_id]
    related = partner.query(
        names.GET_RELATED_DOCUMENTS,
        {"$XDSDocumentEntryEntryUUID": quoted(entry_uuid), "$AssociationTypes": f"('{names.REPLACES}')"},
    )
    assert len(related.objects("Association")) == 1
    assert sorted(related.unique_ids) == sorted([winner.unique_id, original.unique_id])
    assert list(new_files(service, before).values()) == [len(winner.content)]


def test_of_twenty_submissions_with_one_submission_set_unique_id_one_is_stored(
    service: Running, partner: Partner, patient: str
) -> None:
    """The same request sent again never makes a second copy. [contract 5; ITI TF-2: 3.42.4.1.3]"""
    before = service.content_files()
    lot = Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=contents(1)[0]),))
    answers = provide_at_once(partner, [lot] * CLIENTS)
    assert outcomes(answers) == {("Success",): CLIENTS}
    assert partner.find_documents(patient).unique_ids == [lot.entries[0].unique_id]
    assert len(new_files(service, before)) == 1


def test_one_content_sent_by_ten_who_are_refused_stays_for_the_ten_who_are_not(
    service: Running, partner: Partner
) -> None:
    """What a refusal withdraws is never what somebody else has stored. [contract 5]"""
    known, unknown, document = fed(partner), metadata.new_patient(), contents(1)[0]
    lots = [
        Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=document),))
        for patient in (known, unknown) * (CLIENTS // 2)
    ]
    answers = provide_at_once(partner, lots)
    assert outcomes(answers) == {("Success",): CLIENTS // 2, ("XDSUnknownPatientId",): CLIENTS // 2}
    stored = [lot.entries[0].unique_id for lot in lots[::2]]
    assert partner.retrieve(REPOSITORY, *stored).documents == dict.fromkeys(stored, document)
    refused = [lot.entries[0].unique_id for lot in lots[1::2]]
    assert partner.retrieve(REPOSITORY, *refused).codes == ("XDSDocumentUniqueIdError",) * len(refused)
    digest = hashlib.sha256(document).hexdigest()
    assert sum(path.endswith(digest) for path in service.content_files()) <= 1
