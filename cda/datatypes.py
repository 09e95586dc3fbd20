"""The HL7 v3 datatypes of a header as values: II, CD, TS, and names of persons. What has a nullFlavor is absent.

Reads one element at a time and judges nothing but the form of a time. [HL7 v3 Datatypes R1]
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from functools import lru_cache
from typing import NamedTuple

from lxml.etree import _Element

from safexml.namespaces import HL7
from xds import hl7v2

_time_stamp = re.compile(
    r"(?P<digits>[0-9]{4}(?:[0-9]{2}){0,5})(?:\.[0-9]+)?(?:(?P<sign>[+-])(?P<hours>[0-9]{2})(?P<minutes>[0-9]{2})?)?"
).fullmatch
_DATE = 8  # digits
RECURRING_MAX = 32  # characters of a time that is kept in mind


def tag(name: str) -> str:
    """The qualified name of an HL7 v3 element; called once for each, when its room is read."""
    return f"{{{HL7}}}{name}"


_ID, _TRANSLATION = tag("id"), tag("translation")
_FAMILY, _GIVEN = tag("family"), tag("given")


class II(NamedTuple):
    """Instance identifier: an OID or UUID as root, and perhaps an extension."""

    root: str
    extension: str = ""

    @property
    def text(self) -> str:
        """root, or root^extension: the form of a document's uniqueId. [ITI TF-3: 4.2.3.2.26]"""
        return f"{self.root}^{self.extension}" if self.extension else self.root


class CD(NamedTuple):
    """Coded value with its label, and its translations into other code systems."""

    code: str
    code_system: str
    display_name: str = ""
    translations: tuple[CD, ...] = ()


class PersonName(NamedTuple):
    """A name by its parts; CDA marks those of birth (BR) and those in use (CL). [CI-SIS SM 3.5.5.12]"""

    birth_family: str = ""
    birth_given: str = ""
    birth_given_list: str = ""
    used_family: str = ""
    used_given: str = ""

    @property
    def family(self) -> str:
        """The family name to call a person by."""
        return self.used_family or self.birth_family

    @property
    def given(self) -> str:
        """The given name to call a person by."""
        return self.used_given or self.birth_given or self.birth_given_list


_NAMELESS = PersonName()


def text_of(element: _Element | None) -> str:
    """All text of an element, blanks joined."""
    if element is None:
        return ""
    text = " ".join(map(str, element.itertext())) if len(element) else element.text or ""
    return " ".join(text.split())


def read_ii(element: _Element) -> II | None:
    """An identifier, unless it is null."""
    root = element.get("root", "").strip()
    return II(root, element.get("extension", "").strip()) if root else None


def read_iis(parent: _Element) -> tuple[II, ...]:
    """Every identifier of a role or entity."""
    return tuple([found for child in parent.iterchildren(_ID) if (found := read_ii(child)) is not None])


def read_cd(element: _Element | None) -> CD | None:
    """A coded value, unless it is null; a null code with translations stands for its first translation."""
    if element is None:
        return None
    translations: tuple[CD, ...] = ()
    if len(element):
        children = element.iterchildren(_TRANSLATION)
        translations = tuple([found for child in children if (found := read_cd(child)) is not None])
    code = element.get("code", "").strip()
    if code:
        return CD(code, element.get("codeSystem", "").strip(), element.get("displayName", "").strip(), translations)
    return translations[0] if translations else None


def read_name(element: _Element | None) -> PersonName:
    """A person's name; SP, the spouse's name of older documents, counts as in use. A name without parts is a family name."""
    if element is None:
        return _NAMELESS
    family: dict[str, str] = {}
    given: dict[str, str] = {}
    for child in element:
        name = child.tag
        if name == _FAMILY:
            family.setdefault(child.get("qualifier", ""), text_of(child))
        elif name == _GIVEN:
            given.setdefault(child.get("qualifier", ""), text_of(child))
    birth_family = family.get("BR", "") or family.get("", "")
    used_family = family.get("CL", "") or family.get("SP", "")
    if not family and not given:
        birth_family = (element.text or "").strip()
    return PersonName(birth_family, given.get("BR", ""), given.get("", ""), used_family, given.get("CL", ""))


class TimeStamp(NamedTuple):
    """A TS by its parts: its digits, which are its precision, and its offset from UTC; empty where none is told."""

    digits: str
    offset: str = ""


def parse_ts(time_stamp: str) -> TimeStamp | None:
    """A TS by its parts; none if it is no time of the calendar. Fractions of a second are left off."""
    time_stamp = time_stamp.strip()
    if time_stamp.isdigit():
        return TimeStamp(time_stamp) if hl7v2.DTM.check(time_stamp) is None else None
    found = _time_stamp(time_stamp)
    if found is None:
        return None
    digits, sign, hours, minutes = found.groups("")
    if hl7v2.DTM.check(digits) is not None:
        return None
    if not sign:
        return TimeStamp(digits)
    minutes = minutes or "00"
    return TimeStamp(digits, f"{sign}{hours}{minutes}") if hours < "24" and minutes < "60" else None


def read_ts(time_stamp: str) -> TimeStamp | None:
    """The same of a time that a document has again and again, such as when it was made: never of when somebody was born."""
    return _recurring_ts(time_stamp) if len(time_stamp) <= RECURRING_MAX else parse_ts(time_stamp)


_recurring_ts = lru_cache(maxsize=1024)(parse_ts)


def utc(time_stamp: str) -> hl7v2.DTM:
    """A TS as a moment in UTC of the same precision, without fraction. Raises hl7v2.Malformed.

    A time of day without offset counts as UTC: documents made by older HL7 v2 senders have none, and any other zone would be a
    guess. A date has no zone and stays the date it is. [ITI TF-3: Table 4.2.3.1.7-2, DTM]
    """
    expected = "a time YYYY[MM[DD[hh[mm[ss]]]]] with its offset from UTC, ±hhmm"
    found = _time_stamp(time_stamp.strip())
    if found is None or hl7v2.DTM.check(found["digits"]) is not None:
        raise hl7v2.Malformed(time_stamp, expected)
    digits: str = found["digits"]
    if len(digits) <= _DATE or not found["sign"]:
        return hl7v2.DTM(digits)
    offset = timedelta(hours=int(found["hours"]), minutes=int(found["minutes"] or 0))
    try:
        zone = timezone(-offset if found["sign"] == "-" else offset)
        year, month, day, hour = int(digits[:4]), int(digits[4:6]), int(digits[6:8]), int(digits[8:10])
        minute, second = int(digits[10:12] or 0), int(digits[12:] or 0)
        moment = datetime(year, month, day, hour, minute, second, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise hl7v2.Malformed(time_stamp, expected) from error
    return hl7v2.DTM(moment.strftime("%Y%m%d%H%M%S").rjust(14, "0")[: len(digits)])
