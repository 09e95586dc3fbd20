"""One request from bytes to bytes. ``exchange`` is the map of the house: nine lines, a room a line.

Around it, ``answer`` turns what may go wrong into what the partner sees, by three doors and no fourth: a message that is no
envelope gets a bare HTTP status, one that cannot be understood a SOAP fault, and where we fail ourselves the transaction's own
response says so with an incident number and nothing inside. [ITI TF-2: V.3.2, ITI TF-3: 4.2.4]
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from access.assertion import AssertionRefused
from server import incidents, troubles
from server.door import Answer, Asked
from server.metrics import UNKNOWN, Outcome
from server.reception import OpenReception, Receives
from server.route import Route, Written
from server.routes import Routes
from soap import envelope, faults, mtom
from soap.addressing import Addressing
from soap.faults import NotSOAP, SOAPFault
from soap.limits import LIMITS, Limits
from soap.mtom import Package, Streamed
from sql.database import StorageFailure
from xds import identifiers
from xds.transactions import Packaging
from xds.wire import WrongBody


@dataclass(slots=True)
class Case:
    """What is known of a request so far; kept outside the exchange, so that a failure can be answered from it."""

    package: Package | None = None
    addressing: Addressing = Addressing()  # noqa: RUF009 - a NamedTuple, as frozen as a number
    route: Route[Any, Any] | None = None
    outcome: Outcome = Outcome.SUCCESS

    @property
    def is_mtom(self) -> bool:
        """Whether the answer is a multipart one: its transaction's packaging, else the request's. [ITI TF-2: V.3.6]"""
        if self.route is not None:
            return self.route.transaction.packaging is Packaging.MTOM
        return self.package is not None and self.package.is_mtom


class Exchange:
    """The exchange of one server: its routes and the bounds of its messages."""

    def __init__(
        self,
        routes: Routes,
        limits: Limits = LIMITS,
        on_storage_failure: Callable[[], None] = lambda: None,
        reception: Receives | None = None,
    ) -> None:
        self._routes = routes
        self._reception = reception or OpenReception()
        self._limits = limits
        self._on_storage_failure = on_storage_failure

    def answer(self, asked: Asked) -> Answer:
        """The answer to a request, whatever becomes of it. Raises nothing."""
        case = Case()
        try:
            return _answer(case, 200, self.exchange(asked, case))
        except NotSOAP as refusal:
            return _answer_plain(refusal)
        except SOAPFault as fault:
            case.addressing = fault.addressing or case.addressing
            return _answer_fault(case, fault)
        except AssertionRefused as refusal:
            return self._turn_away(case, asked, refusal)
        except WrongBody as wrong:
            return _answer_fault(case, faults.ACTION_MISMATCH.fault(wrong))
        except Exception as error:
            if isinstance(error, StorageFailure):
                self._on_storage_failure()
            return _answer_trouble(case, error)

    def exchange(self, asked: Asked, case: Case) -> tuple[str, list[bytes | Streamed]]:
        """The map. Leniency: an ITI-41 or ITI-43 that comes as plain SOAP is done all the same, its answer comes in MTOM."""
        case.package = mtom.unpack(asked.content_type, asked.body, self._limits)
        message = envelope.read(case.package, self._limits)
        case.addressing = message.addressing
        route = case.route = self._routes.find(asked.endpoint, message.addressing.action)
        visit = self._reception.receive(message, asked, route.transaction.name)
        request = route.read(message.body, case.package)
        response = route.act(request, visit)
        case.outcome = route.outcome(response)
        return _pack(case, route.transaction.response_action, route.write(response))

    def _turn_away(self, case: Case, asked: Asked, refusal: AssertionRefused) -> Answer:
        """A refusal that the journal does not take is our own failure, and told as one."""
        name = case.route.transaction.name if case.route else UNKNOWN
        try:
            return _answer_fault(case, self._reception.turn_away(refusal, case.addressing, asked, name))
        except Exception as error:
            if isinstance(error, StorageFailure):
                self._on_storage_failure()
            return _answer_trouble(case, error)


def _pack(case: Case, action: str, written: Written) -> tuple[str, list[bytes | Streamed]]:
    message = envelope.write(action, case.addressing.message_id, written.body, message_id=identifiers.fresh_uuid())
    return _wrap(case, message, written)


def _wrap(case: Case, message: Sequence[bytes], written: Written | None = None) -> tuple[str, list[bytes | Streamed]]:
    if case.is_mtom:
        return mtom.pack(message, written.attachments if written else (), identifiers.fresh_uuid)
    return mtom.SIMPLE, list(message)


def _answer(case: Case, status: int, packed: tuple[str, list[bytes | Streamed]]) -> Answer:
    name = case.route.transaction.name if case.route else UNKNOWN
    return Answer(status, *packed, name, case.addressing.message_id, case.outcome)


def _answer_plain(refusal: NotSOAP) -> Answer:
    sentence = f"{refusal.reason}\n".encode()
    return Answer(refusal.http_status, "text/plain; charset=utf-8", [sentence], UNKNOWN, None, Outcome.NOT_SOAP)


def _answer_fault(case: Case, fault: SOAPFault) -> Answer:
    case.outcome = Outcome.FAULT
    message = envelope.write_fault(fault, case.addressing.message_id, identifiers.fresh_uuid())
    return _answer(case, fault.http_status, _wrap(case, message))


def _answer_trouble(case: Case, error: Exception) -> Answer:
    """Our own failure: said in the transaction's own response where there is one, else as a fault of the receiver."""
    doing = case.route.transaction.name if case.route else "reading a message"
    trouble = troubles.explain(error, case.route.transaction if case.route else None)
    number = incidents.new_incident(error, doing)
    if case.route is None or case.route.refuse is None:
        answer = _answer_fault(case, trouble.fault.fault(number))
        return answer._replace(outcome=Outcome.INCIDENT)
    case.outcome = Outcome.INCIDENT
    refusal = case.route.refuse(trouble.errors(number))
    return _answer(case, 200, _pack(case, case.route.transaction.response_action, case.route.write(refusal)))
