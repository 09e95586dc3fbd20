"""The case before the judge: a submission, what it names, what is known of the past, and the community's agreements.

No rule lives here; only what rules need to look at an object the same way, whether it is submitted or registered.
"""

from __future__ import annotations

from dataclasses import dataclass

from registry.facts import Facts, ObjectFact, PatientIdentity
from registry.references import NOBODY, References
from xds.domain import AffinityDomain
from xds.identifiers import normal_id
from xds.metadata import Association, Submission
from xds.vocabulary import AssociationType


@dataclass(frozen=True, slots=True)
class Case:
    """A submission with everything its judgement needs. Ids in normal form.

    ``submitted_later``: its Associations that an update adds to what is registered: neither end is of the submission.
    """

    submission: Submission
    references: References
    facts: Facts
    domain: AffinityDomain
    submitted_later: frozenset[str] = frozenset()

    @property
    def patient(self) -> PatientIdentity | None:
        """The patient of the SubmissionSet, where there is one and it says whose it is."""
        sets = self.submission.submission_sets
        patient = self.references.own[normal_id(sets[0].entry_uuid)].patient if len(sets) == 1 else NOBODY
        return None if patient is NOBODY else patient

    def is_own(self, identifier: str) -> bool:
        """Whether the submission itself brings the object."""
        return identifier in self.references.own

    def find_registered(self, identifier: str) -> ObjectFact | None:
        """The registered object of that id."""
        return self.facts.objects.get(identifier)

    def find(self, identifier: str) -> ObjectFact | None:
        """The object of that id, of the submission or registered."""
        return self.references.own.get(identifier) or self.facts.objects.get(identifier)


def describe(association: Association) -> str:
    """An Association as sentences call it: its type and its id as it was submitted."""
    association_type = association.association_type
    name = "HasMember" if association_type == AssociationType.HAS_MEMBER else association_type.rpartition(":")[2]
    return f"{name} {association.entry_uuid!r}"
