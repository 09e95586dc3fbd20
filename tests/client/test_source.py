"""Documents → submission, by values alone. [ITI TF-2: 3.41; CI-SIS PDS]"""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import UUID

import pytest

from cda.entry import UnfitHeader
from client import demonstration, source
from client.demonstration import CAMILLE, Facts
from client.demonstration_laboratory import RESULTS
from client.source import Choices, Patient, PatientDisagrees, Prepared
from server.domain_files import load_domain
from tests.cda.shared import CORPUS, corpus, needs_corpus
from xds import transactions
from xds.metadata import Code, Submission
from xds.rules import judge_submission
from xds.vocabulary import AssociationType, SubmissionSetStatus

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=timezone(timedelta(hours=1)))
FACTS = Facts(unique_id="2.25.1001", set_id="2.25.1000", written_at=NOW)
REPORT = demonstration.laboratory_report(FACTS, RESULTS)
LETTER = demonstration.letter(
    Facts(unique_id="2.25.1003", set_id="2.25.1002", written_at=NOW, replaces="2.25.1001"), "Rien à signaler."
)
BARE = Patient(CAMILLE.matricule)
DMP = load_domain("dmp")


def a_lot(*contents: bytes) -> list[Prepared]:
    return [source.prepare(content, BARE, number) for number, content in enumerate(contents, start=1)]


def a_submission(**changed: Any) -> Submission:
    return source.build(a_lot(REPORT, LETTER), changed.pop("replaced", {}), NOW, **changed)


def test_hash_and_size_are_those_of_the_bytes() -> None:
    """[ITI TF-3: 4.2.3.2.10, 4.2.3.2.22]"""
    entry = source.prepare(REPORT, BARE).entry
    assert (entry.hash, entry.size) == (hashlib.sha1(REPORT).hexdigest(), str(len(REPORT)))


def test_submission_holds_every_document_as_Original_member() -> None:
    """[ITI TF-3: 4.2.1.4]"""
    submission = a_submission()
    assert [entry.unique_id for entry in submission.document_entries] == ["2.25.1001", "2.25.1003"]
    members = [(found.source_object, found.target_object) for found in submission.associations]
    assert members == [("SubmissionSet01", "Document01"), ("SubmissionSet01", "Document02")]
    assert {found.submission_set_status for found in submission.associations} == {SubmissionSetStatus.ORIGINAL}


def test_submission_set_is_told_in_UTC_with_a_fresh_uniqueId() -> None:
    """[ITI TF-3: 4.2.3.3]"""
    fixed = UUID("00000000-0000-4000-8000-000000000001")
    submission_set = a_submission(new_uuid=lambda: fixed).submission_set
    assert submission_set.submission_time == "20260302083000"
    assert submission_set.unique_id == f"2.25.{fixed.int}"
    assert submission_set.patient_id == "280073523800332^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert submission_set.content_type_code == source.CONTENT_TYPE
    assert a_submission().submission_set.unique_id != a_submission().submission_set.unique_id


def test_replacement_is_an_RPLC_to_the_registered_entry() -> None:
    """[ITI TF-2: 3.42.4.1.3.5]"""
    target = "urn:uuid:00000000-0000-4000-8000-000000000002"
    *_, replacement = a_submission(replaced={"Document02": target}).associations
    assert replacement.association_type is AssociationType.RPLC
    assert (replacement.source_object, replacement.target_object) == ("Document02", target)


def test_header_tells_what_it_replaces() -> None:
    """[CI-SIS SM 3.5.5.23]"""
    assert [prepared.replaces for prepared in a_lot(REPORT, LETTER)] == [(), ("2.25.1001",)]


@pytest.mark.parametrize(
    "patient",
    [BARE, Patient(CAMILLE.matricule, CAMILLE.authority), Patient("EX-000042", "1.3.6.1.4.1.21367.13.20.9000")],
)
def test_patient_named_by_any_identifier_of_the_header_is_accepted(patient: Patient) -> None:
    assert source.prepare(REPORT, patient).entry.patient_id.id_number == patient.id_number  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "patient", [Patient("180073523800332"), Patient(CAMILLE.matricule, "1.2.250.1.213.1.4.8"), Patient("EX-000042")]
)
def test_document_about_somebody_else_is_refused_without_naming_them(patient: Patient) -> None:
    """A local identifier alone does not name a patient: its authority must be said."""
    with pytest.raises(PatientDisagrees) as refused:
        source.prepare(REPORT, patient)
    assert refused.value.authorities == (CAMILLE.authority, "1.3.6.1.4.1.21367.13.20.9000")
    assert CAMILLE.matricule not in str(refused.value)


def test_choices_stand_in_place_of_the_header() -> None:
    choices = Choices(title="Autre", type_code=Code("SYNTH", "1.2.250.1.213.1.1.4.12"), class_code=Code("99", "1.2.3"))
    entry = source.prepare(REPORT, BARE, choices=choices).entry
    assert entry.title[0].value == "Autre"
    assert (entry.type_code, entry.class_code) == (choices.type_code, choices.class_code)


def test_header_that_cannot_give_the_metadata_is_told() -> None:
    with pytest.raises(UnfitHeader, match="effectiveTime"):
        source.prepare(REPORT.replace(b'<effectiveTime value="2026', b'<effectiveTime x="2026', 1), BARE)


def test_demonstration_lot_breaks_no_rule_of_the_domain() -> None:
    """[ITI TF-3: 4.2.3]"""
    target = "urn:uuid:00000000-0000-4000-8000-000000000002"
    assert judge_submission(a_submission(replaced={"Document02": target}), transactions.ITI_41, DMP) == ()


@needs_corpus
@pytest.mark.parametrize("told", corpus(), ids=lambda told: told["file"])
def test_published_document_breaks_no_rule_of_the_domain(told: dict[str, Any]) -> None:
    """But for warnings on matricules whose key ANS left wrong."""
    content = (CORPUS / told["file"]).read_bytes()
    prepared = source.prepare(content, Patient(told["patientIds"][0].partition("^")[0]))
    found = judge_submission(source.build([prepared], {}, datetime.now(UTC)), transactions.ITI_41, DMP)
    assert not found.has_errors, [(error.row.code, error.code_context) for error in found]
