"""[TD0.3] Authorisations declared and removed, médecins traitants, whom the patient allows or blocks: gather, judge, apply. [DMP: TD0.3]

A professional or structure speaks for themselves. A patient, or a legal representative, names whom the word is about, which is our own
form: AJOUT allows (and lifts a block), SUPPRESSION blocks; with the role MEDECIN_TRAITANT one designates, the other takes that back.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from access import roles
from access.caller import AuthenticationMode, Caller, Identity
from access.mandate import Authorisation, Mandate, RecordState
from access.roles import Kind
from access.sight import person_key, structure_key
from record import rules, traits
from record.facts import DAY, Grant, GrantState, RecordWork, Treating, authorisation_of, day_of, state_of
from record.messages import AuthorizationSet, Named, SetAuthorization
from record.rules import Rule
from xds.domain import RecordPolicy
from xds.hl7v2 import DTM

PROFESSIONAL_TYPE = "1.2.250.1.71.4.2.1"
STRUCTURE_TYPE = "1.2.250.1.71.4.2.2"
ROLE = "MEDECIN_TRAITANT"

_MISSING: Mapping[RecordState, Rule] = {
    RecordState.NONE: rules.NOT_FOUND,
    RecordState.OPPOSED: rules.NOT_FOUND,
    RecordState.CLOSED: rules.IS_CLOSED,
}


class Word(StrEnum):
    """What setAuthorization does. [DMP: TD0.3]"""

    ADD = "AJOUT"
    REMOVE = "SUPPRESSION"


class Done(StrEnum):
    """What was done, for a person: the context of DMPOk."""

    ADDED = "authorisation added / autorisation ajoutée"
    PRESENT = "authorisation present already, nothing done / autorisation déjà présente, aucune action effectuée"
    REMOVED = "authorisation removed / autorisation supprimée"
    ABSENT = "no such authorisation, nothing done / autorisation absente, aucune action effectuée"
    TREATING = "médecin traitant added / médecin traitant ajouté"
    NOT_TREATING = (
        "no longer médecin traitant, authorisation kept / n'est plus médecin traitant, autorisation conservée"
    )
    BLOCKED = "blocked by the patient / bloqué par le patient"


@dataclass(frozen=True, slots=True)
class Case:
    """All that a judgement depends on. ``holder``: whose authorisation it is; empty where nobody is named."""

    request: SetAuthorization
    patient: Identity | None
    state: RecordState
    holder: str
    grant: Grant | None
    mandate: Mandate
    now: datetime

    @property
    def is_patients_own(self) -> bool:
        """Whether the patient speaks, of somebody else."""
        return self.mandate.caller is not None and traits.speaks_for_patient(self.mandate.caller)

    @property
    def authorisation(self) -> Authorisation:
        """What the authorisation is worth now."""
        if self.grant is None:
            return Authorisation.NONE
        return authorisation_of(self.grant.state, self.grant.expires_at, DTM.at(self.now).start)


def set_authorization(
    request: SetAuthorization, work: RecordWork, mandate: Mandate, *, policy: RecordPolicy, now: datetime
) -> AuthorizationSet:
    """Does what the request says, or tells what is wrong with it. Raises sql.Conflict: do it again."""
    case = gather(request, work, mandate, policy, now)
    problems = tuple(dict.fromkeys(judge(case)))
    if problems or case.patient is None:
        return AuthorizationSet(problems=problems)
    changed, done = become(case, policy)
    if changed is not None:
        work.save_grant(case.patient, changed)
    return AuthorizationSet(done)


def gather(request: SetAuthorization, work: RecordWork, mandate: Mandate, policy: RecordPolicy, now: datetime) -> Case:
    """The record and the one authorisation as they stand, locked until the work ends."""
    asked = traits.patient_of(None, mandate)
    holder = holder_of(request, mandate.caller)
    if asked is None:
        return Case(request, None, RecordState.NONE, holder, None, mandate, now)
    place = work.lock(asked)
    state = state_of(place.record, day_of(now.astimezone(UTC).date()), policy)
    grants = work.find_grants(place.patient, (holder,)) if place.patient is not None and holder else []
    return Case(request, place.patient or asked, state, holder, worst(grants), mandate, now)


def judge(case: Case) -> Iterator[Rule]:
    """Everything that stands against the request."""
    request, caller = case.request, case.mandate.caller
    if case.patient is None:
        yield rules.PATIENT_MISSING
    if request.word not in tuple(Word) or request.role not in ("", ROLE):
        yield rules.AUTH_ACTION
    if caller is None:
        yield rules.AUTH_CALLER
        return
    if case.state in _MISSING:
        yield _MISSING[case.state]
    if case.is_patients_own:
        if not case.holder:
            yield rules.AUTH_NAMED
        is_block = request.word == Word.REMOVE and not request.role
        if is_block and case.grant is not None and case.grant.treating is Treating.DESIGNATED:
            yield rules.AUTH_TREATING
        if request.word == Word.ADD and request.role and not case.holder.startswith(person_key("")):
            yield rules.AUTH_DOCTOR
        return
    if request.holder is not None:
        yield rules.AUTH_OTHERS
    elif not case.holder:
        yield rules.AUTH_CALLER
    if case.authorisation is Authorisation.FORBIDDEN:
        yield rules.AUTH_FORBIDDEN
    if request.word == Word.ADD and request.role and not _is_doctor(caller):
        yield rules.AUTH_DOCTOR


def become(case: Case, policy: RecordPolicy) -> tuple[Grant | None, Done]:
    """The authorisation after a request that nothing stands against, None where it stays; and what to say of it. Pure."""
    if case.request.word == Word.ADD:
        return _added(case, policy)
    if case.request.role:
        return _no_longer_treating(case)
    if case.is_patients_own:
        grant = dataclasses.replace(_fresh(case, policy), state=GrantState.FORBIDDEN, treating=Treating.NO)
        return dataclasses.replace(grant, expires_at=None), Done.BLOCKED
    if case.grant is None or case.grant.state is GrantState.REMOVED:
        return None, Done.ABSENT
    return dataclasses.replace(case.grant, state=GrantState.REMOVED, treating=Treating.NO), Done.REMOVED


def _added(case: Case, policy: RecordPolicy) -> tuple[Grant | None, Done]:
    grant, role = case.grant, case.request.role
    is_valid = case.authorisation is Authorisation.VALID
    wanted = Treating.NO
    if role:
        wanted = Treating.DESIGNATED if case.is_patients_own else Treating.DECLARED
    if grant is not None and is_valid and wanted <= grant.treating:
        return None, Done.PRESENT
    if grant is not None and is_valid:
        return dataclasses.replace(grant, treating=wanted), Done.TREATING
    return dataclasses.replace(_fresh(case, policy), treating=wanted), Done.TREATING if role else Done.ADDED


def _no_longer_treating(case: Case) -> tuple[Grant | None, Done]:
    if case.grant is None or case.grant.treating is Treating.NO:
        return None, Done.ABSENT
    return dataclasses.replace(case.grant, treating=Treating.NO), Done.NOT_TREATING


def _fresh(case: Case, policy: RecordPolicy) -> Grant:
    """An authorisation from now on; what is known of the holder from before stays where nothing newer is told."""
    at = DTM.at(case.now).start
    last = case.now.astimezone(UTC).date() + timedelta(days=policy.authorisation_days)
    expires_at = day_of(last) * DAY if policy.authorisation_days and not case.is_patients_own else None
    grant = case.grant or Grant(holder=case.holder, state=GrantState.ACTIVE, started_at=at)
    grant = dataclasses.replace(grant, state=GrantState.ACTIVE, started_at=at, expires_at=expires_at)
    caller = case.mandate.caller
    if caller is None or case.is_patients_own:
        return grant
    if case.holder.startswith(structure_key("")):
        return grant
    return dataclasses.replace(grant, name=caller.person_name, profession=caller.profession, specialty=caller.specialty)


def holder_of(request: SetAuthorization, caller: Caller | None) -> str:
    """Whose authorisation a request is about; empty where nobody is named as they should be."""
    if caller is None:
        return ""
    return holder_named(request.holder) if traits.speaks_for_patient(caller) else own_holder(caller)


def holder_named(named: Named | None) -> str:
    """The key of whom a patient names."""
    if named is None or not 0 < len(named.national_id) <= traits.LENGTH_MAX:
        return ""
    keys = {PROFESSIONAL_TYPE: person_key, STRUCTURE_TYPE: structure_key}
    make = keys.get(named.national_id_type)
    return make(named.national_id) if make is not None else ""


def own_holder(caller: Caller) -> str:
    """A professional holds an authorisation in person; whoever else acts for a structure holds that of the structure. [DMP: TD0.3]"""
    kind = roles.kind_of(caller.profession, caller.specialty)
    if caller.authentication is AuthenticationMode.INDIRECT or kind in (Kind.NO_PROFESSIONAL, None):
        return structure_key(caller.structure_id) if caller.structure_id else ""
    return person_key(caller.person_id) if caller.person_id else ""


def holders_of(caller: Caller) -> tuple[str, ...]:
    """Every key whose authorisations count for a caller: their own and that of their structure."""
    person = (person_key(caller.person_id),) if caller.person_id else ()
    return (*person, structure_key(caller.structure_id)) if caller.structure_id else person


def worst(grants: list[Grant]) -> Grant | None:
    """Of the authorisations of one holder on one patient, who was two before a merge: a block counts, then what is active."""
    order = (GrantState.FORBIDDEN, GrantState.ACTIVE, GrantState.REMOVED)
    return min(grants, key=lambda grant: order.index(grant.state), default=None)


def _is_doctor(caller: Caller) -> bool:
    is_doctor = roles.kind_of(caller.profession, caller.specialty) is Kind.DOCTOR
    return is_doctor and own_holder(caller).startswith(person_key(""))
