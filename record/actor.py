"""The keeper of records: its verbs, and what it is given. [DMP: TD0.2 … TD1.6]

Each verb works within a unit of work that its caller opened: *returning commits, refusing rolls back*. Whether the caller may ask at all
has been decided before, by ``access``; a verb takes the mandate for what it says of caller and record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from access.caller import Identity
from access.mandate import Mandate, RecordState
from record import authorising, consulting, lifecycle
from record.facts import RecordWork, day_of, state_of
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
from sql.database import Conflict
from xds.domain import AffinityDomain
from xds.hl7v2 import DTM


@dataclass(frozen=True, slots=True)
class PatientRecords:
    """The records of one affinity domain. ``clock`` tells UTC, ``new_uuid`` a fresh ``urn:uuid:…``."""

    domain: AffinityDomain
    clock: Callable[[], datetime]
    new_uuid: Callable[[], str]

    def consult(self, query: DemographicsQuery, work: RecordWork, mandate: Mandate) -> DemographicsResponse:
        """[TD0.2], [TD1.3a] Whether a record is there, what it tells of the person, and what the caller is authorised to."""
        now = self.clock()
        return consulting.consult(query, work, mandate, policy=self.domain.records, now=now, stamp=self._stamp(now))

    def find_candidates(self, query: CandidatesQuery, work: RecordWork, _mandate: Mandate) -> CandidatesResponse:
        """[TD0.5] People who have some traits."""
        return consulting.find_candidates(query, work, stamp=self._stamp(self.clock()))

    def register(self, request: Registration, work: RecordWork, mandate: Mandate) -> RegistrationResponse:
        """[TD1.1], [TD1.2], [TD1.3b], [TD1.4] Creates, reopens, changes or closes. Raises sql.Conflict: do it again."""
        now = self.clock()
        record, problems = lifecycle.register(request, work, mandate, domain=self.domain, now=now)
        return RegistrationResponse(request=request, stamp=self._stamp(now), record=record, problems=problems)

    def set_authorization(self, request: SetAuthorization, work: RecordWork, mandate: Mandate) -> AuthorizationSet:
        """[TD0.3] An authorisation declared, removed, blocked; médecin traitant. Raises sql.Conflict: do it again."""
        return authorising.set_authorization(request, work, mandate, policy=self.domain.records, now=self.clock())

    def list_authorizations(
        self, request: ListAuthorizations, work: RecordWork, mandate: Mandate
    ) -> AuthorizationsListed:
        """[TD1.6] Who is authorised on a record, and who is blocked."""
        return consulting.list_authorizations(request, work, mandate, policy=self.domain.records, now=self.clock())

    def list_patients(self, request: ListPatients, work: RecordWork, mandate: Mandate) -> PatientsListed:
        """[TD0.4] The records on which the caller is authorised."""
        return consulting.list_patients(request, work, mandate, policy=self.domain.records, now=self.clock())

    def open_by_document(self, patient: Identity, work: RecordWork, mandate: Mandate) -> None:
        """Opens the record of a patient whose first document is being registered. Raises sql.Conflict, NeedsTransaction.

        Does nothing where a record is there, or the domain opens none so. [RecordPolicy]
        """
        records, now = self.domain.records, self.clock()
        if not (records.managed and records.opened_by_first_document) or mandate.standing.state is not RecordState.NONE:
            return
        record = work.lock(patient).record
        if record is not None:
            if state_of(record, day_of(now.astimezone(UTC).date()), records) is not RecordState.NONE:
                raise Conflict("the record has been opened, closed or opposed meanwhile")
            work.drop(record)
        work.save(lifecycle.open_by_document(patient, DTM.at(now).start))

    def _stamp(self, now: datetime) -> Stamp:
        return Stamp(self.new_uuid(), DTM.at(now).start, self.domain.repository_unique_id)
