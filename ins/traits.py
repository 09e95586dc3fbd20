"""The strict traits of a health identity: what must go with a matricule, how each is spelled, and what makes it unfit.

Values are kept as they were told; they are normalised only to be asked about or compared. No sentence, and no repr, shows one.
[Référentiel INS; RNIV; CI-SIS SM 3.5.5.12]
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import NamedTuple


class Trait(Enum):
    """What two places may tell differently of one person, in English and in French."""

    MATRICULE = ("matricule", "matricule")
    AUTHORITY = ("assigning authority", "autorité d'affectation")
    BIRTH_FAMILY = ("birth family name", "nom de naissance")
    BIRTH_GIVEN = ("first birth given name", "premier prénom de naissance")
    BIRTH_GIVEN_LIST = ("list of birth given names", "liste des prénoms de naissance")
    SEX = ("sex", "sexe")
    BIRTH_DATE = ("date of birth", "date de naissance")
    BIRTHPLACE = ("birthplace code", "code du lieu de naissance")

    @property
    def name_en(self) -> str:
        """As an English sentence calls it."""
        return self.value[0]

    @property
    def name_fr(self) -> str:
        """As a French sentence calls it."""
        return self.value[1]


STRICT = (
    *(Trait.BIRTH_FAMILY, Trait.BIRTH_GIVEN, Trait.BIRTH_GIVEN_LIST),
    *(Trait.SEX, Trait.BIRTH_DATE, Trait.BIRTHPLACE),
)
"""The strict traits (traits stricts), in the order of the paper. [Référentiel INS; CI-SIS SM 3.5.5.12]"""


class Sex(StrEnum):
    """Sex of a civil record; INSi knows the first two."""

    MALE = "M"
    FEMALE = "F"
    UNKNOWN = "U"


_SEXES: Mapping[str, Sex] = MappingProxyType(
    {"M": Sex.MALE, "F": Sex.FEMALE, "U": Sex.UNKNOWN, "UN": Sex.UNKNOWN, "O": Sex.UNKNOWN, "I": Sex.UNKNOWN}
)
"""The letters of HL7 v2 (table 0001), of CDA (JDV_J143) and of the RNIV."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class StrictTraits:
    """Strict traits as one place tells them; empty where it tells none.

    ``birth_given_list`` holds the given names divided by blanks, as INSi and CDA have them. ``birth_date`` is ``1979-03-21`` or
    ``19790321``, perhaps with a time; ``birthplace`` the INSEE code (COG) of the commune, or 99 and that of the country.
    """

    birth_family: str = ""
    birth_given: str = ""
    birth_given_list: str = ""
    sex: str = ""
    birth_date: str = ""
    birthplace: str = ""

    def told(self, trait: Trait) -> str:
        """What stands for a strict trait."""
        return str(getattr(self, trait.name.lower()))

    @property
    def birth_day(self) -> str:
        """The date of birth in digits, as far as it is known: 1979, 197903 or 19790321; empty if it is no date."""
        return birth_day(self.birth_date)

    @property
    def known_sex(self) -> Sex | None:
        """The sex, whatever alphabet it was told in."""
        return _SEXES.get(self.sex.strip().upper())

    @property
    def is_told(self) -> bool:
        """Whether there is any trait at all."""
        return any(self.told(trait) for trait in STRICT)

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no person may stand.
        return "StrictTraits(…)"


NOTHING_TOLD = StrictTraits()


class TraitFlaw(NamedTuple):
    """A trait that is missing, or not of its form: which one, and what is expected. Never what stood there."""

    trait: Trait
    sentence: str
    sentence_fr: str


_APOSTROPHES = "'’‘ʼ`´′＇"
_DASHES = "-‐‑‒–—―−﹣－"
_SPELLED_OUT = {"Œ": "OE", "Æ": "AE", "Ø": "O", "Ł": "L", "Đ": "D", "Ð": "D", "Þ": "TH", "ẞ": "SS"}
_PLAIN = str.maketrans({**dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_DASHES, "-"), **_SPELLED_OUT})
_JOINTS = str.maketrans("'-", "  ")

_name = re.compile(r"[A-Z](?:[A-Z' -]*[A-Z'])?").fullmatch
_date = re.compile(
    r"(?P<year>[0-9]{4})(?:-?(?P<month>[0-9]{2})(?:-?(?P<day>[0-9]{2})(?:T?[0-9]{2}.*)?)?)?", re.DOTALL
).fullmatch
_birthplace = re.compile(r"(?:0[1-9]|[1-9][0-9]|2[AB])[0-9]{3}").fullmatch


def normalised(name: str) -> str:
    """A name as INSi prints it: capitals without accents or ligatures; apostrophes and hyphens stay. [Référentiel INS; RNIV]"""
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", name.translate(_PLAIN)).upper())
    bare = "".join(character for character in text.translate(_PLAIN) if not unicodedata.combining(character))
    return " ".join(bare.split())


def comparable(name: str) -> str:
    """A name as two places are compared by: normalised, its apostrophes and hyphens taken for blanks.

    Civil records, Vitale cards and software write D'AEION and D AEION, PIERRE-ALAIN and PIERRE ALAIN for one and the same person:
    to call that a difference would hold back documents that are right. No two names become alike that have other letters.
    """
    return " ".join(normalised(name).translate(_JOINTS).split())


def birth_day(text: str) -> str:
    """A date in digits, as far as it is known; an unknown month or day is 00. Empty if it is no date."""
    found = _date(text.strip())
    if found is None:
        return ""
    year, month, day = found["year"], found["month"] or "00", found["day"] or "00"
    if month == "00":
        return year
    return year + month + ("" if day == "00" else day)


def judge_traits(traits: StrictTraits) -> Iterator[TraitFlaw]:
    """What makes strict traits unfit to go with a matricule: each that is missing, or not of its form. [CI-SIS SM 3.5.5.12]"""
    for trait in STRICT:
        text = traits.told(trait).strip()
        row = _FORMS[trait]
        if not text:
            yield TraitFlaw(trait, f"the {trait.name_en} is missing", f"trait manquant : {trait.name_fr}")
        elif not row.is_good(text):
            yield TraitFlaw(
                trait,
                f"the {trait.name_en} is not well formed: {row.expected} expected",
                f"trait mal formé : {trait.name_fr} ; attendu : {row.expected_fr}",
            )
    if not opens_list(traits.birth_given, traits.birth_given_list):
        yield TraitFlaw(
            Trait.BIRTH_GIVEN,
            "the first birth given name does not open the list of birth given names",
            "le premier prénom de naissance n'ouvre pas la liste des prénoms de naissance",
        )


def opens_list(given: str, given_list: str) -> bool:
    """Whether a first given name opens a list of given names; where one of them is not told, nothing says that it does not."""
    first, names = comparable(given), comparable(given_list)
    return not (first and names) or f"{names} ".startswith(f"{first} ")


class _Form(NamedTuple):
    is_good: Callable[[str], bool]
    expected: str
    expected_fr: str


def _is_name(text: str) -> bool:
    return _name(normalised(text)) is not None


def _is_day(text: str) -> bool:
    """A day of the calendar, or as much of one as is known."""
    day = birth_day(text)
    try:
        date(int(day[:4]), int(day[4:6] or "1"), int(day[6:8] or "1"))
    except ValueError:
        return False
    return True


def _is_sex(text: str) -> bool:
    return text.upper() in _SEXES


def _is_birthplace(text: str) -> bool:
    return _birthplace(text.upper()) is not None


_NAME = _Form(
    _is_name,
    "letters, blanks, hyphens and apostrophes",
    "des lettres, espaces, traits d'union et apostrophes",
)
_FORMS: Mapping[Trait, _Form] = MappingProxyType(
    {
        Trait.BIRTH_FAMILY: _NAME,
        Trait.BIRTH_GIVEN: _NAME,
        Trait.BIRTH_GIVEN_LIST: _NAME,
        Trait.SEX: _Form(_is_sex, "M, F or U", "M, F ou U"),
        Trait.BIRTH_DATE: _Form(_is_day, "a day as YYYY-MM-DD or YYYYMMDD", "un jour AAAA-MM-JJ ou AAAAMMJJ"),
        Trait.BIRTHPLACE: _Form(
            _is_birthplace,
            "the INSEE code in five characters, 99 and the country for those born abroad",
            "le code INSEE en cinq caractères, 99 puis le pays pour les personnes nées à l'étranger",
        ),
    }
)
