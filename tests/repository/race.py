"""One process of the race for the same bytes: submits each round's document, is refused or accepted, and looks whether it is still there.

Started by test_lease_race. Arguments: database URL, content folder, seed, rounds. Prints each uniqueId that was acknowledged and its text.
"""

from __future__ import annotations

import random
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from repository.actor import DocumentRepository
from repository.store import index
from repository.store.content import ContentStore
from sql.database import Database
from tests.repository.requests import REPOSITORY, a_provide, a_retrieve, an_entry
from tests.simulators.repository import IndexingLink
from xds import errors
from xds.errors import ErrorList
from xds.metadata import Submission
from xds.vocabulary import ResponseStatus

ROUND_SECONDS = 0.008
REFUSED_OF_TEN = 7


def main(url: str, folder: str, seed: int, rounds: int, start: float) -> None:
    chance = random.Random(seed)

    def judge(_: Submission) -> ErrorList:
        time.sleep(chance.random() * ROUND_SECONDS / 4)
        if chance.randrange(10) < REFUSED_OF_TEN:
            return ErrorList([errors.error(errors.XDSUnknownPatientId, "refused as the dice fell")])
        return ErrorList()

    database = Database(url)
    repository = DocumentRepository(
        REPOSITORY,
        ContentStore(Path(folder)),
        IndexingLink(database, judge),
        index.asking(database.read),
        lambda: datetime.now(UTC),
    )
    for number in range(rounds):
        time.sleep(max(0.0, start + number * ROUND_SECONDS - time.time()))
        text = b"document of round %d" % number
        entry = an_entry()
        if repository.provide(a_provide((entry, text))).status is not ResponseStatus.SUCCESS:
            continue
        with database.read() as work:
            found = repository.retrieve(a_retrieve(entry.unique_id or ""), work).documents
        assert [b"".join(one.content.chunks()) for one in found] == [text], f"lost at once: round {number}"
        print(entry.unique_id, text.decode(), sep="\t", flush=True)
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), float(sys.argv[5]))
