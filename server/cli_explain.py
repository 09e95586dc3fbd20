"""``coffre explain CODE``: a row of the error table or a rule, for people. In English and in French."""

from __future__ import annotations

import argparse
import difflib
import sys
from typing import TYPE_CHECKING

from server import cli_options
from xds import errors

if TYPE_CHECKING:
    from server.cli_options import Subparsers
    from server.rule_book import Rule, Section
    from xds.rules import Rule as SubmissionRule


def add_commands(subparsers: Subparsers) -> None:
    """Adds explain."""
    verb = cli_options.add_verb(
        subparsers,
        "explain",
        "tells what an error code or a rule means, its usual cause and the cure",
        "coffre explain XDSNonIdenticalHash\n  coffre explain SIG-DIGEST",
    )
    verb.add_argument(
        "code", help="an error code, as it stands in errorCode, or the id of a rule, as it stands in brackets"
    )
    cli_options.add_json(verb)
    verb.set_defaults(run=_explain)


def _explain(arguments: argparse.Namespace) -> int:
    from server import rule_book  # with all the rooms that judge: other verbs start faster without them

    name = arguments.code.strip().strip("[]")
    codes = {row.code.lower(): row for row in errors.table()}
    if (row := codes.get(name.lower())) is not None:
        _tell_code(row, as_json=arguments.json)
    elif found := rule_book.find(name):
        _tell_rules(found, as_json=arguments.json)
    elif (submission_rule := rule_book.find_submission_rule(name)) is not None:
        _tell_submission_rule(submission_rule, as_json=arguments.json)
    else:
        print(f"coffre: {arguments.code} is neither a code nor a rule; {_nearest(name)}.", file=sys.stderr)
        return 1
    return 0


def _nearest(name: str) -> str:
    """What was meant, as far as letters tell."""
    from server import rule_book

    known = {each.lower(): each for each in (*(row.code for row in errors.table()), *rule_book.names())}
    near = [known[each] for each in difflib.get_close_matches(name.lower(), known, n=3, cutoff=0.7)]
    if not near:
        return "none is spelled like it"
    return f"near it: {', '.join(near)}"


def _tell_code(row: errors.Row, *, as_json: bool) -> None:
    if as_json:
        cli_options.print_json(row._asdict())
        return
    print(row.code)
    print(f"  meaning       {row.meaning}")
    print(f"  signification {row.meaning_fr}")
    print(f"  severity      {row.severity.name.lower()}")
    print(f"  said by       {', '.join(row.actors)}, in {', '.join(row.transactions) or 'no transaction'}")
    print(f"  usual cause   {row.cause}")
    print(f"  cure          {row.cure}")
    print(f"  clause        {row.clause}")


def _tell_rules(found: tuple[tuple[Section, Rule], ...], *, as_json: bool) -> None:
    from server import rule_book

    if as_json:
        told = [
            {
                "rule": rule.rule,
                "matter": section.title,
                "sentence": rule.sentence,
                "sentence_fr": rule.sentence_fr,
                "severity": rule_book.severity_of(rule),
                "told": section.told,
                "status": rule_book.status_of(rule),
                "cause": rule.cause,
                "cure": rule.cure,
                "clause": rule.clause,
            }
            for section, rule in found
        ]
        cli_options.print_json(told[0] if len(told) == 1 else told)
        return
    for section, rule in found:
        print(rule.rule)
        print(f"  rule          {rule.sentence}")
        print(f"  règle         {rule.sentence_fr}")
        print(f"  matter        {section.title}")
        print(f"  severity      {rule_book.severity_of(rule)}")
        print(f"  told as       {rule_book.status_of(rule) or section.told.replace('`', '')}")
        print(f"  usual cause   {rule.cause}")
        print(f"  cure          {rule.cure}")
        print(f"  clause        {rule.clause}")


def _tell_submission_rule(rule: SubmissionRule, *, as_json: bool) -> None:
    """Such a rule says several codes; what each means and how it is cured is told by the code."""
    sentence = (rule.judge.__doc__ or rule.name).splitlines()[0]
    if as_json:
        cli_options.print_json({"rule": rule.id, "name": rule.name, "sentence": sentence, "clause": rule.clause})
        return
    print(rule.id)
    print(f"  rule          {rule.name}: {sentence}")
    print("  told as       the codes of the answer; coffre explain CODE tells cause and cure")
    print(f"  clause        {rule.clause}")
