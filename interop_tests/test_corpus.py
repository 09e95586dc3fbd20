"""The NIST testkit's requests have the outcomes that the testkit wants. Source: iheos-toolkit2, see the corpus's own README."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from interop_tests.conftest import Launch
from interop_tests.running import COMMAND, Running

TRANSACTIONS = {
    "ITI-18",
    "ITI-38",
    "ITI-41",
    "ITI-42",
    "ITI-43",
    "ITI-51",
    "ITI-57",
    "ITI-61",
    "ITI-62",
    "ITI-86",
    "ITI-92",
}
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
        argument
        for name in ("registry", "repository", "patients", "gateway")
        for argument in (f"--{name}", f"{root}/{name}")
    ]
    command += [*options, "--only", *covered_cases(corpus)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)


@pytest.mark.parametrize(
    ("database", "packaging"), [("sqlite", "--xop"), ("postgresql", "--xop"), ("sqlite", "--inline")]
)
def test_every_covered_case_of_the_testkit_has_its_outcome(
    launch: Launch, papers: Path, database: str, packaging: str
) -> None:
    """Exact counts, codes, bytes, schemas, and no trace of what was refused."""
    service = launch(database)
    run = replay(service, papers, packaging)
    assert run.returncode == 0, run.stdout + run.stderr
    assert service.stop() == 0
    assert service.troubles() == []


def test_every_covered_case_has_its_outcome_where_every_code_is_checked(
    launch: Launch, papers: Path, tmp_path: Path
) -> None:
    """The testkit's own code sets, made a domain by the command: no case is about a code that they lack. [contract 2]"""
    domain = tmp_path / "region.toml"
    codes = papers / "corpus" / "nist" / "support" / "codes.xml"
    command = [*COMMAND, "domain", "import", str(codes), "--base", "ihe", "-o", str(domain)]
    made = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS_MAX, check=False)
    assert made.returncode == 0, made.stderr
    service = launch(domain=str(domain))
    run = replay(service, papers)
    assert run.returncode == 0, run.stdout + run.stderr
    assert service.stop() == 0
    assert service.troubles() == []


def test_the_covered_cases_are_most_of_the_corpus(papers: Path) -> None:
    """A guard against a selection that quietly asks nothing."""
    assert len(covered_cases(papers / "corpus" / "nist")) >= 80
