"""*Success* survives: the service is killed at random moments, and whatever it acknowledged is there. [contract 5]

A kill takes the process away, not the machine: what the kernel holds stays. That the bytes reach the disk before the answer is
shown elsewhere, where a power cut is played.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections import Counter
from pathlib import Path

import pytest

from interop_tests import drill
from interop_tests.conftest import Launch, fed
from interop_tests.drill import Drill
from interop_tests.running import Running, wait_until
from interop_tests.witness import wire
from interop_tests.witness.metadata import Entry, Lot

SUBMISSIONS = 250
BROKEN_SERVICE = Path(__file__).resolve().parents[1] / "tests" / "drills" / "answer_before_commit.py"


@pytest.fixture
def killed(launch: Launch, database: str) -> Drill:
    """A drill that is over; the service runs again."""
    service = launch(database)
    over = Drill(service, fed(service.partner()), SUBMISSIONS, kill_after=(20, 30))
    over.run()
    assert over.surprises == []
    assert over.kills >= 5
    assert len(over.acknowledged) + len(over.unanswered) == SUBMISSIONS
    return over


def test_what_was_acknowledged_is_there_and_nothing_is_half_there(killed: Drill) -> None:
    """Found by ITI-18, retrieved byte for byte by ITI-43; sent again, what got no answer is stored once. [ITI TF-2: 3.41.4.1.3]"""
    partner = killed.service.partner()
    assert drill.lost(partner, killed.acknowledged) == []
    found, documents = Counter(drill.find(partner, killed.sent)), drill.retrieve(partner, killed.sent)
    assert found.keys() == documents.keys(), "metadata without bytes, or bytes without metadata"
    assert all(
        documents[drill.unique_id(lot)] == lot.entries[0].content
        for lot in killed.sent
        if drill.unique_id(lot) in documents
    )
    assert set(found.values()) == {1}
    for lot in killed.unanswered:
        assert partner.provide(lot).status == "Success"
    assert Counter(drill.find(partner, killed.sent)) == Counter(map(drill.unique_id, killed.sent))
    assert drill.lost(partner, killed.sent) == []
    verified = killed.service.coffre("verify")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert killed.service.stop() == 0
    assert killed.service.troubles() == []


def test_the_drill_sees_a_loss_where_the_answer_comes_before_the_commit(launch: Launch, database: str) -> None:
    """Were it blind, the test above would prove nothing."""
    service = launch(database, COFFRE_WORKERS=1, command=[sys.executable, str(BROKEN_SERVICE), "serve"])
    patient = fed(service.partner())
    broken = Drill(service, patient, 24, kill_after=(3, 5), jitter_seconds=0)
    broken.run()
    assert broken.kills >= 2
    # What came after the last kill may only be late, not lost.
    assert drill.lost(service.partner(), broken.acknowledged[: broken.acknowledged_before_last_kill]) != []
    service.kill9()


def store_one(service: Running) -> Lot:
    patient = fed(service.partner())
    lot = Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=os.urandom(5000)),))
    assert service.partner().provide(lot).status == "Success"
    return lot


def test_worker_that_is_killed_is_replaced_and_the_others_go_on(launch: Launch) -> None:
    """One request may be lost with its worker, the service may not."""
    service = launch()
    lot = store_one(service)
    workers = set(service.processes()[1:])
    answering = {pid for pid in workers if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()}
    assert len(answering) == 2
    killed = answering.pop()
    os.kill(killed, signal.SIGKILL)
    # A connection that the kernel had handed to the dead worker breaks; within a moment there is none such.
    wait_until(lambda: killed not in service.processes(), 10, "the dead worker is reaped")
    assert drill.lost(service.partner(), [lot]) == []
    wait_until(lambda: len(set(service.processes()) - workers) >= 1, 20, "another worker in its place")
    assert store_one(service)


def test_workers_whose_parent_is_killed_stop_of_themselves(launch: Launch) -> None:
    """Nobody is left behind holding the port."""
    service = launch()
    store_one(service)
    workers = service.processes()[1:]
    os.kill(service.pid, signal.SIGKILL)
    wait_until(lambda: not any(is_alive(pid) for pid in workers), 20, "every worker stops")
    with pytest.raises(wire.NoAnswer):
        service.partner().get_documents("1.2.3")
    service.kill9()
    service.start()


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that is over and not reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_request_under_way_is_finished_when_the_service_is_told_to_stop(launch: Launch) -> None:
    """SIGTERM: stops taking requests, finishes those under way, exits 0. [contract 2]"""
    service = launch()
    patient = fed(service.partner())
    lot = Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=os.urandom(100_000)),))
    _, content_type, pieces = service.partner().write_provide(lot)
    body = b"".join(pieces)
    head = (
        f"POST /services/repository HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {content_type}\r\n"
        f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", service.port), timeout=20) as half, half.makefile("rb") as answer:
        half.sendall(head.encode())
        assert answer.readline().startswith(b"HTTP/1.1 100"), "the service has begun to take the request in"
        assert answer.readline() == b"\r\n"
        half.sendall(body[:50_000])
        os.kill(service.pid, signal.SIGTERM)
        wait_until(lambda: not listens(service.port), 10, "the service takes no more requests")
        half.sendall(body[50_000:])
        assert answer.readline().startswith(b"HTTP/1.1 200")
        assert b"ResponseStatusType:Success" in answer.read()
    assert service.wait() == 0
    service.start()
    assert drill.lost(service.partner(), [lot]) == []


def listens(port: int) -> bool:
    """Whether a connection is taken."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True
