"""A Document Source and Consumer on zeep: another library's envelopes and addressing, another's reading of the answers.

zeep knows no substitution groups, so an ebRIM answer cannot be typed; it sends no MTOM; and it strips line ends from the ends
of a binary part, so that a document would not come back as it is. Hence a WSDL in which every body is open, and a transport
that turns Document content into XOP parts and puts the parts of an answer back as base64.
"""

from __future__ import annotations

import base64
import io
import ssl
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import requests
import zeep
from lxml import etree
from zeep.transports import Transport

from interop_tests.witness import multipart, names, wire
from interop_tests.witness.lot import Seal, signed
from interop_tests.witness.metadata import Lot
from interop_tests.witness.vihf import Voucher

Element = etree._Element

_OPERATIONS = (
    ("Provide", names.PROVIDE, "xdsb:ProvideAndRegisterDocumentSetRequest", "rs:RegistryResponse"),
    ("Retrieve", names.RETRIEVE, "xdsb:RetrieveDocumentSetRequest", "xdsb:RetrieveDocumentSetResponse"),
    ("Query", names.STORED_QUERY, "query:AdhocQueryRequest", "query:AdhocQueryResponse"),
)
_OPEN = (
    '<xs:complexType><xs:sequence><xs:any processContents="skip" minOccurs="0" maxOccurs="unbounded" namespace="##any"/>'
    '</xs:sequence><xs:attribute name="status" type="xs:anyURI"/></xs:complexType>'
)


def open_wsdl(location: str) -> bytes:
    """A description of the three transactions in which every body may hold anything."""
    declared: dict[str, list[str]] = {}
    for element in dict.fromkeys(element for _, _, *elements in _OPERATIONS for element in elements):
        prefix, _, local = element.partition(":")
        declared.setdefault(prefix, []).append(f'<xs:element name="{local}">{_OPEN}</xs:element>')
    schemas = "".join(
        f'<xs:schema targetNamespace="{names.NS[prefix]}" elementFormDefault="qualified">{"".join(elements)}</xs:schema>'
        for prefix, elements in declared.items()
    )
    messages = "".join(
        f'<message name="{name}In"><part name="body" element="{asked}"/></message>'
        f'<message name="{name}Out"><part name="body" element="{answered}"/></message>'
        for name, _, asked, answered in _OPERATIONS
    )
    port = "".join(
        f'<operation name="{name}"><input message="w:{name}In" wsam:Action="{action}"/>'
        f'<output message="w:{name}Out" wsam:Action="{action}Response"/></operation>'
        for name, action, _, _ in _OPERATIONS
    )
    body = '<s12:body use="literal"/>'
    binding = "".join(
        f'<operation name="{name}"><s12:operation soapActionRequired="false"/><input>{body}</input><output>{body}</output></operation>'
        for name, *_ in _OPERATIONS
    )
    return (
        '<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:w="urn:witness" '
        'xmlns:s12="http://schemas.xmlsoap.org/wsdl/soap12/" xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata" '
        f'xmlns:xdsb="{names.NS["xdsb"]}" xmlns:query="{names.NS["query"]}" xmlns:rs="{names.NS["rs"]}" targetNamespace="urn:witness">'
        f'<types>{schemas}</types>{messages}<portType name="Port">{port}</portType><binding name="Binding" type="w:Port">'
        f'<s12:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>{binding}</binding>'
        f'<service name="Open"><port name="Port" binding="w:Binding"><s12:address location="{location}"/></port></service></definitions>'
    ).encode()


class MTOMTransport(Transport):
    """Sends on the standard library: simple SOAP, or MTOM at the endpoint whose transactions are MTOM. [ITI TF-2: V.3.6]

    `answers` are all that came back, as the witness reads them.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.answers: list[wire.Answer] = []
        self._tls = tls

    def load(self, url: str | io.BytesIO) -> bytes:
        """A description, or a schema that it imports."""
        if isinstance(url, io.BytesIO):
            return url.read()
        answer = wire.exchange("GET", url, {"Connection": "close"}, tls=self._tls)
        assert answer.http_status == 200, f"{url}: {answer.http_status}"
        return answer.payload

    def post_xml(self, address: str, envelope: Element, headers: Mapping[str, str]) -> requests.Response:
        parts = [_cut_out(document) for document in envelope.iter(names.tag("xdsb:Document"))]
        _complete_addressing(envelope)
        root = etree.tostring(envelope, encoding="UTF-8", xml_declaration=True)
        content_type: str = headers["Content-Type"]
        pieces: Sequence[bytes | memoryview] = [root]
        if address.endswith("/repository"):
            content_type, pieces = multipart.write(root, parts)
        answer = wire.post(address, content_type, pieces, self._tls)
        self.answers.append(answer)
        response = requests.Response()
        response.status_code = answer.http_status
        response.headers["Content-Type"] = wire.SIMPLE if answer.is_multipart else answer.content_type
        response.raw = io.BytesIO(etree.tostring(answer.inline()) if answer.is_multipart else answer.payload)
        return response


class Vouching:
    """zeep's `wsse`: the assertion of one voucher in every request, after the addressing headers that it goes with."""

    def __init__(self, voucher: Voucher) -> None:
        self._voucher = voucher

    def apply(self, envelope: Element, headers: Any) -> tuple[Element, Any]:
        """Adds the header."""
        header = envelope.find("soap:Header", names.NS)
        assert header is not None
        header.append(wire.parse(self._voucher.header(header.findtext("wsa:Action", "", names.NS)).encode()))
        return envelope, headers

    def verify(self, envelope: Element) -> Element:
        """Answers are not signed."""
        return envelope


def new_client(
    description: str | io.BytesIO, voucher: Voucher | None = None, tls: ssl.SSLContext | None = None
) -> zeep.Client:
    """zeep's reading of a description, strict: what comes back must be of the types described."""
    wsse = Vouching(voucher) if voucher is not None else None
    return zeep.Client(description, wsse=wsse, transport=MTOMTransport(tls))  # type: ignore[no-untyped-call]


def _cut_out(document: Element) -> multipart.Part:
    """Turns the content of a Document element into a part."""
    part = multipart.Part(f"{uuid.uuid4().hex}@zeep.invalid", base64.b64decode(document.text or ""), "text/xml")
    document.text = None
    etree.SubElement(document, names.tag("xop:Include"), href=f"cid:{part.content_id}")
    return part


def _complete_addressing(envelope: Element) -> None:
    """zeep writes Action, MessageID and To; IHE wants Action to be understood, and ReplyTo. [ITI TF-2: V.3.2.2]"""
    header = envelope.find("soap:Header", names.NS)
    assert header is not None, "the description names the actions, so zeep writes addressing headers"
    action = header.find("wsa:Action", names.NS)
    assert action is not None
    action.set(names.tag("soap:mustUnderstand"), "1")
    reply_to = etree.SubElement(header, names.tag("wsa:ReplyTo"))
    etree.SubElement(reply_to, names.tag("wsa:Address")).text = names.ANONYMOUS


class ZeepSource:
    """A partner on zeep; elements in, elements out. Somebody is vouched for, and lots are sealed, where a voucher is given."""

    def __init__(self, root: str, voucher: Voucher | None = None) -> None:
        self._root = root
        self._seal = Seal(holder=voucher.holder) if voucher is not None else None
        self._client = new_client(io.BytesIO(open_wsdl(root)), voucher)

    def send(self, lot: Lot) -> Any:
        """ITI-41 of a lot and its documents, sealed where there is somebody to seal it."""
        sent = signed(lot, self._seal) if self._seal is not None else lot
        return self.provide(sent.text(), {entry.id: bytes(entry.content) for entry in sent.entries})

    def provide(self, submission: str, documents: Mapping[str, bytes]) -> Any:
        """ITI-41: the ebRIM request and each document by the id of its entry."""
        content = [etree.fromstring(submission)]
        for entry_id, document in documents.items():
            element = etree.Element(names.tag("xdsb:Document"), id=entry_id)
            element.text = base64.b64encode(document).decode()
            content.append(element)
        return self._call("repository", "Provide", content)

    def query(self, request: str) -> Any:
        """ITI-18 with a whole AdhocQueryRequest."""
        return self._call("registry", "Query", list(etree.fromstring(request)))

    def retrieve(self, repository_unique_id: str, unique_ids: Sequence[str]) -> dict[str, bytes]:
        """ITI-43: the documents by uniqueId, as zeep reads them."""
        asked = []
        for unique_id in unique_ids:
            request = etree.Element(names.tag("xdsb:DocumentRequest"))
            etree.SubElement(request, names.tag("xdsb:RepositoryUniqueId")).text = repository_unique_id
            etree.SubElement(request, names.tag("xdsb:DocumentUniqueId")).text = unique_id
            asked.append(request)
        answer = self._call("repository", "Retrieve", asked)
        return {
            element.findtext("xdsb:DocumentUniqueId", "", names.NS): base64.b64decode(
                element.findtext("xdsb:Document", "", names.NS)
            )
            for element in answer._value_1
            if element.tag == names.tag("xdsb:DocumentResponse")
        }

    def _call(self, endpoint: str, operation: str, content: Sequence[Element]) -> Any:
        address = f"{self._root}/services/{endpoint}"
        service = self._client.create_service("{urn:witness}Binding", address)  # type: ignore[no-untyped-call]
        return getattr(service, operation)(list(content))


def refusals(answer: Any) -> list[tuple[str, str]]:
    """Codes and contexts of the errors in an answer."""
    errors = [error for element in answer._value_1 or () for error in element.iter(names.tag("rs:RegistryError"))]
    return [(error.get("errorCode", ""), error.get("codeContext", "")) for error in errors]
