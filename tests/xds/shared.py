"""The published papers beside the checkout, for the tests that need them: NIST's requests and the schemas of IHE and HL7."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

SHARED = Path(__file__).resolve().parents[2] / "../shared"
NIST = SHARED / "corpus/nist"
SCHEMAS = SHARED / "ihe-schema"

needs_nist = pytest.mark.skipif(not NIST.is_dir(), reason="NIST's requests are not beside the checkout (../shared)")
needs_schemas = pytest.mark.skipif(
    not SCHEMAS.is_dir(), reason="the schemas of IHE and HL7 are not beside the checkout (../shared)"
)


@cache
def schema(path: str) -> etree.XMLSchema:
    """A schema of the set, loaded once."""
    return etree.XMLSchema(file=str(SCHEMAS / path))


def errors_of(path: str, body: bytes) -> list[str]:
    """What a schema has against a body; nothing is what we want."""
    checked = schema(path)
    checked.validate(etree.fromstring(body))
    return [f"line {entry.line}: {entry.message}" for entry in checked.error_log]


XDS = "IHE/XDS.b_DocumentRepository.xsd"
HL7 = "HL7V3/NE2008/multicacheschemas/{}.xsd"
