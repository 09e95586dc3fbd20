"""A partner system: Document Source, Consumer, Repository and Patient Identity Source in one. [ITI TF-2: 3.18, 3.41-3.44]"""

from __future__ import annotations

import base64
import ssl
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple
from xml.sax.saxutils import escape

from interop_tests.witness import names, records, wire
from interop_tests.witness.lot import Seal, is_signed, signed
from interop_tests.witness.metadata import Lot, new_oid, slot
from interop_tests.witness.multipart import Part, write
from interop_tests.witness.vihf import Voucher

_XMLNS = " ".join(f'xmlns:{prefix}="{names.NS[prefix]}"' for prefix in ("xdsb", "query", "rim", "xop"))


class Request(NamedTuple):
    """A request written out, so that many can be sent at one moment."""

    url: str
    content_type: str
    pieces: list[bytes | memoryview]


@dataclass(frozen=True, slots=True)
class Partner:
    """Speaks to one service; `root` is the URL under which its endpoints lie.

    Somebody is vouched for where there is a `voucher`, in every request anew; a lot without signature is sealed where there is a
    `seal`.
    """

    root: str
    tls: ssl.SSLContext | None = None
    voucher: Voucher | None = None
    seal: Seal | None = None

    def as_(self, voucher: Voucher, patient_id: str = "", *, seal: Seal | None = None) -> Partner:
        """The same system with somebody before it, about a patient where one is given. [DMP: VIHF]

        Lots are sealed by whoever signs for that somebody, unless another seal is given.
        """
        vouched = voucher.for_(patient_id) if patient_id else voucher
        return replace(self, voucher=vouched, seal=seal or Seal(holder=voucher.holder))

    def unsealed(self) -> Partner:
        """The same, but lots go as they are."""
        return replace(self, seal=None)

    def provide(self, lot: Lot, *, inline: bool = False) -> wire.Answer:
        """ITI-41 with every entry's document, as XOP parts or as base64 within the root part."""
        lot = self.sealed(lot)
        if not inline:
            return self.post(self.write_provide(lot))
        listed = "".join(document_inline(entry.id, entry.content) for entry in lot.entries)
        return self.provide_parts(lot.text() + listed, [])

    def sealed(self, lot: Lot) -> Lot:
        """The lot as it is sent."""
        return signed(lot, self.seal) if self.seal is not None and not is_signed(lot) else lot

    def provide_parts(self, content: str, parts: list[Part]) -> wire.Answer:
        """ITI-41 from what stands within the request's element, and parts as given."""
        return self.post(self._write_mtom("repository", names.PROVIDE, _provide(content), parts))

    def write_provide(self, lot: Lot) -> Request:
        """ITI-41 ready to be sent."""
        lot = self.sealed(lot)
        parts = [Part(f"{uuid.uuid4().hex}@witness.invalid", entry.content) for entry in lot.entries]
        pairs = zip(lot.entries, parts, strict=True)
        listed = "".join(document(entry.id, part.content_id) for entry, part in pairs)
        return self._write_mtom("repository", names.PROVIDE, _provide(lot.text() + listed), parts)

    def register(self, lot: Lot) -> wire.Answer:
        """ITI-42."""
        return self.send("registry", names.REGISTER, lot.text())

    def update(self, lot: Lot) -> wire.Answer:
        """ITI-57."""
        return self.send("registry", names.UPDATE, lot.text())

    def query(self, query: str, parameters: Mapping[str, str], *, return_type: str = "LeafClass") -> wire.Answer:
        """ITI-18."""
        return self.send("registry", names.STORED_QUERY, stored_query(query, parameters, return_type))

    def find_documents(self, patient_id: str, *statuses: str, return_type: str = "LeafClass") -> wire.Answer:
        """ITI-18 FindDocuments; Approved ones unless told."""
        parameters = {
            "$XDSDocumentEntryPatientId": quoted(patient_id),
            "$XDSDocumentEntryStatus": listed(statuses or (names.APPROVED,)),
        }
        return self.query(names.FIND_DOCUMENTS, parameters, return_type=return_type)

    def get_documents(self, *unique_ids: str) -> wire.Answer:
        """ITI-18 GetDocuments by uniqueId."""
        return self.query(names.GET_DOCUMENTS, {"$XDSDocumentEntryUniqueId": listed(unique_ids)})

    def retrieve(self, repository_unique_id: str, *unique_ids: str) -> wire.Answer:
        """ITI-43."""
        asked = "".join(document_request(repository_unique_id, unique_id) for unique_id in unique_ids)
        body = f"<xdsb:RetrieveDocumentSetRequest {_XMLNS}>{asked}</xdsb:RetrieveDocumentSetRequest>"
        return self.post(self._write_mtom("repository", names.RETRIEVE, body, []))

    def feed(self, patient_id: str) -> wire.Answer:
        """ITI-44 Patient Registry Record Added."""
        return self.send("patients", names.FEED, patient_added(patient_id))

    def tell(self, message: str) -> wire.Answer:
        """A message of `records`: of a record, an authorisation, a journal."""
        return self.send(records.endpoint_of(message), records.action_of(message), message)

    def authorise(self, role: str = "") -> wire.Answer:
        """TD0.3: whoever is vouched for declares that the patient has authorised them."""
        return self.tell(records.set_authorization("AJOUT", role))

    def send(self, endpoint: str, action: str, body: str, *, message_id: str | None = None) -> wire.Answer:
        """A simple SOAP request."""
        url = self.url(endpoint)
        written = wire.envelope(action, body, url, message_id=message_id, more_headers=self.headers(action))
        return wire.post(url, wire.SIMPLE, written, self.tls)

    def headers(self, action: str) -> str:
        """What a request of that action has in its Header beside the addressing."""
        return "" if self.voucher is None else self.voucher.header(action)

    def post(self, request: Request) -> wire.Answer:
        """Sends a request that is ready."""
        return wire.post(*request, self.tls)

    def _write_mtom(self, endpoint: str, action: str, body: str, parts: list[Part]) -> Request:
        url = self.url(endpoint)
        return Request(url, *write(wire.envelope(action, body, url, more_headers=self.headers(action)), parts))

    def url(self, endpoint: str) -> str:
        """Where an endpoint lies."""
        return f"{self.root}/services/{endpoint}"


def _provide(content: str) -> str:
    return f"<xdsb:ProvideAndRegisterDocumentSetRequest {_XMLNS}>{content}</xdsb:ProvideAndRegisterDocumentSetRequest>"


def document(entry_id: str, content_id: str) -> str:
    """A Document element that points at a part."""
    return f'<xdsb:Document id="{escape(entry_id)}"><xop:Include href="cid:{content_id}"/></xdsb:Document>'


def document_inline(entry_id: str, content: bytes | memoryview) -> str:
    """A Document element that holds its content."""
    return f'<xdsb:Document id="{escape(entry_id)}">{base64.b64encode(content).decode()}</xdsb:Document>'


def document_request(repository_unique_id: str, unique_id: str) -> str:
    """One document asked for."""
    return (
        f"<xdsb:DocumentRequest><xdsb:RepositoryUniqueId>{escape(repository_unique_id)}</xdsb:RepositoryUniqueId>"
        f"<xdsb:DocumentUniqueId>{escape(unique_id)}</xdsb:DocumentUniqueId></xdsb:DocumentRequest>"
    )


def stored_query(query: str, parameters: Mapping[str, str], return_type: str = "LeafClass") -> str:
    """An AdhocQueryRequest."""
    slots = "".join(slot(name, value) for name, value in parameters.items())
    return (
        f'<query:AdhocQueryRequest {_XMLNS}><query:ResponseOption returnComposedObjects="true" returnType="{return_type}"/>'
        f'<rim:AdhocQuery id="{query}">{slots}</rim:AdhocQuery></query:AdhocQueryRequest>'
    )


def quoted(text: str) -> str:
    """A parameter's text. [ITI TF-2: 3.18.4.1.2.3.5]"""
    return "'" + text.replace("'", "''") + "'"


def listed(texts: Iterable[str]) -> str:
    """A parameter's list of texts."""
    return "(" + ",".join(quoted(text) for text in texts) + ")"


def patient_added(patient_id: str) -> str:
    """PRPA_IN201301UV02 for one identifier. [ITI TF-2: 3.44; HL7 V3 NE 2008]"""
    extension, _, authority = patient_id.removesuffix("&ISO").partition("^^^&")

    def device(role: str, kind: str) -> str:
        identity = f'<device classCode="DEV" determinerCode="INSTANCE"><id root="{new_oid()}"/></device>'
        return f'<{role} typeCode="{kind}">{identity}</{role}>'

    person = (
        '<patientPerson classCode="PSN" determinerCode="INSTANCE"><name><family>ESSAI</family><given>DOMINIQUE</given></name>'
        '<administrativeGenderCode code="M" codeSystem="2.16.840.1.113883.5.1"/><birthTime value="19790305"/></patientPerson>'
        f'<providerOrganization classCode="ORG" determinerCode="INSTANCE"><id root="{authority}"/>'
        '<contactParty classCode="CON"/></providerOrganization>'
    )
    event = (
        '<registrationEvent classCode="REG" moodCode="EVN"><id nullFlavor="NA"/><statusCode code="active"/>'
        f'<subject1 typeCode="SBJ"><patient classCode="PAT"><id root="{authority}" extension="{escape(extension)}"/>'
        f'<statusCode code="active"/>{person}</patient></subject1><custodian typeCode="CST">'
        f'<assignedEntity classCode="ASSIGNED"><id root="{authority}"/></assignedEntity></custodian></registrationEvent>'
    )
    return (
        f'<PRPA_IN201301UV02 xmlns="{names.NS["hl7"]}" ITSVersion="XML_1.0"><id root="{new_oid()}"/>'
        '<creationTime value="20240131101500"/><interactionId root="2.16.840.1.113883.1.6" extension="PRPA_IN201301UV02"/>'
        '<processingCode code="T"/><processingModeCode code="T"/><acceptAckCode code="AL"/>'
        f"{device('receiver', 'RCV')}{device('sender', 'SND')}"
        '<controlActProcess classCode="CACT" moodCode="EVN"><code code="PRPA_TE201301UV02" codeSystem="2.16.840.1.113883.1.18"/>'
        f'<subject typeCode="SUBJ">{event}</subject></controlActProcess></PRPA_IN201301UV02>'
    )
