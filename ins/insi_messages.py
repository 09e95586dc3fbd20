"""What the INSi téléservice is asked and answers, as values. [INSi: WS_INS2]

Knows neither zeep nor HTTP. Only code 00 is established publicly; the meaning of the others is a default that callers may replace.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import Any

from ins.matching import Difference
from ins.matricule import NUMBER_LENGTH, InvalidMatricule, Matricule
from ins.oids import INSAuthority, find_authority
from ins.traits import StrictTraits, opens_list

ACTION = "urn:ServiceIdentiteCertifiee:1.0.0:rechercherInsAvecTraitsIdentite"
QUESTION = "http://www.cnamts.fr/INSiRecSans"
ANSWER = "http://www.cnamts.fr/INSiResultat"
CONTEXT_BAM = "urn:siram:bam:ctxbam"
CONTEXT_LPS = "urn:siram:lps:ctxlps"
SIRAM = "urn:siram"
"""Action and namespaces of the messages."""

VERSION_BAM = "01_02"
VERSION_LPS = "01_00"

ONE, NONE, SEVERAL = "00", "01", "02"
"""Codes of CodeCR."""


class Outcome(Enum):
    """What INSi made of a question."""

    ONE = "one identity"
    NOBODY = "nobody has these traits"
    SEVERAL = "several people have these traits: ask with more of them"
    REFUSED = "the question was refused"


MEANINGS: Mapping[str, Outcome] = MappingProxyType({ONE: Outcome.ONE, NONE: Outcome.NOBODY, SEVERAL: Outcome.SEVERAL})
"""Code → what it means; any other is a refusal."""


class INSiFailure(Exception):
    """INSi could not be asked, or its answer not understood: why, without anything of the person."""

    def __init__(self, reason_en: str, reason_fr: str) -> None:
        super().__init__(reason_en)
        self.reason_en = reason_en
        self.reason_fr = reason_fr


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class FormerINS:
    """An INS that the person had before. Documents may still bear it. [INSi: INSHISTO]"""

    matricule: str
    authority: str
    valid_from: str = ""
    valid_until: str = ""

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no matricule may stand.
        return "FormerINS(…)"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CertifiedIdentity:
    """A person as the state knows them: the INS in force, those of before, the strict traits. [INSi: INDIVIDU]"""

    matricule: Matricule
    authority: INSAuthority
    traits: StrictTraits
    history: tuple[FormerINS, ...] = ()

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no person may stand.
        return f"CertifiedIdentity(…, {self.authority.name})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What INSi answered. ``differences`` are the traits in which what was asked is not what is certified.

    Before an identity is taken over, a person looks at the differences: INSi answers on four traits, and finds homonyms too. [RNIV 1]
    """

    outcome: Outcome
    code: str
    identity: CertifiedIdentity | None = None
    differences: tuple[Difference, ...] = ()


_harmless = re.compile(r"[0-9A-Za-z_.:-]{1,40}").fullmatch


def harmless_code(code: Any) -> str:
    """A code as it may be shown and logged; what does not look like one is not repeated."""
    text = str(code or "").strip()
    return text if _harmless(text) else "unreadable"


def read_identity(individual: Any, asked_given: str) -> CertifiedIdentity:
    """The person of INDIVIDU. *Raises* INSiFailure. [INSi: INSACTIF, INSHISTO, TIQ]"""
    active, traits = individual.INSACTIF, individual.TIQ
    authority = find_authority(_text(active.OID))
    if authority is None or not authority.kind.is_matricule:
        raise _unreadable("OID is no authority of the INS", "OID n'est pas une autorité de l'INS")
    return CertifiedIdentity(
        matricule=_matricule(active.IdIndividu),
        authority=authority,
        traits=_traits(traits, asked_given),
        history=tuple(map(_former, individual.INSHISTO or ())),
    )


def _matricule(number: Any) -> Matricule:
    """Number and key come apart; the key may be missing, never wrong."""
    digits, key = _text(number.NumIdentifiant), _text(number.Cle)
    try:
        matricule = Matricule.parse(digits + key) if key else Matricule.of_number(digits)
    except InvalidMatricule as invalid:
        raise _unreadable(f"NumIdentifiant: {invalid.reason_en}", f"NumIdentifiant : {invalid.reason_fr}") from None
    if not matricule.has_valid_key:
        raise _unreadable("Cle is not the key of NumIdentifiant", "Cle n'est pas la clé de NumIdentifiant")
    return matricule


def _former(ins: Any) -> FormerINS:
    number = _text(ins.IdIndividu.NumIdentifiant)
    return FormerINS(
        matricule=number[:NUMBER_LENGTH] + (_text(ins.IdIndividu.Cle) or number[NUMBER_LENGTH:]),
        authority=_text(ins.OID),
        valid_from=_text(ins.DateDeb),
        valid_until=_text(ins.DateFin),
    )


def _traits(told: Any, asked_given: str) -> StrictTraits:
    """TIQ. Where the first given name is not told apart, it is the one asked for if the list opens with it, else the first word."""
    given_list = _text(told.ListePrenom)
    guessed = asked_given if asked_given and opens_list(asked_given, given_list) else given_list.partition(" ")[0]
    return StrictTraits(
        birth_family=_text(told.NomNaissance),
        birth_given=_text(told.Prenom) or guessed,
        birth_given_list=given_list or _text(told.Prenom),
        sex=_text(told.Sexe),
        birth_date=_text(told.DateNaissance),
        birthplace=_text(told.LieuNaissance),
    )


def _text(value: Any) -> str:
    return str(value or "").strip()


def _unreadable(reason_en: str, reason_fr: str) -> INSiFailure:
    return INSiFailure(f"the answer of INSi cannot be used: {reason_en}", f"réponse d'INSi inutilisable : {reason_fr}")
