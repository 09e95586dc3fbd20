"""The kill drill: clients submit, the service is killed again and again, and in the end every promise is looked up.

A client that gets no answer knows nothing: its document may be there or not. What a client was told is stored must be there.
"""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

from interop_tests.running import REPOSITORY, Running, wait_until
from interop_tests.witness import wire
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.partner import Partner

CLIENTS = 4
BATCH = 50
"""Documents asked for in one request."""


@dataclass
class Drill:
    """What was sent, and what became of it as far as the clients know."""

    service: Running
    patient: str
    submissions: int
    kill_after: tuple[int, int]
    """Between how many acknowledged submissions a kill comes."""

    jitter_seconds: float = 0.02
    acknowledged: list[Lot] = field(default_factory=list)
    unanswered: list[Lot] = field(default_factory=list)
    surprises: list[wire.Answer] = field(default_factory=list)
    kills: int = 0
    acknowledged_before_last_kill: int = 0

    def run(self) -> None:
        """Clients and kills, until every submission has been sent once. The service runs in the end."""
        lots, taking = iter([self._new_lot() for _ in range(self.submissions)]), threading.Lock()
        alive, over = threading.Event(), threading.Event()
        alive.set()

        def client() -> None:
            partner = self.service.partner()
            while True:
                alive.wait()
                with taking:
                    lot = next(lots, None)
                if lot is None:
                    return
                try:
                    answer = partner.provide(lot)
                except wire.NoAnswer:
                    self.unanswered.append(lot)
                    continue
                if answer.fault is None and answer.status == "Success":
                    self.acknowledged.append(lot)
                else:
                    self.surprises.append(answer)

        clients = [threading.Thread(target=client) for _ in range(CLIENTS)]
        for thread in clients:
            thread.start()
        while any(thread.is_alive() for thread in clients):
            goal = len(self.acknowledged) + random.randint(*self.kill_after)
            wait_until(
                lambda goal=goal: len(self.acknowledged) >= goal or not any(map(threading.Thread.is_alive, clients)),  # type: ignore[misc]
                60,
                f"{goal} submissions acknowledged ({len(self.surprises)} answered otherwise)",
                every=0.001,
            )
            if not any(thread.is_alive() for thread in clients):
                break
            over.wait(random.uniform(0, self.jitter_seconds))  # a moment within whatever is under way
            alive.clear()
            self.acknowledged_before_last_kill = len(self.acknowledged)
            self.service.kill9()
            self.kills += 1
            self.service.start()
            alive.set()
        for thread in clients:
            thread.join()

    def _new_lot(self) -> Lot:
        content = random.randbytes(random.randint(1, 20_000))
        return Lot(patient_id=self.patient, entries=(Entry(patient_id=self.patient, content=content),))

    @property
    def sent(self) -> list[Lot]:
        """Every submission."""
        return [*self.acknowledged, *self.unanswered]


def unique_id(lot: Lot) -> str:
    """The uniqueId of its one document."""
    return lot.entries[0].unique_id


def find(partner: Partner, lots: Sequence[Lot]) -> list[str]:
    """The uniqueIds that the registry shows, each as often as it shows it. [ITI TF-2: 3.18]"""
    return [found for some in batches(lots) for found in partner.get_documents(*map(unique_id, some)).unique_ids]


def retrieve(partner: Partner, lots: Sequence[Lot]) -> dict[str, bytes]:
    """The documents that the repository gives out. [ITI TF-2: 3.43]"""
    found: dict[str, bytes] = {}
    for some in batches(lots):
        found |= partner.retrieve(REPOSITORY, *map(unique_id, some)).documents
    return found


def lost(partner: Partner, lots: Sequence[Lot]) -> list[str]:
    """The uniqueIds of those that are not found, or do not come back byte for byte."""
    found, documents = set(find(partner, lots)), retrieve(partner, lots)
    return [
        unique_id(lot)
        for lot in lots
        if unique_id(lot) not in found or documents.get(unique_id(lot)) != lot.entries[0].content
    ]


def batches(lots: Sequence[Lot]) -> Iterator[list[Lot]]:
    """Some at a time."""
    rest = iter(lots)
    while some := list(islice(rest, BATCH)):
        yield some
