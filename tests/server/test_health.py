"""Alive, ready, and why not."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from server import wiring
from server.health import Health
from server.metrics import Metrics, new_block
from server.settings import Settings
from server.wiring import House
from sql.database import Database, SafetyFinding
from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import Running


def a_health(house: House, metrics: Metrics, settings: Settings) -> Health:
    """The health of a house."""
    return Health(house.database, wiring.content_folder(settings), metrics)


@pytest.fixture
def metrics() -> Metrics:
    """The counters of a service of one worker."""
    return Metrics(new_block(1))


def test_service_that_answers_is_alive_and_ready(service: Running) -> None:
    assert service.get("/health/live")[0] == 200
    status, content_type, body = service.get("/health/ready")
    assert (status, content_type) == (200, "application/json")
    assert json.loads(body) == {"ready": True, "why_not": []}


def test_house_in_order_has_no_findings(house: House, metrics: Metrics, make_settings: Callable[..., Settings]) -> None:
    assert a_health(house, metrics, make_settings()).findings() == []


def test_look_at_the_content_folder_leaves_nothing_behind(
    house: House, metrics: Metrics, make_settings: Callable[..., Settings]
) -> None:
    folder = wiring.content_folder(make_settings())
    before = sorted(folder.iterdir())
    a_health(house, metrics, make_settings()).findings()
    assert sorted(folder.iterdir()) == before


def test_lost_content_folder_is_found(house: House, metrics: Metrics, make_settings: Callable[..., Settings]) -> None:
    health = a_health(house, metrics, make_settings())
    shutil.rmtree(wiring.content_folder(make_settings()))
    assert health.findings() == ["the content folder cannot be written (No such file or directory)"]


def test_failed_flush_in_any_worker_ends_readiness(house: House, make_settings: Callable[..., Settings]) -> None:
    """A flush that failed is never tried again. [decision 7]"""
    block = new_block(2)
    ours, theirs = Metrics(block, 0), Metrics(block, 1)
    theirs.flush_failed()
    (found,) = a_health(house, ours, make_settings()).findings()
    assert "could not be made durable" in found


def test_database_that_cannot_be_reached_is_found(metrics: Metrics) -> None:
    database = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    (found,) = Health(database, None, metrics).findings()
    assert found.startswith("the database does not answer")


def test_database_without_schema_is_found(tmp_path: Path, metrics: Metrics) -> None:
    database = Database(f"sqlite:///{tmp_path}/empty.db")
    (found,) = Health(database, None, metrics).findings()
    assert found == "the schema is at no revision; run: coffre db upgrade"
    database.close()


class _Careless(Database):
    """A database whose server was told not to wait for the disk."""

    def find_unsafe_settings(self) -> list[SafetyFinding]:
        return [SafetyFinding("fsync", "off", "on")]


def test_database_that_does_not_wait_for_the_disk_is_found(
    house: House, metrics: Metrics, make_settings: Callable[..., Settings]
) -> None:
    database = _Careless(make_settings().database_url)
    assert Health(database, None, metrics).findings() == ["the database runs with fsync = off; expected on"]
    database.close()


def test_counters_tell_requests_by_transaction_and_outcome(service: Running) -> None:
    def count(page: str, line: str) -> int:
        return sum(int(one.rpartition(" ")[2]) for one in page.splitlines() if one.startswith(line))

    found = 'coffre_requests_total{transaction="ITI-18",outcome="success"}'
    faulted = 'coffre_requests_total{transaction="none",outcome="not_soap"}'
    before = service.get("/metrics")[2].decode()
    service.post("/services/registry", messages.a_query(fresh_oid()))
    service.post("/services/registry", ("text/plain", b"x"))
    status, content_type, body = service.get("/metrics")
    after = body.decode()
    assert (status, content_type) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert count(after, found) == count(before, found) + 1
    assert count(after, faulted) == count(before, faulted) + 1
    assert count(after, "coffre_received_bytes_total") > count(before, "coffre_received_bytes_total")
