"""The DMP's matrix of functional rights, restated: who may do what, by row and column; and who stands in each column. [DMP: 5]

● yes, - no, o documents of which the caller is author, s the structure's, a if the patient agreed. Columns: P professional, M doctor,
W médecin du travail, T médecin traitant, C employee's card, I structure's certificate; n normal, r regulation centre, b bris de glace;
A before a column where the person was authenticated by two factors (INDIRECTE_RENFORCEE).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from interop_tests.witness import vihf
from interop_tests.witness.authority import ELSEWHERE, PORTAL, STRUCTURE, new_authority
from interop_tests.witness.holders import certify
from interop_tests.witness.vihf import Role, Voucher

COLUMNS = ["Pn", "Pr", "Pb", "Mn", "Mr", "Mb", "W", "Tn", "Tb", "C", "In", "Ir"]
REINFORCED = ["APn", "APr", "APb", "AMn", "AMr", "AMb", "AW", "ATn", "ATb", "AC"]

TABLE: Mapping[str, str] = {
    #                 Pn Pr Pb Mn Mr Mb W  Tn Tb C  In Ir
    "TD0.2": "         ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●",
    "TD1.3a": "        ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●",
    "TD0.3 add": "     ●  -  -  ●  -  -  -  ●  -  s  -  -",
    "TD0.3 remove": "  ●  -  -  ●  -  -  -  ●  -  -  -  -",
    "TD0.3 stop MT": " -  -  -  -  -  -  -  ●  -  -  -  -",
    "TD0.4": "         ●  ●  ●  ●  ●  ●  ●  ●  ●  s  s  -",
    "TD0.5": "         -  ●  -  -  ●  -  -  -  -  -  -  ●",
    "TD1.6": "         ●  -  -  ●  -  -  ●  ●  -  -  -  -",
    # An employee's card feeds by TD2.2, which is the same message.
    "TD2.1": "         ●  ●  ●  ●  ●  ●  ●  ●  ●  s  s  s",
    "TD3.1": "         ●  ●  ●  ●  ●  ●  ●  ●  ●  -  -  -",
    "TD3.1b": "        ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●  ●",
    "TD3.2": "         ●  ●  ●  ●  ●  ●  -  ●  ●  -  -  -",
    "TD3.2 masked": "  o  a  a  o  a  a  -  ●  a  -  -  -",
    "TD3.3a mask": "   ●  -  -  ●  -  -  ●  ●  -  -  -  -",
    "TD3.3a unmask": " o  -  -  o  -  -  o  ●  -  -  -  -",
    "TD3.3b": "        ●  -  -  ●  -  -  ●  ●  -  -  -  -",
    "TD3.3d": "        o  -  -  o  ●  ●  o  ●  ●  -  -  -",
    "TD3.3c": "        o  o  o  o  o  o  o  o  o  s  s  s",
}

OF_REINFORCED: Mapping[str, str] = {
    #           APn APr APb AMn AMr AMb AW ATn ATb AC
    "TD2.1": "   -   -   -   -   -   -  -   -   -  -",
    "TD3.3d": "  o   -   -   ●   ●   ●  o   ●   ●  -",
}
"""Rows in which two factors are not as good as a card; in all others they are. [DMP: AIR]"""


def cells() -> Iterator[tuple[str, str, str]]:
    """Action, column and what the cell says."""
    for action, row in TABLE.items():
        said = dict(zip(COLUMNS, row.split(), strict=True))
        said |= {f"A{column}": cell for column, cell in said.items() if f"A{column}" in REINFORCED}
        if action in OF_REINFORCED:
            said |= dict(zip(REINFORCED, OF_REINFORCED[action].split(), strict=True))
        yield from ((action, column, cell) for column, cell in said.items())


NURSE, DOCTOR, OCCUPATIONAL, TREATING = "899700000060", "899700000010", "899700000025", "899700000011"
EMPLOYEE, MEMBER = "3100000000/0000000001", "899700000077"
COLLEAGUE, STRANGER = "899700000088", "899700000099"
SECRETARIAT = (Role("SECRETARIAT_MEDICAL", vihf.ACTORS, "Secrétariat médical"),)

PEOPLE = {
    "P": (NURSE, vihf.NURSE),
    "M": (DOCTOR, vihf.DOCTOR),
    "W": (OCCUPATIONAL, vihf.OCCUPATIONAL_DOCTOR),
    "T": (TREATING, vihf.DOCTOR),
    "C": (EMPLOYEE, SECRETARIAT),
    "I": (MEMBER, vihf.NURSE),
}
_MODES = {"n": vihf.NORMAL, "r": vihf.CENTRE_15, "b": vihf.BREAK_GLASS}


class Callers:
    """Everybody, with the certificates that vouch for them."""

    def __init__(self) -> None:
        self.authority = new_authority()
        self.seal = certify(self.authority, unit=STRUCTURE, name="CLINIQUE D'ESSAI")
        self.elsewhere = certify(self.authority, unit=ELSEWHERE, name="CABINET D'ESSAI")
        self.portal = certify(self.authority, unit=PORTAL, name="PORTAIL D'ESSAI")
        self._cards = {
            letter: certify(self.authority, unit=STRUCTURE, name=PEOPLE[letter][0], uses=("content_commitment",))
            for letter in "PMWTC"
        }

    def of(self, column: str) -> Voucher:
        """Who stands in a column; about nobody yet."""
        is_reinforced, plain = column.startswith("A"), column.removeprefix("A")
        letter, mode = plain[0], plain[1:]
        person, roles = PEOPLE[letter]
        by_seal = is_reinforced or letter == "I"
        told = Voucher(
            holder=self.seal if by_seal else self._cards[letter],
            person_id=person,
            person_name="ESSAI CAMILLE",
            structure_id=STRUCTURE,
            roles=roles,
            mode=vihf.REINFORCED if is_reinforced else vihf.INDIRECT if by_seal else vihf.DIRECT,
            purpose=_MODES[mode or "n"],
        )
        return replace(told, reason="Patient inconscient") if mode == "b" else told

    def stranger(self) -> Voucher:
        """A doctor of another structure, who feeds."""
        return Voucher(
            holder=self.elsewhere,
            person_id=STRANGER,
            person_name="AUTRE CAMILLE",
            structure_id=ELSEWHERE,
            mode=vihf.INDIRECT,
        )

    def patient(self, patient_id: str) -> Voucher:
        """The patient."""
        return self._of_portal(patient_id, patient_id.partition("^")[0], vihf.PATIENT)

    def parent(self, patient_id: str) -> Voucher:
        """Their mother."""
        return self._of_portal(patient_id, "255017500100134", (Role("MTH", "2.16.840.1.113883.5.111", "mère"),))

    def _of_portal(self, patient_id: str, person: str, roles: tuple[Role, ...]) -> Voucher:
        return Voucher(holder=self.portal, person_id=person, roles=roles, mode=vihf.INDIRECT, patient=patient_id)
