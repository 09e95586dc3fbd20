"""[ITI-8], [ITI-44] Who becomes known by a feed. [ITI TF-2: 3.8.4.1.4, 3.44.4.1.3]"""

from __future__ import annotations

import uuid
from dataclasses import replace

import pytest

from registry import patients
from registry.facts import PatientFact, PatientIdentity, RegistryWork
from tests.registry.desk import Backend, Desk
from tests.samples import IHE_TEST_AUTHORITY, a_domain
from xds.domain import AssigningAuthority, Bite
from xds.messages import FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier, PatientFeed

FOREIGN = "1.2.3.4.5"
ACCEPTED = FeedResponse()
INS = AssigningAuthority("1.2.250.1.213.1.4.10", "INS-NIR, test", is_ins=True, matricule_shape=Bite.ERROR)


def an_addition(*ids: tuple[str, str], event: FeedEvent = FeedEvent.ADDED) -> PatientFeed:
    named = tuple(InstanceIdentifier(root, extension) for root, extension in ids)
    return PatientFeed(event=event, message_id=InstanceIdentifier("1.2.3", "1"), ids=named)


def known(desk: Desk, identity: PatientIdentity) -> PatientFact | None:
    def find(work: RegistryWork) -> PatientFact | None:
        return work.find_patient(identity)

    return desk.backend.settle(find, lambda _: True)


def feed(desk: Desk, message: PatientFeed) -> FeedResponse:
    def act(work: RegistryWork) -> FeedResponse:
        return desk.actor.feed(message, work)

    return desk.backend.settle(act, lambda answer: answer.is_refusal)


def somebody(authority: str = IHE_TEST_AUTHORITY) -> PatientIdentity:
    return PatientIdentity(f"N-{uuid.uuid4().hex}", authority)


@pytest.mark.parametrize("event", [FeedEvent.ADDED, FeedEvent.REVISED])
def test_id_of_a_declared_authority_becomes_known(desk: Desk, event: FeedEvent) -> None:
    """A record that is revised is there, whatever was missed before."""
    identity = somebody()
    assert known(desk, identity) is None
    assert feed(desk, an_addition((identity.authority, identity.id_number), event=event)) == ACCEPTED
    assert known(desk, identity) == PatientFact(identity)


def test_ids_of_foreign_authorities_are_passed_over(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.1.4]"""
    foreign, ours = somebody(FOREIGN), somebody()
    assert feed(desk, an_addition((FOREIGN, foreign.id_number), (ours.authority, ours.id_number))) == ACCEPTED
    assert known(desk, foreign) is None
    assert known(desk, ours) == PatientFact(ours)


def test_message_without_an_id_of_ours_is_acknowledged_with_a_note(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.1.4]"""
    assert feed(desk, an_addition((FOREIGN, "1"))) == FeedResponse(reason=patients.NOT_OURS)


def test_authority_told_by_its_name_alone_is_completed(desk: Desk) -> None:
    """[ITI TF-2: 3.8.4.1.4]"""
    identity = somebody()
    assert feed(desk, an_addition(("IHE test tools", identity.id_number))) == ACCEPTED
    assert known(desk, identity) == PatientFact(identity)


def test_patient_who_is_known_may_be_announced_again(desk: Desk) -> None:
    identity = PatientIdentity(desk.patient_id.id_number, desk.patient_id.authority)
    assert feed(desk, an_addition((identity.authority, identity.id_number))) == ACCEPTED
    assert known(desk, identity) == PatientFact(identity)


def test_message_without_any_id_is_an_error(desk: Desk) -> None:
    """[ITI TF-2: Tables 3.8-2, 3.44.4.1.2.2-1]"""
    assert feed(desk, an_addition()) == FeedResponse(FeedOutcome.ERROR, patients.NO_IDENTIFIER)


def test_matricule_of_a_wrong_shape_is_an_error_that_does_not_repeat_it(registry_backend: Backend) -> None:
    """No document could be submitted for it. [CI-SIS SM 3.5.5.12]"""
    desk = Desk(registry_backend, replace(a_domain(), authorities=(*a_domain().authorities, INS)))
    answer = feed(desk, an_addition((INS.oid, "2800735238"), (IHE_TEST_AUTHORITY, "N-1")))
    assert answer.outcome is FeedOutcome.ERROR
    assert "INS-NIR, test" in answer.reason
    assert "2800735238" not in answer.reason
    assert known(desk, PatientIdentity("N-1", IHE_TEST_AUTHORITY)) is None


def test_matricule_whose_key_need_not_be_right_becomes_known(registry_backend: Backend) -> None:
    """Published test identities often carry wrong keys. [CI-SIS SM 3.5.5.12]"""
    authority = replace(INS, matricule_key=Bite.WARNING)
    desk = Desk(registry_backend, replace(a_domain(), authorities=(*a_domain().authorities, authority)))
    assert feed(desk, an_addition((INS.oid, "280073523800399"))) == ACCEPTED
    assert known(desk, PatientIdentity("280073523800399", INS.oid)) is not None


@pytest.mark.parametrize("codes", [("PROV",), ("VALI", "DOUT"), ("DOUB",)])
def test_INS_of_an_identity_that_is_not_qualified_becomes_known_with_a_note(
    registry_backend: Backend, codes: tuple[str, ...]
) -> None:
    """The codes differ from house to house: never a reason to refuse. [RNIV 1]"""
    desk = Desk(registry_backend, replace(a_domain(), authorities=(*a_domain().authorities, INS)))
    identity = PatientIdentity("279033523801802", INS.oid)
    message = replace(an_addition((INS.oid, identity.id_number)), reliability=codes)
    assert feed(desk, message) == FeedResponse(reason=patients.NOT_QUALIFIED)
    assert known(desk, identity) == PatientFact(identity)


@pytest.mark.parametrize("codes", [(), ("VALI",), ("VALI", "HOMA"), ("XYZ",)])
def test_INS_of_a_qualified_identity_or_of_one_of_which_nothing_is_said_gets_no_note(
    registry_backend: Backend, codes: tuple[str, ...]
) -> None:
    desk = Desk(registry_backend, replace(a_domain(), authorities=(*a_domain().authorities, INS)))
    assert feed(desk, replace(an_addition((INS.oid, "279033523801802")), reliability=codes)) == ACCEPTED


def test_identity_outside_the_INS_may_be_provisional(desk: Desk) -> None:
    assert feed(desk, replace(an_addition((IHE_TEST_AUTHORITY, "N-7")), reliability=("PROV",))) == ACCEPTED
