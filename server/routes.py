"""The whole server in one table: its rows by endpoint and action. [ITI TF-1: 10.2]

A row is in ``route``, what fills it in ``rows``; here it is found, or withheld where the affinity domain wants none of it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from audit import wire as audit_wire
from server.route import Route
from server.rows import gateway_rows, record_rows, registry_rows, repository_rows
from server.verbs import GatewayVerbs, RecordVerbs, RegistryVerbs, RepositoryVerbs
from soap import faults
from xds import transactions

SMALL_BYTES_MAX = 8 * 1024
"""A query or a retrieval has one to three KiB."""

_READS = tuple(
    f">{transaction.request_action}<".encode()
    for transaction in (transactions.ITI_18, transactions.ITI_38, transactions.ITI_39, transactions.ITI_43)
)
"""As wsa:Action has them. Not ITI-51, which may look through the entries of everybody."""


def is_small_read(body: bytearray) -> bool:
    """Whether a request waits for no flush and no lock, as far as can be told unread; a wrong guess costs time and nothing else."""
    return len(body) <= SMALL_BYTES_MAX and any(action in body for action in _READS)


REMOVALS = (transactions.ITI_62, transactions.ITI_86)
"""What is served only where the affinity domain lets things be taken out for good."""


OF_RECORDS = (
    transactions.TD_0_2,
    transactions.TD_0_3,
    transactions.TD_0_4,
    transactions.TD_0_5,
    transactions.TD_1_1,
    transactions.TD_1_2,
    transactions.TD_1_6,
    audit_wire.JOURNAL_BY_PATIENT,
)
"""What is served only where the affinity domain manages records, by the first transaction of each action."""


class Routes:
    """The rows of one server, found by endpoint and action."""

    def __init__(
        self,
        registry: RegistryVerbs | None,
        repository: RepositoryVerbs | None,
        gateway: GatewayVerbs | None = None,
        records: RecordVerbs | None = None,
        *,
        removal_allowed: bool = True,
    ) -> None:
        rows: list[Route[Any, Any]] = []
        if registry is not None:
            rows += registry_rows(registry)
        if repository is not None:
            rows += repository_rows(repository)
        if gateway is not None:
            rows += gateway_rows(gateway)
        if records is not None:
            rows += record_rows(records)
        withheld = (() if removal_allowed else REMOVALS) + (() if records is not None else OF_RECORDS)
        self._withheld = {one.request_action: one for one in withheld}
        self._rows = {
            row.transaction.request_action: row for row in rows if row.transaction.request_action not in self._withheld
        }

    @property
    def withheld(self) -> tuple[str, ...]:
        """The actions that the affinity domain does not allow."""
        return tuple(self._withheld)

    @property
    def endpoints(self) -> tuple[str, ...]:
        """The last parts of the paths that answer."""
        return tuple(dict.fromkeys(row.transaction.actor.value for row in self._rows.values()))

    def __iter__(self) -> Iterator[Route[Any, Any]]:
        return iter(self._rows.values())

    def find(self, endpoint: str, action: str) -> Route[Any, Any]:
        """The row of an action at an endpoint. *Raises* SOAPFault: the action is not served there. [ITI TF-2: V.3.2.2]"""
        row = self._rows.get(action)
        if row is None:
            withheld = self._withheld.get(action)
            why = f" ({withheld.name}, which this affinity domain does not allow)" if withheld is not None else ""
            raise faults.ACTION_NOT_SUPPORTED.fault(_shown(action) + why)
        if row.transaction.actor != endpoint:
            name, actor = row.transaction.name, row.transaction.actor
            raise faults.ACTION_NOT_SUPPORTED.fault(f"{_shown(action)} ({name}, served at the {actor} endpoint)")
        return row


def _shown(action: str) -> str:
    return action if len(action) <= 200 else action[:200] + "…"
