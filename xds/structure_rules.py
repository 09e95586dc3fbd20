"""Rules about the make-up of a submission: what it holds, and what its Associations join. [ITI TF-3: 4.2.1, 4.2.2]

Each rule needs the submission alone; ends that only a registry can know are the registry's to judge.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from xds import errors
from xds.case import NO_FOLDERS, Case, name_of
from xds.errors import RegistryError, flaw, seen
from xds.hl7v2 import CX
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import Association, DocumentEntry, RegistryObject, SubmissionSet
from xds.vocabulary import RELATIONSHIPS, AssociationType, DocumentEntryType, SubmissionSetStatus

_UPDATES = {AssociationType.UPDATE_AVAILABILITY_STATUS, AssociationType.SUBMIT_ASSOCIATION}
_NO_HOLDERS = (DocumentEntry, Association)
_TRANSFORMATIONS = {AssociationType.XFRM, AssociationType.XFRM_RPLC}
_ANNOUNCED = {"ITI-57": errors.XDSMetadataUpdateOperationError, "ITI-92": errors.XDSMetadataAnnotationError}
"""What is said of the HasMember that announces a new version. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""
_ENTRY_TYPE = {
    "ITI-41": DocumentEntryType.STABLE,
    "ITI-42": DocumentEntryType.STABLE,
    "ITI-61": DocumentEntryType.ON_DEMAND,
}


def one_submission_set(case: Case) -> Iterator[RegistryError]:
    """There is exactly one SubmissionSet."""
    count = len(case.submission.submission_sets)
    if count != 1:
        yield flaw("SubmissionSet", f"occurs {count} times", "exactly one SubmissionSet", "ITI TF-3: 4.2.1.4")


def has_content(case: Case) -> Iterator[RegistryError]:
    """There is something to register or to update: a DocumentEntry, a Folder, an entry put into a Folder, a change of status."""
    submission = case.submission
    if not (
        submission.document_entries
        or submission.folders
        or any(map(case.is_folder_membership, submission.associations))
        or (case.is_update and any(each.association_type in _UPDATES for each in submission.associations))
    ):
        expected = "a DocumentEntry, a Folder or a HasMember from a Folder to a DocumentEntry"
        problem = "holds nothing to update" if case.is_update else "holds nothing to register"
        yield flaw("SubmitObjectsRequest", problem, expected, "ITI TF-3: 4.2.1.4")


def all_are_members(case: Case) -> Iterator[RegistryError]:
    """Every DocumentEntry, Folder and Folder membership is joined to the SubmissionSet once; a membership by either way in an update."""
    submission = case.submission
    held = [
        normal_id(association.target_object)
        for association, source, _ in case.memberships
        if isinstance(source, SubmissionSet)
    ]
    count = Counter((*held, *case.submitted_associations))
    folder_memberships = [each.association for each in case.memberships if not isinstance(each.source, NO_FOLDERS)]
    members: tuple[RegistryObject, ...] = (*submission.document_entries, *submission.folders, *folder_memberships)
    for value in members:
        times = count[normal_id(value.entry_uuid)]
        if times != 1:
            problem = f"has {times} HasMember associations from the SubmissionSet"
            row = None if isinstance(value, Association) else _ANNOUNCED.get(case.transaction.name)
            yield flaw(name_of(value), problem, "exactly one", "ITI TF-3: 4.2.1.4", row)


def submission_set_status_agrees(case: Case) -> Iterator[RegistryError]:
    """SubmissionSetStatus is Original for an entry of the request, Reference for a registered one."""
    for association, source, target in case.memberships:
        if not isinstance(source, SubmissionSet):
            continue
        is_here = isinstance(target, DocumentEntry)
        if not is_here and (target is not None or is_symbolic(association.target_object)):
            continue
        expected = SubmissionSetStatus.ORIGINAL if is_here else SubmissionSetStatus.REFERENCE
        if association.submission_set_status != expected:
            why = "the DocumentEntry is of this request" if is_here else "no DocumentEntry of this request is meant"
            location = f"{name_of(association)} / SubmissionSetStatus"
            row = _ANNOUNCED.get(case.transaction.name) if is_here else None
            told = f"{expected}: {why}"
            yield flaw(location, seen(association.submission_set_status), told, "ITI TF-3: 4.2.1.4.1", row)


def association_types_are_known(case: Case) -> Iterator[RegistryError]:
    """The associationType is one of IHE's, in its full form, and fits the transaction and the affinity domain."""
    for association in case.submission.associations:
        kind = association.association_type
        if not isinstance(kind, AssociationType):
            location = f"{name_of(association)} / associationType"
            expected = "an association type in URN form, such as " + AssociationType.HAS_MEMBER
            yield flaw(location, seen(kind or None), expected, "ITI TF-3: Table 4.2.2-1")
        elif kind in _UPDATES and case.transaction.name != "ITI-57":
            location = f"{name_of(association)} / associationType"
            yield flaw(location, seen(kind), "it in ITI-57 alone", "ITI TF-2: 3.57.4.1.3")
        elif kind.rpartition(":")[2] in case.domain.documents.associations_refused:
            location = f"{name_of(association)} / associationType"
            yield flaw(location, seen(kind), "a relationship that this affinity domain allows", "ITI TF-1: 10.4.1")


def memberships_join_what_they_may(case: Case) -> Iterator[RegistryError]:
    """HasMember joins SubmissionSet or Folder with what each may hold; Folders do not nest."""
    for association, source, target in case.memberships:
        if isinstance(source, _NO_HOLDERS):
            location = f"{name_of(association)} / sourceObject"
            yield flaw(location, f"is the {name_of(source)}", "a SubmissionSet or a Folder", "ITI TF-3: 4.2.2.1")
            continue
        if isinstance(source, SubmissionSet):
            is_wrong = isinstance(target, SubmissionSet) or (
                isinstance(target, Association) and not case.is_folder_membership(target)
            )
            expected = "a DocumentEntry, a Folder, or a HasMember from a Folder to a DocumentEntry"
        else:
            is_wrong = target is not None and not isinstance(target, DocumentEntry)
            expected = "a DocumentEntry"
        if is_wrong and target is not None:
            location = f"{name_of(association)} / targetObject"
            yield flaw(location, f"is the {name_of(target)}", expected, "ITI TF-3: 4.2.2.1")


def relationships_join_entries(case: Case) -> Iterator[RegistryError]:
    """A relationship of the request targets a DocumentEntry.

    Leniency: signs may target the SubmissionSet of its own request, as the DMP signs a lot. [CI-SIS Partage: signature]
    """
    for association in case.submission.associations:
        if association.association_type not in RELATIONSHIPS:
            continue
        target = case.find(association.target_object)
        if target is None or isinstance(target, DocumentEntry):
            continue
        if association.association_type is AssociationType.SIGNS and isinstance(target, SubmissionSet):
            continue
        location = f"{name_of(association)} / targetObject"
        yield flaw(location, f"is the {name_of(target)}", "a DocumentEntry", "ITI TF-3: 4.2.2.2")


def relationship_sources_are_submitted(case: Case) -> Iterator[RegistryError]:
    """The source of a relationship is a DocumentEntry of the request, save where an update adds it to registered ones."""
    for association in case.submission.associations:
        if association.association_type not in RELATIONSHIPS:
            continue
        source = case.find(association.source_object)
        if isinstance(source, DocumentEntry):
            continue
        if source is None and normal_id(association.entry_uuid) in case.submitted_associations:
            continue
        if not case.is_unresolved(association.source_object):
            location = f"{name_of(association)} / sourceObject"
            problem, expected = seen(association.source_object), "the id of a DocumentEntry of this request"
            yield flaw(location, problem, expected, "ITI TF-3: 4.2.2.2", errors.UnresolvedReferenceException)


def symbolic_references_resolve(case: Case) -> Iterator[RegistryError]:
    """What an Association names by a symbolic id is in the request."""
    for association in case.submission.associations:
        for name, reference in (
            ("sourceObject", association.source_object),
            ("targetObject", association.target_object),
        ):
            if reference and case.is_unresolved(reference):
                location, expected = (
                    f"{name_of(association)} / {name}",
                    "the id of an object of this request, or a UUID",
                )
                clause, row = "ITI TF-2: 3.42.4.1.3.7", errors.UnresolvedReferenceException
                yield flaw(location, seen(reference), expected, clause, row)


def memberships_are_not_documented(case: Case) -> Iterator[RegistryError]:
    """Association documentation stands on relationships only."""
    for association, _, _ in case.memberships:
        if association.association_documentation is not None:
            location = f"{name_of(association)} / associationDocumentation"
            yield flaw(location, "is present on a HasMember", "none", "ITI TF-3: 4.2.2.2.6")


def ids_are_unique(case: Case) -> Iterator[RegistryError]:
    """No two objects of the request have one id."""
    values = case.submission.objects()
    if len(case.by_id) == len(values):
        return  # each has its own, as is usual
    names = [normal_id(value.entry_uuid) for value in values if value.entry_uuid]
    for name, times in Counter(names).items():
        if times > 1:
            yield flaw(f"id {name}", f"is that of {times} objects", "an id of its own for each", "ITI TF-3: 4.2.3.1.5")


def unique_ids_are_unique(case: Case) -> Iterator[RegistryError]:
    """No two objects of the request have one uniqueId."""
    names = [value.unique_id for value in case.identified() if value.unique_id]
    for unique_id, times in Counter(names).items() if len(set(names)) < len(names) else ():
        if times > 1:
            problem = f"{errors.shown(unique_id)} is that of {times} objects"
            clause, row = "ITI TF-3: 4.2.3.2.26", errors.XDSRegistryDuplicateUniqueIdInMessage
            yield flaw("uniqueId", problem, "a uniqueId of its own for each", clause, row)


def patients_agree(case: Case) -> Iterator[RegistryError]:
    """SubmissionSet, DocumentEntries and Folders have one patient: id and authority count."""
    expected = None
    values = case.identified()
    if len({value.patient_id for value in values}) == 1:
        return  # written alike in all of them, as is usual
    for value in values:
        if value.patient_id is None or CX.check(value.patient_id) is not None:
            continue  # told by the rules about attributes
        patient = (value.patient_id.id_number, value.patient_id.authority)
        if expected is None:
            expected, first = patient, value
        elif patient != expected:
            location, problem = f"{name_of(value)} / patientId", f"is not that of {name_of(first)}"
            clause = "ITI TF-2: 3.42.4.1.3.4"
            row = errors.XDSPatientIDReconciliationError if case.is_update else errors.XDSPatientIdDoesNotMatch
            yield flaw(location, problem, "one patient in all objects of the request", clause, row)


def entries_are_of_the_transaction(case: Case) -> Iterator[RegistryError]:
    """Stable entries are provided and registered; on-demand ones have a transaction of their own."""
    expected = _ENTRY_TYPE.get(case.transaction.name)
    for entry in case.submission.document_entries if expected else ():
        if entry.object_type is not expected:
            kind = "stable" if expected is DocumentEntryType.STABLE else "on-demand"
            told = f"{expected} ({kind}) in {case.transaction.name}"
            yield flaw(f"{name_of(entry)} / objectType", seen(entry.object_type), told, "ITI TF-3: 4.2.3.2.30")


def snapshots_are_stable(case: Case) -> Iterator[RegistryError]:
    """IsSnapshotOf leads from a stable entry."""
    for association in case.submission.associations:
        if association.association_type is not AssociationType.IS_SNAPSHOT_OF:
            continue
        source = case.find(association.source_object)
        if isinstance(source, DocumentEntry) and source.object_type is not DocumentEntryType.STABLE:
            location = f"{name_of(association)} / sourceObject"
            yield flaw(location, "is an on-demand DocumentEntry", "a stable one", "ITI TF-3: 4.2.2.2.7")


def nothing_relates_to_itself(case: Case) -> Iterator[RegistryError]:
    """A document does not replace, transform, append to or sign itself."""
    for association in case.submission.associations:
        if association.association_type in RELATIONSHIPS and (
            normal_id(association.source_object) == normal_id(association.target_object)
        ):
            yield flaw(name_of(association), "joins a document with itself", "two documents", "ITI TF-3: 4.2.2.2")


def transformations_get_no_addenda(case: Case) -> Iterator[RegistryError]:
    """Nothing is appended to a document that is itself a transformation."""
    transformed = {
        normal_id(association.source_object)
        for association in case.submission.associations
        if association.association_type in _TRANSFORMATIONS
    }
    for association in case.submission.associations:
        is_addendum = association.association_type is AssociationType.APND
        if is_addendum and normal_id(association.target_object) in transformed:
            location = f"{name_of(association)} / targetObject"
            problem, expected = "is a transformation", "the document that was transformed"
            yield flaw(location, problem, expected, "ITI TF-3: 4.2.2.2.1")
