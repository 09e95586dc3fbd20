"""The published papers beside the checkout; what needs them is skipped where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared"
CORPUS = SHARED / "corpus" / "cda-fr"

needs_codes = pytest.mark.skipif(not (SHARED / "codes").is_dir(), reason="the code tables are not beside the checkout")
needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample documents are not beside the checkout")


def corpus() -> list[dict[str, Any]]:
    """What the manifest says of each sample document; nothing where there is none."""
    path = CORPUS / "manifest.json"
    return json.loads(path.read_text(encoding="utf-8"))["documents"] if path.is_file() else []


def rows(name: str) -> list[list[str]]:
    """A code table's rows, its headings left off."""
    lines = (SHARED / "codes" / name).read_text(encoding="utf-8").splitlines()
    return [line.split("\t") for line in lines[1:]]
