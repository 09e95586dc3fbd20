"""The genuine schemas, loaded from where the papers lie; nothing is fetched. [ihe-schema/README.md beside the checkout]"""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from interop_tests.witness import names, wire

_FILES = {
    names.NS["soap"]: "soap/soap-1.2-envelope.xsd",
    names.NS["wsa"]: "soap/ws-addr.xsd",
    names.NS["hl7"]: "HL7V3/NE2008/multicacheschemas/MCCI_IN000002UV01.xsd",
}
_XDS = "IHE/XDS.b_DocumentRepository.xsd"


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
        found = _judge(self._schema(names.NS["soap"]), envelope)
        for header in envelope.iterfind("soap:Header/wsa:*", names.NS):
            found += _judge(self._schema(names.NS["wsa"]), header)
        for body in envelope.iterfind("soap:Body/*", names.NS):
            namespace = etree.QName(body).namespace or ""
            if namespace != names.NS["soap"]:
                found += _judge(self._schema(namespace), body)
        return found


def _judge(schema: etree.XMLSchema, element: wire.Element) -> list[str]:
    # On its own: an element within a tree would be judged with what stands above it.
    alone = wire.parse(etree.tostring(element, with_tail=False))
    return [] if schema.validate(alone) else [f"{error.path}: {error.message}" for error in schema.error_log]  # type: ignore[attr-defined]
