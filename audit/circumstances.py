"""What an audit message tells beside the line of the journal: the two systems, the query itself, what failed. [ITI TF-2: 3.20]"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import dataclass

_encode = json.JSONEncoder(separators=(",", ":")).encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """How a request came. Texts are empty where nothing is known.

    ``requester``: wsa:ReplyTo (or From). ``endpoint``: the URI at which we were asked. ``process_id``: of whoever answered.
    ``query``: the query as it was sent, its root element. ``failed``: documents that were asked for and not given, of a request in which
    others were. ``subsumed``: of a merge, the identity that is no more. ``is_new``: of a feed, whether the patient was not known.
    ``unauthenticated``: the assertion was refused, so that nobody knows who asked.
    """

    requester: str = ""
    endpoint: str = ""
    process_id: int = 0
    query: bytes = b""
    repository_unique_id: str = ""
    home_community_id: str = ""
    failed: tuple[str, ...] = ()
    subsumed: tuple[str, str] | None = None
    is_new: bool = False
    unauthenticated: bool = False


def write_circumstances(circumstances: Circumstances) -> bytes:
    """The circumstances as they wait in the outbox: JSON, without what is empty."""
    found = {name: value for name in Circumstances.__slots__ if (value := getattr(circumstances, name))}
    if circumstances.query:
        found["query"] = b64encode(circumstances.query).decode("ascii")
    return _encode(found).encode("ascii")


def read_circumstances(written: bytes) -> Circumstances:
    """The circumstances that waited. *Raises* ValueError where there are none."""
    try:
        found = json.loads(written)
        found["query"] = b64decode(found.get("query", ""))
        found["failed"] = tuple(found.get("failed", ()))
        if "subsumed" in found:
            id_number, authority = found["subsumed"]
            found["subsumed"] = id_number, authority
        return Circumstances(**found)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not the circumstances of a line ({type(error).__name__})") from error
