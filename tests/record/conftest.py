"""A desk over each real database, which the session's tests share: they keep apart by fresh ids."""

from __future__ import annotations

import pytest

from sql.database import Database
from tests.record.desk import Desk


@pytest.fixture
def desk(database: Database) -> Desk:
    """A keeper of records with one patient of the test's own, who is not known yet."""
    return Desk(database)
