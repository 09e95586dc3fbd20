"""What an accepted submission does to itself and to what was there. [ITI TF-2: 3.42.4.1.3]"""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count

import pytest

from registry.case import Case
from registry.facts import Claim, Effects, Kind, UniqueIdFact
from registry.lifecycle import effects_of
from tests.registry.cases import DOCUMENT, FOLDER, PATIENT, SOMEBODY_ELSE, a_case, a_fact, a_folder_fact, an_arrow
from tests.registry.desk import membership, relation
from tests.samples import a_document_entry, a_folder, a_submission, a_submission_set, fresh_uuid
from xds.hl7v2 import DTM
from xds.metadata import Association, RegistryObject
from xds.vocabulary import AssociationType, AvailabilityStatus

NOW = datetime(2026, 3, 1, 8, 30, 59, 999_999, tzinfo=UTC)
APND, XFRM, RPLC = AssociationType.APND, AssociationType.XFRM, AssociationType.RPLC
HAS_MEMBER = AssociationType.HAS_MEMBER


def effects(case: Case) -> Effects:
    numbers = count(1)
    return effects_of(case, NOW, lambda: f"urn:uuid:00000000-0000-4000-8000-{next(numbers):012}")


def replacing(*associations: Association) -> Association:
    return relation(RPLC, "Document01", DOCUMENT)


def memberships(done: Effects) -> list[tuple[str, str]]:
    return [
        (each.source_object, each.target_object) for each in done.associations if each.association_type is HAS_MEMBER
    ]


def test_every_symbolic_id_becomes_one_uuid_wherever_it_stands() -> None:
    done = effects(a_case(a_submission(folders=[a_folder()], associations=[membership("Folder01", "Document01")])))
    (entry,), (folder,) = done.document_entries, done.folders
    held = next(each for each in done.associations if each.source_object == folder.entry_uuid)
    the_set = done.submission_set.entry_uuid
    assert memberships(done) == [
        (the_set, entry.entry_uuid),
        (the_set, folder.entry_uuid),
        (the_set, held.entry_uuid),
        (folder.entry_uuid, entry.entry_uuid),
    ]
    ids = [the_set, entry.entry_uuid, folder.entry_uuid, *(each.entry_uuid for each in done.associations)]
    assert len(set(ids)) == len(ids)


def test_ids_given_as_uuid_stay_in_lower_case() -> None:
    given, target = fresh_uuid(), fresh_uuid()
    submission = a_submission(
        submission_set=a_submission_set(entry_uuid=given.upper()),
        associations=[relation(APND, "Document01", "urn:uuid:" + target[9:].upper())],
    )
    done = effects(a_case(submission, objects=[a_fact(target)]))
    assert done.submission_set.entry_uuid == given
    assert done.associations[0].source_object == given
    assert done.associations[-1].target_object == target


def test_all_objects_are_approved_first_versions_whatever_was_submitted() -> None:
    deprecated = AvailabilityStatus.DEPRECATED
    submission = a_submission(
        submission_set=a_submission_set(availability_status=deprecated, logical_id="other", version="4"),
        document_entries=[a_document_entry(availability_status=deprecated, version="4")],
        folders=[a_folder(availability_status=deprecated, version="4")],
    )
    done = effects(a_case(submission))
    everything: tuple[RegistryObject, ...] = (
        done.submission_set,
        *done.document_entries,
        *done.folders,
        *done.associations,
    )
    for each in everything:
        assert each.availability_status is AvailabilityStatus.APPROVED
        assert each.logical_id == each.entry_uuid
        assert each.version == "1"


def test_folder_was_updated_now_whatever_was_submitted() -> None:
    """To the second, in UTC. [ITI TF-3: 4.2.3.4.6]"""
    done = effects(a_case(a_submission(folders=[a_folder(last_update_time=DTM("19990101"))])))
    assert done.folders[0].last_update_time == done.touched_at == "20260301083059"


def test_new_unique_ids_are_claimed_and_that_of_the_same_document_is_not() -> None:
    entry, other = a_document_entry(), a_document_entry(entry_uuid="Document02")
    submission = a_submission(document_entries=[entry, other], folders=[a_folder()])
    known = {str(other.unique_id): UniqueIdFact(Kind.STABLE, str(other.hash), str(other.size))}
    assert set(effects(a_case(submission, unique_ids=known)).claims) == {
        Claim(str(submission.submission_set.unique_id), Kind.SUBMISSION_SET),
        Claim(str(entry.unique_id), Kind.STABLE, str(entry.hash), str(entry.size)),
        Claim(str(submission.folders[0].unique_id), Kind.FOLDER),
    }


def test_patient_of_the_submission_is_told() -> None:
    assert effects(a_case(a_submission())).patient == PATIENT


@pytest.mark.parametrize("kind", [AssociationType.RPLC, AssociationType.XFRM_RPLC])
def test_replacement_deprecates_its_target(kind: AssociationType) -> None:
    case = a_case(a_submission(associations=[relation(kind, "Document01", DOCUMENT)]), objects=[a_fact()])
    assert effects(case).deprecate == (DOCUMENT,)


@pytest.mark.parametrize("kind", [APND, XFRM, AssociationType.SIGNS, AssociationType.IS_SNAPSHOT_OF])
def test_other_relationships_leave_their_target_as_it_is(kind: AssociationType) -> None:
    case = a_case(a_submission(associations=[relation(kind, "Document01", DOCUMENT)]), objects=[a_fact()])
    done = effects(case)
    assert done.deprecate == done.touch == ()
    assert len(done.associations) == 2


def test_cascade_reaches_addenda_and_transformations_of_any_depth_once() -> None:
    """Also through one that is deprecated already, and around a circle. [ITI TF-2: 3.42.4.1.3.5]"""
    child, deprecated, grandchild = (fresh_uuid() for _ in range(3))
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[
            a_fact(),
            a_fact(child),
            a_fact(deprecated, status=AvailabilityStatus.DEPRECATED),
            a_fact(grandchild),
        ],
        associations=[
            an_arrow(APND, child, DOCUMENT),
            an_arrow(XFRM, deprecated, DOCUMENT),
            an_arrow(APND, grandchild, deprecated),
            an_arrow(APND, DOCUMENT, grandchild),
        ],
    )
    done = effects(case).deprecate
    assert sorted(done) == sorted([DOCUMENT, child, grandchild])


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (AssociationType.SIGNS, AvailabilityStatus.APPROVED),
        (AssociationType.IS_SNAPSHOT_OF, AvailabilityStatus.APPROVED),
        (AssociationType.RPLC, AvailabilityStatus.APPROVED),
        (APND, AvailabilityStatus.DEPRECATED),
    ],
)
def test_cascade_stops_at_other_types_and_at_associations_that_are_not_approved(
    kind: AssociationType, status: AvailabilityStatus
) -> None:
    child = fresh_uuid()
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[a_fact(), a_fact(child)],
        associations=[an_arrow(kind, child, DOCUMENT, status)],
    )
    assert effects(case).deprecate == (DOCUMENT,)


def test_archived_descendant_stays_archived() -> None:
    child = fresh_uuid()
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[a_fact(), a_fact(child, status=AvailabilityStatus.ARCHIVED)],
        associations=[an_arrow(APND, child, DOCUMENT)],
    )
    assert effects(case).deprecate == (DOCUMENT,)


def test_folder_that_holds_the_replaced_entry_receives_the_new_one_and_is_touched() -> None:
    """With a HasMember of the SubmissionSet that records it. [ITI TF-2: 3.42.4.1.3.5]"""
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[a_fact(), a_folder_fact()],
        associations=[an_arrow(HAS_MEMBER, FOLDER, DOCUMENT)],
    )
    done = effects(case)
    held, recorded = done.associations[-2:]
    assert (held.source_object, held.target_object) == (FOLDER, done.document_entries[0].entry_uuid)
    assert (recorded.source_object, recorded.target_object) == (done.submission_set.entry_uuid, held.entry_uuid)
    for each in (held, recorded):
        assert each.association_type is HAS_MEMBER
        assert (each.logical_id, each.version) == (each.entry_uuid, "1")
        assert each.availability_status is AvailabilityStatus.APPROVED
    assert done.touch == (FOLDER,)


@pytest.mark.parametrize(
    ("folder", "status"),
    [
        (a_folder_fact(status=AvailabilityStatus.DEPRECATED), AvailabilityStatus.APPROVED),
        (a_folder_fact(patient=SOMEBODY_ELSE), AvailabilityStatus.APPROVED),
        (a_folder_fact(), AvailabilityStatus.DEPRECATED),
        (a_fact(FOLDER, Kind.SUBMISSION_SET), AvailabilityStatus.APPROVED),
    ],
)
def test_nothing_follows_into_what_is_no_approved_folder_of_the_patient_by_an_approved_membership(
    folder: object, status: AvailabilityStatus
) -> None:
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[a_fact(), folder],  # type: ignore[list-item]
        associations=[an_arrow(HAS_MEMBER, FOLDER, DOCUMENT, status)],
    )
    done = effects(case)
    assert len(done.associations) == 2
    assert done.touch == ()


def test_what_the_submission_puts_into_the_folder_itself_is_not_put_there_twice() -> None:
    case = a_case(
        a_submission(associations=[replacing(), membership(FOLDER, "Document01")]),
        objects=[a_fact(), a_folder_fact()],
        associations=[an_arrow(HAS_MEMBER, FOLDER, DOCUMENT)],
    )
    done = effects(case)
    assert [source for source, _ in memberships(done)].count(FOLDER) == 1
    assert done.touch == (FOLDER,)


def test_entry_that_replaces_two_members_of_a_folder_is_put_there_once() -> None:
    second = fresh_uuid()
    case = a_case(
        a_submission(associations=[replacing(), relation(RPLC, "Document01", second)]),
        objects=[a_fact(), a_fact(second), a_folder_fact()],
        associations=[an_arrow(HAS_MEMBER, FOLDER, DOCUMENT), an_arrow(HAS_MEMBER, FOLDER, second)],
    )
    done = effects(case)
    assert [source for source, _ in memberships(done)].count(FOLDER) == 1
    assert sorted(done.deprecate) == sorted([DOCUMENT, second])


def test_registered_folder_that_receives_an_entry_is_touched() -> None:
    case = a_case(a_submission(associations=[membership(FOLDER, "Document01")]), objects=[a_folder_fact()])
    assert effects(case).touch == (FOLDER,)


def test_effects_are_the_same_twice() -> None:
    case = a_case(
        a_submission(associations=[replacing()]),
        objects=[a_fact(), a_folder_fact()],
        associations=[an_arrow(HAS_MEMBER, FOLDER, DOCUMENT)],
    )
    assert effects(case) == effects(case)
