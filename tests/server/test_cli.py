"""The command: exit statuses, one-sentence errors, help with an example, JSON."""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from audit.line import Ending, Line
from audit.store import journal, seals
from server import cli, domain_files, rule_book
from server.exchange import Exchange
from server.settings import Settings
from server.wiring import House
from tests.server import messages
from xds import errors, rules

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a verb with stores in the test's own folder: status, output, errors."""
    for name in [name for name in os.environ if name.startswith("COFFRE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("COFFRE_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COFFRE_DOMAIN", "ihe")

    def run(*words: str) -> tuple[int, str, str]:
        try:
            status = cli.main(words)
        except SystemExit as stop:
            status = stop.code if isinstance(stop.code, int) else 1
        seen = capsys.readouterr()
        assert "Traceback" not in seen.err
        return status, seen.out, seen.err

    return run


def verbs(parser: argparse.ArgumentParser, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every verb of the command line, with the acts of those that have some."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                yield (*words, name)
                yield from verbs(verb, (*words, name))


@pytest.mark.parametrize("words", [words for words in verbs(cli.parser()) if words != ("bench",)], ids=" ".join)
def test_every_verb_has_help_with_an_example(run: Run, words: tuple[str, ...]) -> None:
    status, out, _ = run(*words, "--help")
    assert status == 0
    assert f"example:\n  coffre {words[0]}" in out


@pytest.mark.parametrize(
    "words", [(), ("nothing",), ("serve", "--nothing"), ("db",), ("explain",), ("serve", "--role", "x")]
)
def test_misuse_gives_2(run: Run, words: tuple[str, ...]) -> None:
    status, _, err = run(*words)
    assert status == 2
    assert "usage:" in err


@pytest.mark.parametrize("row", list(errors.table()), ids=lambda row: row.code)
def test_explain_tells_every_row_of_the_error_table(run: Run, row: errors.Row) -> None:
    status, out, _ = run("explain", row.code)
    assert status == 0
    for told in (row.meaning, row.meaning_fr, row.cause, row.cure, row.clause):
        assert told in out
    assert json.loads(run("explain", row.code, "--json")[1])["code"] == row.code


def test_explain_of_an_unknown_code_names_the_nearest(run: Run) -> None:
    status, out, err = run("explain", "XDSNonIdentcalHash")
    assert (status, out) == (1, "")
    assert err.startswith("coffre: XDSNonIdentcalHash is neither a code nor a rule; near it: XDSNonIdenticalHash")
    assert run("explain", "qqqqqq")[2] == "coffre: qqqqqq is neither a code nor a rule; none is spelled like it.\n"


@pytest.mark.parametrize("name", list(rule_book.names()))
def test_explain_tells_every_rule(run: Run, name: str) -> None:
    status, out, _ = run("explain", name)
    assert status == 0
    for section, rule in rule_book.find(name):
        for told in (rule.sentence, rule.sentence_fr, rule.cause, rule.cure, rule.clause, section.title):
            assert told in out
    told = json.loads(run("explain", f"[{name.lower()}]", "--json")[1])
    assert {row["rule"] for row in (told if isinstance(told, list) else [told])} == {name}


def test_explain_of_an_unknown_rule_names_those_that_are_near(run: Run) -> None:
    status, out, err = run("explain", "SIG-DIGEZT")
    assert (status, out) == (1, "")
    assert "SIG-DIGEST" in err


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.id)
def test_explain_tells_every_rule_of_a_submission(run: Run, rule: rules.Rule) -> None:
    status, out, _ = run("explain", rule.id)
    assert status == 0
    assert rule.name in out
    assert rule.clause in out
    assert json.loads(run("explain", rule.id, "--json")[1])["rule"] == rule.id


@pytest.mark.parametrize("name", domain_files.built_in_names())
def test_domain_shown_is_the_file_that_makes_it(run: Run, name: str) -> None:
    status, out, _ = run("domain", "show", name)
    assert status == 0
    assert domain_files.parse_domain(out, "output") == domain_files.load_domain(name)
    assert json.loads(run("domain", "show", name, "--json")[1])["name"] == name


def test_domain_that_is_none_gives_2(run: Run) -> None:
    status, _, err = run("domain", "show", "dpm")
    assert status == 2
    assert err.startswith("coffre: dpm is neither a built-in domain")
    assert err.count("\n") == 1


def test_database_is_checked_upgraded_and_checked(run: Run) -> None:
    assert run("db", "check")[0] == 1
    status, out, _ = run("db", "upgrade")
    assert (status, "it was at nothing" in out) == (0, True)
    assert run("db", "check")[0] == 0
    assert "already" in run("db", "upgrade")[1]
    found = json.loads(run("db", "check", "--json")[1])
    assert found["is_well"]
    assert found["revision"] == found["needed"]


def test_verify_of_a_database_without_schema_says_what_to_run(run: Run) -> None:
    status, _, err = run("verify")
    assert status == 1
    assert "run: coffre db upgrade" in err


def test_verify_finds_a_document_that_was_altered(
    run: Run, house: House, exchange: Exchange, make_settings: Callable[..., Settings]
) -> None:
    lot = messages.a_lot()
    exchange.answer(messages.asked("repository", messages.a_provide(lot)))
    status, out, _ = run("verify")
    assert (status, out) == (
        0,
        f"1 documents hashed, {len(messages.DOCUMENT)} bytes, 1 in the index: every document can be given out as it came\n"
        "0 lines in the journal, no seal yet: every line is as it was written\n",
    )
    assert house.content is not None
    (file,) = house.content.files()
    Path(file.path).write_bytes(messages.DOCUMENT.swapcase())
    status, out, _ = run("verify")
    assert status == 1
    assert messages.unique_id_of(lot) in out
    assert "documents are lost or altered" in out
    report = json.loads(run("verify", "--json")[1])
    assert not report["is_sound"]
    assert report["faults"][0]["unique_ids"] == [messages.unique_id_of(lot)]


def test_verify_finds_a_line_of_the_journal_that_was_removed(run: Run, house: House) -> None:
    line = Line(at=datetime.now(UTC), transaction="ITI-18", action="TD3.1", ending=Ending.DONE)
    for _ in range(3):
        house.database.settle(lambda work: journal.append(work, line), lambda _: False)
    seal = house.database.settle(lambda work: seals.put(work, line.at), lambda _: False)
    assert seal is not None
    status, out, _ = run("verify")
    assert status == 0
    assert f"3 lines in the journal, seal 1 {seal.hash.hex()}: every line is as it was written\n" in out
    with house.database.write() as work:
        work.execute("delete from journal where sequence = 2")
    status, out, _ = run("verify")
    assert status == 1
    assert "journal of patient 0, line 2: missing: the line is not there\n" in out
    assert "lines were altered or removed" in out
    report = json.loads(run("verify", "--json")[1])
    assert not report["is_sound"]
    assert [flaw["sequence"] for flaw in report["journal"]["flaws"]] == [2]
    assert report["journal"]["seals"][0]["hash"] == seal.hash.hex()


def test_pki_is_made_and_not_made_twice(run: Run, tmp_path: Path) -> None:
    status, out, _ = run("pki", "init", str(tmp_path / "pki"))
    assert status == 0
    assert "establishment-seal.cert.pem" in out
    status, out, err = run("pki", "init", str(tmp_path / "pki"))
    assert (status, out) == (1, "")
    assert "never overwritten" in err


def test_unknown_setting_gives_2(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COFFRE_PROT", "1")
    status, _, err = run("db", "check")
    assert (status, err) == (
        2,
        "coffre: COFFRE_PROT in the environment is not a setting; the nearest is COFFRE_PORT.\n",
    )


def test_database_that_does_not_answer_gives_1_and_no_password(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COFFRE_DATABASE_URL", "postgresql+psycopg://a:secret@127.0.0.1:1/x")
    for words in (("db", "check"), ("db", "upgrade"), ("verify",)):
        status, _, err = run(*words)
        assert status == 1
        assert "does not answer" in err
        assert "secret" not in err
