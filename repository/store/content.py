"""The bytes of documents, in files named by their SHA-256: stored as they came, given back as they were stored.

Layout of the folder: ``00`` to ``ff``, the first byte of the digest, hold the documents; ``incoming`` holds files that are being
written; ``leases`` is the empty file whose ranges are leased. The folders are made, and made durable, before the first document.
What may not live here: which uniqueId the bytes are (``index``), and any opinion on a document.
"""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from repository.store.flush import DiskFlush, Flush
from repository.store.leases import Leases
from sql.database import StorageFailure

CHUNK_SIZE = 1 << 20
"""Bytes read, written or hashed at once: large enough for the disk, small beside a process."""

KEPT_AT_ONCE = 4
"""Documents of one submission that are written beside the first one."""

_DIGEST_SIZE = hashlib.sha256().digest_size
_NO_SPACE = frozenset({errno.ENOSPC, errno.EDQUOT})

IsHeld = Callable[[bytes], bool]
"""Whether the index holds a document of that digest; asked anew each time."""


class OutOfSpace(Exception):
    """There is no room for the document; nothing was stored."""


class ContentLost(Exception):
    """The bytes of a document that the index holds are not there, or not all of them."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What the bytes of a document say of themselves: SHA-256 (our key), SHA-1 in hexadecimal (XDS's hash), size."""

    digest: bytes
    sha1: str
    size: int


def take_fingerprint(document: memoryview) -> Fingerprint:
    """Hashes the bytes, both ways in one pass, without copying them. [ITI TF-3: 4.2.3.2.10]"""
    sha256, sha1 = hashlib.sha256(), hashlib.sha1(usedforsecurity=False)
    for chunk in _chunks_of(document):
        sha256.update(chunk)
        sha1.update(chunk)
    return Fingerprint(sha256.digest(), sha1.hexdigest(), document.nbytes)


@dataclass(frozen=True, slots=True)
class StoredContent:
    """The bytes of a stored document, read when they are sent. A ``xds.messages.Content``."""

    path: str
    size: int

    def chunks(self) -> Iterator[bytes]:
        """The bytes in order; up to 1 MiB in one piece. *Raises* ContentLost when they end early."""
        try:
            descriptor = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise ContentLost(f"{os.path.basename(self.path)} is not there") from error
        try:
            left = self.size
            while left:
                chunk = os.read(descriptor, min(left, CHUNK_SIZE))
                if not chunk:
                    raise ContentLost(f"{os.path.basename(self.path)} ends {left} bytes early")
                left -= len(chunk)
                yield chunk
        finally:
            os.close(descriptor)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the store, as the sweep and the verification see it. ``modified_at`` in Unix seconds."""

    digest: bytes
    path: str
    size: int
    modified_at: float


class ContentStore:
    """The documents of one folder. Several processes may use one folder; each has its own object."""

    def __init__(self, folder: Path, flush: Flush | None = None) -> None:
        """Opens the folder, making it where it is missing. *Raises* OSError, StorageFailure."""
        self._root = os.path.abspath(folder)
        self._flush: Flush = DiskFlush() if flush is None else flush
        self._failure: str | None = None
        self._incoming = f"{self._root}/incoming"
        self._beside = ThreadPoolExecutor(KEPT_AT_ONCE, thread_name_prefix="keep")
        self._prepare()
        self._leases = Leases(Path(self._root, "leases"))

    @property
    def failure(self) -> str | None:
        """Why nothing is stored any more: the flush that failed. The process must be replaced."""
        return self._failure

    def lease(self, digests: Iterable[bytes]) -> AbstractContextManager[None]:
        """Keeps the bytes of these digests from being removed: from before ``keep`` until the work has committed or is undone."""
        return self._leases.share(digests)

    def keep(self, document: memoryview, fingerprint: Fingerprint) -> None:
        """Stores the bytes durably, under a lease on their digest. *Raises* OutOfSpace, StorageFailure.

        Bytes that are there already are not written again, yet their folder is flushed: whoever wrote them flushed them before giving
        them their name, but may not have come to flush the name. A file of another size is damaged, and is replaced.
        """
        if self._failure is not None:
            raise StorageFailure(f"an earlier flush failed: {self._failure}")
        path = self._path(fingerprint.digest)
        if _size_of(path) != document.nbytes:
            try:
                self._publish(document, path)
            except OSError as error:
                if error.errno in _NO_SPACE:
                    raise OutOfSpace(os.strerror(error.errno)) from error
                raise
        self._flush_folder(os.path.dirname(path))

    def keep_all(self, documents: Sequence[tuple[memoryview, Fingerprint]]) -> None:
        """Stores the documents of one submission, side by side: a file system makes durable together what waits together.

        When it ends nothing is being written any more. *Raises* as ``keep`` does; of several failures a StorageFailure is the one told.
        """
        if len(documents) == 1:
            self.keep(*documents[0])
            return
        others = [self._beside.submit(self.keep, *one) for one in documents[1:]]
        failures: list[BaseException] = []
        try:
            for one in documents[:1]:
                self.keep(*one)
        except (OutOfSpace, StorageFailure, OSError) as failure:
            failures.append(failure)
        finally:
            wait(others)
        failures += [failed for other in others if (failed := other.exception()) is not None]
        if failures:
            raise min(failures, key=lambda each: not isinstance(each, StorageFailure))

    def remove_unheld(self, digest: bytes, is_held: IsHeld) -> bool:
        """Removes the bytes if nobody holds them and nobody else is submitting them; tells whether it did.

        Who cannot have the digest alone leaves the bytes to whom it shares them with: the last of several refused submissions
        removes them, and the sweep does when even that one died.
        """
        with self._leases.try_alone(digest) as is_alone:
            if not is_alone or is_held(digest):
                return False
            try:
                os.unlink(self._path(digest))
            except FileNotFoundError:
                return False
            return True

    def is_unheld(self, digest: bytes, is_held: IsHeld) -> bool:
        """Whether nobody holds the bytes and nobody is submitting them at this moment."""
        with self._leases.try_alone(digest) as is_alone:
            return is_alone and not is_held(digest)

    def open(self, digest: bytes, size: int) -> StoredContent:
        """The stored bytes. *Raises* ContentLost when they are missing or not of that size."""
        path = self._path(digest)
        seen = _size_of(path)
        if seen != size:
            raise ContentLost(f"{digest.hex()} {'is not there' if seen is None else f'has {seen} bytes, not {size}'}")
        return StoredContent(path, size)

    def find_file(self, digest: bytes) -> StoredFile | None:
        """The file of that digest, if it is there."""
        path = self._path(digest)
        try:
            seen = os.stat(path)
        except FileNotFoundError:
            return None
        return StoredFile(digest, path, seen.st_size, seen.st_mtime)

    def files(self) -> Iterator[StoredFile]:
        """Every stored document, in the order of digests; one that vanishes meanwhile is left out."""
        for folder in self._folders():
            for name in sorted(os.listdir(folder)):
                digest = _digest_of(name)
                if digest is not None and folder.endswith(name[:2]) and (file := self.find_file(digest)) is not None:
                    yield file

    def strays(self) -> Iterator[str]:
        """Paths of whatever stands among the documents and is none."""
        for folder in self._folders():
            for name in sorted(os.listdir(folder)):
                if _digest_of(name) is None or not folder.endswith(name[:2]):
                    yield f"{folder}/{name}"

    def remove_temporaries(self, before: float) -> int:
        """Removes what was begun before that moment (Unix seconds) by somebody who is no longer at it; tells how many files."""
        removed = 0
        for entry in os.scandir(self._incoming):
            with suppress(FileNotFoundError):  # its writer has just given it its name
                if entry.stat().st_mtime < before and self._is_abandoned(entry.name):
                    os.unlink(entry.path)
                    removed += 1
        return removed

    def _is_abandoned(self, temporary: str) -> bool:
        digest = _digest_of(temporary.partition(".")[0])
        if digest is None:
            return True
        with self._leases.try_alone(digest) as is_alone:
            return is_alone

    def _path(self, digest: bytes) -> str:
        name = digest.hex()
        return f"{self._root}/{name[:2]}/{name}"

    def _folders(self) -> Iterator[str]:
        return (f"{self._root}/{first:02x}" for first in range(256))

    def _prepare(self) -> None:
        missing = []
        ancestor = self._root
        while not os.path.isdir(ancestor):
            missing.append(ancestor)
            ancestor = os.path.dirname(ancestor)
        for folder in reversed(missing):
            with suppress(FileExistsError):  # another process is opening the same folder
                os.mkdir(folder, 0o700)
            self._flush_folder(os.path.dirname(folder))
        for folder in (self._incoming, *self._folders()):
            with suppress(FileExistsError):
                os.mkdir(folder, 0o700)
        os.close(os.open(f"{self._root}/leases", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        # Always, not only when something was made: another process may have made it and not flushed it yet.
        self._flush_folder(self._root)

    def _publish(self, document: memoryview, path: str) -> None:
        # Named by its digest, so that who finds it can tell by the lease whether it is still being written.
        temporary = f"{self._incoming}/{os.path.basename(path)}.{os.urandom(8).hex()}"
        try:
            self._write(document, temporary)
            try:
                self._flush.rename(temporary, path)
            except OSError as error:
                if error.errno in _NO_SPACE:  # the folder cannot grow: nothing was promised, nothing was lost
                    raise
                self._fail("rename", error)
        except BaseException:
            with suppress(OSError):  # what cannot be removed now is left to the sweep; the failure itself goes on
                os.unlink(temporary)
            raise

    def _write(self, document: memoryview, path: str) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            left = _octets_of(document)
            while left:
                left = left[os.write(descriptor, left) :]
            try:
                self._flush.fdatasync(descriptor)
            except OSError as error:
                self._fail("fdatasync", error)
        finally:
            os.close(descriptor)

    def _flush_folder(self, folder: str) -> None:
        try:
            self._flush.fsync_folder(folder)
        except OSError as error:
            self._fail("fsync of a folder", error)

    def _fail(self, operation: str, error: OSError) -> NoReturn:
        self._failure = f"{operation}: {error.strerror}"
        raise StorageFailure(self._failure) from error


def _octets_of(document: memoryview) -> memoryview:
    return document if document.format == "B" else document.cast("B")


def _chunks_of(document: memoryview) -> Iterator[memoryview]:
    octets = _octets_of(document)
    for start in range(0, octets.nbytes, CHUNK_SIZE):
        yield octets[start : start + CHUNK_SIZE]


def _size_of(path: str) -> int | None:
    try:
        return os.stat(path).st_size
    except FileNotFoundError:
        return None


def _digest_of(name: str) -> bytes | None:
    if len(name) != 2 * _DIGEST_SIZE or not name.isascii() or name != name.lower():
        return None
    try:
        return bytes.fromhex(name)
    except ValueError:
        return None
