"""``coffre patient close`` and ``reopen``: the life of a record. [DMP: TD1.4, TD1.2]"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from client import keeper, options, printing
from client.call import Service
from client.keeper import Problems
from client.printing import Failed
from client.verb_patient import whole
from xds.hl7v2 import CX


def close(arguments: Any) -> int:
    """Closes a record at the patient's wish."""
    why = arguments.reason or "closed at the wish of the patient"
    return _change(arguments, "closed", lambda service, patient: keeper.close(service, patient, why))


def reopen(arguments: Any) -> int:
    """Reopens a closed record, with the patient's consent."""
    return _change(arguments, "reopened", keeper.reopen)


def _change(arguments: Any, done: str, change: Callable[[Service, CX], Problems]) -> int:
    patient = whole(arguments.ins, arguments.authority)
    identifier = CX.build(patient.id_number, patient.authority)
    with options.service(arguments, voucher=options.structure()) as service:
        problems = change(service, identifier)
    if problems:
        raise Failed(f"the service refused: {'; '.join(problems)}")
    if arguments.json:
        printing.print_json({"patientId": identifier, "record": done})
    else:
        print(f"The record of {identifier} is {done}")
    return 0
