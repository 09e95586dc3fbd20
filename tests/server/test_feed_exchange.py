"""[ITI-8] A message of the HL7 v2 feed from bytes to bytes, whatever becomes of it. [ITI TF-2: 3.8]"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator

import pytest

from server import prepare, wiring
from server.exchange import Exchange
from server.feed_exchange import FeedExchange
from server.metrics import Outcome
from server.settings import Settings
from server.wiring import House, Role
from sql.database import StorageFailure
from tests.samples import a_patient_id
from tests.server import messages
from tests.xds.test_adt import ALIX, an_adt, mrg, pid
from xds.messages import FeedAcknowledgement, PatientFeed
from xds.wire import response


@pytest.fixture
def feed(house: House) -> FeedExchange:
    assert house.feed is not None
    return FeedExchange(house.feed)


def told(feed: FeedExchange, message: str) -> list[str]:
    """The first fields of MSA: code, MSH-10 of the message, and what is said of it."""
    answered = feed.answer(message.encode())
    msa = next(line for line in answered.acknowledgement.decode().split("\r") if line.startswith("MSA"))
    return [*msa.split("|")[1:], "", ""][:3]


def provide(house: House, id_number: str) -> tuple[str, ...]:
    """The codes of an ITI-41 for that patient."""
    lot = messages.a_lot_of(a_patient_id(id_number))
    answer = Exchange(house.routes).answer(messages.asked("repository", messages.a_provide(lot)))
    return response.read_response(messages.read_answer(answer).body).errors.codes


@pytest.mark.parametrize("event", ["A01", "A04", "A05", "A08"])
def test_patient_of_an_admission_registration_or_update_is_known(house: House, feed: FeedExchange, event: str) -> None:
    """[ITI TF-2: 3.8.4.1.4]"""
    assert provide(house, f"NEW-{event}") == ("XDSUnknownPatientId",)
    assert told(feed, an_adt(pid(ALIX.replace("MARTIN-1", f"NEW-{event}")), event=event)) == ["AA", "M1", ""]
    assert provide(house, f"NEW-{event}") == ()


def test_merge_ends_an_identifier(house: House, feed: FeedExchange) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    new = ALIX.replace("MARTIN-1", "MARTIN-2")
    assert told(feed, an_adt(pid(new)))[0] == "AA"
    assert told(feed, an_adt(pid(new), mrg(ALIX), event="A40")) == ["AA", "M1", ""]
    assert provide(house, "MARTIN-1") == ("XDSUnknownPatientId",)
    assert provide(house, "MARTIN-2") == ()


def test_merge_that_changes_nothing_is_acknowledged_with_a_note(feed: FeedExchange) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    code, control_id, note = told(feed, an_adt(pid(ALIX), mrg(ALIX), event="A40", control_id="M7"))
    assert (code, control_id) == ("AA", "M7")
    assert "nothing was changed" in note


def test_merge_into_an_unknown_patient_is_AE(feed: FeedExchange) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    stranger = ALIX.replace("MARTIN-1", "STRANGER")
    answered = feed.answer(an_adt(pid(stranger), mrg(ALIX), event="A40", version="2.5").encode())
    assert b"MSA|AE|M1|the surviving identifier is not known here" in answered.acknowledgement
    assert b"ERR|||204^Unknown key identifier^HL70357|E|" in answered.acknowledgement
    assert answered.outcome is Outcome.FAILURE


def test_message_that_is_not_served_is_AR(feed: FeedExchange) -> None:
    """[HL7 v2.5: 2.9.2]"""
    assert told(feed, an_adt(event="A03"))[:2] == ["AR", "M1"]
    assert feed.answer(b"\x00\xff").outcome is Outcome.FAILURE


def failing(error: Exception) -> Callable[[PatientFeed], FeedAcknowledgement]:
    def feed(_: PatientFeed) -> FeedAcknowledgement:
        raise error

    return feed


def test_failure_of_our_own_is_AR_with_an_incident_number_and_nothing_inside(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """[decision 13]"""
    answered = FeedExchange(failing(ValueError("MARTIN-1 is broken"))).answer(an_adt().encode())
    assert answered.outcome is Outcome.INCIDENT
    assert b"MSA|AR|M1|" in answered.acknowledgement
    assert b"MARTIN" not in answered.acknowledgement
    number = answered.acknowledgement.decode().partition("Incident ")[2][:8]
    assert number in caplog.text
    assert "MARTIN" not in caplog.text


def test_write_that_could_not_be_made_durable_is_told_to_the_house() -> None:
    """The process must stop being ready. [decision 7]"""
    seen: list[bool] = []
    exchange = FeedExchange(failing(StorageFailure("commit failed")), lambda: seen.append(True))
    assert b"MSA|AR|M1|" in exchange.answer(an_adt().encode()).acknowledgement
    assert seen == [True]


@pytest.fixture
def broken_house(make_settings: Callable[..., Settings]) -> Iterator[House]:
    """A house whose database has lost a table."""
    chosen = make_settings()
    prepare.prepare(chosen, Role.ALL)
    built = wiring.build(chosen, Role.ALL)
    with built.database.write() as work:
        work.execute("drop table patient")
    yield built
    built.close()


def test_database_that_refuses_its_work_is_AR_by_HL7_v2_and_CR_by_HL7_v3(
    broken_house: House, caplog: pytest.LogCaptureFixture
) -> None:
    """Nothing was changed, the message is to be sent again. [HL7 v2.5: 2.9.2; ITI TF-2: O.1.3]"""
    assert broken_house.feed is not None
    with caplog.at_level(logging.CRITICAL):
        code, _, reason = told(FeedExchange(broken_house.feed), an_adt())
        answer = Exchange(broken_house.routes).answer(messages.asked("patients", messages.a_feed()))
    assert code == "AR"
    assert "nothing was changed" in reason
    assert answer.http_status == 200
    assert b'<typeCode code="CR"/>' in messages.body_of(answer)
    assert answer.outcome is Outcome.FAILURE
