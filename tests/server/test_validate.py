"""``coffre validate``: what a file is, which rules ran, which failed, where, in which words. Nobody's name is printed."""

from __future__ import annotations

import json
import os
import re
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cda.rule_table import RULES as CDA_RULES
from server import cli, cli_validate, validation_rules
from server.validation import Language
from signing import xades
from soap import mtom
from tests.access import vihf
from tests.cda.small_pack import make_pack, schematron
from tests.pki import authority
from tests.server import messages, papers
from tests.server.papers import a_document, a_lot, a_request

Run = Callable[..., tuple[int, str, str]]
Judge = Callable[..., list[dict[str, Any]]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs validate: status, output, errors. No socket may be opened."""
    for name in [name for name in os.environ if name.startswith(("COFFRE_", "LC_", "LANG"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(socket.socket, "connect", None)

    def run(*words: object) -> tuple[int, str, str]:
        try:
            status = cli.main(["validate", *map(str, words)])
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        seen = capsys.readouterr()
        assert "Traceback" not in seen.err
        for secret in (papers.MATRICULE, *papers.NAMES):
            assert not re.search(rf"\b{secret}\b", seen.out + seen.err)
        return status, seen.out, seen.err

    return run


@pytest.fixture
def judge(run: Run, tmp_path: Path) -> Judge:
    """The verdicts on contents, as JSON has them."""

    def judge(*contents: bytes, flags: tuple[object, ...] = ()) -> list[dict[str, Any]]:
        paths = []
        for number, content in enumerate(contents):
            path = tmp_path / f"file{number}"
            path.write_bytes(content)
            paths.append(path)
        status, out, err = run(*paths, "--json", *flags)
        assert err == ""
        verdicts: list[dict[str, Any]] = json.loads(out)
        assert status == (0 if all(each["is_valid"] for each in verdicts) else 1)
        return verdicts

    return judge


def found(verdict: dict[str, Any], *severities: str) -> list[str]:
    """The rules of a verdict's findings of these severities (errors)."""
    wanted = severities or ("error",)
    return [
        finding["rule"] for check in verdict["checks"] for finding in check["findings"] if finding["severity"] in wanted
    ]


def ran(verdict: dict[str, Any]) -> dict[str, bool]:
    return {f"{check['check']} {check['subject'] or ''}".strip(): check["ran"] for check in verdict["checks"]}


def the_finding(verdict: dict[str, Any], rule: str) -> dict[str, Any]:
    """The one finding of a rule."""
    (one,) = [each for check in verdict["checks"] for each in check["findings"] if each["rule"] == rule]
    told: dict[str, Any] = one
    return told


def with_headers(request: tuple[str, bytes], first: str = "") -> bytes:
    return f"{first}Content-Type: {request[0]}\r\n\r\n".encode() + request[1]


ENVELOPED = xades.sign_enveloping(a_document(), vihf.a_key("seal"), authority.NOW)
SELF_PRESENTING = (
    b'<?xml version="1.0"?>\n<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">\n'
    + a_document().partition(b"?>")[2]
    + b"</xsl:stylesheet>"
)

GOOD = {
    "clinical document (CDA R2)": a_document(),
    "clinical document (CDA R2), self-presenting": SELF_PRESENTING,
    "clinical document (CDA R2) in its signature": ENVELOPED,
    "SAML assertion (VIHF)": papers.an_assertion(),
    "ebRIM request": papers.the_ebrim(),
    "archive of documents (XDM)": papers.an_archive(),
    "signature of a lot": a_lot().signature,
}


@pytest.mark.parametrize("kind", GOOD)
def test_good_file_is_recognised_and_nothing_is_found_wrong(judge: Judge, kind: str) -> None:
    (verdict,) = judge(GOOD[kind])
    assert verdict["kind"] == kind
    assert found(verdict) == []
    assert any(check["ran"] and check["asked"] for check in verdict["checks"])


@pytest.mark.parametrize("start", ["none", "content type", "HTTP"])
def test_request_is_recognised_with_and_without_its_headers(judge: Judge, start: str) -> None:
    request = a_request()
    content = {
        "none": request[1],
        "content type": with_headers(request),
        "HTTP": with_headers(request, "POST /services/repository HTTP/1.1\r\nHost: here\r\n"),
    }[start]
    (verdict,) = judge(content)
    assert verdict["kind"] == "SOAP request with its packaging"
    assert found(verdict) == []
    assert list(ran(verdict)) == [
        "Packaging",
        "SOAP envelope and addressing",
        "Assertion of the caller (VIHF)",
        "ebRIM",
        "Metadata, rules of XDS ITI-41",
        "Documents against their entries",
        "Signature of the lot Signature01",
        "Header, rules of the CI-SIS Document01",
        "Body of level 1 Document01",
        "Metadata against the header Document01",
        "Schema and schematrons Document01",
    ]


def test_bare_envelope_is_recognised_and_the_missing_documents_are_told(judge: Judge) -> None:
    request = a_request()
    (verdict,) = judge(bytes(mtom.unpack(*request).root))
    assert verdict["kind"] == "SOAP request"
    assert found(verdict) == ["XDSMissingDocument", "XDSMissingDocument"]


def test_query_is_recognised_and_its_assertion_missed(judge: Judge) -> None:
    (verdict,) = judge(messages.a_query("1.2.3")[1])
    assert found(verdict) == ["VIHF-COUNT"]
    assert ran(verdict)["Body ITI-18"] is False
    (verdict,) = judge(messages.a_query("1.2.3")[1], flags=("--domain", "ihe"))
    assert found(verdict) == []


def test_broken_rule_of_the_header_is_told_with_its_place_and_clause(judge: Judge) -> None:
    (verdict,) = judge(a_document(effectiveTime='<effectiveTime value="yesterday"/>'))
    finding = the_finding(verdict, "CDA-SM-TIME")
    assert (finding["severity"], finding["location"]) == ("error", "/hl7:ClinicalDocument/hl7:effectiveTime")
    assert finding["line"] > 1
    assert finding["clause"] == CDA_RULES["CDA-SM-TIME"].clause
    assert finding["sentence"].startswith(CDA_RULES["CDA-SM-TIME"].sentence)


def test_domain_that_asks_nothing_of_headers_lets_them_pass(judge: Judge) -> None:
    (verdict,) = judge(a_document(effectiveTime='<effectiveTime value="yesterday"/>'), flags=("--domain", "ihe"))
    assert found(verdict) == []
    assert ran(verdict)["Header, rules of the CI-SIS"] is False


def test_metadata_that_break_a_rule_are_told_with_slot_code_and_clause(judge: Judge) -> None:
    (verdict,) = judge(papers.the_ebrim().replace(b"20260302083000", b"2026-03-02", 1))
    finding = the_finding(verdict, "XDS-20")
    assert finding["code"] == "XDSRegistryMetadataError"
    assert finding["location"].endswith("/rim:ExtrinsicObject[1]/rim:Slot[3]") or "/rim:Slot" in finding["location"]
    assert finding["clause"].startswith("ITI TF-3")


def test_metadata_that_disagree_with_the_header_are_told(judge: Judge) -> None:
    lot = a_lot()
    request = a_request(lot)
    (verdict,) = judge(request[1].replace(b"20260302083000", b"20260302083100", 1))
    assert found(verdict) == ["CDA-XDS-CREATION-TIME"]


def test_document_that_was_changed_breaks_its_hash_and_the_lots_signature(judge: Judge) -> None:
    request = a_request()
    (verdict,) = judge(request[1].replace(b"<title>Examens du matin", b"<title>Examens du Matin", 1))
    assert "SIG-DIGEST" in found(verdict)
    assert "XDSRepositoryMetadataError" in found(verdict)


def test_lot_without_a_signature_is_told(judge: Judge) -> None:
    (verdict,) = judge(a_request(a_lot(signed=False))[1])
    assert found(verdict) == ["SIG-LOT-MISSING"]


def test_part_that_no_document_names_is_told(judge: Judge) -> None:
    content_type, body = a_request()
    (verdict,) = judge(with_headers((content_type, body.replace(b"cid:Document01@desk", b"cid:gone@desk"))))
    assert {"XDSMissingDocument", "XDSMissingDocumentMetadata"} <= set(found(verdict))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"wsa:Action", b"wsa:Axtion", "soap:MustUnderstand"),
        (b"2007:ProvideAndRegisterDocumentSet-b<", b"2007:RegistryStoredQuery<", "wsa:ActionMismatch"),
        (b"2007:ProvideAndRegisterDocumentSet-b<", b"2007:Nothing<", "wsa:ActionNotSupported"),
        (b"2003/05/soap-envelope", b"2003/05/soap-other", "soap:VersionMismatch"),
    ],
)
def test_envelope_that_breaks_a_rule_is_told_and_its_body_judged_where_it_is_found(
    judge: Judge, old: bytes, new: bytes, rule: str
) -> None:
    (verdict,) = judge(a_request()[1].replace(old, new))
    assert rule in found(verdict)
    assert ("Header, rules of the CI-SIS Document01" in ran(verdict)) == (rule != "soap:VersionMismatch")


def test_packaging_that_is_broken_is_told(judge: Judge) -> None:
    content_type, body = a_request()
    (verdict,) = judge(with_headers((content_type, body[:-200])))
    assert len(found(verdict)) == 1
    (verdict,) = judge(with_headers(("text/html", body)))
    assert found(verdict) == ["HTTP 415"]


def test_signature_is_judged_against_the_trust_that_is_named(judge: Judge, tmp_path: Path) -> None:
    trust = papers.trust_folder(tmp_path / "trust")
    (verdict,) = judge(ENVELOPED, flags=("--trust", trust))
    assert found(verdict) == []
    assert "SIG-CERT-CHAIN" not in found(verdict, "info")
    (verdict,) = judge(ENVELOPED)
    assert found(verdict) == []
    assert "SIG-CERT-CHAIN" in found(verdict, "info")
    stranger = xades.sign_enveloping(a_document(), vihf.a_key("seal", authority.ETRANGERE), authority.NOW)
    (verdict,) = judge(stranger, flags=("--trust", trust))
    assert found(verdict) == ["SIG-CERT-CHAIN"]


def test_signed_document_that_was_changed_is_told(judge: Judge) -> None:
    (verdict,) = judge(ENVELOPED.replace(b"<title>Examens", b"<title>Contrexamens"))
    assert found(verdict) == ["SIG-DIGEST"]
    assert "TOTAL-FAILED HASH_FAILURE" in the_finding(verdict, "SIG-DIGEST")["sentence"]


def test_enveloped_signature_of_a_self_presenting_document_is_judged(judge: Judge) -> None:
    """[CI-SIS SM 3.3]"""
    signed = xades.sign_enveloped(SELF_PRESENTING, vihf.a_key("seal"), authority.NOW)
    (verdict,) = judge(signed)
    assert found(verdict) == []
    assert ran(verdict)["Signature of the document"]
    (verdict,) = judge(signed.replace(b"<title>Examens", b"<title>Contrexamens"))
    assert found(verdict) == ["SIG-DIGEST"]


def test_lots_signature_covers_the_documents_that_are_given_along(judge: Judge) -> None:
    one, two = a_document(), a_document(id='<id root="1.2.250.1.999.2"/>')
    lot = a_lot(one, two)
    signature, *_ = judge(lot.signature, one, two)
    assert found(signature, "error", "warning") == []
    signature, *_ = judge(lot.signature, two)
    assert found(signature, "error", "warning") == ["SIG-DIGEST"]
    assert "1 of the documents" in the_finding(signature, "SIG-DIGEST")["sentence"]
    signature, *_ = judge(lot.signature, two.replace(b"Examens", b"Contrexamens"))
    assert found(signature) == ["SIG-DIGEST"]
    signature, *_ = judge(
        lot.signature.replace(b"1.2.250.1.999.2<", b"1.2.250.1.999.3<").replace(b"999.2", b"999.3"), two
    )
    assert found(signature) != []


@pytest.mark.parametrize(
    ("edit", "rule"),
    [
        (vihf.without("urn:oasis:names:tc:xacml:2.0:subject:role"), "VIHF-ROLE"),
        (vihf.issued_by("CN=nobody"), "VIHF-ISSUER"),
        (vihf.replaced(">3.0<", ">1.0<"), "VIHF-VERSION"),
    ],
    ids=["role", "issuer", "version"],
)
def test_assertion_that_breaks_a_rule_is_told_with_what_the_rule_wants(
    judge: Judge, edit: vihf.Edit, rule: str
) -> None:
    assertion = vihf.written(vihf.a_claim(), edit=edit)
    (verdict,) = judge(assertion)
    (told,) = found(verdict)
    finding = the_finding(verdict, told)
    assert told.startswith("VIHF-")
    assert rule == "VIHF-ROLE" or told == rule
    assert finding["wants"]
    assert finding["clause"]


def test_assertion_is_judged_at_its_own_moment(judge: Judge) -> None:
    (verdict,) = judge(papers.an_assertion())
    assert found(verdict) == []
    assert "2026-03-02T10:00:00Z" in the_finding(verdict, "VIHF-EXPIRED")["sentence"]


def test_pack_is_run_when_it_is_given(judge: Judge, tmp_path: Path) -> None:
    rules = '<pattern id="p"><rule id="r" context="cda:title"><assert test="false()">No: <value-of select="."/></assert></rule></pattern>'
    make_pack(tmp_path / "pack", header=schematron(rules))
    (verdict,) = judge(a_document(), flags=("--pack", tmp_path / "pack"))
    finding = the_finding(verdict, "r")
    assert finding["location"] == "/ClinicalDocument[1]/title[1]"
    assert finding["sentence"] == "No: …"
    assert finding["line"] > 1
    assert ran(verdict)["Schematron of the header ASIP-STRUCT-MIN-StrucMin.sch"]
    assert ran(verdict)["Schematron of the kind of document"] is False
    # The small schema knows nothing of a whole header.
    (schema,) = [check for check in verdict["checks"] if check["check"] == "Schema CDA_extended.xsd"]
    assert schema["findings"][0]["location"] == "/ClinicalDocument[1]/realmCode[1]"


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ({"README.TXT": b""}, "XDM-README"),
        ({"INDEX.HTM": b""}, "XDM-INDEX"),
        ({"IHE_XDM/SUBSET01/METADATA.XML": b""}, "XDM-METADATA"),
        ({"IHE_XDM/SUBSET01/METADATA.XML": b"<nothing/>"}, "XDM-METADATA"),
        ({"IHE_XDM/SUBSET01/METADATA.XML": b"<nothing"}, "XDM-METADATA"),
        ({"IHE_XDM/SUBSET01/METADATA.XML": papers.the_ebrim()}, "XDM-URI"),
        ({"IHE_XDM/SUBSET01/DOC00001.XML": b""}, "XDM-DOCUMENT"),
        ({"IHE_XDM/SUBSET01/DOC00001.XML": b"<other/>"}, "SIG-DIGEST"),
        ({"../README.TXT": b"out"}, "XDM-ARCHIVE"),
    ],
)
def test_archive_that_breaks_a_rule_is_told(judge: Judge, changed: dict[str, bytes], rule: str) -> None:
    (verdict,) = judge(papers.an_archive(**changed))
    assert rule in found(verdict)


@pytest.mark.parametrize(
    ("content", "rule"),
    [(b"", "FILE"), (b"hello", "FILE"), (b"<html/>", "FILE"), (b"<html>", "XML"), (b"<!DOCTYPE a><a/>", "XML")],
)
def test_file_of_no_known_kind_is_told_so(judge: Judge, content: bytes, rule: str) -> None:
    (verdict,) = judge(content)
    assert found(verdict) == [rule]


def test_signed_document_of_another_kind_is_judged_by_its_signature(judge: Judge) -> None:
    signed = xades.sign_enveloped(b"<report><n>1</n></report>", vihf.a_key("seal"), authority.NOW)
    (verdict,) = judge(signed)
    assert (verdict["kind"], found(verdict)) == ("signed XML document", [])
    (verdict,) = judge(signed.replace(b"<n>1", b"<n>2"))
    assert found(verdict) == ["SIG-DIGEST"]


def test_pdf_is_recognised(judge: Judge) -> None:
    (verdict,) = judge(b"%PDF-1.7 and no more")
    assert verdict["kind"] == "PDF document"
    assert found(verdict, "info", "error") == ["SIG-PDF"]


def test_report_for_people_tells_rule_line_path_and_clause_in_their_language(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "letter.xml"
    path.write_bytes(a_document(effectiveTime='<effectiveTime value="hier"/>'))
    status, out, _ = run(path)
    assert status == 1
    row = CDA_RULES["CDA-SM-TIME"]
    assert "error CDA-SM-TIME line " in out
    assert "/hl7:ClinicalDocument/hl7:effectiveTime" in out
    assert row.sentence[:40] in out
    assert row.clause in " ".join(out.split())
    assert out.splitlines()[-2] == f"{path}: 1 error(s), 0 warning(s)"
    _, french, _ = run(path, "--lang", "fr")
    assert row.sentence_fr[:40] in french
    assert "erreur CDA-SM-TIME ligne " in french
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert run(path)[1] == french


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, Language.ENGLISH),
        ({"LANG": "C.UTF-8"}, Language.ENGLISH),
        ({"LANG": "fr_CA"}, Language.FRENCH),
        ({"LANG": "fr_FR", "LC_ALL": "en_GB"}, Language.ENGLISH),
    ],
)
def test_language_is_that_of_the_terminal(environment: dict[str, str], language: Language) -> None:
    assert cli_validate.language_of(environment) is language


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("gone.xml",), "gone.xml cannot be read"),
        ((".",), "cannot be read"),
        ((__file__, "--domain", "gone"), "gone"),
        ((__file__, "--pack", "gone"), "gone"),
        ((__file__, "--pack", "."), "is not a CDA pack"),
        ((__file__, "--trust", "gone"), "gone"),
    ],
)
def test_misuse_is_one_sentence_and_gives_2(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


def test_every_file_has_its_report_and_one_wrong_file_gives_1(run: Run, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.xml", tmp_path / "bad.xml"
    good.write_bytes(a_document())
    bad.write_bytes(b"<html/>")
    status, out, _ = run(good, bad)
    assert status == 1
    assert f"{good}: nothing wrong found" in out
    assert f"{bad}: 1 error(s)" in out
    assert run(good)[0] == 0


def test_rules_of_the_desk_are_told_in_both_languages_and_have_a_cure() -> None:
    for rule, row in validation_rules.RULES.items():
        assert row.rule == rule
        assert all(row)
