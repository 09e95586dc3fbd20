"""The repository's way to its registry: next door in one transaction, elsewhere by ITI-42. [ITI TF-2: 3.41.4.1.3]"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repository.store import index
from repository.store.content import take_fingerprint
from repository.store.index import Holding
from server import prepare, registry_client, registry_link, wiring
from server.exchange import Exchange
from server.registry_client import NotSent, OutcomeUnknown, RegistryClient
from server.registry_link import SETTLE_AFTER_SECONDS, LocalRegistryLink, RemoteRegistryLink
from server.settings import Settings
from server.wiring import House, Role
from soap import envelope, faults, mtom
from tests.samples import fresh_oid
from tests.server import messages
from tests.server.conftest import Running, running
from xds import errors
from xds.hl7v2 import CX
from xds.messages import AdhocQueryRequest, RegisterDocumentSet, RegistryResponse
from xds.metadata import Submission
from xds.vocabulary import ReturnType
from xds.wire import query, response, retrieval

OK = b"".join(response.write_response(RegistryResponse()))


def http(status: int, content_type: str, body: bytes) -> bytes:
    """An HTTP answer."""
    head = f"HTTP/1.1 {status} X\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n\r\n"
    return head.encode() + body


def soap(body: bytes) -> bytes:
    """An HTTP answer with that in its Body."""
    return http(200, mtom.SIMPLE, b"".join(envelope.write("urn:x", None, [body], message_id=messages.new_id())))


def fault(cause: faults.Cause) -> bytes:
    """An HTTP answer with that fault."""
    return http(500, mtom.SIMPLE, b"".join(envelope.write_fault(cause.fault("x"), None, messages.new_id())))


@contextmanager
def registry_that_answers(*answers: bytes | None) -> Iterator[tuple[str, list[bytes]]]:
    """A server that answers one request after another with given bytes, None to hang up; its URL and what it was asked."""
    seen: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            waiting = list(answers)
            while waiting:
                with listening.accept()[0] as wire:
                    _answer_on(wire, waiting, seen)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/services/registry", seen
        thread.join(5)


def _answer_on(wire: socket.socket, waiting: list[bytes | None], seen: list[bytes]) -> None:
    """Answers on one connection until it hangs up, is hung up on, or has said all."""
    while waiting:
        request = b""
        while b"</soap:Envelope>" not in request:
            piece = wire.recv(65536)
            if not piece:
                return
            request += piece
        seen.append(request)
        answer = waiting.pop(0)
        if answer is None:
            return
        wire.sendall(answer)
        if not answer:
            wire.recv(1)  # silence, until the client has had enough


def free_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@pytest.fixture
def make_repository(make_settings: Callable[..., Settings]) -> Iterator[Callable[[str], House]]:
    """A repository whose registry is at that URL."""
    built: list[House] = []

    def make(url: str) -> House:
        settings = make_settings(COFFRE_REGISTRY_URL=url)
        prepare.prepare(settings, Role.REPOSITORY)
        house = wiring.build(settings, Role.REPOSITORY)
        built.append(house)
        return house

    yield make
    for house in built:
        house.close()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A registry alone, to which the samples' patient is known."""
    with running(tmp_path_factory.mktemp("registry"), "--role", "registry", "--workers", "1") as started:
        started.post("/services/patients", messages.a_feed())
        yield started


def provide(house: House, lot: Submission, document: bytes = messages.DOCUMENT) -> errors.ErrorList:
    """The errors of an ITI-41."""
    answer = Exchange(house.routes).answer(messages.asked("repository", messages.a_provide(lot, document)))
    return response.read_response(messages.read_answer(answer).body).errors


def retrieves(house: House, lot: Submission) -> bool:
    """Whether the document can be had by ITI-43."""
    wanted = messages.a_retrieval(house.domain.repository_unique_id, messages.unique_id_of(lot))
    answer = messages.read_answer(Exchange(house.routes).answer(messages.asked("repository", wanted)))
    found = retrieval.read_retrieve_response(answer.body, lambda element: mtom.content_of(element, answer.package))
    return [b"".join(one.content.chunks()) for one in found.documents] == [messages.DOCUMENT]


def offers(house: House) -> tuple[Holding, ...]:
    """What is offered and neither held nor withdrawn."""
    with house.database.read() as work:
        return index.find_offers(work, int(time.time()) + 1)


def stored(house: House) -> int:
    """How many documents' bytes are kept."""
    assert house.content is not None
    return len(list(house.content.files()))


def a_holding(lot: Submission, document: bytes = messages.DOCUMENT) -> Holding:
    """The index row of a lot's document."""
    fingerprint = take_fingerprint(memoryview(document))
    return Holding(messages.unique_id_of(lot), fingerprint.digest, fingerprint.size, "text/xml", fresh_oid(), 0)


def test_repository_apart_serves_what_a_registry_elsewhere_accepted(
    make_repository: Callable[[str], House], registry: Running
) -> None:
    """[ITI TF-2: 3.42]"""
    house = make_repository(f"{registry.url}/services/registry")
    for _ in range(2):
        lot = messages.a_lot()
        assert provide(house, lot) == ()
        assert retrieves(house, lot)
        _, content_type, body = registry.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
        (entry,) = query.read_query_response(messages.read(content_type, body).body).objects.document_entries
        assert entry.repository_unique_id == house.domain.repository_unique_id
    assert offers(house) == ()


def test_same_submission_again_is_answered_Success_by_a_registry_elsewhere_and_registered_once(
    make_repository: Callable[[str], House], registry: Running
) -> None:
    """What the repository writes of it is the same each time. [contract 5]"""
    house = make_repository(f"{registry.url}/services/registry")
    lot = messages.a_lot()
    assert [provide(house, lot) for _ in range(3)] == [()] * 3
    assert retrieves(house, lot)
    _, content_type, body = registry.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
    assert len(query.read_query_response(messages.read(content_type, body).body).objects.document_entries) == 1
    assert (offers(house), stored(house)) == ((), 1)


def test_refusal_of_a_registry_elsewhere_is_passed_on_and_nothing_is_kept(
    make_repository: Callable[[str], House], registry: Running
) -> None:
    house = make_repository(f"{registry.url}/services/registry")
    lot = messages.with_code(messages.a_lot(), type_code=None)
    assert provide(house, lot).codes == ("XDSRegistryMetadataError",)
    assert (offers(house), stored(house)) == ((), 0)


def test_registry_that_nobody_reaches_gives_XDSRegistryNotAvailable_and_nothing_is_kept(
    make_repository: Callable[[str], House],
) -> None:
    house = make_repository(f"http://127.0.0.1:{free_port()}/services/registry")
    lot = messages.a_lot()
    assert provide(house, lot).codes == ("XDSRegistryNotAvailable",)
    assert (offers(house), stored(house), retrieves(house, lot)) == ((), 0, False)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(fault(faults.ACTION_NOT_SUPPORTED), id="Sender fault"),
        pytest.param(http(404, "text/plain", b"no such path"), id="404"),
        pytest.param(http(403, "text/html", b"<p>no"), id="403"),
    ],
)
def test_registry_that_did_not_take_the_message_up_leaves_nothing_behind(
    make_repository: Callable[[str], House], answer: bytes
) -> None:
    with registry_that_answers(answer) as (url, _):
        house = make_repository(url)
        assert provide(house, messages.a_lot()).codes == ("XDSRegistryNotAvailable",)
        assert (offers(house), stored(house)) == ((), 0)


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(None, id="hangs up"),
        pytest.param(fault(faults.INTERNAL), id="Receiver fault"),
        pytest.param(http(502, "text/html", b"<h1>Bad Gateway</h1>"), id="502 of a proxy"),
        pytest.param(http(200, mtom.SIMPLE, b"<half"), id="half an answer"),
        pytest.param(soap(b"<other/>"), id="another element"),
    ],
)
def test_registry_whose_answer_does_not_come_leaves_an_offer_that_is_not_given_out(
    make_repository: Callable[[str], House], answer: bytes | None
) -> None:
    """The bytes stay, because the registry may have accepted; nobody gets them, because it may not have."""
    with registry_that_answers(answer) as (url, _):
        house = make_repository(url)
        lot = messages.a_lot()
        (error,) = provide(house, lot)
        assert error.row is errors.XDSRegistryNotAvailable
        assert "query it before sending" in error.code_context
        assert [offer.unique_id for offer in offers(house)] == [messages.unique_id_of(lot)]
        assert (stored(house), retrieves(house, lot)) == (1, False)


def test_silence_of_the_registry_ends(make_repository: Callable[[str], House], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_client, "ANSWER_SECONDS", 0.3)
    with registry_that_answers(b"") as (url, _):
        house = make_repository(url)
        assert provide(house, messages.a_lot()).codes == ("XDSRegistryNotAvailable",)
        assert len(offers(house)) == 1


def test_offer_of_which_the_registry_knows_is_held_and_any_other_withdrawn(
    make_repository: Callable[[str], House], registry: Running
) -> None:
    house = make_repository(f"{registry.url}/services/registry")
    link, content = house.remote_link, house.content
    assert link is not None
    assert content is not None
    known, unknown = messages.a_lot(), messages.a_lot()
    other = b"other bytes"
    assert provide(house, known) == ()
    for lot, document in ((known, messages.DOCUMENT), (unknown, other)):
        content.keep(memoryview(document), take_fingerprint(memoryview(document)))
        with house.database.write() as work:
            work.execute("delete from document where unique_id = ?", (messages.unique_id_of(lot),))
            index.offer(work, [a_holding(lot, document)])
    assert not retrieves(house, known)

    assert link.settle_offered(SETTLE_AFTER_SECONDS - 1) == 0
    assert len(offers(house)) == 2
    assert link.settle_offered(SETTLE_AFTER_SECONDS + 1) == 2
    assert offers(house) == ()
    assert retrieves(house, known)
    assert stored(house) == 1


def test_offers_of_two_patients_are_settled_together(
    make_repository: Callable[[str], House], registry: Running
) -> None:
    """A registry shows no whole entries of two patients at once. [ITI TF-2: 3.18.4.1.2.3.7.5, XDSResultNotSinglePatient]"""
    registry.post("/services/patients", messages.a_feed("DURAND-2"))
    house = make_repository(f"{registry.url}/services/registry")
    link = house.remote_link
    assert link is not None
    other_patient = CX.build("DURAND-2", messages.IHE_TEST_AUTHORITY)
    lots = [messages.a_lot(), messages.a_lot_of(other_patient)]
    for lot in lots:
        assert provide(house, lot) == ()
        with house.database.write() as work:
            work.execute("delete from document where unique_id = ?", (messages.unique_id_of(lot),))
            index.offer(work, [a_holding(lot)])
    assert link.settle_offered(SETTLE_AFTER_SECONDS + 1) == 2
    assert all(retrieves(house, lot) for lot in lots)


def test_offers_wait_while_the_registry_is_away(make_repository: Callable[[str], House]) -> None:
    house = make_repository(f"http://127.0.0.1:{free_port()}/")
    assert house.remote_link is not None
    with house.database.write() as work:
        index.offer(work, [a_holding(messages.a_lot())])
    with pytest.raises(NotSent):
        house.remote_link.settle_offered(time.time())
    assert len(offers(house)) == 1


def test_document_held_with_other_bytes_gets_XDSNonIdenticalHash_before_the_registry_is_asked(
    make_repository: Callable[[str], House],
) -> None:
    with registry_that_answers(soap(OK)) as (url, seen):
        house = make_repository(url)
        lot = messages.a_lot()
        assert provide(house, lot) == ()
        assert provide(house, lot, b"other bytes").codes == ("XDSNonIdenticalHash",)
        assert len(seen) == 1
        assert (stored(house), retrieves(house, lot)) == (1, True)


def test_connection_that_the_registry_closed_meanwhile_is_opened_anew(make_repository: Callable[[str], House]) -> None:
    """A request is never sent twice, so the kept connection is looked at first."""
    with registry_that_answers(soap(OK)) as (url, _):
        client = RegistryClient(url, None)
        assert client.register(RegisterDocumentSet(messages.a_lot())).errors == ()
    time.sleep(0.1)
    with pytest.raises(NotSent):
        client.register(RegisterDocumentSet(messages.a_lot()))
    client.close()


def test_answer_to_another_message_is_none(make_repository: Callable[[str], House]) -> None:
    stray = http(200, mtom.SIMPLE, b"".join(envelope.write("urn:x", "urn:other", [OK], message_id="urn:y")))
    with registry_that_answers(stray) as (url, _):
        client = RegistryClient(url, None)
        with pytest.raises(OutcomeUnknown, match="another message"):
            client.register(RegisterDocumentSet(messages.a_lot()))
        client.close()


def test_settling_stops_at_a_registry_that_answers_with_an_error(make_repository: Callable[[str], House]) -> None:
    failed = b"".join(query.write_query_response(_failure()))
    with registry_that_answers(soap(failed)) as (url, _):
        house = make_repository(url)
        assert house.remote_link is not None
        with house.database.write() as work:
            index.offer(work, [a_holding(messages.a_lot())])
        with pytest.raises(OutcomeUnknown):
            house.remote_link.settle_offered(time.time())
        assert len(offers(house)) == 1


def _failure() -> query.AdhocQueryResponse:
    return query.AdhocQueryResponse(errors=errors.ErrorList([errors.error(errors.XDSRegistryBusy, "later")]))


def test_next_door_metadata_and_index_commit_together(house: House) -> None:
    """Nothing is registered whose document cannot be held. [ITI TF-2: 3.41.4.1.3]"""
    lot = messages.a_lot()
    with house.database.write() as work:
        index.add_holdings(work, [a_holding(lot, b"other bytes")])
    assert provide(house, lot).codes == ("XDSNonIdenticalHash",)
    found = messages.read_answer(
        Exchange(house.routes).answer(messages.asked("registry", messages.a_query(messages.unique_id_of(lot))))
    )
    assert query.read_query_response(found.body).objects.document_entries == ()


def test_query_constant_is_the_one_of_GetDocuments() -> None:
    assert registry_link.GET_DOCUMENTS == messages.GET_DOCUMENTS
    assert AdhocQueryRequest(registry_link.GET_DOCUMENTS, ReturnType.LEAF_CLASS, {}).query_id


def test_both_links_are_registry_links(tmp_path: Path) -> None:
    for link in (LocalRegistryLink, RemoteRegistryLink):
        assert callable(link.register)
