"""A schematron becomes a stylesheet that finds what fails: XSLT 3, for a processor that keeps it compiled.

Patterns of one rule share a mode, so that one walk over the document serves them all (``next-match`` hands each node to the next
rule that matches it); a pattern of several rules has a mode of its own, in which the first rule that matches wins. An abstract
rule is one named template, called where it is extended, unless an expression needs a name that the rule around it gives: then
its assertions are written in at that place. The address of the schematron stays the base, for ``document()`` in its rules.

The stylesheet's answer::

    <r><f r="RULE"><a n="ASSERTION" at="PATH">text <v>value of the document</v> text</a>…</f>…</r>

with an ``f`` for each time a rule matched, and numbers as in ``Stylesheet.rules`` and ``.assertions``. An assertion that cannot be
evaluated on a document is told by ``error`` and stops no other. [ISO/IEC 19757-3: Annex A]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

from cda.schematron_rules import Assertion, Let, Pattern, Rule, Schematron, Severity, Shown
from safexml import namespaces

_RESERVED = {"xsl": namespaces.XSL, "xs": namespaces.XS, "err": "http://www.w3.org/2005/xqt-errors"}
_SHARED = "shared"
"""The mode of all patterns that have one rule."""

_used = re.compile(r"\$([\w.:-]*[\w])")
_literal = re.compile(r"""\s*(["'])([^"']*)\1\s*""").fullmatch
_naming = re.compile(r"(?:local-)?name\([^()]*\)").fullmatch
_bound = re.compile(r"\$([\w.:-]*[\w])\s*(?:in\b|:=)")


class FiredRule(NamedTuple):
    """A rule and the pattern it stands in, by their ids."""

    pattern: str
    rule: str


@dataclass(frozen=True, slots=True)
class Stylesheet:
    """The text of a stylesheet, and what the numbers in its answer stand for."""

    text: str
    rules: tuple[FiredRule, ...]
    assertions: tuple[Assertion, ...]


def write_stylesheet(schematron: Schematron) -> Stylesheet:
    """The stylesheet of a schematron."""
    return _Writer(schematron).write()


class _Writer:
    def __init__(self, schematron: Schematron) -> None:
        self._schematron = schematron
        self._globals = frozenset(let.name for let in schematron.lets)
        self._rules: list[FiredRule] = []
        self._assertions: dict[Assertion, int] = {}
        self._called: dict[Rule, str] = {}
        self._needs: dict[tuple[Rule, bool], frozenset[str]] = {}

    def write(self) -> Stylesheet:
        lines = [self._start(), '<xsl:output method="xml" indent="no"/>']
        lines += [_variable(let) for let in self._schematron.lets]
        modes: list[str] = []
        for number, pattern in enumerate(self._schematron.patterns):
            mode = _SHARED if len(pattern.rules) == 1 else f"m{number}"
            if pattern.rules and mode not in modes:
                modes.append(mode)
            lines += self._templates(pattern, mode)
        lines += [f'<xsl:mode name="{mode}" on-no-match="shallow-skip"/>' for mode in modes]
        walks = "".join(f'<xsl:apply-templates select="/" mode="{mode}"/>' for mode in modes)
        lines.append(f'<xsl:template match="/"><r>{walks}</r></xsl:template>')
        lines += self._named_templates()
        lines.append("</xsl:stylesheet>")
        return Stylesheet("\n".join(lines), tuple(self._rules), tuple(self._assertions))

    def _start(self) -> str:
        prefixes = {**self._schematron.namespaces, **_RESERVED}
        declared = " ".join(f"xmlns:{prefix}={quoteattr(uri)}" for prefix, uri in prefixes.items() if prefix != "xml")
        base = quoteattr(self._schematron.path.resolve().as_uri())
        return f'<xsl:stylesheet version="3.0" exclude-result-prefixes="#all" xml:base={base} {declared}>'

    def _templates(self, pattern: Pattern, mode: str) -> Iterator[str]:
        onwards = (
            "<xsl:next-match/>" if mode == _SHARED else f'<xsl:apply-templates select="@*, node()" mode="{mode}"/>'
        )
        for rule in pattern.rules:
            number = len(self._rules)
            self._rules.append(FiredRule(pattern.id, rule.id))
            inside = "".join(self._body(rule))
            # Each rule has a priority of its own, or a node that two of them match would be an error of the stylesheet.
            yield (
                f'<xsl:template match={quoteattr(rule.context)} mode="{mode}" priority="{-number}">'
                f'<f r="{number}">{inside}</f>{onwards}</xsl:template>'
            )

    def _named_templates(self) -> Iterator[str]:
        written = 0
        # Writing one may call for others.
        while written < len(self._called):
            rule, name = list(self._called.items())[written]
            yield f'<xsl:template name="{name}">{"".join(self._body(rule))}</xsl:template>'
            written += 1

    def _body(self, rule: Rule, *, is_inline: bool = False) -> Iterator[str]:
        writes_in = is_inline or bool(self._free(rule, False))
        for item in rule.items:
            if isinstance(item, Let):
                yield _variable(item)
            elif isinstance(item, Assertion):
                yield self._assertion(item)
            elif writes_in or self._free(item, True):
                yield from self._body(item, is_inline=True)
            else:
                name = self._called.setdefault(item, f"t{len(self._called)}")
                yield f'<xsl:call-template name="{name}"/>'

    def _free(self, rule: Rule, with_extended: bool) -> frozenset[str]:
        """The names that a rule uses and that neither it nor the schematron gives; with what it extends, or without."""
        key = (rule, with_extended)
        if key not in self._needs:
            used, given = _names(rule, with_extended)
            self._needs[key] = frozenset(used - given - self._globals)
        return self._needs[key]

    def _assertion(self, assertion: Assertion) -> str:
        if assertion.is_report and assertion.severity is Severity.INFO:
            return ""
        number = self._assertions.setdefault(assertion, len(self._assertions))
        test = assertion.test if assertion.is_report else f"not({assertion.test})"
        message = "".join(map(_piece, assertion.message))
        return (
            f'<xsl:try><xsl:if test={quoteattr(test)}><a n="{number}" at="{{path()}}">{message}</a></xsl:if>'
            f'<xsl:catch><a n="{number}" at="{{path()}}" error="{{local-name-from-QName($err:code)}}"/></xsl:catch></xsl:try>'
        )


def _names(rule: Rule, with_extended: bool) -> tuple[set[str], set[str]]:
    used: set[str] = set()
    given: set[str] = set()
    for item in rule.items:
        if isinstance(item, Rule):
            if with_extended:
                more_used, more_given = _names(item, True)
                used |= more_used
                given |= more_given
            continue
        if isinstance(item, Let):
            given.add(item.name)
            expressions = [item.value]
        else:
            expressions = [item.test, *(piece.select for piece in item.message if isinstance(piece, Shown))]
        for expression in expressions:
            used.update(set(_used.findall(expression)) - set(_bound.findall(expression)))
    return used, given


def _variable(let: Let) -> str:
    return f"<xsl:variable name={quoteattr(let.name)} select={quoteattr(let.value)}/>"


def _piece(piece: str | Shown) -> str:
    if isinstance(piece, str):
        return f"<xsl:text>{escape(piece)}</xsl:text>"
    if literal := _literal(piece.select):
        return f"<xsl:text>{escape(literal[2])}</xsl:text>"
    value = f'<xsl:value-of select={quoteattr(piece.select)} separator=" "/>'
    # The name of an element is no value: it may always be told.
    return value if _naming(piece.select) else f"<v>{value}</v>"
