"""The matrix of rights, as it is read: which column a caller is in, and what a row grants there. The matrix itself is of the domain.

Columns are those that the DMP publishes: P professional, M doctor, W médecin du travail, T médecin traitant, C employee's card,
I structure's certificate, each (but W and C) with its mode of access: n normal, r regulation centre, b bris de glace. Three things
are ours:

- a column begins with A for INDIRECTE_RENFORCEE (AMn); a row that does not have it means the column without (Mn);
- PAT and REP are the patient and the legal representative, in any mode;
- a médecin traitant who comes from a regulation centre is in Mr, since there is no Tr.

A cell that is not there says no. [DMP: droits fonctionnels]
"""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from access.caller import AccessMode, AuthenticationMode
from access.roles import Kind, kind_of

if TYPE_CHECKING:
    from access.mandate import Action, Mandate
    from xds.domain import Rights


class Grant(StrEnum):
    """What a cell says. ``OWN``: for documents of which the caller is author.

    ``STRUCTURE``: for the caller's structure, and its documents. ``AGREED``: for all documents if the person let
    masked ones be seen in an emergency, else as ``OWN``.
    """

    YES = "yes"
    NO = "no"
    OWN = "own"
    STRUCTURE = "structure"
    AGREED = "agreed"


class Actor(StrEnum):
    """Who acts, by the letters of the matrix."""

    PROFESSIONAL = "P"
    DOCTOR = "M"
    OCCUPATIONAL_DOCTOR = "W"
    TREATING_DOCTOR = "T"
    CARD = "C"
    STRUCTURE = "I"
    PATIENT = "PAT"
    REPRESENTATIVE = "REP"


class Column(NamedTuple):
    """A column: actor, mode (empty where the actor has one column for all), and whether authentication was reinforced."""

    actor: Actor
    mode: str = ""
    is_reinforced: bool = False

    def __str__(self) -> str:
        return f"{'A' if self.is_reinforced else ''}{self.actor}{self.mode}"


_MODES = {AccessMode.NORMAL: "n", AccessMode.REGULATION: "r", AccessMode.BREAK_GLASS: "b"}
_WITHOUT_MODE = frozenset({Actor.OCCUPATIONAL_DOCTOR, Actor.CARD, Actor.PATIENT, Actor.REPRESENTATIVE})
_ACTORS = {
    Kind.PROFESSIONAL: Actor.PROFESSIONAL,
    Kind.DOCTOR: Actor.DOCTOR,
    Kind.OCCUPATIONAL_DOCTOR: Actor.OCCUPATIONAL_DOCTOR,
    Kind.NO_PROFESSIONAL: Actor.CARD,
    Kind.PATIENT: Actor.PATIENT,
    Kind.REPRESENTATIVE: Actor.REPRESENTATIVE,
}
_GRANTS: dict[str, Grant] = {str(grant): grant for grant in Grant}
ON_BEHALF_OF_PATIENT = frozenset({Actor.PATIENT, Actor.REPRESENTATIVE})


def column_of(mandate: Mandate) -> Column | None:
    """The column that a caller is in, on that record; none where nobody is asked who they are, or the role has no column."""
    caller = mandate.caller
    kind = kind_of(caller.profession, caller.specialty) if caller is not None else None
    if caller is None or kind is None:
        return None
    actor = _ACTORS[kind]
    if actor in ON_BEHALF_OF_PATIENT:
        return Column(actor)
    if caller.authentication is AuthenticationMode.INDIRECT:
        actor = Actor.STRUCTURE
    elif actor is Actor.DOCTOR and mandate.standing.is_treating and caller.access_mode is not AccessMode.REGULATION:
        actor = Actor.TREATING_DOCTOR
    mode = "" if actor in _WITHOUT_MODE else _MODES[caller.access_mode]
    return Column(actor, mode, caller.authentication is AuthenticationMode.REINFORCED)


def granted(rights: Rights, action: Action, column: Column) -> Grant:
    """What the row of an action grants in a column."""
    cells = rights.get(action, {})
    name, name_without = _names_of(*column)
    cell = cells.get(name)
    if cell is None:
        cell = cells.get(name_without, Grant.NO)
    return _GRANTS.get(cell) or Grant(cell)


@lru_cache(maxsize=128)
def _names_of(actor: Actor, mode: str, is_reinforced: bool) -> tuple[str, str]:
    """How a column is written, and how the one without reinforced authentication is."""
    return str(Column(actor, mode, is_reinforced)), str(Column(actor, mode))


def grant_of(mandate: Mandate, action: Action) -> Grant:
    """What the matrix says of an action to whoever asks: ``STRUCTURE`` tells that it is done for the structure, not the person."""
    column = column_of(mandate)
    if column is not None:
        return granted(mandate.domain.rights, action, column)
    return Grant.YES if mandate.caller is None else Grant.NO
