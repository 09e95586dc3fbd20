"""Lines about invented people, and patients of a test's own."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from audit.line import Ending, Line
from sql.database import Database, Work

INS = "1.2.250.1.213.1.4.10"
NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
ADD_PATIENT = "insert into patient (authority, id_number) values (?, ?)"
KEY = "select key from patient where authority = ? and id_number = ?"


def a_line(patient: tuple[str, str] | None = None, minutes: int = 0, **changed: Any) -> Line:
    """A professional who found documents, so many minutes after noon."""
    told: dict[str, Any] = {
        "at": NOON + timedelta(minutes=minutes),
        "transaction": "ITI-18",
        "action": "TD3.1",
        "ending": Ending.DONE,
        "patient": patient,
        "person_id": "899700000007",
        "person_name": "EXEMPLE CAMILLE",
        "structure_id": "10B0000001",
        "profession": "10",
        "authentication": "DIRECTE",
        "access_mode": "normal",
        "issuer": "CN=899700000007,O=EXEMPLE",
        "message_id": "urn:uuid:0b1a5e46-7a52-4c3b-a9a0-6d0d0e1bfe11",
        "objects": ("2.25.1", "2.25.2"),
        "query_id": "urn:uuid:14d4debf-8f97-4251-9a74-a90016b0af0d",
    }
    return Line(**{**told, **changed})


def a_patient() -> tuple[str, str]:
    """A patient whom nobody has met."""
    return uuid.uuid4().hex, INS


def known(database: Database, patient: tuple[str, str] | None = None) -> tuple[str, str]:
    """A patient whom the database knows."""
    id_number, authority = patient = patient or a_patient()
    database.settle(lambda work: work.execute(ADD_PATIENT, (authority, id_number)), lambda _: False)
    return patient


def key_of(work: Work, patient: tuple[str, str]) -> int:
    """The internal key of a patient."""
    id_number, authority = patient
    return int(work.execute(KEY, (authority, id_number)).scalar_one())


_texts = st.text(max_size=12)

lines = st.builds(
    Line,
    at=st.datetimes(timezones=st.just(UTC), min_value=datetime(1900, 1, 1)),
    transaction=_texts,
    action=_texts,
    ending=st.sampled_from(Ending),
    patient=st.none() | st.tuples(_texts, _texts),
    objects=st.lists(_texts, max_size=3).map(tuple),
    person_id=_texts,
    reason=_texts,
    rule=_texts,
    network_address=_texts,
)
"""Any line, whatever its texts hold."""
