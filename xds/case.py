"""A submission being judged: itself, the transaction that brought it, the domain, and its objects by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from xds.domain import AffinityDomain
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Submission, SubmissionSet
from xds.transactions import ITI_57, ITI_61, ITI_92, Transaction
from xds.vocabulary import AssociationType, DocumentEntryType

_UPDATES = (ITI_57.name, ITI_92.name)
NO_FOLDERS = (SubmissionSet, DocumentEntry, Association)


class Membership(NamedTuple):
    """A HasMember and the objects of the request that it joins; ``None`` stands for what is not of the request."""

    association: Association
    source: RegistryObject | None
    target: RegistryObject | None


@dataclass(frozen=True)
class Case:
    """What rules are told. Ids compare as ``normal_id`` gives them."""

    submission: Submission
    transaction: Transaction
    domain: AffinityDomain

    @property
    def is_update(self) -> bool:
        """Whether the request changes what is registered. [ITI Supplement XDS Metadata Update: 3.57]"""
        return self.transaction.name in _UPDATES

    def column_of(self, value: RegistryObject) -> str:
        """The transaction whose needs an object must meet: an on-demand entry, whoever brings it, has its own."""
        is_on_demand = isinstance(value, DocumentEntry) and value.object_type is DocumentEntryType.ON_DEMAND
        return ITI_61.name if self.is_update and is_on_demand else self.transaction.name

    @cached_property
    def by_id(self) -> dict[str, RegistryObject]:
        """The objects of the request by id; of two with one id the first."""
        found: dict[str, RegistryObject] = {}
        for value in self.submission.objects():
            found.setdefault(normal_id(value.entry_uuid), value)
        return found

    def find(self, reference: str) -> RegistryObject | None:
        """The object of the request that a reference names."""
        return self.by_id.get(normal_id(reference))

    def is_unresolved(self, reference: str) -> bool:
        """Whether a symbolic reference names nothing in the request: a rule of its own tells that."""
        return is_symbolic(reference) and self.find(reference) is None

    @cached_property
    def memberships(self) -> tuple[Membership, ...]:
        """The HasMember associations, each with what the request has at its ends."""
        return tuple(
            [
                Membership(association, self.find(association.source_object), self.find(association.target_object))
                for association in self.submission.associations
                if association.association_type == AssociationType.HAS_MEMBER
            ]
        )

    def announcements(self) -> Iterator[tuple[Association, DocumentEntry | Folder]]:
        """The HasMember from a SubmissionSet to a DocumentEntry or Folder of the request, each with that object."""
        for association, source, target in self.memberships:
            if isinstance(target, DocumentEntry | Folder) and isinstance(source, SubmissionSet):
                yield association, target

    @cached_property
    def submitted_associations(self) -> tuple[str, ...]:
        """Ids that a SubmitAssociation of an update names. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""
        if self.transaction.name != ITI_57.name:
            return ()
        return tuple(
            normal_id(association.target_object)
            for association in self.submission.associations
            if association.association_type == AssociationType.SUBMIT_ASSOCIATION
        )

    def is_folder_membership(self, association: Association) -> bool:
        """Whether a HasMember puts a DocumentEntry into a Folder: what no SubmissionSet of the request holds."""
        return association.association_type == AssociationType.HAS_MEMBER and not isinstance(
            self.find(association.source_object), NO_FOLDERS
        )

    def identified(self) -> tuple[SubmissionSet | DocumentEntry | Folder, ...]:
        """The objects that have a uniqueId and a patient."""
        submission = self.submission
        return (*submission.submission_sets, *submission.document_entries, *submission.folders)


def versionable(submission: Submission) -> tuple[DocumentEntry | Folder, ...]:
    """The objects of a request that have versions. [ITI Supplement XDS Metadata Update: 4.2.3.1]"""
    return (*submission.document_entries, *submission.folders)


def is_revision(value: DocumentEntry | Folder) -> bool:
    """Whether an object is a later version: its logicalID is that of the first. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""
    return bool(value.logical_id) and normal_id(value.logical_id or "") != normal_id(value.entry_uuid)


def name_of(value: RegistryObject) -> str:
    """An object for people: its kind and id."""
    return f"{type(value).__name__} {value.entry_uuid}"
