"""How it went, in an answer: acknowledgement, and why a record was closed. [HL7 v3: MCCI_MT000300UV01, MCAI_MT900001UV01]"""

from __future__ import annotations

from record.facts import Closing
from record.rules import Problems
from record.wire.writing import write_id
from xds.markup import escaped
from xds.messages import InstanceIdentifier


def write_acknowledgement(target: InstanceIdentifier, problems: Problems, *, is_2008: bool = False) -> str:
    """Accepted, or every rule that stands against it. ``is_2008``: PDQ keeps the older form, whose code is an element. [ITI TF-2: 3.47]"""
    code = "AE" if problems else "AA"
    attribute, element = ("", f'<typeCode code="{code}"/>') if is_2008 else (f' typeCode="{code}"', "")
    details = "".join(
        f'<acknowledgementDetail typeCode="E"><code code="{escaped(rule.status)}"/><text>{escaped(rule.text)}</text>'
        "</acknowledgementDetail>"
        for rule in problems
    )
    return f"<acknowledgement{attribute}>{element}<targetMessage>{write_id(target)}</targetMessage>{details}</acknowledgement>"


def write_closing(closing: Closing) -> str:
    """Why a record was closed; nothing where it is not."""
    if not closing.code:
        return ""
    system = f' codeSystem="{escaped(closing.system)}"' if closing.system else ""
    text = f"<text>{escaped(closing.text)}</text>" if closing.text else ""
    return (
        '<reasonOf typeCode="RSON"><detectedIssueEvent classCode="ALRT" moodCode="EVN">'
        f'<code code="{escaped(closing.code)}"{system}/>{text}</detectedIssueEvent></reasonOf>'
    )
