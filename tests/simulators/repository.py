"""What surrounds a repository in its tests: a registry that accepts or refuses as told, with the real index behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cda.header import Header
from repository.link import NO_HEADERS
from repository.store import index
from repository.store.index import Holding
from sql.database import Database
from xds.errors import ErrorList
from xds.messages import RegistryResponse
from xds.metadata import Submission

Judge = Callable[[Submission], ErrorList]


def accept(_: Submission) -> ErrorList:
    """A registry that has nothing to say."""
    return ErrorList()


class IndexingLink:
    """A RegistryLink whose registry is a function; what it accepts is recorded in the index, in one transaction."""

    def __init__(self, database: Database, judge: Judge = accept) -> None:
        self._database = database
        self.judge = judge
        self.registered: list[Submission] = []

    def register(
        self, submission: Submission, holdings: tuple[Holding, ...], headers: Mapping[str, Header] = NO_HEADERS
    ) -> RegistryResponse:
        self.headers = headers
        found = self.judge(submission)
        if not found.has_errors:
            with self._database.write() as work:
                index.add_holdings(work, holdings)
            self.registered.append(submission)
        return RegistryResponse(found)
