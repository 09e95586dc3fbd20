"""Transport security: TLS 1.2 and 1.3, and nobody without a certificate. [contract 3; ITI TF-2: 3.19; CI-SIS transport]"""

from __future__ import annotations

import socket
import ssl
import subprocess
import warnings
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from interop_tests.conftest import Launch, fed
from interop_tests.running import COMMAND, REPOSITORY, Running
from interop_tests.witness import wire
from interop_tests.witness.metadata import Entry, Lot

VERSIONS = {"TLS 1.2": ssl.TLSVersion.TLSv1_2, "TLS 1.3": ssl.TLSVersion.TLSv1_3}


def new_pki(folder: Path) -> Path:
    """A demonstration PKI, made by the command."""
    made = subprocess.run(
        [*COMMAND, "pki", "init", str(folder)],
        cwd=folder.parent,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    return folder


@pytest.fixture(scope="module")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The PKI of the service and of its partners."""
    return new_pki(tmp_path_factory.mktemp("pki") / "ours")


@pytest.fixture(scope="module")
def service(launch: Launch, pki: Path) -> Iterator[Running]:
    """A service that demands client certificates."""
    running = launch(
        COFFRE_HOST="localhost",
        COFFRE_TLS_CERT=pki / "server.cert.pem",
        COFFRE_TLS_KEY=pki / "server.key.pem",
        COFFRE_TLS_CLIENT_CA=pki / "ca.cert.pem",
    )
    yield running
    assert running.stop() == 0
    assert running.troubles() == []


def client(pki: Path, version: ssl.TLSVersion, holder: Path | None) -> ssl.SSLContext:
    """A client that speaks one version, with the establishment's certificate of a PKI or with none."""
    context = ssl.create_default_context(cafile=str(pki / "ca.cert.pem"))
    # From the lower end first: a context's range must never be empty.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # that TLS 1.1 is old is why it is asked for
        context.minimum_version = min(version, context.minimum_version)
        context.maximum_version = version
        context.minimum_version = version
    if holder is not None:
        context.load_cert_chain(holder / "establishment-tls.cert.pem", holder / "establishment-tls.key.pem")
    return context


@pytest.mark.parametrize("version", VERSIONS)
def test_partner_with_a_certificate_stores_finds_and_retrieves(service: Running, pki: Path, version: str) -> None:
    """[ITI TF-2: 3.19.4.1]"""
    assert service.url.startswith("https://")
    partner = service.partner(client(pki, VERSIONS[version], pki))
    patient = fed(partner)
    entry = Entry(patient_id=patient, content=version.encode())
    assert partner.provide(Lot(patient_id=patient, entries=(entry,))).status == "Success"
    assert partner.find_documents(patient).unique_ids == [entry.unique_id]
    assert partner.retrieve(REPOSITORY, entry.unique_id).documents == {entry.unique_id: entry.content}


@pytest.mark.parametrize("version", VERSIONS)
def test_partner_without_certificate_gets_no_answer(service: Running, pki: Path, version: str) -> None:
    """Turned away in the handshake. [contract 3]"""
    with pytest.raises(wire.NoAnswer):
        service.partner(client(pki, VERSIONS[version], None)).get_documents("1.2.3")


@pytest.mark.parametrize("version", VERSIONS)
def test_partner_with_a_strange_authority_s_certificate_gets_no_answer(
    service: Running, pki: Path, tmp_path: Path, version: str
) -> None:
    """Of the same names, from another authority."""
    with pytest.raises(wire.NoAnswer):
        service.partner(client(pki, VERSIONS[version], new_pki(tmp_path / "theirs"))).get_documents("1.2.3")


def hello(context: ssl.SSLContext, port: int) -> str | None:
    """The version of a handshake that the server agrees to."""
    with (
        socket.create_connection(("localhost", port), timeout=10) as connection,
        context.wrap_socket(connection, server_hostname="localhost") as wrapped,
    ):
        return wrapped.version()


def hello_to_ourselves(context: ssl.SSLContext, pki: Path) -> str | None:
    """The same with a server that takes any version."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pki / "server.cert.pem", pki / "server.key.pem")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        server.minimum_version = ssl.TLSVersion.TLSv1_1
    server.set_ciphers("ALL:@SECLEVEL=0")
    with socket.create_server(("localhost", 0)) as listening, ThreadPoolExecutor(1) as pool:
        port = listening.getsockname()[1]
        accepted = pool.submit(lambda: server.wrap_socket(listening.accept()[0], server_side=True).close())
        version = hello(context, port)
        accepted.result()
        return version


def test_TLS_1_1_is_refused_by_the_service(service: Running, pki: Path) -> None:
    """The client could; the service does not. [RFC 8996]"""
    context = client(pki, ssl.TLSVersion.TLSv1_1, pki)
    context.set_ciphers("ALL:@SECLEVEL=0")
    try:
        spoken = hello_to_ourselves(context, pki)
    except (OSError, ssl.SSLError):
        pytest.skip("the OpenSSL of this machine speaks no TLS 1.1 that could be refused")
    assert spoken == "TLSv1.1"
    with pytest.raises(OSError):
        hello(context, service.port)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    assert hello(context, service.port) == "TLSv1.2"


def test_plain_http_gets_no_answer(service: Running) -> None:
    """Nothing is said in the clear."""
    with pytest.raises(wire.NoAnswer):
        wire.post(f"http://localhost:{service.port}/services/registry", wire.SIMPLE, b"<x/>")


def test_certificate_of_the_service_is_of_its_host_and_its_authority(
    service: Running, pki: Path, tmp_path: Path
) -> None:
    """A partner that trusts another authority does not speak to it."""
    strange = client(new_pki(tmp_path / "theirs"), ssl.TLSVersion.TLSv1_3, pki)
    with pytest.raises(wire.NoAnswer, match="CERTIFICATE_VERIFY_FAILED"):
        service.partner(strange).get_documents("1.2.3")
