"""MLLP on real sockets: a running service, and the listener alone where time or numbers matter. [MLLP Release 1; ITI TF-2: 3.8]"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import ssl
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from registry.stored_queries import FIND_DOCUMENTS
from server import mllp, settings, wiring
from server.feed_exchange import Answered
from server.metrics import Metrics, Outcome, new_block
from server.mllp import Listener
from server.settings import Role, Settings, SettingsError
from tests.samples import a_patient_id
from tests.server import messages
from tests.server.conftest import Running, running
from tests.server.test_feed_exchange import ALIX, an_adt, mrg, pid
from tests.server.test_serve import start_and_fail, wait_until, workers_of
from tests.server.test_tls import client_context
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest
from xds.metadata import Submission
from xds.transactions import ITI_18
from xds.vocabulary import AvailabilityStatus, ReturnType
from xds.wire import query, response

START, END = b"\x0b", b"\x1c\r"


class Sender:
    """An interface engine with one connection."""

    def __init__(self, port: int, context: ssl.SSLContext | None = None) -> None:
        self.wire = socket.create_connection(("127.0.0.1", port), timeout=20)
        if context is not None:
            self.wire = context.wrap_socket(self.wire, server_hostname="localhost")
        self._rest = b""

    def __enter__(self) -> Sender:
        return self

    def __exit__(self, *_: object) -> None:
        self.wire.close()

    def put(self, data: bytes) -> None:
        self.wire.sendall(data)

    def take(self) -> bytes:
        """The next answer; empty when the other side has closed."""
        while END not in self._rest:
            piece = self.wire.recv(65536)
            if not piece:
                return b""
            self._rest += piece
        block, _, self._rest = self._rest.partition(END)
        assert block.startswith(START)
        return block[1:]

    def ask(self, message: str | bytes, encoding: str = "iso-8859-1") -> list[str]:
        """Sends a message; the fields of the MSA that comes back."""
        self.put(START + (message.encode(encoding) if isinstance(message, str) else message) + END)
        return msa(self.take())

    def is_closed(self) -> bool:
        """Whether the other side has closed, and said nothing more."""
        try:
            return self.wire.recv(1) == b""
        except ConnectionResetError:
            return True


def msa(acknowledgement: bytes) -> list[str]:
    line = next(line for line in acknowledgement.decode("iso-8859-1").split("\r") if line.startswith("MSA"))
    return line.split("|")[1:]


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def known(service: Running, id_number: str) -> bool:
    """Whether a patient can be submitted for."""
    content_type, body = messages.a_provide()
    named = body.replace(b"MARTIN-1", id_number.encode())
    status, _, answer = service.post("/services/repository", (content_type, named))
    assert status == 200
    return b"XDSUnknownPatientId" not in answer


@pytest.fixture(scope="module")
def feeding(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Running, int]]:
    """A service of two workers that takes the feed, and the port where."""
    port = free_port()
    folder = tmp_path_factory.mktemp("mllp")
    with running(folder, "--workers", "2", COFFRE_MLLP_PORT=str(port)) as started:
        yield started, port


def test_patient_who_is_announced_is_known_to_every_worker_from_then_on(feeding: tuple[Running, int]) -> None:
    """[ITI TF-2: 3.8.4.1.4]"""
    service, port = feeding
    assert not known(service, "ADT-1")
    with Sender(port) as sender:
        assert sender.ask(an_adt(pid(ALIX.replace("MARTIN-1", "ADT-1")), control_id="A1")) == ["AA", "A1"]
    assert all(known(service, "ADT-1") for _ in range(6))


def test_merge_ends_an_identifier_for_every_worker(feeding: tuple[Running, int]) -> None:
    """[ITI TF-2: 3.8.4.2.4]"""
    service, port = feeding
    old, new = (ALIX.replace("MARTIN-1", name) for name in ("OLD-1", "NEW-1"))
    with Sender(port) as sender:
        for identifier in (old, new):
            assert sender.ask(an_adt(pid(identifier)))[0] == "AA"
        assert sender.ask(an_adt(pid(new), mrg(old), event="A40", control_id="A40-1")) == ["AA", "A40-1"]
    assert not any(known(service, "OLD-1") for _ in range(4))
    assert known(service, "NEW-1")


def test_messages_of_one_connection_are_answered_in_their_order(feeding: tuple[Running, int]) -> None:
    """Sent without waiting, as some engines do."""
    _, port = feeding
    with Sender(port) as sender:
        sender.put(b"".join(START + an_adt(control_id=f"P{number}").encode() + END for number in range(20)))
        assert [msa(sender.take())[1] for _ in range(20)] == [f"P{number}" for number in range(20)]


def test_message_that_comes_byte_by_byte_is_read(feeding: tuple[Running, int]) -> None:
    _, port = feeding
    with Sender(port) as sender:
        for byte in START + an_adt(control_id="SLOW").encode() + END:
            sender.put(bytes([byte]))
        assert msa(sender.take()) == ["AA", "SLOW"]


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n\r\n"])
def test_line_ends_between_blocks_and_a_block_without_its_last_CR_are_passed_over(
    feeding: tuple[Running, int], between: bytes
) -> None:
    _, port = feeding
    with Sender(port) as sender:
        for number in range(2):
            sender.put(between + START + an_adt(control_id=f"L{number}").encode() + b"\x1c")
            assert msa(sender.take()) == ["AA", f"L{number}"]


@pytest.mark.parametrize(("character_set", "encoding"), [("", "iso-8859-1"), ("UNICODE UTF-8", "utf-8")])
def test_control_id_comes_back_byte_for_byte(feeding: tuple[Running, int], character_set: str, encoding: str) -> None:
    """MSA-2 is MSH-10. [HL7 v2.5: 2.15.8.2]"""
    _, port = feeding
    with Sender(port) as sender:
        message = an_adt(character_set=character_set, control_id="n° été")
        sender.put(START + message.encode(encoding) + END)
        assert b"\rMSA|AA|" + "n° été".encode(encoding) + b"\r" in sender.take()


def test_connection_lives_on_after_a_refusal(feeding: tuple[Running, int]) -> None:
    _, port = feeding
    with Sender(port) as sender:
        assert sender.ask(an_adt(event="A31", control_id="R1"))[:2] == ["AR", "R1"]
        assert sender.ask(b"nonsense")[0] == "AE"
        assert sender.ask(an_adt(control_id="R2")) == ["AA", "R2"]


def test_who_does_not_speak_MLLP_is_told_and_the_connection_closed(feeding: tuple[Running, int]) -> None:
    """Where the next message begins is unknown."""
    _, port = feeding
    with Sender(port) as sender:
        sender.put(b"GET / HTTP/1.1\r\n\r\n")
        code, control_id, reason = msa(sender.take())
        assert (code, control_id) == ("AR", "")
        assert "MLLP" in reason
        assert sender.is_closed()


def test_message_that_is_too_large_is_refused_and_the_connection_closed(feeding: tuple[Running, int]) -> None:
    _, port = feeding
    with Sender(port) as sender:
        sender.put(START + an_adt().encode() + b"OBX|1|ED|||" + b"A" * mllp.MESSAGE_BYTES_MAX)
        code, _, reason = msa(sender.take())
        assert code == "AR"
        assert str(mllp.MESSAGE_BYTES_MAX) in reason
        assert sender.is_closed()


def test_half_a_message_changes_nothing(feeding: tuple[Running, int]) -> None:
    service, port = feeding
    with Sender(port) as sender:
        sender.put(START + an_adt(pid(ALIX.replace("MARTIN-1", "HALF"))).encode())
    time.sleep(0.2)
    assert not known(service, "HALF")


def test_connection_that_keeps_silent_stops_nobody(feeding: tuple[Running, int]) -> None:
    _, port = feeding
    with Sender(port) as silent, Sender(port) as half, Sender(port) as sender:
        half.put(START + b"MSH|^~")
        assert sender.ask(an_adt(control_id="B1")) == ["AA", "B1"]
        assert silent.ask(an_adt(control_id="B2")) == ["AA", "B2"]


def test_messages_are_counted_and_logged_by_their_ids_alone(feeding: tuple[Running, int]) -> None:
    """[decision 13]"""
    service, port = feeding
    with Sender(port) as sender:
        sender.ask(an_adt(pid(ALIX.replace("MARTIN-1", "SECRET-1")), control_id="LOGGED-1"))
        sender.ask(an_adt(pid(r"SECRET-1\X\^^^IHERED"), mrg("SECRET-1"), event="A40", control_id="LOGGED-2"))
    _, _, counters = service.get("/metrics")
    assert b'coffre_requests_total{transaction="ITI-8",outcome="success"}' in counters
    log = service.log.read_text()
    assert "ITI-8 LOGGED-1 success" in log
    assert "ITI-8 LOGGED-2 " in log
    assert "SECRET-1" not in log
    assert "Alix" not in log


@pytest.mark.parametrize("workers", ["1", "2"])
def test_service_told_to_stop_closes_idle_connections_and_exits_0(tmp_path: Path, workers: str) -> None:
    port = free_port()
    with running(tmp_path, "--workers", workers, COFFRE_MLLP_PORT=str(port)) as service:
        with Sender(port) as idle, Sender(port) as half:
            assert idle.ask(an_adt()) == ["AA", "M1"]
            half.put(START + b"MSH|^~")
            time.sleep(0.2)
            started = time.monotonic()
            assert service.stop() == 0
            assert time.monotonic() - started < 10
            assert idle.is_closed()
            assert half.is_closed()
        with pytest.raises(ConnectionRefusedError):
            Sender(port)
    assert "Traceback" not in service.log.read_text()


def test_worker_in_the_place_of_the_dead_one_takes_the_feed(tmp_path: Path) -> None:
    """One worker listens, and the socket outlives it: what waits for it is there for the next."""
    port = free_port()
    with running(tmp_path, "--workers", "2", COFFRE_MLLP_PORT=str(port)) as service:
        with Sender(port) as sender:
            assert sender.ask(an_adt()) == ["AA", "M1"]
            (listening,) = [worker for worker in workers_of(service) if has_connection_on(worker, port)]
            os.kill(listening.pid, signal.SIGKILL)
            assert sender.is_closed()
        with Sender(port) as sender:
            assert sender.ask(an_adt(control_id="M2")) == ["AA", "M2"]
        wait_until(lambda: len(workers_of(service)) == 2)


def test_merge_beside_submissions_leaves_nothing_behind(tmp_path: Path, fresh_url: str) -> None:
    """Over the wire, on both databases: what was accepted is the survivor's. [ITI TF-2: 3.8.4.2.4]"""
    port = free_port()
    with running(tmp_path, "--workers", "2", COFFRE_MLLP_PORT=str(port), COFFRE_DATABASE_URL=fresh_url) as service:
        for number in range(8):
            old, new = a_patient_id(f"OLD-{number}"), a_patient_id(f"NEW-{number}")
            with Sender(port) as sender:
                for patient_id in (old, new):
                    assert sender.ask(an_adt(pid(patient_id)))[0] == "AA"
                lots = [messages.a_lot_of(old) for _ in range(6)]
                start = threading.Barrier(len(lots) + 1)

                def post(lot: Submission, start: threading.Barrier = start) -> tuple[str, ...]:
                    start.wait(timeout=30)
                    _, *answer = service.post("/services/repository", messages.a_provide(lot))
                    return response.read_response(messages.read(*answer).body).errors.codes

                with ThreadPoolExecutor(len(lots)) as pool:
                    posted = [pool.submit(post, lot) for lot in lots]
                    start.wait(timeout=30)
                    assert sender.ask(an_adt(pid(new), mrg(old), event="A40")) == ["AA", "M1"]
                    codes = [one.result(timeout=60) for one in posted]
            assert set(codes) <= {(), ("XDSUnknownPatientId",)}
            accepted = [messages.unique_id_of(lot) for lot, code in zip(lots, codes, strict=True) if not code]
            assert found(service, new) == sorted(accepted)
            assert found(service, old) == []


def found(service: Running, patient_id: CX) -> list[str]:
    """uniqueIds of what FindDocuments finds for a patient."""
    parameters = {
        "$XDSDocumentEntryPatientId": ((f"'{patient_id}'",),),
        "$XDSDocumentEntryStatus": ((f"('{AvailabilityStatus.APPROVED}')",),),
    }
    request = AdhocQueryRequest(FIND_DOCUMENTS.query_id, ReturnType.LEAF_CLASS, parameters)
    _, *answer = service.post("/services/registry", messages.a_message(ITI_18, query.write_query(request)))
    entries = query.read_query_response(messages.read(*answer).body).objects.document_entries
    assert {entry.patient_id for entry in entries} <= {patient_id}
    return sorted(entry.unique_id or "" for entry in entries)


def has_connection_on(process: psutil.Process, port: int) -> bool:
    return any(
        one.status == psutil.CONN_ESTABLISHED and one.laddr.port == port for one in process.net_connections("tcp")
    )


def test_feed_goes_over_TLS_where_the_service_speaks_TLS(tmp_path: Path, keys: Path) -> None:
    """[ITI TF-2: 3.19]"""
    port = free_port()
    variables = {
        "COFFRE_TLS_CERT": str(keys / "server.cert.pem"),
        "COFFRE_TLS_KEY": str(keys / "server.key.pem"),
        "COFFRE_TLS_CLIENT_CA": str(keys / "ca.cert.pem"),
        "COFFRE_MLLP_PORT": str(port),
    }
    with running(tmp_path, "--workers", "1", **variables) as service:
        with Sender(port, client_context(keys)) as sender:
            assert sender.ask(an_adt()) == ["AA", "M1"]
        with Sender(port) as plain:
            plain.put(START + an_adt().encode() + END)
            assert plain.take() == b""
        with suppress(OSError), Sender(port, client_context(keys, None)) as nobody:
            nobody.put(START + an_adt().encode() + END)
            assert nobody.take() == b""
        assert f"ITI-8 on 127.0.0.1:{port}, TLS" in service.log.read_text()


def test_port_that_is_taken_is_said_at_the_start(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        status, told = start_and_fail(tmp_path, COFFRE_MLLP_PORT=str(port))
    assert status == 1
    assert f"port {port} cannot be listened on" in told
    assert "COFFRE_MLLP_PORT" in told


def test_repository_apart_takes_no_feed(make_settings: Callable[..., Settings]) -> None:
    chosen = make_settings(COFFRE_MLLP_PORT="2575", COFFRE_REGISTRY_URL="http://127.0.0.1:1/services/registry")
    with pytest.raises(SettingsError, match="COFFRE_MLLP_PORT"):
        wiring.check_role(chosen, Role.REPOSITORY)
    assert settings.load(None, {}).mllp_port is None


@pytest.mark.parametrize("role", [Role.ALL, Role.REGISTRY])
def test_house_with_a_registry_takes_the_feed(make_settings: Callable[..., Settings], role: Role) -> None:
    house = wiring.build(make_settings(), role)
    assert house.feed is not None
    house.close()


async def at_once(act: Callable[[], Answered]) -> Answered:
    return act()


def echo(message: bytes) -> Answered:
    return Answered(b"MSA|" + message, "id", Outcome.SUCCESS)


@contextmanager
def listening(
    answer: Callable[[bytes], Answered] = echo,
    judge: Callable[[Callable[[], Answered]], Awaitable[Answered]] = at_once,
    grace_seconds: float = 5,
) -> Iterator[int]:
    """A listener in a thread of its own, stopped when the block ends; its port."""
    metrics = Metrics(new_block(1))
    sock = socket.create_server(("127.0.0.1", 0))
    sock.setblocking(False)
    ready, stop = threading.Event(), threading.Event()

    async def serve() -> None:
        listener = Listener(answer, judge, metrics)
        await listener.start(sock)
        ready.set()
        while not stop.is_set():
            await asyncio.sleep(0.01)
        await listener.stop(grace_seconds)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield sock.getsockname()[1]
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def test_message_that_is_not_whole_in_time_ends_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "MESSAGE_SECONDS", 0.2)
    with listening() as port, Sender(port) as sender:
        sender.put(START + b"half")
        assert sender.is_closed()


def test_connection_without_messages_is_closed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "IDLE_SECONDS", 0.3)
    with listening() as port, Sender(port) as sender:
        sender.put(START + b"x" + END)
        assert sender.take() == b"MSA|x"
        assert sender.is_closed()


def test_connection_beyond_the_bound_is_turned_away(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "CONNECTIONS_MAX", 2)
    with listening() as port, Sender(port) as one, Sender(port) as two:
        for sender in (one, two):
            sender.put(START + b"x" + END)
            assert sender.take() == b"MSA|x"
        with Sender(port) as third:
            assert third.is_closed()
        one.wire.close()
        time.sleep(0.2)
        with Sender(port) as fourth:
            fourth.put(START + b"y" + END)
            assert fourth.take() == b"MSA|y"


def test_message_under_way_is_answered_before_the_listener_stops() -> None:
    begun = threading.Event()

    async def slowly(act: Callable[[], Answered]) -> Answered:
        begun.set()
        await asyncio.sleep(0.5)
        return act()

    with listening(judge=slowly) as port:
        sender = Sender(port)
        sender.put(START + b"x" + END)
        assert begun.wait(5)
    with sender:
        assert sender.take() == b"MSA|x"
        assert sender.is_closed()


def test_one_sender_that_takes_no_answers_does_not_stop_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mllp, "MESSAGE_SECONDS", 0.5)

    def much(_: bytes) -> Answered:
        return Answered(b"A" * 8_000_000, "id", Outcome.SUCCESS)

    with listening(much) as port, Sender(port) as deaf:
        deaf.put(START + b"x" + END)
        with Sender(port) as other:
            other.put(START + b"x" + END)
            assert len(other.take()) == 8_000_000
        time.sleep(1)
        deaf.wire.settimeout(5)
        taken = 0
        with suppress(ConnectionResetError):
            while piece := deaf.wire.recv(1 << 20):
                taken += len(piece)
        assert taken < 8_000_000
