"""Races of ITI-42: uniqueIds, replacements, Folders that fill. [ITI TF-2: 3.42.4.1.3]"""

from __future__ import annotations

from tests.registry.desk import another_patient, membership
from tests.registry.store.races import (
    DONE,
    Ground,
    Race,
    all_done,
    one_of,
    one_wins,
    register,
    register_plain,
    replacement,
)
from tests.registry.test_idempotence import sent
from tests.samples import fresh_oid


def same_document(ground: Ground) -> Race:
    """The same document under the same uniqueId is as many entries. [ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    return Race(tuple(register(desk.submission(desk.entry(unique_id=unique_id))) for _ in range(3)), all_done)


def other_content(ground: Ground) -> Race:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    desk, unique_id = ground.desk, fresh_oid()
    entries = [desk.entry(unique_id=unique_id, hash=f"{number:040x}") for number in range(3)]
    return Race(tuple(register(desk.submission(each)) for each in entries), one_wins("XDSNonIdenticalHash"))


def same_document_plain(ground: Ground) -> Race:
    """One statement alone finds the uniqueId free; the others are judged again."""
    unique_id = fresh_oid()
    return Race(tuple(register_plain(ground.plain(unique_id=unique_id)) for _ in range(3)), all_done)


def other_content_plain(ground: Ground) -> Race:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    unique_id = fresh_oid()
    lots = [ground.plain(unique_id=unique_id, hash=f"{number:040x}") for number in range(3)]
    return Race(tuple(map(register_plain, lots)), one_wins("XDSNonIdenticalHash"))


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


def repeated_plain(ground: Ground) -> Race:
    """Answered each time, and stored once, though each time it would have been given other ids. [contract 5]"""
    lot = sent(ground.plain())
    return Race((register_plain(lot), *(register_plain(lot, brings=0),) * 2), all_done)


def unknown_patient(ground: Ground) -> Race:
    """The first of a patient make it known, all of them."""
    ground.desk.patient_id = another_patient()
    desk = ground.desk
    return Race(tuple(register(desk.submission(desk.entry())) for _ in range(3)), all_done)


def replacements(ground: Ground) -> Race:
    """One Approved successor. [ITI TF-2: 3.42.4.1.3.5]"""
    target = ground.document(ground.desk.folder())
    lots = [replacement(ground, target.entry_uuid) for _ in range(4)]
    return Race(tuple(map(register, lots)), one_wins("XDSRegistryDeprecatedDocumentError"))


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


KINDS = (
    same_document,
    other_content,
    same_document_plain,
    other_content_plain,
    repeated_plain,
    same_submission_set,
    folder_and_document,
    crossing_unique_ids,
    repeated,
    unknown_patient,
    replacements,
    folder_additions,
)
