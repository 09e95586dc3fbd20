"""What an entry says that its document is, and what the bytes say where they know better. [DMP: signature; CI-SIS SM 3.3]"""

from __future__ import annotations

import re

from lxml.etree import _Element

from cda import document
from cda.document import NotCDA
from safexml import parser
from safexml.parser import HostileXML
from xds.metadata import DocumentEntry

SIGNATURE_FORMATS = frozenset(
    {
        ("http://www.w3.org/2000/09/xmldsig#", "URN"),
        ("urn:ihe:iti:dsg:detached:2014", "1.3.6.1.4.1.19376.1.2.3"),
    }
)
"""formatCode of a lot's signature. [DMP: signature; ITI TF-3: 5.5.2]"""

_XML_TYPES = frozenset({"text/xml", "application/xml"})
_begins_as_xml = re.compile(rb"(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\x00 \t\r\n]*<").match


def is_signature(entry: DocumentEntry) -> bool:
    """Whether the entry is that of a lot's signature."""
    code = entry.format_code
    return code is not None and (code.code, code.coding_scheme) in SIGNATURE_FORMATS


def is_clinical(entry: DocumentEntry) -> bool:
    """Whether the entry is that of a clinical document."""
    return says_xml(entry) and not is_signature(entry)


def says_xml(entry: DocumentEntry) -> bool:
    """Whether mimeType is that of XML, whatever its spelling and its parameters. [RFC 7303]"""
    media_type = entry.mime_type.partition(";")[0].strip().lower()
    return media_type in _XML_TYPES or media_type.endswith("+xml")


def find_undeclared(content: memoryview) -> _Element | None:
    """The tree of a clinical document, with its comments, whose mimeType is another's; none where the document is something else.

    It is judged like any other, and its mimeType does not agree with it: nobody gets around a rule by a wrong word.
    """
    if _begins_as_xml(content) is None:
        return None
    try:
        root = parser.parse(content, document.BOUNDS, keeps_comments=True)
        document.find(root)
    except (HostileXML, NotCDA):
        return None
    return root
