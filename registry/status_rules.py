"""Rules about changes of availabilityStatus: which objects, from which status to which. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]

Pure. That the request can be understood is asked by ``xds.trigger_rules``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from registry.facts import Kind, ObjectFact
from registry.lifecycle import find_deprecated
from registry.revisions import StatusUpdate, Update
from xds import errors
from xds.domain import STANDARD_STATUSES
from xds.errors import RegistryError, Row
from xds.identifiers import is_symbolic
from xds.vocabulary import RELATIONSHIPS, REPLACEMENTS, AssociationType, AvailabilityStatus

_CLAUSE = "ITI Supplement XDS Metadata Update: 3.57.4.1.3.3"
_APPROVED = AvailabilityStatus.APPROVED

Joint = tuple[AssociationType | str, str, str]
"""An Association as it is compared: type, source, target."""


def judge_targets(update: Update) -> Iterator[RegistryError]:
    """The object is registered, has a status that can change, and is the latest version of itself; it is named once."""
    deprecated = set(find_deprecated(update.case.facts, update.case.references.replaced))
    revised: set[str] = set()
    for each in update.status_updates:
        fact = each.fact
        if each.revision is not None:
            if each.revision.identifier in revised:
                problem = f"{each.target} has its status changed already, as the version before the new one or after"
                yield _error(each, problem, "one change of status", errors.XDSMetadataUpdateOperationError)
            revised.add(each.revision.identifier)
        elif fact is None:
            if not (is_symbolic(each.target) or update.case.is_own(each.target)):
                problem = f"{each.target} is not registered"
                yield _error(each, problem, "a registered object", errors.UnresolvedReferenceException)
        elif fact.kind is Kind.SUBMISSION_SET:
            problem, expected = f"{each.target} is a SubmissionSet", "a DocumentEntry, a Folder or an Association"
            yield _error(each, problem, expected, errors.XDSMetadataUpdateError)
        elif not fact.is_latest:
            problem = f"{each.target} is version {fact.version} of {fact.logical_id} and not the latest"
            yield _error(each, problem, "the latest version", errors.XDSMetadataUpdateError)
        elif each.target in deprecated:
            problem = f"{each.target} is replaced by this request, or derived from what is"
            expected = "a change of status of something else"
            yield _error(each, problem, expected, errors.XDSMetadataUpdateOperationError)


def judge_statuses(update: Update) -> Iterator[RegistryError]:
    """OriginalStatus is the present status; what only DocumentEntries can become, others do not."""
    for each in update.status_updates:
        fact = each.revision.previous if each.revision is not None else each.fact
        if fact is None or fact.kind is Kind.SUBMISSION_SET:
            continue
        if each.original is not None and each.original is not fact.availability_status:
            problem, expected = f"{each.target} is {fact.availability_status}", f"{each.original}, its OriginalStatus"
            yield _error(each, problem, expected, errors.XDSMetadataUpdateError)
        if each.new is not None and each.new not in STANDARD_STATUSES and not fact.kind.is_document_entry:
            problem, expected = (
                f"{each.target} is no DocumentEntry",
                f"NewStatus {' or '.join(sorted(STANDARD_STATUSES))}",
            )
            yield _error(each, problem, expected, errors.XDSMetadataUpdateOperationError)


def judge_patients(update: Update) -> Iterator[RegistryError]:
    """The object is of the SubmissionSet's patient; that of a new version is judged with it."""
    patient = update.case.patient
    for each in update.status_updates:
        if each.revision is None and each.fact and patient not in (None, each.fact.patient):
            problem = f"{each.target} is of another patient than the SubmissionSet"
            yield _error(each, problem, "the same patient", errors.XDSPatientIDReconciliationError)


def judge_standing(update: Update) -> Iterator[RegistryError]:
    """What becomes Approved again must not contradict what is: what is replaced is not Approved, an Association stands once.

    So a document has one Approved replacement, which the store insists on. [decision 8]
    """
    new_statuses = {each.target: each.new for each in update.status_updates}
    standing: list[Joint] = [
        (each.association_type, each.source_object, each.target_object)
        for each in update.standing
        if each.entry_uuid not in new_statuses
    ]
    standing += [
        (association.association_type, source, target)
        for association, source, target in update.case.references.associations
        if association.association_type in RELATIONSHIPS
    ]
    for each in update.status_updates:
        if each.new is not _APPROVED or each.fact is None or each.revision is not None:
            continue
        if each.fact.kind is Kind.ASSOCIATION:
            joint = _joint(each.fact)
            replaced = update.case.find_registered(joint[2])
            if any(_contradict(joint, other) for other in standing):
                problem = f"another Association stands in the place of {each.target}"
                yield _error(each, problem, "that one Deprecated first", errors.XDSMetadataUpdateError)
            elif joint[0] in REPLACEMENTS and replaced and _status_after(replaced, new_statuses) is _APPROVED:
                problem = f"{joint[2]}, which {each.target} replaces, would be Approved"
                yield _error(each, problem, "that one Deprecated first", errors.XDSMetadataUpdateError)
            standing.append(joint)
        elif any(kind in REPLACEMENTS and target == each.target for kind, _, target in standing):
            problem, expected = f"{each.target} is replaced", "its replacement's Association Deprecated first"
            yield _error(each, problem, expected, errors.XDSMetadataUpdateError)


def _status_after(fact: ObjectFact, new_statuses: Mapping[str, AvailabilityStatus | None]) -> AvailabilityStatus | None:
    return new_statuses.get(fact.entry_uuid, fact.availability_status)


def _joint(fact: ObjectFact) -> Joint:
    return fact.association_type or "", fact.source_object, fact.target_object


def _contradict(one: Joint, other: Joint) -> bool:
    return one == other or (one[0] in REPLACEMENTS and other[0] in REPLACEMENTS and one[2] == other[2])


def _error(update: StatusUpdate, problem: str, expected: str, row: Row) -> RegistryError:
    location = update.association.entry_uuid
    return errors.error(
        row, f"{problem}; expected {expected} (UpdateAvailabilityStatus {location}) [{_CLAUSE}]", location
    )
