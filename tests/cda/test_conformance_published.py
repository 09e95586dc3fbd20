"""The published pack: our findings are those of the reference recipe that lies beside it, assertion for assertion.

The recipe is run as it is, with one thing completed: an abstract rule that is extended before the place where it stands loses
there what it extends itself; so its expansion is repeated until nothing is left to extend, as ISO Schematron means it.
"""

from __future__ import annotations

import copy
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from cda.conformance import Conformance
from cda.content_report import Cause, ContentReport
from cda.pack import PROFILES, Pack
from safexml.namespaces import DS
from tests.cda.shared import CORPUS, SHARED

PACK = SHARED / "cda-schema"
RECIPE = PACK / "check_cda.py"
SECONDS = 180

pytestmark = [
    pytest.mark.skipif(not RECIPE.is_file(), reason="the published CDA pack is not beside the checkout"),
    pytest.mark.skipif(not CORPUS.is_dir(), reason="the sample documents are not beside the checkout"),
]

DRIVER = """
import sys
sys.path.insert(0, sys.argv[1])
import check_cda

once = check_cda.expand

def to_the_end(root):
    root = once(root)
    while next(root.iter(check_cda.S + "extends"), None) is not None:
        root = once(root)
    return root

check_cda.expand = to_the_end
sys.argv[1:] = ["--json", *sys.argv[2:]]
sys.exit(check_cda.main())
"""

HL7 = "{urn:hl7-org:v3}"
SAMPLES = tuple(sorted(CORPUS.glob("*.xml")))
DAMAGED = 10
"""Samples that are damaged at random."""

Findings = dict[str, Counter[tuple[str, ...]]]


def damage(root: etree._Element, dice: random.Random) -> None:
    """Takes away, empties, doubles or changes a few things, rather in the header than in the body."""
    everything = list(root.iterdescendants(etree.Element))
    header = [
        element for element in everything if not any("structuredBody" in up.tag for up in element.iterancestors())
    ]
    for _ in range(6):
        element = dice.choice(header if dice.random() < 0.7 else everything)
        holder, attributes = element.getparent(), [str(name) for name in element.attrib]
        act = dice.randrange(6)
        if act == 0 and holder is not None:
            holder.remove(element)
        elif act == 1 and holder is not None:
            element.addnext(copy.deepcopy(element))
        elif act == 2 and attributes:
            del element.attrib[dice.choice(attributes)]
        elif act == 3 and attributes:
            element.set(dice.choice(attributes), dice.choice(("", "x", "2.999", "19000101", '<&">')))
        elif act == 4:
            element.text = ""
        elif act == 5:
            element.set("nullFlavor", dice.choice(("UNK", "NA", "OTH")))


def broken_by_hand() -> Iterator[tuple[str, bytes]]:
    """Documents broken on purpose, and documents in a wrapper."""
    whole = (CORPUS / "IMG_CR_IMG_2024.01.xml").read_bytes()

    def without(*names: str) -> bytes:
        root = etree.fromstring(whole)
        for name in names:
            for element in root.findall(f"{HL7}{name}"):
                root.remove(element)
        return etree.tostring(root)

    yield "no-set-id", without("setId", "versionNumber")
    yield "no-patient", without("recordTarget")
    yield (
        "nothing-left",
        without(*{child.tag.removeprefix(HL7) for child in etree.fromstring(whole).iterchildren("{*}*")}),
    )
    root = etree.fromstring(whole)
    for family in root.iter(f"{HL7}family"):
        family.text = ""
    for telecom in root.iter(f"{HL7}telecom"):
        telecom.set("nullFlavor", "UNK")
    yield "null-and-not", etree.tostring(root)
    signature = etree.Element(f"{{{DS}}}Signature")
    etree.SubElement(signature, f"{{{DS}}}Object").append(etree.fromstring(without("setId")))
    yield "in-a-signature", etree.tostring(signature)
    yield "no-cda", b"<html/>"
    yield "with-a-dtd", b"<!DOCTYPE ClinicalDocument>" + without()


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The corpus, then what we have broken."""
    folder = tmp_path_factory.mktemp("broken")
    dice = random.Random(20260302)
    broken = dict(broken_by_hand())
    for path in dice.sample(SAMPLES, DAMAGED):
        tree = etree.parse(path)
        clinical_document = next(tree.iter(f"{HL7}ClinicalDocument"))
        damage(clinical_document, dice)
        broken[f"damaged-{path.stem}"] = etree.tostring(tree)
    for name, content in broken.items():
        (folder / f"{name}.xml").write_bytes(content)
    return [*SAMPLES, *(folder / f"{name}.xml" for name in broken)]


@pytest.fixture(scope="module")
def both(documents: list[Path]) -> Iterator[tuple[dict[str, Any], dict[str, ContentReport]]]:
    """What the recipe and we find, by name of the document; both work at the same time."""
    recipe = subprocess.Popen(
        [sys.executable, "-c", DRIVER, PACK, *documents], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    try:
        with Conformance(Pack(PACK)) as conformance:
            ours = {path.name: conformance.check(path.read_bytes()) for path in documents}
        lines, _ = recipe.communicate(timeout=SECONDS)
    finally:
        recipe.kill()
        recipe.wait()
    theirs = [json.loads(line) for line in lines.splitlines()]
    yield {row["document"]: row for row in theirs}, ours


def schematron_findings(report: ContentReport) -> Findings:
    return {
        profile.profile: Counter(
            (found.severity.value, found.pattern, found.location, found.as_published) for found in profile.findings
        )
        for profile in report.profiles
        if profile.schematron
    }


def recipe_findings(row: dict[str, Any]) -> Findings:
    return {
        profile: Counter(
            (found["role"], found["pattern"], found["location"], found["message"]) for found in told["findings"]
        )
        for profile, told in row.get("schematron", {}).items()
        if told is not None
    }


def test_same_assertions_fail_at_the_same_places(
    both: tuple[dict[str, Any], dict[str, ContentReport]], documents: list[Path]
) -> None:
    theirs, ours = both
    assert len(theirs) == len(documents)
    differing = {
        name: (schematron_findings(report), recipe_findings(theirs[name]))
        for name, report in ours.items()
        if schematron_findings(report) != recipe_findings(theirs[name])
    }
    assert differing == {}
    found = sum(each.total() for report in ours.values() for each in schematron_findings(report).values())
    assert found > 100


def test_same_rules_met_as_many_elements(both: tuple[dict[str, Any], dict[str, ContentReport]]) -> None:
    theirs, ours = both
    for name, report in ours.items():
        for profile in report.profiles:
            told = theirs[name]["schematron"][profile.profile]
            assert (told is None) == (profile.schematron == "")
            if told is not None:
                assert (profile.schematron, profile.fired) == (told["schematron"], told["fired"])
                assert list(profile.missing) == told["missing_includes"]


def test_same_flaws_of_the_schema(both: tuple[dict[str, Any], dict[str, ContentReport]]) -> None:
    theirs, ours = both
    for name, report in ours.items():
        if report.trouble is None:
            assert [found.as_published for found in report.xsd] == [each["message"] for each in theirs[name]["xsd"]], (
                name
            )
    assert any(report.xsd for report in ours.values())


def test_same_documents_are_refused(both: tuple[dict[str, Any], dict[str, ContentReport]]) -> None:
    theirs, ours = both
    assert {name for name, row in theirs.items() if "refused" in row} == {
        name for name, report in ours.items() if report.trouble is not None
    }
    assert ours["no-cda.xml"].cause is Cause.NOT_CDA
    assert ours["with-a-dtd.xml"].cause is Cause.HOSTILE_XML


def test_every_sample_obeys_the_schema_and_meets_every_profile(
    both: tuple[dict[str, Any], dict[str, ContentReport]],
) -> None:
    _, ours = both
    for path in SAMPLES:
        report = ours[path.name]
        assert report.was_examined
        assert report.xsd == ()
        assert tuple(each.profile for each in report.profiles) == PROFILES
        assert report.profiles[0].fired > 0


def test_no_sentence_holds_an_identifier_or_a_name_of_its_document(
    both: tuple[dict[str, Any], dict[str, ContentReport]], documents: list[Path]
) -> None:
    """[decision 13]"""
    _, ours = both
    for path in documents:
        if ours[path.name].trouble is not None:
            continue
        root = etree.parse(path).getroot()
        ids = {each.get("extension") for each in root.iter(f"{HL7}id")}
        names = {
            (each.text or "").strip() for name in ("family", "given", "city") for each in root.iter(f"{HL7}{name}")
        }
        secret = {text for text in ids | names if text and len(text) > 4}
        for found in ours[path.name].findings:
            assert not [text for text in secret if text in found.sentence]
