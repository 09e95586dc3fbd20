"""Ids and uniqueIds that are taken, and laws of every judgement. [ITI TF-2: 3.42.4.1.3]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.facts import AssociationFact, Kind, ObjectFact, UniqueIdFact
from registry.judge import RULES, judge
from tests.registry.cases import DOCUMENT, FOLDER, PATIENT, SOMEBODY_ELSE, a_case, a_fact, an_arrow
from tests.registry.desk import membership, relation
from tests.samples import (
    a_document_entry,
    a_folder,
    a_submission,
    a_submission_set,
    an_association,
    fresh_oid,
    fresh_uuid,
)
from xds.metadata import Submission
from xds.vocabulary import RELATIONSHIPS, AssociationType, AvailabilityStatus

TAKERS = [Kind.STABLE, Kind.ON_DEMAND, Kind.SUBMISSION_SET, Kind.FOLDER]


def test_plain_submission_has_nothing_against_it() -> None:
    assert judge(a_case(a_submission(folders=[a_folder()]))) == ()


@pytest.mark.parametrize("field", ["submission_set", "document_entry", "folder", "association"])
def test_uuid_that_is_registered_gets_XDSRegistryMetadataError(field: str) -> None:
    """Objects are not overwritten. [ITI TF-2: 3.42.4.1.3.7]"""
    taken = fresh_uuid()
    submission = {
        "submission_set": a_submission(submission_set=a_submission_set(entry_uuid=taken)),
        "document_entry": a_submission(document_entries=[a_document_entry(entry_uuid=taken.upper())]),
        "folder": a_submission(folders=[a_folder(entry_uuid=taken)]),
        "association": a_submission(
            folders=[a_folder()],
            associations=[an_association(entry_uuid=taken, source_object="Folder01", target_object="Document01")],
        ),
    }[field]
    (error,) = judge(a_case(submission, objects=[a_fact(taken)]))
    assert error.row.code == "XDSRegistryMetadataError"
    assert taken in error.code_context


@pytest.mark.parametrize("kind", TAKERS)
def test_unique_id_of_a_submission_set_that_is_taken_gets_XDSDuplicateUniqueIdInRegistry(kind: Kind) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    submission = a_submission()
    taken = {str(submission.submission_set.unique_id): UniqueIdFact(kind, "", "")}
    assert judge(a_case(submission, unique_ids=taken)).codes == ("XDSDuplicateUniqueIdInRegistry",)


@pytest.mark.parametrize("kind", TAKERS)
def test_unique_id_of_a_folder_that_is_taken_gets_XDSDuplicateUniqueIdInRegistry(kind: Kind) -> None:
    folder = a_folder()
    taken = {str(folder.unique_id): UniqueIdFact(kind, "", "")}
    assert judge(a_case(a_submission(folders=[folder]), unique_ids=taken)).codes == ("XDSDuplicateUniqueIdInRegistry",)


@pytest.mark.parametrize("kind", [Kind.SUBMISSION_SET, Kind.FOLDER, Kind.ON_DEMAND])
def test_unique_id_of_an_entry_taken_by_no_stable_entry_gets_XDSDuplicateUniqueIdInRegistry(kind: Kind) -> None:
    entry = a_document_entry()
    taken = {str(entry.unique_id): UniqueIdFact(kind, "", "")}
    (error,) = judge(a_case(a_submission(document_entries=[entry]), unique_ids=taken))
    assert error.row.code == "XDSDuplicateUniqueIdInRegistry"
    assert str(entry.unique_id) in error.code_context


@pytest.mark.parametrize(
    ("known_hash", "known_size", "codes"),
    [
        ("4CF4429DFF2C68D04BDBD16D14A1A9D0A1BD2D0B", "1274", ()),
        ("0" * 40, "1274", ("XDSNonIdenticalHash",)),
        ("4cf4429dff2c68d04bdbd16d14a1a9d0a1bd2d0b", "1275", ("XDSNonIdenticalSize",)),
        ("0" * 40, "1275", ("XDSNonIdenticalHash", "XDSNonIdenticalSize")),
    ],
)
def test_entry_with_known_unique_id_is_the_same_document_or_refused(
    known_hash: str, known_size: str, codes: tuple[str, ...]
) -> None:
    """Hashes compare without case. [ITI TF-3: 4.2.3.2.10]"""
    entry = a_document_entry()
    taken = {str(entry.unique_id): UniqueIdFact(Kind.STABLE, known_hash, known_size)}
    assert judge(a_case(a_submission(document_entries=[entry]), unique_ids=taken)).codes == codes


def test_missing_hash_is_not_told_twice() -> None:
    """That it is required is a rule of the submission's own."""
    entry = a_document_entry(hash=None, size=None)
    taken = {str(entry.unique_id): UniqueIdFact(Kind.STABLE, "0" * 40, "7")}
    assert judge(a_case(a_submission(document_entries=[entry]), unique_ids=taken)) == ()


@pytest.mark.parametrize("make", [a_document_entry, a_folder])
def test_logical_id_other_than_the_id_gets_XDSRegistryMetadataError(make: Callable[..., Any]) -> None:
    """A new version comes by an update. [ITI Supplement XDS Metadata Update: 3.42.4.1.3]"""
    versioned = make(logical_id=fresh_uuid())
    submission = a_submission(folders=[versioned]) if make is a_folder else a_submission(document_entries=[versioned])
    assert judge(a_case(submission)).codes == ("XDSRegistryMetadataError",)


@pytest.mark.parametrize("logical_id", [None, "Document01"])
def test_logical_id_that_is_the_id_is_accepted(logical_id: str | None) -> None:
    assert judge(a_case(a_submission(document_entries=[a_document_entry(logical_id=logical_id)]))) == ()


def test_rules_tell_each_its_own_errors_in_their_order() -> None:
    entry = a_document_entry(logical_id=fresh_uuid())
    rplc = relation(AssociationType.RPLC, "Document01", DOCUMENT)
    submission = a_submission(document_entries=[entry], associations=[rplc])
    case = a_case(submission, patients=(), unique_ids={str(entry.unique_id): UniqueIdFact(Kind.FOLDER, "", "")})
    assert judge(case).codes == (
        "XDSUnknownPatientId",
        "XDSRegistryMetadataError",
        "XDSDuplicateUniqueIdInRegistry",
        "UnresolvedReferenceException",
    )
    assert judge(case) == tuple(error for rule in RULES for error in rule(case))


@st.composite
def submissions(draw: st.DrawFn) -> Submission:
    ends = st.sampled_from(["Document01", "Folder01", "SubmissionSet01", DOCUMENT, FOLDER, DOCUMENT.upper(), "Nowhere"])
    kinds = st.sampled_from([*sorted(RELATIONSHIPS), AssociationType.HAS_MEMBER])
    associations = [
        an_association(
            entry_uuid=f"Association{number}",
            association_type=draw(kinds),
            source_object=draw(ends),
            target_object=draw(ends),
        )
        for number in range(draw(st.integers(0, 4)))
    ]
    submission = a_submission(
        document_entries=[a_document_entry(entry_uuid=draw(st.sampled_from(["Document01", DOCUMENT])))],
        folders=[a_folder(patient_id=draw(st.sampled_from([None, a_folder().patient_id])))],
    )
    return replace(submission, associations=submission.associations + tuple(associations))


facts = st.builds(
    ObjectFact,
    st.sampled_from([DOCUMENT, FOLDER]),
    st.sampled_from(list(Kind)),
    st.sampled_from([PATIENT, SOMEBODY_ELSE]),
    st.sampled_from(list(AvailabilityStatus)),
)
arrows = st.builds(
    an_arrow, st.sampled_from(list(AssociationType)), st.just(DOCUMENT), st.sampled_from([DOCUMENT, FOLDER])
)


@given(submissions(), st.lists(facts, max_size=2), st.lists(arrows, max_size=2))
def test_every_judgement_is_the_same_twice(
    submission: Submission, objects: list[ObjectFact], known: list[AssociationFact]
) -> None:
    """Pure, and it never breaks: whatever is submitted, there is a judgement. [style 8: laws]"""
    case = a_case(submission, objects=objects, associations=known)
    assert judge(case) == judge(case)


@given(st.sampled_from(list(Kind)))
def test_unique_id_facts_of_no_object_of_the_request_do_not_count(kind: Kind) -> None:
    assert judge(a_case(a_submission(), unique_ids={fresh_oid(): UniqueIdFact(kind, "", "")})) == ()


def test_membership_in_a_registered_folder_is_accepted() -> None:
    folder = ObjectFact(FOLDER, Kind.FOLDER, PATIENT, AvailabilityStatus.APPROVED)
    submission = a_submission(associations=[membership(FOLDER, "Document01")])
    assert judge(a_case(submission, objects=[folder])) == ()
