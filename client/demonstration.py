"""Demonstration documents: invented persons, a letter (level 1) and a laboratory report (level 3), French headers.

Everything here is our own writing; the identifiers are those of tests. [CI-SIS SM 3.5; CI-SIS CR-BIO]
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from client.demonstration_laboratory import CHAPTER, MODELS, Result, laboratory_body
from client.voucher import Professional
from ins.matricule import Matricule
from ins.oids import INS_NIR_TEST

LETTER_TYPE = ("11488-4", "CR ou fiche de consultation ou de visite")
REPORT_TYPE = ("11502-2", "CR d'examens biologiques")
_LOINC = "2.16.840.1.113883.6.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """An invented patient with the traits that go with a matricule."""

    matricule: str
    authority: str = INS_NIR_TEST.oid
    family: str
    given: str
    given_list: str
    sex: str
    birth_date: str
    birthplace: str

    @property
    def cx(self) -> str:
        """The INS as people give it on the command line."""
        return f"{self.matricule}^^^&{self.authority}&ISO"


CAMILLE = Person(
    matricule=Matricule.of_number("2800735238003"),
    family="EXEMPLE",
    given="CAMILLE",
    given_list="CAMILLE INES",
    sex="F",
    birth_date="19800714",
    birthplace="35238",
)
"""The patient of the demonstration; the key of her matricule is right."""

AUTHOR = Professional("899900000017", "MODELE", "Ondine")
"""Who writes the documents."""

COLLEAGUE = Professional("899900000025", "TEMOIN", "Basile")
"""Another doctor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What differs from one demonstration document to the next. ``written_at`` knows its zone."""

    unique_id: str
    set_id: str
    written_at: datetime
    patient: Person = CAMILLE
    version: int = 1
    replaces: str = ""
    local_id: str = "EX-000042"


def letter(facts: Facts, text: str) -> bytes:
    """A consultation letter: plain text inside a CDA of level 1. [ITI TF-3: 5.2]"""
    content = b64encode(text.encode()).decode()
    body = f'<nonXMLBody><text mediaType="text/plain" representation="B64">{content}</text></nonXMLBody>'
    return _document(facts, LETTER_TYPE, "Lettre de consultation", ['root="1.3.6.1.4.1.19376.1.2.20"'], "", body)


def laboratory_report(facts: Facts, results: Sequence[Result]) -> bytes:
    """A laboratory report: coded results, their table for people, and a copy of it in PDF. [CI-SIS CR-BIO]"""
    body = laboratory_body(results, facts.written_at, facts.patient.family)
    return _document(facts, REPORT_TYPE, "Compte rendu d'examens biologiques", MODELS, f"<code {CHAPTER}/>", body)


def _document(
    facts: Facts, type_code: tuple[str, str], title: str, models: Sequence[str], act: str, body: str
) -> bytes:
    code, label = type_code
    moment = facts.written_at.strftime("%Y%m%d%H%M%S%z")
    templates = "".join(
        f"<templateId {model}/>"
        for model in ('root="2.16.840.1.113883.2.8.2.1"', 'root="1.2.250.1.213.1.1.1.1"', *models)
    )
    replaced = (
        f'<relatedDocument typeCode="RPLC"><parentDocument><id root="{facts.replaces}"/></parentDocument></relatedDocument>'
        if facts.replaces
        else ""
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
  {templates}
  <id root="{facts.unique_id}"/>
  <code code="{code}" displayName={quoteattr(label)} codeSystem="{_LOINC}"/>
  <title>{escape(title)}</title>
  <effectiveTime value="{moment}"/>
  <confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="fr-FR"/>
  <setId root="{facts.set_id}"/>
  <versionNumber value="{facts.version}"/>
  {_record_target(facts.patient, facts.local_id)}
  <author><time value="{moment}"/><assignedAuthor>{_DOCTOR}</assignedAuthor></author>
  <custodian><assignedCustodian>
    <representedCustodianOrganization>{_structure("")}</representedCustodianOrganization>
  </assignedCustodian></custodian>
  <legalAuthenticator>
    <time value="{moment}"/><signatureCode code="S"/><assignedEntity>{_DOCTOR}</assignedEntity>
  </legalAuthenticator>
  <documentationOf><serviceEvent>
    {act}<effectiveTime><low value="{moment}"/></effectiveTime>
    <performer typeCode="PRF"><time value="{moment}"/><assignedEntity>{_DOCTOR}</assignedEntity></performer>
  </serviceEvent></documentationOf>
  {replaced}
  <componentOf><encompassingEncounter>
    <code code="AMB" displayName="Ambulatoire" codeSystem="2.16.840.1.113883.5.4"/>
    <effectiveTime><low value="{moment}"/></effectiveTime>
    <responsibleParty><assignedEntity>{_DOCTOR}</assignedEntity></responsibleParty>
    <location><healthCareFacility>
      <code code="SA25" displayName="Laboratoire de biologie médicale" codeSystem="1.2.250.1.71.4.2.4"/>
    </healthCareFacility></location>
  </encompassingEncounter></componentOf>
  <component>{body}</component>
</ClinicalDocument>
""".encode()


def _record_target(patient: Person, local_id: str) -> str:
    sex = {"F": "Féminin", "M": "Masculin"}[patient.sex]
    return f"""<recordTarget><patientRole>
    <id root="{patient.authority}" extension="{patient.matricule}"/>
    <id root="{_LOCAL_IDS}" extension={quoteattr(local_id)}/>
    <addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/>
    <patient>
      <name>
        <family qualifier="BR">{escape(patient.family)}</family>
        <given>{escape(patient.given_list)}</given>
        <given qualifier="BR">{escape(patient.given)}</given>
      </name>
      <administrativeGenderCode code="{patient.sex}" displayName="{sex}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="{patient.birth_date}"/>
      <birthplace><place><addr><county>{patient.birthplace}</county></addr></place></birthplace>
    </patient>
  </patientRole></recordTarget>"""


def _structure(industry: str) -> str:
    # No FINESS number begins with 99: this laboratory does not exist.
    return f"""<id root="1.2.250.1.71.4.2.2" extension="1990000017"/>
      <name>Laboratoire d'exemple des Quais</name>
      <telecom nullFlavor="UNK"/><addr nullFlavor="UNK"/>{industry}"""


_LOCAL_IDS = "1.3.6.1.4.1.21367.13.20.9000"
"""Authority of the laboratory's own patient numbers, in the arc of the IHE tests."""

_INDUSTRY = (
    '<standardIndustryClassCode code="AMBULATOIRE" displayName="Ambulatoire" codeSystem="1.2.250.1.213.1.1.4.9"/>'
)
_DOCTOR = f"""<id root="1.2.250.1.71.4.2.1" extension="{AUTHOR.person_id}"/>
    <code code="G15_10/SM03" displayName="Médecin - Biologie médicale (SM)" codeSystem="1.2.250.1.213.1.1.4.5"/>
    <addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/>
    <assignedPerson><name><prefix>MME</prefix><given>{AUTHOR.given_name}</given><family>{AUTHOR.family_name}</family><suffix>DR</suffix></name></assignedPerson>
    <representedOrganization>{_structure(_INDUSTRY)}</representedOrganization>"""
