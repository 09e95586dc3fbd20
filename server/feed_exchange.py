"""[ITI-8] One HL7 v2 message of the patient identity feed, from bytes to the bytes of its ACK. [ITI TF-2: 3.8]

As ``exchange`` does for SOAP: what may go wrong becomes what the sender sees, and nothing is raised.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import NamedTuple

from server import incidents, troubles
from server.metrics import FEED, Outcome
from sql.database import StorageFailure
from xds import identifiers
from xds.hl7v2 import DTM
from xds.messages import FeedAcknowledgement, FeedOutcome, FeedResponse, PatientFeed
from xds.wire import adt
from xds.wire.adt import Header, NotADT

_OUTCOMES = {
    FeedOutcome.ACCEPTED: Outcome.SUCCESS,
    FeedOutcome.ERROR: Outcome.FAILURE,
    FeedOutcome.REFUSED: Outcome.FAILURE,
}


class Answered(NamedTuple):
    """An ACK, with what the log and the counters want to know."""

    acknowledgement: bytes
    control_id: str
    outcome: Outcome


class FeedExchange:
    """The exchange of one registry's feed."""

    def __init__(
        self,
        feed: Callable[[PatientFeed], FeedAcknowledgement],
        on_storage_failure: Callable[[], None] = lambda: None,
    ) -> None:
        self._feed = feed
        self._on_storage_failure = on_storage_failure

    def answer(self, message: bytes) -> Answered:
        """The ACK of a message, whatever becomes of it. Raises nothing."""
        header = Header()
        try:
            header, request = adt.read_adt(message)
            done = self._feed(request)
            written = adt.write_acknowledgement(header, done.response, message_id=done.message_id, now=done.created_at)
            return Answered(written, header.control_id, _OUTCOMES[done.response.outcome])
        except NotADT as refusal:
            return refuse(refusal.response, refusal.header, condition=refusal.condition)
        except Exception as error:
            if isinstance(error, StorageFailure):
                self._on_storage_failure()
            number = incidents.new_incident(error, FEED)
            told = troubles.explain(error, None).sentence.format(number=number)
            return refuse(FeedResponse(FeedOutcome.REFUSED, told), header)._replace(outcome=Outcome.INCIDENT)


def refuse(response: FeedResponse, header: Header = Header(), condition: str = "") -> Answered:  # noqa: B008 - a NamedTuple
    """The ACK of a message that did not reach the registry; it names the message where its header could be read."""
    written = adt.write_acknowledgement(
        header, response, message_id=identifiers.fresh_uuid(), now=DTM.at(datetime.now(UTC)), condition=condition
    )
    return Answered(written, header.control_id, _OUTCOMES[response.outcome])
