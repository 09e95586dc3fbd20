"""Every answer is valid against the genuine schemas, and its envelope says what it answers. [contract 4; ITI TF-2: V.3]"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from interop_tests.conftest import fed
from interop_tests.running import REPOSITORY
from interop_tests.witness import metadata, names, wire
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.partner import Partner, document_request, patient_added, stored_query
from interop_tests.witness.schemas import Schemas

Exchange = Callable[[Partner], wire.Answer]


@pytest.fixture(scope="module")
def schemas(papers: Path) -> Schemas:
    """The genuine ones."""
    return Schemas(papers / "ihe-schema")


def good_lot(partner: Partner, content: bytes = b"a document\r\n") -> Lot:
    patient = fed(partner)
    return Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=content),))


def stored(partner: Partner) -> Entry:
    """An entry that is stored with its document."""
    lot = good_lot(partner)
    assert partner.provide(lot).status == "Success"
    return lot.entries[0]


def registered(partner: Partner) -> wire.Answer:
    lot = good_lot(partner)
    return partner.register(dataclasses.replace(lot, entries=(lot.entries[0].completed(REPOSITORY),)))


def twice_in_one_lot(partner: Partner) -> Lot:
    lot = good_lot(partner)
    again = dataclasses.replace(lot.entries[0], id="Document02")
    return dataclasses.replace(lot, entries=(lot.entries[0], again))


def replaced(partner: Partner) -> wire.Answer:
    """A history: two versions and what relates them."""
    old = stored(partner)
    original = partner.get_documents(old.unique_id).objects("ExtrinsicObject")[0].get("id", "")
    new = Entry(patient_id=old.patient_id, content=b"second version")
    lot = Lot(patient_id=old.patient_id, entries=(new,), relationships=((names.REPLACES, new.id, original),))
    assert partner.provide(lot).status == "Success"
    return partner.query(
        names.GET_ALL,
        {
            "$patientId": f"'{old.patient_id}'",
            "$XDSDocumentEntryStatus": f"('{names.APPROVED}','{names.DEPRECATED}')",
            "$XDSSubmissionSetStatus": f"('{names.APPROVED}')",
            "$XDSFolderStatus": f"('{names.APPROVED}')",
        },
    )


ANSWERS: dict[str, tuple[str, Exchange]] = {
    "ITI-18 LeafClass": ("Success", lambda p: p.find_documents(stored(p).patient_id)),
    "ITI-18 ObjectRef": ("Success", lambda p: p.find_documents(stored(p).patient_id, return_type="ObjectRef")),
    "ITI-18 a whole record": ("Success", replaced),
    "ITI-18 nothing found": ("Success", lambda p: p.get_documents(metadata.new_oid())),
    "ITI-18 without patient": ("Failure", lambda p: p.query(names.FIND_DOCUMENTS, {})),
    "ITI-18 unknown query": ("Failure", lambda p: p.query(uuid.uuid4().urn, {})),
    "ITI-41 stored": ("Success", lambda p: p.provide(good_lot(p))),
    "ITI-41 stored inline": ("Success", lambda p: p.provide(good_lot(p), inline=True)),
    "ITI-41 document missing": ("Failure", lambda p: p.provide_parts(good_lot(p).text(), [])),
    "ITI-41 unknown patient": ("Failure", lambda p: p.provide(of_nobody())),
    "ITI-42 registered": ("Success", registered),
    "ITI-42 refused": ("Failure", lambda p: p.register(good_lot(p))),
    "ITI-42 uniqueId twice": ("Failure", lambda p: p.register(twice_in_one_lot(p))),
    "ITI-43 retrieved": ("Success", lambda p: p.retrieve(REPOSITORY, stored(p).unique_id)),
    "ITI-43 one of two": ("PartialSuccess", lambda p: p.retrieve(REPOSITORY, stored(p).unique_id, metadata.new_oid())),
    "ITI-43 none": ("Failure", lambda p: p.retrieve(REPOSITORY, metadata.new_oid())),
    "ITI-43 other repository": ("Failure", lambda p: p.retrieve(metadata.new_oid(), stored(p).unique_id)),
}
"""What is asked → status, exchange."""


def of_nobody() -> Lot:
    patient = metadata.new_patient()
    return Lot(patient_id=patient, entries=(Entry(patient_id=patient, content=b"?"),))


@pytest.mark.parametrize("name", ANSWERS)
def test_answer_is_valid_and_has_its_status_and_packaging(partner: Partner, schemas: Schemas, name: str) -> None:
    """A reply uses the packaging of its transaction. [contract 4]"""
    status, exchange = ANSWERS[name]
    answer = exchange(partner)
    assert answer.http_status == 200
    assert answer.fault is None, answer.fault
    assert answer.status == status, answer.errors
    assert schemas.breaches(answer) == []
    assert answer.is_multipart == name.startswith(("ITI-41", "ITI-43"))
    assert all(error.context and error.severity == names.ERROR for error in answer.errors)
    assert bool(answer.errors) == (status != "Success")


def test_acknowledgement_of_a_feed_is_valid(partner: Partner, schemas: Schemas) -> None:
    """[ITI TF-2: 3.44.4.1.3]"""
    answer = partner.feed(metadata.new_patient())
    assert answer.body.tag == names.tag("hl7:MCCI_IN000002UV01")
    assert answer.action == names.ACKNOWLEDGEMENT
    assert schemas.breaches(answer) == []
    assert [code.get("code") for code in answer.body.iterfind("hl7:acknowledgement/hl7:typeCode", names.NS)] in (
        ["AA"],
        ["CA"],
    )


def test_feed_of_a_strange_authority_is_answered_validly_and_makes_nobody_known(
    partner: Partner, schemas: Schemas
) -> None:
    """The registry keeps the identifiers of its domain's authorities. [ITI TF-2: 3.44.4.1.3]"""
    stranger = metadata.new_patient("1.2.3.4.5")
    assert schemas.breaches(partner.feed(stranger)) == []
    answer = partner.provide(Lot(patient_id=stranger, entries=(Entry(patient_id=stranger, content=b"?"),)))
    assert answer.status == "Failure"
    assert set(answer.codes) <= {"XDSUnknownPatientId", "XDSRegistryMetadataError"}


@pytest.mark.parametrize("endpoint", ["registry", "repository", "patients"])
def test_fault_is_valid(partner: Partner, schemas: Schemas, endpoint: str) -> None:
    """A fault too is an envelope, with Action and RelatesTo. [SOAP 1.2: 5.4; WS-Addressing SOAP: 6]"""
    message_id = uuid.uuid4().urn
    answer = partner.send(endpoint, "urn:nobody:knows:this", "<nothing/>", message_id=message_id)
    assert answer.fault is not None and answer.fault[:2] == ("Sender", "ActionNotSupported")
    assert schemas.breaches(answer) == []
    assert answer.action.startswith(names.NS["wsa"])
    assert answer.relates_to == message_id


@pytest.mark.parametrize(
    ("endpoint", "action", "body", "answered"),
    [
        ("registry", names.STORED_QUERY, stored_query(names.FIND_DOCUMENTS, {}), names.STORED_QUERY + "Response"),
        ("repository", names.RETRIEVE, None, names.RETRIEVE + "Response"),
        ("patients", names.FEED, patient_added(metadata.new_patient()), names.ACKNOWLEDGEMENT),
    ],
)
def test_answer_names_its_action_and_the_message_it_answers(
    partner: Partner, endpoint: str, action: str, body: str | None, answered: str
) -> None:
    """[ITI TF-2: V.3.2.2]"""
    message_id = uuid.uuid4().urn
    asked = f'<xdsb:RetrieveDocumentSetRequest xmlns:xdsb="{names.NS["xdsb"]}">{document_request(REPOSITORY, "1.2.3")}'
    answer = partner.send(endpoint, action, body or f"{asked}</xdsb:RetrieveDocumentSetRequest>", message_id=message_id)
    assert (answer.action, answer.relates_to) == (answered, message_id)
    assert len(answer.envelope.findall("soap:Header/wsa:MessageID", names.NS)) == 1
