"""A request on the desk: its packaging, its envelope, its assertion, and the metadata and documents in its Body.

The request is never sent. It may be a bare envelope, a multipart body, or either with its HTTP headers. [ITI TF-2: V.3]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from lxml.etree import _Element

from safexml import parser
from safexml.namespaces import RIM, SOAP, WSSE, qname, readable
from server.validation import Check, Note, Text, same
from server.validation_assertion import judge_assertions
from server.validation_metadata import Metadata
from server.validation_seals import Seals
from soap import envelope, mtom, security
from soap.faults import NotSOAP, SOAPFault
from soap.mtom import Package
from xds import transactions
from xds.domain import AffinityDomain
from xds.transactions import ITI_41, ITI_42, ITI_57, ITI_61, ITI_92, Transaction
from xds.wire import WrongBody
from xds.wire import submission as wire

_PACKAGING = Text("Packaging", "Emballage")
_ENVELOPE = Text("SOAP envelope and addressing", "Enveloppe SOAP et adressage")
_BODY = Text("Body", "Corps")
_NO_ASSERTION = Text("the domain asks for no assertion", "le domaine ne demande pas d'assertion")
_ASSERTION = Text("Assertion of the caller (VIHF)", "Assertion de l'appelant (VIHF)")
_SUBMISSIONS = {row.request_action: row for row in (ITI_41, ITI_42, ITI_57, ITI_61, ITI_92)}
_SLOT = qname(RIM, "Slot")

_header = re.compile(rb"[!-9;-~]+[ \t]*:")
_blank_line = re.compile(rb"\r?\n\r?\n")
_content_type = re.compile(rb"^content-type[ \t]*:[ \t]*(.+(?:\r?\n[ \t].+)*)", re.IGNORECASE | re.MULTILINE)
_boundary = re.compile(rb"\s*--([^\r\n]{1,200}?)[ \t]*\r?\n")
_HEADERS_MAX = 64 * 1024


class Request(NamedTuple):
    """A message as it would come in: what it says of itself, and its body."""

    content_type: str
    body: memoryview


def find_request(content: bytes) -> Request | None:
    """The request that a file is, if it is a multipart one or has its HTTP headers. [RFC 2387; RFC 9112: 2.1]"""
    opening = _boundary.match(content, 0, _HEADERS_MAX)
    if opening is not None:
        # Without its header nothing tells the boundary but the first line.
        boundary = opening[1].decode("latin-1")
        body = memoryview(content)[opening.start(1) - 2 :]
        return Request(f'multipart/related; type="application/xop+xml"; boundary="{boundary}"', body)
    end = _blank_line.search(content, 0, _HEADERS_MAX)
    start = content[: end.start()].lstrip() if end else b""
    first = start.partition(b"\n")[0]
    if end is None or not (_header.match(first) or first.rstrip().endswith((b"HTTP/1.1", b"HTTP/1.0", b"HTTP/2"))):
        return None
    told = _content_type.search(start)
    content_type = " ".join(told[1].decode("latin-1").split()) if told else ""
    return Request(content_type, memoryview(content)[end.end() :])


@dataclass(frozen=True, slots=True)
class Messages:
    """Judges requests for one domain."""

    domain: AffinityDomain
    seals: Seals
    metadata: Metadata

    def judge(self, request: Request) -> Iterator[Check]:
        """Every check of a request with its packaging."""
        try:
            package = mtom.unpack(request.content_type, request.body)
        except NotSOAP as refusal:
            yield _failed(_PACKAGING, f"HTTP {refusal.http_status}", same(f"{refusal.reason}."))
            return
        except SOAPFault as fault:
            yield _faulty(_PACKAGING, fault)
            return
        yield Check(name=_PACKAGING, asked=1)
        yield from self.judge_package(package)

    def judge_envelope(self, content: bytes) -> Iterator[Check]:
        """Every check of an envelope that stands alone."""
        yield from self.judge_package(Package(memoryview(content), {}, False))

    def judge_package(self, package: Package) -> Iterator[Check]:
        """Every check of an envelope and what came with it; a faulty envelope is looked into all the same."""
        action: str | None = None
        header: _Element | None = None
        body: _Element | None = None
        try:
            message = envelope.read(package)
        except SOAPFault as fault:
            yield _faulty(_ENVELOPE, fault)
            header, body = _look_into(package)
            action = fault.addressing.action if fault.addressing else None
        else:
            action, header, body = message.addressing.action, message.security, message.body
            yield Check(name=_ENVELOPE, asked=1)
        yield self._judge_security(header)
        if body is not None:
            yield from self.judge_body(body, package, action)

    def judge_body(self, body: _Element, package: Package, action: str | None = None) -> Iterator[Check]:
        """The body of a request, or its element as a file of its own."""
        known = transactions.find(action or "")
        transaction = _SUBMISSIONS.get(action or "")
        if action and known is None:
            told = Text(
                f"'{action[:200]}' is no action that is known here.",
                f"« {action[:200]} » n'est pas une action connue ici.",
            )
            yield _failed(_BODY, "wsa:ActionNotSupported", told)
        if known is not None and known.request_element != body.tag:
            yield _failed(_BODY, "wsa:ActionMismatch", same(f"{WrongBody(str(body.tag), known.request_element)}."))
            known = None
        if known is None:
            transaction = _guess(body)
        if transaction is None:
            yield _other_body(body, known)
        else:
            yield from self._judge_submission(body, package, transaction)

    def _judge_submission(self, body: _Element, package: Package, transaction: Transaction) -> Iterator[Check]:
        if body.tag == ITI_41.request_element:
            request = wire.read_provide(body, lambda each: mtom.content_of(each, package), package.unreferenced)
            yield from self.metadata.judge_provided(body, request, transaction)
        else:
            yield from self.metadata.judge_submission(body, wire.read_submission(body), transaction)

    def _judge_security(self, header: _Element | None) -> Check:
        assertions = security.read(header).assertions
        if not assertions and not self.domain.assertion.demanded:
            return Check(name=_ASSERTION, not_run=_NO_ASSERTION)
        return judge_assertions(assertions, self.domain.assertion, self.seals)


def _guess(body: _Element) -> Transaction | None:
    """What a request without a wsa:Action is taken for: metadata that name no repository are those of a source."""
    if body.tag == ITI_41.request_element:
        return ITI_41
    if body.tag != ITI_42.request_element:
        return None
    has_repository = next((each for each in body.iter(_SLOT) if each.get("name") == "repositoryUniqueId"), None)
    return ITI_42 if has_repository is not None else ITI_41


def _other_body(body: _Element, known: Transaction | None) -> Check:
    """A body whose content is judged by an actor, with what it knows."""
    name = readable(str(body.tag))
    told_of = known.name if known else name
    return Check(
        name=_BODY,
        subject=told_of,
        not_run=Text(f"of {name} no more is asked offline", f"de {name}, rien de plus n'est examiné hors ligne"),
    )


def _look_into(package: Package) -> tuple[_Element | None, _Element | None]:
    """Security header and first element of the Body of an envelope that breaks a rule, as far as they are there."""
    try:
        root = parser.parse(package.root, charset=package.charset)
    except parser.HostileXML:
        return None, None
    header = root.find(f"{qname(SOAP, 'Header')}/{qname(WSSE, 'Security')}")
    return header, root.find(f"{qname(SOAP, 'Body')}/*")


def _faulty(name: Text, fault: SOAPFault) -> Check:
    code = fault.subcode or f"soap:{fault.code}"
    return _failed(name, code, Text(fault.reason, fault.reason_fr or fault.reason))


def _failed(name: Text, code: str, sentence: Text) -> Check:
    return Check(name=name, asked=1, notes=(Note(rule=code, code=code, sentence=sentence, clause="ITI TF-2: V.3"),))
