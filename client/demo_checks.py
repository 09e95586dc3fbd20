"""What the steps of the demonstration ask again and again: that something holds, and what somebody sees of the record."""

from __future__ import annotations

from collections.abc import Callable

from access.sight import RESTRICTIONS, Visibility
from client import authorisation, consumer, printing
from client.call import Service
from client.printing import Failed
from xds.errors import ErrorList
from xds.hl7v2 import CX
from xds.metadata import DocumentEntry
from xds.vocabulary import AvailabilityStatus


def hold(condition: bool, otherwise: str) -> None:
    """Goes on where it holds. *Raises* Failed."""
    if not condition:
        raise Failed(f"{otherwise}; the demonstration stops here.")


def accept(told: ErrorList, what: str) -> None:
    """Goes on where nothing was refused; warnings are told. *Raises* Failed."""
    printing.tell_errors(told)
    hold(not told.has_errors, f"{what} was refused")


def find_seen(
    service: Service, patient: CX, tell: Callable[[str], None], *statuses: AvailabilityStatus
) -> dict[str, DocumentEntry]:
    """Documents by uniqueId, Approved ones unless told otherwise. Whoever lacks an authorisation declares it and says so.

    *Raises* Failed, ServiceError.
    """
    wanted = statuses or (AvailabilityStatus.APPROVED,)
    answer = authorisation.authorised(service, patient, lambda: consumer.find_documents(service, patient, wanted), tell)
    accept(answer.errors, "the query")
    return {entry.unique_id or "": entry for entry in answer.objects.document_entries}


def is_masked(entry: DocumentEntry) -> bool:
    """Whether a document is hidden from professionals other than its author. [DMP: MASQUE_PS]"""
    masked = (Visibility.MASQUE_PS.name, RESTRICTIONS)
    return masked in {(code.code, code.coding_scheme) for code in entry.confidentiality_code}
