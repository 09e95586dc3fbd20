"""Invented people for the tests of the room."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from ins.traits import StrictTraits


def some_traits(**changes: Any) -> StrictTraits:
    """Traits that are fit to go with a matricule; a test changes the one it is about."""
    return StrictTraits(
        **{
            "birth_family": "MARTIN-LEROUX",
            "birth_given": "ALIX",
            "birth_given_list": "ALIX MARIE",
            "sex": "F",
            "birth_date": "1979-03-21",
            "birthplace": "35238",
            **changes,
        }
    )


letters = st.text(st.sampled_from("ABCÇDEÉEÈÊËIÎÏOÔÖŒUÙÜYŸÆaàâbcdeéîœßñŁØ'’- "), max_size=12)
names = st.one_of(letters, st.text(max_size=12))
days = st.one_of(
    st.just(""),
    st.dates().map(lambda day: day.isoformat()),
    st.dates().map(lambda day: f"{day:%Y%m%d}".rjust(8, "0")),
    st.integers(1900, 2030).map(str),
    st.integers(1900, 2030).map("{}-00-00".format),
    st.text(max_size=8),
)
traits = st.builds(
    StrictTraits,
    birth_family=names,
    birth_given=names,
    birth_given_list=names,
    sex=st.sampled_from(["", "M", "F", "U", "UN", "f", "X"]),
    birth_date=days,
    birthplace=st.sampled_from(["", "35238", "2A004", "2a004", "99338", "97411", "5"]),
)
