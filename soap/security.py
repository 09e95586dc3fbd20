"""The wsse:Security header: where the assertion and the timestamp are. Found, never judged. [WS-Security 1.1], [ITI TF-2: 3.40]"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from xml.sax.saxutils import escape

from safexml.namespaces import SAML, WSSE, WSU, qname

if TYPE_CHECKING:
    from lxml import etree

_ASSERTION = qname(SAML, "Assertion")
_TIMESTAMP = qname(WSU, "Timestamp")
_CREATED = qname(WSU, "Created")
_EXPIRES = qname(WSU, "Expires")


class Timestamp(NamedTuple):
    """wsu:Timestamp, its two instants as they are written; empty where one is not given."""

    created: str = ""
    expires: str = ""


class SecurityHeader(NamedTuple):
    """What a wsse:Security header holds: assertions in order, timestamps in order, and the names of whatever else.

    Assertions within other elements count: one that is not read must not stand beside one that is.
    """

    assertions: tuple[etree._Element, ...] = ()
    timestamps: tuple[Timestamp, ...] = ()
    others: tuple[str, ...] = ()


def read(header: etree._Element | None) -> SecurityHeader:
    """What the header holds; nothing when there is no header. How many of each are right is for the judge of access."""
    if header is None:
        return SecurityHeader()
    timestamps: list[Timestamp] = []
    others: list[str] = []
    for child in header.iterchildren():
        if child.tag == _TIMESTAMP:
            created, expires = child.findtext(_CREATED) or "", child.findtext(_EXPIRES) or ""
            timestamps.append(Timestamp(created.strip(), expires.strip()))
        elif child.tag != _ASSERTION:
            others.append(child.tag)
    return SecurityHeader(tuple(header.iter(_ASSERTION)), tuple(timestamps), tuple(others))


def write(assertion: bytes, timestamp: Timestamp | None = None) -> bytes:
    """A wsse:Security header around an assertion, whose bytes are kept as they were signed; for ``write_request``.

    The prefix ``soap`` is the one that the written envelope declares.
    """
    return b"".join(
        (
            f'<wsse:Security xmlns:wsse="{WSSE}" soap:mustUnderstand="1">'.encode(),
            _timestamp(timestamp).encode() if timestamp is not None else b"",
            assertion,
            b"</wsse:Security>",
        )
    )


def _timestamp(timestamp: Timestamp) -> str:
    instants = "".join(
        f"<wsu:{name}>{escape(instant)}</wsu:{name}>"
        for name, instant in (("Created", timestamp.created), ("Expires", timestamp.expires))
        if instant
    )
    return f'<wsu:Timestamp xmlns:wsu="{WSU}">{instants}</wsu:Timestamp>'
