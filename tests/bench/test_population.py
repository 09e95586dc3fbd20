"""Records of the population: a physician may consult them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from access.caller import Caller
from access.mandate import Authorisation, RecordState
from bench import material, population
from client import voucher
from record.store.standing import fetch_standing
from server.domain_files import load_domain
from sql import schema
from sql.database import Database


def test_physician_of_the_load_is_authorised_on_each_record(fresh_url: str, keys: Path) -> None:
    database = Database(fresh_url)
    schema.upgrade(database)
    for _ in range(2):  # a larger population comes after a smaller one
        population.open_records((fresh_url, 0, 3))
    claims = voucher.of_professional(keys)
    assert claims is not None
    caller = Caller(assertion_id="_1", issuer="", person_id=claims.claims.person_id)
    today = datetime.now(UTC).date()
    with database.read() as work:
        for number in range(3):
            patient = (material.matricule(number), material.AUTHORITY)
            standing = fetch_standing(work, patient, caller, today, load_domain("dmp").records)
            assert (standing.state, standing.authorisation) == (RecordState.ACTIVE, Authorisation.VALID)
    database.close()
