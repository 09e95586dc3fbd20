"""A clinical document of our own, good by default; a test changes one element of it."""

from __future__ import annotations

from cda.document import CDADocument, read

INS = '<id root="1.2.250.1.213.1.4.10" extension="280073523800332"/>'
ORGANIZATION = """<representedOrganization>
  <id root="1.2.250.1.71.4.2.2" extension="1990000017"/><name>Cabinet des Quais</name>
  <standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>
</representedOrganization>"""

ELEMENTS = {
    "realmCode": '<realmCode code="FR"/>',
    "typeId": '<typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>',
    "templateId": """<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>
      <templateId root="1.3.6.1.4.1.19376.1.3.3"/>""",
    "id": '<id root="1.2.250.1.999.1"/>',
    "code": '<code code="11502-2" displayName="CR d\'examens biologiques" codeSystem="2.16.840.1.113883.6.1"/>',
    "title": "<title>Examens du matin</title>",
    "effectiveTime": '<effectiveTime value="20260302093000+0100"/>',
    "confidentialityCode": '<confidentialityCode code="R" displayName="Restreint" codeSystem="2.16.840.1.113883.5.25"/>',
    "languageCode": '<languageCode code="fr-FR"/>',
    "setId": '<setId root="1.2.250.1.999.0"/>',
    "versionNumber": '<versionNumber value="1"/>',
    "recordTarget": f"""<recordTarget><patientRole>{INS}<id root="1.2.250.1.999.7" extension="IPP-1"/>
      <addr><houseNumber>3</houseNumber><streetName>quai Neuf</streetName><postalCode>35000</postalCode><city>RENNES</city></addr>
      <patient>
        <name><family qualifier="BR">EXEMPLE</family><given>CAMILLE INES</given><given qualifier="BR">CAMILLE</given>
          <family qualifier="CL">MODELE</family><given qualifier="CL">INES</given></name>
        <administrativeGenderCode code="F" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19800714"/>
        <birthplace><place><addr><county>35238</county></addr></place></birthplace>
      </patient></patientRole></recordTarget>""",
    "author": f"""<author><functionCode code="PCP" displayName="Médecin traitant" codeSystem="2.16.840.1.113883.5.88"/>
      <time value="20260302093000+0100"/>
      <assignedAuthor><id root="1.2.250.1.71.4.2.1" extension="899900000017"/>
        <code code="G15_10/SM26" displayName="Médecin" codeSystem="1.2.250.1.213.1.1.4.5"/>
        <assignedPerson><name><family>MODELE</family><given>Ondine</given></name></assignedPerson>{ORGANIZATION}
      </assignedAuthor></author>""",
    "custodian": """<custodian><assignedCustodian><representedCustodianOrganization>
      <id root="1.2.250.1.71.4.2.2" extension="1990000017"/><name>Cabinet des Quais</name>
      </representedCustodianOrganization></assignedCustodian></custodian>""",
    "legalAuthenticator": """<legalAuthenticator><time value="20260302093000+0100"/><signatureCode code="S"/>
      <assignedEntity><id root="1.2.250.1.71.4.2.1" extension="899900000017"/>
        <assignedPerson><name><family>MODELE</family><given>Ondine</given></name></assignedPerson>
      </assignedEntity></legalAuthenticator>""",
    "inFulfillmentOf": "",
    "documentationOf": f"""<documentationOf><serviceEvent>
      <code code="18719-5" displayName="Biochimie" codeSystem="2.16.840.1.113883.6.1"/>
      <effectiveTime><low value="20260302080000+0100"/><high value="20260302081500+0100"/></effectiveTime>
      <performer typeCode="PRF"><assignedEntity><id nullFlavor="UNK"/>{ORGANIZATION}</assignedEntity></performer>
      </serviceEvent></documentationOf>""",
    "relatedDocument": "",
    "componentOf": """<componentOf><encompassingEncounter><effectiveTime/><location><healthCareFacility>
      <code code="SA25" displayName="Laboratoire" codeSystem="1.2.250.1.71.4.2.4"/>
      </healthCareFacility></location></encompassingEncounter></componentOf>""",
    "component": "<component><structuredBody/></component>",
}
"""Element of the header, or the body, → its XML, in the schema's order."""


def a_clinical_document(**changed: str) -> str:
    """The document as text, elements replaced by name; empty text leaves one out."""
    return f'<ClinicalDocument xmlns="urn:hl7-org:v3">{"".join((ELEMENTS | changed).values())}</ClinicalDocument>'


def a_cda(**changed: str) -> CDADocument:
    """The same, read."""
    return read(a_clinical_document(**changed).encode())
