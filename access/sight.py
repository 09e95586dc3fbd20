"""What a caller sees: a value that every store understands, and the one function that says what it shows. [DMP: visibility]

What is hidden answers exactly as what does not exist; so whoever searches, retrieves, updates or counts asks here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, NamedTuple

from access.caller import Identity

if TYPE_CHECKING:
    from xds.metadata import Author, Code, DocumentEntry

RESTRICTIONS = "1.2.250.1.213.1.1.4.13"
"""TRE_A07: codes of confidentialityCode that restrict the audience. [ANS: JDV_J58]"""

PATIENT_KEY = "patient"
"""Among the owners of a document whose author is the patient."""

_PATIENT_TYPE = "NH"
_PERSON, _STRUCTURE = "p:", "s:"


class Visibility(IntFlag):
    """Restrictions of audience on a document, from its confidentialityCode."""

    NONE = 0
    MASQUE_PS = 1
    INVISIBLE_PATIENT = 2
    INVISIBLE_REPRESENTANTS_LEGAUX = 4
    MASQUE_PSOCIAL = 8
    MASQUE_PT = 16


class Traits(NamedTuple):
    """As much of a document as sight depends on; ``owners`` as ``owners_of`` tells them, ``type_code`` with its scheme."""

    visibility: Visibility = Visibility.NONE
    owners: frozenset[str] = frozenset()
    type_code: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What is seen of documents, and through them of what holds and joins them.

    ``patient``: only this one's objects; None is everybody's. ``hidden``: a document that bears one of these is not seen, unless one
    of ``own`` is among its owners. ``own_only``: nothing is seen but one's own. ``types_denied``: not seen, unless one's own.
    """

    patient: Identity | None = None
    hidden: Visibility = Visibility.NONE
    own: frozenset[str] = frozenset()
    own_only: bool = False
    types_denied: frozenset[tuple[str, str]] = frozenset()

    @property
    def is_clear(self) -> bool:
        """Whether every document of the patient is seen."""
        return not (self.hidden or self.own_only or self.types_denied)


EVERYTHING = Sight()


def shows(sight: Sight, traits: Traits) -> bool:
    """Whether a document is seen."""
    if sight.own & traits.owners:
        return True
    return not (sight.own_only or sight.hidden & traits.visibility or traits.type_code in sight.types_denied)


def visibility_of(codes: Iterable[Code]) -> Visibility:
    """The restrictions among the codes of a confidentialityCode."""
    found = Visibility.NONE
    for code in codes:
        if code.coding_scheme == RESTRICTIONS:
            found |= Visibility.__members__.get(code.code, Visibility.NONE)
    return found


def owners_of(authors: Iterable[Author]) -> frozenset[str]:
    """Keys of the persons and structures that wrote a document; ``PATIENT_KEY`` where one of them is the patient."""
    keys: set[str] = set()
    for author in authors:
        if author.author_person is not None:
            if author.author_person.id_number:
                keys.add(person_key(author.author_person.id_number))
            if author.author_person.component(13) == _PATIENT_TYPE:
                keys.add(PATIENT_KEY)
        keys.update(structure_key(each.id_number) for each in author.author_institution if each.id_number)
    return frozenset(keys)


def traits_of(entry: DocumentEntry) -> Traits:
    """The traits of a DocumentEntry."""
    code = entry.type_code
    return Traits(
        visibility_of(entry.confidentiality_code),
        owners_of(entry.author),
        (code.code, code.coding_scheme) if code is not None else ("", ""),
    )


def person_key(person_id: str) -> str:
    """A person (PS_IdNat, or whatever XCN component 1 says) among owners."""
    return _PERSON + person_id


def structure_key(structure_id: str) -> str:
    """A structure (Struct_IdNat, XON component 10) among owners."""
    return _STRUCTURE + structure_id
