"""One request from bytes to bytes, with the real rooms. [ITI TF-2: V.3]"""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from typing import NoReturn

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.actor import DocumentRegistry
from repository.store.content import StorageFailure
from safexml.namespaces import SOAP, qname
from server.actors_at_work import RegistryAtWork
from server.door import Asked
from server.exchange import Exchange
from server.guard import Guard
from server.metrics import Outcome
from server.routes import Routes
from server.wiring import House
from soap import mtom
from soap.faults import ReceivedFault
from sql.database import Busy, Database, Unavailable, Undecided, Work
from tests.samples import a_document_entry, a_submission, fresh_oid, fresh_uuid
from tests.server import messages
from xds import errors, transactions
from xds.messages import (
    ProvideAndRegisterDocumentSet,
    RegistryResponse,
    RemoveDocuments,
    RemoveDocumentsResponse,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)
from xds.transactions import ITI_18, ITI_41, ITI_42, ITI_43, Packaging
from xds.vocabulary import ResponseStatus
from xds.wire import patient_feed, query, response, retrieval, submission

FAULT = qname(SOAP, "Fault")


def test_submitted_document_is_found_and_retrieved_byte_for_byte(exchange: Exchange, house: House) -> None:
    """[ITI TF-2: 3.41, 3.18, 3.43]"""
    lot = messages.a_lot()
    provided = exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    assert response.read_response(messages.read_answer(provided).body).errors == ()
    assert provided.outcome is Outcome.SUCCESS

    unique_id = messages.unique_id_of(lot)
    found = exchange.answer(messages.asked("registry", messages.a_query(unique_id)))
    (entry,) = query.read_query_response(messages.read_answer(found).body).objects.document_entries
    assert entry.repository_unique_id == house.domain.repository_unique_id
    assert entry.size == str(len(messages.DOCUMENT))

    wanted = messages.a_retrieval(house.domain.repository_unique_id, unique_id)
    retrieved = messages.read_answer(exchange.answer(messages.asked("repository", wanted)))
    answer = retrieval.read_retrieve_response(
        retrieved.body, lambda element: mtom.content_of(element, retrieved.package)
    )
    assert b"".join(answer.documents[0].content.chunks()) == messages.DOCUMENT
    assert answer.documents[0].mime_type == "text/xml"


def test_answer_relates_to_its_request_and_bears_the_action_of_the_response(exchange: Exchange) -> None:
    message_id = messages.new_id()
    answer = exchange.answer(messages.asked("registry", messages.a_query(fresh_oid(), message_id=message_id)))
    addressing = messages.read_answer(answer).addressing
    assert addressing.relates_to == message_id
    assert addressing.action == ITI_18.response_action
    assert answer.content_type == mtom.SIMPLE
    assert (answer.transaction, answer.message_id) == ("ITI-18", message_id)


@pytest.mark.parametrize("packaging", list(Packaging))
def test_answer_of_an_MTOM_transaction_is_multipart_however_it_was_asked(
    exchange: Exchange, packaging: Packaging
) -> None:
    """Leniency: plain SOAP is taken where MTOM is meant. [ITI TF-2: V.3.6]"""
    answer = exchange.answer(
        messages.asked("repository", messages.a_retrieval("1.2.3", fresh_oid(), packaging=packaging))
    )
    assert answer.content_type.startswith("multipart/related")
    assert answer.outcome is Outcome.FAILURE


def test_document_inline_in_plain_SOAP_is_taken(exchange: Exchange) -> None:
    lot = messages.a_lot()
    body = b"".join(submission.write_provide(lot, [("Document01", "x@y")]))
    start, end = body.index(b"<xop:Include"), body.index(b"</xdsb:Document>")
    inline = [body[:start] + b"PGEvPg==" + body[end:]]
    answer = exchange.answer(
        messages.asked("repository", messages.a_message(ITI_41, inline, packaging=Packaging.SIMPLE))
    )
    assert response.read_response(messages.read_answer(answer).body).errors == ()


def test_refused_lot_leaves_no_document_and_no_metadata(exchange: Exchange, house: House) -> None:
    """Any answer but Success means that nothing changed. [ITI TF-2: 3.41.4.1.3]"""
    lot = messages.with_code(messages.a_lot(), class_code=None)
    refused = exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    told = response.read_response(messages.read_answer(refused).body)
    assert told.errors.codes == ("XDSRegistryMetadataError",)
    assert refused.outcome is Outcome.FAILURE
    assert house.content is not None
    assert list(house.content.files()) == []
    found = exchange.answer(messages.asked("registry", messages.a_query(messages.unique_id_of(lot))))
    assert query.read_query_response(messages.read_answer(found).body).objects.document_entries == ()


def test_metadata_of_a_repository_elsewhere_is_registered(exchange: Exchange) -> None:
    """[ITI TF-2: 3.42]"""
    lot = a_submission(document_entries=[a_document_entry(repository_unique_id="1.2.3.4")])
    message = messages.a_message(ITI_42, submission.write_submission(lot))
    answer = exchange.answer(messages.asked("registry", message))
    assert response.read_response(messages.read_answer(answer).body).status is ResponseStatus.SUCCESS
    assert answer.content_type == mtom.SIMPLE


def test_patient_feed_is_acknowledged(exchange: Exchange) -> None:
    """[ITI TF-2: 3.44.4.1.3]"""
    answer = exchange.answer(messages.asked("patients", messages.a_feed("DUPONT-2")))
    assert not patient_feed.read_acknowledgement(messages.read_answer(answer).body).is_refusal


def test_action_of_another_endpoint_gets_ActionNotSupported_and_is_told_where(exchange: Exchange) -> None:
    """[WS-Addressing SOAP Binding: 6.4.4]"""
    message_id = messages.new_id()
    answer = exchange.answer(messages.asked("repository", messages.a_query(fresh_oid(), message_id=message_id)))
    with pytest.raises(ReceivedFault, match="served at the registry endpoint") as seen:
        messages.read_answer(answer)
    assert seen.value.subcodes == ("wsa:ActionNotSupported",)
    assert seen.value.addressing.relates_to == message_id
    assert answer.http_status == 400
    assert answer.outcome is Outcome.FAULT


def test_unknown_action_gets_ActionNotSupported(exchange: Exchange) -> None:
    message = messages.a_message(ITI_18, [b"<x/>"], action="urn:nobody:knows")
    with pytest.raises(ReceivedFault, match="urn:nobody:knows") as seen:
        messages.read_answer(exchange.answer(messages.asked("registry", message)))
    assert seen.value.code == "Sender"


def test_body_of_another_transaction_gets_a_Sender_fault_that_relates_to_it(exchange: Exchange) -> None:
    """[ITI TF-2: V.3.2]"""
    message_id = messages.new_id()
    message = messages.a_message(ITI_18, submission.write_submission(messages.a_lot()), message_id=message_id)
    answer = exchange.answer(messages.asked("registry", message))
    with pytest.raises(ReceivedFault, match=r"expected .*AdhocQueryRequest") as seen:
        messages.read_answer(answer)
    assert seen.value.code == "Sender"
    assert seen.value.addressing.relates_to == message_id


def test_fault_of_an_MTOM_transaction_is_multipart(exchange: Exchange) -> None:
    """Faults use the packaging of their transaction. [ITI TF-2: V.3.6]"""
    message = messages.a_message(ITI_43, [b"<x/>"], packaging=Packaging.SIMPLE)
    answer = exchange.answer(messages.asked("repository", message))
    assert answer.http_status == 400
    assert answer.content_type.startswith("multipart/related")


def test_fault_before_the_transaction_is_known_is_packed_like_the_request(exchange: Exchange) -> None:
    message = messages.a_message(ITI_43, [b"<x/>"], action="urn:nobody:knows")
    assert exchange.answer(messages.asked("repository", message)).content_type.startswith("multipart/related")


def test_message_without_MessageID_gets_MessageAddressingHeaderRequired(exchange: Exchange) -> None:
    content_type, body = messages.a_query(fresh_oid(), message_id="urn:uuid:here")
    cut = body.replace(b"<wsa:MessageID>urn:uuid:here</wsa:MessageID>", b"")
    with pytest.raises(ReceivedFault) as seen:
        messages.read_answer(exchange.answer(messages.asked("registry", (content_type, cut))))
    assert seen.value.subcodes == ("wsa:MessageAddressingHeaderRequired",)


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("text/xml", b"<a/>", 415),
        ("application/soap+xml", b"", 400),
        ("", b"<a/>", 415),
        ("application/json", b"{}", 415),
    ],
)
def test_what_is_no_SOAP_gets_an_HTTP_status_and_one_sentence(
    exchange: Exchange, content_type: str, body: bytes, status: int
) -> None:
    answer = exchange.answer(messages.asked("registry", (content_type, body)))
    assert answer.http_status == status
    assert answer.content_type == "text/plain; charset=utf-8"
    assert messages.body_of(answer).count(b"\n") == 1
    assert answer.outcome is Outcome.NOT_SOAP


class _Broken:
    """A repository whose world is broken: raises what it is given."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def provide(self, request: ProvideAndRegisterDocumentSet, visit: object = None) -> RegistryResponse:
        raise self._error

    def retrieve(self, request: RetrieveDocumentSet, visit: object = None) -> RetrieveDocumentSetResponse:
        raise self._error

    def remove(self, request: RemoveDocuments, visit: object = None) -> RemoveDocumentsResponse:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("MARTIN Alix 279035121518989"), "XDSRepositoryError"),
        (Busy("locked"), "XDSRepositoryBusy"),
        (OSError(28, "No space left"), "XDSRepositoryOutOfResources"),
        (MemoryError(), "XDSRepositoryOutOfResources"),
        (StorageFailure("flush"), "XDSRepositoryError"),
        (Undecided("lost"), "XDSRepositoryError"),
    ],
)
def test_failure_of_our_own_is_told_with_an_incident_number_and_nothing_inside(
    error: Exception, code: str, caplog: pytest.LogCaptureFixture
) -> None:
    """[ITI TF-3: 4.2.4.1]"""
    exchange = Exchange(Routes(None, _Broken(error)))
    with caplog.at_level(logging.ERROR):
        answer = exchange.answer(messages.asked("repository", messages.a_provide()))
    told = response.read_response(messages.read_answer(answer).body)
    assert told.errors.codes == (code,)
    (incident,) = [record.args[0] for record in caplog.records if record.args]
    assert str(incident) in told.errors[0].code_context
    assert "MARTIN" not in caplog.text
    assert "MARTIN" not in told.errors[0].code_context
    assert (
        "RuntimeError" in caplog.text or code != "XDSRepositoryError" or isinstance(error, StorageFailure | Undecided)
    )
    assert answer.http_status == 200
    assert answer.outcome is Outcome.INCIDENT
    assert answer.content_type.startswith("multipart/related")


def test_failure_of_a_retrieval_is_told_in_its_own_response() -> None:
    answer = Exchange(Routes(None, _Broken(RuntimeError()))).answer(
        messages.asked("repository", messages.a_retrieval("1.2", "1.2.3"))
    )
    read = messages.read_answer(answer)
    told = retrieval.read_retrieve_response(read.body, lambda element: None)
    assert told.errors.codes == ("XDSRepositoryError",)


class _BrokenDatabase(Database):
    """A database that opens no unit of work: raises what it is given."""

    def __init__(self, error: Exception) -> None:
        super().__init__("sqlite://")
        self._error = error

    def read(self) -> AbstractContextManager[Work]:
        raise self._error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (RuntimeError("broken"), "XDSRegistryError"),
        (Unavailable("gone"), "XDSRegistryError"),
        (Busy("locked"), "XDSRegistryBusy"),
        (MemoryError(), "XDSRegistryOutOfResources"),
        (OSError(28, "No space left"), "XDSRegistryOutOfResources"),
    ],
)
def test_failure_of_a_query_is_told_by_the_registrys_own_code(house: House, error: Exception, code: str) -> None:
    """[ITI TF-3: 4.2.4.1]"""
    registry = DocumentRegistry(house.domain, lambda: datetime.now(UTC), fresh_uuid)
    exchange = Exchange(Routes(RegistryAtWork(registry, _guard(house, _BrokenDatabase(error))), None))
    answer = exchange.answer(messages.asked("registry", messages.a_query(fresh_oid())))
    assert query.read_query_response(messages.read_answer(answer).body).errors.codes == (code,)
    assert answer.outcome is Outcome.INCIDENT


def _guard(house: House, database: _BrokenDatabase) -> Guard:
    return Guard(house.domain, database, lambda: datetime.now(UTC))


class _ForgetfulDatabase(_BrokenDatabase):
    """A database whose units of work end in what it is given."""

    def settle(self, act: object, is_refused: object, *, may_be_single: bool = False) -> NoReturn:
        raise self._error


@pytest.mark.parametrize(
    ("error", "promised"),
    [(RuntimeError("broken"), True), (Undecided("lost"), False), (StorageFailure("flush"), False)],
)
def test_feed_of_which_nobody_knows_whether_it_was_kept_is_not_told_that_nothing_was_changed(
    house: House, error: Exception, promised: bool
) -> None:
    """[contract 5] ITI-44 has no response for errors: a SOAP fault says them."""
    registry = DocumentRegistry(house.domain, lambda: datetime.now(UTC), fresh_uuid)
    exchange = Exchange(Routes(RegistryAtWork(registry, _guard(house, _ForgetfulDatabase(error))), None))
    answer = exchange.answer(messages.asked("patients", messages.a_feed()))
    with pytest.raises(ReceivedFault) as told:
        messages.read_answer(answer)
    assert ("nothing was changed" in told.value.reason) is promised
    assert ("before sending it again" in told.value.reason) is not promised


def test_write_that_did_not_become_durable_is_reported_to_whoever_watches_over_readiness() -> None:
    seen: list[str] = []
    exchange = Exchange(Routes(None, _Broken(StorageFailure("x"))), on_storage_failure=lambda: seen.append("failed"))
    exchange.answer(messages.asked("repository", messages.a_provide()))
    assert seen == ["failed"]


def test_every_route_is_served_at_the_endpoint_of_its_actor(house: House) -> None:
    assert {"registry", "repository", "patients", "gateway"} <= set(house.routes.endpoints)
    for route in house.routes:
        assert house.routes.find(route.transaction.actor, route.transaction.request_action) is route


def test_registry_alone_serves_no_repository(house: House) -> None:
    routes = Routes(None, _Broken(RuntimeError()))
    assert routes.endpoints == ("repository",)
    assert transactions.ITI_18 not in [route.transaction for route in routes]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(
        ["application/soap+xml", "multipart/related; boundary=b", "multipart/related; boundary=b; start=x", ""]
    ),
    st.one_of(st.binary(max_size=200), st.text(max_size=200).map(lambda text: f"--b\r\n\r\n{text}\r\n--b--".encode())),
)
def test_any_bytes_get_an_answer_and_no_incident(exchange: Exchange, content_type: str, body: bytes) -> None:
    answer = exchange.answer(Asked("registry", content_type, bytearray(body), None))
    assert answer.http_status in (400, 413, 415, 500)
    assert answer.outcome in (Outcome.NOT_SOAP, Outcome.FAULT)


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.sampled_from(["provide", "feed", "query"]),
    st.sampled_from(["registry", "repository", "patients"]),
    st.floats(0, 1, exclude_max=True),
    st.integers(0, 40),
    st.binary(max_size=8),
)
def test_damaged_request_gets_an_answer_and_no_incident(
    exchange: Exchange, kind: str, endpoint: str, where: float, cut: int, put: bytes
) -> None:
    content_type, body = {
        "provide": messages.a_provide,
        "feed": messages.a_feed,
        "query": lambda: messages.a_query("1.2.3"),
    }[kind]()
    at = int(where * len(body))
    damaged = bytearray(body)
    damaged[at : at + cut] = put
    answer = exchange.answer(Asked(endpoint, content_type, damaged, None))
    assert answer.outcome is not Outcome.INCIDENT


def test_error_codes_that_failures_are_told_with_belong_to_the_actor() -> None:
    for row in (errors.XDSRepositoryError, errors.XDSRepositoryBusy, errors.XDSRepositoryOutOfResources):
        assert ITI_41.name in row.transactions
