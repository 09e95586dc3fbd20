"""TLS 1.2 and 1.3 with client certificates, over a real service. [ITI TF-2: 3.19]"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from cryptography import x509

from server import tls
from server.settings import Settings, SettingsError
from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import Running, running


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory, keys: Path) -> Iterator[Running]:
    """A service that demands client certificates."""
    variables = {
        "COFFRE_TLS_CERT": str(keys / "server.cert.pem"),
        "COFFRE_TLS_KEY": str(keys / "server.key.pem"),
        "COFFRE_TLS_CLIENT_CA": str(keys / "ca.cert.pem"),
    }
    with running(tmp_path_factory.mktemp("secure"), "--workers", "1", **variables) as started:
        yield started


def client_context(keys: Path, name: str | None = "establishment-tls") -> ssl.SSLContext:
    """A client that trusts the demonstration CA and shows that certificate."""
    context = ssl.create_default_context(cafile=str(keys / "ca.cert.pem"))
    if name is not None:
        context.load_cert_chain(keys / f"{name}.cert.pem", keys / f"{name}.key.pem")
    return context


def ask(service: Running, context: ssl.SSLContext) -> int:
    """The status of a stored query over that context."""
    content_type, body = messages.a_query(fresh_oid())
    with closing(service.connect(context)) as connection:
        connection.request("POST", "/services/registry", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        answer.read()
        return answer.status


def test_ready_line_says_https(secure: Running) -> None:
    assert secure.url.startswith("https://127.0.0.1:")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
@pytest.mark.parametrize("holder", ["establishment-tls", "professional-authentication"])
def test_holder_of_a_certificate_of_the_CA_is_served(
    secure: Running, keys: Path, version: ssl.TLSVersion, holder: str
) -> None:
    context = client_context(keys, holder)
    context.minimum_version = context.maximum_version = version
    assert ask(secure, context) == 200


def test_client_without_certificate_is_turned_away_in_the_handshake(secure: Running, keys: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(secure, client_context(keys, None))


def test_certificate_of_another_CA_is_turned_away_in_the_handshake(secure: Running, keys: Path, tmp_path: Path) -> None:
    from server import pki

    pki.make(tmp_path / "other")
    context = client_context(keys, None)
    context.load_cert_chain(tmp_path / "other/establishment-tls.cert.pem", tmp_path / "other/establishment-tls.key.pem")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(secure, context)


def test_certificate_that_is_not_for_clients_is_turned_away(secure: Running, keys: Path) -> None:
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(secure, client_context(keys, "server"))


def test_TLS_1_1_is_refused(secure: Running, keys: Path) -> None:
    context = client_context(keys)
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(secure, context)


def test_plain_HTTP_on_a_TLS_port_gets_no_answer(secure: Running) -> None:
    with pytest.raises((ConnectionError, OSError)):
        secure.post("/services/registry", messages.a_query(fresh_oid()))


def test_verified_certificate_reaches_the_exchange(keys: Path, make_settings: Callable[..., Settings]) -> None:
    """The door hands it on as DER, so that later rooms know which establishment opened the connection."""
    import asyncio
    import threading

    import uvicorn

    from server.connection import Connection
    from server.door import Answer, Asked, Door
    from server.health import Health, pages
    from server.metrics import Metrics, Outcome, new_block
    from server.serve import listen
    from server.wiring import open_database

    chosen = make_settings(
        COFFRE_TLS_CERT=str(keys / "server.cert.pem"),
        COFFRE_TLS_KEY=str(keys / "server.key.pem"),
        COFFRE_TLS_CLIENT_CA=str(keys / "ca.cert.pem"),
        COFFRE_PORT="0",
        COFFRE_WORKERS="1",
    )
    seen: list[bytes | None] = []

    def answer(asked: Asked) -> Answer:
        seen.append(asked.client_certificate)
        return Answer(200, "text/plain", [b"ok"], "none", None, Outcome.SUCCESS)

    metrics = Metrics(new_block(1))
    database = open_database(chosen)
    door = Door(answer, ("registry",), pages(Health(database, None, metrics), metrics), metrics, body_bytes_max=1000)
    context = tls.server_context(chosen)
    assert context is not None
    config = uvicorn.Config(
        door,
        http=Connection,
        ws="none",
        lifespan="on",
        log_config=None,
        proxy_headers=False,
        ssl_context_factory=lambda *_: context,
    )
    server = uvicorn.Server(config)
    (listening,) = listen(chosen)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve(sockets=[listening])))
    thread.start()
    try:
        client = Running(None, f"https://127.0.0.1:{listening.getsockname()[1]}", keys)  # type: ignore[arg-type]
        connection = client.connect(client_context(keys))
        connection.request("POST", "/services/registry", b"x")
        assert connection.getresponse().read() == b"ok"
        connection.close()
    finally:
        server.should_exit = True
        thread.join()
        database.close()
    expected = x509.load_pem_x509_certificate((keys / "establishment-tls.cert.pem").read_bytes())
    assert seen[0] is not None
    assert x509.load_der_x509_certificate(seen[0]) == expected


@pytest.mark.parametrize("wrong", ["COFFRE_TLS_CERT", "COFFRE_TLS_KEY", "COFFRE_TLS_CLIENT_CA"])
def test_file_that_is_no_certificate_or_key_is_refused_at_the_start(
    keys: Path, tmp_path: Path, make_settings: Callable[..., Settings], wrong: str
) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("not PEM\n")
    variables = {
        "COFFRE_TLS_CERT": str(keys / "server.cert.pem"),
        "COFFRE_TLS_KEY": str(keys / "server.key.pem"),
        "COFFRE_TLS_CLIENT_CA": str(keys / "ca.cert.pem"),
    }
    with pytest.raises(SettingsError, match=f"{wrong} .*bad.pem.*cannot be used"):
        tls.server_context(make_settings(**variables | {wrong: str(bad)}))
