"""The page about the matrix of rights says everything that the matrix holds. [DMP: droits fonctionnels]"""

from __future__ import annotations

import pytest

from access.mandate import Action
from access.pages import COLUMNS, rights_page
from access.rights import Grant
from tests.access.people import the_dmp

TOLD = {Grant.YES: "●", Grant.NO: ""}


def rows(page: str) -> dict[str, list[str]]:
    """The rows of the matrix by their action."""
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    return {cells[0]: cells for cells in found if len(cells) == len(COLUMNS) + 2}


@pytest.mark.parametrize("action", Action)
def test_row_of_an_action_has_the_cell_of_every_column(action: Action) -> None:
    domain = the_dmp()
    row = rows(rights_page(domain))[action]
    for column, cell in zip(COLUMNS, row[2:], strict=True):
        grant = Grant(domain.rights[action].get(str(column), "no"))
        assert cell == TOLD.get(grant, grant.value), column


def test_every_column_of_the_matrix_is_on_the_page() -> None:
    domain = the_dmp()
    shown = {str(column) for column in COLUMNS} | {str(column._replace(is_reinforced=True)) for column in COLUMNS}
    assert {column for cells in domain.rights.values() for column in cells} <= shown


def test_every_profession_with_types_denied_is_on_the_page() -> None:
    domain = the_dmp()
    section = rights_page(domain).partition("## Types of documents")[2]
    assert all(f"{profession}" in section for profession in domain.types_denied)
    assert all(f"{code} ({scheme})" in section for types in domain.types_denied.values() for code, scheme in types)
