"""Package ⇄ Envelope: SOAP 1.2 read in one pass over its headers, and written from prebuilt pieces of bytes.

What stands in the Body is handed on as an element, or taken as bytes, unread. A processing instruction, which SOAP keeps
out of messages, is dropped by the parser rather than refused: nothing here or above could act on one.

[SOAP 1.2-1: 5] construct, [SOAP 1.2-1: 2.6] order of processing, [ITI TF-2: Appendix V.3] how IHE uses both.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from safexml import namespaces, parser
from safexml.namespaces import SOAP, WSA, WSSE, qname, readable
from soap import addressing, faults
from soap.addressing import Addressing
from soap.faults import ReceivedFault, SOAPFault
from soap.limits import LIMITS, Limits
from soap.mtom import Package

if TYPE_CHECKING:
    from lxml import etree

_ENVELOPE = qname(SOAP, "Envelope")
_HEADER = qname(SOAP, "Header")
_BODY = qname(SOAP, "Body")
_FAULT = qname(SOAP, "Fault")
_MUST_UNDERSTAND = qname(SOAP, "mustUnderstand")
_ROLE = qname(SOAP, "role")
_SECURITY = qname(WSSE, "Security")

_OUR_ROLES = frozenset({None, "", f"{SOAP}/role/next", f"{SOAP}/role/ultimateReceiver"})
_TOLD = 10  # headers not understood that a fault names; more are no use to anyone
_BOOLEANS = {"false": False, "0": False, "true": True, "1": True}


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message read: what is said about it, its security header if it has one, and the one element of its Body."""

    addressing: Addressing
    security: etree._Element | None
    body: etree._Element
    package: Package


def read(package: Package, limits: Limits = LIMITS) -> Envelope:
    """The request in a package, in the order of SOAP's processing model. [SOAP 1.2-1: 2.6]

    1. the root is XML, and an Envelope of SOAP 1.2; 2. every header that must be understood is; 3. addressing is whole
    and lets us answer on this connection; 4. the Body holds one element.

    *Raises* SOAPFault, which bears the addressing as soon as step 2 has read it.
    """
    envelope, flaw = _read(package, limits)
    flaw = flaw or addressing.check_request(envelope[0])
    return _whole(envelope, flaw, package)


def read_answer(package: Package, limits: Limits = LIMITS) -> Envelope:
    """The answer in a package; it may lack addressing, as answers of plain SOAP stacks do.

    *Raises* ReceivedFault when the answer is a Fault, SOAPFault when it cannot be understood.
    """
    envelope, flaw = _read(package, limits)
    answer = _whole(envelope, flaw, package)
    if answer.body.tag == _FAULT:
        raise _received(answer.body, answer.addressing)
    return answer


_Sections = tuple[Addressing, "etree._Element | None", "etree._Element"]


def _read(package: Package, limits: Limits) -> tuple[_Sections, SOAPFault | None]:
    """Addressing, security header and Body, and the first fault that the headers gave."""
    try:
        root = parser.parse(package.root, limits.bounds, charset=package.charset)
    except parser.HostileXML as hostile:
        raise faults.HOSTILE_XML.fault(hostile.reason) from None
    if root.tag != _ENVELOPE:
        raise faults.NOT_AN_ENVELOPE.fault(readable(root.tag), headers=_UPGRADE)
    sections = [*root]
    names = [section.tag for section in sections]
    if names == [_HEADER, _BODY]:
        return _headers(sections[0], sections[1], limits)
    if names == [_BODY]:
        return (Addressing(), None, sections[0]), None
    raise faults.ENVELOPE_CHILDREN.fault(", ".join(readable(name) for name in names[:5]) or "nothing")


def _headers(header: etree._Element, body: etree._Element, limits: Limits) -> tuple[_Sections, SOAPFault | None]:
    """One pass: which blocks are for us, which must be understood and are not."""
    if len(header) > limits.headers:
        raise faults.TOO_MANY_HEADERS.fault(limits.headers)
    addressed: list[etree._Element] = []
    security: etree._Element | None = None
    unknown: list[str] = []
    flaw: SOAPFault | None = None
    for block in header.iterchildren():
        tag = block.tag
        if block.get(_ROLE) not in _OUR_ROLES:
            continue
        must = block.get(_MUST_UNDERSTAND)
        if must is not None and must.strip() not in _BOOLEANS:
            flaw = flaw or faults.BAD_MUST_UNDERSTAND.fault(readable(tag))
        if tag in addressing.UNDERSTOOD:
            addressed.append(block)
        elif tag == _SECURITY:
            if security is not None:
                flaw = flaw or faults.TWO_SECURITY_HEADERS.fault()
            security = block
        elif must is not None and _BOOLEANS.get(must.strip(), True):
            unknown.append(tag)
    found, address_flaw = addressing.read(addressed)
    if unknown:
        seen = ", ".join(readable(tag) for tag in unknown)
        flaw = faults.NOT_UNDERSTOOD.fault(seen, headers=b"".join(map(_not_understood, unknown[:_TOLD])))
    return (found, security, body), flaw or address_flaw


def _whole(sections: _Sections, flaw: SOAPFault | None, package: Package) -> Envelope:
    found, security, body = sections
    count = len(body)
    if flaw is None and count != 1:
        flaw = faults.CROWDED_BODY.fault(count) if count else faults.EMPTY_BODY.fault()
    if flaw is not None:
        flaw.addressing = found
        raise flaw
    return Envelope(found, security, body[0], package)


def _received(fault: etree._Element, found: Addressing) -> ReceivedFault:
    codes: list[str] = []
    level = fault.find(qname(SOAP, "Code"))
    while level is not None:
        value = level.find(qname(SOAP, "Value"))
        if value is not None:
            prefix, _, local = (value.text or "").strip().rpartition(":")
            codes.append(readable(qname(value.nsmap.get(prefix or None, ""), local)))
        level = level.find(qname(SOAP, "Subcode"))
    texts = {
        (text.get(qname(namespaces.XML, "lang")) or "")[:2].lower(): (text.text or "").strip()
        for text in fault.iterfind(f"{qname(SOAP, 'Reason')}/{qname(SOAP, 'Text')}")
    }
    reason = texts.get("en") or next(iter(texts.values()), "")
    code = codes[0].rpartition(":")[2] if codes else ""
    return ReceivedFault(code, tuple(codes[1:]), reason, fault.find(qname(SOAP, "Detail")), found)


_UPGRADE = b'<soap:Upgrade><soap:SupportedEnvelope qname="soap:Envelope"/></soap:Upgrade>'
_OPEN = f'<soap:Envelope xmlns:soap="{SOAP}" xmlns:wsa="{WSA}"><soap:Header>'
_ANONYMOUS_REPLY = f"<wsa:ReplyTo><wsa:Address>{addressing.ANONYMOUS}</wsa:Address></wsa:ReplyTo>"
_BODY_OPEN = b"</soap:Header><soap:Body>"
_CLOSE = b"</soap:Body></soap:Envelope>"
_is_plain = re.compile(r"[\w :/.@#-]*", re.ASCII).fullmatch
"""What ids and actions are made of: nothing that XML would have otherwise."""
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write(
    action: str,
    relates_to: str | None,
    body: Sequence[bytes],
    *,
    message_id: str,
    to: str | None = None,
    headers: bytes = b"",
) -> list[bytes]:
    """An answer: the element of its Body given as bytes, which are spliced in as they are. [ITI TF-2: Appendix V.3.2.2]"""
    to_header = f"<wsa:To>{_text(to)}</wsa:To>" if to is not None else ""
    related = f"<wsa:RelatesTo>{_text(relates_to)}</wsa:RelatesTo>" if relates_to else ""
    head = (
        f'{_OPEN}<wsa:Action soap:mustUnderstand="1">{_text(action)}</wsa:Action>'
        f"<wsa:MessageID>{_text(message_id)}</wsa:MessageID>{to_header}{related}"
    )
    return [head.encode(), headers, _BODY_OPEN, *body, _CLOSE]


def write_request(action: str, message_id: str, to: str, body: Sequence[bytes], security: bytes = b"") -> list[bytes]:
    """A request that is answered on its own connection; ``security`` is a whole wsse:Security header or nothing."""
    head = (
        f'{_OPEN}<wsa:Action soap:mustUnderstand="1">{_text(action)}</wsa:Action>'
        f"<wsa:MessageID>{_text(message_id)}</wsa:MessageID>{_ANONYMOUS_REPLY}"
        f'<wsa:To soap:mustUnderstand="1">{_text(to)}</wsa:To>'
    )
    return [head.encode(), security, _BODY_OPEN, *body, _CLOSE]


def write_fault(fault: SOAPFault, relates_to: str | None, message_id: str) -> list[bytes]:
    """A Fault with its reason in English, and in French where it is known. [SOAP 1.2-1: 5.4]"""
    is_addressing = fault.subcode.startswith("wsa:")
    action = addressing.FAULT if is_addressing else addressing.SOAP_FAULT
    subcodes = ""
    for subcode in (fault.subsubcode, fault.subcode):
        if subcode:
            subcodes = f"<soap:Subcode><soap:Value{_declared(subcode)}>{subcode}</soap:Value>{subcodes}</soap:Subcode>"
    french = f'<soap:Text xml:lang="fr">{_text(fault.reason_fr)}</soap:Text>' if fault.reason_fr else ""
    told = (
        f"<soap:Fault><soap:Code><soap:Value>soap:{fault.code}</soap:Value>{subcodes}</soap:Code><soap:Reason>"
        f'<soap:Text xml:lang="en">{_text(fault.reason)}</soap:Text>{french}</soap:Reason>'
    )
    detail = (b"<soap:Detail>", fault.detail, b"</soap:Detail>") if fault.detail else ()
    body = (told.encode(), *detail, b"</soap:Fault>")
    return write(action, relates_to, body, message_id=message_id, headers=fault.headers)


def _declared(subcode: str) -> str:
    """The declaration that the prefix of a subcode needs, where the Envelope does not make it already."""
    prefix = subcode.partition(":")[0]
    return "" if prefix in ("soap", "wsa") else f' xmlns:{prefix}="{namespaces.PREFIXES[prefix]}"'


def _not_understood(tag: str) -> bytes:
    """The header that names, in a fault, a header that was not understood. [SOAP 1.2-1: 5.4.8]"""
    namespace, local = namespaces.split(tag)
    if not namespace:
        return f'<soap:NotUnderstood qname="{local}"/>'.encode()
    return f'<soap:NotUnderstood xmlns:their={quoteattr(namespace)} qname="their:{local}"/>'.encode()


def _text(text: str) -> str:
    """Text made fit for XML; a character that XML cannot hold becomes a question mark."""
    if _is_plain(text):
        return text
    return escape(_NOT_XML.sub("?", text), {"\r": "&#13;"})
