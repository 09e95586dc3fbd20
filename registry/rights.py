"""What a caller may do with what is registered: what may not be known is not there, what is another's is left alone.

Pure, but for the one search that tells what is hidden. Who may is decided by ``access.decision``; here it is asked, of each document
that a submission or an update touches. [DMP: droits fonctionnels, TD2.1, TD3.3]
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from access import decision
from access.mandate import Action, Deny, Mandate, Permit
from access.sight import Sight, Visibility, visibility_of
from registry.case import Case
from registry.facts import Facts, ObjectFact
from registry.revisions import Update
from registry.sighted import Searches, find_hidden
from xds import errors
from xds.errors import RegistryError
from xds.metadata import DocumentEntry
from xds.vocabulary import REPLACEMENTS, AvailabilityStatus

OTHER_PATIENT = "DMP-PATIENT"
"""The rule that request and assertion are about the same patient. [DMP: RG_3010]"""

_NOTHING = Sight(own_only=True)

_STATUS_ACTIONS = {
    AvailabilityStatus.DELETED: Action.DELETE,
    AvailabilityStatus.ARCHIVED: Action.ARCHIVE,
}
_FOR_PATIENT = Visibility.INVISIBLE_PATIENT | Visibility.INVISIBLE_REPRESENTANTS_LEGAUX
_FOR_PROFESSIONALS = Visibility.MASQUE_PS | Visibility.MASQUE_PSOCIAL | Visibility.MASQUE_PT


def conceal(facts: Facts, named: Iterable[str], searches: Searches, mandate: Mandate) -> Facts:
    """The facts without what the caller may not know of among what the request names."""
    if mandate.caller is None:
        return facts
    decided = decision.decide(mandate, Action.REFER)
    sight = decided.sight if isinstance(decided, Permit) else _NOTHING
    known = {name: facts.objects[name] for name in named if name in facts.objects}
    hidden = find_hidden(searches, known, sight)
    if not hidden:
        return facts
    return replace(facts, objects={name: fact for name, fact in facts.objects.items() if name not in hidden})


def judge_registration(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    """The submission is of the assertion's patient; what it replaces is of the same author or structure. [DMP: TD2.1]"""
    if mandate.caller is None:
        return
    yield from _judge_patient(case, mandate)
    for association, _, target in case.references.associations:
        fact = case.find_registered(target)
        if association.association_type in REPLACEMENTS and fact is not None:
            yield from _judge_reach(mandate, Action.REPLACE, fact, association.entry_uuid)
    yield from _judge_secrecy(case, mandate)


def judge_update(update: Update, mandate: Mandate) -> Iterator[RegistryError]:
    """Each new version and each change of status is one of the caller's to make. [DMP: TD3.3a-d]"""
    if mandate.caller is None:
        return
    yield from _judge_patient(update.case, mandate)
    for revision in update.revisions:
        if revision.previous is not None and isinstance(revision.submitted, DocumentEntry):
            wanted = visibility_of(revision.submitted.confidentiality_code)
            for action in _actions_of(revision.previous.visibility, wanted):
                yield from _judge_reach(mandate, action, revision.previous, revision.submitted.entry_uuid)
    for change in update.status_updates:
        fact = change.revision.previous if change.revision is not None else change.fact
        if fact is not None and fact.kind.is_document_entry and change.new is not None:
            is_archived = fact.availability_status is AvailabilityStatus.ARCHIVED
            action = _STATUS_ACTIONS.get(change.new, Action.ARCHIVE if is_archived else Action.REPLACE)
            yield from _judge_reach(mandate, action, fact, change.association.entry_uuid)


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


def _judge_patient(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    """[DMP: RG_3010] Neither identifier is repeated."""
    assert mandate.caller is not None
    for patient, registry_object in case.references.patients.items():
        if mandate.caller.patient is not None and tuple(patient) != mandate.caller.patient:
            sentence = (
                f"patientId of {registry_object.entry_uuid} is not that of the assertion; expected the patient of its "
                f"resource-id, with the same authority [{OTHER_PATIENT}]"
            )
            yield errors.error(errors.XDSPatientIdDoesNotMatch, sentence, registry_object.entry_uuid)


def _judge_secrecy(case: Case, mandate: Mandate) -> Iterator[RegistryError]:
    """What a secret connection submits is hidden from the legal representatives. [DMP: connexion secrète]"""
    wanted = decision.wanted_restrictions(mandate)
    for entry in case.submission.document_entries:
        if wanted & ~visibility_of(entry.confidentiality_code):
            sentence = (
                f"confidentialityCode of {entry.entry_uuid} lets legal representatives see it in a secret connection; "
                f"expected {Visibility.INVISIBLE_REPRESENTANTS_LEGAUX.name} [DMP-SECRET]"
            )
            yield errors.error(errors.DMPAccessDeniedByRightsService, sentence, entry.entry_uuid)


def denied(decided: Deny, location: str = "") -> RegistryError:
    """A decision against the caller, as an error of the transaction."""
    row = errors.XDSPatientIdDoesNotMatch if decided.rule == OTHER_PATIENT else errors.DMPAccessDeniedByRightsService
    return errors.error(row, f"{decided.reason} ({decided.reason_fr}) [{decided.rule}]", location)
