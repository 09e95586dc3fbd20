"""Writes the pages of the manual that are made from tables: ``make docs``.

Each page is a pure function of the room that has the table; here is only where it lies. A test holds every page fresh.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import access.pages
import registry.pages
import xds.pages
from server import domain_files, rule_book, settings, traceability

DOCS = Path(__file__).resolve().parents[1] / "docs"
"""The manual of this checkout; an installation without one has nothing to write."""

PAGES: Mapping[str, Callable[[], str]] = {
    "conformance/attributes.md": xds.pages.attributes_page,
    "conformance/errors.md": xds.pages.errors_page,
    "conformance/queries.md": registry.pages.queries_page,
    "conformance/rights.md": lambda: access.pages.rights_page(domain_files.load_domain("dmp")),
    "conformance/rules.md": rule_book.rules_page,
    "conformance/traceability.md": traceability.traceability_page,
    "operations/settings.md": settings.settings_page,
}
"""Every page that is made, by its path in the manual."""


def find_stale(docs: Path = DOCS) -> list[str]:
    """Pages on the disk that are not, or no longer, what their table says."""
    return [name for name, page in PAGES.items() if _read(docs / name) != page()]


def write(docs: Path = DOCS) -> list[str]:
    """Writes every stale page; gives their paths in the manual."""
    stale = find_stale(docs)
    for name in stale:
        (docs / name).write_text(PAGES[name](), encoding="utf-8")
    return stale


def main() -> int:
    """Writes what is stale and says so; 1 where there is no manual to write."""
    if not DOCS.is_dir():
        print("there is no docs folder beside this code; run it in a checkout.", file=sys.stderr)
        return 1
    for name in write():
        print(f"docs/{name}")
    return 0


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None


if __name__ == "__main__":
    sys.exit(main())
