"""What an update names, and the past that its judgement needs: the versions that are the latest, locked, and what is joined to them.

Which versions are the latest is asked again once they are locked: another update may have been faster.
[ITI Supplement XDS Metadata Update: 3.57.4.1.3]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from operator import attrgetter

from registry.case import Case
from registry.facts import Facts, Kind, ObjectFact, Question, RegistryWork
from registry.references import References, question_of
from registry.selection import AssociationSelection, FoundAssociation, Selection
from safexml import namespaces, parser
from xds import ebrim, triggers
from xds.case import is_revision, versionable
from xds.domain import AffinityDomain
from xds.identifiers import normal_id
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Submission
from xds.transactions import ITI_92, Transaction
from xds.vocabulary import AssociationType, AvailabilityStatus, UpdateSlot

VERSIONED = (Kind.STABLE, Kind.ON_DEMAND, Kind.FOLDER)
"""What has versions. [ITI Supplement XDS Metadata Update: 4.2.3.1]"""

Conceal = Callable[[Facts, Iterable[str]], Facts]
"""The facts without what a caller may not know of among these objects; see ``rights.conceal``."""

_APPROVED = (AvailabilityStatus.APPROVED,)
_ENVELOPE = f'<rim:RegistryObjectList xmlns:rim="{namespaces.RIM}">'.encode(), b"</rim:RegistryObjectList>"


@dataclass(frozen=True, slots=True)
class Revision:
    """A new version as it was submitted. ``previous`` is the latest registered one, ``value`` that one's metadata, where asked for.

    ``identifier`` and ``logical_id`` are in normal form.
    """

    submitted: DocumentEntry | Folder
    identifier: str
    logical_id: str
    announcement: Association | None
    previous: ObjectFact | None
    value: RegistryObject | None


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """A change of status as it was submitted. ``revision`` is the new version that it is joined to, if the request brings one."""

    association: Association
    target: str
    fact: ObjectFact | None
    revision: Revision | None
    original: AvailabilityStatus | None
    new: AvailabilityStatus | None


@dataclass(frozen=True, slots=True)
class Update:
    """An update with everything its judgement needs.

    ``relations``: the Approved Associations of previous versions, save those of SubmissionSets. ``standing``: the Approved
    Associations that what becomes Approved again must not contradict.
    """

    case: Case
    transaction: Transaction
    revisions: tuple[Revision, ...]
    status_updates: tuple[StatusUpdate, ...]
    relations: tuple[FoundAssociation, ...] = ()
    standing: tuple[FoundAssociation, ...] = ()


def gather(
    submission: Submission,
    references: References,
    transaction: Transaction,
    domain: AffinityDomain,
    work: RegistryWork,
    conceal: Conceal,
) -> Update:
    """Asks the store for the past of an update; ``conceal`` takes away what the caller may not know of."""
    logical_ids = {normal_id(value.logical_id or "") for value in versionable(submission) if is_revision(value)}
    facts = _fetch_locked(work, question_of(references), tuple(sorted(logical_ids)), _named_statuses(references))
    facts = conceal(facts, references.outside | _latest(facts, logical_ids).keys())
    latest = {fact.logical_id: fact for fact in _latest(facts, logical_ids).values()}
    previous = tuple(sorted(fact.entry_uuid for fact in latest.values()))
    values = _find_values(work, previous) if transaction == ITI_92 else {}
    revisions = tuple(_revisions(submission, references, latest, values))
    case = Case(submission, references, facts, domain, _submitted_later(references))
    status_updates = tuple(_status_updates(case, revisions))
    return Update(
        case,
        transaction,
        revisions,
        status_updates,
        tuple(_find_relations(work, facts, previous)),
        tuple(_find_standing(work, status_updates)),
    )


def _latest(facts: Facts, logical_ids: AbstractSet[str]) -> dict[str, ObjectFact]:
    """The latest versions of these logicalIDs, by entryUUID."""
    return {
        name: fact
        for name, fact in facts.objects.items()
        if fact.kind in VERSIONED and fact.is_latest and fact.logical_id in logical_ids
    }


def read_registered(written: bytes) -> RegistryObject:
    """A registered object as a value, from the ebRIM that the store answers with."""
    before, after = _ENVELOPE
    value, _ = ebrim.read_object(parser.parse(b"".join((before, written, after)))[0])
    assert value is not None, "the store answers with objects that it was given"
    return value


def _fetch_locked(
    work: RegistryWork, question: Question, logical_ids: tuple[str, ...], statuses: frozenset[str]
) -> Facts:
    """The facts, once all that the update touches is locked and nothing of it has changed meanwhile."""
    named = _find_around(work, logical_ids)
    while True:
        facts = work.fetch_facts(replace(question, references=question.references | named))
        wanted = _find_around(work, logical_ids) | {
            end
            for target in statuses
            if (fact := facts.objects.get(target)) and fact.kind is Kind.ASSOCIATION
            for end in (fact.source_object, fact.target_object)
        }
        if wanted <= named:
            return facts
        named |= wanted


def _find_around(work: RegistryWork, logical_ids: tuple[str, ...]) -> frozenset[str]:
    """The latest versions, and what is joined to them."""
    if not logical_ids:
        return frozenset()
    selection = Selection(kinds=VERSIONED, logical_ids=logical_ids, latest_only=True, with_ebrim=False)
    latest = tuple(sorted(found.entry_uuid for found in work.find_objects(selection)))
    if not latest:
        return frozenset()
    joined = work.find_associations(AssociationSelection(ends=latest, statuses=_APPROVED, with_ebrim=False))
    return frozenset(latest) | {end for each in joined for end in (each.source_object, each.target_object)}


def _find_values(work: RegistryWork, entry_uuids: tuple[str, ...]) -> dict[str, RegistryObject]:
    if not entry_uuids:
        return {}
    selection = Selection(kinds=VERSIONED, entry_uuids=entry_uuids, latest_only=False)
    return {found.entry_uuid: read_registered(found.ebrim) for found in work.find_objects(selection)}


def _find_relations(work: RegistryWork, facts: Facts, entry_uuids: tuple[str, ...]) -> list[FoundAssociation]:
    """A SubmissionSet holds what was submitted in it: its Associations are of that version alone."""
    if not entry_uuids:
        return []
    found = work.find_associations(AssociationSelection(ends=entry_uuids, statuses=_APPROVED))
    # What is concealed is no source that is known here; a request that names it is refused.
    sources = ((each, facts.objects.get(each.source_object)) for each in found)
    relations = (each for each, source in sources if source is not None and source.kind is not Kind.SUBMISSION_SET)
    # Each store has an order of its own; sentences name the first.
    return sorted(relations, key=attrgetter("entry_uuid"))


def _find_standing(work: RegistryWork, status_updates: tuple[StatusUpdate, ...]) -> list[FoundAssociation]:
    targets = {
        fact.target_object or fact.entry_uuid
        for update in status_updates
        if (fact := update.fact) is not None
        and update.new is AvailabilityStatus.APPROVED
        and (fact.kind is Kind.ASSOCIATION or fact.kind.is_document_entry)
    }
    if not targets:
        return []
    selection = AssociationSelection(targets=tuple(sorted(targets)), statuses=_APPROVED, with_ebrim=False)
    return work.find_associations(selection)


def _revisions(
    submission: Submission,
    references: References,
    latest: Mapping[str, ObjectFact],
    values: Mapping[str, RegistryObject],
) -> list[Revision]:
    own = references.own
    announcements = {
        target: association
        for association, source, target in reversed(references.associations)
        if association.association_type == AssociationType.HAS_MEMBER
        and source in own
        and own[source].kind is Kind.SUBMISSION_SET
    }
    found = []
    for value in versionable(submission):
        identifier, logical_id = normal_id(value.entry_uuid), normal_id(value.logical_id or "")
        if is_revision(value):
            previous = latest.get(logical_id)
            known = values.get(previous.entry_uuid) if previous else None
            found.append(Revision(value, identifier, logical_id, announcements.get(identifier), previous, known))
    return found


def _status_updates(case: Case, revisions: tuple[Revision, ...]) -> list[StatusUpdate]:
    by_id = {revision.identifier: revision for revision in revisions}
    by_logical_id = {revision.logical_id: revision for revision in revisions}
    found = []
    for association, _, target in case.references.associations:
        if association.association_type != AssociationType.UPDATE_AVAILABILITY_STATUS:
            continue
        fact = case.find_registered(target)
        is_versioned = fact is not None and fact.kind in VERSIONED and fact.is_latest
        revision = by_id.get(target) or (by_logical_id.get(fact.logical_id) if fact and is_versioned else None)
        original = triggers.status_of(association, UpdateSlot.ORIGINAL_STATUS)
        new = triggers.status_of(association, UpdateSlot.NEW_STATUS)
        found.append(StatusUpdate(association, target, fact, revision, original, new))
    return found


def _named_statuses(references: References) -> frozenset[str]:
    return frozenset(
        target
        for association, _, target in references.associations
        if association.association_type == AssociationType.UPDATE_AVAILABILITY_STATUS
    )


def _submitted_later(references: References) -> frozenset[str]:
    """Of the Associations that a SubmissionSet adds those that join what is not of the request."""
    added = {
        target
        for association, _, target in references.associations
        if association.association_type == AssociationType.SUBMIT_ASSOCIATION
    }
    return frozenset(
        identifier
        for association, source, target in references.associations
        if (identifier := normal_id(association.entry_uuid)) in added
        and source not in references.own
        and target not in references.own
    )
