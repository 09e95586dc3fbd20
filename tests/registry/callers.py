"""A registry of the French profile, where callers of every kind come to one patient's record."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

from access.mandate import Mandate
from access.sight import RESTRICTIONS
from ins.matricule import Matricule
from tests.access.people import DOCTOR_ID, OTHER_STRUCTURE_ID, STRUCTURE_ID, a_caller, a_standing, the_dmp
from tests.registry.desk import Backend, Desk, MemoryBackend, SQLBackend, relation
from tests.samples import INS_TEST_AUTHORITY, a_code
from tests.samples.metadata import PROFESSIONALS
from xds.domain import AffinityDomain
from xds.hl7v2 import CX, XCN, XON
from xds.messages import RegisterDocumentSet, RegistryResponse, UpdateDocumentSet
from xds.metadata import Author, Code, DocumentEntry, Submission
from xds.vocabulary import AssociationType, Severity

COLLEAGUE_ID, STRANGER_ID = "899700000202", "899700000303"

ACTORS: dict[str, tuple[str, dict[str, Any]]] = {
    "author": ("M", {}),
    "colleague": ("M", {"person_id": COLLEAGUE_ID}),
    "stranger": ("M", {"person_id": STRANGER_ID, "structure_id": OTHER_STRUCTURE_ID}),
    "treating doctor": ("T", {"person_id": STRANGER_ID, "structure_id": OTHER_STRUCTURE_ID}),
    "structure": ("I", {"person_id": COLLEAGUE_ID}),
    "patient": ("PAT", {}),
    "parent": ("REP", {}),
}
"""Who comes, and what makes them; the author is DOCTOR_ID of STRUCTURE_ID, the colleague is of the same structure."""


def a_matricule_of_nobody() -> str:
    """A matricule that no other test has."""
    digits = f"{uuid.uuid4().int % 10**8:08d}"
    return Matricule.of_number(f"2{digits[:2]}0599{digits[2:]}")


@dataclass
class GuardedDesk(Desk):
    """A desk whose verbs are also done on behalf of somebody. What ``registered`` brings was brought by nobody in particular."""

    domain: AffinityDomain = field(default_factory=the_dmp)
    patient_id: CX = field(default_factory=lambda: CX.build(a_matricule_of_nobody(), INS_TEST_AUTHORITY))

    def mandate(self, actor: str, *, standing: dict[str, Any] | None = None, **changes: Any) -> Mandate:
        """Somebody at this patient's record, which is active; they are authorised."""
        letter, told = ACTORS[actor]
        patient = self.patient_id.id_number, self.patient_id.authority
        person = {"person_id": patient[0]} if letter == "PAT" else {}
        caller = a_caller(letter, **{"patient": patient, **person, **told, **changes})
        own = {"patient": patient, "is_treating": letter == "T", **(standing or {})}
        return Mandate(caller, a_standing(**own), self.domain)

    def entry(self, **changes: Any) -> DocumentEntry:
        """A document of the author, unless somebody else's is asked for."""
        return super().entry(**{"author": (author_of(DOCTOR_ID),), **changes})

    def register_for(self, mandate: Mandate, submission: Submission) -> RegistryResponse:
        """What ITI-42 answers to somebody."""
        return self.backend.settle(
            lambda work: self.actor.register(RegisterDocumentSet(submission), work, mandate),
            lambda each: each.errors.has_errors,
        )

    def update_for(self, mandate: Mandate, submission: Submission) -> RegistryResponse:
        """What ITI-57 answers to somebody."""
        return self.backend.settle(
            lambda work: self.actor.update(UpdateDocumentSet(submission), work, mandate),
            lambda each: each.errors.has_errors,
        )

    def registered(self, submission: Submission) -> Submission:
        response = self.register(submission)
        assert not response.errors.has_errors, response.errors
        return submission


def guarded(backend: Backend) -> GuardedDesk:
    """A desk over the same store, in the French profile."""
    if isinstance(backend, SQLBackend):
        return GuardedDesk(SQLBackend(backend.database, the_dmp()))
    return GuardedDesk(MemoryBackend())


def author_of(person_id: str, structure_id: str = STRUCTURE_ID) -> Author:
    """A professional of a structure."""
    return Author(
        XCN.build(person_id, "LEROUX", "Camille", PROFESSIONALS),
        (XON.build("Clinique des Tilleuls", structure_id, "1.2.250.1.71.4.2.2"),),
    )


def the_patient(desk: Desk) -> Author:
    """The patient as an author."""
    return Author(XCN(f"{desk.patient_id.id_number}^MARTIN^Alix^^^^^^&{INS_TEST_AUTHORITY}&ISO^D^^^NH"))


def restricted(*names: str) -> tuple[Code, ...]:
    """A confidentialityCode: normal, with those restrictions."""
    return a_code("N", "2.16.840.1.113883.5.25", "normal"), *(a_code(name, RESTRICTIONS, name) for name in names)


def a_replacement(desk: Desk, entry: DocumentEntry) -> Submission:
    """[ITI-42] A new document of the same author in the place of another."""
    new = desk.entry(author=entry.author)
    return desk.submission(new, associations=[relation(AssociationType.RPLC, new.entry_uuid, entry.entry_uuid)])


def refusals(response: RegistryResponse) -> list[str]:
    """Each error as its code and the rule that its sentence names, if it names one; warnings are passed over."""
    return [
        f"{error.row.code} {error.code_context.rpartition('[')[2].rstrip(']')}".rstrip()
        if error.code_context.endswith("]") and error.row.code.startswith("DMP")
        else error.row.code
        for error in response.errors
        if error.severity is Severity.ERROR
    ]


def told(response: RegistryResponse, **names: str) -> list[tuple[str, str]]:
    """Codes and sentences, with names in the place of ids: so that what is said of two ids can be compared."""
    found = []
    for error in response.errors:
        sentence = error.code_context
        for name, identifier in names.items():
            sentence = sentence.replace(identifier, name)
        found.append((error.row.code, sentence))
    return found
