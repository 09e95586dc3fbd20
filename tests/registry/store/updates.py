"""Random updates of what a patient has: mostly sensible, sometimes not, so that rules and stores meet in every way."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace

from registry.facts import Kind
from tests.registry.store.histories import RELATIONSHIPS, History
from tests.samples import fresh_uuid
from tests.simulators.registry import Kept
from xds.metadata import Association, DocumentEntry, Folder, Slot, Submission, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus, SubmissionSetStatus

APPROVED, DEPRECATED = AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED


def a_random_update(history: History, kept: Mapping[str, Kept]) -> Submission:
    """An update of one to three operations on what is there."""
    draw = history.random
    template = next(each.value for each in kept.values() if isinstance(each.value, SubmissionSet))
    submission_set = replace(template, entry_uuid=fresh_uuid(), unique_id=history._oid(), patient_id=history.patient_id)
    update = Submission((submission_set,))
    for _ in range(draw.randrange(1, 4)):
        update = draw.choice((_revise, _revise, _change_status, _submit_later))(update, draw, kept)
    return update


def _revise(update: Submission, draw: random.Random, kept: Mapping[str, Kept]) -> Submission:
    versioned = [each for each in kept.values() if each.kind in (Kind.STABLE, Kind.ON_DEMAND, Kind.FOLDER)]
    latest = [each for each in versioned if each.is_latest]
    chosen = draw.choice(latest if draw.random() < 0.9 else versioned)
    value = chosen.value
    if not isinstance(value, DocumentEntry | Folder):
        return update
    patient_id = update.submission_set.patient_id
    new = replace(value, entry_uuid=fresh_uuid(), patient_id=patient_id, version=None, availability_status=None)
    if draw.random() < 0.1:
        new = replace(new, unique_id="2.25.7")
    slots = [Slot("PreviousVersion", (str(value.version if draw.random() < 0.9 else 3),))]
    if draw.random() < 0.5:
        slots.append(Slot("AssociationPropagation", (draw.choice(("yes", "no")),)))
    is_entry = isinstance(new, DocumentEntry)
    announcement = Association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.HAS_MEMBER,
        source_object=update.submission_set.entry_uuid,
        target_object=new.entry_uuid,
        submission_set_status=SubmissionSetStatus.ORIGINAL if is_entry else None,
        extra=tuple(slots),
    )
    return replace(
        update,
        document_entries=(*update.document_entries, new) if isinstance(new, DocumentEntry) else update.document_entries,
        folders=(*update.folders, new) if isinstance(new, Folder) else update.folders,
        associations=(*update.associations, announcement),
    )


def _change_status(update: Submission, draw: random.Random, kept: Mapping[str, Kept]) -> Submission:
    chosen = draw.choice(
        [each for each in kept.values() if each.kind is not Kind.SUBMISSION_SET or draw.random() < 0.1]
    )
    original = chosen.status if draw.random() < 0.9 else draw.choice((APPROVED, DEPRECATED))
    new = DEPRECATED if original is APPROVED else APPROVED
    change = Association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.UPDATE_AVAILABILITY_STATUS,
        source_object=update.submission_set.entry_uuid,
        target_object=chosen.value.entry_uuid,
        extra=(Slot("OriginalStatus", (original,)), Slot("NewStatus", (new,))),
    )
    return replace(update, associations=(*update.associations, change))


def _submit_later(update: Submission, draw: random.Random, kept: Mapping[str, Kept]) -> Submission:
    entries = [key for key, each in kept.items() if each.kind.is_document_entry]
    folders = [key for key, each in kept.items() if each.kind is Kind.FOLDER]
    if not entries:
        return update
    is_membership = bool(folders) and draw.random() < 0.6
    added = Association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.HAS_MEMBER if is_membership else draw.choice(RELATIONSHIPS),
        source_object=draw.choice(folders if is_membership else entries),
        target_object=draw.choice(entries),
    )
    trigger = Association(
        entry_uuid=fresh_uuid(),
        association_type=AssociationType.SUBMIT_ASSOCIATION,
        source_object=update.submission_set.entry_uuid,
        target_object=added.entry_uuid,
    )
    return replace(update, associations=(*update.associations, added, trigger))


def of_patient(history: History, kept: Mapping[str, Kept]) -> dict[str, Kept]:
    """What the history's patient has."""
    return {key: each for key, each in kept.items() if each.patient.id_number == history.patient}


def several(history: History, kept: Mapping[str, Kept], count: int) -> Iterator[Submission]:
    """Updates one after the other, each of what the oracle has by then."""
    for _ in range(count):
        mine = of_patient(history, kept)
        if any(each.kind is Kind.SUBMISSION_SET for each in mine.values()):
            yield a_random_update(history, mine)
