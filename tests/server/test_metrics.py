"""The counters of all workers, in one block of numbers."""

from __future__ import annotations

import re

from server.metrics import BUCKETS, Metrics, Outcome, new_block


def values(page: str) -> dict[str, float]:
    """Every sample of a page."""
    return {
        name: float(value)
        for name, _, value in (line.rpartition(" ") for line in page.splitlines() if not line.startswith("#"))
    }


def test_page_sums_the_workers_whoever_is_asked() -> None:
    block = new_block(3)
    workers = [Metrics(block, row) for row in range(3)]
    for worker in workers:
        worker.count("ITI-41", Outcome.SUCCESS, 0.004, 1000, 10)
    workers[0].count("ITI-41", Outcome.FAILURE, 3.0, 1, 1)
    for worker in workers:
        seen = values(worker.text())
        assert seen['coffre_requests_total{transaction="ITI-41",outcome="success"}'] == 3
        assert seen['coffre_requests_total{transaction="ITI-41",outcome="failure"}'] == 1
        assert seen["coffre_received_bytes_total"] == 3001
        assert seen["coffre_workers"] == 3


def test_histogram_is_cumulative_and_complete() -> None:
    metrics = Metrics(new_block(1))
    for seconds in (0.0001, 0.001, 0.0011, 0.3, 100.0):
        metrics.count("ITI-18", Outcome.SUCCESS, seconds, 0, 0)
    page = metrics.text()
    counts = [int(found) for found in re.findall(r'bucket\{transaction="ITI-18",le="[^"]+"\} (\d+)', page)]
    assert len(counts) == len(BUCKETS) + 1
    assert counts == sorted(counts)
    assert (counts[0], counts[1], counts[-1]) == (2, 3, 5)
    assert values(page)['coffre_request_seconds_sum{transaction="ITI-18"}'] == 100.3022


def test_unknown_transaction_is_counted_as_none() -> None:
    metrics = Metrics(new_block(1))
    metrics.count("ITI-999", Outcome.FAULT, 0.1, 0, 0)
    assert 'transaction="none",outcome="fault"' in metrics.text()


def test_worker_in_the_place_of_a_dead_one_goes_on_counting() -> None:
    block = new_block(1)
    Metrics(block).count("ITI-43", Outcome.SUCCESS, 0.1, 0, 0)
    again = Metrics(block)
    again.count("ITI-43", Outcome.SUCCESS, 0.1, 0, 0)
    seen = values(again.text())
    assert seen['coffre_requests_total{transaction="ITI-43",outcome="success"}'] == 2
    assert seen["coffre_starts_total"] == 2


def test_every_sample_has_help_and_type() -> None:
    page = Metrics(new_block(1)).text()
    named = {re.match(r"[a-z_]+", line)[0] for line in page.splitlines() if not line.startswith("#")}  # type: ignore[index]
    for name in named:
        assert f"# HELP {name} " in page
        assert f"# TYPE {name} " in page
