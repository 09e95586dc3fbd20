"""An invented clinical document: a CDA R2 of level 1 with a French header, in which a test changes what it wants. [CI-SIS SM; DMP: CDA]"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape

from interop_tests.witness import names, records
from interop_tests.witness.metadata import Code, Entry, Lot, new_oid, professional_author

TYPE: Code = ("11488-4", "2.16.840.1.113883.6.1", "CR ou fiche de consultation")
CLASS: Code = ("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
FORMAT: Code = (
    "urn:ihe:iti:xds-sd:text:2008",
    "1.3.6.1.4.1.19376.1.2.3",
    "Document à corps non structuré en texte brut",
)
WRITTEN, WRITTEN_UTC = "20240131111500+0100", "20240131101500"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a consultation's report tells."""

    patient_id: str
    text: str = "Consultation sans particularité."
    number: str = "899700000001"
    """PS_IdNat of the author, who also answers for it."""

    family: str = "ESSAI"
    given: str = "DOMINIQUE"
    structure: str = "10B0000000"
    person: records.Person = field(default_factory=records.Person)
    unique_id: str = field(default_factory=new_oid)
    set_id: str = field(default_factory=new_oid)
    version: int = 1
    replaces: str = ""
    """uniqueId of the document that it takes the place of."""

    title: str = "Compte rendu de consultation"

    def cda(self) -> bytes:
        """The document."""
        number, authority = records.parts_of(self.patient_id)
        person = self.person
        parent = f'<relatedDocument typeCode="RPLC"><parentDocument><id root="{self.replaces}"/></parentDocument></relatedDocument>'
        structure = (
            f'<id root="1.2.250.1.71.4.2.2" extension="{self.structure}"/><name>CLINIQUE D\'ESSAI</name>'
            '<telecom nullFlavor="UNK"/><addr nullFlavor="UNK"/>'
        )
        professional = (
            f'<id root="1.2.250.1.71.4.2.1" extension="{self.number}"/>'
            '<code code="G15_10/SM26" codeSystem="1.2.250.1.213.1.1.4.5" displayName="Médecin - Qualifié en médecine générale"/>'
            '<addr nullFlavor="UNK"/><telecom nullFlavor="UNK"/><assignedPerson><name>'
            f"<prefix>DR</prefix><given>{escape(self.given)}</given><family>{escape(self.family)}</family></name></assignedPerson>"
        )
        industry = (
            '<standardIndustryClassCode code="ETABLISSEMENT" codeSystem="1.2.250.1.213.1.1.4.9" '
            'displayName="Etablissement de santé"/>'
        )
        body = base64.b64encode(self.text.encode()).decode()
        return (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f'<ClinicalDocument xmlns="{names.NS["hl7"]}" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<realmCode code="FR"/><typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>'
            '<templateId root="2.16.840.1.113883.2.8.2.1"/><templateId root="1.2.250.1.213.1.1.1.1"/>'
            '<templateId root="1.3.6.1.4.1.19376.1.2.20"/>'
            f'<id root="{self.unique_id}"/><code code="{TYPE[0]}" codeSystem="{TYPE[1]}" displayName="{TYPE[2]}"/>'
            f'<title>{escape(self.title)}</title><effectiveTime value="{WRITTEN}"/>'
            '<confidentialityCode code="N" codeSystem="2.16.840.1.113883.5.25" displayName="Normal"/>'
            f'<languageCode code="fr-FR"/><setId root="{self.set_id}"/><versionNumber value="{self.version}"/>'
            f'<recordTarget><patientRole><id root="{authority}" extension="{number}"/><addr nullFlavor="UNK"/>'
            '<telecom nullFlavor="UNK"/><patient><name>'
            f'<given qualifier="BR">{escape(person.given)}</given><given>{escape(person.given)}</given>'
            f'<family qualifier="BR">{escape(person.family)}</family></name>'
            f'<administrativeGenderCode code="{person.sex}" codeSystem="2.16.840.1.113883.5.1" displayName="Féminin"/>'
            f'<birthTime value="{person.birth_date}"/><birthplace><place><addr><county>63220</county><city>MAZOIRES</city></addr>'
            "</place></birthplace></patient></patientRole></recordTarget>"
            f'<author><time value="{WRITTEN}"/><assignedAuthor>{professional}<representedOrganization>{structure}'
            "</representedOrganization></assignedAuthor></author>"
            f"<custodian><assignedCustodian><representedCustodianOrganization>{structure}"
            "</representedCustodianOrganization></assignedCustodian></custodian>"
            f'<legalAuthenticator><time value="{WRITTEN}"/><signatureCode code="S"/><assignedEntity>{professional}'
            f"<representedOrganization>{structure}</representedOrganization></assignedEntity></legalAuthenticator>"
            f'<documentationOf><serviceEvent><effectiveTime><low value="{WRITTEN}"/></effectiveTime>'
            f'<performer typeCode="PRF"><assignedEntity>{professional}<representedOrganization>{structure}{industry}'
            "</representedOrganization></assignedEntity></performer></serviceEvent></documentationOf>"
            f"{parent if self.replaces else ''}"
            '<componentOf><encompassingEncounter><code code="AMB" codeSystem="2.16.840.1.113883.5.4" displayName="Ambulatoire"/>'
            f'<effectiveTime><low value="{WRITTEN}"/></effectiveTime><location><healthCareFacility>'
            '<code code="SA07" codeSystem="1.2.250.1.71.4.2.4" displayName="Cabinet individuel"/>'
            "</healthCareFacility></location></encompassingEncounter></componentOf>"
            f'<component><nonXMLBody><text mediaType="text/plain" representation="B64">{body}</text></nonXMLBody></component>'
            "</ClinicalDocument>"
        ).encode()

    def entry(self, id: str = "Document01", *, restrictions: tuple[Code, ...] = ()) -> Entry:
        """The document as it is submitted. [CI-SIS SM: header and XDS metadata]"""
        author = professional_author(self.number, self.family, self.given, self.structure)
        person = self.person
        return Entry(
            id=id,
            patient_id=self.patient_id,
            content=self.cda(),
            unique_id=self.unique_id,
            mime_type="text/xml",
            title=self.title,
            creation_time=WRITTEN_UTC,
            type_code=TYPE,
            class_code=CLASS,
            format_code=FORMAT,
            facility_code=("SA07", "1.2.250.1.71.4.2.4", "Cabinet individuel"),
            restrictions=restrictions,
            author=author,
            legal_authenticator=author.person,
            service_start_time=WRITTEN_UTC,
            source_patient_info=(
                f"PID-5|{person.family}^{person.given}^^^^^L",
                f"PID-7|{person.birth_date}",
                f"PID-8|{person.sex}",
            ),
        )

    def lot(self, *, restrictions: tuple[Code, ...] = (), replaces: str = "") -> Lot:
        """A lot of this one document; `replaces` is the entryUUID of the one that it takes the place of."""
        entry = self.entry(restrictions=restrictions)
        relationships = ((names.REPLACES, entry.id, replaces),) if replaces else ()
        return Lot(patient_id=self.patient_id, entries=(entry,), relationships=relationships, author=entry.author)

    def next_version(self, text: str) -> Report:
        """Another version, which says that it replaces this one. [CI-SIS SM 3.5.5.10, 3.5.5.23]"""
        return replace(self, text=text, unique_id=new_oid(), version=self.version + 1, replaces=self.unique_id)
