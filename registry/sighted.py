"""The searches of a store through a caller's sight: whoever asks by these cannot forget it. [DMP: visibility]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from access.sight import EVERYTHING, Sight
from registry.facts import Kind, ObjectFact
from registry.selection import AssociationSelection, Found, FoundAssociation, Selection


class Searches(Protocol):
    """What a stored query asks of a store."""

    def find_objects(self, selection: Selection) -> list[Found]: ...

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]: ...


class SightedSearches:
    """The searches of a unit of work, each through the same sight."""

    __slots__ = ("_searches", "_sight")

    def __init__(self, searches: Searches, sight: Sight) -> None:
        self._searches = searches
        self._sight = sight

    def find_objects(self, selection: Selection) -> list[Found]:
        """The objects that the selection describes and the caller sees."""
        return self._searches.find_objects(replace(selection, sight=self._sight))

    def find_associations(self, selection: AssociationSelection) -> list[FoundAssociation]:
        """The Associations that the selection describes and the caller sees."""
        return self._searches.find_associations(replace(selection, sight=self._sight))


def find_hidden(searches: Searches, facts: Mapping[str, ObjectFact], sight: Sight) -> frozenset[str]:
    """Of these registered objects those that a caller may not know of, by entryUUID: those that a query would not find."""
    if sight == EVERYTHING:
        return frozenset()
    found: set[str] = set()
    arrows = [fact for fact in facts.values() if fact.kind is Kind.ASSOCIATION]
    if kinds := tuple({fact.kind for fact in facts.values()} - {Kind.ASSOCIATION}):
        selection = Selection(
            kinds=kinds, entry_uuids=tuple(sorted(facts)), latest_only=False, with_ebrim=False, sight=sight
        )
        found.update(each.entry_uuid for each in searches.find_objects(selection))
    if arrows:
        joined = AssociationSelection(
            sources=tuple(sorted({fact.source_object for fact in arrows})),
            targets=tuple(sorted({fact.target_object for fact in arrows})),
            with_ebrim=False,
            sight=sight,
        )
        found.update(each.entry_uuid for each in searches.find_associations(joined))
    return frozenset(facts.keys() - found)
