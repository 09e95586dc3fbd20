"""A time of the metadata and one of the header mean one moment. [ITI TF-3: Table 4.2.3.1.7-2, DTM]"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cda import moments
from cda.datatypes import RECURRING_MAX
from cda.moments import same_moment
from xds.hl7v2 import DTM


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("20260302083000", "20260302093000+0100"),
        ("20260302083000", "20260302093000.827+0100"),
        ("202603020830", "20260302093000+0100"),
        ("20260302083000", "202603020930+0100"),
        ("20260301", "20260302003000+0100"),
        ("20260302", "20260302003000+0100"),
        ("2026", "20260302003000+0100"),
        ("20260302", "20260302"),
        ("20260301230000", "20260302"),
        ("20260302", "202603"),
        ("20050411103328", "20050411103328"),
        ("20050411083328", "20050411103328"),
        ("20050411200328", "20050411103328"),
        ("yesterday", "20260302093000+0100"),
        ("20260302083000", "hier"),
        ("00010101000000", "00010101000000"),
    ],
)
def test_times_that_can_be_one_moment_agree(found: str, expected: str) -> None:
    assert same_moment(DTM(found), expected)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("20260302093000", "20260302093000+0100"),
        ("20260302083001", "20260302093000+0100"),
        ("20260303", "20260302093000+0100"),
        ("2025", "20260302"),
        ("20260304120000", "20260302"),
        ("20050411083329", "20050411103328"),
        ("20050412183328", "20050411103328"),
        ("00000101000000", "00010102000000"),
        ("99991231235959", "99991231235959-0100"),
        ("99991231235959", "99991231235958"),
    ],
)
def test_times_that_cannot_be_one_moment_disagree(found: str, expected: str) -> None:
    assert not same_moment(DTM(found), expected)


@given(st.datetimes(min_value=datetime(2, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_moment_told_in_any_zone_is_that_moment(moment: datetime, minutes: int) -> None:
    moment = moment.replace(tzinfo=UTC, microsecond=0)
    try:
        local = moment.astimezone(timezone(timedelta(minutes=minutes)))
    except OverflowError:
        return
    told = f"{local:%Y%m%d%H%M%S}".rjust(14, "0") + f"{local:%z}"
    assert same_moment(DTM.at(moment), told)
    later = moment + timedelta(seconds=1) if moment.year < 9999 else moment - timedelta(seconds=1)
    assert not same_moment(DTM.at(later), told)


@given(st.text("0123456789+-.", max_size=20), st.text("0123456789+-.", max_size=24))
def test_any_two_texts_are_compared(found: str, expected: str) -> None:
    assert same_moment(DTM(found), expected) in (True, False)


def test_what_two_long_texts_come_to_is_not_kept_in_mind() -> None:
    """Times are short; what a stranger writes in the place of one may be long."""
    before = moments._is_known_to_be_same.cache_info()
    assert same_moment(DTM("2026"), "2026" + "0" * RECURRING_MAX)
    assert same_moment(DTM("2026" + "0" * RECURRING_MAX), "2026")
    assert moments._is_known_to_be_same.cache_info() == before
    assert before.maxsize == 1024
