"""Seals a lot: one more document, that signs the SubmissionSet and each of its documents, with its entry. [ITI TF-3: 5.5; DMP: signature]

Pure: the key, the moment and the submission are given.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from cda import codes
from signing import dsg
from signing.keys import SigningKey
from xds.hl7v2 import DTM
from xds.metadata import Association, DocumentEntry, LocalizedString, Submission
from xds.vocabulary import AssociationType, SubmissionSetStatus

ENTRY = "Signature01"
FORMAT = codes.a_code("http://www.w3.org/2000/09/xmldsig#", "URN", "Default Signature Style")
"""formatCode by which the signature of a lot is known. [DMP: signature]"""

_PURPOSE = codes.a_code("1.2.840.10065.1.12.1.14", "1.2.840.10065.1.12", "Source")
_RESTRICTIONS = (
    codes.a_code("N", "2.16.840.1.113883.5.25", "Normal"),
    codes.a_code("MASQUE_PS", "1.2.250.1.213.1.1.4.13", "Masqué aux professionnels de santé"),
    codes.a_code("INVISIBLE_PATIENT", "1.2.250.1.213.1.1.4.13", "Non visible par le patient"),
)


class Document(Protocol):
    """A document on its way to a repository."""

    @property
    def content(self) -> bytes: ...

    @property
    def entry(self) -> DocumentEntry: ...


class Seal(NamedTuple):
    """The signature of a lot, and its metadata."""

    content: bytes
    entry: DocumentEntry


def seal(
    submission: Submission, documents: Sequence[Document], key: SigningKey, now: datetime, unique_id: str
) -> tuple[Submission, Seal]:
    """The submission with its signature in it, and the signature. ``unique_id``: an OID of its own."""
    submission_set = submission.submission_set
    lot = [dsg.LotDocument(one.entry.unique_id or "", one.content, None) for one in documents]
    content = dsg.sign_lot(submission_set.unique_id or "", lot, key, now)
    first, moment = documents[0].entry, submission_set.submission_time or DTM.at(now)
    # SHA-1 because XDS asks for it. [ITI TF-3: 4.2.3.2.10]
    digest = hashlib.sha1(content, usedforsecurity=False).hexdigest()
    entry = DocumentEntry(
        entry_uuid=ENTRY,
        mime_type="text/xml",
        author=submission_set.author,
        class_code=codes.a_code("urn:oid:1.3.6.1.4.1.19376.1.2.1.1.1", "URN", "Digital Signature"),
        confidentiality_code=_RESTRICTIONS,
        creation_time=moment,
        event_code_list=(_PURPOSE,),
        format_code=FORMAT,
        hash=digest,
        healthcare_facility_type_code=first.healthcare_facility_type_code,
        language_code="art",
        legal_authenticator=first.legal_authenticator,
        patient_id=first.patient_id,
        practice_setting_code=first.practice_setting_code,
        service_start_time=moment,
        service_stop_time=moment,
        size=str(len(content)),
        source_patient_id=first.source_patient_id,
        source_patient_info=first.source_patient_info,
        title=(LocalizedString("Source"),),
        type_code=codes.a_code("E1762", "ASTM", "Full Document"),
        unique_id=unique_id,
    )
    member = Association(
        entry_uuid="MemberSignature",
        association_type=AssociationType.HAS_MEMBER,
        source_object=submission_set.entry_uuid,
        target_object=ENTRY,
        submission_set_status=SubmissionSetStatus.ORIGINAL,
    )
    signs = Association(
        entry_uuid="Signs",
        association_type=AssociationType.SIGNS,
        source_object=ENTRY,
        target_object=submission_set.entry_uuid,
    )
    sealed = replace(
        submission,
        document_entries=(*submission.document_entries, entry),
        associations=(*submission.associations, member, signs),
    )
    return sealed, Seal(content, entry)
