"""What an accepted update does: new versions, what propagates to them, changes of status.

[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]

Pure: from values to Effects. Whether the update is accepted was judged before; what it does as a submission is in ``lifecycle``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar

from registry import lifecycle
from registry.facts import Effects, Kind, StatusChange
from registry.revisions import Revision, Update, read_registered
from registry.selection import FoundAssociation
from xds import triggers
from xds.case import versionable
from xds.identifiers import normal_id
from xds.metadata import Association, DocumentEntry, Folder
from xds.transactions import ITI_92
from xds.vocabulary import REPLACEMENTS, AssociationType, AvailabilityStatus

Versioned = TypeVar("Versioned", DocumentEntry, Folder)

_APPROVED, _DEPRECATED = AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED


def effects_of(update: Update, now: datetime, new_uuid: Callable[[], str]) -> Effects:
    """The effects of an update that was accepted."""
    base = lifecycle.effects_of(update.case, now, new_uuid)
    revisions = {revision.identifier: revision for revision in update.revisions}
    statuses = {
        each.revision.identifier: each.new
        for each in update.status_updates
        if each.revision is not None and each.new is not None
    }

    def revise(submitted: Versioned, final: Versioned) -> Versioned:
        identifier = normal_id(submitted.entry_uuid)
        return _revise(final, revisions[identifier], update, statuses.get(identifier), base.deprecate)

    submission = update.case.submission
    entries = tuple(revise(*pair) for pair in zip(submission.document_entries, base.document_entries, strict=True))
    folders = tuple(revise(*pair) for pair in zip(submission.folders, base.folders, strict=True))
    finals: tuple[DocumentEntry | Folder, ...] = (*entries, *folders)
    superseded = tuple(
        dict.fromkeys(revision.previous.entry_uuid for revision in update.revisions if revision.previous is not None)
    )
    final_ids = {
        normal_id(submitted.entry_uuid): final.entry_uuid
        for submitted, final in zip(versionable(submission), finals, strict=True)
    }
    new_ends = _new_ends(update, final_ids)
    base = replace(base, associations=tuple(_into_new_folders(base.associations, new_ends)))
    propagated = _propagate(update, base, new_ends, new_uuid)
    touch = (*base.touch, *propagated.touch, *_touched_by_status(update))
    return replace(
        base,
        document_entries=entries,
        folders=folders,
        associations=base.associations + propagated.associations,
        deprecate=tuple(entry_uuid for entry_uuid in base.deprecate if entry_uuid not in superseded),
        supersede=superseded,
        status_changes=(*_status_changes(update), *propagated.status_changes),
        touch=tuple(folder for folder in dict.fromkeys(touch) if folder not in superseded),
    )


def _revise(
    final: Versioned,
    revision: Revision,
    update: Update,
    status: AvailabilityStatus | None,
    deprecate: tuple[str, ...],
) -> Versioned:
    """The next version: logicalID kept, and Approved, unless the request says otherwise of what it follows."""
    previous = revision.previous
    assert previous is not None, "an update of nothing is not accepted"
    if status is None and update.transaction == ITI_92:
        status = previous.availability_status
    if previous.entry_uuid in deprecate:
        status = _DEPRECATED
    return replace(
        final,
        logical_id=previous.logical_id,
        version=str(previous.version + 1),
        availability_status=status or _APPROVED,
    )


def _status_changes(update: Update) -> Iterator[StatusChange]:
    for each in update.status_updates:
        if each.revision is None and each.original is not None and each.new is not None:
            yield StatusChange(each.target, each.original, each.new)


def _touched_by_status(update: Update) -> Iterator[str]:
    """A membership that appears or disappears is a change of the Folder. [ITI TF-3: 4.2.3.4.6]"""
    for each in update.status_updates:
        if each.fact is not None and each.fact.association_type is AssociationType.HAS_MEMBER:
            source = update.case.find_registered(each.fact.source_object)
            if source is not None and source.kind is Kind.FOLDER:
                yield source.entry_uuid


@dataclass(frozen=True, slots=True)
class _Propagated:
    associations: tuple[Association, ...]
    status_changes: tuple[StatusChange, ...]
    touch: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Copy:
    """An Association of a previous version, and where its copy leads."""

    original: FoundAssociation
    source: str
    target: str

    @property
    def takes_the_place(self) -> bool:
        """A document has one Approved replacement: the copy takes the place of what the version before had. [decision 8]"""
        return self.original.association_type in REPLACEMENTS and self.target == self.original.target_object


def _new_ends(update: Update, final_ids: Mapping[str, str]) -> dict[str, str | None]:
    """Previous version → the new one, where what is joined to the first is to be joined to the second."""
    return {
        revision.previous.entry_uuid: final_ids[revision.identifier] if _propagates(revision) else None
        for revision in update.revisions
        if revision.previous is not None
    }


def _into_new_folders(
    associations: tuple[Association, ...], new_ends: Mapping[str, str | None]
) -> Iterator[Association]:
    """A replacement follows into the new version of a Folder; where nothing propagates to that, into none.

    What the request itself puts somewhere names no version that it supersedes.
    """
    left_out: set[str] = set()
    there = {(each.source_object, each.target_object) for each in associations}
    for association in associations:
        if association.source_object in new_ends and association.association_type == AssociationType.HAS_MEMBER:
            folder = new_ends[association.source_object]
            if folder is None or (folder, association.target_object) in there:
                left_out.add(association.entry_uuid)
            else:
                yield replace(association, source_object=folder)
        elif association.target_object not in left_out:
            yield association


def _propagate(
    update: Update, base: Effects, new_ends: Mapping[str, str | None], new_uuid: Callable[[], str]
) -> _Propagated:
    """Copies the relationships and memberships of previous versions to the new ones. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]

    A membership is recorded as made by this submission, as every membership is.
    """
    associations: list[Association] = []
    status_changes: list[StatusChange] = []
    touch: list[str] = []
    for copy in _copies(update, base, new_ends):
        value = read_registered(copy.original.ebrim)
        assert isinstance(value, Association)
        entry_uuid = new_uuid()
        associations.append(
            replace(
                value,
                entry_uuid=entry_uuid,
                source_object=copy.source,
                target_object=copy.target,
                logical_id=entry_uuid,
                version=lifecycle.FIRST_VERSION,
                availability_status=_APPROVED,
            )
        )
        if copy.original.association_type is AssociationType.HAS_MEMBER:
            associations.append(lifecycle.has_member(base.submission_set.entry_uuid, entry_uuid, new_uuid()))
            if update.case.find_registered(copy.source) is not None:
                touch.append(copy.source)
        if copy.takes_the_place:
            status_changes.append(StatusChange(copy.original.entry_uuid, _APPROVED, _DEPRECATED))
    return _Propagated(tuple(associations), tuple(status_changes), tuple(touch))


def _copies(update: Update, base: Effects, new_ends: Mapping[str, str | None]) -> Iterator[_Copy]:
    """What is there already is not made twice, and what the request deprecates itself is not copied."""
    changed = {each.target for each in update.status_updates}
    known = {
        (association.association_type, association.source_object, association.target_object)
        for association in base.associations
    }

    def follow(end: str) -> str | None:
        """The end of a copy: the new version where there is one, and nothing that has been superseded."""
        if end in new_ends:
            return new_ends[end]
        fact = update.case.find_registered(end)
        return end if fact is not None and fact.is_latest else None

    for original in sorted(update.relations, key=lambda each: each.entry_uuid):
        source, target = follow(original.source_object), follow(original.target_object)
        if source is None or target is None or original.entry_uuid in changed:
            continue
        joint = (original.association_type, source, target)
        if joint not in known:
            known.add(joint)
            yield _Copy(original, source, target)


def _propagates(revision: Revision) -> bool:
    return revision.announcement is None or triggers.propagates(revision.announcement)
