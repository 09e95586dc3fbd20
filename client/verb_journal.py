"""``coffre journal``: who did what with a record, as the patient sees it or as a professional does. [DMP: traces]"""

from __future__ import annotations

from typing import Any

from access.caller import AccessMode
from access.mandate import Action
from audit.wire import JOURNAL_BY_PATIENT, JournalRequest, JournalRow, read_response, write_request
from client import options, printing
from client.call import Service, ServiceFault, UnexpectedAnswer
from client.printing import Failed
from client.voucher import of_patient, of_professional
from xds.hl7v2 import CX
from xds.wire import WrongBody

WORDS: dict[str, str] = {
    Action.SEE_RECORD: "asked whether there is a record",
    Action.AUTHORISE: "declared an authorisation",
    Action.UNAUTHORISE: "took an authorisation back",
    Action.STOP_TREATING: "is no longer médecin traitant",
    Action.LIST_RECORDS: "listed their records",
    Action.FIND_BY_TRAITS: "searched by traits",
    Action.CREATE_RECORD: "opened the record",
    Action.REOPEN_RECORD: "reopened the record",
    Action.READ_RECORD: "read the administrative data",
    Action.CHANGE_RECORD: "changed the administrative data",
    Action.CLOSE_RECORD: "closed the record",
    Action.LIST_AUTHORISATIONS: "listed who is authorised",
    Action.SUBMIT: "added documents",
    Action.REPLACE: "replaced a document",
    Action.FIND: "searched documents",
    Action.REFER: "looked up references",
    Action.RETRIEVE: "opened a document",
    Action.RETRIEVE_MASKED: "opened a masked document",
    Action.MASK: "masked a document",
    Action.UNMASK: "showed a document again",
    Action.SHOW_PATIENT: "changed who sees a document",
    Action.DELETE: "deleted a document",
    Action.ARCHIVE: "archived a document",
    Action.READ_JOURNAL: "read this journal",
}
"""What was asked, for a person."""

_WIDTH = max(map(len, WORDS.values()))
_SHOWN = 3
"""Objects that one line names."""


def journal(arguments: Any) -> int:
    """Shows the journal, the newest line first."""
    rows: list[JournalRow] = []
    problems: list[ServiceFault] = []
    identifiers = options.identifiers(arguments.ins)
    for identifier in identifiers:
        try:
            rows += _of(arguments, identifier)
        except ServiceFault as fault:
            problems.append(fault)
    if problems and not rows:
        raise Failed(str(problems[0]))
    rows.sort(key=lambda row: row.at, reverse=True)
    rows = rows[: arguments.limit]
    if arguments.json:
        printing.print_json([as_data(row) for row in rows])
        return 0
    for row in rows:
        print(told(row))
    if not rows:
        printing.say("the journal has no line about that patient.")
    return 0


def find_rows(service: Service, patient: CX, limit: int) -> tuple[JournalRow, ...]:
    """The newest lines of a journal. *Raises* ServiceError."""
    answer = service.call(JOURNAL_BY_PATIENT, write_request(JournalRequest(patient, limit)), patient=patient)
    try:
        return read_response(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"the journal was answered by something else: {error}") from error


def told(row: JournalRow) -> str:
    """A line for a person: when, what by which transaction, how it ended, who for which structure, in which way, on what."""
    who = f"{row.person_name} ({row.person_id})" if row.person_name else row.person_id or "somebody not believed"
    where = f" of {row.structure_id}" if row.structure_id else ""
    mode = f", {row.access_mode}" if row.access_mode and row.access_mode != AccessMode.NORMAL else ""
    reason = f": {row.reason}" if row.reason else ""
    more = " …" if len(row.objects) > _SHOWN else ""
    objects = f"  {', '.join(row.objects[:_SHOWN])}{more}" if row.objects else ""
    words = WORDS.get(row.action, row.action)
    return printing.printable(
        f"{row.at:%Y-%m-%d %H:%M:%S}  {row.transaction:<7}  {words:<{_WIDTH}}  {row.ending:<7}  {who}{where}{mode}{reason}{objects}"
    )


def as_data(row: JournalRow) -> dict[str, object]:
    """A line as data."""
    return {
        "at": row.at.isoformat(),
        "transaction": row.transaction,
        "action": row.action,
        "ending": row.ending.value,
        "person": row.person_id,
        "name": row.person_name,
        "profession": row.profession,
        "structure": row.structure_id,
        "mode": row.access_mode,
        "reason": row.reason,
        "objects": list(row.objects),
    }


def _of(arguments: Any, identifier: CX) -> tuple[JournalRow, ...]:
    folder, patient = options.pki_folder(), (identifier.id_number, identifier.authority)
    voucher = options.vouching(
        lambda: of_professional(folder, arguments.person) if arguments.person else of_patient(folder, patient)
    )
    with options.service(arguments, voucher=voucher) as service:
        return find_rows(service, identifier, arguments.limit)
