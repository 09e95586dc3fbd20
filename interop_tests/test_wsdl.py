"""The service describes itself so that zeep can call it. [contract 4; ITI TF-2: V.3.1]"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import zeep

from interop_tests.conftest import Launch
from interop_tests.running import REPOSITORY, Running
from interop_tests.witness import metadata, names, vihf
from interop_tests.witness.metadata import Entry, Lot
from interop_tests.witness.partner import Partner, quoted
from interop_tests.witness.zeep_source import new_client

ROOTS = ("/services", "/si-dmp-server/v2/services")
OPERATIONS = {
    "registry": {
        "DocumentRegistry_RegistryStoredQuery",
        "DocumentRegistry_RegisterDocumentSet-b",
        "DocumentRegistry_MultiPatientStoredQuery",
        "DocumentRegistry_RegisterOnDemandDocumentEntry",
        "DocumentRegistry_UpdateDocumentSet",
        "DocumentRegistry_RestrictedUpdateDocumentSet",
        "DocumentRegistry_DeleteDocumentSet",
    },
    "repository": {
        "DocumentRepository_ProvideAndRegisterDocumentSet-b",
        "DocumentRepository_RetrieveDocumentSet",
        "DocumentRepository_RemoveDocuments",
    },
    "patients": {f"DocumentRegistry_PRPA_IN20130{number}UV02" for number in (1, 2, 4)},
    "gateway": {"RespondingGateway_CrossGatewayQuery", "RespondingGateway_CrossGatewayRetrieve"},
}
OF_THE_DMP = {
    "patients": OPERATIONS["patients"]
    | {
        "PatientGetDemographics_PRPA_IN201307UV02",
        "findCandidatesQuery",
        "PatientAdd_PRPA_IN201311UV02",
        "PatientRevise_PRPA_IN201314UV02",
        "patientList",
    },
    "habilitations": {"setAuthorization", "listAuthorizationByPatient"},
    "journal": {"Journal_ByPatient"},
}
"""Beside what plain XDS has, where records are kept. [DMP: TD0, TD1]"""


def describe(service: Running, root: str, endpoint: str) -> zeep.Client:
    """zeep's reading of what the service says of itself."""
    return new_client(f"{service.url.rstrip('/')}{root}/{endpoint}?wsdl")


def only_port(client: zeep.Client) -> Any:
    """The one port described."""
    (described,) = client.wsdl.services.values()
    (port,) = described.ports.values()
    return port


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("endpoint", OPERATIONS)
def test_description_loads_in_zeep_and_names_its_operations(service: Running, root: str, endpoint: str) -> None:
    """Each SOAP path answers `?wsdl`, under both roots. [contract 4]"""
    port = only_port(describe(service, root, endpoint))
    assert set(port.binding.all()) == OPERATIONS[endpoint]
    assert port.binding_options["address"] == f"{service.url.rstrip('/')}{root}/{endpoint}"


def typed_query(client: zeep.Client, patient: str) -> Any:
    """FindDocuments from zeep's own types."""
    parameters = {"$XDSDocumentEntryPatientId": quoted(patient), "$XDSDocumentEntryStatus": f"('{names.APPROVED}')"}
    slots = [{"name": name, "ValueList": {"Value": [value]}} for name, value in parameters.items()]
    return client.service.DocumentRegistry_RegistryStoredQuery(
        ResponseOption={"returnComposedObjects": True, "returnType": "LeafClass"},
        AdhocQuery={"id": names.FIND_DOCUMENTS, "Slot": slots},
    )


@pytest.mark.parametrize("endpoint", OPERATIONS)
def test_every_action_described_is_served_there(service: Running, partner: Partner, endpoint: str) -> None:
    """A description promises nothing that is then refused as unknown. [WS-Addressing SOAP: 6.4.4]"""
    for operation in only_port(describe(service, ROOTS[0], endpoint)).binding.all().values():
        answer = partner.send(endpoint, operation.abstract.wsa_action, "<strange/>")
        assert answer.fault is not None
        assert answer.fault.subcode != "ActionNotSupported", operation.name


@pytest.mark.parametrize("root", ROOTS)
def test_typed_stored_query_of_zeep_is_answered(service: Running, partner: Partner, patient: str, root: str) -> None:
    """[ITI TF-2: 3.18]"""
    entry = Entry(patient_id=patient, content=b"zeep")
    assert partner.provide(Lot(patient_id=patient, entries=(entry,))).status == "Success"
    answer = typed_query(describe(service, root, "registry"), patient)
    assert names.STATUSES[answer.status] == "Success"
    (shown,) = answer.RegistryObjectList._value_1
    identifiers = {one.identificationScheme: one.value for one in shown["ExtrinsicObject"].ExternalIdentifier}
    assert identifiers[names.DOCUMENT_UNIQUE_ID] == entry.unique_id


@pytest.mark.parametrize("root", ROOTS)
def test_typed_retrieve_of_zeep_is_answered(service: Running, partner: Partner, patient: str, root: str) -> None:
    """[ITI TF-2: 3.43]"""
    entry = Entry(patient_id=patient, content=bytes(range(256)) + b"\r\n")
    assert partner.provide(Lot(patient_id=patient, entries=(entry,))).status == "Success"
    client = describe(service, root, "repository")
    answer = client.service.DocumentRepository_RetrieveDocumentSet(
        DocumentRequest=[{"RepositoryUniqueId": REPOSITORY, "DocumentUniqueId": entry.unique_id}]
    )
    assert names.STATUSES[answer.RegistryResponse.status] == "Success"
    (document,) = answer.DocumentResponse
    assert (document.DocumentUniqueId, document.mimeType, document.Document) == (
        entry.unique_id,
        entry.mime_type,
        entry.content,
    )


def test_typed_query_of_zeep_for_nobody_shows_nothing(service: Running) -> None:
    """An unknown patient: empty Success or XDSUnknownPatientId, by policy; in no case an object. [ITI TF-2: 3.18.4.1.2.7]"""
    answer = typed_query(describe(service, ROOTS[0], "registry"), metadata.new_patient())
    assert answer.RegistryObjectList is None, "how zeep reads an element that is there and empty"


@pytest.fixture(scope="module")
def dmp(launch: Launch) -> Iterator[Running]:
    """A service in the French domain."""
    running = launch(domain="dmp")
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("endpoint", OF_THE_DMP)
def test_description_of_the_dmp_s_services_loads_and_promises_what_is_served(
    dmp: Running, root: str, endpoint: str
) -> None:
    """[contract 4]"""
    described = only_port(describe(dmp, root, endpoint))
    assert set(described.binding.all()) == OF_THE_DMP[endpoint]
    assert described.binding_options["address"] == f"{dmp.url.rstrip('/')}{root}/{endpoint}"
    doctor = dmp.partner().as_(vihf.professional(dmp.pki), metadata.new_ins_patient())
    for operation in described.binding.all().values():
        answer = doctor.send(endpoint, operation.abstract.wsa_action, "<strange/>")
        assert answer.fault is not None
        assert answer.fault.subcode != "ActionNotSupported", operation.name
