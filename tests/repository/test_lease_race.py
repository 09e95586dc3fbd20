"""Several processes submit the same bytes at once, most are refused, and a sweep runs among them: nothing acknowledged is lost."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from repository.store.sweep import sweep
from repository.store.verify import verify
from sql.database import Database
from tests.repository.requests import a_retrieve

ROOT = Path(__file__).resolve().parents[2]
PROCESSES = 4
ROUNDS = 150
START_SECONDS = 2.5
"""All begin at one moment, once the slowest has loaded its modules."""


def test_acknowledged_document_never_loses_its_bytes_to_a_refused_submission_of_the_same(
    repository: DocumentRepository, content: ContentStore, own_database: Database, tmp_path: Path
) -> None:
    start = str(time.time() + START_SECONDS)
    arguments = [own_database.url, str(tmp_path / "content")]
    racers = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.repository.race", *arguments, str(seed), str(ROUNDS), start],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for seed in range(PROCESSES)
    ]
    is_held = index.asking(own_database.read)
    while any(racer.poll() is None for racer in racers):
        sweep(content, is_held, time.time() + 1)  # no grace at all: only the leases hold it back
    acknowledged: dict[str, str] = {}
    for racer in racers:
        out, err = racer.communicate(timeout=60)
        assert racer.returncode == 0, err
        acknowledged |= dict(line.split("\t") for line in out.splitlines())

    assert len(acknowledged) > ROUNDS / 2
    with own_database.read() as work:
        answer = repository.retrieve(a_retrieve(*acknowledged), work)
    assert answer.errors == ()
    texts = [b"".join(document.content.chunks()).decode() for document in answer.documents]
    assert texts == list(acknowledged.values())
    report = verify(content, own_database.read)
    assert report.faults == ()
    assert report.holdings == len(acknowledged)
