"""Rules that need the past: ids and uniqueIds already taken, patients, and what Associations point at. [ITI TF-2: 3.42.4.1.3]

Pure: the same case is judged the same twice. Rules that need only the submission are ``xds.rules``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from registry import reference_rules
from registry.case import Case
from registry.facts import Kind, UniqueIdFact
from registry.patient_rules import judge_patients
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import DocumentEntry, Folder, SubmissionSet

Rule = Callable[[Case], Iterator[RegistryError]]


def judge(case: Case) -> ErrorList:
    """Everything that the past has against the submission, and warnings."""
    return ErrorList(error for rule in RULES for error in rule(case))


def judge_ids(case: Case) -> Iterator[RegistryError]:
    """An id given as UUID is not registered yet: objects are not overwritten. [ITI TF-2: 3.42.4.1.3.7]

    Nor is it the logicalID of a version whose first one was taken out: that would be the first of two objects.
    """
    logical_ids = {fact.logical_id for fact in case.facts.objects.values()}
    for identifier in case.references.own:
        if is_symbolic(identifier):
            continue
        if case.find_registered(identifier):
            sentence = f"{identifier} is the id of a registered object; expected a new UUID or a symbolic id"
            yield errors.error(errors.XDSRegistryMetadataError, sentence, identifier)
        elif identifier in logical_ids:
            sentence = f"{identifier} is the logicalID of a registered object; expected a new UUID or a symbolic id"
            yield errors.error(errors.XDSRegistryMetadataError, sentence, identifier)


def judge_logical_ids(case: Case) -> Iterator[RegistryError]:
    """What is registered is a first version, whose logicalID is its entryUUID. [ITI Supplement XDS Metadata Update: 3.42.4.1.3]"""
    versionable: tuple[DocumentEntry | Folder, ...] = (*case.submission.document_entries, *case.submission.folders)
    for versioned in versionable:
        if versioned.logical_id and normal_id(versioned.logical_id) != normal_id(versioned.entry_uuid):
            sentence = (
                f"lid of {versioned.entry_uuid} is {errors.shown(versioned.logical_id)}, expected none or the object's own id: "
                "a new version is submitted by an update, not by a registration"
            )
            yield errors.error(errors.XDSRegistryMetadataError, sentence, versioned.entry_uuid)


def judge_unique_ids(case: Case) -> Iterator[RegistryError]:
    """A uniqueId is taken for good, save by the same document again. [ITI TF-2: 3.42.4.1.3.3, 3.61.4.1.3]

    An on-demand document has no bytes to compare: its uniqueId alone says that it is the same.
    """
    taken = case.facts.unique_ids
    if not taken:
        return
    packages: tuple[SubmissionSet | Folder, ...] = (*case.submission.submission_sets, *case.submission.folders)
    for package in packages:
        if package.unique_id and package.unique_id in taken:
            yield _duplicate(package, taken[package.unique_id])
    for entry in case.submission.document_entries:
        fact = taken.get(entry.unique_id or "")
        if fact is None:
            continue
        if fact.kind is not case.references.own[normal_id(entry.entry_uuid)].kind:
            yield _duplicate(entry, fact)
        elif fact.kind is Kind.STABLE:
            yield from _judge_same_document(entry, fact)


def _duplicate(submitted: DocumentEntry | SubmissionSet | Folder, fact: UniqueIdFact) -> RegistryError:
    sentence = (
        f"uniqueId {submitted.unique_id} of {type(submitted).__name__} {submitted.entry_uuid} is taken by a registered "
        f"{_NAMES[fact.kind]}, expected a new one"
    )
    return errors.error(errors.XDSDuplicateUniqueIdInRegistry, sentence, submitted.entry_uuid)


def _judge_same_document(entry: DocumentEntry, fact: UniqueIdFact) -> Iterator[RegistryError]:
    """Hashes compare without case; one that is missing is told by its own rule. [ITI TF-3: 4.2.3.2.10, Table 4.2.4.1-2]"""
    known = f"uniqueId {entry.unique_id} of {entry.entry_uuid} is that of a registered document"
    if entry.hash and entry.hash.lower() != fact.hash.lower():
        sentence = f"{known} whose hash is {fact.hash}; the submitted hash is {entry.hash}, expected the same document"
        yield errors.error(errors.XDSNonIdenticalHash, sentence, entry.entry_uuid)
    if entry.size and entry.size != fact.size:
        sentence = f"{known} whose size is {fact.size}; the submitted size is {entry.size}, expected the same document"
        yield errors.error(errors.XDSNonIdenticalSize, sentence, entry.entry_uuid)


_NAMES = {
    Kind.STABLE: "DocumentEntry",
    Kind.ON_DEMAND: "on-demand DocumentEntry",
    Kind.SUBMISSION_SET: "SubmissionSet",
    Kind.FOLDER: "Folder",
    Kind.ASSOCIATION: "Association",
}

RULES: tuple[Rule, ...] = (
    judge_patients,
    judge_ids,
    judge_logical_ids,
    judge_unique_ids,
    reference_rules.judge_memberships,
    reference_rules.judge_relationships,
    reference_rules.judge_replacements,
)
"""Every rule that needs the past, in the order in which its errors are told."""
