"""WS-Addressing 1.0: header blocks become a value, and the rules of their cardinality and addresses.

Which action is served here, and what a message means, is not known here. [WS-Addressing Core], [WS-Addressing SOAP Binding]
[ITI TF-2: Appendix V.3.2.2]
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from safexml.namespaces import WSA, qname
from soap import faults

if TYPE_CHECKING:
    from lxml import etree

ANONYMOUS = "http://www.w3.org/2005/08/addressing/anonymous"
NONE = "http://www.w3.org/2005/08/addressing/none"
FAULT = "http://www.w3.org/2005/08/addressing/fault"
SOAP_FAULT = "http://www.w3.org/2005/08/addressing/soap/fault"
_REPLY = "http://www.w3.org/2005/08/addressing/reply"


class Addressing(NamedTuple):
    """The addressing headers of one message; endpoints as their address, None where there was no header."""

    action: str = ""
    message_id: str | None = None
    to: str | None = None
    reply_to: str | None = None
    fault_to: str | None = None
    relates_to: str | None = None
    from_: str | None = None


class _Header(NamedTuple):
    name: str
    field: str
    is_endpoint: bool = False


_ADDRESS = qname(WSA, "Address")
_RELATES_TO = qname(WSA, "RelatesTo")
_HEADERS = {
    qname(WSA, header.name): header
    for header in (
        _Header("Action", "action"),
        _Header("MessageID", "message_id"),
        _Header("To", "to"),
        _Header("ReplyTo", "reply_to", is_endpoint=True),
        _Header("FaultTo", "fault_to", is_endpoint=True),
        _Header("From", "from_", is_endpoint=True),
        _Header("RelatesTo", "relates_to"),
    )
}
"""The headers of WS-Addressing by qualified name: which field each fills, and whether it is an endpoint reference."""

UNDERSTOOD = frozenset(_HEADERS)


def read(blocks: list[etree._Element]) -> tuple[Addressing, faults.SOAPFault | None]:
    """The addressing that these header blocks say, and the first fault of their form.

    Both, so that the fault can be related to its message. ``blocks`` are blocks of UNDERSTOOD names only.
    """
    found: dict[str, str] = {}
    flaw: faults.SOAPFault | None = None
    for block in blocks:
        tag = block.tag
        name, field, is_endpoint = _HEADERS[tag]
        if tag == _RELATES_TO and block.get("RelationshipType", _REPLY) != _REPLY:
            continue
        if field in found:
            if tag != _RELATES_TO:
                flaw = flaw or faults.HEADER_TWICE.fault(f"wsa:{name}", detail=_problem(name))
            continue
        holder = next(block.iterchildren(_ADDRESS), None) if is_endpoint else block
        text = ((holder.text if holder is not None else None) or "").strip()
        if is_endpoint and not text:
            flaw = flaw or faults.NO_ADDRESS.fault(f"wsa:{name}", detail=_problem(name))
        found[field] = text
    return Addressing(**found), flaw


def check_request(addressing: Addressing) -> faults.SOAPFault | None:
    """What keeps this request from being answered on its connection: a header missing, an answer wanted elsewhere.

    The first fault, or None. MessageID is required because an answer is due. [WS-Addressing Core: 3.4]
    """
    for name, value in (("Action", addressing.action), ("MessageID", addressing.message_id)):
        if not value:
            return faults.HEADER_REQUIRED.fault(f"wsa:{name}", detail=_problem(name))
    if addressing.reply_to not in (None, ANONYMOUS):
        return faults.ONLY_ANONYMOUS.fault("wsa:ReplyTo", detail=_problem("ReplyTo"))
    if addressing.fault_to not in (None, ANONYMOUS, NONE):
        return faults.ONLY_ANONYMOUS.fault("wsa:FaultTo", detail=_problem("FaultTo"))
    return None


def _problem(name: str) -> bytes:
    """The detail that names the header at fault. [WS-Addressing SOAP Binding: 6.3.1]"""
    return f"<wsa:ProblemHeaderQName>wsa:{name}</wsa:ProblemHeaderQName>".encode()
