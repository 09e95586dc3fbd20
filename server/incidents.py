"""What is logged of a failure that nobody meant: where it was, never what was carried. [decision 13]

The text of an exception may quote a value of the request (a database driver's does), so a record holds the types and the
frames only. The incident number goes to the partner, the record to the log, and the number joins the two.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator

_log = logging.getLogger("coffre.incident")

FRAMES_MAX = 40


def new_incident(error: BaseException, doing: str) -> str:
    """Logs the failure under a fresh incident number and gives the number."""
    number = secrets.token_hex(4).upper()
    _log.error("incident %s during %s\n%s", number, doing, "\n".join(describe(error)))
    return number


def describe(error: BaseException) -> Iterator[str]:
    """Types and frames of an exception and of what caused it, the cause last."""
    seen: set[int] = set()
    current: BaseException | None = error
    word = ""
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield f"  {word}{type(current).__module__}.{type(current).__qualname__}{_number(current)}"
        yield from _frames(current)
        current, word = current.__cause__ or (None if current.__suppress_context__ else current.__context__), "from "


def _number(error: BaseException) -> str:
    # An errno or an SQLSTATE says much and quotes nothing.
    if isinstance(error, OSError) and error.errno is not None:
        return f" errno {error.errno} ({os.strerror(error.errno)})"
    sqlstate = getattr(error, "sqlstate", None)
    return f" SQLSTATE {sqlstate}" if isinstance(sqlstate, str) else ""


def _frames(error: BaseException) -> Iterator[str]:
    frames = []
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"    {code.co_filename}:{trace.tb_lineno} in {code.co_qualname}")
        trace = trace.tb_next
    yield from frames[-FRAMES_MAX:]
