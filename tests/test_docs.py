"""The papers are true: links resolve, printed pages are fresh, and what prose names is there. [decision 14]"""

from __future__ import annotations

import argparse
import ast
import dataclasses
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from access.mandate import Action
from registry.store import coding, fragments
from registry.stored_queries import MULTI_PATIENT_QUERIES, STORED_QUERIES
from server import cli, domain_files, pages, rule_book
from server.domain_files import CODED_ATTRIBUTES
from server.door import ROOTS
from server.metrics import FEED
from server.routes import Routes
from server.settings import KEYS
from soap.faults import table as causes
from soap.limits import LIMITS
from xds import attributes, errors, transactions
from xds.domain import (
    AffinityDomain,
    AssertionPolicy,
    AssigningAuthority,
    DocumentPolicy,
    RecordPolicy,
    SealPolicy,
    ValueSet,
)

ROOT = Path(__file__).resolve().parents[1]
DOCS = ROOT / "docs"
RECORDS = DOCS / "adr"
OF_CLIENTS_AND_TESTS = {"COFFRE_URL", "COFFRE_PKI", "COFFRE_TEST_DATABASE_URL"}
NAMES_OF_METADATA = ("XDSDocumentEntry", "XDSSubmissionSet", "XDSFolder", "XDSAssociation")
WORDS_OF_OTHERS = {
    "fdatasync",
    "fsync",
    "rename",
    "incoming",
    "memoryview",
    "str",
    "repr",
    "Document",
    "relatedDocument",
}
NAME = r"\b(?:ITI-\d+|TD\d\.\d+[a-z]?)\b"
"""A transaction, as IHE or the DMP calls it."""


def papers() -> list[Path]:
    """Every page for people."""
    return sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])


def name_of(path: Path) -> str:
    """A page as people call it."""
    return path.relative_to(ROOT).as_posix()


def read(path: Path | str) -> str:
    """The text of a page."""
    return (ROOT / path).read_text(encoding="utf-8")


def prose(text: str) -> str:
    """A page without its blocks of code."""
    return re.sub(r"(?ms)^```.*?^```", "", text)


def code_of(text: str) -> Iterator[str]:
    """What a page shows as code: its blocks, and what stands between backticks."""
    yield from re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
    yield from re.findall(r"`([^`\n]+)`", prose(text))


def links(text: str) -> Iterator[str]:
    """The targets of a page's links."""
    yield from re.findall(r"\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", prose(text)))


def anchors(path: Path) -> set[str]:
    """The anchors that a page's headings make."""
    headings = re.findall(r"(?m)^#+ (.+)$", prose(read(path)))
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


# Links.


@pytest.mark.parametrize("page", papers(), ids=name_of)
def test_every_relative_link_resolves(page: Path) -> None:
    broken = []
    for target in links(read(page)):
        if "://" in target or target.startswith("mailto:"):
            continue
        name, _, anchor = target.partition("#")
        aim = (page.parent / name).resolve() if name else page
        if not aim.exists() or (anchor and anchor not in anchors(aim)):
            broken.append(target)
    assert broken == []


def test_every_page_can_be_reached_from_the_index() -> None:
    reached: set[Path] = set()
    waiting = [DOCS / "index.md"]
    while waiting:
        page = waiting.pop()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        waiting += [
            (page.parent / target.partition("#")[0]).resolve() for target in links(read(page)) if "://" not in target
        ]
    assert [name_of(page) for page in papers() if page not in reached] == []


def test_readme_leads_to_the_index() -> None:
    assert "docs/index.md" in set(links(read("README.md")))


# Printed pages.


@pytest.mark.parametrize("name", list(pages.PAGES))
def test_printed_page_is_what_its_table_says(name: str) -> None:
    assert (DOCS / name).read_text(encoding="utf-8") == pages.PAGES[name](), f"docs/{name} is stale; run: make docs"


@pytest.mark.parametrize("name", list(pages.PAGES))
def test_printed_page_is_printed_the_same_twice(name: str) -> None:
    assert pages.PAGES[name]() == pages.PAGES[name]()


def test_stale_page_is_found_and_written(tmp_path: Path) -> None:
    for name in pages.PAGES:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    first, *others = pages.PAGES
    (tmp_path / first).write_text("what it was once", encoding="utf-8")
    assert pages.find_stale(tmp_path) == [first, *others]
    assert pages.write(tmp_path) == [first, *others]
    assert pages.find_stale(tmp_path) == []
    assert pages.write(tmp_path) == []


# What is in a table is documented.


@pytest.mark.parametrize("key", KEYS, ids=lambda key: key.variable)
def test_setting_is_documented(key: object) -> None:
    assert f"`{key.variable}`" in read("docs/operations/settings.md")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "kind",
    [AffinityDomain, AssigningAuthority, ValueSet, AssertionPolicy, SealPolicy, DocumentPolicy, RecordPolicy],
)
def test_key_of_a_domain_file_is_documented(kind: type) -> None:
    page = read("docs/operations/domain.md")
    assert [field.name for field in dataclasses.fields(kind) if f"`{field.name}`" not in page] == []
    assert [name for name in CODED_ATTRIBUTES if f"`{name}`" not in page] == []


def test_default_of_a_policy_is_the_one_documented() -> None:
    """A row says the default as it stands in the code, and what the built-in profile says in its place."""
    page, dmp = read("docs/operations/domain.md"), domain_files.load_domain("dmp")
    wrong = []
    for name, kind in (
        ("assertion", AssertionPolicy),
        ("seals", SealPolicy),
        ("documents", DocumentPolicy),
        ("records", RecordPolicy),
    ):
        section = page.partition(f"| key of `[{name}]`")[2].partition("\n\n")[0]
        for field in dataclasses.fields(kind):
            (row,) = re.findall(rf"(?m)^\| `{field.name}` \| ([^|]+) \| ([^|]+) \|", section)
            wanted = tuple(_told(getattr(policy, field.name)) for policy in (kind(), getattr(dmp, name)))
            told = row[0], row[0] if row[1] == "the same" else row[1].strip("`")
            if told != wanted:
                wrong.append((name, field.name, told, wanted))
    assert wrong == []


def _told(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return str(value).lower() if isinstance(value, bool | int) else str(value)


@pytest.mark.parametrize("action", Action)
def test_action_of_the_matrix_is_documented(action: Action) -> None:
    """And each says by the number of the DMP who may."""
    assert f"\n| {action} | " in read("docs/conformance/rights.md")


@pytest.mark.parametrize("name", list(rule_book.names()))
def test_rule_is_documented_in_both_languages(name: str) -> None:
    page = read("docs/conformance/rules.md")
    assert f"\n### {name}\n" in page
    assert all(rule.sentence in page and rule.sentence_fr in page for _, rule in rule_book.find(name))


@pytest.mark.parametrize("row", list(errors.table()), ids=lambda row: row.code)
def test_error_code_is_documented_in_both_languages(row: errors.Row) -> None:
    page = read("docs/conformance/errors.md")
    assert f"## {row.code}\n" in page
    assert row.meaning in page
    assert row.meaning_fr in page


@pytest.mark.parametrize("query", (*STORED_QUERIES, *MULTI_PATIENT_QUERIES), ids=lambda query: query.name)
def test_stored_query_is_documented_with_every_parameter(query: object) -> None:
    page = read("docs/conformance/queries.md")
    section = page.partition(f"## {query.name}\n")[2].partition("\n## ")[0]  # type: ignore[attr-defined]
    assert query.query_id in section  # type: ignore[attr-defined]
    assert [use.parameter.name for use in query.uses if f"`{use.parameter.name}`" not in section] == []  # type: ignore[attr-defined]


@pytest.mark.parametrize("table", attributes.OBJECT_TABLES, ids=lambda table: table.name)
def test_attribute_is_documented_with_its_key(table: attributes.ObjectTable) -> None:
    section = read("docs/conformance/attributes.md").partition(f"## {table.name}\n")[2].partition("\n## ")[0]
    assert [row.name for row in table if f"| {row.name} |" not in section or row.key not in section] == []


class _Verbs:
    """Stands for the actors where only the table of routes is looked at."""

    def __getattr__(self, name: str) -> object:
        return lambda *_: None


def served() -> Routes:
    """Every route of a house with every actor."""
    return Routes(_Verbs(), _Verbs(), _Verbs(), _Verbs())  # type: ignore[arg-type]


def spoken() -> set[tuple[str, str]]:
    """Endpoint and name of every transaction that is served; several may share an action."""
    actions = {row.transaction.request_action for row in served()}
    named = {(row.transaction.actor.value, row.transaction.name) for row in served()}
    return named | {(row.actor.value, row.name) for row in transactions.table() if row.request_action in actions}


def test_every_route_is_in_the_conformance_statement() -> None:
    """And the statement claims no transaction at an endpoint that does not serve it."""
    section = read("docs/conformance/statement.md").partition("## Endpoints\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| `(\w+)` \| ([^|]+) \|", section)
    told = {(endpoint, name) for endpoint, names in rows for name in re.findall(rf"{NAME}|^journal\b", names)}
    assert told == spoken()
    assert all(f"`{root}`" in section for root in ROOTS)


def test_transactions_that_are_not_served_are_said_to_be_not_built() -> None:
    actions = {row.transaction.request_action for row in served()}
    missing = {row.name for row in transactions.table() if row.request_action not in actions}
    section = read("docs/conformance/statement.md").partition("Not built:")[2].partition("\n\n")[0]
    assert {name for name in missing if f"[{name}]" not in section} == set()


def test_readme_names_every_transaction_that_is_served() -> None:
    """And, of those that stand in its table of actors, no other."""
    section = read("README.md").partition("## What it is\n")[2].partition("\n## ")[0]
    assert set(re.findall(NAME, section)) == {name for _, name in spoken() if re.fullmatch(NAME, name)} | {FEED}


@cache
def sentences() -> tuple[str, ...]:
    """Every text of the code as people see it, with … in the place of what is filled in."""
    found = []
    for room in ("server", "client", "repository", "soap", "cda", "signing"):
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    found.append(
                        "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
                    )
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found.append(node.value)
    return tuple(found)


def test_sentence_to_look_up_is_one_that_the_service_says() -> None:
    """What stands first in a row of the troubleshooting page is what an operator has before their eyes."""
    looked_up = re.findall(r"(?m)^\| `([^`]+)` \|", read("docs/operations/troubleshooting.md"))
    assert len(looked_up) > 10
    patterns = {one: ".*?".join(re.escape(piece.strip()) for piece in one.split("…")) for one in looked_up}
    assert [one for one, pattern in patterns.items() if not any(re.search(pattern, said) for said in sentences())] == []


# What is documented is there.


@cache
def defined() -> frozenset[str]:
    """Every name that our code defines: modules, classes, functions, fields, constants."""
    names: set[str] = set()
    for path in ROOT.rglob("*.py"):
        if {".venv", "build"} & set(path.relative_to(ROOT).parts):
            continue
        names |= {path.stem, *path.relative_to(ROOT).parts[:-1]}
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
                names.add(node.name)
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                names.add(node.id)
            elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                names.add(node.attr)
            elif isinstance(node, ast.arg):
                names.add(node.arg)
    names |= {row.code for row in errors.table()}
    names |= {
        name
        for table in (*attributes.OBJECT_TABLES, attributes.AUTHOR_SLOTS)
        for row in table
        for name in (row.name, row.key)
    }
    return frozenset(names)


@pytest.mark.parametrize(
    "page",
    [page for page in papers() if page.name == "architecture.md" or page.name.startswith("life-of-")],
    ids=name_of,
)
def test_symbol_that_prose_names_is_in_the_code(page: Path) -> None:
    """A page about the code names functions and classes as they are called."""
    symbols = {
        symbol
        for symbol in re.findall(r"`([A-Za-z_][\w.]*)`", prose(read(page)))
        if symbol not in WORDS_OF_OTHERS and not re.search(r"\.(cfg|md|toml)$", symbol)
    }
    strange = {symbol for symbol in symbols if not set(symbol.removesuffix("_").split(".")) <= defined()}
    assert {symbol for symbol in strange if not symbol.endswith("_")} == set()


def test_records_name_symbols_that_exist() -> None:
    """A symbol with a dot, or in snake_case, that a record of a decision names."""
    strange = {
        f"{page.name}: {symbol}"
        for page in RECORDS.glob("*.md")
        for symbol in re.findall(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*)`", prose(read(page)))
        if ("." in symbol or "_" in symbol.strip("_"))
        and not set(symbol.split("."))
        <= defined() | {"cfg", "setup", "coffre_soap", "coffre", "full_page_writes", "synchronous_commit"}
        and not symbol.endswith("_")
    }
    assert strange == set()


def test_path_that_the_architecture_lists_exists() -> None:
    listing = re.findall(r"(?ms)^```\n(.*?)^```", read("docs/architecture.md").partition("## Where things are")[2])[0]
    missing = []
    for line in listing.splitlines():
        first, *others = re.split(r",\s*", re.split(r"\s{2,}|(?<=[\w/]) (?=\S)", line)[0])
        folder = first if first.endswith("/") else f"{Path(first).parent.as_posix()}/"
        paths = [
            first,
            *(f"{folder}{other}" for other in others),
            *(folder + name for name in re.findall(r"\b(\w+\.(?:py|toml))\b", line)[1:]),
        ]
        missing += [path for path in paths if not (ROOT / path).exists()]
    assert missing == []


def test_every_room_is_in_the_architecture() -> None:
    page = read("docs/architecture.md")
    rooms = {path.parent.name for path in ROOT.glob("*/__init__.py")} - {"tests"}
    assert {room for room in rooms if f"| `{room}` |" not in page} == set()


def test_error_code_that_a_page_names_is_in_the_table() -> None:
    codes = {row.code for row in errors.table()}
    strange = {
        f"{name_of(page)}: {code}"
        for page in papers()
        for code in re.findall(r"\bXDS[A-Z]\w+", read(page))
        if code not in codes and not code.startswith(NAMES_OF_METADATA)
    }
    assert strange == set()


def test_rule_that_a_page_names_is_in_the_book() -> None:
    strange = {
        f"{name_of(page)}: {name}"
        for page in papers()
        for name in re.findall(r"`((?:SIG|VIHF|RGT|REC|DMP|CDA|XDM)-[A-Z0-9-]+)`", read(page))
        if not rule_book.find(name)
    }
    assert strange == set()


def test_fault_that_a_page_names_is_in_the_table() -> None:
    known = {name for cause in causes().values() for name in (cause.subcode, cause.subsubcode)}
    headers = {"wsa:Action", "wsa:To", "wsa:ReplyTo", "wsa:FaultTo", "wsa:MessageID", "wsa:RelatesTo"}
    strange = {
        f"{name_of(page)}: {name}"
        for page in papers()
        for name in re.findall(r"\bwsa:\w+", read(page))
        if name not in known | headers
    }
    assert strange == set()


def test_setting_that_a_page_names_exists() -> None:
    known = {key.variable for key in KEYS} | OF_CLIENTS_AND_TESTS
    strange = {
        f"{name_of(page)}: {name}"
        for page in papers()
        for name in re.findall(r"\bCOFFRE_[A-Z][A-Z_]*[A-Z]\b", read(page))
        if name not in known
    }
    assert strange == set()


def test_bounds_that_a_page_names_are_those_of_the_wire() -> None:
    page = read("docs/operations/troubleshooting.md")
    assert f"{LIMITS.body_size // 2**20} MiB" in page
    assert f"{LIMITS.root_size // 2**20} MiB" in page


# Commands.


def targets() -> set[str]:
    """The targets of the Makefile."""
    return set(re.findall(r"(?m)^([a-z]+):", read("Makefile")))


@pytest.mark.parametrize("page", papers(), ids=name_of)
def test_make_target_that_a_page_shows_exists(page: Path) -> None:
    shown = {
        found
        for code in code_of(read(page))
        for found in re.findall(r"(?m)(?:^|[ (])make (?:-C \S+ |[A-Z]+=\S+ )*([a-z]+)\b", code)
    }
    assert shown - targets() == set()


def test_readme_begins_with_the_two_commands() -> None:
    """Contract: two commands on a fresh machine, and nothing before them. [contract 1]"""
    first = next(code_of(read("README.md")))
    assert re.findall(r"(?m)^make (\w+)", first) == ["demo", "test"]
    assert read("README.md").index(first) < read("README.md").index("\n## ")


def test_targets_that_the_contract_names_exist() -> None:
    """[contract 1]"""
    assert {"demo", "test", "serve", "bench", "lint", "install", "docs", "lock"} <= targets()


def _verbs(parser: argparse.ArgumentParser) -> dict[str, set[str]]:
    """Verb → its acts, if it has any."""
    found: dict[str, set[str]] = {}
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, verb in action.choices.items():
                found[name] = set(_verbs(verb))
    return found


def test_verb_that_a_page_shows_exists() -> None:
    verbs = _verbs(cli.parser())
    strange = set()
    for page in papers():
        for code in code_of(read(page)):
            for verb, act in re.findall(r"(?m)(?:^|[ `(]|bin/)coffre ([a-z]+)\b(?: ([a-z]+)\b)?", code):
                if verb not in verbs or (verbs[verb] and act and act not in verbs[verb]):
                    strange.add(f"{name_of(page)}: coffre {verb} {act}".rstrip())
    assert strange == set()


def test_every_verb_is_in_the_contract_page() -> None:
    """[contract 2]"""
    page = read("docs/contract.md")
    told = {f"coffre {verb} {act}".rstrip() for verb, acts in _verbs(cli.parser()).items() for act in (acts or {""})}
    assert {call for call in told if f"`{call}`" not in page} == set()


def test_every_verb_has_help_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    """[contract 2]"""
    for verb, acts in _verbs(cli.parser()).items():
        for call in [[verb, act] for act in acts] or [[verb]]:
            with pytest.raises(SystemExit) as ended:
                cli.main([*call, "--help"])
            assert ended.value.code == 0, call
            assert "example" in capsys.readouterr().out, call


# Records, citations, changelog.


def records() -> list[Path]:
    """The records of decisions, in order."""
    return sorted(path for path in RECORDS.glob("*.md") if not path.name.startswith("0000"))


def test_records_are_numbered_without_a_gap() -> None:
    assert [int(path.name[:4]) for path in records()] == list(range(1, len(records()) + 1))


@pytest.mark.parametrize("record", records(), ids=lambda path: path.stem)
def test_record_has_the_parts_of_the_template(record: Path) -> None:
    wanted = re.findall(r"(?m)^## (.+)$", read(RECORDS / "0000-template.md"))
    text = read(record)
    assert re.findall(r"(?m)^## (.+)$", text) == wanted
    assert text.startswith(f"# {record.name[:4]} · ")
    assert "Status: " in text
    assert len(re.findall(r"(?m)^\*\*[A-Z]\. ", text)) >= 2, "a decision has at least two options"
    assert len(text.splitlines()) <= 70, "a record is one page"


def test_number_of_a_code_is_what_it_always_was() -> None:
    """Every row that was ever written relies on it. [ADR 0010]"""
    assert coding.code_number("class_code", "11", "1.2.250.1.213.1.1.4.1") == -572045912476688024
    assert coding.code_number("event_code_list", "", "é") == -6318436348496732968


def test_dictionary_that_fragments_are_written_with_is_shipped() -> None:
    """A row names its dictionary; one that is gone makes rows unreadable. [ADR 0011]"""
    shipped = {path.name for path in (ROOT / "registry/store").glob("fragments-*.dict")}
    assert {f"fragments-{number}.dict" for number in range(1, fragments.PRESENT_DICTIONARY + 1)} <= shipped
    assert "registry.store = *.dict" in read("setup.cfg")


def test_citation_of_our_own_papers_names_one_that_exists() -> None:
    """[ADR 0010], [decision 7] and [contract 5] in code and tests lead somewhere."""
    known = {f"ADR {path.name[:4]}" for path in records()}
    known |= {f"decision {number}" for number in re.findall(r"(?m)^\| (\d+) \|", read("docs/decisions.md"))}
    known |= {f"contract {number}" for number in re.findall(r"(?m)^## (\d+)\.", read("docs/contract.md"))}
    strange = set()
    for path in ROOT.rglob("*.py"):
        if ".venv" in path.parts or path == Path(__file__):
            continue
        for paper, numbers in re.findall(
            r"\[[^\]\n]*?\b(ADR|decision|contract) ((?:\d+(?:[-, ]+)?)+)", path.read_text(encoding="utf-8")
        ):
            strange |= {
                f"{name_of(path)}: {paper} {number}"
                for number in re.findall(r"\d+", numbers)
                if f"{paper} {number}" not in known
            }
    assert strange == set()


def test_changelog_keeps_its_form() -> None:
    text = read("CHANGELOG.md")
    first = re.findall(r"(?m)^## (.+)$", text)[0]
    assert first == "Unreleased"
    section = text.partition("## Unreleased\n")[2].partition("\n## ")[0]
    assert {"On the wire", "Upgrade"} <= set(re.findall(r"(?m)^### (.+)$", section))


def test_licence_is_the_one_that_setup_names() -> None:
    text = read("LICENSE")
    assert "license = Apache-2.0" in read("setup.cfg")
    assert "Apache License" in text[:200]
    assert "Version 2.0, January 2004" in text[:200]
    assert "END OF TERMS AND CONDITIONS" in text


def test_glossary_has_both_languages_for_every_word() -> None:
    rows = re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", read("docs/glossary.md"))
    assert len(rows) > 50
    assert [
        english for english, french, meaning in rows if not (english.strip() and french.strip() and meaning.strip())
    ] == []
    words = [english.strip().lower() for english, _, _ in rows if not english.startswith(("English", "---"))]
    assert words == sorted(words)


@pytest.mark.parametrize("page", papers(), ids=name_of)
def test_line_of_prose_fits_a_screen(page: Path) -> None:
    """About 120 characters; tables, printed pages and what cannot be broken are longer."""
    if page.is_relative_to(DOCS) and page.relative_to(DOCS).as_posix() in pages.PAGES:
        pytest.skip("printed from a table")
    long = [
        number
        for number, line in enumerate(read(page).splitlines(), 1)
        if len(line) > 120 and not line.startswith("|") and " " in line.strip()[60:]
    ]
    assert [number for number in long if not re.search(r"\]\(", read(page).splitlines()[number - 1])] == []
