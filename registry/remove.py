"""[ITI-62] Remove Metadata: gather, judge, apply. [ITI Supplement Remove Metadata and Documents: 3.62]

All that is named goes, or nothing. Nothing is deprecated or approved again by it, and documents stay where they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from registry.facts import Kind, ObjectFact, Question, RegistryWork
from registry.selection import AssociationSelection, FoundAssociation
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.identifiers import normal_id
from xds.messages import RegistryResponse, RemoveMetadata

_NOBODY: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Removal:
    """What is to go, and what it hangs together with. Ids in normal form.

    ``objects``: of those named, and of the ends of Associations among them, those that are registered. ``associations``: every
    one that has one of these as an end, whatever its status.
    """

    named: frozenset[str]
    objects: dict[str, ObjectFact]
    associations: tuple[FoundAssociation, ...]


def remove(request: RemoveMetadata, work: RegistryWork) -> RegistryResponse:
    """Takes registry objects out for good, or says everything that keeps them. Raises sql.Conflict.

    [ITI Supplement Remove Metadata and Documents: 3.62.4.1.3]
    """
    removal = gather(frozenset(map(normal_id, request.entry_uuids)), work)
    found = ErrorList((*request.findings, *judge(removal)))
    if not found.has_errors:
        work.remove(tuple(sorted(removal.named)))
    return RegistryResponse(found)


def gather(named: frozenset[str], work: RegistryWork) -> Removal:
    """Everything that the judgement needs, locked until the work ends.

    The ends of what is named are locked too, and the ends of those that are Associations themselves: of two removals that
    would each leave an object its last Association, the second sees what the first has done.
    """
    objects: dict[str, ObjectFact] = {}
    asked: frozenset[str] = frozenset()
    waiting = named
    while waiting:
        question = Question(patients=frozenset(), entry_uuids=_NOBODY, unique_ids=_NOBODY, references=waiting)
        told = work.fetch_facts(question).objects
        found = {identifier: told[identifier] for identifier in sorted(waiting) if identifier in told}
        objects |= found
        asked |= waiting
        waiting = frozenset(end for fact in found.values() for end in _ends_of(fact)) - asked
    associations = work.find_associations(AssociationSelection(ends=tuple(sorted(objects)), with_ebrim=False))
    return Removal(named, objects, tuple(sorted(associations)))


def judge(removal: Removal) -> ErrorList:
    """Everything that forbids the removal. Pure. [ITI Supplement Remove Metadata and Documents: 3.62.4.1.3]"""
    return ErrorList((*_judge_ids(removal), *_judge_references(removal), *_judge_leftovers(removal)))


def _judge_ids(removal: Removal) -> Iterator[RegistryError]:
    """What is to go is there."""
    for identifier in sorted(removal.named - removal.objects.keys()):
        sentence = f"{errors.shown(identifier)} is the id of no registered object; expected entryUUIDs of such"
        yield errors.error(errors.UnresolvedReferenceException, sentence, identifier)


def _judge_references(removal: Removal) -> Iterator[RegistryError]:
    """No Association that stays has an end that goes."""
    for association in removal.associations:
        if association.entry_uuid in removal.named:
            continue
        for role, end in (("source", association.source_object), ("target", association.target_object)):
            if end in removal.named:
                sentence = (
                    f"{end} is the {role} of {_describe(association)}, which is not to be removed; expected both in the "
                    "request, or neither"
                )
                yield errors.error(errors.ReferencesExistException, sentence, end)


def _judge_leftovers(removal: Removal) -> Iterator[RegistryError]:
    """What stays keeps an Association, if it loses any."""
    kept = {
        end
        for association in removal.associations
        if association.entry_uuid not in removal.named
        for end in (association.source_object, association.target_object)
    }
    losing: dict[str, FoundAssociation] = {}
    for association in removal.associations:
        if association.entry_uuid in removal.named:
            losing.setdefault(association.source_object, association)
            losing.setdefault(association.target_object, association)
    for identifier, association in losing.items():
        if identifier in removal.objects and identifier not in removal.named | kept:
            sentence = (
                f"{identifier} stays and would have no Association left without {_describe(association)}; expected it in the "
                "request, or an Association of it left out"
            )
            yield errors.error(errors.XDSUnreferencedObjectException, sentence, identifier)


def _ends_of(fact: ObjectFact) -> tuple[str, ...]:
    return (fact.source_object, fact.target_object) if fact.kind is Kind.ASSOCIATION else ()


def _describe(association: FoundAssociation) -> str:
    return f"{association.association_type.rpartition(':')[2]} {association.entry_uuid}"
