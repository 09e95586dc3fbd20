"""ebRIM elements → registry objects and findings. See ebrim. [ITI TF-3: 4.2.1, 4.2.3] [ebRIM 3.0: RegistryObjectType]

Tolerant of order and prefixes, and of a package's marking Classification inside or beside it. What a value cannot hold
(an attribute given twice, a Slot value too long, a foreign Classification) is a finding; whether what it holds is right
is asked by rules.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from lxml.etree import _Element

from safexml.namespaces import RIM, XML, qname, readable
from xds import attributes, errors, metadata
from xds.attributes import Attribute, Kind, ObjectTable, Place
from xds.errors import RegistryError, seen
from xds.identifiers import VALUE_LENGTH_MAX, check_language, is_foreign
from xds.metadata import Author, Code, InternationalString, LocalizedString, RegistryObject, Slot
from xds.vocabulary import DocumentEntryType, PackageType

SLOT = qname(RIM, "Slot")
VALUE = qname(RIM, "Value")
NAME = qname(RIM, "Name")
DESCRIPTION = qname(RIM, "Description")
LOCALIZED_STRING = qname(RIM, "LocalizedString")
VERSION_INFO = qname(RIM, "VersionInfo")
CLASSIFICATION = qname(RIM, "Classification")
EXTERNAL_IDENTIFIER = qname(RIM, "ExternalIdentifier")
EXTRINSIC_OBJECT = qname(RIM, "ExtrinsicObject")
REGISTRY_PACKAGE = qname(RIM, "RegistryPackage")
ASSOCIATION = qname(RIM, "Association")

_LANG = qname(XML, "lang")
_TEXT_LENGTH_MAX = 1024  # characters of a LocalizedString. [ebRIM 3.0: FreeFormText]
_KEPT_LENGTH_MAX = 512  # characters of a code with its scheme and name, for one value to serve many submissions
_WRITTEN_FORM = "ITI TF-3: 4.2.1.1"

Read = tuple[RegistryObject | None, tuple[RegistryError, ...]]
Fields = dict[str, Any]


class _Plan(NamedTuple):
    """How one kind of object is read: its rows, by the key under which an element names them."""

    name: str
    make: Callable[..., RegistryObject]
    xml_attributes: tuple[tuple[str, str, Callable[[str], object]], ...]
    slots: Mapping[str, Attribute]
    classifications: Mapping[str, Attribute]
    nodes: Mapping[str, Attribute]
    identifiers: Mapping[str, Attribute]
    has_texts: bool
    always: tuple[str, ...]
    many: tuple[str, ...]


def read_object(element: _Element, marks: Iterable[str] = ()) -> Read:
    """One registry object of a list, and what is wrong with its written form.

    The value is ``None`` where the element is of no known kind. ``marks``: nodes of Classifications that stand beside
    a RegistryPackage (see ``find_marks``). [ITI TF-3: 4.2.1]
    """
    tag = element.tag
    if tag == EXTRINSIC_OBJECT:
        if element.get("objectType") in _ENTRY_TYPES:
            return _Reading(_DOCUMENT_ENTRY, element).read()
        expected = " or ".join(f"{kind} ({kind.name.lower().replace('_', '-')})" for kind in DocumentEntryType)
        return _unknown(element, "ExtrinsicObject", "objectType", element.get("objectType"), expected)
    if tag == ASSOCIATION:
        return _Reading(_ASSOCIATION, element).read()
    if tag == REGISTRY_PACKAGE:
        inside = [child.get("classificationNode", "") for child in element.iterchildren(CLASSIFICATION)]
        kinds = [node for node in (*inside, *marks) if node in _PACKAGES]
        if len(kinds) == 1:
            return _Reading(_PACKAGES[kinds[0]], element).read()
        expected = "one Classification by node that marks it, " + " or ".join(PackageType)
        return _unknown(element, "RegistryPackage", "marking Classification", ", ".join(kinds) or None, expected)
    return _unknown(element, readable(str(tag)), "element", readable(str(tag)), "a registry object of IHE")


def find_marks(classifications: Iterable[_Element]) -> tuple[Mapping[str, list[str]], tuple[RegistryError, ...]]:
    """Package id → nodes of the Classifications that stand beside the packages, and findings for those that mark none."""
    marks: dict[str, list[str]] = {}
    findings: list[RegistryError] = []
    for element in classifications:
        node, owner = element.get("classificationNode", ""), element.get("classifiedObject", "")
        if node in _PACKAGES:
            marks.setdefault(owner, []).append(node)
        else:
            location = f"Classification {element.get('id', '')} / classificationNode"
            expected = "a Classification inside the object that it classifies"
            findings.append(errors.flaw(location, seen(node or None), expected, _WRITTEN_FORM))
    return marks, tuple(findings)


def read_values(slot: _Element) -> list[str]:
    """The values of a Slot in order, an empty one as empty text."""
    if len(slot) == 1 and len(only := slot[0]) == 1 and (value := only[0]).tag == VALUE:
        return [value.text or ""]  # the usual shape, without the cost of a search
    return [value.text or "" for value in slot.iter(VALUE)]


def _unknown(element: _Element, kind: str, what: str, text: str | None, expected: str) -> Read:
    location = f"{kind} {element.get('id', '')} / {what}"
    return None, (errors.flaw(location, seen(text), expected, _WRITTEN_FORM),)


class _Reading:
    """One object being read: the fields so far, and the findings."""

    __slots__ = ("element", "extra", "fields", "findings", "owner", "plan", "slot_names")

    def __init__(self, plan: _Plan, element: _Element) -> None:
        self.plan = plan
        self.element = element
        self.owner = element.get("id", "")
        self.fields: Fields = {}
        self.extra: list[Slot] = []
        self.slot_names: set[str] = set()
        self.findings: list[RegistryError] = []

    def read(self) -> tuple[RegistryObject, tuple[RegistryError, ...]]:
        plan, element, fields = self.plan, self.element, self.fields
        for key, field, make in plan.xml_attributes:
            if (text := element.get(key)) is not None:
                fields[field] = make(text)
        for field in plan.always:
            if field not in fields:
                fields[field] = ""
        for child in element:
            tag = child.tag
            if tag == SLOT:
                self.read_slot(child)
            elif tag == CLASSIFICATION:
                self.read_classification(child)
            elif tag == EXTERNAL_IDENTIFIER:
                self.read_identifier(child)
            elif plan.has_texts and tag == NAME:
                self.set("title", self.texts("title", child))
            elif plan.has_texts and tag == DESCRIPTION:
                self.set("comments", self.texts("comments", child))
            elif tag == VERSION_INFO:
                self.set("version", child.get("versionName"))
        for field in plan.many:
            if field in fields:
                fields[field] = tuple(fields[field])
        return plan.make(**fields, extra=tuple(self.extra)), tuple(self.findings)

    def flaw(self, what: str, problem: str, expected: str, clause: str = _WRITTEN_FORM) -> None:
        self.findings.append(errors.flaw(f"{self.plan.name} {self.owner} / {what}", problem, expected, clause))

    def drop(self, what: str, slot_name: str) -> None:
        """Extra metadata in a place that our values have no room for: it never causes refusal. [ITI TF-3: 4.2.3.1.6]"""
        location = f"{self.plan.name} {self.owner} / {what}"
        told = f"{location} has an extra Slot {errors.shown(slot_name)}, which is not kept"
        self.findings.append(errors.warning(errors.XDSExtraMetadataNotSaved, told, location))

    def set(self, field: str, content: object) -> None:
        """Puts an attribute of one value; a second one is a finding."""
        if field in self.fields:
            self.flaw(field, "is given twice", "it once")
        else:
            self.fields[field] = content

    def read_slot(self, element: _Element) -> None:
        name = element.get("name", "")
        if name in self.slot_names:
            self.flaw(name, "is given in two Slots", "one Slot of that name", "ITI TF-3: 4.2.3.1.5")
            return
        self.slot_names.add(name)
        row, values = self.plan.slots.get(name), read_values(element)
        if not _put_usual(row, values, self.fields):
            self.put(row, name, name, values, self.fields, self.extra)

    def put(
        self, row: Attribute | None, told: str, name: str, values: list[str], fields: Fields, extra: list[Slot]
    ) -> None:
        """A Slot's values into the field of its row; a Slot without row is extra metadata."""
        for text in values:
            if len(text) > VALUE_LENGTH_MAX:
                expected = f"at most {VALUE_LENGTH_MAX} characters in a value"
                self.flaw(told, _long(text), expected, "ITI TF-3: 4.2.3.1.5")
        if row is None:
            if not name or len(name) > VALUE_LENGTH_MAX:
                self.flaw("Slot / name", _long(name), f"1 to {VALUE_LENGTH_MAX} characters")
            extra.append(Slot(name, tuple(values)))
        elif row.is_many:
            if values:
                fields[row.field] = tuple([row.datatype.make(text) for text in values])
        elif values:
            if len(values) > 1:
                self.flaw(told, f"has {len(values)} values", "one value", row.clause)
            fields[row.field] = row.datatype.make(values[0])

    def texts(self, name: str, element: _Element) -> InternationalString:
        """The texts of a Name or Description."""
        texts = []
        for child in element:
            if child.tag == LOCALIZED_STRING:
                text, lang = child.get("value", ""), child.get(_LANG, "")
                if len(text) > _TEXT_LENGTH_MAX:
                    self.flaw(name, _long(text), f"at most {_TEXT_LENGTH_MAX} characters")
                if lang and not _is_language(lang):
                    self.flaw(name, seen(lang), "a language tag in xml:lang")
                texts.append(LocalizedString(text, lang))
        return tuple(texts)

    def read_classification(self, element: _Element) -> None:
        if element.get("classifiedObject") != self.owner:
            self.flaw("classifiedObject", seen(element.get("classifiedObject")), f"the id of its object, {self.owner}")
        scheme = element.get("classificationScheme")
        row = self.plan.classifications.get(scheme) if scheme else None
        if row is None:
            self.read_node(element, scheme)
            return
        content: Author | Code = (
            self.author(element)
            if row.datatype.kind is Kind.AUTHOR
            else _usual_code(element) or self.code(row, element)
        )
        if row.is_many:
            self.fields.setdefault(row.field, []).append(content)
        elif row.field in self.fields:
            self.flaw(row.name, "is given twice", "one Classification", row.clause)
        else:
            self.fields[row.field] = content

    def read_node(self, element: _Element, scheme: str | None) -> None:
        """A Classification by node: a flag, or the mark that has told the kind of the package."""
        node = element.get("classificationNode", "")
        if row := self.plan.nodes.get(node):
            self.fields[row.field] = True
        elif scheme or node not in _PACKAGES or self.plan is not _PACKAGES[node]:
            expected = f"the classificationScheme of an attribute of a {self.plan.name}"
            self.flaw("Classification", seen(scheme or node or None), expected)

    def code(self, row: Attribute, element: _Element) -> Code:
        code = element.get("nodeRepresentation", "")
        scheme = ""
        display_name: InternationalString = ()
        for child in element:
            if child.tag == SLOT:
                values = read_values(child)
                name = child.get("name", "")
                if name == "codingScheme" and len(values) == 1:
                    scheme = values[0]
                elif is_foreign(name):
                    self.drop(row.name, name)
                else:
                    problem = f"has a Slot {errors.shown(name)} of {len(values)} values"
                    self.flaw(row.name, problem, "a codingScheme of one value", row.clause)
            elif child.tag == NAME:
                display_name = self.texts(row.name, child)
        if not code or len(code) > VALUE_LENGTH_MAX:
            self.flaw(row.name, seen(code or None), f"a code of at most {VALUE_LENGTH_MAX} characters", row.clause)
        if not scheme:
            self.flaw(f"{row.name} / codingScheme", seen(None), "a coding scheme beside the code", row.clause)
        return Code(code, scheme, display_name)

    def author(self, element: _Element) -> Author:
        if (node := element.get("nodeRepresentation")) != "":
            self.flaw("author / nodeRepresentation", seen(node), "it empty", "ITI TF-3: 4.2.3.1.4")
        fields: Fields = {}
        extra: list[Slot] = []
        names: set[str] = set()
        for slot in element:
            if slot.tag != SLOT:
                continue
            if (name := slot.get("name", "")) in names:
                self.flaw(f"author / {name}", "is given in two Slots", "one Slot of that name", "ITI TF-3: 4.2.3.1.5")
                continue
            names.add(name)
            row, values = _AUTHOR_SLOTS.get(name), read_values(slot)
            if not _put_usual(row, values, fields):
                self.put(row, f"author / {name}", name, values, fields, extra)
        return Author(**fields, extra=tuple(extra))

    def read_identifier(self, element: _Element) -> None:
        if element.get("registryObject") != self.owner:
            self.flaw("registryObject", seen(element.get("registryObject")), f"the id of its object, {self.owner}")
        scheme = element.get("identificationScheme", "")
        row = self.plan.identifiers.get(scheme)
        if row is None:
            expected = f"the identificationScheme of an attribute of a {self.plan.name}"
            self.flaw("ExternalIdentifier", seen(scheme or None), expected)
        elif row.field in self.fields:
            self.flaw(row.name, "is given twice", "one ExternalIdentifier", row.clause)
        else:
            text = element.get("value", "")
            if len(text) > VALUE_LENGTH_MAX:
                self.flaw(row.name, _long(text), f"at most {VALUE_LENGTH_MAX} characters", row.clause)
            self.fields[row.field] = row.datatype.make(text)


def _put_usual(row: Attribute | None, values: list[str], fields: Fields) -> bool:
    """Whether a Slot was the usual one, of an attribute and with one short value: it is then in its field."""
    if row is None or len(values) != 1 or len(text := values[0]) > VALUE_LENGTH_MAX:
        return False
    content = row.datatype.make(text)
    fields[row.field] = (content,) if row.is_many else content
    return True


def _usual_code(element: _Element) -> Code | None:
    """The code of a Classification of the usual shape, a codingScheme and then one short name; of any other, ``None``."""
    if len(element) != 2:
        return None
    slot, name = element
    if slot.tag != SLOT or name.tag != NAME or len(slot) != 1 or len(name) != 1 or slot.get("name") != "codingScheme":
        return None
    values, text = slot[0], name[0]
    if len(values) != 1 or (value := values[0]).tag != VALUE or text.tag != LOCALIZED_STRING:
        return None
    code, scheme = element.get("nodeRepresentation", ""), value.text or ""
    told, lang = text.get("value", ""), text.get(_LANG, "")
    if len(code) + len(scheme) + len(told) + len(lang) > _KEPT_LENGTH_MAX:
        return None
    return _known_code(code, scheme, told, lang)


@lru_cache(maxsize=4096)
def _known_code(code: str, scheme: str, name: str, lang: str) -> Code | None:
    """One value for a code that comes again and again; ``None`` where there is something to tell of it."""
    if not code or len(code) > VALUE_LENGTH_MAX or not scheme or (lang and not _is_language(lang)):
        return None
    return Code(code, scheme, (LocalizedString(name, lang),))


def _long(text: str) -> str:
    return f"has {len(text)} characters"


@lru_cache(maxsize=256)
def _is_language(text: str) -> bool:
    return check_language(text) is None


def _plan(table: ObjectTable, make: Callable[..., RegistryObject]) -> _Plan:
    return _Plan(
        name=table.name,
        make=make,
        xml_attributes=tuple((row.key, row.field, row.datatype.make) for row in table.at(Place.XML_ATTRIBUTE).values()),
        slots=table.at(Place.SLOT),
        classifications=table.at(Place.CLASSIFICATION),
        nodes=table.at(Place.NODE),
        identifiers=table.at(Place.EXTERNAL_IDENTIFIER),
        has_texts=bool(table.at(Place.NAME)),
        always=tuple(row.field for row in table if row.field in _ALWAYS),
        many=tuple(row.field for row in table if row.is_many and row.place is Place.CLASSIFICATION),
    )


_ALWAYS = frozenset({"entry_uuid", "association_type", "source_object", "target_object"})
"""Fields that a value has under all circumstances: empty where the element lacks them."""

_DOCUMENT_ENTRY = _plan(attributes.DOCUMENT_ENTRY, metadata.DocumentEntry)
_ASSOCIATION = _plan(attributes.ASSOCIATION, metadata.Association)
_PACKAGES: Mapping[str, _Plan] = {
    PackageType.SUBMISSION_SET: _plan(attributes.SUBMISSION_SET, metadata.SubmissionSet),
    PackageType.FOLDER: _plan(attributes.FOLDER, metadata.Folder),
}
_ENTRY_TYPES = frozenset(str(kind) for kind in DocumentEntryType)
_AUTHOR_SLOTS = attributes.AUTHOR_SLOTS.at(Place.SLOT)
