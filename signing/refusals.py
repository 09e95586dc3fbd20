"""How a refusal is worded: what was seen, then what the rule wants, in English and French; never what was signed."""

from __future__ import annotations

from binascii import a2b_base64
from typing import TYPE_CHECKING

from signing.report import SignatureRefused, SubIndication
from signing.rules import RULES

if TYPE_CHECKING:
    from lxml.etree import _Element

_SHOWN_MAX = 128
"""Characters of a foreign value that a sentence repeats."""


def refused(
    rule: str, sub_indication: SubIndication, seen: str, seen_fr: str, location: str | _Element = ""
) -> SignatureRefused:
    """The refusal by a rule; ``location`` may be given as the element at fault."""
    row = RULES[rule]
    place = location if isinstance(location, str) else path_of(location)
    return SignatureRefused(
        sub_indication, rule, f"{seen}. Expected: {row.sentence}", f"{seen_fr}. Attendu : {row.sentence_fr}", place
    )


def malformed(rule: str, seen: str, seen_fr: str, location: str | _Element = "") -> SignatureRefused:
    """A signature that is not of the closed profile."""
    return refused(rule, SubIndication.FORMAT_FAILURE, seen, seen_fr, location)


def shown(text: str | None) -> str:
    """A foreign value as a sentence repeats it: on one line, and not all of a long one."""
    line = " ".join((text or "").split())
    return f"'{line}'" if len(line) <= _SHOWN_MAX else f"'{line[:_SHOWN_MAX]}…'"


def path_of(element: _Element) -> str:
    """Where the element stands, as XPath."""
    return str(element.getroottree().getpath(element))


def read_base64(element: _Element) -> bytes:
    """The bytes that an element of base64 holds. *Raises* SignatureRefused."""
    # Of an element that has children, the text is not all there is.
    text = "" if len(element) else "".join((element.text or "").split())
    try:
        if text:
            return a2b_base64(text, strict_mode=True)
        reason: ValueError | None = None
    except ValueError as error:
        reason = error
    raise malformed("SIG-SHAPE", "A base64 is empty or broken", "Un base64 est vide ou invalide", element) from reason
