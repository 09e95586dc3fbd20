"""From clauses to rules and tests: how citations are read, and that no rule stands without a test."""

from __future__ import annotations

from pathlib import Path

import pytest

from server import traceability
from server.traceability import CHECKOUT, clauses_in, nearest


@pytest.mark.parametrize(
    ("text", "clauses"),
    [
        ("What it says. [ITI TF-3: 4.2.1.4]", ["ITI TF-3: 4.2.1.4"]),
        ("[ITI TF-2: 3.8.4.2.4, 3.44.4.2.4]", ["ITI TF-2: 3.8.4.2.4", "ITI TF-2: 3.44.4.2.4"]),
        ("[ITI TF-3: Table 4.2.2-1; CI-SIS SM 3.5.5.12]", ["ITI TF-3: Table 4.2.2-1", "CI-SIS SM: 3.5.5.12"]),
        ("[ITI TF-3: 4.2.2.2.1 to 4.2.2.2.6]", ["ITI TF-3: 4.2.2.2.1", "ITI TF-3: 4.2.2.2.6"]),
        ("[ITI Supplement XDS\n    Metadata Update: 3.57]", ["ITI Supplement XDS Metadata Update: 3.57"]),
        ("[decision 8], [contract 5], [ADR 0010]", []),
        (None, []),
    ],
)
def test_citation_is_read_as_its_clauses(text: str | None, clauses: list[str]) -> None:
    assert clauses_in(text) == clauses


def test_clause_that_no_test_names_is_looked_for_in_what_it_is_part_of() -> None:
    tested = {"ITI TF-2: 3.57.4.1", "ITI TF-2: 3.42"}
    assert nearest("ITI TF-2: 3.57.4.1.3.3", tested) == "ITI TF-2: 3.57.4.1"
    assert nearest("ITI TF-2: 3.57.4.1", tested) == "ITI TF-2: 3.57.4.1"
    assert nearest("ITI TF-2: 3.4", tested) == "ITI TF-2: 3.4"


def test_test_without_a_clause_of_its_own_is_about_its_modules(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    source = '"""[ITI TF-2: 3.18]"""\n\ndef test_one(): ...\n\ndef test_other():\n    """[ITI TF-2: 3.51]"""\n'
    (tmp_path / "tests" / "test_it.py").write_text(source, encoding="utf-8")
    found = traceability.tests_by_clause(tmp_path)
    assert {clause: [test.name for test in tests] for clause, tests in found.items()} == {
        "ITI TF-2: 3.18": ["test_one"],
        "ITI TF-2: 3.51": ["test_other"],
    }


@pytest.mark.parametrize("rule", list(traceability.rules()), ids=lambda rule: rule.name)
def test_rule_names_a_clause_and_a_test_names_it_too(rule: traceability.Rule) -> None:
    tested = traceability.tests_by_clause(CHECKOUT)
    assert rule.clauses
    assert [clause for clause in rule.clauses if nearest(clause, tested) in tested]
