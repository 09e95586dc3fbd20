"""NIST's requests: those that must succeed have nothing against them, those that are wrong in themselves are refused."""

from __future__ import annotations

import base64
import json
import re
import uuid
from typing import Any
from xml.sax.saxutils import escape

import pytest
from lxml import etree

from safexml.parser import parse
from tests.samples import IHE_TEST_AUTHORITY, a_domain, fresh_oid
from tests.xds.shared import NIST, needs_nist
from xds import rules
from xds.errors import ErrorList
from xds.transactions import ITI_41, ITI_42
from xds.wire import submission

pytestmark = needs_nist

JUDGED_HERE = {
    "XDSRegistryMetadataError",
    "XDSPatientIdDoesNotMatch",
    "XDSRegistryDuplicateUniqueIdInMessage",
}
"""Codes that the submission alone can earn; the others want a registry with a past, or documents."""


def cases() -> list[dict[str, Any]]:
    if not NIST.is_dir():
        return []
    manifest = json.loads((NIST / "manifest.json").read_text("utf-8"))
    return [case for case in manifest["cases"] if case["file"].startswith(("register/", "provide-and-register/"))]


CASES = cases()


def value_of(spec: dict[str, str]) -> str:
    """Something of the right kind for a placeholder; what an earlier case has given is invented here."""
    told = " ".join(spec.values())
    if spec["kind"] == "patient_id":
        return f"{spec['role']}-1^^^&{IHE_TEST_AUTHORITY}&ISO"
    if spec["kind"] in ("now", "lastyear"):
        return "20240101"
    return uuid.uuid4().urn if "uuid" in told.lower() or spec["kind"] == "captured" else fresh_oid()


def filled(case: dict[str, Any]) -> bytes:
    values = {name: value_of(spec) for name, spec in case["substitutions"].items()}
    text = (NIST / case["file"]).read_text("utf-8")
    return re.sub(r"\{\{([^{}]+)\}\}", lambda found: escape(values[found[1]], {'"': "&quot;"}), text).encode()


def content_of(document: etree._Element) -> memoryview:
    return memoryview(base64.b64decode(document.text or ""))


def judge(case: dict[str, Any]) -> ErrorList:
    body = parse(filled(case))
    if case["transaction"] == "ITI-42":
        read, findings = submission.read_submission(body), ErrorList()
        transaction = ITI_42
    else:
        request = submission.read_provide(body, content_of, lambda: ())
        read, findings, transaction = request.submission, request.findings, ITI_41
        assert all(content is not None for _, content in request.documents)
    return ErrorList((*findings, *read.findings, *rules.judge_submission(read, transaction, a_domain())))


def expected_codes(case: dict[str, Any]) -> set[str]:
    expect = case["expect"]
    return set(expect["error_codes"] or expect.get("error_codes_by_spec", []))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_request_gets_the_errors_that_it_earns_by_itself_and_no_other(case: dict[str, Any]) -> None:
    assert set(judge(case).codes) == expected_codes(case) & JUDGED_HERE


def test_there_are_requests_of_both_outcomes() -> None:
    assert len(CASES) > 40
    assert sum(bool(expected_codes(case) & JUDGED_HERE) for case in CASES) >= 6
