"""The verdict on the seal of a lot that a service holds: by whom, when, over what; and what does not hold. [ITI TF-3: 5.5]"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from client import options, seal_verdict, voucher
from client.call import Service
from client.demo_checks import find_seen
from client.demonstration import AUTHOR, Person
from client.printing import Failed
from client.seal_verdict import SealedLot
from client.voucher import DOCTOR, Professional
from server import pki
from tests.client.conftest import Outcome, Running
from tests.client.documents import a_letter, a_report, facts
from xds.hl7v2 import CX
from xds.metadata import DocumentEntry

Coffre = Callable[..., Outcome]


def looking(running: Running, person: Professional) -> Service:
    return options.service_at(running.url, running.keys, voucher.of_professional(running.keys, person))


@pytest.fixture
def entry(coffre: Coffre, person: Person, french_service: Running) -> DocumentEntry:
    """A document of a sealed lot of two, as its author finds it."""
    told = facts(person)
    files = (a_report("report.xml", told), a_letter("letter.xml", facts(person)))
    assert coffre("submit", *files, "--ins", person.cx).status == 0
    with looking(french_service, AUTHOR) as service:
        return find_seen(service, CX.build(person.matricule, person.authority), lambda _: None)[told.unique_id]


def test_author_learns_who_sealed_the_lot_and_what_exactly(entry: DocumentEntry, french_service: Running) -> None:
    """[ETSI EN 319 102-1: 5]"""
    with looking(french_service, AUTHOR) as service:
        lot = seal_verdict.find_lot(service, entry)
        report = seal_verdict.judge_lot(service, lot, seal_verdict.trust_in(french_service.keys), datetime.now(UTC))
    assert set(report.covers) == {one.unique_id for one in lot.documents}
    assert len(lot.documents) == 2
    assert report.signer.organizational_unit == "10B0000000"


def test_lot_of_an_updated_document_is_the_one_that_brought_it(
    entry: DocumentEntry, coffre: Coffre, french_service: Running
) -> None:
    words = ("--ins", str(entry.patient_id), "--as", AUTHOR.person_id, "--mask")
    assert coffre("update", entry.unique_id, *words).status == 0
    with looking(french_service, AUTHOR) as service:
        updated = find_seen(service, CX(entry.patient_id or ""), lambda _: None)[entry.unique_id or ""]
        assert updated.version == "2"
        assert seal_verdict.find_lot(service, updated).unique_id == seal_verdict.find_lot(service, entry).unique_id


def test_seal_is_hidden_from_other_professionals(entry: DocumentEntry, french_service: Running) -> None:
    """[DMP: MASQUE_PS]"""
    with looking(french_service, DOCTOR) as service:
        find_seen(service, CX(entry.patient_id or ""), lambda _: None)
        with pytest.raises(Failed, match="no signature is seen"):
            seal_verdict.find_lot(service, entry)


@pytest.fixture
def lot(entry: DocumentEntry, french_service: Running) -> SealedLot:
    """The lot of that document."""
    with looking(french_service, AUTHOR) as service:
        return seal_verdict.find_lot(service, entry)


def test_seal_of_an_authority_that_is_not_trusted_does_not_hold(
    lot: SealedLot, french_service: Running, tmp_path: Path
) -> None:
    pki.make(tmp_path / "other")
    trust = seal_verdict.trust_in(tmp_path / "other")
    with looking(french_service, AUTHOR) as service, pytest.raises(Failed, match="SIG-CERT-CHAIN"):
        seal_verdict.judge_lot(service, lot, trust, datetime.now(UTC))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda lot: replace(lot, documents=lot.documents[:1]), "SIG-LOT-FOREIGN"),
        (lambda lot: replace(lot, unique_id="2.25.404"), "SIG-LOT-FOREIGN"),
        (lambda lot: replace(lot, signature=lot.documents[0]), "the seal of the lot"),
    ],
    ids=["document left out", "other set", "no signature"],
)
def test_seal_over_another_lot_does_not_hold(
    lot: SealedLot, french_service: Running, change: Callable[[SealedLot], SealedLot], rule: str
) -> None:
    trust = seal_verdict.trust_in(french_service.keys)
    with looking(french_service, AUTHOR) as service, pytest.raises(Failed, match=rule):
        seal_verdict.judge_lot(service, change(lot), trust, datetime.now(UTC))


def test_folder_without_an_authority_is_told(tmp_path: Path) -> None:
    with pytest.raises(Failed, match="self-signed certificate"):
        seal_verdict.trust_in(tmp_path)
