"""Every rule can be explained: in two languages, with cause and cure."""

from __future__ import annotations

import re

from cda.findings import Rule
from cda.rule_table import RULES


def test_every_rule_says_all_that_explain_prints() -> None:
    for rule in RULES.values():
        assert re.fullmatch(r"CDA-(?:SM|N1|XDS|RPLC)-[A-Z0-9-]+", rule.rule)
        for sentence in (rule.sentence, rule.sentence_fr, rule.cause, rule.cure):
            assert sentence.endswith((".", "…")), sentence
        assert rule.clause


def test_no_rule_says_what_another_says() -> None:
    sentences = [rule.sentence for rule in RULES.values()]
    assert len(set(sentences)) == len(sentences)


def test_rules_stand_under_their_ids() -> None:
    assert all(isinstance(rule, Rule) and rule.rule == name for name, rule in RULES.items())
