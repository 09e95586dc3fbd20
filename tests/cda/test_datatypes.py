"""HL7 v3 datatypes of a header. [HL7 v3 Datatypes R1]"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cda import datatypes
from cda.datatypes import CD, II, PersonName, TimeStamp, read_cd, read_ii, read_name, read_ts, utc
from safexml import parser
from xds.hl7v2 import DTM, Malformed

XMLNS = 'xmlns="urn:hl7-org:v3"'


def element(text: str) -> object:
    return parser.parse(text.encode())


@pytest.mark.parametrize(
    ("time_stamp", "expected"),
    [
        ("20260302093000+0100", "20260302083000"),
        ("20260302093000-0330", "20260302130000"),
        ("20210409094914.827+0100", "20210409084914"),
        ("202603020030+0100", "202603012330"),
        ("20260302", "20260302"),
        ("2026", "2026"),
        ("20260302093000", "20260302093000"),
        (" 20260302093000Z".replace("Z", "+00"), "20260302093000"),
    ],
)
def test_time_with_offset_becomes_the_same_moment_in_UTC(time_stamp: str, expected: str) -> None:
    """[ITI TF-3: Table 4.2.3.1.7-2, DTM]"""
    assert utc(time_stamp) == expected


@pytest.mark.parametrize(
    "time_stamp", ["", "hier", "20261302", "2026-03-02", "20260302093000+25000", "00010101000000+0100"]
)
def test_what_is_no_time_is_malformed(time_stamp: str) -> None:
    with pytest.raises(Malformed):
        utc(time_stamp)


@given(
    st.datetimes(datetime(1900, 1, 2), datetime(2999, 12, 30)),
    st.integers(min_value=-14 * 60, max_value=14 * 60),
)
def test_every_moment_in_every_zone_is_told_as_that_moment(moment: datetime, minutes: int) -> None:
    aware = moment.replace(microsecond=0, tzinfo=timezone(timedelta(minutes=minutes)))
    assert utc(aware.strftime("%Y%m%d%H%M%S%z")) == DTM.at(aware.astimezone(UTC))


@given(st.text(max_size=30))
def test_any_text_is_a_time_or_malformed(text: str) -> None:
    with suppress(Malformed):
        assert DTM.check(utc(text)) is None


def test_identifier_with_nullFlavor_is_absent() -> None:
    assert read_ii(element(f'<id {XMLNS} nullFlavor="UNK"/>')) is None


def test_identifier_is_told_with_its_extension() -> None:
    """[ITI TF-3: 4.2.3.2.26]"""
    assert (II("1.2.3").text, II("1.2.3", "A").text) == ("1.2.3", "1.2.3^A")


def test_null_code_with_a_translation_is_its_translation() -> None:
    found = read_cd(element(f'<code {XMLNS} nullFlavor="OTH"><translation code="X" codeSystem="1.2.3"/></code>'))
    assert found == CD("X", "1.2.3")


def test_null_code_is_absent() -> None:
    assert read_cd(element(f'<code {XMLNS} nullFlavor="UNK"/>')) is None


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (
            '<family qualifier="BR">A</family><given>B C</given><given qualifier="BR">B</given><family qualifier="CL">D</family>',
            PersonName("A", "B", "B C", "D"),
        ),
        ('<family qualifier="SP">Eric</family><given>Thomas</given>', PersonName("", "", "Thomas", "Eric")),
        ("<given>Léon </given><family>AUGUIN</family>", PersonName("AUGUIN", "", "Léon")),
        ('<family nullFlavor="UNK"/>', PersonName()),
        ("Centre d'exemple", PersonName("Centre d'exemple")),
    ],
)
def test_name_is_read_by_its_parts(parts: str, expected: PersonName) -> None:
    """[CI-SIS SM 3.5.5.12]"""
    assert read_name(element(f"<name {XMLNS}>{parts}</name>")) == expected


@pytest.mark.parametrize(
    ("time_stamp", "expected"),
    [
        ("20260302093000+0100", TimeStamp("20260302093000", "+0100")),
        (" 20260302093000.5-03 ", TimeStamp("20260302093000", "-0300")),
        ("202603", TimeStamp("202603")),
        ("20260302093000+9900", None),
        ("20260230", None),
        ("20260302093000+100", None),
    ],
)
def test_time_stamp_has_digits_and_offset(time_stamp: str, expected: TimeStamp | None) -> None:
    assert read_ts(time_stamp) == expected


def test_long_times_and_times_of_birth_are_not_kept_in_mind() -> None:
    """A stranger fills no memory with long texts, and nobody's birth is kept."""
    kept = datatypes._recurring_ts.cache_info().currsize
    long = f"20260301083000.{'0' * 5000}+0100"
    assert read_ts(long) == TimeStamp("20260301083000", "+0100")
    assert datatypes.parse_ts("19010203") == TimeStamp("19010203")
    assert datatypes._recurring_ts.cache_info().currsize == kept
    assert datatypes._recurring_ts.cache_info().maxsize == 1024


@pytest.mark.parametrize(
    ("time_stamp", "moment"),
    [
        ("2026030108+0100", "2026030107"),
        ("202603010030+0130", "202602282300"),
        ("20260301083000-2359", "20260302082900"),
        ("0999123123+0000", "0999123123"),
    ],
)
def test_a_time_is_told_in_UTC_with_the_digits_it_had(time_stamp: str, moment: str) -> None:
    """Hours, minutes and seconds, as far as they were told. [ITI TF-3: Table 4.2.3.1.7-2, DTM]"""
    assert utc(time_stamp) == moment


@pytest.mark.parametrize("time_stamp", ["00000101000000+0000", "20260301083000+2400", "20260301083000+2360"])
def test_a_time_that_no_calendar_or_zone_has_is_malformed(time_stamp: str) -> None:
    """The year 0, and a zone a day away."""
    with pytest.raises(Malformed):
        utc(time_stamp)
