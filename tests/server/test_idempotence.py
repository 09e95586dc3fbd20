"""The same ITI-41 sent again, over the wire: answered Success, stored once. [contract 5]"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from server.exchange import Exchange
from server.wiring import House
from soap import mtom
from tests.samples import a_patient_id, a_submission_set
from tests.server import messages
from tests.server.conftest import Running, running
from xds.metadata import Submission
from xds.transactions import ITI_42
from xds.wire import query, response, retrieval, submission

AT_ONCE = 8
SHA_256_DIGITS = 64


def codes(content_type: str, body: bytes) -> tuple[str, ...]:
    """What a response said no with."""
    return response.read_response(messages.read(content_type, body).body).errors.codes


def provide(exchange: Exchange, lot: Submission, document: bytes = messages.DOCUMENT) -> tuple[str, ...]:
    answer = exchange.answer(messages.asked("repository", messages.a_provide(lot, document)))
    return codes(answer.content_type, messages.body_of(answer))


def entries(content_type: str, body: bytes) -> int:
    return len(query.read_query_response(messages.read(content_type, body).body).objects.document_entries)


def registered(exchange: Exchange, lot: Submission) -> int:
    """How many entries the registry has of the lot's document."""
    answer = exchange.answer(messages.asked("registry", messages.a_query(messages.unique_id_of(lot))))
    return entries(answer.content_type, messages.body_of(answer))


def kept(house: House) -> int:
    """How many documents' bytes are kept."""
    assert house.content is not None
    return len(list(house.content.files()))


def test_same_submission_again_is_answered_Success_and_stored_once(exchange: Exchange, house: House) -> None:
    lot = messages.a_lot()
    assert [provide(exchange, lot) for _ in range(3)] == [()] * 3
    assert (registered(exchange, lot), kept(house)) == (1, 1)


def test_same_metadata_with_other_bytes_is_refused_and_the_first_bytes_stay(exchange: Exchange, house: House) -> None:
    """The hash is not in what the source wrote, so that the bytes alone tell. [ITI TF-2: 3.42.4.1.3.3]"""
    lot = messages.a_lot()
    assert provide(exchange, lot) == ()
    assert "XDSNonIdenticalHash" in provide(exchange, lot, b"other bytes")
    assert (registered(exchange, lot), kept(house)) == (1, 1)
    wanted = messages.a_retrieval(house.domain.repository_unique_id, messages.unique_id_of(lot))
    answer = messages.read_answer(exchange.answer(messages.asked("repository", wanted)))
    (found,) = retrieval.read_retrieve_response(
        answer.body, lambda element: mtom.content_of(element, answer.package)
    ).documents
    assert b"".join(found.content.chunks()) == messages.DOCUMENT


def test_other_content_under_the_same_unique_id_gets_XDSDuplicateUniqueIdInRegistry(
    exchange: Exchange, house: House
) -> None:
    """[ITI TF-2: 3.42.4.1.3.3]"""
    lot, other = messages.a_lot(), messages.a_lot()
    assert provide(exchange, lot) == ()
    taken = a_submission_set(unique_id=lot.submission_set.unique_id)
    mixed = Submission((taken,), other.document_entries, (), other.associations)
    assert provide(exchange, mixed, b"other bytes") == ("XDSDuplicateUniqueIdInRegistry",)
    assert (registered(exchange, other), kept(house)) == (0, 1)


def test_same_submission_by_ITI_42_again_is_answered_Success(exchange: Exchange) -> None:
    """[ITI TF-2: 3.42]"""
    lot = messages.with_code(messages.a_lot(), hash="0" * 40, size="1", repository_unique_id="1.2.3")
    for _ in range(2):
        message = messages.a_message(ITI_42, submission.write_submission(lot))
        answer = exchange.answer(messages.asked("registry", message))
        assert codes(answer.content_type, messages.body_of(answer)) == ()
    assert registered(exchange, lot) == 1


def test_submission_that_was_refused_can_be_sent_again_once_its_patient_is_known(exchange: Exchange) -> None:
    """A refusal leaves nothing behind that a repetition could meet."""
    patient_id = f"LATE-{messages.new_id()[9:]}"
    lot = messages.a_lot_of(a_patient_id(patient_id))
    assert provide(exchange, lot) == ("XDSUnknownPatientId",)
    exchange.answer(messages.asked("patients", messages.a_feed(patient_id)))
    assert [provide(exchange, lot) for _ in range(2)] == [(), ()]
    assert registered(exchange, lot) == 1


def post_at_once(service: Running, sent: list[tuple[str, bytes]]) -> list[tuple[int, str, bytes]]:
    """Sends them at one moment, each over a connection of its own."""
    start = threading.Barrier(len(sent))

    def post(message: tuple[str, bytes]) -> tuple[int, str, bytes]:
        start.wait(timeout=30)
        return service.post("/services/repository", message)

    with ThreadPoolExecutor(len(sent)) as pool:
        return list(pool.map(post, sent))


def test_same_submission_sent_at_one_moment_to_several_workers_is_stored_once(tmp_path: Path, fresh_url: str) -> None:
    """A source that waits too short sends again while the first is still under way."""
    with running(tmp_path, "--workers", "2", COFFRE_DATABASE_URL=fresh_url) as service:
        service.post("/services/patients", messages.a_feed())
        for number in range(1, 6):
            lot = messages.a_lot()
            document = b"document %d" % number
            answers = post_at_once(service, [messages.a_provide(lot, document) for _ in range(AT_ONCE)])
            assert [codes(content_type, body) for _, content_type, body in answers] == [()] * AT_ONCE
            _, *found = service.post("/services/registry", messages.a_query(messages.unique_id_of(lot)))
            assert entries(*found) == 1
        contents = [path for path in (tmp_path / "data" / "content").rglob("*") if len(path.name) == SHA_256_DIGITS]
        assert len(contents) == 5
