"""The transactions we speak, each with its actions and body elements. [ITI TF-2: Appendix V, 3.18 … 3.92; DMP: TD0, TD1]

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
    AUTHORISATIONS = "habilitations"
    GATEWAY = "gateway"
    JOURNAL = "journal"


class Packaging(StrEnum):
    """How request and response are wrapped; the response always as its request's transaction says. [ITI TF-2: V.3]"""

    SIMPLE = "simple"
    MTOM = "mtom"


class Transaction(NamedTuple):
    """One transaction, or one message of it where a transaction has several.

    ``reason``: the reasonCode that tells it from others of the same action. [DMP: TD1.x]
    """

    name: str
    title: str
    actor: Actor
    request_action: str
    response_action: str
    request_element: str
    response_element: str
    packaging: Packaging = Packaging.SIMPLE
    reason: str = ""


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


def _hl7(
    name: str, title: str, interaction: str, answer: str, reason: str = "", *, is_wrapped: bool = False
) -> Transaction:
    """A transaction of the DMP on a record. Where an answer accepts or refuses, either message comes wrapped in one element."""
    response_action = f"{interaction.removesuffix('UV02')}ResponseUV02" if is_wrapped else answer
    response_namespace = namespaces.DMP_RECORDS if is_wrapped else namespaces.HL7
    return Transaction(
        name,
        title,
        Actor.PATIENTS,
        f"{namespaces.HL7}:{interaction}",
        f"{namespaces.HL7}:{response_action}",
        namespaces.qname(namespaces.HL7, interaction),
        namespaces.qname(response_namespace, answer),
        reason=reason,
    )


def _typed(name: str, title: str, actor: Actor, namespace: str, endpoint: str, operation: str) -> Transaction:
    """A transaction of the DMP's own typed services."""
    action = f"{namespace}:{endpoint}:{operation}"
    body, answer = namespaces.qname(namespace, operation), namespaces.qname(namespace, f"{operation}Response")
    return Transaction(name, title, actor, action, f"{action}Response", body, answer)


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
_GET, _GOT = "PRPA_IN201307UV02", "PRPA_IN201308UV02"
_REVISE, _REVISED = "PRPA_IN201314UV02", "PRPA_IN201314UV02_Response"

TD_0_2 = _hl7("TD0.2", "Existence of a record", _GET, _GOT, "TEST_EXST")
TD_0_3 = _typed(
    "TD0.3",
    "Authorisation declared or removed",
    Actor.AUTHORISATIONS,
    namespaces.DMP_AUTHORISATIONS,
    "HabilitationsEndPoint",
    "setAuthorization",
)
TD_0_4 = _typed(
    "TD0.4",
    "Records on which one is authorised",
    Actor.PATIENTS,
    namespaces.DMP_PATIENTS,
    "PatientSpecificEndPoint",
    "patientList",
)
TD_0_5 = _hl7("TD0.5", "Patient found by traits", "PRPA_IN201305UV02", "PRPA_IN201306UV02")
TD_1_1 = _hl7("TD1.1", "Record created", "PRPA_IN201311UV02", "PRPA_IN201311UV02_Response", "CREA_RD", is_wrapped=True)
TD_1_2 = _hl7("TD1.2", "Record reopened", _REVISE, _REVISED, "REAC", is_wrapped=True)
TD_1_3A = _hl7("TD1.3a", "Administrative data read", _GET, _GOT, "CNSLT_DATA")
TD_1_3B = _hl7("TD1.3b", "Administrative data changed", _REVISE, _REVISED, "MODIF_DATA", is_wrapped=True)
TD_1_4 = _hl7("TD1.4", "Record closed", _REVISE, _REVISED, "FERM", is_wrapped=True)
TD_1_6 = _typed(
    "TD1.6",
    "Authorisations on a record",
    Actor.AUTHORISATIONS,
    namespaces.DMP_AUTHORISATIONS,
    "HabilitationsEndPoint",
    "listAuthorizationByPatient",
)

_TABLE = tuple(
    dict.fromkeys(row for row in globals().values() if isinstance(row, Transaction))  # in order, ITI_44 once
)
_BY_ACTION = {row.request_action: row for row in reversed(_TABLE)}  # the first of those that share an action
_BY_REASON = {(row.request_action, row.reason): row for row in _TABLE}


def table() -> Iterator[Transaction]:
    """Every transaction, in the table's order."""
    return iter(_TABLE)


def find(request_action: str, reason: str = "") -> Transaction | None:
    """The transaction that a wsa:Action asks for, if we know it; of several that share it, the one of that reasonCode, else the first.

    [ITI TF-2: V.3.2; DMP: TD1.x]
    """
    return _BY_REASON.get((request_action, reason)) or _BY_ACTION.get(request_action)
