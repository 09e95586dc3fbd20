"""Which audit events a line of the journal stands for: one function a family of transactions, one table for all. [ITI TF-2: 3.20]

A line becomes one event, seldom two: documents of one request that were given and those that were not, both patients of a merge, and an
emergency access, which is also an alert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import NamedTuple

from audit import participants
from audit.circumstances import Circumstances
from audit.line import Ending, Line
from audit.message import AuditEvent, AuditObject, Coded, Detail, Outcome, Participant
from audit.participants import dcm
from xds import transactions

START = "Application Start"
STOP = "Application Stop"
"""The two ``transaction`` values of lines about this service itself."""

JOURNAL = "journal"
"""The ``transaction`` of reading the journal."""

AUTHENTICATION = "TD0.1"
"""The ``action`` of a line about a request whose caller is not believed. [DMP: TD0.1]"""

_EXPORT, _IMPORT = dcm("110106", "Export"), dcm("110107", "Import")
_QUERY, _RECORD = dcm("110112", "Query"), dcm("110110", "Patient Record")
_LOG_USED, _ALERT = dcm("110101", "Audit Log Used"), dcm("110113", "Security Alert")
_APPLICATION, _AUTHENTICATION = dcm("110100", "Application Activity"), dcm("110114", "User Authentication")
_STARTED, _STOPPED = dcm("110120", "Application Start"), dcm("110121", "Application Stop")
_LOGIN, _OVERRIDE = dcm("110122", "Login"), dcm("110127", "Emergency Override Started")

_EMERGENCIES = frozenset({"bris_de_glace", "centre_15"})
_ERASED = 15
"""Life cycle of what was taken out for good."""

_METADATA = "IHE XDS Metadata"
_SUBMISSION_SET = Coded("urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd", _METADATA, "submission set classificationNode")
_REFERENCE = Coded("urn:ihe:iti:2017:ObjectRef", _METADATA, "registry object reference")
_PATIENT_NUMBER = Coded("2", "RFC-3881", "Patient Number")
_REPORT_NUMBER = Coded("9", "RFC-3881", "Report Number")
_LOG_URI = Coded("12", "RFC-3881", "URI")


class Told(NamedTuple):
    """A line with its circumstances and what the record knows of its transaction."""

    line: Line
    circumstances: Circumstances
    type: Coded
    action: str
    server_address: str


Family = Callable[[Told], tuple[AuditEvent, ...]]


def events_of(line: Line, circumstances: Circumstances, server_address: str = "") -> tuple[AuditEvent, ...]:
    """The events of a line, the main one first. ``server_address``: name or address of this machine."""
    family, action = TABLE.get(line.transaction, (_record, "E"))
    told = Told(line, circumstances, _type_of(line.transaction), action, server_address)
    if circumstances.unauthenticated or (line.action == AUTHENTICATION and line.ending is Ending.REFUSED):
        return _unauthenticated(told)
    events = family(told)
    if line.access_mode in _EMERGENCIES and line.ending is Ending.DONE:
        events += (_override(told),)
    return events


def _query(told: Told) -> tuple[AuditEvent, ...]:
    """[ITI TF-2: 3.18.5.1, 3.51.5.1, 3.38.5]"""
    line, circumstances = told.line, told.circumstances
    details = [Detail("QueryEncoding", b"UTF-8")]
    if circumstances.home_community_id:
        details.append(Detail("urn:ihe:iti:xca:2010:homeCommunityId", circumstances.home_community_id.encode()))
    query = AuditObject(line.query_id or line.transaction, 2, 24, told.type, circumstances.query, tuple(details))
    return (_event(told, _QUERY, participants.requested(told), (*_patient(line.patient), query)),)


def _imports(told: Told) -> tuple[AuditEvent, ...]:
    """[ITI TF-2: 3.41.5.1, 3.42.5.1; ITI Supplement XDS Metadata Update: 3.57.5.1]"""
    unique_id = told.line.submission_unique_id
    sets = (AuditObject(unique_id, 2, 20, _SUBMISSION_SET, details=_home(told)),) if unique_id else ()
    return (_event(told, _IMPORT, participants.requested(told), (*_patient(told.line.patient), *sets)),)


def _exports(told: Told) -> tuple[AuditEvent, ...]:
    """What was given, and apart from it what was not. [ITI TF-2: 3.43.5.1]"""
    line, failed = told.line, told.circumstances.failed
    given = _event(told, _EXPORT, participants.given(told), (*_patient(line.patient), *_documents(told, line.objects)))
    if not failed:
        return (given,)
    lost = (*_patient(line.patient), *_documents(told, failed))
    return given, replace(given, outcome=Outcome.SERIOUS_FAILURE, description=line.rule, objects=lost)


def _removes_metadata(told: Told) -> tuple[AuditEvent, ...]:
    """[ITI Supplement Remove Metadata and Documents: 3.62.5.1]"""
    objects = (AuditObject(each, 2, 3, _REFERENCE, life_cycle=_ERASED) for each in told.line.objects)
    return (_event(told, _RECORD, participants.requested(told), (*_patient(told.line.patient), *objects)),)


def _removes_documents(told: Told) -> tuple[AuditEvent, ...]:
    """[ITI Supplement Remove Metadata and Documents: 3.86.5.1]"""
    documents = (each._replace(life_cycle=_ERASED) for each in _documents(told, told.line.objects))
    return (_event(told, _RECORD, participants.requested(told), (*_patient(told.line.patient), *documents)),)


def _feeds(told: Told) -> tuple[AuditEvent, ...]:
    """A patient added or revised; of a merge the one that is no more, then the one that stays. [ITI TF-2: 3.8.5, 3.44.5]"""
    line, subsumed = told.line, told.circumstances.subsumed
    details = (Detail("MSH-10" if line.transaction == "ITI-8" else "II", line.message_id.encode()),)
    told = told._replace(action="C" if told.circumstances.is_new else "U")
    whole = _event(told, _RECORD, participants.requested(told), _patient(line.patient, details))
    if subsumed is None:
        return (whole,)
    return replace(whole, action="D", objects=_patient(subsumed, details)), replace(whole, action="U")


def _record(told: Told) -> tuple[AuditEvent, ...]:
    """What the DMP does to a record beside its documents; IHE has no transaction for it. [DICOM PS3.15: A.5.3.11]"""
    return (_event(told, _RECORD, participants.requested(told), _patient(told.line.patient)),)


def _reads_journal(told: Told) -> tuple[AuditEvent, ...]:
    """[DICOM PS3.15: A.5.3.2]"""
    log = AuditObject("urn:coffre:journal", 2, 13, _LOG_URI)
    return (_event(told, _LOG_USED, participants.requested(told), (log, *_patient(told.line.patient))),)


def _application(told: Told) -> tuple[AuditEvent, ...]:
    """The service starts or stops. [DICOM PS3.15: A.5.3.1]"""
    return (_event(told, _APPLICATION, (participants.application(told),)),)


def _unauthenticated(told: Told) -> tuple[AuditEvent, ...]:
    """Who asked could not be established: the assertion does not hold. [ITI TF-2: 3.40.4.2; DICOM PS3.15: A.5.3.12]"""
    told = told._replace(type=_LOGIN, action="E")
    return (_event(told, _AUTHENTICATION, participants.requested(told)),)


def _override(told: Told) -> AuditEvent:
    """[DICOM PS3.15: A.5.3.10, Emergency Override]"""
    return _event(
        told._replace(type=_OVERRIDE, action="E"), _ALERT, participants.requested(told), _patient(told.line.patient)
    )


def _event(
    told: Told, event: Coded, taking_part: tuple[Participant, ...], objects: tuple[AuditObject, ...] = ()
) -> AuditEvent:
    line = told.line
    is_done = line.ending is Ending.DONE
    return AuditEvent(
        event=event,
        action=told.action,
        at=line.at,
        types=(told.type,),
        participants=taking_part,
        objects=objects,
        outcome=Outcome.SUCCESS if is_done else Outcome.SERIOUS_FAILURE,
        description="" if is_done else line.rule,
        purposes=participants.purposes(line),
    )


def _patient(identity: tuple[str, str] | None, details: tuple[Detail, ...] = ()) -> tuple[AuditObject, ...]:
    if identity is None:
        return ()
    id_number, authority = identity
    return (AuditObject(f"{id_number}^^^&{authority}&ISO", 1, 1, _PATIENT_NUMBER, details=details),)


def _documents(told: Told, unique_ids: tuple[str, ...]) -> Iterator[AuditObject]:
    repository = told.circumstances.repository_unique_id
    details = (*((Detail("Repository Unique Id", repository.encode()),) if repository else ()), *_home(told))
    return (AuditObject(unique_id, 2, 3, _REPORT_NUMBER, details=details) for unique_id in unique_ids)


def _home(told: Told) -> tuple[Detail, ...]:
    home = told.circumstances.home_community_id
    return (Detail("ihe:homeCommunityID", home.encode()),) if home else ()


_TITLES = {row.name: row.title.partition(":")[0] for row in transactions.table()} | {"ITI-8": "Patient Identity Feed"}
_APPLICATION_TYPES = {START: _STARTED, STOP: _STOPPED}


def _type_of(transaction: str) -> Coded:
    if transaction in _APPLICATION_TYPES:
        return _APPLICATION_TYPES[transaction]
    system = "IHE Transactions" if transaction.startswith("ITI-") else "DMP transactions"
    return Coded(transaction or "none", system, _TITLES.get(transaction, transaction) or "none")


TABLE: dict[str, tuple[Family, str]] = {
    "ITI-18": (_query, "E"),
    "ITI-38": (_query, "E"),
    "ITI-51": (_query, "E"),
    "ITI-41": (_imports, "C"),
    "ITI-42": (_imports, "C"),
    "ITI-61": (_imports, "C"),
    "ITI-57": (_imports, "U"),
    "ITI-92": (_imports, "U"),
    "ITI-43": (_exports, "R"),
    "ITI-39": (_exports, "R"),
    "ITI-62": (_removes_metadata, "D"),
    "ITI-86": (_removes_documents, "D"),
    "ITI-8": (_feeds, "U"),
    "ITI-44": (_feeds, "U"),
    "TD0.2": (_query, "E"),
    "TD0.3": (_record, "U"),
    "TD0.4": (_query, "E"),
    "TD0.5": (_query, "E"),
    "TD1.1": (_record, "C"),
    "TD1.2": (_record, "U"),
    "TD1.3a": (_record, "R"),
    "TD1.3b": (_record, "U"),
    "TD1.4": (_record, "U"),
    "TD1.6": (_record, "R"),
    JOURNAL: (_reads_journal, "R"),
    START: (_application, "E"),
    STOP: (_application, "E"),
}
"""By transaction: the family of events, and EventActionCode. What is not in it is told as a record that something was done to."""
