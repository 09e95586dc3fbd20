"""A lot and its seal, by values alone. [ITI TF-3: 5.5; DMP: signature]"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from access.sight import Visibility, owners_of, person_key, visibility_of
from client import demonstration, seal_verdict, sealing, source, voucher
from client.demonstration import AUTHOR, CAMILLE, Facts
from client.demonstration_laboratory import RESULTS
from client.source import Patient, Prepared
from safexml import parser
from server import pki
from server.domain_files import load_domain
from signing import dsg
from signing.keys import SigningKey
from signing.policy import SignaturePolicy
from xds import transactions
from xds.metadata import Submission
from xds.rules import judge_submission
from xds.vocabulary import AssociationType, SubmissionSetStatus

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
FACTS = Facts(unique_id="2.25.1001", set_id="2.25.1000", written_at=NOW)
LETTER = replace(FACTS, unique_id="2.25.1003", set_id="2.25.1002")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sealing") / "pki"
    pki.make(folder, NOW)
    return folder


def a_lot() -> list[Prepared]:
    contents = (demonstration.laboratory_report(FACTS, RESULTS), demonstration.letter(LETTER, "Rien à signaler."))
    named = Patient(CAMILLE.matricule)
    return [source.prepare(content, named, number) for number, content in enumerate(contents, start=1)]


def seal_of(keys: Path) -> SigningKey:
    key = voucher.load_seal(keys)
    assert key is not None
    return key


def sealed(documents: list[Prepared], keys: Path) -> tuple[Submission, sealing.Seal]:
    submission = source.build(documents, {}, NOW)
    return sealing.seal(submission, documents, seal_of(keys), NOW, "2.25.1009")


def test_seal_covers_the_set_and_every_document_and_nothing_else(keys: Path) -> None:
    """[ITI TF-3: 5.5.2]"""
    documents = a_lot()
    submission, seal = sealed(documents, keys)
    report = dsg.verify_lot(
        parser.parse(seal.content),
        submission.submission_set.unique_id or "",
        [dsg.LotDocument(one.entry.unique_id or "", one.content) for one in documents],
        seal_verdict.trust_in(keys),
        SignaturePolicy(),
        NOW,
    )
    assert report.covers == ("2.25.1001", "2.25.1003")
    assert report.signer.common_name == "HOPITAL DE DEMONSTRATION"
    assert report.signed_at == NOW


def test_seal_is_one_more_document_that_signs_the_set(keys: Path) -> None:
    """[ITI TF-3: 5.5.3, 4.2.2.2.5]"""
    submission, seal = sealed(a_lot(), keys)
    assert submission.document_entries[-1] == seal.entry
    *_, member, signs = submission.associations
    ends = (submission.submission_set.entry_uuid, seal.entry.entry_uuid)
    assert (member.association_type, member.submission_set_status) == (
        AssociationType.HAS_MEMBER,
        SubmissionSetStatus.ORIGINAL,
    )
    assert (member.source_object, member.target_object) == ends
    assert signs.association_type is AssociationType.SIGNS
    assert (signs.target_object, signs.source_object) == ends


def test_entry_of_the_seal_is_the_one_of_the_DMP(keys: Path) -> None:
    """[DMP: signature]"""
    _, seal = sealed(a_lot(), keys)
    entry = seal.entry
    assert entry.format_code == sealing.FORMAT
    assert (entry.type_code.code, entry.class_code.coding_scheme, entry.language_code) == ("E1762", "URN", "art")  # type: ignore[union-attr]
    assert visibility_of(entry.confidentiality_code) == Visibility.MASQUE_PS | Visibility.INVISIBLE_PATIENT
    assert person_key(AUTHOR.person_id) in owners_of(entry.author)
    assert (entry.hash, entry.size) == (hashlib.sha1(seal.content).hexdigest(), str(len(seal.content)))


def test_sealed_lot_breaks_no_rule_of_the_domain(keys: Path) -> None:
    """[ITI TF-3: 4.2.3]"""
    submission, _ = sealed(a_lot(), keys)
    assert judge_submission(submission, transactions.ITI_41, load_domain("dmp")) == ()
