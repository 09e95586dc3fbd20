"""Requests about records as a client of the DMP writes them: what the readers are held against. All people are invented."""

from __future__ import annotations

from record.facts import Closing
from record.messages import Observation, Reason
from record.person import Person
from record.wire import writing
from record.wire.answers import write_closing
from record.wire.codes import REASONS

_START = (
    '<{0} xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" ITSVersion="XML_1.0">'
    '<id root="1.3.6.1.4.1.48364.1.1" extension="m-1"/><creationTime value="20260301083000"/>'
    '<interactionId root="2.16.840.1.113883.1.6" extension="{0}"/><processingCode code="D"/>'
    '<processingModeCode code="T"/><acceptAckCode code="AL"/>'
    '<receiver typeCode="RCV"><device classCode="DEV" determinerCode="INSTANCE"><id root="1.2.250.1.213.4.1.1.1"/>'
    "<softwareName>DMP</softwareName></device></receiver>"
    '<sender typeCode="SND"><device classCode="DEV" determinerCode="INSTANCE"><id root="2.25.5"/></device></sender>'
    '<attentionLine xsi:nil="true"/><controlActProcess classCode="CACT" moodCode="EVN">'
)


def a_question(patient: tuple[str, str], reason: str = "TEST_EXST") -> bytes:
    """PRPA_IN201307UV02."""
    id_number, authority = patient
    return (
        _START.format("PRPA_IN201307UV02")
        + f'<reasonCode code="{reason}" codeSystem="{REASONS}"/><queryByParameter><queryId root="2.25.6" extension="q"/>'
        '<statusCode code="new"/><parameterList><dataSource xsi:nil="true"/><patientIdentifier>'
        f'<value root="{authority}" extension="{id_number}"/><semanticsText>Patient.id</semanticsText></patientIdentifier>'
        "</parameterList></queryByParameter></controlActProcess></PRPA_IN201307UV02>"
    ).encode()


def a_search(parameters: str) -> bytes:
    """PRPA_IN201305UV02."""
    return (
        _START.format("PRPA_IN201305UV02")
        + '<queryByParameter><queryId root="2.25.6" extension="q"/><statusCode code="new"/>'
        f"<parameterList>{parameters}</parameterList></queryByParameter></controlActProcess></PRPA_IN201305UV02>"
    ).encode()


def a_registration(
    patient: tuple[str, str],
    reason: Reason | str,
    person: Person | None = None,
    observations: dict[Observation, bool] | None = None,
    closing: Closing | None = None,
    status: str = "active",
) -> bytes:
    """PRPA_IN201311UV02 or PRPA_IN201314UV02."""
    name = "PRPA_IN201311UV02" if reason == "CREA_RD" else "PRPA_IN201314UV02"
    id_number, authority = patient
    told = "".join(writing.write_observation(each, value) for each, value in (observations or {}).items())
    return (
        _START.format(name) + f'<reasonCode code="{reason}" codeSystem="{REASONS}"/>'
        '<subject typeCode="SUBJ" contextConductionInd="false"><registrationRequest classCode="REG" moodCode="RQO">'
        '<statusCode code="active"/><subject1 typeCode="SBJ"><patient classCode="PAT">'
        f'<id root="1.2.3.4" extension="IPP-1"/><id root="{authority}" extension="{id_number}"/>'
        f'<statusCode code="{status}"/><patientPerson classCode="PSN" determinerCode="INSTANCE">'
        f"{writing.write_person(person or Person())}</patientPerson>{told}</patient></subject1>"
        '<author typeCode="AUT"><assignedEntity classCode="ASSIGNED">'
        '<id root="1.2.250.1.71.4.2.1" extension="801234567897"/></assignedEntity></author></registrationRequest></subject>'
        f"{write_closing(closing or Closing())}</controlActProcess></{name}>"
    ).encode()
