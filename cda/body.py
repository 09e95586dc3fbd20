"""What the body of a clinical document is: entries in sections, or one file of another kind. [HL7 CDA R2: 4.3; CI-SIS SM 3.9]"""

from __future__ import annotations

from typing import NamedTuple

from lxml.etree import _Element

from cda.datatypes import tag


class Body(NamedTuple):
    """``media_type`` is that of a nonXMLBody's text; empty when the body is structured."""

    is_structured: bool
    media_type: str = ""


def read_body(clinical_document: _Element) -> Body | None:
    """Which body the document has; none when it has neither kind."""
    for component in clinical_document.iterchildren(tag("component")):
        for body in component:
            if body.tag == tag("structuredBody"):
                return Body(True)
            if body.tag == tag("nonXMLBody"):
                text = next(body.iterchildren(tag("text")), None)
                return Body(False, "" if text is None else text.get("mediaType", "text/plain").strip().lower())
    return None
