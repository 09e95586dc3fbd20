"""The repository's way to its registry, whichever it is: the one thing it knows of it. [ITI TF-2: 3.41.4.1.3]"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

from cda.header import Header
from repository.store.index import Holding
from xds.messages import RegistryResponse
from xds.metadata import Submission

NO_HEADERS: Mapping[str, Header] = MappingProxyType({})


class RegistryLink(Protocol):
    """Registers a submission whose bytes are stored, and records in the index what it accepted."""

    def register(
        self, submission: Submission, holdings: tuple[Holding, ...], headers: Mapping[str, Header] = NO_HEADERS
    ) -> RegistryResponse:
        """Registers the submission and, with it or not at all, the documents that it brought.

        ``headers``: of those that are clinical documents, by entryUUID; what they replace is held against the past.

        The answer is the registry's own, errors and warnings alike; XDSRegistryNotAvailable where the registry cannot be reached. A
        submission whose ``findings`` hold an error is refused, never written anew without its flaws. Raises AssertionRefused where whoever
        asks was turned away, and else only where it is not known whether the registry accepted: the bytes then stay.
        """
