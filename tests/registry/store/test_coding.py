"""Lists as parameters: what the database reads of them is what was written, whatever stands in them."""

from __future__ import annotations

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.store import coding
from sql.database import Database

_TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0") | st.sampled_from('"\\{},\n '))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_TEXTS | st.sampled_from(["", "NULL", "é"]), max_size=5))
def test_list_of_texts_is_read_as_it_was_written(database: Database, texts: list[str]) -> None:
    """[PostgreSQL: 8.15.6, Array Input and Output Syntax]"""
    written = coding.column_list(texts, database.dialect)
    cast = "cast(? as text[])" if database.dialect == "postgresql" else "?"
    with database.read() as work:
        read = work.fetch(f"select {cast}", [written])[0][0]
    assert (read if database.dialect == "postgresql" else json.loads(read)) == texts
