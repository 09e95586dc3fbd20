"""Random stored queries, made from the tables of queries and parameters: every query, every parameter, values that may be there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from registry import parameter_values as values
from registry import parameters as p
from registry.facts import Kind
from registry.parameter_values import ValueKind
from registry.parameters import CodeParameter, Parameter
from registry.stored_queries import Count, Need, StoredQuery, Use
from tests.registry.store.world import AUTHORITY, ENTRIES, PATTERNS, PEOPLE, REFERENCES, SCHEME, TIMES, World
from xds.errors import ErrorList
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.metadata import Association
from xds.vocabulary import RELATIONSHIPS, AssociationType, AvailabilityStatus, DocumentEntryType, ReturnType

Slots = tuple[tuple[str, ...], ...]

_ATTRIBUTES = {row.parameter.name: row.attribute for row in vars(p).values() if isinstance(row, CodeParameter)}
_KINDS: Mapping[str, tuple[Kind, ...]] = {
    p.ENTRY_UUID.name: ENTRIES,
    p.ENTRY_UNIQUE_ID.name: ENTRIES,
    p.ENTRY_LOGICAL_ID.name: ENTRIES,
    p.SET_UUID.name: (Kind.SUBMISSION_SET,),
    p.SET_UNIQUE_ID.name: (Kind.SUBMISSION_SET,),
    p.FOLDER_UUID.name: (Kind.FOLDER,),
    p.FOLDER_UNIQUE_ID.name: (Kind.FOLDER,),
    p.FOLDER_LOGICAL_ID.name: (Kind.FOLDER,),
    p.ANY_UUID.name: tuple(Kind),
}
_RELATIONSHIPS = sorted(RELATIONSHIPS)
_nested = re.compile(rb'(<rim:(?:Classification|ExternalIdentifier) id=")urn:uuid:[0-9a-f-]{36}')
_STATUSES = (*AvailabilityStatus, AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED, "urn:unknown")


def question(world: World, row: StoredQuery) -> AdhocQueryRequest:
    """That query: what it requires, and some of the rest; rarely too little or too much."""
    return_type = world.choice(tuple(ReturnType)) if not world.chance(0.01) else "RegistryObject"
    return AdhocQueryRequest(row.query_id, return_type, dict(_parameters(world, row)))


def comparable(answer: AdhocQueryResponse) -> tuple[list[bytes], ErrorList]:
    """An answer as it can be compared: in no order, without the ids of nested elements, which are drawn afresh."""
    return sorted(_nested.sub(rb"\1", bytes(text)) for text in answer.objects), answer.errors


def _parameters(world: World, row: StoredQuery) -> Iterator[tuple[str, Slots]]:
    choice = [use for use in row.uses if use.need in (Need.CHOICE, Need.SELECTIVE)]
    chosen = [] if world.chance(0.01) or not choice else [world.choice(choice)]
    if chosen and world.chance(0.015):
        chosen.append(world.choice(choice))
    for use in row.uses:
        if _is_asked(world, use, chosen):
            yield use.parameter.name, _slots(world, use)


def _is_asked(world: World, use: Use, chosen: list[Use]) -> bool:
    if use.need is Need.REQUIRED:
        return not world.chance(0.01)
    if use.need is Need.OPTIONAL:
        return world.chance(_SHARES.get(use.parameter.name, 0.06))
    return use in chosen


_SHARES = {p.METADATA_LEVEL.name: 0.5, p.ENTRY_TYPE.name: 0.5, p.ASSOCIATION_STATUS.name: 0.4}
"""How often those are given on which much depends."""


def _slots(world: World, use: Use) -> Slots:
    several = (use.takes is Count.MANY_SLOTS and world.chance(0.3)) or world.chance(0.003)
    return tuple(_slot(world, use) for _ in range(2 if several else 1))


def _slot(world: World, use: Use) -> tuple[str, ...]:
    """The values of one Slot, as a list in one Value or as several Values."""
    count = world.choice((1, 2, 3)) if use.takes is not Count.ONE else 2 if world.chance(0.01) else 1
    literals = [_literal(world, use.parameter) for _ in range(count)]
    return (f"({','.join(literals)})",) if world.chance(0.5) else tuple(literals)


def _literal(world: World, parameter: Parameter[object]) -> str:
    """One value; rarely one that cannot be read."""
    if world.chance(0.005):
        return "unquoted"
    text = _WRITERS[parameter.kind](world, parameter)
    return text if parameter.kind in (values.TIME, values.LEVEL) else f"'{text}'"


def _code(world: World, parameter: Parameter[object]) -> str:
    return f"{_ATTRIBUTES[parameter.name]}{world.draw.randrange(3)}^^{SCHEME}"


def _id(world: World, parameter: Parameter[object]) -> str:
    kept = world.pick(*_KINDS[parameter.name])
    if kept is None:
        return world.uuid()
    related = [each.target_object for each in world.associations() if each.association_type in RELATIONSHIPS]
    if parameter is p.ENTRY_UUID and related and world.chance(0.4):
        return world.choice(related)
    is_logical = parameter in (p.ENTRY_LOGICAL_ID, p.FOLDER_LOGICAL_ID)
    return (kept.value.logical_id or "") if is_logical else kept.value.entry_uuid


def _identifier(world: World, parameter: Parameter[object]) -> str:
    if parameter is p.SOURCE_ID:
        return f"1.2.{world.draw.randrange(3)}"
    if parameter is p.DOCUMENT_AVAILABILITY:
        return f"urn:ihe:iti:2010:DocumentAvailability:{world.choice(('Online', 'Offline'))}"
    kept = world.pick(*_KINDS[parameter.name])
    return "1.2" if kept is None or isinstance(kept.value, Association) else kept.value.unique_id or ""


_WRITERS: Mapping[ValueKind[object], Callable[[World, Parameter[object]], str]] = {
    values.PATIENT: lambda world, _: (
        f"{world.patient if world.chance(0.8) else world.choice((*PEOPLE, 'T4'))}^^^&{AUTHORITY}&ISO"
    ),
    values.STATUS: lambda world, _: world.choice(_STATUSES[-1:] if world.chance(0.05) else _STATUSES[:-1]),
    values.CODE: _code,
    values.TIME: lambda world, _: world.choice(TIMES),
    values.PATTERN: lambda world, _: world.choice(PATTERNS),
    values.IDENTIFIER: _identifier,
    values.ENTRY_ID: _id,
    values.ENTRY_TYPE: lambda world, _: world.choice(tuple(DocumentEntryType)),
    values.ASSOCIATION: lambda world, _: world.choice(
        (*_RELATIONSHIPS, *_RELATIONSHIPS, *AssociationType, "urn:unknown")
    ),
    values.LEVEL: lambda world, _: world.choice(("1", "2", "2", "2")),
    values.REFERENCE_ID: lambda world, _: world.choice((*REFERENCES, "ACC%", "ACC_2%", "acc1%")),
}
