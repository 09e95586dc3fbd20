"""An audit event as a value, and as the XML message of DICOM PS3.15. [DICOM PS3.15: A.5; ITI TF-2: 3.20.7]

Knows the form of a message and nothing of what is recorded when: that is told by ``audit.events``.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from ipaddress import ip_address
from typing import NamedTuple

from audit.chain import write_moment
from xds.markup import escaped, joined


class Coded(NamedTuple):
    """A coded value: code, name of its system, what people read."""

    code: str
    system: str
    text: str


class Outcome(IntEnum):
    """EventOutcomeIndicator. [DICOM PS3.15: A.5.2.4]"""

    SUCCESS = 0
    MINOR_FAILURE = 4
    SERIOUS_FAILURE = 8
    MAJOR_FAILURE = 12


class Participant(NamedTuple):
    """Who took part: a person, or one of the two systems."""

    user_id: str
    is_requestor: bool
    roles: tuple[Coded, ...] = ()
    alternative_id: str = ""
    name: str = ""
    network_address: str = ""


class Detail(NamedTuple):
    """Something more of an object; the value goes out in base64."""

    type: str
    value: bytes


class AuditObject(NamedTuple):
    """What it was about: a patient, a document, a query. ``type`` and ``role`` as DICOM numbers them."""

    id: str
    type: int
    role: int
    id_type: Coded
    query: bytes = b""
    details: tuple[Detail, ...] = ()
    life_cycle: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event. ``action``: C, R, U, D or E. ``description``: of an outcome that is no success."""

    event: Coded
    action: str
    at: datetime
    types: tuple[Coded, ...]
    participants: tuple[Participant, ...]
    objects: tuple[AuditObject, ...] = ()
    outcome: Outcome = Outcome.SUCCESS
    description: str = ""
    purposes: tuple[Coded, ...] = ()


class Source(NamedTuple):
    """Who records: an id of this installation, and of the enterprise it stands in."""

    id: str
    enterprise_site_id: str = ""


_APPLICATION_SERVER = "4"
_NAME, _ADDRESS = 1, 2


def write_message(event: AuditEvent, source: Source) -> bytes:
    """The message in UTF-8. [DICOM PS3.15: A.5.1]"""
    return joined(['<?xml version="1.0" encoding="UTF-8"?><AuditMessage>', *_parts(event, source), "</AuditMessage>"])


def _parts(event: AuditEvent, source: Source) -> Iterator[str]:
    yield (
        f'<EventIdentification EventActionCode="{event.action}" EventDateTime="{write_moment(event.at)}"'
        f' EventOutcomeIndicator="{event.outcome.value}">'
    )
    yield _coded("EventID", event.event)
    yield from (_coded("EventTypeCode", each) for each in event.types)
    if event.description:
        yield f"<EventOutcomeDescription>{escaped(event.description)}</EventOutcomeDescription>"
    yield from (_coded("PurposeOfUse", each) for each in event.purposes)
    yield "</EventIdentification>"
    for participant in event.participants:
        yield from _participant(participant)
    site = f' AuditEnterpriseSiteID="{escaped(source.enterprise_site_id)}"' if source.enterprise_site_id else ""
    yield (
        f'<AuditSourceIdentification{site} AuditSourceID="{escaped(source.id)}">'
        f'<AuditSourceTypeCode csd-code="{_APPLICATION_SERVER}"/></AuditSourceIdentification>'
    )
    for each in event.objects:
        yield from _object(each)


def _participant(participant: Participant) -> Iterator[str]:
    yield f'<ActiveParticipant UserID="{escaped(participant.user_id)}"'
    if participant.alternative_id:
        yield f' AlternativeUserID="{escaped(participant.alternative_id)}"'
    if participant.name:
        yield f' UserName="{escaped(participant.name)}"'
    yield f' UserIsRequestor="{"true" if participant.is_requestor else "false"}"'
    if participant.network_address:
        kind = _ADDRESS if _is_address(participant.network_address) else _NAME
        yield f' NetworkAccessPointID="{escaped(participant.network_address)}" NetworkAccessPointTypeCode="{kind}"'
    yield ">"
    yield from (_coded("RoleIDCode", each) for each in participant.roles)
    yield "</ActiveParticipant>"


def _object(each: AuditObject) -> Iterator[str]:
    life_cycle = "" if each.life_cycle is None else f' ParticipantObjectDataLifeCycle="{each.life_cycle}"'
    yield (
        f'<ParticipantObjectIdentification ParticipantObjectID="{escaped(each.id)}" ParticipantObjectTypeCode="{each.type}"'
        f' ParticipantObjectTypeCodeRole="{each.role}"{life_cycle}>'
    )
    yield _coded("ParticipantObjectIDTypeCode", each.id_type)
    if each.query:
        yield f"<ParticipantObjectQuery>{_base64(each.query)}</ParticipantObjectQuery>"
    for detail in each.details:
        yield f'<ParticipantObjectDetail type="{escaped(detail.type)}" value="{_base64(detail.value)}"/>'
    yield "</ParticipantObjectIdentification>"


def _coded(element: str, value: Coded) -> str:
    code, system, text = map(escaped, value)
    return f'<{element} csd-code="{code}" codeSystemName="{system}" originalText="{text}"/>'


def _base64(value: bytes) -> str:
    return b64encode(value).decode("ascii")


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
