"""What PostgreSQL's driver needs to be told.

- Results come in binary, so that fragments are not written out as hexadecimal.
- Statements carry PostgreSQL's own placeholders (``$1``): the driver's form is translated anew at every call where a statement
  is long, as that of a submission is. [measured: a quarter of a millisecond]
"""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from re import sub
from typing import Any

import psycopg
from psycopg.pq import Format


class BinaryRawCursor(psycopg.RawCursor[Any]):
    """A cursor that takes statements as they are and asks for binary results."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.format = Format.BINARY


@lru_cache(maxsize=1024)
def numbered(statement: str) -> str:
    """The statement with ``$1``, ``$2`` … for each ``?``."""
    numbers = count(1)
    return sub(r"\?", lambda _: f"${next(numbers)}", statement)


@lru_cache(maxsize=256)
def at_once(steps: tuple[tuple[str, str], ...], last: str) -> str:
    """One statement of several steps, each a name (or none) and a statement, and of what it ends with."""
    parts = (f"{name or f'step_{number}'} as ({statement})" for number, (name, statement) in enumerate(steps))
    return f"with {', '.join(parts)} {last}"
