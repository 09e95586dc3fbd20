"""The NIST testkit's requests have the outcomes that the testkit wants. Source: iheos-toolkit2, see the corpus's own README."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import Running

TRANSACTIONS = {"ITI-18", "ITI-41", "ITI-42", "ITI-43"}
"""What the service speaks so far; a case is asked when it and all that it builds on stay within these."""

SECONDS_MAX = 120


def covered_cases(corpus: Path) -> list[str]:
    """Ids of the cases that need nothing but the transactions spoken.

    A scenario is one story: what comes after a transaction that is not spoken looks at what that one did, named or not.
    """
    covered: list[str] = []
    broken_off: set[str] = set()
    for case in json.loads((corpus / "manifest.json").read_text("utf-8"))["cases"]:
        if case["transaction"] not in TRANSACTIONS:
            broken_off.add(case["scenario"])
        elif case["scenario"] not in broken_off and set(case.get("needs", ())) <= set(covered):
            covered.append(case["id"])
    return covered


def replay(service: Running, papers: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Runs the corpus driver, which shares no code with the service or with the witness."""
    corpus, root = papers / "corpus" / "nist", f"{service.url.rstrip('/')}/services"
    command = [sys.executable, str(papers / "tools" / "run_corpus.py"), "--corpus", str(corpus)]
    command += [
        argument for name in ("registry", "repository", "patients") for argument in (f"--{name}", f"{root}/{name}")
    ]
    command += [*options, "--only", *covered_cases(corpus)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


@pytest.mark.parametrize("packaging", ["--xop", "--inline"])
def test_every_covered_case_of_the_testkit_has_its_outcome(
    launch: Launch, database: str, papers: Path, packaging: str
) -> None:
    """Exact counts, codes, bytes, schemas, and no trace of what was refused."""
    if packaging == "--inline" and database == "postgresql":
        pytest.skip("how documents are packed does not reach the database: once is enough")
    service = launch(database)
    run = replay(service, papers, packaging)
    assert run.returncode == 0, run.stdout + run.stderr
    assert service.stop() == 0


def test_the_covered_cases_are_most_of_the_corpus(papers: Path) -> None:
    """A guard against a selection that quietly asks nothing."""
    assert len(covered_cases(papers / "corpus" / "nist")) >= 80
