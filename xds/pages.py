"""Pages of the docs made from the tables: ``docs/conformance/attributes.md`` and ``docs/conformance/errors.md``.

Pure: the same tables give the same text, so that a test can tell a stale page. [ITI TF-3: 4.2.3, 4.2.4.1]
"""

from __future__ import annotations

from collections.abc import Iterator

from xds import attributes, errors, rules
from xds.attributes import Attribute, ObjectTable
from xds.errors import Row
from xds.vocabulary import Severity

_ATTRIBUTES = """# Metadata attributes

Made from the table in `xds/attributes.py`; change the table, not this page.

Where each attribute stands in ebRIM, what it is, how many there may be, and whether a submission must carry it: R required,
R2 required if known, O optional, X must not be there, - set by the registry. What is required is checked, with every other
rule of a submission, by the list at the end; all breaches are told at once.
"""

_ERRORS = """# Error codes

Made from the table in `xds/errors.py`; change the table, not this page. `coffre explain CODE` prints a row.

A code is written bare. `codeContext` says what is wrong and what was expected, `location` says where. The severity here is the
usual one; some errors may be told as warnings, and then the request is done all the same.
"""

_KINDS = (*attributes.OBJECT_TABLES, attributes.AUTHOR_SLOTS)


def attributes_page() -> str:
    """The page about attributes and the rules that judge them, in Markdown."""
    lines = [_ATTRIBUTES, *(line for table in _KINDS for line in _attributes_of(table)), *_rules()]
    return "\n".join(lines) + "\n"


def errors_page() -> str:
    """The page about error codes, in Markdown."""
    return "\n".join([_ERRORS, *(line for row in errors.table() for line in _error(row))]) + "\n"


def _attributes_of(table: ObjectTable) -> Iterator[str]:
    yield f"## {table.name}\n"
    yield "| attribute | where | key | type | max | ITI-41 | ITI-42 | ITI-61 | clause |"
    yield "|---|---|---|---|---|---|---|---|---|"
    for row in table:
        yield _attribute(row)
    yield ""


def _attribute(row: Attribute) -> str:
    key = "" if row.key == row.place else f"`{row.key}`"
    kind = row.datatype.name.replace("|", "\\|")
    length = f", at most {row.length_max} characters" if row.length_max else ""
    needs = " | ".join(row.needs)
    return f"| {row.name} | {row.place} | {key} | {kind}{length} | {'n' if row.is_many else '1'} | {needs} | {row.clause} |"


def _rules() -> Iterator[str]:
    yield "## Rules of a submission\n"
    yield "| rule | | judgement | clause |"
    yield "|---|---|---|---|"
    for rule in rules.RULES:
        yield f"| {rule.id} | {rule.name} | {(rule.judge.__doc__ or '').splitlines()[0]} | {rule.clause} |"


def _error(row: Row) -> Iterator[str]:
    severity = "Warning" if row.severity is Severity.WARNING else "Error"
    yield f"## {row.code}\n"
    yield f"{row.meaning} *{row.meaning_fr}*\n"
    yield f"- {severity}; {', '.join(row.actors)}; {', '.join(row.transactions) or 'no transaction any more'}"
    yield f"- Usual cause: {row.cause}"
    yield f"- Cure: {row.cure}"
    yield f"- [{row.clause}]\n"
