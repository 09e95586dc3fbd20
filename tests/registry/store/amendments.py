"""Random updates of ITI-57 and ITI-92, removals of ITI-62 and messages of the feed, of what is registered at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from registry.facts import Kind
from tests.registry.store.world import AUTHORITY, ENTRIES, PEOPLE, World, code
from tests.simulators.registry import Kept
from xds.messages import FeedEvent, InstanceIdentifier, PatientFeed, RemoveMetadata
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Slot, Submission
from xds.vocabulary import RELATIONSHIPS, AssociationType, AvailabilityStatus, DocumentEntryType, SubmissionSetStatus

VERSIONED = (*ENTRIES, Kind.FOLDER)
TYPES = sorted(RELATIONSHIPS)
STATUSES = tuple(AvailabilityStatus)


def new_versions(world: World) -> Submission:
    """[ITI-57] One or two objects in a new version, whether Associations propagate, what else the request joins to them."""
    the_set, found = world.uuid(), _some(world, *VERSIONED, share=0.25)
    versions = [_revised(world, kept) for kept in found]
    propagation = world.choice((None, None, "yes", "no", "no", "maybe" if world.chance(0.1) else "no"))
    associations = [
        _announcement(world, the_set, kept, value, propagation) for kept, value in zip(found, versions, strict=True)
    ]
    if versions and world.chance(0.15):
        associations.append(_relation(world, versions[0].entry_uuid, world.id_of(*ENTRIES)))
    if versions and world.chance(0.15):
        held = _arrow(world, AssociationType.HAS_MEMBER, world.id_of(Kind.FOLDER), versions[0].entry_uuid)
        associations += [held, _arrow(world, AssociationType.HAS_MEMBER, the_set, held.entry_uuid)]
    if found and world.chance(0.15):
        target = world.choice((found[0].value.entry_uuid, versions[0].entry_uuid))
        associations.append(_change(world, the_set, target, found[0].status))
    if world.chance(0.15):
        associations += _changes(world, the_set)
    if world.chance(0.1):
        associations += _added_later(world, the_set)
    return _update(world, the_set, versions, associations)


def changed_statuses(world: World) -> Submission:
    """[ITI-57] Entries, Folders or Associations get another status."""
    the_set = world.uuid()
    named = _changes(world, the_set) or [_change(world, the_set, world.uuid(), AvailabilityStatus.APPROVED)]
    return _update(world, the_set, [], named)


def later_associations(world: World) -> Submission:
    """[ITI-57] A membership or a relationship between what is registered."""
    the_set = world.uuid()
    return _update(world, the_set, [], _added_later(world, the_set))


def _changes(world: World, the_set: str) -> list[Association]:
    kinds = VERSIONED if world.chance(0.6) else (Kind.ASSOCIATION,)
    return [_change(world, the_set, kept.value.entry_uuid, kept.status) for kept in _some(world, *kinds, share=0.3)]


def _added_later(world: World, the_set: str) -> list[Association]:
    first = _some(world, Kind.FOLDER if world.chance(0.5) else Kind.STABLE, share=0)
    other = world.pick(*ENTRIES, but=first[0] if first else None)
    source, target = (kept.value.entry_uuid if kept else world.uuid() for kept in (first[0] if first else None, other))
    if first and first[0].kind is Kind.FOLDER:
        later = _arrow(world, AssociationType.HAS_MEMBER, source, target)
    else:
        later = _relation(world, source, target)
    adding = AssociationType.HAS_MEMBER if world.chance(0.2) else AssociationType.SUBMIT_ASSOCIATION
    return [later, _arrow(world, adding, the_set, later.entry_uuid)]


def restricted_versions(world: World) -> Submission:
    """[ITI-92] One or two entries in a new version, in which little may differ."""
    the_set, kinds = world.uuid(), VERSIONED if world.chance(0.05) else ENTRIES
    found = _some(world, *kinds, share=0.2)
    versions = [_revised(world, kept) for kept in found]
    propagation = world.choice(("no" if world.chance(0.2) else "yes", None, None))
    associations = [
        _announcement(world, the_set, kept, value, propagation) for kept, value in zip(found, versions, strict=True)
    ]
    return _update(world, the_set, versions, associations)


def _some(world: World, *kinds: Kind, share: float) -> list[Kept]:
    """One of what the patient has, with that chance two; whose it is, is from now on the patient, most of the time."""
    first = world.pick(*kinds)
    if first is None:
        return []
    if world.chance(0.97):
        world.patient = first.patient.id_number
    second = world.pick(*kinds, but=first) if world.chance(share) else None
    return [first, second] if second else [first]


def _revised(world: World, kept: Kept) -> DocumentEntry | Folder:
    """The object as it is shown, in its next version; now and then with something changed that may not."""
    value = kept.value
    assert isinstance(value, DocumentEntry | Folder)
    changes: dict[str, Any] = {
        "entry_uuid": "Next01" if world.chance(0.2) else world.uuid(),
        "logical_id": world.choice((None, world.id_of(*VERSIONED))) if world.chance(0.08) else value.logical_id,
        "patient_id": world.patient_id(world.choice(PEOPLE) if world.chance(0.06) else kept.patient.id_number),
    }
    if world.chance(0.04):
        changes["unique_id"] = world.unique_id()
    if isinstance(value, DocumentEntry):
        changes |= {"class_code": world.code("class_code"), "reference_id_list": value.reference_id_list[:1]}
        if world.chance(0.03):
            changes["object_type"] = world.choice(tuple(DocumentEntryType))
        if world.chance(0.05):
            changes["repository_unique_id"] = "1.2.4"
        if world.chance(0.1) and value.hash:
            changes["hash"] = "cc" * 20
    else:
        changes["code_list"] = (code("code_list", world.draw.randrange(3)),)
    return replace(value, **changes)


def _announcement(
    world: World, the_set: str, kept: Kept, value: RegistryObject, propagation: str | None
) -> Association:
    """The HasMember that says which version comes before."""
    number = int(kept.value.version or 1)
    told = str(number) if not world.chance(0.08) else world.choice((str(number + 1), str(number - 1), "", "x"))
    slots = [("PreviousVersion", told)] if told else []
    slots += [("AssociationPropagation", propagation)] if propagation else []
    status = SubmissionSetStatus.ORIGINAL if isinstance(value, DocumentEntry) else None
    return replace(
        _arrow(world, AssociationType.HAS_MEMBER, the_set, value.entry_uuid),
        submission_set_status=status,
        extra=tuple(Slot(name, (text,)) for name, text in slots),
    )


def _change(world: World, the_set: str, target: str, present: AvailabilityStatus) -> Association:
    """UpdateAvailabilityStatus, most of the time from the present status to another."""
    standard = STATUSES[:2]
    new = next((each for each in standard if each is not present), standard[0])
    told = world.choice(STATUSES) if world.chance(0.08) else present
    wanted = world.choice(STATUSES) if world.chance(0.3) else new
    return replace(
        _arrow(world, AssociationType.UPDATE_AVAILABILITY_STATUS, the_set, target),
        extra=(Slot("OriginalStatus", (told,)), Slot("NewStatus", (wanted,))),
    )


def _relation(world: World, source: str, target: str) -> Association:
    return _arrow(world, world.choice(TYPES), source, target)


def _arrow(world: World, kind: AssociationType, source: str, target: str) -> Association:
    return Association(entry_uuid=world.uuid(), association_type=kind, source_object=source, target_object=target)


def _update(
    world: World, the_set: str, versions: list[DocumentEntry | Folder], associations: list[Association]
) -> Submission:
    return Submission(
        (world.submission_set(the_set),),
        tuple(each for each in versions if isinstance(each, DocumentEntry)),
        tuple(each for each in versions if isinstance(each, Folder)),
        tuple(associations),
        digest=f"{world.draw.getrandbits(256):064x}" if world.chance(0.9) else "",
    )


def removal(world: World) -> RemoveMetadata:
    """[ITI-62] Something of what is there, with what hangs on it: mostly enough, sometimes too little."""
    named = {world.id_of(*VERSIONED, Kind.SUBMISSION_SET)}
    if world.chance(0.2):  # from where it hangs, and no further
        arrows = [each for each in world.associations() if each.source_object in named]
        return RemoveMetadata(tuple(sorted(named | {each.entry_uuid for each in arrows})))
    is_whole = world.chance(0.7)
    for _ in range(world.choice((1, 2, 4, 8))):
        ends = list(_hanging_on(world, named))
        named |= {end for end in ends if is_whole or world.chance(0.5)}
    return RemoveMetadata(tuple(sorted(named)))


def _hanging_on(world: World, named: set[str]) -> Iterator[str]:
    for each in world.associations():
        if {each.source_object, each.target_object, each.entry_uuid} & named:
            yield from (each.entry_uuid, each.source_object, each.target_object)


def addition(world: World) -> PatientFeed:
    """[ITI-44] Somebody becomes known."""
    return PatientFeed(FeedEvent.ADDED, InstanceIdentifier("1.2.3"), (_instance(world.choice(PEOPLE)),))


def merge(world: World) -> PatientFeed:
    """[ITI-44] The patient was another one too."""
    survivor, subsumed = world.draw.sample(PEOPLE, 2) if world.chance(0.9) else (world.patient, world.patient)
    return PatientFeed(FeedEvent.MERGED, InstanceIdentifier("1.2.3"), (_instance(survivor),), (_instance(subsumed),))


def _instance(id_number: str) -> InstanceIdentifier:
    return InstanceIdentifier(AUTHORITY, id_number)
