"""The bound of an answer: what is beyond is refused, not cut off, and never fetched. [ITI TF-3: Table 4.2.4.1-2, XDSTooManyResults]"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import pytest

from registry import parameters as p
from registry import stored_queries as q
from registry.facts import RegistryWork
from registry.query import REFERENCES_PER_OBJECT
from registry.selection import AssociationSelection, Found, FoundAssociation, Selection
from registry.stored_queries import StoredQuery
from tests.registry.desk import ANY_STATUS, APPROVED, Backend, Desk, quoted
from tests.samples import a_domain
from xds.hl7v2 import DTM
from xds.messages import AdhocQueryResponse
from xds.metadata import Submission
from xds.vocabulary import ReturnType

T = TypeVar("T")
MAX = 3


@pytest.fixture
def narrow(registry_backend: Backend) -> Desk:
    """A registry that shows three objects at most."""
    return Desk(registry_backend, domain=a_domain(results_max=MAX))


def documents(desk: Desk, *slots: tuple[Any, str], return_type: str = ReturnType.LEAF_CLASS) -> AdhocQueryResponse:
    """What FindDocuments answers."""
    patient = (p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, APPROVED)
    return desk.ask(q.FIND_DOCUMENTS, *patient, *slots, return_type=return_type)


def registered(desk: Desk, count: int) -> Submission:
    """A submission of so many documents, the first of them of 2020."""
    first = desk.entry(creation_time=DTM("2020"))
    return desk.registered(desk.submission(first, *(desk.entry() for _ in range(count - 1))))


def test_as_many_as_are_allowed_are_shown(narrow: Desk) -> None:
    registered(narrow, MAX)
    assert len(documents(narrow).objects) == MAX


def test_one_more_gets_XDSTooManyResults_with_the_number_and_what_to_do(narrow: Desk) -> None:
    registered(narrow, MAX + 1)
    answer = documents(narrow)
    assert answer.errors.codes == ("XDSTooManyResults",)
    told = answer.errors[0].code_context
    assert f"more than {MAX} objects" in told
    assert "narrow it by $XDSDocumentEntryCreationTimeFrom, $XDSDocumentEntryCreationTimeTo, " in told
    assert f"ask for ObjectRef, which shows {MAX * REFERENCES_PER_OBJECT}" in told
    assert len(answer.objects) == 0


def test_narrowed_query_is_answered_and_its_filters_are_not_advised(narrow: Desk) -> None:
    registered(narrow, MAX + 1)
    assert len(documents(narrow, (p.CREATION_TIME.before, "2021")).objects) == 1
    told = documents(narrow, (p.CREATION_TIME.at_or_after, "2019")).errors[0].code_context
    assert p.CREATION_TIME.at_or_after.name not in told
    assert p.CREATION_TIME.before.name in told


def test_references_may_be_ten_times_as_many(narrow: Desk) -> None:
    registered(narrow, MAX * REFERENCES_PER_OBJECT)
    assert len(documents(narrow, return_type=ReturnType.OBJECT_REF).objects) == MAX * REFERENCES_PER_OBJECT
    registered(narrow, 1)
    answer = documents(narrow, return_type=ReturnType.OBJECT_REF)
    assert answer.errors.codes == ("XDSTooManyResults",)
    assert "ask for ObjectRef" not in answer.errors[0].code_context


def test_objects_of_every_kind_count_together(narrow: Desk) -> None:
    """A SubmissionSet, an entry and their HasMember are three; an entry more, and its HasMember, are two too many."""
    statuses = [(p.ENTRY_STATUS, ANY_STATUS), (p.SET_STATUS, ANY_STATUS), (p.FOLDER_STATUS, ANY_STATUS)]
    narrow.registered(narrow.submission(narrow.entry()))
    assert len(narrow.ask(q.GET_ALL, (p.PATIENT_ID, narrow.patient), *statuses).objects) == MAX
    narrow.registered(narrow.submission(narrow.entry()))
    answer = narrow.ask(q.GET_ALL, (p.PATIENT_ID, narrow.patient), *statuses)
    assert answer.errors.codes == ("XDSTooManyResults",)
    assert p.FORMAT_CODE.parameter.name in answer.errors[0].code_context


def test_query_by_ids_is_told_to_name_fewer(narrow: Desk) -> None:
    lot = registered(narrow, MAX + 1)
    named = quoted(*(entry.entry_uuid for entry in lot.document_entries))
    answer = narrow.ask(q.GET_DOCUMENTS, (p.ENTRY_UUID, named))
    assert answer.errors.codes == ("XDSTooManyResults",)
    assert "name fewer objects at a time" in answer.errors[0].code_context
    assert narrow.ask(q.GET_ASSOCIATIONS, (p.ANY_UUID, named)).errors.codes == ("XDSTooManyResults",)


class Watched:
    """A backend that notes how many rows each search brought."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.brought: list[int] = []

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool]) -> T:
        return self._backend.settle(lambda work: act(_WatchedWork(work, self.brought)), is_refused)


class _WatchedWork:
    """A unit of work; what it does not note it passes on."""

    def __init__(self, work: RegistryWork, brought: list[int]) -> None:
        self._work = work
        self._brought = brought

    def __getattr__(self, name: str) -> Any:
        return getattr(self._work, name)

    def find_objects(self, selection: Selection) -> list[Found]:
        found = self._work.find_objects(selection)
        self._brought.append(len(found))
        return found

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]:
        found = self._work.find_associations(selection)
        self._brought.append(len(found))
        return found


@pytest.mark.parametrize("return_type", list(ReturnType))
@pytest.mark.parametrize(
    "query",
    [q.FIND_DOCUMENTS, q.GET_ALL, q.GET_ASSOCIATIONS, q.GET_SUBMISSION_SET_AND_CONTENTS],
    ids=lambda query: query.name,
)
def test_no_search_brings_more_than_one_beyond_the_bound(
    registry_backend: Backend, query: StoredQuery, return_type: ReturnType
) -> None:
    """So that memory is bounded, however much there is."""
    watched = Watched(registry_backend)
    desk = Desk(watched, domain=a_domain(results_max=MAX))
    most = MAX * (1 if return_type is ReturnType.LEAF_CLASS else REFERENCES_PER_OBJECT)
    lot = registered(desk, MAX * REFERENCES_PER_OBJECT + 5)
    given: dict[StoredQuery, list[tuple[Any, str]]] = {
        q.FIND_DOCUMENTS: [(p.ENTRY_PATIENT_ID, desk.patient), (p.ENTRY_STATUS, APPROVED)],
        q.GET_ALL: [
            (p.PATIENT_ID, desk.patient),
            (p.ENTRY_STATUS, APPROVED),
            (p.SET_STATUS, APPROVED),
            (p.FOLDER_STATUS, APPROVED),
        ],
        q.GET_ASSOCIATIONS: [(p.ANY_UUID, f"'{lot.submission_set.entry_uuid}'")],
        q.GET_SUBMISSION_SET_AND_CONTENTS: [(p.SET_UUID, f"'{lot.submission_set.entry_uuid}'")],
    }
    answer = desk.ask(query, *given[query], return_type=return_type)
    assert answer.errors.codes == ("XDSTooManyResults",)
    assert max(watched.brought) == most + 1
