"""Every rule that an answer can name is in the book, in both languages, with cause and cure. [decision 14]"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from server import rule_book
from server.rule_book import SECTIONS, Rule, Section

CHECKOUT = Path(__file__).resolve().parents[2]
ROOMS = ("access", "audit", "cda", "client", "record", "registry", "repository", "server", "signing")
NAMES = re.compile(r"""["\[]((?:SIG|VIHF|RGT|REC|DMP|CDA|XDM)-[A-Z0-9][A-Z0-9-]*[A-Z0-9])["\]]""")
ONLY_TOLD = {"SIG-PDF", "CDA-PACK-MORE"}
"""Names of what validate notes, which no rule is behind."""


@pytest.mark.parametrize(
    ("section", "rule"),
    [(section, rule) for section in SECTIONS for rule in section.rules.values()],
    ids=lambda it: it.title if isinstance(it, Section) else it.rule,
)
def test_rule_says_what_it_wants_in_both_languages_with_cause_and_cure(section: Section, rule: Rule) -> None:
    assert section.rules[rule.rule] is rule
    assert rule.sentence != rule.sentence_fr
    for text in (rule.sentence, rule.sentence_fr, rule.cause, rule.cure):
        assert text.strip() == text
        assert text.endswith((".", "…"))
    assert rule.clause


def test_rule_that_the_code_names_is_in_the_book() -> None:
    named = {
        name
        for room in ROOMS
        for path in (CHECKOUT / room).rglob("*.py")
        for name in NAMES.findall(path.read_text(encoding="utf-8"))
    }
    assert len(named) > 100
    assert {name for name in named if not rule_book.find(name)} == ONLY_TOLD


def test_rule_is_found_in_whatever_case() -> None:
    ((section, rule),) = rule_book.find(" sig-digest ")
    assert (section.title, rule.rule) == ("Signatures", "SIG-DIGEST")


def test_rule_by_which_two_rooms_refuse_is_found_twice() -> None:
    assert [section.title for section, _ in rule_book.find("REC-CLOSED")] == [
        "Rights",
        "The record and its authorisations",
    ]


def test_page_has_every_rule_under_its_matter() -> None:
    page = rule_book.rules_page()
    for section in SECTIONS:
        text = page.partition(f"## {section.title}\n")[2].partition("\n## ")[0]
        for rule in section.rules.values():
            assert f"### {rule.rule}\n\n{rule.sentence} *{rule.sentence_fr}*\n" in text
