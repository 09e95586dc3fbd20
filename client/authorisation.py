"""[TD0.3] A professional declares that they are authorised on a record, where that was all that was missing. [DMP: TD0.3]

Consent is presumed for those who care for a patient; the verbs say aloud that they have declared it. [CSP R1111-46]
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from lxml import etree

from client import printing
from client.call import Service, UnexpectedAnswer
from safexml.namespaces import DMP_AUTHORISATIONS, split
from xds import errors, transactions
from xds.errors import ErrorList
from xds.hl7v2 import CX

NO_AUTHORISATION = "RGT-AUTHORISATION"
OK = "DMPOk"


class Told(Protocol):
    """An answer that tells errors."""

    @property
    def errors(self) -> ErrorList: ...


Answer = TypeVar("Answer", bound=Told)


def authorised(
    service: Service, patient: CX | None, ask: Callable[[], Answer], tell: Callable[[str], None] = printing.say
) -> Answer:
    """The answer; asked again once an authorisation has been declared, where only that was missing. *Raises* ServiceError."""
    answer = ask()
    if service.voucher is None or patient is None or not _lacks_authorisation(answer.errors):
        return answer
    status = declare(service, patient)
    if status != OK:
        return answer
    tell(f"declared {service.voucher.claims.person_id} authorised on the record (TD0.3).")
    return ask()


def declare(service: Service, patient: CX) -> str:
    """Adds the caller's authorisation; the status that the service answers with. *Raises* ServiceError."""
    body = f'<h:setAuthorization xmlns:h="{DMP_AUTHORISATIONS}"><h:action>AJOUT</h:action></h:setAuthorization>'
    answer = service.call(transactions.TD_0_3, [body.encode()], patient=patient)
    if answer.body.tag != transactions.TD_0_3.response_element:
        raise UnexpectedAnswer("TD0.3 was answered by something else.")
    return next((_text(element) for element in answer.body.iter() if split(str(element.tag))[1] == "status"), "")


def _lacks_authorisation(told: ErrorList) -> bool:
    return any(
        error.row is errors.DMPAccessDeniedByRightsService and NO_AUTHORISATION in error.code_context for error in told
    )


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()
