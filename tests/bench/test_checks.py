"""Domain files of the levels that the bench compares."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import checks
from bench.checks import Check
from server.domain_files import load_domain
from xds.domain import AffinityDomain, Bite


def asked(domain: AffinityDomain) -> tuple[bool, bool, bool]:
    """Whether a domain asks for assertions, for seals, and what documents are."""
    documents = domain.documents
    return domain.assertion.demanded, domain.seals.invalid is not Bite.OFF, documents.reads_documents


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        (Check.NONE, (False, False, False)),
        (Check.ASSERTION, (True, False, False)),
        (Check.SEAL, (True, True, False)),
        (Check.FULL, (True, True, True)),
        (Check.SIGNED, (True, True, True)),
    ],
)
def test_each_check_adds_one_thing_to_the_one_before(
    tmp_path: Path, check: Check, expected: tuple[bool, bool, bool]
) -> None:
    assert asked(load_domain(str(checks.write_domain(tmp_path, check)))) == expected


def test_full_check_is_the_domain_as_it_is(tmp_path: Path) -> None:
    assert load_domain(str(checks.write_domain(tmp_path, Check.FULL))) == load_domain("dmp")


def test_key_that_the_domain_file_does_not_have_is_refused() -> None:
    with pytest.raises(KeyError, match="lots"):
        checks.change('[seals]\nlot = "error"\n', {"seals": {"lots": "off"}})
