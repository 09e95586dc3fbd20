"""What closed records have held goes once they have been kept long enough, and nothing else does. [CSP L1111-18]"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from audit.store import journal
from registry.actor import DocumentRegistry
from registry.store.work import SQLRegistryWork
from repository.store import index
from repository.store.content import take_fingerprint
from repository.store.index import Holding
from server import expiry, prepare, wiring
from server.settings import Role, Settings
from server.wiring import House
from tests.samples import a_document_entry, a_patient_id, a_submission, a_submission_set, fresh_oid, fresh_uuid
from xds.messages import RegisterDocumentSet

NOW = datetime(2036, 6, 1, tzinfo=UTC)
TEST_INS = "1.2.250.1.213.1.4.10"
LONG_AGO, LATELY = 20260101000000, 20350101000000
ACTIVE, CLOSED, OPPOSED = 1, 2, 3


@pytest.fixture
def house(make_settings: Callable[..., Settings]) -> Iterator[House]:
    """A house of the French domain."""
    settings = make_settings(COFFRE_DOMAIN="dmp")
    prepare.prepare(settings, Role.ALL)
    built = wiring.build(settings, Role.ALL)
    yield built
    built.close()


def a_record(house: House, number: str, state: int, closed_at: int | None, content: bytes) -> str:
    """A patient with one document and a record in that state; the document's uniqueId."""
    patient = a_patient_id(number, TEST_INS)
    fingerprint = take_fingerprint(memoryview(content))
    unique_id = fresh_oid()
    entry = a_document_entry(patient_id=patient, unique_id=unique_id, hash=fingerprint.sha1, size=str(fingerprint.size))
    submission_set = a_submission_set(patient_id=patient, unique_id=fresh_oid())
    submission = a_submission(submission_set=submission_set, document_entries=[entry])
    registry = DocumentRegistry(replace(house.domain, value_sets={}), lambda: NOW, fresh_uuid)
    assert house.content is not None
    house.content.keep(memoryview(content), fingerprint)
    with house.database.write() as work:
        answer = registry.register(RegisterDocumentSet(submission), SQLRegistryWork(work, registry.domain))
        assert not answer.errors.has_errors, answer.errors
        holding = Holding(unique_id, fingerprint.digest, fingerprint.size, "text/xml", "", 0)
        assert index.add_holdings(work, [holding]) == ()
        key = work.execute("select key from patient where id_number = ?", (number,)).scalar_one()
        work.execute(
            "insert into record (patient, state, created_at, updated_at, closed_at, person) values (?, ?, ?, ?, ?, ?)",
            (key, state, LONG_AGO, LONG_AGO, closed_at, ""),
        )
        work.execute(
            "insert into authorisation (patient, holder, name, roles, state, started_at) values (?, 'p:8', '', '', 1, 0)",
            (key,),
        )
    return unique_id


def counts(house: House) -> dict[str, int]:
    tables = ("registry_object", "association", "unique_id", "document", "record", "authorisation")
    with house.database.read() as work:
        return {table: work.execute(f"select count(*) from {table}").scalar_one() for table in tables}


def test_record_closed_more_than_ten_years_ago_goes_with_its_documents(house: House) -> None:
    gone = a_record(house, "280073523800332", CLOSED, LONG_AGO, b"<old/>")
    stays = [
        a_record(house, "280073523800429", CLOSED, LATELY, b"<late/>"),
        a_record(house, "280073523800526", ACTIVE, None, b"<active/>"),
    ]
    assert expiry.erase_expired(house, NOW) == 1
    assert counts(house) == {
        "registry_object": 4,
        "association": 2,
        "unique_id": 4,
        "document": 2,
        "record": 2,
        "authorisation": 2,
    }
    with house.database.read() as work:
        assert index.find_holdings(work, [gone, *stays]).keys() == set(stays)
        (line,) = journal.find_lines(work, ("280073523800332", TEST_INS), limit=5)
    assert (line.action, line.objects) == ("erased", (gone,))
    assert house.content is not None
    assert house.content.find_file(take_fingerprint(memoryview(b"<old/>")).digest) is None
    assert expiry.erase_expired(house, NOW) == 0


def test_bytes_that_another_record_holds_too_stay(house: House) -> None:
    a_record(house, "280073523800332", CLOSED, LONG_AGO, b"<same/>")
    kept = a_record(house, "280073523800526", ACTIVE, None, b"<same/>")
    assert expiry.erase_expired(house, NOW) == 1
    assert house.content is not None
    assert house.content.find_file(take_fingerprint(memoryview(b"<same/>")).digest) is not None
    with house.database.read() as work:
        assert index.find_holdings(work, [kept]).keys() == {kept}


def test_of_an_old_opposition_nothing_but_itself_stays(house: House) -> None:
    a_record(house, "280073523800332", OPPOSED, LONG_AGO, b"<old/>")
    assert expiry.erase_expired(house, NOW) == 1
    found = counts(house)
    assert (found["record"], found["authorisation"], found["registry_object"], found["document"]) == (1, 0, 0, 0)
    assert expiry.erase_expired(house, NOW) == 0
