"""Names and files: every room resolves into this checkout, every module says what lives in it, and nothing foreign is committed."""

from __future__ import annotations

import ast
import configparser
import importlib.util
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"
VAGUE = {"utils", "util", "common", "core", "helpers", "helper", "misc", "models", "base", "manager", "managers"}
TEXT_ENDINGS = {
    ".py",
    ".md",
    ".toml",
    ".cfg",
    ".in",
    ".lock",
    ".ini",
    ".wsdl",
    ".xsd",
    ".xml",
    ".mako",
    ".txt",
    ".json",
    ".pem",
    "",
}


@cache
def files() -> tuple[Path, ...]:
    """Every file that is committed or would be, by git where it is, else by walking."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0 and listed.stdout:
        found = (ROOT / os.fsdecode(name) for name in listed.stdout.split(b"\0") if name)
    else:
        hidden = {".venv", "build", "coffre-data", "__pycache__"}
        found = (path for path in ROOT.rglob("*") if not any(p in hidden or p.endswith("_cache") for p in path.parts))
    return tuple(sorted(path for path in found if path.is_file()))


def texts() -> list[Path]:
    """Those that are text."""
    return [path for path in files() if path.suffix in TEXT_ENDINGS]


def modules() -> list[Path]:
    """Those that are Python and not empty."""
    return [path for path in files() if path.suffix == ".py" and path.stat().st_size]


@cache
def packages() -> tuple[str, ...]:
    """The packages that setup.cfg lists."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg", encoding="utf-8")
    return tuple(setup["options"]["packages"].split())


def name_of(path: Path) -> str:
    """A file as people call it."""
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("package", packages())
def test_room_resolves_into_this_checkout(package: str) -> None:
    """soap, signing, registry and cda are also names of strangers on the package index. [ADR 0001]"""
    spec = importlib.util.find_spec(package)
    assert spec is not None, f"{package} cannot be imported"
    assert spec.origin is not None
    assert Path(spec.origin).resolve() == (ROOT / package.replace(".", "/") / "__init__.py").resolve()


def test_every_room_resolves_the_same_from_elsewhere(tmp_path: Path) -> None:
    """Not only because the tests run in the checkout: the installed distribution leads here, too."""
    rooms = sorted({package.partition(".")[0] for package in packages()})
    program = "import importlib.util, sys\nfor room in sys.argv[1:]: print(importlib.util.find_spec(room).origin)"
    told = subprocess.run(
        [sys.executable, "-c", program, *rooms], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr
    assert told.stdout.split() == [str(ROOT / room / "__init__.py") for room in rooms]


def test_setup_lists_every_package() -> None:
    """What is not listed is not shipped. Tests are not."""
    found = {
        path.parent.relative_to(ROOT).as_posix().replace("/", ".")
        for path in files()
        if path.name == "__init__.py" and path.relative_to(ROOT).parts[0] not in ("tests", "interop_tests")
    }
    assert found == set(packages())


def test_every_module_says_what_lives_in_it() -> None:
    silent = [name_of(path) for path in modules() if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_every_public_definition_of_a_room_has_a_docstring() -> None:
    """Properties and dunder methods may speak by their names; what a Protocol's method means is told where it is implemented."""
    rooms = {package.partition(".")[0] for package in packages()}
    silent = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in modules()
        if path.relative_to(ROOT).parts[0] in rooms and "migrations" not in path.parts
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []


def test_no_module_has_a_vague_name() -> None:
    vague = [name_of(path) for path in modules() if {*path.relative_to(ROOT).parts[:-1], path.stem} & VAGUE]
    assert vague == []


def test_nothing_is_put_off_in_the_code() -> None:
    """What is not built is said in the papers, not in the margin."""
    mark = re.compile(r"\b(?:TO" + r"DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
    found = [
        f"{name_of(path)}:{number}"
        for path in texts()
        if path.suffix != ".lock"
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if mark.search(line)
    ]
    assert found == []


def test_no_file_names_a_folder_of_this_machine() -> None:
    """The checkout, the home folder and their like mean nothing to others."""
    home = str(Path.home())
    own = {str(ROOT), str(ROOT.parent) + "/", *([home + "/"] if home != "/" else [])}
    found = [
        f"{name_of(path)}: {folder}"
        for path in texts()
        for folder in own
        if folder in path.read_text(encoding="utf-8") and len(folder) > 2
    ]
    assert found == []


def _index_hosts() -> set[str]:
    """Hosts of the package indexes that this machine is set to use, from the environment and pip's own files."""
    told = [value for name, value in os.environ.items() if re.search(r"INDEX|REGISTRY|PROXY", name) and "://" in value]
    for place in ("/etc/pip.conf", Path.home() / ".pip/pip.conf", Path.home() / ".config/pip/pip.conf"):
        path = Path(place)
        if path.is_file():
            told.append(path.read_text(encoding="utf-8", errors="replace"))
    hosts = {found for text in told for found in re.findall(r"://(?:[^/@\s]*@)?([\w.-]+)", text)}
    return hosts - {"localhost", "127.0.0.1"}


def test_no_file_names_a_host_of_a_package_index() -> None:
    hosts = _index_hosts() | {"files.pythonhosted" + ".org", "pypi" + ".org/simple"}
    found = [
        f"{name_of(path)}: {host}" for path in texts() for host in hosts if host in path.read_text(encoding="utf-8")
    ]
    assert found == []


def test_lock_files_pin_with_hashes_and_name_no_address() -> None:
    for name in ("requirements.lock", "requirements-test.lock"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "://" not in text, name
        pinned = re.findall(r"^([A-Za-z0-9_.\-\[\]]+)==\S+", text, re.MULTILINE)
        assert pinned, name
        blocks = re.split(r"(?m)^(?=[A-Za-z0-9])", text)
        assert all("--hash=sha256:" in block for block in blocks if "==" in block), name


def test_tests_are_sentences() -> None:
    """A test's name says what is done and what comes of it: fewer than three words cannot."""
    short = [
        f"{name_of(path)}:{node.lineno} {node.name}"
        for path in modules()
        if path.relative_to(ROOT).parts[0] in ("tests", "interop_tests") and path.name.startswith("test_")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and len(node.name.split("_")) < 4
    ]
    assert short == []


def _passages(path: Path) -> dict[str, int]:
    """What of a paper could be copied: lines of prose, runs of three lines of code; facts and imports are nobody's own."""
    lines = [
        (number, line.strip())
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if line.strip() and not re.match(r"(from|import|#|```)", line.strip()) and "urn:" not in line
    ]
    if path.suffix == ".md":
        return {line: number for number, line in lines if len(line) > 60}
    runs = zip(lines, lines[1:], lines[2:], strict=False)
    return {"\n".join(line for _, line in run): run[0][0] for run in runs if sum(len(line) for _, line in run) > 120}


def test_no_passage_was_copied_from_published_papers() -> None:
    """Facts are restated in our own words. [decision 10]"""
    if not SHARED.is_dir():
        pytest.skip("no folder `shared` with the papers beside the checkout")
    foreign = {
        passage
        for paper in SHARED.rglob("*")
        if paper.suffix in (".md", ".py") and paper.is_file()
        for passage in _passages(paper)
    }
    found = [
        f"{name_of(path)}:{number}"
        for path in texts()
        if path.suffix in (".md", ".py")
        for passage, number in _passages(path).items()
        if passage in foreign
    ]
    assert found == []
