"""The INS in PID-3. [IHE PAM France; HL7 v2.5: 2.A.14]"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ins import oids
from ins.matricule import Matricule
from ins.oids import INSAuthority
from ins.pid3 import INSIdentifier, InvalidINS
from tests.ins.test_matricule import numbers

ALIX = "279033523801802^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS^^20101207"
MATRICULES = [authority for authority in oids.AUTHORITIES if authority.kind.is_matricule]
dates = st.sampled_from(["", "2010", "20101207", "20101207083000"])


def test_repetition_of_PID_3_is_read() -> None:
    found = INSIdentifier.parse(ALIX)
    assert found.matricule == "279033523801802"
    assert found.authority is oids.INS_NIR_TEST
    assert (found.valid_from, found.valid_until) == ("20101207", "")


@given(numbers, st.sampled_from(MATRICULES), dates, dates)
def test_what_is_written_is_read_as_it_was(number: str, authority: INSAuthority, first: str, last: str) -> None:
    ins = INSIdentifier(Matricule.of_number(number), authority, first, last)
    assert INSIdentifier.parse(ins.format()) == ins


@pytest.mark.parametrize(
    ("authority", "namespace"), [(oids.INS_NIR, "INS-NIR"), (oids.INS_NIA, "INS-NIA"), (oids.INS_NIR_TEST, "INS-NIR")]
)
def test_authority_is_written_by_name_and_OID(authority: INSAuthority, namespace: str) -> None:
    written = INSIdentifier(Matricule.of_number("2790335238018"), authority).format()
    assert written == f"279033523801802^^^ASIP-SANTE-{namespace}&{authority.oid}&ISO^INS"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "component 4"),
        ("279033523801802", "component 4"),
        ("279033523801802^^^ASIP-SANTE-INS-NIR^INS", "component 4"),
        ("279033523801802^^^CH&1.2.3&ISO^PI", "component 4"),
        ("279033523801802^^^X&1.2.250.1.213.1.4.2&ISO^INS", "component 4"),
        ("279033523801802^^^X&1.2.250.1.213.1.4.10&DNS^INS", "component 4"),
        (ALIX.replace("^INS^", "^PI^"), "component 5"),
        (ALIX.replace("^INS^", "^NH^"), "component 5"),
        (ALIX.replace("20101207", "7/12/2010"), "components 7 and 8"),
        (ALIX.replace("279033523801802", "2790335238018"), "key"),
    ],
)
def test_what_is_no_INS_is_refused_and_not_shown(text: str, told: str) -> None:
    with pytest.raises(InvalidINS, match=told) as caught:
        INSIdentifier.parse(text)
    assert "2790335238" not in caught.value.reason_en + caught.value.reason_fr


@given(st.text(max_size=60))
def test_any_text_is_an_INS_or_is_refused(text: str) -> None:
    try:
        assert INSIdentifier.parse(text).matricule in text
    except InvalidINS as refusal:
        assert refusal.reason_fr


def test_repr_does_not_give_the_matricule_away() -> None:
    assert "2790335238" not in repr(INSIdentifier.parse(ALIX))
