"""A service with records, authorisations and documents in which every cell of the matrix of rights can be tried. [DMP: 5]"""

from __future__ import annotations

from dataclasses import dataclass, replace

from interop_tests.running import Running
from interop_tests.witness import names, records, wire
from interop_tests.witness.matrix import COLLEAGUE, DOCTOR, NURSE, OCCUPATIONAL, PEOPLE, STRANGER, Callers, cells
from interop_tests.witness.metadata import HIDDEN, MASKED, Lot, new_ins_patient, professional_author
from interop_tests.witness.partner import Partner
from interop_tests.witness.shelf import Shelf

KINDS = ("plain", "hidden", "archived", "obsolete", "deleted")
"""The documents of another that whoever consults may read, masked ones apart. [DMP: TD3.2]"""


@dataclass
class Clinic:
    """Three patients: one who agreed that masked documents be seen in an emergency, one who did not, one whose authorisations change."""

    service: Running
    callers: Callers
    agreed: Shelf
    refused: Shelf
    third: str

    @classmethod
    def open(cls, service: Running, callers: Callers) -> Clinic:
        """Records, authorisations and documents."""
        clinic = cls(service, callers, Shelf(new_ins_patient()), Shelf(new_ins_patient()), new_ins_patient())
        for patient, told in ((clinic.agreed.patient, True), (clinic.refused.patient, False), (clinic.third, False)):
            clinic.open_record(patient, shows_masked=told)
            clinic.authorise(patient)
        clinic._plan()
        return clinic

    def open_record(self, patient: str, *, shows_masked: bool = False) -> None:
        """Created by the patient, who says what only they may say."""
        told = {records.SHOWS_MASKED: True} if shows_masked else {}
        works(self.by_patient(patient).tell(records.create(patient, told=told)))

    def authorise(self, patient: str) -> None:
        """By the patient, and the médecin traitant by themselves."""
        for person in (NURSE, DOCTOR, OCCUPATIONAL):
            works(self.by_patient(patient).tell(records.set_authorization(named=person)))
        works(self.at("Tn", patient).authorise("MEDECIN_TRAITANT"))

    def at(self, column: str, patient: str = "") -> Partner:
        """The system of who stands in a column, about a patient."""
        return self.service.partner().as_(self.callers.of(column), patient)

    def by_patient(self, patient: str) -> Partner:
        """The patient's own portal."""
        return self.service.partner().as_(self.callers.patient(patient))

    def by_stranger(self, patient: str) -> Partner:
        """The system of the other structure."""
        return self.service.partner().as_(self.callers.stranger(), patient)

    def _plan(self) -> None:
        for shelf in (self.agreed, self.refused):
            for name in KINDS:
                shelf.plan(name, STRANGER, *((HIDDEN,) if name == "hidden" else ()))
            shelf.plan("masked", STRANGER, MASKED)
            for letter in PEOPLE:
                shelf.plan(f"own masked {letter}", PEOPLE[letter][0], MASKED)
        for action, column, cell in cells():
            name, own = f"{action} {column}", PEOPLE[column.removeprefix("A")[0]][0]
            author = {"o": own, "s": COLLEAGUE, "●": STRANGER}.get(cell, STRANGER)
            if cell == "-":
                continue
            if action == "TD3.1b":
                self.agreed.plan(name, own)
            elif action == "TD3.3a unmask":
                self.agreed.plan(name, author, MASKED)
            elif action == "TD3.3b":
                self.agreed.plan(name, author, HIDDEN)
            elif action in ("TD3.3a mask", "TD3.3c", "TD3.3d"):
                self.agreed.plan(name, author)
        for name, restrictions in (("plain", ()), ("masked", (MASKED,)), ("hidden", (HIDDEN,))):
            self.agreed.plan(f"{name}, colleague's", COLLEAGUE, *restrictions)
        for shelf in (self.agreed, self.refused):
            shelf.send(self.at("In", shelf.patient))
            self._let_live(shelf)

    def _let_live(self, shelf: Shelf) -> None:
        """One archived, one deleted, one replaced."""
        shelf.look(self.at("Tn", shelf.patient))
        works(self.at("Tn", shelf.patient).update(shelf.changed("archived", names.APPROVED, names.ARCHIVED)))
        stranger = self.by_stranger(shelf.patient)
        works(stranger.update(shelf.changed("deleted", names.APPROVED, names.DELETED)))
        successor = replace(Shelf(shelf.patient).plan("successor", STRANGER), id="Successor01")
        relationship = (names.REPLACES, successor.id, shelf.shown["obsolete"].entry_uuid)
        works(
            stranger.provide(
                Lot(
                    patient_id=shelf.patient,
                    entries=(successor,),
                    relationships=(relationship,),
                    author=professional_author(STRANGER),
                )
            )
        )
        for name, status in (
            ("archived", names.ARCHIVED),
            ("deleted", names.DELETED),
            ("obsolete", names.DEPRECATED),
        ):
            shelf.expect(name, status)
        assert shelf.look(self.at("Tn", shelf.patient)) == shelf.expected


def verdict(answer: wire.Answer) -> tuple[str, str]:
    """Code and rule of a refusal, whichever service said it; two empty texts where it worked."""
    if answer.fault is not None:
        return answer.fault.subcode, answer.fault.reason.rpartition("[")[2].rstrip("]")
    detail = next(answer.body.iter(names.tag("hl7:acknowledgementDetail")), None)
    if detail is not None:
        code = detail.find("hl7:code", names.NS)
        assert code is not None
        return code.get("code", ""), detail.findtext("hl7:text", "", names.NS).partition(":")[0]
    told = {wire.etree.QName(one).localname: one.text or "" for one in answer.body.iter("{*}status", "{*}context")}
    if "status" in told:
        is_done = told["status"] == "DMPOk"
        return ("", "") if is_done else (told["status"], told.get("context", "").partition(":")[0])
    errors = [error for error in answer.errors if error.severity == names.ERROR]
    if not errors:
        return "", ""
    return errors[0].code, errors[0].context.rpartition("[")[2].rstrip("]")


def works(answer: wire.Answer) -> None:
    """It was done."""
    assert verdict(answer) == ("", ""), wire.etree.tostring(answer.body)
