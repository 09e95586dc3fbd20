"""What the body of a clinical document is: entries in sections, or one file of another kind. [HL7 CDA R2: 4.3; CI-SIS SM 3.9]"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from lxml.etree import _Element

from cda.datatypes import tag

_TEXT = tag("text")
_STRUCTURED, _FILE = tag("structuredBody"), tag("nonXMLBody")


class Body(NamedTuple):
    """``media_type`` is that of a nonXMLBody's text; empty when the body is structured."""

    is_structured: bool
    media_type: str = ""


def read_body(components: Iterable[_Element]) -> Body | None:
    """Which body the document with these components has; none when it has neither kind."""
    for component in components:
        for body in component:
            if body.tag == _STRUCTURED:
                return Body(True)
            if body.tag == _FILE:
                text = next(body.iterchildren(_TEXT), None)
                return Body(False, "" if text is None else text.get("mediaType", "text/plain").strip().lower())
    return None
