"""How values stand in columns: small numbers for statuses and types, numbers for codes, text or arrays for lists.

A code's number is drawn from its text, so that no table of codes has to be kept, shared or rolled back. [ADR 0010]
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from functools import lru_cache

from sql.database import Dialect
from xds.vocabulary import AssociationType, AvailabilityStatus

STATUS_NUMBER = {
    AvailabilityStatus.APPROVED: 1,
    AvailabilityStatus.DEPRECATED: 2,
    AvailabilityStatus.ARCHIVED: 3,
    AvailabilityStatus.DELETED: 4,
}
STATUS = {number: status for status, number in STATUS_NUMBER.items()}

ASSOCIATION_TYPE_NUMBER = {
    AssociationType.HAS_MEMBER: 1,
    AssociationType.RPLC: 2,
    AssociationType.XFRM: 3,
    AssociationType.APND: 4,
    AssociationType.XFRM_RPLC: 5,
    AssociationType.SIGNS: 6,
    AssociationType.IS_SNAPSHOT_OF: 7,
    AssociationType.UPDATE_AVAILABILITY_STATUS: 8,
    AssociationType.SUBMIT_ASSOCIATION: 9,
}
ASSOCIATION_TYPE = {number: kind for kind, number in ASSOCIATION_TYPE_NUMBER.items()}

_UUID = re.compile(r"urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


@lru_cache(maxsize=65_536)
def code_number(attribute: str, code: str, coding_scheme: str) -> int:
    """The number of a code: 64 bits of a digest. Two of a million codes meet by chance once in thirty million registries."""
    digest = hashlib.sha256("\x1f".join((attribute, code, coding_scheme)).encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def is_entry_uuid(text: str) -> bool:
    """Whether a text is an entryUUID as the registry gives them; any other names nothing that is stored."""
    return _UUID.fullmatch(text) is not None


def column_uuid(entry_uuid: str) -> str:
    """An entryUUID without its prefix, as columns hold it."""
    return entry_uuid[9:]


def column_list(values: Iterable[str], dialect: Dialect) -> str:
    """Texts as a parameter: an array's text for PostgreSQL, JSON for SQLite. [PostgreSQL: 8.15.6, Array Input and Output Syntax]

    Written here: the driver asks of each list anew what is in it.
    """
    if dialect != "postgresql":
        return json.dumps(list(values))
    inner = ",".join(['"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in values])
    return f"{{{inner}}}"


def column_numbers(values: Iterable[int], dialect: Dialect) -> str:
    """Numbers as a parameter: both dialects read the same text but for the brackets."""
    inner = ",".join(map(str, values))
    return f"{{{inner}}}" if dialect == "postgresql" else f"[{inner}]"


def like_pattern(pattern: str, dialect: Dialect) -> str:
    """A pattern of the standard (``%`` any run, ``_`` one character) for LIKE in PostgreSQL, for GLOB in SQLite.

    SQLite's own LIKE does not tell upper from lower case. [ITI TF-2: 3.18.4.1.2.3.7]
    """
    if dialect == "postgresql":
        return pattern.replace("\\", "\\\\")
    return _glob_literal(pattern).replace("%", "*").replace("_", "?")


def exact_pattern(text: str, dialect: Dialect) -> str:
    """A pattern that only the text itself matches."""
    if dialect == "postgresql":
        return re.sub(r"([\\%_])", r"\\\1", text)
    return _glob_literal(text)


def _glob_literal(text: str) -> str:
    return re.sub(r"([*?\[])", r"[\1]", text)
