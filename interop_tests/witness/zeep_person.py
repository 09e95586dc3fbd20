"""Somebody before a DMP client that zeep has made of what the service says of itself: typed messages in, typed answers out. [contract 4]

Every description is read at `?wsdl`, strictly: an answer that is not of the types described is an error. HL7 v3 messages are open
in the descriptions; their content goes in and comes out as elements.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import zeep
from lxml import etree

from interop_tests.witness import names, records, wire
from interop_tests.witness.lot import Seal, is_signed, signed
from interop_tests.witness.metadata import Lot
from interop_tests.witness.partner import listed, quoted
from interop_tests.witness.vihf import Voucher
from interop_tests.witness.zeep_source import new_client

SUBMIT = "{urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0}SubmitObjectsRequest"
_MESSAGES = {
    records.DEMOGRAPHICS: "PatientGetDemographics_PRPA_IN201307UV02",
    records.CANDIDATES: "findCandidatesQuery",
    records.ADD: "PatientAdd_PRPA_IN201311UV02",
    records.REVISE: "PatientRevise_PRPA_IN201314UV02",
}


class Found:
    """What a typed query shows: entries and associations by attributes, and what was refused."""

    def __init__(self, answer: Any, said: wire.Answer) -> None:
        self.said = said
        self.status = names.STATUSES[answer.status]
        held = answer.RegistryObjectList._value_1 if answer.RegistryObjectList is not None else None
        self._objects: list[dict[str, Any]] = held or []

    def of(self, kind: str) -> list[Any]:
        """The objects of one element."""
        return [one[kind] for one in self._objects if one.get(kind) is not None]

    @property
    def count(self) -> int:
        return len(self._objects)

    @property
    def entries(self) -> dict[str, Any]:
        """DocumentEntries by uniqueId; of several versions of one, any."""
        return {identifier(one, names.DOCUMENT_UNIQUE_ID): one for one in self.of("ExtrinsicObject")}

    @property
    def statuses(self) -> set[tuple[str, str]]:
        """uniqueId and status of every version shown."""
        return {(identifier(one, names.DOCUMENT_UNIQUE_ID), one.status) for one in self.of("ExtrinsicObject")}


class Person:
    """A voucher and the five services."""

    def __init__(self, root: str, voucher: Voucher, tls: ssl.SSLContext | None = None) -> None:
        self.voucher = voucher
        self._root, self._tls = root.rstrip("/"), tls

    def _describe(self, endpoint: str) -> zeep.Client:
        return new_client(f"{self._root}/services/{endpoint}?wsdl", self.voucher, self._tls)

    @cached_property
    def patients(self) -> zeep.Client:
        return self._describe("patients")

    @cached_property
    def habilitations(self) -> zeep.Client:
        return self._describe("habilitations")

    @cached_property
    def registry(self) -> zeep.Client:
        return self._describe("registry")

    @cached_property
    def repository(self) -> zeep.Client:
        return self._describe("repository")

    @cached_property
    def access_journal(self) -> zeep.Client:
        return self._describe("journal")

    def tell(self, message: str) -> wire.Element:
        """An HL7 v3 message of `records`; the answer as the described element holds it."""
        element = etree.fromstring(message)
        operation = _MESSAGES[etree.QName(element).localname]
        self.patients.service[operation](_value_1=list(element), ITSVersion=element.get("ITSVersion"))
        return said(self.patients).body

    def authorise(self, action: str = "AJOUT", **told: str) -> str:
        """TD0.3; the word of its status."""
        return str(self.habilitations.service.setAuthorization(action=action, **told).status)

    def authorisations(self, mode: str = "TOUTE") -> dict[str, Any]:
        """TD1.6: the rows by nationalId."""
        answer = self.habilitations.service.listAuthorizationByPatient(mode=mode)
        assert answer.status == "DMPOk", answer
        return {row.nationalId: row for row in answer.listOfAuthorizationByPatient}

    def patient_list(self, **asked: str) -> dict[str, Any]:
        """TD0.4: the rows by matricule."""
        answer = self.patients.service.patientList(**asked)
        assert answer.status == "DMPOk", answer
        return {row.patientIdentifier[0].nationalId: row for row in answer.patientlistData}

    def journal(self, patient_id: str) -> list[Any]:
        """The rows of the journal, the newest first."""
        # zeep gives the one list of an answer by itself, and nothing where it is empty.
        return self.access_journal.service.Journal_ByPatient(patientId=patient_id) or []

    def provide(self, lot: Lot, *, seal: Seal | None = None) -> Any:
        """ITI-41, sealed by whoever vouches unless there is a signature or another seal."""
        sent = lot if is_signed(lot) else signed(lot, seal or Seal(holder=self.voucher.holder))
        return self.repository.service["DocumentRepository_ProvideAndRegisterDocumentSet-b"](
            SubmitObjectsRequest=typed(self.repository, sent),
            Document=[{"_value_1": bytes(entry.content), "id": entry.id} for entry in sent.entries],
        )

    def update(self, lot: Lot) -> Any:
        """ITI-57."""
        objects = typed(self.registry, lot).RegistryObjectList
        return self.registry.service.DocumentRegistry_UpdateDocumentSet(RegistryObjectList=objects)

    def query(self, query: str, parameters: Mapping[str, str], return_type: str = "LeafClass") -> Found:
        """ITI-18."""
        slots = [{"name": name, "ValueList": {"Value": [value]}} for name, value in parameters.items()]
        answer = self.registry.service.DocumentRegistry_RegistryStoredQuery(
            ResponseOption={"returnComposedObjects": True, "returnType": return_type},
            AdhocQuery={"id": query, "Slot": slots},
        )
        return Found(answer, said(self.registry))

    def find(self, patient_id: str, *statuses: str, return_type: str = "LeafClass") -> Found:
        """FindDocuments; Approved ones unless told."""
        parameters = {
            "$XDSDocumentEntryPatientId": quoted(patient_id),
            "$XDSDocumentEntryStatus": listed(statuses or (names.APPROVED,)),
        }
        return self.query(names.FIND_DOCUMENTS, parameters, return_type)

    def retrieve(self, repository_unique_id: str, unique_ids: Sequence[str]) -> dict[str, bytes]:
        """ITI-43: the documents by uniqueId, as zeep reads them."""
        answer = self.repository.service.DocumentRepository_RetrieveDocumentSet(
            DocumentRequest=[
                {"RepositoryUniqueId": repository_unique_id, "DocumentUniqueId": unique_id} for unique_id in unique_ids
            ]
        )
        return {one.DocumentUniqueId: one.Document for one in answer.DocumentResponse}


def typed(client: zeep.Client, lot: Lot) -> Any:
    """The ebRIM of a lot as zeep's own values."""
    submission = client.get_element(SUBMIT)  # type: ignore[no-untyped-call]
    return submission.parse(etree.fromstring(lot.text()), client.wsdl.types)


def said(client: zeep.Client) -> wire.Answer:
    """The last answer, as it came."""
    answer: wire.Answer = client.transport.answers[-1]
    return answer


def status_of(answer: Any) -> str:
    """Success, Failure or PartialSuccess of a registry response."""
    return names.STATUSES[answer.status]


def errors_of(answer: Any) -> list[str]:
    """Codes and contexts of its errors."""
    listed_ = answer.RegistryErrorList
    return [f"{one.errorCode}: {one.codeContext}" for one in (listed_.RegistryError if listed_ is not None else [])]


def identifier(value: Any, scheme: str) -> str:
    """The value of an ExternalIdentifier."""
    return next(str(one.value) for one in value.ExternalIdentifier if one.identificationScheme == scheme)


def codes(entry: Any) -> set[str]:
    """The codes of all classifications of an entry."""
    return {one.nodeRepresentation for one in entry.Classification if one.nodeRepresentation}
