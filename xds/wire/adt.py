"""[ITI-8] Patient Identity Feed HL7 v2: ADT^A01, A04, A05, A08 and A40 → PatientFeed, and the ACK. [ITI TF-2: 3.8; HL7 v2.5: 2, 3]

Reads identifiers of a patient, how far the identity is trusted, and nothing else. Knows no connection: a message is the bytes
between the marks of its block.
python-hl7 takes a message apart; it may not undo escapes, since it logs what it cannot undo, and that may be an identifier.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import hl7

from xds.hl7v2 import DTM
from xds.messages import FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier, PatientFeed

EVENTS = {
    "A01": FeedEvent.ADDED,
    "A04": FeedEvent.ADDED,
    "A05": FeedEvent.ADDED,
    "A08": FeedEvent.REVISED,
    "A40": FeedEvent.MERGED,
}
"""Trigger events. [ITI TF-2: 3.8.4.1.1, 3.8.4.2.1]"""

VERSIONS = ("2.3.1", "2.4", "2.5", "2.5.1", "2.6")
"""The framework asks for 2.3.1, French hospitals send 2.5; what is read of a message is the same in all of these."""

CHARACTER_SETS = {
    "": "iso-8859-1",
    "ASCII": "iso-8859-1",
    "8859/1": "iso-8859-1",
    "8859/15": "iso-8859-15",
    "UNICODE UTF-8": "utf-8",
    "UTF-8": "utf-8",
}
"""MSH-18 → how the bytes are read. Leniency: the last name, which no table has, is sent all the same. [HL7 v2.5: Table 0211]"""

SEGMENT_LENGTH_MAX = 32 * 1024
"""Characters: an MSH or PID has some hundreds; taken apart, each may become an object."""

_SEQUENCE = "100^Segment sequence error"
_MISSING = "101^Required field missing"
_DATA_TYPE = "102^Data type error"
_TABLE_VALUE = "103^Table value not found"
_MESSAGE_TYPE = "200^Unsupported message type"
_EVENT = "201^Unsupported event code"
_VERSION = "203^Unsupported version id"
_KEY = "204^Unknown key identifier"
_INTERNAL = "207^Application internal error"
"""What was wrong, for machines. [HL7 v2.5: Table 0357]"""

_PUNCTUATION = r"[!-/:-@\[-`{-~]"
_delimiters = re.compile(rf"MSH({_PUNCTUATION})({_PUNCTUATION}{{4,5}})\1").match
_line_end = re.compile(r"\r\n?|\n")
_NULL = '""'


class Header(NamedTuple):
    """What an ACK repeats of its message, each field as it was sent; empty where nothing could be read. [HL7 v2.5: 2.15.9]"""

    separator: str = "|"
    encoding_characters: str = "^~\\&"
    sending_application: str = ""
    sending_facility: str = ""
    receiving_application: str = ""
    receiving_facility: str = ""
    message_type: str = ""
    control_id: str = ""
    processing_id: str = "P"
    version: str = VERSIONS[0]
    character_set: str = ""

    @property
    def encoding(self) -> str | None:
        """The codec of its character set; None for one that is not read here. The first one named is that of the message."""
        return CHARACTER_SETS.get(self.character_set.split(self.encoding_characters[1])[0])

    def component(self, field: str, position: int) -> str:
        """A component of a field, counted from 1; empty where there is none."""
        components = field.split(self.encoding_characters[0])
        return components[position - 1] if position <= len(components) else ""


class ADT(NamedTuple):
    """A message of the feed with its header."""

    header: Header
    feed: PatientFeed


class NotADT(Exception):
    """A message that is none of the feed: why, as it is answered, and the code of table 0357."""

    def __init__(self, header: Header, reason: str, condition: str, outcome: FeedOutcome = FeedOutcome.ERROR) -> None:
        super().__init__(reason)
        self.header = header
        self.response = FeedResponse(outcome, reason)
        self.condition = condition


def read_adt(message: bytes) -> ADT:
    """A message of the feed. Raises NotADT. [ITI TF-2: 3.8.4.1.2, 3.8.4.2.2]"""
    header, lines = _take_apart(message)
    event = _read_event(header)
    is_merge = event is FeedEvent.MERGED
    count = {name: sum(line[:3] == name for line in lines) for name in ("MSH", "PID", "MRG")}
    expected = {"MSH": 1, "PID": 1, "MRG": int(is_merge)}
    if count != expected:
        seen, wanted = (", ".join(f"{name} {each[name]} times" for name in each) for each in (count, expected))
        raise NotADT(
            header, f"the message has {seen}; expected {wanted}: a message tells of one patient, or one pair", _SEQUENCE
        )
    if any(len(line) > SEGMENT_LENGTH_MAX for line in lines):
        raise NotADT(header, f"a segment is longer than {SEGMENT_LENGTH_MAX} characters", _DATA_TYPE)
    segments = {str(segment[0]): segment for segment in hl7.parse("\r".join(lines))}
    ids = _read_identifiers(header, segments["PID"], 3)
    subsumed = _read_identifiers(header, segments["MRG"], 1) if is_merge else ()
    reliability = _read_codes(header, segments["PID"], 32)
    message_id = InstanceIdentifier("", header.control_id)
    return ADT(header, PatientFeed(event, message_id, ids, subsumed, reliability=reliability))


def write_acknowledgement(
    header: Header, response: FeedResponse, *, message_id: str, now: DTM, condition: str = ""
) -> bytes:
    """The ACK: MSH and MSA, and ERR where the message is not accepted. [ITI TF-2: C.2.3; HL7 v2.5: 2.9.2, 2.15.5, 2.15.8]

    In the delimiters and character set of its message. ``condition`` is a code of table 0357.
    """
    component = header.encoding_characters[0]
    event = header.component(header.message_type, 2)
    # MSH-10 has 20 characters up to version 2.6: that much of a UUID is unique enough.
    own_id = message_id.rpartition(":")[2].replace("-", "")[:20]
    reason = _escaped(header, response.reason)
    segments = [
        [
            f"MSH{header.separator}{header.encoding_characters}",
            header.receiving_application,
            header.receiving_facility,
            header.sending_application,
            header.sending_facility,
            f"{now}+0000",
            "",
            f"ACK{component}{event}" if event else "ACK",
            own_id,
            header.processing_id,
            header.version,
            *([""] * 5),
            header.character_set,
        ],
        ["MSA", f"A{response.outcome}", header.control_id, reason],
    ]
    if response.is_refusal:
        default = _INTERNAL if response.outcome is FeedOutcome.REFUSED else _KEY
        segments.append(_error(header, condition or default, reason))
    text = "".join(header.separator.join(fields).rstrip(header.separator) + "\r" for fields in segments)
    return text.encode(header.encoding or "iso-8859-1", "replace")


def _take_apart(message: bytes) -> tuple[Header, list[str]]:
    """The header, and the segments that are read, MSH first. Raises NotADT.

    The delimiters and the name of the character set are ASCII in every set that is read here, so the header can be read first.
    """
    header = _read_header(message.decode("iso-8859-1"))
    if header.encoding is None:
        known = ", ".join(filter(None, CHARACTER_SETS))
        told = f"MSH-18 names a character set that is not read here; expected one of {known}"
        raise NotADT(header, told, _TABLE_VALUE)
    try:
        text = message.decode(header.encoding)
    except UnicodeDecodeError as error:
        told = f"the bytes are not of the character set that MSH-18 names, {header.encoding}"
        raise NotADT(header, told, _DATA_TYPE) from error
    read = tuple(name + header.separator for name in ("MSH", "PID", "MRG"))
    return _read_header(text), [line for line in _lines(text) if line.startswith(read)]


def _lines(text: str) -> list[str]:
    """The segments. Leniency: hand-made senders end them with LF, alone or beside CR."""
    return _line_end.split(text.strip())


def _read_header(text: str) -> Header:
    """MSH. Raises NotADT where there is none. [HL7 v2.5: 2.15.9]"""
    line = _lines(text)[0]
    found = _delimiters(line)
    if found is None or len(set(found[1] + found[2])) != len(found[1] + found[2]):
        raise NotADT(Header(), "this is no HL7 v2 message; expected MSH with its delimiters", _SEQUENCE)
    segment = hl7.parse(line[:SEGMENT_LENGTH_MAX])[0]
    return Header(found[1], found[2], *(_field(segment, position) for position in (3, 4, 5, 6, 9, 10, 11, 12, 18)))


def _read_event(header: Header) -> FeedEvent:
    """What the message tells, by MSH-9, MSH-10 and MSH-12. Raises NotADT. [ITI TF-2: 3.8.4.1.2.1, C.2.2]"""
    version = header.component(header.version, 1)
    if version not in VERSIONS:
        raise NotADT(header, f"MSH-12 is not one of the versions {', '.join(VERSIONS)}", _VERSION, FeedOutcome.REFUSED)
    if header.component(header.message_type, 1) != "ADT":
        raise NotADT(header, "MSH-9 is not ADT: nothing else is taken here", _MESSAGE_TYPE, FeedOutcome.REFUSED)
    event = EVENTS.get(header.component(header.message_type, 2))
    if event is None:
        raise NotADT(header, f"MSH-9 is no event of {', '.join(EVENTS)}", _EVENT, FeedOutcome.REFUSED)
    if not header.control_id:
        raise NotADT(header, "MSH-10 is missing: an ACK could not name the message", _MISSING)
    return event


def _read_identifiers(header: Header, segment: hl7.Segment, position: int) -> tuple[InstanceIdentifier, ...]:
    """The identifiers of PID-3 or MRG-1, both required. Raises NotADT where there is none. [ITI TF-2: 3.8.4.1.2.3, 3.8.4.2.2.4]"""
    field: Sequence[Any] = segment(position) if position < len(segment) else ()
    found = tuple(_identifiers(header, field))
    if not found:
        name = f"{segment[0]}-{position}"
        raise NotADT(header, f"{name} has no identifier", _MISSING)
    return found


def _identifiers(header: Header, field: Sequence[Any]) -> Iterator[InstanceIdentifier]:
    """Component 1 of each repetition, by component 4: the OID of its authority, else the name, if any. [HL7 v2.5: 2.A.14, CX]

    The type of component 5 (INS, PI …) counts as little as in a submission: the authority alone says what an identifier is.
    """
    for repetition in field:
        components = _parts(repetition)
        authority = [_plain(header, str(part)) for part in _parts(components[3])] if len(components) > 3 else []
        name, oid = (*authority, "", "")[:2]
        id_number = _plain(header, str(_parts(components[0])[0])).strip()
        if id_number not in ("", _NULL):
            yield InstanceIdentifier(oid.strip() or name.strip(), id_number)


def _read_codes(header: Header, segment: hl7.Segment, position: int) -> tuple[str, ...]:
    """The codes of a repeated field, alone or as the first component of each repetition. [HL7 v2.5: 2.A.36, 3.4.2.32]"""
    field: Sequence[Any] = segment(position) if position < len(segment) else ()
    codes = (_plain(header, str(_parts(repetition)[0])).strip() for repetition in field)
    return tuple(code for code in codes if code not in ("", _NULL))


def _parts(container: Any) -> list[Any]:
    """The parts of a field, repetition or component; python-hl7 leaves as text what has but one."""
    return list(container) if isinstance(container, hl7.Container) and container else [str(container)]


def _field(segment: hl7.Segment, position: int) -> str:
    return str(segment(position)) if position < len(segment) else ""


def _delimiters_of(header: Header) -> dict[str, str]:
    return dict(zip("FSRET", header.separator + header.encoding_characters, strict=False))


def _plain(header: Header, text: str) -> str:
    """Text without the escapes of delimiters; others stay as they are. [HL7 v2.5: 2.7]"""
    escape = re.escape(header.encoding_characters[2])
    delimiters = _delimiters_of(header)
    return re.sub(f"{escape}([FSRET]){escape}", lambda found: delimiters[found[1]], text)


def _escaped(header: Header, text: str) -> str:
    """Text as a field of ours. [HL7 v2.5: 2.7]"""
    escape = header.encoding_characters[2]
    letters = {delimiter: f"{escape}{letter}{escape}" for letter, delimiter in _delimiters_of(header).items()}
    return "".join(letters.get(character, character) for character in text)


def _error(header: Header, condition: str, reason: str) -> list[str]:
    """ERR; its fields were made anew in version 2.5. [HL7 v2.3.1: 2.24.5; HL7 v2.5: 2.15.5]"""
    component, subcomponent = header.encoding_characters[0], header.encoding_characters[3]
    code, _, text = condition.partition("^")
    if header.component(header.version, 1) < "2.5":
        return ["ERR", component * 3 + subcomponent.join((code, text, "HL70357"))]
    return ["ERR", "", "", component.join((code, text, "HL70357")), "E", "", "", "", reason]
