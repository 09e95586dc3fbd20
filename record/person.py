"""A person as their record tells of them: traits of identity, ways to reach them, legal representatives. [RNIV; DMP: TD1.1]

Values only. Which of them a record cannot do without is told by ``record.traits``; how they are spelled on the wire by ``record.wire``.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import NamedTuple


class Address(NamedTuple):
    """A postal address. ``additional``: building, residence. ``postal_code`` and ``city`` as the post has them."""

    lines: tuple[str, ...] = ()
    additional: str = ""
    postal_code: str = ""
    city: str = ""
    country: str = ""


class Telecom(NamedTuple):
    """A way to reach somebody: a URL (tel:, mailto:) and what it is used for (HP, MC …). [HL7 v3: TEL]"""

    value: str
    use: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Representative:
    """A legal representative: how related (FTH, MTH, TUTEUR …), and who. [HL7 v3: PersonalRelationship; ANS: JDV_J11]"""

    relationship: str
    system: str = ""
    family: str = ""
    given: str = ""
    civility: str = ""
    address: Address | None = None
    telecoms: tuple[Telecom, ...] = ()

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where nobody may be named.
        return "Representative(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Texts are empty where nothing is known.

    ``birth_family``, ``given``, ``given_names`` (all of them), ``sex``, ``birth_date`` (YYYYMMDD) and ``birthplace`` (COG code of the
    commune or country) are the strict traits of the INS. ``used_family`` and ``used_given``: as the person is called.
    """

    birth_family: str = ""
    used_family: str = ""
    given: str = ""
    given_names: str = ""
    used_given: str = ""
    civility: str = ""
    sex: str = ""
    birth_date: str = ""
    birthplace: str = ""
    birth_town: str = ""
    address: Address | None = None
    telecoms: tuple[Telecom, ...] = ()
    representatives: tuple[Representative, ...] = ()

    def __repr__(self) -> str:
        # Likewise.
        return "Person(…)"

    @property
    def family(self) -> str:
        """The name to show: the one that is used, else that of birth."""
        return self.used_family or self.birth_family


NOBODY_KNOWN = Person()


def folded(text: str) -> str:
    """A name or town as it is searched by: capitals, without accents, hyphens, apostrophes or blanks. [RNIV]"""
    expanded = text.replace("œ", "oe").replace("Œ", "OE").replace("æ", "ae").replace("Æ", "AE")
    decomposed = unicodedata.normalize("NFKD", expanded)
    return "".join(letter for letter in decomposed if letter.isalnum()).upper()
