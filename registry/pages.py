"""The page about stored queries, made from their table: ``docs/conformance/queries.md``. [ITI TF-2: 3.18.4.1.2.3.7, 3.51.4.1.2]"""

from __future__ import annotations

from collections.abc import Iterator

from registry import parameter_values
from registry.parameter_values import ValueKind
from registry.query import REFERENCES_PER_OBJECT
from registry.stored_queries import MULTI_PATIENT_QUERIES, STORED_QUERIES, StoredQuery
from xds.domain import RESULTS_MAX

_OPENING = f"""# Stored queries

Made from the table in `registry/stored_queries.py`; change the table, not this page.

The registry answers the queries of ITI-18 (one patient) and of ITI-51 (several patients, or all) with `returnType` LeafClass (whole
objects) or ObjectRef (their ids). Neither transaction takes the other's queries. A patient that is not known has no objects: the
answer is Success and empty. Unknown parameters are ignored. `AdhocQuery/@home` is no filter. All that is wrong with a query is told
at once.

An answer has a bound, `results_max` of the affinity domain: {RESULTS_MAX} whole objects (Associations count), if it says nothing
else; of ObjectRefs {REFERENCES_PER_OBJECT} times as many. What is beyond is not cut off but refused.

| wrong | code |
|---|---|
| the query id, or the transaction that asks it | XDSUnknownStoredQuery |
| a required parameter, or every parameter of a choice, is missing | XDSStoredQueryMissingParam |
| several values or Slots where one is taken; two parameters of a choice | XDSStoredQueryParamNumber |
| how a value is written; `returnType` | XDSRegistryError |
| LeafClass would show objects of several patients (queries marked so) | XDSResultNotSinglePatient |
| more is found than may be shown | XDSTooManyResults |
"""


def queries_page() -> str:
    """The whole page, in Markdown."""
    rows = (*STORED_QUERIES, *MULTI_PATIENT_QUERIES)
    return "\n".join((_OPENING, *_kinds(), "", *(line for row in rows for line in _section(row))))


def _kinds() -> Iterator[str]:
    yield "## How values are written\n"
    yield "Text stands in single quotes (a quote within is doubled), numbers and times do not; a list is `('a','b')`, or several Values."
    yield "Parentheses around one value, double quotes, and quotes around times are borne.\n"
    yield "| kind | example |"
    yield "|---|---|"
    for kind in vars(parameter_values).values():
        if isinstance(kind, ValueKind):
            yield f"| {kind.name} | `{kind.example}` |"


def _section(row: StoredQuery) -> Iterator[str]:
    yield f"## {row.name}\n"
    yield f"{row.transaction.name} `{row.query_id}` [{row.clause}]\n"
    single = " One patient only with LeafClass." if row.is_single_patient else ""
    yield f"{row.answer}{single}\n"
    yield "| parameter | needed | values | compared with | kind |"
    yield "|---|---|---|---|---|"
    for parameter, need, takes in row.uses:
        yield f"| `{parameter.name}` | {need.value} | {takes.value} | {parameter.matches} | {parameter.kind.name} |"
    yield ""
