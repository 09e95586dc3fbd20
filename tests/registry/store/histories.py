"""Random histories of submissions for one patient, and questions about them: small pools, so that things meet."""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from registry import stored_queries
from xds.hl7v2 import CX, DTM, XCN, CXi
from xds.messages import AdhocQueryRequest, FeedEvent, InstanceIdentifier, PatientFeed, RemoveMetadata
from xds.metadata import (
    Association,
    Author,
    Code,
    DocumentEntry,
    Folder,
    LocalizedString,
    RegistryObject,
    Submission,
    SubmissionSet,
)
from xds.vocabulary import AssociationType, AvailabilityStatus, DocumentEntryType, SubmissionSetStatus

AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
NAME = (LocalizedString("texte & <texte>", "fr-FR"),)
RELATIONSHIPS = (
    AssociationType.RPLC,
    AssociationType.XFRM,
    AssociationType.APND,
    AssociationType.XFRM_RPLC,
    AssociationType.SIGNS,
)
PERSONS = (
    "801^DUVAL^ALIX^^^^^^&1.2.250.1.71.4.2.1&ISO",
    "802^DU_AL^Noa^^^^^^&1.2.250.1.71.4.2.1&ISO",
    "^Éluard*[x]?^Anne",
)
PATTERNS = ("%DUVAL%", "%du_al%", "%DU_AL%", "%*[x]?%", "801%", "%\\%", "_Éluard%")
HOMES = (None, None, None, "urn:oid:1.2.250.1.999.7")
REFERENCES = ("ACC1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession", "ACC_2^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:order")


@dataclass
class History:
    """One patient's submissions so far: what they brought, for later ones to name."""

    seed: int
    patient: str = field(default_factory=lambda: f"T{uuid.uuid4().int}")
    entries: list[str] = field(default_factory=list)
    folders: list[str] = field(default_factory=list)
    sets: list[str] = field(default_factory=list)
    unique_ids: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = random.Random(self.seed)

    @property
    def patient_id(self) -> CX:
        return CX(f"{self.patient}^^^&{AUTHORITY}&ISO")

    def submissions(self, count: int) -> Iterator[Submission]:
        """Submissions one after the other; some of them must be refused."""
        for _ in range(count):
            yield self._submission()

    def removal(self, kept: Mapping[str, RegistryObject]) -> RemoveMetadata:
        """Something of what is there, with what hangs on it: mostly enough, sometimes too little."""
        draw = self.random
        named = {draw.choice(self.sets + self.entries + self.folders)}
        arrows = [value for value in kept.values() if isinstance(value, Association)]
        for _ in range(draw.randrange(1, 5)):
            ends = {
                end
                for arrow in arrows
                if {arrow.source_object, arrow.target_object} & named
                for end in (arrow.entry_uuid, arrow.source_object, arrow.target_object)
            }
            is_whole = draw.random() < 0.8
            named |= {end for end in sorted(ends) if is_whole or draw.random() < 0.5}
        return RemoveMetadata(tuple(sorted(named)))

    def merges(self) -> Iterator[PatientFeed]:
        """Now and then the patient becomes another; what follows is about the survivor, rarely still about the subsumed."""
        draw = self.random
        if draw.random() < 0.15:
            subsumed, survivor = (
                InstanceIdentifier(AUTHORITY, each) for each in (self.patient, f"T{uuid.uuid4().int}")
            )
            yield PatientFeed(FeedEvent.MERGED, InstanceIdentifier("1.2.3"), (survivor,), (subsumed,))
            self.patient = draw.choice((survivor, survivor, survivor, subsumed)).extension

    def _submission(self) -> Submission:
        draw = self.random
        submission_set = SubmissionSet(
            entry_uuid=self._uuid(),
            home_community_id=draw.choice(HOMES),
            author=(Author(XCN(draw.choice(PERSONS))),),
            content_type_code=_code("content", draw.randrange(2)),
            patient_id=self.patient_id,
            source_id=f"1.2.{draw.randrange(3)}",
            submission_time=self._time(),
            unique_id=self._oid(),
        )
        entries = tuple(self._entry() for _ in range(draw.randrange(3)))
        folders = tuple(self._folder() for _ in range(draw.randrange(2) or not entries))
        associations = [self._member(submission_set.entry_uuid, one.entry_uuid, is_entry=True) for one in entries]
        associations += [self._member(submission_set.entry_uuid, one.entry_uuid) for one in folders]
        associations += self._contents(submission_set, entries, folders)
        for entry in entries:
            if self.entries and draw.random() < 0.5:
                target = draw.choice(self.entries)
                kind = draw.choice(RELATIONSHIPS)
                associations.append(self._association(kind, entry.entry_uuid, target))
        self.entries += [one.entry_uuid for one in entries]
        self.folders += [one.entry_uuid for one in folders]
        self.sets.append(submission_set.entry_uuid)
        return Submission((submission_set,), entries, folders, tuple(associations))

    def _contents(
        self, submission_set: SubmissionSet, entries: tuple[DocumentEntry, ...], folders: tuple[Folder, ...]
    ) -> Iterator[Association]:
        draw = self.random
        known_folders = self.folders + [one.entry_uuid for one in folders]
        known_entries = self.entries + [one.entry_uuid for one in entries]
        if known_folders and known_entries and draw.random() < 0.6:
            held = self._member(draw.choice(known_folders), draw.choice(known_entries))
            yield held
            yield self._member(submission_set.entry_uuid, held.entry_uuid)

    def _entry(self) -> DocumentEntry:
        draw = self.random
        same = self.unique_ids and draw.random() < 0.15
        unique_id = draw.choice(self.unique_ids) if same else self._oid()
        self.unique_ids.append(unique_id)
        return DocumentEntry(
            entry_uuid=self._uuid(),
            home_community_id=draw.choice(HOMES),
            mime_type="text/xml",
            author=tuple(Author(XCN(person)) for person in draw.sample(PERSONS, draw.randrange(1, 3))),
            class_code=_code("class", draw.randrange(3)),
            confidentiality_code=tuple(_code("conf", n) for n in draw.sample(range(3), draw.randrange(1, 3))),
            creation_time=self._time(),
            event_code_list=tuple(_code("event", n) for n in draw.sample(range(3), draw.randrange(3))),
            format_code=_code("format", draw.randrange(2)),
            hash=draw.choice(("aa" * 20, "bb" * 20)),
            healthcare_facility_type_code=_code("facility", 0),
            language_code="fr-FR",
            patient_id=self.patient_id,
            practice_setting_code=_code("practice", draw.randrange(2)),
            reference_id_list=tuple(CXi(text) for text in draw.sample(REFERENCES, draw.randrange(3))),
            repository_unique_id="1.2.3",
            service_start_time=self._time() if draw.random() < 0.6 else None,
            size="7",
            source_patient_id=CX("local^^^&1.2.9&ISO"),
            title=NAME,
            type_code=_code("type", draw.randrange(3)),
            unique_id=unique_id,
        )

    def _folder(self) -> Folder:
        return Folder(
            entry_uuid=self._uuid(),
            home_community_id=self.random.choice(HOMES),
            code_list=(_code("folder", self.random.randrange(2)),),
            patient_id=self.patient_id,
            title=NAME,
            unique_id=self._oid(),
        )

    def _member(self, source: str, target: str, *, is_entry: bool = False) -> Association:
        original = SubmissionSetStatus.ORIGINAL if is_entry else None
        return Association(
            entry_uuid=self._uuid(),
            home_community_id=self.random.choice(HOMES),
            association_type=AssociationType.HAS_MEMBER,
            source_object=source,
            target_object=target,
            submission_set_status=original,
        )

    def _association(self, kind: AssociationType, source: str, target: str) -> Association:
        return Association(entry_uuid=self._uuid(), association_type=kind, source_object=source, target_object=target)

    def _uuid(self) -> str:
        return f"urn:uuid:{uuid.UUID(int=uuid.uuid4().int)}"

    def _oid(self) -> str:
        return f"2.25.{uuid.uuid4().int}"

    def _time(self) -> DTM:
        return DTM(self.random.choice(("2024", "202406", "20240615", "20250101120000", "20250601")))

    def questions(self) -> Iterator[AdhocQueryRequest]:
        """Every stored query, with parameters drawn from what the history holds."""
        for row in stored_queries.STORED_QUERIES:
            for return_type in ("LeafClass", "ObjectRef"):
                for _ in range(2):
                    yield AdhocQueryRequest(row.query_id, return_type, self._parameters(row.name))

    def multi_patient_questions(self) -> Iterator[AdhocQueryRequest]:
        """Every query of ITI-51, about the patient and somebody who has nothing: the stores are shared with other histories."""
        patients = f"('{self.patient_id}', 'NOBODY^^^&{AUTHORITY}&ISO')"
        status = ((f"'{AvailabilityStatus.APPROVED}'", f"'{AvailabilityStatus.DEPRECATED}'"),)
        entries = {"$XDSDocumentEntryPatientId": ((patients,),), "$XDSDocumentEntryStatus": status}
        reference = {"$XDSDocumentEntryReferenceIdList": ((f"'{self.random.choice((*REFERENCES, 'ACC%'))}'",),)}
        code = self._maybe("$XDSDocumentEntryClassCode", _values("class", [0, 1]))
        table = {
            "FindDocumentsForMultiplePatients": entries | code,
            "FindFoldersForMultiplePatients": {
                "$XDSFolderPatientId": ((patients,),),
                "$XDSFolderStatus": status,
                **self._maybe("$XDSFolderCodeList", _values("folder", [0])),
            },
            "FindDocumentsByReferenceIdForMultiplePatients": entries | code | reference,
        }
        for row in stored_queries.MULTI_PATIENT_QUERIES:
            for return_type in ("LeafClass", "ObjectRef"):
                yield AdhocQueryRequest(row.query_id, return_type, table[row.name])

    def _parameters(self, name: str) -> dict[str, tuple[tuple[str, ...], ...]]:
        draw = self.random
        patient, both = (
            f"'{self.patient_id}'",
            tuple(f"'{one}'" for one in list(AvailabilityStatus)[: draw.randrange(1, 3)]),
        )
        entries = tuple(f"'{one}'" for one in draw.sample(self.entries, min(3, len(self.entries)))) or (
            "'urn:uuid:none'",
        )
        sets = tuple(f"'{one}'" for one in self.sets[:1])
        folder = (f"'{draw.choice(self.folders)}'",) if self.folders else ("'urn:uuid:none'",)
        ends = tuple(f"'{one}'" for one in draw.sample(self.entries + self.folders + self.sets, 1))
        maybe = self._maybe
        filters = {
            **maybe("$XDSDocumentEntryClassCode", _values("class", draw.sample(range(3), 2))),
            **maybe("$XDSDocumentEntryTypeCode", _values("type", [draw.randrange(3)])),
            **maybe("$XDSDocumentEntryCreationTimeFrom", (("20240615",),)),
            **maybe("$XDSDocumentEntryServiceStartTimeTo", (("20250601",),)),
            **maybe("$XDSDocumentEntryEventCodeList", _values("event", [0]) + _values("event", [1])),
            **maybe("$XDSDocumentEntryConfidentialityCode", _values("conf", [0, 1])),
            **maybe("$XDSDocumentEntryAuthorPerson", ((f"'{draw.choice(PATTERNS)}'",),)),
        }
        members = {
            **maybe("$XDSDocumentEntryFormatCode", _values("format", [0])),
            **maybe("$XDSDocumentEntryConfidentialityCode", _values("conf", [0])),
        }
        reference = (f"'{draw.choice((*REFERENCES, 'ACC%', 'ACC_2%', 'acc1%'))}'",)
        table: dict[str, dict[str, tuple[tuple[str, ...], ...]]] = {
            "FindDocuments": {"$XDSDocumentEntryPatientId": ((patient,),), "$XDSDocumentEntryStatus": (both,)}
            | filters,
            "FindDocumentsByReferenceId": {
                "$XDSDocumentEntryPatientId": ((patient,),),
                "$XDSDocumentEntryStatus": (both,),
                "$XDSDocumentEntryReferenceIdList": (reference,),
            },
            "FindSubmissionSets": {
                "$XDSSubmissionSetPatientId": ((patient,),),
                "$XDSSubmissionSetStatus": (both,),
                **maybe("$XDSSubmissionSetSourceId", (("'1.2.0'", "'1.2.1'"),)),
                **maybe("$XDSSubmissionSetSubmissionTimeTo", (("2025",),)),
                **maybe("$XDSSubmissionSetAuthorPerson", ((f"'{draw.choice(PATTERNS)}'",),)),
                **maybe("$XDSSubmissionSetContentType", _values("content", [1])),
            },
            "FindFolders": {
                "$XDSFolderPatientId": ((patient,),),
                "$XDSFolderStatus": (both,),
                **maybe("$XDSFolderCodeList", _values("folder", [0])),
            },
            "GetAll": {
                "$patientId": ((patient,),),
                "$XDSDocumentEntryStatus": (both,),
                "$XDSSubmissionSetStatus": (both,),
                "$XDSFolderStatus": (both,),
                **members,
            },
            "GetDocuments": {"$XDSDocumentEntryEntryUUID": (entries,)},
            "GetFolders": {"$XDSFolderEntryUUID": (folder,)},
            "GetAssociations": {"$uuid": (ends,)},
            "GetDocumentsAndAssociations": {
                "$XDSDocumentEntryUniqueId": (tuple(f"'{one}'" for one in self.unique_ids[:3]) or ("'1.2'",),)
            },
            "GetSubmissionSets": {"$uuid": (entries,)},
            "GetSubmissionSetAndContents": {"$XDSSubmissionSetEntryUUID": (sets,)} | members,
            "GetFolderAndContents": {"$XDSFolderEntryUUID": (folder,)} | members,
            "GetFoldersForDocument": {"$XDSDocumentEntryEntryUUID": (entries[:1],)},
            "GetRelatedDocuments": {
                "$XDSDocumentEntryEntryUUID": (entries[:1],),
                "$AssociationTypes": (tuple(f"'{one}'" for one in RELATIONSHIPS),),
            },
        }
        return table[name]

    def _maybe(self, name: str, slots: tuple[tuple[str, ...], ...]) -> dict[str, tuple[tuple[str, ...], ...]]:
        return {name: slots} if self.random.random() < 0.3 else {}


def _code(kind: str, number: int) -> Code:
    return Code(f"{kind}{number}", "1.2.250.1.999.1", NAME)


def _values(kind: str, numbers: list[int]) -> tuple[tuple[str, ...], ...]:
    return (tuple(f"'{kind}{number}^^1.2.250.1.999.1'" for number in numbers),)


def as_on_demand(submission: Submission) -> Submission:
    """The submission, its documents made when they are asked for."""
    without_bytes: dict[str, Any] = {"creation_time": None, "hash": None, "size": None}
    entries = tuple(
        replace(entry, object_type=DocumentEntryType.ON_DEMAND, **without_bytes)
        for entry in submission.document_entries
    )
    return replace(submission, document_entries=entries)
