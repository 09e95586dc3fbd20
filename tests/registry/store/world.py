"""What a history's next step can name: the objects that are registered at that moment, small pools of values, fresh ids.

Pools are small so that things meet; ids follow from the draw alone, so that a history can be played again.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Sequence
from typing import TypeVar

from registry.facts import Kind, PatientIdentity
from tests.simulators.registry import Kept, MemoryRegistry
from xds.hl7v2 import CX, DTM, XCN, CXi
from xds.metadata import Association, Author, Code, DocumentEntry, Folder, LocalizedString, SubmissionSet
from xds.vocabulary import AvailabilityStatus

T = TypeVar("T")

AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
TYPE_CODE = "NH"
SCHEME = "1.2.250.1.999.1"
NAME = (LocalizedString("texte & <texte>", "fr-FR"),)
PEOPLE = ("T1", "T2", "T3")
PERSONS = (
    "801^DUVAL^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO",
    "802^DU_AL^Noa^^^^^^&1.2.250.1.71.4.2.1&ISO",
    "^Éluard*[x]?^Anne",
)
PATTERNS = ("%DUVAL%", "%du_al%", "%DU_AL%", "%*[x]?%", "801%", "%\\%", "_Éluard%", "%")
REFERENCES = ("ACC1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession", "ACC_2^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order")
HOMES = (None, None, None, "urn:oid:1.2.250.1.999.7")
TIMES = ("2024", "202406", "20240615", "20250101120000", "20250601")
HASHES = ("aa" * 20, "bb" * 20)
ENTRIES = (Kind.STABLE, Kind.ON_DEMAND)


class World:
    """One moment of a history: its patient, most of the time the first; the registered, of that patient most of the time."""

    def __init__(self, registry: MemoryRegistry, draw: random.Random) -> None:
        self.registry = registry
        self.draw = draw
        self.patient = self.somebody()

    def chance(self, share: float) -> bool:
        """True so often."""
        return self.draw.random() < share

    def choice(self, values: Sequence[T]) -> T:
        """One of the values."""
        return values[self.draw.randrange(len(values))]

    def somebody(self) -> str:
        """Somebody who has not been subsumed, if there is one; rarely anybody."""
        effective = [each for each in PEOPLE if self.survivor(each) == each]
        return self.choice(PEOPLE if self.chance(0.08) else effective[:1] * 4 + effective)

    def survivor(self, id_number: str) -> str:
        """Who the patient is by now."""
        fact = self.registry.patients.get(PatientIdentity(id_number, AUTHORITY))
        return fact.subsumed_by.id_number if fact is not None and fact.subsumed_by is not None else id_number

    def patient_id(self, id_number: str | None = None) -> CX:
        """The patient as a submission says it: with the type code or without, rarely of an authority that nobody knows."""
        authority = "1.2.9.9" if self.chance(0.01) else AUTHORITY
        return CX.build(id_number or self.patient, authority, TYPE_CODE if self.chance(0.5) else "")

    def find(self, *kinds: Kind, but: Kept | None = None) -> list[Kept]:
        """The registered of those kinds, the patient's if it has some, the latest and Approved if some are: others rarely."""
        found = [kept for kept in self.registry.objects.values() if kept.kind in kinds and kept is not but]
        own = [kept for kept in found if kept.patient.id_number == self.patient]
        good = [kept for kept in own if kept.is_latest and kept.status is AvailabilityStatus.APPROVED]
        return (good if self.chance(0.9) else own if self.chance(0.7) else found) or own or found

    def pick(self, *kinds: Kind, but: Kept | None = None) -> Kept | None:
        """One of these, save one."""
        found = self.find(*kinds, but=but)
        return self.choice(found) if found else None

    def id_of(self, *kinds: Kind) -> str:
        """The entryUUID of one of these; where there is none, and rarely, of nothing."""
        kept = self.pick(*(tuple(Kind) if self.chance(0.02) else kinds))
        return self.uuid() if kept is None or self.chance(0.015) else kept.value.entry_uuid

    def has(self, *kinds: Kind) -> bool:
        """Whether the patient has one of those that is Approved; rarely all the same."""
        return self.chance(0.03) or any(
            kept.kind in kinds and kept.patient.id_number == self.patient and kept.status is AvailabilityStatus.APPROVED
            for kept in self.registry.objects.values()
        )

    def uuid(self) -> str:
        """A fresh one."""
        return f"urn:uuid:{uuid.UUID(int=self.draw.getrandbits(128))}"

    def unique_id(self) -> str:
        """A fresh one; rarely one that is taken."""
        taken = list(self.registry.unique_ids)
        return self.choice(taken) if taken and self.chance(0.03) else f"2.25.{self.draw.getrandbits(64)}"

    def time(self) -> DTM:
        """A moment, of any precision."""
        return DTM(self.choice(TIMES))

    def some(self, values: Sequence[T], most: int = 2, least: int = 0) -> tuple[T, ...]:
        """A few different ones of the values."""
        return tuple(self.draw.sample(values, self.draw.randint(least, most)))

    def code(self, attribute: str, count: int = 3) -> Code:
        """A code of that attribute."""
        return code(attribute, self.draw.randrange(count))

    def document_entry(self, entry_uuid: str) -> DocumentEntry:
        """A stable entry of the patient; now and then a document that is registered already, or another under its uniqueId."""
        unique_id, digest = self.unique_id(), self.choice(HASHES)
        known = self.pick(Kind.STABLE) if self.chance(0.1) else None
        if known is not None and isinstance(known.value, DocumentEntry):
            unique_id = known.value.unique_id or unique_id
            digest = known.value.hash or digest if self.chance(0.7) else digest
        return DocumentEntry(
            entry_uuid=entry_uuid,
            home_community_id=self.choice(HOMES),
            mime_type="text/xml",
            author=tuple(Author(XCN(person)) for person in self.some(PERSONS, least=1)),
            class_code=self.code("class_code"),
            confidentiality_code=tuple(code("confidentiality_code", each) for each in self.some(range(3), least=1)),
            creation_time=self.time(),
            document_availability=self.choice((None, "urn:ihe:iti:2010:DocumentAvailability:Online")),
            event_code_list=tuple(code("event_code_list", each) for each in self.some(range(3))),
            format_code=self.code("format_code", 2),
            hash=digest,
            healthcare_facility_type_code=self.code("healthcare_facility_type_code", 2),
            language_code="fr-FR",
            patient_id=self.patient_id(),
            practice_setting_code=self.code("practice_setting_code", 2),
            reference_id_list=tuple(CXi(text) for text in self.some(REFERENCES)),
            repository_unique_id="1.2.3",
            service_start_time=self.time() if self.chance(0.6) else None,
            size="8" if self.chance(0.03) else "7",
            source_patient_id=CX("local^^^&1.2.9&ISO"),
            title=NAME,
            type_code=self.code("type_code"),
            unique_id=unique_id,
        )

    def folder(self, entry_uuid: str) -> Folder:
        """A Folder of the patient."""
        return Folder(
            entry_uuid=entry_uuid,
            home_community_id=self.choice(HOMES),
            code_list=tuple(code("code_list", each) for each in self.some(range(3), least=1)),
            patient_id=self.patient_id(),
            title=NAME,
            unique_id=self.unique_id(),
        )

    def submission_set(self, entry_uuid: str) -> SubmissionSet:
        """A SubmissionSet of the patient."""
        return SubmissionSet(
            entry_uuid=entry_uuid,
            home_community_id=self.choice(HOMES),
            author=(Author(XCN(self.choice(PERSONS))),),
            content_type_code=self.code("content_type_code", 2),
            patient_id=self.patient_id(),
            source_id=f"1.2.{self.draw.randrange(3)}",
            submission_time=self.time(),
            unique_id=self.unique_id(),
        )

    def associations(self) -> list[Association]:
        """Every registered Association."""
        return [kept.value for kept in self.registry.objects.values() if isinstance(kept.value, Association)]


def code(attribute: str, number: int) -> Code:
    """A code of that attribute."""
    return Code(f"{attribute}{number}", SCHEME, NAME)
