"""Registry objects → ebRIM bytes, in the order the schema wants. See ebrim. [ebRIM 3.0: RegistryObjectType]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
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
_KEPT_LENGTH_MAX = 512  # characters of a code with its name that are kept as they were written

Getter = Callable[[Any], Any]


class _Plan(NamedTuple):
    """How one kind of object is written: its rows, sorted by place."""

    element: str
    fixed: str
    xml_attributes: tuple[str, ...]
    get_attributes: Getter
    slots: tuple[tuple[str, bool, str], ...]
    get_slots: Getter
    name: Getter | None
    description: Getter | None
    classifications: tuple[tuple[str, bool, bool], ...]
    get_classifications: Getter
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
    for start, text in zip(plan.xml_attributes, plan.get_attributes(value), strict=True):
        if text:
            add(f'{start}{escaped(text)}"')
    if status:
        own = f"{home_attribute(value.home_community_id)}{home}" if value.home_community_id else ""
        add(f' status="{status}"{home}{own}>')
    else:
        _add_moment(add, value)
    for (start, is_many, field), content in zip(plan.slots, plan.get_slots(value), strict=True):
        if updated and field == "last_update_time":
            add(f"{start}{updated}{_SLOT_END}")
        elif content is None or content == ():
            continue
        elif is_many:
            add(f"{start}{_NEXT_VALUE.join([escaped(text) for text in content])}{_SLOT_END}")
        else:
            add(f"{start}{escaped(content)}{_SLOT_END}")
    if value.extra:
        _add_slots(add, value.extra)
    if plan.name is not None and (texts := plan.name(value)):
        add(_texts("Name", texts))
    if plan.description is not None and (texts := plan.description(value)):
        add(_texts("Description", texts))
    if value.version is not None:
        add(f'<rim:VersionInfo versionName="{escaped(value.version)}"/>')
    for (scheme, is_author, is_many), content in zip(
        plan.classifications, plan.get_classifications(value), strict=True
    ):
        if not content:
            continue
        for coded in content if is_many else (content,):
            start = f'<rim:Classification id="{next(ids)}" classifiedObject="{owner}{scheme}'
            if is_author:
                add(start)
                _add_author(add, coded)
            else:
                add(start + _code(coded))
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
    """Ids for nested Classifications and ExternalIdentifiers: of an object, one draw of randomness and a number."""
    while True:
        digits = urandom(14).hex()
        drawn = f"urn:uuid:{digits[:8]}-{digits[8:12]}-4{digits[12:15]}-a{digits[15:18]}-{digits[18:]}"
        for number in _TWO_DIGITS:
            yield drawn + number


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


def _texts(element: str, texts: InternationalString) -> str:
    written = f"<rim:{element}>"
    for text, lang in texts:
        told = f' xml:lang="{escaped(lang)}"' if lang else ""
        written += f'<rim:LocalizedString{told} charset="UTF-8" value="{escaped(text)}"/>'
    return f"{written}</rim:{element}>"


def _code(code: Code) -> str:
    """What follows the scheme of a Classification: the same few codes come again and again, each with one short name."""
    names = code.display_name
    length = len(code.code) + len(code.coding_scheme) + (len(names[0].value) + len(names[0].lang) if names else 0)
    write_code = _known_code if len(names) <= 1 and length <= _KEPT_LENGTH_MAX else _new_code
    return write_code(code.code, code.coding_scheme, names)


def _new_code(code: str, coding_scheme: str, display_name: InternationalString) -> str:
    return (
        f'{escaped(code)}"><rim:Slot name="codingScheme"><rim:ValueList><rim:Value>{escaped(coding_scheme)}{_SLOT_END}'
        f"{_texts('Name', display_name) if display_name else ''}</rim:Classification>"
    )


_known_code = lru_cache(maxsize=4096)(_new_code)


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
    if author.extra:
        _add_slots(add, author.extra)
    add("</rim:Classification>")


_TWO_DIGITS = tuple(f"{number:02x}" for number in range(256))


def _slot_start(row: Attribute) -> str:
    return f'<rim:Slot name="{row.key}"><rim:ValueList><rim:Value>'


def _at(table: ObjectTable, place: Place) -> list[Attribute]:
    return [row for row in table if row.place is place]


def _all_of(rows: list[Attribute]) -> Getter:
    """What gets all contents of some rows at one stroke, as a tuple."""
    if len(rows) > 1:
        return attrgetter(*(row.field for row in rows))
    if not rows:
        return lambda _: ()
    get_one = attrgetter(rows[0].field)
    return lambda value: (get_one(value),)


def _plan(table: ObjectTable, mark: PackageType | None = None) -> _Plan:
    """The rows of a table, each with all of its text that does not depend on the value."""
    own = [row for row in _at(table, Place.XML_ATTRIBUTE) if row.key not in ("id", "status", "home")]
    slots, classifications = _at(table, Place.SLOT), _at(table, Place.CLASSIFICATION)
    getters: dict[Place, Getter] = {row.place: attrgetter(row.field) for row in table}
    type_of_nested = f'" objectType="{_OBJECT_TYPE}:Classification'
    coded = f'{type_of_nested}" classificationScheme="'
    noded = f'{type_of_nested}" classificationNode="'
    return _Plan(
        element=table.element,
        fixed="" if table is attributes.DOCUMENT_ENTRY else f' objectType="{_OBJECT_TYPE}:{table.element}"',
        xml_attributes=tuple(f' {row.key}="' for row in own),
        get_attributes=_all_of(own),
        slots=tuple((_slot_start(row), row.is_many, row.field) for row in slots),
        get_slots=_all_of(slots),
        name=getters.get(Place.NAME),
        description=getters.get(Place.DESCRIPTION),
        classifications=tuple(
            (f'{coded}{row.key}" nodeRepresentation="', row.datatype.kind is Kind.AUTHOR, row.is_many)
            for row in classifications
        ),
        get_classifications=_all_of(classifications),
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
