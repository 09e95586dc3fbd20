"""Rules about what an update asks for: which objects and Slots make it, and that it can be understood.

They need the request alone, which is an update; what is registered is asked by the registry.
[ITI Supplement XDS Metadata Update: 3.57.4.1.3; ITI Supplement Restricted Metadata Update: 3.92.4.1.3]
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from xds import errors, triggers
from xds.case import Case, is_revision, name_of
from xds.domain import STANDARD_STATUSES
from xds.errors import RegistryError, Row, flaw, seen, shown
from xds.identifiers import normal_id
from xds.metadata import Association, DocumentEntry, Folder, SubmissionSet
from xds.vocabulary import RELATIONSHIPS, AssociationType, AvailabilityStatus, UpdateSlot

_UPDATE = "ITI Supplement XDS Metadata Update: 3.57.4.1.3.3"
_RESTRICTED = "ITI Supplement Restricted Metadata Update: 3.92.4.1.3"
_FIRST_VERSION = {"ITI-57": errors.XDSMetadataUpdateError, "ITI-92": errors.XDSInvalidRequestException}
_SLOTS = {"ITI-57": errors.XDSMetadataUpdateOperationError, "ITI-92": errors.XDSMetadataAnnotationError}
_OF_ANNOUNCEMENTS = frozenset({UpdateSlot.PREVIOUS_VERSION, UpdateSlot.ASSOCIATION_PROPAGATION})
_OF_STATUS_UPDATES = frozenset({UpdateSlot.ORIGINAL_STATUS, UpdateSlot.NEW_STATUS})
_SUBMITTABLE = RELATIONSHIPS | {AssociationType.HAS_MEMBER}


def first_versions_are_registered(case: Case) -> Iterator[RegistryError]:
    """What an update brings is a later version: it bears the logicalID of what is registered."""
    for value in _versionable(case):
        if not is_revision(value):
            problem = f"{seen(value.logical_id)}, that of a first version"
            expected = "the logicalID of a registered object, which is not its own id"
            yield flaw(f"{name_of(value)} / lid", problem, expected, _clause(case), _row(_FIRST_VERSION, case))


def logical_ids_occur_once(case: Case) -> Iterator[RegistryError]:
    """One new version of an object at a time."""
    count = Counter(normal_id(value.logical_id or "") for value in _versionable(case) if is_revision(value))
    for logical_id, times in count.items():
        if times > 1:
            problem, row = f"is that of {times} objects", errors.XDSMetadataUpdateOperationError
            yield flaw(f"lid {logical_id}", problem, "one new version of it in a request", _clause(case), row)


def new_versions_are_announced(case: Case) -> Iterator[RegistryError]:
    """The HasMember to a new version says which version it follows, and whether Associations propagate."""
    for association, value in case.announcements():
        if not is_revision(value):
            continue
        if triggers.previous_version(association) is None:
            yield _slot_flaw(case, association, UpdateSlot.PREVIOUS_VERSION, "the number of the version before")
        propagation = triggers.values_of(association, UpdateSlot.ASSOCIATION_PROPAGATION)
        allowed = (triggers.YES, triggers.NO) if case.transaction.name == "ITI-57" else (triggers.YES,)
        if propagation is not None and (len(propagation) != 1 or propagation[0] not in allowed):
            yield _slot_flaw(case, association, UpdateSlot.ASSOCIATION_PROPAGATION, " or ".join(allowed))


def update_slots_are_where_they_belong(case: Case) -> Iterator[RegistryError]:
    """A Slot that tells an update what to do stands on the Association of that operation."""
    announcements = {id(association) for association, _ in case.announcements()}
    for association in case.submission.associations:
        if id(association) in announcements:
            allowed: frozenset[UpdateSlot] = _OF_ANNOUNCEMENTS
        elif association.association_type == AssociationType.UPDATE_AVAILABILITY_STATUS:
            allowed = _OF_STATUS_UPDATES
        else:
            allowed = frozenset()
        for slot in UpdateSlot:
            if slot not in allowed and triggers.values_of(association, slot) is not None:
                location = f"{name_of(association)} / {slot}"
                yield flaw(location, "is present", "it on the operation it is of", _clause(case), _row(_SLOTS, case))


def status_updates_are_complete(case: Case) -> Iterator[RegistryError]:
    """UpdateAvailabilityStatus leads from the SubmissionSet to one object and says from which status to which other."""
    targets: set[str] = set()
    for association in _of_type(case, AssociationType.UPDATE_AVAILABILITY_STATUS):
        target = case.find(association.target_object)
        yield from _judge_source(case, association)
        if target is not None and not (isinstance(target, DocumentEntry | Folder) and is_revision(target)):
            location, problem = f"{name_of(association)} / targetObject", f"is the {name_of(target)}"
            yield _unintelligible(location, problem, "a registered object, or the new version of one")
        if normal_id(association.target_object) in targets:
            location, problem = f"{name_of(association)} / targetObject", f"{association.target_object} is named twice"
            yield _unintelligible(location, problem, "one change of status of an object")
        targets.add(normal_id(association.target_object))
        if association.submission_set_status is not None:
            location = f"{name_of(association)} / SubmissionSetStatus"
            yield _unintelligible(location, "is present", "it on HasMember alone")
        known = [_judge_status(case, association, slot) for slot in (UpdateSlot.ORIGINAL_STATUS, UpdateSlot.NEW_STATUS)]
        yield from (problem for problem in known if problem is not None)
        original, new = (triggers.value_of(association, slot) for slot in _STATUS_SLOTS)
        if original is not None and original == new:
            location = f"{name_of(association)} / NewStatus"
            yield _unintelligible(location, f"{seen(new)} as OriginalStatus is", "another status")


def submitted_associations_are_complete(case: Case) -> Iterator[RegistryError]:
    """SubmitAssociation leads from the SubmissionSet to an Association of the request between objects that are registered."""
    for association in _of_type(case, AssociationType.SUBMIT_ASSOCIATION):
        yield from _judge_source(case, association)
        target = case.find(association.target_object)
        location = f"{name_of(association)} / targetObject"
        if not isinstance(target, Association):
            if not case.is_unresolved(association.target_object):
                problem = f"is the {name_of(target)}" if target else seen(association.target_object)
                yield _unintelligible(location, problem, "an Association of this request")
            continue
        if target.association_type not in _SUBMITTABLE:
            expected = "a HasMember from a Folder, or a relationship between DocumentEntries"
            yield flaw(location, f"is of type {shown(target.association_type)}", expected, _UPDATE)
        for name, end in (("sourceObject", target.source_object), ("targetObject", target.target_object)):
            if (found := case.find(end)) is not None:
                problem = f"is the {name_of(found)} of this request"
                yield _unintelligible(f"{name_of(target)} / {name}", problem, "a registered object")


def propagation_stands_alone(case: Case) -> Iterator[RegistryError]:
    """A relationship of a new version is either propagated or submitted."""
    propagating = {
        normal_id(value.entry_uuid)
        for association, value in case.announcements()
        if is_revision(value) and triggers.propagates(association)
    }
    for association in case.submission.associations:
        ends = {normal_id(association.source_object), normal_id(association.target_object)}
        if association.association_type in RELATIONSHIPS and ends & propagating:
            problem = "is a relationship of a new version whose Associations propagate"
            yield _unintelligible(name_of(association), problem, "AssociationPropagation 'no' on its HasMember")


def restricted_updates_change_entries_alone(case: Case) -> Iterator[RegistryError]:
    """A restricted update has a SubmissionSet, DocumentEntries, and a HasMember to each."""
    if case.transaction.name != "ITI-92":
        return
    for folder in case.submission.folders:
        yield flaw(name_of(folder), "is a Folder", "DocumentEntries alone", _RESTRICTED, errors.XDSObjectTypeError)
    announcements = {id(association) for association, _ in case.announcements()}
    others = {AssociationType.UPDATE_AVAILABILITY_STATUS, AssociationType.SUBMIT_ASSOCIATION}
    for association in case.submission.associations:
        # Those of other operations are told by the rule about types of Associations.
        if id(association) not in announcements and association.association_type not in others:
            problem = f"is of type {shown(association.association_type)} and announces no DocumentEntry of this request"
            row = errors.XDSMetadataUpdateOperationError
            yield flaw(name_of(association), problem, "HasMember from the SubmissionSet to each", _RESTRICTED, row)


_STATUS_SLOTS = (UpdateSlot.ORIGINAL_STATUS, UpdateSlot.NEW_STATUS)


def _versionable(case: Case) -> tuple[DocumentEntry | Folder, ...]:
    """Folders are no matter of a restricted update: that is told once."""
    folders = case.submission.folders if case.transaction.name == "ITI-57" else ()
    return (*case.submission.document_entries, *folders)


def _of_type(case: Case, association_type: AssociationType) -> Iterator[Association]:
    if case.transaction.name == "ITI-57":
        for association in case.submission.associations:
            if association.association_type == association_type:
                yield association


def _judge_source(case: Case, association: Association) -> Iterator[RegistryError]:
    if not isinstance(case.find(association.source_object), SubmissionSet):
        location, problem = f"{name_of(association)} / sourceObject", seen(association.source_object)
        yield _unintelligible(location, problem, "the SubmissionSet of this request")


def _judge_status(case: Case, association: Association, slot: UpdateSlot) -> RegistryError | None:
    allowed = case.domain.availability_statuses
    if isinstance(case.find(association.target_object), Folder):
        allowed &= STANDARD_STATUSES
    if triggers.status_of(association, slot) in allowed:
        return None
    listed = " or ".join(status for status in AvailabilityStatus if status in allowed)
    return _slot_flaw(case, association, slot, listed)


def _slot_flaw(case: Case, association: Association, slot: UpdateSlot, expected: str) -> RegistryError:
    values = triggers.values_of(association, slot)
    problem = seen(values[0] if values else None) if not values or len(values) == 1 else f"has {len(values)} values"
    return flaw(f"{name_of(association)} / {slot}", problem, expected, _clause(case), _row(_SLOTS, case))


def _unintelligible(location: str, problem: str, expected: str) -> RegistryError:
    return flaw(location, problem, expected, _UPDATE, errors.XDSMetadataUpdateOperationError)


def _row(rows: dict[str, Row], case: Case) -> Row:
    return rows[case.transaction.name]


def _clause(case: Case) -> str:
    return _UPDATE if case.transaction.name == "ITI-57" else _RESTRICTED
