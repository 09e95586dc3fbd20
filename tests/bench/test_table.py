"""The tables that the bench prints."""

from __future__ import annotations

from itertools import pairwise

from bench import table, verification
from bench.checks import Check
from bench.table import KINDS, Row

ROW = Row("sqlite", 10_000, True, "full", "ITI-41", 16, 512.3, 1, 2, 3, 4, 5, 6, 7, 8, 9.25, 0)


def test_floor_of_a_check_is_never_lower_than_that_of_less_of_it() -> None:
    for kind in KINDS:
        floors = [table.floor_of(kind, check) for check in Check]
        assert all(set(before) <= set(after) for before, after in pairwise(floors))


def test_sealed_submission_has_two_verifications_and_two_files_under_it() -> None:
    parts = table.floor_of("ITI-41", Check.FULL)
    assert parts.count(verification.RSA) == 2
    assert parts.count("file of 30 KB made durable") == 2


def test_page_has_a_line_for_each_row_floor_and_verification() -> None:
    page = table.page([ROW], {"sqlite": {verification.RSA: 21.4}}, {verification.LOT: 0.456}, 2)
    assert "| sqlite | 10,000 | mTLS | full | ITI-41 (one CDA of 30 KB in, MTOM) | 512 |" in page
    assert f"| {verification.RSA} | 21 |" in page
    assert f"| {verification.LOT} | 0.46 |" in page
