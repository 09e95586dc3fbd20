"""The genuine schemas, loaded from where the papers lie; nothing is fetched. [ihe-schema/README.md beside the checkout]"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from interop_tests.witness import names, wire

_FILES = {
    names.NS["soap"]: "soap/soap-1.2-envelope.xsd",
    names.NS["wsa"]: "soap/ws-addr.xsd",
    names.NS["hl7"]: "HL7V3/NE2008/multicacheschemas/MCCI_IN000002UV01.xsd",
    "urn:oasis:names:tc:SAML:2.0:assertion": "saml/sstc-saml-schema-assertion-2.0.xsd",
}
_XDS = "IHE/XDS.b_DocumentRepository.xsd"
_HL7 = "HL7V3/NE2008/multicacheschemas"


class Piece(NamedTuple):
    """A part of an HL7 v3 message: where it stands, the message type it is of, the part of that."""

    path: str
    message_type: str
    name: str


_WRAPPER = (
    Piece("hl7:receiver", "MCCI_MT000200UV01", "Receiver"),
    Piece("hl7:sender", "MCCI_MT000200UV01", "Sender"),
    Piece("hl7:attentionLine", "MCCI_MT000200UV01", "AttentionLine"),
    Piece("hl7:acknowledgement/hl7:targetMessage", "MCCI_MT000200UV01", "TargetMessage"),
    Piece("hl7:acknowledgement/hl7:acknowledgementDetail", "MCCI_MT000200UV01", "AcknowledgementDetail"),
    Piece("hl7:controlActProcess/hl7:reasonOf", "MFMI_MT700701UV01", "Reason"),
)
_EVENT, _REQUEST = (f"hl7:controlActProcess/hl7:subject/hl7:registration{kind}/hl7:" for kind in ("Event", "Request"))
_KEPT = (
    Piece(f"{_EVENT}subject1/hl7:patient", "PRPA_MT201303UV02", "Patient"),
    Piece(f"{_EVENT}custodian", "MFMI_MT700701UV01", "Custodian"),
)
PIECES = {
    # What a candidate is, HL7 says in a type that is not among the papers; the person within is of one that is.
    "PRPA_IN201306UV02": (
        *_WRAPPER,
        _KEPT[1],
        Piece(f"{_EVENT}subject1/hl7:patient/hl7:patientPerson", "PRPA_MT201303UV02", "Person"),
    ),
    "PRPA_IN201308UV02": (*_WRAPPER, *_KEPT),
    "PRPA_IN201312UV02": (*_WRAPPER, *_KEPT),
    "PRPA_IN201315UV02": (*_WRAPPER, *_KEPT),
    "PRPA_IN201313UV02": (
        *_WRAPPER,
        Piece(f"{_REQUEST}subject1/hl7:patient", "PRPA_MT201301UV02", "Patient"),
        Piece(f"{_REQUEST}author", "MFMI_MT700701UV01", "Author2"),
    ),
    "PRPA_IN201316UV02": (
        *_WRAPPER,
        Piece(f"{_REQUEST}subject1/hl7:patient", "PRPA_MT201302UV02", "Patient"),
        Piece(f"{_REQUEST}author", "MFMI_MT700701UV01", "Author2"),
    ),
}
"""Answers whose own schema is not among the papers, but whose parts have theirs."""


class _Offline(etree.Resolver):
    def resolve(self, system_url: str, public_id: str, context: object = None) -> None:
        if system_url and system_url.startswith(("http:", "https:", "ftp:")):
            raise AssertionError(f"a schema asks the network for {system_url}")


class Schemas:
    """Each schema read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[str, etree.XMLSchema] = {}

    def _schema(self, namespace: str) -> etree.XMLSchema:
        file = _FILES.get(namespace, _XDS)
        if file not in self._read:
            parser = etree.XMLParser(no_network=True)
            parser.resolvers.add(_Offline())
            self._read[file] = etree.XMLSchema(etree.parse(self._folder / file, parser))
        return self._read[file]

    def breaches(self, answer: wire.Answer) -> list[str]:
        """What is wrong with an answer: envelope, addressing headers, and the body unless it is a Fault (which the envelope's
        schema has judged). XOP parts are put back first, since schemas speak of base64."""
        envelope = answer.inline()
        found = self.breaches_of_envelope(answer)
        for body in envelope.iterfind("soap:Body/*", names.NS):
            namespace = etree.QName(body).namespace or ""
            if namespace != names.NS["soap"]:
                found += judge(self._schema(namespace), body)
        return found

    def breaches_of_envelope(self, answer: wire.Answer) -> list[str]:
        """What is wrong with envelope and addressing headers, whatever is answered: what a body holds has schemas of its own, and
        types of which this one knows nothing. A Fault is judged with it."""
        envelope = answer.inline()
        for body in envelope.findall("soap:Body", names.NS):
            for element in body:
                if etree.QName(element).namespace != names.NS["soap"]:
                    body.remove(element)
        found = judge(self._schema(names.NS["soap"]), envelope)
        for header in envelope.iterfind("soap:Header/wsa:*", names.NS):
            found += judge(self._schema(names.NS["wsa"]), header)
        return found

    def breaches_in_pieces(self, message: wire.Element) -> list[str]:
        """What is wrong with the parts of an HL7 v3 message whose own schema is not among the papers. Each part is judged by the
        genuine type that it is of."""
        interaction = etree.QName(message).localname
        found, judged = [], 0
        for piece in PIECES[interaction]:
            for element in message.iterfind(piece.path, names.NS):
                found += judge(self._schema_of(piece, etree.QName(element).localname), element)
                judged += 1
        assert judged >= len(("receiver", "sender", "targetMessage")), f"{interaction} has hardly a part that is known"
        return found

    def _schema_of(self, piece: Piece, element: str) -> etree.XMLSchema:
        """A schema of one element, which is of a published type."""
        key = f"{piece.message_type}.{piece.name} {element}"
        if key not in self._read:
            included = (self._folder / _HL7 / f"{piece.message_type}.xsd").as_uri()
            text = (
                f'<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{names.NS["hl7"]}" '
                f'targetNamespace="{names.NS["hl7"]}" elementFormDefault="qualified"><xs:include schemaLocation="{included}"/>'
                f'<xs:element name="{element}" type="{piece.message_type}.{piece.name}" nillable="true"/></xs:schema>'
            )
            self._read[key] = etree.XMLSchema(etree.fromstring(text))
        return self._read[key]

    def breaches_of_assertion(self, assertion: bytes) -> list[str]:
        """What is wrong with a SAML assertion, the types of HL7 apart, which are another schema's. [SAML 2.0 Core]"""
        read = wire.parse(assertion)
        for element in read.iter(f"{{{names.NS['hl7']}}}*"):
            element.attrib.pop("{http://www.w3.org/2001/XMLSchema-instance}type", "")
        return judge(self._schema("urn:oasis:names:tc:SAML:2.0:assertion"), read)


def published(description: str) -> Iterator[etree.XMLSchema]:
    """The schemas that a description imports, as they are served; nothing else is fetched."""
    wsdl = wire.parse(wire.exchange("GET", description, {"Connection": "close"}).payload)
    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(_Served())
    for found in wsdl.iter("{http://www.w3.org/2001/XMLSchema}import"):
        location = found.get("schemaLocation", "")
        served = wire.exchange("GET", location, {"Connection": "close"}).payload
        yield etree.XMLSchema(etree.fromstring(served, parser, base_url=location))


class _Served(etree.Resolver):
    """Fetches by the witness's own means what a schema imports."""

    def resolve(self, system_url: str, public_id: str, context: object = None) -> object:
        payload = wire.exchange("GET", system_url, {"Connection": "close"}).payload
        return self.resolve_string(payload, context, base_url=system_url)


def judge(schema: etree.XMLSchema, element: wire.Element) -> list[str]:
    # On its own: an element within a tree would be judged with what stands above it.
    alone = wire.parse(etree.tostring(element, with_tail=False))
    return [] if schema.validate(alone) else [f"{error.path}: {error.message}" for error in schema.error_log]  # type: ignore[attr-defined]
