"""Statements that one connection to PostgreSQL runs again and again: prepared once, run by libpq itself.

The driver's cursor asks of every parameter at every call how it is written, and waits in Python for the answer. For the seventy
parameters of a submission that costs more than twice what libpq does, for a row found by its key as well. [ADR 0027]
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count
from typing import Any

import psycopg
from psycopg import errors
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import DiagnosticField, ExecStatus, Format

from sql.postgresql import numbered

PREPARED_MAX = 128
"""Statements that the server keeps for one connection: for each number of documents and Associations that lots have, and for each
shape of a query."""

_TEXT, _BINARY = int(Format.TEXT), int(Format.BINARY)
_FORGOTTEN = b"26000"
_number = count(1)  # a connection may come back from the pool, with names that it knows already
_DONE = (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK)


class Prepared:
    """The prepared statements of one connection; of one thread, as the connection is."""

    __slots__ = ("_connection", "_encoding", "_names", "_transformer")

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._encoding = connection.info.encoding
        self._transformer = Transformer(connection)
        self._names: dict[str, bytes] = {}

    def run(self, statement: str, parameters: Sequence[Any]) -> None:
        """Runs a statement with ``?`` for each parameter; what it gives is passed over. *Raises* psycopg.Error."""
        self._run(statement, parameters, _TEXT)

    def fetch(self, statement: str, parameters: Sequence[Any]) -> list[tuple[Any, ...]]:
        """The rows that a statement gives, as the driver's cursor would give them. *Raises* psycopg.Error."""
        result = self._run(statement, parameters, _BINARY)
        self._transformer.set_pgresult(result)
        return self._transformer.load_rows(0, result.ntuples, tuple)

    def _run(self, statement: str, parameters: Sequence[Any], result_format: int) -> Any:
        values: list[Any] = []
        formats: list[int] = []
        for parameter in parameters:
            kind = type(parameter)
            if kind is str:
                values.append(self._write_text(parameter))
                formats.append(_TEXT)
            elif kind is int:
                values.append(b"%d" % parameter)
                formats.append(_TEXT)
            elif parameter is None or kind is bytes:
                values.append(parameter)
                formats.append(_BINARY)
            elif kind is list and all(type(each) is str for each in parameter):
                values.append(self._write_text(_array_of(parameter)))
                formats.append(_TEXT)
            else:
                values.append(self._transformer.get_dumper(parameter, PyFormat.TEXT).dump(parameter))
                formats.append(_TEXT)
        pgconn = self._connection.pgconn
        result = pgconn.exec_prepared(self._find(statement), values, formats, result_format)
        if result.status not in _DONE and result.error_field(DiagnosticField.SQLSTATE) == _FORGOTTEN:
            # The driver has the server forget all statements of a connection once one was rolled back.
            self._names.clear()
            result = pgconn.exec_prepared(self._find(statement), values, formats, result_format)
        self._check(result)
        return result

    def _write_text(self, text: str) -> bytes:
        written = text.encode(self._encoding)
        if b"\0" in written:
            # libpq would end the text there, and nobody would know.
            raise psycopg.DataError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
        return written

    def _find(self, statement: str) -> bytes:
        """The name under which the server has the statement; the one that was not run for longest makes room."""
        name = self._names.pop(statement, None)
        if name is not None:
            self._names[statement] = name
            return name
        pgconn = self._connection.pgconn
        if len(self._names) >= PREPARED_MAX:
            # Unchecked: one that is not there need not go.
            pgconn.exec_(b"deallocate " + self._names.pop(next(iter(self._names))))
        name = b"coffre_%d" % next(_number)
        self._check(pgconn.prepare(name, numbered(statement).encode(self._encoding)))
        self._names[statement] = name
        return name

    def _check(self, result: Any) -> None:
        if result.status not in _DONE:
            raise errors.error_from_result(result, encoding=self._encoding)


def _array_of(texts: list[str]) -> str:
    """An array as PostgreSQL reads it: each text quoted, so that none is taken for NULL. [PostgreSQL: 8.15.2]"""
    if not texts:
        return "{}"
    return '{"' + '","'.join([text.replace("\\", "\\\\").replace('"', '\\"') for text in texts]) + '"}'
