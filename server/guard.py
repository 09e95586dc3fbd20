"""Who may: every verb with its standing, its decision, and its line of the journal, in one unit of work. [DMP: droits, traces]

A change: the assertion is used up, the standing gathered, the decision taken, the act done and its line written together, or not at
all. Then a refusal has a line of its own, since what it tells was rolled back. A look changes nothing: it is done first, and its line
must be durable before the answer leaves. Where the domain asks nobody who they are and no audit repository listens, a verb is done
as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from access import decision
from access.assertion import AssertionRefused
from access.mandate import Action, Deny, Mandate, Permit, RecordState, Standing, anybody
from access.sight import Sight
from audit.store import assertions
from record.actor import PatientRecords
from record.store.standing import fetch_standing
from record.store.work import SQLRecordWork
from registry import rights
from registry.store.seen import find_patient
from server.scribe import Scribe
from server.visit import Errand, Use, Visit
from sql.database import Database, NeedsTransaction, Work
from xds.domain import AffinityDomain

T = TypeVar("T")

REPLAYED = "VIHF-REPLAYED"
_NOTHING = Permit(Sight(own_only=True))
_OTHER_PATIENT = Deny(
    rights.OTHER_PATIENT,
    "The patient of the request is not that of the assertion; expected the patient of its resource-id, with the same authority.",
    "Le patient de la requête n'est pas celui de l'assertion ; attendu : celui de son resource-id, avec la même autorité.",
)
_FEEDS = (Action.SUBMIT, Action.REPLACE)


class Guard:
    """The guard of one process. ``is_audited``: lines are also meant for an audit repository."""

    def __init__(
        self, domain: AffinityDomain, database: Database, clock: Callable[[], datetime], *, is_audited: bool = False
    ) -> None:
        self._domain = domain
        self._database = database
        self._clock = clock
        self._is_audited = is_audited
        self._anybody = anybody(domain)
        self._scribe = Scribe(domain, clock, is_audited=is_audited)
        self._records = PatientRecords(domain, clock, lambda: "")

    def change(
        self,
        visit: Visit,
        errand: Errand,
        act: Callable[[Work, Mandate], T],
        refuse: Callable[[Deny], T],
        refusal_of: Callable[[T], str],
        *,
        may_be_single: bool = False,
    ) -> T:
        """Does what writes. ``refusal_of``: the codes of an answer that refuses, which rolls back; empty where it does not.

        *Raises* AssertionRefused for an assertion that has been used; Busy, Unavailable, Undecided, StorageFailure.
        """
        settle = self._database.settle
        if visit.caller is None and not self._is_audited:
            return settle(
                lambda work: act(work, self._anybody),
                lambda answer: bool(refusal_of(answer)),
                may_be_single=may_be_single,
            )
        standing = Standing()

        def judge(work: Work) -> T:
            nonlocal standing
            mandate = self._gather(work, visit, errand)
            standing = mandate.standing
            action, decided = _decide(mandate, errand.actions)
            if isinstance(decided, Deny):
                return refuse(decided)
            _use_up(work, visit.use)
            if work.is_single:
                self._open_record(work, errand, action, mandate)
                self._scribe.write(work, visit, errand, action, standing)
                answer = act(work, mandate)
                if not (work.is_concluded or refusal_of(answer)):
                    raise NeedsTransaction  # a repetition: nothing is written, but for the line
                return answer
            self._hold_patient(work, errand, action, mandate)
            answer = act(work, mandate)
            if not refusal_of(answer):
                self._open_record(work, errand, action, mandate)
                self._scribe.write(work, visit, errand, action, standing)
            return answer

        answer = settle(judge, lambda answer: bool(refusal_of(answer)), may_be_single=may_be_single)
        if codes := refusal_of(answer):
            self._note(visit, errand, errand.actions[0], standing, codes)
        return answer

    def look(
        self,
        visit: Visit,
        errand: Errand,
        act: Callable[[Work, Mandate, Permit], T],
        refuse: Callable[[Deny], T],
        refusal_of: Callable[[T], str],
        given_by: Callable[[T], tuple[str, ...]] | None = None,
    ) -> T:
        """Does what reads; ``given_by``: of the objects asked for those that the answer gives. *Raises* as ``change`` does."""
        with self._database.read() as work:
            if visit.caller is None and not self._is_audited:
                return act(work, self._anybody, Permit())
            mandate = self._gather(work, visit, errand)
            action, decided = _decide(mandate, errand.actions)
            if _is_of_another(visit, errand):
                answer = refuse(_OTHER_PATIENT)
            elif isinstance(decided, Permit):
                answer = act(work, mandate, decided)
            elif action in decision.CONSULTATION and _names_nobody(visit, errand):
                # Whether there is such an object, of whomever, is not told either.
                answer = act(work, mandate, _NOTHING)
            else:
                answer = refuse(decided)
        given = given_by(answer) if given_by is not None else None
        self._note(visit, errand, action, mandate.standing, refusal_of(answer), given)
        return answer

    def note_refused_assertion(self, visit: Visit, transaction: str, rule: str) -> None:
        """A line about a request whose caller is not known, or not believed."""

        def write(work: Work) -> None:
            self._scribe.write_refused_assertion(work, visit, transaction, rule)
            if work.is_single:
                work.conclude_joined()

        self._database.settle(write, lambda _: False, may_be_single=True)

    def forget_used(self, now: int) -> int:
        """Forgets assertions that are past anyhow; tells how many."""
        return self._database.settle(lambda work: assertions.forget(work, now), lambda _: False)

    def _gather(self, work: Work, visit: Visit, errand: Errand) -> Mandate:
        if visit.caller is None:
            return self._anybody
        patient = visit.caller.patient or errand.patient
        if patient is None and (errand.objects or errand.named):
            patient = find_patient(work, errand.objects or errand.named)
        if patient is None:
            return Mandate(visit.caller, Standing(), self._domain)
        today = self._clock().date()
        return Mandate(
            visit.caller, fetch_standing(work, patient, visit.caller, today, self._domain.records), self._domain
        )

    def _opens_record(self, action: Action, mandate: Mandate) -> bool:
        """Whether a caller feeds a record that is not there yet, and need not be."""
        records = self._domain.records
        is_first = action in _FEEDS and mandate.standing.state is RecordState.NONE
        return mandate.caller is not None and is_first and records.managed and records.opened_by_first_document

    def _hold_patient(self, work: Work, errand: Errand, action: Action, mandate: Mandate) -> None:
        """Before the first document: registering shares the patient with others, and of many who share none can have them alone."""
        if errand.patient is not None and self._opens_record(action, mandate):
            records = SQLRecordWork(work)
            if not self._domain.patients_known_beforehand:
                records.add_patient(errand.patient)
            records.lock(errand.patient)

    def _open_record(self, work: Work, errand: Errand, action: Action, mandate: Mandate) -> None:
        """The first document of a patient opens the record."""
        if errand.patient is not None and self._opens_record(action, mandate):
            if work.is_single:
                raise NeedsTransaction
            self._records.open_by_document(errand.patient, SQLRecordWork(work), mandate)

    def _note(
        self,
        visit: Visit,
        errand: Errand,
        action: Action,
        standing: Standing,
        codes: str,
        given: tuple[str, ...] | None = None,
    ) -> None:

        def write(work: Work) -> None:
            _use_up(work, visit.use)
            self._scribe.write(work, visit, errand, action, standing, codes, given or ())
            if work.is_single:
                work.conclude_joined()

        self._database.settle(write, lambda _: False, may_be_single=True)


def _decide(mandate: Mandate, actions: tuple[Action, ...]) -> tuple[Action, Permit | Deny]:
    """The first action that is permitted, else the refusal of the first."""
    first = decision.decide(mandate, actions[0])
    if isinstance(first, Permit):
        return actions[0], first
    others = ((action, decision.decide(mandate, action)) for action in actions[1:])
    return next((each for each in others if isinstance(each[1], Permit)), (actions[0], first))


def _is_of_another(visit: Visit, errand: Errand) -> bool:
    """The request names another patient than the assertion. [DMP: RG_3010]"""
    caller = visit.caller
    return caller is not None and None not in (caller.patient, errand.patient) and caller.patient != errand.patient


def _names_nobody(visit: Visit, errand: Errand) -> bool:
    """Neither request nor assertion names a patient: documents are asked for by their ids."""
    return visit.caller is not None and visit.caller.patient is None and errand.patient is None


def _use_up(work: Work, use: Use | None) -> None:
    """An assertion serves once, whichever process it comes to. *Raises* AssertionRefused."""
    if use is not None and not assertions.use_up(work, *use):
        raise AssertionRefused(
            REPLAYED,
            "wsse:FailedCheck",
            "the assertion has been used already; expected a new one, with an ID of its own, for each request",
            "l'assertion a déjà servi ; il en faut une nouvelle, avec son propre ID, pour chaque requête",
        )
