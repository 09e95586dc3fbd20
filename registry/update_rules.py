"""Rules about new versions: that they follow the latest one, and keep what must be kept. [ITI Supplement XDS Metadata Update: 3.57.4.1.3]

Pure. What an update's own Slots and objects must look like is asked by ``xds.trigger_rules``, what its changes of status meet by
``status_rules``, and what its Associations point at by ``reference_rules``, as in a registration.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from registry import judge, reference_rules, status_rules
from registry.facts import Kind
from registry.patient_rules import judge_patients
from registry.references import NOBODY
from registry.revisions import Revision, Update
from xds import errors, triggers
from xds.errors import ErrorList, RegistryError, Row, seen
from xds.identifiers import normal_id
from xds.metadata import DocumentEntry
from xds.transactions import ITI_57, ITI_92, Transaction
from xds.vocabulary import AssociationType, AvailabilityStatus

Rule = Callable[[Update], Iterator[RegistryError]]

_IDENTIFIER_CHANGED = {ITI_57: errors.XDSMetadataUpdateError, ITI_92: errors.XDSMetadataIdentifierError}
_TYPE_CHANGED = {ITI_57: errors.XDSMetadataUpdateError, ITI_92: errors.XDSObjectTypeError}
_UNMODIFIABLE = (
    ("repositoryUniqueId", "repository_unique_id"),
    ("sourcePatientId", "source_patient_id"),
    ("documentAvailability", "document_availability"),
)
"""What a restricted update must leave as it is. [ITI Supplement Restricted Metadata Update: 3.92.4.1.3]"""
_PERSONAL = "source_patient_id"
_KINDS = {Kind.STABLE: "a stable DocumentEntry", Kind.ON_DEMAND: "an on-demand DocumentEntry", Kind.FOLDER: "a Folder"}
_CLAUSES: dict[Transaction, str] = {
    ITI_57: "ITI Supplement XDS Metadata Update: 3.57.4.1.3.3",
    ITI_92: "ITI Supplement Restricted Metadata Update: 3.92.4.1.3",
}


def judge_update(update: Update) -> ErrorList:
    """Everything that the past has against an update, and warnings."""
    return ErrorList(error for rule in RULES for error in rule(update))


def judge_as_registration(update: Update) -> Iterator[RegistryError]:
    """Patients, ids, the SubmissionSet's uniqueId and what Associations point at, as ITI-42 asks. [ITI TF-2: 3.42.4.1.3]"""
    case = update.case
    yield from judge_patients(case)
    yield from judge.judge_ids(case)
    # A new version keeps its uniqueId; whether it is the right one is asked below.
    yield from judge.judge_unique_ids(
        replace(case, submission=replace(case.submission, document_entries=(), folders=()))
    )
    yield from reference_rules.judge_memberships(case)
    yield from reference_rules.judge_relationships(case)
    yield from reference_rules.judge_replacements(case)


def judge_versions(update: Update) -> Iterator[RegistryError]:
    """The logicalID is known, and PreviousVersion is the latest version."""
    for revision in update.revisions:
        if revision.previous is None:
            problem, expected = f"is {revision.logical_id}", "the logicalID of a registered DocumentEntry or Folder"
            yield _flaw(update, revision, "lid", problem, expected, errors.XDSMetadataVersionError)
        elif revision.announcement is not None:
            told = triggers.previous_version(revision.announcement)
            if told is not None and told != revision.previous.version:
                expected = f"{revision.previous.version}, the latest version of {revision.logical_id}"
                row = errors.XDSMetadataVersionError
                yield _flaw(update, revision, "PreviousVersion", f"is {told}", expected, row)


def judge_latest_is_approved(update: Update) -> Iterator[RegistryError]:
    """Only what is Approved gets a new version; a restricted update carries any status over."""
    for revision in update.revisions if update.transaction == ITI_57 else ():
        previous = revision.previous
        if previous is not None and previous.availability_status is not AvailabilityStatus.APPROVED:
            problem = f"follows version {previous.version}, which is {previous.availability_status}"
            expected = str(AvailabilityStatus.APPROVED)
            yield _flaw(update, revision, "availabilityStatus", problem, expected, errors.XDSMetadataUpdateError)


def judge_identity(update: Update) -> Iterator[RegistryError]:
    """objectType and uniqueId stay."""
    for revision in update.revisions:
        previous, own = revision.previous, update.case.references.own[revision.identifier]
        if previous is None:
            continue
        if own.kind is not previous.kind:
            problem, row = f"is that of {_KINDS[own.kind]}", _TYPE_CHANGED[update.transaction]
            yield _flaw(update, revision, "objectType", problem, f"that of {_KINDS[previous.kind]}", row)
        if own.unique_id and own.unique_id != previous.unique_id:
            row = _IDENTIFIER_CHANGED[update.transaction]
            yield _flaw(update, revision, "uniqueId", seen(own.unique_id), f"{previous.unique_id}, as registered", row)


def judge_patient_changes(update: Update) -> Iterator[RegistryError]:
    """The patient changes only where nothing would be left joined to another patient's; never in a restricted update."""
    for revision in update.revisions:
        previous, own = revision.previous, update.case.references.own[revision.identifier]
        if previous is None or own.patient in (NOBODY, previous.patient):
            continue
        joined = next(
            (each for each in update.relations if previous.entry_uuid in (each.source_object, each.target_object)), None
        )
        if update.transaction == ITI_92:
            problem, expected = "is not that of the registered version", "the same patient"
        elif joined is not None:
            problem = f"is not that of the registered version, which {joined.entry_uuid} joins to others"
            expected = "the same patient, or an object without relationship and Folder"
        else:
            continue
        yield _flaw(update, revision, "patientId", problem, expected, errors.XDSPatientIDReconciliationError)


def judge_unmodifiable(update: Update) -> Iterator[RegistryError]:
    """What a restricted update must not change."""
    for revision in update.revisions:
        if not (isinstance(revision.value, DocumentEntry) and isinstance(revision.submitted, DocumentEntry)):
            continue
        for name, field in _UNMODIFIABLE:
            text, registered = getattr(revision.submitted, field), getattr(revision.value, field)
            if (text or None) != (registered or None):
                problem = "is not the registered one" if field == _PERSONAL else seen(text)
                expected = (
                    "it as registered" if field == _PERSONAL or not registered else f"{registered}, as registered"
                )
                yield _flaw(update, revision, name, problem, expected, errors.UnmodifiableMetadataError)


def judge_superseded_ends(update: Update) -> Iterator[RegistryError]:
    """An Association of the request names the new version of what the request gives one."""
    superseded = {revision.previous.entry_uuid: revision for revision in update.revisions if revision.previous}
    for association, source, target in update.case.references.associations:
        if association.association_type == AssociationType.UPDATE_AVAILABILITY_STATUS:
            continue
        for role, end in (("sourceObject", source), ("targetObject", target)):
            if end in superseded:
                told = (
                    f"Association {association.entry_uuid} / {role} is {end}, whose new version is in this request; "
                    f"expected {superseded[end].submitted.entry_uuid} [{_CLAUSES[update.transaction]}]"
                )
                yield errors.error(errors.XDSMetadataUpdateOperationError, told, association.entry_uuid)


def judge_memberships_submitted_later(update: Update) -> Iterator[RegistryError]:
    """A membership that is submitted later is not there already."""
    case = update.case
    known = {
        (fact.source_object, fact.target_object)
        for fact in case.facts.associations
        if fact.association_type is AssociationType.HAS_MEMBER
        and fact.availability_status is AvailabilityStatus.APPROVED
    }
    for association, source, target in case.references.associations:
        if (
            association.association_type == AssociationType.HAS_MEMBER
            and normal_id(association.entry_uuid) in case.submitted_later
        ):
            if (source, target) in known:
                told = (
                    f"Association {association.entry_uuid}: Folder {source} holds {target} already; expected a membership "
                    f"that is not there [{_CLAUSES[update.transaction]}]"
                )
                yield errors.error(errors.XDSMetadataUpdateError, told, association.entry_uuid)
            known.add((source, target))


def _flaw(update: Update, revision: Revision, attribute: str, problem: str, expected: str, row: Row) -> RegistryError:
    location = f"{type(revision.submitted).__name__} {revision.submitted.entry_uuid} / {attribute}"
    return errors.flaw(location, problem, expected, _CLAUSES[update.transaction], row)


RULES: tuple[Rule, ...] = (
    judge_as_registration,
    judge_versions,
    judge_latest_is_approved,
    judge_identity,
    judge_patient_changes,
    judge_unmodifiable,
    judge_superseded_ends,
    judge_memberships_submitted_later,
    status_rules.judge_targets,
    status_rules.judge_statuses,
    status_rules.judge_patients,
    status_rules.judge_standing,
)
"""Every rule that needs the past, in the order in which its errors are told."""
