"""What a DMP's client says of records: HL7 v3 messages and the DMP's own, as text. [DMP: TD0.2 … TD1.6; HL7 V3 NE 2008]"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from xml.sax.saxutils import escape, quoteattr

from interop_tests.witness import names

HABILITATIONS = "urn:si-dmp-habilitations"
PATIENTS = "urn:si-dmp-patients"
JOURNAL = "urn:coffre:journal"
SET_AUTHORIZATION = f"{HABILITATIONS}:HabilitationsEndPoint:setAuthorization"
LIST_AUTHORIZATIONS = f"{HABILITATIONS}:HabilitationsEndPoint:listAuthorizationByPatient"
PATIENT_LIST = f"{PATIENTS}:PatientSpecificEndPoint:patientList"
READ_JOURNAL = f"{JOURNAL}:JournalEndPoint:journalByPatient"

DEMOGRAPHICS, CANDIDATES = "PRPA_IN201307UV02", "PRPA_IN201305UV02"
ADD, REVISE = "PRPA_IN201311UV02", "PRPA_IN201314UV02"
EXISTENCE, READ, CREATE, REOPEN, CHANGE, CLOSE = "TEST_EXST", "CNSLT_DATA", "CREA_RD", "REAC", "MODIF_DATA", "FERM"

_CONSENTS = "1.2.250.1.213.4.1.2.3"
_OWN = "2.25.300725622826969356605815327063771740990"
OPENING, REOPENING = "CONSENTEMENT_OUVERTURE_DMP", "CONSENTEMENT_REACTIVATION_DMP"
NO_BREAK_GLASS, NO_REGULATION = "OPPOSITION_BRIS_DE_GLACE", "OPPOSITION_ACCES_URGENCE"
SHOWS_MASKED, NO_RECORD = "ACCORD_MASQUES_URGENCE", "OPPOSITION_DMP"
_SYSTEMS = {SHOWS_MASKED: _OWN, NO_RECORD: _OWN}

_TRIGGERS = {DEMOGRAPHICS: "307", CANDIDATES: "305", ADD: "311", REVISE: "314"}
_NOTHING_TOLD: Mapping[str, bool] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Person:
    """Strict traits of a person. [RNIV]"""

    family: str = "EXEMPLE"
    given: str = "CAMILLE"
    sex: str = "F"
    birth_date: str = "19790305"

    def text(self) -> str:
        """patientPerson."""
        return (
            f'<patientPerson classCode="PSN" determinerCode="INSTANCE"><name><given>{escape(self.given)}</given>'
            f'<family qualifier="BR">{escape(self.family)}</family></name>'
            f'<administrativeGenderCode code="{self.sex}" codeSystem="2.16.840.1.113883.5.1"/>'
            f'<birthTime value="{self.birth_date}"/></patientPerson>'
        )


NOBODY = '<patientPerson classCode="PSN" determinerCode="INSTANCE"><name nullFlavor="UNK"/></patientPerson>'


def demographics(patient: str, reason: str = EXISTENCE) -> str:
    """TD0.2 is there a record, TD1.3a what does it tell. [DMP: TD0.2]"""
    number, authority = parts_of(patient)
    return _message(
        DEMOGRAPHICS,
        reason,
        f'<queryByParameter><queryId root="{uuid.uuid4()}"/><statusCode code="new"/><parameterList><patientIdentifier>'
        f'<value root="{authority}" extension="{number}"/><semanticsText>Patient.id</semanticsText>'
        "</patientIdentifier></parameterList></queryByParameter>",
    )


def candidates(family: str, birth_date: str = "", sex: str = "", town: str = "") -> str:
    """TD0.5 who has these traits. [DMP: TD0.5; ITI TF-2: 3.47]"""
    asked = ""
    if sex:
        asked += f'<livingSubjectAdministrativeGender><value code="{sex}"/><semanticsText/></livingSubjectAdministrativeGender>'
    if birth_date:
        asked += f'<livingSubjectBirthTime><value value="{birth_date}"/><semanticsText/></livingSubjectBirthTime>'
    asked += f"<livingSubjectName><value><family>{escape(family)}</family></value><semanticsText/></livingSubjectName>"
    if town:
        asked += f"<patientAddress><value><city>{escape(town)}</city></value><semanticsText/></patientAddress>"
    return _message(
        CANDIDATES,
        "",
        f'<queryByParameter><queryId root="{uuid.uuid4()}"/><statusCode code="new"/>'
        f"<parameterList>{asked}</parameterList></queryByParameter>",
    )


def create(patient: str, person: Person | None = None, told: Mapping[str, bool] = _NOTHING_TOLD) -> str:
    """TD1.1 with the patient's consent. [DMP: TD1.1]"""
    return _registration(ADD, CREATE, patient, person or Person(), {OPENING: True, **told})


def reopen(patient: str) -> str:
    """TD1.2 with the patient's consent. [DMP: TD1.2]"""
    return _registration(REVISE, REOPEN, patient, None, {REOPENING: True})


def change(patient: str, told: Mapping[str, bool], person: Person | None = None) -> str:
    """TD1.3b. [DMP: TD1.3b]"""
    return _registration(REVISE, CHANGE, patient, person, told)


def close(patient: str, reason: str = "A la demande du patient") -> str:
    """TD1.4. [DMP: TD1.4]"""
    issue = (
        '<reasonOf typeCode="RSON"><detectedIssueEvent classCode="ALRT" moodCode="EVN">'
        f'<code code="FERMETURE_DEMANDE_PATIENT" codeSystem="1.2.250.1.213.4.1.2.4"/><text>{escape(reason)}</text>'
        "</detectedIssueEvent></reasonOf>"
    )
    return _registration(REVISE, CLOSE, patient, None, {}, status="terminated", issue=issue)


def set_authorization(action: str = "AJOUT", role: str = "", named: str = "") -> str:
    """TD0.3; `named`: whom a patient allows or blocks."""
    told = {"action": action, "role": role, "nationalId": named}
    if named:
        told["nationalIdType"] = "1.2.250.1.71.4.2.1"
    return _typed(HABILITATIONS, "setAuthorization", told)


def list_authorizations(mode: str = "TOUTE") -> str:
    """TD1.6."""
    return _typed(HABILITATIONS, "listAuthorizationByPatient", {"mode": mode})


def patient_list(start_date: str = "", date_type: str = "") -> str:
    """TD0.4."""
    return _typed(PATIENTS, "patientList", {"startDate": start_date, "dateType": date_type})


def journal(patient: str, limit: int = 100) -> str:
    """The journal of a record."""
    return _typed(JOURNAL, "journalByPatient", {"patientId": patient, "limit": str(limit)})


def action_of(message: str) -> str:
    """The action under which a message is sent."""
    name = message[1:].split(" ", 1)[0].split(":")[-1]
    actions = {
        "setAuthorization": SET_AUTHORIZATION,
        "listAuthorizationByPatient": LIST_AUTHORIZATIONS,
        "patientList": PATIENT_LIST,
        "journalByPatient": READ_JOURNAL,
    }
    return actions.get(name, f"urn:hl7-org:v3:{name}")


def endpoint_of(message: str) -> str:
    """Where it is sent."""
    kinds = {HABILITATIONS: "habilitations", JOURNAL: "journal"}
    return next((endpoint for namespace, endpoint in kinds.items() if namespace in message[:200]), "patients")


def parts_of(patient: str) -> tuple[str, str]:
    """Number and authority of a CX."""
    number, _, rest = patient.partition("^^^&")
    return number, rest.partition("&")[0]


def _typed(namespace: str, name: str, told: Mapping[str, str]) -> str:
    held = "".join(f"<{key}>{escape(value)}</{key}>" for key, value in told.items() if value)
    return f'<{name} xmlns="{namespace}">{held}</{name}>'


def _message(interaction: str, reason: str, content: str) -> str:
    """The wrappers of an HL7 v3 message. [HL7 v3: MCCI_MT000100UV01, QUQI_MT021001UV01]"""

    def device(role: str, kind: str, root: str) -> str:
        identity = f'<device classCode="DEV" determinerCode="INSTANCE"><id root="{root}"/></device>'
        return f'<{role} typeCode="{kind}">{identity}</{role}>'

    told = f'<reasonCode code="{reason}" codeSystem="1.2.250.1.213.1.1.4.11"/>' if reason else ""
    return (
        f'<{interaction} xmlns="{names.NS["hl7"]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">'
        f'<id root="{uuid.uuid4()}"/><creationTime value="20240131101500"/>'
        f'<interactionId root="2.16.840.1.113883.1.6" extension="{interaction}"/>'
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        f"{device('receiver', 'RCV', '1.2.250.1.213.4.1.1.1')}{device('sender', 'SND', '1.2.250.1.999.77')}"
        f'<controlActProcess classCode="CACT" moodCode="{"RQO" if interaction in (ADD, REVISE) else "EVN"}">'
        f'<code code="PRPA_TE201{_TRIGGERS[interaction]}UV02" codeSystem="2.16.840.1.113883.1.18"/>{told}{content}'
        f"</controlActProcess></{interaction}>"
    )


def _registration(
    interaction: str,
    reason: str,
    patient: str,
    person: Person | None,
    told: Mapping[str, bool],
    *,
    status: str = "active",
    issue: str = "",
) -> str:
    number, authority = parts_of(patient)
    observations = "".join(
        '<subjectOf typeCode="SBJ"><administrativeObservation classCode="OBS" moodCode="EVN">'
        f'<code code="{code}" codeSystem="{_SYSTEMS.get(code, _CONSENTS)}"/>'
        f'<value xsi:type="BL" value="{str(value).lower()}"/></administrativeObservation></subjectOf>'
        for code, value in told.items()
    )
    return _message(
        interaction,
        reason,
        '<subject typeCode="SUBJ" contextConductionInd="false"><registrationRequest classCode="REG" moodCode="RQO">'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f"<id root={quoteattr(authority)} extension={quoteattr(number)}/>"
        f'<statusCode code="{status}"/>{person.text() if person is not None else NOBODY}'
        '<providerOrganization xsi:nil="true" classCode="ORG" determinerCode="INSTANCE"/>'
        f"{observations}</patient></subject1>"
        '<author typeCode="AUT"><assignedEntity classCode="ASSIGNED"><id root="1.2.250.1.71.4.2.1" '
        'extension="899700000001"/></assignedEntity></author></registrationRequest></subject>'
        f"{issue}",
    )
