"""What messages about records share, read: header, reason, ids, a person, observations. [HL7 v3: MCCI, PRPA_MT201302UV02]"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lxml.etree import _Element

from access.caller import Identity
from ins import oids
from record.messages import Header, Observation, Reason
from record.person import Address, Person, Representative, Telecom
from record.wire.codes import OBSERVATIONS, TELECOM_USES
from safexml.namespaces import HL7, qname, readable
from xds.messages import NOBODY, InstanceIdentifier
from xds.wire import WrongBody


def path(*names: str) -> str:
    """Where a descendant stands, by the names of the elements down to it."""
    return "/".join(qname(HL7, name) for name in names)


_MESSAGE_ID = path("id")
_SENDER, _RECEIVER = path("sender", "device", "id"), path("receiver", "device", "id")
_REASON = path("controlActProcess", "reasonCode")
_OBSERVATION = path("subjectOf", "administrativeObservation")
_HOLDER = path("relationshipHolder1", "name")
_BIRTH_ADDRESSES = (path("birthPlace", "addr"), path("birthPlace", "birthplace", "addr"))
_VALUE, _CODE, _NAME = path("value"), path("code"), path("name")
_ADDRESS, _TELECOM, _RELATIONSHIP = path("addr"), path("telecom"), path("personalRelationship")
_SEX, _BIRTH_TIME = path("administrativeGenderCode"), path("birthTime")


def read_header(message: _Element) -> Header:
    """Id and devices of a message."""
    return Header(*(read_id(message.find(place)) for place in (_MESSAGE_ID, _SENDER, _RECEIVER)))


def read_reason(message: _Element, *expected: Reason) -> Reason:
    """The transaction of several that share an interaction. Raises WrongBody."""
    codes = [found.get("code", "") for found in message.iterfind(_REASON)]
    for reason in expected:
        if reason in codes:
            return reason
    name = readable(str(message.tag))
    raise WrongBody(f"{name} of the reasonCode {', '.join(codes) or '(none)'}", f"reasonCode {' or '.join(expected)}")


def read_id(element: _Element | None) -> InstanceIdentifier:
    """An identifier; NOBODY where there is none, or none with a root."""
    if element is None or not element.get("root"):
        return NOBODY
    return InstanceIdentifier(element.get("root", ""), element.get("extension", ""))


def read_identity(elements: Iterable[_Element]) -> Identity | None:
    """Of several ids of a patient the one of the INS in force, else the first that is whole."""
    found = [each for each in map(read_id, elements) if each.root and each.extension]
    in_force = (each for each in found if (one := oids.find_authority(each.root)) is not None and one.kind.is_matricule)
    chosen = next(in_force, found[0] if found else None)
    return (chosen.extension, chosen.root) if chosen is not None else None


def read_observations(patient: _Element) -> Mapping[Observation, bool]:
    """What a message says yes or no to; codes of other systems and values that are neither are passed over."""
    told: dict[Observation, bool] = {}
    for element in patient.iterfind(_OBSERVATION):
        code, value = element.find(_CODE), element.find(_VALUE)
        name = code.get("code", "") if code is not None else ""
        if code is None or value is None or name not in tuple(Observation):
            continue
        observation = Observation(name)
        if code.get("codeSystem", "") in ("", OBSERVATIONS[observation][0]) and value.get("value") in ("true", "false"):
            told[observation] = value.get("value") == "true"
    return told


def read_person(element: _Element | None) -> tuple[Person, bool]:
    """A person, and whether the message lists representatives, be it to take them out (negationInd)."""
    if element is None:
        return Person(), False
    relations = [each for each in element.iterfind(_RELATIONSHIP) if each.find(_CODE) is not None]
    birth = next((found for place in _BIRTH_ADDRESSES for found in element.iterfind(place)), None)
    sex, birth_time = element.find(_SEX), element.find(_BIRTH_TIME)
    person = Person(
        **_read_names(element.find(_NAME)),
        sex=sex.get("code", "") if sex is not None else "",
        birth_date=birth_time.get("value", "")[:8] if birth_time is not None else "",
        birthplace=_part(birth, "county"),
        birth_town=_part(birth, "city"),
        address=_read_address(element.find(_ADDRESS)),
        telecoms=_read_telecoms(element),
        representatives=tuple(_read_representative(each) for each in relations if each.get("negationInd") != "true"),
    )
    return person, bool(relations)


def _read_names(name: _Element | None) -> dict[str, str]:
    """Names by their qualifiers: BR of birth, SP and CL as used. Alone and without one, a name is that of birth. [RNIV; CI-SIS SM]"""
    families, givens = _qualified(name, "family"), _qualified(name, "given")
    plain = givens.get("", "")
    first = givens.get("BR", plain)
    return {
        "birth_family": families.get("BR", families.get("", "")),
        "used_family": families.get("SP", families.get("CL", "")),
        "given": first,
        "given_names": plain if "BR" in givens else "",
        "used_given": givens.get("CL", ""),
        "civility": _part(name, "prefix"),
    }


def _qualified(name: _Element | None, kind: str) -> dict[str, str]:
    found: dict[str, str] = {}
    if name is not None:
        for part in name.iterchildren(qname(HL7, kind)):
            found.setdefault(part.get("qualifier", ""), _text(part))
    return found


def _read_representative(element: _Element) -> Representative:
    code, name = element.find(_CODE), element.find(_HOLDER)
    return Representative(
        relationship=code.get("code", "") if code is not None else "",
        system=code.get("codeSystem", "") if code is not None else "",
        family=_part(name, "family"),
        given=_part(name, "given"),
        civility=_part(name, "prefix"),
        address=_read_address(element.find(_ADDRESS)),
        telecoms=_read_telecoms(element),
    )


def _read_address(element: _Element | None) -> Address | None:
    if element is None:
        return None
    lines = tuple(text for each in element.iterchildren(qname(HL7, "streetAddressLine")) if (text := _text(each)))
    parts = (_part(element, name) for name in ("additionalLocator", "postalCode", "city", "country"))
    address = Address(lines, *parts)
    return address if any(address) else None


def _read_telecoms(element: _Element) -> tuple[Telecom, ...]:
    return tuple(
        Telecom(value, use if use in TELECOM_USES else "")
        for each in element.iterchildren(_TELECOM)
        if (value := each.get("value", "")) and (use := each.get("use", "")) is not None
    )


def _part(element: _Element | None, name: str) -> str:
    return _text(element.find(qname(HL7, name))) if element is not None else ""


def _text(element: _Element | None) -> str:
    return "".join(map(str, element.itertext())).strip() if element is not None else ""
