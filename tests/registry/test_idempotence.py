"""The same submission sent again is answered as the first time, and stored once. [contract 5]"""

from __future__ import annotations

from dataclasses import replace

import pytest

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import ANY_STATUS, Backend, Desk, relation
from tests.registry.test_patients import feed
from tests.registry.test_patients_merged import a_known_patient, a_merge
from tests.samples import a_code, a_domain, fresh_oid, fresh_uuid
from xds.domain import Bite, ValueSet
from xds.metadata import DocumentEntry, Submission
from xds.vocabulary import AssociationType, Severity

DIGEST = "5d" * 32


def sent(submission: Submission, digest: str = DIGEST) -> Submission:
    """The submission as it comes off the wire, with the digest of what was written."""
    return replace(submission, digest=digest)


def entries(desk: Desk) -> list[DocumentEntry]:
    found = desk.find(q.FIND_DOCUMENTS, (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, ANY_STATUS))
    return [one for one in found.values() if isinstance(one, DocumentEntry)]


def a_symbolic_submission(desk: Desk) -> Submission:
    """As sources make them: its ids would be others each time it is registered."""
    return desk.submission(desk.entry(entry_uuid="Document01"), folders=[desk.folder(entry_uuid="Folder01")])


def test_same_submission_again_is_answered_Success_and_stored_once(desk: Desk) -> None:
    submission = sent(a_symbolic_submission(desk))
    desk.registered(submission)
    before = entries(desk)
    assert desk.register(submission).errors == ()
    assert entries(desk) == before


def test_other_content_under_the_same_unique_id_gets_XDSDuplicateUniqueIdInRegistry(desk: Desk) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    first = desk.registered(sent(desk.submission(desk.entry())))
    second = desk.submission(desk.entry(), unique_id=first.submission_set.unique_id)
    assert desk.register(sent(second, "a7" * 32)).errors.codes == ("XDSDuplicateUniqueIdInRegistry",)
    assert len(entries(desk)) == 1


def test_submission_that_was_never_written_is_no_repetition(desk: Desk) -> None:
    """Without a digest nothing is known of what was sent."""
    submission = desk.registered(a_symbolic_submission(desk))
    assert "XDSDuplicateUniqueIdInRegistry" in desk.register(submission).errors.codes


def test_same_replacement_again_is_answered_Success_though_its_target_is_deprecated(desk: Desk) -> None:
    original = desk.entry()
    desk.registered(desk.submission(original))
    replacement = desk.entry()
    replaces = relation(AssociationType.RPLC, replacement.entry_uuid, original.entry_uuid)
    submission = sent(desk.submission(replacement, associations=[replaces]))
    desk.registered(submission)
    assert desk.register(submission).errors == ()


def test_same_submission_with_other_bytes_gets_XDSNonIdenticalHash(desk: Desk) -> None:
    """What the source wrote is the same; the hash, which the repository tells, is not. [ITI TF-2: 3.42.4.1.3.3]"""
    submission = desk.registered(sent(desk.submission(desk.entry())))
    changed = replace(
        submission, document_entries=tuple(replace(one, hash="0" * 40) for one in submission.document_entries)
    )
    assert "XDSNonIdenticalHash" in desk.register(changed).errors.codes


def test_unique_id_of_a_folder_is_that_of_no_submission(desk: Desk) -> None:
    submission = sent(a_symbolic_submission(desk))
    desk.registered(submission)
    (folder,) = submission.folders
    other = sent(desk.submission(desk.entry(), unique_id=folder.unique_id))
    assert desk.register(other).errors.codes == ("XDSDuplicateUniqueIdInRegistry",)


def test_same_submission_again_repeats_its_warnings(registry_backend: Backend) -> None:
    known = ValueSet("types", frozenset(), unknown_code=Bite.WARNING)
    desk = Desk(registry_backend, replace(a_domain(), value_sets={"type_code": known}))
    submission = sent(desk.submission(desk.entry(type_code=a_code("rare"))))
    first, second = desk.register(submission), desk.register(submission)
    assert [error.severity for error in first.errors] == [Severity.WARNING]
    assert second.errors == first.errors


def test_same_submission_of_a_patient_subsumed_since_gets_XDSUnknownPatientId(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    submission = desk.registered(sent(desk.submission(desk.entry())))
    feed(desk, a_merge(desk.patient_id, a_known_patient(desk)))
    assert "XDSUnknownPatientId" in desk.register(submission).errors.codes


def test_same_submission_again_is_refused_once_a_document_of_it_was_removed(desk: Desk) -> None:
    """A repetition brings nothing back: what is gone must be submitted anew."""
    entry = desk.entry()
    submission = desk.registered(sent(desk.submission(entry)))
    members = [one.entry_uuid for one in submission.associations]
    desk.backend.settle(lambda work: work.remove((entry.entry_uuid, *members)), lambda _: False)
    assert "XDSDuplicateUniqueIdInRegistry" in desk.register(submission).errors.codes


@pytest.mark.parametrize("attribute", ["entry_uuid", "unique_id"])
def test_further_submission_of_the_same_document_is_another_one(desk: Desk, attribute: str) -> None:
    """A digest counts under its own SubmissionSet's uniqueId alone."""
    desk.registered(sent(desk.submission(desk.entry())))
    fresh = {"entry_uuid": fresh_uuid(), "unique_id": fresh_oid()}[attribute]
    desk.registered(sent(desk.submission(desk.entry(**{attribute: fresh}))))
    assert len(entries(desk)) == 2
