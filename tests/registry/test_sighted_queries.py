"""What a sight shows of a record: the cases that are rare in random ones, one by one and over every store. [DMP: visibility]"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from access.sight import Sight, Visibility
from registry import parameters as p
from registry import stored_queries as q
from registry.facts import Question, RegistryWork
from registry.parameters import Parameter
from registry.sighted import find_hidden
from registry.stored_queries import StoredQuery
from tests.registry.callers import GuardedDesk, guarded, refusals, restricted
from tests.registry.desk import Backend, membership, quoted, referred
from tests.registry.updating import (
    ANY_TYPE,
    EVERY_STATUS,
    LEVEL_2,
    a_status_update,
    an_update,
    revised,
)
from tests.samples import INS_TEST_AUTHORITY, a_code
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.metadata import DocumentEntry
from xds.vocabulary import ReturnType

DENIED = ("EXPPAT_3", "1.2.250.1.213.1.1.4.12")


@pytest.fixture
def desk(registry_backend: Backend) -> GuardedDesk:
    """A patient of the test's own."""
    return guarded(registry_backend)


def shown(desk: GuardedDesk, sight: Sight, query: StoredQuery, *slots: tuple[Parameter[object], str]) -> set[str]:
    """The ids that a query answers with to whoever has that sight."""
    parameters = {parameter.name: ((value,),) for parameter, value in (*slots, LEVEL_2)}
    request = AdhocQueryRequest(query.query_id, ReturnType.OBJECT_REF, parameters)
    answer = desk.backend.settle(partial(_asked, desk, request, sight), lambda _: True)
    assert not answer.errors
    return {referred(text) for text in answer.objects}


def _asked(desk: GuardedDesk, request: AdhocQueryRequest, sight: Sight, work: RegistryWork) -> AdhocQueryResponse:
    return desk.actor.query(request, work, sight)


def everything(desk: GuardedDesk, sight: Sight) -> set[str]:
    """All that shows of the patient's record."""
    statuses = (p.ENTRY_STATUS, p.SET_STATUS, p.FOLDER_STATUS, p.ASSOCIATION_STATUS)
    slots = [(each, EVERY_STATUS) for each in statuses]
    return shown(desk, sight, q.GET_ALL, (p.PATIENT_ID, desk.patient), (p.ENTRY_TYPE, ANY_TYPE), *slots)


def of_patient(desk: GuardedDesk, hidden: Visibility = Visibility.NONE) -> Sight:
    """All of the patient's, but what is restricted so."""
    return Sight(patient=(desk.patient_id.id_number, desk.patient_id.authority), hidden=hidden)


def masked(entry: DocumentEntry) -> DocumentEntry:
    return revised(entry, confidentiality_code=restricted("MASQUE_PS"))


def test_mother_s_document_in_her_child_s_submission_shows_to_who_sees_the_child_s_neither_by_itself_nor_by_its_membership(
    desk: GuardedDesk,
) -> None:
    """A SubmissionSet may name a document of another patient. [ITI TF-3: 4.2.1.4.1]"""
    mother = replace(desk, patient_id=CX.build(f"{desk.patient_id.id_number[:-2]}00", INS_TEST_AUTHORITY))
    hers, own = mother.entry(), desk.entry()
    mother.registered(mother.submission(hers))
    lot = desk.registered(desk.submission(own, references=[hers.entry_uuid]))
    assert everything(desk, of_patient(desk)) == {
        lot.submission_set.entry_uuid,
        own.entry_uuid,
        lot.associations[0].entry_uuid,
    }
    assert shown(desk, of_patient(desk), q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(hers.entry_uuid))) == set()


def test_submission_set_that_holds_hidden_documents_shows_not_even_by_another_patient_s(desk: GuardedDesk) -> None:
    mother = replace(desk, patient_id=CX.build(f"{desk.patient_id.id_number[:-2]}00", INS_TEST_AUTHORITY))
    hers, own = mother.entry(), desk.entry(confidentiality_code=restricted("MASQUE_PS"))
    mother.registered(mother.submission(hers))
    desk.registered(desk.submission(own, references=[hers.entry_uuid]))
    assert everything(desk, of_patient(desk, Visibility.MASQUE_PS)) == set()


def test_what_is_said_of_a_membership_of_a_hidden_document_is_hidden_too(desk: GuardedDesk) -> None:
    """A change of status of the record of the membership of a document in a Folder: four Associations from it."""
    entry, folder, other = desk.entry(), desk.folder(), desk.entry()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    kept = membership(folder.entry_uuid, other.entry_uuid)
    lot = desk.registered(desk.submission(entry, other, folders=[folder], associations=[held, kept]))
    (recorded,) = (each.entry_uuid for each in lot.associations if each.target_object == held.entry_uuid)
    said = updated_by(desk, recorded)
    said_again = updated_by(desk, said)
    about = {held.entry_uuid, recorded, said, said_again}
    assert about <= everything(desk, of_patient(desk, Visibility.MASQUE_PS))
    assert refusals(desk.update_for(desk.mandate("author"), an_update(desk, masked(entry)))) == []
    seen = everything(desk, of_patient(desk, Visibility.MASQUE_PS))
    assert not about & seen
    assert {other.entry_uuid, folder.entry_uuid, kept.entry_uuid} <= seen


def updated_by(desk: GuardedDesk, target: str) -> str:
    """The Association that changes a status, once that is done."""
    request = an_update(desk, associations=[a_status_update(target)])
    nobody = replace(desk.mandate("author"), caller=None)
    assert refusals(desk.update_for(nobody, request)) == []
    return request.associations[0].entry_uuid


def test_all_versions_of_a_document_are_hidden_and_shown_with_the_latest(desk: GuardedDesk) -> None:
    """[DMP: TD3.3a]"""
    first = desk.entry()
    second = revised(first, title=first.title)
    third = masked(second)
    fourth = revised(third, confidentiality_code=restricted())
    versions = {first.entry_uuid, second.entry_uuid, third.entry_uuid, fourth.entry_uuid}
    sight = of_patient(desk, Visibility.MASQUE_PS)
    by_id = (p.ENTRY_UUID, quoted(*sorted(versions)))
    desk.registered(desk.submission(first))
    nobody = replace(desk.mandate("author"), caller=None)
    for number, (version, expected) in enumerate([(second, 2), (third, 0), (fourth, 4)], start=1):
        update = an_update(desk, version, previous_version=str(number))
        assert refusals(desk.update_for(nobody, update)) == []
        assert len(shown(desk, sight, q.GET_DOCUMENTS, by_id)) == expected


@pytest.mark.parametrize("is_denied_first", [True, False])
def test_document_whose_latest_version_is_of_a_denied_type_is_hidden_with_its_earlier_ones(
    desk: GuardedDesk, is_denied_first: bool
) -> None:
    """It would be known by its uniqueId and logicalID else."""
    codes = [a_code(*DENIED), a_code()]
    before, after = codes if is_denied_first else codes[::-1]
    first = desk.entry(type_code=before)
    second = revised(first, type_code=after)
    desk.registered(desk.submission(first))
    sight = replace(of_patient(desk), types_denied=frozenset({DENIED}))
    by_id = (p.ENTRY_UNIQUE_ID, quoted(str(first.unique_id)))
    assert bool(shown(desk, sight, q.GET_DOCUMENTS, by_id)) is not is_denied_first
    nobody = replace(desk.mandate("author"), caller=None)
    assert refusals(desk.update_for(nobody, an_update(desk, second))) == []
    expected = {first.entry_uuid, second.entry_uuid} if is_denied_first else set()
    assert shown(desk, sight, q.GET_DOCUMENTS, by_id) == expected


def test_hidden_objects_are_told_apart_one_by_one(desk: GuardedDesk) -> None:
    """Two Associations that lead to one hidden document are both hidden, and one about an Association that shows is not."""
    entry, folder, other = desk.entry(confidentiality_code=restricted("MASQUE_PS")), desk.folder(), desk.entry()
    held, kept = (membership(folder.entry_uuid, each.entry_uuid) for each in (entry, other))
    lot = desk.registered(desk.submission(entry, other, folders=[folder], associations=[held, kept]))
    names = {each.entry_uuid for each in lot.associations} | {each.entry_uuid for each in lot.document_entries}
    names |= {each.entry_uuid for each in lot.folders}

    def ask(sight: Sight) -> frozenset[str]:
        question = Question(frozenset(), frozenset(), frozenset(), frozenset(names))
        return desk.backend.settle(
            lambda work: find_hidden(work, work.fetch_facts(question).objects, sight), lambda _: True
        )

    leading_there = {each.entry_uuid for each in lot.associations if each.target_object == entry.entry_uuid}
    about = {each.entry_uuid for each in lot.associations if each.target_object in leading_there}
    assert len(leading_there) == 2 and len(about) == 1
    assert ask(of_patient(desk, Visibility.MASQUE_PS)) == {entry.entry_uuid, *leading_there, *about}
    assert ask(of_patient(desk)) == ask(Sight()) == frozenset()
    assert ask(Sight(patient=("nobody", "1.2"))) == names


def test_hidden_document_does_not_count(desk: GuardedDesk) -> None:
    """XDSTooManyResults is said of what shows. [ITI TF-2: 3.18.4.1.3]"""
    few = replace(desk, domain=replace(desk.domain, results_max=1))
    entries = [few.entry(confidentiality_code=restricted("MASQUE_PS")) for _ in range(3)]
    few.registered(few.submission(few.entry(), *entries))
    slots = {p.ENTRY_PATIENT_ID.name: ((few.patient,),), p.ENTRY_STATUS.name: ((EVERY_STATUS,),)}
    request = AdhocQueryRequest(q.FIND_DOCUMENTS.query_id, ReturnType.LEAF_CLASS, slots)
    for hidden, codes in ((Visibility.MASQUE_PS, ()), (Visibility.NONE, ("XDSTooManyResults",))):
        answer = few.backend.settle(partial(_asked, few, request, of_patient(few, hidden)), lambda _: True)
        assert (answer.errors.codes, len(answer.objects)) == (codes, 0 if codes else 1)
