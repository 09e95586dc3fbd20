"""What PostgreSQL's driver needs to be told: results come in binary, so that fragments are not written out as hexadecimal."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg.pq import Format


class BinaryCursor(psycopg.Cursor[Any]):
    """A cursor that asks for binary results."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = Format.BINARY
