"""Persons, devices and organisations of a header → author, legalAuthenticator, sourcePatientInfo, in the shapes of the DMP.

[CI-SIS SM: annex; ITI TF-3: 4.2.3.1.4, 4.2.3.2.14, 4.2.3.2.23]
"""

from __future__ import annotations

from cda.datatypes import CD, II, PersonName, utc
from cda.header import Address, Organization, Participant, RecordTarget
from ins import oids
from xds import hl7v2
from xds.hl7v2 import XCN, XON, XPN
from xds.identifiers import VALUE_LENGTH_MAX
from xds.metadata import Author

PERSONS = "1.2.250.1.71.4.2.1"
STRUCTURES = "1.2.250.1.71.4.2.2"
SIREN = "1.3.2"

_STRUCTURE_TYPES = {STRUCTURES: "IDNST", SIREN: "SIREN"}
SEX = {"F": "F", "M": "M", "UN": "U"}
"""HL7 v3 administrative gender → HL7 v2 table 0001."""


def author(participant: Participant) -> Author | None:
    """An author; none if neither person nor device nor a named organisation is told."""
    institution = _institution(participant.organization)
    person = _person(participant)
    if person is None and institution is None:
        return None
    return Author(
        author_person=person,
        author_institution=(institution,) if institution else (),
        author_role=_coded_string(participant.function),
        author_specialty=_coded_string(participant.code),
    )


def legal_authenticator(participant: Participant | None) -> XCN | None:
    """Who answers for the document."""
    return _person(participant) if participant else None


def source_patient_info(target: RecordTarget) -> tuple[str, ...]:
    """Names, birth date, sex, address and birthplace as the document tells them. [ITI TF-3: 4.2.3.2.23]"""
    name = target.name
    birth_given = name.birth_given or name.birth_given_list
    fields = [
        ("5", XPN.build(name.birth_family, birth_given, "L") if name.birth_family else ""),
        ("5", XPN.build(name.used_family, name.used_given or birth_given, "D") if name.used_family else ""),
        ("7", _birth_time(target.birth_time)),
        ("8", SEX.get(target.sex.code, "") if target.sex else ""),
        ("11", _address(target.address)),
        ("11", f"^^^^^^BDL^^{hl7v2.escape(target.birthplace)}" if target.birthplace else ""),
    ]
    lines = (f"PID-{number}|{value}" for number, value in fields if value)
    return tuple(line for line in lines if len(line) <= VALUE_LENGTH_MAX)


def _person(participant: Participant) -> XCN | None:
    identifier = participant.ids[0] if participant.ids else None
    name = participant.name or PersonName()
    if participant.device is not None:
        model, software = participant.device
        name = PersonName(birth_family=model, birth_given=software)
    if not (identifier or name.family or name.given):
        return None
    if identifier is None:
        return XCN.build("", name.family, name.given)
    if not identifier.extension:
        # An OID or UUID alone identifies by itself; only an extension has an authority.
        return XCN.build(identifier.root, name.family, name.given)
    text = XCN.build(identifier.extension, name.family, name.given, identifier.root)
    name_type, identifier_type = _types(identifier, participant)
    return XCN(f"{text}^{name_type}^^^{identifier_type}")


def _types(identifier: II, participant: Participant) -> tuple[str, str]:
    """Components 10 and 13: what kind of name and of identifier. [CI-SIS: PS_IdNat]"""
    if participant.device is not None:
        return "U", "RI"
    if oids.find_authority(identifier.root):
        return "L", "NH"
    if identifier.root == PERSONS and "/" not in identifier.extension:
        return "D", "IDNPS"
    # Behind a slash stands the employer's own number for the person.
    return "D", "EI"


def _institution(organization: Organization | None) -> XON | None:
    if organization is None or not organization.name:
        return None
    identifier = next((found for found in organization.ids if found.extension), None)
    if identifier is None:
        return XON.build(organization.name)
    type_code = _STRUCTURE_TYPES.get(identifier.root, "")
    return XON.build(organization.name, identifier.extension, identifier.root, type_code)


def _coded_string(code: CD | None) -> tuple[str, ...]:
    """A role or specialty as code^label^system. [CI-SIS: JDV_J01, JDV_J47]"""
    if code is None:
        return ()
    return ("^".join((hl7v2.escape(code.code), hl7v2.escape(code.display_name), code.code_system)),)


def _birth_time(time_stamp: str) -> str:
    try:
        return utc(time_stamp)
    except hl7v2.Malformed:
        return ""


def _address(address: Address) -> str:
    if not any(address):
        return ""
    street, city, postal_code, country = map(hl7v2.escape, address)
    return f"{street}^^{city}^^{postal_code}^{country}".rstrip("^")
