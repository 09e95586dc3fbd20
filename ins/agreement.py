"""Whether the places that tell of one patient tell of the same: metadata, document, record. [CI-SIS SM 3.5.5.12; CI-SIS PDS]

Knows neither ebRIM nor CDA: each place is given as texts. A sentence names the trait and the two places, never a value.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import NamedTuple

from ins import matching
from ins.matricule import NUMBER_LENGTH, InvalidMatricule, Matricule
from ins.traits import NOTHING_TOLD, StrictTraits, Trait


class Place(NamedTuple):
    """Where a patient is told of, as sentences call it."""

    name: str
    name_fr: str


METADATA = Place("the XDS metadata", "les métadonnées XDS")
SOURCE = Place("sourcePatientInfo", "sourcePatientInfo")
DOCUMENT = Place("the recordTarget of the CDA", "le recordTarget du CDA")
RECORD = Place("the record", "le dossier")
FEED = Place("PID of the HL7 v2 message", "le segment PID du message HL7 v2")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Told:
    """What one place tells of the patient: matricule, OID of its authority, strict traits; empty where it tells nothing."""

    place: Place
    matricule: str = ""
    authority: str = ""
    traits: StrictTraits = NOTHING_TOLD

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no person may stand.
        return f"Told({self.place.name}, …)"


class Disagreement(NamedTuple):
    """A trait that two places tell differently."""

    trait: Trait
    places: tuple[Place, Place]

    @property
    def sentence(self) -> str:
        """In English."""
        return f"the {self.trait.name_en} in {self.places[0].name} is not the one in {self.places[1].name}"

    @property
    def sentence_fr(self) -> str:
        """In French."""
        one, other = (place.name_fr for place in self.places)
        return f"désaccord entre {one} et {other} : {self.trait.name_fr}"


def judge_agreement(*told: Told) -> Iterator[Disagreement]:
    """Everything in which two of the places contradict each other. Silence contradicts nobody. [CI-SIS SM 3.5.5.12]

    An identifier differs from another only under the same reading: a matricule without its key is that of the same number.
    """
    for one, other in combinations(told, 2):
        places = (one.place, other.place)
        if _contradict(_number(one.matricule), _number(other.matricule)) or _other_key(one.matricule, other.matricule):
            yield Disagreement(Trait.MATRICULE, places)
        if _contradict(one.authority.strip(), other.authority.strip()):
            yield Disagreement(Trait.AUTHORITY, places)
        for difference in matching.contradictions(one.traits, other.traits):
            yield Disagreement(difference.trait, places)


def judge_numbers(told: Told) -> Iterator[matching.NumberDoubt]:
    """Traits of a place that its own matricule does not bear out; nothing where there is none of the right shape."""
    try:
        matricule = Matricule.parse(told.matricule.strip())
    except InvalidMatricule:
        return
    yield from matching.doubts(matricule, told.traits)


def _contradict(one: str, other: str) -> bool:
    return bool(one and other) and one != other


def _number(matricule: str) -> str:
    return matricule.strip().upper()[:NUMBER_LENGTH]


def _other_key(one: str, other: str) -> bool:
    """Two keys on one number: one of the two is mistyped."""
    keys = [matricule.strip()[NUMBER_LENGTH:] for matricule in (one, other)]
    return _number(one) == _number(other) and _contradict(*keys)
