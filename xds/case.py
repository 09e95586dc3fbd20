"""A submission being judged: itself, the transaction that brought it, the domain, and its objects by id."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from xds.domain import AffinityDomain
from xds.identifiers import is_symbolic, normal_id
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Submission, SubmissionSet
from xds.transactions import Transaction
from xds.vocabulary import AssociationType


@dataclass(frozen=True)
class Case:
    """What rules are told. Ids compare as ``normal_id`` gives them."""

    submission: Submission
    transaction: Transaction
    domain: AffinityDomain

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

    def memberships(self) -> Iterator[Association]:
        """The HasMember associations."""
        return (
            association
            for association in self.submission.associations
            if association.association_type == AssociationType.HAS_MEMBER
        )

    def is_folder_membership(self, association: Association) -> bool:
        """Whether a HasMember puts a DocumentEntry into a Folder: what no SubmissionSet of the request holds."""
        return association.association_type == AssociationType.HAS_MEMBER and not isinstance(
            self.find(association.source_object), SubmissionSet | DocumentEntry | Association
        )

    def identified(self) -> Iterator[SubmissionSet | DocumentEntry | Folder]:
        """The objects that have a uniqueId and a patient."""
        yield from self.submission.submission_sets
        yield from self.submission.document_entries
        yield from self.submission.folders


def name_of(value: RegistryObject) -> str:
    """An object for people: its kind and id."""
    return f"{type(value).__name__} {value.entry_uuid}"
