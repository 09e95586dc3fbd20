"""A community's code sets in the form of the NIST toolkit (``codes.xml``), and the domain they make. [ITI TF-1: 10.4.1]

The form: a ``CodeType`` for each attribute, bearing its name, with a ``Code`` (code, codingScheme, display) for each value
allowed; a mimeType has no scheme. An ``AssigningAuthority`` has its id as the last component of a CX, ``&oid&ISO``.
Display names and FHIR systems are not kept: code and scheme alone are compared.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import NamedTuple

from lxml import etree

from safexml import parser
from safexml.parser import HostileXML
from server.domain_files import CODED_ATTRIBUTES
from xds import attributes, identifiers
from xds.attributes import Kind
from xds.domain import AffinityDomain, AssigningAuthority, ValueSet


class UnfitCodeSets(Exception):
    """A file of code sets that cannot be taken; the text is one sentence that says what to do."""


class _Attribute(NamedTuple):
    field: str
    has_scheme: bool


_ATTRIBUTES = {
    row.name: _Attribute(row.field, row.datatype.kind is Kind.CODE)
    for table in attributes.OBJECT_TABLES
    for row in table
    if row.field in CODED_ATTRIBUTES
}
_ATTRIBUTES["folderCodeList"] = _ATTRIBUTES["codeList"]
"""By the name of the CodeType: the standard's own, but for the codes of a Folder."""


@dataclass(frozen=True, slots=True)
class CodeSets:
    """What a file holds. ``ignored``: CodeTypes that are no coded attribute; ``incomplete``: Codes without code or scheme."""

    value_sets: dict[str, ValueSet]
    authorities: tuple[AssigningAuthority, ...]
    ignored: tuple[str, ...] = ()
    incomplete: int = 0


def read_code_sets(document: bytes, source: str) -> CodeSets:
    """The code sets of a file; ``source`` is what people call it. *Raises* UnfitCodeSets."""
    try:
        root = parser.parse(document)
    except HostileXML as refusal:
        raise UnfitCodeSets(f"{source} is not taken: {refusal.reason}.") from refusal
    if root.tag != "Codes":
        raise UnfitCodeSets(f"{source} is a {root.tag[:80]}; expected the toolkit's form, Codes / CodeType / Code.")
    found: dict[str, set[tuple[str, str]]] = {}
    names: dict[str, str] = {}
    ignored: list[str] = []
    incomplete = 0
    for code_type in root.iterchildren("CodeType"):
        name = code_type.get("name", "").strip()
        attribute = _ATTRIBUTES.get(name)
        if attribute is None:
            ignored.append(name or "(without name)")
            continue
        names.setdefault(attribute.field, name)
        codes = found.setdefault(attribute.field, set())
        for code in code_type.iterchildren("Code"):
            pair = code.get("code", "").strip(), code.get("codingScheme", "").strip() if attribute.has_scheme else ""
            if pair[0] and bool(pair[1]) is attribute.has_scheme:
                codes.add(pair)
            else:
                incomplete += 1
    if not found:
        raise UnfitCodeSets(f"{source} has no CodeType of an attribute; expected some of {', '.join(_ATTRIBUTES)}.")
    empty = [names[field] for field, codes in found.items() if not codes]
    if empty:
        raise UnfitCodeSets(
            f"{source} has a CodeType without codes ({', '.join(empty)}), which would refuse every value; "
            "give it codes, or take it out."
        )
    value_sets = {
        field: ValueSet(f"{names[field]} in {source}", frozenset(codes)) for field, codes in sorted(found.items())
    }
    authorities = tuple(_authority(one, source) for one in root.iterchildren("AssigningAuthority"))
    return CodeSets(value_sets, authorities, tuple(dict.fromkeys(ignored)), incomplete)


def with_code_sets(base: AffinityDomain, sets: CodeSets, *, name: str, source: str) -> AffinityDomain:
    """The base with these code sets in the place of its own, and with their authorities beside its own."""
    strange = {one.oid: one for one in sets.authorities if base.find_authority(one.oid) is None}
    return dataclasses.replace(
        base,
        name=name,
        title=f"{base.title}; codes of {source}",
        authorities=(*base.authorities, *strange.values()),
        value_sets={**base.value_sets, **sets.value_sets},
    )


def _authority(element: etree._Element, source: str) -> AssigningAuthority:
    text = element.get("id", "").strip()
    oid = text.split("&")[1] if text.count("&") == 2 else text
    if identifiers.check_oid(oid) is not None:
        raise UnfitCodeSets(
            f"{source} has an AssigningAuthority with id '{text[:80]}'; expected '&' OID '&ISO', as in '&1.2.3&ISO'."
        )
    return AssigningAuthority(oid, element.get("display", "").strip() or oid)
