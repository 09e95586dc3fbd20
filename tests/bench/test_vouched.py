"""Requests made ahead are ones that a service takes, each once."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import checks, material, vouched
from bench.checks import Check
from bench.service import REPOSITORY_UNIQUE_ID
from bench.vouched import VouchedRequests
from server import pki, prepare, settings, wiring
from server.door import Asked
from server.exchange import Exchange
from server.settings import Role

CHECKS = [Check.ASSERTION, Check.SEAL, Check.FULL, Check.SIGNED]
PATIENT = material.matricule(3)


@pytest.fixture(params=CHECKS)
def check(request: pytest.FixtureRequest) -> Check:
    return Check(request.param)


@pytest.fixture
def exchange(tmp_path: Path, keys: Path, check: Check) -> Iterator[Exchange]:
    chosen = settings.load(
        None,
        {
            "COFFRE_DATA_DIR": str(tmp_path / "data"),
            "COFFRE_DOMAIN": str(checks.write_domain(tmp_path, check)),
            "COFFRE_TRUST_ANCHORS": str(keys),
            "COFFRE_REPOSITORY_UNIQUE_ID": REPOSITORY_UNIQUE_ID,
        },
    )
    prepare.prepare(chosen, Role.ALL)
    house = wiring.build(chosen, Role.ALL)
    yield Exchange(house.routes, reception=house.reception)
    house.close()


@pytest.fixture
def peer(keys: Path) -> bytes:
    """The certificate that opens TLS in the bench."""
    return ssl.PEM_cert_to_DER_cert(pki.paths(keys, "establishment-tls")[0].read_text())


def ask(exchange: Exchange, request: bytes, peer: bytes) -> bytes:
    head, _, body = request.partition(b"\r\n\r\n")
    line, *fields = head.decode().split("\r\n")
    headers = dict(field.split(": ", 1) for field in fields)
    assert headers["Content-Length"] == str(len(body))
    endpoint = line.split()[1].removeprefix("/services/")
    answer = exchange.answer(Asked(endpoint, headers["Content-Type"], body, peer))
    return b"".join(piece if isinstance(piece, bytes) else b"".join(piece.chunks()) for piece in answer.pieces)


def test_submission_made_ahead_is_accepted_once(exchange: Exchange, keys: Path, check: Check, peer: bytes) -> None:
    requests = VouchedRequests("localhost", REPOSITORY_UNIQUE_ID, check, keys)
    request = requests.provide(PATIENT)
    assert b"ResponseStatusType:Success" in ask(exchange, request, peer)
    assert b"ResponseStatusType:Success" in ask(exchange, requests.provide(PATIENT), peer)
    assert b"FailedCheck" in ask(exchange, request, peer)


def test_query_made_ahead_is_believed(exchange: Exchange, keys: Path, check: Check, peer: bytes) -> None:
    """Of a patient without a record a physician is shown that there is nothing."""
    requests = VouchedRequests("localhost", REPOSITORY_UNIQUE_ID, check, keys)
    assert b"ResponseStatusType:Success" in ask(exchange, requests.query(PATIENT), peer)


def test_retrieval_made_ahead_is_believed(exchange: Exchange, keys: Path, check: Check, peer: bytes) -> None:
    requests = VouchedRequests("localhost", REPOSITORY_UNIQUE_ID, check, keys)
    assert b"XDSDocumentUniqueIdError" in ask(exchange, requests.retrieve(1), peer)


def test_requests_made_ahead_end_when_all_are_given() -> None:
    made: list[int] = []

    def make() -> bytes:
        made.append(len(made))
        return b"%d" % made[-1]

    requests = vouched.ahead(make, 3)
    assert made == [0, 1, 2]
    assert sorted(requests) == [b"0", b"1", b"2"]


def test_folder_without_keys_is_said(tmp_path: Path) -> None:
    with pytest.raises(vouched.KeysMissing, match="establishment-seal"):
        VouchedRequests("localhost", REPOSITORY_UNIQUE_ID, Check.FULL, tmp_path)
