"""[ITI-44] Patient identity feed: what it tells of ids, and the acknowledgement. [ITI TF-2: 3.44]"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safexml.parser import parse
from tests.samples import IHE_TEST_AUTHORITY, fresh_oid, fresh_uuid
from tests.samples.strategies import texts
from tests.xds.shared import HL7, errors_of, needs_schemas
from xds.hl7v2 import DTM
from xds.messages import FeedAcknowledgement, FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier
from xds.wire import WrongBody, patient_feed

NOW = DTM("20240312083000")
SENDER, RECEIVER = InstanceIdentifier("1.2.3", "source"), InstanceIdentifier("1.2.4", "registry")
ALIX = InstanceIdentifier(IHE_TEST_AUTHORITY, "MARTIN-1")
OLD = InstanceIdentifier(IHE_TEST_AUTHORITY, "MARTIN-0")


ACCEPTED = FeedResponse()
REFUSED = FeedResponse(FeedOutcome.REFUSED, "the record cannot be read")


def added(*ids: InstanceIdentifier, message_id: str = "2.25.1", **person: str) -> bytes:
    pieces = patient_feed.write_patient_added(
        ids, message_id=message_id, now=NOW, sender=SENDER, receiver=RECEIVER, **person
    )
    return b"".join(pieces)


def merged() -> bytes:
    pieces = patient_feed.write_patients_merged(
        ALIX, OLD, message_id=fresh_oid(), now=NOW, sender=SENDER, receiver=RECEIVER
    )
    return b"".join(pieces)


def acknowledged(body: bytes, response: FeedResponse = ACCEPTED) -> bytes:
    feed = patient_feed.read_patient_feed(parse(body))
    return b"".join(patient_feed.write_acknowledgement(FeedAcknowledgement(feed, response, fresh_uuid(), NOW)))


def test_record_added_tells_its_ids_and_who_talks_to_whom() -> None:
    """[ITI TF-2: 3.44.4.1.2]"""
    feed = patient_feed.read_patient_feed(parse(added(ALIX, InstanceIdentifier("9.9", "a&b"))))
    assert feed.event is FeedEvent.ADDED
    assert feed.message_id == ("2.25.1", "")
    assert feed.ids == (ALIX, ("9.9", "a&b"))
    assert (feed.sender, feed.receiver, feed.subsumed_ids) == (SENDER, RECEIVER, ())


def test_record_revised_reads_as_one_added() -> None:
    """[ITI TF-2: 3.44.4.1.2]"""
    feed = patient_feed.read_patient_feed(parse(added(ALIX).replace(b"201301", b"201302")))
    assert (feed.event, feed.ids) == (FeedEvent.REVISED, (ALIX,))


def test_duplicates_resolved_tell_survivor_and_subsumed() -> None:
    """[ITI TF-2: 3.44.4.2.2]"""
    feed = patient_feed.read_patient_feed(parse(merged()))
    assert (feed.event, feed.ids, feed.subsumed_ids) == (FeedEvent.MERGED, (ALIX,), (OLD,))


def test_id_without_root_is_passed_over() -> None:
    body = added(ALIX).replace(
        f'<id root="{ALIX.root}" extension="{ALIX.extension}"/>'.encode(), b'<id nullFlavor="UNK"/>'
    )
    assert patient_feed.read_patient_feed(parse(body)).ids == ()


def test_message_of_another_kind_is_refused() -> None:
    with pytest.raises(WrongBody):
        patient_feed.read_patient_feed(parse(acknowledged(added(ALIX))))
    with pytest.raises(WrongBody):
        patient_feed.read_acknowledgement(parse(added(ALIX)))


def test_acknowledgement_names_the_message_and_turns_sender_and_receiver_round() -> None:
    """[ITI TF-2: 3.44.4.1.3]"""
    element = parse(acknowledged(added(ALIX, message_id="2.25.77")))
    names = {"h": "urn:hl7-org:v3"}
    assert element.xpath("string(h:acknowledgement/h:typeCode/@code)", namespaces=names) == "CA"
    assert element.xpath("string(h:acknowledgement/h:targetMessage/h:id/@root)", namespaces=names) == "2.25.77"
    assert element.xpath("string(h:receiver/h:device/h:id/@extension)", namespaces=names) == "source"
    assert element.xpath("string(h:sender/h:device/h:id/@extension)", namespaces=names) == "registry"
    assert patient_feed.read_acknowledgement(element) == ACCEPTED


@given(st.sampled_from(FeedOutcome), texts.map(str.strip).filter(bool))
def test_response_written_and_read_is_the_same(outcome: FeedOutcome, reason: str) -> None:
    """[ITI TF-2: 3.44.4.1.3]"""
    element = parse(acknowledged(added(ALIX), FeedResponse(outcome, reason)))
    assert patient_feed.read_acknowledgement(element) == FeedResponse(outcome, reason)


@pytest.mark.parametrize(("outcome", "code"), [("A", "CA"), ("E", "CE"), ("R", "CR")])
def test_outcome_is_told_by_the_code_of_an_accept_acknowledgement(outcome: str, code: str) -> None:
    """[ITI TF-2: O.1.3; HL7 v3: AcknowledgementType]"""
    element = parse(acknowledged(added(ALIX), FeedResponse(FeedOutcome(outcome))))
    assert element.findtext("{*}acknowledgement/{*}acknowledgementDetail/{*}text") is None
    assert element.find("{*}acknowledgement/{*}typeCode").get("code") == code


def test_acknowledgement_that_accepts_nothing_is_a_refusal() -> None:
    bare = b'<MCCI_IN000002UV01 xmlns="urn:hl7-org:v3"/>'
    assert patient_feed.read_acknowledgement(parse(bare)) == FeedResponse(FeedOutcome.ERROR, "acknowledged as nothing")
    other = acknowledged(added(ALIX)).replace(b'typeCode code="CA"', b'typeCode code="AR"')
    assert patient_feed.read_acknowledgement(parse(other)) == FeedResponse(FeedOutcome.REFUSED, "acknowledged as AR")
    unknown = acknowledged(added(ALIX)).replace(b'typeCode code="CA"', b'typeCode code="ZZ"')
    assert patient_feed.read_acknowledgement(parse(unknown)) == FeedResponse(FeedOutcome.ERROR, "acknowledged as ZZ")


@needs_schemas
@pytest.mark.parametrize(
    ("interaction", "body"),
    [
        ("PRPA_IN201301UV02", added(ALIX)),
        (
            "PRPA_IN201301UV02",
            added(ALIX, OLD, family_name="MARTIN", given_name="Alix", gender="F", birth_time="19800229"),
        ),
        ("PRPA_IN201304UV02", merged()),
        ("MCCI_IN000002UV01", acknowledged(added(ALIX))),
        ("MCCI_IN000002UV01", acknowledged(merged(), REFUSED)),
        ("MCCI_IN000002UV01", acknowledged(merged(), FeedResponse(reason="nothing was changed"))),
        ("MCCI_IN000002UV01", acknowledged(b'<PRPA_IN201301UV02 xmlns="urn:hl7-org:v3"/>')),
    ],
    ids=["added", "added with traits", "merged", "accepted", "refused", "accepted with a note", "accepted of nobody"],
)
def test_message_is_valid(interaction: str, body: bytes) -> None:
    assert errors_of(HL7.format(interaction), body) == []


@given(st.lists(st.builds(InstanceIdentifier, texts, st.just("") | texts), min_size=1, max_size=3))
def test_ids_written_and_read_are_the_same(ids: Sequence[InstanceIdentifier]) -> None:
    assert patient_feed.read_patient_feed(parse(added(*ids))).ids == tuple(ids)
