"""Schematrons run: compiled once and kept, by a processor that lives in the thread that made it. The only place that knows SaxonC.

One engine a process, made and used in its main thread: SaxonC holds the interpreter while it works, and a processor made in a
thread that ends can take the process with it. [decision 9]
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import saxonche
from lxml import etree
from lxml.etree import _Element

from cda.schematron_rules import Assertion, read_rules
from cda.schematron_source import UnfitSchematron, read_source
from cda.schematron_stylesheet import FiredRule, Stylesheet, write_stylesheet
from safexml import parser

_error_code = re.compile(r"[A-Z]{4}[0-9]{4}")
_PROTOCOLS = "http://saxon.sf.net/feature/allowedProtocols"
_ANSWER_BOUNDS = parser.Bounds(size=64 * 1024 * 1024, text=64 * 1024 * 1024, tags=10_000_000)


class NotRun(Exception):
    """A schematron could not be run over a document; the text says what the processor said of the rule, not of the document."""


class Failed(NamedTuple):
    """An assertion that does not hold, at a node. ``message``: pieces, and whether each is a value of the document.

    ``error``: the code of the expression's own error, where it could not be evaluated.
    """

    rule: FiredRule
    assertion: Assertion
    path: str
    message: tuple[tuple[str, bool], ...]
    error: str = ""


class Run(NamedTuple):
    """What a schematron found: how often a rule met a node, and what failed."""

    fired: int
    failed: tuple[Failed, ...]


class Engine:
    """Keeps what it has compiled for as long as it lives."""

    def __init__(self) -> None:
        self._processor = saxonche.PySaxonProcessor(license=False)
        # Whatever a rule may ask for, it gets it from the pack's folder or not at all.
        self._processor.set_configuration_property(_PROTOCOLS, "file")
        self._compiler = self._processor.new_xslt30_processor()
        self._compiled: dict[Path, tuple[Stylesheet, object, tuple[str, ...]] | UnfitSchematron] = {}

    def prepare(self, path: Path) -> tuple[str, ...]:
        """Compiles a schematron unless it is; gives what the pack lacks of it. *Raises* UnfitSchematron."""
        return self._get(path)[2]

    def load(self, clinical_document: _Element) -> object:
        """The document as the processor reads it, for ``run``."""
        return self._processor.parse_xml(
            xml_text=etree.tostring(clinical_document, encoding="unicode", with_tail=False)
        )

    def run(self, path: Path, document: object) -> Run:
        """What a schematron finds in a loaded document. *Raises* UnfitSchematron, NotRun."""
        stylesheet, executable, _ = self._get(path)
        try:
            answer: str = executable.transform_to_string(xdm_node=document)  # type: ignore[attr-defined] # SaxonC has no types
        except saxonche.PySaxonApiError as error:
            # Its own words may quote the document.
            code = _error_code.search(str(error))
            raise NotRun(f"the XSLT processor stopped ({code[0] if code else 'no code'})") from None
        root = parser.parse(answer.encode(), _ANSWER_BOUNDS)
        return Run(len(root), tuple(_read(root, stylesheet)))

    def _get(self, path: Path) -> tuple[Stylesheet, object, tuple[str, ...]]:
        if path not in self._compiled:
            self._compiled[path] = self._compile(path)
        compiled = self._compiled[path]
        if isinstance(compiled, UnfitSchematron):
            raise compiled
        return compiled

    def _compile(self, path: Path) -> tuple[Stylesheet, object, tuple[str, ...]] | UnfitSchematron:
        try:
            rules = read_rules(read_source(path))
            stylesheet = write_stylesheet(rules)
            executable = self._compiler.compile_stylesheet(stylesheet_text=stylesheet.text)
        except UnfitSchematron as error:
            return error
        except saxonche.PySaxonApiError as error:
            return UnfitSchematron(f"{path.name} cannot be compiled: {error}")
        return stylesheet, executable, rules.missing


def _read(answer: _Element, stylesheet: Stylesheet) -> Iterator[Failed]:
    for fired in answer:
        for found in fired:
            yield Failed(
                stylesheet.rules[int(fired.get("r", ""))],
                stylesheet.assertions[int(found.get("n", ""))],
                found.get("at", ""),
                tuple(_pieces(found)),
                found.get("error", ""),
            )


def _pieces(found: _Element) -> Iterator[tuple[str, bool]]:
    if found.text:
        yield found.text, False
    for value in found:
        yield value.text or "", True
        if value.tail:
            yield value.tail, False
