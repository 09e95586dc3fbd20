"""Bytes by their digest: stored durably, given back as they came, never half there."""

from __future__ import annotations

import errno
import hashlib
import os
import tracemalloc
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repository.store.content import (
    CHUNK_SIZE,
    ContentLost,
    ContentStore,
    Fingerprint,
    OutOfSpace,
    take_fingerprint,
)
from repository.store.flush import DiskFlush
from sql.database import StorageFailure
from tests.repository.power import FailingFlush

TEXT = b"compte rendu de consultation\n" * 40


def keep(content: ContentStore, document: bytes) -> Fingerprint:
    fingerprint = take_fingerprint(memoryview(document))
    with content.lease([fingerprint.digest]):
        content.keep(memoryview(document), fingerprint)
    return fingerprint


def read(content: ContentStore, fingerprint: Fingerprint) -> bytes:
    return b"".join(content.open(fingerprint.digest, fingerprint.size).chunks())


def path_of(folder: Path, fingerprint: Fingerprint) -> Path:
    name = fingerprint.digest.hex()
    return folder / name[:2] / name


def held(_: bytes) -> bool:
    return True


def unheld(_: bytes) -> bool:
    return False


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE + 17])
def test_fingerprint_is_that_of_the_whole_document(size: int) -> None:
    document = os.urandom(size)
    fingerprint = take_fingerprint(memoryview(document))
    assert fingerprint.digest == hashlib.sha256(document).digest()
    assert fingerprint.sha1 == hashlib.sha1(document).hexdigest()
    assert fingerprint.size == size


@pytest.mark.parametrize("size", [0, 1, CHUNK_SIZE, CHUNK_SIZE + 1, 3 * CHUNK_SIZE + 17])
def test_document_comes_back_as_it_was_stored(content: ContentStore, size: int) -> None:
    document = os.urandom(size)
    fingerprint = keep(content, document)
    assert read(content, fingerprint) == document


def test_documents_of_one_submission_are_all_there_when_they_are_kept_side_by_side(content: ContentStore) -> None:
    documents = [os.urandom(size) for size in (30_000, 1, 0, CHUNK_SIZE + 1, 17, 5_000, 12)]
    kept = [(memoryview(document), take_fingerprint(memoryview(document))) for document in documents]
    with content.lease(fingerprint.digest for _, fingerprint in kept):
        content.keep_all(kept)
    assert [read(content, fingerprint) for _, fingerprint in kept] == documents


@pytest.mark.parametrize("broken", [0, 1, 2])
def test_flush_that_fails_beside_a_full_disk_is_what_is_told(tmp_path: Path, broken: int) -> None:
    """A full disk promises that nothing was stored, a failed flush that nobody knows."""

    class Failing(ContentStore):
        def keep(self, document: memoryview, fingerprint: Fingerprint) -> None:
            raise StorageFailure("fdatasync") if document == str(broken).encode() else OutOfSpace("no space")

    documents = [memoryview(str(number).encode()) for number in range(3)]
    with pytest.raises(StorageFailure):
        Failing(tmp_path / "content").keep_all([(one, take_fingerprint(one)) for one in documents])


@settings(max_examples=25, deadline=None)
@given(document=st.binary(max_size=4096))
def test_any_bytes_come_back_as_they_were_stored(tmp_path_factory: pytest.TempPathFactory, document: bytes) -> None:
    content = ContentStore(tmp_path_factory.getbasetemp() / "any-bytes")
    assert read(content, keep(content, document)) == document


def test_document_of_one_mebibyte_comes_in_one_piece_and_a_larger_one_in_several(content: ContentStore) -> None:
    one = keep(content, bytes(CHUNK_SIZE))
    larger = keep(content, bytes(2 * CHUNK_SIZE + 1))
    assert [len(chunk) for chunk in content.open(one.digest, one.size).chunks()] == [CHUNK_SIZE]
    assert [len(chunk) for chunk in content.open(larger.digest, larger.size).chunks()] == [CHUNK_SIZE, CHUNK_SIZE, 1]


def test_document_of_a_hundred_megabytes_is_hashed_and_stored_without_being_copied(content: ContentStore) -> None:
    document = bytearray(100_000_000)
    tracemalloc.start()
    try:
        fingerprint = take_fingerprint(memoryview(document)[:-1])
        content.keep(memoryview(document)[:-1], fingerprint)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < CHUNK_SIZE
    assert content.open(fingerprint.digest, 99_999_999).size == 99_999_999


def test_document_stands_under_its_digest_and_nothing_is_left_in_incoming(
    content: ContentStore, tmp_path: Path
) -> None:
    fingerprint = keep(content, TEXT)
    assert path_of(tmp_path / "content", fingerprint).read_bytes() == TEXT
    assert list((tmp_path / "content" / "incoming").iterdir()) == []


def test_documents_are_for_the_service_alone_to_read(content: ContentStore, tmp_path: Path) -> None:
    fingerprint = keep(content, TEXT)
    assert (tmp_path / "content").stat().st_mode & 0o077 == 0
    assert path_of(tmp_path / "content", fingerprint).stat().st_mode & 0o177 == 0


class CountingFlush(DiskFlush):
    def __init__(self) -> None:
        self.operations: list[str] = []

    def fdatasync(self, descriptor: int) -> None:
        self.operations.append("fdatasync")
        super().fdatasync(descriptor)

    def rename(self, source: str, target: str) -> None:
        self.operations.append("rename")
        super().rename(source, target)

    def fsync_folder(self, folder: str) -> None:
        self.operations.append("fsync_folder")
        super().fsync_folder(folder)


def test_bytes_are_flushed_before_they_get_their_name_and_the_name_before_keep_returns(tmp_path: Path) -> None:
    """[decision 7]"""
    flush = CountingFlush()
    content = ContentStore(tmp_path / "content", flush)
    flush.operations.clear()
    keep(content, TEXT)
    assert flush.operations == ["fdatasync", "rename", "fsync_folder"]


def test_bytes_that_are_there_are_not_written_again_but_their_name_is_flushed(tmp_path: Path) -> None:
    """Another process may have given the name and not have flushed it yet."""
    flush = CountingFlush()
    content = ContentStore(tmp_path / "content", flush)
    keep(content, TEXT)
    flush.operations.clear()
    keep(content, TEXT)
    assert flush.operations == ["fsync_folder"]


def test_damaged_file_of_another_size_is_replaced_by_the_right_bytes(content: ContentStore, tmp_path: Path) -> None:
    fingerprint = keep(content, TEXT)
    path_of(tmp_path / "content", fingerprint).write_bytes(TEXT[:-3])
    keep(content, TEXT)
    assert read(content, fingerprint) == TEXT


def test_folder_is_opened_again_as_it_was_left(tmp_path: Path) -> None:
    fingerprint = keep(ContentStore(tmp_path / "deep" / "content"), TEXT)
    assert read(ContentStore(tmp_path / "deep" / "content"), fingerprint) == TEXT


def test_missing_bytes_are_told_before_anything_is_sent(content: ContentStore) -> None:
    with pytest.raises(ContentLost, match="is not there"):
        content.open(bytes(32), 7)


def test_file_of_another_size_is_told_before_anything_is_sent(content: ContentStore, tmp_path: Path) -> None:
    fingerprint = keep(content, TEXT)
    path_of(tmp_path / "content", fingerprint).write_bytes(TEXT[:-3])
    with pytest.raises(ContentLost, match="bytes, not"):
        content.open(fingerprint.digest, fingerprint.size)


@pytest.mark.parametrize("spoil", [lambda path: os.truncate(path, 5), os.unlink], ids=["cut short", "removed"])
def test_file_spoilt_between_opening_and_sending_breaks_the_answer(
    content: ContentStore, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    fingerprint = keep(content, TEXT)
    stored = content.open(fingerprint.digest, fingerprint.size)
    spoil(path_of(tmp_path / "content", fingerprint))
    with pytest.raises(ContentLost):
        list(stored.chunks())


@pytest.mark.parametrize("operation", ["fdatasync", "rename", "fsync_folder"])
def test_failed_flush_is_never_tried_again_and_the_store_keeps_nothing_more(tmp_path: Path, operation: str) -> None:
    """[decision 7]"""
    flush = FailingFlush(operation, OSError(errno.EIO, "Input/output error"))
    content = ContentStore(tmp_path / "content", flush)
    before = keep(content, b"stored before")
    assert content.failure is None
    flush.break_down()
    with pytest.raises(StorageFailure):
        keep(content, TEXT)
    assert content.failure is not None
    with pytest.raises(StorageFailure, match="earlier"):
        keep(content, TEXT)
    with pytest.raises(StorageFailure, match="earlier"):
        keep(content, b"another document")
    assert flush.asked == 1
    assert list((tmp_path / "content" / "incoming").iterdir()) == []
    assert read(content, before) == b"stored before"


def test_folder_that_cannot_be_flushed_at_start_stops_the_start(tmp_path: Path) -> None:
    flush = FailingFlush("fsync_folder", OSError(errno.EIO, "Input/output error"))
    flush.break_down()
    with pytest.raises(StorageFailure):
        ContentStore(tmp_path / "content", flush)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_folder_without_room_for_a_name_is_out_of_space_and_no_failure(tmp_path: Path, number: int) -> None:
    flush = FailingFlush("rename", OSError(number, "no room"))
    content = ContentStore(tmp_path / "content", flush)
    flush.break_down()
    with pytest.raises(OutOfSpace):
        keep(content, TEXT)
    assert content.failure is None
    assert list((tmp_path / "content" / "incoming").iterdir()) == []


def test_full_disk_is_out_of_space_and_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = ContentStore(tmp_path / "content")

    def write(descriptor: int, octets: memoryview) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(OutOfSpace):
        keep(content, TEXT)
    assert list((tmp_path / "content" / "incoming").iterdir()) == []
    assert list(content.files()) == []


def test_disk_that_takes_few_bytes_at_a_time_gets_them_all(
    content: ContentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, octets: write(descriptor, octets[:100]))
    fingerprint = keep(content, TEXT)
    monkeypatch.undo()
    assert read(content, fingerprint) == TEXT


def test_bytes_that_nobody_holds_are_removed(content: ContentStore, tmp_path: Path) -> None:
    fingerprint = keep(content, TEXT)
    assert content.remove_unheld(fingerprint.digest, unheld)
    assert not path_of(tmp_path / "content", fingerprint).exists()
    assert not content.remove_unheld(fingerprint.digest, unheld)


def test_bytes_that_a_document_holds_stay(content: ContentStore) -> None:
    fingerprint = keep(content, TEXT)
    assert not content.remove_unheld(fingerprint.digest, held)
    assert not content.is_unheld(fingerprint.digest, held)
    assert read(content, fingerprint) == TEXT


def test_bytes_that_another_submission_is_bringing_stay_and_the_index_is_not_even_asked(tmp_path: Path) -> None:
    ours, theirs = ContentStore(tmp_path / "content"), ContentStore(tmp_path / "content")
    fingerprint = keep(ours, TEXT)

    def ask(_: bytes) -> bool:
        raise AssertionError("asked without a lease")

    with theirs.lease([fingerprint.digest]):
        assert not ours.remove_unheld(fingerprint.digest, ask)
        assert not ours.is_unheld(fingerprint.digest, ask)
    assert read(ours, fingerprint) == TEXT
    assert ours.is_unheld(fingerprint.digest, unheld)


def test_files_come_in_the_order_of_their_digests_and_strays_apart(content: ContentStore, tmp_path: Path) -> None:
    digests = sorted(keep(content, b"%d" % number).digest for number in range(50))
    strays = [tmp_path / "content" / "00" / name for name in ("core", "f" * 64, "A" * 64, "é" * 64, "0" * 63 + "g")]
    for stray in strays:
        stray.touch()
    assert [file.digest for file in content.files()] == digests
    assert sorted(content.strays()) == sorted(map(str, strays))


def test_processes_that_start_together_make_one_folder(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as starting:
        stores = list(starting.map(lambda _: ContentStore(tmp_path / "new" / "content"), range(16)))
    fingerprint = keep(stores[0], TEXT)
    assert all(read(content, fingerprint) == TEXT for content in stores)
