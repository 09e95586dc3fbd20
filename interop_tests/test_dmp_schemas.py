"""What the French profile answers is valid: by the genuine schemas where there are any, else by those that the service publishes.

The answers about records are HL7 v3 interactions of which the papers hold the parts, not the whole; each part is judged by its type.
[DMP: TD0.2 … TD1.6; HL7 V3 NE 2008; contract 4]
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from interop_tests.conftest import Launch
from interop_tests.dmp_story import Case
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import names, records, vihf, wire
from interop_tests.witness.invented import Report
from interop_tests.witness.metadata import MASKED, Lot, new_ins_patient, new_oid
from interop_tests.witness.schemas import PIECES, Schemas, judge, published

GDP = "asip:ci-sis:gdp:2010"
TYPED = ("habilitations", "patients", "journal")


@pytest.fixture(scope="module")
def service(launch: Launch) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.fixture(scope="module")
def schemas(papers: Path) -> Schemas:
    """The genuine ones."""
    return Schemas(papers / "ihe-schema")


Exchange = Callable[[Case], wire.Answer]

RECORDS: dict[str, tuple[str, str, Exchange]] = {
    "TD0.2 nobody": ("PRPA_IN201308UV02", "NF", lambda c: c.doctor.tell(records.demographics(c.patient_id))),
    "TD0.2 there": ("PRPA_IN201308UV02", "OK", lambda c: c.opened().doctor.tell(records.demographics(c.patient_id))),
    "TD0.2 closed": ("PRPA_IN201308UV02", "OK", lambda c: c.closed().doctor.tell(records.demographics(c.patient_id))),
    "TD0.2 other patient": (
        "PRPA_IN201308UV02",
        "AE",
        lambda c: c.opened().doctor.tell(records.demographics(new_ins_patient())),
    ),
    "TD1.3a": (
        "PRPA_IN201308UV02",
        "OK",
        lambda c: c.opened().doctor.tell(records.demographics(c.patient_id, records.READ)),
    ),
    "TD0.5 found": ("PRPA_IN201306UV02", "OK", lambda c: c.opened().regulation.tell(looked_up(c))),
    "TD0.5 nobody": ("PRPA_IN201306UV02", "NF", lambda c: c.regulation.tell(looked_up(c))),
    "TD0.5 not granted": ("PRPA_IN201306UV02", "AE", lambda c: c.opened().doctor.tell(looked_up(c))),
    "TD1.1": ("PRPA_IN201312UV02", "AA", lambda c: c.doctor.tell(records.create(c.patient_id))),
    "TD1.1 again": ("PRPA_IN201313UV02", "AE", lambda c: c.opened().doctor.tell(records.create(c.patient_id))),
    "TD1.2": ("PRPA_IN201315UV02", "AA", lambda c: c.closed().doctor.tell(records.reopen(c.patient_id))),
    "TD1.2 not closed": ("PRPA_IN201316UV02", "AE", lambda c: c.opened().doctor.tell(records.reopen(c.patient_id))),
    "TD1.3b": (
        "PRPA_IN201315UV02",
        "AA",
        lambda c: c.opened().patient.tell(records.change(c.patient_id, {records.NO_BREAK_GLASS: True})),
    ),
    "TD1.3b not granted": (
        "PRPA_IN201316UV02",
        "AE",
        lambda c: c.opened().doctor.tell(records.change(c.patient_id, {records.SHOWS_MASKED: True})),
    ),
    "TD1.4": ("PRPA_IN201315UV02", "AA", lambda c: c.opened().patient.tell(records.close(c.patient_id))),
    "TD1.4 nobody": ("PRPA_IN201316UV02", "AE", lambda c: c.patient.tell(records.close(c.patient_id))),
}
"""What is asked → the interaction that answers, its queryResponseCode or acknowledgement, exchange."""


def looked_up(case: Case) -> str:
    """TD0.5 by the traits of the record."""
    return records.candidates(case.family, "19790305", "F")


@pytest.mark.parametrize("name", RECORDS)
def test_answer_about_a_record_is_valid_in_every_part_that_has_a_schema(
    service: Running, schemas: Schemas, name: str
) -> None:
    """[HL7 v3: MCCI_MT000200UV01, MFMI_MT700701UV01, PRPA_MT201301UV02, 201302, 201303]"""
    interaction, code, exchange = RECORDS[name]
    answer = exchange(Case(service, new_ins_patient()))
    assert answer.fault is None, answer.fault
    assert schemas.breaches_of_envelope(answer) == []
    message = answer.body
    if message.tag.startswith(f"{{{GDP}}}"):
        (message,) = message
        message = wire.parse(etree.tostring(message))
    assert etree.QName(message).localname == interaction
    assert message.get("ITSVersion") == "XML_1.0"
    assert schemas.breaches_in_pieces(message) == []
    told = [one.get("code") for one in message.iter(names.tag("hl7:queryResponseCode"))]
    told += [one.get("typeCode") for one in message.iterfind("hl7:acknowledgement", names.NS)]
    assert code in told, told


def test_every_interaction_with_known_parts_is_answered_by_one_of_these_exchanges() -> None:
    """Nothing is left out by an oversight."""
    assert {interaction for interaction, _, _ in RECORDS.values()} == set(PIECES)


SERVICES: dict[str, tuple[str, Exchange]] = {
    "TD0.3": ("habilitations", lambda c: c.opened().doctor.authorise()),
    "TD0.3 nobody": ("habilitations", lambda c: c.doctor.authorise()),
    "TD0.3 blocked by the patient": (
        "habilitations",
        lambda c: c.authorised().patient.tell(records.set_authorization("SUPPRESSION", named="899700000001")),
    ),
    "TD1.6": ("habilitations", lambda c: c.authorised().doctor.tell(records.list_authorizations())),
    "TD1.6 nobody": ("habilitations", lambda c: c.doctor.tell(records.list_authorizations())),
    "TD0.4": ("patients", lambda c: c.authorised().doctor.tell(records.patient_list())),
    "TD0.4 since a day to come": ("patients", lambda c: c.authorised().doctor.tell(records.patient_list("20990101"))),
    "journal": ("journal", lambda c: c.authorised().patient.tell(records.journal(c.patient_id))),
}
"""What is asked → at which endpoint, exchange."""


@pytest.fixture(scope="module")
def descriptions(service: Running) -> dict[str, list[etree.XMLSchema]]:
    """The schemas that each description imports."""
    root = service.url.rstrip("/")
    return {endpoint: list(published(f"{root}/services/{endpoint}?wsdl")) for endpoint in TYPED}


@pytest.mark.parametrize("name", SERVICES)
def test_answer_of_a_typed_service_is_valid_by_the_schema_that_is_published(
    service: Running, schemas: Schemas, descriptions: dict[str, list[etree.XMLSchema]], name: str
) -> None:
    """[contract 4]"""
    endpoint, exchange = SERVICES[name]
    answer = exchange(Case(service, new_ins_patient()))
    assert answer.fault is None, answer.fault
    assert schemas.breaches_of_envelope(answer) == []
    breaches = [judge(schema, answer.body) for schema in descriptions[endpoint]]
    assert [] in breaches, breaches


def masked(case: Case) -> wire.Answer:
    """ITI-57 of a document's visibility. [DMP: TD3.3a]"""
    report = case.fed()
    shown = case.doctor.get_documents(report.unique_id).objects("ExtrinsicObject")[0]
    entry = replace(report.entry(restrictions=(MASKED,)).completed(REPOSITORY), lid=shown.get("lid", ""))
    return case.doctor.update(
        Lot(patient_id=case.patient_id, entries=(entry,), previous_versions=((entry.id, "1"),), author=entry.author)
    )


def deleted_by_nobody(case: Case) -> wire.Answer:
    statuses = ((uuid.uuid4().urn, names.APPROVED, names.DELETED),)
    return case.authorised().doctor.update(Lot(patient_id=case.patient_id, entries=(), statuses=statuses))


def found(case: Case) -> wire.Answer:
    case.fed()
    return case.doctor.find_documents(case.patient_id)


def unsigned(case: Case) -> wire.Answer:
    return case.authorised().doctor.unsealed().provide(Report(patient_id=case.patient_id).lot())


def lying_metadata(case: Case) -> wire.Answer:
    lot = Report(patient_id=case.authorised().patient_id).lot()
    return case.doctor.provide(replace(lot, entries=(replace(lot.entries[0], creation_time="20010101000000"),)))


SHARING: dict[str, tuple[str, Exchange]] = {
    "ITI-41 signed": ("Success", lambda c: c.doctor.provide(Report(patient_id=c.patient_id).lot())),
    "ITI-41 unsigned": ("Failure", unsigned),
    "ITI-41 of metadata that lie": ("Failure", lying_metadata),
    "ITI-41 closed": ("Failure", lambda c: c.closed().doctor.provide(Report(patient_id=c.patient_id).lot())),
    "ITI-57 masked": ("Success", masked),
    "ITI-57 of nothing": ("Failure", deleted_by_nobody),
    "ITI-18 not authorised": ("Failure", lambda c: c.opened().doctor.find_documents(c.patient_id)),
    "ITI-18 found": ("Success", found),
    "ITI-43 not authorised": ("Failure", lambda c: c.opened().doctor.retrieve(REPOSITORY, new_oid())),
    "ITI-43 given": ("Success", lambda c: c.doctor.retrieve(REPOSITORY, c.fed().unique_id)),
}


@pytest.mark.parametrize("name", SHARING)
def test_answer_of_document_sharing_is_valid_by_the_genuine_schema(
    service: Running, schemas: Schemas, name: str
) -> None:
    """Refusals in the DMP's own codes too. [ITI TF-3: 4.2.4]"""
    status, exchange = SHARING[name]
    answer = exchange(Case(service, new_ins_patient()))
    assert answer.fault is None, answer.fault
    assert answer.status == status, answer.errors
    assert schemas.breaches(answer) == []
    assert answer.is_multipart == name.startswith(("ITI-41", "ITI-43"))


def test_journal_that_is_not_shown_is_refused_by_a_valid_fault(service: Running, schemas: Schemas) -> None:
    """Its answer has no place for a refusal. [SOAP 1.2: 5.4]"""
    case = Case(service, new_ins_patient())
    answer = case.patient.tell(records.journal(case.patient_id))
    assert answer.fault is not None and answer.fault[:2] == ("Sender", "DMPAccessDeniedByRightsService")
    assert schemas.breaches(answer) == []


@pytest.mark.parametrize("endpoint", ["registry", "repository", "patients", "habilitations", "journal"])
def test_refusal_of_an_assertion_is_a_valid_fault_in_both_languages(
    service: Running, schemas: Schemas, endpoint: str
) -> None:
    """[SOAP 1.2: 5.4; WSS SOAP Message Security 1.1: 12]"""
    case = Case(service, new_ins_patient())
    unbelieved = case.by(replace(vihf.professional(service.pki), issuer="CN=somebody else"))
    asked: dict[str, Callable[[], wire.Answer]] = {
        "registry": lambda: unbelieved.find_documents(case.patient_id),
        "repository": lambda: unbelieved.retrieve(REPOSITORY, new_oid()),
        "patients": lambda: unbelieved.tell(records.demographics(case.patient_id)),
        "habilitations": unbelieved.authorise,
        "journal": lambda: unbelieved.tell(records.journal(case.patient_id)),
    }
    answer = asked[endpoint]()
    assert answer.fault is not None and answer.fault.code == "Sender"
    assert "[VIHF-ISSUER]" in answer.fault.reason
    assert schemas.breaches(answer) == []
    texts = answer.body.findall("soap:Reason/soap:Text", names.NS)
    assert {text.get("{http://www.w3.org/XML/1998/namespace}lang") for text in texts} == {"en", "fr"}


def test_assertions_of_the_witness_are_valid_SAML(service: Running, schemas: Schemas) -> None:
    """Else nothing that is believed or refused here would prove anything. [SAML 2.0 Core]"""
    patient = new_ins_patient()
    for voucher in (
        vihf.professional(service.pki).for_(patient),
        vihf.card(service.pki).for_(patient),
        vihf.patient(service.pki, patient),
        vihf.representative(service.pki, patient, "279035121518989"),
    ):
        assert schemas.breaches_of_assertion(voucher.assertion(names.STORED_QUERY)) == []
