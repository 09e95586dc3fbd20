"""A schema that an operator gives, from its folder: what of a tree is not as it says. Fetches nothing from any network.

The files of a schema are trusted as far as its operator is; what is judged by it is a tree that the parser found harmless.
[W3C XML Schema 1.0]
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from lxml import etree

_step = re.compile(r"/(?:([\w.-]+):)?([\w.-]+|\*)(?:\[(\d+)\])?")


class UnfitSchema(Exception):
    """The schema cannot be used; the text is one sentence that names its file."""


class Flaw(NamedTuple):
    """Where a tree is not as its schema says: the constraint by libxml2's name, its sentence (it may quote the document).

    ``path``: XPath from the element that was judged, by local names; ``line`` counts in the document that was parsed.
    """

    constraint: str
    sentence: str
    path: str
    line: int


class Schema:
    """A schema, read once."""

    def __init__(self, path: Path) -> None:
        """*Raises* UnfitSchema."""
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        try:
            self._schema = etree.XMLSchema(etree.parse(str(path), parser))
        except OSError as error:
            raise UnfitSchema(f"{path} cannot be read.") from error
        except etree.LxmlError as error:
            raise UnfitSchema(f"{path} is not a schema that can be used.") from error

    def judge(self, element: etree._Element) -> tuple[Flaw, ...]:
        """Everything below an element that the schema does not allow."""
        if self._schema.validate(element):
            return ()
        return tuple(
            Flaw(
                entry.type_name.removeprefix("SCHEMAV_"),
                entry.message,
                _readable(element, entry.path or ""),
                entry.line,
            )
            for entry in self._schema.error_log  # type: ignore[attr-defined] # not in the stubs
        )


def _readable(root: etree._Element, path: str) -> str:
    """libxml2's path, which says ``*`` for every element of a default namespace, with the names that stand there."""
    steps = _step.findall(path)
    told = [f"{_local(root)}[1]"] if steps else []
    element = root
    for prefix, name, position in steps[1:]:
        met = [child for child in element.iterchildren("*") if name == "*" or _is(child, prefix, name)]
        number = int(position or 1)
        if number > len(met):
            break
        element = met[number - 1]
        alike = sum(1 for _ in element.itersiblings(element.tag, preceding=True))
        told.append(f"{_local(element)}[{alike + 1}]")
    return "/" + "/".join(told)


def _is(element: etree._Element, prefix: str, local: str) -> bool:
    return (element.prefix or "") == prefix and _local(element) == local


def _local(element: etree._Element) -> str:
    return element.tag.rpartition("}")[2]
