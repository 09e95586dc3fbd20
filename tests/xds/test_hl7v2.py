"""HL7 v2 datatypes: what IHE takes, what it does not, and that a value is its text. [ITI TF-3: Table 4.2.3.1.7-2]"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.samples import strategies
from xds.hl7v2 import CX, DTM, XCN, XON, XPN, XTN, CXi, Malformed, Text, escape, unescape

GOOD: dict[type[Text], list[str]] = {
    CX: ["PAT-1^^^&1.2.3&ISO", "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH^^20100907", "1^^^&1.2&ISO^"],
    CXi: [
        "2013001^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order",
        "2013001^^^ns&1.2.3&ISO^urn:ihe:iti:xds:2013:order^urn:oid:1.2.3",
        "2013001^^^ns^urn:ihe:iti:xds:2013:order",
        "2013001^^^^urn:ihe:iti:xds:2013:uniqueId",
    ],
    XCN: [
        "^Smitty^Gerald^^^",
        "11375",
        "899700000017^LEROUX^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        "0470018^model^software^^^^^^&1.2.250.1&ISO^U^^^RI",
    ],
    XON: [
        "Some Hospital",
        "Some Hospital^^^^^^^^^1.2.3.4",
        "Some Hospital^^^^^&1.2.3&ISO^^^^45",
        "CLINIQUE^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^10B0127189",
    ],
    XTN: ["^^Internet^a@example.org", "^NET^Internet^a@example.org", "^PRN^PH^^33^1^555000", "^^CP^^^^^^^^^+33 1 55"],
    XPN: ["MARTIN^Alix^^^^^L", "^Alix"],
    DTM: ["2004", "200402", "20040229", "2004022923", "200402292359", "20040229235959"],
}
BAD: dict[type[Text], list[str]] = {
    CX: [
        "",
        "PAT-1",
        "^^^&1.2.3&ISO",
        "PAT-1^^^ns&1.2.3&ISO",
        "PAT-1^^^&1.2.3&DNS",
        "PAT-1^^^1.2.3",
        "P^^^&01.2&ISO",
        "a~b^^^&1.2&ISO",
    ],
    CXi: [
        "1",
        "1^^^&1.2&ISO",
        "^^^&1.2&ISO^urn:x",
        "1^x^^&1.2&ISO^urn:x",
        "1^^^&1.2&ISO^urn:x^1.2",
        "1^^^&1.2&ISO^t^^x",
    ],
    XCN: ["", "^^^^Dr", "^Smitty^^^^^^^&1.2&ISO", "1^^^^^^^^1.2", "a~b"],
    XON: ["", " ", "^^^^^&1.2&ISO^^^^45", "Hospital^^^^^^^^^45", "Hospital^^^^^1.2^^^^45"],
    XTN: [
        "",
        "0155",
        "^^Internet",
        "^PRN^Internet^a@b",
        "^^Internet^a@b^33",
        "^^PH",
        "^^PH^a@b^^^555",
        "^^PH^^^^5^^^^^6",
        "^^FX^^^^5",
    ],
    XPN: ["", "^^^^^^L"],
    DTM: [
        "",
        "04",
        "20041",
        "200413",
        "20040230",
        "20230229",
        "2004022924",
        "200402292360",
        "20040229T10",
        "20040229+0100",
        "00000229",
    ],
}


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in GOOD.items() for text in texts])
def test_well_formed_text_is_its_value(kind: type[Text], text: str) -> None:
    value = kind.parse(text)
    assert value == text
    assert isinstance(value, kind)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in BAD.items() for text in texts])
def test_malformed_text_is_refused_with_what_was_expected(kind: type[Text], text: str) -> None:
    with pytest.raises(Malformed) as refusal:
        kind.parse(text)
    assert refusal.value.seen == text
    assert refusal.value.expected == kind.check(text)
    assert refusal.value.expected in str(refusal.value)


@given(st.text())
def test_escaped_text_is_one_component_and_comes_back(text: str) -> None:
    """[HL7 v2.5: 2.7]"""
    escaped = escape(text)
    assert not set("|^&~") & set(escaped)
    assert unescape(escaped) == text


def test_escape_sequence_of_another_kind_stays_as_it_is() -> None:
    assert unescape("a\\H\\b\\T\\c") == "a\\H\\b&c"


@given(strategies.words, strategies.oids, strategies.words)
def test_identifier_built_has_the_components_it_was_built_of(number: str, authority: str, type_code: str) -> None:
    value = CX.build(number, authority, type_code)
    assert CX.check(value) is None
    assert (value.id_number, value.authority, value.type_code) == (number, authority, type_code)
    assert not value.has_only_id_and_authority
    assert CX.build(number, authority).has_only_id_and_authority


@given(strategies.persons | strategies.organisations | strategies.addresses | strategies.reference_ids)
def test_every_value_that_samples_build_is_well_formed(value: Text) -> None:
    assert type(value).check(value) is None


def test_components_of_a_person() -> None:
    person = XCN("899700000017^LEROUX^Camille^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    assert (person.id_number, person.family_name, person.given_name) == ("899700000017", "LEROUX", "Camille")
    assert (person.authority, person.name_type_code, person.identifier_type_code) == (
        "1.2.250.1.71.4.2.1",
        "D",
        "IDNPS",
    )
    assert XCN("^LEROUX").authority == ""


def test_components_of_an_organisation() -> None:
    organisation = XON("CLINIQUE \\T\\ FILS^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^10B0127189")
    assert organisation.name == "CLINIQUE & FILS"
    assert organisation.id_number == "10B0127189"
    assert (organisation.authority, organisation.identifier_type_code) == ("1.2.250.1.71.4.2.2", "IDNST")


def test_components_of_a_reference_a_name_and_an_address() -> None:
    reference = CXi("7^^^&1.2&ISO^urn:t^urn:oid:1.3")
    assert (reference.id_number, reference.authority, reference.type_code) == ("7", "1.2", "urn:t")
    assert reference.home_community_id == "urn:oid:1.3"
    name = XPN.build("MARTIN", "Alix", "L")
    assert (name, name.family_name, name.given_name, name.type_code) == ("MARTIN^Alix^^^^^L", "MARTIN", "Alix", "L")
    assert (XTN.mail("a@b.fr").email, XTN.mail("a@b.fr").equipment_type) == ("a@b.fr", "Internet")


@pytest.mark.parametrize(
    ("text", "start"),
    [("2004", 20040101000000), ("200402", 20040201000000), ("200402291", 0), ("20040229120501", 20040229120501)],
)
def test_partial_time_compares_as_the_start_of_its_interval(text: str, start: int) -> None:
    if start:
        assert DTM(text).start == start
    else:
        assert DTM.check(text)


@given(strategies.times, strategies.times)
def test_full_times_compare_as_their_texts(first: DTM, second: DTM) -> None:
    if len(first) == len(second):
        assert (first.start < second.start) == (first < second)


def test_moment_becomes_utc_to_the_second() -> None:
    paris = timezone(timedelta(hours=1))
    assert DTM.at(datetime(2024, 1, 1, 0, 30, 5, 999, tzinfo=paris)) == "20231231233005"
    assert DTM.at(datetime(2024, 1, 1, tzinfo=UTC)).start == 20240101000000


def test_malformed_names_neither_all_of_a_long_text() -> None:
    assert len(str(Malformed("9" * 5000, "less"))) < 200
