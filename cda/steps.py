"""Steps from an element to those within it, by qualified name. Judges nothing, and reads no more than is asked."""

from __future__ import annotations

from lxml.etree import _Element


def child(element: _Element | None, *path: str) -> _Element | None:
    """The first element along a path of names."""
    for name in path:
        for found in element if element is not None else ():
            if found.tag == name:
                element = found
                break
        else:
            return None
    return element


def firsts(element: _Element) -> dict[str, _Element]:
    """The first child of each name, by one walk: for who wants several of them."""
    parts: dict[str, _Element] = {}
    for found in element:
        if found.tag not in parts:
            parts[found.tag] = found
    return parts


def value_of(element: _Element | None, attribute: str) -> str:
    """An attribute, its blanks left off; empty where there is no element."""
    return "" if element is None else element.get(attribute, "").strip()
