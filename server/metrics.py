"""Counters of the whole service, in Prometheus text form. [Prometheus: exposition formats, 0.0.4]

Each worker process writes its own row of one shared block of numbers, and whoever is asked adds up the rows: so every scrape
sees the whole service, whichever worker answers it, and a restarted worker goes on from where the dead one stopped.
No lock: a row has one writer, and an 8-byte store is whole on the machines we run on.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterator
from ctypes import Array, c_double
from enum import StrEnum
from typing import NamedTuple

from xds import transactions

UNKNOWN = "none"
"""The transaction of a request that asked for none we know."""

FEED = "ITI-8"
"""The one transaction that is no SOAP."""

TRANSACTIONS = (*dict.fromkeys(transaction.name for transaction in transactions.table()), FEED, UNKNOWN)

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
"""Upper bounds in seconds: from a stored query on a warm cache to a lot of large documents on a slow disk."""


class Outcome(StrEnum):
    """How a request ended."""

    SUCCESS = "success"
    PARTIAL_SUCCESS = "partial_success"
    FAILURE = "failure"
    FAULT = "fault"
    NOT_SOAP = "not_soap"
    INCIDENT = "incident"


_OUTCOMES = tuple(Outcome)
_PER_TRANSACTION = len(_OUTCOMES) + len(BUCKETS) + 2  # outcomes; buckets; all, and seconds in sum
_GENERAL = ("received_bytes", "sent_bytes", "flush_failures", "starts", "audit_messages", "audit_failures")
CELLS = len(TRANSACTIONS) * _PER_TRANSACTION + len(_GENERAL)

_POSITION = {name: index * _PER_TRANSACTION for index, name in enumerate(TRANSACTIONS)}
_GENERAL_AT = {name: len(TRANSACTIONS) * _PER_TRANSACTION + index for index, name in enumerate(_GENERAL)}


class Block(NamedTuple):
    """The shared numbers: ``rows`` rows of ``CELLS`` cells."""

    cells: Array[c_double]
    rows: int


def new_block(workers: int) -> Block:
    """A block that can be given to spawned processes."""
    return Block(multiprocessing.get_context("spawn").RawArray(c_double, workers * CELLS), workers)


class Metrics:
    """The counters as one worker sees them: it writes its row and reads all."""

    def __init__(self, block: Block, row: int = 0) -> None:
        self._cells = block.cells
        self._rows = block.rows
        self._start = row * CELLS
        self._add("starts", 1)

    def count(self, transaction: str, outcome: Outcome, seconds: float, received: int, sent: int) -> None:
        """One request answered."""
        cells = self._cells
        at = self._start + _POSITION.get(transaction, _POSITION[UNKNOWN])
        cells[at + _OUTCOMES.index(outcome)] += 1
        at += len(_OUTCOMES)
        for index, bound in enumerate(BUCKETS):
            if seconds <= bound:
                cells[at + index] += 1
                break
        cells[at + len(BUCKETS)] += 1
        cells[at + len(BUCKETS) + 1] += seconds
        self._add("received_bytes", received)
        self._add("sent_bytes", sent)

    def flush_failed(self) -> None:
        """Something written could not be made durable: no worker is ready any more until the service is started again."""
        self._add("flush_failures", 1)

    def audits_sent(self, messages: int) -> None:
        """So many audit messages were taken by the audit repository. [ITI-20]"""
        self._add("audit_messages", messages)

    def audit_failed(self) -> None:
        """The audit repository did not take what was sent; it is kept and sent again."""
        self._add("audit_failures", 1)

    @property
    def flush_failures(self) -> int:
        """How often that happened since the service was started, in any worker."""
        return int(self._sum(_GENERAL_AT["flush_failures"]))

    def text(self) -> str:
        """Every counter, summed over the workers."""
        return "\n".join((*self._requests(), *self._seconds(), *self._general())) + "\n"

    def _add(self, name: str, amount: float) -> None:
        self._cells[self._start + _GENERAL_AT[name]] += amount

    def _sum(self, cell: int) -> float:
        return sum(self._cells[row * CELLS + cell] for row in range(self._rows))

    def _requests(self) -> Iterator[str]:
        yield "# HELP coffre_requests_total Requests answered, by transaction and outcome."
        yield "# TYPE coffre_requests_total counter"
        for transaction, at in _POSITION.items():
            for index, outcome in enumerate(_OUTCOMES):
                value = self._sum(at + index)
                if value:
                    yield f'coffre_requests_total{{transaction="{transaction}",outcome="{outcome}"}} {value:.0f}'

    def _seconds(self) -> Iterator[str]:
        yield "# HELP coffre_request_seconds From the last byte of the request to the first of the answer."
        yield "# TYPE coffre_request_seconds histogram"
        for transaction, at in _POSITION.items():
            first = at + len(_OUTCOMES)
            total = self._sum(first + len(BUCKETS))
            if not total:
                continue
            label, below = f'transaction="{transaction}"', 0.0
            for index, bound in enumerate(BUCKETS):
                below += self._sum(first + index)
                yield f'coffre_request_seconds_bucket{{{label},le="{bound:g}"}} {below:.0f}'
            yield f'coffre_request_seconds_bucket{{{label},le="+Inf"}} {total:.0f}'
            yield f"coffre_request_seconds_sum{{{label}}} {self._sum(first + len(BUCKETS) + 1):.6f}"
            yield f"coffre_request_seconds_count{{{label}}} {total:.0f}"

    def _general(self) -> Iterator[str]:
        for name, text in (
            ("received_bytes", "Bytes of request bodies."),
            ("sent_bytes", "Bytes of answers."),
            ("flush_failures", "Writes that could not be made durable; more than none, and the service is not ready."),
            ("starts", "Worker processes started; more than workers means that some died."),
            ("audit_messages", "Audit messages taken by the audit repository."),
            ("audit_failures", "Attempts at which the audit repository took nothing; the messages are kept."),
        ):
            yield f"# HELP coffre_{name}_total {text}"
            yield f"# TYPE coffre_{name}_total counter"
            yield f"coffre_{name}_total {self._sum(_GENERAL_AT[name]):.0f}"
        yield "# HELP coffre_workers Worker processes the service was started with."
        yield "# TYPE coffre_workers gauge"
        yield f"coffre_workers {self._rows}"
