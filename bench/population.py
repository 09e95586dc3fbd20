"""A registry and repository as they stand after years: entries by the million, loaded through the project's own rows."""

from __future__ import annotations

import hashlib
import multiprocessing
import time
from collections.abc import Callable
from pathlib import Path

from access.mandate import RecordState
from access.sight import person_key
from bench import material
from client.voucher import DOCTOR
from record.facts import Grant, GrantState, Record
from record.person import Person
from record.store.work import SQLRecordWork
from registry.store import loading
from repository.store import content, index
from sql import schema
from sql.database import Database

BATCH = 2_000
LOADED_AT = 1_700_000_000  # Unix seconds
_OPENED_AT = 20_260_101_080_000
_PERSON = Person(birth_family="DESESSAIS", given="CAMILLE", given_names="CAMILLE INES", sex="F", birth_date="19790327")
Progress = Callable[[str], None]


def populate(
    url: str,
    content_folder: Path,
    repository_unique_id: str,
    first: int,
    last: int,
    progress: Progress,
    processes: int = 2,
) -> float:
    """Loads the entries from number ``first`` to before ``last``, with their documents; gives the seconds it took."""
    database = Database(url)
    schema.upgrade(database)
    dialect = database.dialect
    database.close()
    began = time.perf_counter()
    if first == 0:
        store_contents(content_folder)
    batches = [(url, repository_unique_id, start, min(start + BATCH, last)) for start in range(first, last, BATCH)]
    done = 0
    # SQLite has one writer: more processes would only wait for each other.
    context = multiprocessing.get_context("spawn")
    with context.Pool(processes if dialect == "postgresql" else 1) as pool:
        for count in pool.imap_unordered(_load, batches):
            done += count
            if done % 100_000 < BATCH:
                progress(f"loaded {first + done:,} entries")
        patients = material.fed_patients(last)
        list(
            pool.imap_unordered(
                open_records, [(url, start, min(start + BATCH, patients)) for start in range(0, patients, BATCH)]
            )
        )
    database = Database(url)
    with database.read() as work:
        for statement in ("analyze",) if dialect == "sqlite" else ("vacuum (analyze)", "checkpoint"):
            work.execute(statement)
    database.close()
    return time.perf_counter() - began


def store_contents(folder: Path) -> None:
    """Stores the shared contents as the repository itself does."""
    store = content.ContentStore(folder)
    for number in range(material.CONTENTS):
        document = memoryview(material.content(number))
        store.keep(document, content.take_fingerprint(document))


_digests: dict[int, tuple[str, int]] = {}
_sha256: dict[int, bytes] = {}


def _load(batch: tuple[str, str, int, int]) -> int:
    url, repository_unique_id, first, last = batch
    if not _digests:
        _digests.update(material.digests())
        _sha256.update({number: hashlib.sha256(material.content(number)).digest() for number in _digests})
    database = Database(url)
    try:
        stored = [material.stored(number, repository_unique_id, _digests) for number in range(first, last)]
        count = loading.load(database, [one.effects for one in stored])
        holdings = [
            index.Holding(
                one.unique_id,
                _sha256[one.content_number],
                material.CONTENT_BYTES,
                "text/xml",
                one.effects.submission_set.unique_id or "",
                LOADED_AT,
            )
            for one in stored
        ]
        with database.write() as work:
            index.add_holdings(work, holdings)
        return count
    finally:
        database.close()


def open_records(batch: tuple[str, int, int]) -> None:
    """A record for each of these patients, and an authorisation for the physician who consults; what is there stays."""
    url, first, last = batch
    database = Database(url)
    try:
        with database.write() as work:
            records = SQLRecordWork(work)
            for number in range(first, last):
                patient = (material.matricule(number), material.AUTHORITY)
                place = records.find(patient)
                if place.record is not None:
                    continue
                if place.patient is None:
                    records.add_patient(patient)
                records.save(_record(patient))
                records.save_grant(patient, _GRANT)
    finally:
        database.close()


def _record(patient: tuple[str, str]) -> Record:
    return Record(
        identities=(patient,),
        state=RecordState.ACTIVE,
        created_at=_OPENED_AT,
        updated_at=_OPENED_AT,
        person=_PERSON,
    )


_GRANT = Grant(holder=person_key(DOCTOR.person_id), state=GrantState.ACTIVE, started_at=_OPENED_AT, name=DOCTOR.name)
