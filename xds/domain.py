"""The affinity domain as a value: what one community has agreed on. Data, not code. [ITI TF-1: 10.4.1]"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from xds.vocabulary import AvailabilityStatus


class Bite(StrEnum):
    """How hard a check bites: the submission is refused, answered with a warning, or not asked."""

    ERROR = "error"
    WARNING = "warning"
    OFF = "off"


@dataclass(frozen=True, slots=True)
class AssigningAuthority:
    """Who gives out patient identifiers: its OID, and for the INS how its matricules are judged."""

    oid: str
    name: str
    is_ins: bool = False
    is_test: bool = False
    matricule_shape: Bite = Bite.OFF
    matricule_key: Bite = Bite.OFF


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The codes allowed for one attribute: pairs of code and codingScheme (for mimeType the scheme is empty)."""

    name: str
    codes: frozenset[tuple[str, str]]
    unknown_code: Bite = Bite.ERROR


@dataclass(frozen=True, slots=True, kw_only=True)
class AssertionPolicy:
    """What the domain asks of the assertion of a request. [ITI TF-2: 3.40; DMP: VIHF]

    ``demanded``: a request without one is refused, and rights are asked. ``versions``: of the VIHF. ``fresh_seconds``: how old
    IssueInstant may be. ``skew_seconds``: how far two clocks may differ. ``single_use``: an assertion is good for one request.
    ``sha1_allowed``: whether SHA-1 is let through in its signature. ``patient_portals``: organizational units of the certificates
    that may vouch for a patient, or for a legal representative.
    """

    demanded: bool = False
    versions: tuple[str, ...] = ("3.0", "4.0")
    fresh_seconds: int = 300
    skew_seconds: int = 60
    single_use: bool = True
    sha1_allowed: bool = False
    patient_portals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SealPolicy:
    """What the domain asks of signatures. [ITI TF-3: 5.5; DMP: signature]

    ``lot``: how hard the absence of the lot's signature bites. ``invalid``: how hard a signature bites, of the lot or of a document,
    that does not hold. ``sha1_allowed``: whether SHA-1 is still let through. ``revocation``: ERROR refuses a certificate of which no
    revocation list tells, WARNING says so; a list that is there always counts, unless OFF.
    """

    lot: Bite = Bite.OFF
    invalid: Bite = Bite.OFF
    sha1_allowed: bool = False
    revocation: Bite = Bite.WARNING


class SchematronMode(StrEnum):
    """Schema and schematron of the CDA pack: not run, run and reported later, or run before the answer."""

    OFF = "off"
    REPORT = "report"
    ENFORCE = "enforce"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPolicy:
    """How hard the checks of a clinical document bite. [CI-SIS SM]

    ``wellformed``: it is XML, and a ClinicalDocument. ``header``: the rules of the header. ``agreement``: header against DocumentEntry.
    ``body``: a body of level 1 is what it says it is. ``schematron``: with COFFRE_CDA_PACK. ``associations_refused``: relationships
    that a submission may not make, by their short names (APND). ``nested_ids``: a Classification or ExternalIdentifier inside an object
    names another object, or none, as its own.
    """

    wellformed: Bite = Bite.OFF
    header: Bite = Bite.OFF
    agreement: Bite = Bite.OFF
    body: Bite = Bite.OFF
    schematron: SchematronMode = SchematronMode.OFF
    associations_refused: tuple[str, ...] = ()
    nested_ids: Bite = Bite.ERROR

    @property
    def reads_documents(self) -> bool:
        """Whether any check opens a document."""
        return any(bite is not Bite.OFF for bite in (self.wellformed, self.header, self.agreement, self.body))


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordPolicy:
    """The life of a patient's record. [DMP: TD1.x; CSP L1111-18]

    ``managed``: whether records are opened, closed and guarded at all. ``opened_by_first_document``: a record need not have been
    created before it is fed. ``authorisation_demanded``: consulting asks for an authorisation (TD0.3). ``kept_years``: how long a closed
    record is kept. ``majority_years``: the age of majority. ``minors_managed``: whether documents can be hidden from legal representatives.
    ``authorisation_days``: how long an authorisation lasts that a professional declared; 0 is without end.
    """

    managed: bool = False
    opened_by_first_document: bool = True
    authorisation_demanded: bool = True
    kept_years: int = 10
    majority_years: int = 18
    minors_managed: bool = True
    authorisation_days: int = 0


Rights = Mapping[str, Mapping[str, str]]
"""The matrix of rights: action → column (actor and mode) → ``yes``, ``no``, ``own``, ``structure``, ``agreed``; see ``access.rights``."""

RESULTS_MAX = 10_000
"""Whole objects in one answer, if a domain says nothing else: some 100 MB of ebRIM, more than any screen shows."""

STANDARD_STATUSES = frozenset({AvailabilityStatus.APPROVED, AvailabilityStatus.DEPRECATED})
"""availabilityStatus as IHE has it. [ITI TF-3: 4.2.3.2.2]"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AffinityDomain:
    """One affinity domain.

    ``cx_type_code``: component 5 of the patientId in answers ("NH" in the DMP), and whether submitted ones may carry
    components beyond id and authority. ``value_sets``: attribute in snake_case → its codes; absent means that
    every code is accepted. ``removal_allowed``: whether metadata and documents can be taken out for good. ``results_max``:
    whole objects that one stored query may show. ``availability_statuses``: what an update may make of a DocumentEntry.
    ``metadata_level``: of stored queries that give no $MetadataLevel. ``rights``: who may do what; empty where nobody is asked.
    ``types_denied``: profession (its code) → pairs of typeCode and codingScheme that it is not shown, whatever else it may see.
    """

    name: str
    title: str
    repository_unique_id: str
    home_community_id: str
    authorities: tuple[AssigningAuthority, ...]
    patients_known_beforehand: bool
    cx_type_code: str = ""
    value_sets: Mapping[str, ValueSet] = field(default_factory=dict)
    removal_allowed: bool = True
    results_max: int = RESULTS_MAX
    availability_statuses: frozenset[AvailabilityStatus] = STANDARD_STATUSES
    metadata_level: int = 1
    assertion: AssertionPolicy = AssertionPolicy()
    seals: SealPolicy = SealPolicy()
    documents: DocumentPolicy = DocumentPolicy()
    records: RecordPolicy = RecordPolicy()
    rights: Rights = field(default_factory=dict)
    types_denied: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def find_authority(self, oid: str) -> AssigningAuthority | None:
        """The declared authority with that OID, if there is one."""
        return next((authority for authority in self.authorities if authority.oid == oid), None)
