"""What a submission names: its own objects by id, and the ids outside it that its Associations point at. [ITI TF-3: 4.2.1]

Knows nothing of the past: that is told by facts.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.facts import Kind, ObjectFact, PatientIdentity, Question
from xds import hl7v2
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import Association, DocumentEntry, Folder, Submission, SubmissionSet
from xds.vocabulary import REPLACEMENTS, AvailabilityStatus, DocumentEntryType

NOBODY = PatientIdentity("", "")
"""Stands where an object has no readable patientId: the rules that need only the submission have said so."""

_ENTRY_KINDS = {DocumentEntryType.STABLE: Kind.STABLE, DocumentEntryType.ON_DEMAND: Kind.ON_DEMAND}


def identity_of(patient_id: hl7v2.CX | None) -> PatientIdentity:
    """The patient as it is compared: id and authority; further components do not count. [ITI TF-3: 4.2.3.2.16]"""
    if patient_id is None or hl7v2.CX.check(patient_id) is not None:
        return NOBODY
    return PatientIdentity(patient_id.id_number, patient_id.authority)


Identified = DocumentEntry | SubmissionSet | Folder
"""An object with a uniqueId and a patient: all but Associations."""


@dataclass(frozen=True, slots=True)
class References:
    """The ids of a submission, in normal form.

    ``own``: what the submission brings, told as facts are. ``associations``: with their ends. ``outside``: UUIDs that ends
    name and the submission does not bring. ``replaced``: those of them that a RPLC or XFRM_RPLC targets.
    ``patients``: each readable patientId once, in the order of its first appearance, with the object that carries it.
    """

    own: dict[str, ObjectFact]
    associations: tuple[tuple[Association, str, str], ...]
    outside: frozenset[str]
    replaced: frozenset[str]
    patients: dict[PatientIdentity, Identified]


def gather_references(submission: Submission) -> References:
    """Reads the ids of a submission once."""
    own: dict[str, ObjectFact] = {}
    patients: dict[PatientIdentity, Identified] = {}
    identities: dict[hl7v2.CX | None, PatientIdentity] = {None: NOBODY}
    identified: tuple[Identified, ...] = (
        *submission.submission_sets,
        *submission.document_entries,
        *submission.folders,
    )
    for registry_object in identified:
        patient_id = registry_object.patient_id
        if patient_id not in identities:
            identities[patient_id] = identity_of(patient_id)
        patient = identities[patient_id]
        if patient is not NOBODY:
            patients.setdefault(patient, registry_object)
        identifier = normal_id(registry_object.entry_uuid)
        own[identifier] = ObjectFact(
            identifier,
            _kind_of(registry_object),
            patient,
            AvailabilityStatus.APPROVED,
            registry_object.unique_id or "",
        )
    associations = tuple(
        [
            (association, normal_id(association.source_object), normal_id(association.target_object))
            for association in submission.associations
        ]
    )
    for association, _, _ in associations:
        identifier = normal_id(association.entry_uuid)
        own[identifier] = ObjectFact(identifier, Kind.ASSOCIATION, NOBODY, AvailabilityStatus.APPROVED)
    outside = {
        end for _, source, target in associations for end in (source, target) if end not in own and not is_symbolic(end)
    }
    replaced = {
        target
        for association, _, target in associations
        if association.association_type in REPLACEMENTS and target in outside
    }
    return References(own, associations, frozenset(outside), frozenset(replaced), patients)


def question_of(references: References) -> Question:
    """What must be known of the past to judge the submission."""
    return Question(
        patients=frozenset(references.patients),
        entry_uuids=frozenset(identifier for identifier in references.own if not is_symbolic(identifier)),
        unique_ids=frozenset(fact.unique_id for fact in references.own.values() if fact.unique_id),
        references=references.outside,
        replaced=references.replaced,
    )


def _kind_of(registry_object: Identified) -> Kind:
    if isinstance(registry_object, DocumentEntry):
        return _ENTRY_KINDS[registry_object.object_type]
    return Kind.SUBMISSION_SET if isinstance(registry_object, SubmissionSet) else Kind.FOLDER
