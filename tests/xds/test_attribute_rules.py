"""Rules about attributes: required, forbidden, well-formed, of the domain's codes. [ITI TF-3: 4.2.3]"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.samples import (
    a_code,
    a_document_entry,
    a_domain,
    a_folder,
    a_patient_id,
    a_submission,
    a_submission_set,
    an_author,
    fresh_uuid,
)
from xds import attributes, rules
from xds.attributes import Attribute, Need
from xds.domain import Bite, ValueSet
from xds.errors import ErrorList
from xds.hl7v2 import CX, DTM, XCN, XON, XTN, CXi
from xds.metadata import DocumentEntry, Folder, LocalizedString, Slot, Submission, SubmissionSet
from xds.transactions import ITI_41, ITI_42, ITI_57, ITI_61, Transaction
from xds.vocabulary import DocumentEntryType, Severity

META = "XDSRegistryMetadataError"
Owner = DocumentEntry | SubmissionSet | Folder


def submission_of(value: Owner) -> Submission:
    match value:
        case DocumentEntry():
            return a_submission(document_entries=[value])
        case SubmissionSet():
            return a_submission(submission_set=value)
        case Folder():
            return a_submission(folders=[value])


def judge(value: Owner, transaction: Transaction = ITI_42, **domain: Any) -> ErrorList:
    return rules.judge_submission(submission_of(value), transaction, a_domain(**domain))


def locations(value: Owner, transaction: Transaction = ITI_42, **domain: Any) -> list[tuple[str, str]]:
    return [(error.row.code, error.location.partition(" / ")[2]) for error in judge(value, transaction, **domain)]


ON_DEMAND = a_document_entry(object_type=DocumentEntryType.ON_DEMAND, creation_time=None, hash=None, size=None)
SAMPLES: dict[str, Owner] = {
    "DocumentEntry": a_document_entry(),
    "SubmissionSet": a_submission_set(),
    "Folder": a_folder(),
}
ABSENT = {attributes.Kind.LOCALIZED: (), attributes.Kind.FLAG: False}
NEEDED = [
    pytest.param(table.name, row, transaction, id=f"{table.name}-{row.name}-{transaction.name}")
    for table in (attributes.DOCUMENT_ENTRY, attributes.SUBMISSION_SET, attributes.FOLDER)
    for row in table
    for transaction in (ITI_41, ITI_42, ITI_61)
    if row.name not in ("entryUUID", "objectType")
]


@pytest.mark.parametrize(("kind", "row", "transaction"), NEEDED)
def test_attribute_is_missed_where_it_is_required_and_nowhere_else(
    kind: str, row: Attribute, transaction: Transaction
) -> None:
    """[ITI TF-3: Table 4.3.1-3]"""
    value = ON_DEMAND if transaction is ITI_61 and kind == "DocumentEntry" else SAMPLES[kind]
    empty: Any = () if row.is_many else "" if row.field == "mime_type" else ABSENT.get(row.datatype.kind)
    submission = submission_of(replace(value, **{row.field: empty}))
    if transaction is ITI_61 and kind != "DocumentEntry":
        submission = replace(
            submission, document_entries=tuple(replace(ON_DEMAND) for _ in submission.document_entries)
        )
    found = [error.location for error in rules.judge_submission(submission, transaction, a_domain())]
    expected = [f"{kind} {value.entry_uuid} / {row.name}"] if row.need(transaction) is Need.REQUIRED else []
    assert found == expected


@pytest.mark.parametrize("field", ["creation_time", "hash", "size"])
def test_attribute_that_an_on_demand_entry_must_not_have_gets_XDSRegistryMetadataError(field: str) -> None:
    """[ITI TF-2: 3.61]"""
    wrong = replace(ON_DEMAND, **{field: getattr(a_document_entry(), field)})
    name = attributes.DOCUMENT_ENTRY.by_field[field].name
    assert locations(wrong, ITI_61) == [(META, name)]


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("transaction", [ITI_41, ITI_42], ids=lambda row: row.name)
def test_limited_metadata_gets_XDSRegistryMetadataError(kind: str, transaction: Transaction) -> None:
    """[ITI TF-3: 4.2.3.2.29, 4.2.3.3.13, 4.2.3.4.10]"""
    assert locations(replace(SAMPLES[kind], limited_metadata=True), transaction) == [(META, "limitedMetadata")]


def test_entry_may_come_to_the_repository_without_hash_size_and_repository() -> None:
    """[ITI TF-2: 3.41.4.1.3]"""
    entry = a_document_entry(hash=None, size=None, repository_unique_id=None)
    assert locations(entry, ITI_41) == []
    assert locations(entry, ITI_42) == [(META, name) for name in ("hash", "repositoryUniqueId", "size")]


@pytest.mark.parametrize(
    ("value", "where"),
    [
        (a_document_entry(creation_time=DTM("2024-03-12")), "creationTime"),
        (a_document_entry(hash="2jmj7l5rSw0yVb/vlWAYkK/YBwk="), "hash"),
        (a_document_entry(size="1.274"), "size"),
        (a_document_entry(size=""), "size"),
        (a_document_entry(language_code="fr_FR"), "languageCode"),
        (a_document_entry(mime_type="xml"), "mimeType"),
        (a_document_entry(repository_unique_id="urn:oid:1.2"), "repositoryUniqueId"),
        (a_document_entry(unique_id="x" * 129), "uniqueId"),
        (a_document_entry(patient_id=CX("MARTIN")), "patientId"),
        (a_document_entry(source_patient_id=CX("1^^^hospital")), "sourcePatientId"),
        (a_document_entry(source_patient_info=("PID-5|A^B", "PID-19|1")), "sourcePatientInfo"),
        (a_document_entry(source_patient_info=("PID-8|F", "PID-8|M")), "sourcePatientInfo"),
        (a_document_entry(legal_authenticator=XCN("^^^^Dr")), "legalAuthenticator"),
        (a_document_entry(reference_id_list=(CXi("1^^^&1.2&ISO"),)), "referenceIdList"),
        (a_document_entry(uri=("a b",)), "URI"),
        (a_document_entry(document_availability="Online"), "documentAvailability"),
        (a_document_entry(home_community_id="1.2"), "homeCommunityId"),
        (a_document_entry(title=(LocalizedString("x" * 129),)), "title"),
        (a_document_entry(comments=(LocalizedString("x" * 1025),)), "comments"),
        (a_document_entry(author=(an_author(author_person=XCN("^")),)), "author / authorPerson"),
        (a_document_entry(author=(an_author(author_institution=(XON("^^^^^^^^^7"),)),)), "author / authorInstitution"),
        (a_document_entry(author=(an_author(author_role=("",)),)), "author / authorRole"),
        (
            a_document_entry(author=(an_author(author_telecommunication=(XTN("0155"),)),)),
            "author / authorTelecommunication",
        ),
        (a_submission_set(source_id="hospital"), "sourceId"),
        (a_submission_set(unique_id="1.2^x"), "uniqueId"),
        (a_submission_set(submission_time=DTM("now")), "submissionTime"),
        (a_submission_set(intended_recipient=("|",)), "intendedRecipient"),
        (a_submission_set(title=(LocalizedString("x" * 257),)), "title"),
        (a_folder(unique_id="1.2^x"), "uniqueId"),
        (a_folder(last_update_time=DTM("now")), "lastUpdateTime"),
        (a_folder(title=(LocalizedString(" "),)), "title"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_malformed_value_gets_XDSRegistryMetadataError_that_names_it(value: Owner, where: str) -> None:
    """[ITI TF-3: 4.2.3.1.7]"""
    assert locations(value) == [(META, where)]


def test_entry_whose_id_is_no_uuid_gets_XDSRegistryMetadataError_there_and_where_it_is_named() -> None:
    """[ITI TF-3: 4.2.3.1.7, UUID]"""
    assert locations(a_document_entry(entry_uuid="urn:uuid:1")) == [(META, "entryUUID"), (META, "targetObject")]


def test_malformed_personal_value_is_told_by_its_shape() -> None:
    (error,) = judge(a_document_entry(source_patient_info=("PID-5 MARTIN 1980",)))
    assert "'aaa-9 aaaaaa 9999'" in error.code_context
    assert "PID-n|value" in error.code_context


@pytest.mark.parametrize("extra", ["^NH", "^^^20240101", "^^x"])
def test_patient_id_with_more_than_id_and_authority_is_refused_unless_the_domain_adds_to_it(extra: str) -> None:
    """[ITI TF-3: Table 4.2.3.1.7-2, CX]"""
    patient_id = CX(a_patient_id() + extra)
    entry = a_document_entry(patient_id=patient_id, source_patient_id=patient_id)
    assert locations(entry) == [(META, "sourcePatientId"), (META, "patientId")]
    assert locations(entry, cx_type_code="NH") == []


@pytest.mark.parametrize("title", ["x" * 128, "é" * 128])
def test_title_of_128_characters_is_accepted(title: str) -> None:
    """[ITI TF-3: 4.2.3.2.24]"""
    assert locations(a_document_entry(title=(LocalizedString(title),))) == []


def test_author_of_a_role_alone_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-3: 4.2.3.1.4]"""
    nobody = an_author(author_person=None, author_institution=())
    assert locations(a_document_entry(author=(nobody,))) == [(META, "author")]
    assert locations(a_submission_set(author=(nobody,))) == [(META, "author")]


@pytest.mark.parametrize("name", ["authorEmail", "urn:ihe:iti:xds:2099:new", ""])
def test_slot_that_is_no_attribute_gets_XDSRegistryMetadataError(name: str) -> None:
    """[ITI TF-3: 4.2.3.1.6]"""
    slots = (Slot(name, ("x",)),)
    assert [code for code, _ in locations(a_document_entry(extra=slots))] == [META]
    assert [code for code, _ in locations(a_document_entry(author=(an_author(extra=slots),)))] == [META]


def test_slot_of_a_foreign_urn_is_accepted() -> None:
    """[ITI TF-3: 4.2.3.1.6]"""
    slots = (Slot("urn:nist:extra", ("x",)), Slot("urn:ihe-like:x"))
    assert locations(a_document_entry(extra=slots, author=(an_author(extra=slots),))) == []


def test_slots_of_an_update_are_accepted_in_an_update_alone() -> None:
    """[ITI Supplement XDS Metadata Update: 3.57.4.1.3]"""
    good = a_submission(document_entries=[a_document_entry(logical_id=fresh_uuid())])
    (membership,) = good.associations
    update = replace(good, associations=(replace(membership, extra=(Slot("PreviousVersion", ("1",)),)),))
    found = rules.judge_submission(update, ITI_42, a_domain())
    assert [error.location for error in found] == ["Association Membership01 / Slot"]
    assert rules.judge_submission(update, ITI_57, a_domain()) == ()


CLASS_CODES = frozenset(
    {("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1"), ("IMAGES", "1.3.6.1.4.1.19376.1.2.6.1"), ("11", "1.2")}
)


def class_codes(bite: Bite) -> dict[str, ValueSet]:
    return {"class_code": ValueSet("the class codes", CLASS_CODES, bite)}


@pytest.mark.parametrize(
    ("code", "scheme", "told"),
    [
        ("IMAGE", "1.3.6.1.4.1.19376.1.2.6.1", "'IMAGE' of scheme '1.3.6.1.4.1.19376.1.2.6.1'"),
        ("IMAGE", "1.3.6.1.4.1.19376.1.2.6.1", "the nearest is 'IMAGES'"),
        ("REPORTS", "1.2", "where 'REPORTS' has scheme '1.3.6.1.4.1.19376.1.2.6.1'"),
        ("1", "1.2", "the nearest is '11'"),
        ("IMAGE", "9.9", "the nearest is 'IMAGES' of scheme '1.3.6.1.4.1.19376.1.2.6.1'"),
        ("x" * 5000, "9.9", "the nearest is"),
    ],
)
def test_code_that_the_domain_does_not_know_gets_XDSRegistryMetadataError_and_the_nearest(
    code: str, scheme: str, told: str
) -> None:
    """[ITI TF-1: 10.4.1]"""
    (error,) = judge(a_document_entry(class_code=a_code(code, scheme)), value_sets=class_codes(Bite.ERROR))
    assert (error.row.code, error.severity) == (META, Severity.ERROR)
    assert told in error.code_context
    assert len(error.code_context) < 500


@pytest.mark.parametrize(("bite", "severities"), [(Bite.WARNING, [Severity.WARNING]), (Bite.OFF, [])])
def test_unknown_code_bites_as_hard_as_the_domain_says(bite: Bite, severities: list[Severity]) -> None:
    found = judge(a_document_entry(class_code=a_code("x", "y")), value_sets=class_codes(bite))
    assert [error.severity for error in found] == severities


def test_code_of_the_domain_is_accepted_under_any_display_name() -> None:
    """[ITI TF-3: 4.2.3.1.2]"""
    entry = a_document_entry(class_code=a_code("IMAGES", "1.3.6.1.4.1.19376.1.2.6.1", "Photographies"))
    assert judge(entry, value_sets=class_codes(Bite.ERROR)) == ()


def test_every_code_of_a_list_is_looked_up() -> None:
    confidential = {"confidentiality_code": ValueSet("confidentiality", frozenset({("N", "2.16.840.1.113883.5.25")}))}
    entry = a_document_entry(
        confidentiality_code=(a_code("N", "2.16.840.1.113883.5.25"), a_code("V", "x"), a_code("R", "x"))
    )
    assert locations(entry, value_sets=confidential) == [(META, "confidentialityCode")] * 2


def test_media_type_that_the_domain_does_not_know_gets_XDSRegistryMetadataError() -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    types = {"mime_type": ValueSet("media types", frozenset({("text/xml", "")}))}
    assert locations(a_document_entry(), value_sets=types) == []
    assert locations(a_document_entry(mime_type="text/plain"), value_sets=types) == [(META, "mimeType")]


@pytest.mark.parametrize(
    ("value", "field", "name"),
    [
        (a_submission_set(), "content_type_code", "contentTypeCode"),
        (a_folder(), "code_list", "codeList"),
        (a_document_entry(), "event_code_list", "eventCodeList"),
    ],
)
def test_codes_of_every_kind_of_object_are_looked_up(value: Owner, field: str, name: str) -> None:
    assert locations(value, value_sets={field: ValueSet("none", frozenset())}) == [(META, name)]


def test_hundreds_of_unknown_codes_are_told_without_a_hundred_searches() -> None:
    """Suggestions stop after a few: each costs time, and a hostile sender has much of it."""
    many = frozenset((f"code {number}", "1.2") for number in range(2000))
    entry = a_document_entry(event_code_list=tuple(a_code(f"x{number}", "1.2") for number in range(300)))
    found = judge(entry, value_sets={"event_code_list": ValueSet("events", many)})
    assert len(found) == 300
    assert sum("nearest" in error.code_context for error in found) == 5


@pytest.mark.parametrize(
    ("start", "stop", "codes"),
    [
        ("20240311", "20240310", [META]),
        ("202403111001", "202403111000", [META]),
        ("20240311", "20240311", []),
        ("20240601", "2024", []),
        ("2024", "20240601", []),
        ("2025", "20240601", [META]),
    ],
)
def test_service_that_ends_before_it_starts_gets_XDSRegistryMetadataError(
    start: str, stop: str, codes: list[str]
) -> None:
    """[ITI TF-3: 4.2.3.2.19]"""
    entry = a_document_entry(service_start_time=DTM(start), service_stop_time=DTM(stop))
    assert [code for code, _ in locations(entry)] == codes
