"""An identity as an establishment holds it: how far it is trusted, and whether its matricule may leave the house. [RNIV 1]

Status and attributes follow each other by one table; nothing here asks INSi or looks at a passport.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum
from types import MappingProxyType
from typing import NamedTuple, Self

from ins.matricule import Matricule
from ins.oids import INSAuthority
from ins.traits import NOTHING_TOLD, StrictTraits


class IdentityStatus(StrEnum):
    """How far an identity is trusted (statut de confiance). [RNIV 1]"""

    PROVISIONAL = "provisoire"
    RETRIEVED = "récupérée"
    """INSi has answered; no identity document was looked at."""
    VALIDATED = "validée"
    """An identity document was looked at; INSi has not answered."""
    QUALIFIED = "qualifiée"
    """Both: the only one whose matricule may go outside."""


class IdentityAttribute(StrEnum):
    """What is to be known of an identity beside its status. [RNIV 1]"""

    HOMONYM = "homonyme"
    DOUBTFUL = "douteux"
    FICTITIOUS = "fictif"


class Step(Enum):
    """What may happen to an identity."""

    INSI_ANSWERED = "INSi has answered with one identity"
    DOCUMENT_SEEN = "an identity document of high confidence was looked at"
    DOUBTED = "it is doubted, or known to be made up"


_AFTER: Mapping[tuple[IdentityStatus, Step], IdentityStatus] = MappingProxyType(
    {
        (IdentityStatus.PROVISIONAL, Step.INSI_ANSWERED): IdentityStatus.RETRIEVED,
        (IdentityStatus.PROVISIONAL, Step.DOCUMENT_SEEN): IdentityStatus.VALIDATED,
        (IdentityStatus.RETRIEVED, Step.DOCUMENT_SEEN): IdentityStatus.QUALIFIED,
        (IdentityStatus.VALIDATED, Step.INSI_ANSWERED): IdentityStatus.QUALIFIED,
        **{(status, Step.DOUBTED): IdentityStatus.PROVISIONAL for status in IdentityStatus},
    }
)
"""What a step makes of a status; one that is not listed leaves it. [RNIV 1]"""

BARRED_FROM_INSI = frozenset(IdentityAttribute)
"""Attributes of identities that INSi must not be asked about. [RNIV 1]"""

_MAKE_DOUBTFUL = frozenset({IdentityAttribute.DOUBTFUL, IdentityAttribute.FICTITIOUS})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class HealthIdentity:
    """A person as an establishment knows them: strict traits, status, and the INS once there is one."""

    traits: StrictTraits = NOTHING_TOLD
    status: IdentityStatus = IdentityStatus.PROVISIONAL
    attributes: frozenset[IdentityAttribute] = frozenset()
    matricule: Matricule | None = None
    authority: INSAuthority | None = None

    @property
    def is_qualified(self) -> bool:
        """Whether it is an identité qualifiée with its INS: the matricule may then go outside. [RNIV 1; Référentiel INS]"""
        return (
            self.status is IdentityStatus.QUALIFIED
            and not self.attributes & _MAKE_DOUBTFUL
            and self.matricule is not None
            and self.authority is not None
            and self.authority.kind.is_matricule
        )

    def may_be_asked_of_insi(self, barred: frozenset[IdentityAttribute] = BARRED_FROM_INSI) -> bool:
        """Whether INSi may be asked about it; a house that reads the paper otherwise gives its own attributes."""
        return not self.attributes & barred

    def after(self, step: Step) -> Self:
        """The identity when that has happened."""
        return replace(self, status=_AFTER.get((self.status, step), self.status))

    def answered(self, matricule: Matricule, authority: INSAuthority, traits: StrictTraits) -> Self:
        """The identity when INSi has answered and a person has accepted it: its traits take the place of ours. [RNIV 1]"""
        return replace(self.after(Step.INSI_ANSWERED), matricule=matricule, authority=authority, traits=traits)

    def marked(self, attribute: IdentityAttribute) -> Self:
        """The identity with an attribute; one that is doubtful or fictitious falls back and loses its INS. [RNIV 1]"""
        found = replace(self, attributes=self.attributes | {attribute})
        if attribute not in _MAKE_DOUBTFUL:
            return found
        return replace(found.after(Step.DOUBTED), matricule=None, authority=None)

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no person may stand.
        return f"HealthIdentity({self.status.name}, …)"


class Reliability(NamedTuple):
    """What PID-32 says of an identity. ``status`` is None where it says none."""

    status: IdentityStatus | None
    attributes: frozenset[IdentityAttribute]
    is_withdrawn: bool
    """It is a duplicate, a usurpation, has been deactivated …: no matricule goes with it."""

    @property
    def is_told(self) -> bool:
        """Whether PID-32 says anything that is known here."""
        return self.status is not None or bool(self.attributes) or self.is_withdrawn

    @property
    def is_qualified(self) -> bool:
        """Whether a matricule may go with it.

        HL7 France has one code, VALI, for validée and qualifiée: with an INS in PID-3 it is the latter.
        """
        return (
            self.status in (IdentityStatus.VALIDATED, IdentityStatus.QUALIFIED)
            and not self.attributes & _MAKE_DOUBTFUL
            and not self.is_withdrawn
        )


_STATUSES = {
    "VIDE": IdentityStatus.PROVISIONAL,
    "PROV": IdentityStatus.PROVISIONAL,
    "RECUP": IdentityStatus.RETRIEVED,
    "VALI": IdentityStatus.VALIDATED,
    "QUAL": IdentityStatus.QUALIFIED,
}
_ATTRIBUTES = {
    "HOMD": IdentityAttribute.HOMONYM,
    "HOMA": IdentityAttribute.HOMONYM,
    "DOUT": IdentityAttribute.DOUBTFUL,
    "DOUTE": IdentityAttribute.DOUBTFUL,
    "FICT": IdentityAttribute.FICTITIOUS,
    "FICTI": IdentityAttribute.FICTITIOUS,
    "ANOM": IdentityAttribute.FICTITIOUS,
}
_WITHDRAWN = frozenset({"DOUB", "DOUA", "DESA", "COLV", "INVA", "USUR"})
"""Codes of PID-32 in France, with the spellings that are met: table 0445 as Interop'Santé has it. [IHE PAM France; HL7: Table 0445]"""


def read_reliability(codes: Iterable[str]) -> Reliability:
    """What the codes of PID-32 say together, the least trusting one winning; codes that are not known here say nothing."""
    said = {code.strip().upper() for code in codes}
    statuses = {_STATUSES[code] for code in said & _STATUSES.keys()}
    status = next((each for each in IdentityStatus if each in statuses), None)
    attributes = frozenset(_ATTRIBUTES[code] for code in said & _ATTRIBUTES.keys())
    return Reliability(status, attributes, bool(said & _WITHDRAWN))
