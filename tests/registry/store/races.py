"""Kinds of races: what is there before, what is asked at one moment, and which answers there may be. [decision 8]

A rule gives each loser its exact code; that what is left is lawful, whoever won, is asked of every race by ``laws``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from registry import parameters as p
from registry import stored_queries as q
from tests.registry.desk import NOW, Desk, another_patient, membership, quoted, relation
from tests.registry.test_idempotence import sent
from tests.registry.test_patients_merged import a_merge
from tests.registry.updating import (
    APPROVED,
    DEPRECATED,
    a_status_update,
    an_update,
    made_here,
    revised,
    submitted_later,
)
from tests.samples import fresh_oid
from xds.hl7v2 import CX
from xds.messages import (
    PatientFeed,
    RegisterDocumentSet,
    RemoveMetadata,
    RestrictedUpdateDocumentSet,
    UpdateDocumentSet,
)
from xds.metadata import Association, DocumentEntry, Folder, Submission
from xds.vocabulary import AssociationType, AvailabilityStatus

Request = RegisterDocumentSet | UpdateDocumentSet | RestrictedUpdateDocumentSet | RemoveMetadata | PatientFeed
Answer = tuple[str, ...]
"""Codes of errors; of a feed, why nothing was done."""
Judge = Callable[[Sequence[Answer]], bool]

DONE: Answer = ()
DEPRECATED_ERROR: Answer = ("XDSRegistryDeprecatedDocumentError",)
UNRESOLVED: Answer = ("UnresolvedReferenceException",)
STILL_NAMED: Answer = ("ReferencesExistException",)
UPDATE_ERROR: Answer = ("XDSMetadataUpdateError",)
UNKNOWN_PATIENT: Answer = ("XDSUnknownPatientId",)
RPLC = AssociationType.RPLC


@dataclass(frozen=True)
class Act:
    """One request of a race: by the registry's verb, at a moment of its own clock. If it is done, it has brought and taken ids."""

    verb: str
    request: Request
    now: datetime = NOW
    brings: frozenset[str] = frozenset()
    takes: frozenset[str] = frozenset()
    touches: frozenset[str] = frozenset()


class Race(NamedTuple):
    """What is asked at one moment, and whether the answers, in the order of the acts, are what they may be.

    ``is_left_right``: whether what is there afterwards agrees with the answers, where the laws do not say it.
    """

    acts: tuple[Act, ...]
    is_right: Judge
    is_left_right: Judge = lambda answers: True


@dataclass
class Ground:
    """The registry that a kind's races are run in, and the ids that must be there by now."""

    desk: Desk
    there: set[str] = field(default_factory=set)

    def given(self, submission: Submission) -> Submission:
        """Something that is registered before."""
        self.there |= _ids_of(submission)
        return self.desk.registered(submission)

    def document(self, *folders: Folder) -> DocumentEntry:
        """A document that is registered before, with its Folders, which hold it."""
        desk, entry = self.desk, self.desk.entry()
        held = [membership(folder.entry_uuid, entry.entry_uuid) for folder in folders]
        self.given(desk.submission(entry, folders=folders, associations=held))
        return entry


def register(submission: Submission, *, after: int = 0, touches: Iterable[str] = ()) -> Act:
    """[ITI-42]"""
    now = NOW + timedelta(seconds=after)
    return Act("register", RegisterDocumentSet(submission), now, _ids_of(submission), touches=frozenset(touches))


def update(submission: Submission) -> Act:
    """[ITI-57]"""
    return Act("update", UpdateDocumentSet(submission), brings=_ids_of(submission))


def update_restricted(submission: Submission) -> Act:
    """[ITI-92]"""
    return Act("update_restricted", RestrictedUpdateDocumentSet(submission), brings=_ids_of(submission))


def remove(*entry_uuids: str) -> Act:
    """[ITI-62]"""
    return Act("remove", RemoveMetadata(entry_uuids), takes=frozenset(entry_uuids))


def merge(subsumed: CX, survivor: CX) -> Act:
    """[ITI-44]"""
    return Act("feed", a_merge(subsumed, survivor))


def _ids_of(submission: Submission) -> frozenset[str]:
    return frozenset(value.entry_uuid for value in submission.objects())


def all_done(answers: Sequence[Answer]) -> bool:
    """Nobody is in anybody's way."""
    return set(answers) == {DONE}


def one_wins(code: str) -> Judge:
    """The others are told that code, and nothing else."""
    return lambda answers: Counter(answers) == {DONE: 1, (code,): len(answers) - 1}


def one_of(*allowed: tuple[Answer, ...]) -> Judge:
    """The answers to all acts, in their order."""
    return lambda answers: tuple(answers) in allowed


def each_of(*allowed: set[Answer]) -> Judge:
    """For each act its own answers."""
    return lambda answers: all(answer in mine for answer, mine in zip(answers, allowed, strict=True))


def _replacement(ground: Ground, target: str) -> Submission:
    entry = ground.desk.entry()
    return ground.desk.submission(entry, associations=[relation(RPLC, entry.entry_uuid, target)])


def _new_version(ground: Ground, value: DocumentEntry | Folder) -> Submission:
    return an_update(ground.desk, revised(value))


def _change(ground: Ground, target: str, original: AvailabilityStatus, new: AvailabilityStatus) -> Submission:
    return an_update(ground.desk, associations=[a_status_update(target, original, new)])


def same_document(ground: Ground) -> Race:
    """The same document under the same uniqueId is as many entries. [ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    return Race(tuple(register(desk.submission(desk.entry(unique_id=unique_id))) for _ in range(3)), all_done)


def other_content(ground: Ground) -> Race:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    entries = [desk.entry(unique_id=unique_id, hash=f"{number:040x}") for number in range(3)]
    return Race(tuple(register(desk.submission(each)) for each in entries), one_wins("XDSNonIdenticalHash"))


def same_submission_set(ground: Ground) -> Race:
    """Other things under one uniqueId of a SubmissionSet. [ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    lots = [sent(desk.submission(desk.entry(), unique_id=unique_id), f"{number:064x}") for number in range(3)]
    return Race(tuple(map(register, lots)), one_wins("XDSDuplicateUniqueIdInRegistry"))


def folder_and_document(ground: Ground) -> Race:
    """Two kinds of objects under one uniqueId. [ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    lots = desk.submission(desk.entry(unique_id=unique_id)), desk.submission(folders=[desk.folder(unique_id=unique_id)])
    return Race(tuple(map(register, lots)), one_wins("XDSDuplicateUniqueIdInRegistry"))


def crossing_unique_ids(ground: Ground) -> Race:
    """Each takes first what the other takes second: nobody waits for ever. [decision 8]"""
    desk, unique_ids = ground.desk, [fresh_oid(), fresh_oid()]
    lots = [
        desk.submission(*(desk.entry(unique_id=each, hash=f"{number:040x}") for each in order))
        for number, order in enumerate((unique_ids, unique_ids[::-1]))
    ]
    lost = ("XDSNonIdenticalHash",) * 2
    return Race(tuple(map(register, lots)), one_of((DONE, lost), (lost, DONE)))


def repeated(ground: Ground) -> Race:
    """Answered each time, and stored once. [contract 5]"""
    lot = sent(ground.desk.submission(ground.desk.entry(), folders=[ground.desk.folder()]))
    return Race((register(lot),) * 3, all_done)


def unknown_patient(ground: Ground) -> Race:
    """The first of a patient make it known, all of them."""
    ground.desk.patient_id = another_patient()
    desk = ground.desk
    return Race(tuple(register(desk.submission(desk.entry())) for _ in range(3)), all_done)


def replacements(ground: Ground) -> Race:
    """One Approved successor. [ITI TF-2: 3.42.4.1.3.5]"""
    target = ground.document(ground.desk.folder())
    lots = [_replacement(ground, target.entry_uuid) for _ in range(4)]
    return Race(tuple(map(register, lots)), one_wins("XDSRegistryDeprecatedDocumentError"))


def updates(ground: Ground) -> Race:
    """One next version. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.1]"""
    entry = ground.document(ground.desk.folder())
    acts = tuple(update(_new_version(ground, entry)) for _ in range(4))
    return Race(acts, one_wins("XDSMetadataVersionError"))


def restricted_updates(ground: Ground) -> Race:
    """One next version. [ITI Supplement Restricted Metadata Update: 3.92.4.1.3]"""
    entry = ground.document()
    acts = tuple(update_restricted(_new_version(ground, entry)) for _ in range(3))
    return Race(acts, one_wins("XDSMetadataVersionError"))


def update_and_replacement(ground: Ground) -> Race:
    """What is updated has another latest version; what is replaced has none that is Approved."""
    entry = ground.document()
    acts = update(_new_version(ground, entry)), register(_replacement(ground, entry.entry_uuid))
    return Race(acts, one_of((DONE, DEPRECATED_ERROR), (UPDATE_ERROR, DONE)))


def update_of_both_ends(ground: Ground) -> Race:
    """A Folder and what it holds: the newest of both stay joined."""
    folder = ground.desk.folder()
    entry = ground.document(folder)
    newest, renewed = revised(entry), revised(folder)
    acts = update(an_update(ground.desk, newest)), update(an_update(ground.desk, renewed))
    return Race(acts, all_done, lambda _: _is_held(ground, renewed.entry_uuid, newest.entry_uuid))


def update_and_membership(ground: Ground) -> Race:
    """What is put into a Folder while it is updated is there in its new version, or not at all."""
    entry, folder = ground.document(), ground.desk.folder()
    ground.given(ground.desk.submission(folders=[folder]))
    held, newest = made_here(membership(folder.entry_uuid, entry.entry_uuid)), revised(entry)
    acts = update(an_update(ground.desk, newest)), update(an_update(ground.desk, associations=held))
    return Race(
        acts,
        each_of({DONE}, {DONE, DEPRECATED_ERROR}),
        lambda answers: _is_held(ground, folder.entry_uuid, newest.entry_uuid) is (answers[1] == DONE),
    )


def folder_additions(ground: Ground) -> Race:
    """lastUpdateTime is that of the last, whichever commits last. [ITI TF-3: 4.2.3.4.6]"""
    desk, folder = ground.desk, ground.desk.folder()
    ground.given(desk.submission(folders=[folder]))
    acts = []
    for after in (2, 1, 3):
        entry = desk.entry()
        lot = desk.submission(entry, associations=[membership(folder.entry_uuid, entry.entry_uuid)])
        acts.append(register(lot, after=after, touches=[folder.entry_uuid]))
    return Race(tuple(acts), all_done)


def same_membership(ground: Ground) -> Race:
    """A membership that is submitted later stands once. [ITI Supplement XDS Metadata Update: 3.57.4.1.3.3]"""
    entry, folder = ground.document(), ground.desk.folder()
    ground.given(ground.desk.submission(folders=[folder]))
    lots = [
        an_update(ground.desk, associations=submitted_later(membership(folder.entry_uuid, entry.entry_uuid)))
        for _ in range(3)
    ]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def statuses(ground: Ground) -> Race:
    """[ITI Supplement XDS Metadata Update: 3.57.4.1.3.3.2]"""
    target = ground.document().entry_uuid
    lots = [_change(ground, target, APPROVED, DEPRECATED) for _ in range(3)]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def statuses_of_a_membership(ground: Ground) -> Race:
    """An Association is not locked: its row says that it is no longer as it was judged."""
    entry, folder = ground.desk.entry(), ground.desk.folder()
    held = membership(folder.entry_uuid, entry.entry_uuid)
    ground.given(ground.desk.submission(entry, folders=[folder], associations=[held]))
    lots = [_change(ground, held.entry_uuid, APPROVED, DEPRECATED) for _ in range(3)]
    return Race(tuple(map(update, lots)), one_wins("XDSMetadataUpdateError"))


def replaced_once_more(ground: Ground) -> Race:
    """A replacement approved again beside another: one of them stands."""
    desk, target = ground.desk, ground.document().entry_uuid
    first = desk.entry()
    replaces = relation(RPLC, first.entry_uuid, target)
    ground.given(desk.submission(first, associations=[replaces]))
    undone = [a_status_update(replaces.entry_uuid), a_status_update(target, DEPRECATED, APPROVED)]
    _do_now(ground, an_update(desk, associations=undone))
    acts = update(_change(ground, replaces.entry_uuid, DEPRECATED, APPROVED)), register(_replacement(ground, target))
    return Race(acts, one_of((DONE, UPDATE_ERROR), (UPDATE_ERROR, DONE), (DONE, DEPRECATED_ERROR)))


def _is_held(ground: Ground, folder: str, entry: str) -> bool:
    """Whether the Folder has the entry as a member."""
    found = ground.desk.find(q.GET_ASSOCIATIONS, (p.ANY_UUID, quoted(folder))).values()
    return any(isinstance(each, Association) and each.target_object == entry for each in found)


def _do_now(ground: Ground, lot: Submission) -> None:
    """An update that is done before."""
    answer = ground.desk.backend.settle(
        lambda work: ground.desk.actor.update(UpdateDocumentSet(lot), work), lambda each: each.errors.has_errors
    )
    assert not answer.errors, answer.errors
    ground.there |= _ids_of(lot)


def removal_and_replacement(ground: Ground) -> Race:
    """Nothing replaces what is gone, and nothing goes that is replaced."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    (target,) = lot.document_entries
    acts = remove(*_ids_of(lot)), register(_replacement(ground, target.entry_uuid))
    return Race(acts, one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_reference(ground: Ground) -> Race:
    """A SubmissionSet names what is there."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    named = desk.submission(desk.entry(), references=[lot.document_entries[0].entry_uuid])
    return Race((remove(*_ids_of(lot)), register(named)), one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_membership(ground: Ground) -> Race:
    """A Folder that goes receives nothing."""
    desk, folder, entry = ground.desk, ground.desk.folder(), ground.desk.entry()
    lot = ground.given(desk.submission(folders=[folder]))
    added = desk.submission(entry, associations=[membership(folder.entry_uuid, entry.entry_uuid)])
    return Race((remove(*_ids_of(lot)), register(added)), one_of((DONE, UNRESOLVED), (STILL_NAMED, DONE)))


def removal_and_same_document(ground: Ground) -> Race:
    """The uniqueId of what goes is free, or stays with the other entry that has it."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    again = desk.submission(desk.entry(unique_id=lot.document_entries[0].unique_id))
    return Race((remove(*_ids_of(lot)), register(again)), all_done)


def removals_of_same_document(ground: Ground) -> Race:
    """The uniqueId of two entries that go is free once both are gone."""
    desk, unique_id = ground.desk, fresh_oid()
    lots = [ground.given(desk.submission(desk.entry(unique_id=unique_id))) for _ in range(2)]
    return Race(tuple(remove(*_ids_of(lot)) for lot in lots), all_done)


def removal_and_update(ground: Ground) -> Race:
    """A version that goes is followed by none; one that is followed may go."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    acts = remove(*_ids_of(lot)), update(_new_version(ground, lot.document_entries[0]))
    return Race(acts, each_of({DONE}, {DONE, ("XDSMetadataVersionError",)}))


def removals_of_the_last(ground: Ground) -> Race:
    """Two that would each leave a document the Association that the other takes."""
    desk = ground.desk
    lot = ground.given(desk.submission(desk.entry()))
    (entry,) = lot.document_entries
    noted = ground.given(desk.submission(desk.entry(), references=[entry.entry_uuid]))
    acts = remove(*_ids_of(lot) - {entry.entry_uuid}), remove(*_ids_of(noted))
    return Race(acts, one_wins("XDSUnreferencedObjectException"))


def same_removal(ground: Ground) -> Race:
    """What is gone is not there to go."""
    lot = ground.given(ground.desk.submission(ground.desk.entry()))
    gone = ("UnresolvedReferenceException",) * len(_ids_of(lot))
    return Race((remove(*_ids_of(lot)),) * 2, one_of((DONE, gone), (gone, DONE)))


def merge_and_submissions(ground: Ground) -> Race:
    """Nothing is left behind. [ITI TF-2: 3.8.4.2.4]"""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    lots = [desk.submission(desk.entry(), folders=[desk.folder()]) for _ in range(2)]
    submitted = {DONE, UNKNOWN_PATIENT}
    return Race((*map(register, lots), merge(old, new)), each_of(submitted, submitted, {DONE}))


def merge_and_update(ground: Ground) -> Race:
    """The new version is the survivor's, or there is none."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    entry = ground.document(desk.folder())
    too_late = {UNKNOWN_PATIENT, ("XDSUnknownPatientId", "XDSPatientIDReconciliationError")}
    return Race((update(_new_version(ground, entry)), merge(old, new)), each_of({DONE} | too_late, {DONE}))


def merge_and_replacement(ground: Ground) -> Race:
    """A document of the survivor replaces one that is its own only once the merge is done."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    target = ground.document(desk.folder()).entry_uuid
    desk.patient_id = new
    too_early = ("XDSPatientIdDoesNotMatch",)
    return Race((register(_replacement(ground, target)), merge(old, new)), each_of({DONE, too_early}, {DONE}))


def merge_and_removal(ground: Ground) -> Race:
    """What goes is gone, whosever it was by then."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    lots = [ground.given(desk.submission(desk.entry(), desk.entry(), folders=[desk.folder()])) for _ in range(3)]
    return Race((*(remove(*_ids_of(lot)) for lot in lots[:2]), merge(old, new)), all_done)


def chain_of_merges(ground: Ground) -> Race:
    """A into B and B into C: whichever comes first, nothing is left with somebody who has been subsumed."""
    desk, people = ground.desk, [another_patient() for _ in range(3)]
    for each in people:
        desk.make_known(each)
    desk.patient_id = people[0]
    ground.document()
    survivor_subsumed = ("nothing was changed: the surviving identifier has itself been subsumed",)
    acts = merge(people[0], people[1]), merge(people[1], people[2])
    return Race(acts, each_of({DONE, survivor_subsumed}, {DONE}))


def opposite_merges(ground: Ground) -> Race:
    """They do not loop. [ITI TF-2: 3.8.4.2.4]"""
    one, other = another_patient(), another_patient()
    for each in (one, other):
        ground.desk.make_known(each)
    acts = merge(one, other), merge(other, one)
    return Race(acts, lambda answers: sorted(map(bool, answers)) == [False, True])


KINDS: Mapping[str, Callable[[Ground], Race]] = {
    kind.__name__: kind
    for kind in (
        same_document,
        other_content,
        same_submission_set,
        folder_and_document,
        crossing_unique_ids,
        repeated,
        unknown_patient,
        replacements,
        updates,
        restricted_updates,
        update_and_replacement,
        update_of_both_ends,
        update_and_membership,
        folder_additions,
        same_membership,
        statuses,
        statuses_of_a_membership,
        replaced_once_more,
        removal_and_replacement,
        removal_and_reference,
        removal_and_membership,
        removal_and_same_document,
        removals_of_same_document,
        removal_and_update,
        removals_of_the_last,
        same_removal,
        merge_and_submissions,
        merge_and_update,
        merge_and_replacement,
        merge_and_removal,
        chain_of_merges,
        opposite_merges,
    )
}
"""Every kind of race, by its name."""
