"""HL7 v2.5 datatypes as IHE narrows them: each is its text exactly as sent, its components at hand. [ITI TF-3: 4.2.3.1]

A value is made without a question (``CX(text)``), checked by ``check``, and both at once by ``parse``: so can rules
tell every flaw of a submission, and what was sent is returned unchanged. Knows no XML: ``&`` is ``&`` here.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, datetime
from typing import Self

OID = r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))+"
"""Pattern of an object identifier; its length is checked beside it. [ITI TF-3: Table 4.2.3.1.7-2, OID]

Leniency: the first arc may be above 2, as in the sourceId 129.6.… that the NIST toolkit sends.
"""

_is_oid = re.compile(OID).fullmatch
_is_authority = re.compile(rf"&{OID}&ISO").fullmatch
_is_plain = re.compile(r"[^^]*\^\^\^[^^]*\^*").fullmatch
_is_reference_authority = re.compile(rf"[^&^]*&{OID}&ISO|[^&^]+|").fullmatch
_is_home = re.compile(rf"urn:oid:{OID}").fullmatch
_is_time = re.compile(
    r"[0-9]{4}(?:(?:0[1-9]|1[0-2])(?:(?:0[1-9]|[12][0-9]|3[01])(?:(?:[01][0-9]|2[0-3])(?:[0-5][0-9](?:[0-5][0-9])?)?)?)?)?"
).fullmatch
_ESCAPES = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_UNESCAPES = {sequence: character for character, sequence in _ESCAPES.items()}
_escape_sequence = re.compile(r"\\[EFSTR]\\")
_INTERVAL_START = "00000101000000"


class Malformed(ValueError):
    """A text that is not of its datatype: what was seen, and what is expected."""

    def __init__(self, seen: str, expected: str) -> None:
        super().__init__(f"seen {seen[:80]!r}, expected {expected}")
        self.seen = seen
        self.expected = expected


def escape(text: str) -> str:
    """Plain text as a component, its delimiters as escape sequences. [HL7 v2.5: 2.7]"""
    return "".join(_ESCAPES.get(character, character) for character in text)


def unescape(text: str) -> str:
    """A component as plain text; other escape sequences stay as they are. [HL7 v2.5: 2.7]"""
    return _escape_sequence.sub(lambda found: _UNESCAPES[found[0]], text) if "\\" in text else text


class Text(str):
    """A datatype: a text with a check."""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        """What was expected, in words, if the text is not of this datatype."""
        raise NotImplementedError

    @classmethod
    def parse(cls, text: str) -> Self:
        """The text as this datatype. Raises Malformed."""
        if (expected := cls.check(text)) is not None:
            raise Malformed(text, expected)
        return cls(text)

    @property
    def components(self) -> tuple[str, ...]:
        """The components as sent, escape sequences included."""
        return tuple(self.split("^"))

    def component(self, position: int) -> str:
        """The component of that position, counted from 1 as HL7 does, in plain text; empty where there is none."""
        components = self.split("^")
        return unescape(components[position - 1]) if position <= len(components) else ""


def _join(components: dict[int, str]) -> str:
    """Components by position as text, trailing empty ones left off."""
    last = max((position for position, text in components.items() if text), default=0)
    return "^".join(components.get(position, "") for position in range(1, last + 1))


def _authority(oid: str) -> str:
    return f"&{oid}&ISO" if oid else ""


def _oid_of(authority: str) -> str:
    """The OID of an assigning authority ``namespace&oid&ISO``."""
    parts = authority.split("&")
    return parts[1] if len(parts) > 1 else ""


def _at(components: list[str], position: int) -> str:
    return components[position - 1] if position <= len(components) else ""


class CX(Text):
    """Patient identifier ``id^^^&oid&ISO``; some communities add a type code and more. [ITI TF-3: Table 4.2.3.1.7-2]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        components = text.split("^")
        if components[0].strip() and len(components) > 3 and _is_authority(components[3]) and "~" not in text:
            return None
        return "an identifier with its assigning authority, id^^^&oid&ISO"

    @classmethod
    def build(cls, id_number: str, authority: str, type_code: str = "") -> Self:
        """The text of an identifier given by that authority (an OID)."""
        return cls(_join({1: escape(id_number), 4: _authority(authority), 5: escape(type_code)}))

    @property
    def id_number(self) -> str:
        """Component 1: the identifier itself."""
        return unescape(self.partition("^")[0])

    @property
    def authority(self) -> str:
        """The OID of the assigning authority, of component 4."""
        return _oid_of(_at(self.split("^"), 4))

    @property
    def type_code(self) -> str:
        """Component 5: what kind of identifier; absent in plain XDS."""
        return self.component(5)

    @property
    def has_only_id_and_authority(self) -> bool:
        """Whether nothing stands beside components 1 and 4, as plain XDS wants it."""
        return _is_plain(self) is not None


class CXi(Text):
    """Identifier of something a document refers to, ``id^^^authority^typeCode^home``. [ITI TF-3: Table 4.2.3.1.7-2]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        components = text.split("^")
        if (
            len(components) >= 5
            and components[0]
            and not components[1]
            and not components[2]
            and _is_reference_authority(components[3])
            and components[4]
            and (not _at(components, 6) or _is_home(components[5]))
            and not any(components[6:])
        ):
            return None
        return "a reference id^^^authority^typeCode[^urn:oid:home], the type code always there"

    @classmethod
    def build(cls, id_number: str, authority: str, type_code: str, home_community_id: str = "") -> Self:
        """The text of a reference of that type (a URN)."""
        return cls(_join({1: escape(id_number), 4: _authority(authority), 5: type_code, 6: home_community_id}))

    @property
    def id_number(self) -> str:
        """Component 1: the identifier itself."""
        return self.component(1)

    @property
    def authority(self) -> str:
        """The OID of the assigning authority, if it has one."""
        return _oid_of(_at(self.split("^"), 4))

    @property
    def type_code(self) -> str:
        """Component 5: what is referred to."""
        return self.component(5)

    @property
    def home_community_id(self) -> str:
        """Component 6: the community where the identifier is valid."""
        return self.component(6)


class XCN(Text):
    """Person: ``id^family^given^others^suffix^prefix^degree^^authority``. [ITI TF-3: Table 4.2.3.1.7-2]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        components = text.split("^")
        authority = components[8] if len(components) > 8 else ""
        if not any(components[:4]) or "~" in text:
            return "a person, with an identifier or a name: id^family^given^others^suffix^prefix^degree^^&oid&ISO"
        if authority and not (components[0] and _is_authority(authority)):
            return "the assigning authority of component 9 as &oid&ISO, and only beside an identifier in component 1"
        return None

    @classmethod
    def build(cls, id_number: str = "", family_name: str = "", given_name: str = "", authority: str = "") -> Self:
        """The text of a person; the authority (an OID) is that of the identifier."""
        return cls(
            _join({1: escape(id_number), 2: escape(family_name), 3: escape(given_name), 9: _authority(authority)})
        )

    @property
    def id_number(self) -> str:
        """Component 1: the person's identifier."""
        return self.component(1)

    @property
    def family_name(self) -> str:
        """Component 2."""
        return self.component(2)

    @property
    def given_name(self) -> str:
        """Component 3."""
        return self.component(3)

    @property
    def authority(self) -> str:
        """The OID of component 9: who gave the identifier."""
        return _oid_of(_at(self.split("^"), 9))

    @property
    def name_type_code(self) -> str:
        """Component 10: D, L or U in the DMP; absent in plain XDS."""
        return self.component(10)

    @property
    def identifier_type_code(self) -> str:
        """Component 13: IDNPS, EI, NH … in the DMP; absent in plain XDS."""
        return self.component(13)


class XON(Text):
    """Organisation: ``name^^^^^authority^^^^id``; the id may be an OID alone. [ITI TF-3: Table 4.2.3.1.7-2]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        components = text.split("^")
        authority = components[5] if len(components) > 5 else ""
        id_number = components[9] if len(components) > 9 else ""
        if not components[0].strip() or "~" in text:
            return "an organisation with its name in component 1: name^^^^^&oid&ISO^^^^id"
        if authority and not _is_authority(authority):
            return "the assigning authority of component 6 as &oid&ISO"
        if id_number and not authority and not _is_oid(id_number):
            return "an OID as identifier in component 10, or beside it an assigning authority in component 6"
        return None

    @classmethod
    def build(cls, name: str, id_number: str = "", authority: str = "", type_code: str = "") -> Self:
        """The text of an organisation; the authority (an OID) is that of the identifier."""
        return cls(_join({1: escape(name), 6: _authority(authority), 7: type_code, 10: escape(id_number)}))

    @property
    def name(self) -> str:
        """Component 1."""
        return self.component(1)

    @property
    def authority(self) -> str:
        """The OID of component 6: who gave the identifier."""
        return _oid_of(_at(self.split("^"), 6))

    @property
    def identifier_type_code(self) -> str:
        """Component 7: IDNST in the DMP; absent in plain XDS."""
        return self.component(7)

    @property
    def id_number(self) -> str:
        """Component 10: the organisation's identifier."""
        return self.component(10)


class XTN(Text):
    """Telephone or mail address: ``^use^type^email^country^area^number^extension^^^^unformatted``."""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        components = text.split("^")
        use, kind, email = (_at(components, position) for position in (2, 3, 4))
        number, unformatted = _at(components, 7), _at(components, 12)
        if kind == "Internet":
            has_number = any(components[4:8]) or unformatted
            return None if email and use in ("", "NET") and not has_number else "a mail address, ^^Internet^name@host"
        if kind in ("PH", "CP"):
            is_one = bool(number) != bool(unformatted)
            return None if is_one and not email else "one number, ^^PH^^country^area^number or ^^PH^^^^^^^^^unformatted"
        return "a telecommunication address of type Internet, PH or CP in component 3"

    @classmethod
    def mail(cls, address: str) -> Self:
        """The text of a mail address."""
        return cls(_join({3: "Internet", 4: escape(address)}))

    @property
    def equipment_type(self) -> str:
        """Component 3: Internet, PH, CP."""
        return self.component(3)

    @property
    def email(self) -> str:
        """Component 4."""
        return self.component(4)


class XPN(Text):
    """Name of a person: ``family^given^others^suffix^prefix^degree^type``, as PID-5 holds it. [HL7 v2.5: 2.A.88]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        return None if any(text.split("^")[:3]) else "a name, family^given"

    @classmethod
    def build(cls, family_name: str, given_name: str = "", type_code: str = "") -> Self:
        """The text of a name; type L is the legal one."""
        return cls(_join({1: escape(family_name), 2: escape(given_name), 7: type_code}))

    @property
    def family_name(self) -> str:
        """Component 1."""
        return self.component(1)

    @property
    def given_name(self) -> str:
        """Component 2."""
        return self.component(2)

    @property
    def type_code(self) -> str:
        """Component 7: L legal, D display …"""
        return self.component(7)


class DTM(Text):
    """A moment in UTC, as precise as it has digits: ``YYYY[MM[DD[hh[mm[ss]]]]]``. [ITI TF-3: Table 4.2.3.1.7-2]"""

    __slots__ = ()

    @classmethod
    def check(cls, text: str) -> str | None:
        if _is_time(text) and (len(text) < 8 or _has_day(text)):
            return None
        return "a time in UTC, YYYY[MM[DD[hh[mm[ss]]]]], without zone and fraction"

    @classmethod
    def at(cls, moment: datetime) -> Self:
        """That moment to the second; it must know its zone."""
        utc = moment.astimezone(UTC)
        return cls(f"{utc.year:04}{utc.month:02}{utc.day:02}{utc.hour:02}{utc.minute:02}{utc.second:02}")

    @property
    def start(self) -> int:
        """The start of its interval as a number of 14 digits, by which times compare."""
        return int(self + _INTERVAL_START[len(self) :])


def _has_day(text: str) -> bool:
    if text[6:8] <= "28":
        return True
    year, month = int(text[:4]), int(text[4:6])
    return year > 0 and int(text[6:8]) <= monthrange(year, month)[1]
