"""Metadata, document and record tell of one patient, or every disagreement is named. [CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given

from ins import agreement, oids
from ins.agreement import DOCUMENT, METADATA, RECORD, Place, Told
from ins.traits import StrictTraits, Trait
from tests.ins.people import some_traits, traits

ALIX = "279033523801802"


def told(place: Place = METADATA, **changes: Any) -> Told:
    return Told(
        **{
            "place": place,
            "matricule": ALIX,
            "authority": oids.INS_NIR_TEST.oid,
            "traits": some_traits(),
            **changes,
        }
    )


def disagreements(*places: Told) -> list[tuple[Trait, Place, Place]]:
    return [(found.trait, *found.places) for found in agreement.judge_agreement(*places)]


def test_three_places_that_tell_the_same_agree() -> None:
    assert disagreements(told(), told(DOCUMENT), told(RECORD)) == []


def test_place_that_is_silent_contradicts_nobody() -> None:
    assert disagreements(told(), Told(place=DOCUMENT), told(RECORD, traits=StrictTraits())) == []


@given(traits)
def test_place_agrees_with_itself(some: StrictTraits) -> None:
    assert disagreements(told(traits=some), told(DOCUMENT, traits=some)) == []


@pytest.mark.parametrize(
    ("changes", "trait"),
    [
        ({"matricule": "279033523801899"}, Trait.MATRICULE),
        ({"matricule": "179033523801802"}, Trait.MATRICULE),
        ({"authority": oids.INS_NIA.oid}, Trait.AUTHORITY),
        ({"traits": some_traits(birth_family="DURAND")}, Trait.BIRTH_FAMILY),
        ({"traits": some_traits(birth_date="19790322")}, Trait.BIRTH_DATE),
        ({"traits": some_traits(birthplace="35239")}, Trait.BIRTHPLACE),
    ],
)
def test_each_disagreement_is_named_with_its_two_places_and_no_value(changes: dict[str, Any], trait: Trait) -> None:
    found = list(agreement.judge_agreement(told(), told(DOCUMENT, **changes)))
    assert [(each.trait, *each.places) for each in found] == [(trait, METADATA, DOCUMENT)]
    said = found[0].sentence + found[0].sentence_fr
    assert trait.name_en in said
    assert DOCUMENT.name_fr in said
    assert not any(value in said for value in (ALIX[:10], "MARTIN", "DURAND", "1979", "3523"))


def test_every_pair_that_disagrees_is_told() -> None:
    other = told(DOCUMENT, authority=oids.INS_NIR.oid)
    assert disagreements(told(), other, told(RECORD)) == [
        (Trait.AUTHORITY, METADATA, DOCUMENT),
        (Trait.AUTHORITY, DOCUMENT, RECORD),
    ]


def test_matricule_without_its_key_is_that_of_the_same_number() -> None:
    """INSi tells number and key apart, and old samples have only the first."""
    assert disagreements(told(), told(DOCUMENT, matricule=ALIX[:13])) == []


def test_number_is_held_against_the_traits_of_its_place() -> None:
    assert list(agreement.judge_numbers(told())) == []
    assert [doubt.trait for doubt in agreement.judge_numbers(told(traits=some_traits(sex="M")))] == [Trait.SEX]
    assert list(agreement.judge_numbers(told(matricule="N-1"))) == []


def test_repr_does_not_give_the_person_away() -> None:
    assert ALIX not in repr(told())
