"""The table of transactions. [ITI TF-2: Appendix V]"""

from __future__ import annotations

import re

import pytest

from safexml.namespaces import HL7, QUERY, qname
from xds import transactions
from xds.transactions import Actor, Packaging, Transaction

ROWS = list(transactions.table())
SHARED = {row.name: row for row in ROWS if row.reason}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.request_action)
def test_transaction_is_found_by_its_action(row: Transaction) -> None:
    """[ITI TF-2: V.3.2]"""
    assert transactions.find(row.request_action, row.reason) is row
    assert re.fullmatch(r"ITI-\d\d|TD\d\.\d[ab]?", row.name)
    assert row.title


def test_action_of_several_transactions_alone_finds_the_first_of_them() -> None:
    """[DMP: TD0.2, TD1.3a, TD1.2, TD1.3b, TD1.4]"""
    assert transactions.find(transactions.TD_1_3A.request_action) is transactions.TD_0_2
    assert transactions.find(transactions.TD_1_4.request_action, "no such reason") is transactions.TD_1_2
    shared = {name for name in SHARED if transactions.find(SHARED[name].request_action) is not SHARED[name]}
    assert shared == {"TD1.3a", "TD1.3b", "TD1.4"}


def test_response_action_is_the_request_action_and_Response_save_for_two() -> None:
    """On-demand registration has a name of its own, and a feed is acknowledged. [ITI TF-2: 3.61, 3.44]"""
    odd = {row.name for row in ROWS if row.response_action != f"{row.request_action}Response"}
    assert {name for name in odd if name.startswith("ITI")} == {"ITI-61", "ITI-44"}
    assert transactions.ITI_61.response_action == "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse"


def test_documents_travel_as_mtom_and_metadata_does_not() -> None:
    """[ITI TF-2: V.3.6]"""
    assert {row.name for row in ROWS if row.packaging is Packaging.MTOM} == {"ITI-39", "ITI-41", "ITI-43"}


def test_actors_have_their_transactions() -> None:
    by_actor = {actor: {row.name for row in ROWS if row.actor is actor} for actor in Actor}
    assert by_actor[Actor.REPOSITORY] == {"ITI-41", "ITI-43", "ITI-86"}
    assert by_actor[Actor.REGISTRY] == {f"ITI-{number}" for number in (18, 42, 51, 57, 61, 62, 92)}
    assert by_actor[Actor.PATIENTS] == {
        *("ITI-44", "TD0.2", "TD0.4", "TD0.5", "TD1.1", "TD1.2", "TD1.3a", "TD1.3b", "TD1.4")
    }
    assert by_actor[Actor.AUTHORISATIONS] == {"TD0.3", "TD1.6"}
    assert by_actor[Actor.GATEWAY] == {"ITI-38", "ITI-39"}


def test_the_feed_has_three_messages_of_one_answer() -> None:
    """[ITI TF-2: 3.44]"""
    feed = [row for row in ROWS if row.name == "ITI-44"]
    assert transactions.ITI_44 is feed[0]
    assert [row.request_action for row in feed] == [f"{HL7}:PRPA_IN20130{number}UV02" for number in (1, 2, 4)]
    assert {row.response_element for row in feed} == {qname(HL7, "MCCI_IN000002UV01")}


def test_answers_of_the_dmp_have_the_actions_that_its_clients_know() -> None:
    """[DMP: TD0.2 … TD1.6]"""
    told = {row.name: row.response_action for row in ROWS if row.name.startswith("TD")}
    assert told["TD0.2"] == told["TD1.3a"] == "urn:hl7-org:v3:PRPA_IN201308UV02"
    assert told["TD0.5"] == "urn:hl7-org:v3:PRPA_IN201306UV02"
    assert told["TD1.1"] == "urn:hl7-org:v3:PRPA_IN201311ResponseUV02"
    assert told["TD1.2"] == told["TD1.3b"] == told["TD1.4"] == "urn:hl7-org:v3:PRPA_IN201314ResponseUV02"
    assert told["TD0.3"] == "urn:si-dmp-habilitations:HabilitationsEndPoint:setAuthorizationResponse"
    assert told["TD0.4"] == "urn:si-dmp-patients:PatientSpecificEndPoint:patientListResponse"
    assert told["TD1.6"] == "urn:si-dmp-habilitations:HabilitationsEndPoint:listAuthorizationByPatientResponse"


def test_unknown_action_is_not_found() -> None:
    assert transactions.find("urn:ihe:iti:2007:NoSuch") is None
    assert transactions.ITI_18.request_element == qname(QUERY, "AdhocQueryRequest")
