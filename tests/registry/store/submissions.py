"""Random submissions of ITI-42 and ITI-61: most of them to be accepted, some wrong in one thing or another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from registry.facts import Kind
from tests.registry.store.world import ENTRIES, World, code
from xds.metadata import Association, DocumentEntry, Folder, Submission
from xds.vocabulary import RELATIONSHIPS, REPLACEMENTS, AssociationType, DocumentEntryType, SubmissionSetStatus

TYPES = sorted(RELATIONSHIPS)
_WITHOUT_BYTES: dict[str, Any] = {"creation_time": None, "hash": None, "size": None}


def on_demand(world: World) -> Submission:
    """Documents that are made when they are asked for."""
    return submission(world, is_on_demand=not world.chance(0.03))


def submission(world: World, *, is_on_demand: bool = False) -> Submission:
    """Entries and Folders, what joins them, and what joins them to what is registered; more of them where there is nothing."""
    new_id, is_first = _ids(world), not world.registry.objects
    the_set = world.submission_set(new_id("SubmissionSet"))
    can_be_less = world.has(Kind.FOLDER) and world.has(*ENTRIES)
    count = 2 if is_first else world.choice((1, 1, 1, 2, 2, 0 if can_be_less else 1))
    entries = tuple(world.document_entry(new_id("Document")) for _ in range(count))
    if is_on_demand or world.chance(0.02):
        entries = tuple(replace(each, object_type=DocumentEntryType.ON_DEMAND, **_WITHOUT_BYTES) for each in entries)
    folders = tuple(world.folder(new_id("Folder")) for _ in range(1 if is_first else world.choice((0, 0, 1))))

    def member(source: str, target: str, status: str | None = None) -> Association:
        return Association(
            entry_uuid=new_id("Association"),
            home_community_id=world.choice((None, None, "urn:oid:1.2.250.1.999.7")),
            association_type=AssociationType.HAS_MEMBER,
            source_object=source,
            target_object=target,
            submission_set_status=status,
        )

    associations = [member(the_set.entry_uuid, each.entry_uuid, SubmissionSetStatus.ORIGINAL) for each in entries]
    associations += [member(the_set.entry_uuid, each.entry_uuid) for each in folders]
    if world.chance(0.2) and world.has(*ENTRIES):
        associations.append(member(the_set.entry_uuid, world.id_of(*ENTRIES), SubmissionSetStatus.REFERENCE))
    for folder, entry in _contents(world, entries, folders):
        held = member(folder, entry)
        associations += [held, member(the_set.entry_uuid, held.entry_uuid)]
    associations += _relations(world, entries, new_id)
    return replace(
        _spoilt(world, Submission((the_set,), entries, folders, tuple(associations))),
        digest=f"{world.draw.getrandbits(256):064x}" if world.chance(0.9) else "",
    )


def repeated(world: World, before: Submission) -> Submission:
    """The same request again; rarely another under the same ids."""
    return replace(before, digest="ee" * 32) if world.chance(0.2) else before


def _ids(world: World) -> Callable[[str], str]:
    """Ids for the objects of one submission: UUIDs, or symbolic ones, which the registry replaces."""
    is_symbolic, count = world.chance(0.4), iter(range(100))
    return lambda name: f"{name}{next(count):02}" if is_symbolic else world.uuid()


def _contents(
    world: World, entries: tuple[DocumentEntry, ...], folders: tuple[Folder, ...]
) -> Iterator[tuple[str, str]]:
    """What goes into which Folder; where nothing else is submitted there is something."""
    for _ in range(world.choice((0, 0, 1, 1, 2)) or not (entries or folders)):
        own_folder, own_entry = world.chance(0.5) and folders, world.chance(0.6) and entries
        if (own_folder or world.has(Kind.FOLDER)) and (own_entry or world.has(*ENTRIES)):
            yield (
                world.choice(own_folder).entry_uuid if own_folder else world.id_of(Kind.FOLDER),
                world.choice(own_entry).entry_uuid if own_entry else world.id_of(*ENTRIES),
            )


def _relations(world: World, entries: tuple[DocumentEntry, ...], new_id: Callable[[str], str]) -> Iterator[Association]:
    for entry in entries:
        kind = world.choice(TYPES)
        is_on_demand = entry.object_type is DocumentEntryType.ON_DEMAND or kind is AssociationType.IS_SNAPSHOT_OF
        target_kind = Kind.ON_DEMAND if is_on_demand else Kind.STABLE
        own = () if entry is entries[0] or kind in (*REPLACEMENTS, AssociationType.IS_SNAPSHOT_OF) else entries[:1]
        if world.chance(0.6) and (own or world.has(target_kind)):
            yield Association(
                entry_uuid=new_id("Association"),
                association_type=kind,
                source_object=entry.entry_uuid,
                target_object=own[0].entry_uuid if own else world.id_of(target_kind),
                association_documentation=code("documentation", 0) if world.chance(0.2) else None,
            )


def _spoilt(world: World, good: Submission) -> Submission:
    """Rarely something that the rules of a submission find; what they all find is tested beside them."""
    if not world.chance(0.06):
        return good
    entries, associations = good.document_entries, good.associations
    return world.choice(
        (
            replace(good, associations=associations[1:]),
            replace(good, document_entries=tuple(replace(each, class_code=None) for each in entries)),
            replace(good, document_entries=tuple(replace(each, logical_id=world.id_of(*ENTRIES)) for each in entries)),
            replace(good, document_entries=tuple(replace(each, patient_id=world.patient_id("T4")) for each in entries)),
            replace(good, folders=good.folders * 2),
        )
    )
