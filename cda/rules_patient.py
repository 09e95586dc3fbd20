"""Judges the patient of a document: INS with its key, strict traits, names. No finding shows who it is.

[CI-SIS SM 3.5.5.12; Référentiel INS]
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml.etree import _Element

from cda import people_table as rules
from cda.datatypes import parse_ts, tag, text_of
from cda.findings import NOTHING, Finding, Seen, breach, seen
from cda.outline import COUNTY, Outline, Patient
from cda.rules_identity import judge_root
from cda.steps import child, value_of
from ins import oids
from ins.matricule import InvalidMatricule, Matricule

_RECORD_TARGET = tag("recordTarget")
_NAME, _FAMILY, _GIVEN = tag("name"), tag("family"), tag("given")
_SEX, _BIRTH_TIME, _BIRTHPLACE = tag("administrativeGenderCode"), tag("birthTime"), tag("birthplace")
_SEXES = frozenset({"F", "M", "UN"})
_QUALIFIERS = {_FAMILY: frozenset({"BR", "CL"}), _GIVEN: frozenset({"", "BR", "CL"})}
_TRAITS = ((_FAMILY, "BR", rules.BIRTH_FAMILY), (_GIVEN, "BR", rules.BIRTH_GIVEN), (_GIVEN, "", rules.BIRTH_GIVEN_LIST))

_is_commune = re.compile(r"[0-9][0-9AB][0-9]{3}").fullmatch


def judge_record_target(outline: Outline) -> Iterator[Finding]:
    """The patient: identifiers, name, traits."""
    found = outline.patients[0]
    if found is None or found.patient is None or found.patient.get("nullFlavor"):
        yield breach(rules.PATIENT, outline.children[_RECORD_TARGET][0], NOTHING)
        return
    yield from _judge_identifiers(found)
    yield from _judge_name(found.last_traits.get(_NAME), found.patient)
    yield from _judge_civil_record(found, found.patient)


def _judge_identifiers(patient: Patient) -> Iterator[Finding]:
    matricules: dict[str, str] = {}
    for identifier, (root, extension) in patient.ids:
        if identifier.get("nullFlavor"):
            continue
        if not root or not extension:
            yield breach(rules.PATIENT_ID, identifier)
            continue
        authority = oids.find_authority(root)
        if authority is None:
            yield from judge_root(identifier, root)
        elif authority.kind.is_matricule:
            yield from _judge_matricule(identifier, extension, authority.is_test)
            if matricules.setdefault(root, extension) != extension:
                yield breach(rules.INS_ONE, identifier)
    if not matricules:
        yield breach(rules.INS, patient.role, NOTHING)


def _judge_matricule(identifier: _Element, text: str, is_test: bool) -> Iterator[Finding]:
    try:
        matricule = Matricule.parse(text)
    except InvalidMatricule as flaw:
        yield breach(rules.INS_SHAPE, identifier, Seen(f"Wrong: {flaw.reason_en}.", f"Fautif : {flaw.reason_fr}."))
        return
    if not matricule.has_valid_key:
        yield breach(rules.INS_KEY_TEST if is_test else rules.INS_KEY, identifier)


def _judge_name(name: _Element | None, patient: _Element) -> Iterator[Finding]:
    told: set[tuple[str, str]] = set()
    for part in () if name is None else name:
        qualifiers = _QUALIFIERS.get(part.tag)
        if qualifiers is None:
            continue
        qualifier = value_of(part, "qualifier")
        if qualifier not in qualifiers:
            yield breach(rules.NAME_QUALIFIER, part, seen(qualifier))
        if text_of(part):
            told.add((part.tag, qualifier))
    place = patient if name is None else name
    for part_name, qualifier, rule in _TRAITS:
        if (part_name, qualifier) not in told:
            yield breach(rule, place, NOTHING)


def _judge_civil_record(found: Patient, patient: _Element) -> Iterator[Finding]:
    parts = found.last_traits
    sex, birth_time, birthplace = parts.get(_SEX), parts.get(_BIRTH_TIME), parts.get(_BIRTHPLACE)
    if (code := value_of(sex, "code")) not in _SEXES:
        yield breach(rules.SEX, patient if sex is None else sex, seen(code))
    if (value := value_of(birth_time, "value")) == "":
        yield breach(rules.BIRTH_TIME, patient if birth_time is None else birth_time, NOTHING)
    elif parse_ts(value) is None and birth_time is not None:
        yield breach(rules.BIRTH_TIME, birth_time)
    place = found.county if parts is found.traits else child(birthplace, *COUNTY)
    if place is None or not (county := text_of(place)):
        yield breach(rules.BIRTHPLACE, patient if birthplace is None else birthplace, NOTHING)
    elif not _is_commune(county):
        yield breach(rules.BIRTHPLACE_CODE, place)
