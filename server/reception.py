"""Knows the caller: from the security header of an envelope to a Visit, or to a fault that turns them away. [ITI TF-2: 3.40]"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from lxml import etree

from access import assertion
from access.assertion import AssertionRefused
from access.assertion_rules import refusal_by_seal
from safexml import parser
from safexml.namespaces import WSSE, qname
from server.door import Asked
from server.guard import Guard
from server.visit import Use, Visit
from signing import gate
from signing.report import SignatureRefused
from signing.trust import Trust
from soap import security
from soap.addressing import Addressing
from soap.envelope import Envelope
from soap.faults import Code, SOAPFault
from soap.limits import LIMITS
from xds.domain import AssertionPolicy

_log = logging.getLogger("coffre.reception")

_SECURITY = qname(WSSE, "Security")
_find_mark = re.compile(rb"<[!?]").search
"""How a comment, a processing instruction and a few other things begin, none of which is often met."""
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION_END = 8
"""Bytes at the beginning, where what looks like a processing instruction is the XML declaration."""


class Receives(Protocol):
    """Who stands at the door of an exchange."""

    def receive(self, message: Envelope, asked: Asked, transaction: str) -> Visit: ...

    def turn_away(
        self, refusal: AssertionRefused, addressing: Addressing, asked: Asked, transaction: str
    ) -> SOAPFault: ...


class OpenReception:
    """Nobody is asked who they are; a security header is passed over."""

    def receive(self, message: Envelope, asked: Asked, transaction: str) -> Visit:  # noqa: ARG002
        """The visit of nobody in particular."""
        return Visit(
            message_id=message.addressing.message_id or "",
            address=asked.address,
            reply_to=message.addressing.reply_to or "",
            endpoint=asked.endpoint,
        )

    def turn_away(self, refusal: AssertionRefused, addressing: Addressing, asked: Asked, transaction: str) -> SOAPFault:  # noqa: ARG002
        """Never asked for: nobody is refused here."""
        return fault_of(refusal, addressing)


class Reception:
    """An assertion is demanded. ``passes_on``: it is kept as it came, for a registry elsewhere."""

    def __init__(
        self,
        policy: AssertionPolicy,
        trust: Trust,
        guard: Guard,
        clock: Callable[[], datetime],
        *,
        passes_on: bool = False,
    ) -> None:
        self._policy = policy
        self._trust = trust
        self._guard = guard
        self._clock = clock
        self._passes_on = passes_on

    def receive(self, message: Envelope, asked: Asked, transaction: str) -> Visit:  # noqa: ARG002
        """Who asks. *Raises* AssertionRefused."""
        now = self._clock()
        _check_comments(message)
        header = security.read(message.security)
        caller = assertion.verify(
            header.assertions,
            self._policy,
            self._trust,
            now,
            asked.client_certificate,
            takes_over=not self._passes_on,
        )
        use = Use(*assertion.use_of(caller, self._policy, now)) if self._policy.single_use else None
        passed_on = etree.tostring(header.assertions[0], with_tail=False) if self._passes_on else b""
        return Visit(
            caller,
            use,
            message.addressing.message_id or "",
            asked.address,
            message.addressing.reply_to or "",
            asked.endpoint,
            passed_on,
        )

    def turn_away(self, refusal: AssertionRefused, addressing: Addressing, asked: Asked, transaction: str) -> SOAPFault:
        """The fault that says why; the journal has a line of it."""
        visit = Visit(
            message_id=addressing.message_id or "",
            address=asked.address,
            reply_to=addressing.reply_to or "",
            endpoint=asked.endpoint,
        )
        self._guard.note_refused_assertion(visit, transaction, refusal.rule)
        _log.info("message %s refused by %s", visit.message_id, refusal.rule)
        return fault_of(refusal, addressing)


def _check_comments(message: Envelope) -> None:
    """An assertion holds no comment. The envelope was read without any, so where there is one it is read again.

    *Raises* AssertionRefused. [SAML 2.0 Core: 5.4.4]
    """
    written = bytes(message.package.root)
    # A single character is found far sooner than two, and most envelopes have neither of these.
    may_be_marked = written.find(b"!") >= 0 or written.find(b"?", _DECLARATION_END) >= 0
    is_marked = may_be_marked and _find_mark(written, _DECLARATION_END) is not None
    if not is_marked and not written.startswith(_UTF_16):
        return
    envelope = parser.parse(written, LIMITS.bounds, charset=message.package.charset, keeps_comments=True)
    try:
        for header in envelope.iter(_SECURITY):
            gate.check_plain(header)
    except SignatureRefused as refused:
        raise refusal_by_seal(refused) from refused


def fault_of(refusal: AssertionRefused, addressing: Addressing) -> SOAPFault:
    """[WS-Security 1.1: 12]"""
    return SOAPFault(
        Code.SENDER,
        f"{refusal.reason} [{refusal.rule}]",
        subcode=refusal.subcode,
        reason_fr=f"{refusal.reason_fr} [{refusal.rule}]",
        addressing=addressing,
    )
