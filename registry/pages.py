"""The page about stored queries, made from their table: ``docs/conformance/queries.md``. [ITI TF-2: 3.18.4.1.2.3.7]"""

from __future__ import annotations

from collections.abc import Iterator

from registry import parameter_values
from registry.parameter_values import ValueKind
from registry.stored_queries import STORED_QUERIES, StoredQuery

_OPENING = """# Stored queries

Made from the table in `registry/stored_queries.py`; change the table, not this page.

The registry answers these queries of ITI-18 with `returnType` LeafClass (whole objects) or ObjectRef (their ids). A patient that
is not known has no objects: the answer is Success and empty. Unknown parameters are ignored. `AdhocQuery/@home` is no filter.
All that is wrong with a query is told at once.

| wrong | code |
|---|---|
| the query id | XDSUnknownStoredQuery |
| a required parameter, or every parameter of a choice, is missing | XDSStoredQueryMissingParam |
| several values or Slots where one is taken; two parameters of a choice | XDSStoredQueryParamNumber |
| how a value is written; `returnType` | XDSRegistryError |
| LeafClass would show objects of several patients (queries marked so) | XDSResultNotSinglePatient |
"""


def queries_page() -> str:
    """The whole page, in Markdown."""
    return "\n".join((_OPENING, *_kinds(), "", *(line for row in STORED_QUERIES for line in _section(row))))


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
    yield f"`{row.query_id}` [{row.clause}]\n"
    single = " One patient only with LeafClass." if row.is_single_patient else ""
    yield f"{row.answer}{single}\n"
    yield "| parameter | needed | values | compared with | kind |"
    yield "|---|---|---|---|---|"
    for parameter, need, takes in row.uses:
        yield f"| `{parameter.name}` | {need.value} | {takes.value} | {parameter.matches} | {parameter.kind.name} |"
    yield ""
