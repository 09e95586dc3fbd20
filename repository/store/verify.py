"""Holds both stores against each other: every stored document hashed again, every row of the index looked up.

Says what it found and mends nothing. It may run while documents come in: nothing is called missing or left over that was only on
its way.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple

from repository.store import index
from repository.store.content import ContentStore, StoredFile
from repository.store.index import Holding, Read


class FaultKind(StrEnum):
    """What can be wrong. The last two lose nothing: the sweep, or a person, tidies them away."""

    MISSING = "the index holds it, its bytes are not there"
    ALTERED = "its bytes are not those that were stored"
    WRONG_SIZE = "its bytes are right, the size in the index is not"
    UNREADABLE = "its bytes cannot be read"
    UNHELD = "bytes that no document of the index is"
    STRAY = "a file among the documents that is none"

    @property
    def is_loss(self) -> bool:
        return self not in (FaultKind.UNHELD, FaultKind.STRAY)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing found wrong: the file's name (SHA-256 in hexadecimal for a document) and the uniqueIds that it is."""

    kind: FaultKind
    name: str
    unique_ids: tuple[str, ...] = ()
    detail: str = ""


class Progress(NamedTuple):
    """How far a verification has come."""

    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found. ``documents`` and ``size`` count what was hashed, ``holdings`` the rows of the index."""

    documents: int
    size: int
    holdings: int
    faults: tuple[Fault, ...]

    @property
    def is_sound(self) -> bool:
        """Whether every document of the index can be given out as it came."""
        return not any(fault.kind.is_loss for fault in self.faults)


def verify(content: ContentStore, read: Read, progress: Callable[[Progress], None] | None = None) -> VerifyReport:
    """Compares index and content both ways. ``progress`` is told after each document."""
    is_held = index.asking(read)
    faults: list[Fault] = []
    documents = size = holdings = 0
    for digest, file, rows in _align(content.files(), index.iterate_holdings(read)):
        holdings += len(rows)
        # The listing is older than the rows: a document stored in between is in the index and not in the listing.
        file = file or content.find_file(digest)
        if file is None:
            if is_held(digest):  # still: an offer may have been withdrawn since its row was read
                faults.append(Fault(FaultKind.MISSING, digest.hex(), _unique_ids(rows)))
            continue
        documents += 1
        size += file.size
        faults += _judge_file(file, rows)
        if not rows and content.is_unheld(digest, is_held):
            faults.append(Fault(FaultKind.UNHELD, digest.hex(), detail=f"{file.size} bytes"))
        if progress is not None:
            progress(Progress(documents, size))
    faults += (Fault(FaultKind.STRAY, path) for path in content.strays())
    return VerifyReport(documents, size, holdings, tuple(faults))


def _align(
    files: Iterator[StoredFile], holdings: Iterator[Holding]
) -> Iterator[tuple[bytes, StoredFile | None, tuple[Holding, ...]]]:
    """Both in the order of digests, side by side."""
    groups = ((digest, tuple(rows)) for digest, rows in groupby(holdings, key=lambda holding: holding.digest))
    file, group = next(files, None), next(groups, None)
    while file is not None or group is not None:
        if group is None or (file is not None and file.digest < group[0]):
            assert file is not None
            yield file.digest, file, ()
            file = next(files, None)
        elif file is None or group[0] < file.digest:
            yield group[0], None, group[1]
            group = next(groups, None)
        else:
            yield file.digest, file, group[1]
            file, group = next(files, None), next(groups, None)


def _judge_file(file: StoredFile, rows: tuple[Holding, ...]) -> Iterator[Fault]:
    try:
        seen = _hash_file(file.path)
    except OSError as error:
        reason = errno.errorcode.get(error.errno or 0, type(error).__name__)
        yield Fault(FaultKind.UNREADABLE, file.digest.hex(), _unique_ids(rows), reason)
        return
    if seen != file.digest:
        yield Fault(FaultKind.ALTERED, file.digest.hex(), _unique_ids(rows), f"now {seen.hex()}, {file.size} bytes")
        return
    for row in rows:
        if row.size != file.size:
            detail = f"{file.size} bytes, {row.size} in the index"
            yield Fault(FaultKind.WRONG_SIZE, file.digest.hex(), (row.unique_id,), detail)


def _hash_file(path: str) -> bytes:
    with open(path, "rb", buffering=0) as file:
        # What the disk holds is asked, not what memory remembers of it.
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return hashlib.file_digest(file, "sha256").digest()


def _unique_ids(rows: tuple[Holding, ...]) -> tuple[str, ...]:
    return tuple(row.unique_id for row in rows)
