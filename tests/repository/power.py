"""A power cut, played: a Flush that does the real thing, knows what of it would survive, and ends everything at a chosen step."""

from __future__ import annotations

import os
from pathlib import Path
from threading import Lock

from repository.store.flush import DiskFlush


class PowerCut(BaseException):
    """The machine is off. No code runs after it, so no code may catch it."""


class DrilledFlush(DiskFlush):
    """Performs every operation for real and keeps the book of what is on the disk: bytes once their file was flushed, names once
    their folder was. ``cut_at``: the operation, counted from 1, during which the power goes: it is done, or not, and nothing follows,
    in whatever thread. ``only``: operations of that name are counted. One is done after the other.
    """

    def __init__(self, cut_at: int | None = None, *, is_done: bool = False, only: str = "") -> None:
        self.operations: list[str] = []
        self._cut_at = cut_at
        self._is_done = is_done
        self._only = only
        self._is_dark = False
        self._one_at_a_time = Lock()
        self._bytes: dict[int, bytes] = {}
        self._names: dict[str, dict[str, int]] = {}

    def fdatasync(self, descriptor: int) -> None:
        with self._one_at_a_time:
            self._step("fdatasync")
            self._bytes[os.fstat(descriptor).st_ino] = Path(f"/proc/self/fd/{descriptor}").read_bytes()
            self._cut()

    def rename(self, source: str, target: str) -> None:
        with self._one_at_a_time:
            self._step("rename")
            super().rename(source, target)
            self._cut()

    def fsync_folder(self, folder: str) -> None:
        with self._one_at_a_time:
            self._step("fsync_folder")
            self._names[folder] = {entry.name: entry.inode() for entry in os.scandir(folder)}
            self._cut()

    def survivors(self, folder: Path, target: Path, *, eager_names: bool) -> None:
        """Builds in ``target`` what the disk holds of ``folder``. ``eager_names``: names written before they were flushed, which a
        file system may do, while the bytes of their files were not.
        """
        target.mkdir()
        for entry in os.scandir(folder):
            if not eager_names and self._names.get(str(folder), {}).get(entry.name) != entry.inode():
                continue
            if entry.is_dir():
                self.survivors(Path(entry.path), target / entry.name, eager_names=eager_names)
            else:
                (target / entry.name).write_bytes(self._bytes.get(entry.inode(), b""))

    def _step(self, operation: str) -> None:
        if self._is_dark:
            raise PowerCut
        self.operations.append(operation)
        counted = [name for name in self.operations if self._only in ("", name)]
        self._is_dark = len(counted) == self._cut_at
        if self._is_dark and not self._is_done:
            raise PowerCut

    def _cut(self) -> None:
        if self._is_dark:
            raise PowerCut


class FailingFlush(DiskFlush):
    """A disk on which one kind of operation fails; counts how often it was asked."""

    def __init__(self, operation: str, error: OSError) -> None:
        self.operation: str | None = None
        self.asked = 0
        self._failing = operation
        self._error = error

    def break_down(self) -> None:
        """From now on the operation fails."""
        self.operation = self._failing

    def fdatasync(self, descriptor: int) -> None:
        self._check("fdatasync")
        super().fdatasync(descriptor)

    def rename(self, source: str, target: str) -> None:
        self._check("rename")
        super().rename(source, target)

    def fsync_folder(self, folder: str) -> None:
        self._check("fsync_folder")
        super().fsync_folder(folder)

    def _check(self, operation: str) -> None:
        if operation == self.operation:
            self.asked += 1
            raise self._error
