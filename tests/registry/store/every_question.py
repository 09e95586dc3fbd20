"""Every way in which the stored queries of ITI-18 can lead to what is registered: each query by each parameter that names objects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from registry import parameters as p
from registry import stored_queries as q
from registry.facts import Kind
from registry.parameters import Parameter
from registry.stored_queries import StoredQuery
from tests.registry.store.world import AUTHORITY, ENTRIES, REFERENCES, World
from tests.simulators.registry import Kept
from xds.messages import AdhocQueryRequest
from xds.vocabulary import RELATIONSHIPS, AvailabilityStatus, DocumentEntryType, ReturnType

Slots = Mapping[str, tuple[tuple[str, ...], ...]]
_SETS, _FOLDERS = (Kind.SUBMISSION_SET,), (Kind.FOLDER,)
_STATUSES, _TYPES = tuple(AvailabilityStatus), tuple(DocumentEntryType)

_BY_PATIENT: tuple[tuple[StoredQuery, Parameter[object], tuple[Parameter[object], ...]], ...] = (
    (q.FIND_DOCUMENTS, p.ENTRY_PATIENT_ID, (p.ENTRY_STATUS,)),
    (q.FIND_DOCUMENTS_BY_REFERENCE_ID, p.ENTRY_PATIENT_ID, (p.ENTRY_STATUS,)),
    (q.FIND_SUBMISSION_SETS, p.SET_PATIENT_ID, (p.SET_STATUS,)),
    (q.FIND_FOLDERS, p.FOLDER_PATIENT_ID, (p.FOLDER_STATUS,)),
    (q.GET_ALL, p.PATIENT_ID, (p.ENTRY_STATUS, p.SET_STATUS, p.FOLDER_STATUS)),
)
_BY_IDS: tuple[tuple[StoredQuery, Parameter[object], tuple[Kind, ...]], ...] = (
    (q.GET_DOCUMENTS, p.ENTRY_UUID, ENTRIES),
    (q.GET_DOCUMENTS, p.ENTRY_UNIQUE_ID, ENTRIES),
    (q.GET_DOCUMENTS, p.ENTRY_LOGICAL_ID, ENTRIES),
    (q.GET_FOLDERS, p.FOLDER_UUID, _FOLDERS),
    (q.GET_FOLDERS, p.FOLDER_UNIQUE_ID, _FOLDERS),
    (q.GET_FOLDERS, p.FOLDER_LOGICAL_ID, _FOLDERS),
    (q.GET_ASSOCIATIONS, p.ANY_UUID, tuple(Kind)),
    (q.GET_DOCUMENTS_AND_ASSOCIATIONS, p.ENTRY_UUID, ENTRIES),
    (q.GET_DOCUMENTS_AND_ASSOCIATIONS, p.ENTRY_UNIQUE_ID, ENTRIES),
    (q.GET_SUBMISSION_SETS, p.ANY_UUID, (*ENTRIES, *_FOLDERS, Kind.ASSOCIATION)),
)
"""Queries that take a list of ids: all of that kind are named at once."""
_BY_ONE_ID: tuple[tuple[StoredQuery, Parameter[object], tuple[Kind, ...]], ...] = (
    (q.GET_SUBMISSION_SET_AND_CONTENTS, p.SET_UUID, _SETS),
    (q.GET_SUBMISSION_SET_AND_CONTENTS, p.SET_UNIQUE_ID, _SETS),
    (q.GET_FOLDER_AND_CONTENTS, p.FOLDER_UUID, _FOLDERS),
    (q.GET_FOLDER_AND_CONTENTS, p.FOLDER_UNIQUE_ID, _FOLDERS),
    (q.GET_FOLDERS_FOR_DOCUMENT, p.ENTRY_UUID, ENTRIES),
    (q.GET_FOLDERS_FOR_DOCUMENT, p.ENTRY_UNIQUE_ID, ENTRIES),
    (q.GET_RELATED_DOCUMENTS, p.ENTRY_UUID, ENTRIES),
    (q.GET_RELATED_DOCUMENTS, p.ENTRY_UNIQUE_ID, ENTRIES),
)
_LOGICAL = (p.ENTRY_LOGICAL_ID, p.FOLDER_LOGICAL_ID)
_UNIQUE = (p.ENTRY_UNIQUE_ID, p.SET_UNIQUE_ID, p.FOLDER_UNIQUE_ID)


def every_question(world: World, patient: str) -> Iterator[AdhocQueryRequest]:
    """All of a patient, and all by their ids, whosever they are; whole or by reference, at either level."""
    for row, parameter, statuses in _BY_PATIENT:
        yield _asked(world, row, {parameter: [f"{patient}^^^&{AUTHORITY}&ISO"]} | dict.fromkeys(statuses, _STATUSES))
    for row, parameter, kinds in _BY_IDS:
        if ids := _ids(world, parameter, kinds):
            yield _asked(world, row, {parameter: ids})
    for row, parameter, kinds in _BY_ONE_ID:
        for each in _ids(world, parameter, kinds):
            yield _asked(world, row, {parameter: [each]})


def _ids(world: World, parameter: Parameter[object], kinds: tuple[Kind, ...]) -> list[str]:
    kept = [each for each in world.registry.objects.values() if each.kind in kinds]
    return list(dict.fromkeys(_id(parameter, each) for each in kept))


def _id(parameter: Parameter[object], kept: Kept) -> str:
    value = kept.value
    if parameter in _UNIQUE:
        return str(getattr(value, "unique_id", ""))
    return (value.logical_id or "") if parameter in _LOGICAL else value.entry_uuid


def _asked(world: World, row: StoredQuery, given: Mapping[Parameter[object], Iterable[str]]) -> AdhocQueryRequest:
    """Whatever widens the answer is given too."""
    takes = {use.parameter for use in row.uses}
    widest: dict[Parameter[object], Iterable[str]] = {
        p.ENTRY_TYPE: _TYPES,
        p.ASSOCIATION_STATUS: _STATUSES,
        p.ASSOCIATION_TYPES: sorted(RELATIONSHIPS),
        p.REFERENCE_ID_LIST: ("%ACC%", *REFERENCES),
    }
    slots = {
        parameter.name: (tuple(f"'{value}'" for value in values),)
        for parameter, values in (*widest.items(), *given.items())
        if parameter in takes
    }
    is_by_logical_id = any(parameter in given for parameter in _LOGICAL)
    level = "2" if is_by_logical_id else world.choice(("1", "2", "2"))
    slots[p.METADATA_LEVEL.name] = ((level,),)
    return AdhocQueryRequest(row.query_id, world.choice(tuple(ReturnType)), slots)
