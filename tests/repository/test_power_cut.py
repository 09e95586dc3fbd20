"""The promise, drilled: the power goes at every step, and nothing acknowledged is lost, nothing half remains. [decision 7]"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from repository.store.sweep import sweep
from repository.store.verify import FaultKind, verify
from sql import schema
from sql.database import Database
from tests.repository.power import DrilledFlush, PowerCut
from tests.repository.requests import REPOSITORY, a_provide, a_retrieve, an_entry
from tests.simulators.repository import IndexingLink
from xds.messages import ProvideAndRegisterDocumentSet
from xds.vocabulary import ResponseStatus

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
AFTER_EVERYTHING = 4_102_444_800.0


def submissions() -> Iterator[tuple[ProvideAndRegisterDocumentSet, dict[str, bytes]]]:
    """Two new documents, then one that is there already together with a new one, then the same bytes once more."""
    for bodies in ((b"first", b"second"), (b"second", b"third"), (b"first",)):
        pairs = [(an_entry(f"Document{number}"), body) for number, body in enumerate(bodies)]
        yield a_provide(*pairs), {entry.unique_id or "": body for entry, body in pairs}


def run_until_cut(folder: Path, database: Database, flush: DrilledFlush) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """What was acknowledged, and what was sent without an answer."""
    acknowledged: dict[str, bytes] = {}
    sent: dict[str, bytes] = {}
    try:
        repository = DocumentRepository(
            REPOSITORY,
            ContentStore(folder, flush),
            IndexingLink(database),
            index.asking(database.read),
            lambda: NOW,
        )
        for request, documents in submissions():
            sent = documents
            assert repository.provide(request).status is ResponseStatus.SUCCESS
            acknowledged |= documents
            sent = {}
    except PowerCut:
        pass
    return acknowledged, sent


def count_operations(tmp_path: Path, database: Database) -> int:
    flush = DrilledFlush()
    run_until_cut(tmp_path / "rehearsal" / "content", database, flush)
    return len(flush.operations)


@pytest.mark.parametrize("eager_names", [False, True], ids=["names late", "names early"])
@pytest.mark.parametrize("is_done", [False, True], ids=["before", "after"])
def test_power_cut_at_any_step_loses_nothing_acknowledged_and_leaves_nothing_half(
    tmp_path: Path, own_database: Database, is_done: bool, eager_names: bool
) -> None:
    operations = count_operations(tmp_path, own_database)
    assert operations == 3 + 3 * 3 + 2  # the folders, three documents stored, two found there
    for cut_at in range(1, operations + 1):
        home = tmp_path / f"cut-{cut_at}"
        home.mkdir()
        flush = DrilledFlush(cut_at, is_done=is_done)
        acknowledged, sent = run_until_cut(home / "disk" / "content", own_database, flush)
        assert acknowledged or sent or cut_at <= 3
        flush.survivors(home, home.with_name(f"after-{cut_at}"), eager_names=eager_names)

        content = ContentStore(home.with_name(f"after-{cut_at}") / "disk" / "content")
        repository = DocumentRepository(
            REPOSITORY, content, IndexingLink(own_database), index.asking(own_database.read), lambda: NOW
        )
        with own_database.read() as work:
            kept = repository.retrieve(a_retrieve(*acknowledged), work)
            unanswered = repository.retrieve(a_retrieve(*sent), work)
        assert [b"".join(one.content.chunks()) for one in kept.documents] == list(acknowledged.values())
        for one in unanswered.documents:  # registered, and the power went before the answer: whole, then
            assert b"".join(one.content.chunks()) == sent[one.request.document_unique_id]
        assert all(error.row.code == "XDSDocumentUniqueIdError" for error in unanswered.errors)


def test_after_a_power_cut_the_stores_agree_and_the_sweep_tidies_what_was_left(
    tmp_path: Path, own_database: Database
) -> None:
    """At each cut a database of its own, so that both stores can be compared whole."""
    flush = DrilledFlush()
    run_until_cut(tmp_path / "rehearsal" / "content", own_database, flush)
    renames = flush.operations.count("rename")
    assert renames == 3
    for cut_at in range(1, renames + 1):
        with_own_rows = Database(f"sqlite:///{tmp_path}/{cut_at}.db")
        schema.upgrade(with_own_rows)
        home = tmp_path / f"cut-{cut_at}"
        home.mkdir()
        flush = DrilledFlush(cut_at, is_done=True, only="rename")
        run_until_cut(home / "disk" / "content", with_own_rows, flush)
        assert flush.operations[-1] == "rename"
        flush.survivors(home, tmp_path / f"after-{cut_at}", eager_names=True)

        content = ContentStore(tmp_path / f"after-{cut_at}" / "disk" / "content")
        report = verify(content, with_own_rows.read)
        assert report.is_sound
        assert [fault.kind for fault in report.faults if fault.kind is not FaultKind.UNHELD] == []
        assert report.faults  # the name came to the disk, its submission did not
        sweep(content, index.asking(with_own_rows.read), AFTER_EVERYTHING)
        assert verify(content, with_own_rows.read).faults == ()
        with_own_rows.close()
