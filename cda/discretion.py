"""What of a document may stand in a sentence that anybody reads: never what tells who somebody is.

Rules show values of the document in their messages. A value is left out where it holds, or is held by, a text of the document,
an identifier's extension, a telephone number or a date of birth; codes, OIDs and times stay. [decision 13]
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from lxml.etree import _Element

from cda.datatypes import tag

HIDDEN = "…"
"""Stands where a value was left out."""

SHORT = 3
"""Characters: what is shorter tells nobody apart, and would be found in every text."""

LONG = 10_000
"""Characters of one text above which it is a file in base64, not words."""

_IDENTIFYING = (
    (tag("id"), "extension"),
    (tag("setId"), "extension"),
    (tag("telecom"), "value"),
    (tag("birthTime"), "value"),
)
_of_schema = re.compile(r"(The value |value of |^|: )'([^']*)'")
_quoted = re.compile(r"'([^']*)'")


class Discretion:
    """Knows texts by which people could be known."""

    def __init__(self, texts: Iterable[str]) -> None:
        told = {_plain(text) for text in texts}
        self._told = sorted((text for text in told if len(text) >= SHORT), key=len, reverse=True)
        self._all = "\n".join(self._told)

    @classmethod
    def about(cls, clinical_document: _Element) -> Discretion:
        """That knows what tells people apart in a document."""
        return cls(_telling(clinical_document))

    def shown(self, value: str) -> str:
        """The value, or what stands in its place."""
        plain = _plain(value)
        if len(plain) < SHORT:
            return value
        if plain in self._all or any(text in plain and _stands_alone(text, plain) for text in self._told):
            return HIDDEN
        return value

    def schema_sentence(self, sentence: str) -> str:
        """A sentence of the schema, whose quotations are of names in it and of values of the document."""
        return _of_schema.sub(lambda met: f"{met[1]}'{self.shown(met[2])}'", sentence)

    def sentence(self, sentence: str) -> str:
        """A sentence that quotes values."""
        return _quoted.sub(lambda met: f"'{self.shown(met[1])}'", sentence)


def _telling(clinical_document: _Element) -> Iterator[str]:
    for element in clinical_document.iter(*(name for name, _ in _IDENTIFYING)):
        for name, attribute in _IDENTIFYING:
            if element.tag == name:
                yield element.get(attribute, "")
    for text in clinical_document.itertext():
        if len(text) <= LONG:
            yield str(text)


def _stands_alone(text: str, value: str) -> bool:
    """Whether a text is met in a value as words of it, not within others."""
    return re.search(rf"(?<!\w){re.escape(text)}(?!\w)", value) is not None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
