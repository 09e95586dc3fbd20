"""What each stored query answers, as a small function over the store's searches. [ITI TF-2: 3.18.4.1.2.3.7, 3.51.4.1.2]

A recipe says which objects; it judges nothing and writes nothing. The store is asked as seldom as the question allows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from registry import parameters, stored_queries
from registry.arguments import Arguments
from registry.facts import Kind, PatientIdentity
from registry.parameters import CodeParameter, Parameter, TimeRange
from registry.selection import AssociationSelection, CodeFilter, Found, FoundAssociation, Selection, TimeFilter
from registry.sighted import Searches
from registry.stored_queries import StoredQuery
from xds.domain import RESULTS_MAX
from xds.vocabulary import AssociationType, AvailabilityStatus

T = TypeVar("T")
Ids = tuple[str, ...]

STABLE_ONLY = (Kind.STABLE,)
"""What is meant where $XDSDocumentEntryType is not given. [ITI TF-2: 3.18.4.1.2.3.6.2]"""
ANY_ENTRY = (Kind.STABLE, Kind.ON_DEMAND)
_HAS_MEMBER = (AssociationType.HAS_MEMBER,)
_ENTRY_CODES = (
    parameters.CLASS_CODE,
    parameters.TYPE_CODE,
    parameters.PRACTICE_SETTING_CODE,
    parameters.FACILITY_TYPE_CODE,
    parameters.FORMAT_CODE,
    parameters.EVENT_CODE_LIST,
    parameters.CONFIDENTIALITY_CODE,
)
_ENTRY_TIMES = (parameters.CREATION_TIME, parameters.SERVICE_START_TIME, parameters.SERVICE_STOP_TIME)


@dataclass(frozen=True, slots=True)
class Answer:
    """The objects that answer a query, each once."""

    objects: tuple[Found, ...] = ()
    associations: tuple[FoundAssociation, ...] = ()


class TooMany(Exception):
    """More is found than an answer may show."""


@dataclass(frozen=True, slots=True)
class Inquiry:
    """A stored query on its way: arguments, the store, whether whole objects are wanted, and how many things at most."""

    arguments: Arguments
    work: Searches
    with_ebrim: bool
    results_max: int = RESULTS_MAX

    @property
    def is_latest_only(self) -> bool:
        """$MetadataLevel 1: a consumer that knows no versions sees none. [ITI Supplement XDS Metadata Update: 3.18.4.1.2.3.5.3]"""
        return self.arguments.value_of(parameters.METADATA_LEVEL) != 2

    @property
    def entry_kinds(self) -> tuple[Kind, ...]:
        """Which DocumentEntries are asked for."""
        return self.arguments.values_of(parameters.ENTRY_TYPE) or STABLE_ONLY

    @property
    def limit(self) -> int:
        """How many the store is asked for: one more than may be shown, which tells that there are too many."""
        return self.results_max + 1

    def patients(self, parameter: Parameter[PatientIdentity]) -> tuple[PatientIdentity, ...] | None:
        """The patients of the query; none given, which only a query of ITI-51 may, is every patient."""
        return self.arguments.values_of(parameter) or None

    def bounded(self, found: Iterable[T]) -> tuple[T, ...]:
        """What one search of the store found. *Raises* TooMany, so that no more is looked for."""
        results = tuple(found)
        if len(results) > self.results_max:
            raise TooMany
        return results

    def codes(self, *rows: CodeParameter) -> tuple[CodeFilter, ...]:
        """A filter for each Slot of a coded attribute."""
        slots_of = self.arguments.slots_of
        return tuple(CodeFilter(row.attribute, slot) for row in rows for slot in slots_of(row.parameter))

    def times(self, *rows: TimeRange) -> tuple[TimeFilter, ...]:
        """A filter for each time attribute that has From, To or both."""
        value_of = self.arguments.value_of
        filters = (TimeFilter(row.attribute, value_of(row.at_or_after), value_of(row.before)) for row in rows)
        return tuple(each for each in filters if each.at_or_after is not None or each.before is not None)

    def find(
        self,
        kinds: tuple[Kind, ...],
        *,
        entry_uuids: Ids | None = None,
        unique_ids: Ids | None = None,
        logical_ids: Ids | None = None,
        codes: tuple[CodeFilter, ...] = (),
        with_ebrim: bool = True,
    ) -> tuple[Found, ...]:
        """Objects by id, of any status."""
        if not (entry_uuids or unique_ids or logical_ids):
            return ()
        selection = Selection(
            kinds=kinds,
            entry_uuids=entry_uuids or None,
            unique_ids=unique_ids or None,
            logical_ids=logical_ids or None,
            codes=codes,
            latest_only=self.is_latest_only,
            with_ebrim=with_ebrim and self.with_ebrim,
            limit=self.limit,
        )
        return self.bounded(self.work.find_objects(selection))

    def associations(
        self,
        *,
        ends: Ids | None = None,
        sources: Ids | None = None,
        targets: Ids | None = None,
        types: tuple[AssociationType, ...] | None = None,
        with_ebrim: bool = True,
    ) -> tuple[FoundAssociation, ...]:
        """Associations by their ends: Approved ones, at level 2 of the statuses asked for."""
        if not (ends or sources or targets):
            return ()
        asked = () if self.is_latest_only else self.arguments.values_of(parameters.ASSOCIATION_STATUS)
        selection = AssociationSelection(
            ends=ends,
            sources=sources,
            targets=targets,
            types=types,
            statuses=asked or (AvailabilityStatus.APPROVED,),
            with_ebrim=with_ebrim and self.with_ebrim,
            limit=self.limit,
        )
        return self.bounded(self.work.find_associations(selection))

    def named_entries(self, kinds: tuple[Kind, ...] = ANY_ENTRY, *, with_ebrim: bool = True) -> tuple[Found, ...]:
        """The DocumentEntries that the query names by entryUUID, uniqueId or logicalID."""
        values_of = self.arguments.values_of
        return self.find(
            kinds,
            entry_uuids=values_of(parameters.ENTRY_UUID),
            unique_ids=values_of(parameters.ENTRY_UNIQUE_ID),
            logical_ids=values_of(parameters.ENTRY_LOGICAL_ID),
            with_ebrim=with_ebrim,
        )

    def named_folders(self) -> tuple[Found, ...]:
        """The Folders that the query names by entryUUID, uniqueId or logicalID."""
        values_of = self.arguments.values_of
        return self.find(
            (Kind.FOLDER,),
            entry_uuids=values_of(parameters.FOLDER_UUID),
            unique_ids=values_of(parameters.FOLDER_UNIQUE_ID),
            logical_ids=values_of(parameters.FOLDER_LOGICAL_ID),
        )

    def members(self, entry_uuids: Ids, *others: Kind) -> tuple[Found, ...]:
        """Of those objects the DocumentEntries that pass the query's filters, and objects of other kinds, which have none."""
        codes = self.codes(parameters.FORMAT_CODE, parameters.CONFIDENTIALITY_CODE)
        if not codes:
            return self.find(self.entry_kinds + others, entry_uuids=entry_uuids)
        entries = self.find(self.entry_kinds, entry_uuids=entry_uuids, codes=codes)
        return entries + (self.find(others, entry_uuids=entry_uuids) if others else ())


Recipe = Callable[[Inquiry], Answer]


def _entries_of(inquiry: Inquiry, patient: Parameter[PatientIdentity]) -> tuple[Found, ...]:
    arguments = inquiry.arguments
    selection = Selection(
        kinds=inquiry.entry_kinds,
        patients=inquiry.patients(patient),
        statuses=arguments.values_of(parameters.ENTRY_STATUS),
        codes=inquiry.codes(*_ENTRY_CODES),
        times=inquiry.times(*_ENTRY_TIMES),
        author_persons=arguments.values_of(parameters.ENTRY_AUTHOR_PERSON),
        reference_ids=arguments.slots_of(parameters.REFERENCE_ID_LIST),
        document_availability=arguments.values_of(parameters.DOCUMENT_AVAILABILITY),
        latest_only=inquiry.is_latest_only,
        with_ebrim=inquiry.with_ebrim,
        limit=inquiry.limit,
    )
    return inquiry.bounded(inquiry.work.find_objects(selection))


def _submission_sets_of(inquiry: Inquiry, patient: Parameter[PatientIdentity]) -> tuple[Found, ...]:
    arguments = inquiry.arguments
    selection = Selection(
        kinds=(Kind.SUBMISSION_SET,),
        patients=inquiry.patients(patient),
        statuses=arguments.values_of(parameters.SET_STATUS),
        codes=inquiry.codes(parameters.CONTENT_TYPE_CODE),
        times=inquiry.times(parameters.SUBMISSION_TIME),
        author_persons=arguments.values_of(parameters.SET_AUTHOR_PERSON),
        source_ids=arguments.values_of(parameters.SOURCE_ID),
        with_ebrim=inquiry.with_ebrim,
        limit=inquiry.limit,
    )
    return inquiry.bounded(inquiry.work.find_objects(selection))


def _folders_of(inquiry: Inquiry, patient: Parameter[PatientIdentity]) -> tuple[Found, ...]:
    selection = Selection(
        kinds=(Kind.FOLDER,),
        patients=inquiry.patients(patient),
        statuses=inquiry.arguments.values_of(parameters.FOLDER_STATUS),
        codes=inquiry.codes(parameters.CODE_LIST),
        times=inquiry.times(parameters.LAST_UPDATE_TIME),
        latest_only=inquiry.is_latest_only,
        with_ebrim=inquiry.with_ebrim,
        limit=inquiry.limit,
    )
    return inquiry.bounded(inquiry.work.find_objects(selection))


def _ids(found: Iterable[Found | FoundAssociation]) -> Ids:
    return tuple(each.entry_uuid for each in found)


def _sources(associations: Iterable[FoundAssociation]) -> Ids:
    return tuple(dict.fromkeys(association.source_object for association in associations))


def _targets(associations: Iterable[FoundAssociation]) -> Ids:
    return tuple(dict.fromkeys(association.target_object for association in associations))


def find_documents(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.1, 3.18.4.1.2.3.7.14, 3.51.4.1.2]"""
    return Answer(_entries_of(inquiry, parameters.ENTRY_PATIENT_ID))


def find_submission_sets(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.2]"""
    return Answer(_submission_sets_of(inquiry, parameters.SET_PATIENT_ID))


def find_folders(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.3, 3.51.4.1.2]"""
    return Answer(_folders_of(inquiry, parameters.FOLDER_PATIENT_ID))


def get_all(inquiry: Inquiry) -> Answer:
    """Statuses and filters differ by kind, so the store is asked for each. [ITI TF-2: 3.18.4.1.2.3.7.4]"""
    patient = parameters.PATIENT_ID
    objects = _submission_sets_of(inquiry, patient) + _entries_of(inquiry, patient) + _folders_of(inquiry, patient)
    return Answer(objects, inquiry.associations(ends=_ids(objects)))


def get_documents(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.5]"""
    return Answer(inquiry.named_entries())


def get_folders(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.6]"""
    return Answer(inquiry.named_folders())


def get_associations(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.7]"""
    return Answer((), inquiry.associations(ends=inquiry.arguments.values_of(parameters.ANY_UUID)))


def get_documents_and_associations(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.8]"""
    entries = inquiry.named_entries()
    return Answer(entries, inquiry.associations(ends=_ids(entries)))


def get_submission_sets(inquiry: Inquiry) -> Answer:
    """HasMember of Folders leads to the same targets and falls out with its source. [ITI TF-2: 3.18.4.1.2.3.7.9]"""
    memberships = inquiry.associations(targets=inquiry.arguments.values_of(parameters.ANY_UUID), types=_HAS_MEMBER)
    submission_sets = inquiry.find((Kind.SUBMISSION_SET,), entry_uuids=_sources(memberships))
    found = set(_ids(submission_sets))
    return Answer(submission_sets, tuple(each for each in memberships if each.source_object in found))


def get_submission_set_and_contents(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.10]"""
    values_of = inquiry.arguments.values_of
    submission_sets = inquiry.find(
        (Kind.SUBMISSION_SET,),
        entry_uuids=values_of(parameters.SET_UUID),
        unique_ids=values_of(parameters.SET_UNIQUE_ID),
    )
    memberships = inquiry.associations(sources=_ids(submission_sets), types=_HAS_MEMBER)
    members = inquiry.members(_targets(memberships), Kind.FOLDER)
    found = set(_ids(members))
    folders = tuple(member.entry_uuid for member in members if member.kind is Kind.FOLDER)
    targets = set(_targets(memberships))
    in_folders = inquiry.associations(sources=folders, types=_HAS_MEMBER) if targets - found else ()
    made_here = tuple(each for each in in_folders if each.entry_uuid in targets and each.target_object in found)
    found.update(_ids(made_here))
    return Answer(
        submission_sets + members, tuple(each for each in memberships if each.target_object in found) + made_here
    )


def get_folder_and_contents(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.11]"""
    folders = inquiry.named_folders()
    memberships = inquiry.associations(sources=_ids(folders), types=_HAS_MEMBER)
    entries = inquiry.members(_targets(memberships))
    found = set(_ids(entries))
    return Answer(folders + entries, tuple(each for each in memberships if each.target_object in found))


def get_folders_for_document(inquiry: Inquiry) -> Answer:
    """An entryUUID need not be looked up first: what is no member of a Folder has none. [ITI TF-2: 3.18.4.1.2.3.7.12]"""
    entries = inquiry.arguments.values_of(parameters.ENTRY_UUID) or _ids(inquiry.named_entries(with_ebrim=False))
    memberships = inquiry.associations(targets=entries, types=_HAS_MEMBER, with_ebrim=False)
    return Answer(inquiry.find((Kind.FOLDER,), entry_uuids=_sources(memberships)))


def get_related_documents(inquiry: Inquiry) -> Answer:
    """[ITI TF-2: 3.18.4.1.2.3.7.13]"""
    entries = inquiry.arguments.values_of(parameters.ENTRY_UUID) or _ids(inquiry.named_entries(with_ebrim=False))
    types = inquiry.arguments.values_of(parameters.ASSOCIATION_TYPES)
    relations = inquiry.associations(ends=entries, types=types)
    ends = dict.fromkeys(_sources(relations) + _targets(relations))
    documents = {found.entry_uuid: found for found in inquiry.find(inquiry.entry_kinds, entry_uuids=tuple(ends))}
    between = tuple(each for each in relations if each.source_object in documents and each.target_object in documents)
    shown = dict.fromkeys(_sources(between) + _targets(between))
    return Answer(tuple(documents[entry_uuid] for entry_uuid in shown), between)


RECIPES: Mapping[StoredQuery, Recipe] = {
    stored_queries.FIND_DOCUMENTS: find_documents,
    stored_queries.FIND_SUBMISSION_SETS: find_submission_sets,
    stored_queries.FIND_FOLDERS: find_folders,
    stored_queries.GET_ALL: get_all,
    stored_queries.GET_DOCUMENTS: get_documents,
    stored_queries.GET_FOLDERS: get_folders,
    stored_queries.GET_ASSOCIATIONS: get_associations,
    stored_queries.GET_DOCUMENTS_AND_ASSOCIATIONS: get_documents_and_associations,
    stored_queries.GET_SUBMISSION_SETS: get_submission_sets,
    stored_queries.GET_SUBMISSION_SET_AND_CONTENTS: get_submission_set_and_contents,
    stored_queries.GET_FOLDER_AND_CONTENTS: get_folder_and_contents,
    stored_queries.GET_FOLDERS_FOR_DOCUMENT: get_folders_for_document,
    stored_queries.GET_RELATED_DOCUMENTS: get_related_documents,
    stored_queries.FIND_DOCUMENTS_BY_REFERENCE_ID: find_documents,
    stored_queries.FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS: find_documents,
    stored_queries.FIND_FOLDERS_FOR_MULTIPLE_PATIENTS: find_folders,
    stored_queries.FIND_DOCUMENTS_BY_REFERENCE_ID_FOR_MULTIPLE_PATIENTS: find_documents,
}
"""The recipe of each stored query."""


def find_answer(query: StoredQuery, inquiry: Inquiry) -> Answer:
    """What answers a stored query. *Raises* TooMany."""
    answer = RECIPES[query](inquiry)
    if len(answer.objects) + len(answer.associations) > inquiry.results_max:
        raise TooMany
    return answer
