"""What the first worker does beside answering."""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.line import Ending, Line
from audit.notices import notices_for
from audit.store import assertions, journal, seals
from repository.store.content import take_fingerprint
from repository.store.sweep import GRACE_SECONDS_MIN
from server import housekeeping
from server.exchange import Exchange
from server.housekeeping import Housekeeping
from server.wiring import House
from tests.server import messages


def forgotten(house: House, age: float) -> None:
    """Bytes that a process which died has left behind, that many seconds ago."""
    assert house.content is not None
    document = memoryview(os.urandom(20))
    fingerprint = take_fingerprint(document)
    house.content.keep(document, fingerprint)
    file = house.content.find_file(fingerprint.digest)
    assert file is not None
    os.utime(file.path, (time.time() - age,) * 2)


def test_forgotten_bytes_are_swept_away_and_documents_stay(
    house: House, exchange: Exchange, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "FIRST_SWEEP_SECONDS", 0)
    exchange.answer(messages.asked("repository", messages.a_provide()))
    assert house.content is not None
    (document,) = house.content.files()
    os.utime(document.path, (0, 0))
    forgotten(house, GRACE_SECONDS_MIN + 60)
    forgotten(house, GRACE_SECONDS_MIN - 60)
    chores = Housekeeping(house)
    chores.do()
    left = {file.digest for file in house.content.files()}
    assert document.digest in left
    assert len(left) == 2


def test_first_sweep_waits(house: House) -> None:
    forgotten(house, GRACE_SECONDS_MIN + 60)
    Housekeeping(house).do()
    assert house.content is not None
    assert len(list(house.content.files())) == 1


def test_failed_chore_is_tried_again_and_keeps_no_other_from_being_done(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "ROUND_SECONDS", 0.01)
    rounds: list[int] = []
    swept: list[int] = []

    def fail(self: Housekeeping) -> None:
        rounds.append(1)
        raise RuntimeError

    monkeypatch.setattr(Housekeeping, "seal_journal", fail)
    monkeypatch.setattr(Housekeeping, "sweep", lambda _self: swept.append(1))
    chores = Housekeeping(house)
    chores.start()
    deadline = time.monotonic() + 10
    while len(rounds) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    chores.stop()
    assert len(rounds) >= 3
    assert len(swept) >= 2


def test_journal_is_sealed_at_intervals_and_the_seal_is_printed(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    line = Line(at=datetime.now(UTC), transaction="ITI-18", action="TD3.1", ending=Ending.DONE)
    chores = Housekeeping(house)
    with caplog.at_level("INFO", "coffre.housekeeping"):
        for _ in range(2):
            house.database.settle(lambda work: journal.append(work, line), lambda _: False)
            chores.do()
        monkeypatch.setattr(housekeeping, "SEAL_HOURS", 0)
        chores.do()
        chores.do()
    with house.database.read() as work:
        sealed = seals.find_all(work)
    assert [seal.number for seal in sealed] == [1, 2]
    for seal in sealed:
        assert f"journal seal {seal.number} on 1 chains: {seal.hash.hex()}" in caplog.messages


def test_notices_are_laid_down_whole_and_once(house: House, tmp_path: Path) -> None:
    folder = tmp_path / "spool" / "notices"
    patient = ("260058815400233", "1.2.250.1.213.1.4.10")
    line = Line(at=datetime.now(UTC), transaction="ITI-41", action="TD2.1", ending=Ending.DONE, patient=patient)
    for _ in range(3):
        house.database.settle(lambda work: journal.append(work, line, notices_for(line)), lambda _: False)
    chores = Housekeeping(house, folder)
    chores.do()
    chores.do()
    (file,) = folder.iterdir()
    assert file.suffix == ".jsonl"
    assert (file.stat().st_mode & 0o777, folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert [json.loads(text)["patient"]["id"] for text in file.read_text().splitlines()] == [patient[0]] * 3


def test_notices_that_cannot_be_laid_down_stay_owed(
    house: House, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("no folder")
    patient = ("260058815400233", "1.2.250.1.213.1.4.10")
    line = Line(at=datetime.now(UTC), transaction="ITI-41", action="TD2.1", ending=Ending.DONE, patient=patient)
    house.database.settle(lambda work: journal.append(work, line, notices_for(line)), lambda _: False)
    Housekeeping(house, tmp_path / "file").do()
    assert "cannot be laid down" in caplog.text
    Housekeeping(house, tmp_path / "folder").do()
    assert len(list((tmp_path / "folder").iterdir())) == 1


def test_used_assertions_are_forgotten_once_they_are_past_and_not_before(house: House) -> None:
    """One that is still good must not serve a second time. [DMP: VIHF]"""
    now = int(time.time())
    past, good = b"past".ljust(32), b"good".ljust(32)

    def use(digest: bytes, expires_at: int) -> bool:
        with house.database.write() as work:
            return assertions.use_up(work, digest, expires_at)

    assert use(past, now - 10)
    assert use(good, now + 600)
    Housekeeping(house).do()
    assert not use(good, now + 600)
    assert use(past, now + 600)
