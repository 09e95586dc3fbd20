"""Registry objects → ebRIM bytes, in the order the schema wants. See ebrim. [ebRIM 3.0: RegistryObjectType]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from operator import attrgetter
from os import urandom
from typing import Any, NamedTuple

from xds import attributes, metadata
from xds.attributes import Attribute, Kind, ObjectTable, Place
from xds.markup import escaped
from xds.metadata import Author, Code, InternationalString, RegistryObject, Slot
from xds.vocabulary import PackageType

STATUS = b"\x01"
"""Hole: the value of @status."""
HOME = b"\x02"
"""Hole: the whole attribute `` home="…"``, or nothing. An object that came with a home has it between two of these."""
PATIENT = b"\x03"
"""Hole: the value of the patientId ExternalIdentifier."""
UPDATED = b"\x04"
"""Hole: the value of a Folder's lastUpdateTime."""

_OBJECT_TYPE = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject"
_SLOT_END = "</rim:Value></rim:ValueList></rim:Slot>"
_NEXT_VALUE = "</rim:Value><rim:Value>"

Getter = Callable[[Any], Any]


class _Plan(NamedTuple):
    """How one kind of object is written: its rows, sorted by place."""

    element: str
    fixed: str
    xml_attributes: tuple[tuple[Getter, str], ...]
    slots: tuple[tuple[Getter, str, bool, str], ...]
    name: Getter | None
    description: Getter | None
    classifications: tuple[tuple[Getter, str, bool, bool], ...]
    nodes: tuple[tuple[Getter, str], ...]
    mark: str
    identifiers: tuple[tuple[Getter, str, str, str], ...]


def write(value: RegistryObject) -> bytes:
    """The object as it is, for a submission; written twice, it is the same bytes. [ITI TF-3: 4.2.1]"""
    return _write(value, _local_ids(escaped(value.entry_uuid)), "", "", "", "").encode()


def write_stored(value: RegistryObject) -> bytes:
    """The object with holes, for a registry to keep and to answer with. [ITI TF-2: 3.18.4.1.2.7]"""
    return _write(value, _fresh_ids(), *_HOLES).encode()


def fill(stored: bytes, status: str, home: str | None, patient_id: str, last_update_time: str) -> bytes:
    """A stored object with its holes closed; those that the object does not have are not asked for.

    Without ``home`` the object has the one that it came with, if any; with it, that one alone: who asks through a gateway
    must come back to that gateway. [ITI TF-2: 3.38.4.1.3]
    """
    return (
        (_at_home(stored, home) if home else stored.replace(HOME, b""))
        .replace(STATUS, status.encode())
        .replace(PATIENT, escaped(patient_id).encode())
        .replace(UPDATED, last_update_time.encode())
    )


def home_attribute(home: str) -> str:
    """The attribute of an object or ObjectRef that says which community it is of. [ITI TF-3: 4.2.3.2.12]"""
    return f' home="{escaped(home)}"'


def _at_home(stored: bytes, home: str) -> bytes:
    before, _, rest = stored.partition(HOME)
    _own, hole, after = rest.partition(HOME)
    return b"".join((before, home_attribute(home).encode(), after if hole else rest))


_HOLES = (STATUS.decode(), HOME.decode(), PATIENT.decode(), UPDATED.decode())


def _write(value: RegistryObject, ids: Iterator[str], status: str, home: str, patient: str, updated: str) -> str:
    """The object, its nested elements with those ids; each hole given stands in the place of its attribute."""
    plan = _PLANS[type(value)]
    owner = escaped(value.entry_uuid)
    parts = [f'<rim:{plan.element} id="{owner}"{plan.fixed}']
    add = parts.append
    for get, start in plan.xml_attributes:
        if (text := get(value)) is not None and text != "":
            add(f'{start}{escaped(text)}"')
    if status:
        own = f"{home_attribute(value.home_community_id)}{home}" if value.home_community_id else ""
        add(f' status="{status}"{home}{own}>')
    else:
        _add_moment(add, value)
    for get, start, is_many, field in plan.slots:
        content = updated if updated and field == "last_update_time" else get(value)
        if content is None or content == ():
            continue
        if is_many:
            add(f"{start}{_NEXT_VALUE.join([escaped(text) for text in content])}{_SLOT_END}")
        else:
            add(f"{start}{content if content == updated else escaped(content)}{_SLOT_END}")
    _add_slots(add, value.extra)
    if plan.name is not None:
        _add_text(add, "Name", plan.name(value))
    if plan.description is not None:
        _add_text(add, "Description", plan.description(value))
    if value.version is not None:
        add(f'<rim:VersionInfo versionName="{escaped(value.version)}"/>')
    for get, scheme, is_author, is_many in plan.classifications:
        content = get(value)
        if not content:
            continue
        for coded in content if is_many else (content,):
            add(f'<rim:Classification id="{next(ids)}" classifiedObject="{owner}{scheme}')
            if is_author:
                _add_author(add, coded)
            else:
                _add_code(add, coded)
    for get, node in plan.nodes:
        if get(value):
            add(f'<rim:Classification id="{next(ids)}" classifiedObject="{owner}{node}')
    if plan.mark:
        add(f'<rim:Classification id="{next(ids)}" classifiedObject="{owner}{plan.mark}')
    for get, start, end, field in plan.identifiers:
        is_hole = patient and field == "patient_id"
        content = patient if is_hole else get(value)
        if content is not None:
            text = content if is_hole else escaped(content)
            add(f'<rim:ExternalIdentifier id="{next(ids)}" registryObject="{owner}{start}{text}{end}')
    add(f"</rim:{plan.element}>")
    return "".join(parts)


def _local_ids(owner: str) -> Iterator[str]:
    """Ids for nested elements of a request: symbolic, one of their own for each object. [ITI TF-3: 4.2.3.1.7, UUID]"""
    return (f"n{number}.{owner}" for number in count(1))


def _fresh_ids() -> Iterator[str]:
    """Ids for nested Classifications and ExternalIdentifiers, from one draw of randomness in most cases."""
    while True:
        digits = urandom(320).hex()
        for at in range(0, 640, 32):
            end = at + 32
            yield (
                f"urn:uuid:{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-4{digits[at + 13 : at + 16]}"
                f"-a{digits[at + 17 : at + 20]}-{digits[at + 20 : end]}"
            )


def _add_moment(add: Callable[[str], None], value: RegistryObject) -> None:
    """status and home as the value has them, and the end of the start tag."""
    if value.availability_status is not None:
        add(f' status="{value.availability_status}"')
    if value.home_community_id is not None:
        add(home_attribute(value.home_community_id))
    add(">")


def _add_slots(add: Callable[[str], None], slots: tuple[Slot, ...]) -> None:
    for name, values in slots:
        add(f'<rim:Slot name="{escaped(name)}"><rim:ValueList>')
        for text in values:
            add(f"<rim:Value>{escaped(text)}</rim:Value>")
        add("</rim:ValueList></rim:Slot>")


def _add_text(add: Callable[[str], None], element: str, texts: InternationalString) -> None:
    if not texts:
        return
    add(f"<rim:{element}>")
    for text, lang in texts:
        told = f' xml:lang="{escaped(lang)}"' if lang else ""
        add(f'<rim:LocalizedString{told} charset="UTF-8" value="{escaped(text)}"/>')
    add(f"</rim:{element}>")


def _add_code(add: Callable[[str], None], code: Code) -> None:
    add(
        f'{escaped(code.code)}"><rim:Slot name="codingScheme"><rim:ValueList><rim:Value>{escaped(code.coding_scheme)}'
        f"{_SLOT_END}"
    )
    _add_text(add, "Name", code.display_name)
    add("</rim:Classification>")


def _add_author(add: Callable[[str], None], author: Author) -> None:
    add('">')
    for get, start, is_many in _AUTHOR_SLOTS:
        content = get(author)
        if content is None or content == ():
            continue
        if is_many:
            add(f"{start}{_NEXT_VALUE.join([escaped(text) for text in content])}{_SLOT_END}")
        else:
            add(f"{start}{escaped(content)}{_SLOT_END}")
    _add_slots(add, author.extra)
    add("</rim:Classification>")


def _slot_start(row: Attribute) -> str:
    return f'<rim:Slot name="{row.key}"><rim:ValueList><rim:Value>'


def _at(table: ObjectTable, place: Place) -> list[Attribute]:
    return [row for row in table if row.place is place]


def _plan(table: ObjectTable, mark: PackageType | None = None) -> _Plan:
    """The rows of a table, each with all of its text that does not depend on the value."""
    getters: dict[Place, Getter] = {row.place: attrgetter(row.field) for row in table}
    type_of_nested = f'" objectType="{_OBJECT_TYPE}:Classification'
    coded = f'{type_of_nested}" classificationScheme="'
    noded = f'{type_of_nested}" classificationNode="'
    return _Plan(
        element=table.element,
        fixed="" if table is attributes.DOCUMENT_ENTRY else f' objectType="{_OBJECT_TYPE}:{table.element}"',
        xml_attributes=tuple(
            (attrgetter(row.field), f' {row.key}="')
            for row in _at(table, Place.XML_ATTRIBUTE)
            if row.key not in ("id", "status", "home")
        ),
        slots=tuple(
            (attrgetter(row.field), _slot_start(row), row.is_many, row.field) for row in _at(table, Place.SLOT)
        ),
        name=getters.get(Place.NAME),
        description=getters.get(Place.DESCRIPTION),
        classifications=tuple(
            (
                attrgetter(row.field),
                f'{coded}{row.key}" nodeRepresentation="',
                row.datatype.kind is Kind.AUTHOR,
                row.is_many,
            )
            for row in _at(table, Place.CLASSIFICATION)
        ),
        nodes=tuple((attrgetter(row.field), f'{noded}{row.key}"/>') for row in _at(table, Place.NODE)),
        mark="" if mark is None else f'{noded}{mark}"/>',
        identifiers=tuple(
            (
                attrgetter(row.field),
                f'" objectType="{_OBJECT_TYPE}:ExternalIdentifier" identificationScheme="{row.key}" value="',
                f'"><rim:Name><rim:LocalizedString charset="UTF-8" value="{row.fixed_name}"/></rim:Name>'
                "</rim:ExternalIdentifier>",
                row.field,
            )
            for row in _at(table, Place.EXTERNAL_IDENTIFIER)
        ),
    )


_PLANS: dict[type, _Plan] = {
    metadata.DocumentEntry: _plan(attributes.DOCUMENT_ENTRY),
    metadata.SubmissionSet: _plan(attributes.SUBMISSION_SET, PackageType.SUBMISSION_SET),
    metadata.Folder: _plan(attributes.FOLDER, PackageType.FOLDER),
    metadata.Association: _plan(attributes.ASSOCIATION),
}
_AUTHOR_SLOTS = tuple((attrgetter(row.field), _slot_start(row), row.is_many) for row in attributes.AUTHOR_SLOTS)
