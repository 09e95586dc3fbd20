"""Two identities compared trait by trait, each difference named; and a matricule held against the traits it stands beside.

A sentence says which trait differs, never what stood there. How hard a difference bites is for the caller to say.
[Référentiel INS; RNIV; INSEE: NIR]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from ins.matricule import Matricule
from ins.traits import STRICT, Sex, StrictTraits, Trait, comparable, opens_list


class DifferenceKind(Enum):
    """How two places do not say the same of a trait."""

    DIFFERS = "differs"
    MISSING = "missing"
    """One tells it, the other does not: not yet a contradiction."""


class Difference(NamedTuple):
    """A trait that two places do not tell alike."""

    trait: Trait
    kind: DifferenceKind = DifferenceKind.DIFFERS

    @property
    def is_contradiction(self) -> bool:
        """Whether both tell the trait, and not the same."""
        return self.kind is DifferenceKind.DIFFERS

    @property
    def sentence(self) -> str:
        """In English."""
        return f"the {self.trait.name_en} {'differs' if self.is_contradiction else 'is told by one of the two only'}"

    @property
    def sentence_fr(self) -> str:
        """In French."""
        what = "trait différent" if self.is_contradiction else "trait donné par un seul des deux"
        return f"{what} : {self.trait.name_fr}"


def compare(one: StrictTraits, other: StrictTraits) -> tuple[Difference, ...]:
    """Every strict trait that two places do not tell alike, in the order of the paper; the order of the two does not matter.

    Names are compared by their letters (see ``traits.comparable``), dates as far as both are known, sexes whatever alphabet they
    are told in, birthplaces exactly: a code of a commune that has been merged since stays the code of the civil record.
    """
    return tuple(difference for trait in STRICT if (difference := _difference(trait, one, other)) is not None)


def contradictions(one: StrictTraits, other: StrictTraits) -> tuple[Difference, ...]:
    """The differences in which both tell the trait."""
    return tuple(difference for difference in compare(one, other) if difference.is_contradiction)


def _difference(trait: Trait, one: StrictTraits, other: StrictTraits) -> Difference | None:
    is_told, is_told_too = (bool(traits.told(trait).strip()) for traits in (one, other))
    if is_told != is_told_too:
        return _told_once(trait, one, other)
    if not is_told or _ALIKE[trait](one, other):
        return None
    return Difference(trait)


def _told_once(trait: Trait, one: StrictTraits, other: StrictTraits) -> Difference:
    """A given name told here, the list of them there: both are there to be held against each other."""
    teller, other = (one, other) if one.told(trait).strip() else (other, one)
    if trait is Trait.BIRTH_GIVEN and not opens_list(teller.birth_given, other.birth_given_list):
        return Difference(trait)
    return Difference(trait, DifferenceKind.MISSING)


def _same_names(trait: Trait) -> Callable[[StrictTraits, StrictTraits], bool]:
    return lambda one, other: comparable(one.told(trait)) == comparable(other.told(trait))


def _same_sex(one: StrictTraits, other: StrictTraits) -> bool:
    if one.known_sex is None or other.known_sex is None:
        return one.sex.strip().upper() == other.sex.strip().upper()
    return one.known_sex is other.known_sex


def _same_day(one: StrictTraits, other: StrictTraits) -> bool:
    """As far as both are known: 1979 and 1979-03-21 do not contradict each other."""
    days = (one.birth_day, other.birth_day)
    if not all(days):
        return one.birth_date.strip() == other.birth_date.strip()
    shared = min(map(len, days))
    return days[0][:shared] == days[1][:shared]


def _same_place(one: StrictTraits, other: StrictTraits) -> bool:
    return one.birthplace.strip().upper() == other.birthplace.strip().upper()


_ALIKE: Mapping[Trait, Callable[[StrictTraits, StrictTraits], bool]] = MappingProxyType(
    {
        **{trait: _same_names(trait) for trait in (Trait.BIRTH_FAMILY, Trait.BIRTH_GIVEN, Trait.BIRTH_GIVEN_LIST)},
        Trait.SEX: _same_sex,
        Trait.BIRTH_DATE: _same_day,
        Trait.BIRTHPLACE: _same_place,
    }
)


class NumberDoubt(NamedTuple):
    """A trait that the digits of a matricule do not bear out. Reason to look twice, never to refuse."""

    trait: Trait

    @property
    def sentence(self) -> str:
        """In English."""
        return f"the {self.trait.name_en} is not the one that the digits of the matricule speak of"

    @property
    def sentence_fr(self) -> str:
        """In French."""
        return f"trait que les chiffres du matricule ne confirment pas : {self.trait.name_fr}"


_SEX_DIGITS = {**dict.fromkeys("137", Sex.MALE), **dict.fromkeys("248", Sex.FEMALE)}
_CORSICA = ("20", "2A", "2B")
"""One department, 20, until 1976; numbers and civil records of before may bear either."""

_MAGHREB = ("91", "92", "93", "94", "95", "96")
"""Departments of births in Algeria, Morocco and Tunisia before their independence, 99 and the country today."""

_SEINE = {"75": ("75", "92", "93", "94"), "78": ("78", "91", "92", "93", "94", "95")}
"""The departments around Paris were cut anew in 1968; numbers given before keep the old ones. [INSEE: COG]"""


def doubts(matricule: Matricule, traits: StrictTraits) -> Iterator[NumberDoubt]:
    """Traits that the number itself tells otherwise: sex, year and month, department of birth. [INSEE: NIR]

    A number is given once and for life: a sex, a name or a department that has changed since leaves it as it was. So this is
    never more than a warning, and what a number leaves open (months from 20 on, departments that were cut anew) is let be.
    """
    sex = traits.known_sex
    if sex not in (None, Sex.UNKNOWN) and sex is not _SEX_DIGITS[matricule[0]]:
        yield NumberDoubt(Trait.SEX)
    day = traits.birth_day
    if day and (day[2:4] != matricule[1:3] or (day[4:6] and matricule[3:5] <= "12" and day[4:6] != matricule[3:5])):
        yield NumberDoubt(Trait.BIRTH_DATE)
    place = traits.birthplace.strip().upper()
    if place and not _bears_out(matricule, place):
        yield NumberDoubt(Trait.BIRTHPLACE)


def _bears_out(matricule: Matricule, place: str) -> bool:
    """Whether a number may be that of somebody born there. Communes merge and split: the department alone is compared."""
    department, here = matricule[5:7], place[:2]
    if department in _CORSICA:
        return here in _CORSICA
    if department in _MAGHREB and here == "99":
        return True
    if department in ("97", "98"):
        return matricule[5:8] == place[:3]
    return here in _SEINE.get(department, (department,))
