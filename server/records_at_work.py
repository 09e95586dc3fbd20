"""The verbs on patients' records and their journal, each behind the guard. [DMP: TD0.2 … TD1.6, traces]"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, TypeVar

from access.caller import Identity
from access.mandate import Action, Deny, Mandate, Permit
from audit.store import journal
from audit.view import seen_by
from audit.wire import JournalRequest, JournalRow, rows_of
from record.actor import PatientRecords
from record.messages import (
    AuthorizationSet,
    AuthorizationsListed,
    CandidatesQuery,
    CandidatesResponse,
    DemographicsQuery,
    DemographicsResponse,
    ListAuthorizations,
    ListPatients,
    PatientsListed,
    Registration,
    RegistrationResponse,
    SetAuthorization,
    Stamp,
)
from record.rules import Problems, Rule
from record.store.work import SQLRecordWork
from registry.store.seen import find_hidden_names
from server.guard import Guard
from server.visit import Errand, Visit
from soap.faults import Code, SOAPFault
from sql.database import Work
from xds.errors import DMPAccessDeniedByRightsService
from xds.hl7v2 import DTM


class _Asked(Protocol):
    @property
    def action(self) -> Action: ...

    @property
    def patient(self) -> Identity | None: ...


class _Told(Protocol):
    @property
    def problems(self) -> Problems: ...


Told = TypeVar("Told", bound=_Told)


class RecordsAtWork:
    """The keeper's verbs, each in a unit of work of its own: returning commits, refusing rolls back."""

    def __init__(self, records: PatientRecords, guard: Guard) -> None:
        self._records = records
        self._guard = guard

    def consult(self, request: DemographicsQuery, visit: Visit) -> DemographicsResponse:
        """[TD0.2], [TD1.3a] *Raises* AssertionRefused, Busy, Unavailable."""
        return self._look(
            visit,
            request,
            lambda work, mandate: self._records.consult(request, work, mandate),
            lambda problems: DemographicsResponse(query=request, stamp=self._stamp(), problems=problems),
        )

    def find_candidates(self, request: CandidatesQuery, visit: Visit) -> CandidatesResponse:
        """[TD0.5] *Raises* as ``consult`` does."""
        return self._look(
            visit,
            request,
            lambda work, mandate: self._records.find_candidates(request, work, mandate),
            lambda problems: CandidatesResponse(query=request, stamp=self._stamp(), problems=problems),
        )

    def list_authorizations(self, request: ListAuthorizations, visit: Visit) -> AuthorizationsListed:
        """[TD1.6] *Raises* as ``consult`` does."""
        return self._look(
            visit,
            request,
            lambda work, mandate: self._records.list_authorizations(request, work, mandate),
            lambda problems: AuthorizationsListed(problems=problems),
        )

    def list_patients(self, request: ListPatients, visit: Visit) -> PatientsListed:
        """[TD0.4] *Raises* as ``consult`` does."""
        return self._look(
            visit,
            request,
            lambda work, mandate: self._records.list_patients(request, work, mandate),
            lambda problems: PatientsListed(problems=problems),
        )

    def register(self, request: Registration, visit: Visit) -> RegistrationResponse:
        """[TD1.1], [TD1.2], [TD1.3b], [TD1.4] *Raises* AssertionRefused, Busy, Unavailable, StorageFailure."""
        return self._change(
            visit,
            request,
            lambda work, mandate: self._records.register(request, work, mandate),
            lambda problems: RegistrationResponse(request=request, stamp=self._stamp(), record=None, problems=problems),
        )

    def set_authorization(self, request: SetAuthorization, visit: Visit) -> AuthorizationSet:
        """[TD0.3] *Raises* as ``register`` does."""
        return self._change(
            visit,
            request,
            lambda work, mandate: self._records.set_authorization(request, work, mandate),
            lambda problems: AuthorizationSet(problems=problems),
        )

    def read_journal(self, request: JournalRequest, visit: Visit) -> tuple[JournalRow, ...]:
        """The journal as the caller may see it. *Raises* SOAPFault: denied; and as ``consult`` does."""

        def act(work: Work, mandate: Mandate, permit: Permit) -> tuple[JournalRow, ...] | Deny:
            person = mandate.caller.person_id if mandate.caller is not None and permit.reach is not None else None
            patient = mandate.standing.patient or request.patient
            lines = journal.find_lines(work, patient, limit=request.limit, before=request.before, person_id=person)
            hidden = find_hidden_names(work, (name for line in lines for name in line.objects), permit.sight)
            return rows_of(seen_by(lines, hidden.__contains__))

        errand = Errand(transaction="journal", actions=(Action.READ_JOURNAL,), patient=request.patient)
        found = self._guard.look(
            visit, errand, act, lambda deny: deny, lambda answer: answer.rule if isinstance(answer, Deny) else ""
        )
        if isinstance(found, Deny):
            raise SOAPFault(
                Code.SENDER,
                f"{found.reason} [{found.rule}]",
                subcode=f"soap:{DMPAccessDeniedByRightsService.code}",
                reason_fr=f"{found.reason_fr} [{found.rule}]",
            )
        return found

    def _look(
        self,
        visit: Visit,
        request: _Asked,
        act: Callable[[SQLRecordWork, Mandate], Told],
        refuse: Callable[[Problems], Told],
    ) -> Told:
        return self._guard.look(
            visit,
            _errand(request),
            lambda work, mandate, _permit: act(SQLRecordWork(work), mandate),
            lambda deny: refuse((rule_of(deny),)),
            _codes_of,
        )

    def _change(
        self,
        visit: Visit,
        request: _Asked,
        act: Callable[[SQLRecordWork, Mandate], Told],
        refuse: Callable[[Problems], Told],
    ) -> Told:
        return self._guard.change(
            visit,
            _errand(request),
            lambda work, mandate: act(SQLRecordWork(work), mandate),
            lambda deny: refuse((rule_of(deny),)),
            _codes_of,
        )

    def _stamp(self) -> Stamp:
        now = DTM.at(self._records.clock()).start
        return Stamp(self._records.new_uuid(), now, self._records.domain.repository_unique_id)


def rule_of(deny: Deny) -> Rule:
    """A decision against the caller, as the answers about records tell it."""
    return Rule(
        deny.rule, DMPAccessDeniedByRightsService.code, deny.reason, deny.reason_fr, "DMP: droits fonctionnels", "", ""
    )


def _errand(request: _Asked) -> Errand:
    """The transaction is what stands before the blank of an action: TD0.3 of TD0.3 add."""
    return Errand(
        transaction=request.action.value.partition(" ")[0], actions=(request.action,), patient=request.patient
    )


def _codes_of(answer: _Told) -> str:
    return " ".join(dict.fromkeys(rule.rule for rule in answer.problems))
