"""Who a record is of, judged by values alone. [CI-SIS SM 3.5.5.12; RNIV]"""

from __future__ import annotations

import re
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from access.caller import Caller, Role
from access.mandate import Mandate, Standing
from ins.matricule import Matricule
from record import rules, traits
from record.facts import Place, is_past_keeping
from record.person import Address, Person, Telecom
from tests.record.desk import DOCTOR, MOTHER, NIA, PATIENT, a_domain, a_person, a_representative
from tests.samples import INS_TEST_AUTHORITY
from xds.domain import RecordPolicy

TODAY = date(2026, 3, 1)
SOMEBODY = ("284056322000167", INS_TEST_AUTHORITY)


def flaws(person: Person) -> set[str]:
    """The ids of the rules that stand against a person."""
    return {rule.rule for rule in traits.judge_person(person, TODAY)}


def a_caller(role: Role | None, patient: tuple[str, str] | None = SOMEBODY) -> Caller:
    return Caller(assertion_id="a", issuer="i", person_id="8", profession=role, patient=patient)


def test_person_all_told_is_well_made() -> None:
    assert flaws(a_person(representatives=(a_representative(), a_representative(relationship="TUTEUR")))) == set()
    assert flaws(Person()) == set()


@pytest.mark.parametrize("birth", ["19840517", "20260301", "19840000", "19840500", "19000101"])
def test_date_of_birth_is_a_day_or_what_is_known_of_it(birth: str) -> None:
    """[RNIV]"""
    assert flaws(Person(birth_date=birth)) == set()


@pytest.mark.parametrize("birth", ["1984", "19841317", "19840230", "20260302", "１９８４０５１７", "1984-5-1"])
def test_date_of_birth_that_is_none_is_refused(birth: str) -> None:
    assert flaws(Person(birth_date=birth)) == {"REC-BIRTH-DATE"}


@pytest.mark.parametrize(
    "person",
    [
        a_person(given="x" * 257),
        a_person(address=Address(("x",) * 11)),
        a_person(address=Address(("x" * 257,))),
        a_person(telecoms=(Telecom("x" * 257),)),
        a_person(telecoms=(Telecom("tel:1"),) * 11),
        a_person(representatives=(a_representative(),) * 11),
        a_person(representatives=(a_representative(family="x" * 257),)),
    ],
)
def test_more_than_a_record_holds_is_refused(person: Person) -> None:
    assert flaws(person) == {"REC-TOO-LONG"}


@pytest.mark.parametrize(
    ("code", "system", "is_one"),
    [
        ("A", "", True),
        ("", "", True),
        ("A", "1.2.3", True),
        ("A B", "1.2.3", False),
        ("A", "LOINC", False),
        ("A", "1.02", False),
    ],
)
def test_code_is_one_that_can_be_said_again(code: str, system: str, is_one: bool) -> None:
    """[HL7 v3: CE]"""
    assert traits.is_code(code, system) is is_one


@pytest.mark.parametrize(
    ("role", "speaks"),
    [
        (PATIENT, True),
        (MOTHER, True),
        (Role("TUTEUR", "1.2.250.1.213.1.1.4.327"), True),
        (DOCTOR, False),
        (None, False),
        (Role("MTH", "1.2.250.1.71.1.2.7"), False),
        (Role("EXP_PATIENT", "1.2"), False),
        (Role("NBOR", "2.16.840.1.113883.5.111"), False),
    ],
)
def test_patient_and_legal_representatives_speak_for_the_patient(role: Role | None, speaks: bool) -> None:
    assert traits.speaks_for_patient(a_caller(role)) is speaks


def test_where_nobody_is_asked_who_they_are_all_speak_for_the_patient() -> None:
    assert traits.speaks_for_patient(None)


def test_patient_of_the_message_may_be_another_id_of_the_one_in_the_assertion() -> None:
    """[DMP: RG_3010; ITI TF-2: 3.44.4.2.4]"""
    mandate = Mandate(a_caller(DOCTOR), Standing(), a_domain())
    old = ("284056322000167", NIA)
    assert list(traits.judge_patient(SOMEBODY, mandate, Place())) == []
    assert list(traits.judge_patient(old, mandate, Place((SOMEBODY, old)))) == []
    assert list(traits.judge_patient(old, mandate, Place((old,)))) == [rules.PATIENT_OTHER]
    assert list(traits.judge_patient(None, mandate, Place())) == []
    nobody = Mandate(None, Standing(), a_domain())
    assert list(traits.judge_patient(None, nobody, Place())) == [rules.PATIENT_MISSING]


def test_matricule_is_judged_as_hard_as_its_authority_says() -> None:
    """[CI-SIS SM 3.5.5.12]"""
    number = "2840563220001"
    right = Matricule.of_number(number)
    wrong = f"{number}{(int(right.key) % 97) + 1:02d}"
    assert list(traits.judge_identity((right, INS_TEST_AUTHORITY), a_domain())) == []
    assert list(traits.judge_identity((wrong, INS_TEST_AUTHORITY), a_domain())) == [rules.MATRICULE]
    assert list(traits.judge_identity((number, INS_TEST_AUTHORITY), a_domain())) == [rules.MATRICULE]


@given(born=st.dates(date(1900, 1, 1), date(2030, 12, 31)), today=st.dates(date(2026, 1, 1), date(2060, 12, 31)))
def test_minor_is_whoever_is_not_yet_of_age(born: date, today: date) -> None:
    birthday = (born.year + 18, born.month, born.day)
    told = traits.is_minor(f"{born:%Y%m%d}", int(f"{today:%Y%m%d}"), 18)
    assert told is ((today.year, today.month, today.day) < birthday)


@given(closed=st.datetimes(), today=st.dates())
def test_record_is_kept_until_the_same_day_ten_years_later(closed: object, today: date) -> None:
    """[CSP L1111-18]"""
    at = int(f"{closed:%Y%m%d%H%M%S}".rjust(14, "0"))
    kept = is_past_keeping(at, int(f"{today:%Y%m%d}"), RecordPolicy(kept_years=10))
    year, month, day = at // 10**10, at // 10**8 % 100, at // 10**6 % 100
    assert kept is ((today.year, today.month, today.day) >= (year + 10, month, day))
    assert not is_past_keeping(None, 99991231, RecordPolicy())


def test_every_rule_is_told_in_both_languages_and_has_an_id_of_its_own() -> None:
    told = [row for name, row in vars(rules).items() if isinstance(row, rules.Rule)]
    assert len(rules.RULES) == len(told)
    for rule in told:
        assert re.fullmatch(r"REC-[A-Z-]+", rule.rule)
        assert all(text.endswith(".") for text in (rule.sentence, rule.sentence_fr, rule.cause, rule.cure)), rule.rule
        assert rule.clause
        assert rule.text.startswith(f"{rule.rule}: ")
