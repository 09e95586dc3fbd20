"""What processes saw together."""

from __future__ import annotations

import pytest

from bench.load import Outcome, add_up


def test_rate_is_that_of_the_time_in_which_all_were_at_it() -> None:
    total = add_up([Outcome(2.0, [0.1] * 20, cpu_seconds=0.5), Outcome(2.0, [0.3] * 40, ["refused"], 0.25)])
    assert total.rate == pytest.approx(30)
    assert total.percentile(0.5) == pytest.approx(300)
    assert total.failures == ["refused"]
    assert total.cpu_seconds == pytest.approx(0.75)


def test_run_in_which_one_process_ran_out_of_requests_is_told_as_such() -> None:
    assert add_up([Outcome(2.0), Outcome(1.5, ran_out=True)]).ran_out
    assert not add_up([Outcome(2.0)]).ran_out
