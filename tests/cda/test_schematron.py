"""ISO Schematron compiled and run: what a rule set means, on rule sets of our own writing. [ISO/IEC 19757-3]"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from cda.schematron_engine import Engine, Failed
from cda.schematron_rules import Severity, read_rules
from cda.schematron_source import UnfitSchematron, read_source
from safexml import parser
from tests.cda.small_pack import document, schematron, write

SCH = 'xmlns="http://purl.oclc.org/dsdl/schematron"'


@pytest.fixture(scope="module")
def engine() -> Iterator[Engine]:
    """One processor for all: it lives in the main thread, as it does in a worker."""
    yield Engine()


def run(engine: Engine, path: Path, content: bytes) -> tuple[Failed, ...]:
    return engine.run(path, engine.load(parser.parse(content, keeps_comments=True))).failed


def text(failed: Failed) -> str:
    return " ".join("".join(piece for piece, _ in failed.message).split())


def test_assertion_that_does_not_hold_is_told_where_and_as_written(engine: Engine, tmp_path: Path) -> None:
    rules = schematron(
        '<pattern id="titles"><rule id="r1" context="cda:title"><assert test="@code" role="warning" see="urn:why">'
        'A title <name/> of "<value-of select="."/>" needs a code<value-of select="\'!\'"/></assert></rule></pattern>'
    )
    (failed,) = run(engine, write(tmp_path, "a.sch", rules), document("<title>One</title>"))
    assert (failed.rule.pattern, failed.rule.rule) == ("titles", "r1")
    assert (failed.assertion.severity, failed.assertion.see) == (Severity.WARNING, "urn:why")
    assert failed.path == "/Q{urn:hl7-org:v3}ClinicalDocument[1]/Q{urn:hl7-org:v3}title[1]"
    assert text(failed) == 'A title title of "One" needs a code!'
    assert [piece for piece, is_value in failed.message if is_value] == ["One"]


def test_first_rule_of_a_pattern_that_matches_hides_the_others(engine: Engine, tmp_path: Path) -> None:
    """[ISO/IEC 19757-3: 6.5]"""
    rules = schematron(
        '<pattern><rule context="cda:title[@code]"><assert test="false()">first</assert></rule>'
        '<rule context="cda:title"><assert test="false()">second</assert></rule></pattern>'
        '<pattern><rule context="cda:title"><assert test="false()">elsewhere</assert></rule></pattern>'
        '<pattern><rule context="*"><assert test="self::cda:ClinicalDocument or self::cda:title">any</assert></rule></pattern>'
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document("<title code='x'/><title/>", template=""))
    assert sorted(map(text, failed)) == ["any", "elsewhere", "elsewhere", "first", "second"]


def test_rules_match_attributes_and_the_document_itself(engine: Engine, tmp_path: Path) -> None:
    rules = schematron(
        '<pattern><rule context="@root"><assert test="false()">attribute</assert></rule></pattern>'
        '<pattern><rule context="/"><assert test="false()">document</assert></rule></pattern>'
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document(template=""))
    assert sorted((text(each), each.path) for each in failed) == [
        ("attribute", "/Q{urn:hl7-org:v3}ClinicalDocument[1]/Q{urn:hl7-org:v3}id[1]/@root"),
        ("document", "/"),
    ]


def test_abstract_pattern_is_filled_with_its_parameters(engine: Engine, tmp_path: Path) -> None:
    """[ISO/IEC 19757-3: 6.4]"""
    rules = schematron(
        '<pattern abstract="true" id="model"><rule context="$what"><let name="n" value="count($what_of)"/>'
        '<assert test="$n = $number"><value-of select="$n"/> instead of <value-of select="$number"/></assert></rule></pattern>'
        '<pattern is-a="model" id="two"><param name="what" value="cda:title"/><param name="what_of" value="../cda:title"/>'
        '<param name="number" value="2"/></pattern>'
        '<pattern is-a="model"><param name="what" value="cda:id"/><param name="what_of" value="."/>'
        '<param name="number" value="3"/></pattern>'
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document("<title/>"))
    assert sorted((each.rule.pattern, text(each)) for each in failed) == [
        ("model", "1 instead of 3"),
        ("two", "1 instead of 2"),
    ]


@pytest.mark.parametrize("is_forward", [False, True])
def test_abstract_rules_are_extended_through_all_that_they_extend(
    engine: Engine, tmp_path: Path, is_forward: bool
) -> None:
    """Wherever they stand, before or behind who extends them. [ISO/IEC 19757-3: 5.4.12]"""
    chain = [
        '<rule abstract="true" id="top"><assert test="@a">top</assert></rule>',
        '<rule abstract="true" id="middle"><extends rule="top"/><assert test="@b">middle</assert></rule>',
        '<rule abstract="true" id="bottom"><extends rule="middle"/><assert test="@c">bottom</assert></rule>',
        '<rule context="cda:title"><extends rule="bottom"/><assert test="@d">own</assert></rule>',
        '<rule context="cda:id"><extends rule="bottom"/></rule>',
    ]
    rules = schematron(f"<pattern>{''.join(reversed(chain) if is_forward else chain)}</pattern>")
    failed = run(engine, write(tmp_path, "a.sch", rules), document("<title/>"))
    assert sorted(map(text, failed)) == ["bottom", "bottom", "middle", "middle", "own", "top", "top"]


def test_names_pass_between_a_rule_and_what_it_extends(engine: Engine, tmp_path: Path) -> None:
    rules = schematron(
        '<let name="everywhere" value="\'e\'"/><pattern><let name="here" value="count(//cda:title)"/>'
        '<rule abstract="true" id="gives"><let name="given" value="string(@x)"/></rule>'
        '<rule abstract="true" id="takes"><assert test="$own = $given">takes <value-of select="$own"/></assert></rule>'
        '<rule context="cda:title[$here = 1]"><let name="own" value="\'o\'"/><extends rule="gives"/><extends rule="takes"/>'
        '<assert test="$given = $everywhere">given <value-of select="$given"/></assert>'
        '<assert test="every $one in . satisfies $one/@y">bound</assert></rule></pattern>'
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document('<title x="g"/>'))
    assert sorted(map(text, failed)) == ["bound", "given g", "takes o"]


def test_default_phase_leaves_the_other_patterns_out(engine: Engine, tmp_path: Path) -> None:
    patterns = "".join(
        f'<pattern id="{name}"><rule context="cda:id"><assert test="false()">{name}</assert></rule></pattern>'
        for name in "ab"
    )
    phase = '<phase id="some"><active pattern="b"/><active pattern="gone"/></phase>'
    path = write(tmp_path, "a.sch", schematron(phase + patterns, 'defaultPhase="some"'))
    assert [text(each) for each in run(engine, path, document())] == ["b"]
    path = write(tmp_path, "b.sch", schematron(phase + patterns))
    assert [text(each) for each in run(engine, path, document())] == ["a", "b"]


def test_report_tells_what_holds_unless_it_only_informs(engine: Engine, tmp_path: Path) -> None:
    rules = schematron(
        '<pattern><rule context="cda:id"><report test="@root" role="warning">told</report><report test="@root">not told</report>'
        '<report test="@gone" role="error">does not hold</report></rule></pattern>'
    )
    assert [text(each) for each in run(engine, write(tmp_path, "a.sch", rules), document())] == ["told"]


def test_includes_are_found_in_any_case_and_what_is_absent_is_told(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "parts/Ids.SCH", f'<pattern {SCH} id="ids"><include href="deep/Rule.sch"/></pattern>')
    write(tmp_path, "parts/deep/rule.sch", f'<rule {SCH} context="cda:id"><assert test="false()">found</assert></rule>')
    rules = schematron(
        '<include href="parts/ids.sch"/><include href="parts/gone.sch"/><pattern is-a="alsoGone" id="x"/>'
    )
    path = write(tmp_path, "a.sch", rules)
    assert [text(each) for each in run(engine, path, document())] == ["found"]
    assert engine.prepare(path) == ("parts/gone.sch", "alsoGone")


def test_document_of_a_rule_is_read_beside_the_schematron_and_nowhere_else(engine: Engine, tmp_path: Path) -> None:
    write(tmp_path, "sets/codes.xml", "<codes><code>A</code></codes>")
    rules = schematron(
        "<pattern><rule context='cda:title'>"
        "<assert test=\"@code = document('sets/codes.xml')//code\">not of the set</assert>"
        "<assert test=\"document('http://127.0.0.1:9/codes.xml')\">elsewhere</assert></rule></pattern>"
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document('<title code="A"/><title code="B"/>'))
    assert [(text(each), bool(each.error)) for each in failed] == [("", True), ("not of the set", False), ("", True)]


def test_rule_that_cannot_be_evaluated_silences_no_other(engine: Engine, tmp_path: Path) -> None:
    rules = schematron(
        '<pattern><rule context="cda:title"><assert test="xs:integer(.) = 1">number</assert>'
        '<assert test="@code">code</assert></rule></pattern>'
    )
    failed = run(engine, write(tmp_path, "a.sch", rules), document("<title>x</title><title code='c'>2</title>"))
    assert [(text(each), each.error) for each in failed] == [("", "FORG0001"), ("code", ""), ("number", "")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("<schema/>", "is not a schematron"),
        ("<schema", "is not used"),
        (schematron('<include href="a.sch"/>'), "is included within itself"),
        (schematron("<pattern><rule><assert test='1'/></rule></pattern>"), "a rule without a context"),
        (
            schematron("<pattern><rule context='cda:id'><assert test='1 +'>x</assert></rule></pattern>"),
            "cannot be compiled",
        ),
        (
            schematron("<pattern><let name='a' value='1'/></pattern><pattern><let name='a' value='2'/></pattern>"),
            "two values",
        ),
        (
            schematron(
                "<pattern><rule abstract='true' id='a'><extends rule='b'/></rule>"
                "<rule abstract='true' id='b'><extends rule='a'/></rule><rule context='x'><extends rule='a'/></rule></pattern>"
            ),
            "extends itself",
        ),
    ],
)
def test_rules_that_cannot_be_used_are_refused_in_a_sentence(
    engine: Engine, tmp_path: Path, content: str, told: str
) -> None:
    path = write(tmp_path, "a.sch", content)
    with pytest.raises(UnfitSchematron, match=told):
        engine.prepare(path)


def test_prefix_means_what_the_schema_says_whatever_a_file_declares(tmp_path: Path) -> None:
    write(tmp_path, "part.sch", f'<pattern {SCH} xmlns:cda="urn:other" xmlns:extra="urn:extra"/>')
    source = read_source(write(tmp_path, "a.sch", schematron('<include href="part.sch"/>')))
    assert source.namespaces == {"cda": "urn:hl7-org:v3", "extra": "urn:extra"}
    assert [pattern.rules for pattern in read_rules(source).patterns] == [()]
