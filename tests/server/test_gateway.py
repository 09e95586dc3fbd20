"""The Responding Gateway of the home community: its stored queries and documents for other communities. [ITI TF-2: 3.38, 3.39]"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from registry.stored_queries import STORED_QUERIES
from safexml.namespaces import RIM, qname
from server.exchange import Exchange
from server.metrics import Outcome
from server.routes import Routes
from server.wiring import House
from soap import mtom
from sql.database import Busy
from tests.samples import a_document_entry, a_folder, a_patient_id, a_submission, a_submission_set, fresh_oid
from tests.server import messages
from tests.server.conftest import ROOT
from xds import ebrim
from xds.errors import ErrorList
from xds.messages import (
    AdhocQueryRequest,
    AdhocQueryResponse,
    DocumentRequest,
    RetrieveDocumentSet,
    RetrieveDocumentSetResponse,
)
from xds.metadata import Submission
from xds.transactions import ITI_18, ITI_38, ITI_39, ITI_42, ITI_43, Transaction
from xds.vocabulary import AvailabilityStatus, ResponseStatus, ReturnType
from xds.wire import query, response, retrieval, submission
from xds.wire.query import QueryAnswer

OURS = ROOT / "server" / "wsdl" / "query.xsd"
GENUINE = ROOT.parent / "shared" / "ihe-schema" / "ebRS30" / "query.xsd"
ELSEWHERE = "urn:oid:1.2.250.1.999.7"
APPROVED = ((f"('{AvailabilityStatus.APPROVED}')",),)
PATIENT = ((f"'{a_patient_id()}'",),)
IDS = {row.name: row.query_id for row in STORED_QUERIES}
BY_PATIENT = {
    "FindDocuments": {"$XDSDocumentEntryPatientId": PATIENT, "$XDSDocumentEntryStatus": APPROVED},
    "FindSubmissionSets": {"$XDSSubmissionSetPatientId": PATIENT, "$XDSSubmissionSetStatus": APPROVED},
    "FindFolders": {"$XDSFolderPatientId": PATIENT, "$XDSFolderStatus": APPROVED},
    "GetAll": {
        "$patientId": PATIENT,
        "$XDSDocumentEntryStatus": APPROVED,
        "$XDSSubmissionSetStatus": APPROVED,
        "$XDSFolderStatus": APPROVED,
    },
    "FindDocumentsByReferenceId": {
        "$XDSDocumentEntryPatientId": PATIENT,
        "$XDSDocumentEntryStatus": APPROVED,
        "$XDSDocumentEntryReferenceIdList": (("'A1^^^&1.2.3&ISO^urn:ihe:iti:xds:2013:accession'",),),
    },
}


@pytest.fixture
def home(house: House) -> str:
    """The homeCommunityId of that house."""
    return house.domain.home_community_id


def a_question(name: str, home: str | None, **parameters: Any) -> AdhocQueryRequest:
    """A stored query by its name, for whole objects; parameters without their dollar."""
    given = {f"${key}": value for key, value in parameters.items()}
    return AdhocQueryRequest(IDS[name], ReturnType.LEAF_CLASS, given, home)


def get_documents(unique_id: str, home: str | None = None) -> AdhocQueryRequest:
    """GetDocuments by uniqueId."""
    return a_question("GetDocuments", home, XDSDocumentEntryUniqueId=((f"('{unique_id}')",),))


def get_all(home: str | None = None) -> AdhocQueryRequest:
    """GetAll of the samples' patient."""
    return AdhocQueryRequest(IDS["GetAll"], ReturnType.LEAF_CLASS, BY_PATIENT["GetAll"], home)


def send(exchange: Exchange, transaction: Transaction, request: AdhocQueryRequest) -> etree._Element:
    """The body of a query's answer."""
    message = messages.a_message(transaction, query.write_query(request))
    return messages.read_answer(exchange.answer(messages.asked(transaction.actor, message))).body


def ask(exchange: Exchange, request: AdhocQueryRequest, transaction: Transaction = ITI_38) -> QueryAnswer:
    """A query's answer."""
    return query.read_query_response(send(exchange, transaction, request))


def fetch(exchange: Exchange, *requests: DocumentRequest) -> RetrieveDocumentSetResponse:
    """[ITI-39] The documents that the gateway gives out."""
    message = messages.a_message(ITI_39, retrieval.write_retrieve(RetrieveDocumentSet(requests)))
    answer = exchange.answer(messages.asked("gateway", message))
    assert answer.content_type.startswith("multipart/related")
    read = messages.read_answer(answer)
    assert read.addressing.action == ITI_39.response_action
    return retrieval.read_retrieve_response(read.body, lambda element: mtom.content_of(element, read.package))


def register(exchange: Exchange, lot: Submission) -> None:
    """[ITI-42]"""
    message = messages.a_message(ITI_42, submission.write_submission(lot))
    answer = exchange.answer(messages.asked("registry", message))
    assert response.read_response(messages.read_answer(answer).body).errors == ()


def provided(exchange: Exchange) -> str:
    """[ITI-41] A document is provided; its uniqueId."""
    lot = messages.a_lot()
    exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    return messages.unique_id_of(lot)


def a_lot_with_folder(home_community_id: str | None = None) -> Submission:
    """A document, a folder and their submission set, all of one home."""
    lot = a_submission(
        document_entries=[a_document_entry(home_community_id=home_community_id)],
        folders=[a_folder(home_community_id=home_community_id)],
        submission_set=a_submission_set(home_community_id=home_community_id),
    )
    return replace(
        lot, associations=tuple(replace(one, home_community_id=home_community_id) for one in lot.associations)
    )


# ITI-38


@pytest.mark.parametrize("home_community_id", [None, ELSEWHERE], ids=["without a home", "with a home of its own"])
def test_every_object_shown_to_another_community_bears_our_home(
    exchange: Exchange, home: str, home_community_id: str | None
) -> None:
    """DocumentEntry, SubmissionSet, Folder and Association alike: by it the asker finds back to us. [ITI TF-2: 3.38.4.1.3]"""
    register(exchange, a_lot_with_folder(home_community_id))
    answer = ask(exchange, get_all())
    assert answer.status is ResponseStatus.SUCCESS
    objects = list(answer.objects.objects())
    assert [type(one).__name__ for one in objects] == ["SubmissionSet", "DocumentEntry", "Folder"] + ["Association"] * 2
    assert {one.home_community_id for one in objects} == {home}


def test_every_reference_shown_to_another_community_bears_our_home(exchange: Exchange, home: str) -> None:
    """[ITI TF-2: 3.38.4.1.3]"""
    register(exchange, a_lot_with_folder())
    body = send(exchange, ITI_38, replace(get_all(), return_type=ReturnType.OBJECT_REF))
    refs = list(body.iter(qname(RIM, "ObjectRef")))
    assert [ref.get("home") for ref in refs] == [home] * 5


@pytest.mark.parametrize(
    "schema",
    [
        OURS,
        pytest.param(
            GENUINE, marks=pytest.mark.skipif(not GENUINE.is_file(), reason="no published schemas beside the checkout")
        ),
    ],
    ids=["ours", "published"],
)
@pytest.mark.parametrize("return_type", ReturnType)
def test_answer_with_homes_is_valid(exchange: Exchange, schema: Path, return_type: ReturnType) -> None:
    """At the gateway and at the registry, with homes of the objects' own and without. [ebRIM 3.0: IdentifiableType]"""
    register(exchange, a_lot_with_folder())
    register(exchange, a_lot_with_folder(ELSEWHERE))
    for transaction in (ITI_38, ITI_18):
        body = send(exchange, transaction, replace(get_all(), return_type=return_type))
        etree.XMLSchema(etree.parse(schema)).assertValid(etree.fromstring(etree.tostring(body)))


def test_home_that_an_object_came_with_is_shown_by_the_registry_and_no_other(exchange: Exchange) -> None:
    """What was submitted comes back; what was not is not made up. [ITI TF-3: 4.2.3.2.12]"""
    register(exchange, a_lot_with_folder(ELSEWHERE))
    register(exchange, a_lot_with_folder())
    answer = ask(exchange, get_all(), ITI_18)
    homes = [one.home_community_id for one in answer.objects.objects()]
    assert sorted(homes, key=str) == [None] * 5 + [ELSEWHERE] * 5
    body = send(exchange, ITI_18, replace(get_all(), return_type=ReturnType.OBJECT_REF))
    assert {ref.get("home") for ref in body.iter(qname(RIM, "ObjectRef"))} == {None}


@pytest.mark.parametrize("name", BY_PATIENT)
@pytest.mark.parametrize("is_told", [True, False], ids=["with home", "without home"])
def test_query_by_patient_needs_no_home(exchange: Exchange, home: str, name: str, is_told: bool) -> None:
    """The patient id says by its authority whose it is. [ITI TF-2: 3.38.4.1.2]"""
    request = AdhocQueryRequest(IDS[name], ReturnType.LEAF_CLASS, BY_PATIENT[name], home if is_told else None)
    assert ask(exchange, request).errors == ()


@pytest.mark.parametrize("row", [row for row in STORED_QUERIES if row.name not in BY_PATIENT], ids=lambda row: row.name)
def test_query_by_id_without_home_gets_XDSMissingHomeCommunityId(exchange: Exchange, home: str, row: Any) -> None:
    """[ITI TF-2: 3.38.4.1.2]"""
    answer = ask(exchange, AdhocQueryRequest(row.query_id, ReturnType.LEAF_CLASS, {}))
    assert answer.status is ResponseStatus.FAILURE
    assert answer.errors.codes[0] == "XDSMissingHomeCommunityId"
    assert "XDSStoredQueryMissingParam" in answer.errors.codes, "all that is wrong is told at once"
    assert {error.location for error in answer.errors} == {home}
    assert home in answer.errors[0].code_context


@pytest.mark.parametrize("request_of", [get_documents, lambda _, home: get_all(home)], ids=["by id", "by patient"])
def test_query_for_another_community_gets_XDSUnknownCommunity(exchange: Exchange, home: str, request_of: Any) -> None:
    """[ITI TF-2: 3.38.4.1.3]"""
    answer = ask(exchange, request_of(provided(exchange), ELSEWHERE))
    assert answer.errors.codes == ("XDSUnknownCommunity",)
    assert ELSEWHERE in answer.errors[0].code_context
    assert answer.errors[0].location == home
    assert list(answer.objects.objects()) == []


def test_query_by_id_with_our_home_shows_the_object(exchange: Exchange, home: str) -> None:
    """[ITI TF-2: 3.38.4.1.3]"""
    unique_id = provided(exchange)
    (entry,) = ask(exchange, get_documents(unique_id, home)).objects.document_entries
    assert (entry.unique_id, entry.home_community_id) == (unique_id, home)


@pytest.mark.parametrize("home_asked", [ELSEWHERE, None])
def test_home_of_a_query_is_no_filter_at_the_registry(exchange: Exchange, home_asked: str | None) -> None:
    """[ITI TF-2: 3.18.4.1.2.3]"""
    unique_id = provided(exchange)
    (entry,) = ask(exchange, get_documents(unique_id, home_asked), ITI_18).objects.document_entries
    assert (entry.unique_id, entry.home_community_id) == (unique_id, None)


@pytest.mark.parametrize(
    ("request_made", "code"),
    [
        (AdhocQueryRequest("urn:uuid:0", ReturnType.LEAF_CLASS, {}), "XDSUnknownStoredQuery"),
        (
            AdhocQueryRequest("urn:uuid:3d1bdb10-39a2-11de-89c2-2f44d94eaa9f", ReturnType.LEAF_CLASS, {}),
            "XDSUnknownStoredQuery",
        ),
        (a_question("FindFolders", None, XDSFolderPatientId=PATIENT), "XDSStoredQueryMissingParam"),
        (replace(get_all(), return_type="Everything"), "XDSRegistryError"),
    ],
    ids=["unknown query", "multi-patient query", "missing parameter", "unknown return type"],
)
def test_error_of_the_query_itself_says_which_community_erred(
    exchange: Exchange, home: str, request_made: AdhocQueryRequest, code: str
) -> None:
    """RegistryError/@location is the homeCommunityId. [ITI TF-3: 4.2.4.1]"""
    answer = ask(exchange, request_made)
    assert answer.errors.codes == (code,)
    assert answer.errors[0].location == home


def test_error_of_the_same_query_at_the_registry_names_the_parameter(exchange: Exchange) -> None:
    answer = ask(exchange, a_question("FindFolders", None, XDSFolderPatientId=PATIENT), ITI_18)
    assert answer.errors[0].location == "$XDSFolderStatus"


def test_query_by_id_over_two_patients_gets_XDSResultNotSinglePatient(exchange: Exchange, home: str) -> None:
    """[ITI TF-2: 3.38.4.1.3]"""
    exchange.answer(messages.asked("patients", messages.a_feed("DUPONT-2")))
    other = a_patient_id("DUPONT-2")
    lots = [
        a_submission(),
        a_submission(
            document_entries=[a_document_entry(patient_id=other)], submission_set=a_submission_set(patient_id=other)
        ),
    ]
    for lot in lots:
        register(exchange, lot)
    named = "','".join(messages.unique_id_of(lot) for lot in lots)
    answer = ask(exchange, get_documents(named, home))
    assert answer.errors.codes == ("XDSResultNotSinglePatient",)


def test_patient_unknown_to_us_has_nothing(exchange: Exchange) -> None:
    """An asker of many communities is not told who is known where. [ITI TF-2: 3.38.4.1.3]"""
    nobody = a_patient_id("NOBODY-9")
    request = a_question(
        "FindDocuments", None, XDSDocumentEntryPatientId=((f"'{nobody}'",),), XDSDocumentEntryStatus=APPROVED
    )
    answer = ask(exchange, request)
    assert (answer.status, list(answer.objects.objects())) == (ResponseStatus.SUCCESS, [])


# ITI-39


def test_document_is_given_to_another_community_byte_for_byte(exchange: Exchange, house: House, home: str) -> None:
    """The home comes back with it. [ITI TF-2: 3.39.4.2]"""
    wanted = DocumentRequest(house.domain.repository_unique_id, provided(exchange), home)
    answer = fetch(exchange, wanted)
    assert answer.status is ResponseStatus.SUCCESS
    (found,) = answer.documents
    assert found.request == wanted
    assert b"".join(found.content.chunks()) == messages.DOCUMENT


@pytest.mark.parametrize(
    ("home_asked", "code"),
    [(None, "XDSMissingHomeCommunityId"), ("", "XDSMissingHomeCommunityId"), (ELSEWHERE, "XDSUnknownCommunity")],
)
def test_document_asked_for_without_our_home_is_not_given(
    exchange: Exchange, house: House, home: str, home_asked: str | None, code: str
) -> None:
    """[ITI TF-2: 3.39.4.1.3]"""
    unique_id = provided(exchange)
    answer = fetch(exchange, DocumentRequest(house.domain.repository_unique_id, unique_id, home_asked))
    assert (answer.status, answer.errors.codes) == (ResponseStatus.FAILURE, (code,))
    assert answer.errors[0].location == home
    assert unique_id in answer.errors[0].code_context


def test_request_that_cannot_be_answered_does_not_keep_the_others_back(
    exchange: Exchange, house: House, home: str
) -> None:
    """PartialSuccess, an error for each that is missing, all from our community. [ITI TF-2: 3.39.4.1.3]"""
    repository, unique_id, missing = house.domain.repository_unique_id, provided(exchange), fresh_oid()
    answer = fetch(
        exchange,
        DocumentRequest(repository, unique_id, home),
        DocumentRequest(repository, unique_id, ELSEWHERE),
        DocumentRequest(repository, unique_id, None),
        DocumentRequest(repository, missing, home),
        DocumentRequest("1.2.3", unique_id, home),
    )
    assert answer.status is ResponseStatus.PARTIAL_SUCCESS
    assert [found.request.document_unique_id for found in answer.documents] == [unique_id]
    assert sorted(answer.errors.codes) == [
        "XDSDocumentUniqueIdError",
        "XDSMissingHomeCommunityId",
        "XDSUnknownCommunity",
        "XDSUnknownRepositoryId",
    ]
    assert {error.location for error in answer.errors} == {home}


def test_home_of_a_request_is_not_looked_at_by_the_repository(exchange: Exchange, house: House) -> None:
    """[ITI TF-2: 3.43.4.1.2]"""
    wanted = DocumentRequest(house.domain.repository_unique_id, provided(exchange), ELSEWHERE)
    message = messages.a_message(ITI_43, retrieval.write_retrieve(RetrieveDocumentSet((wanted,))))
    read = messages.read_answer(exchange.answer(messages.asked("repository", message)))
    answer = retrieval.read_retrieve_response(read.body, lambda element: mtom.content_of(element, read.package))
    assert [found.request for found in answer.documents] == [wanted]


# The gateway as a whole


class _Broken:
    """A gateway whose stores are too busy."""

    home_community_id = "urn:oid:1.2.250.1.999.8"

    def query(self, request: AdhocQueryRequest, visit: object = None) -> AdhocQueryResponse:
        raise Busy("locked")

    def retrieve(self, request: RetrieveDocumentSet, visit: object = None) -> RetrieveDocumentSetResponse:
        raise Busy("locked")


def test_failure_of_our_own_says_which_community_erred_and_as_which_actor() -> None:
    """[ITI TF-3: 4.2.4.1]"""
    exchange = Exchange(Routes(None, None, _Broken()))
    asked: list[ErrorList] = [
        ask(exchange, get_all()).errors,
        fetch(exchange, DocumentRequest("1.2", "1.2.3", _Broken.home_community_id)).errors,
    ]
    assert [errors.codes for errors in asked] == [("XDSRegistryBusy",), ("XDSRepositoryBusy",)]
    assert {errors[0].location for errors in asked} == {_Broken.home_community_id}


def test_answers_come_in_the_packaging_of_their_transactions(exchange: Exchange) -> None:
    """A query in simple SOAP, documents in MTOM. [ITI TF-2: V.3.6]"""
    message = messages.a_message(ITI_38, query.write_query(get_all()))
    answer = exchange.answer(messages.asked("gateway", message))
    assert (answer.content_type, answer.transaction, answer.outcome) == (mtom.SIMPLE, "ITI-38", Outcome.SUCCESS)
    assert messages.read_answer(answer).addressing.action == ITI_38.response_action


def test_stored_home_is_in_the_object_once() -> None:
    """With the gateway's home or without, one attribute at most. [ITI TF-3: 4.2.3.2.12]"""
    stored = ebrim.write_stored(a_document_entry(home_community_id=ELSEWHERE))
    for home, shown in ((None, ELSEWHERE), ("urn:oid:1.2", "urn:oid:1.2")):
        filled = ebrim.fill(stored, AvailabilityStatus.APPROVED, home, "1^^^&1.2&ISO", "")
        assert filled.count(b" home=") == 1
        assert f' home="{shown}"'.encode() in filled
