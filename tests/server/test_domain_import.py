"""``coffre domain import``: code sets in the NIST toolkit's form become a domain, and every code is checked. [ITI TF-1: 10.4.1]"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from server import cli, code_sets, domain_files, prepare, wiring
from server.code_sets import UnfitCodeSets
from server.exchange import Exchange
from server.settings import Role, Settings
from tests.samples import (
    INS_TEST_AUTHORITY,
    a_code,
    a_document_entry,
    a_patient_id,
    a_submission,
    a_submission_set,
    an_author,
)
from tests.server import messages
from tests.server.conftest import ROOT
from xds import rules, transactions
from xds.domain import AffinityDomain, Bite
from xds.errors import ErrorList
from xds.metadata import DocumentEntry
from xds.vocabulary import Severity
from xds.wire import response

SHARED = ROOT.parent / "shared"
TOOLKIT = SHARED / "corpus" / "nist" / "support" / "codes.xml"
CODES = """<?xml version="1.0" encoding="UTF-8"?>
<!-- made up -->
<Codes>
  <CodeType name="classCode" classScheme="urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a">
    <Code code="REPORTS" display="Reports" codingScheme="1.3.6.1.4.1.19376.1.2.6.1" system="http://example.org"/>
    <Code code="IMAGES" display="Images" codingScheme="1.3.6.1.4.1.19376.1.2.6.1"/>
    <Code code="REPORTS" display="Reports, once more" codingScheme="1.3.6.1.4.1.19376.1.2.6.1"/>
    <Code code=" SUMMARIES " codingScheme="1.2.3"/>
  </CodeType>
  <CodeType name="folderCodeList"><Code code="Referrals" codingScheme="1.2.3"/></CodeType>
  <CodeType name="mimeType"><Code code="text/xml" ext="xml"/></CodeType>
  <AssigningAuthority id="&amp;1.3.6.1.4.1.21367.13.20.1000&amp;ISO" display="RED"/>
  <AssigningAuthority id="&amp;1.2.250.1.999.3&amp;ISO" display="REGION"/>
  <AssigningAuthority id="1.2.250.1.999.4"/>
</Codes>
"""
BARE = '<Codes><CodeType name="classCode"><Code code="A" codingScheme="1.2"/></CodeType>{}</Codes>'

Run = Callable[..., tuple[int, str, str]]

needs_papers = pytest.mark.skipif(not TOOLKIT.is_file(), reason="the toolkit's codes.xml is not beside the checkout")


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs ``coffre domain import`` in the test's own folder: status, output, errors."""
    for name in [name for name in os.environ if name.startswith("COFFRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "codes.xml").write_text(CODES, encoding="utf-8")

    def run(*words: str) -> tuple[int, str, str]:
        status = cli.main(("domain", "import", *words))
        seen = capsys.readouterr()
        assert seen.err.count("\n") == (0 if status == 0 else 1)
        return status, seen.out, seen.err

    return run


# The file


def test_code_sets_become_value_sets_that_bite(run: Run) -> None:
    assert run("codes.xml", "-o", "region.toml")[0] == 0
    domain, base = domain_files.load_domain("region.toml"), domain_files.load_domain("ihe")
    assert set(domain.value_sets) == {"class_code", "code_list", "mime_type"}
    assert domain.value_sets["class_code"].codes == {
        ("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1"),
        ("IMAGES", "1.3.6.1.4.1.19376.1.2.6.1"),
        ("SUMMARIES", "1.2.3"),
    }
    assert domain.value_sets["mime_type"].codes == {("text/xml", "")}
    assert {one.unknown_code for one in domain.value_sets.values()} == {Bite.ERROR}
    assert domain.name == "region"
    assert (domain.repository_unique_id, domain.home_community_id) == (
        base.repository_unique_id,
        base.home_community_id,
    )


def test_authorities_of_the_code_sets_stand_beside_those_of_the_base(run: Run) -> None:
    run("codes.xml", "-o", "region.toml")
    authorities = domain_files.load_domain("region.toml").authorities
    base = domain_files.load_domain("ihe").authorities
    assert authorities[: len(base)] == base, "what the base says of an authority stays"
    assert [(one.oid, one.name) for one in authorities[len(base) :]] == [
        ("1.2.250.1.999.3", "REGION"),
        ("1.2.250.1.999.4", "1.2.250.1.999.4"),
    ]


def test_value_sets_of_the_base_stay_where_the_file_has_none(run: Run) -> None:
    assert run("codes.xml", "--base", "dmp", "-o", "region.toml")[0] == 0
    domain, base = domain_files.load_domain("region.toml"), domain_files.load_domain("dmp")
    assert domain.value_sets["type_code"] == base.value_sets["type_code"]
    assert domain.value_sets["class_code"] != base.value_sets["class_code"]
    assert domain.cx_type_code == "NH"


def test_domain_file_can_be_the_base_of_another(run: Run, tmp_path: Path) -> None:
    run("codes.xml", "-o", "region.toml")
    (tmp_path / "more.xml").write_text(BARE.format(""))
    assert run("more.xml", "--base", "region.toml", "-o", "other.toml")[0] == 0
    domain = domain_files.load_domain("other.toml")
    assert domain.value_sets["class_code"].codes == {("A", "1.2")}
    assert "mime_type" in domain.value_sets


def test_summary_tells_what_was_taken_and_what_was_not(run: Run, tmp_path: Path) -> None:
    odd = (
        '<CodeType name="favouriteCode"><Code code="x" codingScheme="1"/></CodeType>'
        '<CodeType name="typeCode"><Code code="B" codingScheme="1.2"/><Code code="C"/><Code/></CodeType>'
    )
    (tmp_path / "odd.xml").write_text(BARE.format(odd))
    status, out, _ = run("odd.xml", "-o", "region.toml")
    assert status == 0
    assert "1 codes of typeCode in odd.xml, 1 coding scheme" in out
    assert "no attribute is called so: favouriteCode" in out
    assert "for lack of code or codingScheme: 2 Code elements" in out
    assert "COFFRE_DOMAIN=region.toml coffre serve" in out
    status, out, _ = run("odd.xml", "-o", "region.toml", "--force", "--json")
    assert json.loads(out) == {
        "file": "region.toml",
        "name": "region",
        "base": "ihe",
        "codes": {"class_code": 1, "type_code": 1},
        "authorities": [f"1.3.6.1.4.1.21367.13.20.{number}" for number in (1000, 2000, 3000)],
        "ignored": ["favouriteCode"],
        "incomplete": 2,
    }


def test_file_that_is_there_is_not_written_over_without_force(run: Run, tmp_path: Path) -> None:
    (tmp_path / "region.toml").write_text("mine")
    status, out, err = run("codes.xml", "-o", "region.toml")
    assert (status, out) == (1, "")
    assert "region.toml is there already" in err
    assert "--force" in err
    assert (tmp_path / "region.toml").read_text() == "mine"
    assert run("codes.xml", "-o", "region.toml", "--force")[0] == 0
    assert domain_files.load_domain("region.toml").name == "region"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["codes.xml", "region.toml"], "nothing is left beside it"


@pytest.mark.parametrize(
    ("document", "told"),
    [
        ("<Codes>", "not well-formed"),
        ('<!DOCTYPE Codes [<!ENTITY a "b">]><Codes/>', "DOCTYPE"),
        ("<CodeSystem/>", "is a CodeSystem; expected the toolkit's form"),
        ("<Codes/>", "no CodeType of an attribute; expected some of .*classCode"),
        ('<Codes><CodeType name="shoeSize"><Code code="1" codingScheme="1"/></CodeType></Codes>', "no CodeType of"),
        (BARE.format('<CodeType name="typeCode"/>'), r"a CodeType without codes \(typeCode\)"),
        (BARE.format('<AssigningAuthority id="&amp;1.2.x&amp;ISO"/>'), "id '&1.2.x&ISO'; expected"),
        (BARE.format("<AssigningAuthority/>"), "id ''; expected"),
    ],
)
def test_file_of_another_form_is_refused_in_one_sentence_and_nothing_is_written(
    run: Run, tmp_path: Path, document: str, told: str
) -> None:
    (tmp_path / "bad.xml").write_text(document)
    with pytest.raises(UnfitCodeSets, match=told):
        code_sets.read_code_sets(document.encode(), "bad.xml")
    status, out, err = run("bad.xml", "-o", "region.toml")
    assert (status, out) == (1, "")
    assert err.startswith("coffre: bad.xml ")
    assert not (tmp_path / "region.toml").exists()


def test_files_and_base_that_are_not_there_are_told(run: Run) -> None:
    for words, status, told in (
        (("none.xml", "-o", "region.toml"), 1, "none.xml cannot be read"),
        (("codes.xml", "-o", "nowhere/region.toml"), 1, "nowhere/region.toml cannot be written"),
        (("codes.xml", "--base", "dpm", "-o", "region.toml"), 2, "dpm is neither a built-in domain"),
    ):
        seen = run(*words)
        assert seen[0] == status
        assert told in seen[2]


# The toolkit's own code sets


@needs_papers
def test_code_sets_of_the_toolkit_are_taken_whole() -> None:
    sets = code_sets.read_code_sets(TOOLKIT.read_bytes(), "codes.xml")
    assert set(sets.value_sets) == set(domain_files.CODED_ATTRIBUTES)
    assert (sets.ignored, sets.incomplete) == ((), 0)
    assert [one.name for one in sets.authorities] == ["IHERED", "IHEGREEN", "IHEBLUE"]
    base = domain_files.load_domain("ihe")
    domain = code_sets.with_code_sets(base, sets, name="region", source="codes.xml")
    assert domain_files.parse_domain(domain_files.format_domain(domain), "region.toml") == domain
    assert domain.authorities == base.authorities


# A service with the domain that was made


def test_submission_with_a_wrong_code_is_refused_with_all_that_a_sender_needs(
    run: Run, make_settings: Callable[..., Settings]
) -> None:
    """Attribute, code, scheme, the value set's name, and the nearest value that would do. [ITI TF-1: 10.4.1]"""
    run("codes.xml", "-o", "region.toml")
    chosen = make_settings(COFFRE_DOMAIN="region.toml")
    prepare.prepare(chosen, Role.ALL)
    house = wiring.build(chosen, Role.ALL)
    exchange = Exchange(house.routes)
    exchange.answer(messages.asked("patients", messages.a_feed()))

    def provide(code: str, scheme: str) -> ErrorList:
        lot = messages.with_code(messages.a_lot(), class_code=a_code(code, scheme))
        answer = exchange.answer(messages.asked("repository", messages.a_provide(lot)))
        return response.read_response(messages.read_answer(answer).body).errors

    assert provide("REPORTS", "1.3.6.1.4.1.19376.1.2.6.1") == ()
    (error,) = provide("REPORT", "1.3.6.1.4.1.19376.1.2.6.1")
    assert (error.row.code, error.severity) == ("XDSRegistryMetadataError", Severity.ERROR)
    for told in (
        "/ classCode",
        "'REPORT' of scheme '1.3.6.1.4.1.19376.1.2.6.1'",
        "classCode in codes.xml",
        "'REPORTS'",
    ):
        assert told in error.code_context
    (error,) = provide("REPORTS", "9.9")
    assert "where 'REPORTS' has scheme '1.3.6.1.4.1.19376.1.2.6.1'" in error.code_context
    house.close()


# The value sets that the French domain brings along


@pytest.fixture(scope="module")
def dmp() -> AffinityDomain:
    """The French domain."""
    return domain_files.load_domain("dmp")


def a_french_entry(**changes: object) -> DocumentEntry:
    """An entry whose every code is in the value sets of the DMP."""
    french = {
        "patient_id": a_patient_id("179035121518989", INS_TEST_AUTHORITY),
        "class_code": a_code("10", "1.2.250.1.213.1.1.4.1"),
        "format_code": a_code("urn:ihe:iti:xds-sd:pdf:2008", "1.3.6.1.4.1.19376.1.2.3"),
        "healthcare_facility_type_code": a_code("SA07", "1.2.250.1.71.4.2.4"),
        "practice_setting_code": a_code("AMBULATOIRE", "1.2.250.1.213.1.1.4.9"),
        "type_code": a_code("11488-4", "2.16.840.1.113883.6.1"),
    }
    return a_document_entry(**{**french, **changes})


def judge(entry: DocumentEntry, domain: AffinityDomain) -> ErrorList:
    """What the French domain finds about the codes of an entry."""
    lot = a_submission(
        document_entries=[entry],
        submission_set=a_submission_set(
            patient_id=entry.patient_id, content_type_code=a_code("07", "1.2.250.1.213.2.2"), author=(an_author(),)
        ),
    )
    return rules.judge_submission(lot, transactions.ITI_42, domain)


def test_codes_of_the_DMP_are_accepted_without_a_word(dmp: AffinityDomain) -> None:
    assert judge(a_french_entry(), dmp) == ()
    visibility = "1.2.250.1.213.1.1.4.13"
    masked = (a_code("N", "2.16.840.1.113883.5.25"), a_code("MASQUE_PS", visibility))
    assert judge(a_french_entry(confidentiality_code=masked), dmp) == ()


@pytest.mark.parametrize(
    ("field", "code", "told"),
    [
        ("type_code", a_code("11526-1", "2.16.840.1.113883.6.1"), "JDV_J66_TypeCode_DMP (2024-09-27)"),
        ("class_code", a_code("10", "1.2.3"), "where '10' has scheme '1.2.250.1.213.1.1.4.1'"),
        ("format_code", a_code("urn:asip:ci-sis:cr-bio:2011", "1.2.250.1.213.1.1.4.2.282"), "JDV_J60_FormatCode_DMP"),
        ("practice_setting_code", a_code("AMBULATOIR", "1.2.250.1.213.1.1.4.9"), "the nearest is 'AMBULATOIRE'"),
    ],
)
def test_code_that_the_DMP_does_not_list_is_a_warning_and_never_a_refusal(
    dmp: AffinityDomain, field: str, code: object, told: str
) -> None:
    """Value sets are of their day; old documents bear codes retired since. [decision 11]"""
    found = judge(a_french_entry(**{field: code}), dmp)
    assert not found.has_errors
    (warning,) = found
    assert warning.severity is Severity.WARNING
    assert told in warning.code_context


def test_value_sets_of_the_DMP_say_of_which_day_they_are(dmp: AffinityDomain) -> None:
    for value_set in dmp.value_sets.values():
        name, _, day = value_set.name.partition(" ")
        assert name.startswith("JDV_J")
        assert name.endswith("_DMP")
        assert len(day) == len("(2024-09-27)")
        assert value_set.unknown_code is Bite.WARNING


@pytest.mark.skipif(not (SHARED / "codes").is_dir(), reason="the published code tables are not beside the checkout")
@pytest.mark.parametrize(
    ("field", "table"),
    [
        ("class_code", "jdv-j57-class-code-dmp"),
        ("confidentiality_code", "jdv-j08-confidentiality-cisis"),
        ("content_type_code", "jdv-j59-content-type-dmp"),
        ("format_code", "jdv-j60-format-code-dmp"),
        ("healthcare_facility_type_code", "jdv-j61-healthcare-facility-type-dmp"),
        ("practice_setting_code", "jdv-j62-practice-setting-dmp"),
        ("type_code", "jdv-j66-type-code-dmp"),
    ],
)
def test_value_set_of_the_DMP_is_the_published_one(dmp: AffinityDomain, field: str, table: str) -> None:
    with (SHARED / "codes" / f"{table}.tsv").open(encoding="utf-8", newline="") as lines:
        published = {(row["code"], row["system"]) for row in csv.DictReader(lines, delimiter="\t")}
    assert dmp.value_sets[field].codes == published
