"""What a header says of its patient, against who the record says they are. [CI-SIS SM 3.5.5.12]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from access.mandate import Mandate, RecordState, Standing
from cda.header import Header
from record.facts import Record
from record.person import Person
from record.store.work import SQLRecordWork
from server import past, prepare, wiring
from server.settings import Role, Settings
from server.wiring import House
from tests.cda.documents import a_cda
from tests.samples import a_submission
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


@pytest.fixture
def house(make_settings: Callable[..., Settings]) -> Iterator[House]:
    """A house of the French domain."""
    settings = make_settings(COFFRE_DOMAIN="dmp")
    prepare.prepare(settings, Role.ALL)
    built = wiring.build(settings, Role.ALL)
    yield built
    built.close()


def judge(house: House, person: Person, header: Header, *, bite: Bite = Bite.ERROR) -> ErrorList:
    """What is told of a header where the record tells of that person."""
    domain = replace(house.domain, documents=DocumentPolicy(agreement=bite))
    standing = Standing(patient=PATIENT, state=RecordState.ACTIVE, knows_person=bool(person.birth_date))
    with house.database.write() as work:
        records = SQLRecordWork(work)
        records.add_patient(PATIENT)
        records.find(PATIENT)
        records.save(Record(identities=(PATIENT,), state=RecordState.ACTIVE, created_at=1, updated_at=1, person=person))
        return past.judge_headers(a_submission(), {"Document01": header}, work, Mandate(None, standing, domain))


def test_same_person_in_another_spelling_is_no_news(house: House) -> None:
    assert judge(house, CAMILLE, a_cda().header) == ()


@pytest.mark.parametrize(
    ("change", "trait"),
    [({"sex": "M"}, "sex"), ({"birth_date": "19800715"}, "birth"), ({"birth_family": "AUTRE"}, "family")],
)
def test_other_trait_is_warned_of_by_its_name_alone(house: House, change: dict[str, str], trait: str) -> None:
    (warning,) = judge(house, replace(CAMILLE, **change), a_cda().header)  # type: ignore[arg-type]
    assert warning.row.code == "InvalidDocumentContent"
    assert warning.severity.endswith("Warning")
    assert trait in warning.code_context
    assert past.TRAITS in warning.code_context
    for value in ("AUTRE", "EXEMPLE", "1980", PATIENT[0]):
        assert value not in warning.code_context


def test_record_that_does_not_know_the_person_and_domain_that_does_not_ask_say_nothing(house: House) -> None:
    other = replace(CAMILLE, sex="M")
    assert judge(house, replace(other, birth_date=""), a_cda().header) == ()
    assert judge(house, other, a_cda().header, bite=Bite.OFF) == ()
