"""What the first worker does beside answering."""

from __future__ import annotations

import os
import time

import pytest

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


def test_failed_chore_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(housekeeping, "ROUND_SECONDS", 0.01)
    rounds: list[int] = []

    def fail(self: Housekeeping) -> None:
        rounds.append(1)
        raise RuntimeError

    monkeypatch.setattr(Housekeeping, "do", fail)
    chores = Housekeeping(house)
    chores.start()
    deadline = time.monotonic() + 10
    while len(rounds) < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    chores.stop()
    assert len(rounds) >= 3
