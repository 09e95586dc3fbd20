"""A signed lot is judged as the DMP judges it: what is broken is told by the rule it breaks, and nothing of it stays. [DMP: signature]"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, vihf, wire
from interop_tests.witness.broken_lots import BROKEN, XSLT_TYPE, Broken, Scene
from interop_tests.witness.cda_seal import enveloped, enveloping, self_presenting
from interop_tests.witness.holders import Holder
from interop_tests.witness.lot import Seal, signed
from interop_tests.witness.metadata import Author, Entry, Lot, new_ins_patient, new_oid
from interop_tests.witness.partner import Partner

SECONDS_MAX = 0.05
_RULE = re.compile(r"\[([^\[\]]+)\]$")


@pytest.fixture(scope="module")
def service(launch: Launch) -> Iterator[Running]:
    """A service in the French profile, on the embedded database."""
    running = launch(domain="dmp", COFFRE_WORKERS=1)
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture(scope="module")
def scene(service: Running) -> Scene:
    """The establishment of the demonstration PKI, and a patient."""
    return new_scene(service)


def new_scene(service: Running) -> Scene:
    """A patient with a record, in which the doctor may look for what must not be there."""
    pki = service.data / "pki"
    scene = Scene(Holder.read(pki, "establishment-seal"), Holder.read(pki, "establishment-tls"), new_ins_patient())
    partner, sent = source(service, scene), signed(scene.report().lot(), Seal(holder=scene.holder))
    assert partner.provide(sent).status == "Success"
    assert partner.authorise().fault is None
    assert set(partner.find_documents(scene.patient).unique_ids) == {entry.unique_id for entry in sent.entries}
    return scene


def source(service: Running, scene: Scene) -> Partner:
    """The doctor who wrote, at a system that sends lots as they are."""
    return service.partner().as_(vihf.professional(service.data / "pki"), scene.patient).unsealed()


def rules(answer: wire.Answer, severity: str = names.ERROR) -> dict[str, str]:
    """The rules that the errors name at the end of their codeContext, with their codes."""
    found = ((_RULE.search(error.context), error) for error in answer.errors if error.severity == severity)
    return {named[1]: error.code for named, error in found if named is not None}


def warnings(answer: wire.Answer) -> list[str]:
    """What warnings name: a rule, or the clause."""
    return sorted(
        named[1]
        for error in answer.errors
        if error.severity != names.ERROR and (named := _RULE.search(error.context)) is not None
    )


def check_refused(service: Running, scene: Scene, broken: Broken) -> wire.Answer:
    """By its rules and no others; the registry, the repository and the folder of bytes know nothing of it."""
    partner, before, sent = source(service, scene), service.content_files(), broken.make(scene)
    answer = partner.provide(sent)
    assert (answer.fault, answer.status) == (None, "Failure")
    told = rules(answer)
    assert told.keys() == broken.rules, answer.errors
    assert set(told.values()) == {"InvalidDocumentContent"}
    assert all(error.location for error in answer.errors if "SIG-LOT-MISSING" not in error.context)
    number = scene.patient.partition("^")[0]
    assert not any(number in error.context for error in answer.errors)
    assert service.content_files() == before
    unique_ids = [entry.unique_id for entry in sent.entries]
    for shown in (partner.get_documents(*unique_ids), partner.find_documents(scene.patient)):
        assert not set(shown.unique_ids) & set(unique_ids)
    retrieved = partner.retrieve(REPOSITORY, *unique_ids)
    assert (retrieved.documents, set(retrieved.codes)) == ({}, {"XDSDocumentUniqueIdError"})
    return answer


@pytest.mark.parametrize("what", BROKEN)
def test_broken_lot_is_refused_by_its_rule_and_leaves_nothing(service: Running, scene: Scene, what: str) -> None:
    """Everything that is wrong is told at once, in codeContext, and soon. [ITI TF-3: 4.2.4.1]"""
    assert check_refused(service, scene, BROKEN[what]).is_multipart
    assert min(seconds(service, scene, BROKEN[what]) for _ in range(3)) < SECONDS_MAX


def seconds(service: Running, scene: Scene, broken: Broken) -> float:
    """How long the answer takes, connection included."""
    partner = source(service, scene)
    request = partner.write_provide(broken.make(scene))
    started = time.perf_counter()
    partner.post(request)
    return time.perf_counter() - started


def good(
    edit: Callable[[bytes, Holder], bytes] | None = None, *, told: dict[str, object] | None = None, **changes: object
) -> Callable[[Scene], Lot]:
    """A lot as it should be, but for what is only warned of. ``told``: of the document; ``changes``: of its entry."""

    def made(scene: Scene) -> Lot:
        sent = scene.report(**(told or {})).lot()
        content = bytes(sent.entries[0].content)
        entry = replace(sent.entries[0], **changes)  # type: ignore[arg-type]
        if edit is not None:
            entry = replace(entry, content=edit(content, scene.holder))
        return signed(replace(sent, entries=(entry,)), Seal(holder=scene.holder))

    return made


def _zero(scene: Scene) -> Lot:
    return signed(
        scene.report().lot(), Seal(holder=scene.holder, before=lambda manifest: manifest.replace("AA==", "0"))
    )


def _two(scene: Scene) -> Lot:
    entries = tuple(scene.report().entry(f"Document{number:02}") for number in range(1, 6))
    return signed(Lot(patient_id=scene.patient, entries=entries, author=entries[0].author), Seal(holder=scene.holder))


ACCEPTED: dict[str, tuple[Callable[[Scene], Lot], list[str]]] = {
    "plain": (good(), []),
    "five documents": (_two, []),
    "digest of IHE for the set": (_zero, []),
    "signed itself": (good(enveloping), []),
    "presents itself": (good(lambda c, _: self_presenting(c), mime_type=XSLT_TYPE), []),
    "presents itself, signed": (good(lambda c, h: enveloped(self_presenting(c), h), mime_type=XSLT_TYPE), []),
    "restricted": (good(restrictions=(("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "Masqué"),)), []),
    "presents itself, and is not said to": (good(lambda c, _: self_presenting(c)), ["CDA-XDS-MIME-TYPE-WRAPPER"]),
    "predecessor unknown": (good(told={"replaces": new_oid(), "version": 2}), ["CDA-RPLC-UNKNOWN"]),
    "other title": (good(title="Autre titre"), ["CDA-XDS-TITLE"]),
    "other language": (good(language_code="en-US"), ["CDA-XDS-LANGUAGE"]),
    "other traits": (good(source_patient_info=("PID-5|AUTRE^CAMILLE^^^^^L",)), ["CDA-XDS-SOURCE-PATIENT-INFO"]),
    "other time of the act": (good(service_start_time="20200101"), ["CDA-XDS-SERVICE-TIME"]),
    "other signatory": (
        good(legal_authenticator="8^AUTRE^X^^^^^^&1.2.3&ISO^D^^^IDNPS"),
        ["CDA-XDS-LEGAL-AUTHENTICATOR"],
    ),
    "other facility": (
        good(facility_code=("SA01", "1.2.250.1.71.4.2.4", "Etablissement public de santé")),
        ["CDA-XDS-FACILITY"],
    ),
}


@pytest.mark.parametrize("what", ACCEPTED)
def test_good_lot_is_stored_whole_and_what_is_odd_is_warned_of(service: Running, scene: Scene, what: str) -> None:
    """Success, with the warnings that the rules give and no others. [ITI TF-3: 4.2.4.2]"""
    make, expected = ACCEPTED[what]
    partner, sent = source(service, scene), make(scene)
    answer = partner.provide(sent)
    assert (answer.fault, answer.status) == (None, "Success"), answer.errors
    assert warnings(answer) == expected, answer.errors
    contents = {entry.unique_id: bytes(entry.content) for entry in sent.entries}
    assert partner.retrieve(REPOSITORY, *contents).documents == contents
    assert contents.keys() <= set(partner.find_documents(scene.patient).unique_ids)


def with_patient(patient: str) -> tuple[Callable[[Scene], Lot], Callable[[Running, Scene], Partner]]:
    """A good lot about another patient, and a source whose assertion is about that one."""
    return (
        lambda scene: good()(scene._replace(patient=patient)),
        lambda service, scene: source(service, scene._replace(patient=patient)),
    )


MATRICULES = {
    "unknown authority": ("279035121518989^^^&1.2.250.1.999.1&ISO^NH", {"CDA-SM-INS": "InvalidDocumentContent"}, []),
    "wrong key": ("279035121518980^^^&1.2.250.1.213.1.4.8&ISO^NH", {"CDA-SM-INS-KEY": "InvalidDocumentContent"}, []),
    "no key": ("2790351215189^^^&1.2.250.1.213.1.4.8&ISO^NH", {"CDA-SM-INS-SHAPE": "InvalidDocumentContent"}, []),
    "wrong key, tests": ("279035121518980^^^&1.2.250.1.213.1.4.10&ISO^NH", {}, ["CDA-SM-INS-KEY-TEST"]),
}


@pytest.mark.parametrize("what", MATRICULES)
def test_matricule_is_asked_for_its_authority_and_its_key(service: Running, scene: Scene, what: str) -> None:
    """Published test identities often have a wrong key: there it is a warning. [CI-SIS SM 3.5.5.12]"""
    patient, refused, warned = MATRICULES[what]
    make, system = with_patient(patient)
    before = service.content_files()
    answer = system(service, scene).provide(make(scene))
    assert answer.fault is None
    assert (answer.status, rules(answer)) == ("Failure" if refused else "Success", refused), answer.errors
    assert set(warned) <= set(warnings(answer))
    assert not any(patient.partition("^")[0] in error.context for error in answer.errors)
    assert (service.content_files() == before) is bool(refused)


def test_registry_takes_no_lot_that_came_around_the_repository(service: Running, scene: Scene) -> None:
    """It has no bytes to hold the signature against. [DMP: TD2.1]"""
    sent = good()(scene)
    completed = replace(sent, entries=tuple(entry.completed(REPOSITORY) for entry in sent.entries))
    partner = source(service, scene)
    feeding = replace(vihf.professional(service.data / "pki"), mode=vihf.INDIRECT)
    answer = partner.as_(feeding, scene.patient).register(completed)
    assert rules(answer) == {"DMP-SEALED-LOTS": "DMPAccessDeniedByRightsService"}
    assert partner.get_documents(*(entry.unique_id for entry in sent.entries)).unique_ids == []


def test_documents_of_a_patient_come_unsigned_from_nobody_else(service: Running, scene: Scene) -> None:
    """Who writes that the patient is the author is not the patient yet. [CI-SIS SM 4.1]"""
    number = scene.patient.partition("^")[0]
    author = Author(person=f"{number}^EXEMPLE^CAMILLE^^^^^^&1.2.250.1.213.1.4.10&ISO^L^^^NH", institution="")
    entry = Entry(patient_id=scene.patient, content=new_oid().encode(), author=author)
    sent, before = Lot(patient_id=scene.patient, entries=(entry,), author=author), service.content_files()
    assert rules(source(service, scene).provide(sent)).keys() == {"SIG-LOT-MISSING"}
    assert service.content_files() == before
    patient = service.partner().as_(vihf.patient(service.data / "pki", scene.patient)).unsealed()
    assert patient.provide(sent).status == "Success"


ON_POSTGRESQL = (
    "no signature",
    "other digest",
    "omits a document",
    "typeCode",
    "DTD",
    "no PDF",
    "enveloping, XSW2",
    "everything",
)


def test_lots_are_judged_the_same_on_postgresql(launch: Launch) -> None:
    """What is refused leaves nothing, what is good is stored. [contract 5]"""
    service = launch("postgresql", domain="dmp", COFFRE_WORKERS=1)
    scene = new_scene(service)
    for what in ON_POSTGRESQL:
        check_refused(service, scene, BROKEN[what])
    partner, sent = source(service, scene), good()(scene)
    assert partner.provide(sent).status == "Success"
    contents = {entry.unique_id: bytes(entry.content) for entry in sent.entries}
    assert partner.retrieve(REPOSITORY, *contents).documents == contents
