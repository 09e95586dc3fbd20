"""The sealed lots of the bench are what a laboratory sends: nothing is found in them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bench import clinical, material
from bench.clinical import Lot, Template
from client import voucher
from repository.checks import Examiner
from server.domain_files import load_domain
from signing.keys import SigningKey
from signing.trust import load_trust
from xds.hl7v2 import CX
from xds.metadata import Submission

NOW = datetime.now(UTC)
PATIENT = material.matricule(5)


@pytest.fixture(scope="module")
def key(keys: Path) -> SigningKey:
    found = voucher.load_seal(keys)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def template(key: SigningKey) -> Template:
    return clinical.template(key)


def submission_of(template: Template, lot: Lot) -> Submission:
    """The metadata with what takes the place of its marks, as the wire has it."""
    ids = lot.replacements
    entries = tuple(
        replace(
            entry,
            unique_id=ids[entry.unique_id or ""],
            hash=ids[entry.hash or ""],
            patient_id=CX((entry.patient_id or "").replace(clinical.PATIENT_MARK, PATIENT)),
        )
        for entry in template.sealed.document_entries
    )
    one = replace(template.sealed.submission_set, unique_id=ids[clinical.SET_MARK])
    return replace(template.sealed, submission_sets=(one,), document_entries=entries)


def test_nothing_is_found_in_a_sealed_lot(keys: Path, key: SigningKey, template: Template) -> None:
    lot = clinical.make_lot(template, 42, PATIENT, key, NOW)
    examine = Examiner(load_domain("dmp"), load_trust([keys]))
    names = [entry.entry_uuid for entry in template.sealed.document_entries]
    contents = dict(zip(names, map(memoryview, (lot.document, lot.signature)), strict=True))
    assert tuple(examine(submission_of(template, lot), contents, NOW).errors) == ()


def test_signature_of_one_lot_does_not_hold_for_the_next(keys: Path, key: SigningKey, template: Template) -> None:
    lot, other = (clinical.make_lot(template, number, PATIENT, key, NOW) for number in (42, 43))
    examine = Examiner(load_domain("dmp"), load_trust([keys]))
    names = [entry.entry_uuid for entry in template.sealed.document_entries]
    contents = dict(zip(names, map(memoryview, (lot.document, other.signature)), strict=True))
    assert examine(submission_of(template, lot), contents, NOW).errors.has_errors


def test_report_has_the_size_that_the_table_tells() -> None:
    assert material.CDA_BYTES <= len(clinical.report()) < material.CDA_BYTES + 1500


def test_lots_keep_the_length_of_their_template(key: SigningKey, template: Template) -> None:
    lot = clinical.make_lot(template, 10**36 - 1, PATIENT, key, NOW)
    assert len(lot.document) == len(template.document)
    assert all(len(mark) == len(text) for mark, text in lot.replacements.items())
