"""Judges what identifies a document: realm, templates, id, code, title, times, versions, predecessors.

Each judgement looks at one kind of element of the header and yields what is wrong with it. [CI-SIS SM 3.5.5.1 - 3.5.5.11, 3.5.5.23]
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from lxml.etree import _Element

from cda import codes
from cda import header_table as rules
from cda.datatypes import read_ts, tag, text_of
from cda.findings import NO_FINDINGS, NOTHING, Finding, breach, counted, seen
from cda.outline import Outline
from cda.steps import value_of
from xds import hl7v2, identifiers

TITLE_LENGTH_MAX = 128  # characters. [CI-SIS SM 3.5.5.6]
TO_THE_SECOND = 14  # digits of a TS
UUID_LENGTH = 36  # characters
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
    return len(text) <= identifiers.OID_LENGTH_MAX and _is_short_oid(text)


@lru_cache(maxsize=2048)
def _is_short_oid(text: str) -> bool:
    return _is_oid(text) is not None


def judge_root(element: _Element, root: str) -> tuple[Finding, ...]:
    """The root of an identifier that is there."""
    if root and not is_oid(root) and not _is_uuid(root):
        return (breach(rules.OID_FORM, element, seen(root)),)
    return NO_FINDINGS


def judge_coded(element: _Element | None) -> tuple[Finding, ...]:
    """A coded element, if it is there: both halves of the pair, and the system an OID."""
    if element is None or element.get("nullFlavor"):
        return NO_FINDINGS
    system = value_of(element, "codeSystem")
    if not system or not value_of(element, "code"):
        return (breach(rules.CODED, element, seen(value_of(element, "code"))),)
    if not is_oid(system):
        return (breach(rules.OID_FORM, element, seen(system)),)
    return NO_FINDINGS


def judge_realm(element: _Element) -> tuple[Finding, ...]:
    """realmCode."""
    if (code := value_of(element, "code")) != "FR":
        return (breach(rules.REALM, element, seen(code)),)
    return NO_FINDINGS


def judge_type_id(element: _Element) -> tuple[Finding, ...]:
    """typeId."""
    found = value_of(element, "root"), value_of(element, "extension")
    if found != _TYPE_ID:
        return (breach(rules.TYPE_ID, element, seen("^".join(filter(None, found)))),)
    return NO_FINDINGS


def judge_templates(outline: Outline) -> Iterator[Finding]:
    """All templateIds together."""
    clinical_document, templates = outline.clinical_document, outline.templates
    roots = {value.root for _, value in templates}
    if FRANCE not in roots:
        yield breach(rules.TEMPLATE_FRANCE, clinical_document, NOTHING)
    if CISIS not in roots:
        yield breach(rules.TEMPLATE_CISIS, clinical_document, NOTHING)
    if not roots - {FRANCE, CISIS, ""}:
        yield breach(rules.TEMPLATE_VOLET, clinical_document, NOTHING)
    for element, value in templates:
        yield from judge_root(element, value.root)


def judge_id(element: _Element) -> tuple[Finding, ...]:
    """The document's own id."""
    root, extension = value_of(element, "root"), value_of(element, "extension")
    found = NO_FINDINGS
    if not root:
        found = (breach(rules.ID, element, NOTHING),)
    elif len(root) == UUID_LENGTH and _is_uuid(root):
        found = (breach(rules.ID_UUID, element, seen(root)),)
    elif not is_oid(root):
        found = (breach(rules.ID_OID, element, seen(root)),)
    return (*found, breach(rules.ID_EXTENSION, element)) if root and extension else found


def judge_code(element: _Element) -> tuple[Finding, ...]:
    """The type of the document."""
    code, system = value_of(element, "code"), value_of(element, "codeSystem")
    if not code or not system:
        return (breach(rules.CODE, element, seen(code)),)
    if not is_oid(system):
        return (breach(rules.OID_FORM, element, seen(system)),)
    if codes.find_class(code, system) is None:
        return (breach(rules.CODE_UNKNOWN, element, seen(f"{code} ({system})")),)
    return NO_FINDINGS


def judge_title(element: _Element) -> tuple[Finding, ...]:
    """The title, which may name a person and is not shown."""
    title = text_of(element)
    if not title:
        return (breach(rules.TITLE, element, NOTHING),)
    if len(title) > TITLE_LENGTH_MAX:
        return (breach(rules.TITLE_LENGTH, element, counted(len(title))),)
    return NO_FINDINGS


def judge_effective_time(element: _Element) -> tuple[Finding, ...]:
    """When the document was made."""
    value = value_of(element, "value")
    time = read_ts(value)
    if time is None:
        return (breach(rules.TIME, element, seen(value)),)
    if len(time.digits) < TO_THE_SECOND:
        return (breach(rules.TIME_PRECISION, element, seen(value)),)
    if not time.offset:
        return (breach(rules.TIME_OFFSET, element, seen(value)),)
    return NO_FINDINGS


def judge_confidentiality(element: _Element) -> tuple[Finding, ...]:
    """confidentialityCode: how confidential, not for whom."""
    code, system = value_of(element, "code"), value_of(element, "codeSystem")
    if code not in _CONFIDENTIALITIES or system != codes.CONFIDENTIALITY:
        return (breach(rules.CONFIDENTIALITY, element, seen(f"{code} ({system})" if code else "")),)
    return NO_FINDINGS


def judge_language(element: _Element) -> tuple[Finding, ...]:
    """languageCode."""
    code = value_of(element, "code")
    if code == "fr-FR":
        return NO_FINDINGS
    return (breach(rules.LANGUAGE_FRENCH if _is_language(code) else rules.LANGUAGE, element, seen(code)),)


def judge_set_id(element: _Element) -> tuple[Finding, ...]:
    """What all versions of the document have in common."""
    root = value_of(element, "root")
    return judge_root(element, root) if root else (breach(rules.SET_ID, element, NOTHING),)


def judge_version(element: _Element) -> tuple[Finding, ...]:
    """versionNumber."""
    if not _is_version(value := value_of(element, "value")):
        return (breach(rules.VERSION, element, seen(value)),)
    return NO_FINDINGS


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
        if identifier is None or not (root := value_of(identifier, "root")):
            yield breach(rules.RELATED, element, NOTHING)
        else:
            yield from judge_root(identifier, root)
