"""The page that leads from the standard's clauses to rules and tests: ``docs/conformance/traceability.md``.

Rules are taken from the lists that judge with them, tests from the checkout's sources: a test says in square brackets at the
end of its docstring which clauses it is about, or else its module does. Nothing is run.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

import registry.judge
import registry.query
import registry.remove
import registry.update_rules
import repository.provide
import xds.rules

CHECKOUT = Path(__file__).resolve().parents[1]
SUITES = ("tests", "interop_tests")

_OPENING = """# Traceability

Made from the lists of rules and from the tests; change these, not this page: `make docs`.

From a clause of the standard to the rules that judge by it and to the tests that name it. A test names a clause in its
docstring, or else its module does; a rule likewise. What each rule asks is in [attributes and rules](attributes.md).
"""
_OTHERS = """## Clauses that tests name and no rule

How things are written, read, stored and answered; datatypes, envelopes, lifecycle.

| clause | tests | in |
|---|---|---|"""

_citation = re.compile(r"\[([^\[\]]+)\]")
_clauses = re.compile(
    r"(?P<paper>(?:ITI|CI-SIS|ebRIM|ebRS|HL7|SOAP|WS|MTOM|XOP|RFC)[^:]*?):? "
    r"(?P<clauses>(?:Tables? )?[A-Z0-9][\w.-]*(?:(?:, | to )(?:Table )?[A-Z0-9][\w.-]*)*)"
)
_number = re.compile(r"\d+|\D+")


class Rule(NamedTuple):
    """A rule as people look for it: what it is called, where it stands, what it is about."""

    name: str
    place: str
    clauses: tuple[str, ...]


class Test(NamedTuple):
    """A test, by its name and the file it stands in."""

    name: str
    path: str


def traceability_page(checkout: Path = CHECKOUT) -> str:
    """The whole page, in Markdown."""
    by_rules: dict[str, list[Rule]] = {}
    for rule in rules():
        for clause in rule.clauses:
            by_rules.setdefault(clause, []).append(rule)
    by_tests = tests_by_clause(checkout)
    lines = [_OPENING]
    for clause in sorted(by_rules, key=_order):
        named = nearest(clause, by_tests)
        lines += _section(clause, by_rules[clause], named, by_tests.get(named, ()))
    lines.append(_OTHERS)
    for clause in sorted(by_tests.keys() - by_rules.keys(), key=_order):
        paths = sorted({f"`{test.path}`" for test in by_tests[clause]})
        lines.append(f"| {clause} | {len(by_tests[clause])} | {', '.join(paths)} |")
    return "\n".join(lines) + "\n"


def rules() -> Iterator[Rule]:
    """Every rule of every list."""
    for row in xds.rules.RULES:
        yield Rule(f"{row.id}, {row.name}", _place(row.judge), tuple(clauses_in(f"[{row.clause}]")))
    judgements: tuple[Callable[..., object], ...] = (
        *registry.judge.RULES,
        *registry.update_rules.RULES,
        registry.remove.judge,
        registry.query.query,
        repository.provide.judge,
    )
    for judge in judgements:
        # A rule that names no clause is about those of its module.
        module = sys.modules[judge.__module__]
        clauses = tuple(clauses_in(judge.__doc__)) or tuple(clauses_in(module.__doc__))
        yield Rule(judge.__name__.replace("_", " "), _place(judge), clauses)


@cache
def tests_by_clause(checkout: Path) -> Mapping[str, Sequence[Test]]:
    """Every clause that a test names, with its tests in the order of files and lines."""
    found: dict[str, list[Test]] = {}
    for suite in SUITES:
        for path in sorted((checkout / suite).rglob("test_*.py")):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            of_module = tuple(clauses_in(ast.get_docstring(tree)))
            for node in tree.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                    test = Test(node.name, path.relative_to(checkout).as_posix())
                    for clause in dict.fromkeys(clauses_in(ast.get_docstring(node)) or of_module):
                        found.setdefault(clause, []).append(test)
    return found


def nearest(clause: str, tested: Container[str]) -> str:
    """The clause itself, if tests name it, else the nearest above it that they name; else the clause."""
    above = clause
    while above not in tested and re.search(r"\d\.\w+$", above):
        above = above.rpartition(".")[0]
    return above if above in tested else clause


def clauses_in(text: str | None) -> list[str]:
    """The clauses that stand in square brackets, each with its paper: ``[ITI TF-2: 3.42, 3.61; …]``."""
    found: list[str] = []
    for cited in _citation.findall(text or ""):
        for part in " ".join(cited.split()).split("; "):
            if named := _clauses.fullmatch(part):
                numbers = re.split(r", | to ", named["clauses"])
                found += [f"{named['paper']}: {number}" for number in numbers]
    return found


def _section(clause: str, judged_by: Sequence[Rule], named: str, tested_by: Sequence[Test]) -> Iterator[str]:
    yield f"## {clause}\n"
    if named != clause:
        yield f"Tests name what it is part of: {named}.\n"
    for rule in judged_by:
        yield f"- rule: {rule.name} (`{rule.place}`)"
    paths = dict.fromkeys(test.path for test in tested_by)
    for path in paths:
        names = ", ".join(f"`{test.name.removeprefix('test_')}`" for test in tested_by if test.path == path)
        yield f"- `{path}`: {names}"
    yield ""


def _place(judge: Callable[..., object]) -> str:
    return f"{judge.__module__}.{judge.__name__}"


def _order(clause: str) -> list[tuple[int, str]]:
    """3.9 comes before 3.42."""
    return [(int(part), "") if part.isdigit() else (-1, part) for part in _number.findall(clause)]
