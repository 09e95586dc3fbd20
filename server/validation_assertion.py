"""The assertion of a caller on the desk: signature, frame, attributes, and whether its certificate can vouch. [DMP: VIHF; ITI TF-2: 3.40]

Judged at the moment at which it says that it was issued: how old it may be when it arrives, and that it arrives once, is for the
service.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from lxml.etree import _Element

from access import assertion
from access.assertion import AssertionRefused
from access.assertion_rules import ASSERTION_RULES
from server.validation import Check, Note, Severity, Text, place
from server.validation_seals import Seals
from signing.rules import RULES as SIGNATURE_RULES
from xds.domain import AssertionPolicy

_NAME = Text("Assertion of the caller (VIHF)", "Assertion de l'appelant (VIHF)")
_UNTRUSTED = Text(
    "Whether the signer is trusted was not asked: give --trust DIR.",
    "La confiance dans le signataire n'a pas été examinée : donnez --trust DIR.",
)
_AT_ITS_TIME = Text(
    "Judged at its IssueInstant, {instant}; age and single use are asked by the service, not here.",
    "Jugée à son IssueInstant, {instant} ; l'âge et l'usage unique sont examinés par le service, pas ici.",
)


def judge_assertions(assertions: Sequence[_Element], policy: AssertionPolicy, seals: Seals) -> Check:
    """The one assertion that a request has to have."""
    element = assertions[0] if len(assertions) == 1 else None
    issued = None if element is None else _instant(element)
    notes: list[Note] = []
    try:
        assertion.verify(assertions, policy, seals.asked, issued or seals.now, None)
    except AssertionRefused as refusal:
        location, line = place(element) if element is not None else ("", 0)
        rule = ASSERTION_RULES.get(refusal.rule) or SIGNATURE_RULES[refusal.rule]
        notes.append(
            Note(
                rule=refusal.rule,
                sentence=Text(refusal.reason, refusal.reason_fr),
                location=location,
                line=line,
                clause=rule.clause,
                wants=Text(rule.sentence, rule.sentence_fr),
                code=refusal.subcode,
            )
        )
    if issued is not None:
        told = Text(*(text.format(instant=issued.strftime("%Y-%m-%dT%H:%M:%SZ")) for text in _AT_ITS_TIME))
        notes.append(Note(rule="VIHF-EXPIRED", severity=Severity.INFO, sentence=told))
    if seals.trust is None and not any(note.severity is Severity.ERROR for note in notes):
        notes.append(Note(rule="SIG-CERT-CHAIN", severity=Severity.INFO, sentence=_UNTRUSTED))
    return Check(name=_NAME, rules=tuple(ASSERTION_RULES), notes=tuple(notes))


def _instant(element: _Element) -> datetime | None:
    """IssueInstant in UTC; none where it is no time, which is then what the rules say of it."""
    try:
        instant = datetime.fromisoformat(element.get("IssueInstant", ""))
        return (instant if instant.tzinfo else instant.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
