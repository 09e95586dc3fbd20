"""The page about the matrix of rights of a domain: ``docs/conformance/rights.md``. Pure: the same domain gives the same text.

[DMP: droits fonctionnels]
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from access.mandate import Action
from access.rights import Actor, Column, Grant, granted
from xds.domain import AffinityDomain

_OPENING = """# Matrix of rights

Made from the built-in domain `{name}`; change `[rights]` of a [domain file](../operations/rights.md), not this page: `make docs`.

Who may do what with a record. A row is an action, a column who acts and how the record is opened. A cell that is empty says no. Beside
the matrix count whether the person has blocked the caller, their objections to emergency access, the state of the record, and the
authorisation of whoever consults: see [rights](../operations/rights.md).

| cell | meaning |
|---|---|
| ● | yes |
| own | for documents of which the caller is an author |
| structure | for the caller's structure, and for documents of which it is an author |
| agreed | for all, if the person lets masked documents be seen in an emergency; else for the caller's own |

| column | who |
|---|---|
| P | professional other than a doctor; somebody in training is one, whatever the code |
| M | doctor (*médecin*) |
| W | occupational doctor (*médecin du travail*), in any mode |
| T | *médecin traitant* of this record |
| C | holder of an employee's card, or a machine with one, in any mode |
| I | structure's certificate, mode INDIRECTE: whoever works there |
| PAT, REP | the patient, the legal representative, vouched for by a portal; in any mode |
| n, r, b | mode of access: normal, regulation (*centre 15*), *bris de glace*; what has no column says no |

"""
_PUBLISHED = """The columns P to I are published for the DMP, and so are its cells, save those of TD1.1, TD1.2, TD1.3b, TD1.4, TD2.1
replace and the journal, which are ours. PAT and REP are ours.
"""
_REINFORCED = """
## INDIRECTE_RENFORCEE

Whoever a structure has authenticated by two factors has the cells above, save these; A stands before the column.
"""
_TYPES = """
## Types of documents denied to professions

`[types_denied]`: what a profession is not shown, unless its own. The national table is not published; this is a beginning of ours.

| professions | types |
|---|---|"""


_REGULATED = {Actor.PROFESSIONAL: "nrb", Actor.DOCTOR: "nrb", Actor.TREATING_DOCTOR: "nb", Actor.STRUCTURE: "nr"}
"""Actors with a column for each mode, and the modes; the others have one for all."""

COLUMNS = tuple(Column(actor, mode) for actor in Actor for mode in _REGULATED.get(actor, ("",)))
"""The columns that are published for the DMP, then ours."""


class _Title(NamedTuple):
    english: str
    french: str


_TITLES: Mapping[Action, _Title] = {
    Action.SEE_RECORD: _Title("does it exist, am I authorised", "existence et autorisation"),
    Action.AUTHORISE: _Title("declare an authorisation, or be médecin traitant", "ajout d'autorisation"),
    Action.UNAUTHORISE: _Title("remove an authorisation; of the patient: block", "suppression, blocage"),
    Action.STOP_TREATING: _Title("be médecin traitant no more", "fin de rôle de médecin traitant"),
    Action.LIST_RECORDS: _Title("records on which one is authorised", "liste des dossiers autorisés"),
    Action.FIND_BY_TRAITS: _Title("find a patient by traits", "recherche par traits"),
    Action.CREATE_RECORD: _Title("create a record; patient identity feed (ITI-44)", "création"),
    Action.REOPEN_RECORD: _Title("reopen", "réactivation"),
    Action.READ_RECORD: _Title("read administrative data", "consultation des données administratives"),
    Action.CHANGE_RECORD: _Title("change administrative data", "modification des données administratives"),
    Action.CLOSE_RECORD: _Title("close", "fermeture"),
    Action.LIST_AUTHORISATIONS: _Title("who is authorised, who is blocked", "liste des autorisations"),
    Action.SUBMIT: _Title("submit documents (ITI-41; TD2.2 as well)", "alimentation"),
    Action.REPLACE: _Title("replace a document; correct its metadata", "remplacement"),
    Action.FIND: _Title("search, whole entries (ITI-18 LeafClass)", "recherche"),
    Action.REFER: _Title("search, references (ITI-18 ObjectRef)", "recherche de références"),
    Action.RETRIEVE: _Title("retrieve (ITI-43)", "consultation"),
    Action.RETRIEVE_MASKED: _Title("masked documents, in whatever action", "documents masqués"),
    Action.MASK: _Title("mask (ITI-57)", "masquage"),
    Action.UNMASK: _Title("unmask", "démasquage"),
    Action.SHOW_PATIENT: _Title("change what patient or representatives see", "visibilité patient et représentants"),
    Action.DELETE: _Title("delete", "suppression"),
    Action.ARCHIVE: _Title("archive, bring back", "archivage, désarchivage"),
    Action.READ_JOURNAL: _Title("read the journal", "traces d'accès"),
}


def rights_page(domain: AffinityDomain) -> str:
    """The whole page, in Markdown."""
    lines = [_OPENING.format(name=domain.name).rstrip("\n"), "", *_matrix(domain), "", _PUBLISHED.rstrip("\n")]
    return "\n".join([*lines, _REINFORCED, *_reinforced(domain), _TYPES, *_types(domain)]) + "\n"


def _matrix(domain: AffinityDomain) -> Iterator[str]:
    yield f"| action | what · *action* | {' | '.join(map(str, COLUMNS))} |"
    yield f"|---|---|{'---|' * len(COLUMNS)}"
    for action in Action:
        cells = " | ".join(_cell(granted(domain.rights, action, column)) for column in COLUMNS)
        english, french = _TITLES[action]
        yield f"| {action} | {english} · *{french}* | {cells} |"


def _reinforced(domain: AffinityDomain) -> Iterator[str]:
    yield "| action | columns | cell | without A |"
    yield "|---|---|---|---|"
    for action in Action:
        found: dict[tuple[Grant, Grant], list[str]] = {}
        for column in COLUMNS:
            reinforced = column._replace(is_reinforced=True)
            grants = granted(domain.rights, action, reinforced), granted(domain.rights, action, column)
            found.setdefault(grants, []).append(str(reinforced))
        for (grant, without), told in found.items():
            if grant is not without:
                yield f"| {action} | {', '.join(told)} | {_cell(grant) or 'no'} | {_cell(without) or 'no'} |"


def _types(domain: AffinityDomain) -> Iterator[str]:
    professions: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for profession, types in domain.types_denied.items():
        professions.setdefault(types, []).append(profession)
    for types, told in professions.items():
        yield f"| {', '.join(told)} | {', '.join(f'{code} ({scheme})' for code, scheme in types)} |"


def _cell(grant: Grant) -> str:
    return {Grant.YES: "●", Grant.NO: ""}.get(grant, grant.value)
