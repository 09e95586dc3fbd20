"""The few ways in which the two dialects differ, so that every statement is written once, with ``?`` for a parameter."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

from registry.store import coding
from sql.database import Dialect

Parameters = list[object]
Condition = tuple[str, Parameters]


@lru_cache(maxsize=256)
def insert(table: str, columns: tuple[str, ...], rows: int) -> str:
    """``insert into … values (?, …), …`` for so many rows."""
    one = f"({', '.join('?' * len(columns))})"
    # The names come from constants of this package, never from a request.
    return f"insert into {table} ({', '.join(columns)}) values {', '.join([one] * rows)}"  # noqa: S608


def any_uuid(column: str, entry_uuids: Iterable[str], dialect: Dialect) -> Condition:
    """The column is one of these entryUUIDs; texts that are none match nothing."""
    values = [coding.column_uuid(text) for text in entry_uuids if coding.is_entry_uuid(text)]
    return _any(column, values, "uuid", dialect)


def any_text(column: str, values: Iterable[str], dialect: Dialect) -> Condition:
    """The column is one of these texts."""
    return _any(column, list(values), "text", dialect)


def _any(column: str, values: list[str], kind: str, dialect: Dialect) -> Condition:
    if len(values) == 1:
        return f"{column} = ?", [values[0]]
    if dialect == "postgresql":
        return f"{column} = any(?::{kind}[])", [values]
    return f"{column} in (select value from json_each(?))", [coding.column_list(values, dialect)]  # noqa: S608


def any_number(column: str, numbers: Sequence[int]) -> str:
    """The column is one of these numbers, which are ours and stand in the statement itself."""
    return f"{column} in ({', '.join(map(str, sorted(numbers)))})" if numbers else "1 = 0"


def shares_number(column: str, numbers: Iterable[int], dialect: Dialect) -> Condition:
    """The list in the column has one of these numbers."""
    wanted = coding.column_numbers(numbers, dialect)
    if dialect == "postgresql":
        return f"{column} && ?::bigint[]", [wanted]
    inner = "select 1 from json_each({0}) as had join json_each(?) as wanted on had.value = wanted.value"
    return f"exists ({inner.format(column)})", [wanted]


def shares_text(column: str, values: Iterable[str], dialect: Dialect) -> Condition:
    """The list in the column has one of these texts."""
    wanted = coding.column_list(values, dialect)
    if dialect == "postgresql":
        return f"{column} && ?::text[]", [wanted]
    inner = "select 1 from json_each({0}) as had join json_each(?) as wanted on had.value = wanted.value"
    return f"exists ({inner.format(column)})", [wanted]


def matches_pattern(column: str, patterns: Iterable[str], dialect: Dialect) -> Condition:
    """A text of the list in the column matches one of these patterns of coding.like_pattern or exact_pattern."""
    wanted = coding.column_list(patterns, dialect)
    if dialect == "postgresql":
        return f"exists (select 1 from unnest({column}) as had where had like any(?::text[]))", [wanted]  # noqa: S608
    inner = "select 1 from json_each({0}) as had join json_each(?) as wanted on had.value glob wanted.value"
    return f"exists ({inner.format(column)})", [wanted]
