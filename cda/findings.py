"""What is found in a clinical document: the rule, where it is broken, and in words of two languages what is the matter.

A finding never quotes who the patient is: it is shown to strangers and may be kept. [CI-SIS SM 3.5]
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from lxml.etree import _Element

from safexml import namespaces

FINDINGS_MAX = 100
"""Of one judgement: enough for any mender, and an answer stays an answer whatever was sent."""

_SHOWN_MAX = 80  # characters of a value that a finding echoes
_COUNTED_MAX = 1_000  # elements of one name before an element, behind which it is told by its place among all


class Rule(NamedTuple):
    """A row of the table: ``explain`` prints it. ``rule`` is the id that a finding carries; ``is_error`` how hard it is meant."""

    rule: str
    sentence: str
    sentence_fr: str
    clause: str
    cause: str
    cure: str
    is_error: bool = True


class Seen(NamedTuple):
    """What was met in place of what the rule asks, in English and in French."""

    english: str = ""
    french: str = ""


NOT_SHOWN = Seen()
NOTHING = Seen("None is there.", "Il n'y en a pas.")


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that a document breaks. ``location`` is an XPath; ``line`` is 0 where none is known."""

    rule: str
    is_error: bool
    sentence: str
    sentence_fr: str
    location: str
    line: int
    clause: str


NO_FINDINGS: tuple[Finding, ...] = ()
"""What a judgement of one thing answers when all is well."""


def breach(rule: Rule, element: _Element, seen: Seen = NOT_SHOWN) -> Finding:
    """The rule broken by that element, or by what is missing in it."""
    line = element.sourceline
    return told(rule, xpath(element), seen, line if isinstance(line, int) else 0)


def told(rule: Rule, location: str, seen: Seen = NOT_SHOWN, line: int = 0) -> Finding:
    """The rule broken at that place."""
    return Finding(
        rule.rule,
        rule.is_error,
        f"{rule.sentence} {seen.english}".rstrip(),
        f"{rule.sentence_fr} {seen.french}".rstrip(),
        location,
        line,
        rule.clause,
    )


def seen(text: str) -> Seen:
    """A value that nobody is known by, cut where it is long."""
    return Seen(f"Seen: '{_shown(text)}'.", f"Vu : « {_shown(text)} ».") if text else NOTHING


def compared(metadata: str, document: str) -> Seen:
    """What the metadata say, and what the document does."""
    return Seen(
        f"Metadata: '{_shown(metadata)}'; document: '{_shown(document)}'.",
        f"Métadonnées : « {_shown(metadata)} » ; document : « {_shown(document)} ».",
    )


def counted(number: int) -> Seen:
    """How often something is there that may be there once."""
    return Seen(f"{number} are there.", f"Il y en a {number}.")


def xpath(element: _Element) -> str:
    """Where an element stands, from the root of its tree: positions only where there are several of a name."""
    steps = []
    place: _Element | None = element
    while place is not None:
        steps.append(_step(place))
        place = place.getparent()
    return "/" + "/".join(reversed(steps))


def _shown(text: str) -> str:
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def _step(element: _Element) -> str:
    name = namespaces.readable(element.tag)
    before = sum(1 for _ in islice(element.itersiblings(element.tag, preceding=True), _COUNTED_MAX))
    if before == 0 and next(element.itersiblings(element.tag), None) is None:
        return name
    parent = element.getparent()
    if before == _COUNTED_MAX and parent is not None:
        return f"*[{parent.index(element) + 1}]"
    return f"{name}[{before + 1}]"
