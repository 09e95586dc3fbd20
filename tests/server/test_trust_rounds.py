"""Files of trust that change beneath a running worker are read anew, and a bad one is told and passed over. [RFC 5280: 5]"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.trust_rounds import TrustRounds
from signing.report import SignatureRefused
from signing.trust import Purpose
from signing.trust_keeper import TrustKeeper
from tests.pki import authority
from tests.pki.authority import NOW

SECONDS_MAX = 20.0


@pytest.fixture
def keeper(tmp_path: Path) -> TrustKeeper:
    """A trust whose lists are from before anybody was revoked."""
    return TrustKeeper([authority.write_anchors(tmp_path, NOW - timedelta(days=600))])


@pytest.fixture(autouse=True)
def rounds(keeper: TrustKeeper) -> Iterator[TrustRounds]:
    """Rounds that are quick."""
    made = TrustRounds(keeper, seconds=0.02)
    made.start()
    yield made
    made.stop()


def until(condition: Callable[[], bool]) -> bool:
    """Whether it comes true in time."""
    end = time.monotonic() + SECONDS_MAX
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def is_refused(keeper: TrustKeeper) -> bool:
    try:
        keeper.trust.judge(authority.der("revoked"), NOW, Purpose.SEAL)
    except SignatureRefused as refusal:
        return "was revoked" in refusal.reason
    return False


def test_new_list_refuses_whom_it_names_without_a_restart(keeper: TrustKeeper, tmp_path: Path) -> None:
    assert not is_refused(keeper)
    authority.write_anchors(tmp_path, NOW)
    assert until(lambda: is_refused(keeper))


def test_file_that_cannot_be_read_is_a_warning_and_the_rounds_go_on(
    keeper: TrustKeeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broken = tmp_path / "new.pem"
    with caplog.at_level(logging.WARNING, "coffre.trust"):
        broken.write_bytes(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
        assert until(lambda: "new.pem" in caplog.text)
    assert "the earlier ones count on" in caplog.text
    broken.unlink()
    authority.write_anchors(tmp_path, NOW)
    assert until(lambda: is_refused(keeper))


def test_rounds_that_were_stopped_look_no_more(keeper: TrustKeeper, rounds: TrustRounds, tmp_path: Path) -> None:
    rounds.stop()
    time.sleep(0.2)
    authority.write_anchors(tmp_path, NOW)
    time.sleep(0.2)
    assert not is_refused(keeper)
