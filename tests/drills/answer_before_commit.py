"""``coffre serve`` with the promise broken: it answers first and commits later, so that a kill in between loses what it has promised.

The drill of ``interop_tests/test_kill.py`` must see that loss; one that sees none on this service proves nothing on the real one.
The patch stands at module level, so that a worker spawned from here would have it too.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from cda.header import Header
from repository.link import NO_HEADERS
from repository.store.index import Holding
from server import cli
from server.registry_link import LocalRegistryLink
from xds.messages import RegistryResponse
from xds.metadata import Submission

DELAY_SECONDS = 0.2

_later = ThreadPoolExecutor(1, thread_name_prefix="later")
_register = LocalRegistryLink.register


def _promise(
    self: LocalRegistryLink,
    submission: Submission,
    holdings: tuple[Holding, ...],
    headers: Mapping[str, Header] = NO_HEADERS,
) -> RegistryResponse:
    """Success at once; the unit of work, and its commit, when the answer has long been sent."""

    def settle() -> None:
        time.sleep(DELAY_SECONDS)
        _register(self, submission, holdings, headers)

    _later.submit(settle)
    return RegistryResponse()


LocalRegistryLink.register = _promise  # type: ignore[method-assign]

if __name__ == "__main__":
    sys.exit(cli.main())
