"""A schema for the answers of the records, composed of HL7's published parts where they lie beside the checkout.

The published set here holds the message types (patient, control act, transmission, datatypes) and not the interactions that put
them together for these answers; how those do it (PRPA_IN201306UV02, 201308, 201312, 201313, 201315, 201316, with MCCI_MT000300UV01
and MFMI_MT700711UV01) is restated below, in the fewest words.
"""

from __future__ import annotations

from functools import cache

from lxml import etree

from tests.xds.shared import SCHEMAS

PARTS = SCHEMAS / "HL7V3/NE2008/multicacheschemas"
_INCLUDED = (
    *("MCCI_MT000100UV01", "MCCI_MT000200UV01", "MFMI_MT700701UV01"),
    *("PRPA_MT201301UV02", "PRPA_MT201302UV02", "PRPA_MT201303UV02"),
)

_SCHEMA = """
<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3" targetNamespace="urn:hl7-org:v3"
           elementFormDefault="qualified">
  {includes}
  <xs:complexType name="T.Acknowledgement">
    <xs:sequence>
      {type_code}
      <xs:element name="targetMessage" type="MCCI_MT000200UV01.TargetMessage"/>
      <xs:element name="acknowledgementDetail" type="MCCI_MT000200UV01.AcknowledgementDetail" minOccurs="0"
                  maxOccurs="unbounded"/>
    </xs:sequence>
    {type_code_attribute}
  </xs:complexType>
  <xs:complexType name="T.QueryAck">
    <xs:sequence>
      <xs:element name="queryId" type="II" minOccurs="0"/>
      <xs:element name="queryResponseCode" type="CS"/>
      <xs:element name="resultTotalQuantity" type="INT" minOccurs="0"/>
      <xs:element name="resultCurrentQuantity" type="INT" minOccurs="0"/>
      <xs:element name="resultRemainingQuantity" type="INT" minOccurs="0"/>
    </xs:sequence>
  </xs:complexType>
  <xs:complexType name="T.Candidate">
    <xs:sequence>
      <xs:element name="id" type="II" maxOccurs="unbounded"/>
      <xs:element name="statusCode" type="CS"/>
      <xs:element name="patientPerson" type="PRPA_MT201303UV02.Person"/>
      <xs:element name="subjectOf1" maxOccurs="unbounded">
        <xs:complexType>
          <xs:sequence>
            <xs:element name="queryMatchObservation">
              <xs:complexType>
                <xs:sequence><xs:element name="code" type="CD"/><xs:element name="value" type="ANY"/></xs:sequence>
                <xs:attribute name="classCode" type="ActClassObservation" use="required"/>
                <xs:attribute name="moodCode" type="ActMood" use="required"/>
              </xs:complexType>
            </xs:element>
          </xs:sequence>
          <xs:attribute name="typeCode" type="ParticipationTargetSubject" use="required"/>
        </xs:complexType>
      </xs:element>
      <xs:element name="subjectOf2" type="PRPA_MT201303UV02.Subject4" minOccurs="0" maxOccurs="unbounded"/>
    </xs:sequence>
    <xs:attribute name="classCode" type="RoleClass" use="required" fixed="PAT"/>
  </xs:complexType>
  <xs:complexType name="T.Event">
    <xs:sequence>
      <xs:element name="statusCode" type="CS"/>
      <xs:element name="subject1">
        <xs:complexType>
          <xs:sequence><xs:element name="patient" type="{patient}"/></xs:sequence>
          <xs:attribute name="typeCode" type="ParticipationTargetSubject" use="required"/>
        </xs:complexType>
      </xs:element>
      <xs:element name="author" type="MFMI_MT700701UV01.Author2" minOccurs="{author}" maxOccurs="{author}"/>
      <xs:element name="custodian" type="MFMI_MT700701UV01.Custodian" minOccurs="{custodian}" maxOccurs="{custodian}"/>
    </xs:sequence>
    <xs:attribute name="classCode" type="ActClassRegistration" use="required"/>
    <xs:attribute name="moodCode" type="ActMood" use="required" fixed="{mood}"/>
  </xs:complexType>
  <xs:element name="{interaction}">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="id" type="II"/>
        <xs:element name="creationTime" type="TS"/>
        <xs:element name="interactionId" type="II"/>
        <xs:element name="processingCode" type="CS"/>
        <xs:element name="processingModeCode" type="CS"/>
        <xs:element name="acceptAckCode" type="CS"/>
        <xs:element name="receiver" type="MCCI_MT000200UV01.Receiver"/>
        <xs:element name="sender" type="MCCI_MT000200UV01.Sender"/>
        <xs:element name="attentionLine" type="MCCI_MT000200UV01.AttentionLine" minOccurs="0" maxOccurs="unbounded"/>
        <xs:element name="acknowledgement" type="T.Acknowledgement"/>
        <xs:element name="controlActProcess">
          <xs:complexType>
            <xs:sequence>
              <xs:element name="code" type="CD" minOccurs="0"/>
              <xs:element name="reasonCode" type="CE" minOccurs="0"/>
              <xs:element name="subject" minOccurs="{subjects}" maxOccurs="unbounded">
                <xs:complexType>
                  <xs:sequence><xs:element name="{registration}" type="T.Event"/></xs:sequence>
                  <xs:attribute name="typeCode" type="ActRelationshipHasSubject" use="required"/>
                  <xs:attribute name="contextConductionInd" type="bl"/>
                </xs:complexType>
              </xs:element>
              <xs:element name="reasonOf" type="MFMI_MT700701UV01.Reason" minOccurs="0"/>
              <xs:element name="queryAck" type="T.QueryAck" minOccurs="{query}" maxOccurs="{query}"/>
              <xs:element name="queryByParameter" minOccurs="0">
                <xs:complexType>
                  <xs:sequence>
                    <xs:element name="queryId" type="II" minOccurs="0"/>
                    <xs:element name="statusCode" type="CS"/>
                    <xs:element name="parameterList">
                      <xs:complexType>
                        <xs:sequence>
                          {parameters}
                        </xs:sequence>
                      </xs:complexType>
                    </xs:element>
                  </xs:sequence>
                </xs:complexType>
              </xs:element>
            </xs:sequence>
            <xs:attribute name="classCode" type="ActClassControlAct" use="required"/>
            <xs:attribute name="moodCode" type="x_ActMoodIntentEvent" use="required"/>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
      <xs:attribute name="ITSVersion" type="xs:string" use="required" fixed="XML_1.0"/>
    </xs:complexType>
  </xs:element>
</xs:schema>"""

_ATTRIBUTE = '<xs:attribute name="typeCode" type="AcknowledgementType" use="required"/>'
_ELEMENT = '<xs:element name="typeCode" type="CS"/>'
_EVENT = {"registration": "registrationEvent", "mood": "EVN", "author": "0", "custodian": "1", "subjects": "0"}
_REQUEST = {"registration": "registrationRequest", "mood": "RQO", "author": "1", "custodian": "0", "subjects": "1"}
_OF_2009 = {"type_code": "", "type_code_attribute": _ATTRIBUTE}
_INTERACTIONS = {
    "PRPA_IN201306UV02": {
        **_EVENT,
        "patient": "T.Candidate",
        "query": "1",
        "type_code": _ELEMENT,
        "type_code_attribute": "",
    },
    "PRPA_IN201308UV02": {**_EVENT, **_OF_2009, "patient": "PRPA_MT201303UV02.Patient", "query": "1"},
    "PRPA_IN201312UV02": {**_EVENT, **_OF_2009, "patient": "PRPA_MT201303UV02.Patient", "query": "0", "subjects": "1"},
    "PRPA_IN201313UV02": {**_REQUEST, **_OF_2009, "patient": "PRPA_MT201301UV02.Patient", "query": "0"},
    "PRPA_IN201315UV02": {**_EVENT, **_OF_2009, "patient": "PRPA_MT201303UV02.Patient", "query": "0", "subjects": "1"},
    "PRPA_IN201316UV02": {**_REQUEST, **_OF_2009, "patient": "PRPA_MT201302UV02.Patient", "query": "0"},
}
_PARAMETERS = (
    ("livingSubjectAdministrativeGender", "CE"),
    ("livingSubjectBirthTime", "IVL_TS"),
    ("livingSubjectName", "EN"),
    ("patientAddress", "AD"),
)


@cache
def schema(interaction: str) -> etree.XMLSchema:
    """The schema of one interaction."""
    includes = "".join(f'<xs:include schemaLocation="{(PARTS / part).as_uri()}.xsd"/>' for part in _INCLUDED)
    parameters = "".join(
        f'<xs:element name="{name}" minOccurs="0"><xs:complexType><xs:sequence><xs:element name="value" type="{kind}"/>'
        '<xs:element name="semanticsText" type="ST"/></xs:sequence></xs:complexType></xs:element>'
        for name, kind in _PARAMETERS
    )
    told = {"interaction": interaction, "includes": includes, "parameters": parameters, **_INTERACTIONS[interaction]}
    return etree.XMLSchema(etree.fromstring(_SCHEMA.format(**told)))


def flaws(body: bytes) -> list[str]:
    """What the schema has against an answer, wrapped by the DMP or not."""
    root = etree.fromstring(body)
    message = root if root.tag.startswith("{urn:hl7-org:v3}") else root[0]
    checked = schema(etree.QName(message).localname)
    alone = etree.fromstring(etree.tostring(message))
    checked.validate(alone)
    return [f"line {entry.line}: {entry.message}" for entry in checked.error_log]
