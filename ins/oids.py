"""Who gives out patient identifiers under the INS: the one table of authority OIDs. [Référentiel INS; CI-SIS SM 3.5.5.12]

Which of them an affinity domain accepts, and how hard it judges their matricules, is for the domain to say.
"""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple


class IdentifierKind(Enum):
    """What stands under an authority: the matricule of today, or an identifier of earlier times."""

    NIR = "numéro d'inscription au répertoire"
    NIA = "numéro identifiant d'attente"
    INS_C = "INS calculé"
    INS_A = "INS aléatoire"

    @property
    def is_matricule(self) -> bool:
        """Whether it has the shape and key of a matricule INS; INS-C and INS-A have neither."""
        return self in _MATRICULES


_MATRICULES = (IdentifierKind.NIR, IdentifierKind.NIA)


class INSAuthority(NamedTuple):
    """An assigning authority of the INS. ``is_test``: its patients are invented (tests and demonstrations)."""

    oid: str
    name: str
    kind: IdentifierKind
    is_test: bool

    @property
    def namespace(self) -> str:
        """Its name in HL7 v2, the same for real and invented patients: only the OID tells them apart. [IHE PAM France]"""
        return f"ASIP-SANTE-INS-{self.kind.name.rpartition('_')[2]}"


INS_NIR = INSAuthority("1.2.250.1.213.1.4.8", "INS-NIR", IdentifierKind.NIR, is_test=False)
INS_NIA = INSAuthority("1.2.250.1.213.1.4.9", "INS-NIA", IdentifierKind.NIA, is_test=False)
INS_NIR_TEST = INSAuthority("1.2.250.1.213.1.4.10", "INS-NIR test", IdentifierKind.NIR, is_test=True)
INS_NIR_DEMONSTRATION = INSAuthority("1.2.250.1.213.1.4.11", "INS-NIR démonstration", IdentifierKind.NIR, is_test=True)
INS_C = INSAuthority("1.2.250.1.213.1.4.2", "INS-C", IdentifierKind.INS_C, is_test=False)
INS_A = INSAuthority("1.2.250.1.213.1.4.1", "INS-A", IdentifierKind.INS_A, is_test=False)

AUTHORITIES = (INS_NIR, INS_NIA, INS_NIR_TEST, INS_NIR_DEMONSTRATION, INS_C, INS_A)
_BY_OID = {authority.oid: authority for authority in AUTHORITIES}


def find_authority(oid: str) -> INSAuthority | None:
    """The INS authority with that OID, if it is one."""
    return _BY_OID.get(oid)
