"""Cases for the judge, of values alone: a submission, and the past as a test tells it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from registry.case import Case
from registry.facts import AssociationFact, Facts, Kind, ObjectFact, PatientFact, PatientIdentity, UniqueIdFact
from registry.references import gather_references
from tests.samples import IHE_TEST_AUTHORITY, a_domain, fresh_uuid
from xds.domain import AffinityDomain
from xds.metadata import Submission
from xds.vocabulary import AssociationType, AvailabilityStatus

PATIENT = PatientIdentity("MARTIN-1", IHE_TEST_AUTHORITY)
SOMEBODY_ELSE = PatientIdentity("PETIT-2", IHE_TEST_AUTHORITY)
DOCUMENT = fresh_uuid()
FOLDER = fresh_uuid()


def a_fact(
    entry_uuid: str = DOCUMENT,
    kind: Kind = Kind.STABLE,
    patient: PatientIdentity = PATIENT,
    status: AvailabilityStatus = AvailabilityStatus.APPROVED,
) -> ObjectFact:
    """A registered DocumentEntry of the samples' patient."""
    return ObjectFact(entry_uuid, kind, patient, status)


def a_folder_fact(
    entry_uuid: str = FOLDER,
    patient: PatientIdentity = PATIENT,
    status: AvailabilityStatus = AvailabilityStatus.APPROVED,
) -> ObjectFact:
    """A registered Folder of the samples' patient."""
    return ObjectFact(entry_uuid, Kind.FOLDER, patient, status)


def an_arrow(
    kind: AssociationType, source: str, target: str, status: AvailabilityStatus = AvailabilityStatus.APPROVED
) -> AssociationFact:
    """A registered Association."""
    return AssociationFact(fresh_uuid(), kind, source, target, status)


def a_case(
    submission: Submission,
    *,
    objects: Iterable[ObjectFact] = (),
    associations: Iterable[AssociationFact] = (),
    unique_ids: Mapping[str, UniqueIdFact] | None = None,
    patients: Iterable[PatientFact] = (PatientFact(PATIENT), PatientFact(SOMEBODY_ELSE)),
    domain: AffinityDomain | None = None,
) -> Case:
    """The submission before the judge; the samples' patient is known and nothing is registered, unless told."""
    facts = Facts(
        patients={fact.identity: fact for fact in patients},
        objects={fact.entry_uuid: fact for fact in objects},
        unique_ids=unique_ids or {},
        associations=tuple(associations),
    )
    return Case(submission, gather_references(submission), facts, domain or a_domain())
