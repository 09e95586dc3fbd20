"""Invented patients, metadata and documents of a realistic size."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, replace

from registry.facts import Claim, Effects, Kind, PatientIdentity
from xds.hl7v2 import CX, DTM, XCN, XON, CXi
from xds.metadata import Association, Author, Code, DocumentEntry, LocalizedString, SubmissionSet
from xds.vocabulary import AssociationType, AvailabilityStatus, SubmissionSetStatus

AUTHORITY = "1.2.250.1.213.1.4.10"  # INS, test
ENTRIES_PER_PATIENT = 20
FED_PATIENTS_MIN = 1_000
CDA_BYTES = 30_000
CONTENT_BYTES = 50_000
CONTENTS = 2_000  # different documents on the disk; the entries of a large population share them
CLASSES = ("10", "11", "31", "42")
TYPES = ("11502-2", "18748-4", "34133-9", "11490-0", "57833-6")


def matricule(number: int) -> str:
    """An invented matricule of 15 characters with a valid key: sex, year, month, department, commune, order, key."""
    sex, rest = 1 + number % 2, number // 2
    year, rest = rest % 100, rest // 100
    month, rest = 1 + rest % 12, rest // 12
    department, rest = 1 + rest % 18, rest // 18
    body = f"{sex}{year:02}{month:02}{department:02}{1 + rest // 999 % 989:03}{1 + rest % 999:03}"
    return f"{body}{97 - int(body) % 97:02}"


def fed_patients(entries: int) -> int:
    """How many patients submissions are about: those of the population, and where it is small some more."""
    return max(entries // ENTRIES_PER_PATIENT, FED_PATIENTS_MIN)


def patient_of(number: int) -> PatientIdentity:
    """The patient who owns the entry of that number."""
    return PatientIdentity(matricule(number // ENTRIES_PER_PATIENT), AUTHORITY)


def document_unique_id(number: int) -> str:
    """The uniqueId of an entry of the population."""
    return f"2.25.88{number:037}"


def content(number: int, size: int = CONTENT_BYTES) -> bytes:
    """Document bytes: XML-like text that differs from one number to the next."""
    line = (
        f"<observation code='{number % 997:04}'><value unit='g/L' value='{number % 83}.{number % 7}'/></observation>\n"
    )
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<ClinicalDocument id="{number:012}">\n'
    return (head + line * (size // len(line) + 1)).encode()[: size - 20] + b"</ClinicalDocument>\n"


def code(code: str, scheme: str, name: str) -> Code:
    """A coded attribute with a French display name."""
    return Code(code, scheme, (LocalizedString(name, "fr-FR"),))


def entry(number: int, patient_id: CX, entry_uuid: str, unique_id: str) -> DocumentEntry:
    """A DocumentEntry as a French hospital sends it: two authors, nine codes, a title, strict traits."""
    year, month, day = 2015 + number % 11, 1 + number % 12, 1 + number % 28
    moment = DTM(f"{year}{month:02}{day:02}0830{number % 60:02}")
    person = XCN("801234567890^DUVAL^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")
    house = XON("CENTRE HOSPITALIER DES ESSAIS^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750000001")
    authors = (
        Author(
            person,
            (house,),
            ("RESPPRS^Responsable^1.2.250.1.213.1.1.4.2.280",),
            ("G15_10/SM26^Biologie^1.2.250.1.213.1.1.4.5",),
        ),
        Author(XCN("801234567891^MOREL^NOA^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"), (house,)),
    )
    return DocumentEntry(
        entry_uuid=entry_uuid,
        mime_type="text/xml",
        author=authors,
        class_code=code(CLASSES[number % 4], "1.2.250.1.213.1.1.4.1", "Compte rendu"),
        comments=(LocalizedString("Document d'essai de charge", "fr-FR"),),
        confidentiality_code=(code("N", "2.16.840.1.113883.5.25", "Normal"),),
        creation_time=moment,
        event_code_list=(
            code("HLQK002", "1.2.250.1.213.2.5", "Examen"),
            code(f"Z{number % 90:02}", "2.16.840.1.113883.6.3", "Motif"),
        ),
        format_code=code("urn:ihe:lab:xd-lab:2008", "1.3.6.1.4.1.19376.1.2.3", "Biologie"),
        healthcare_facility_type_code=code("SA01", "1.2.250.1.71.4.2.4", "Établissement public de santé"),
        language_code="fr-FR",
        legal_authenticator=person,
        patient_id=patient_id,
        practice_setting_code=code("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9", "Établissement de santé"),
        reference_id_list=(CXi(f"ACC{number:09}^^^&1.2.250.1.999.7&ISO^urn:ihe:iti:xds:2013:accession"),),
        service_start_time=moment,
        service_stop_time=DTM(str(moment)[:8] + "103000"),
        source_patient_id=CX(f"IPP{number % 10_000_000:07}^^^&1.2.250.1.999.3&ISO^PI"),
        source_patient_info=("PID-5|DESESSAIS^CAMILLE^^^^^L", "PID-7|19790327", "PID-8|F"),
        title=(LocalizedString("Compte rendu d'examens biologiques", "fr-FR"),),
        type_code=code(TYPES[number % 5], "2.16.840.1.113883.6.1", "CR d'examens biologiques"),
        unique_id=unique_id,
    )


def submission_set(patient_id: CX, entry_uuid: str, unique_id: str, moment: str) -> SubmissionSet:
    """The SubmissionSet around one entry."""
    return SubmissionSet(
        entry_uuid=entry_uuid,
        author=(Author(XCN("801234567890^DUVAL^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS")),),
        content_type_code=code("04", "1.2.250.1.213.2.2", "Hospitalisation de jour"),
        patient_id=patient_id,
        source_id="1.2.250.1.999.4.1",
        submission_time=DTM(moment),
        title=(LocalizedString("Lot d'essai", "fr-FR"),),
        unique_id=unique_id,
    )


@dataclass(frozen=True, slots=True)
class Stored:
    """What the population holds of one entry: effects for the registry, digest and size for the repository."""

    effects: Effects
    unique_id: str
    content_number: int


def stored(number: int, repository_unique_id: str, digests: dict[int, tuple[str, int]]) -> Stored:
    """The accepted submission of one entry of the population; ``digests``: content number → SHA-1 and size."""
    patient = patient_of(number)
    patient_id = CX(f"{patient.id_number}^^^&{patient.authority}&ISO^NH")
    entry_uuid, set_uuid = (
        f"urn:uuid:{uuid.UUID(int=(1 << 96) + number)}",
        f"urn:uuid:{uuid.UUID(int=(2 << 96) + number)}",
    )
    unique_id, set_unique_id = document_unique_id(number), f"2.25.99{number:037}"
    sha1, size = digests[number % len(digests)]
    document_entry = replace(
        entry(number, patient_id, entry_uuid, unique_id),
        logical_id=entry_uuid,
        version="1",
        availability_status=AvailabilityStatus.APPROVED,
        repository_unique_id=repository_unique_id,
        hash=sha1,
        size=str(size),
    )
    year = 2015 + number % 11
    moment = f"{year}{1 + number % 12:02}{1 + number % 28:02}0900{number % 60:02}"
    effects = Effects(
        patient=patient,
        submission_set=submission_set(patient_id, set_uuid, set_unique_id, moment),
        document_entries=(document_entry,),
        associations=(
            Association(
                entry_uuid=f"urn:uuid:{uuid.UUID(int=(3 << 96) + number)}",
                association_type=AssociationType.HAS_MEMBER,
                source_object=set_uuid,
                target_object=entry_uuid,
                submission_set_status=SubmissionSetStatus.ORIGINAL,
                availability_status=AvailabilityStatus.APPROVED,
            ),
        ),
        claims=(Claim(unique_id, Kind.STABLE, sha1, str(size)), Claim(set_unique_id, Kind.SUBMISSION_SET)),
    )
    return Stored(effects, unique_id, number % len(digests))


def digests(count: int = CONTENTS) -> dict[int, tuple[str, int]]:
    """SHA-1 and size of each shared content."""
    return {
        number: (hashlib.sha1(content(number), usedforsecurity=False).hexdigest(), CONTENT_BYTES)
        for number in range(count)
    }
