"""Both stores held against each other, both ways."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repository.store import index
from repository.store.content import ContentStore, Fingerprint, take_fingerprint
from repository.store.index import Holding
from repository.store.verify import Fault, FaultKind, Progress, VerifyReport, verify
from sql.database import Database, Work
from tests.repository.requests import a_unique_id


def store(content: ContentStore, database: Database, document: bytes, *, size: int | None = None) -> Holding:
    fingerprint = keep(content, document)
    holding = Holding(
        a_unique_id(), fingerprint.digest, fingerprint.size if size is None else size, "text/plain", a_unique_id(), 0
    )
    with database.write() as work:
        index.add_holdings(work, [holding])
    return holding


def keep(content: ContentStore, document: bytes) -> Fingerprint:
    fingerprint = take_fingerprint(memoryview(document))
    content.keep(memoryview(document), fingerprint)
    return fingerprint


def path_of(content: ContentStore, digest: bytes) -> Path:
    file = content.find_file(digest)
    assert file is not None
    return Path(file.path)


def run(content: ContentStore, database: Database) -> VerifyReport:
    return verify(content, database.read)


def test_empty_stores_are_sound(content: ContentStore, own_database: Database) -> None:
    assert run(content, own_database) == VerifyReport(0, 0, 0, ())


def test_stores_that_agree_are_sound_and_every_document_is_counted(
    content: ContentStore, own_database: Database
) -> None:
    for number in range(30):
        store(content, own_database, b"document %d" % (number % 20))
    report = run(content, own_database)
    assert report.is_sound
    assert report.faults == ()
    assert (report.documents, report.holdings) == (20, 30)


def test_progress_is_told_after_each_document(content: ContentStore, own_database: Database) -> None:
    for document in (b"one", b"three"):
        store(content, own_database, document)
    told: list[Progress] = []
    verify(content, own_database.read, told.append)
    assert [progress.documents for progress in told] == [1, 2]
    assert told[-1] == Progress(2, 8)


def test_missing_bytes_are_found(content: ContentStore, own_database: Database) -> None:
    store(content, own_database, b"held")
    lost = store(content, own_database, b"lost")
    path_of(content, lost.digest).unlink()
    report = run(content, own_database)
    assert report.faults == (Fault(FaultKind.MISSING, lost.digest.hex(), (lost.unique_id,)),)
    assert not report.is_sound
    assert report.holdings == 2


@pytest.mark.parametrize("altered", [b"Document", b"documen", b"document and more", b""])
def test_altered_bytes_are_found(content: ContentStore, own_database: Database, altered: bytes) -> None:
    holding = store(content, own_database, b"document")
    path_of(content, holding.digest).write_bytes(altered)
    (fault,) = run(content, own_database).faults
    assert (fault.kind, fault.unique_ids) == (FaultKind.ALTERED, (holding.unique_id,))


def test_wrong_size_in_the_index_is_found(content: ContentStore, own_database: Database) -> None:
    holding = store(content, own_database, b"document", size=7)
    (fault,) = run(content, own_database).faults
    assert (fault.kind, fault.unique_ids) == (FaultKind.WRONG_SIZE, (holding.unique_id,))


def test_bytes_that_nobody_holds_are_found_and_lose_nothing(content: ContentStore, own_database: Database) -> None:
    fingerprint = keep(content, b"nobody's")
    report = run(content, own_database)
    assert [(fault.kind, fault.name) for fault in report.faults] == [(FaultKind.UNHELD, fingerprint.digest.hex())]
    assert report.is_sound


def test_bytes_that_a_submission_is_bringing_are_no_fault(content: ContentStore, own_database: Database) -> None:
    fingerprint = keep(content, b"on its way")
    with content.lease([fingerprint.digest]):
        assert run(content, own_database).faults == ()


def test_file_that_is_no_document_is_found_and_loses_nothing(
    content: ContentStore, own_database: Database, tmp_path: Path
) -> None:
    stray = tmp_path / "content" / "7f" / "core.123"
    stray.touch()
    report = run(content, own_database)
    assert report.faults == (Fault(FaultKind.STRAY, str(stray)),)
    assert report.is_sound


def test_file_that_cannot_be_read_is_found_and_the_others_are_verified(
    content: ContentStore, own_database: Database
) -> None:
    holdings = [store(content, own_database, b"document %d" % number) for number in range(3)]
    unreadable = path_of(content, holdings[1].digest)
    unreadable.unlink()
    unreadable.mkdir()
    report = run(content, own_database)
    assert [(fault.kind, fault.unique_ids, fault.detail) for fault in report.faults] == [
        (FaultKind.UNREADABLE, (holdings[1].unique_id,), "EISDIR")
    ]
    assert report.documents == 3


def test_every_fault_is_told_at_once(content: ContentStore, own_database: Database) -> None:
    lost, altered = (store(content, own_database, document) for document in (b"lost", b"altered"))
    keep(content, b"nobody's")
    path_of(content, lost.digest).unlink()
    path_of(content, altered.digest).write_bytes(b"xltered")
    report = run(content, own_database)
    assert {fault.kind for fault in report.faults} == {FaultKind.MISSING, FaultKind.ALTERED, FaultKind.UNHELD}


def test_document_stored_while_the_verification_runs_is_no_fault(content: ContentStore, own_database: Database) -> None:
    """Its file is not in the listing that was made before, its row is in the index."""
    store(content, own_database, b"before")

    @contextmanager
    def read_after_another_was_stored() -> Iterator[Work]:
        for _ in range(3):
            store(content, own_database, os.urandom(9))
        with own_database.read() as work:
            yield work

    report = verify(content, read_after_another_was_stored)
    assert report.faults == ()
