"""``coffre submit``: by whom a lot is signed, or that it is not. [DMP: signature; ITI TF-3: 5.5]"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from client.demonstration import Person
from server import pki
from tests.client.conftest import Outcome, Running
from tests.client.documents import a_letter, a_report, facts

Coffre = Callable[..., Outcome]


def test_lot_of_a_patient_with_an_INS_is_sealed_by_the_establishment(coffre: Coffre, person: Person) -> None:
    files = [a_report("a.xml", facts(person)), a_letter("b.xml", facts(person))]
    outcome = coffre("submit", *files, "--ins", person.cx)
    assert outcome.status == 0
    *documents, signature, last = outcome.out.splitlines()
    assert [line.rpartition("  ")[2] for line in documents] == ["a.xml", "b.xml"]
    assert signature.endswith("bytes  signature of the lot")
    assert last.startswith("Submitted 2 in SubmissionSet 2.25.")


def test_lot_is_signed_by_the_key_that_was_given(coffre: Coffre, person: Person, french_service: Running) -> None:
    certificate, key = pki.paths(french_service.keys, "professional-signature")
    file = a_report("r.xml", facts(person))
    outcome = coffre("submit", file, "--ins", person.cx, "--sign", key, certificate, "--json")
    told = json.loads(outcome.out)
    assert (outcome.status, told["status"], told["errors"]) == (0, "Success", [])
    assert told["signature"].startswith("2.25.")


def test_unsigned_lot_is_refused_by_the_French_domain(coffre: Coffre, person: Person) -> None:
    """[DMP: signature]"""
    file = a_report("r.xml", facts(person))
    outcome = coffre("submit", file, "--ins", person.cx, "--unsigned", "--json")
    told = json.loads(outcome.out)
    assert (outcome.status, told["status"], told["signature"]) == (1, "Failure", None)
    assert "SIG-LOT-MISSING" in told["errors"][0]["codeContext"]
    assert "nothing of it was kept" in outcome.err


def test_lot_signed_by_an_authentication_key_is_refused(
    coffre: Coffre, person: Person, french_service: Running
) -> None:
    """An establishment's key that opens TLS signs nothing. [CI-SIS transport]"""
    certificate, key = pki.paths(french_service.keys, "professional-authentication")
    outcome = coffre("submit", a_report("r.xml", facts(person)), "--ins", person.cx, "--sign", key, certificate)
    assert outcome.status == 1
    assert "SIG-CERT-USAGE" in outcome.err


@pytest.mark.parametrize(
    ("key", "certificate", "told"),
    [
        ("establishment-seal.key.pem", "portal-seal.cert.pem", "not that of the private key"),
        ("establishment-seal.cert.pem", "establishment-seal.cert.pem", "cannot be read"),
        ("absent.pem", "establishment-seal.cert.pem", "absent.pem"),
    ],
)
def test_key_that_cannot_sign_is_told_before_anything_is_sent(
    coffre: Coffre, person: Person, french_service: Running, key: str, certificate: str, told: str
) -> None:
    folder: Path = french_service.keys
    file = a_report("r.xml", facts(person))
    outcome = coffre("submit", file, "--ins", person.cx, "--sign", folder / key, folder / certificate)
    assert (outcome.status, outcome.out, outcome.err.count("\n")) == (1, "", 1)
    assert told in outcome.err
