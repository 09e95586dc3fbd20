"""A patient of the French profile, who comes to their record, and what is asked of an answer. [DMP: TD0-TD3]"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from lxml import etree

from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf, wire
from interop_tests.witness.holders import Holder, certify
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import Entry, Lot, new_ins_patient, professional_author
from interop_tests.witness.partner import Partner
from interop_tests.witness.vihf import Voucher
from interop_tests.witness.zeep_person import Person, errors_of, said, status_of

AUTHOR, COLLEAGUE, STRANGER, NURSE = (f"89970000000{number}" for number in "1234")
EVERY_STATUS = (names.APPROVED, names.DEPRECATED, names.ARCHIVED, names.DELETED)
OF_PERSONS = "1.2.250.1.71.4.2.1"
"""nationalIdType of a professional. [DMP: TD1.6]"""


@dataclass(frozen=True)
class Story:
    """A patient, and who comes to their record."""

    service: Running
    patient_id: str

    def person(self, voucher: Voucher) -> Person:
        return Person(self.service.url, voucher.for_(self.patient_id))

    def doctor(self, number: str = AUTHOR, name: str = "ESSAI DOMINIQUE") -> Person:
        return self.person(vihf.professional(self.service.pki, number, name))

    def colleague(self) -> Person:
        """A doctor of another structure, whom the same authority has certified."""
        seal = certify(Holder.read(self.service.pki, "ca"), unit="10B0000002", name="AUTRE CLINIQUE")
        return self.person(Voucher(holder=seal, person_id=COLLEAGUE, person_name="AUTRE SACHA"))

    def nurse(self) -> Person:
        voucher = vihf.professional(self.service.pki, NURSE, "SOIGNANT LOU")
        return self.person(replace(voucher, roles=vihf.NURSE))

    def breaking_the_glass(self) -> Person:
        voucher = vihf.professional(self.service.pki, STRANGER, "INCONNU ALEX")
        return self.person(replace(voucher, purpose=vihf.BREAK_GLASS, reason="Patient inconscient"))

    def patient(self) -> Person:
        return self.person(vihf.patient(self.service.pki, self.patient_id))

    def report(self, text: str) -> Report:
        return Report(patient_id=self.patient_id, text=text)


def begin(service: Running) -> Story:
    """A patient of whom nobody has heard."""
    return Story(service, new_ins_patient())


def open_record(service: Running, person: records.Person | None = None) -> tuple[Story, Report]:
    """A record with one document; its author and a colleague are authorised."""
    story = begin(service)
    accepted(story.doctor().tell(records.create(story.patient_id, person)))
    for professional in (story.doctor(), story.colleague()):
        assert professional.authorise() == "DMPOk"
    report = Report(patient_id=story.patient_id, text="premier document", person=person or records.Person())
    submitted(story.doctor(), report.lot())
    return story, report


def accepted(answer: wire.Element) -> wire.Element:
    """An HL7 v3 answer that says yes."""
    assert acknowledgement(answer) == "AA", etree.tostring(answer)
    return answer


def acknowledgement(answer: wire.Element) -> str:
    """AA or AE, as an attribute or, in PDQ, an element; the DMP wraps an answer that may accept or refuse."""
    (told,) = answer.iter(names.tag("hl7:acknowledgement"))
    element = told.find("hl7:typeCode", names.NS)
    return str(told.get("typeCode") if element is None else element.get("code"))


def refused_by(answer: wire.Element) -> str:
    """What an HL7 v3 refusal tells."""
    assert acknowledgement(answer) == "AE", etree.tostring(answer)
    return " ".join(str(one.text) for one in answer.iter(names.tag("hl7:text")))


def submitted(person: Person, lot: Lot) -> None:
    answer = person.provide(lot)
    assert status_of(answer) == "Success", errors_of(answer)


def updated(person: Person, lot: Lot) -> None:
    answer = person.update(lot)
    assert status_of(answer) == "Success", errors_of(answer)


def shown(person: Person, report: Report) -> str:
    """The entryUUID under which somebody sees a document in force."""
    found = person.find(report.patient_id)
    assert found.status == "Success"
    return str(found.entries[report.unique_id].id)


def sees(person: Person, report: Report, *statuses: str) -> bool:
    found = person.find(report.patient_id, *statuses)
    assert found.status == "Success"
    return report.unique_id in found.entries


def revision(person: Person, report: Report, entry: Entry) -> Lot:
    """ITI-57: a new version of the metadata of a registered document. [DMP: TD3.3a; ITI TF-2: 3.57.4.1.3.3.1]"""
    old = person.find(report.patient_id, names.APPROVED).entries[report.unique_id]
    entry = replace(entry.completed(REPOSITORY), lid=old.lid)
    return Lot(
        patient_id=report.patient_id,
        entries=(entry,),
        author=professional_author(),
        previous_versions=((entry.id, old.VersionInfo.versionName),),
    )


def status_change(patient_id: str, entry_uuid: str, old: str, new: str) -> Lot:
    """ITI-57: archived, brought back, deleted. [DMP: TD3.3c, TD3.3d]"""
    return Lot(patient_id=patient_id, entries=(), author=professional_author(), statuses=((entry_uuid, old, new),))


def without_ids(answer: wire.Answer, *ids: str) -> str:
    """What an answer says, but for the ids that were asked for and those of the message itself."""
    text = etree.tostring(answer.body).decode()
    for one in ids:
        text = text.replace(one, "ID")
    return re.sub(r"urn:uuid:[0-9a-f-]{36}", "UUID", text)


def query_code(answer: wire.Element) -> str:
    return next(str(one.get("code")) for one in answer.iter(names.tag("hl7:queryResponseCode")))


def attention(answer: wire.Element) -> str:
    """The AUTORISATION that TD0.2 tells. [DMP: TD0.2]"""
    lines = answer.iterfind("hl7:attentionLine", names.NS)
    keyed = {one.find("hl7:keyWordText", names.NS): one.find("hl7:value", names.NS) for one in lines}
    return next(
        str(value.get("code"))
        for key, value in keyed.items()
        if key is not None and value is not None and key.get("code") == "AUTORISATION"
    )


def record_status(answer: wire.Element) -> str:
    return next(str(one.get("code")) for one in answer.iterfind(".//hl7:subject1/hl7:patient/hl7:statusCode", names.NS))


def not_granted(answer: wire.Answer) -> str:
    """The rule for which an answer refuses, in the DMP's code."""
    (error,) = answer.errors
    assert (answer.status, error.code) == ("Failure", "DMPAccessDeniedByRightsService"), answer.errors
    return error.context.rpartition("[")[2].rstrip("]")


def refused_provide(person: Person, lot: Lot) -> wire.Answer:
    assert status_of(person.provide(lot)) == "Failure"
    return said(person.repository)


def refused_update(person: Person, lot: Lot) -> wire.Answer:
    assert status_of(person.update(lot)) == "Failure"
    return said(person.registry)


@dataclass(frozen=True, slots=True)
class Case:
    """The same by the witness's own client, with records as they may be found."""

    service: Running
    patient_id: str

    def by(self, voucher: vihf.Voucher) -> Partner:
        return self.service.partner().as_(voucher, self.patient_id)

    @property
    def doctor(self) -> Partner:
        return self.by(vihf.professional(self.service.pki))

    @property
    def regulation(self) -> Partner:
        """A centre 15, which alone looks people up by their traits; about nobody yet."""
        voucher = replace(vihf.professional(self.service.pki, "899700000015"), purpose=vihf.CENTRE_15)
        return self.service.partner().as_(voucher)

    @property
    def patient(self) -> Partner:
        return self.by(vihf.patient(self.service.pki, self.patient_id))

    def opened(self) -> Case:
        """With a record of which the patient has told much."""
        person = records.Person(family=f"EXEMPLE-{self.patient_id[1:9]}")
        self.doctor.tell(records.create(self.patient_id, person, {records.NO_REGULATION: False}))
        return self

    def closed(self) -> Case:
        self.opened().patient.tell(records.close(self.patient_id, "Parce que < & >"))
        return self

    def authorised(self) -> Case:
        self.opened().doctor.authorise()
        return self

    def fed(self) -> Report:
        """With a document."""
        report = Report(patient_id=self.patient_id)
        assert self.authorised().doctor.provide(report.lot()).status == "Success"
        return report

    @property
    def family(self) -> str:
        return f"EXEMPLE-{self.patient_id[1:9]}"
