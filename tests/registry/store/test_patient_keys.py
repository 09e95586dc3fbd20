"""A patient's internal key that a process has met is checked as it is used: records never mix. [ADR 0017]"""

from __future__ import annotations

from dataclasses import replace

from registry.actor import DocumentRegistry
from server.actors_at_work import RegistryAtWork
from server.guard import Guard
from sql.database import Database
from tests.registry.desk import NOW, Desk, SQLBackend, another_patient
from tests.registry.store import laws
from tests.samples import a_domain, fresh_uuid
from xds.messages import RegisterDocumentSet, RegistryResponse

DOMAIN = a_domain(patients_known_beforehand=False)


def register(desk: Desk, database: Database) -> RegistryResponse:
    """A submission with symbolic ids alone, as the server registers it: on PostgreSQL in one statement."""
    lot = desk.submission(desk.entry(entry_uuid="Document01"), entry_uuid="SubmissionSet01")
    named = (replace(each, entry_uuid=f"Association{number:02}") for number, each in enumerate(lot.associations))
    registry = RegistryAtWork(DocumentRegistry(DOMAIN, lambda: NOW, fresh_uuid), Guard(DOMAIN, database, lambda: NOW))
    return registry.register(RegisterDocumentSet(replace(lot, associations=tuple(named))))


def owners(database: Database) -> list[str]:
    """Whose each object is."""
    return sorted(each.patient for each in laws.state_of(database).objects)


def test_document_stays_its_own_patients_though_the_key_that_was_met_is_somebody_elses_by_now(
    quick_databases: dict[str, Database],
) -> None:
    """As after a backup was restored, or when another server takes over, without the process being started again."""
    for database in quick_databases.values():
        laws.clear(database)
        desk = Desk(SQLBackend(database, DOMAIN), DOMAIN)
        somebody, other = desk.patient_id, another_patient()
        for _ in range(2):
            assert register(desk, database).errors == ()
        with database.read() as work:
            key = work.execute("select key from patient where id_number = ?", (somebody.id_number,)).scalar_one()
        laws.clear(database)
        with database.write() as work:
            work.execute(
                "insert into patient (key, authority, id_number) values (?, ?, ?)",
                (key, other.authority, other.id_number),
            )
        for number in range(1, 3):
            assert register(desk, database).errors == ()
            assert owners(database) == [somebody.id_number] * 2 * number
        assert laws.breaches(laws.state_of(database)) == []
