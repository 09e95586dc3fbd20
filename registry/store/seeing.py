"""A Sight as conditions of a statement: the same rule as ``access.sight.shows``, for rows. [DMP: visibility]

A document is seen as its latest version is. A SubmissionSet or Folder that holds documents of its patient shows with the first of them
that does; one that holds none shows. An Association shows with both its ends; one about another Association, with the
ends of that. A SubmissionSet may name a document of another patient, of a mother in her child's: whoever sees the objects of one
patient alone does not see that it does.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from access.sight import Sight
from registry.facts import Kind
from registry.store import coding, statements
from registry.store.statements import Condition, Parameters
from sql.database import Dialect

_ENTRY = "{0}.kind in (1, 2)"
_MEMBER = """
exists (select 1 from association h join registry_object m on m.entry_uuid = h.target and m.kind in (1, 2)
    where h.source = {0}.entry_uuid and m.patient = {0}.patient{1})"""
_HIDDEN_END = """
not exists (select 1 from registry_object e where e.entry_uuid in (association.source, association.target) and not ({0}))"""
# What a SubmissionSet says of an Association, and what another says of that: rare, so that the recursion is seldom begun.
_HIDDEN_FAR_END = """
not exists (select 1 from association b where b.entry_uuid = association.target and exists (
    with recursive far (source, target) as (
        select b.source, b.target
        union all select c.source, c.target from association c join far on c.entry_uuid = far.target)
    select 1 from far join registry_object e on e.entry_uuid in (far.source, far.target) where not ({0})))"""
_SAME_PATIENT = "e.patient = association.patient"
# Later versions alone stand in the index of logicalIDs, and what has a later version has its latest one there.
_LATEST_DENIED = """
({0}.latest = 0 and exists (select 1 from registry_object v
    where v.logical_id = {0}.logical_id and v.logical_id <> v.entry_uuid and v.latest = 1 and {1}))"""
_OWNED = "patient = (select key from patient where authority = ? and id_number = ?)"


def objects(alias: str, sight: Sight, dialect: Dialect, kinds: Iterable[Kind] = tuple(Kind)) -> Iterator[Condition]:
    """Conditions under which the object of that alias, which is of one of these kinds, is seen."""
    if sight.patient is not None:
        yield f"{alias}.{_OWNED}", [sight.patient[1], sight.patient[0]]
    if not sight.is_clear:
        are_entries = {kind.is_document_entry for kind in kinds}
        if are_entries == {True}:
            yield _entry_seen(alias, sight, dialect)
        elif are_entries == {False}:
            yield _holder_seen(alias, sight, dialect)
        else:
            yield _seen(alias, sight, dialect)


def associations(sight: Sight, dialect: Dialect) -> Iterator[Condition]:
    """Conditions under which an Association is seen."""
    ends: list[Condition] = []
    if sight.patient is not None:
        yield _OWNED, [sight.patient[1], sight.patient[0]]
        ends.append((_SAME_PATIENT, []))
    if not sight.is_clear:
        ends.append(_seen("e", sight, dialect))
    if ends:
        seen = " and ".join(condition for condition, _ in ends)
        parameters = [value for _, values in ends for value in values]
        yield _HIDDEN_END.format(seen), parameters
        yield _HIDDEN_FAR_END.format(seen), parameters


def _seen(alias: str, sight: Sight, dialect: Dialect) -> Condition:
    entry, parameters = _entry_seen(alias, sight, dialect)
    holder, of_holder = _holder_seen(alias, sight, dialect)
    is_entry = _ENTRY.format(alias)
    return f"(({is_entry} and {entry}) or (not {is_entry} and {holder}))", [*parameters, *of_holder]


def _holder_seen(alias: str, sight: Sight, dialect: Dialect) -> Condition:
    member, parameters = _entry_seen("m", sight, dialect)
    return f"(not {_MEMBER.format(alias, '')} or {_MEMBER.format(alias, f' and {member}')})", parameters


def _entry_seen(alias: str, sight: Sight, dialect: Dialect) -> Condition:
    """A document of one's own is seen; of the others those that no restriction and no table of types keeps away."""
    own, own_parameters = statements.shares_text(f"{alias}.owners", sorted(sight.own), dialect)
    if sight.own_only:
        return (own, own_parameters) if sight.own else ("1 = 0", [])
    kept: list[str] = []
    parameters: Parameters = []
    if sight.hidden:
        kept.append(f"({alias}.visibility & {int(sight.hidden)}) = 0")
    if sight.types_denied:
        numbers = [coding.code_number("type_code", *code) for code in sorted(sight.types_denied)]
        denied, of_type = statements.shares_number(f"{alias}.codes", numbers, dialect)
        latest, _ = statements.shares_number("v.codes", numbers, dialect)
        kept.append(f"not ({alias}.latest = 1 and {denied}) and not {_LATEST_DENIED.format(alias, latest)}")
        parameters = of_type * 2
    others = " and ".join(kept)
    return (f"({own} or ({others}))", [*own_parameters, *parameters]) if sight.own else (f"({others})", parameters)
