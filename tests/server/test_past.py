"""What a header says of its patient, against who the record says they are. [CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

from dataclasses import replace

import pytest

from access.mandate import Mandate, RecordState, Standing
from cda.header import Header
from record.person import Person
from record.store.people import write_person
from server import past
from sql.database import Database
from tests.cda.documents import a_cda
from tests.samples import a_domain, a_submission
from xds.domain import Bite, DocumentPolicy
from xds.errors import ErrorList

PATIENT = ("280073523800332", "1.2.250.1.213.1.4.10")
CAMILLE = Person(
    birth_family="Exemple",
    given="Camille",
    given_names="Camille Inès",
    sex="F",
    birth_date="19800714",
    birthplace="35238",
)


def judge(person: Person, header: Header, *, bite: Bite = Bite.ERROR) -> ErrorList:
    """What is told of a header where the record tells of that person."""
    domain = a_domain(documents=DocumentPolicy(agreement=bite))
    told = write_person(person) if person.birth_date else ""
    standing = Standing(patient=PATIENT, state=RecordState.ACTIVE, person=told)
    database = Database("sqlite:///:memory:")
    with database.read() as work:
        return past.judge_headers(a_submission(), {"Document01": header}, work, Mandate(None, standing, domain))


def test_same_person_in_another_spelling_is_no_news() -> None:
    assert judge(CAMILLE, a_cda().header) == ()


@pytest.mark.parametrize(
    ("change", "trait"),
    [({"sex": "M"}, "sex"), ({"birth_date": "19800715"}, "birth"), ({"birth_family": "AUTRE"}, "family")],
)
def test_other_trait_is_warned_of_by_its_name_alone(change: dict[str, str], trait: str) -> None:
    (warning,) = judge(replace(CAMILLE, **change), a_cda().header)  # type: ignore[arg-type]
    assert warning.row.code == "InvalidDocumentContent"
    assert warning.severity.endswith("Warning")
    assert trait in warning.code_context
    assert past.TRAITS in warning.code_context
    for value in ("AUTRE", "EXEMPLE", "1980", PATIENT[0]):
        assert value not in warning.code_context


def test_record_that_does_not_know_the_person_and_domain_that_does_not_ask_say_nothing() -> None:
    other = replace(CAMILLE, sex="M")
    assert judge(replace(other, birth_date=""), a_cda().header) == ()
    assert judge(other, a_cda().header, bite=Bite.OFF) == ()
