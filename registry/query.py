"""[ITI-18] Registry Stored Query, [ITI-51] Multi-Patient Stored Query: request → arguments → recipe → answer. [ITI TF-2: 3.18, 3.51]

What a gateway asks of the same queries beyond that is in ``cross_gateway_query``.

Nothing is changed by a query. Answers are the store's own bytes, spliced by the writer of the response.
"""

from __future__ import annotations

from collections.abc import Mapping

from access.sight import EVERYTHING, Sight
from registry import parameter_values, parameters
from registry.arguments import Arguments, read_arguments
from registry.recipes import Answer, Inquiry, TooMany, find_answer
from registry.selection import Found, FoundAssociation
from registry.sighted import Searches, SightedSearches
from registry.stored_queries import MULTI_PATIENT_QUERIES, STORED_QUERIES, Need, StoredQuery
from xds import ebrim, errors
from xds.domain import RESULTS_MAX
from xds.errors import NO_ERRORS, ErrorList, RegistryError
from xds.messages import AdhocQueryRequest, AdhocQueryResponse
from xds.transactions import ITI_18, Transaction
from xds.vocabulary import ReturnType

BY_ID: Mapping[str, StoredQuery] = {row.query_id: row for row in (*STORED_QUERIES, *MULTI_PATIENT_QUERIES)}

REFERENCES_PER_OBJECT = 10
"""How many ObjectRefs may be shown where one whole object may: each is a hundredth of it."""

_LEVEL = parameters.METADATA_LEVEL.name
_NO_FILTERS = {
    parameter.name for parameter in (parameters.METADATA_LEVEL, parameters.ASSOCIATION_STATUS, parameters.ENTRY_TYPE)
}
"""Optional parameters that widen an answer."""


def find_query(request: AdhocQueryRequest, transaction: Transaction = ITI_18) -> StoredQuery | None:
    """The stored query that is asked for, if it is one of that transaction."""
    row = BY_ID.get(request.query_id.lower())
    return row if row is not None and row.transaction is transaction else None


def query(
    request: AdhocQueryRequest,
    work: Searches,
    *,
    transaction: Transaction = ITI_18,
    results_max: int = RESULTS_MAX,
    metadata_level: int = 1,
    home: str | None = None,
    problems: ErrorList = NO_ERRORS,
    sight: Sight = EVERYTHING,
) -> AdhocQueryResponse:
    """Answers a stored query; AdhocQuery/@home is no filter at a registry. [ITI TF-2: 3.18.4.1.3, 3.51.4.1.3]

    ``results_max``: whole objects that may be shown. ``metadata_level``: where the request says none. ``home`` is written on
    every ObjectRef; ``problems`` are those found already, told with the others. ``sight``: what it does not show does not exist.
    """
    row = find_query(request, transaction)
    if row is None:
        return AdhocQueryResponse(errors=ErrorList((*problems, _unknown_query(request, transaction))))
    arguments, unfit = read_arguments(row, {_LEVEL: ((str(metadata_level),),)} | dict(request.parameters))
    problems += unfit
    if request.return_type not in (ReturnType.LEAF_CLASS, ReturnType.OBJECT_REF):
        sentence = f"returnType is {request.return_type!r}, expected {' or '.join(ReturnType)}"
        problems += (errors.error(errors.XDSRegistryError, sentence, "returnType"),)
    if problems:
        return AdhocQueryResponse(errors=problems)
    is_leaf_class = request.return_type == ReturnType.LEAF_CLASS
    searches = work if sight is EVERYTHING else SightedSearches(work, sight)
    inquiry = Inquiry(arguments, searches, is_leaf_class, results_max * (1 if is_leaf_class else REFERENCES_PER_OBJECT))
    try:
        answer = find_answer(row, inquiry)
    except TooMany:
        return AdhocQueryResponse(errors=ErrorList((_too_many(row, inquiry),)))
    if is_leaf_class and row.is_single_patient and len({found.patient for found in answer.objects}) > 1:
        return AdhocQueryResponse(errors=ErrorList((_several_patients(row),)))
    return AdhocQueryResponse(write_answer(answer, is_leaf_class=is_leaf_class, home=home))


def write_answer(answer: Answer, *, is_leaf_class: bool, home: str | None = None) -> tuple[bytes, ...]:
    """The elements of an answer: whole objects as the store has them, or a reference to each. [ITI TF-2: 3.18.4.1.2.6]"""
    everything: tuple[Found | FoundAssociation, ...] = (*answer.objects, *answer.associations)
    if is_leaf_class:
        return tuple(found.ebrim for found in everything)
    told = ebrim.home_attribute(home).encode() if home else b""
    return tuple(b'<rim:ObjectRef id="%b"%b/>' % (found.entry_uuid.encode("ascii"), told) for found in everything)


def _unknown_query(request: AdhocQueryRequest, transaction: Transaction) -> RegistryError:
    """[ITI TF-2: 3.18.4.1.3, 3.51.4.1.3]"""
    row = BY_ID.get(request.query_id.lower())
    sentence = f"{errors.shown(request.query_id)} is the id of no stored query of {transaction.name}"
    if row is not None:
        sentence += f": it is {row.name}, expected by {row.transaction.name}"
    return errors.error(errors.XDSUnknownStoredQuery, sentence, request.query_id)


def _too_many(row: StoredQuery, inquiry: Inquiry) -> RegistryError:
    """How many are allowed, and what would make them fewer. [ITI TF-3: Table 4.2.4.1-2, XDSTooManyResults]"""
    shown, others = ReturnType.OBJECT_REF, ""
    if inquiry.with_ebrim:
        shown = ReturnType.LEAF_CLASS
        others = f", or ask for {ReturnType.OBJECT_REF}, which shows {inquiry.results_max * REFERENCES_PER_OBJECT}"
    narrowing = ", ".join(_filters_left(row, inquiry.arguments))
    advice = f"narrow it by {narrowing}" if narrowing else "name fewer objects at a time"
    sentence = (
        f"{row.name} finds more than {inquiry.results_max} objects, the most that {shown} shows; {advice}{others}"
    )
    return errors.error(errors.XDSTooManyResults, sentence)


def _filters_left(row: StoredQuery, arguments: Arguments) -> tuple[str, ...]:
    """Some filters that were not used; a time comes first, for it can always be cut into shorter ones."""
    unused = [
        use.parameter
        for use in row.uses
        if use.need in (Need.OPTIONAL, Need.SELECTIVE)
        and use.parameter.name not in _NO_FILTERS
        and not arguments.slots_of(use.parameter)
    ]
    times = [parameter.name for parameter in unused if parameter.kind is parameter_values.TIME]
    others = [parameter.name for parameter in unused if parameter.kind is not parameter_values.TIME]
    return (*times[:2], *others[:3])


def _several_patients(row: StoredQuery) -> RegistryError:
    """An error must not tell what the answer would have. [ITI TF-2: 3.18.4.1.3, XDSResultNotSinglePatient]"""
    sentence = (
        f"{row.name} finds objects of more than one patient; ask for ObjectRef, then for each patient's objects apart"
    )
    return errors.error(errors.XDSResultNotSinglePatient, sentence)
