"""Bytes that nobody registered go; everything else stays."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from repository.store import index
from repository.store.content import ContentStore, Fingerprint, take_fingerprint
from repository.store.index import Holding
from repository.store.sweep import GRACE_SECONDS_MIN, SweepReport, sweep
from sql.database import Database
from tests.repository.requests import a_unique_id


def keep(content: ContentStore, document: bytes) -> Fingerprint:
    fingerprint = take_fingerprint(memoryview(document))
    content.keep(memoryview(document), fingerprint)
    return fingerprint


def hold(database: Database, fingerprint: Fingerprint) -> None:
    with database.write() as work:
        index.add_holdings(
            work, [Holding(a_unique_id(), fingerprint.digest, fingerprint.size, "text/plain", a_unique_id(), 0)]
        )


def age(path: str | Path) -> None:
    long_ago = time.time() - 2 * GRACE_SECONDS_MIN
    os.utime(path, (long_ago, long_ago))


def age_file(content: ContentStore, fingerprint: Fingerprint) -> None:
    file = content.find_file(fingerprint.digest)
    assert file is not None
    age(file.path)


def run(content: ContentStore, database: Database) -> SweepReport:
    return sweep(content, index.asking(database.read), time.time() - GRACE_SECONDS_MIN)


def test_old_bytes_that_nobody_registered_are_removed(content: ContentStore, own_database: Database) -> None:
    left_over, held = keep(content, b"left over"), keep(content, b"held")
    hold(own_database, held)
    for fingerprint in (left_over, held):
        age_file(content, fingerprint)
    assert run(content, own_database) == SweepReport(documents=1, size=9, temporaries=0)
    assert [file.digest for file in content.files()] == [held.digest]


def test_young_bytes_stay_since_their_submission_may_be_under_way(
    content: ContentStore, own_database: Database
) -> None:
    fingerprint = keep(content, b"young")
    assert run(content, own_database) == SweepReport(0, 0, 0)
    assert content.find_file(fingerprint.digest) is not None


def test_old_bytes_that_a_submission_is_bringing_again_stay(content: ContentStore, own_database: Database) -> None:
    fingerprint = keep(content, b"left over, and now submitted again")
    age_file(content, fingerprint)
    with content.lease([fingerprint.digest]):
        assert run(content, own_database).documents == 0
    assert run(content, own_database).documents == 1


def test_bytes_registered_between_the_first_look_and_the_lease_stay(
    content: ContentStore, own_database: Database
) -> None:
    fingerprint = keep(content, b"registered just now")
    age_file(content, fingerprint)
    is_held, asked = index.asking(own_database.read), 0

    def ask(digest: bytes) -> bool:
        nonlocal asked
        asked += 1
        answer = is_held(digest)
        if asked == 1:
            hold(own_database, fingerprint)
        return answer

    assert sweep(content, ask, time.time() - GRACE_SECONDS_MIN).documents == 0
    assert content.find_file(fingerprint.digest) is not None


def test_files_begun_and_never_finished_are_removed_once_they_are_old(
    content: ContentStore, own_database: Database, tmp_path: Path
) -> None:
    old, young = (tmp_path / "content" / "incoming" / name for name in ("old", "young"))
    old.write_bytes(b"half a doc")
    young.write_bytes(b"half a doc")
    age(old)
    assert run(content, own_database) == SweepReport(0, 0, temporaries=1)
    assert not old.exists()
    assert young.exists()


def test_old_file_that_is_still_being_written_stays(
    content: ContentStore, own_database: Database, tmp_path: Path
) -> None:
    """Its writer holds a lease, however slow it is."""
    digest = os.urandom(32)
    unfinished = tmp_path / "content" / "incoming" / f"{digest.hex()}.0123456789abcdef"
    unfinished.write_bytes(b"half a doc")
    age(unfinished)
    with content.lease([digest]):
        assert run(content, own_database).temporaries == 0
    assert run(content, own_database).temporaries == 1


def test_sweep_ends_when_the_index_cannot_be_asked(content: ContentStore) -> None:
    """What is not known to be unheld is not removed."""
    fingerprint = keep(content, b"nobody can tell")
    age_file(content, fingerprint)

    def ask(_: bytes) -> bool:
        raise ConnectionError

    with pytest.raises(ConnectionError):
        sweep(content, ask, time.time())
    assert content.find_file(fingerprint.digest) is not None
