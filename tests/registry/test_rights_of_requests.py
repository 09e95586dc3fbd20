"""What is asked of a request beside the matrix: whose patient, whose documents, and that no way leads around. [DMP: TD2.1, TD3.3]"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from access.mandate import Mandate, RecordState
from registry import rights
from registry.facts import Facts, RegistryWork
from tests.access.people import OTHER_STRUCTURE_ID
from tests.registry.callers import (
    COLLEAGUE_ID,
    STRANGER_ID,
    GuardedDesk,
    a_replacement,
    author_of,
    guarded,
    refusals,
    restricted,
)
from tests.registry.desk import Backend, relation
from tests.registry.updating import (
    APPROVED,
    ARCHIVED,
    DELETED,
    a_status_update,
    an_update,
    revised,
    submitted_later,
)
from tests.samples import a_patient_id, an_association, fresh_uuid
from xds.vocabulary import AssociationType

AUTHOR_ONLY = "DMPAccessDeniedByRightsService DMP-AUTHOR-ONLY"
NOT_REGISTERED = "UnresolvedReferenceException"
"""What is said of an id that nothing has."""


@pytest.fixture
def desk(registry_backend: Backend) -> GuardedDesk:
    """The French profile, and a patient of the test's own."""
    return guarded(registry_backend)


@pytest.mark.parametrize("actor", ["author", "stranger", "treating doctor", "patient"])
def test_request_about_another_patient_gets_XDSPatientIdDoesNotMatch_and_nothing_else(
    desk: GuardedDesk, actor: str
) -> None:
    """Not even whether that patient is known, or what they have. [DMP: RG_3010]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    elsewhere = desk.mandate(actor, patient=("290059912345678", desk.patient_id.authority))
    for response in (
        desk.register_for(elsewhere, desk.submission(desk.entry(), references=[entry.entry_uuid, fresh_uuid()])),
        desk.update_for(elsewhere, an_update(desk, revised(entry))),
        desk.update_for(elsewhere, an_update(desk, associations=[a_status_update(entry.entry_uuid)])),
    ):
        assert set(refusals(response)) == {"XDSPatientIdDoesNotMatch"}
        assert not any(desk.patient_id.id_number in error.code_context for error in response.errors)


def test_new_version_for_another_patient_gets_XDSPatientIdDoesNotMatch_whatever_it_is_joined_to(
    desk: GuardedDesk,
) -> None:
    entry = desk.entry()
    hidden = desk.entry(author=(author_of(COLLEAGUE_ID),), confidentiality_code=restricted("MASQUE_PS"))
    desk.registered(desk.submission(entry))
    desk.registered(
        desk.submission(hidden, associations=[relation(AssociationType.XFRM, hidden.entry_uuid, entry.entry_uuid)])
    )
    moved = revised(entry, patient_id=a_patient_id("290059912345678", desk.patient_id.authority))
    response = desk.update_for(desk.mandate("author"), an_update(desk, moved, patient_id=moved.patient_id))
    assert set(refusals(response)) == {"XDSPatientIdDoesNotMatch"}


def test_caller_who_names_no_patient_is_judged_by_whose_documents_they_are(desk: GuardedDesk) -> None:
    """[DMP: VIHF, resource-id]"""
    mandate = desk.mandate("author", patient=None)
    assert refusals(desk.register_for(mandate, desk.submission(desk.entry()))) == []


def test_masked_document_of_a_colleague_is_replaced_and_not_otherwise_known(desk: GuardedDesk) -> None:
    """Author or same structure replaces. [DMP: TD2.1]"""
    entry = desk.entry(confidentiality_code=restricted("MASQUE_PS"))
    desk.registered(desk.submission(entry))
    new = desk.entry()
    addendum = desk.submission(new, associations=[relation(AssociationType.XFRM, new.entry_uuid, entry.entry_uuid)])
    assert refusals(desk.register_for(desk.mandate("colleague"), addendum)) == [NOT_REGISTERED]
    assert refusals(desk.register_for(desk.mandate("stranger"), a_replacement(desk, entry))) == [NOT_REGISTERED]
    assert refusals(desk.register_for(desk.mandate("colleague"), a_replacement(desk, entry))) == []


@pytest.mark.parametrize("kind", [AssociationType.RPLC, AssociationType.XFRM_RPLC])
def test_document_of_another_is_not_replaced_by_an_association_submitted_later(
    desk: GuardedDesk, kind: AssociationType
) -> None:
    """An update is no way around the right to replace."""
    theirs, own = desk.entry(), desk.entry(author=(author_of(STRANGER_ID, OTHER_STRUCTURE_ID),))
    desk.registered(desk.submission(theirs, own))
    later = submitted_later(relation(kind, own.entry_uuid, theirs.entry_uuid))
    assert refusals(desk.update_for(desk.mandate("stranger"), an_update(desk, associations=later))) == [AUTHOR_ONLY]
    assert refusals(desk.update_for(desk.mandate("author"), an_update(desk, associations=later))) == []


def test_association_of_another_s_document_is_not_deprecated(desk: GuardedDesk) -> None:
    old, new = desk.entry(), desk.entry()
    desk.registered(desk.submission(old))
    replacement = relation(AssociationType.RPLC, new.entry_uuid, old.entry_uuid)
    desk.registered(desk.submission(new, associations=[replacement]))
    request = an_update(desk, associations=[a_status_update(replacement.entry_uuid)])
    assert refusals(desk.update_for(desk.mandate("stranger"), request)) == [AUTHOR_ONLY]
    assert refusals(desk.update_for(desk.mandate("author"), request)) == []


def test_membership_of_another_s_document_is_not_deprecated(desk: GuardedDesk) -> None:
    entry = desk.entry()
    lot = desk.registered(desk.submission(entry))
    request = an_update(desk, associations=[a_status_update(lot.associations[0].entry_uuid)])
    assert refusals(desk.update_for(desk.mandate("treating doctor"), request)) == [AUTHOR_ONLY]


def test_each_change_of_a_request_is_judged_and_all_refusals_are_told(desk: GuardedDesk) -> None:
    first, second = desk.entry(), desk.entry()
    desk.registered(desk.submission(first, second))
    named = [a_status_update(each.entry_uuid, APPROVED, DELETED) for each in (first, second)]
    assert refusals(desk.update_for(desk.mandate("stranger"), an_update(desk, associations=named))) == [
        AUTHOR_ONLY,
        AUTHOR_ONLY,
    ]


def test_version_that_masks_and_shows_at_once_needs_both_rights(desk: GuardedDesk) -> None:
    """Unmasking is the author's; showing to the patient any professional's. [DMP: TD3.3a, TD3.3b]"""
    entry = desk.entry(confidentiality_code=restricted("MASQUE_PSOCIAL", "INVISIBLE_PATIENT"))
    desk.registered(desk.submission(entry))
    shown = an_update(desk, revised(entry, confidentiality_code=restricted()))
    assert refusals(desk.update_for(desk.mandate("stranger"), shown)) == [AUTHOR_ONLY]
    assert refusals(desk.update_for(desk.mandate("author"), shown)) == []


def test_audience_that_is_set_is_that_of_the_earlier_versions_too(desk: GuardedDesk) -> None:
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    masked = revised(entry, confidentiality_code=restricted("MASQUE_PS"))
    assert refusals(desk.update_for(desk.mandate("author"), an_update(desk, masked))) == []
    for known in (entry.entry_uuid, masked.entry_uuid):
        request = an_update(desk, associations=[a_status_update(known, APPROVED, ARCHIVED)])
        assert refusals(desk.update_for(desk.mandate("stranger"), request)) == [NOT_REGISTERED]


@pytest.mark.parametrize("state", [RecordState.CLOSED, RecordState.OPPOSED])
def test_record_that_was_ended_has_no_documents_to_change_not_even_ones_own(
    desk: GuardedDesk, state: RecordState
) -> None:
    """The guard has said before why; the registry knows nothing of them. [DMP: TD1.4]"""
    entry = desk.entry()
    desk.registered(desk.submission(entry))
    mandate = desk.mandate("author", standing={"state": state})
    archived = an_update(desk, associations=[a_status_update(entry.entry_uuid, APPROVED, ARCHIVED)])
    assert refusals(desk.update_for(mandate, archived)) == [NOT_REGISTERED]
    assert refusals(desk.register_for(mandate, a_replacement(desk, entry))) == [NOT_REGISTERED]


def test_secret_connection_submits_what_is_kept_from_legal_representatives(desk: GuardedDesk) -> None:
    """[DMP: connexion secrète]"""
    secret = desk.mandate("author", is_secret=True)
    open_entry = desk.entry(confidentiality_code=restricted("MASQUE_PS"))
    response = desk.register_for(secret, desk.submission(open_entry, desk.entry(confidentiality_code=restricted())))
    assert refusals(response) == ["DMPAccessDeniedByRightsService DMP-SECRET"] * 2
    kept = desk.entry(confidentiality_code=restricted("INVISIBLE_REPRESENTANTS_LEGAUX"))
    assert refusals(desk.register_for(secret, desk.submission(kept))) == []


def test_signature_of_a_secret_lot_is_hidden_as_the_dmp_hides_signatures(desk: GuardedDesk) -> None:
    """From the patient, and so from whoever stands for them. [DMP: signature, connexion secrète]"""
    secret = desk.mandate("author", is_secret=True)
    for codes, expected in ((("MASQUE_PS", "INVISIBLE_PATIENT"), 0), (("MASQUE_PS",), 1)):
        kept = desk.entry(confidentiality_code=restricted("INVISIBLE_REPRESENTANTS_LEGAUX"))
        signature = desk.entry(confidentiality_code=restricted(*codes))
        submission = desk.submission(kept, signature)
        signs = relation(AssociationType.SIGNS, signature.entry_uuid, submission.submission_set.entry_uuid)
        signed = replace(submission, associations=(*submission.associations, signs))
        assert len(refusals(desk.register_for(secret, signed))) == expected


def test_nobody_in_particular_is_refused_nothing(desk: GuardedDesk) -> None:
    """Where the domain asks nobody who they are."""
    entry = desk.entry(confidentiality_code=restricted("MASQUE_PS"))
    desk.registered(desk.submission(entry))
    nobody = replace(desk.mandate("author"), caller=None)
    unmasked = revised(entry, confidentiality_code=restricted())
    assert refusals(desk.update_for(nobody, an_update(desk, unmasked))) == []
    assert refusals(desk.register_for(nobody, a_replacement(desk, unmasked))) == []


def test_facts_are_told_whole_to_nobody_in_particular_and_to_whoever_sees_all(desk: GuardedDesk) -> None:
    facts, named = Facts(), [fresh_uuid()]
    for mandate in (replace(desk.mandate("author"), caller=None), desk.mandate("treating doctor")):
        told = desk.backend.settle(
            partial(_concealed, facts, named, mandate),
            lambda _: True,
        )
        assert told is facts


def _concealed(facts: Facts, named: list[str], mandate: Mandate, work: RegistryWork) -> Facts:
    return rights.conceal(facts, named, work, mandate)


def test_membership_in_a_folder_of_hidden_documents_alone_is_not_there(desk: GuardedDesk) -> None:
    """What holds nothing that shows does not show."""
    entry = desk.entry(confidentiality_code=restricted("MASQUE_PS"))
    folder = desk.folder()
    held = an_association(entry_uuid=fresh_uuid(), source_object=folder.entry_uuid, target_object=entry.entry_uuid)
    desk.registered(desk.submission(entry, folders=[folder], associations=[held]))
    new = desk.entry()
    added = an_association(entry_uuid=fresh_uuid(), source_object=folder.entry_uuid, target_object=new.entry_uuid)
    for actor, expected in (("stranger", [NOT_REGISTERED]), ("author", [])):
        response = desk.register_for(desk.mandate(actor), desk.submission(new, associations=[added]))
        assert refusals(response) == expected
