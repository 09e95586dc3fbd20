"""What an association replaces, and what the header says. [DMP: TD2.1; CI-SIS SM 3.5.5.23]"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pytest

from cda import replacement_table
from cda.findings import Rule
from cda.replacement import judge_replacement
from tests.cda.documents import a_cda

ENTRY = "urn:uuid:7e0f3f4e-1c4e-4a0d-9d0e-2c7b3a5d9b11"
NAMED = '<relatedDocument typeCode="RPLC"><parentDocument><id root="1.2.9"/></parentDocument></relatedDocument>'
NEW = {"relatedDocument": NAMED, "versionNumber": '<versionNumber value="2"/>'}


def rules_of(changed: dict[str, str], replaced: Mapping[str, str | None], held: Collection[str]) -> list[str]:
    return [found.rule for found in judge_replacement(a_cda(**changed).header, replaced, held)]


@pytest.mark.parametrize(
    ("changed", "replaced", "held", "rules"),
    [
        ({}, {}, (), []),
        (NEW, {ENTRY: "1.2.9"}, {"1.2.9"}, []),
        (NEW, {ENTRY: "1.2.8"}, {"1.2.8", "1.2.9"}, ["CDA-RPLC-OTHER"]),
        (NEW, {ENTRY: "1.2.8"}, {"1.2.8"}, ["CDA-RPLC-OTHER", "CDA-RPLC-UNKNOWN"]),
        (NEW, {ENTRY: None}, {"1.2.9"}, []),
        (NEW, {}, {"1.2.9"}, ["CDA-RPLC-UNTOLD"]),
        (NEW, {}, (), ["CDA-RPLC-UNKNOWN"]),
        (NEW | {"relatedDocument": ""}, {ENTRY: "1.2.9"}, {"1.2.9"}, ["CDA-RPLC-SILENT"]),
        ({"relatedDocument": NAMED}, {ENTRY: "1.2.9"}, {"1.2.9"}, ["CDA-RPLC-VERSION"]),
    ],
)
def test_replacement_is_judged(
    changed: dict[str, str], replaced: Mapping[str, str | None], held: Collection[str], rules: list[str]
) -> None:
    assert rules_of(changed, replaced, held) == rules


def test_wrong_predecessor_alone_is_an_error() -> None:
    """That both must agree is only presumed of the national service; a contradiction is one everywhere."""
    rows = [row for row in vars(replacement_table).values() if isinstance(row, Rule)]
    assert [row.rule for row in rows if row.is_error] == ["CDA-RPLC-OTHER"]


def test_transformed_document_replaces_nothing() -> None:
    assert rules_of({"relatedDocument": NAMED.replace("RPLC", "XFRM")}, {}, {"1.2.9"}) == []


def test_UUID_as_predecessor_is_known_by_its_OID() -> None:
    """[ITU-T X.667: 7]"""
    named = NAMED.replace("1.2.9", "90E1C8EC-F951-4B26-A305-A34848818DD6")
    number = int("90E1C8ECF9514B26A305A34848818DD6", 16)
    assert rules_of(NEW | {"relatedDocument": named}, {ENTRY: f"2.25.{number}"}, {f"2.25.{number}"}) == []


def test_version_counts_on_within_the_set_of_the_one_before() -> None:
    """[CI-SIS SM 3.5.5.10, 3.5.5.11]"""
    new = a_cda(**NEW).header
    before = a_cda(id='<id root="1.2.9"/>').header
    assert judge_replacement(new, {ENTRY: "1.2.9"}, {"1.2.9"}, before) == ()
    other = a_cda(setId='<setId root="1.2.250.1.999.5"/>', versionNumber='<versionNumber value="2"/>').header
    found = judge_replacement(new, {ENTRY: "1.2.9"}, {"1.2.9"}, other)
    assert [finding.rule for finding in found] == ["CDA-RPLC-VERSION", "CDA-RPLC-SETID"]
