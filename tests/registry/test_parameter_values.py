"""How values of stored queries are written. [ITI TF-2: 3.18.4.1.2.3.5]"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import parameter_values as values
from registry.facts import Kind, PatientIdentity
from registry.parameter_values import Unreadable, ValueKind, read_literals
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType

KINDS = [kind for kind in vars(values).values() if isinstance(kind, ValueKind)]

WRITTEN = {
    "'a'": ["a"],
    "('a')": ["a"],
    "('a','b')": ["a", "b"],
    " ( 'a' , 'b' ) ": ["a", "b"],
    "('a',\n\t'b')": ["a", "b"],
    "'O''Brien'": ["O'Brien"],
    "('a','b''','c')": ["a", "b'", "c"],
    "('a,b','(c)')": ["a,b", "(c)"],
    "''": [""],
    "20260101": ["20260101"],
    "(1, 2)": ["1", "2"],
    "'20260101'": ["20260101"],
    '"a"': ["a"],
    '("a","it\'s")': ["a", "it's"],
    "'a','b'": ["a", "b"],
    "()": [],
    "": [],
}
MISWRITTEN = ["'a", "a'", "('a'", "('a',)", "(,'a')", "'a' 'b'", "urn:x", "('a' 'b')", "'a''", "12a", "('a'))"]


@pytest.mark.parametrize("value", WRITTEN)
def test_value_is_read_as_its_texts(value: str) -> None:
    assert read_literals(value) == WRITTEN[value]


@pytest.mark.parametrize("value", MISWRITTEN)
def test_value_that_is_not_well_written_is_unreadable(value: str) -> None:
    with pytest.raises(Unreadable):
        read_literals(value)


@given(st.lists(st.text(), min_size=1))
def test_any_texts_written_as_a_list_are_read_back(texts: list[str]) -> None:
    """[style 8: laws]"""
    written = "(" + ",".join("'" + text.replace("'", "''") + "'" for text in texts) + ")"
    assert read_literals(written) == texts


@given(st.text(alphabet="()',\" a1"))
def test_any_value_is_read_or_unreadable(value: str) -> None:
    try:
        read_literals(value)
    except Unreadable as reason:
        assert str(reason)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_example_of_every_kind_is_read(kind: ValueKind[object]) -> None:
    """The page about queries shows it."""
    assert all(kind.read(text) is not None for text in read_literals(kind.example))


def test_patient_is_read_as_identity_whatever_else_is_said() -> None:
    expected = PatientIdentity("12345", "1.2.3")
    assert values.PATIENT.read("12345^^^&1.2.3&ISO") == expected
    assert values.PATIENT.read("12345^^^&1.2.3&ISO^NH^^20100907") == expected


@pytest.mark.parametrize("text", ["12345", "12345^^^AUTH", "^^^&1.2.3&ISO", ""])
def test_patient_without_id_or_authority_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        values.PATIENT.read(text)


def test_unknown_status_is_ignored() -> None:
    assert values.STATUS.read(AvailabilityStatus.APPROVED) is AvailabilityStatus.APPROVED
    assert values.STATUS.read("urn:oasis:names:tc:ebxml-regrep:StatusType:Submitted") is None


@pytest.mark.parametrize("text", ["a^^1.2.3", "a^shown^1.2.3"])
def test_code_is_read_with_its_scheme(text: str) -> None:
    assert values.CODE.read(text) == ("a", "1.2.3")


@pytest.mark.parametrize("text", ["a", "a^^", "^^1.2.3", "a^1.2.3", "a^^1.2^3"])
def test_code_without_scheme_is_unreadable(text: str) -> None:
    """[NIST 11897: old_scheme]"""
    with pytest.raises(Unreadable):
        values.CODE.read(text)


@pytest.mark.parametrize(
    ("text", "start"), [("2004", 20040101000000), ("20040506", 20040506000000), ("20040506070809", 20040506070809)]
)
def test_partial_time_is_the_start_of_its_interval(text: str, start: int) -> None:
    assert values.TIME.read(text) == start


@pytest.mark.parametrize("text", ["200", "20041301", "2004-05-06", "20040506070809Z"])
def test_malformed_time_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        values.TIME.read(text)


def test_entry_types_are_read_in_either_case_and_no_other_is() -> None:
    assert values.ENTRY_TYPE.read(DocumentEntryType.STABLE.upper()) is Kind.STABLE
    assert values.ENTRY_TYPE.read(DocumentEntryType.ON_DEMAND) is Kind.ON_DEMAND
    with pytest.raises(Unreadable):
        values.ENTRY_TYPE.read("stable")


def test_association_type_is_a_whole_urn_and_a_foreign_one_is_ignored() -> None:
    assert values.ASSOCIATION.read(AssociationType.RPLC) is AssociationType.RPLC
    assert values.ASSOCIATION.read("urn:elga-bes:2013:NonVersioningUpdate") is None
    with pytest.raises(Unreadable):
        values.ASSOCIATION.read("RPLC")


@pytest.mark.parametrize("text", ["0", "3", "one", ""])
def test_metadata_level_is_one_or_two(text: str) -> None:
    assert values.LEVEL.read("2") == 2
    with pytest.raises(Unreadable):
        values.LEVEL.read(text)
