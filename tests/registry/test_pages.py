"""The page about stored queries says everything that the table says. [style 9]"""

from __future__ import annotations

import pytest

from registry.pages import queries_page
from registry.stored_queries import STORED_QUERIES, StoredQuery


@pytest.mark.parametrize("row", STORED_QUERIES, ids=lambda row: row.name)
def test_section_of_a_query_has_its_id_and_every_parameter(row: StoredQuery) -> None:
    section = next(part for part in queries_page().split("\n## ") if part.startswith(f"{row.name}\n"))
    assert row.query_id in section
    assert row.clause in section
    assert row.answer in section
    lines = section.splitlines()
    for parameter, need, takes in row.uses:
        (line,) = [line for line in lines if line.startswith(f"| `{parameter.name}` |")]
        assert f"| {need.value} | {takes.value} |" in line


def test_every_line_of_a_table_has_as_many_cells_as_its_head() -> None:
    width = 0
    for line in queries_page().splitlines():
        if not line.startswith("|"):
            width = 0
        else:
            width = width or line.count("|")
            assert line.count("|") == width, line
