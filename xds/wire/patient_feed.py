"""[ITI-44] Patient Identity Feed HL7 v3: records added, revised, merged, and their acknowledgement. [ITI TF-2: 3.44]

Reads identifiers and nothing else of a patient: names and dates are left where they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lxml.etree import _Element

from safexml.namespaces import HL7, qname
from xds.hl7v2 import DTM
from xds.identifiers import UUID_PREFIX
from xds.markup import escaped, joined
from xds.messages import NOBODY, FeedAcknowledgement, FeedEvent, FeedOutcome, FeedResponse, InstanceIdentifier
from xds.messages import PatientFeed as PatientFeed
from xds.wire import expect

ACKNOWLEDGEMENT = qname(HL7, "MCCI_IN000002UV01")
INTERACTIONS = {qname(HL7, event): event for event in FeedEvent}

_OUTCOMES = {kind + outcome: outcome for outcome in FeedOutcome for kind in "AC"}
_INTERACTION_ROOT = "2.16.840.1.113883.1.6"
_TRIGGER_SYSTEM = "2.16.840.1.113883.1.18"
_GENDER_SYSTEM = "2.16.840.1.113883.5.1"


def _path(*names: str) -> str:
    return "/".join(qname(HL7, name) for name in names)


_MESSAGE_ID = _path("id")
_REGISTRATIONS = _path("controlActProcess", "subject", "registrationEvent")
_PATIENT_IDS = _path("subject1", "patient", "id")
_PRIOR_IDS = _path("replacementOf", "priorRegistration", "subject1", "priorRegisteredRole", "id")
_SENDER = _path("sender", "device", "id")
_RECEIVER = _path("receiver", "device", "id")
_TYPE_CODE = _path("acknowledgement", "typeCode")
_DETAIL = _path("acknowledgement", "acknowledgementDetail", "text")


def read_patient_feed(element: _Element) -> PatientFeed:
    """A message of the feed; an id without root is passed over. Raises WrongBody. [ITI TF-2: 3.44.4.1.2, 3.44.4.2.2]"""
    expect(element, *INTERACTIONS)
    registrations = element.findall(_REGISTRATIONS)
    return PatientFeed(
        event=INTERACTIONS[str(element.tag)],
        message_id=_first(element.iterfind(_MESSAGE_ID)),
        ids=_ids(found for event in registrations for found in event.iterfind(_PATIENT_IDS)),
        subsumed_ids=_ids(found for event in registrations for found in event.iterfind(_PRIOR_IDS)),
        sender=_first(element.iterfind(_SENDER)),
        receiver=_first(element.iterfind(_RECEIVER)),
    )


def write_acknowledgement(acknowledgement: FeedAcknowledgement) -> list[bytes]:
    """MCCI_IN000002UV01: the message has arrived and is done, or why it is not. [ITI TF-2: 3.44.4.1.3, O.1.3]"""
    feed, response = acknowledgement.feed, acknowledgement.response
    kind = "E" if response.is_refusal else "I"
    detail = f'<acknowledgementDetail typeCode="{kind}"><text>{escaped(response.reason)}</text></acknowledgementDetail>'
    header = _transmission(
        "MCCI_IN000002UV01", acknowledgement.message_id, acknowledgement.created_at, "NE", feed.sender, feed.receiver
    )
    return [
        joined(
            [
                *header,
                f'<acknowledgement><typeCode code="C{response.outcome}"/><targetMessage>{_id(feed.message_id)}'
                f"</targetMessage>{detail if response.reason else ''}</acknowledgement></MCCI_IN000002UV01>",
            ]
        )
    ]


def read_acknowledgement(element: _Element) -> FeedResponse:
    """What became of a message of ours. Raises WrongBody. [ITI TF-2: 3.44.4.1.3]"""
    expect(element, ACKNOWLEDGEMENT)
    codes = [found.get("code", "") for found in element.iterfind(_TYPE_CODE)]
    details = ["".join(map(str, found.itertext())).strip() for found in element.iterfind(_DETAIL)]
    reason = "; ".join(filter(None, details))
    outcomes = [_OUTCOMES.get(code, FeedOutcome.ERROR) for code in codes] or [FeedOutcome.ERROR]
    outcome = next((each for each in outcomes if each is not FeedOutcome.ACCEPTED), FeedOutcome.ACCEPTED)
    if outcome is not FeedOutcome.ACCEPTED:
        reason = reason or f"acknowledged as {', '.join(codes) or 'nothing'}"
    return FeedResponse(outcome, reason)


def write_patient_added(
    ids: Sequence[InstanceIdentifier],
    *,
    message_id: str,
    now: DTM,
    sender: InstanceIdentifier,
    receiver: InstanceIdentifier,
    family_name: str = "",
    given_name: str = "",
    gender: str = "",
    birth_time: str = "",
) -> list[bytes]:
    """PRPA_IN201301UV02: that patient exists. ``gender`` is M or F, ``birth_time`` digits. [ITI TF-2: 3.44.4.1.2]"""
    name = f"<name><given>{escaped(given_name)}</given><family>{escaped(family_name)}</family></name>"
    person = (
        (name if family_name or given_name else '<name nullFlavor="UNK"/>')
        + (f'<administrativeGenderCode code="{escaped(gender)}" codeSystem="{_GENDER_SYSTEM}"/>' if gender else "")
        + (f'<birthTime value="{escaped(birth_time)}"/>' if birth_time else "")
    )
    return _registration(FeedEvent.ADDED, ids, person, "", message_id, now, sender, receiver)


def write_patients_merged(
    survivor: InstanceIdentifier,
    subsumed: InstanceIdentifier,
    *,
    message_id: str,
    now: DTM,
    sender: InstanceIdentifier,
    receiver: InstanceIdentifier,
) -> list[bytes]:
    """PRPA_IN201304UV02: two ids were one patient's; the survivor stays. [ITI TF-2: 3.44.4.2.2]"""
    replaced = (
        '<replacementOf typeCode="RPLC"><priorRegistration classCode="REG" moodCode="EVN">'
        '<statusCode code="obsolete"/><subject1 typeCode="SBJ"><priorRegisteredRole classCode="PAT">'
        f"{_id(subsumed)}</priorRegisteredRole></subject1></priorRegistration></replacementOf>"
    )
    person = '<name nullFlavor="UNK"/>'
    return _registration(FeedEvent.MERGED, [survivor], person, replaced, message_id, now, sender, receiver)


def _registration(
    event: FeedEvent,
    ids: Sequence[InstanceIdentifier],
    person: str,
    replaced: str,
    message_id: str,
    now: DTM,
    sender: InstanceIdentifier,
    receiver: InstanceIdentifier,
) -> list[bytes]:
    """A registration event about a patient, in the order of the schema."""
    trigger = event.replace("_IN", "_TE")
    authority = InstanceIdentifier(ids[0].root)
    return [
        joined(
            [
                *_transmission(event, message_id, now, "AL", receiver, sender),
                '<controlActProcess classCode="CACT" moodCode="EVN">'
                f'<code code="{trigger}" codeSystem="{_TRIGGER_SYSTEM}"/>'
                '<subject typeCode="SUBJ" contextConductionInd="false">'
                '<registrationEvent classCode="REG" moodCode="EVN"><statusCode code="active"/>'
                '<subject1 typeCode="SBJ"><patient classCode="PAT">',
                *map(_id, ids),
                '<statusCode code="active"/><patientPerson classCode="PSN" determinerCode="INSTANCE">',
                person,
                f'</patientPerson><providerOrganization classCode="ORG" determinerCode="INSTANCE">{_id(authority)}'
                '<contactParty classCode="CON"/></providerOrganization></patient></subject1>'
                f'<custodian typeCode="CST"><assignedEntity classCode="ASSIGNED">{_id(authority)}</assignedEntity>'
                f"</custodian>{replaced}</registrationEvent></subject></controlActProcess></{event}>",
            ]
        )
    ]


def _transmission(
    interaction: str, message_id: str, now: DTM, accept: str, receiver: InstanceIdentifier, sender: InstanceIdentifier
) -> list[str]:
    """The start of any HL7 v3 message, its end tag left to the caller. [ITI TF-2: Appendix O.1]"""
    return [
        f'<{interaction} xmlns="{HL7}" ITSVersion="XML_1.0">{_id(InstanceIdentifier(_uid(message_id)))}'
        f'<creationTime value="{now}"/><interactionId root="{_INTERACTION_ROOT}" extension="{interaction}"/>'
        f'<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="{accept}"/>',
        _device("receiver", "RCV", receiver),
        _device("sender", "SND", sender),
    ]


def _device(role: str, type_code: str, device: InstanceIdentifier) -> str:
    return f'<{role} typeCode="{type_code}"><device classCode="DEV" determinerCode="INSTANCE">{_id(device)}</device></{role}>'


def _id(identifier: InstanceIdentifier) -> str:
    if not identifier.root:
        return '<id nullFlavor="UNK"/>'
    extension = f' extension="{escaped(identifier.extension)}"' if identifier.extension else ""
    return f'<id root="{escaped(identifier.root)}"{extension}/>'


def _uid(message_id: str) -> str:
    """A UUID as HL7 v3 writes it: bare."""
    return message_id.removeprefix(UUID_PREFIX)


def _ids(elements: Iterable[_Element]) -> tuple[InstanceIdentifier, ...]:
    return tuple(
        InstanceIdentifier(root, element.get("extension", "")) for element in elements if (root := element.get("root"))
    )


def _first(elements: Iterable[_Element]) -> InstanceIdentifier:
    return next(iter(_ids(elements)), NOBODY)
