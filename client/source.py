"""The Document Source and Patient Identity Source: documents become a submission, a submission is sent. [ITI-41] [ITI-44]

``prepare`` and ``build`` are pure: file contents, identifiers and the moment are given. [ITI TF-2: 3.41, 3.44; CI-SIS PDS]
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from cda import codes, document, entry
from cda.datatypes import II
from cda.document import CDADocument
from client.call import Service, UnexpectedAnswer
from client.sealing import Document
from soap import mtom
from xds import transactions
from xds.hl7v2 import CX, DTM
from xds.messages import FeedResponse, InstanceIdentifier, RegistryResponse
from xds.metadata import Association, Code, DocumentEntry, Submission, SubmissionSet
from xds.transactions import Transaction
from xds.vocabulary import AssociationType, SubmissionSetStatus
from xds.wire import WrongBody
from xds.wire.patient_feed import read_acknowledgement, write_patient_added, write_patients_merged
from xds.wire.response import read_response
from xds.wire.submission import write_provide

SOURCE_ID = "2.25.164414142431883665336865041612541952175"
"""sourceId of this command: an OID made from a UUID, owned by nobody else. [ITI TF-3: 4.2.3.3.9]"""

FEED_RECEIVER = "2.25.271222434628955960548542033192834482270"
"""The device that the patient feed speaks to: a patients endpoint of this product."""

CONTENT_TYPE = codes.a_code("07", "1.2.250.1.213.2.2", "Consultations soins externes")
"""contentTypeCode of a submission where nothing else is said. [CI-SIS: JDV_J59]"""

SUBMISSION_SET = "SubmissionSet01"


class Patient(NamedTuple):
    """The patient as a person names them: an identifier, and its authority (an OID) unless it is left open."""

    id_number: str
    authority: str = ""

    def matches(self, identifier: II) -> bool:
        """Whether a header's identifier is meant; with the authority left open only an INS is."""
        if identifier.extension != self.id_number:
            return False
        return identifier.root == self.authority if self.authority else entry.is_ins(identifier)


class PatientDisagrees(Exception):
    """The document is about somebody else; ``authorities`` gave the identifiers it holds, which are not shown."""

    def __init__(self, authorities: tuple[str, ...]) -> None:
        super().__init__(f"no identifier of the document is the one given; it holds one of {', '.join(authorities)}")
        self.authorities = authorities


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a person may say in place of the header's own."""

    title: str = ""
    type_code: Code | None = None
    class_code: Code | None = None


class Prepared(NamedTuple):
    """A document ready to be submitted: its bytes, what was read of it, its metadata with hash and size."""

    content: bytes
    cda: CDADocument
    entry: DocumentEntry

    @property
    def replaces(self) -> tuple[str, ...]:
        """uniqueIds that the header says it replaces. [CI-SIS SM 3.5.5.23]"""
        related = self.cda.header.related_documents
        return tuple(found.text for document in related if document.type_code == "RPLC" for found in document.ids)


def prepare(content: bytes, patient: Patient, number: int = 1, choices: Choices | None = None) -> Prepared:
    """The metadata of one document of a submission. *Raises* HostileXML, NotCDA, UnfitHeader, PatientDisagrees."""
    choices = choices or Choices()
    cda = document.read(content)
    found = next(filter(patient.matches, cda.header.patient_ids), None)
    if found is None:
        raise PatientDisagrees(tuple(dict.fromkeys(identifier.root for identifier in cda.header.patient_ids)))
    metadata = entry.document_entry(
        cda,
        f"Document{number:02d}",
        patient=found,
        type_code=choices.type_code,
        class_code=choices.class_code,
        title=choices.title,
    )
    # SHA-1 because XDS asks for it; nothing is trusted to it. [ITI TF-3: 4.2.3.2.10]
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    return Prepared(content, cda, replace(metadata, hash=digest, size=str(len(content))))


def build(
    documents: Sequence[Prepared],
    replaced: Mapping[str, str],
    now: datetime,
    *,
    content_type: Code = CONTENT_TYPE,
    new_uuid: Callable[[], UUID] = uuid4,
) -> Submission:
    """One submission of these documents; ``replaced``: id of an entry here → entryUUID of the entry it replaces.

    The set's author is the first author of the first document, in the absence of a sender of their own.
    """
    first = documents[0].entry
    submission_set = SubmissionSet(
        entry_uuid=SUBMISSION_SET,
        author=first.author[:1],
        content_type_code=content_type,
        patient_id=first.patient_id,
        source_id=SOURCE_ID,
        submission_time=DTM.at(now),
        unique_id=fresh_oid(new_uuid),
    )
    entries = tuple(prepared.entry for prepared in documents)
    members = [
        Association(
            entry_uuid=f"Member{number:02d}",
            association_type=AssociationType.HAS_MEMBER,
            source_object=SUBMISSION_SET,
            target_object=member.entry_uuid,
            submission_set_status=SubmissionSetStatus.ORIGINAL,
        )
        for number, member in enumerate(entries, start=1)
    ]
    replacements = [
        Association(
            entry_uuid=f"Replacement{number:02d}",
            association_type=AssociationType.RPLC,
            source_object=source,
            target_object=target,
        )
        for number, (source, target) in enumerate(replaced.items(), start=1)
    ]
    return Submission((submission_set,), entries, (), (*members, *replacements))


def provide(service: Service, submission: Submission, documents: Sequence[Document]) -> RegistryResponse:
    """[ITI-41] Sends a submission with its documents, each in a MIME part of its own. *Raises* ServiceError."""
    attachments = [
        mtom.Attachment(f"{prepared.entry.entry_uuid}@coffre", prepared.entry.mime_type, mtom.Bytes(prepared.content))
        for prepared in documents
    ]
    references = [
        (prepared.entry.entry_uuid, attachment.content_id)
        for prepared, attachment in zip(documents, attachments, strict=True)
    ]
    body = write_provide(submission, references)
    answer = service.call(transactions.ITI_41, body, attachments, patient=submission.submission_set.patient_id)
    try:
        return read_response(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-41 was answered by something else: {error}") from error


class Traits(NamedTuple):
    """What a patient feed says of a person beside the identifier."""

    family: str = ""
    given: str = ""
    sex: str = ""
    birth_date: str = ""


def add_patient(service: Service, patient: Patient, traits: Traits, now: datetime | None = None) -> FeedResponse:
    """[ITI-44] Makes a patient known; tells whether the service accepted it. *Raises* ServiceError."""
    body = write_patient_added(
        [_identifier(patient)],
        message_id=f"urn:uuid:{uuid4()}",
        now=DTM.at(now or datetime.now(UTC)),
        sender=InstanceIdentifier(SOURCE_ID),
        receiver=InstanceIdentifier(FEED_RECEIVER),
        family_name=traits.family,
        given_name=traits.given,
        gender=traits.sex,
        birth_time=traits.birth_date,
    )
    return _feed(service, transactions.ITI_44_ADD, body, patient)


def merge_patients(service: Service, subsumed: Patient, survivor: Patient, now: datetime | None = None) -> FeedResponse:
    """[ITI-44] Tells that two identifiers are one person's, and which of them stays. *Raises* ServiceError."""
    body = write_patients_merged(
        _identifier(survivor),
        _identifier(subsumed),
        message_id=f"urn:uuid:{uuid4()}",
        now=DTM.at(now or datetime.now(UTC)),
        sender=InstanceIdentifier(SOURCE_ID),
        receiver=InstanceIdentifier(FEED_RECEIVER),
    )
    return _feed(service, transactions.ITI_44_MERGE, body, survivor)


def _identifier(patient: Patient) -> InstanceIdentifier:
    return InstanceIdentifier(patient.authority, patient.id_number)


def _feed(service: Service, transaction: Transaction, body: Sequence[bytes], patient: Patient) -> FeedResponse:
    answer = service.call(transaction, body, patient=CX.build(patient.id_number, patient.authority))
    try:
        return read_acknowledgement(answer.body)
    except WrongBody as error:
        raise UnexpectedAnswer(f"ITI-44 was answered by something else: {error}") from error


def fresh_oid(new_uuid: Callable[[], UUID] = uuid4) -> str:
    """An OID that nobody has used: a UUID under the arc 2.25. [ITU-T X.667: 7]"""
    return f"2.25.{new_uuid().int}"
