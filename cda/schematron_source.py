"""A schematron as its publisher wrote it, made whole: every include stands where it was called, and what is absent is told.

The rules of a pack are many small files, and some were written where ``A.sch`` and ``a.sch`` are one file: a name is looked for
as it stands, then in any case. Judges nothing and knows no document. [ISO/IEC 19757-3: 5.4.4]
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from lxml.etree import _Element

from safexml import namespaces, parser

_INCLUDE = namespaces.qname(namespaces.SCHEMATRON, "include")
_NS = namespaces.qname(namespaces.SCHEMATRON, "ns")
_SCHEMA = namespaces.qname(namespaces.SCHEMATRON, "schema")

DEPTH_MAX = 20
"""Includes within includes."""


class UnfitSchematron(Exception):
    """The rules cannot be used; the text is one sentence that names the file."""


@dataclass(frozen=True, slots=True)
class Source:
    """A whole schematron. ``namespaces``: prefix → URI. ``missing``: what was called for and is not there, as it was written."""

    path: Path
    root: _Element
    namespaces: dict[str, str]
    missing: tuple[str, ...]


def read_source(path: Path) -> Source:
    """The schematron of a file with all its includes. *Raises* UnfitSchematron."""
    declared: dict[str, str] = {}
    missing: list[str] = []
    root = _read(path, declared, missing, 0)
    if root.tag != _SCHEMA:
        raise UnfitSchematron(f"{path.name} is not a schematron: its root is {namespaces.readable(root.tag)}.")
    # What the schema says its prefixes mean wins over what some file of it happens to declare.
    said = {
        prefix: uri for element in root.iter(_NS) if (prefix := element.get("prefix")) and (uri := element.get("uri"))
    }
    return Source(path, root, {**declared, **said}, tuple(missing))


def find_file(path: Path) -> Path | None:
    """The file of this name, or of this name in another case; none where there is neither."""
    if path.is_file():
        return path
    if not path.parent.is_dir():
        return None
    wanted = path.name.lower()
    return next((other for other in sorted(path.parent.iterdir()) if other.name.lower() == wanted), None)


def _read(path: Path, declared: dict[str, str], missing: list[str], depth: int) -> _Element:
    if depth > DEPTH_MAX:
        raise UnfitSchematron(f"{path.name} is included within itself, or deeper than {DEPTH_MAX} files.")
    try:
        root = parser.parse(path.read_bytes())
    except OSError as error:
        raise UnfitSchematron(f"{path} cannot be read ({error.strerror}).") from error
    except parser.HostileXML as error:
        raise UnfitSchematron(f"{path.name} is not used: {error.reason}.") from error
    for prefix, uri in root.nsmap.items():
        if prefix and prefix != "xml" and uri != namespaces.SCHEMATRON:
            declared.setdefault(prefix, uri)
    for call in list(root.iter(_INCLUDE)):
        wanted = call.get("href", "")
        found = find_file((path.parent / wanted).resolve())
        holder = call.getparent()
        if holder is None:
            raise UnfitSchematron(f"{path.name} is nothing but an include.")
        if found is None:
            missing.append(wanted)
            holder.remove(call)
        else:
            holder.replace(call, _read(found, declared, missing, depth + 1))
    return root
