"""The arrows between rooms are those of the plan: import-linter's contracts hold, and what a tool cannot see is looked for here."""

from __future__ import annotations

import ast
import configparser
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from xds import errors

ROOT = Path(__file__).resolve().parents[1]
ROOMS = (
    *("safexml", "sql", "soap", "xds", "ins", "signing", "cda", "access", "audit"),
    *("registry", "repository", "record", "client", "server", "bench"),
)
SQL_ROOMS = ("sql/", "registry/store/", "repository/store/", "record/store/", "audit/store/")


@pytest.fixture(scope="module")
def setup() -> configparser.ConfigParser:
    """What setup.cfg says."""
    found = configparser.ConfigParser()
    found.read(ROOT / "setup.cfg", encoding="utf-8")
    return found


def modules(*rooms: str) -> Iterator[tuple[str, ast.Module]]:
    """Every module of these rooms by its path in the checkout, parsed."""
    for room in rooms:
        for path in sorted((ROOT / room).rglob("*.py")):
            yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def imports(module: ast.Module) -> Iterator[str]:
    """Names of the modules that a module imports, wherever in it."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def lint_imports(folder: Path, config: Path) -> subprocess.CompletedProcess[str]:
    """import-linter's verdict on the rooms of a folder."""
    command = [str(Path(sys.executable).with_name("lint-imports")), "--config", str(config), "--no-cache"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)


def test_every_import_contract_is_kept() -> None:
    verdict = lint_imports(ROOT, ROOT / "setup.cfg")
    assert verdict.returncode == 0, verdict.stdout + verdict.stderr


def test_every_room_is_under_the_contracts(setup: configparser.ConfigParser) -> None:
    """A room that is in no layer could import whatever it likes."""
    assert set(setup["importlinter"]["root_packages"].split()) == {*ROOMS, "interop_tests"}
    layers = re.split(r"[\s|]+", setup["importlinter:contract:floors"]["layers"].strip())
    assert sorted(layers) == sorted(ROOMS)


def test_contracts_forbid_what_the_architecture_page_says(setup: configparser.ConfigParser) -> None:
    forbidden = {
        name.rpartition(":")[2]: set(setup[name]["forbidden_modules"].split())
        for name in setup.sections()
        if setup[name].get("type") == "forbidden"
    }
    assert {"xds", "sql"} <= forbidden["soap"]
    assert {"repository", "cda", "soap"} <= forbidden["registry"]
    assert {"registry", "soap"} <= forbidden["repository"]
    assert {"registry", "repository", "sql", "server"} <= forbidden["client"]
    assert set(ROOMS) <= forbidden["witness"]
    assert forbidden["sql"] == {"sqlalchemy", "psycopg", "alembic"}


def test_lists_of_contracts_have_a_line_for_each_module(setup: configparser.ConfigParser) -> None:
    """import-linter takes a line for one name: a list with commas names a module that does not exist, and forbids nothing."""
    listed = [
        f"{name} {key}"
        for name in setup.sections()
        if name.startswith("importlinter")
        for key, value in setup[name].items()
        if key.endswith(("_modules", "_packages")) and "," in value
    ]
    assert listed == []


def test_relative_imports_are_not_used() -> None:
    """Every import says its room, so that a reader and the contracts see the same arrow."""
    relative = [
        f"{name}:{node.lineno}"
        for name, module in modules(*ROOMS, "interop_tests")
        for node in ast.walk(module)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


@pytest.mark.parametrize(
    ("library", "rooms"),
    [
        ("sqlalchemy", SQL_ROOMS),
        ("alembic", ("sql/",)),
        ("psycopg", SQL_ROOMS),
        ("sqlite3", ("sql/",)),
        ("uvicorn", ("server/",)),
        ("starlette", ("server/",)),
        ("zstandard", ("registry/store/", "bench/")),
        ("cryptography", ("signing/", "server/")),
        ("pyhanko", ("signing/pades.py",)),
        ("pyhanko_certvalidator", ("signing/chains.py", "signing/pades.py")),
        ("asn1crypto", ("signing/chains.py",)),
        ("saxonche", ("cda/schematron_engine.py",)),
        ("spyne", ("ins/",)),
        ("zeep", ("ins/", "interop_tests/")),
    ],
)
def test_outside_library_has_one_room(library: str, rooms: tuple[str, ...]) -> None:
    strays = [
        name
        for name, module in modules(*ROOMS)
        if any(found.partition(".")[0] == library for found in imports(module)) and not name.startswith(rooms or ("-",))
    ]
    assert strays == []


def test_xml_is_parsed_in_one_room_only() -> None:
    """One hardened parser, and no other. The bench measures libxml2 itself, as a floor; it parses what it has made."""
    makers = {"XMLParser", "HTMLParser", "fromstring", "XML", "iterparse", "parse", "XMLPullParser"}
    strays = [
        f"{name}:{node.lineno}"
        for name, module in modules(*(room for room in ROOMS if room not in ("safexml", "bench")))
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute)
        and node.attr in makers
        and isinstance(node.value, ast.Name)
        and node.value.id in ("etree", "lxml", "ElementTree")
    ]
    assert strays == []


def test_envelope_room_spells_no_word_of_ihe() -> None:
    strays = [
        path.name
        for path in sorted((ROOT / "soap").glob("*.py"))
        if re.search(r"urn:ihe|\bXDS[A-Z]|RegistryResponse|ebxml", path.read_text(encoding="utf-8"))
    ]
    assert strays == []


def test_error_codes_are_spelled_in_their_table_only() -> None:
    """Nothing else spells a code: it names the row. [ADR 0005]"""
    codes = {row.code for row in errors.table()}
    strays = [
        f"{name}:{node.lineno} {node.value}"
        for name, module in modules(*ROOMS)
        if name != "xds/errors.py"
        for node in ast.walk(module)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in codes
    ]
    assert strays == []


def test_pure_rooms_ask_neither_clock_nor_chance_nor_environment() -> None:
    """What comes from outside is an argument. Fresh ids of nested ebRIM elements are the writer's own. [ADR 0007]"""
    asked = {("datetime", "now"), ("time", "time"), ("os", "environ"), ("os", "getenv"), ("uuid", "uuid4")}
    strays = [
        f"{name}:{node.lineno} {node.value.id}.{node.attr}"
        for name, module in modules("safexml", "soap", "xds", "ins", "cda", "registry", "repository")
        for node in ast.walk(module)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and (node.value.id, node.attr) in asked
    ]
    assert strays == []


def test_planted_arrow_is_caught(tmp_path: Path) -> None:
    """The tool sees a wrong arrow: a toy of two rooms in which the lower one imports the upper."""
    for room, text in (("upper", ""), ("lower", "import upper\n")):
        (tmp_path / room).mkdir()
        (tmp_path / room / "__init__.py").write_text(text)
    config = tmp_path / "setup.cfg"
    config.write_text(
        "[importlinter]\nroot_packages =\n    upper\n    lower\n\n"
        "[importlinter:contract:floors]\nname = floors\ntype = layers\nlayers =\n    upper\n    lower\n"
    )
    verdict = lint_imports(tmp_path, config)
    assert verdict.returncode != 0
    assert "lower -> upper" in verdict.stdout
