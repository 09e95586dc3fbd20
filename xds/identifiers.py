"""Identifiers and plain values of the metadata, one check each: what was expected, or ``None`` if all is well.

HL7 v2 datatypes check themselves (hl7v2). [ITI TF-3: 4.2.3.1, Table 4.2.3.1.7-2]
"""

from __future__ import annotations

import re
from os import urandom

from xds.hl7v2 import OID
from xds.hl7v2 import XCN as _XCN
from xds.hl7v2 import XON as _XON
from xds.hl7v2 import XTN as _XTN
from xds.vocabulary import DocumentAvailability

OID_LENGTH_MAX = 64  # characters. [ITI TF-3: Table 4.2.3.1.7-2, OID]
UNIQUE_ID_LENGTH_MAX = 128  # characters. [ITI TF-3: 4.2.3.2.26]
VALUE_LENGTH_MAX = 256  # characters of a Slot's value. [ebRIM 3.0: LongName]
EMPTY_DOCUMENT_HASH = "da39a3ee5e6b4b0d3255bfef95601890afd80709"
"""SHA-1 of nothing: the hash under delayed document assembly. [ITI TF-3: 4.2.3.2.10]"""

UUID_PREFIX = "urn:uuid:"
OID_PREFIX = "urn:oid:"

_is_oid = re.compile(OID).fullmatch
_is_uuid = re.compile(r"urn:uuid:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}").fullmatch
_is_printable = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?").fullmatch
_is_sha1 = re.compile(r"[0-9a-fA-F]{40}").fullmatch
_is_size = re.compile(r"[0-9]{1,18}").fullmatch
_is_language = re.compile(r"(?:[A-Za-z]{2,8}|x)(?:-[A-Za-z0-9]{1,8})*").fullmatch
_is_media_type = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*(?:\s*;\s*[A-Za-z0-9_.+-]+=(?:[^\s;\"]+|\"[^\"]*\"))*"
).fullmatch
_is_uri = re.compile(r"(?:[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=]|%[0-9A-Fa-f]{2})+").fullmatch
_is_uri_part = re.compile(r"[0-9]+\|.*").fullmatch
_is_field = re.compile(r"PID-([1-9][0-9]?)\|(?s:.+)").fullmatch
_VARIANTS = {digit: "89ab"[int(digit, 16) % 4] for digit in "0123456789abcdef"}
_FIELDS_NOT_ALLOWED = frozenset({"2", "4", "12", "19"})
_AVAILABILITIES = frozenset(DocumentAvailability)


def fresh_uuid() -> str:
    """A random UUID in URN form, as the module ``uuid`` draws it, without a value of its own. [RFC 9562: 5.4]"""
    drawn = urandom(16).hex()
    return f"urn:uuid:{drawn[:8]}-{drawn[8:12]}-4{drawn[13:16]}-{_VARIANTS[drawn[16]]}{drawn[17:20]}-{drawn[20:]}"


def check_oid(text: str) -> str | None:
    """OID: digits and dots. [ITI TF-3: Table 4.2.3.1.7-2, OID]"""
    if len(text) <= OID_LENGTH_MAX and _is_oid(text):
        return None
    return f"an OID of digits and dots, at most {OID_LENGTH_MAX} characters"


def check_uuid(text: str) -> str | None:
    """A UUID in URN form; hexadecimal digits in either case. [ITI TF-3: Table 4.2.3.1.7-2, UUID]"""
    return None if _is_uuid(text) else "urn:uuid: and a UUID"


def check_reference(text: str) -> str | None:
    """An id of an object: a UUID in URN form, or else a symbolic name within the request. [ITI TF-3: 4.2.3.1.7]"""
    if text[: len(UUID_PREFIX)].lower() == UUID_PREFIX:
        return check_uuid(text.lower())
    return check_text(text)


def normal_id(text: str) -> str:
    """An id as it is compared: a UUID in lower case, a symbolic id as it is. [ITI TF-3: 4.2.3.1.7]"""
    return text.lower() if text[: len(UUID_PREFIX)].lower() == UUID_PREFIX else text


def is_symbolic(text: str) -> bool:
    """Whether an id means something only within its request. [ITI TF-2: 3.42.4.1.3.7]"""
    return text[: len(UUID_PREFIX)].lower() != UUID_PREFIX


def is_foreign(slot_name: str) -> bool:
    """Whether a Slot is extra metadata that anybody may add: its name a URN, and not one of IHE's. [ITI TF-3: 4.2.3.1.6]"""
    return slot_name.startswith("urn:") and not slot_name.startswith("urn:ihe:")


def check_unique_id(text: str) -> str | None:
    """uniqueId of a document: any printable text, compared exactly. [ITI TF-3: 4.2.3.2.26]"""
    if len(text) <= UNIQUE_ID_LENGTH_MAX and _is_printable(text):
        return None
    return f"an identifier of printable ASCII characters, at most {UNIQUE_ID_LENGTH_MAX}"


def check_home_community_id(text: str) -> str | None:
    """homeCommunityId: an OID in URN form. [ITI TF-3: 4.2.3.2.12]"""
    if text.startswith(OID_PREFIX) and check_oid(text.removeprefix(OID_PREFIX)) is None:
        return None
    return f"urn:oid: and an OID of at most {OID_LENGTH_MAX} characters"


def check_hash(text: str) -> str | None:
    """SHA-1 of a document. [ITI TF-3: 4.2.3.2.10]"""
    return None if _is_sha1(text) else "a SHA-1 of 40 hexadecimal digits"


def check_size(text: str) -> str | None:
    """Count of a document's bytes. [ITI TF-3: 4.2.3.2.22]"""
    return None if _is_size(text) else "a number of bytes in decimal digits"


def check_language(text: str) -> str | None:
    """Language tag. [RFC 5646] [ITI TF-3: 4.2.3.2.13]"""
    return None if _is_language(text) else "a language tag such as fr-FR"


def check_media_type(text: str) -> str | None:
    """mimeType. [RFC 2046] [ITI TF-3: 4.2.3.2.15]"""
    return None if _is_media_type(text) else "a media type such as text/xml"


def check_uri(text: str) -> str | None:
    """Relative or absolute URI, or one numbered piece of a long one. [RFC 3986] [ITI TF-3: 4.2.3.2.27]"""
    return None if _is_uri(text) or _is_uri_part(text) else "a URI"


def check_availability(text: str) -> str | None:
    """documentAvailability. [ITI TF-3: 4.2.3.2.30]"""
    return None if text in _AVAILABILITIES else " or ".join(DocumentAvailability)


def check_field(text: str) -> str | None:
    """A line of sourcePatientInfo, ``PID-n|value``. [ITI TF-3: 4.2.3.2.23]"""
    if (found := _is_field(text)) and found[1] not in _FIELDS_NOT_ALLOWED:
        return None
    return "PID-n|value, with n other than 2, 4, 12 and 19"


def check_recipient(text: str) -> str | None:
    """intendedRecipient: organisation, person and address, at least one of the first two. [ITI TF-3: 4.2.3.3.7]"""
    parts = text.split("|")
    if len(parts) > 3 or not any(parts):
        return "organisation|person|address, XON|XCN|XTN"
    checks = (_XON.check, _XCN.check, _XTN.check)
    return next((wrong for check, part in zip(checks, parts, strict=False) if part and (wrong := check(part))), None)


def check_text(text: str) -> str | None:
    """Any text that says something."""
    return None if text.strip() else "a text that is not empty"


def check_anything(text: str) -> str | None:  # noqa: ARG001 - a check like the others
    """Any text, also none."""
    return None
