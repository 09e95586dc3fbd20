"""Talks to the keeper of records: is there one, create it, close it, reopen it. [DMP: TD0.2, TD1.1, TD1.2, TD1.4]

Messages of HL7 v3 in as few elements as their rules ask for; what was refused comes back as sentences.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple
from uuid import uuid4

from lxml.etree import _Element

from access.mandate import Authorisation, RecordState
from client.call import Service, ServiceError, UnexpectedAnswer
from client.source import FEED_RECEIVER, SOURCE_ID, Traits
from safexml.namespaces import HL7, XSI, qname
from xds import transactions
from xds.hl7v2 import CX, DTM
from xds.markup import escaped
from xds.transactions import Transaction

_ACKNOWLEDGEMENT = qname(HL7, "acknowledgement")
_TEXT = qname(HL7, "text")
_ACCEPTED = ("AA", "CA")
_QUERY_RESPONSE = qname(HL7, "queryResponseCode")
_ATTENTION, _KEY_WORD, _VALUE = (qname(HL7, name) for name in ("attentionLine", "keyWordText", "value"))
_PATIENT_STATUS = f".//{qname(HL7, 'patient')}/{qname(HL7, 'statusCode')}"
_CLOSINGS = "1.2.250.1.213.4.1.2.4"
_REASONS = "1.2.250.1.213.1.1.4.11"
_GENDERS = "2.16.840.1.113883.5.1"
_NAMELESS = '<name nullFlavor="UNK"/>'

Problems = tuple[str, ...]
"""Why the keeper refused, a sentence each; nothing where it was done."""


class Found(NamedTuple):
    """What a caller learns of a record: where it is in its life, and whether they are authorised on it. [DMP: TD0.2]"""

    state: RecordState
    authorisation: Authorisation


def find(service: Service, patient: CX) -> Found:
    """[TD0.2] *Raises* ServiceError, also where the keeper refuses to tell."""
    query = (
        f'<queryByParameter><queryId root="{uuid4()}"/><statusCode code="new"/><parameterList><patientIdentifier>'
        f'<value root="{patient.authority}" extension="{escaped(patient.id_number)}"/>'
        "<semanticsText>Patient.id</semanticsText></patientIdentifier></parameterList></queryByParameter>"
    )
    answer = _call(service, transactions.TD_0_2, query, patient)
    if problems := _problems(answer, transactions.TD_0_2):
        raise ServiceError(f"the service refused to tell of the record: {'; '.join(problems)}")
    return Found(_state(answer), _authorisation(answer))


def create(service: Service, patient: CX, traits: Traits) -> Problems:
    """[TD1.1] Creates a record, with the patient's consent. *Raises* ServiceError."""
    birth = f'<birthTime value="{escaped(traits.birth_date)}"/>' if traits.birth_date else ""
    sex = f'<administrativeGenderCode code="{escaped(traits.sex)}" codeSystem="{_GENDERS}"/>' if traits.sex else ""
    names = "".join(
        f'<{name} qualifier="BR">{escaped(text)}</{name}>'
        for name, text in (("given", traits.given), ("family", traits.family))
        if text
    )
    person = (f"<name>{names}</name>" if names else _NAMELESS) + sex + birth
    return _register(service, transactions.TD_1_1, patient, _consent("CONSENTEMENT_OUVERTURE_DMP"), person=person)


def reopen(service: Service, patient: CX) -> Problems:
    """[TD1.2] Reopens a closed record, with the patient's consent. *Raises* ServiceError."""
    return _register(service, transactions.TD_1_2, patient, _consent("CONSENTEMENT_REACTIVATION_DMP"))


def close(service: Service, patient: CX, why: str) -> Problems:
    """[TD1.4] Closes a record at the patient's wish. *Raises* ServiceError."""
    reason = (
        '<reasonOf typeCode="RSON"><detectedIssueEvent classCode="ALRT" moodCode="EVN">'
        f'<code code="FERMETURE_DEMANDE_PATIENT" codeSystem="{_CLOSINGS}"/><text>{escaped(why)}</text>'
        "</detectedIssueEvent></reasonOf>"
    )
    return _register(service, transactions.TD_1_4, patient, reason=reason, status=RecordState.CLOSED)


def _register(
    service: Service,
    transaction: Transaction,
    patient: CX,
    observation: str = "",
    reason: str = "",
    *,
    status: RecordState = RecordState.ACTIVE,
    person: str = _NAMELESS,
) -> Problems:
    """A registration request about one patient. [HL7 v3: PRPA_MT201301UV02, PRPA_MT201302UV02]"""
    content = (
        '<subject typeCode="SUBJ" contextConductionInd="false"><registrationRequest classCode="REG" moodCode="RQO">'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'<id root="{patient.authority}" extension="{escaped(patient.id_number)}"/><statusCode code="{status}"/>'
        f'<patientPerson classCode="PSN" determinerCode="INSTANCE">{person}</patientPerson>{observation}'
        f"</patient></subject1></registrationRequest></subject>{reason}"
    )
    return _problems(_call(service, transaction, content, patient), transaction)


def _call(service: Service, transaction: Transaction, content: str, patient: CX) -> _Element:
    interaction = transaction.request_element.rpartition("}")[2]
    body = (
        f'<{interaction} xmlns="{HL7}" xmlns:xsi="{XSI}" ITSVersion="XML_1.0">'
        f'<id root="{uuid4()}"/><creationTime value="{DTM.at(datetime.now(UTC))}"/>'
        f'<interactionId root="2.16.840.1.113883.1.6" extension="{interaction}"/>'
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        f"{_device('receiver', 'RCV', FEED_RECEIVER)}{_device('sender', 'SND', SOURCE_ID)}"
        '<controlActProcess classCode="CACT" moodCode="EVN">'
        f'<reasonCode code="{transaction.reason}" codeSystem="{_REASONS}"/>{content}'
        f"</controlActProcess></{interaction}>"
    )
    return service.call(transaction, [body.encode()], patient=patient).body


def _device(role: str, type_code: str, root: str) -> str:
    return (
        f'<{role} typeCode="{type_code}"><device classCode="DEV" determinerCode="INSTANCE">'
        f'<id root="{root}"/></device></{role}>'
    )


def _consent(code: str) -> str:
    return (
        '<subjectOf typeCode="SBJ"><administrativeObservation classCode="OBS" moodCode="EVN">'
        f'<code code="{code}"/><value xsi:type="BL" value="true"/></administrativeObservation></subjectOf>'
    )


def _problems(answer: _Element, transaction: Transaction) -> Problems:
    acknowledgement = next(answer.iter(_ACKNOWLEDGEMENT), None)
    if acknowledgement is None:
        raise UnexpectedAnswer(f"{transaction.name} was answered by something else.")
    if acknowledgement.get("typeCode") in _ACCEPTED:
        return ()
    return tuple((text.text or "").strip() for text in acknowledgement.iter(_TEXT)) or ("without a reason",)


def _state(answer: _Element) -> RecordState:
    response = next(answer.iter(_QUERY_RESPONSE), None)
    if response is None or response.get("code") != "OK":
        return RecordState.NONE
    status = answer.find(_PATIENT_STATUS)
    is_active = status is not None and status.get("code") == RecordState.ACTIVE
    return RecordState.ACTIVE if is_active else RecordState.CLOSED


def _authorisation(answer: _Element) -> Authorisation:
    for line in answer.iter(_ATTENTION):
        key_word, value = line.find(_KEY_WORD), line.find(_VALUE)
        if key_word is not None and value is not None and key_word.get("code") == "AUTORISATION":
            return Authorisation(value.get("code", Authorisation.NONE))
    return Authorisation.NONE
