"""``coffre validate FILE…``: which rules ran on a file, which failed, where, and what the clause wants. Offline."""

from __future__ import annotations

import argparse
import os
import textwrap
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from server import cli_options, domain_files, settings
from server.settings import SettingsError
from server.validation import Check, Language, Note, Severity, Text, Verdict

if TYPE_CHECKING:
    from cda.conformance import Conformance
    from server.cli_options import Subparsers
    from server.validator import Validator
    from signing.trust import Trust
    from xds.domain import AffinityDomain

SIZE_MAX = 512 * 1024 * 1024
"""Bytes of a file: as much as the service reads of a request."""

NOTES_MAX = 50
"""Of one check that are printed for a person; JSON has them all."""

_WIDTH = 110
_MARKS = {
    None: Text("--  ", "--  "),
    0: Text("ok  ", "ok  "),
    1: Text("FAIL", "NON "),
}
_SEVERITIES = {
    Severity.ERROR: Text("error", "erreur"),
    Severity.WARNING: Text("warning", "avertissement"),
    Severity.INFO: Text("note", "note"),
}


def add_commands(subparsers: Subparsers) -> None:
    """Adds validate."""
    verb = cli_options.add_verb(
        subparsers,
        "validate",
        "tells what is wrong with CDA documents, SOAP requests, ebRIM, SAML assertions, XDM archives and signed documents; "
        "sends nothing anywhere",
        "coffre validate request.mtom letter.xml --lang fr",
    )
    verb.add_argument("files", type=Path, nargs="+", metavar="FILE", help="what it is, is found out by looking at it")
    verb.add_argument(
        "--domain", metavar="NAME", help="the affinity domain that judges: a name or a file (COFFRE_DOMAIN, dmp)"
    )
    verb.add_argument(
        "--pack", type=Path, metavar="DIR", help="CDA schema and schematrons to be run too (COFFRE_CDA_PACK)"
    )
    verb.add_argument(
        "--trust",
        type=Path,
        metavar="DIR",
        help="who is trusted to sign; without it signatures are found whole or not (COFFRE_TRUST_ANCHORS)",
    )
    verb.add_argument("--lang", choices=[each.value for each in Language], help="language of the report (LANG)")
    cli_options.add_json(verb)
    verb.set_defaults(run=_validate)


def _validate(arguments: argparse.Namespace) -> int:
    language = Language(arguments.lang) if arguments.lang else language_of(os.environ)
    contents = [(str(path), _read(path)) for path in arguments.files]
    with ExitStack() as stack:
        validator = _build(arguments, stack)
        for _, content in contents:
            validator.acquaint(content)
        verdicts = []
        for name, content in contents:
            verdicts.append(validator.validate(name, content))
            if not arguments.json:
                print("\n".join(report(verdicts[-1], language)), flush=True)
    if arguments.json:
        cli_options.print_json([verdict.plain(language) for verdict in verdicts])
    return 1 if any(verdict.errors for verdict in verdicts) else 0


def language_of(environment: Mapping[str, str]) -> Language:
    """The language in which whoever sits at the terminal is told. [POSIX: 8.2]"""
    told = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    return Language.FRENCH if told.lower().startswith("fr") else Language.ENGLISH


def report(verdict: Verdict, language: Language) -> Iterator[str]:
    """The lines that a person reads of one file."""
    colon = Text(":", " :").said(language)
    yield f"{verdict.file}{colon} {verdict.kind.said(language)}"
    for check in verdict.checks:
        yield from _lines(check, language)
    if verdict.errors:
        told = Text(
            f"{verdict.errors} error(s), {verdict.warnings} warning(s)",
            f"{verdict.errors} erreur(s), {verdict.warnings} avertissement(s)",
        )
    else:
        told = Text(
            f"nothing wrong found, {verdict.warnings} warning(s)", f"rien à redire, {verdict.warnings} avertissement(s)"
        )
    yield f"{verdict.file}{colon} {told.said(language)}"
    yield ""


def _build(arguments: argparse.Namespace, stack: ExitStack) -> Validator:
    from server.validator import Validator  # with all its rooms: other verbs start faster without them

    flags = {"domain": arguments.domain, "cda_pack": arguments.pack, "trust_anchors": arguments.trust}
    chosen = settings.load(None, os.environ, flags)
    domain = domain_files.load_domain(chosen.domain)
    trust = _open_trust(chosen.trust_anchors, domain)
    conformance = _open_pack(chosen.cda_pack, stack)
    return Validator(domain, trust, datetime.now(UTC), conformance)


def _open_trust(folder: Path | None, domain: AffinityDomain) -> Trust | None:
    from repository.checks import revocation_of
    from signing.trust import TrustError, load_trust

    if folder is None:
        return None
    try:
        return load_trust([folder], revocation_of(domain.seals.revocation))
    except TrustError as error:
        raise SettingsError(str(error)) from error


def _open_pack(folder: Path | None, stack: ExitStack) -> Conformance | None:
    from cda.conformance import Conformance
    from cda.pack import Pack, PackError

    if folder is None:
        return None
    try:
        conformance = stack.enter_context(Conformance(Pack(folder)))
    except PackError as error:
        raise SettingsError(str(error)) from error
    # It makes itself ready while the first file is read.
    conformance.start()
    return conformance


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            content = file.read(SIZE_MAX + 1)
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}); name a file.") from error
    if len(content) > SIZE_MAX:
        raise SettingsError(f"{path} has more than the {SIZE_MAX} bytes that are read.")
    return content


def _lines(check: Check, language: Language) -> Iterator[str]:
    mark = _MARKS[None if check.not_run else min(check.errors, 1)].said(language)
    subject = f" ({check.subject})" if check.subject else ""
    colon = Text(":", " :").said(language)
    yield f"  {mark} {check.name.said(language)}{subject}{colon} {_how_far(check, language)}"
    for note in check.notes[:NOTES_MAX]:
        yield from _note_lines(note, language)
    if len(check.notes) > NOTES_MAX:
        left = len(check.notes) - NOTES_MAX
        yield "         " + Text(f"{left} more; --json has them", f"{left} de plus ; voir --json").said(language)


def _how_far(check: Check, language: Language) -> str:
    if check.not_run is not None:
        return Text(f"not run, {check.not_run.english}", f"non exécuté, {check.not_run.french}").said(language)
    count = check.asked or len(check.rules)
    return Text(f"asked {count}, failed {check.errors}", f"{count} examinées, {check.errors} non respectées").said(
        language
    )


def _note_lines(note: Note, language: Language) -> Iterator[str]:
    code = f" {note.code}" if note.code and note.code != note.rule else ""
    line = Text(f" line {note.line}", f" ligne {note.line}").said(language) if note.line else ""
    where = f" {note.location}" if note.location else ""
    yield f"       {_SEVERITIES[note.severity].said(language)} {note.rule}{code}{line}{where}"
    told = note.sentence.said(language)
    if note.wants is not None:
        told += Text(f" Wanted: {note.wants.english}", f" Attendu : {note.wants.french}").said(language)
    if note.clause and f"[{note.clause}]" not in told:
        told += f" [{note.clause}]"
    yield from textwrap.wrap(
        told, _WIDTH, initial_indent=" " * 9, subsequent_indent=" " * 9, break_long_words=False, break_on_hyphens=False
    )
