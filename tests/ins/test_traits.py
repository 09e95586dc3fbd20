"""Strict traits: how they are spelled, what makes them unfit, and that nothing of them is given away. [CI-SIS SM 3.5.5.12; RNIV]"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ins import traits
from ins.traits import NOTHING_TOLD, STRICT, Sex, StrictTraits, Trait
from tests.ins.people import names, some_traits


def flaws_of(told: StrictTraits) -> set[Trait]:
    return {flaw.trait for flaw in traits.judge_traits(told)}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Martin-Leroux", "MARTIN-LEROUX"),
        ("d’Ornano", "D'ORNANO"),
        ("  Élodie   Zoé ", "ELODIE ZOE"),
        ("Lœtitia", "LOETITIA"),
        ("Ægir", "AEGIR"),
        ("Strauß", "STRAUSS"),
        ("Łukasz Øre", "LUKASZ ORE"),
        ("N\u0303an\u0303ez", "NANEZ"),
        ("Pierre–Alain", "PIERRE-ALAIN"),
    ],
)
def test_name_is_printed_as_INSi_prints_it(name: str, expected: str) -> None:
    assert traits.normalised(name) == expected


@given(names)
def test_normalising_twice_changes_nothing_more(name: str) -> None:
    assert traits.normalised(traits.normalised(name)) == traits.normalised(name)
    assert traits.comparable(traits.comparable(name)) == traits.comparable(name)


@given(names)
def test_names_alike_when_printed_are_alike_when_compared(name: str) -> None:
    assert traits.comparable(traits.normalised(name)) == traits.comparable(name)


@pytest.mark.parametrize(
    ("one", "other"), [("D'AEION", "D AEION"), ("PIERRE-ALAIN", "Pierre Alain"), ("O’Neil-Roux", "O NEIL ROUX")]
)
def test_apostrophes_and_hyphens_do_not_make_another_person(one: str, other: str) -> None:
    assert traits.comparable(one) == traits.comparable(other)


def test_other_letters_make_another_name() -> None:
    assert traits.comparable("DORNANO") != traits.comparable("D'ORNANO")


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1979-03-21", "19790321"),
        ("19790321", "19790321"),
        ("197903211430+0100", "19790321"),
        ("1979-03-21T14:30:00Z", "19790321"),
        ("1979-03-00", "197903"),
        ("1979-00-00", "1979"),
        ("1979", "1979"),
        ("21/03/1979", ""),
        ("", ""),
    ],
)
def test_date_of_birth_is_read_as_far_as_it_is_known(text: str, day: str) -> None:
    assert traits.birth_day(text) == day


@pytest.mark.parametrize(("letter", "sex"), [("m", Sex.MALE), ("F", Sex.FEMALE), ("UN", Sex.UNKNOWN), ("X", None)])
def test_sex_is_known_whatever_alphabet_it_was_told_in(letter: str, sex: Sex | None) -> None:
    assert some_traits(sex=letter).known_sex is sex


def test_whole_traits_have_no_flaw() -> None:
    assert flaws_of(some_traits()) == set()


@pytest.mark.parametrize("trait", STRICT, ids=lambda trait: trait.name)
def test_each_missing_trait_is_named_in_both_languages(trait: Trait) -> None:
    flaws = list(traits.judge_traits(some_traits(**{trait.name.lower(): " "})))
    assert [flaw.trait for flaw in flaws] == [trait]
    assert trait.name_en in flaws[0].sentence
    assert trait.name_fr in flaws[0].sentence_fr


@pytest.mark.parametrize(
    ("trait", "text"),
    [
        (Trait.BIRTH_FAMILY, "MARTIN 2"),
        (Trait.BIRTH_FAMILY, "-"),
        (Trait.BIRTH_GIVEN_LIST, "ALIX, MARIE"),
        (Trait.SEX, "W"),
        (Trait.BIRTH_DATE, "1979-02-30"),
        (Trait.BIRTH_DATE, "21/03/1979"),
        (Trait.BIRTH_DATE, "0000"),
        (Trait.BIRTHPLACE, "3523"),
        (Trait.BIRTHPLACE, "2C004"),
        (Trait.BIRTHPLACE, "00123"),
    ],
)
def test_each_malformed_trait_is_named_and_not_shown(trait: Trait, text: str) -> None:
    flaws = [flaw for flaw in traits.judge_traits(some_traits(**{trait.name.lower(): text})) if flaw.trait is trait]
    assert len(flaws) == 1
    assert text == "-" or text not in flaws[0].sentence + flaws[0].sentence_fr


@pytest.mark.parametrize("place", ["2A004", "2b033", "99338", "97411", "01001"])
def test_birthplace_in_corsica_overseas_and_abroad_is_well_formed(place: str) -> None:
    """[INSEE: COG]"""
    assert flaws_of(some_traits(birthplace=place)) == set()


def test_first_given_name_must_open_the_list() -> None:
    assert flaws_of(some_traits(birth_given="MARIE")) == {Trait.BIRTH_GIVEN}
    assert flaws_of(some_traits(birth_given="ALI")) == {Trait.BIRTH_GIVEN}
    assert flaws_of(some_traits(birth_given="Pierre Alain", birth_given_list="PIERRE-ALAIN LUC")) == set()


def test_traits_that_are_not_told_are_all_missing() -> None:
    assert not NOTHING_TOLD.is_told
    assert flaws_of(NOTHING_TOLD) == set(STRICT)


@given(st.builds(StrictTraits, birth_family=names, birth_date=names, birthplace=names, sex=names))
def test_any_text_is_judged(told: StrictTraits) -> None:
    assert flaws_of(told) <= set(STRICT)


def test_repr_does_not_give_the_person_away() -> None:
    assert "MARTIN" not in repr([some_traits()])
