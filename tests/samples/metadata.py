"""Registry objects and whole submissions that ITI-42 accepts in a plain IHE domain."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from xds.domain import AffinityDomain, AssigningAuthority
from xds.hl7v2 import CX, DTM, XCN, XON
from xds.metadata import Association, Author, Code, DocumentEntry, Folder, LocalizedString, Submission, SubmissionSet
from xds.vocabulary import AssociationType, SubmissionSetStatus

IHE_TEST_AUTHORITY = "1.3.6.1.4.1.21367.13.20.1000"
INS_TEST_AUTHORITY = "1.2.250.1.213.1.4.10"
PROFESSIONALS = "1.2.250.1.71.4.2.1"

Named = LocalizedString


def fresh_oid() -> str:
    """An OID that nobody has used: a UUID under arc 2.25."""
    return f"2.25.{uuid.uuid4().int}"


def fresh_uuid() -> str:
    """A UUID in URN form that nobody has used."""
    return uuid.uuid4().urn


def a_domain(**changes: Any) -> AffinityDomain:
    """Plain XDS: one authority, patients known through a feed, every code accepted."""
    domain = AffinityDomain(
        name="ihe",
        title="Plain XDS for tests",
        repository_unique_id="1.2.826.0.1.3680043.8.641.1",
        home_community_id="urn:oid:1.2.826.0.1.3680043.8.641.2",
        authorities=(AssigningAuthority(IHE_TEST_AUTHORITY, "IHE test tools"),),
        patients_known_beforehand=True,
    )
    return replace(domain, **changes)


def a_patient_id(id_number: str = "MARTIN-1", authority: str = IHE_TEST_AUTHORITY) -> CX:
    """The patient of every sample, unless another is asked for."""
    return CX.build(id_number, authority)


def a_code(code: str = "11488-4", scheme: str = "2.16.840.1.113883.6.1", name: str = "Consult note") -> Code:
    """A coded value with its display name."""
    return Code(code, scheme, (Named(name),))


def an_author(**changes: Any) -> Author:
    """A practitioner of an invented clinic."""
    author = Author(
        author_person=XCN.build("899700000017", "LEROUX", "Camille", PROFESSIONALS),
        author_institution=(XON.build("Clinique des Tilleuls", "1.2.250.1.71.4.2.2.7"),),
        author_role=("Attending",),
        author_specialty=("Cardiology",),
    )
    return replace(author, **changes)


def a_document_entry(**changes: Any) -> DocumentEntry:
    """A stable DocumentEntry as a repository registers it, with the symbolic id ``Document01``."""
    entry = DocumentEntry(
        entry_uuid="Document01",
        mime_type="text/xml",
        author=(an_author(),),
        class_code=a_code("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1", "Reports"),
        confidentiality_code=(a_code("N", "2.16.840.1.113883.5.25", "normal"),),
        creation_time=DTM("20240312083000"),
        event_code_list=(a_code("44950", "1.2.250.1.213.2.5", "Appendectomy"),),
        format_code=a_code("urn:ihe:pcc:xphr:2007", "1.3.6.1.4.1.19376.1.2.3", "Personal health record"),
        hash="4cf4429dff2c68d04bdbd16d14a1a9d0a1bd2d0b",
        healthcare_facility_type_code=a_code("Outpatient", "1.3.6.1.4.1.21367.2017.3", "Outpatient"),
        language_code="fr-FR",
        legal_authenticator=XCN.build("899700000017", "LEROUX", "Camille", PROFESSIONALS),
        patient_id=a_patient_id(),
        practice_setting_code=a_code("Cardiology", "1.3.6.1.4.1.21367.2017.3", "Cardiology"),
        repository_unique_id="1.2.826.0.1.3680043.8.641.1",
        service_start_time=DTM("202403110900"),
        service_stop_time=DTM("202403111000"),
        size="1274",
        source_patient_id=CX.build("IPP-204", "1.2.826.0.1.3680043.8.641.9"),
        source_patient_info=("PID-5|MARTIN^Alix^^^^^L", "PID-7|19800229", "PID-8|F"),
        title=(Named("Compte rendu de consultation", "fr"),),
        type_code=a_code(),
        unique_id=fresh_oid(),
    )
    return replace(entry, **changes)


def a_submission_set(**changes: Any) -> SubmissionSet:
    """A SubmissionSet with the symbolic id ``SubmissionSet01``."""
    submission_set = SubmissionSet(
        entry_uuid="SubmissionSet01",
        author=(an_author(),),
        content_type_code=a_code("History and Physical", "1.3.6.1.4.1.21367.2017.3", "History and Physical"),
        patient_id=a_patient_id(),
        source_id="1.2.826.0.1.3680043.8.641.7",
        submission_time=DTM("20240312083500"),
        title=(Named("Consultation du 11 mars", "fr"),),
        unique_id=fresh_oid(),
    )
    return replace(submission_set, **changes)


def a_folder(**changes: Any) -> Folder:
    """A Folder with the symbolic id ``Folder01``."""
    folder = Folder(
        entry_uuid="Folder01",
        code_list=(a_code("Cardiology", "1.3.6.1.4.1.21367.2017.3", "Cardiology"),),
        comments=(Named("Suivi"),),
        patient_id=a_patient_id(),
        title=(Named("Cardiologie", "fr"),),
        unique_id=fresh_oid(),
    )
    return replace(folder, **changes)


def an_association(**changes: Any) -> Association:
    """The HasMember that joins ``Document01`` to ``SubmissionSet01``; any other type has no SubmissionSetStatus."""
    kind = changes.get("association_type", AssociationType.HAS_MEMBER)
    is_member = kind is AssociationType.HAS_MEMBER and "source_object" not in changes
    association = Association(
        entry_uuid="Association01",
        association_type=AssociationType.HAS_MEMBER,
        source_object="SubmissionSet01",
        target_object="Document01",
        submission_set_status=SubmissionSetStatus.ORIGINAL if is_member else None,
    )
    return replace(association, **changes)


def a_submission(
    *,
    document_entries: Iterable[DocumentEntry] | None = None,
    folders: Iterable[Folder] = (),
    associations: Iterable[Association] = (),
    submission_set: SubmissionSet | None = None,
) -> Submission:
    """One SubmissionSet with those objects, every one joined to it as the standard wants.

    Without ``document_entries`` there is one. ``associations`` are relationships and Folder memberships; the HasMember
    that record the latter are added.
    """
    the_set = submission_set or a_submission_set()
    entries = (a_document_entry(),) if document_entries is None else tuple(document_entries)
    the_folders, the_associations = tuple(folders), tuple(associations)
    own = {entry.entry_uuid for entry in entries}
    held = [association for association in the_associations if _is_folder_membership(association, the_set)]
    memberships = [
        an_association(
            entry_uuid=f"Membership{number:02}",
            source_object=the_set.entry_uuid,
            target_object=member.entry_uuid,
            submission_set_status=SubmissionSetStatus.ORIGINAL if member.entry_uuid in own else None,
        )
        for number, member in enumerate((*entries, *the_folders, *held), start=1)
    ]
    return Submission((the_set,), entries, the_folders, (*memberships, *the_associations))


def _is_folder_membership(association: Association, submission_set: SubmissionSet) -> bool:
    return (
        association.association_type is AssociationType.HAS_MEMBER
        and association.source_object != submission_set.entry_uuid
    )
