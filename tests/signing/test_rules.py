"""Every rule has a sentence in both languages, and every one that the code names is in the table, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import signing
from signing.rules import RULES

SOURCES = [
    path.read_text(encoding="utf-8") for path in Path(signing.__path__[0]).glob("*.py") if path.name != "rules.py"
]


@pytest.mark.parametrize("rule", RULES)
def test_rule_tells_what_it_wants_in_both_languages_and_is_named_by_the_code(rule: str) -> None:
    row = RULES[rule]
    assert row.rule == rule
    assert all(text and text.strip() == text for text in row)
    assert row.sentence.endswith(".") and row.sentence_fr.endswith(".") and row.sentence != row.sentence_fr
    assert any(f'"{rule}"' in source for source in SOURCES)


def test_every_rule_that_the_code_names_is_in_the_table() -> None:
    named = {rule for source in SOURCES for rule in re.findall(r'"(SIG-[A-Z0-9-]+)"', source)}
    assert named <= set(RULES)
