"""The patient's way to the journal: a service of our own, since neither IHE nor the DMP's published WSDL has one.

Body elements ⇄ values, as in ``xds.wire``; described by ``server/wsdl/journal.wsdl`` and ``journal.xsd``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from lxml.etree import _Element

from audit.chain import write_moment
from audit.line import Ending, Line
from safexml.namespaces import qname
from xds import hl7v2
from xds.markup import escaped, joined
from xds.transactions import Actor, Transaction
from xds.wire import WrongBody, expect

JOURNAL = "urn:coffre:journal"
ENDPOINT = "journal"
REQUEST_ACTION = f"{JOURNAL}:JournalEndPoint:journalByPatient"
RESPONSE_ACTION = f"{REQUEST_ACTION}Response"
REQUEST = qname(JOURNAL, "journalByPatient")
RESPONSE = qname(JOURNAL, "journalByPatientResponse")

JOURNAL_BY_PATIENT = Transaction(
    "journal",
    "Access journal of a record",
    Actor.JOURNAL,
    REQUEST_ACTION,
    RESPONSE_ACTION,
    REQUEST,
    RESPONSE,
)

LIMIT, LIMIT_MAX = 100, 1000
"""Rows where the request asks for no number, as the DMP's own web access shows; and the most that are given at once."""

_PATIENT_ID, _LIMIT, _BEFORE = (qname(JOURNAL, name) for name in ("patientId", "limit", "before"))
_ROW = qname(JOURNAL, "row")
_PERSON, _STRUCTURE, _REASON, _OBJECT = (qname(JOURNAL, name) for name in ("person", "structure", "reason", "object"))


@dataclass(frozen=True, slots=True)
class JournalRequest:
    """Whose journal, how many rows at most, and only those older than a moment where one is given."""

    patient_id: hl7v2.CX
    limit: int = LIMIT
    before: datetime | None = None

    @property
    def patient(self) -> tuple[str, str]:
        """The patient as identities are compared."""
        return self.patient_id.id_number, self.patient_id.authority


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalRow:
    """A line as it is shown. Texts are empty where nothing is known."""

    at: datetime
    transaction: str
    action: str
    ending: Ending
    person_id: str = ""
    person_name: str = ""
    profession: str = ""
    structure_id: str = ""
    access_mode: str = ""
    reason: str = ""
    objects: tuple[str, ...] = ()


def rows_of(lines: Iterable[Line]) -> tuple[JournalRow, ...]:
    """The rows that are shown for lines."""
    return tuple(
        JournalRow(
            at=line.at,
            transaction=line.transaction,
            action=line.action,
            ending=line.ending,
            person_id=line.person_id,
            person_name=line.person_name,
            profession=line.profession,
            structure_id=line.structure_id,
            access_mode=line.access_mode,
            reason=line.reason,
            objects=line.objects,
        )
        for line in lines
    )


def write_request(request: JournalRequest) -> list[bytes]:
    """The request of a patient's portal or of a professional."""
    before = f"<j:before>{write_moment(request.before)}</j:before>" if request.before is not None else ""
    return [
        joined(
            [
                f'<j:journalByPatient xmlns:j="{JOURNAL}"><j:patientId>{escaped(request.patient_id)}</j:patientId>',
                f"<j:limit>{request.limit}</j:limit>{before}</j:journalByPatient>",
            ]
        )
    ]


def read_request(element: _Element) -> JournalRequest:
    """Whose journal is asked for. Raises WrongBody, also of a value that is none of its type."""
    expect(element, REQUEST)
    written = element.findtext(_PATIENT_ID, "").strip()
    if (expected := hl7v2.CX.check(written)) is not None:
        raise WrongBody("a patientId of another form", expected)
    limit = element.findtext(_LIMIT, "").strip() or str(LIMIT)
    if not (limit.isascii() and limit.isdigit() and 1 <= int(limit[:9]) <= LIMIT_MAX):
        raise WrongBody("another limit", f"a whole number from 1 to {LIMIT_MAX}")
    return JournalRequest(hl7v2.CX(written), int(limit), _read_before(element))


def write_response(rows: Iterable[JournalRow]) -> list[bytes]:
    """The rows, the newest first."""
    return [
        joined(
            [
                f'<j:journalByPatientResponse xmlns:j="{JOURNAL}">',
                *(piece for row in rows for piece in _write_row(row)),
                "</j:journalByPatientResponse>",
            ]
        )
    ]


def read_response(element: _Element) -> tuple[JournalRow, ...]:
    """The rows of an answer. Raises WrongBody."""
    expect(element, RESPONSE)
    try:
        return tuple(_read_row(row) for row in element.iterchildren(_ROW))
    except ValueError as error:
        raise WrongBody("a row of another form", "rows with a moment and an ending") from error


def _read_before(element: _Element) -> datetime | None:
    written = element.findtext(_BEFORE, "").strip()
    if not written:
        return None
    try:
        before = datetime.fromisoformat(written)
    except ValueError as error:
        raise WrongBody("a moment of another form", "a dateTime with its zone") from error
    if before.tzinfo is None:
        raise WrongBody("a moment without a zone", "a dateTime with its zone")
    return before


def _write_row(row: JournalRow) -> Iterator[str]:
    mode = f' mode="{escaped(row.access_mode)}"' if row.access_mode else ""
    yield (
        f'<j:row at="{write_moment(row.at)}" transaction="{escaped(row.transaction)}" action="{escaped(row.action)}"'
        f' ending="{row.ending}"{mode}>'
    )
    if row.person_id or row.person_name or row.profession:
        profession = f' profession="{escaped(row.profession)}"' if row.profession else ""
        yield f'<j:person id="{escaped(row.person_id)}"{profession}>{escaped(row.person_name)}</j:person>'
    for element, text in (("structure", row.structure_id), ("reason", row.reason)):
        if text:
            yield f"<j:{element}>{escaped(text)}</j:{element}>"
    yield from (f"<j:object>{escaped(each)}</j:object>" for each in row.objects)
    yield "</j:row>"


def _read_row(row: _Element) -> JournalRow:
    person = row.find(_PERSON)
    return JournalRow(
        at=datetime.fromisoformat(row.get("at", "")),
        transaction=row.get("transaction", ""),
        action=row.get("action", ""),
        ending=Ending(row.get("ending", "")),
        person_id="" if person is None else person.get("id", ""),
        person_name="" if person is None else person.text or "",
        profession="" if person is None else person.get("profession", ""),
        structure_id=row.findtext(_STRUCTURE, ""),
        access_mode=row.get("mode", ""),
        reason=row.findtext(_REASON, ""),
        objects=tuple(each.text or "" for each in row.iterchildren(_OBJECT)),
    )
