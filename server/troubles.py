"""Failures that no rule gave, and the code each is told with: one table. [ITI TF-3: 4.2.4.1]

What happened inside is nobody's business outside; whether to send again, and whom to tell, is.
"""

from __future__ import annotations

import errno
from typing import NamedTuple

from server.registry_client import OutcomeUnknown
from soap import faults
from soap.faults import Cause
from sql.database import Busy, StorageFailure, Unavailable, Undecided
from xds import errors
from xds.errors import ErrorList, Row
from xds.transactions import Transaction

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT})


class Trouble(NamedTuple):
    """A row: what the registry and the repository say, and the sentence, in which ``{number}`` is the incident's.

    ``fault`` says it where the transaction has no response for errors.
    """

    registry: Row
    repository: Row
    sentence: str
    fault: Cause = faults.INTERNAL


_BUSY = Trouble(
    errors.XDSRegistryBusy,
    errors.XDSRepositoryBusy,
    "too many requests met on the same data; nothing was changed, send the same request again. Incident {number}",
)
_NO_RESOURCES = Trouble(
    errors.XDSRegistryOutOfResources,
    errors.XDSRepositoryOutOfResources,
    "no storage or memory is left; nothing was changed, the operator must make room. Incident {number}",
)
_DOUBTFUL = Trouble(
    errors.XDSRegistryNotAvailable,
    errors.XDSRegistryNotAvailable,
    "the registry was asked and its answer did not come; query it before sending the same submission again. Incident {number}",
    faults.UNDECIDED,
)
_NOT_DURABLE = Trouble(
    errors.XDSRegistryError,
    errors.XDSRepositoryError,
    "what was written could not be made durable; query before sending the same request again. Incident {number}",
    faults.UNDECIDED,
)
_UNDECIDED = Trouble(
    errors.XDSRegistryError,
    errors.XDSRepositoryError,
    "the database went away while it was asked to keep this; query before sending the same request again. Incident {number}",
    faults.UNDECIDED,
)
_INTERNAL = Trouble(
    errors.XDSRegistryError,
    errors.XDSRepositoryError,
    "the service failed; nothing was changed. Incident {number}: give it to the operator",
)

_TABLE: tuple[tuple[type[Exception], Trouble], ...] = (
    (Busy, _BUSY),
    (OutcomeUnknown, _DOUBTFUL),
    (StorageFailure, _NOT_DURABLE),
    (Undecided, _UNDECIDED),
    (Unavailable, _INTERNAL),
    (MemoryError, _NO_RESOURCES),
)


class Told(NamedTuple):
    """A trouble as one actor tells it."""

    row: Row
    sentence: str
    fault: Cause

    def errors(self, number: str) -> ErrorList:
        """The errors of the response."""
        return ErrorList([errors.error(self.row, self.sentence.format(number=number))])


def explain(error: Exception, transaction: Transaction | None) -> Told:
    """What is said of a failure in a transaction: the repository's code where the table of errors lets it be said there."""
    trouble = next((row for kind, row in _TABLE if isinstance(error, kind)), _INTERNAL)
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        trouble = _NO_RESOURCES
    is_repository = transaction is not None and transaction.name in trouble.repository.transactions
    return Told(trouble.repository if is_repository else trouble.registry, trouble.sentence, trouble.fault)
