"""One line a request on standard error, with ids and never with bodies or names. [decision 13]"""

from __future__ import annotations

import logging
import sys

_log = logging.getLogger("coffre.request")

MESSAGE_ID_MAX = 120
"""A message id is the sender's text: longer ones are cut, so that nobody writes our log for us."""

_TALKATIVE = (
    "uvicorn",
    "uvicorn.error",
    "uvicorn.access",
    "uvicorn.asgi",
    "asyncio",
    "sqlalchemy",
    "alembic",
    "psycopg",
    "zeep",
)
"""Libraries that log statements, parameters or messages when asked to; only their warnings are wanted."""


def set_up(level: int = logging.INFO) -> None:
    """Sends our log to standard error and quiets the libraries."""
    # What no line of ours shows is not looked up for each: thread, task, and the place in the code. [logging: optimization]
    logging.logThreads = logging.logMultiprocessing = False
    logging._srcfile = None
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(process)d %(name)s %(message)s"))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True
        logger.setLevel(logging.WARNING)
    # This one reports the application's exceptions with their text; ours are caught and recorded before they get there.
    logging.getLogger("uvicorn.access").propagate = False


def request(transaction: str, message_id: str | None, outcome: str, milliseconds: float) -> None:
    """Logs one answered request."""
    _log.info("%s %s %s %.1f ms", transaction, printable(message_id or "-"), outcome, milliseconds)


def printable(text: str) -> str:
    """The text as it can stand in one line of a log."""
    shown = text[:MESSAGE_ID_MAX]
    if shown.isprintable() and " " not in shown:  # all but always
        return shown
    return "".join(character if character.isprintable() and character != " " else "?" for character in shown)
