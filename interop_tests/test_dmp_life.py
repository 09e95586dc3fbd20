"""The life of a record, from its creation to its reopening, gone through by zeep on what the service says of itself. [DMP: TD0-TD3]

Every step is a typed call of a client that shares no code with the service; who calls is told by an assertion in each request, and
each lot is signed. What a caller may not see is compared with what does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from zeep.exceptions import Fault

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf, wire
from interop_tests.witness.holders import Holder, certify
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import MASKED, Entry, Lot, new_ins_patient, new_oid, professional_author
from interop_tests.witness.partner import listed, quoted
from interop_tests.witness.vihf import Voucher
from interop_tests.witness.zeep_person import Found, Person, codes, errors_of, status_of

AUTHOR, COLLEAGUE, STRANGER, NURSE = (f"89970000000{number}" for number in "1234")
EVERY_STATUS = (names.APPROVED, names.DEPRECATED, names.ARCHIVED, names.DELETED)


@pytest.fixture(scope="module")
def service(launch: Launch, database: str) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(database, domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


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


@pytest.fixture
def story(service: Running) -> Story:
    """A patient of whom nobody has heard."""
    return Story(service, new_ins_patient())


@pytest.fixture
def opened(story: Story) -> tuple[Story, Report]:
    """A record with one document; its author and a colleague are authorised."""
    accepted(story.doctor().tell(records.create(story.patient_id)))
    for person in (story.doctor(), story.colleague()):
        assert person.authorise() == "DMPOk"
    report = story.report("premier document")
    submitted(story.doctor(), report.lot())
    return story, report


def accepted(answer: wire.Element) -> wire.Element:
    """An HL7 v3 answer that says yes."""
    assert acknowledgement(answer) == "AA", wire.etree.tostring(answer)
    return answer


def acknowledgement(answer: wire.Element) -> str:
    """AA or AE; the DMP wraps an answer that may accept or refuse."""
    return next(str(one.get("typeCode")) for one in answer.iter(names.tag("hl7:acknowledgement")))


def refused_by(answer: wire.Element) -> str:
    """What an HL7 v3 refusal tells."""
    assert acknowledgement(answer) == "AE", wire.etree.tostring(answer)
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
    text = wire.etree.tostring(answer.body).decode()
    for one in ids:
        text = text.replace(one, "ID")
    return re.sub(r"urn:uuid:[0-9a-f-]{36}", "UUID", text)


def test_record_is_created_authorised_fed_read_and_closed(story: Story) -> None:
    """TD0.2, TD1.1, TD0.3, ITI-41, ITI-18, ITI-43, TD1.6, TD0.4, journal, TD1.4, TD1.2: one life, in its order."""
    patient_id, doctor, patient = story.patient_id, story.doctor(), story.patient()

    before = accepted(doctor.tell(records.demographics(patient_id)))
    assert query_code(before) == "NF"
    accepted(doctor.tell(records.create(patient_id)))
    existing = accepted(doctor.tell(records.demographics(patient_id)))
    assert (query_code(existing), attention(existing), record_status(existing)) == ("OK", "NON_EXISTE", "active")

    assert not_granted(doctor.find(patient_id).said) == "RGT-AUTHORISATION"
    assert doctor.authorise() == "DMPOk"
    assert attention(doctor.tell(records.demographics(patient_id))) == "VALIDE"

    report = story.report("bytes \r\n that come back as they are")
    submitted(doctor, report.lot())
    found = doctor.find(patient_id)
    assert found.entries[report.unique_id].status == names.APPROVED
    assert {"10", "11488-4"} <= codes(found.entries[report.unique_id])
    assert doctor.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}

    listed_ = doctor.authorisations()
    assert (listed_[AUTHOR].mode, listed_[AUTHOR].codeSpeciality) == ("ACTIVE", ["G15_10/SM26"])
    row = doctor.patient_list()[patient_id.partition("^")[0]]
    assert (row.lastName, row.MT) == ("EXEMPLE", False)

    rows = patient.journal(patient_id)
    assert {"TD1.1", "TD0.3", "ITI-41", "ITI-18", "ITI-43", "TD1.6"} <= {one.transaction for one in rows}
    assert {one.person.id for one in rows if one.transaction == "ITI-43"} == {AUTHOR}
    assert any(one.ending == "refused" and one.transaction == "ITI-18" for one in rows)

    accepted(patient.tell(records.close(patient_id)))
    closed = accepted(doctor.tell(records.demographics(patient_id)))
    assert record_status(closed) == "terminated"
    for answer in (doctor.find(patient_id).said, refused_provide(doctor, story.report("trop tard").lot())):
        assert not_granted(answer) == "REC-CLOSED"
    accepted(doctor.tell(records.reopen(patient_id)))
    assert sees(doctor, report)
    assert doctor.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


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
    return next(
        str(one.get("code")) for one in answer.iterfind(".//hl7:subject1/hl7:patient/hl7:statusCode", names.NS)
    )


def not_granted(answer: wire.Answer) -> str:
    """The rule for which an answer refuses, in the DMP's code."""
    (error,) = answer.errors
    assert (answer.status, error.code) == ("Failure", "DMPAccessDeniedByRightsService"), answer.errors
    return error.context.rpartition("[")[2].rstrip("]")


def refused_provide(person: Person, lot: Lot) -> wire.Answer:
    assert status_of(person.provide(lot)) == "Failure"
    answer: wire.Answer = person.repository.transport.answers[-1]
    return answer


def refused_update(person: Person, lot: Lot) -> wire.Answer:
    assert status_of(person.update(lot)) == "Failure"
    answer: wire.Answer = person.registry.transport.answers[-1]
    return answer


def test_document_that_its_author_masks_does_not_exist_for_another_professional(opened: tuple[Story, Report]) -> None:
    """Found by no query, counted nowhere, in no association, not retrieved, not replaced, not updated. [DMP: MASQUE_PS]"""
    story, masked = opened
    author, other = story.doctor(), story.colleague()
    assert sees(other, masked)
    first = shown(author, masked)
    updated(author, revision(author, masked, masked.entry(restrictions=(MASKED,))))
    second = shown(author, masked)
    assert first != second
    assert author.find(masked.patient_id, *EVERY_STATUS).statuses >= {
        (masked.unique_id, names.DEPRECATED),
        (masked.unique_id, names.APPROVED),
    }

    visible = story.report("deuxième document")
    submitted(author, visible.lot())
    seen_by_other = other.find(masked.patient_id, *EVERY_STATUS)
    assert {unique_id for unique_id, _ in seen_by_other.statuses if unique_id == masked.unique_id} == set()
    assert visible.unique_id in seen_by_other.entries

    nothing = new_oid()
    as_nothing(other, names.GET_DOCUMENTS, "$XDSDocumentEntryUniqueId", masked.unique_id, nothing)
    for entry_uuid in (first, second):
        for query, parameter in (
            (names.GET_DOCUMENTS, "$XDSDocumentEntryEntryUUID"),
            (names.GET_ASSOCIATIONS, "$uuid"),
            (names.GET_DOCUMENTS_AND_ASSOCIATIONS, "$XDSDocumentEntryEntryUUID"),
            (names.GET_SUBMISSION_SETS, "$uuid"),
        ):
            as_nothing(other, query, parameter, entry_uuid, wire.uuid.uuid4().urn)
    assert first not in everything(other, story) and second not in everything(other, story)

    assert other.retrieve(REPOSITORY, [masked.unique_id, visible.unique_id]) == {visible.unique_id: visible.cda()}
    told = retrieval_of(other, masked.unique_id)
    assert told == retrieval_of(other, nothing)

    unknown = wire.uuid.uuid4().urn
    for attempt in (masked.next_version("usurpé"), story.report("usurpé")):
        tried = [refused_provide(other, attempt.lot(replaces=target)) for target in (second, unknown)]
        assert without_ids(tried[0], second, attempt.unique_id) == without_ids(tried[1], unknown, attempt.unique_id)
    tried = [
        refused_update(other, status_change(story.patient_id, target, names.APPROVED, names.ARCHIVED))
        for target in (second, unknown)
    ]
    assert without_ids(tried[0], second) == without_ids(tried[1], unknown)

    assert author.retrieve(REPOSITORY, [masked.unique_id]) == {masked.unique_id: masked.cda()}
    assert sees(story.patient(), masked)


def as_nothing(person: Person, query: str, parameter: str, of_hidden: str, of_nothing: str) -> None:
    """A query about what is hidden says what a query about nothing says."""
    answers = [person.query(query, {parameter: listed((one,))}) for one in (of_hidden, of_nothing)]
    assert [one.count for one in answers] == [0, 0]
    assert without_ids(answers[0].said, of_hidden) == without_ids(answers[1].said, of_nothing), query


def everything(person: Person, story: Story) -> str:
    """GetAll: every object of a record that somebody is shown, as it came. [ITI TF-2: 3.18.4.1.2.3.7.4]"""
    statuses = listed(EVERY_STATUS)
    found: Found = person.query(
        names.GET_ALL,
        {
            "$patientId": quoted(story.patient_id),
            "$XDSDocumentEntryStatus": statuses,
            "$XDSSubmissionSetStatus": statuses,
            "$XDSFolderStatus": statuses,
        },
    )
    return wire.etree.tostring(found.said.body).decode()


def retrieval_of(person: Person, unique_id: str) -> str:
    """What ITI-43 answers of one document that is not given."""
    assert person.retrieve(REPOSITORY, [unique_id]) == {}
    return without_ids(person.repository.transport.answers[-1], unique_id)


def test_unmasked_document_is_seen_by_other_professionals_again(opened: tuple[Story, Report]) -> None:
    """TD3.3a, the other way. [DMP: TD3.3a]"""
    story, report = opened
    author, other = story.doctor(), story.colleague()
    updated(author, revision(author, report, report.entry(restrictions=(MASKED,))))
    assert not sees(other, report)
    updated(author, revision(author, report, report.entry()))
    assert sees(other, report)
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


def test_médecin_traitant_sees_what_is_masked(opened: tuple[Story, Report]) -> None:
    """[DMP: MASQUE_PS]"""
    story, report = opened
    author, treating = story.doctor(), story.colleague()
    updated(author, revision(author, report, report.entry(restrictions=(MASKED,))))
    assert not sees(treating, report)
    assert treating.authorise(role="MEDECIN_TRAITANT") == "DMPOk"
    assert sees(treating, report)
    assert treating.authorisations()[COLLEAGUE].specificRight == ["MEDECIN_TRAITANT"]


def test_broken_glass_shows_what_is_not_masked_and_the_patient_reads_why(opened: tuple[Story, Report]) -> None:
    """Without authorisation, with a reason. [DMP: bris de glace]"""
    story, masked = opened
    author, stranger = story.doctor(), story.breaking_the_glass()
    updated(author, revision(author, masked, masked.entry(restrictions=(MASKED,))))
    visible = story.report("utile en urgence")
    submitted(author, visible.lot())
    assert not_granted(story.doctor(STRANGER, "INCONNU ALEX").find(story.patient_id).said) == "RGT-AUTHORISATION"
    assert set(stranger.find(story.patient_id).entries) == {visible.unique_id}
    assert stranger.retrieve(REPOSITORY, [visible.unique_id, masked.unique_id]) == {visible.unique_id: visible.cda()}

    rows = [row for row in story.patient().journal(story.patient_id) if row.mode == vihf.BREAK_GLASS]
    assert {row.person.id for row in rows} == {STRANGER}
    assert {row.reason for row in rows} == {"Patient inconscient"}
    assert {row.transaction for row in rows} == {"ITI-18", "ITI-43"}


def test_broken_glass_shows_what_is_masked_where_the_patient_agreed(opened: tuple[Story, Report]) -> None:
    """[DMP: bris de glace, accord du patient]"""
    story, masked = opened
    author, stranger = story.doctor(), story.breaking_the_glass()
    updated(author, revision(author, masked, masked.entry(restrictions=(MASKED,))))
    assert not sees(stranger, masked)
    accepted(story.patient().tell(records.change(story.patient_id, {records.SHOWS_MASKED: True})))
    assert sees(stranger, masked)
    assert stranger.retrieve(REPOSITORY, [masked.unique_id]) == {masked.unique_id: masked.cda()}


def test_glass_is_not_broken_where_the_patient_objects(opened: tuple[Story, Report]) -> None:
    """[DMP: OPPOSITION_BRIS_DE_GLACE]"""
    story, report = opened
    accepted(story.patient().tell(records.change(story.patient_id, {records.NO_BREAK_GLASS: True})))
    stranger = story.breaking_the_glass()
    assert not_granted(stranger.find(story.patient_id).said) == "RGT-OPPOSED-BREAK-GLASS"
    assert stranger.retrieve(REPOSITORY, [report.unique_id]) == {}


def test_document_is_archived_brought_back_and_deleted_by_its_author(opened: tuple[Story, Report]) -> None:
    """Nothing goes for good. [DMP: TD3.3c, TD3.3d]"""
    story, report = opened
    author, nurse = story.doctor(), story.nurse()
    assert nurse.authorise() == "DMPOk"
    patient_id, entry_uuid = story.patient_id, shown(author, report)
    steps = ((names.APPROVED, names.ARCHIVED), (names.ARCHIVED, names.APPROVED), (names.APPROVED, names.DELETED))
    for old, new in steps:
        change = status_change(patient_id, entry_uuid, old, new)
        assert refused_update(nurse, change).errors, "somebody who is not its author"
        updated(author, replace(change, unique_id=new_oid()))
        assert sees(author, report, new)
        assert not sees(author, report, old)
    stale = status_change(patient_id, entry_uuid, names.APPROVED, names.ARCHIVED)
    assert refused_update(author, stale).errors, "a document is not in the status that is told"
    assert author.retrieve(REPOSITORY, [report.unique_id]) == {report.unique_id: report.cda()}


def test_document_of_another_is_archived_by_a_doctor_and_deleted_by_none(opened: tuple[Story, Report]) -> None:
    """Doctors of reinforced authentication archive in all modes. [DMP: TD3.3c, TD3.3d, AIR]"""
    story, report = opened
    author, other = story.doctor(), story.colleague()
    entry_uuid = shown(author, report)
    deletion = status_change(story.patient_id, entry_uuid, names.APPROVED, names.DELETED)
    assert refused_update(other, deletion).errors
    assert sees(author, report)
    updated(other, status_change(story.patient_id, entry_uuid, names.APPROVED, names.ARCHIVED))
    assert sees(author, report, names.ARCHIVED)


def test_replaced_document_is_deprecated_and_the_new_one_names_it(opened: tuple[Story, Report]) -> None:
    """Association and header say the same. [DMP: TD2.1; CI-SIS SM 3.5.5.23]"""
    story, old = opened
    author = story.doctor()
    new = old.next_version("deuxième version")
    submitted(author, new.lot(replaces=shown(author, old)))
    assert author.find(story.patient_id, *EVERY_STATUS).statuses >= {
        (old.unique_id, names.DEPRECATED),
        (new.unique_id, names.APPROVED),
    }
    assert author.retrieve(REPOSITORY, [new.unique_id]) == {new.unique_id: new.cda()}


def test_professional_whom_the_patient_blocks_has_no_access_in_any_mode(opened: tuple[Story, Report]) -> None:
    """[DMP: TD0.3, TD1.6 INTERDITE]"""
    story, report = opened
    patient, other = story.patient(), story.colleague()
    assert sees(other, report)
    person_type = "1.2.250.1.71.4.2.1"
    assert patient.authorise("SUPPRESSION", nationalId=COLLEAGUE, nationalIdType=person_type) == "DMPOk"
    assert not_granted(other.find(story.patient_id).said) == "RGT-BLOCKED"
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {}
    urgent = story.person(replace(other.voucher, purpose=vihf.BREAK_GLASS, reason="Urgence"))
    assert not_granted(urgent.find(story.patient_id).said) == "RGT-BLOCKED"
    assert other.authorise() != "DMPOk"
    assert set(story.doctor().authorisations("INTERDITE")) == {COLLEAGUE}
    assert set(story.doctor().authorisations("ACTIVE")) == {AUTHOR}

    assert patient.authorise("AJOUT", nationalId=COLLEAGUE, nationalIdType=person_type) == "DMPOk"
    assert sees(other, report)


def test_professional_who_takes_their_authorisation_back_sees_nothing(opened: tuple[Story, Report]) -> None:
    """[DMP: TD0.3 SUPPRESSION]"""
    story, report = opened
    other = story.colleague()
    assert other.authorise("SUPPRESSION") == "DMPOk"
    assert not_granted(other.find(story.patient_id).said) == "RGT-AUTHORISATION"
    assert other.retrieve(REPOSITORY, [report.unique_id]) == {}
    assert story.patient_id.partition("^")[0] not in other.patient_list()


def test_journal_is_the_patients_and_shows_refusals_too(opened: tuple[Story, Report]) -> None:
    """Another professional sees their own lines only; another patient none. [DMP: traces]"""
    story, report = opened
    other = story.colleague()
    assert sees(other, report)
    assert {row.person.id for row in other.journal(story.patient_id)} == {COLLEAGUE}
    assert {AUTHOR, COLLEAGUE} <= {row.person.id for row in story.patient().journal(story.patient_id)}
    somebody_else = Story(story.service, new_ins_patient())
    with pytest.raises(Fault) as refused:
        somebody_else.patient().journal(story.patient_id)
    assert refused.value.subcodes


def test_closed_record_answers_nothing_but_that_it_is_closed(opened: tuple[Story, Report]) -> None:
    """[DMP: TD1.4, TD1.2]"""
    story, report = opened
    author, patient = story.doctor(), story.patient()
    entry_uuid = shown(author, report)
    accepted(patient.tell(records.close(story.patient_id)))
    assert not_granted(author.find(story.patient_id).said) == "REC-CLOSED"
    assert author.retrieve(REPOSITORY, [report.unique_id]) == {}
    assert not_granted(refused_provide(author, story.report("trop tard").lot())) == "REC-CLOSED"
    change = status_change(story.patient_id, entry_uuid, names.APPROVED, names.ARCHIVED)
    assert not_granted(refused_update(author, change)) == "REC-CLOSED"
    assert "REC-CLOSED" in refused_by(author.tell(records.create(story.patient_id)))
    assert author.authorise() != "DMPOk"

    accepted(author.tell(records.reopen(story.patient_id)))
    assert sees(author, report)
    assert "REC-ACTIVE" in refused_by(author.tell(records.reopen(story.patient_id)))
