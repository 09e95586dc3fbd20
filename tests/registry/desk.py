"""A registry actor at work over one store, for one patient of its own: what tests of the room speak with."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from lxml import etree

from registry.actor import DocumentRegistry
from registry.facts import PatientIdentity, RegistryWork
from registry.parameters import Parameter
from registry.store.work import SQLRegistryWork
from registry.stored_queries import StoredQuery
from safexml.namespaces import RIM
from sql.database import Database
from tests.samples import (
    IHE_TEST_AUTHORITY,
    a_document_entry,
    a_domain,
    a_folder,
    a_patient_id,
    a_submission,
    a_submission_set,
    an_association,
    fresh_uuid,
)
from tests.simulators.registry import MemoryRegistry
from xds import ebrim
from xds.domain import AffinityDomain
from xds.hl7v2 import CX
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    RegisterDocumentSet,
    RegistryResponse,
    RemoveMetadata,
)
from xds.metadata import Association, DocumentEntry, Folder, RegistryObject, Submission
from xds.transactions import ITI_18
from xds.vocabulary import AssociationType, AvailabilityStatus, ReturnType

T = TypeVar("T")
NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
APPROVED = f"('{AvailabilityStatus.APPROVED}')"
ANY_STATUS = f"('{AvailabilityStatus.APPROVED}','{AvailabilityStatus.DEPRECATED}')"


class Backend(Protocol):
    """A store of registry objects with its units of work: *returning commits, refusing rolls back*."""

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool]) -> T:
        """Does the act in one unit of work."""


class MemoryBackend:
    """The oracle. ``home`` is written on what is found where one is given, as a gateway wants it."""

    def __init__(self, work: MemoryRegistry | None = None, home: str | None = None) -> None:
        self.work = work or MemoryRegistry()
        self.home = home

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool]) -> T:
        self.work.begin()
        self.work.home = self.home
        answer = act(self.work)
        if is_refused(answer):
            self.work.rollback()
        else:
            self.work.commit()
        return answer


class SQLBackend:
    """A real store. ``home`` as in the oracle."""

    def __init__(self, database: Database, domain: AffinityDomain | None = None, home: str | None = None) -> None:
        self.database = database
        self.domain = domain or a_domain()
        self.home = home

    def settle(self, act: Callable[[RegistryWork], T], is_refused: Callable[[T], bool]) -> T:
        return self.database.settle(lambda work: act(SQLRegistryWork(work, self.domain, self.home)), is_refused)


@dataclass
class Desk:
    """Submissions and questions of one patient who is known, as ``patient_id``."""

    backend: Backend
    domain: AffinityDomain = field(default_factory=a_domain)
    now: datetime = NOW
    patient_id: CX = field(default_factory=lambda: a_patient_id(f"DURAND-{uuid.uuid4().hex}"))

    def __post_init__(self) -> None:
        self.make_known(self.patient_id)

    @property
    def actor(self) -> DocumentRegistry:
        """The registry; its clock shows ``now``."""
        return DocumentRegistry(self.domain, lambda: self.now, fresh_uuid)

    def make_known(self, patient_id: CX) -> None:
        """As a feed would."""
        identity = PatientIdentity(patient_id.id_number, patient_id.authority)
        self.backend.settle(lambda work: work.add_patient(identity), lambda _: False)

    def entry(self, **changes: Any) -> DocumentEntry:
        """A DocumentEntry of the patient with an id of its own."""
        return a_document_entry(**{"entry_uuid": fresh_uuid(), "patient_id": self.patient_id, **changes})

    def folder(self, **changes: Any) -> Folder:
        """A Folder of the patient with an id of its own."""
        return a_folder(**{"entry_uuid": fresh_uuid(), "patient_id": self.patient_id, **changes})

    def submission(
        self,
        *entries: DocumentEntry,
        folders: Iterable[Folder] = (),
        associations: Iterable[Association] = (),
        references: Iterable[str] = (),
        **changes: Any,
    ) -> Submission:
        """A submission of the patient; ``references`` are entries registered before that it names as its members."""
        submission_set = a_submission_set(**{"patient_id": self.patient_id, "entry_uuid": fresh_uuid(), **changes})
        made = a_submission(
            submission_set=submission_set, document_entries=entries, folders=folders, associations=associations
        )
        named = tuple(a_reference(submission_set.entry_uuid, target) for target in references)
        memberships = tuple(
            an_association(
                entry_uuid=fresh_uuid(),
                source_object=each.source_object,
                target_object=each.target_object,
                submission_set_status=each.submission_set_status,
            )
            if each.entry_uuid.startswith("Membership")
            else each
            for each in made.associations
        )
        return Submission(made.submission_sets, made.document_entries, made.folders, memberships + named)

    def register(self, submission: Submission) -> RegistryResponse:
        """What ITI-42 answers."""
        return self.backend.settle(
            lambda work: self.actor.register(RegisterDocumentSet(submission), work), lambda each: each.errors.has_errors
        )

    def register_on_demand(self, submission: Submission) -> RegistryResponse:
        """What ITI-61 answers."""
        return self.backend.settle(
            lambda work: self.actor.register_on_demand(RegisterDocumentSet(submission), work),
            lambda each: each.errors.has_errors,
        )

    def remove(self, *entry_uuids: str) -> RegistryResponse:
        """What ITI-62 answers."""
        request = RemoveMetadata(entry_uuids)
        return self.backend.settle(lambda work: self.actor.remove(request, work), lambda each: each.errors.has_errors)

    def registered(self, submission: Submission) -> Submission:
        """The submission, accepted."""
        response = self.register(submission)
        assert not response.errors, response.errors
        return submission

    def ask(
        self, query: StoredQuery, *slots: tuple[Parameter[Any], str], return_type: str = ReturnType.LEAF_CLASS
    ) -> AdhocQueryResponse:
        """What ITI-18 answers, or ITI-51 if the query is its; a parameter given twice stands in two Slots."""
        parameters: dict[str, tuple[tuple[str, ...], ...]] = {}
        for parameter, value in slots:
            parameters[parameter.name] = (*parameters.get(parameter.name, ()), (value,))
        request = AdhocQueryRequest(query.query_id, return_type, parameters)
        verb = self.actor.query if query.transaction is ITI_18 else self.actor.query_multiple_patients
        return self.backend.settle(lambda work: verb(request, work), lambda _: True)

    def find(self, query: StoredQuery, *slots: tuple[Parameter[Any], str]) -> dict[str, RegistryObject]:
        """The objects that a query finds, by id; each must be there once, and ObjectRef must name the same."""
        answer = self.ask(query, *slots)
        assert not answer.errors, answer.errors
        objects = [read(text) for text in answer.objects]
        found = {value.entry_uuid: value for value in objects}
        assert len(found) == len(objects)
        references = self.ask(query, *slots, return_type=ReturnType.OBJECT_REF)
        assert sorted(map(referred, references.objects)) == sorted(found)
        return found

    @property
    def patient(self) -> str:
        """The patient as a query names it."""
        return f"'{self.patient_id}'"


def read(text: bytes) -> RegistryObject:
    """An object of an answer, as a value."""
    element = etree.fromstring(b'<list xmlns:rim="%s">%s</list>' % (RIM.encode(), text))[0]
    value, findings = ebrim.read_object(element)
    assert value is not None and not findings, findings
    return value


def referred(text: bytes) -> str:
    """The id of an ObjectRef of an answer."""
    element = etree.fromstring(b'<list xmlns:rim="%s">%s</list>' % (RIM.encode(), text))[0]
    assert element.tag == f"{{{RIM}}}ObjectRef"
    return str(element.get("id"))


def quoted(*ids: str) -> str:
    """Texts as a list of a query's values."""
    return "(" + ",".join(f"'{each}'" for each in ids) + ")"


def relation(kind: AssociationType, source: str, target: str) -> Association:
    """A relationship with an id of its own."""
    return an_association(entry_uuid=fresh_uuid(), association_type=kind, source_object=source, target_object=target)


def membership(folder: str, entry: str) -> Association:
    """A HasMember from a Folder."""
    return an_association(entry_uuid=fresh_uuid(), source_object=folder, target_object=entry)


def a_reference(submission_set: str, entry: str) -> Association:
    """A HasMember from a SubmissionSet to an entry registered before."""
    return an_association(
        entry_uuid=fresh_uuid(),
        source_object=submission_set,
        target_object=entry,
        submission_set_status="Reference",
    )


def another_patient() -> CX:
    """Somebody of the same authority whom nobody knows yet."""
    return a_patient_id(f"PETIT-{uuid.uuid4().hex}", IHE_TEST_AUTHORITY)
