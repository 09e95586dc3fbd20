"""Races of merges of patients with whatever belongs to one of them. [ITI TF-2: 3.8.4.2.4, 3.44.4.2.4]"""

from __future__ import annotations

from server.actors_at_work import RegistryAtWork
from server.guard import Guard
from tests.registry.desk import SQLBackend, another_patient
from tests.registry.store.races import (
    DONE,
    UNKNOWN_PATIENT,
    Ground,
    Race,
    all_done,
    each_of,
    ids_of,
    merge,
    new_version,
    register,
    register_plain,
    remove,
    replacement,
    update,
)
from xds.messages import RegisterDocumentSet


def merge_and_submissions(ground: Ground) -> Race:
    """Nothing is left behind. [ITI TF-2: 3.8.4.2.4]"""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    lots = [desk.submission(desk.entry(), folders=[desk.folder()]) for _ in range(2)]
    submitted = {DONE, UNKNOWN_PATIENT}
    return Race((*map(register, lots), merge(old, new)), each_of(submitted, submitted, {DONE}))


def merge_and_plain_submissions(ground: Ground) -> Race:
    """A patient whom the process has met before is taken for effective until the statement looks. [ADR 0017]"""
    desk, old, new = ground.desk, another_patient(), another_patient()
    desk.make_known(new)
    desk.patient_id = old
    assert isinstance(desk.backend, SQLBackend)
    registry = RegistryAtWork(desk.actor, Guard(desk.actor.domain, desk.backend.database, desk.actor.clock))
    for _ in range(2):
        assert not registry.register(RegisterDocumentSet(ground.plain())).errors
        ground.unnamed += 2
    acts = *(register_plain(ground.plain()) for _ in range(3)), merge(old, new)
    submitted = {DONE, UNKNOWN_PATIENT}
    return Race(acts, each_of(submitted, submitted, submitted, {DONE}))


def merge_and_update(ground: Ground) -> Race:
    """The new version is the survivor's, or there is none."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    entry = ground.document(desk.folder())
    too_late = {UNKNOWN_PATIENT, ("XDSUnknownPatientId", "XDSPatientIDReconciliationError")}
    return Race((update(new_version(ground, entry)), merge(old, new)), each_of({DONE} | too_late, {DONE}))


def merge_and_replacement(ground: Ground) -> Race:
    """A document of the survivor replaces one that is its own only once the merge is done."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    target = ground.document(desk.folder()).entry_uuid
    desk.patient_id = new
    too_early = ("XDSPatientIdDoesNotMatch",)
    return Race((register(replacement(ground, target)), merge(old, new)), each_of({DONE, too_early}, {DONE}))


def merge_and_removal(ground: Ground) -> Race:
    """What goes is gone, whosever it was by then."""
    desk, old, new = ground.desk, another_patient(), another_patient()
    for each in (old, new):
        desk.make_known(each)
    desk.patient_id = old
    lots = [ground.given(desk.submission(desk.entry(), desk.entry(), folders=[desk.folder()])) for _ in range(3)]
    return Race((*(remove(*ids_of(lot)) for lot in lots[:2]), merge(old, new)), all_done)


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


KINDS = (
    merge_and_submissions,
    merge_and_plain_submissions,
    merge_and_update,
    merge_and_replacement,
    merge_and_removal,
    chain_of_merges,
    opposite_merges,
)
