"""``coffre reports``: what was found in accepted documents, for whoever runs the service. [decision 9]"""

from __future__ import annotations

import json

import pytest

from repository.store.reports import KeptReport, put_report
from server.wiring import House
from tests.server.test_cli import Run, run

__all__ = ["run"]

FINDING = {
    "profile": "header",
    "rule": "r1",
    "severity": "error",
    "sentence": "The title is empty.",
    "sentence_fr": "Le titre est vide.",
    "location": "/ClinicalDocument[1]/title[1]",
    "line": 7,
}
OF_PDF = {
    "profile": "pades",
    "rule": "HASH_FAILURE",
    "severity": "warning",
    "sentence": "Cut.",
    "sentence_fr": "Coupé.",
}


@pytest.fixture
def kept(house: House) -> tuple[str, str, str]:
    """Three reports: two that found something, the older first, and the last that did not."""
    reports = (
        KeptReport("1.2.3.1", 20260301080000, False, json.dumps([FINDING]).encode()),
        KeptReport("1.2.3.2", 20260302080000, False, json.dumps([OF_PDF, FINDING]).encode()),
        KeptReport("1.2.3.3", 20260303080000, True, b"[]"),
    )
    with house.database.write() as work:
        for each in reports:
            put_report(work, each)
    return "1.2.3.1", "1.2.3.2", "1.2.3.3"


def test_last_reports_that_found_something_come_first(run: Run, kept: tuple[str, ...]) -> None:
    status, out, _ = run("reports")
    assert status == 0
    assert [line.split(" ")[0] for line in out.splitlines() if not line.startswith(" ")] == [kept[1], kept[0]]
    assert "  error [header: r1] line 7, /ClinicalDocument[1]/title[1]: The title is empty.\n" in out
    assert "  warning [pades: HASH_FAILURE] Cut.\n" in out


def test_reports_are_counted_and_chosen(run: Run, kept: tuple[str, ...]) -> None:
    every = json.loads(run("reports", "--all", "--json")[1])
    assert [each["unique_id"] for each in every] == [kept[2], kept[1], kept[0]]
    assert [each["is_clean"] for each in every] == [True, False, False]
    assert len(json.loads(run("reports", "--all", "--json", "--limit", "2")[1])) == 2
    status, out, _ = run("reports", kept[2], kept[0], "--lang", "fr")
    assert (status, f"{kept[2]} 20260303080000 UTC, findings: 0\n" in out, "Le titre est vide." in out) == (
        0,
        True,
        True,
    )


def test_document_without_a_report_is_told(run: Run, kept: tuple[str, ...]) -> None:
    status, out, err = run("reports", kept[0], "1.2.3.9")
    assert (status, out.startswith(kept[0]), "no report on 1.2.3.9" in err) == (1, True, True)


def test_nothing_found_is_said(run: Run, house: House) -> None:
    assert run("reports") == (
        0,
        "nothing was found in any document that was looked into; --all tells of those too\n",
        "",
    )


def test_number_that_is_none_is_misuse(run: Run, house: House) -> None:
    status, _, err = run("reports", "--limit", "0")
    assert (status, "expected a whole number from 1 to 1000" in err) == (2, True)
