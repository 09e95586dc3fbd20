"""Two identities held against each other, and a number against the traits beside it. [Référentiel INS; INSEE: NIR]"""

from __future__ import annotations

import pytest
from hypothesis import given

from ins import matching
from ins.matching import Difference, DifferenceKind
from ins.matricule import Matricule
from ins.traits import STRICT, StrictTraits, Trait
from tests.ins.people import some_traits, traits

OTHERWISE = {
    Trait.BIRTH_FAMILY: "DURAND",
    Trait.BIRTH_GIVEN: "ALICE",
    Trait.BIRTH_GIVEN_LIST: "ALIX JEANNE",
    Trait.SEX: "M",
    Trait.BIRTH_DATE: "1979-03-22",
    Trait.BIRTHPLACE: "35237",
}


def changed(trait: Trait, text: str) -> StrictTraits:
    return some_traits(**{trait.name.lower(): text})


@given(traits)
def test_identity_agrees_with_itself(told: StrictTraits) -> None:
    assert matching.compare(told, told) == ()


@given(traits, traits)
def test_order_of_the_two_does_not_matter(one: StrictTraits, other: StrictTraits) -> None:
    assert matching.compare(one, other) == matching.compare(other, one)


@given(traits, traits)
def test_contradictions_are_differences(one: StrictTraits, other: StrictTraits) -> None:
    assert set(matching.contradictions(one, other)) <= set(matching.compare(one, other))


@pytest.mark.parametrize("trait", STRICT, ids=lambda trait: trait.name)
def test_each_trait_that_differs_is_named_and_not_shown(trait: Trait) -> None:
    found = matching.compare(some_traits(), changed(trait, OTHERWISE[trait]))
    assert found == (Difference(trait),)
    assert trait.name_en in found[0].sentence
    assert trait.name_fr in found[0].sentence_fr
    assert OTHERWISE[trait] not in found[0].sentence.split() + found[0].sentence_fr.split()


@pytest.mark.parametrize("trait", STRICT, ids=lambda trait: trait.name)
def test_trait_that_one_does_not_tell_is_no_contradiction(trait: Trait) -> None:
    found = matching.compare(some_traits(), changed(trait, " "))
    assert found == (Difference(trait, DifferenceKind.MISSING),)
    assert "one of the two" in found[0].sentence
    assert matching.contradictions(some_traits(), changed(trait, "")) == ()


def test_every_difference_is_told() -> None:
    other = StrictTraits(**{trait.name.lower(): text for trait, text in OTHERWISE.items()})
    assert [found.trait for found in matching.compare(some_traits(), other)] == list(STRICT)


@pytest.mark.parametrize(
    ("trait", "text"),
    [
        (Trait.BIRTH_FAMILY, "Martin Leroux"),
        (Trait.BIRTH_GIVEN, "Àlix"),
        (Trait.BIRTH_DATE, "19790321"),
        (Trait.BIRTH_DATE, "1979"),
        (Trait.BIRTH_DATE, "1979-03-00"),
        (Trait.SEX, "f"),
    ],
)
def test_other_spelling_is_no_difference(trait: Trait, text: str) -> None:
    assert matching.compare(some_traits(), changed(trait, text)) == ()


def test_given_name_told_alone_is_held_against_the_list_of_the_other() -> None:
    alone = some_traits(birth_given_list="")
    listed = some_traits(birth_given="")
    assert matching.contradictions(alone, listed) == ()
    other = some_traits(birth_given="", birth_given_list="MARIE ALIX")
    assert matching.contradictions(alone, other) == (Difference(Trait.BIRTH_GIVEN),)


def doubts_of(number: str, told: StrictTraits) -> list[Trait]:
    return [doubt.trait for doubt in matching.doubts(Matricule.of_number(number), told)]


def test_number_that_bears_the_traits_out_raises_no_doubt() -> None:
    assert doubts_of("2790335238018", some_traits()) == []


@pytest.mark.parametrize(
    ("number", "trait"),
    [
        ("1790335238018", Trait.SEX),
        ("2780335238018", Trait.BIRTH_DATE),
        ("2790435238018", Trait.BIRTH_DATE),
        ("2790356238018", Trait.BIRTHPLACE),
        ("2790399338018", Trait.BIRTHPLACE),
    ],
)
def test_trait_that_the_number_does_not_bear_out_is_named(number: str, trait: Trait) -> None:
    doubts = list(matching.doubts(Matricule.of_number(number), some_traits()))
    assert [doubt.trait for doubt in doubts] == [trait]
    assert trait.name_en in doubts[0].sentence
    assert trait.name_fr in doubts[0].sentence_fr


@pytest.mark.parametrize("month", ["20", "31", "42", "50", "99"])
def test_month_of_an_incomplete_civil_record_says_nothing(month: str) -> None:
    """[INSEE: NIR]"""
    assert doubts_of(f"279{month}35238018", some_traits()) == []


@pytest.mark.parametrize(
    ("department", "place"),
    [
        ("2A", "2A004"),
        ("20", "2A004"),
        ("2A", "20004"),
        ("2B", "20033"),
        ("75", "92012"),
        ("78", "95018"),
        ("91", "99352"),
        ("99", "99338"),
    ],
)
def test_departments_that_were_cut_anew_or_renamed_raise_no_doubt(department: str, place: str) -> None:
    """[INSEE: COG]"""
    assert doubts_of(f"27903{department}238018", some_traits(birthplace=place)) == []


def test_overseas_department_has_three_digits() -> None:
    assert doubts_of("2790397411018", some_traits(birthplace="97411")) == []
    assert doubts_of("2790397411018", some_traits(birthplace="97209")) == [Trait.BIRTHPLACE]


def test_sex_that_is_not_known_raises_no_doubt() -> None:
    assert doubts_of("1790335238018", some_traits(sex="U")) == []


@pytest.mark.parametrize(("digit", "sex"), [("3", "M"), ("4", "F"), ("7", "M"), ("8", "F")])
def test_number_of_those_who_wait_for_theirs_tells_the_sex_too(digit: str, sex: str) -> None:
    assert doubts_of(f"{digit}790335238018", some_traits(sex=sex)) == []
