"""Audit messages as XML: valid under the schema of DICOM PS3.15 A.5, whatever they tell. [ITI TF-2: 3.20.7]"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from datetime import timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from audit.circumstances import Circumstances
from audit.events import TABLE, events_of
from audit.line import Ending, Line
from audit.message import AuditEvent, AuditObject, Coded, Outcome, Participant, Source, write_message
from tests.audit.lines import INS, NOON, a_line, lines

SCHEMA = Path(__file__).resolve().parents[2] / "../shared/ihe-schema/audit/dicom2017c.xsd"
SOURCE = Source("1.2.250.1.999.1.1", "urn:oid:1.2.250.1.999.1.2")
EVENT = AuditEvent(
    event=Coded("110112", "DCM", "Query"),
    action="E",
    at=NOON,
    types=(Coded("ITI-18", "IHE Transactions", "Registry Stored Query"),),
    participants=(Participant("https://x/", False),),
)


@pytest.fixture(scope="module")
def schema() -> Iterator[etree.XMLSchema]:
    """The schema that receivers check with."""
    if not SCHEMA.exists():
        pytest.skip("the audit schema is not beside this checkout")
    yield etree.XMLSchema(etree.parse(SCHEMA))


def parsed(event: AuditEvent) -> etree._Element:
    return etree.fromstring(write_message(event, SOURCE))


@pytest.mark.parametrize("transaction", [*TABLE, "something else"])
@pytest.mark.parametrize("ending", Ending)
def test_message_of_every_transaction_is_valid(schema: etree.XMLSchema, transaction: str, ending: Ending) -> None:
    patient = ("260058815400233", INS)
    line = a_line(
        patient,
        transaction=transaction,
        ending=ending,
        rule="" if ending is Ending.DONE else "XDSPatientIdDoesNotMatch",
        access_mode="bris_de_glace",
        submission_unique_id="2.25.3",
        network_address="2001:db8::1",
    )
    told = Circumstances(
        requester="http://www.w3.org/2005/08/addressing/anonymous",
        endpoint="https://dmp.example.org/services/registry",
        process_id=12,
        query=b'<q:AdhocQueryRequest xmlns:q="x"/>',
        repository_unique_id="1.2.250.1.999.1.1",
        home_community_id="urn:oid:1.2",
        failed=("2.25.8",),
        subsumed=("1", INS),
    )
    for circumstances in (told, Circumstances(), Circumstances(unauthenticated=True)):
        events = events_of(line, circumstances, "dmp.example.org")
        assert events
        for event in events:
            schema.assertValid(parsed(event))


@given(line=lines, texts=st.tuples(*[st.text(max_size=8)] * 5))
def test_message_is_valid_whatever_its_texts_hold(schema: etree.XMLSchema, line: Line, texts: tuple[str, ...]) -> None:
    told = Circumstances(
        requester=texts[0], endpoint=texts[1], repository_unique_id=texts[2], home_community_id=texts[3]
    )
    for event in events_of(line, told, texts[4]):
        schema.assertValid(parsed(event))


def test_moment_is_told_in_UTC() -> None:
    later = EVENT.at.astimezone(timezone(timedelta(hours=2)))
    (identification, *_) = parsed(AuditEvent(**{**_fields(EVENT), "at": later}))
    assert identification.get("EventDateTime") == "2026-03-14T12:00:00.000000Z"


@pytest.mark.parametrize(
    ("address", "kind"), [("192.0.2.7", "2"), ("2001:db8::7", "2"), ("host.example.org", "1"), ("10", "1")]
)
def test_address_is_told_from_a_name(address: str, kind: str) -> None:
    """[DICOM PS3.15: A.5.2.1, NetworkAccessPointTypeCode]"""
    event = AuditEvent(**{**_fields(EVENT), "participants": (Participant("x", True, network_address=address),)})
    participant = next(parsed(event).iter("ActiveParticipant"))
    assert participant.get("NetworkAccessPointID") == address
    assert participant.get("NetworkAccessPointTypeCode") == kind


def test_query_and_details_go_out_in_base64() -> None:
    query = AuditObject("urn:uuid:x", 2, 24, EVENT.types[0], "<é/>".encode(), ())
    (found,) = parsed(AuditEvent(**{**_fields(EVENT), "objects": (query,)})).iter("ParticipantObjectQuery")
    assert b64decode(found.text or "").decode() == "<é/>"


def test_failure_says_how_grave_and_which_rule() -> None:
    event = AuditEvent(**{**_fields(EVENT), "outcome": Outcome.SERIOUS_FAILURE, "description": "<rule> & more"})
    (identification, *_) = parsed(event)
    assert identification.get("EventOutcomeIndicator") == "8"
    assert identification.findtext("EventOutcomeDescription") == "<rule> & more"


def _fields(event: AuditEvent) -> dict[str, object]:
    return {name: getattr(event, name) for name in AuditEvent.__slots__}
