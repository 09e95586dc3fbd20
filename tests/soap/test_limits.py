"""Every bound has a value, a unit and a reason, and reaches the room that keeps it."""

from __future__ import annotations

import dataclasses

import pytest

from soap.limits import LIMITS, Limits


def test_every_bound_says_its_unit_and_its_reason() -> None:
    rows = list(LIMITS.table())
    assert [row.name for row in rows] == [field.name for field in dataclasses.fields(Limits)]
    for row in rows:
        assert row.value > 0
        assert row.unit
        assert len(row.reason) > 20


def test_table_tells_the_values_of_these_limits() -> None:
    values = {row.name: row.value for row in Limits(parts=7).table()}
    assert values["parts"] == 7
    assert values["depth"] == LIMITS.depth


def test_parser_is_held_to_the_bounds_of_the_envelope() -> None:
    bounds = Limits(root_size=1, depth=2, attributes=3, tags=4, text_length=5).bounds
    assert (bounds.size, bounds.depth, bounds.attributes, bounds.tags, bounds.text) == (1, 2, 3, 4, 5)


def test_limits_are_frozen() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        LIMITS.parts = 1  # type: ignore[misc]
