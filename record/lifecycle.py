"""[TD1.1], [TD1.2], [TD1.3b], [TD1.4] A record created, changed, closed, reopened, opposed: gather, judge, apply. [DMP: TD1.x]

The one table of a record's life is ``STEPS``; the judge is pure and tells everything that is wrong at once.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any

from access.caller import Identity
from access.mandate import Mandate, RecordState
from record import rules, traits
from record.facts import Closing, Place, Record, RecordWork, day_of, state_of
from record.messages import (
    OPPOSITION_CLOSING,
    OWN_CODES,
    PATIENT_ALONE,
    Observation,
    Reason,
    Registration,
)
from record.person import NOBODY_KNOWN, Person
from record.rules import Problems, Rule
from xds.domain import AffinityDomain
from xds.hl7v2 import DTM

REASON_LENGTH_MAX = 1000


class Act(Enum):
    """What a message does to a record's life."""

    CREATE = "create"
    REOPEN = "reopen"
    CHANGE = "change"
    CLOSE = "close"
    OPPOSE = "oppose"
    WITHDRAW = "withdraw an opposition"


_NONE, _ACTIVE, _CLOSED, _OPPOSED = RecordState.NONE, RecordState.ACTIVE, RecordState.CLOSED, RecordState.OPPOSED

STEPS: Mapping[tuple[Act, RecordState], RecordState | Rule] = {
    (Act.CREATE, _NONE): _ACTIVE,
    (Act.CREATE, _ACTIVE): rules.EXISTS,
    (Act.CREATE, _CLOSED): rules.IS_CLOSED,
    (Act.CREATE, _OPPOSED): rules.OPPOSED,
    (Act.REOPEN, _NONE): rules.NOT_FOUND,
    (Act.REOPEN, _ACTIVE): rules.IS_ACTIVE,
    (Act.REOPEN, _CLOSED): _ACTIVE,
    (Act.REOPEN, _OPPOSED): rules.OPPOSED,
    (Act.CHANGE, _NONE): rules.NOT_FOUND,
    (Act.CHANGE, _ACTIVE): _ACTIVE,
    (Act.CHANGE, _CLOSED): rules.IS_CLOSED,
    (Act.CHANGE, _OPPOSED): rules.OPPOSED,
    (Act.CLOSE, _NONE): rules.NOT_FOUND,
    (Act.CLOSE, _ACTIVE): _CLOSED,
    (Act.CLOSE, _CLOSED): rules.IS_CLOSED,
    (Act.CLOSE, _OPPOSED): rules.OPPOSED,
    (Act.OPPOSE, _NONE): _OPPOSED,
    (Act.OPPOSE, _ACTIVE): _OPPOSED,
    (Act.OPPOSE, _CLOSED): _OPPOSED,
    (Act.OPPOSE, _OPPOSED): _OPPOSED,
    # Who has had a record finds it closed again, and can have it reopened.
    (Act.WITHDRAW, _OPPOSED): _CLOSED,
    (Act.WITHDRAW, _NONE): _NONE,
    (Act.WITHDRAW, _ACTIVE): _ACTIVE,
    (Act.WITHDRAW, _CLOSED): _CLOSED,
}
"""What becomes of a record, or the rule that stands against it."""

_ACTS = {
    Reason.CREATE: Act.CREATE,
    Reason.REOPEN: Act.REOPEN,
    Reason.CHANGE: Act.CHANGE,
    Reason.CLOSE: Act.CLOSE,
}
_CONSENTS = {Act.CREATE: Observation.CONSENTS_TO_OPENING, Act.REOPEN: Observation.CONSENTS_TO_REOPENING}
_FLAGS = {
    Observation.OPPOSES_BREAK_GLASS: "opposes_break_glass",
    Observation.OPPOSES_REGULATION: "opposes_regulation",
    Observation.HAS_ACCOUNT: "has_account",
    Observation.IS_ATTACHED: "is_attached",
    Observation.SHOWS_MASKED: "shows_masked_in_emergency",
}


@dataclass(frozen=True, slots=True)
class Case:
    """All that a judgement depends on.

    ``place``: as found. ``record`` is None where there is none; one that is past keeping is ``expired``.
    """

    request: Registration
    patient: Identity | None
    place: Place
    record: Record | None
    state: RecordState
    mandate: Mandate
    now: datetime
    expired: Record | None = None

    @property
    def act(self) -> Act:
        """What the message does."""
        opposes = self.request.opposes
        if opposes is not None:
            return Act.OPPOSE if opposes else Act.WITHDRAW
        return _ACTS[self.request.reason]

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()


def register(
    request: Registration, work: RecordWork, mandate: Mandate, *, domain: AffinityDomain, now: datetime
) -> tuple[Record | None, Problems]:
    """Does what a message says, or tells what is wrong with it. Raises sql.Conflict: do it again."""
    case = gather(request, work, mandate, domain, now)
    problems = tuple(dict.fromkeys(judge(case, domain)))
    if problems or case.patient is None:
        return None, problems
    return apply(case, case.patient, work), ()


def gather(request: Registration, work: RecordWork, mandate: Mandate, domain: AffinityDomain, now: datetime) -> Case:
    """The record as it stands, locked until the work ends."""
    asked = traits.patient_of(request.patient, mandate)
    place = work.lock(asked) if asked is not None else Place()
    state = state_of(place.record, day_of(now.astimezone(UTC).date()), domain.records)
    kept, expired = (None, place.record) if state is _NONE else (place.record, None)
    return Case(request, place.patient or asked, place, kept, state, mandate, now, expired)


def judge(case: Case, domain: AffinityDomain) -> Iterator[Rule]:
    """Everything that stands against the request."""
    request, act = case.request, case.act
    yield from traits.judge_patient(request.patient, case.mandate, case.place)
    if case.patient is not None and act in (Act.CREATE, Act.OPPOSE):
        yield from traits.judge_identity(case.patient, domain)
        if domain.patients_known_beforehand and not case.place.identities:
            yield rules.NOT_ANNOUNCED
    step = STEPS[act, case.state]
    if isinstance(step, Rule):
        yield step
    is_patient = traits.speaks_for_patient(case.mandate.caller)
    if not is_patient and (act in (Act.OPPOSE, Act.WITHDRAW) or PATIENT_ALONE & request.observations.keys()):
        yield rules.PATIENT_ACT
    if not is_patient and act in (Act.CHANGE, Act.CLOSE) and case.record is not None and case.record.is_attached:
        yield rules.ATTACHED
    if act in _CONSENTS and not request.observations.get(_CONSENTS[act]):
        yield rules.CONSENT
    if act is Act.CREATE:
        yield from traits.judge_new_person(request.person)
    yield from traits.judge_person(request.person, case.today)
    if request.reason is Reason.CLOSE:
        if request.status_code != RecordState.CLOSED or not request.closing.code:
            yield rules.CLOSING
        if not traits.is_code(request.closing.code, request.closing.system):
            yield rules.CODES
        if any(len(text) > REASON_LENGTH_MAX for text in request.closing):
            yield rules.TOO_LONG


def apply(case: Case, patient: Identity, work: RecordWork) -> Record | None:
    """Keeps what the record has become; None where nothing is kept any longer."""
    if not case.place.identities:
        work.add_patient(patient)
    record = case.record
    if case.act is Act.WITHDRAW and (record is None or record.created_at is None):
        if record is not None:
            work.drop(record)
        return None
    if case.expired is not None:
        work.drop(case.expired)
    changed = become(case, patient)
    work.save(changed)
    return changed


def become(case: Case, patient: Identity) -> Record:
    """The record after an act that nothing stands against. Pure."""
    at = DTM.at(case.now).start
    record = case.record or Record(identities=(patient,), state=_NONE, created_at=None, updated_at=at)
    step = STEPS[case.act, case.state]
    assert not isinstance(step, Rule), "judged before"
    changed = dataclasses.replace(record, state=step, updated_at=at)
    if case.act is Act.OPPOSE:
        return _opposed(changed, record, case, at)
    if case.act is Act.WITHDRAW:
        return changed
    if case.act is Act.CLOSE:
        return dataclasses.replace(changed, closed_at=at, closing=case.request.closing)
    told: dict[str, Any] = {_FLAGS[each]: value for each, value in case.request.observations.items() if each in _FLAGS}
    created_at = at if case.act is Act.CREATE else record.created_at
    person = merge(record.person, case.request)
    return dataclasses.replace(changed, created_at=created_at, closed_at=None, closing=Closing(), person=person, **told)


def _opposed(changed: Record, before: Record, case: Case, at: int) -> Record:
    """Of whom wants no record nothing new is kept; what was kept is as if closed on that day."""
    if before.state is _OPPOSED:
        return before
    text = case.request.closing.text or OPPOSITION_CLOSING
    closed_at = at if before.state is _ACTIVE else before.closed_at
    return dataclasses.replace(changed, closed_at=closed_at, closing=Closing(OPPOSITION_CLOSING, OWN_CODES, text))


def merge(person: Person, request: Registration) -> Person:
    """A person as told before and by a message: what it does not tell stays as it was. Pure."""
    told = {
        each.name: value
        for each in dataclasses.fields(Person)
        if each.name != "representatives" and (value := getattr(request.person, each.name))
    }
    if request.has_representatives:
        told["representatives"] = request.person.representatives
    return dataclasses.replace(person, **told) if told else person


def open_by_document(patient: Identity, at: int) -> Record:
    """The record that a first document opens, of a person of whom nothing but the id is known. [RecordPolicy]"""
    return Record(identities=(patient,), state=_ACTIVE, created_at=at, updated_at=at, person=NOBODY_KNOWN)
