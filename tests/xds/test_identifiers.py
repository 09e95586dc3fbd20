"""One check for each kind of identifier and plain value. [ITI TF-3: Table 4.2.3.1.7-2]"""

from __future__ import annotations

from collections.abc import Callable
from uuid import RFC_4122, UUID

import pytest

from xds import identifiers as checks

Check = Callable[[str], str | None]

GOOD: dict[Check, list[str]] = {
    checks.check_oid: ["1.2.3", "2.25.0", "129.6.58.92.1.1", "1." + "1" * 62],
    checks.check_uuid: [
        "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1",
        "urn:uuid:7EDCA82F-054D-47F2-A032-9B2A5B5186C1",
    ],
    checks.check_reference: ["Document01", "id 7", "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"],
    checks.check_unique_id: ["1.2.3", "1.2.3^ext", "urn:uuid:x", "http://example.org/a", "a b", "x" * 128],
    checks.check_home_community_id: ["urn:oid:1.2.3"],
    checks.check_hash: ["da39a3ee5e6b4b0d3255bfef95601890afd80709", "DA39A3EE5E6B4B0D3255BFEF95601890AFD80709"],
    checks.check_size: ["0", "1274", "007"],
    checks.check_language: ["fr-FR", "en-us", "art", "x-private", "zh-Hant-CN"],
    checks.check_media_type: ["text/xml", "application/xslt+xml", "text/xml; charset=utf-8", 'a/b;c="d e"'],
    checks.check_uri: ["http://", "DOC00001.XML", "a%20b", "1|http://long", "?q=1#x"],
    checks.check_availability: ["urn:ihe:iti:2010:DocumentAvailability:Online"],
    checks.check_field: ["PID-3|1^^^&1.2&ISO", "PID-5|A^B", "PID-11|1 rue"],
    checks.check_recipient: ["Hospital", "|^A^B", "Hospital|^A^B|^^Internet^a@b"],
    checks.check_text: ["x"],
    checks.check_anything: ["", "x"],
}
BAD: dict[Check, list[str]] = {
    checks.check_oid: ["", "1", "1.", ".1", "1..2", "1.02", "01.2", "1.2a", "urn:oid:1.2", "1.2\n", "1." + "1" * 63],
    checks.check_uuid: [
        "",
        "7edca82f-054d-47f2-a032-9b2a5b5186c1",
        "urn:uuid:7edca82f",
        "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186cg",
    ],
    checks.check_reference: ["", " ", "urn:uuid:7", "URN:UUID:7"],
    checks.check_unique_id: ["", " 1.2", "1.2\t3", "é", "x" * 129],
    checks.check_home_community_id: ["1.2.3", "urn:oid:", "urn:oid:1.02", "urn:uuid:1.2"],
    checks.check_hash: ["", "da39a3ee", "2jmj7l5rSw0yVb/vlWAYkK/YBwk=", "g" * 40],
    checks.check_size: ["", "-1", "1.5", "1 274", "9" * 19, "١٢"],
    checks.check_language: ["", "f", "fr_FR", "fr-", "français"],
    checks.check_media_type: ["", "text", "text/", "/xml", "text/xml;", "text /xml"],
    checks.check_uri: ["", "a b", "é", "%zz", "|x"],
    checks.check_availability: ["", "Online"],
    checks.check_field: ["", "PID-3", "PID-3|", "PID-2|x", "PID-4|x", "PID-12|x", "PID-19|x", "PID-03|x", "PV1-2|x"],
    checks.check_recipient: ["", "||", "||^^Internet^a@b|x", "Hospital|^^^^Dr", "^^^^^^^^^1"],
    checks.check_text: ["", "  "],
    checks.check_anything: [],
}


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in GOOD.items() for text in texts])
def test_value_of_its_kind_passes(check: Check, text: str) -> None:
    assert check(text) is None


@pytest.mark.parametrize(("check", "text"), [(check, text) for check, texts in BAD.items() for text in texts])
def test_value_of_no_such_kind_is_told_what_was_expected(check: Check, text: str) -> None:
    assert check(text)


def test_every_check_is_tested() -> None:
    assert {check for name, check in vars(checks).items() if name.startswith("check_")} == GOOD.keys() == BAD.keys()


def test_ids_compare_with_uuids_in_lower_case_and_names_as_they_are() -> None:
    assert checks.normal_id("URN:UUID:AB") == "urn:uuid:ab"
    assert checks.normal_id("Document01") == "Document01"
    assert checks.is_symbolic("Document01")
    assert not checks.is_symbolic("urn:uuid:ab")


def test_fresh_uuid_is_a_random_one_as_the_standard_library_reads_it() -> None:
    """[RFC 9562: 5.4]"""
    drawn = {checks.fresh_uuid() for _ in range(1000)}
    assert len(drawn) == 1000
    for text in drawn:
        read = UUID(text)
        assert (read.urn, read.version, read.variant) == (text, 4, RFC_4122)
    assert {text[28] for text in drawn} == set("89ab")
