"""Judges the persons of the metadata by those of the header: patient, authors, signatory. No sentence shows one of them.

Persons are compared by identifier, and by family name where one side has no identifier. What is spelled alike is not compared any
further. [CI-SIS SM: annex; ITI TF-3: 4.2.3.1.4, 4.2.3.2.23]
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cda.document import CDADocument
from cda.findings import Seen
from cda.header import Participant, RecordTarget
from cda.people import SEX
from ins.traits import birth_day, comparable
from xds.hl7v2 import XCN, XON, XPN
from xds.metadata import DocumentEntry

_FOREIGN = Seen("The document does not tell of that one.", "Le document n'en fait pas mention.")
_SILENT = Seen("The metadata tell none.", "Les métadonnées n'en donnent pas.")
_RPPS_LENGTH = 11  # digits; PS_IdNat has an 8 before them


def authors(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    """Each author of the metadata is one of the document's; the metadata may leave some out."""
    told = cda.header.authors
    persons = [author.author_person for author in entry.author if author.author_person is not None]
    structures = [author.author_institution for author in entry.author if author.author_person is None]
    if not told or (_are_among(persons, told) and (not structures or _are_structures_of(structures, told))):
        return None
    return _FOREIGN


def legal_authenticator(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    """The signatory is the document's."""
    told = cda.header.legal_authenticator
    if told is None or not (told.ids or _family(told)):
        return None
    if entry.legal_authenticator is None:
        return _SILENT
    return None if _are_among([entry.legal_authenticator], [told]) else _FOREIGN


def source_patient_info(cda: CDADocument, entry: DocumentEntry) -> Seen | None:
    """The traits are those of the document's patient; the metadata may leave some out."""
    if not cda.header.record_targets:
        return None
    target = cda.header.record_targets[0]
    for line in entry.source_patient_info:
        if not _is_trait_of(line, target):
            return Seen(f"{line[:5]} differs.", f"{line[:5]} diffère.")
    return None


def _are_among(persons: Iterable[XCN], told: Sequence[Participant]) -> bool:
    """By number and authority; by number where one side has no authority; by family name where one side has no number."""
    known = {(_bare(found.extension or found.root), found.root) for one in told for found in one.ids}
    others = [person for person in persons if (_bare(person.id_number), person.authority) not in known]
    if not others:
        return True
    numbers = {number for number, _ in known}
    names = {comparable(_family(one)) for one in told}
    unnumbered = {comparable(_family(one)) for one in told if not one.ids}
    return all(
        (not person.authority and _bare(person.id_number) in numbers)
        or comparable(person.family_name) in (unnumbered if person.id_number else names)
        for person in others
    )


def _are_structures_of(structures: Iterable[Sequence[XON]], told: Sequence[Participant]) -> bool:
    """An author without a person is a structure, known by its name."""
    names = {comparable(one.organization.name) for one in told if one.organization is not None}
    return all(
        any(comparable(found.name) in names for found in institutions) for institutions in structures if institutions
    )


def _is_trait_of(line: str, target: RecordTarget) -> bool:
    """A line of sourcePatientInfo that tells a name, the date of birth or the sex; others tell nothing of who it is."""
    field, _, value = line.partition("|")
    if field == "PID-5":
        return all(_is_name_of(XPN(name), target) for name in value.split("~") if name)
    if field == "PID-7":
        return value == target.birth_time or _is_same_day(birth_day(value), birth_day(target.birth_time))
    if field == "PID-8":
        return target.sex is None or value.strip() in ("", SEX.get(target.sex.code))
    return True


def _is_name_of(name: XPN, target: RecordTarget) -> bool:
    """Family name as of birth or as used; given name one of the person's, or the beginning of the list."""
    told = target.name
    families, found = (told.birth_family, told.used_family), name.family_name
    is_spelled_otherwise = found and found not in families and any(families)
    if is_spelled_otherwise and comparable(found) not in [comparable(family) for family in families if family]:
        return False
    givens, found = (told.birth_given_list, told.birth_given, told.used_given), name.given_name
    if not found or found in givens or not any(givens):
        return True
    return any(f"{comparable(given)} ".startswith(f"{comparable(found)} ") for given in givens if given)


def _is_same_day(found: str, expected: str) -> bool:
    """A day may be told less precisely on one side; what is no date agrees."""
    digits = min(len(found), len(expected))
    return found[:digits] == expected[:digits]


def _family(participant: Participant) -> str:
    """The family name; a device has its model's name in that place."""
    if participant.device is not None:
        return participant.device[0]
    return participant.name.family if participant.name is not None else ""


def _bare(number: str) -> str:
    """An identifier; the kind before an RPPS number may be left out, and is."""
    return number[1:] if len(number) == _RPPS_LENGTH + 1 and number.startswith("8") and number.isdigit() else number
