"""``coffre patient close`` and ``reopen``, and what the keeper of records is told underneath. [DMP: TD0.2, TD1.1, TD1.2, TD1.4]"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from access.mandate import Authorisation, RecordState
from client import authorisation, keeper, options, voucher
from client.call import Service, ServiceError, UnexpectedAnswer
from client.demonstration import CAMILLE, Person
from client.source import Traits
from soap import envelope
from tests.client.conftest import Answer, Outcome, Running, SmallServer
from tests.client.documents import a_report, facts
from xds.hl7v2 import CX

Coffre = Callable[..., Outcome]
Start = Callable[[Callable[[bytes], Answer]], SmallServer]
TRAITS = Traits(CAMILLE.family, CAMILLE.given, CAMILLE.sex, CAMILLE.birth_date)


@pytest.fixture
def structure(french_service: Running) -> Iterator[Service]:
    """The establishment at the running service."""
    with options.service_at(
        french_service.url, french_service.keys, voucher.of_structure(french_service.keys)
    ) as service:
        yield service


@pytest.fixture
def doctor(french_service: Running) -> Iterator[Service]:
    """The demonstration's doctor at the running service."""
    with options.service_at(
        french_service.url, french_service.keys, voucher.of_professional(french_service.keys)
    ) as service:
        yield service


def of(person: Person) -> CX:
    return CX.build(person.matricule, person.authority)


def test_record_is_created_closed_and_reopened(structure: Service, person: Person) -> None:
    """[DMP: TD1.1, TD1.4, TD1.2]"""
    assert keeper.find(structure, of(person)).state is RecordState.NONE
    assert keeper.create(structure, of(person), TRAITS) == ()
    assert keeper.find(structure, of(person)).state is RecordState.ACTIVE
    assert keeper.close(structure, of(person), "moved <abroad> & gone") == ()
    assert keeper.find(structure, of(person)).state is RecordState.CLOSED
    assert keeper.reopen(structure, of(person)) == ()
    assert keeper.find(structure, of(person)).state is RecordState.ACTIVE


def test_refusals_of_the_keeper_are_told_in_its_words(structure: Service, person: Person) -> None:
    (missing,) = keeper.create(structure, of(person), Traits())
    assert "family name, given name, sex and date of birth" in missing
    assert keeper.create(structure, of(person), TRAITS) == ()
    (again,) = keeper.create(structure, of(person), TRAITS)
    assert again.startswith("REC-EXISTS")


def test_caller_learns_their_own_authorisation(structure: Service, doctor: Service, person: Person) -> None:
    """[DMP: TD0.2, TD0.3]"""
    keeper.create(structure, of(person), TRAITS)
    assert keeper.find(doctor, of(person)).authorisation is Authorisation.NONE
    assert authorisation.declare(doctor, of(person)) == authorisation.OK
    assert keeper.find(doctor, of(person)).authorisation is Authorisation.VALID


def test_keeper_that_refuses_to_tell_is_told(small_server: Start) -> None:
    refusal = (
        b'<a xmlns="urn:hl7-org:v3"><acknowledgement typeCode="AE"><acknowledgementDetail><text>because</text>'
        b"</acknowledgementDetail></acknowledgement></a>"
    )
    server = small_server(
        lambda body: Answer(b"".join(envelope.write("urn:a", None, [refusal], message_id="urn:uuid:1")))
    )
    with Service(server.url) as service, pytest.raises(ServiceError, match="refused to tell of the record: because"):
        keeper.find(service, CX.build("1", "1.2.3"))


def test_something_else_than_an_answer_is_unexpected(small_server: Start) -> None:
    server = small_server(
        lambda body: Answer(b"".join(envelope.write("urn:a", None, [b"<x/>"], message_id="urn:uuid:1")))
    )
    with Service(server.url) as service:
        with pytest.raises(UnexpectedAnswer, match=r"TD0\.2"):
            keeper.find(service, CX.build("1", "1.2.3"))
        with pytest.raises(UnexpectedAnswer, match=r"TD0\.3"):
            authorisation.declare(service, CX.build("1", "1.2.3"))


def test_closed_record_takes_and_shows_nothing_until_it_is_reopened(coffre: Coffre, person: Person) -> None:
    """[DMP: TD1.4]"""
    assert coffre("submit", a_report("1.xml", facts(person)), "--ins", person.matricule).status == 0
    closed = coffre("patient", "close", "--ins", person.matricule, "--authority", "test", "--reason", "by telephone")
    assert (closed.status, closed.out) == (0, f"The record of {person.cx} is closed\n")
    refused = coffre("submit", a_report("2.xml", facts(person)), "--ins", person.matricule)
    assert refused.status == 1
    assert "REC-CLOSED" in refused.err
    hidden = coffre("search", "--ins", person.cx)
    assert (hidden.status, hidden.out) == (1, "")
    again = coffre("patient", "close", "--ins", person.cx)
    assert again.status == 1
    assert "REC-CLOSED" in again.err
    reopened = coffre("patient", "reopen", "--ins", person.cx, "--json")
    assert json.loads(reopened.out) == {"patientId": person.cx, "record": "reopened"}
    assert coffre("submit", a_report("3.xml", facts(person)), "--ins", person.matricule).status == 0


def test_record_that_was_never_opened_cannot_be_closed(coffre: Coffre, person: Person) -> None:
    outcome = coffre("patient", "close", "--ins", person.cx)
    assert outcome.status == 1
    assert "the service refused" in outcome.err
    assert person.matricule not in outcome.err
