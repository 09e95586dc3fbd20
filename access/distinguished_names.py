"""Distinguished names: one name, many legal spellings, compared as what they say. Who bears one is judged in ``assertion``.

RFC 4514 and 2253 write the last relative name first, a certificate and RFC 1779 the first; spaces, quotes, escapes and the case of
attribute types vary with the software. So a name is read into its relative names, and compared in both orders, values exactly.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from signing import certificates
from signing.report import SignatureRefused

DN = tuple[frozenset[tuple[str, str]], ...]
"""Relative names in order, each the pairs of attribute type (dotted OID) and value that it joins by ``+``."""

_TEXT_MAX = 4096  # characters; a subject has some hundred
_HOLDERS_MAX = 1024
_BLANKS = " \t\r\n"
_type = re.compile(
    r"[ \t\r\n]*(?:OID\.)?([A-Z][A-Z0-9-]*|[0-9]+(?:\.[0-9]+)+)[ \t\r\n]*=[ \t\r\n]*", re.IGNORECASE
).match
_quoted = re.compile(r'"((?:[^"\\]|\\.)*)"[ \t\r\n]*', re.DOTALL).match
_hexadecimal = re.compile(r"#((?:[0-9A-F]{2})+)[ \t\r\n]*", re.IGNORECASE).match
_plain = re.compile(r'((?:[^,;+"\\]|\\.)*)', re.DOTALL).match
_escape = re.compile(r"((?:\\[0-9A-Fa-f]{2})+)|\\(.)", re.DOTALL)

_COMMON_NAME = "2.5.4.3"
_SURNAME = "2.5.4.4"
_GIVEN_NAME = "2.5.4.42"
_ORGANIZATIONAL_UNIT_NAME = "2.5.4.11"
_TYPES = {
    name: oid
    for oid, names in {
        _COMMON_NAME: "CN COMMONNAME",
        _SURNAME: "SN SURNAME",
        _GIVEN_NAME: "GN G GIVENNAME",
        "2.5.4.43": "INITIALS",
        "2.5.4.65": "PSEUDONYM",
        "2.5.4.44": "GENERATIONQUALIFIER",
        "2.5.4.12": "T TITLE",
        "2.5.4.10": "O ORGANIZATIONNAME",
        _ORGANIZATIONAL_UNIT_NAME: "OU ORGANIZATIONALUNITNAME",
        "2.5.4.97": "ORGANIZATIONIDENTIFIER",
        "2.5.4.6": "C COUNTRYNAME",
        "2.5.4.7": "L LOCALITYNAME",
        "2.5.4.8": "ST S STATEORPROVINCENAME",
        "2.5.4.9": "STREET STREETADDRESS",
        "2.5.4.17": "POSTALCODE",
        "2.5.4.5": "SERIALNUMBER",
        "2.5.4.46": "DNQUALIFIER DNQ",
        "0.9.2342.19200300.100.1.1": "UID USERID",
        "0.9.2342.19200300.100.1.25": "DC DOMAINCOMPONENT",
        "1.2.840.113549.1.9.1": "E EMAIL EMAILADDRESS",
    }.items()
    for name in names.split()
}
"""Attribute types as RFC 4514, 2253, 1779 and the software about us write them. [RFC 4519]"""

_STRINGS = {0x0C: "utf-8", 0x12: "ascii", 0x13: "ascii", 0x14: "latin-1", 0x16: "ascii", 0x1E: "utf-16-be"}
"""Tags of the string types of X.520 and how their octets are read. [X.690]"""


class Holder(NamedTuple):
    """Whose certificate it is, as far as assertions ask."""

    name: DN
    common_names: tuple[str, ...]
    units: frozenset[str]
    surname: str
    given_name: str


@lru_cache(maxsize=_HOLDERS_MAX)
def holder_of(certificate: bytes) -> Holder:
    """The holder of a certificate in DER. *Raises* ValueError."""
    try:
        signer = certificates.signer_of(certificates.read(certificate))
    except SignatureRefused as refused:
        raise ValueError("the certificate cannot be read") from refused
    name = parse(signer.subject)
    return Holder(
        name,
        _values(name, _COMMON_NAME),
        frozenset(_values(name, _ORGANIZATIONAL_UNIT_NAME)),
        " ".join(_values(name, _SURNAME)),
        " ".join(_values(name, _GIVEN_NAME)),
    )


@lru_cache(maxsize=_HOLDERS_MAX)
def parse(text: str) -> DN:
    """The name that a text spells, in the order of the text. *Raises* ValueError, which repeats nothing of it."""
    if len(text) > _TEXT_MAX:
        raise ValueError(f"a distinguished name of more than {_TEXT_MAX} characters")
    names: list[frozenset[tuple[str, str]]] = []
    pairs: list[tuple[str, str]] = []
    position = 0
    while True:
        kind = _type(text, position)
        if kind is None:
            raise ValueError(f"no attribute type at character {position + 1} of a distinguished name")
        value, position = _value(text, kind.end())
        pairs.append((_oid(kind[1]), value))
        separator = text[position : position + 1]
        if separator not in ("", ",", ";", "+"):
            raise ValueError(f"no separator at character {position + 1} of a distinguished name")
        if separator != "+":
            names.append(frozenset(pairs))
            pairs = []
        if not separator:
            return tuple(names)
        position += 1


def is_same(one: DN, other: DN) -> bool:
    """Whether two names are one, whichever end each was written from."""
    return one in (other, other[::-1])


def _oid(name: str) -> str:
    if name[0].isdigit():
        return name
    known = _TYPES.get(name.upper())
    if known is None:
        raise ValueError("an attribute type of a distinguished name is unknown")
    return known


def _value(text: str, position: int) -> tuple[str, int]:
    """The value that begins there, and where it ends."""
    if found := _quoted(text, position):
        return _unescape(found[1]), found.end()
    if found := _hexadecimal(text, position):
        return _encoded(bytes.fromhex(found[1])), found.end()
    found = _plain(text, position)
    if found is None or text.startswith("#", position):
        raise ValueError("a value of a distinguished name is not as its sign says")
    value = found[1].rstrip(_BLANKS)
    is_escaped = (len(value) - len(value.rstrip("\\"))) % 2  # the last space belongs to an escape
    return _unescape(found[1][: len(value) + is_escaped]), found.end()


def _unescape(value: str) -> str:
    return _escape.sub(lambda it: bytes.fromhex(it[1].replace("\\", "")).decode() if it[1] else it[2], value)


def _encoded(octets: bytes) -> str:
    """The string that its BER encoding holds; what is no string keeps its octets. *Raises* ValueError."""
    encoding = _STRINGS.get(octets[0])
    if encoding is None or len(octets) < 2:
        return f"#{octets.hex()}"
    length, start = octets[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(octets[2:start], "big")
    if len(octets) != start + length:
        raise ValueError("a value of a distinguished name is cut off")
    return octets[start:].decode(encoding)


def _values(name: DN, oid: str) -> tuple[str, ...]:
    return tuple(value for parts in name for kind, value in parts if kind == oid)
