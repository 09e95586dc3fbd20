"""How far an identity is trusted, and what PID-32 says of it. [RNIV 1; IHE PAM France]"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ins import identity, oids
from ins.identity import HealthIdentity, IdentityAttribute, IdentityStatus, Step
from ins.matricule import Matricule
from tests.ins.people import some_traits

ALIX = Matricule.of_number("2790335238018")


def an_identity(status: IdentityStatus = IdentityStatus.PROVISIONAL) -> HealthIdentity:
    return HealthIdentity(traits=some_traits(), status=status, matricule=ALIX, authority=oids.INS_NIR_TEST)


@pytest.mark.parametrize("steps", [(Step.INSI_ANSWERED, Step.DOCUMENT_SEEN), (Step.DOCUMENT_SEEN, Step.INSI_ANSWERED)])
def test_identity_is_qualified_by_INSi_and_a_document_in_either_order(steps: tuple[Step, Step]) -> None:
    after_one = an_identity().after(steps[0])
    assert not after_one.is_qualified
    assert after_one.after(steps[1]).is_qualified


@pytest.mark.parametrize("status", IdentityStatus)
def test_only_the_qualified_identity_may_show_its_matricule(status: IdentityStatus) -> None:
    assert an_identity(status).is_qualified == (status is IdentityStatus.QUALIFIED)


@pytest.mark.parametrize("status", IdentityStatus)
def test_step_that_was_taken_before_changes_nothing(status: IdentityStatus) -> None:
    for step in (Step.INSI_ANSWERED, Step.DOCUMENT_SEEN):
        once = an_identity(status).after(step)
        assert once.after(step) == once


@pytest.mark.parametrize("attribute", [IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS])
def test_doubtful_or_made_up_identity_falls_back_and_loses_its_INS(attribute: IdentityAttribute) -> None:
    marked = an_identity(IdentityStatus.QUALIFIED).marked(attribute)
    assert marked.status is IdentityStatus.PROVISIONAL
    assert marked.matricule is None
    assert not marked.is_qualified


def test_homonym_keeps_its_status() -> None:
    assert an_identity(IdentityStatus.QUALIFIED).marked(IdentityAttribute.HOMONYM).is_qualified


@pytest.mark.parametrize("attribute", IdentityAttribute)
def test_attribute_bars_from_INSi_unless_the_house_says_otherwise(attribute: IdentityAttribute) -> None:
    assert an_identity().may_be_asked_of_insi()
    assert not an_identity().marked(attribute).may_be_asked_of_insi()
    assert an_identity().marked(attribute).may_be_asked_of_insi(frozenset())


def test_answer_of_INSi_brings_matricule_and_traits() -> None:
    answered = HealthIdentity(status=IdentityStatus.VALIDATED).answered(ALIX, oids.INS_NIR_TEST, some_traits())
    assert answered.is_qualified
    assert answered.traits == some_traits()


def test_identity_of_an_old_authority_is_not_qualified() -> None:
    """INS-C and INS-A are no matricules."""
    old = HealthIdentity(status=IdentityStatus.QUALIFIED, matricule=ALIX, authority=oids.INS_C)
    assert not old.is_qualified


@pytest.mark.parametrize(
    ("codes", "is_qualified"),
    [
        (["VALI"], True),
        (["QUAL"], True),
        (["VALI", "HOMA"], True),
        (["PROV"], False),
        (["VIDE"], False),
        (["RECUP"], False),
        (["VALI", "PROV"], False),
        (["VALI", "DOUT"], False),
        (["VALI", "FICTI"], False),
        (["VALI", "USUR"], False),
        (["DOUB"], False),
    ],
)
def test_codes_of_PID_32_say_whether_an_INS_may_go_with_it(codes: list[str], is_qualified: bool) -> None:
    said = identity.read_reliability(codes)
    assert said.is_told
    assert said.is_qualified == is_qualified


@pytest.mark.parametrize("codes", [[], ["XYZ"], [""]])
def test_codes_that_are_not_known_say_nothing(codes: list[str]) -> None:
    assert not identity.read_reliability(codes).is_told


@given(st.lists(st.sampled_from(["VALI", "QUAL", "PROV", "DOUT", "HOMA", "USUR", "?"])))
def test_order_of_the_codes_does_not_matter(codes: list[str]) -> None:
    assert identity.read_reliability(codes) == identity.read_reliability(codes[::-1])


def test_repr_does_not_give_the_person_away() -> None:
    assert ALIX not in repr(an_identity())
    assert "MARTIN" not in repr(an_identity())
