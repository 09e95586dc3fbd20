"""What is asked of the records and what is answered, one pair of values a message. [DMP: TD0.2 … TD1.6]

Each request tells its ``action``, as the matrix of rights calls it, and its ``patient``, where the message names one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from access.caller import Identity
from access.mandate import Action, Authorisation, RecordState
from record.facts import Closing, Grant, Listed, Record, Search
from record.person import NOBODY_KNOWN, Person
from record.rules import Problems
from xds.messages import NOBODY, InstanceIdentifier


class Reason(StrEnum):
    """reasonCode: what a message is about, since several transactions share one interaction. [ANS: 1.2.250.1.213.1.1.4.11]"""

    EXISTENCE = "TEST_EXST"
    READ = "CNSLT_DATA"
    CREATE = "CREA_RD"
    REOPEN = "REAC"
    CHANGE = "MODIF_DATA"
    CLOSE = "FERM"


_ACTIONS: Mapping[Reason, Action] = {
    Reason.EXISTENCE: Action.SEE_RECORD,
    Reason.READ: Action.READ_RECORD,
    Reason.CREATE: Action.CREATE_RECORD,
    Reason.REOPEN: Action.REOPEN_RECORD,
    Reason.CHANGE: Action.CHANGE_RECORD,
    Reason.CLOSE: Action.CLOSE_RECORD,
}


class Observation(StrEnum):
    """What a message says yes or no to. [DMP: 1.2.250.1.213.4.1.2.3, 1.2.250.1.213.4.1.2.9]"""

    CONSENTS_TO_OPENING = "CONSENTEMENT_OUVERTURE_DMP"
    CONSENTS_TO_REOPENING = "CONSENTEMENT_REACTIVATION_DMP"
    OPPOSES_BREAK_GLASS = "OPPOSITION_BRIS_DE_GLACE"
    OPPOSES_REGULATION = "OPPOSITION_ACCES_URGENCE"
    HAS_ACCOUNT = "COMPTE_INTERNET_OUVERT"
    IS_ATTACHED = "RATTACHEMENT_ENS"
    OPPOSES_RECORD = "OPPOSITION_DMP"
    """Our own: the person wants no record, or no longer says so."""
    SHOWS_MASKED = "ACCORD_MASQUES_URGENCE"
    """Our own: masked documents may be seen in regulation and bris de glace."""


OWN_CODES = "2.25.300725622826969356605815327063771740990"
"""Code system of what the DMP has no public code for: OPPOSITION_DMP, ACCORD_MASQUES_URGENCE, and OPPOSITION_PATIENT as a closing."""

OPPOSITION_CLOSING = "OPPOSITION_PATIENT"
"""Our own: a closing by which the person also says that they want no record."""

PATIENT_ALONE = frozenset(
    {Observation.OPPOSES_RECORD, Observation.SHOWS_MASKED, Observation.IS_ATTACHED, Observation.HAS_ACCOUNT}
)
"""What only the person or a legal representative tells."""


class Header(NamedTuple):
    """Of an HL7 v3 message: its id, and the devices that talk to each other."""

    message_id: InstanceIdentifier = NOBODY
    sender: InstanceIdentifier = NOBODY
    receiver: InstanceIdentifier = NOBODY


class Stamp(NamedTuple):
    """Of an answer: ``message_id`` (``urn:uuid:…``), 14 digits, and the OID of whoever keeps the records."""

    message_id: str
    created_at: int
    custodian: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemographicsQuery:
    """[TD0.2], [TD1.3a] PRPA_IN201307UV02: is there a record, or what does it tell of the person."""

    header: Header
    reason: Reason
    patient: Identity | None
    query_id: InstanceIdentifier = NOBODY

    @property
    def action(self) -> Action:
        """TD0.2 or TD1.3a."""
        return _ACTIONS[self.reason]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemographicsResponse:
    """[TD0.2], [TD1.3a] PRPA_IN201308UV02. ``record`` is None where there is none, or it may not be told."""

    query: DemographicsQuery
    stamp: Stamp
    record: Record | None = None
    state: RecordState = RecordState.NONE
    authorisation: Authorisation = Authorisation.NONE
    is_treating: bool = False
    tells_opposition: bool = False
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was told."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesQuery:
    """[TD0.5] PRPA_IN201305UV02: who has these traits."""

    header: Header
    search: Search
    query_id: InstanceIdentifier = NOBODY
    action: Action = field(default=Action.FIND_BY_TRAITS, init=False)
    patient: Identity | None = field(default=None, init=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CandidatesResponse:
    """[TD0.5] PRPA_IN201306UV02."""

    query: CandidatesQuery
    stamp: Stamp
    records: tuple[Record, ...] = ()
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was told."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """[TD1.1], [TD1.2], [TD1.3b], [TD1.4] PRPA_IN201311UV02 and PRPA_IN201314UV02: a record created or changed.

    ``person`` tells what the message tells. ``has_representatives``: whether the message lists them, be it to take them out.
    """

    header: Header
    reason: Reason
    patient: Identity | None
    status_code: str = ""
    person: Person = NOBODY_KNOWN
    has_representatives: bool = False
    observations: Mapping[Observation, bool] = field(default_factory=dict)
    closing: Closing = field(default_factory=Closing)
    author: InstanceIdentifier = NOBODY

    @property
    def action(self) -> Action:
        """TD1.1, TD1.2, TD1.3b or TD1.4."""
        return _ACTIONS[self.reason]

    @property
    def opposes(self) -> bool | None:
        """Whether it tells that the person wants no record (True), no longer says so (False), or nothing of it."""
        if self.reason is Reason.CLOSE and (self.closing.code, self.closing.system) == (OPPOSITION_CLOSING, OWN_CODES):
            return True
        return self.observations.get(Observation.OPPOSES_RECORD) if self.reason is Reason.CHANGE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegistrationResponse:
    """[TD1.1], [TD1.2], [TD1.3b], [TD1.4] PRPA_IN201312UV02, 201313, 201315 or 201316. ``record``: as it is now."""

    request: Registration
    stamp: Stamp
    record: Record | None = None
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was changed."""
        return bool(self.problems)


class Named(NamedTuple):
    """Somebody named by number and type: a professional or a structure."""

    national_id: str
    national_id_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAuthorization:
    """[TD0.3] setAuthorization. ``holder``: whom the patient allows or blocks, which is our own; else it is the caller."""

    word: str
    role: str = ""
    holder: Named | None = None
    patient: Identity | None = field(default=None, init=False)

    @property
    def action(self) -> Action:
        """TD0.3, as the matrix of rights tells its three ways apart."""
        if self.word != "SUPPRESSION":
            return Action.AUTHORISE
        return Action.STOP_TREATING if self.role else Action.UNAUTHORISE


@dataclass(frozen=True, slots=True)
class AuthorizationSet:
    """[TD0.3] setAuthorizationResponse. ``context``: what was done, for a person."""

    context: str = ""
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was changed that should have been."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True)
class ListAuthorizations:
    """[TD1.6] listAuthorizationByPatient: ACTIVE, INTERDITE or TOUTE."""

    mode: str = "TOUTE"
    action: Action = field(default=Action.LIST_AUTHORISATIONS, init=False)
    patient: Identity | None = field(default=None, init=False)


@dataclass(frozen=True, slots=True)
class AuthorizationsListed:
    """[TD1.6] listAuthorizationByPatientResponse."""

    grants: tuple[Grant, ...] = ()
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was told."""
        return bool(self.problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPatients:
    """[TD0.4] patientList: records on which the caller is authorised, since a date of authorisation or of a document."""

    start_date: str = ""
    date_type: str = ""
    owner: str = ""
    action: Action = field(default=Action.LIST_RECORDS, init=False)
    patient: Identity | None = field(default=None, init=False)


@dataclass(frozen=True, slots=True)
class PatientsListed:
    """[TD0.4] patientListResponse."""

    rows: tuple[Listed, ...] = ()
    problems: Problems = ()

    @property
    def is_refusal(self) -> bool:
        """Whether nothing was told."""
        return bool(self.problems)
