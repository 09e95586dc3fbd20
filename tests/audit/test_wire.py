"""The patient's way to the journal, on the wire and under its own schema."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

import server
from audit import wire
from audit.line import Line
from audit.wire import JournalRequest
from tests.audit.lines import INS, NOON, a_line, lines
from xds.hl7v2 import CX
from xds.wire import WrongBody

SCHEMA = etree.XMLSchema(etree.parse(Path(server.__file__).with_name("wsdl") / "journal.xsd"))
PATIENT_ID = CX.build("260058815400233", INS)
REQUEST = JournalRequest(PATIENT_ID, 20, NOON)


def parsed(written: list[bytes]) -> etree._Element:
    """What was written, valid under the schema that we publish."""
    element = etree.fromstring(b"".join(written))
    SCHEMA.assertValid(element)
    return element


def asked(inside: str) -> etree._Element:
    return etree.fromstring(f'<x:journalByPatient xmlns:x="{wire.JOURNAL}">{inside}</x:journalByPatient>')


@pytest.mark.parametrize("request_", [REQUEST, JournalRequest(PATIENT_ID)])
def test_request_is_read_as_it_was_written(request_: JournalRequest) -> None:
    assert wire.read_request(parsed(wire.write_request(request_))) == request_
    assert request_.patient == ("260058815400233", INS)


@given(st.lists(lines, max_size=3))
def test_rows_are_read_as_they_were_written(told: list[Line]) -> None:
    parsed(wire.write_response(wire.rows_of(told)))


def test_row_tells_who_did_what_when_and_why() -> None:
    line = a_line(
        ("260058815400233", INS), access_mode="bris_de_glace", reason="urgence\n<vitale>", person_name="Ève & C°"
    )
    (row,) = wire.read_response(parsed(wire.write_response(wire.rows_of([line]))))
    assert row == wire.JournalRow(
        at=NOON,
        transaction="ITI-18",
        action="TD3.1",
        ending=line.ending,
        person_id="899700000007",
        person_name="Ève & C°",
        profession="10",
        structure_id="10B0000001",
        access_mode="bris_de_glace",
        reason="urgence\n<vitale>",
        objects=("2.25.1", "2.25.2"),
    )


def test_row_of_nobody_known_has_no_person() -> None:
    rows = wire.rows_of([a_line(person_id="", person_name="", structure_id="", access_mode="", objects=())])
    assert wire.read_response(parsed(wire.write_response(rows))) == rows


def test_limit_may_be_left_out_and_blanks_may_stand_around() -> None:
    found = wire.read_request(asked(f"<x:patientId>\n {PATIENT_ID.replace('&', '&amp;')} </x:patientId>"))
    assert (found.patient_id, found.limit, found.before) == (PATIENT_ID, wire.LIMIT, None)


def test_moment_may_be_told_in_any_zone() -> None:
    found = wire.read_request(
        asked(
            f"<x:patientId>{PATIENT_ID.replace('&', '&amp;')}</x:patientId><x:before>2026-03-14T13:00:00+01:00</x:before>"
        )
    )
    assert found.before == NOON == datetime(2026, 3, 14, 13, tzinfo=timezone(timedelta(hours=1))).astimezone(UTC)


@pytest.mark.parametrize(
    "inside",
    [
        "",
        "<x:patientId>somebody</x:patientId>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:limit>0</x:limit>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:limit>1001</x:limit>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:limit>many</x:limit>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:limit>99999999999999999999</x:limit>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:before>yesterday</x:before>",
        "<x:patientId>1^^^&amp;1.2.3&amp;ISO</x:patientId><x:before>2026-03-14T13:00:00</x:before>",
    ],
)
def test_request_of_another_form_is_refused(inside: str) -> None:
    with pytest.raises(WrongBody):
        wire.read_request(asked(inside))


def test_other_bodies_are_refused() -> None:
    with pytest.raises(WrongBody, match="journalByPatient"):
        wire.read_request(etree.fromstring("<other/>"))
    with pytest.raises(WrongBody):
        wire.read_response(etree.fromstring("<other/>"))
    with pytest.raises(WrongBody):
        wire.read_response(
            etree.fromstring(
                f'<j:journalByPatientResponse xmlns:j="{wire.JOURNAL}"><j:row/></j:journalByPatientResponse>'
            )
        )
