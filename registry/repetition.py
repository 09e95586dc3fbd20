"""The same submission sent again: answered as the first time, and stored once. [contract 5]

A source that got no answer sends again. Its SubmissionSet's uniqueId, taken for good by the first, then brings the same digest of
all that it says; anything else under that uniqueId is another submission, and refused by the rules.
"""

from __future__ import annotations

from registry.facts import Facts, Kind, UniqueIdFact
from xds.metadata import DocumentEntry, Submission


def is_repetition(submission: Submission, facts: Facts) -> bool:
    """Whether all that a submission asks for has been done already, and is still there.

    Not if a document or Folder of it has been taken out since, nor once its patient has been subsumed: what is said for a
    subsumed patient is refused, the first time or again. [ITI TF-2: 3.8.4.2.4]
    """
    if len(submission.submission_sets) != 1 or not submission.digest:
        return False
    known = facts.unique_ids
    fact = known.get(submission.submission_set.unique_id or "")
    return (
        fact is not None
        and fact.kind is Kind.SUBMISSION_SET
        and fact.hash == submission.digest
        and all(_is_as_registered(entry, known.get(entry.unique_id or "")) for entry in submission.document_entries)
        and all(folder.unique_id in known for folder in submission.folders)
        and all(patient.subsumed_by is None for patient in facts.patients.values())
    )


def _is_as_registered(entry: DocumentEntry, fact: UniqueIdFact | None) -> bool:
    """The document is no part of what the source says: a repository tells of it by the hash."""
    return fact is not None and (not entry.hash or entry.hash.lower() == fact.hash)
