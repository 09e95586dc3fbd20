"""The transactions we speak, each with its actions and body elements. [ITI TF-2: Appendix V, 3.18 … 3.92]

Says how a transaction looks on the wire and which actor answers it; who is called is the server's table of routes.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from safexml import namespaces


class Actor(StrEnum):
    """Who answers: the last part of an endpoint's path."""

    REGISTRY = "registry"
    REPOSITORY = "repository"
    PATIENTS = "patients"
    GATEWAY = "gateway"


class Packaging(StrEnum):
    """How request and response are wrapped; the response always as its request's transaction says. [ITI TF-2: V.3]"""

    SIMPLE = "simple"
    MTOM = "mtom"


class Transaction(NamedTuple):
    """One transaction, or one message of it where a transaction has several."""

    name: str
    title: str
    actor: Actor
    request_action: str
    response_action: str
    request_element: str
    response_element: str
    packaging: Packaging = Packaging.SIMPLE


_QUERY = namespaces.qname(namespaces.QUERY, "AdhocQueryRequest")
_QUERY_RESPONSE = namespaces.qname(namespaces.QUERY, "AdhocQueryResponse")
_SUBMIT = namespaces.qname(namespaces.LCM, "SubmitObjectsRequest")
_REMOVE = namespaces.qname(namespaces.LCM, "RemoveObjectsRequest")
_REGISTRY_RESPONSE = namespaces.qname(namespaces.RS, "RegistryResponse")
_PROVIDE = namespaces.qname(namespaces.XDSB, "ProvideAndRegisterDocumentSetRequest")
_RETRIEVE = namespaces.qname(namespaces.XDSB, "RetrieveDocumentSetRequest")
_RETRIEVE_RESPONSE = namespaces.qname(namespaces.XDSB, "RetrieveDocumentSetResponse")
_REMOVE_DOCUMENTS = namespaces.qname(namespaces.RMD, "RemoveDocumentsRequest")


def _ihe(
    name: str, title: str, actor: Actor, action: str, bodies: tuple[str, str], packaging: Packaging = Packaging.SIMPLE
) -> Transaction:
    """A transaction whose response action is its request's with ``Response`` behind it."""
    urn = f"urn:ihe:iti:{action}"
    return Transaction(name, title, actor, urn, f"{urn}Response", *bodies, packaging)


def _feed(interaction: str, title: str) -> Transaction:
    """A message of the HL7 v3 patient identity feed: action and element bear the interaction's name."""
    return Transaction(
        "ITI-44",
        title,
        Actor.PATIENTS,
        f"{namespaces.HL7}:{interaction}",
        f"{namespaces.HL7}:MCCI_IN000002UV01",
        namespaces.qname(namespaces.HL7, interaction),
        namespaces.qname(namespaces.HL7, "MCCI_IN000002UV01"),
    )


ITI_18 = _ihe("ITI-18", "Registry Stored Query", Actor.REGISTRY, "2007:RegistryStoredQuery", (_QUERY, _QUERY_RESPONSE))
ITI_38 = _ihe("ITI-38", "Cross Gateway Query", Actor.GATEWAY, "2007:CrossGatewayQuery", (_QUERY, _QUERY_RESPONSE))
ITI_39 = _ihe(
    "ITI-39",
    "Cross Gateway Retrieve",
    Actor.GATEWAY,
    "2007:CrossGatewayRetrieve",
    (_RETRIEVE, _RETRIEVE_RESPONSE),
    Packaging.MTOM,
)
ITI_41 = _ihe(
    "ITI-41",
    "Provide and Register Document Set-b",
    Actor.REPOSITORY,
    "2007:ProvideAndRegisterDocumentSet-b",
    (_PROVIDE, _REGISTRY_RESPONSE),
    Packaging.MTOM,
)
ITI_42 = _ihe(
    "ITI-42",
    "Register Document Set-b",
    Actor.REGISTRY,
    "2007:RegisterDocumentSet-b",
    (_SUBMIT, _REGISTRY_RESPONSE),
)
ITI_43 = _ihe(
    "ITI-43",
    "Retrieve Document Set",
    Actor.REPOSITORY,
    "2007:RetrieveDocumentSet",
    (_RETRIEVE, _RETRIEVE_RESPONSE),
    Packaging.MTOM,
)
ITI_44_ADD = _feed("PRPA_IN201301UV02", "Patient Identity Feed HL7 v3: record added")
ITI_44_REVISE = _feed("PRPA_IN201302UV02", "Patient Identity Feed HL7 v3: record revised")
ITI_44_MERGE = _feed("PRPA_IN201304UV02", "Patient Identity Feed HL7 v3: duplicates resolved")
ITI_44 = ITI_44_ADD
ITI_51 = _ihe(
    "ITI-51", "Multi-Patient Stored Query", Actor.REGISTRY, "2009:MultiPatientStoredQuery", (_QUERY, _QUERY_RESPONSE)
)
ITI_57 = _ihe("ITI-57", "Update Document Set", Actor.REGISTRY, "2010:UpdateDocumentSet", (_SUBMIT, _REGISTRY_RESPONSE))
ITI_61 = Transaction(
    "ITI-61",
    "Register On-Demand Document Entry",
    Actor.REGISTRY,
    "urn:ihe:iti:2010:RegisterOnDemandDocumentEntry",
    "urn:ihe:iti:2010:RegisterOnDemandDocumentResponse",
    _SUBMIT,
    _REGISTRY_RESPONSE,
)
ITI_62 = _ihe("ITI-62", "Remove Metadata", Actor.REGISTRY, "2010:DeleteDocumentSet", (_REMOVE, _REGISTRY_RESPONSE))
ITI_86 = _ihe(
    "ITI-86", "Remove Documents", Actor.REPOSITORY, "2017:RemoveDocuments", (_REMOVE_DOCUMENTS, _REGISTRY_RESPONSE)
)
ITI_92 = _ihe(
    "ITI-92",
    "Restricted Update Document Set",
    Actor.REGISTRY,
    "2018:RestrictedUpdateDocumentSet",
    (_SUBMIT, _REGISTRY_RESPONSE),
)

_TABLE = tuple(
    dict.fromkeys(row for row in globals().values() if isinstance(row, Transaction))  # in order, ITI_44 once
)
_BY_ACTION = {row.request_action: row for row in _TABLE}


def table() -> Iterator[Transaction]:
    """Every transaction, in the table's order."""
    return iter(_TABLE)


def find(request_action: str) -> Transaction | None:
    """The transaction that a wsa:Action asks for, if we know it. [ITI TF-2: V.3.2]"""
    return _BY_ACTION.get(request_action)
