"""The INS as HL7 v2 carries it in PID-3: matricule, authority by name and OID, type INS, start of validity. [IHE PAM France]

In XDS and in the VIHF the same identifier is of type NH: that is for xds to say. Knows no message: a text is one repetition.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from ins.matricule import InvalidMatricule, Matricule
from ins.oids import INSAuthority, find_authority

TYPE_CODE = "INS"
_date = re.compile(r"(?:[0-9]{4}(?:[0-9]{2}){0,5})?").fullmatch


class InvalidINS(ValueError):
    """A repetition of PID-3 that is no INS: what is wrong with it, without what stood there."""

    def __init__(self, reason_en: str, reason_fr: str) -> None:
        super().__init__(reason_en)
        self.reason_en = reason_en
        self.reason_fr = reason_fr


@dataclass(frozen=True, slots=True, repr=False)
class INSIdentifier:
    """A matricule and who gave it out; from when to when it is valid, in HL7 v2 time, empty where not told."""

    matricule: Matricule
    authority: INSAuthority
    valid_from: str = ""
    valid_until: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """The INS that a repetition of PID-3 is. *Raises* InvalidINS. [IHE PAM France; HL7 v2.5: 2.A.14]"""
        components = [*text.split("^"), *[""] * 8]
        _, oid, oid_type = [*components[3].split("&"), "", ""][:3]
        authority = find_authority(oid)
        if authority is None or not authority.kind.is_matricule or oid_type not in ("ISO", ""):
            raise InvalidINS(
                "component 4 is not an authority of the INS: its OID is expected with the type ISO",
                "la composante 4 n'est pas une autorité de l'INS : son OID est attendu, avec le type ISO",
            )
        if components[4] != TYPE_CODE:
            raise InvalidINS("component 5 must be INS", "la composante 5 doit être INS")
        if not (_date(components[6]) and _date(components[7])):
            raise InvalidINS(
                "components 7 and 8 are the validity: dates are expected",
                "les composantes 7 et 8 sont la validité : des dates sont attendues",
            )
        try:
            matricule = Matricule.parse(components[0])
        except InvalidMatricule as invalid:
            raise InvalidINS(invalid.reason_en, invalid.reason_fr) from invalid
        return cls(matricule, authority, components[6], components[7])

    def format(self) -> str:
        """The repetition of PID-3."""
        authority = f"{self.authority.namespace}&{self.authority.oid}&ISO"
        return "^".join((self.matricule, "", "", authority, TYPE_CODE, "", self.valid_from, self.valid_until)).rstrip(
            "^"
        )

    def __repr__(self) -> str:
        # A repr ends up in logs and tracebacks, where no matricule may stand.
        return f"INSIdentifier(…, {self.authority.name})"
