"""``coffre domain show`` and ``coffre domain import``: an affinity domain, whole; one made from the NIST toolkit's code sets."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from server import cli_options, code_sets, domain_files
from server.code_sets import CodeSets, UnfitCodeSets
from xds.domain import AffinityDomain

if TYPE_CHECKING:
    from server.cli_options import Subparsers


def add_commands(subparsers: Subparsers) -> None:
    """Adds domain."""
    verb = cli_options.add_verb(subparsers, "domain", "affinity domains", "coffre domain show ihe")
    acts = verb.add_subparsers(dest="act", metavar="ACT", required=True)
    show = cli_options.add_verb(
        acts, "show", "prints a domain whole, as the TOML file that would make it", "coffre domain show dmp"
    )
    built_in = ", ".join(domain_files.built_in_names())
    show.add_argument("name", help=f"{built_in}, or the path of a domain file")
    cli_options.add_json(show)
    show.set_defaults(run=_show)
    take = cli_options.add_verb(
        acts,
        "import",
        "makes a domain file from the code sets of the NIST toolkit (codes.xml); then every code is checked",
        "coffre domain import codes.xml --base ihe -o region.toml",
    )
    take.add_argument("codes", type=Path, metavar="CODES.xml", help="code sets in the toolkit's form")
    take.add_argument(
        "--base", default="ihe", metavar="NAME", help=f"what the rest is taken from: {built_in}, or a domain file (ihe)"
    )
    take.add_argument("-o", "--output", type=Path, required=True, metavar="DOMAIN.toml", help="the file to be written")
    take.add_argument("--force", action="store_true", help="write over a file that is there")
    cli_options.add_json(take)
    take.set_defaults(run=_import)


def _show(arguments: argparse.Namespace) -> int:
    domain = domain_files.load_domain(arguments.name)
    if arguments.json:
        cli_options.print_json(_plain(domain))
    else:
        print(domain_files.format_domain(domain), end="")
    return 0


def _import(arguments: argparse.Namespace) -> int:
    base = domain_files.load_domain(arguments.base)
    source, output = arguments.codes.name, arguments.output
    try:
        document = arguments.codes.read_bytes()
    except OSError as error:
        raise UnfitCodeSets(
            f"{arguments.codes} cannot be read ({error.strerror}); give a file of code sets."
        ) from error
    sets = code_sets.read_code_sets(document, source)
    domain = code_sets.with_code_sets(base, sets, name=output.stem, source=source)
    heading = f"# Made by coffre domain import from {_on_a_line(source)} and the domain {_on_a_line(base.name)}."
    _write(output, f"{heading}\n\n{domain_files.format_domain(domain)}", is_forced=arguments.force)
    if arguments.json:
        cli_options.print_json(_summary(output, base, domain, sets))
    else:
        _tell(output, base, domain, sets)
    return 0


def _on_a_line(text: str) -> str:
    """A name as a comment can hold it."""
    return "".join(sign if sign.isprintable() else "?" for sign in text)


def _write(path: Path, text: str, *, is_forced: bool) -> None:
    """Whole or not at all: a service may be started with the file at any moment. *Raises* UnfitCodeSets."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        unfinished.write_text(text, encoding="utf-8")
        try:
            if not is_forced:
                path.touch(exist_ok=False)
            unfinished.replace(path)
        finally:
            unfinished.unlink(missing_ok=True)
    except FileExistsError as error:
        raise UnfitCodeSets(f"{path} is there already; give another -o, or --force to write over it.") from error
    except OSError as error:
        raise UnfitCodeSets(f"{path} cannot be written ({error.strerror}); give another -o.") from error


def _tell(path: Path, base: AffinityDomain, domain: AffinityDomain, sets: CodeSets) -> None:
    for value_set in sets.value_sets.values():
        schemes = {scheme for _, scheme in value_set.codes if scheme}
        beside = f", {len(schemes)} coding scheme{'s' if len(schemes) != 1 else ''}" if schemes else ""
        print(f"{len(value_set.codes):6} codes of {value_set.name}{beside}")
    print(f"{len(domain.authorities):6} assigning authorities: {', '.join(one.name for one in domain.authorities)}")
    if sets.ignored:
        print(f"Not taken, for no attribute is called so: {', '.join(sets.ignored)}")
    if sets.incomplete:
        print(f"Not taken, for lack of code or codingScheme: {sets.incomplete} Code elements")
    print(f"{path}: domain {domain.name} on top of {base.name}; a submission with any other code is refused.")
    print(f"Serve it: COFFRE_DOMAIN={path} coffre serve")


def _summary(path: Path, base: AffinityDomain, domain: AffinityDomain, sets: CodeSets) -> dict[str, Any]:
    return {
        "file": str(path),
        "name": domain.name,
        "base": base.name,
        "codes": {attribute: len(value_set.codes) for attribute, value_set in sets.value_sets.items()},
        "authorities": [one.oid for one in domain.authorities],
        "ignored": list(sets.ignored),
        "incomplete": sets.incomplete,
    }


def _plain(domain: AffinityDomain) -> dict[str, Any]:
    value_sets = {
        attribute: {
            "name": value_set.name,
            "unknown_code": value_set.unknown_code,
            "codes": domain_files.codes_by_scheme(value_set.codes),
        }
        for attribute, value_set in domain.value_sets.items()
    }
    told = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(domain).items()}
    return told | {"value_sets": value_sets}
