"""Pure rules about who a record is of: id, traits, representatives, and for whom a caller speaks. [CI-SIS SM 3.5.5.12; RNIV]"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from access import roles
from access.caller import Caller, Identity
from access.mandate import Mandate
from access.roles import Kind
from ins.matricule import InvalidMatricule, Matricule
from record import rules
from record.facts import Place
from record.person import Address, Person, Representative, Telecom
from record.rules import Rule
from xds.domain import AffinityDomain, Bite

RELATIONSHIPS = frozenset(
    (
        *("MTH", "FTH", "NMTH", "NFTH", "STPMTH", "STPFTH", "GRMTH", "GRFTH", "GGRMTH", "GGRFTH", "DAU", "SON"),
        *("BRO", "SIS", "HBRO", "HSIS", "GRNDDAU", "GRNDSO", "UNCLE", "AUNT", "NEPHEW", "NIECE", "HUSB", "WIFE"),
        *("DOMPART", "ROOM", "FRND", "NBOR", "FAMMEMB", "CHILD", "COUSN", "SIGOTHR", "DAUC", "SONC", "RESPRSN"),
        *("TUTEUR", "CURATEUR", "MSVG"),
    )
)
"""How somebody may be related who is told in a record; messages write several systems beside the code. [ANS: JDV_J11; DMP: TD1.1]"""

SEXES = frozenset({"M", "F", "UN"})
_OID = re.compile(r"[0-2](\.(0|[1-9][0-9]*)){1,60}").fullmatch
LENGTH_MAX = 256
PARTS_MAX = 10
"""Of representatives, of telecoms of one person, and of lines of one address."""


def speaks_for_patient(caller: Caller | None) -> bool:
    """Whether a caller is the patient or a legal representative; also where nobody is asked who they are."""
    return caller is None or roles.kind_of(caller.profession, caller.specialty) in (Kind.PATIENT, Kind.REPRESENTATIVE)


def patient_of(asked: Identity | None, mandate: Mandate) -> Identity | None:
    """The patient of a request: the message's, else the assertion's."""
    return asked or (mandate.caller.patient if mandate.caller is not None else None)


def judge_patient(asked: Identity | None, mandate: Mandate, place: Place) -> Iterator[Rule]:
    """A patient is named, and it is the one of the assertion, where that names one; merged, two are one. [DMP: RG_3010]"""
    told = mandate.caller.patient if mandate.caller is not None else None
    if asked is None and told is None:
        yield rules.PATIENT_MISSING
    elif asked is not None and told is not None and told not in (asked, *place.identities):
        yield rules.PATIENT_OTHER


def judge_identity(patient: Identity, domain: AffinityDomain) -> Iterator[Rule]:
    """The authority is declared, and a matricule of it has shape and key, where these bite. [CI-SIS SM 3.5.5.12]"""
    id_number, oid = patient
    authority = domain.find_authority(oid)
    if authority is None:
        yield rules.PATIENT_MISSING
    elif authority.is_ins:
        try:
            is_right = Matricule.parse(id_number).has_valid_key or authority.matricule_key is not Bite.ERROR
        except InvalidMatricule:
            is_right = authority.matricule_shape is not Bite.ERROR
        if not is_right:
            yield rules.MATRICULE


def judge_new_person(person: Person) -> Iterator[Rule]:
    """What a record cannot be created without."""
    if not (person.family and person.given and person.sex and person.birth_date):
        yield rules.TRAITS


def judge_person(person: Person, today: date) -> Iterator[Rule]:
    """What is told of a person is well made, as far as it is told."""
    if person.birth_date and not _is_birth_date(person.birth_date, today):
        yield rules.BIRTH_DATE
    if person.sex and person.sex not in SEXES:
        yield rules.SEX
    if not all(each.relationship in RELATIONSHIPS and each.family for each in person.representatives):
        yield rules.RELATIONSHIP
    if not all(is_code(each.relationship, each.system) for each in person.representatives):
        yield rules.CODES
    if _is_too_long(person):
        yield rules.TOO_LONG


def is_code(code: str, system: str) -> bool:
    """Whether a code and its system can be told again as HL7 v3 spells them; either may be missing. [HL7 v3: CE]"""
    return (
        len(code) <= LENGTH_MAX and not set(code) & set(" \t\r\n\f\v\xa0") and (not system or _OID(system) is not None)
    )


def is_minor(birth_date: str, today: int, majority_years: int) -> bool:
    """Whether somebody is a minor on a day (8 digits); of whom nothing is known is not."""
    return len(birth_date) == 8 and birth_date.isdecimal() and int(birth_date) + majority_years * 10_000 > today


def _is_birth_date(text: str, today: date) -> bool:
    if len(text) != 8 or not text.isascii() or not text.isdecimal():
        return False
    try:
        found = date(int(text[:4]), int(text[4:6]) or 1, int(text[6:]) or 1)
    except ValueError:
        return False
    return found <= today


def _is_too_long(person: Person) -> bool:
    people: tuple[Person | Representative, ...] = (person, *person.representatives)
    parts = (person.representatives, *(each.telecoms for each in people), *(each.address or () for each in people))
    lines = (each.address.lines for each in people if each.address is not None)
    return any(len(text) > LENGTH_MAX for text in _texts(person)) or any(
        len(several) > PARTS_MAX for several in (*parts, *lines)
    )


def _texts(person: Person) -> Iterator[str]:
    yield from (person.birth_family, person.used_family, person.given, person.given_names, person.used_given)
    yield from (person.civility, person.birthplace, person.birth_town)
    yield from _reached_at(person.address, person.telecoms)
    for each in person.representatives:
        yield from (each.relationship, each.system, each.family, each.given, each.civility)
        yield from _reached_at(each.address, each.telecoms)


def _reached_at(address: Address | None, telecoms: tuple[Telecom, ...]) -> Iterator[str]:
    if address is not None:
        yield from (*address.lines, address.additional, address.postal_code, address.city, address.country)
    for telecom in telecoms:
        yield from telecom
