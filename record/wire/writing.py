"""What messages about records share, written: the start of a message, ids, a person, observations. [HL7 v3: MCCI, PRPA_MT201303UV02]"""

from __future__ import annotations

from collections.abc import Iterable

from access.caller import Identity
from record.messages import Header, Observation, Reason, Stamp
from record.person import Address, Person, Representative, Telecom
from record.wire.codes import GENDERS, INTERACTIONS, OBSERVATIONS, REASON_NAMES, REASONS
from safexml.namespaces import HL7, XSI
from xds.identifiers import UUID_PREFIX
from xds.markup import escaped
from xds.messages import InstanceIdentifier

UNKNOWN_NAME = '<name nullFlavor="UNK"/>'


def message_start(interaction: str, stamp: Stamp, header: Header) -> str:
    """The start of an answer to a message, its end tag left to the caller. [HL7 v3: MCCI_MT000300UV01]"""
    return (
        f'<{interaction} xmlns="{HL7}" xmlns:xsi="{XSI}" ITSVersion="XML_1.0">'
        f'<id root="{escaped(stamp.message_id.removeprefix(UUID_PREFIX))}"/>'
        f'<creationTime value="{stamp.created_at}"/><interactionId root="{INTERACTIONS}" extension="{interaction}"/>'
        '<processingCode code="P"/><processingModeCode code="T"/><acceptAckCode code="NE"/>'
        f"{_device('receiver', 'RCV', header.sender)}{_device('sender', 'SND', header.receiver)}"
    )


def reason_code(reason: Reason) -> str:
    """What the transaction is."""
    return f'<reasonCode code="{reason}" codeSystem="{REASONS}" displayName="{escaped(REASON_NAMES[reason])}"/>'


def write_id(identifier: InstanceIdentifier, name: str = "id") -> str:
    """An identifier, unknown where it is nobody's."""
    if not identifier.root:
        return f'<{name} nullFlavor="UNK"/>'
    extension = f' extension="{escaped(identifier.extension)}"' if identifier.extension else ""
    return f'<{name} root="{escaped(identifier.root)}"{extension}/>'


def write_identities(identities: Iterable[Identity]) -> str:
    """The ids of a patient."""
    return "".join(write_id(InstanceIdentifier(authority, id_number)) for id_number, authority in identities)


def write_custodian(stamp: Stamp) -> str:
    """Who keeps the records."""
    return (
        '<custodian typeCode="CST"><assignedEntity classCode="ASSIGNED">'
        f"{write_id(InstanceIdentifier(stamp.custodian))}</assignedEntity></custodian>"
    )


def write_observation(observation: Observation, value: bool, name: str = "subjectOf") -> str:
    """Something said yes or no to."""
    system, display_name = OBSERVATIONS[observation]
    return (
        f'<{name} typeCode="SBJ"><administrativeObservation classCode="OBS" moodCode="EVN">'
        f'<code code="{observation}" codeSystem="{system}" displayName="{escaped(display_name)}"/>'
        f'<value xsi:type="BL" value="{boolean(value)}"/></administrativeObservation></{name}>'
    )


def write_name(person: Person) -> str:
    """The names of a person, each with its qualifier. [RNIV]"""
    given = [("", person.given)]
    if person.given_names:
        given = [("BR", person.given), ("", person.given_names)]
    parts = (
        ("prefix", "", person.civility),
        *(("given", qualifier, text) for qualifier, text in (*given, ("CL", person.used_given))),
        ("family", "BR", person.birth_family),
        ("family", "SP", person.used_family),
    )
    written = "".join(_part(kind, text, qualifier) for kind, qualifier, text in parts)
    return f"<name>{written}</name>" if written else UNKNOWN_NAME


def write_short_person(person: Person) -> str:
    """The content of patientPerson where a record is only told to be there: names, sex, date of birth."""
    return write_name(person) + _write_sex(person) + _write_birth(person)


def write_person(person: Person) -> str:
    """The content of patientPerson, all of it, in the order of the schema."""
    return (
        write_name(person)
        + _write_telecoms(person.telecoms)
        + _write_sex(person)
        + _write_birth(person)
        + write_address(person.address)
        + "".join(map(_write_representative, person.representatives))
        + write_birthplace(person)
    )


def write_birthplace(person: Person) -> str:
    """Commune or country of birth: the COG code as county, and the town's name. [CI-SIS SM 3.5.5.12]"""
    parts = _part("county", person.birthplace) + _part("city", person.birth_town)
    return f'<birthPlace classCode="BIRTHPL"><addr>{parts}</addr></birthPlace>' if parts else ""


def boolean(value: bool) -> str:
    """A truth as XML has it."""
    return "true" if value else "false"


def _write_sex(person: Person) -> str:
    return f'<administrativeGenderCode code="{escaped(person.sex)}" codeSystem="{GENDERS}"/>' if person.sex else ""


def _write_birth(person: Person) -> str:
    return f'<birthTime value="{escaped(person.birth_date)}"/>' if person.birth_date else ""


def _write_representative(person: Representative) -> str:
    system = f' codeSystem="{escaped(person.system)}"' if person.system else ""
    name = _part("prefix", person.civility) + _part("given", person.given) + _part("family", person.family)
    return (
        f'<personalRelationship classCode="PRS"><code code="{escaped(person.relationship)}"{system}/>'
        f"{write_address(person.address)}{_write_telecoms(person.telecoms)}"
        f'<relationshipHolder1 classCode="PSN" determinerCode="INSTANCE"><name>{name}</name></relationshipHolder1>'
        "</personalRelationship>"
    )


def write_address(address: Address | None) -> str:
    """Where somebody lives; nothing where it is not known."""
    if address is None:
        return ""
    return (
        "<addr>"
        + "".join(_part("streetAddressLine", line) for line in address.lines)
        + _part("additionalLocator", address.additional)
        + _part("postalCode", address.postal_code)
        + _part("city", address.city)
        + _part("country", address.country)
        + "</addr>"
    )


def _write_telecoms(telecoms: Iterable[Telecom]) -> str:
    return "".join(
        f'<telecom value="{escaped(each.value)}"' + (f' use="{escaped(each.use)}"/>' if each.use else "/>")
        for each in telecoms
    )


def _part(name: str, text: str, qualifier: str = "") -> str:
    if not text:
        return ""
    return (
        f'<{name} qualifier="{qualifier}">{escaped(text)}</{name}>'
        if qualifier
        else f"<{name}>{escaped(text)}</{name}>"
    )


def _device(role: str, type_code: str, device: InstanceIdentifier) -> str:
    return f'<{role} typeCode="{type_code}"><device classCode="DEV" determinerCode="INSTANCE">{write_id(device)}</device></{role}>'
