"""What an accepted submission does: final ids, deprecation and its cascade, Folders that follow. [ITI TF-2: 3.42.4.1.3]

Pure: from values to Effects. Whether the submission is accepted was judged before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from registry.case import Case
from registry.facts import Claim, Effects, Facts, Kind
from xds.hl7v2 import DTM
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import Association, DocumentEntry, Folder, SubmissionSet, changed
from xds.vocabulary import REPLACEMENTS, AssociationType, AvailabilityStatus

FIRST_VERSION = "1"
"""What is registered, not updated, is version 1 of its logicalID. [ITI TF-3: 4.2.3.2.31]"""

_APPROVED = AvailabilityStatus.APPROVED
_DESCENT = (AssociationType.XFRM, AssociationType.APND)


def effects_of(case: Case, now: datetime, new_uuid: Callable[[], str]) -> Effects:
    """The effects of a submission that was accepted."""
    submission, references = case.submission, case.references
    ids = {identifier: new_uuid() if is_symbolic(identifier) else identifier for identifier in references.own}
    touched_at = DTM.at(now)
    submission_set = submission.submission_set
    associations = tuple(
        _final_association(association, ids, source, target) for association, source, target in references.associations
    )
    set_uuid = ids[normal_id(submission_set.entry_uuid)]
    carried: tuple[Association, ...] = ()
    deprecate: tuple[str, ...] = ()
    if references.replaced:
        carried = tuple(_carry_folders(case, associations, set_uuid, new_uuid))
        deprecate = tuple(find_deprecated(case.facts, references.replaced))
    associations += carried
    return Effects(
        patient=references.own[normal_id(submission_set.entry_uuid)].patient,
        submission_set=_final_submission_set(submission_set, set_uuid),
        document_entries=tuple(_final_entry(entry, ids) for entry in submission.document_entries),
        folders=tuple(_final_folder(folder, ids, touched_at) for folder in submission.folders),
        associations=associations,
        claims=tuple(_claims(case)),
        deprecate=deprecate,
        touch=tuple(_touched(case, associations)) if references.outside else (),
        touched_at=touched_at,
    )


def _final_submission_set(submission_set: SubmissionSet, entry_uuid: str) -> SubmissionSet:
    """A SubmissionSet is always Approved. [ITI TF-3: 4.2.3.3.2]"""
    return changed(
        submission_set,
        entry_uuid=entry_uuid,
        logical_id=entry_uuid,
        version=FIRST_VERSION,
        availability_status=_APPROVED,
    )


def _final_entry(entry: DocumentEntry, ids: dict[str, str]) -> DocumentEntry:
    """What was submitted as availabilityStatus, logicalID or version does not count. [ITI TF-2: 3.42.4.1.3.7]"""
    entry_uuid = ids[normal_id(entry.entry_uuid)]
    return changed(
        entry, entry_uuid=entry_uuid, logical_id=entry_uuid, version=FIRST_VERSION, availability_status=_APPROVED
    )


def _final_folder(folder: Folder, ids: dict[str, str], touched_at: DTM) -> Folder:
    """lastUpdateTime is the registry's clock, whatever was submitted. [ITI TF-3: 4.2.3.4.6]"""
    entry_uuid = ids[normal_id(folder.entry_uuid)]
    return changed(
        folder,
        entry_uuid=entry_uuid,
        logical_id=entry_uuid,
        version=FIRST_VERSION,
        availability_status=_APPROVED,
        last_update_time=touched_at,
    )


def _final_association(association: Association, ids: dict[str, str], source: str, target: str) -> Association:
    entry_uuid = ids[normal_id(association.entry_uuid)]
    return changed(
        association,
        entry_uuid=entry_uuid,
        source_object=ids.get(source, source),
        target_object=ids.get(target, target),
        logical_id=entry_uuid,
        version=FIRST_VERSION,
        availability_status=_APPROVED,
    )


def _claims(case: Case) -> Iterator[Claim]:
    """The uniqueIds that nobody had; the same document again takes none. [ITI TF-2: 3.42.4.1.3.3]"""
    taken, submission = case.facts.unique_ids, case.submission
    yield Claim(submission.submission_set.unique_id or "", Kind.SUBMISSION_SET, submission.digest)
    for entry in submission.document_entries:
        if entry.unique_id and entry.unique_id not in taken:
            kind = case.references.own[normal_id(entry.entry_uuid)].kind
            yield Claim(entry.unique_id, kind, entry.hash or "", entry.size or "")
    for folder in submission.folders:
        if folder.unique_id not in taken:
            yield Claim(folder.unique_id or "", Kind.FOLDER)


def find_deprecated(facts: Facts, replaced: frozenset[str]) -> Iterator[str]:
    """The replaced entries and what descends from them by transformation and addendum. [ITI TF-2: 3.42.4.1.3.5]

    Snapshots do not follow: the framework does not say that they do.
    """
    children: dict[str, list[str]] = {}
    for fact in facts.associations:
        if fact.association_type in _DESCENT and fact.availability_status is _APPROVED:
            children.setdefault(fact.target_object, []).append(fact.source_object)
    reached = dict.fromkeys(sorted(replaced))
    waiting = list(reached)
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in reached:
                reached[child] = None
                waiting.append(child)
    for entry_uuid in reached:
        if entry_uuid in facts.objects and facts.objects[entry_uuid].availability_status is _APPROVED:
            yield entry_uuid


@dataclass(frozen=True, slots=True)
class _Membership:
    folder: str
    document_entry: str


def _carry_folders(
    case: Case, associations: tuple[Association, ...], set_uuid: str, new_uuid: Callable[[], str]
) -> Iterator[Association]:
    """Each Approved Folder that holds a replaced entry receives its replacement. [ITI TF-2: 3.42.4.1.3.5]

    The old membership stays. What the submission puts there itself is not put there twice.
    """
    memberships = {
        _Membership(association.source_object, association.target_object)
        for association in associations
        if association.association_type == AssociationType.HAS_MEMBER
    }
    for association in associations:
        if association.association_type not in REPLACEMENTS:
            continue
        # In an order of their own: that of a table's rows is not told, and what is drawn for them must not hang on it.
        for folder in sorted(_folders_of(case.facts, association.target_object)):
            membership = _Membership(folder, association.source_object)
            if membership not in memberships:
                memberships.add(membership)
                held = has_member(folder, association.source_object, new_uuid())
                yield held
                yield has_member(set_uuid, held.entry_uuid, new_uuid())


def _folders_of(facts: Facts, replaced: str) -> Iterator[str]:
    """Only a Folder of the entry's patient counts."""
    for fact in facts.associations:
        folder = facts.objects.get(fact.source_object)
        if (
            fact.target_object == replaced
            and fact.association_type is AssociationType.HAS_MEMBER
            and fact.availability_status is _APPROVED
            and folder is not None
            and folder.kind is Kind.FOLDER
            and folder.availability_status is _APPROVED
            and folder.patient == facts.objects[replaced].patient
        ):
            yield folder.entry_uuid


def has_member(source: str, target: str, entry_uuid: str) -> Association:
    """A membership that the registry makes itself."""
    return Association(
        entry_uuid=entry_uuid,
        association_type=AssociationType.HAS_MEMBER,
        source_object=source,
        target_object=target,
        logical_id=entry_uuid,
        version=FIRST_VERSION,
        availability_status=_APPROVED,
    )


def _touched(case: Case, associations: tuple[Association, ...]) -> Iterator[str]:
    """The registered Folders that receive an entry. [ITI TF-3: 4.2.3.4.6]"""
    objects = case.facts.objects
    sources = (each.source_object for each in associations if each.association_type == AssociationType.HAS_MEMBER)
    for source in dict.fromkeys(sources):
        if source in objects and objects[source].kind is Kind.FOLDER:
            yield source
