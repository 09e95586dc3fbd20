"""ebRIM of a submission, from text templates: one good entry, in which a test breaks what it wants to break. [ITI TF-3: 4.2.3]"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from xml.sax.saxutils import escape, quoteattr

from interop_tests.witness import names

AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
INS_TEST_AUTHORITY = "1.2.250.1.213.1.4.10"
SOURCE_ID = "1.3.6.1.4.1.21367.13.20.1.77"

Code = tuple[str, str, str]
"""Code, codingScheme, display name."""

LOINC = "2.16.840.1.113883.6.1"
_STABLE_ENTRY = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SUBMISSION_SET = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_CODED = {
    "class_code": "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a",
    "confidentiality_code": "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f",
    "format_code": "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d",
    "facility_code": "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1",
    "practice_code": "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead",
    "type_code": "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983",
}


SYSTEM_OF_RESTRICTIONS = "1.2.250.1.213.1.1.4.13"
MASKED: Code = ("MASQUE_PS", SYSTEM_OF_RESTRICTIONS, "Masqué aux professionnels de santé")
HIDDEN: Code = ("INVISIBLE_PATIENT", SYSTEM_OF_RESTRICTIONS, "Non visible par le patient")
HIDDEN_FROM_PARENTS: Code = (
    "INVISIBLE_REPRESENTANTS_LEGAUX",
    SYSTEM_OF_RESTRICTIONS,
    "Non visible par les représentants légaux du patient",
)
_EVENT_CODES = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"


def new_oid() -> str:
    """An OID nobody has. [ITU-T X.667: arc 2.25]"""
    return f"2.25.{uuid.uuid4().int}"


def new_patient(authority: str = AUTHORITY) -> str:
    """A patient identifier nobody has, as CX."""
    return f"W{uuid.uuid4().hex[:12].upper()}^^^&{authority}&ISO"


def new_ins_patient(authority: str = INS_TEST_AUTHORITY) -> str:
    """An INS identifier, with its key and its type, that hardly anybody has. [DMP: INS]"""
    number = uuid.uuid4().int
    body = f"2{number % 90 + 10}{number // 90 % 12 + 1:02}{number // 1080 % 19 + 1:02}{number // 20520 % 10**6:06}"
    return f"{body}{97 - int(body) % 97:02}^^^&{authority}&ISO^NH"


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who wrote: the texts of the slots, each written where it is not empty. [CI-SIS: author]"""

    person: str = "899700000001^ESSAI^DOMINIQUE^^^^^^&1.2.250.1.71.4.2.1&ISO"
    institution: str = "CLINIQUE D'ESSAI^^^^^&1.2.250.1.71.4.2.2&ISO^^^^10B0000000"
    role: str = ""
    specialty: str = ""

    def text(self, owner: str, scheme: str) -> str:
        """The Classification."""
        told = {
            "authorInstitution": self.institution,
            "authorPerson": self.person,
            "authorRole": self.role,
            "authorSpecialty": self.specialty,
        }
        slots = "".join(slot(name, value) for name, value in told.items() if value)
        return (
            f'<rim:Classification id="Author-{uuid.uuid4().hex}" classificationScheme="{scheme}" '
            f'classifiedObject={quoteattr(owner)} nodeRepresentation="">{slots}</rim:Classification>'
        )


def professional_author(
    number: str = "899700000001", family: str = "ESSAI", given: str = "DOMINIQUE", structure: str = "10B0000000"
) -> Author:
    """A professional and their structure, as the DMP's clients write them. [CI-SIS: PS_IdNat, Struct_IdNat]"""
    return Author(
        person=f"{number}^{family}^{given}^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        institution=f"CLINIQUE D'ESSAI^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^{structure}",
        specialty="G15_10/SM26^Médecin - Qualifié en médecine générale^1.2.250.1.213.1.1.4.5",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A DocumentEntry with the bytes it describes; hash and size are written only when given."""

    patient_id: str
    content: bytes | memoryview
    unique_id: str = field(default_factory=new_oid)
    id: str = "Document01"
    mime_type: str = "text/plain"
    title: str = "Compte rendu"
    hash: str | None = None
    size: int | None = None
    repository_unique_id: str | None = None
    creation_time: str = "20240131101500"
    class_code: Code = ("11", "1.2.250.1.213.1.1.4.1", "Compte rendu")
    type_code: Code = ("11488-4", LOINC, "CR de consultation")
    format_code: Code = ("urn:ihe:iti:xds:2017:mimeTypeSufficient", "1.3.6.1.4.1.19376.1.2.3", "mimeType suffit")
    confidentiality_code: Code = ("N", "2.16.840.1.113883.5.25", "Normal")
    facility_code: Code = ("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé")
    practice_code: Code = ("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Etablissement de santé")
    restrictions: tuple[Code, ...] = ()
    """Further confidentiality codes: from whom it is hidden. [DMP: visibility]"""

    event_codes: tuple[Code, ...] = ()
    author: Author = Author()
    legal_authenticator: str = ""
    language_code: str = "fr-FR"
    service_start_time: str = ""
    service_stop_time: str = ""
    source_patient_id: str = ""
    source_patient_info: tuple[str, ...] = ("PID-5|EXEMPLE^CAMILLE^^^^^L", "PID-7|19790305", "PID-8|F")
    reference_ids: tuple[str, ...] = ()
    lid: str = ""
    """The logicalId: of a new version of what is registered. [ITI TF-3: 4.2.3.2.30]"""

    def completed(self, repository_unique_id: str) -> Entry:
        """The entry as a repository registers it, with what it knows of the bytes. [ITI TF-2: 3.41.4.1.3]"""
        digest = hashlib.sha1(self.content).hexdigest()
        return replace(self, hash=digest, size=len(self.content), repository_unique_id=repository_unique_id)

    def text(self) -> str:
        """The ExtrinsicObject."""
        given = {"hash": self.hash, "size": self.size, "repositoryUniqueId": self.repository_unique_id}
        slots = slot("creationTime", self.creation_time)
        slots += "".join(slot(name, str(value)) for name, value in given.items() if value is not None)
        slots += slot("languageCode", self.language_code)
        slots += slot("sourcePatientId", self.source_patient_id or self.patient_id)
        slots += slot("sourcePatientInfo", *self.source_patient_info)
        further = {
            "legalAuthenticator": self.legal_authenticator,
            "serviceStartTime": self.service_start_time,
            "serviceStopTime": self.service_stop_time,
        }
        slots += "".join(slot(name, value) for name, value in further.items() if value)
        if self.reference_ids:
            slots += slot("urn:ihe:iti:xds:2013:referenceIdList", *self.reference_ids)
        coded = "".join(_classify(self.id, scheme, getattr(self, name)) for name, scheme in _CODED.items())
        coded += "".join(_classify(self.id, _CODED["confidentiality_code"], code) for code in self.restrictions)
        coded += "".join(_classify(self.id, _EVENT_CODES, code) for code in self.event_codes)
        lid = f" lid={quoteattr(self.lid)}" if self.lid else ""
        identifiers = _identify(
            self.id, "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId", self.patient_id
        )
        identifiers += _identify(self.id, names.DOCUMENT_UNIQUE_ID, "XDSDocumentEntry.uniqueId", self.unique_id)
        author = self.author.text(self.id, "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d")
        return (
            f"<rim:ExtrinsicObject id={quoteattr(self.id)} mimeType={quoteattr(self.mime_type)}{lid} "
            f'objectType="{_STABLE_ENTRY}">{slots}{_name(self.title)}{author}{coded}{identifiers}</rim:ExtrinsicObject>'
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """A submission: its SubmissionSet, its entries, and relationships as (type, source, target)."""

    patient_id: str
    entries: tuple[Entry, ...]
    relationships: tuple[tuple[str, str, str], ...] = ()
    unique_id: str = field(default_factory=new_oid)
    id: str = "SubmissionSet01"
    author: Author = Author()
    submission_time: str = "20240131102000"
    previous_versions: tuple[tuple[str, str], ...] = ()
    """Of an update: the id of an entry, and the version that it comes after. [ITI TF-2: 3.57.4.1.3.3.1]"""

    statuses: tuple[tuple[str, str, str], ...] = ()
    """Of an update: entryUUID, the status it has, the status it shall have. [ITI TF-2: 3.57.4.1.3.3.2]"""

    def text(self) -> str:
        """The SubmitObjectsRequest."""
        members = "".join(
            _associate(names.HAS_MEMBER, self.id, entry.id, f"Member{number:02}", self._membership(entry))
            for number, entry in enumerate(self.entries, 1)
        )
        related = "".join(
            _associate(kind, source, target, f"Relation{number:02}")
            for number, (kind, source, target) in enumerate(self.relationships, 1)
        )
        related += "".join(
            _associate(
                names.CHANGES_STATUS,
                self.id,
                entry,
                f"Status{number:02}",
                slot("OriginalStatus", old) + slot("NewStatus", new),
            )
            for number, (entry, old, new) in enumerate(self.statuses, 1)
        )
        return (
            f'<lcm:SubmitObjectsRequest xmlns:lcm="{names.NS["lcm"]}" xmlns:rim="{names.NS["rim"]}"><rim:RegistryObjectList>'
            + "".join(entry.text() for entry in self.entries)
            + self._package()
            + f'<rim:Classification id="Mark01" classifiedObject={quoteattr(self.id)} classificationNode="{_SUBMISSION_SET}"/>'
            + members
            + related
            + "</rim:RegistryObjectList></lcm:SubmitObjectsRequest>"
        )

    def _membership(self, entry: Entry) -> str:
        previous = dict(self.previous_versions).get(entry.id)
        told = slot("PreviousVersion", previous) if previous is not None else ""
        return slot("SubmissionSetStatus", "Original") + told

    def _package(self) -> str:
        kind = ("04", "1.2.250.1.213.2.2", "Hospitalisation")
        coded = _classify(self.id, "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500", kind)
        identifiers = "".join(
            _identify(self.id, scheme, f"XDSSubmissionSet.{name}", value)
            for scheme, name, value in (
                ("urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446", "patientId", self.patient_id),
                ("urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "sourceId", SOURCE_ID),
                ("urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8", "uniqueId", self.unique_id),
            )
        )
        author = self.author.text(self.id, "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d")
        return (
            f"<rim:RegistryPackage id={quoteattr(self.id)}>{slot('submissionTime', self.submission_time)}{_name('Lot')}"
            f"{author}{coded}{identifiers}</rim:RegistryPackage>"
        )


def slot(name: str, *values: str) -> str:
    """A Slot with its values."""
    listed = "".join(f"<rim:Value>{escape(value)}</rim:Value>" for value in values)
    return f"<rim:Slot name={quoteattr(name)}><rim:ValueList>{listed}</rim:ValueList></rim:Slot>"


def _name(text: str) -> str:
    return f'<rim:Name><rim:LocalizedString xml:lang="fr-FR" charset="UTF-8" value={quoteattr(text)}/></rim:Name>'


def _classify(owner: str, scheme: str, code: Code) -> str:
    return (
        f'<rim:Classification id="Class-{uuid.uuid4().hex}" classificationScheme="{scheme}" classifiedObject={quoteattr(owner)} '
        f"nodeRepresentation={quoteattr(code[0])}>{slot('codingScheme', code[1])}{_name(code[2])}</rim:Classification>"
    )


def _identify(owner: str, scheme: str, name: str, value: str) -> str:
    return (
        f'<rim:ExternalIdentifier id="Id-{uuid.uuid4().hex}" identificationScheme="{scheme}" registryObject={quoteattr(owner)} '
        f"value={quoteattr(value)}>{_name(name)}</rim:ExternalIdentifier>"
    )


def _associate(kind: str, source: str, target: str, name: str, slots: str = "") -> str:
    return (
        f'<rim:Association id="{name}" associationType="{kind}" sourceObject={quoteattr(source)} '
        f"targetObject={quoteattr(target)}>{slots}</rim:Association>"
    )
