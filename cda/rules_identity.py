"""Judges what identifies a document: realm, templates, id, code, title, times, versions, predecessors.

Each judgement looks at one kind of element of the header and yields what is wrong with it. [CI-SIS SM 3.5.5.1 - 3.5.5.11, 3.5.5.23]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from lxml.etree import _Element

from cda import codes
from cda import header_table as rules
from cda.datatypes import read_ts, tag, text_of
from cda.findings import NOTHING, Finding, breach, counted, seen
from xds import hl7v2, identifiers

TITLE_LENGTH_MAX = 128  # characters. [CI-SIS SM 3.5.5.6]
TO_THE_SECOND = 14  # digits of a TS
FRANCE = "2.16.840.1.113883.2.8.2.1"
CISIS = "1.2.250.1.213.1.1.1.1"

_TYPE_ID = ("2.16.840.1.113883.1.3", "POCD_HD000040")
_CONFIDENTIALITIES = frozenset("NRVLMU")
_RELATIONS = frozenset({"RPLC", "XFRM"})
_ID, _PARENT = tag("id"), tag("parentDocument")

_is_oid = re.compile(rf"(?=[012]\.){hl7v2.OID}").fullmatch
_is_uuid = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}").fullmatch
_is_language = re.compile(r"[a-z]{2}-[A-Z]{2}").fullmatch
_is_version = re.compile(r"0*[1-9][0-9]*").fullmatch


def is_oid(text: str) -> bool:
    """Whether it is an OID of a length that everybody can keep. [CI-SIS SM 3.5.5.4]"""
    return len(text) <= identifiers.OID_LENGTH_MAX and _is_oid(text) is not None


def value_of(element: _Element | None, attribute: str) -> str:
    """An attribute, its blanks left off; empty where there is no element."""
    return "" if element is None else (element.get(attribute) or "").strip()


def judge_root(element: _Element) -> Iterator[Finding]:
    """The root of an identifier that is there."""
    root = value_of(element, "root")
    if root and not is_oid(root) and not _is_uuid(root):
        yield breach(rules.OID_FORM, element, seen(root))


def judge_coded(element: _Element | None) -> Iterator[Finding]:
    """A coded element, if it is there: both halves of the pair, and the system an OID."""
    if element is None or element.get("nullFlavor"):
        return
    system = value_of(element, "codeSystem")
    if not system or not value_of(element, "code"):
        yield breach(rules.CODED, element, seen(value_of(element, "code")))
    elif not is_oid(system):
        yield breach(rules.OID_FORM, element, seen(system))


def judge_realm(element: _Element) -> Iterator[Finding]:
    """realmCode."""
    if (code := value_of(element, "code")) != "FR":
        yield breach(rules.REALM, element, seen(code))


def judge_type_id(element: _Element) -> Iterator[Finding]:
    """typeId."""
    found = value_of(element, "root"), value_of(element, "extension")
    if found != _TYPE_ID:
        yield breach(rules.TYPE_ID, element, seen("^".join(filter(None, found))))


def judge_templates(elements: Sequence[_Element], clinical_document: _Element) -> Iterator[Finding]:
    """All templateIds together."""
    roots = {value_of(element, "root") for element in elements}
    if FRANCE not in roots:
        yield breach(rules.TEMPLATE_FRANCE, clinical_document, NOTHING)
    if CISIS not in roots:
        yield breach(rules.TEMPLATE_CISIS, clinical_document, NOTHING)
    if not roots - {FRANCE, CISIS, ""}:
        yield breach(rules.TEMPLATE_VOLET, clinical_document, NOTHING)
    for element in elements:
        yield from judge_root(element)


def judge_id(element: _Element) -> Iterator[Finding]:
    """The document's own id."""
    root, extension = value_of(element, "root"), value_of(element, "extension")
    if not root:
        yield breach(rules.ID, element, NOTHING)
    elif _is_uuid(root):
        yield breach(rules.ID_UUID, element, seen(root))
    elif not is_oid(root):
        yield breach(rules.ID_OID, element, seen(root))
    if root and extension:
        yield breach(rules.ID_EXTENSION, element)


def judge_code(element: _Element) -> Iterator[Finding]:
    """The type of the document."""
    code, system = value_of(element, "code"), value_of(element, "codeSystem")
    if not code or not system:
        yield breach(rules.CODE, element, seen(code))
    elif not is_oid(system):
        yield breach(rules.OID_FORM, element, seen(system))
    elif codes.find_class(code, system) is None:
        yield breach(rules.CODE_UNKNOWN, element, seen(f"{code} ({system})"))


def judge_title(element: _Element) -> Iterator[Finding]:
    """The title, which may name a person and is not shown."""
    title = text_of(element)
    if not title:
        yield breach(rules.TITLE, element, NOTHING)
    elif len(title) > TITLE_LENGTH_MAX:
        yield breach(rules.TITLE_LENGTH, element, counted(len(title)))


def judge_effective_time(element: _Element) -> Iterator[Finding]:
    """When the document was made."""
    value = value_of(element, "value")
    time = read_ts(value)
    if time is None:
        yield breach(rules.TIME, element, seen(value))
    elif len(time.digits) < TO_THE_SECOND:
        yield breach(rules.TIME_PRECISION, element, seen(value))
    elif not time.offset:
        yield breach(rules.TIME_OFFSET, element, seen(value))


def judge_confidentiality(element: _Element) -> Iterator[Finding]:
    """confidentialityCode: how confidential, not for whom."""
    code, system = value_of(element, "code"), value_of(element, "codeSystem")
    if code not in _CONFIDENTIALITIES or system != codes.CONFIDENTIALITY:
        yield breach(rules.CONFIDENTIALITY, element, seen(f"{code} ({system})" if code else ""))


def judge_language(element: _Element) -> Iterator[Finding]:
    """languageCode."""
    code = value_of(element, "code")
    if not _is_language(code):
        yield breach(rules.LANGUAGE, element, seen(code))
    elif code != "fr-FR":
        yield breach(rules.LANGUAGE_FRENCH, element, seen(code))


def judge_set_id(element: _Element) -> Iterator[Finding]:
    """What all versions of the document have in common."""
    if not value_of(element, "root"):
        yield breach(rules.SET_ID, element, NOTHING)
    yield from judge_root(element)


def judge_version(element: _Element) -> Iterator[Finding]:
    """versionNumber."""
    if not _is_version(value := value_of(element, "value")):
        yield breach(rules.VERSION, element, seen(value))


def judge_related(elements: Sequence[_Element]) -> Iterator[Finding]:
    """All earlier documents together."""
    replaced = [element for element in elements if element.get("typeCode") == "RPLC"]
    if len(replaced) > 1:
        yield breach(rules.RELATED, replaced[1], counted(len(replaced)))
    for element in elements:
        if (relation := value_of(element, "typeCode")) not in _RELATIONS:
            yield breach(rules.RELATED_TYPE, element, seen(relation))
        parent = next(element.iterchildren(_PARENT), None)
        identifier = None if parent is None else next(parent.iterchildren(_ID), None)
        if identifier is None or not value_of(identifier, "root"):
            yield breach(rules.RELATED, element, NOTHING)
        else:
            yield from judge_root(identifier)
