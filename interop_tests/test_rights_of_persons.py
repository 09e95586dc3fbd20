"""What the person says counts in every column: whom they block, what they refuse, what is theirs, what a minor keeps secret. [DMP: 5, 6]"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from interop_tests.conftest import DATABASES, Launch
from interop_tests.running import REPOSITORY
from interop_tests.witness import names, records, vihf, wire
from interop_tests.witness.authority import STRUCTURE
from interop_tests.witness.clinic import Clinic, verdict, works
from interop_tests.witness.matrix import DOCTOR, NURSE, STRANGER, TREATING, Callers
from interop_tests.witness.metadata import (
    HIDDEN,
    HIDDEN_FROM_PARENTS,
    LOINC,
    MASKED,
    Author,
    Code,
    Entry,
    Lot,
    new_ins_patient,
    new_oid,
    professional_author,
)
from interop_tests.witness.partner import Partner, listed
from interop_tests.witness.shelf import FORMAT, Shelf
from interop_tests.witness.vihf import Role

DENIED = "DMPAccessDeniedByRightsService"
OPTICIAN = (Role("28", vihf.PROFESSIONS, "Opticien-lunetier"),)
DENIED_TYPES: tuple[Code, ...] = (
    ("EXPPAT_3", "1.2.250.1.213.1.1.4.12", "Directives anticipées"),
    ("51969-4", LOINC, "CR de génétique moléculaire"),
    ("83901-9", LOINC, "CR de psychologie"),
)


@pytest.fixture(scope="module", params=DATABASES)
def clinic(
    launch: Launch, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Clinic]:
    """A service whose patients are each test's own."""
    callers, anchors = Callers(), tmp_path_factory.mktemp("anchors")
    (anchors / "ca.cert.pem").write_bytes(callers.authority.pem)
    running = launch(request.param, domain="dmp", COFFRE_TRUST_ANCHORS=anchors, COFFRE_WORKERS=1)
    yield Clinic(running, callers, Shelf(""), Shelf(""), "")
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture
def shelf(clinic: Clinic) -> Shelf:
    """A patient with a record, who authorised everybody, and three documents by a stranger."""
    shelf = Shelf(new_ins_patient())
    clinic.open_record(shelf.patient)
    clinic.authorise(shelf.patient)
    for name, restrictions in (("plain", ()), ("masked", (MASKED,)), ("hidden", (HIDDEN,))):
        shelf.plan(name, STRANGER, *restrictions)
    shelf.send(clinic.by_stranger(shelf.patient))
    assert shelf.look(clinic.at("Tn", shelf.patient)) == shelf.expected
    return shelf


def consults(partner: Partner, shelf: Shelf) -> list[tuple[str, str]]:
    """How a query and a retrieval end."""
    answers = partner.find_documents(shelf.patient), partner.retrieve(REPOSITORY, shelf.unique_id("plain"))
    return [verdict(answer) for answer in answers]


def sees(partner: Partner, shelf: Shelf) -> set[str]:
    """The documents, by name, that a query shows; a retrieval of all gives the same."""
    found = partner.find_documents(shelf.patient)
    works(found)
    known = {entry.unique_id: name for name, entry in shelf.entries.items()}
    shown = {known[one] for one in found.unique_ids if one in known}
    given = partner.retrieve(REPOSITORY, *known).documents
    assert {known[one] for one in given} == shown
    return shown


def document(shelf: Shelf, person: str = NURSE) -> Lot:
    """One more document."""
    author = professional_author(person, "AUTEUR", "CAMILLE")
    entry = Entry(patient_id=shelf.patient, content=new_oid().encode(), format_code=FORMAT, author=author)
    return Lot(patient_id=shelf.patient, entries=(entry,), author=author)


def test_blocked_professional_has_no_access_in_any_mode(clinic: Clinic, shelf: Shelf) -> None:
    """Neither by card nor by two factors, and they are told so where they ask. [DMP: TD0.2, AUTORISATION INTERDIT]"""
    patient = clinic.by_patient(shelf.patient)
    works(patient.tell(records.set_authorization("SUPPRESSION", named=NURSE)))
    for column in (f"{kind}P{mode}" for kind in ("", "A") for mode in "nrb"):
        partner = clinic.at(column, shelf.patient)
        assert consults(partner, shelf) == [(DENIED, "RGT-BLOCKED")] * 2
        if not column.startswith("A"):
            assert verdict(partner.provide(document(shelf))) == (DENIED, "RGT-BLOCKED")
        told = partner.tell(records.demographics(shelf.patient))
        works(told)
        assert b"INTERDIT" in wire.etree.tostring(told.body)
    assert consults(clinic.at("Mn", shelf.patient), shelf) == [("", "")] * 2
    works(patient.tell(records.set_authorization("AJOUT", named=NURSE)))
    assert consults(clinic.at("Pn", shelf.patient), shelf) == [("", "")] * 2


def test_blocked_structure_blocks_whoever_comes_from_it(clinic: Clinic, shelf: Shelf) -> None:
    """Its people and its machines; another structure is not concerned."""
    message = records.set_authorization("SUPPRESSION", named=STRUCTURE)
    works(clinic.by_patient(shelf.patient).tell(message.replace("1.71.4.2.1<", "1.71.4.2.2<")))
    for column in ("Pn", "Mb", "AMn"):
        assert consults(clinic.at(column, shelf.patient), shelf) == [(DENIED, "RGT-BLOCKED")] * 2
    assert verdict(clinic.at("In", shelf.patient).provide(document(shelf))) == (DENIED, "RGT-BLOCKED")
    works(clinic.by_stranger(shelf.patient).provide(document(shelf, STRANGER)))


def test_designated_treating_doctor_cannot_be_blocked(clinic: Clinic, shelf: Shelf) -> None:
    """[DMP: TD0.3, médecin traitant]"""
    patient = clinic.by_patient(shelf.patient)
    works(patient.tell(records.set_authorization("AJOUT", "MEDECIN_TRAITANT", named=TREATING)))
    assert verdict(patient.tell(records.set_authorization("SUPPRESSION", named=TREATING)))[1] == "REC-AUTH-TREATING"
    assert sees(clinic.at("Tn", shelf.patient), shelf) == {"plain", "masked", "hidden"}


@pytest.mark.parametrize(
    ("opposition", "mode", "rule"),
    [
        (records.NO_BREAK_GLASS, "b", "RGT-OPPOSED-BREAK-GLASS"),
        (records.NO_REGULATION, "r", "RGT-OPPOSED-REGULATION"),
    ],
    ids=["bris de glace", "centre 15"],
)
def test_opposition_closes_one_emergency_and_no_other_way(
    clinic: Clinic, shelf: Shelf, opposition: str, mode: str, rule: str
) -> None:
    """[DMP: TD1.3b]"""
    patient = clinic.by_patient(shelf.patient)
    works(patient.tell(records.change(shelf.patient, {opposition: True})))
    columns = [f"{kind}{letter}{one}" for kind in ("", "A") for letter in "PMT" for one in "nrb"]
    for column in (one for one in columns if not one.endswith("Tr")):
        expected = (DENIED, rule) if column.endswith(mode) else ("", "")
        assert consults(clinic.at(column, shelf.patient), shelf) == [expected] * 2, column
    works(clinic.at(f"P{mode}", shelf.patient).provide(document(shelf)))
    works(patient.tell(records.change(shelf.patient, {opposition: False})))
    assert consults(clinic.at(f"P{mode}", shelf.patient), shelf) == [("", "")] * 2


def test_treating_doctor_sees_masked_documents_until_they_are_no_longer(clinic: Clinic, shelf: Shelf) -> None:
    """In regulation they are a doctor like another. [DMP: 5, 6]"""
    treating = clinic.at("Tn", shelf.patient)
    assert sees(treating, shelf) == {"plain", "masked", "hidden"}
    for column in ("Mn", "Pn", "Tb", "Pb"):
        assert sees(clinic.at(column, shelf.patient), shelf) == {"plain", "hidden"}
    regulating = replace(clinic.callers.of("Tn"), purpose=vihf.CENTRE_15)
    assert sees(clinic.service.partner().as_(regulating, shelf.patient), shelf) == {"plain", "hidden"}
    works(treating.tell(records.set_authorization("SUPPRESSION", "MEDECIN_TRAITANT")))
    assert sees(treating, shelf) == {"plain", "hidden"}


def test_masked_documents_are_seen_in_an_emergency_if_the_patient_agreed(clinic: Clinic, shelf: Shelf) -> None:
    """The patient alone may say so. [DMP: 5]"""
    told = records.change(shelf.patient, {records.SHOWS_MASKED: True})
    assert verdict(clinic.at("Mn", shelf.patient).tell(told))[0] != ""
    assert sees(clinic.at("Mb", shelf.patient), shelf) == {"plain", "hidden"}
    works(clinic.by_patient(shelf.patient).tell(told))
    for column in ("Mb", "Mr", "Pb", "Pr", "Tb", "AMb"):
        assert sees(clinic.at(column, shelf.patient), shelf) == {"plain", "masked", "hidden"}
    assert sees(clinic.at("Mn", shelf.patient), shelf) == {"plain", "hidden"}


def test_patients_see_their_masked_documents_and_not_what_is_announced_later(clinic: Clinic, shelf: Shelf) -> None:
    """[DMP: 6]"""
    patient = clinic.by_patient(shelf.patient)
    assert sees(patient, shelf) == {"plain", "masked"}
    assert verdict(patient.update(shelf.restricted("hidden")))[0] != ""
    works(clinic.at("Mn", shelf.patient).update(shelf.restricted("hidden")))
    assert sees(patient, shelf) == {"plain", "masked", "hidden"}


def test_document_of_the_patient_is_archived_and_deleted_by_them_or_their_treating_doctor(
    clinic: Clinic, shelf: Shelf
) -> None:
    """It needs no signature. [DMP: TD3.3c, TD3.3d; CI-SIS SM 4.1]"""
    patient, number = clinic.by_patient(shelf.patient), shelf.patient.partition("^")[0]
    author = Author(person=f"{number}^EXEMPLE^CAMILLE^^^^^^&1.2.250.1.213.1.4.10&ISO^L^^^NH", institution="")
    own = Shelf(shelf.patient)
    for name in ("one", "two"):
        own.entries[name] = replace(own.plan(name, STRANGER), author=author)
    works(patient.unsealed().provide(Lot(patient_id=shelf.patient, entries=tuple(own.entries.values()), author=author)))
    own.look(clinic.at("Tn", shelf.patient))
    archived, back = (
        lambda name: own.changed(name, names.APPROVED, names.ARCHIVED),
        lambda name: own.changed(name, names.ARCHIVED, names.APPROVED),
    )
    for column in ("Pn", "Mn", "Mb", "AMn", "W"):
        assert verdict(clinic.at(column, shelf.patient).update(archived("one"))) == (DENIED, "DMP-AUTHOR-ONLY")
    for column in ("Pn", "Mn", "Mb", "W"):
        refused = clinic.at(column, shelf.patient).update(own.changed("one", names.APPROVED, names.DELETED))
        assert verdict(refused) == (DENIED, "DMP-AUTHOR-ONLY")
    for partner, name in ((patient, "one"), (clinic.at("Tn", shelf.patient), "two")):
        works(partner.update(archived(name)))
        works(partner.update(back(name)))
        works(partner.update(own.changed(name, names.APPROVED, names.DELETED)))
    assert verdict(patient.update(shelf.changed("plain", names.APPROVED, names.ARCHIVED))) == (
        DENIED,
        "DMP-AUTHOR-ONLY",
    )


def test_who_may_not_consult_finds_their_own_by_uniqueId_and_nothing_else(clinic: Clinic, shelf: Shelf) -> None:
    """Another's answers as what does not exist. [DMP: TD3.1b]"""
    sent = document(shelf, DOCTOR)
    works(clinic.at("In", shelf.patient).provide(sent))
    works(clinic.at("Mn", shelf.patient).tell(records.set_authorization("SUPPRESSION")))

    def refs(partner: Partner, unique_id: str) -> list[str]:
        parameters = {"$XDSDocumentEntryUniqueId": listed((unique_id,))}
        answer = partner.query(names.GET_DOCUMENTS, parameters, return_type="ObjectRef")
        works(answer)
        return [str(one.get("id")) for one in answer.objects("ObjectRef")]

    unauthorised, structure = clinic.at("Mn", shelf.patient), clinic.at("In", shelf.patient)
    assert consults(unauthorised, shelf) == [(DENIED, "RGT-AUTHORISATION")] * 2
    (own,) = refs(unauthorised, sent.entries[0].unique_id)
    assert refs(structure, sent.entries[0].unique_id) == [own]
    for partner in (unauthorised, structure):
        for unique_id in (shelf.unique_id("plain"), shelf.unique_id("masked"), new_oid()):
            assert refs(partner, unique_id) == []
    deletion = Lot(patient_id=shelf.patient, entries=(), statuses=((own, names.APPROVED, names.DELETED),))
    works(structure.update(deletion))


def test_types_that_a_profession_is_not_shown_are_not_there(clinic: Clinic, shelf: Shelf) -> None:
    """Save what they wrote themselves. [DMP: matrice d'habilitation]"""
    optician, more = "899700000028", Shelf(shelf.patient)
    for code in DENIED_TYPES:
        more.plan(code[0], STRANGER, type_code=code)
    more.plan("own", optician, type_code=DENIED_TYPES[0])
    more.plan("report", STRANGER)
    more.send(clinic.at("In", shelf.patient))
    works(clinic.by_patient(shelf.patient).tell(records.set_authorization(named=optician)))
    told = replace(clinic.callers.of("APn"), person_id=optician, roles=OPTICIAN)
    partner = clinic.service.partner().as_(told, shelf.patient)
    assert sees(partner, more) == {"own", "report"}
    assert sees(clinic.at("Pn", shelf.patient), more) == more.entries.keys()
    breaking = replace(told, purpose=vihf.BREAK_GLASS, reason="Patient inconscient")
    assert sees(clinic.service.partner().as_(breaking, shelf.patient), more) == {"own", "report"}


def test_secret_connection_hides_from_the_parents_of_a_minor(clinic: Clinic) -> None:
    """What is sent in secrecy bears the code; the child and professionals see it. [DMP: connexion secrète]"""
    shelf = Shelf(new_ins_patient())
    child = records.Person(birth_date="20150305")
    works(clinic.by_patient(shelf.patient).tell(records.create(shelf.patient, child)))
    clinic.authorise(shelf.patient)
    secret = clinic.service.partner().as_(replace(clinic.callers.of("Mn"), is_secret=True), shelf.patient)
    assert verdict(secret.provide(document(shelf, DOCTOR))) == (DENIED, "DMP-SECRET")
    shelf.plan("open", DOCTOR)
    shelf.send(clinic.at("Mn", shelf.patient))
    kept = Shelf(shelf.patient)
    kept.plan("secret", DOCTOR, HIDDEN_FROM_PARENTS)
    kept.send(secret)
    both = Shelf(shelf.patient, {**shelf.entries, **kept.entries})
    parent = clinic.service.partner().as_(clinic.callers.parent(shelf.patient))
    assert sees(parent, both) == {"open"}
    for partner in (clinic.by_patient(shelf.patient), clinic.at("Pn", shelf.patient)):
        assert sees(partner, both) == {"open", "secret"}
