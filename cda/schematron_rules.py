"""The rules of a schematron as values: patterns of rules, rules of assertions, nothing abstract left in them.

An abstract pattern becomes one pattern for each that ``is-a`` it, its parameters written in; an abstract rule stays one value,
to which the rules that extend it point. Where a piece is absent from the pack, what needs it is left out and told.
[ISO/IEC 19757-3: 5.4, 6.3, 6.4]
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from lxml.etree import _Element

from cda.schematron_source import Source, UnfitSchematron
from safexml import namespaces


class Severity(StrEnum):
    """How grave its author holds a failed assertion (``role``)."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Let(NamedTuple):
    """A name for the value of an expression."""

    name: str
    value: str


class Shown(NamedTuple):
    """A place in a message where the document speaks: an expression whose value is shown."""

    select: str


@dataclass(frozen=True, slots=True, eq=False)
class Assertion:
    """What must hold of a node or, if ``is_report``, what is told of it when it holds. ``see``: where its author explains it."""

    test: str
    is_report: bool
    severity: Severity
    message: tuple[str | Shown, ...]
    see: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What is asserted of the nodes that match ``context``; an abstract rule has none. ``items`` in the order they were written."""

    id: str
    context: str
    items: tuple[Let | Assertion | Rule, ...]
    """A Rule among them is one that this rule extends."""


@dataclass(frozen=True, slots=True, eq=False)
class Pattern:
    """Rules of which each node obeys the first that matches it."""

    id: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Schematron:
    """Everything that is asserted. ``lets`` hold for all patterns. ``missing``: what the pack lacks."""

    path: Path
    namespaces: Mapping[str, str]
    lets: tuple[Let, ...]
    patterns: tuple[Pattern, ...]
    missing: tuple[str, ...]


Substitution = Callable[[str], str]
"""Writes the parameters of an abstract pattern into an expression. [ISO/IEC 19757-3: 5.4.11]"""


def _sch(local: str) -> str:
    return namespaces.qname(namespaces.SCHEMATRON, local)


def read_rules(source: Source) -> Schematron:
    """The rules that a schematron asks for: those of its default phase, or all. *Raises* UnfitSchematron."""
    return _Reader(source).read()


class _Reader:
    def __init__(self, source: Source) -> None:
        self._source = source
        self._missing = list(source.missing)
        everything = list(source.root.iter(_sch("pattern")))
        self._models = {pattern.get("id"): pattern for pattern in everything if pattern.get("abstract") == "true"}
        self._concrete = [pattern for pattern in everything if pattern.get("abstract") != "true"]
        # Of two with one id the first is meant, as everywhere in XML.
        self._abstract_rules: dict[str, _Element] = {}
        for pattern in everything:
            for rule in pattern.iter(_sch("rule")):
                if rule.get("abstract") == "true":
                    self._abstract_rules.setdefault(rule.get("id", ""), rule)
        self._read_abstract: dict[tuple[str, int], Rule] = {}

    def read(self) -> Schematron:
        lets = {let.name: let.value for let in _lets(self._source.root, _as_it_stands)}
        patterns = []
        for number, element in enumerate(self._active()):
            model, substitute = self._model(element)
            if model is None:
                continue
            # A value that a pattern names is named for all of them: the expressions that match nodes may use it.
            for let in _lets(model, substitute):
                if lets.setdefault(let.name, let.value) != let.value:
                    raise UnfitSchematron(f"{self._source.path.name} gives {let.name} two values.")
            identifier = element.get("id") or element.get("is-a") or f"p{number}"
            patterns.append(Pattern(identifier, tuple(self._rules(model, substitute, number))))
        return Schematron(
            self._source.path,
            self._source.namespaces,
            tuple(Let(name, value) for name, value in lets.items()),
            tuple(patterns),
            tuple(dict.fromkeys(self._missing)),
        )

    def _active(self) -> list[_Element]:
        wanted = self._source.root.get("defaultPhase", "#ALL")
        phases = self._source.root.iter(_sch("phase"))
        phase = next((each for each in phases if each.get("id") == wanted), None)
        if phase is None:
            return self._concrete
        active = {each.get("pattern") for each in phase.iter(_sch("active"))}
        return [pattern for pattern in self._concrete if pattern.get("id") in active]

    def _model(self, pattern: _Element) -> tuple[_Element | None, Substitution]:
        wanted = pattern.get("is-a")
        if wanted is None:
            return pattern, _as_it_stands
        model = self._models.get(wanted)
        if model is None:
            self._missing.append(wanted)
        parameters = {each.get("name", ""): each.get("value", "") for each in pattern.iter(_sch("param"))}
        return model, _writing_in(parameters)

    def _rules(self, model: _Element, substitute: Substitution, number: int) -> Iterator[Rule]:
        for rule in model.iter(_sch("rule")):
            if rule.get("abstract") == "true":
                continue
            context = rule.get("context")
            if not context:
                raise UnfitSchematron(f"{self._source.path.name} has a rule without a context.")
            yield Rule(rule.get("id", ""), substitute(context), self._items(rule, substitute, number, ()))

    def _items(
        self, rule: _Element, substitute: Substitution, number: int, trail: tuple[str, ...]
    ) -> tuple[Let | Assertion | Rule, ...]:
        items: list[Let | Assertion | Rule] = []
        for child in rule:
            local = namespaces.split(child.tag)[1]
            if local == "let":
                items.append(_let(child, substitute))
            elif local in ("assert", "report"):
                items.append(_assertion(child, substitute))
            elif local == "extends":
                extended = self._extended(child.get("rule", ""), substitute, number, trail)
                if extended is not None:
                    items.append(extended)
        return tuple(items)

    def _extended(self, wanted: str, substitute: Substitution, number: int, trail: tuple[str, ...]) -> Rule | None:
        rule = self._abstract_rules.get(wanted)
        if rule is None:
            self._missing.append(wanted)
            return None
        if wanted in trail:
            raise UnfitSchematron(f"{self._source.path.name}: the rule {wanted} extends itself.")
        # Within an abstract pattern the parameters of each use are written in: there a rule is one value for each pattern.
        is_of_model = any(each.get("abstract") == "true" for each in rule.iterancestors(_sch("pattern")))
        key = (wanted, number if is_of_model else -1)
        if key not in self._read_abstract:
            inside = substitute if is_of_model else _as_it_stands
            items = self._items(rule, inside, number, (*trail, wanted))
            self._read_abstract[key] = Rule(wanted, "", items)
        return self._read_abstract[key]


def _as_it_stands(text: str) -> str:
    return text


def _writing_in(parameters: Mapping[str, str]) -> Substitution:
    if not parameters:
        return _as_it_stands
    names = "|".join(re.escape(name) for name in sorted(parameters, key=len, reverse=True))
    call = re.compile(rf"\$({names})(?![\w.-])")
    return lambda text: call.sub(lambda met: parameters[met[1]], text)


def _lets(holder: _Element, substitute: Substitution) -> Iterator[Let]:
    return (_let(child, substitute) for child in holder.iterchildren(_sch("let")))


def _let(element: _Element, substitute: Substitution) -> Let:
    return Let(element.get("name", ""), substitute(element.get("value", "")))


def _assertion(element: _Element, substitute: Substitution) -> Assertion:
    is_report = element.tag == _sch("report")
    # A report that says nothing of its role tells what was met, no more.
    role = element.get("role", "info" if is_report else "error").lower()
    severity = Severity(role) if role in tuple(Severity) else Severity.ERROR
    message = tuple(_message(element, substitute))
    return Assertion(substitute(element.get("test", "")), is_report, severity, message, element.get("see", ""))


def _message(element: _Element, substitute: Substitution) -> Iterator[str | Shown]:
    if element.text:
        yield element.text
    for child in element:
        local = namespaces.split(child.tag)[1]
        if local == "value-of":
            yield Shown(substitute(child.get("select", ".")))
        elif local == "name":
            yield Shown(f"name({substitute(child.get('path', '.'))})")
        else:
            yield "".join(map(str, child.itertext()))
        if child.tail:
            yield child.tail
