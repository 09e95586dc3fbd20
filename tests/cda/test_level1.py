"""A body of level 1 is what it says it is. [CI-SIS SM: level 1]"""

from __future__ import annotations

from base64 import b64encode
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cda import level1_table
from cda.document import open_document
from cda.findings import Finding, Rule
from cda.level1 import Ends, judge_body, read_ends
from cda.outline import outline_of
from cda.rules import judge_header
from tests.cda.broken import BODY, Change, a_body
from tests.cda.documents import a_clinical_document

PDF = b"%PDF-1.7 " + b"x" * 4000 + b"\nstartxref\n9\n%%EOF\r\n"
JPEG = b"\xff\xd8\xff\xe0 ... \xff\xd9"
TIFF = b"II*\x00\x08\x00\x00\x00" + b"\x00" * 8
RTF = b"{\\rtf1 bonjour}"


def judged(**changed: str) -> tuple[Finding, ...]:
    return judge_body(outline_of(open_document(a_clinical_document(**changed).encode()).clinical_document))


def rules_of(media_type: str, content: bytes) -> list[str]:
    return [found.rule for found in judged(**a_body(media_type, content))]


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", PDF),
        ("APPLICATION/PDF", PDF),
        ("image/jpeg", JPEG),
        ("image/tiff", TIFF),
        ("image/tiff", b"MM\x00+\x00\x08\x00\x00" + (16).to_bytes(8, "big") + b"\x00" * 8),
        ("text/rtf", RTF),
        ("text/rtf", RTF + b"\r\n\x00"),
        ("text/plain", "Température : 37,5 °C\r\n".encode()),
        ("text/plain", "é".encode("latin-1") * 3000),
        ("text/plain", "bonjour".encode("utf-16")),
        ("text/plain; charset=utf-8", b"bonjour"),
    ],
)
def test_file_of_its_media_type_is_accepted(media_type: str, content: bytes) -> None:
    document = open_document(a_clinical_document(**a_body(media_type, content)).encode()).clinical_document
    assert (judge_body(outline_of(document)), judge_header(outline_of(document))) == ((), ())


@pytest.mark.parametrize(("rule", "changed"), BODY.items(), ids=BODY)
def test_body_with_one_flaw_breaks_one_rule(rule: str, changed: Change) -> None:
    assert [found.rule for found in judged(**changed)] == [rule]


def test_every_rule_of_the_body_has_a_document_that_breaks_it() -> None:
    assert {row.rule for row in vars(level1_table).values() if isinstance(row, Rule)} == set(BODY)


@pytest.mark.parametrize(
    ("media_type", "content"),
    [
        ("application/pdf", JPEG),
        ("application/pdf", b"PK\x03\x04 a word processor's file"),
        ("application/pdf", PDF[:-10]),
        ("application/pdf", b" " + PDF),
        ("image/jpeg", JPEG[:-2]),
        ("image/tiff", TIFF[:8]),
        ("image/tiff", JPEG),
        ("text/rtf", RTF[:-1]),
        ("text/plain", PDF),
        ("text/plain", b"one\x00two"),
    ],
)
def test_file_of_another_kind_or_cut_off_is_told(media_type: str, content: bytes) -> None:
    assert rules_of(media_type, content) == ["CDA-N1-CONTENT"]


def test_finding_says_what_the_file_is_instead() -> None:
    (other,) = judged(**a_body("application/pdf", JPEG))
    assert other.sentence.endswith("Seen: 'image/jpeg'.")
    (cut,) = judged(**a_body("application/pdf", PDF[:-10]))
    assert cut.sentence_fr.endswith("il est tronqué.")


@pytest.mark.parametrize("text", ["JVBERi0xLjcK=", "JVBE=Ri0", "JVBERi0xLjc", "JVBERi0xLjcé", "%PDF-1.7", "===="])
def test_text_that_is_not_base64_is_told(text: str) -> None:
    assert [found.rule for found in judged(**a_body(text=text))] == ["CDA-N1-BASE64"]


def test_base64_may_have_lines() -> None:
    shown = b64encode(PDF).decode()
    lines = "\n    ".join(shown[start : start + 76] for start in range(0, len(shown), 76))
    assert judged(**a_body(text=f"\n    {lines}\n   ")) == ()


def test_plain_text_may_stand_as_it_is() -> None:
    body = "<component><nonXMLBody><text>bonjour</text></nonXMLBody></component>"
    assert judged(**(a_body() | {"component": body})) == ()


def test_file_without_representation_is_told() -> None:
    """Without it the body counts as text. [HL7 v3 Datatypes R1: ED]"""
    told = a_body()["component"].replace(' representation="B64"', "")
    assert [found.rule for found in judged(**(a_body() | {"component": told}))] == ["CDA-N1-REPRESENTATION"]


def test_body_that_stands_elsewhere_is_empty() -> None:
    assert [found.rule for found in judged(**a_body(text='<reference value="a.pdf"/>'))] == ["CDA-N1-EMPTY"]


def test_body_without_text_is_empty() -> None:
    told = "<component><nonXMLBody/></component>"
    assert [found.rule for found in judged(**(a_body() | {"component": told}))] == ["CDA-N1-EMPTY"]


@given(st.binary(max_size=5000), st.integers(1, 100))
def test_ends_of_any_file_are_its_ends(content: bytes, width: int) -> None:
    shown = b64encode(content).decode()
    ends = read_ends("\r\n".join(shown[start : start + width] for start in range(0, len(shown), width)))
    assert isinstance(ends, Ends)
    assert content.startswith(ends.head)
    assert content.endswith(ends.tail)
    assert ends.size == len(content)
    assert len(ends.tail) >= min(len(content), 500)


@given(st.text(max_size=200))
def test_any_text_has_ends_or_none(text: str) -> None:
    ends = read_ends(text)
    assert ends is None or ends.size >= len(ends.head)


def test_large_body_is_judged_without_being_decoded() -> None:
    content = b"%PDF-1.7" + b"\x00" * 8_000_000 + b"%%EOF"
    document = open_document(a_clinical_document(**a_body(content=content)).encode()).clinical_document
    started = perf_counter()
    assert judge_body(outline_of(document)) == ()
    assert perf_counter() - started < 1
