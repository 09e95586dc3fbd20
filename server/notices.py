"""Lays notices to patients down as files, for whoever takes them to the patients: a portal, a mail gateway. [DMP: traces]

One file a batch, of JSON lines, whole when its name ends in ``.jsonl``; whoever has read it removes it. A notice is owed until its file
is on the disk: where the database does not learn of that, the same notices come in another file, so readers should expect some twice.
"""

from __future__ import annotations

import os
from pathlib import Path

from audit.store import outbox
from audit.store.outbox import Owed
from sql.database import Database

BATCH = 1000


class CannotLayDown(Exception):
    """The folder of notices cannot be written; they stay owed. The text says why."""


def lay_down(database: Database, folder: Path) -> int:
    """Writes one file of what is owed; tells how many notices. *Raises* CannotLayDown, Busy, Unavailable, Undecided, StorageFailure."""
    with database.write() as work:
        taken = outbox.take_notices(work, BATCH)
        if taken:
            try:
                _write(folder, taken)
            except OSError as error:
                raise CannotLayDown(f"notices cannot be laid down in {folder} ({error.strerror})") from error
    return len(taken)


def _write(folder: Path, taken: list[Owed]) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"notices-{taken[0].key:012}-{taken[-1].key:012}"
    temporary, whole = folder / f"{name}.tmp", folder / f"{name}.jsonl"
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.writelines(row.line + b"\n" for row in taken)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, whole)
    at = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(at)
    finally:
        os.close(at)
