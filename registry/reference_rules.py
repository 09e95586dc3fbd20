"""Rules about what Associations point at outside their submission, and about replacements. [ITI TF-3: 4.2.2; ITI TF-2: 3.42.4.1.3.5]

Ends that are symbolic or of the submission itself are judged by ``xds.rules``, save where only a registered target is allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from registry.case import Case, describe
from registry.facts import Kind, ObjectFact
from xds import errors
from xds.errors import RegistryError, Row
from xds.identifiers import normal_id
from xds.metadata import Association
from xds.vocabulary import RELATIONSHIPS, REPLACEMENTS, AssociationType, AvailabilityStatus

_REGISTERED_TARGET = REPLACEMENTS | {AssociationType.IS_SNAPSHOT_OF}
"""Relationships to something registered before: a document cannot replace its own submission. [ITI TF-3: 4.2.2.2]"""
_ENTRIES = (Kind.STABLE, Kind.ON_DEMAND)
_TRANSFORMATIONS = (AssociationType.XFRM, AssociationType.XFRM_RPLC)


class _Rows(NamedTuple):
    """What is said of ends that are no longer Approved, and of ends of two patients."""

    not_approved: Row
    other_patient: Row


_OF_SUBMISSIONS = _Rows(errors.XDSRegistryDeprecatedDocumentError, errors.XDSPatientIdDoesNotMatch)
_SUBMITTED_LATER = _Rows(errors.XDSMetadataUpdateError, errors.XDSPatientIDReconciliationError)
"""[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""


def judge_memberships(case: Case) -> Iterator[RegistryError]:
    """HasMember: Reference to an entry, Folder and DocumentEntry. [ITI TF-3: 4.2.1.3, 4.2.1.4]"""
    own = case.references.own
    for association, source, target in case.references.associations:
        if association.association_type != AssociationType.HAS_MEMBER:
            continue
        source_fact = own.get(source)
        if source_fact is not None and source_fact.kind is Kind.SUBMISSION_SET:
            yield from _judge_end(case, association, target, "target", _ENTRIES)
            continue
        yield from _judge_end(case, association, source, "source", (Kind.FOLDER,))
        yield from _judge_end(case, association, target, "target", _ENTRIES)
        yield from _judge_same_patient(case, association, source, target)


def judge_relationships(case: Case) -> Iterator[RegistryError]:
    """RPLC, XFRM, APND, XFRM_RPLC, signs, IsSnapshotOf: the target and what it is. [ITI TF-3: 4.2.2.2]"""
    for association, source, target in case.references.associations:
        association_type = association.association_type
        if association_type not in RELATIONSHIPS:
            continue
        if case.is_own(target):
            if association_type in _REGISTERED_TARGET and source != target:
                sentence = "is an object of this submission, expected a DocumentEntry registered before"
                yield _end_error(errors.UnresolvedReferenceException, association, "target", target, sentence)
            continue
        is_later = _is_submitted_later(case, association)
        if is_later:
            yield from _judge_end(case, association, source, "source", _ENTRIES)
        yield from _judge_end(case, association, target, "target", _ENTRIES)
        yield from _judge_same_patient(case, association, source, target)
        source_fact = case.find(source) if is_later else case.references.own.get(source)
        target_fact = case.find_registered(target)
        if source_fact is not None and target_fact is not None:
            yield from _judge_kinds(case, association, source_fact, target_fact)


def judge_replacements(case: Case) -> Iterator[RegistryError]:
    """A DocumentEntry has one successor: the second meets a target that the first has deprecated. [ITI TF-3: 4.2.2.2.3]"""
    seen: set[str] = set()
    for association, _, target in case.references.associations:
        if association.association_type in REPLACEMENTS:
            if target in seen:
                sentence = "is replaced already by this submission, expected one replacement"
                yield _end_error(errors.XDSRegistryDeprecatedDocumentError, association, "target", target, sentence)
            seen.add(target)


def _judge_end(
    case: Case, association: Association, identifier: str, role: str, kinds: tuple[Kind, ...]
) -> Iterator[RegistryError]:
    """An end outside the submission exists, is of the right kind and Approved. [ITI TF-2: 3.42.4.1.3.5]"""
    if identifier not in case.references.outside:
        return
    fact = case.find_registered(identifier)
    if fact is None:
        sentence = "is neither in the submission nor registered, expected one of them"
        yield _end_error(errors.UnresolvedReferenceException, association, role, identifier, sentence)
    elif fact.kind not in kinds:
        expected = "a Folder" if kinds == (Kind.FOLDER,) else "a DocumentEntry"
        sentence = f"is no object that this type of Association can have as {role}, expected {expected}"
        yield _end_error(errors.XDSRegistryMetadataError, association, role, identifier, sentence)
    elif fact.availability_status is not AvailabilityStatus.APPROVED:
        sentence = f"is {fact.availability_status}, expected {AvailabilityStatus.APPROVED}"
        yield _end_error(_rows(case, association).not_approved, association, role, identifier, sentence)


def _judge_same_patient(case: Case, association: Association, source: str, target: str) -> Iterator[RegistryError]:
    """Both ends belong to one patient; two ends of the submission do by its own rule. [ITI TF-2: 3.42.4.1.3.4]

    What is submitted later has no end of the submission: there the patient is that of the SubmissionSet.
    """
    if case.is_own(source) and case.is_own(target):
        return
    ends = case.find(source), case.find(target)
    other_patient = _rows(case, association).other_patient
    if ends[0] and ends[1] and ends[0].patient != ends[1].patient:
        sentence = "belongs to another patient than the source, expected the same patient"
        yield _end_error(other_patient, association, "target", target, sentence)
    elif ends[0] and _is_submitted_later(case, association) and case.patient not in (None, ends[0].patient):
        sentence = "belongs to another patient than the SubmissionSet, expected the same patient"
        yield _end_error(other_patient, association, "source", source, sentence)


def _judge_kinds(
    case: Case, association: Association, source: ObjectFact, target: ObjectFact
) -> Iterator[RegistryError]:
    """What a relationship asks of its ends beside being DocumentEntries. [ITI TF-3: 4.2.2.2.1 to 4.2.2.2.6]"""
    association_type, sentence = association.association_type, ""
    if association_type in REPLACEMENTS and source.kind is Kind.STABLE and target.kind is Kind.ON_DEMAND:
        sentence = "is on-demand and cannot be replaced by a stable document, expected a stable DocumentEntry"
    elif association_type in REPLACEMENTS and source.kind is Kind.ON_DEMAND and target.kind is Kind.STABLE:
        sentence = "is stable and cannot be replaced by an on-demand document, expected an on-demand DocumentEntry"
    elif association_type == AssociationType.IS_SNAPSHOT_OF and target.kind is Kind.STABLE:
        sentence = "is stable, expected the on-demand DocumentEntry whose content the snapshot holds"
    elif association_type == AssociationType.APND and _is_transformation(case, target):
        sentence = "is itself a transformation, expected the document that was transformed: nothing is appended to a transformation"
    if sentence:
        yield _end_error(errors.XDSRegistryMetadataError, association, "target", target.entry_uuid, sentence)
    if (
        association_type == AssociationType.IS_SNAPSHOT_OF
        and source.kind is Kind.ON_DEMAND
        and not case.is_own(source.entry_uuid)
    ):
        sentence = "is on-demand, expected the stable DocumentEntry that is the snapshot"
        yield _end_error(errors.XDSRegistryMetadataError, association, "source", source.entry_uuid, sentence)


def _is_submitted_later(case: Case, association: Association) -> bool:
    return bool(case.submitted_later) and normal_id(association.entry_uuid) in case.submitted_later


def _rows(case: Case, association: Association) -> _Rows:
    return _SUBMITTED_LATER if _is_submitted_later(case, association) else _OF_SUBMISSIONS


def _is_transformation(case: Case, entry: ObjectFact) -> bool:
    return any(
        fact.source_object == entry.entry_uuid
        and fact.association_type in _TRANSFORMATIONS
        and fact.availability_status is AvailabilityStatus.APPROVED
        for fact in case.facts.associations
    )


def _end_error(row: Row, association: Association, role: str, identifier: str, sentence: str) -> RegistryError:
    return errors.error(row, f"{role} {identifier} of {describe(association)} {sentence}", association.entry_uuid)
