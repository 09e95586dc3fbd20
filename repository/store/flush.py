"""The three operations that make bytes durable, apart from the store so that a power cut can be played in their place.

A flush that fails is never tried again: what it wrote is then unknown, and a second try can succeed without having written it.
"""

from __future__ import annotations

import os
from typing import Protocol


class Flush(Protocol):
    """How bytes and names come to survive a power cut. Each raises OSError when it could not be done."""

    def fdatasync(self, descriptor: int) -> None:
        """Returns once the bytes of the open file are on the disk."""

    def rename(self, source: str, target: str) -> None:
        """Gives the file its final name, at once and whole; durable only after ``fsync_folder`` of the target's folder."""

    def fsync_folder(self, folder: str) -> None:
        """Returns once the names in the folder are on the disk."""


class DiskFlush:
    """The operating system's own. [POSIX: fdatasync, rename, fsync]"""

    def fdatasync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)

    def rename(self, source: str, target: str) -> None:
        os.rename(source, target)

    def fsync_folder(self, folder: str) -> None:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
