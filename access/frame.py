"""The assertion around its claims: who made it, when, until when, for whom; and its attributes as they stand. [SAML 2.0 Core: 2.3.3]

Reads what it is given child by child, and believes nothing. Attributes are told by their names; those of no table are kept and passed over
by whoever reads claims, as XUA wants it. [ITI TF-2: 3.40.4.1.3]
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, NamedTuple

from access.assertion_rules import AssertionRefused, refusal, shown
from safexml.namespaces import HL7, SAML, qname, readable

if TYPE_CHECKING:
    from lxml import etree

_is_instant = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?(?:Z|[+-][0-9]{2}:[0-9]{2})?"
).fullmatch
_ID_MAX = 256  # characters; the ID of a UUID has 37
_NAME_FOLDED = "authentification_mode"

ASSERTION = qname(SAML, "Assertion")
ISSUER = qname(SAML, "Issuer")
SUBJECT = qname(SAML, "Subject")
NAME_ID = qname(SAML, "NameID")
CONFIRMATION = qname(SAML, "SubjectConfirmation")
CONFIRMATION_DATA = qname(SAML, "SubjectConfirmationData")
CONDITIONS = qname(SAML, "Conditions")
RESTRICTION = qname(SAML, "AudienceRestriction")
AUDIENCE = qname(SAML, "Audience")
STATEMENT = qname(SAML, "AttributeStatement")
ATTRIBUTE = qname(SAML, "Attribute")
VALUE = qname(SAML, "AttributeValue")
_HL7 = qname(HL7, "")


class Value(NamedTuple):
    """An AttributeValue: its text, or the code, code system and displayName of the HL7 element in it."""

    text: str = ""
    code: str = ""
    system: str = ""
    display_name: str = ""


class Period(NamedTuple):
    """From when, and before when, something holds; none where that side is open."""

    not_before: datetime | None
    not_on_or_after: datetime | None


class Frame(NamedTuple):
    """The assertion but for the meaning of its attributes. ``attributes``: name → its values, empty ones left out."""

    assertion_id: str
    issuer: str
    issuer_format: str
    person_id: str
    issued_at: datetime
    periods: tuple[Period, ...]
    audiences: tuple[frozenset[str], ...]
    attributes: Mapping[str, tuple[Value, ...]]


def read_frame(assertion: etree._Element) -> Frame:
    """The frame of a SAML 2.0 assertion. *Raises* AssertionRefused. [SAML 2.0 Core: 2.3.3]"""
    if assertion.tag != ASSERTION or assertion.get("Version") != "2.0":
        raise _malformed("Version", shown(assertion.get("Version") or ""), "2.0")
    assertion_id = assertion.get("ID") or ""
    if not assertion_id or len(assertion_id) > _ID_MAX:
        raise _malformed("ID", f"{len(assertion_id)}", f"1..{_ID_MAX}")
    issuer, subject = _only(assertion, ISSUER), _only(assertion, SUBJECT)
    issued_at = _instant(assertion, "IssueInstant")
    if issued_at is None:
        raise _malformed("IssueInstant", "''", "xs:dateTime")
    person_id = _text_of(_only(subject, NAME_ID))
    if not person_id:
        raise _malformed("saml:NameID", "''", "PS_IdNat")
    conditions = [*assertion.iterchildren(CONDITIONS)]
    bounded = [
        *conditions,
        *(data for one in subject.iterchildren(CONFIRMATION) for data in one.iterchildren(CONFIRMATION_DATA)),
    ]
    return Frame(
        assertion_id,
        _text_of(issuer),
        issuer.get("Format") or "",
        person_id,
        issued_at,
        tuple(Period(_instant(each, "NotBefore"), _instant(each, "NotOnOrAfter")) for each in bounded),
        tuple(
            frozenset(map(_text_of, restriction.iterchildren(AUDIENCE)))
            for each in conditions
            for restriction in each.iterchildren(RESTRICTION)
        ),
        _gather(assertion),
    )


def key_of(name: str) -> str:
    """The name of an attribute as names compare: as they are, but for one that is met in two spellings. [DMP: VIHF]"""
    folded = name.lower()
    return folded if folded == _NAME_FOLDED else name


def _gather(assertion: etree._Element) -> dict[str, tuple[Value, ...]]:
    found: dict[str, tuple[Value, ...]] = {}
    for statement in assertion.iterchildren(STATEMENT):
        for attribute in statement:
            if attribute.tag == ATTRIBUTE:
                name = attribute.get("Name") or ""
                key = key_of(name)
                values = _values(attribute, name)
                found[key] = found[key] + values if key in found else values
    return found


def _values(attribute: etree._Element, name: str) -> tuple[Value, ...]:
    """The values of an attribute, empty ones left out."""
    values: list[Value] = []
    for element in attribute:
        if element.tag != VALUE:
            continue
        if len(element):
            coded = _coded(element, name)
            if any(coded):
                values.append(coded)
        elif text := (element.text or "").strip():
            values.append(Value(text))
    return tuple(values)


def _coded(element: etree._Element, name: str) -> Value:
    """The one element of HL7 v3 that an AttributeValue holds."""
    coded = element[0]
    if len(element) > 1 or len(coded) or not str(coded.tag).startswith(_HL7):
        raise refusal(
            "VIHF-VALUE",
            f"{shown(name)} holds elements; expected one text, or one element of HL7 v3 with a code.",
            f"{shown(name)} contient des éléments ; attendu : un texte, ou un élément HL7 v3 avec un code.",
        )
    code, system, display_name = coded.get("code", ""), coded.get("codeSystem", ""), coded.get("displayName", "")
    return Value("", code.strip(), system.strip(), display_name.strip())


def _only(parent: etree._Element, tag: str) -> etree._Element:
    found = [*parent.iterchildren(tag)]
    if len(found) != 1:
        raise _malformed(readable(tag), f"{len(found)}", "1")
    return found[0]


def _text_of(element: etree._Element) -> str:
    """The whole text; a child or a comment within would let two readers read two texts."""
    if len(element):
        raise _malformed(
            readable(str(element.tag)), "elements or comments", "text", "éléments ou commentaires", "texte"
        )
    return (element.text or "").strip()


def _instant(element: etree._Element, name: str) -> datetime | None:
    """SAML's times are UTC, whether they say so or not; another zone is understood. [SAML 2.0 Core: 1.3.3]"""
    text = element.get(name)
    if text is None:
        return None
    if not _is_instant(text.strip()):
        raise _malformed(name, shown(text), "xs:dateTime")
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        raise _malformed(name, shown(text), "xs:dateTime") from None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _malformed(what: str, seen: str, expected: str, seen_fr: str = "", expected_fr: str = "") -> AssertionRefused:
    return refusal(
        "VIHF-FORM",
        f"{what} of the assertion: seen {seen}, expected {expected}.",
        f"{what} de l'assertion : vu {seen_fr or seen}, attendu {expected_fr or expected}.",
    )
