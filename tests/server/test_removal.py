"""On-demand entries, multi-patient queries and removal from bytes to bytes, and the domain that wants no removal. [ITI TF-2: 3.51, 3.61]

[ITI Supplement Remove Metadata and Documents: 3.62, 3.86]
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import zeep

from registry.stored_queries import FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS
from server import prepare, wiring
from server.door import Answer
from server.exchange import Exchange
from server.metrics import Outcome
from server.settings import Settings
from server.wiring import House, Role
from soap import mtom
from soap.faults import ReceivedFault
from tests.samples import a_document_entry, a_submission, fresh_oid, fresh_uuid
from tests.server import messages
from tests.server.conftest import ROOT, Running, running
from xds.messages import AdhocQueryRequest, DocumentRequest, RemoveDocuments, RemoveMetadata
from xds.metadata import Submission
from xds.transactions import ITI_18, ITI_51, ITI_61, ITI_62, ITI_86, Transaction
from xds.vocabulary import DocumentEntryType, ResponseStatus, ReturnType
from xds.wire import query, removal, response, submission


def removing(*entry_uuids: str) -> tuple[str, bytes]:
    """[ITI-62]"""
    return messages.a_message(ITI_62, removal.write_remove_metadata(RemoveMetadata(entry_uuids)))


def removing_documents(repository: str, *unique_ids: str) -> tuple[str, bytes]:
    """[ITI-86]"""
    asked = RemoveDocuments(tuple(DocumentRequest(repository, unique_id) for unique_id in unique_ids))
    return messages.a_message(ITI_86, removal.write_remove_documents(asked))


def an_on_demand_lot(**changes: Any) -> Submission:
    """A submission of one on-demand document."""
    without_bytes = {"creation_time": None, "hash": None, "size": None}
    entry = a_document_entry(
        **{"object_type": DocumentEntryType.ON_DEMAND, "entry_uuid": fresh_uuid(), **without_bytes, **changes}
    )
    return a_submission(document_entries=[entry])


def told(answer: Answer) -> tuple[ResponseStatus, tuple[str, ...]]:
    """Status and codes of a RegistryResponse."""
    read = messages.read_answer(answer).body
    return ResponseStatus(read.get("status")), response.read_errors(read).codes


def ids_of(exchange: Exchange, unique_id: str) -> list[str]:
    """Every id of the submission that brought a document."""
    entry = find(exchange, unique_id)[0]
    parameters = {"$uuid": ((f"('{entry}')",),)}
    request = AdhocQueryRequest("urn:uuid:51224314-5390-4169-9b91-b1980040715a", ReturnType.OBJECT_REF, parameters)
    answer = exchange.answer(messages.asked("registry", messages.a_message(ITI_18, query.write_query(request))))
    return [entry, *query.read_query_response(messages.read_answer(answer).body).object_refs]


def find(exchange: Exchange, unique_id: str) -> list[str]:
    """Ids of the entries of a document."""
    answer = exchange.answer(messages.asked("registry", messages.a_query(unique_id)))
    found = query.read_query_response(messages.read_answer(answer).body).objects.document_entries
    return [entry.entry_uuid for entry in found]


def test_document_and_its_metadata_are_removed_one_after_the_other(exchange: Exchange, house: House) -> None:
    lot = messages.a_lot()
    unique_id = messages.unique_id_of(lot)
    exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    repository = house.domain.repository_unique_id

    gone = exchange.answer(messages.asked("repository", removing_documents(repository, unique_id)))
    assert told(gone) == (ResponseStatus.SUCCESS, ())
    assert gone.content_type == mtom.SIMPLE
    assert messages.read_answer(gone).addressing.action == ITI_86.response_action
    assert house.content is not None
    assert list(house.content.files()) == []
    retrieved = exchange.answer(messages.asked("repository", messages.a_retrieval(repository, unique_id)))
    assert retrieved.outcome is Outcome.FAILURE

    ids = ids_of(exchange, unique_id)
    kept = exchange.answer(messages.asked("registry", removing(ids[0])))
    assert told(kept) == (ResponseStatus.FAILURE, ("ReferencesExistException",))
    assert find(exchange, unique_id) == ids[:1]
    removed = exchange.answer(messages.asked("registry", removing(*ids)))
    assert told(removed) == (ResponseStatus.SUCCESS, ())
    assert messages.read_answer(removed).addressing.action == ITI_62.response_action
    assert find(exchange, unique_id) == []


def test_removal_of_some_documents_is_a_partial_success(exchange: Exchange, house: House) -> None:
    lot = messages.a_lot()
    exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    asked = removing_documents(house.domain.repository_unique_id, messages.unique_id_of(lot), fresh_oid())
    answer = exchange.answer(messages.asked("repository", asked))
    assert told(answer) == (ResponseStatus.PARTIAL_SUCCESS, ("XDSDocumentUniqueIdError",))
    assert answer.outcome is Outcome.PARTIAL_SUCCESS


def test_submission_removed_whole_can_be_sent_again(exchange: Exchange) -> None:
    lot = messages.a_lot()
    for _ in range(2):
        provided = exchange.answer(messages.asked("repository", messages.a_provide(lot)))
        assert told(provided) == (ResponseStatus.SUCCESS, ())
        ids = ids_of(exchange, messages.unique_id_of(lot))
        removed = exchange.answer(messages.asked("registry", removing(*ids)))
        assert told(removed) == (ResponseStatus.SUCCESS, ())


def test_on_demand_entry_is_registered_and_the_answer_bears_the_action_of_its_own(exchange: Exchange) -> None:
    """[ITI TF-2: 3.61]"""
    lot = an_on_demand_lot()
    body = submission.write_submission(lot)
    answer = exchange.answer(messages.asked("registry", messages.a_message(ITI_61, body)))
    assert told(answer) == (ResponseStatus.SUCCESS, ())
    action = messages.read_answer(answer).addressing.action
    assert action == "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse"
    assert find(exchange, messages.unique_id_of(lot)) == [lot.document_entries[0].entry_uuid]


def test_documents_of_several_patients_are_asked_for_by_an_action_of_its_own(exchange: Exchange) -> None:
    """[ITI TF-2: 3.51]"""
    lot = messages.a_lot()
    exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    parameters = {
        "$XDSDocumentEntryPatientId": ((f"('{lot.submission_set.patient_id}','NOBODY^^^&1.2.3&ISO')",),),
        "$XDSDocumentEntryStatus": (("('urn:oasis:names:tc:ebxml-regrep:StatusType:Approved')",),),
    }
    request = AdhocQueryRequest(FIND_DOCUMENTS_FOR_MULTIPLE_PATIENTS.query_id, ReturnType.LEAF_CLASS, parameters)
    answers = {
        transaction.name: messages.read_answer(
            exchange.answer(messages.asked("registry", messages.a_message(transaction, query.write_query(request))))
        )
        for transaction in (ITI_18, ITI_51)
    }
    assert answers["ITI-51"].addressing.action == ITI_51.response_action
    found = query.read_query_response(answers["ITI-51"].body).objects.document_entries
    assert [entry.unique_id for entry in found] == [messages.unique_id_of(lot)]
    refused = query.read_query_response(answers["ITI-18"].body)
    assert refused.errors.codes == ("XDSUnknownStoredQuery",)


@pytest.fixture
def frozen(make_settings: Callable[..., Settings]) -> Iterator[Exchange]:
    """A service in the domain of the DMP, where nothing is taken out for good."""
    chosen = make_settings(COFFRE_DOMAIN="dmp")
    prepare.prepare(chosen, Role.ALL)
    with closing(wiring.build(chosen, Role.ALL)) as house:
        yield Exchange(house.routes)


@pytest.mark.parametrize(
    ("transaction", "endpoint", "message"),
    [
        (ITI_62, "registry", removing("urn:uuid:1")),
        (ITI_86, "repository", removing_documents("1.2", "1.3")),
    ],
    ids=["ITI-62", "ITI-86"],
)
def test_domain_that_allows_no_removal_answers_ActionNotSupported(
    frozen: Exchange, transaction: Transaction, endpoint: str, message: tuple[str, bytes]
) -> None:
    """Before the request is read: there is no such service there."""
    answer = frozen.answer(messages.asked(endpoint, message))
    with pytest.raises(ReceivedFault, match=f"{transaction.name}, which this affinity domain does not allow") as seen:
        messages.read_answer(answer)
    assert seen.value.subcodes == ("wsa:ActionNotSupported",)


def test_description_in_such_a_domain_promises_no_removal(tmp_path: Path) -> None:
    """What is described is served. [WS-Addressing SOAP Binding: 6.4.4]"""
    with running(tmp_path, "--workers", "1", COFFRE_DOMAIN="dmp") as service:
        operations = {}
        for endpoint in ("registry", "repository"):
            client = zeep.Client(f"{service.url}/services/{endpoint}?wsdl")
            (described,) = client.wsdl.services.values()
            (port,) = described.ports.values()
            operations[endpoint] = {name.partition("_")[2] for name in port.binding.all()}
    assert operations["repository"] == {"ProvideAndRegisterDocumentSet-b", "RetrieveDocumentSet"}
    assert "DeleteDocumentSet" not in operations["registry"]
    assert "RegisterDocumentSet-b" in operations["registry"]


def test_bound_of_the_domain_is_that_of_the_answers(make_settings: Callable[..., Settings], tmp_path: Path) -> None:
    region = tmp_path / "region.toml"
    text = (ROOT / "server/domains/ihe.toml").read_text(encoding="utf-8")
    region.write_text(text.replace("\n[[auth", "\nresults_max = 1\n\n[[auth", 1), encoding="utf-8")
    chosen = make_settings(COFFRE_DOMAIN=str(region))
    prepare.prepare(chosen, Role.ALL)
    lot = messages.a_lot()
    with closing(wiring.build(chosen, Role.ALL)) as house:
        exchange = Exchange(house.routes)
        exchange.answer(messages.asked("patients", messages.a_feed()))
        for _ in range(2):
            again = replace(lot, submission_sets=(replace(lot.submission_set, unique_id=fresh_oid()),))
            provided = exchange.answer(messages.asked("repository", messages.a_provide(again)))
            assert told(provided) == (ResponseStatus.SUCCESS, ())
        answer = exchange.answer(messages.asked("registry", messages.a_query(messages.unique_id_of(lot))))
    read = query.read_query_response(messages.read_answer(answer).body)
    assert read.errors.codes == ("XDSTooManyResults",)


def test_zeep_removes_metadata_and_documents(service: Running) -> None:
    """Our descriptions are enough for a client that knows nothing else."""
    lot = messages.a_lot()
    service.post("/services/repository", messages.a_provide(lot))
    unique_id = messages.unique_id_of(lot)
    _, content_type, body = service.post("/services/registry", messages.a_query(unique_id))
    (entry,) = query.read_query_response(messages.read(content_type, body).body).objects.document_entries
    repository = zeep.Client(f"{service.url}/services/repository?wsdl")
    gone = repository.service["DocumentRepository_RemoveDocuments"](
        DocumentRequest=[{"RepositoryUniqueId": entry.repository_unique_id, "DocumentUniqueId": unique_id}]
    )
    assert gone.status.endswith(":Success")
    registry = zeep.Client(f"{service.url}/services/registry?wsdl")
    kept = registry.service["DocumentRegistry_DeleteDocumentSet"](
        ObjectRefList={"ObjectRef": [{"id": entry.entry_uuid}]}
    )
    assert kept.status.endswith(":Failure")
    assert kept.RegistryErrorList.RegistryError[0].errorCode == "ReferencesExistException"
