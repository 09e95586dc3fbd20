"""``coffre update``: masks, shows, archives or deletes one document by ITI-57. [DMP: TD3.3a-d]"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from access.sight import Visibility
from cda.people import PERSONS
from client import administrator, options, printing, verb_retrieval
from client.printing import Failed
from client.voucher import Professional
from xds.hl7v2 import XCN
from xds.metadata import Author
from xds.vocabulary import AvailabilityStatus


class Change(NamedTuple):
    """A row: the option's help, the restrictions that begin and end, or the status that is given."""

    help: str
    hidden: Visibility = Visibility.NONE
    shown: Visibility = Visibility.NONE
    status: AvailabilityStatus | None = None


CHANGES = {
    "mask": Change("hide it from professionals", hidden=Visibility.MASQUE_PS),
    "unmask": Change("show it to professionals again", shown=Visibility.MASQUE_PS),
    "hide-from-patient": Change("hide it from the patient", hidden=Visibility.INVISIBLE_PATIENT),
    "show-to-patient": Change("show it to the patient", shown=Visibility.INVISIBLE_PATIENT),
    "hide-from-representatives": Change(
        "hide it from legal representatives", hidden=Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
    ),
    "show-to-representatives": Change(
        "show it to legal representatives", shown=Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
    ),
    "archive": Change("archive it", status=AvailabilityStatus.ARCHIVED),
    "unarchive": Change("bring it back from the archive", status=AvailabilityStatus.APPROVED),
    "delete": Change("delete it; its author only", status=AvailabilityStatus.DELETED),
}


def update(arguments: Any) -> int:
    """Changes one document for its audience, or its status."""
    change = CHANGES[arguments.change]
    voucher = options.consulting(arguments)
    with options.service(arguments, voucher=voucher) as service:
        entry = verb_retrieval.find_entry(service, arguments.unique_id, arguments.ins)
        author = (author_of(arguments.person),) if voucher is not None else ()
        now = datetime.now(UTC)
        if change.status is not None:
            submission = administrator.new_status(entry, change.status, author, now)
        else:
            submission = administrator.new_audience(entry, change.hidden, change.shown, author, now)
        response = administrator.update(service, submission)
    printing.tell_errors(response.errors)
    if response.errors.has_errors:
        raise Failed(f"the update of {arguments.unique_id} was refused; nothing was changed.")
    if arguments.json:
        printing.print_json({"uniqueId": arguments.unique_id, "change": arguments.change, "done": True})
    else:
        print(f"{arguments.unique_id}: {arguments.change} done")
    return 0


def author_of(person: Professional) -> Author:
    """The professional who administers, as the author of a SubmissionSet. [CI-SIS: PS_IdNat]"""
    return Author(author_person=XCN(f"{XCN.build(*person, PERSONS)}^D^^^IDNPS"))
