"""[TD1.1], [TD1.2], [TD1.3b], [TD1.4] PRPA_IN201311UV02 and 201314, their answers 201312, 201313, 201315, 201316. [DMP: TD1.x]

The DMP wraps either answer in one element of its own, ``PRPA_IN2013…UV02_Response``.
"""

from __future__ import annotations

from lxml.etree import _Element

from access.mandate import RecordState
from record.facts import Closing
from record.messages import Reason, Registration, RegistrationResponse
from record.wire import reading, writing
from record.wire.answers import write_acknowledgement
from record.wire.reading import path
from safexml.namespaces import DMP_RECORDS, HL7, qname
from xds.markup import joined
from xds.messages import InstanceIdentifier
from xds.wire import expect

CREATE, REVISE = "PRPA_IN201311UV02", "PRPA_IN201314UV02"

_ANSWERS = {CREATE: ("PRPA_IN201312UV02", "PRPA_IN201313UV02"), REVISE: ("PRPA_IN201315UV02", "PRPA_IN201316UV02")}
"""Accepted and refused."""

_REQUEST = path("controlActProcess", "subject", "registrationRequest")
_PATIENT = path("subject1", "patient")
_AUTHOR = path("author", "assignedEntity", "id")
_ISSUE = path("controlActProcess", "reasonOf", "detectedIssueEvent")
_ID, _STATUS, _PERSON, _CODE, _TEXT = path("id"), path("statusCode"), path("patientPerson"), path("code"), path("text")


def read_registration(element: _Element) -> Registration:
    """A record to be created, reopened, changed or closed. Raises WrongBody."""
    expect(element, qname(HL7, CREATE), qname(HL7, REVISE))
    if element.tag == qname(HL7, CREATE):
        reason = reading.read_reason(element, Reason.CREATE)
    else:
        reason = reading.read_reason(element, Reason.REOPEN, Reason.CHANGE, Reason.CLOSE)
    request, header = element.find(_REQUEST), reading.read_header(element)
    patient = request.find(_PATIENT) if request is not None else None
    if request is None or patient is None:
        return Registration(header=header, reason=reason, patient=None)
    status = patient.find(_STATUS)
    person, has_representatives = reading.read_person(patient.find(_PERSON))
    return Registration(
        header=header,
        reason=reason,
        patient=reading.read_identity(patient.iterfind(_ID)),
        status_code=status.get("code", "") if status is not None else "",
        person=person,
        has_representatives=has_representatives,
        observations=reading.read_observations(patient),
        closing=_read_closing(element.find(_ISSUE)),
        author=reading.read_id(request.find(_AUTHOR)),
    )


def _read_closing(issue: _Element | None) -> Closing:
    if issue is None:
        return Closing()
    code, text = issue.find(_CODE), issue.find(_TEXT)
    return Closing(
        code.get("code", "") if code is not None else "",
        code.get("codeSystem", "") if code is not None else "",
        "".join(map(str, text.itertext())).strip() if text is not None else "",
    )


def write_registration_response(response: RegistrationResponse) -> list[bytes]:
    """What was done, with the record's new status; or why nothing was."""
    request = response.request
    interaction = CREATE if request.reason is Reason.CREATE else REVISE
    accepted, refused = _ANSWERS[interaction]
    answer = refused if response.is_refusal else accepted
    subject = _write_refused(request) if response.is_refusal else _write_accepted(response)
    return [
        joined(
            [
                f'<d:{interaction}_Response xmlns:d="{DMP_RECORDS}">',
                writing.message_start(answer, response.stamp, request.header),
                write_acknowledgement(request.header.message_id, response.problems),
                '<controlActProcess classCode="CACT" moodCode="EVN">',
                writing.reason_code(request.reason),
                f'<subject typeCode="SUBJ" contextConductionInd="false">{subject}</subject>',
                f"</controlActProcess></{answer}></d:{interaction}_Response>",
            ]
        )
    ]


def _write_accepted(response: RegistrationResponse) -> str:
    """[HL7 v3: MFMI_MT700701UV01, PRPA_MT201303UV02]"""
    record, request = response.record, response.request
    is_active = record is not None and record.state is RecordState.ACTIVE
    identities = record.identities if record is not None else (request.patient,) if request.patient is not None else ()
    name = writing.write_name(record.person) if record is not None else writing.UNKNOWN_NAME
    return (
        '<registrationEvent classCode="REG" moodCode="EVN"><statusCode code="completed"/><subject1 typeCode="SBJ">'
        f'<patient classCode="PAT">{writing.write_identities(identities) or writing.write_id(InstanceIdentifier(""))}'
        f'<statusCode code="{RecordState.ACTIVE if is_active else RecordState.CLOSED}"/>'
        f'<patientPerson classCode="PSN" determinerCode="INSTANCE">{name}</patientPerson></patient></subject1>'
        f"{writing.write_custodian(response.stamp)}</registrationEvent>"
    )


def _write_refused(request: Registration) -> str:
    """The request again, without what it told of the person. [HL7 v3: MFMI_MT700721UV01, PRPA_MT201301UV02, PRPA_MT201302UV02]"""
    identities = writing.write_identities((request.patient,)) if request.patient is not None else ""
    status = RecordState.CLOSED if request.reason is Reason.CLOSE else RecordState.ACTIVE
    return (
        '<registrationRequest classCode="REG" moodCode="RQO"><statusCode code="active"/><subject1 typeCode="SBJ">'
        f'<patient classCode="PAT">{identities or writing.write_id(InstanceIdentifier(""))}<statusCode code="{status}"/>'
        f'<patientPerson classCode="PSN" determinerCode="INSTANCE">{writing.UNKNOWN_NAME}</patientPerson>'
        '<providerOrganization xsi:nil="true" classCode="ORG" determinerCode="INSTANCE"/></patient></subject1>'
        '<author typeCode="AUT"><assignedEntity classCode="ASSIGNED">'
        f"{writing.write_id(request.author)}</assignedEntity></author></registrationRequest>"
    )
