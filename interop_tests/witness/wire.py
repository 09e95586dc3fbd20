"""SOAP 1.2 over HTTP: the request as bytes, the answer taken apart. [ITI TF-2: V.3; W3C XOP, WS-Addressing]"""

from __future__ import annotations

import base64
import copy
import functools
import http.client
import ssl
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from xml.sax.saxutils import escape

from lxml import etree

from interop_tests.witness import multipart, names

SIMPLE = "application/soap+xml; charset=UTF-8"
TIMEOUT_SECONDS = 60
Element = etree._Element


class NoAnswer(Exception):
    """The connection was refused or broke before the answer was whole: nobody knows what became of the request."""


class Fault(NamedTuple):
    """A SOAP 1.2 Fault: the codes without prefix, and the reason."""

    code: str
    subcode: str
    reason: str


class RegistryError(NamedTuple):
    """An rs:RegistryError."""

    code: str
    context: str
    severity: str
    location: str


@dataclass(frozen=True)
class Answer:
    """What came back, as bytes and as what it says."""

    http_status: int
    headers: Mapping[str, str]
    payload: bytes = field(repr=False)

    @property
    def content_type(self) -> str:
        return self.headers.get("content-type", "")

    @property
    def is_multipart(self) -> bool:
        return multipart.header(self.content_type).get_content_type() == "multipart/related"

    @property
    def is_soap(self) -> bool:
        return self.is_multipart or multipart.header(self.content_type).get_content_type() == "application/soap+xml"

    @functools.cached_property
    def _taken_apart(self) -> tuple[bytes, Mapping[str, bytes]]:
        return multipart.read(self.content_type, self.payload) if self.is_multipart else (self.payload, {})

    @property
    def parts(self) -> Mapping[str, bytes]:
        return self._taken_apart[1]

    @functools.cached_property
    def envelope(self) -> Element:
        return parse(self._taken_apart[0])

    @property
    def body(self) -> Element:
        elements = self.envelope.findall("soap:Body/*", names.NS)
        assert len(elements) == 1, f"the Body holds {len(elements)} elements"
        return elements[0]

    @property
    def action(self) -> str:
        return self.envelope.findtext("soap:Header/wsa:Action", "", names.NS).strip()

    @property
    def relates_to(self) -> str:
        return self.envelope.findtext("soap:Header/wsa:RelatesTo", "", names.NS).strip()

    @functools.cached_property
    def fault(self) -> Fault | None:
        if not self.is_soap or self.body.tag != names.tag("soap:Fault"):
            return None
        code = self.body.findtext("soap:Code/soap:Value", "", names.NS)
        subcode = self.body.findtext("soap:Code/soap:Subcode/soap:Value", "", names.NS)
        reason = self.body.findtext("soap:Reason/soap:Text", "", names.NS)
        return Fault(code.rpartition(":")[2], subcode.rpartition(":")[2], reason)

    @property
    def response(self) -> Element:
        """The element that carries @status."""
        nested = self.body.find("rs:RegistryResponse", names.NS)
        return self.body if nested is None else nested

    @property
    def status(self) -> str:
        uri = self.response.get("status", "")
        return names.STATUSES.get(uri, uri)

    @functools.cached_property
    def errors(self) -> tuple[RegistryError, ...]:
        found = self.response.iterfind("rs:RegistryErrorList/rs:RegistryError", names.NS)
        return tuple(
            RegistryError(*(e.get(k, "") for k in ("errorCode", "codeContext", "severity", "location"))) for e in found
        )

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(error.code for error in self.errors)

    def objects(self, name: str = "*") -> list[Element]:
        """The registry objects of a query's answer: ``ExtrinsicObject``, ``ObjectRef``, …"""
        return self.body.findall(f"rim:RegistryObjectList/{'*' if name == '*' else 'rim:' + name}", names.NS)

    @property
    def unique_ids(self) -> list[str]:
        """The uniqueIds of the DocumentEntries shown."""
        return [identifier(entry, names.DOCUMENT_UNIQUE_ID) for entry in self.objects("ExtrinsicObject")]

    @functools.cached_property
    def documents(self) -> dict[str, bytes]:
        """The documents of a retrieve's answer by uniqueId."""
        found = self.body.iterfind("xdsb:DocumentResponse", names.NS)
        return {
            r.findtext("xdsb:DocumentUniqueId", "", names.NS): self._content(r.find("xdsb:Document", names.NS))
            for r in found
        }

    def _content(self, document: Element | None) -> bytes:
        assert document is not None
        include = document.find("xop:Include", names.NS)
        return base64.b64decode(document.text or "") if include is None else self.parts[content_id(include)]

    def inline(self) -> Element:
        """The envelope with every XOP part put back as base64: what schemas speak about."""
        envelope = copy.deepcopy(self.envelope)
        for include in list(envelope.iter(names.tag("xop:Include"))):
            parent = include.getparent()
            assert parent is not None
            parent.remove(include)
            parent.text = base64.b64encode(self.parts[content_id(include)]).decode()
        return envelope


def parse(text: bytes) -> Element:
    """An XML document from a peer."""
    return etree.fromstring(
        text, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    )


def content_id(include: Element) -> str:
    """The Content-ID that an xop:Include points at."""
    return unquote(include.get("href", "").removeprefix("cid:"))


def identifier(element: Element, scheme: str) -> str:
    """The value of an ExternalIdentifier."""
    found = element.iterfind("rim:ExternalIdentifier", names.NS)
    return next((e.get("value", "") for e in found if e.get("identificationScheme") == scheme), "")


def envelope(action: str, body: str, to: str, *, message_id: str | None = None, more_headers: str = "") -> bytes:
    """A request's envelope."""
    return (
        f'<soap:Envelope xmlns:soap="{names.NS["soap"]}" xmlns:wsa="{names.NS["wsa"]}"><soap:Header>'
        f'<wsa:Action soap:mustUnderstand="1">{escape(action)}</wsa:Action>'
        f"<wsa:MessageID>{escape(message_id or uuid.uuid4().urn)}</wsa:MessageID>"
        f"<wsa:ReplyTo><wsa:Address>{names.ANONYMOUS}</wsa:Address></wsa:ReplyTo><wsa:To>{escape(to)}</wsa:To>"
        f"{more_headers}</soap:Header><soap:Body>{body}</soap:Body></soap:Envelope>"
    ).encode()


def post(
    url: str, content_type: str, pieces: Iterable[bytes | memoryview] | bytes, tls: ssl.SSLContext | None = None
) -> Answer:
    """One POST on a connection of its own. Raises NoAnswer."""
    sent: Sequence[bytes | memoryview] = [pieces] if isinstance(pieces, bytes) else list(pieces)
    headers = {
        "Content-Type": content_type,
        "Content-Length": str(sum(len(piece) for piece in sent)),
        "Connection": "close",
    }
    return exchange("POST", url, headers, sent, tls)


def exchange(
    method: str,
    url: str,
    headers: Mapping[str, str],
    pieces: Iterable[bytes | memoryview] = (),
    tls: ssl.SSLContext | None = None,
) -> Answer:
    """One HTTP exchange. A refusal that comes while the body is still being sent counts. Raises NoAnswer."""
    target = urlsplit(url)
    connection = http.client.HTTPConnection(target.netloc, timeout=TIMEOUT_SECONDS)
    if target.scheme == "https":
        connection = http.client.HTTPSConnection(target.netloc, timeout=TIMEOUT_SECONDS, context=tls)
    try:
        connection.putrequest(method, target.path + (f"?{target.query}" if target.query else ""))
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        try:
            for piece in pieces:
                connection.send(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswer(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
