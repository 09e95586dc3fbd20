"""A keeper of records at work over one real database, for one invented patient: what tests of the room speak with."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from access.caller import AccessMode, AuthenticationMode, Caller, Identity, Role
from access.mandate import Mandate, Standing
from ins.matricule import Matricule
from record.actor import PatientRecords
from record.facts import Closing, Search
from record.messages import (
    AuthorizationSet,
    AuthorizationsListed,
    CandidatesQuery,
    CandidatesResponse,
    DemographicsQuery,
    DemographicsResponse,
    Header,
    ListAuthorizations,
    ListPatients,
    Named,
    Observation,
    PatientsListed,
    Reason,
    Registration,
    RegistrationResponse,
    SetAuthorization,
)
from record.person import Address, Person, Representative, Telecom
from record.store.standing import fetch_standing
from record.store.work import SQLRecordWork
from registry.facts import PatientIdentity
from registry.store import writing as registry_writing
from sql.database import Database, Work
from tests.samples import INS_TEST_AUTHORITY, fresh_oid, fresh_uuid
from xds.domain import AffinityDomain, AssigningAuthority, Bite, RecordPolicy
from xds.messages import InstanceIdentifier

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
DOCTOR = Role("10", "1.2.250.1.71.1.2.7", "Médecin")
NURSE = Role("60", "1.2.250.1.71.1.2.7", "Infirmier")
GENERAL = Role("SM26", "1.2.250.1.71.4.2.5", "Qualifié en Médecine Générale (SM)")
PATIENT = Role("EXP_PATIENT", "1.2.250.1.213.1.1.4.6", "Patient")
SECRETARIAT = Role("SECRETARIAT_MEDICAL", "1.2.250.1.213.1.1.4.6", "Secrétariat médical")
MOTHER = Role("MTH", "2.16.840.1.113883.5.111", "Mère")
NIA = "1.2.250.1.213.1.4.9"


def a_matricule() -> str:
    """A matricule of nobody, that no other test has; not from ``random``, which hypothesis starts again for each example."""
    digits = f"{uuid.uuid4().int % 10**8:08d}"
    return Matricule.of_number(f"2{digits[:2]}0599{digits[2:]}")


def a_person(**changes: Any) -> Person:
    """An invented person, all told."""
    told: dict[str, Any] = {
        "birth_family": "LENOIR-DÉA",
        "used_family": "PETIT",
        "given": "ÉLOÏSE",
        "given_names": "ÉLOÏSE MARIE",
        "civility": "MME",
        "sex": "F",
        "birth_date": "19840517",
        "birthplace": "63220",
        "birth_town": "MAURIAC-SUR-LAC",
        "address": Address(("12 rue du Moulin", "Bâtiment <B>"), "Résidence & Cie", "63000", "Clermont", "France"),
        "telecoms": (Telecom("tel:0400000000", "HP"), Telecom("mailto:eloise@example.org")),
    }
    return Person(**told | changes)


def a_representative(**changes: Any) -> Representative:
    """A mother of nobody."""
    told: dict[str, Any] = {
        "relationship": "MTH",
        "system": "2.16.840.1.113883.5.111",
        "family": "PETIT",
        "given": "Anne",
        "telecoms": (Telecom("tel:0600000000", "MC"),),
    }
    return Representative(**told | changes)


def a_domain(**records: Any) -> AffinityDomain:
    """A community of the French kind, whose records are managed."""
    return AffinityDomain(
        name="test",
        title="records under test",
        repository_unique_id="2.25.7",
        home_community_id="urn:oid:2.25.8",
        authorities=(
            AssigningAuthority(INS_TEST_AUTHORITY, "INS-NIR test", True, True, Bite.ERROR, Bite.ERROR),
            AssigningAuthority(NIA, "INS-NIA", True, False, Bite.ERROR, Bite.ERROR),
        ),
        patients_known_beforehand=False,
        cx_type_code="NH",
        records=RecordPolicy(managed=True, **records),
    )


@dataclass
class Desk:
    """One patient, and the verbs with whoever asks; ``now`` is what the actor's clock shows."""

    database: Database
    domain: AffinityDomain = field(default_factory=a_domain)
    now: datetime = NOW
    patient: Identity = field(default_factory=lambda: (a_matricule(), INS_TEST_AUTHORITY))

    @property
    def actor(self) -> PatientRecords:
        return PatientRecords(self.domain, lambda: self.now, fresh_uuid)

    def doctor(self, person_id: str = "", **changes: Any) -> Caller:
        """A doctor with a card."""
        return self._caller(person_id or f"8{uuid.uuid4().int % 10**11:011d}", DOCTOR, specialty=GENERAL, **changes)

    def nurse(self, **changes: Any) -> Caller:
        return self._caller(f"8{uuid.uuid4().int % 10**11:011d}", NURSE, **changes)

    def secretary(self, structure_id: str) -> Caller:
        """A CPE card: an employee of a structure."""
        return self._caller(f"3{structure_id}/7", SECRETARIAT, structure_id=structure_id)

    def himself(self) -> Caller:
        """The patient, through a portal."""
        return self._caller(self.patient[0], PATIENT)

    def mother(self) -> Caller:
        return self._caller(a_matricule(), MOTHER)

    def _caller(self, person_id: str, role: Role | None, **changes: Any) -> Caller:
        told: dict[str, Any] = {
            "assertion_id": fresh_uuid(),
            "issuer": "CN=test",
            "person_id": person_id,
            "person_name": "BRUN Camille",
            "structure_id": "",
            "profession": role,
            "authentication": AuthenticationMode.DIRECT,
            "access_mode": AccessMode.NORMAL,
            "patient": self.patient,
        }
        return Caller(**told | changes)

    def standing(self, caller: Caller | None = None) -> Standing:
        """As the guard would fetch it."""
        with self.database.read() as work:
            return self._standing(work, caller)

    def mandate(self, caller: Caller | None) -> Mandate:
        return Mandate(caller, self.standing(caller), self.domain)

    def _standing(self, work: Work, caller: Caller | None) -> Standing:
        return fetch_standing(work, self.patient, caller, self.now.date(), self.domain.records)

    def _given(self, work: Work, caller: Caller | None) -> tuple[SQLRecordWork, Mandate]:
        """What a verb is given beside its request, in one unit of work."""
        return SQLRecordWork(work), Mandate(caller, self._standing(work, caller), self.domain)

    def _tell(self, verb: Callable[..., T], request: object, caller: Caller | None) -> T:
        with self.database.read() as work:
            return verb(request, *self._given(work, caller))

    def _do(self, verb: Callable[..., Any], request: object, caller: Caller | None) -> Any:
        return self.database.settle(
            lambda work: verb(request, *self._given(work, caller)), lambda answer: bool(answer.is_refusal)
        )

    def register(self, caller: Caller | None, reason: Reason, **told: Any) -> RegistrationResponse:
        """TD1.1, TD1.2, TD1.3b, TD1.4."""
        told.setdefault("patient", self.patient)
        if "person" in told:
            told.setdefault("has_representatives", bool(told["person"].representatives))
        request = Registration(header=Header(), reason=reason, **told)
        return self._do(self.actor.register, request, caller)

    def create(self, caller: Caller | None = None, **told: Any) -> RegistrationResponse:
        """TD1.1 as it is accepted."""
        told.setdefault("person", a_person())
        observations: Mapping[Observation, bool] = told.pop("observations", {})
        consent = {Observation.CONSENTS_TO_OPENING: True, **observations}
        return self.register(caller or self.doctor(), Reason.CREATE, observations=consent, **told)

    def close(self, caller: Caller | None = None, **told: Any) -> RegistrationResponse:
        """TD1.4 as it is accepted."""
        told.setdefault("closing", Closing("FERMETURE_DEMANDE_PATIENT", "1.2.250.1.213.4.1.2.4", "à sa demande"))
        told.setdefault("status_code", "terminated")
        return self.register(caller or self.doctor(), Reason.CLOSE, **told)

    def reopen(self, caller: Caller | None = None) -> RegistrationResponse:
        """TD1.2 as it is accepted."""
        observations = {Observation.CONSENTS_TO_REOPENING: True}
        return self.register(caller or self.doctor(), Reason.REOPEN, observations=observations)

    def oppose(self, caller: Caller | None = None, *, opposes: bool = True) -> RegistrationResponse:
        """The patient wants no record, or no longer says so."""
        observations = {Observation.OPPOSES_RECORD: opposes}
        return self.register(caller or self.himself(), Reason.CHANGE, observations=observations)

    def authorise(
        self, caller: Caller | None, word: str = "AJOUT", role: str = "", holder: Named | None = None
    ) -> AuthorizationSet:
        """TD0.3."""
        request = SetAuthorization(word=word, role=role, holder=holder)
        return self._do(self.actor.set_authorization, request, caller)

    def ask(self, caller: Caller | None, reason: Reason = Reason.EXISTENCE, **told: Any) -> DemographicsResponse:
        """TD0.2, TD1.3a."""
        told.setdefault("patient", self.patient)
        query = DemographicsQuery(header=Header(), reason=reason, **told)
        return self._tell(self.actor.consult, query, caller)

    def search(self, **traits: str) -> CandidatesResponse:
        """TD0.5."""
        query = CandidatesQuery(header=Header(), search=Search(**traits))
        return self._tell(self.actor.find_candidates, query, self.doctor())

    def authorised(self, caller: Caller, mode: str = "TOUTE") -> AuthorizationsListed:
        """TD1.6."""
        return self._tell(self.actor.list_authorizations, ListAuthorizations(mode), caller)

    def listed(self, caller: Caller | None, **told: str) -> PatientsListed:
        """TD0.4."""
        return self._tell(self.actor.list_patients, ListPatients(**told), caller)

    def merge(self, subsumed: Identity, survivor: Identity) -> None:
        """As the feed does."""
        with self.database.write() as work:
            for identity in (subsumed, survivor):
                registry_writing.add_patient(work, PatientIdentity(*identity))
            registry_writing.merge_patients(work, PatientIdentity(*subsumed), PatientIdentity(*survivor))

    def other(self, **changes: Any) -> Desk:
        """Another patient of the same community."""
        changed = dataclasses.replace(self, patient=(a_matricule(), INS_TEST_AUTHORITY))
        return dataclasses.replace(changed, **changes)


def device() -> InstanceIdentifier:
    """Some software."""
    return InstanceIdentifier(fresh_oid(), "lps")
