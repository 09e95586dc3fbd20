"""The matricule INS: its shape, its key, and refusals that do not give it away. [CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ins.matricule import InvalidMatricule, Matricule, key_of

GOOD = "285039999912371"

MONTHS = [f"{month:02d}" for month in (*range(1, 13), 20, *range(30, 43), *range(50, 100))]
DEPARTMENTS = [*(f"{department:02d}" for department in range(1, 100)), "2A", "2B"]
digits = st.text("0123456789", min_size=3, max_size=3)
numbers = st.builds(
    "".join,
    st.tuples(
        st.sampled_from("123478"),
        st.integers(0, 99).map("{:02d}".format),
        st.sampled_from(MONTHS),
        st.sampled_from(DEPARTMENTS),
        digits,
        digits,
    ),
)


def reason_of(text: str) -> InvalidMatricule:
    with pytest.raises(InvalidMatricule) as caught:
        Matricule.parse(text)
    return caught.value


def test_matricule_with_its_key_is_read_as_it_stands() -> None:
    matricule = Matricule.parse(GOOD)
    assert matricule == GOOD
    assert (matricule.number, matricule.key) == ("2850399999123", "71")
    assert matricule.has_valid_key


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("2850399999123", "71"),
        ("185032A999011", "65"),
        ("185032B999011", "92"),
        ("2790351215189", "89"),
        ("2770763220829", "10"),
    ],
)
def test_key_is_97_less_the_remainder_with_corsica_counted_as_19_and_18(number: str, key: str) -> None:
    assert key_of(number) == key
    assert Matricule.of_number(number).has_valid_key


def test_corsica_read_the_other_way_gives_the_same_key() -> None:
    """Letter read as 0, then one million (2A) or two (2B) taken off the number: the same rule as others write it."""
    for letter, millions in (("A", 1), ("B", 2)):
        expected = 97 - (int("1850320999011") - millions * 1_000_000) % 97
        assert key_of(f"185032{letter}999011") == f"{expected:02d}"


def test_number_divisible_by_97_has_the_key_97() -> None:
    number = next(f"1850375{order:06d}" for order in range(97) if int(f"1850375{order:06d}") % 97 == 0)
    assert key_of(number) == "97"


@given(numbers)
@example("1850320999456")
def test_every_number_of_the_right_shape_makes_a_matricule_with_a_valid_key(number: str) -> None:
    matricule = Matricule.of_number(number)
    assert Matricule.parse(matricule).has_valid_key
    assert 1 <= int(matricule.key) <= 97


@given(numbers, st.integers(0, 12), st.sampled_from("0123456789"))
def test_one_digit_mistaken_never_keeps_the_key(number: str, position: int, digit: str) -> None:
    """97 is prime and no power of ten times a digit is a multiple of it."""
    if number[5:7] in ("2A", "2B") and position in (5, 6):
        return
    mistaken = number[:position] + digit + number[position + 1 :]
    assert (key_of(mistaken) == key_of(number)) == (mistaken == number)


def test_wrong_key_does_not_spoil_the_shape() -> None:
    """How hard a wrong key bites is the domain's to say."""
    matricule = Matricule.parse(GOOD[:13] + "70")
    assert not matricule.has_valid_key
    assert matricule.expected_key == "71"


@pytest.mark.parametrize(
    ("text", "positions"),
    [
        ("585039999912371", "1"),
        ("085039999912371", "1"),
        ("2X5039999912371", "2-3"),
        ("285007511612349", "4-5"),
        ("285137511612349", "4-5"),
        ("285437511612349", "4-5"),
        ("285030011612349", "6-7"),
        ("285032C11612349", "6-7"),
        ("285032a11612349", "6-7"),
        ("28503751A612349", "8-10"),
        ("28503751161 349", "11-13"),
        ("2850399999123A9", "14-15"),
        ("²85039999912371", "1"),
        ("2850399999123٩9", "14-15"),
    ],
)
def test_wrong_position_is_named_in_both_languages_and_the_matricule_is_not_echoed(text: str, positions: str) -> None:
    reason = reason_of(text)
    assert f"position {positions} (" in reason.reason_en
    assert f"position {positions} (" in reason.reason_fr
    assert reason.reason_en.count("position") == 1
    assert text not in str(reason) + reason.reason_fr + repr(reason)


def test_every_wrong_position_is_named_at_once() -> None:
    reason = reason_of("985130011612349")
    assert re.findall(r"position (\S+)", reason.reason_en) == ["1", "4-5", "6-7"]
    assert re.findall(r"position (\S+)", reason.reason_fr) == ["1", "4-5", "6-7"]


@pytest.mark.parametrize("text", ["", GOOD[:14], GOOD + "1", "2" * 4000])
def test_wrong_length_is_told_by_its_number(text: str) -> None:
    reason = reason_of(text)
    assert f"15 characters are expected, {len(text)} were given" == reason.reason_en
    assert f"15 caractères sont attendus, {len(text)} ont été donnés" == reason.reason_fr


def test_number_without_its_key_is_told_that_the_key_is_missing() -> None:
    """INSi gives number and key apart; joining them is easily forgotten."""
    reason = reason_of(GOOD[:13])
    assert reason.reason_en.endswith("the key of two digits is missing")
    assert reason.reason_fr.endswith("il manque la clé de deux chiffres")


@pytest.mark.parametrize("number", ["285037511612", "28503999991239"])
def test_number_of_another_length_makes_no_matricule(number: str) -> None:
    with pytest.raises(InvalidMatricule, match="13 characters"):
        Matricule.of_number(number)


def test_number_of_a_wrong_shape_makes_no_matricule() -> None:
    with pytest.raises(InvalidMatricule, match="month of birth"):
        Matricule.of_number("2851375116123")


@given(st.text(max_size=40))
def test_any_text_is_a_matricule_or_is_refused_with_reasons(text: str) -> None:
    try:
        assert Matricule.parse(text) == text
    except InvalidMatricule as refusal:
        assert refusal.reason_en
        assert refusal.reason_fr


def test_repr_does_not_give_the_matricule_away() -> None:
    assert GOOD not in repr([Matricule.parse(GOOD)])
