"""What a caller may do with what is registered: what may not be known is not there, what is another's is left alone.

Pure, but for the one search that tells what is hidden. Who may is decided by ``access.decision``; here it is asked, of each document
that a submission or an update touches. [DMP: droits fonctionnels, TD2.1, TD3.3]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace

from access import decision
from access.mandate import Action, Deny, Mandate, Permit
from access.sight import Sight, Visibility, visibility_of
from registry.case import Case
from registry.facts import Facts, Kind, ObjectFact
from registry.references import References
from registry.revisions import StatusUpdate, Update
from registry.sighted import Searches, find_hidden
from xds import errors
from xds.errors import NO_ERRORS, ErrorList, RegistryError
from xds.metadata import DocumentEntry
from xds.vocabulary import REPLACEMENTS, AssociationType, AvailabilityStatus

OTHER_PATIENT = "DMP-PATIENT"
"""The rule that request and assertion are about the same patient. [DMP: RG_3010]"""

_NOTHING = Sight(own_only=True)

_STATUS_ACTIONS = {
    AvailabilityStatus.DELETED: Action.DELETE,
    AvailabilityStatus.ARCHIVED: Action.ARCHIVE,
}
_FOR_PATIENT = Visibility.INVISIBLE_PATIENT | Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
_FOR_PROFESSIONALS = Visibility.MASQUE_PS | Visibility.MASQUE_PSOCIAL | Visibility.MASQUE_PT


def judge_patient(references: References, mandate: Mandate) -> ErrorList:
    """The request is about the patient of the assertion; neither identifier is repeated. [DMP: RG_3010]

    Asked before anything else: about the record of another nothing is told, not even that it is there.
    """
    caller = mandate.caller
    if caller is None or caller.patient is None:
        return NO_ERRORS
    found = []
    for patient, registry_object in references.patients.items():
        if tuple(patient) != caller.patient:
            sentence = (
                f"patientId of {registry_object.entry_uuid} is not that of the assertion; expected the patient of its "
                f"resource-id, with the same authority [{OTHER_PATIENT}]"
            )
            found.append(errors.error(errors.XDSPatientIdDoesNotMatch, sentence, registry_object.entry_uuid))
    return ErrorList(found)


def conceal(
    facts: Facts, named: Iterable[str], searches: Searches, mandate: Mandate, replaced: AbstractSet[str] = frozenset()
) -> Facts:
    """The facts without what the caller may not know of among what the request names.

    ``replaced``: of these, what the caller may replace is known to them: a colleague's masked document. [DMP: TD2.1]
    """
    if mandate.caller is None:
        return facts
    known = {name: facts.objects[name] for name in named if name in facts.objects}
    if not known:
        return facts
    hidden = find_hidden(searches, known, _sight(mandate, Action.REFER))
    if reached := {name: known[name] for name in replaced if name in hidden}:
        hidden = hidden - reached.keys() | find_hidden(searches, reached, _sight(mandate, Action.REPLACE))
    if not hidden:
        return facts
    return replace(
        facts,
        objects={name: fact for name, fact in facts.objects.items() if name not in hidden},
        associations=tuple(
            fact for fact in facts.associations if hidden.isdisjoint((fact.source_object, fact.target_object))
        ),
    )


def _sight(mandate: Mandate, action: Action) -> Sight:
    decided = decision.decide(mandate, action)
    return decided.sight if isinstance(decided, Permit) else _NOTHING


def judge_registration(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    """What is replaced is of the same author or structure; what must be secret is. [DMP: TD2.1]"""
    if mandate.caller is None:
        return
    yield from _judge_replacements(case, mandate)
    yield from _judge_secrecy(case, mandate)


def judge_update(update: Update, mandate: Mandate) -> Iterator[RegistryError]:
    """Each new version, each change of status and each replacement is one of the caller's to make. [DMP: TD3.3a-d]"""
    if mandate.caller is None:
        return
    for revision in update.revisions:
        if revision.previous is not None and isinstance(revision.submitted, DocumentEntry):
            wanted = visibility_of(revision.submitted.confidentiality_code)
            for action in _actions_of(revision.previous.visibility, wanted):
                yield from _judge_reach(mandate, action, revision.previous, revision.submitted.entry_uuid)
    for change in update.status_updates:
        fact = change.revision.previous if change.revision is not None else _document_of(change.fact, update.case)
        if fact is not None and fact.kind.is_document_entry and change.new is not None:
            yield from _judge_reach(mandate, _action_of(change, fact), fact, change.association.entry_uuid)
    yield from _judge_replacements(update.case, mandate)


def _document_of(fact: ObjectFact | None, case: Case) -> ObjectFact | None:
    """Whose the status is: of an Association, that of the document which it was submitted with, else which it leads to."""
    if fact is None or fact.kind is not Kind.ASSOCIATION:
        return fact
    ends = (case.find_registered(end) for end in (fact.source_object, fact.target_object))
    return next((end for end in ends if end is not None and end.kind.is_document_entry), None)


def _action_of(change: StatusUpdate, fact: ObjectFact) -> Action:
    if change.new is None or (change.fact is not None and change.fact.kind is Kind.ASSOCIATION):
        return Action.REPLACE
    # What was archived or deleted comes back by the hand of who may archive or delete.
    undone = _STATUS_ACTIONS.get(fact.availability_status, Action.REPLACE)
    return _STATUS_ACTIONS.get(change.new, undone)


def _judge_replacements(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    for association, _, target in case.references.associations:
        fact = case.find_registered(target)
        if association.association_type in REPLACEMENTS and fact is not None:
            yield from _judge_reach(mandate, Action.REPLACE, fact, association.entry_uuid)


def _actions_of(before: Visibility, after: Visibility) -> tuple[Action, ...]:
    """What a new version does for its audience; one that changes nothing there is the author's to make."""
    changed = before ^ after
    actions = []
    if changed & _FOR_PROFESSIONALS & after:
        actions.append(Action.MASK)
    if changed & _FOR_PROFESSIONALS & before:
        actions.append(Action.UNMASK)
    if changed & _FOR_PATIENT:
        actions.append(Action.SHOW_PATIENT)
    return tuple(actions) or (Action.REPLACE,)


def _judge_reach(mandate: Mandate, action: Action, fact: ObjectFact, location: str) -> Iterator[RegistryError]:
    decided = decision.decide(mandate, action)
    if isinstance(decided, Deny):
        yield denied(decided, location)
    elif not decided.reaches(fact.owners):
        sentence = (
            f"{fact.entry_uuid} is a document of another author; expected one of the caller's own for {action.value} "
            "(le document est d'un autre auteur) [DMP-AUTHOR-ONLY]"
        )
        yield errors.error(errors.DMPAccessDeniedByRightsService, sentence, location)


def _judge_secrecy(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    """What a secret connection submits is hidden from the legal representatives. [DMP: connexion secrète]

    The lot's signature is hidden from the patient, as the DMP has it, and so from those who stand for them.
    """
    wanted = decision.wanted_restrictions(mandate)
    signatures = {
        one.source_object for one in case.submission.associations if one.association_type == AssociationType.SIGNS
    }
    for entry in case.submission.document_entries:
        told = visibility_of(entry.confidentiality_code)
        is_hidden_signature = entry.entry_uuid in signatures and told & Visibility.INVISIBLE_PATIENT
        if wanted & ~told and not is_hidden_signature:
            sentence = (
                f"confidentialityCode of {entry.entry_uuid} lets legal representatives see it in a secret connection; "
                f"expected {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX.name} [DMP-SECRET]"
            )
            yield errors.error(errors.DMPAccessDeniedByRightsService, sentence, entry.entry_uuid)


def denied(decided: Deny, location: str = "") -> RegistryError:
    """A decision against the caller, as an error of the transaction."""
    row = errors.XDSPatientIdDoesNotMatch if decided.rule == OTHER_PATIENT else errors.DMPAccessDeniedByRightsService
    return errors.error(row, f"{decided.reason} ({decided.reason_fr}) [{decided.rule}]", location)
