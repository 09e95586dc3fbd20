"""Each verification that the bench times is one that succeeds."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import verification


@pytest.mark.parametrize("measure", [verification.floors, verification.measure])
def test_every_verification_holds_and_takes_time(keys: Path, measure: object) -> None:
    assert callable(measure)
    assert all(took > 0 for took in measure(keys).values())
