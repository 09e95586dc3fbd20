"""[ITI-18] Registry Stored Query: request → arguments → recipe → answer. [ITI TF-2: 3.18]

Nothing is changed by a query. Answers are the store's own bytes, spliced by the writer of the response.
"""

from __future__ import annotations

from collections.abc import Mapping

from registry.arguments import read_arguments
from registry.facts import RegistryWork
from registry.recipes import RECIPES, Answer, Inquiry
from registry.selection import Found, FoundAssociation
from registry.stored_queries import STORED_QUERIES, StoredQuery
from xds import errors
from xds.errors import ErrorList, RegistryError
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.vocabulary import ReturnType

BY_ID: Mapping[str, StoredQuery] = {row.query_id: row for row in STORED_QUERIES}


def query(request: AdhocQueryRequest, work: RegistryWork) -> AdhocQueryResponse:
    """Answers a stored query; AdhocQuery/@home is no filter at a registry. [ITI TF-2: 3.18.4.1.3]"""
    row = BY_ID.get(request.query_id.lower())
    if row is None:
        sentence = f"{request.query_id} is the id of no stored query of ITI-18"
        return _refuse(errors.error(errors.XDSUnknownStoredQuery, sentence, request.query_id))
    arguments, problems = read_arguments(row, request.parameters)
    if request.return_type not in (ReturnType.LEAF_CLASS, ReturnType.OBJECT_REF):
        sentence = f"returnType is {request.return_type!r}, expected {' or '.join(ReturnType)}"
        problems += (errors.error(errors.XDSRegistryError, sentence, "returnType"),)
    if problems:
        return AdhocQueryResponse(errors=problems)
    is_leaf_class = request.return_type == ReturnType.LEAF_CLASS
    answer = RECIPES[row](Inquiry(arguments, work, is_leaf_class))
    if is_leaf_class and row.is_single_patient and len({found.patient for found in answer.objects}) > 1:
        return _refuse(_several_patients(row))
    return AdhocQueryResponse(write_answer(answer, is_leaf_class=is_leaf_class))


def write_answer(answer: Answer, *, is_leaf_class: bool) -> tuple[bytes, ...]:
    """The elements of an answer: whole objects, or a reference to each. [ITI TF-2: 3.18.4.1.2.6]"""
    everything: tuple[Found | FoundAssociation, ...] = (*answer.objects, *answer.associations)
    if is_leaf_class:
        return tuple(found.ebrim for found in everything)
    return tuple(b'<rim:ObjectRef id="%b"/>' % found.entry_uuid.encode("ascii") for found in everything)


def _several_patients(row: StoredQuery) -> RegistryError:
    """An error must not tell what the answer would have. [ITI TF-2: 3.18.4.1.3, XDSResultNotSinglePatient]"""
    sentence = (
        f"{row.name} finds objects of more than one patient; ask for ObjectRef, then for each patient's objects apart"
    )
    return errors.error(errors.XDSResultNotSinglePatient, sentence)


def _refuse(error: RegistryError) -> AdhocQueryResponse:
    return AdhocQueryResponse(errors=ErrorList((error,)))
