"""The matricule INS: a person's NIR, or NIA while waiting for one. Shape and key. [Référentiel INS; CI-SIS SM 3.5.5.12]

Fifteen characters: thirteen of the number and two of its key. What may not live here: who gave it out (``oids``), how hard a
broken key bites (the affinity domain), and any sentence that echoes a matricule.
"""

from __future__ import annotations

import re
from typing import NamedTuple, Self

NUMBER_LENGTH = 13
LENGTH = 15
_CORSICA = {"2A": "19", "2B": "18"}
"""What the departments of Corsica count as in the key. [INSEE: NIR]"""

_KEYS = tuple(f"{97 - remainder:02d}" for remainder in range(97))
"""The key by the remainder of the number modulo 97. [INSEE: NIR]"""


class InvalidMatricule(ValueError):
    """A text that has not the shape of a matricule: which positions are wrong, without what stood there."""

    def __init__(self, reason_en: str, reason_fr: str) -> None:
        super().__init__(reason_en)
        self.reason_en = reason_en
        self.reason_fr = reason_fr


class _Part(NamedTuple):
    first: int
    last: int
    pattern: re.Pattern[str]
    name_en: str
    expected_en: str
    name_fr: str
    expected_fr: str

    @property
    def positions(self) -> str:
        return f"{self.first}" if self.first == self.last else f"{self.first}-{self.last}"


def _part(first: int, last: int, pattern: str, english: tuple[str, str], french: tuple[str, str]) -> _Part:
    return _Part(first, last, re.compile(pattern), *english, *french)


# Incomplete civil records have the months 20, 30 to 42 and 50 to 99; 97 and 98 are overseas, 99 is abroad. [INSEE: NIR]
_PARTS = (
    _part(1, 1, "[1-478]", ("sex", "1 to 4, 7 or 8"), ("sexe", "1 à 4, 7 ou 8")),
    _part(2, 3, "[0-9]{2}", ("year of birth", "two digits"), ("année de naissance", "deux chiffres")),
    _part(
        4,
        5,
        "0[1-9]|1[0-2]|20|3[0-9]|4[0-2]|[5-9][0-9]",
        ("month of birth", "01 to 12, 20, 30 to 42 or 50 to 99"),
        ("mois de naissance", "01 à 12, 20, 30 à 42 ou 50 à 99"),
    ),
    _part(
        6,
        7,
        "0[1-9]|[1-9][0-9]|2[AB]",
        ("department of birth", "01 to 99, 2A or 2B in capitals"),
        ("département de naissance", "01 à 99, 2A ou 2B en majuscules"),
    ),
    _part(
        8,
        10,
        "[0-9]{3}",
        ("commune or country of birth", "three digits"),
        ("commune ou pays de naissance", "trois chiffres"),
    ),
    _part(11, 13, "[0-9]{3}", ("order of birth in the month", "three digits"), ("numéro d'ordre", "trois chiffres")),
    _part(14, 15, "[0-9]{2}", ("key", "two digits"), ("clé", "deux chiffres")),
)


_is_matricule = re.compile("".join(f"(?:{part.pattern.pattern})" for part in _PARTS)).fullmatch


class Matricule(str):
    """A matricule INS of the right shape. Its key may still be wrong: ask ``has_valid_key``."""

    __slots__ = ()

    @classmethod
    def parse(cls, text: str) -> Self:
        """The matricule that the text is. *Raises* InvalidMatricule, naming every position that is wrong."""
        if len(text) != LENGTH:
            raise InvalidMatricule(*_wrong_length(len(text)))
        if _is_matricule(text):
            return cls(text)
        wrong = [part for part in _PARTS if not part.pattern.fullmatch(text[part.first - 1 : part.last])]
        raise InvalidMatricule(
            "; ".join(f"position {part.positions} ({part.name_en}): {part.expected_en} expected" for part in wrong),
            " ; ".join(f"position {part.positions} ({part.name_fr}) : {part.expected_fr}" for part in wrong),
        )

    @classmethod
    def of_number(cls, number: str) -> Self:
        """The matricule of a number of 13 characters, its key added. *Raises* InvalidMatricule."""
        if len(number) != NUMBER_LENGTH:
            raise InvalidMatricule(
                f"a number of {NUMBER_LENGTH} characters is expected, {len(number)} were given",
                f"un numéro de {NUMBER_LENGTH} caractères est attendu, {len(number)} ont été donnés",
            )
        cls.parse(number + "00")
        return cls(number + key_of(number))

    @property
    def number(self) -> str:
        """The 13 characters before the key."""
        return self[:NUMBER_LENGTH]

    @property
    def key(self) -> str:
        """The two digits of the key, as given."""
        return self[NUMBER_LENGTH:]

    @property
    def expected_key(self) -> str:
        """The key that the number calls for."""
        return key_of(self.number)

    @property
    def has_valid_key(self) -> bool:
        """Whether the key given is that of the number."""
        return self[NUMBER_LENGTH:] == key_of(self[:NUMBER_LENGTH])

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no matricule may stand.
        return "Matricule(…)"


def key_of(number: str) -> str:
    """The key of a number of 13 characters: 97 less its remainder modulo 97; 2A counts as 19, 2B as 18. [INSEE: NIR]"""
    department = number[5:7]
    return _KEYS[int(number[:5] + _CORSICA.get(department, department) + number[7:]) % 97]


def _wrong_length(length: int) -> tuple[str, str]:
    english = f"{LENGTH} characters are expected, {length} were given"
    french = f"{LENGTH} caractères sont attendus, {length} ont été donnés"
    if length == NUMBER_LENGTH:
        return f"{english}: the key of two digits is missing", f"{french} : il manque la clé de deux chiffres"
    return english, french
