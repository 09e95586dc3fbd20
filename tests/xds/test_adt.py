"""[ITI-8] HL7 v2 messages of the patient identity feed, and their ACK. [ITI TF-2: 3.8]"""

from __future__ import annotations

import logging

import hl7
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.samples import IHE_TEST_AUTHORITY, INS_TEST_AUTHORITY, fresh_uuid
from xds.hl7v2 import DTM, escape
from xds.messages import FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier
from xds.wire import adt
from xds.wire.adt import NotADT

NOW = DTM("20240312083000")
ALIX = f"MARTIN-1^^^IHERED&{IHE_TEST_AUTHORITY}&ISO"
INS = f"280073523800332^^^ASIP-SANTE-INS-NIR&{INS_TEST_AUTHORITY}&ISO^INS^^20260101"


def an_adt(
    *segments: str, event: str = "A04", version: str = "2.3.1", character_set: str = "", control_id: str = "M1"
) -> str:
    """A message as a hospital's interface engine sends it; without segments it has a PID with Alix's identifier."""
    msh = f"MSH|^~\\&|GAM|CH^1.2^ISO|COFFRE|REG|20240312||ADT^{event}|{control_id}|P|{version}||||||{character_set}"
    return "\r".join((msh, f"EVN|{event}|20240312", *(segments or (pid(ALIX),)), "PV1||I", ""))


def pid(*identifiers: str) -> str:
    return f"PID|1||{'~'.join(identifiers)}||MARTIN^Alix^^^^^L||19800229|F"


def mrg(*identifiers: str) -> str:
    return f"MRG|{'~'.join(identifiers)}"


def ids_of(*identifiers: str) -> list[tuple[str, str]]:
    return [tuple(found) for found in adt.read_adt(an_adt(pid(*identifiers)).encode()).feed.ids]


def refusal(message: str | bytes) -> NotADT:
    with pytest.raises(NotADT) as caught:
        adt.read_adt(message.encode() if isinstance(message, str) else message)
    return caught.value


def acknowledged(message: str, response: FeedResponse = FeedResponse(), **more: str) -> str:  # noqa: B008
    header = adt.read_adt(message.encode()).header
    return adt.write_acknowledgement(header, response, message_id=fresh_uuid(), now=NOW, **more).decode()


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ("A01", FeedEvent.ADDED),
        ("A04", FeedEvent.ADDED),
        ("A05", FeedEvent.ADDED),
        ("A05^ADT_A05", FeedEvent.ADDED),
        ("A08^ADT_A01", FeedEvent.REVISED),
    ],
)
@pytest.mark.parametrize("version", [*adt.VERSIONS, "2.5^FRA^2.10"])
def test_admission_registration_and_update_tell_the_identifiers(event: str, expected: FeedEvent, version: str) -> None:
    """[ITI TF-2: 3.8.4.1]"""
    feed = adt.read_adt(an_adt(event=event, version=version).encode()).feed
    assert (feed.event, feed.ids, feed.subsumed_ids) == (expected, ((IHE_TEST_AUTHORITY, "MARTIN-1"),), ())
    assert feed.message_id == InstanceIdentifier("", "M1")


def test_merge_tells_survivor_and_subsumed() -> None:
    """[ITI TF-2: 3.8.4.2]"""
    message = an_adt(pid(ALIX, INS), mrg(f"MARTIN-0^^^&{IHE_TEST_AUTHORITY}&ISO"), event="A40^ADT_A39")
    feed = adt.read_adt(message.encode()).feed
    assert feed.event is FeedEvent.MERGED
    assert feed.ids == ((IHE_TEST_AUTHORITY, "MARTIN-1"), (INS_TEST_AUTHORITY, "280073523800332"))
    assert feed.subsumed_ids == ((IHE_TEST_AUTHORITY, "MARTIN-0"),)


def test_each_repetition_is_an_identifier_of_its_authority() -> None:
    """By OID, else by name; one without authority is told without; HL7's null is none. [ITI TF-2: 3.8.4.1.4]"""
    assert ids_of(INS, "7^^^IHERED", "8", '""', "^^^IHERED", "9&x^^^&1.2&ISO") == [
        (INS_TEST_AUTHORITY, "280073523800332"),
        ("IHERED", "7"),
        ("", "8"),
        ("1.2", "9"),
    ]


@pytest.mark.parametrize(
    ("field", "codes"),
    [
        ("VALI", ("VALI",)),
        ("VALI~HOMA", ("VALI", "HOMA")),
        ("PROV^Provisoire^HL70445", ("PROV",)),
        ("", ()),
        ('""~', ()),
    ],
)
def test_codes_of_PID_32_tell_how_far_the_identity_is_trusted(field: str, codes: tuple[str, ...]) -> None:
    """[HL7 v2.5: 3.4.2.32; IHE PAM France]"""
    told = pid(INS) + "|" * (32 - 8) + field
    assert adt.read_adt(an_adt(told, version="2.5").encode()).feed.reliability == codes


def test_message_without_PID_32_tells_nothing_of_it() -> None:
    assert adt.read_adt(an_adt().encode()).feed.reliability == ()


@given(st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Z")), min_size=1, max_size=20))
@example("a|b^c&d~e\\f")
@example("\\.sp99999999\\")
@example("\\X41\\ \\C4141\\")
def test_identifier_with_delimiters_is_read_as_it_was_meant(text: str) -> None:
    """[HL7 v2.5: 2.7]"""
    if text != '""':
        message = an_adt(pid(f"{escape(text)}^^^&1.2&ISO"), character_set="UNICODE UTF-8")
        assert adt.read_adt(message.encode()).feed.ids == (("1.2", text),)


def test_delimiters_are_those_of_the_message() -> None:
    """[HL7 v2.5: 2.5.4]"""
    custom = an_adt(pid(f"A\\S\\B^^^&{IHE_TEST_AUTHORITY}&ISO~X^^^IHERED")).translate(str.maketrans("|^~\\&", "#:;!+"))
    header, feed = adt.read_adt(custom.encode())
    assert feed.ids == ((IHE_TEST_AUTHORITY, "A:B"), ("IHERED", "X"))
    written = adt.write_acknowledgement(
        header, FeedResponse(FeedOutcome.ERROR, "not: so"), message_id=fresh_uuid(), now=NOW
    ).decode()
    assert written.startswith("MSH#:;!+#COFFRE#REG#GAM#CH:1.2:ISO#")
    assert "\rMSA#AE#M1#not!S! so\r" in written


@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_segments_that_end_in_line_feeds_are_read(end: str) -> None:
    assert adt.read_adt(an_adt().replace("\r", end).encode()).feed.ids == ((IHE_TEST_AUTHORITY, "MARTIN-1"),)


@pytest.mark.parametrize(
    ("character_set", "encoding"),
    [
        ("", "iso-8859-1"),
        ("8859/1", "iso-8859-1"),
        ("8859/15", "iso-8859-15"),
        ("UNICODE UTF-8", "utf-8"),
        ("UTF-8", "utf-8"),
        ("UNICODE UTF-8~8859/1", "utf-8"),
    ],
)
def test_bytes_are_read_and_answered_in_the_character_set_of_the_message(character_set: str, encoding: str) -> None:
    """MSH-18, Latin 1 where it is empty. [HL7 v2.5: 2.15.9.18]"""
    message = an_adt(pid("Éric^^^Hôpital"), character_set=character_set, control_id="numéro 1")
    header, feed = adt.read_adt(message.encode(encoding))
    assert feed.ids == (("Hôpital", "Éric"),)
    written = adt.write_acknowledgement(header, FeedResponse(), message_id=fresh_uuid(), now=NOW)
    assert "MSA|AA|numéro 1\r".encode(encoding) in written


@pytest.mark.parametrize(
    ("message", "outcome", "condition", "told"),
    [
        ("", FeedOutcome.ERROR, "100", "no HL7 v2"),
        ("PID|1", FeedOutcome.ERROR, "100", "no HL7 v2"),
        ("MSH", FeedOutcome.ERROR, "100", "no HL7 v2"),
        ("MSH|||||", FeedOutcome.ERROR, "100", "no HL7 v2"),
        ("MSH|^~\\&|a", FeedOutcome.REFUSED, "203", "MSH-12"),
        (an_adt(version="2.3"), FeedOutcome.REFUSED, "203", "MSH-12"),
        (an_adt(version="2.8"), FeedOutcome.REFUSED, "203", "MSH-12"),
        (an_adt().replace("ADT^", "ORU^"), FeedOutcome.REFUSED, "200", "ADT"),
        (an_adt(event="A03"), FeedOutcome.REFUSED, "201", "A01, A04, A05, A08, A40"),
        (an_adt(event=""), FeedOutcome.REFUSED, "201", "A01, A04, A05, A08, A40"),
        (an_adt(control_id=""), FeedOutcome.ERROR, "101", "MSH-10"),
        (an_adt(character_set="BIG-5"), FeedOutcome.ERROR, "103", "MSH-18"),
        (an_adt("ZZZ|1"), FeedOutcome.ERROR, "100", "PID 0 times"),
        (an_adt(pid(ALIX), pid(ALIX)), FeedOutcome.ERROR, "100", "PID 2 times"),
        (an_adt(pid(ALIX), mrg(ALIX)), FeedOutcome.ERROR, "100", "MRG 1 times"),
        (an_adt(event="A40"), FeedOutcome.ERROR, "100", "MRG 0 times"),
        (an_adt(pid(ALIX), mrg(ALIX), pid(ALIX), mrg(ALIX), event="A40"), FeedOutcome.ERROR, "100", "one pair"),
        (an_adt() + an_adt(), FeedOutcome.ERROR, "100", "MSH 2 times"),
        (an_adt("PID|1||"), FeedOutcome.ERROR, "101", "PID-3"),
        (an_adt("PID|1"), FeedOutcome.ERROR, "101", "PID-3"),
        (an_adt(pid(ALIX), mrg(""), event="A40"), FeedOutcome.ERROR, "101", "MRG-1"),
        (an_adt(pid(ALIX) + "|" * adt.SEGMENT_LENGTH_MAX), FeedOutcome.ERROR, "102", "longer"),
    ],
)
def test_message_that_is_none_of_the_feed_is_answered_with_its_reason(
    message: str, outcome: FeedOutcome, condition: str, told: str
) -> None:
    """AR where it is not served at all, AE where the sender has something to mend. [HL7 v2.5: 2.9.2, Table 0357]"""
    found = refusal(message)
    assert found.response.outcome is outcome
    assert found.condition.startswith(f"{condition}^")
    assert told in found.response.reason


def test_bytes_that_are_not_of_the_character_set_are_an_error() -> None:
    found = refusal(an_adt(pid("Éric^^^IHERED"), character_set="UNICODE UTF-8").encode("iso-8859-1"))
    assert found.response.outcome is FeedOutcome.ERROR
    assert found.header.control_id == "M1"


def test_acknowledgement_turns_sender_and_receiver_round_and_names_the_message() -> None:
    """[ITI TF-2: C.2.3; HL7 v2.5: 2.9.2]"""
    msh, msa = acknowledged(an_adt(version="2.5", character_set="UNICODE UTF-8")).removesuffix("\r").split("\r")
    fields = msh.split("|")
    assert fields[2:6] == ["COFFRE", "REG", "GAM", "CH^1.2^ISO"]
    assert fields[6] == "20240312083000+0000"
    assert fields[8] == "ACK^A04"
    assert 0 < len(fields[9]) <= 20
    assert (fields[10], fields[11], fields[17]) == ("P", "2.5", "UNICODE UTF-8")
    assert msa == "MSA|AA|M1"


@pytest.mark.parametrize(
    ("version", "error"),
    [
        ("2.3.1", "ERR|^^^204&Unknown key identifier&HL70357"),
        ("2.4", "ERR|^^^204&Unknown key identifier&HL70357"),
        ("2.5", "ERR|||204^Unknown key identifier^HL70357|E||||not known"),
        ("2.6", "ERR|||204^Unknown key identifier^HL70357|E||||not known"),
    ],
)
def test_refusal_has_the_error_segment_of_its_version(version: str, error: str) -> None:
    """[HL7 v2.3.1: 2.24.5; HL7 v2.5: 2.15.5]"""
    written = acknowledged(an_adt(version=version), FeedResponse(FeedOutcome.ERROR, "not known"))
    assert written.split("\r")[1:3] == ["MSA|AE|M1|not known", error]


def test_note_of_an_accepted_message_stands_in_the_acknowledgement() -> None:
    written = acknowledged(an_adt(), FeedResponse(reason="nothing was changed"))
    assert written.endswith("\rMSA|AA|M1|nothing was changed\r")


@given(st.sampled_from(FeedOutcome), st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"))))
def test_reason_never_breaks_the_acknowledgement(outcome: FeedOutcome, reason: str) -> None:
    written = acknowledged(an_adt(character_set="UNICODE UTF-8"), FeedResponse(outcome, reason))
    parsed = hl7.parse(written)
    assert str(parsed.segment("MSA")(1)) == f"A{outcome}"
    assert str(parsed.segment("MSA")(2)) == "M1"
    assert len(parsed) == (2 if outcome is FeedOutcome.ACCEPTED else 3)


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda tail: an_adt().encode()[:-60] + tail))
@example(b"MSH|^~\\&|\r")
@example(b"MSH|^~\\&#|a\rMSH|^~\\&|b")
@example(b"MSH|^~\\&|a||||||ADT^A04|1|P|2.5\rPID")
def test_any_bytes_are_a_message_or_a_refusal_that_can_be_written(message: bytes) -> None:
    try:
        header, response = adt.read_adt(message).header, FeedResponse()
    except NotADT as found:
        header, response = found.header, found.response
    assert adt.write_acknowledgement(header, response, message_id=fresh_uuid(), now=NOW).count(b"\rMSA") == 1


def test_nothing_of_a_message_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library that takes messages apart would log an escape that it cannot undo. [decision 13]"""
    with caplog.at_level(logging.DEBUG):
        adt.read_adt(an_adt(pid("MARTIN\\Q99\\^^^IHERED")).encode())
        refusal(an_adt(pid("\\X\\"), event="A40"))
    assert caplog.records == []
