"""Every error code has a room that says it and a test that hears it, or a reason why nobody does. [ITI TF-3: 4.2.4.1]"""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from server.troubles import explain
from sql.database import Busy, StorageFailure, Unavailable
from xds import errors, transactions
from xds.transactions import Actor, Transaction

ROOT = Path(__file__).resolve().parents[1]
ROOMS = ("xds", "registry", "repository", "soap", "server")
SUITES = ("tests", "interop_tests")
ABOUT_THE_TABLE = {"tests/test_error_codes.py", "tests/xds/test_errors.py", "tests/test_docs.py"}
"""They name codes as entries of the table; nothing is refused there."""

OF_RECIPIENTS = (
    "of a Document Recipient (XDR, MHD): here is a registry and a repository, which process all of a submission"
)
UNSAID = {
    "DocumentQueued": "of XDR: nobody here matches patients by hand",
    "PartialAppendContentNotProcessed": OF_RECIPIENTS,
    "PartialFolderContentNotProcessed": OF_RECIPIENTS,
    "PartialRelationshipContentNotProcessed": OF_RECIPIENTS,
    "PartialReplaceContentNotProcessed": OF_RECIPIENTS,
    "PartialTransformNotProcessed": OF_RECIPIENTS,
    "PartialTransformReplaceNotProcessed": OF_RECIPIENTS,
    "UnknownRecipient": OF_RECIPIENTS,
    "UnavailableRecipient": OF_RECIPIENTS,
    "FHIRDocumentNotSupported": "of MHD",
    "TranscodingError": "of XCF",
    "XDSReplaceFailed": "retired",
    "XDSUnavailableCommunity": "of an Initiating Gateway: no other community is asked",
    "LocalPolicyRestrictionError": "a domain has no rules about who may update what",
    "XDSRemoveDocumentsError": "whatever is held can be removed; where storage fails it is XDSRepositoryError",
}
"""Codes that nobody says here, and why."""

MISSPELT = {"XDSNonIdentcalHash"}
"""As people type them."""
_metadata = re.compile(r"XDS(?:DocumentEntry|SubmissionSet|Folder|Association)(?![a-z]*Error)")
"""Names of attributes and of parameters of queries begin like codes."""


@cache
def trees(*folders: str) -> dict[str, ast.Module]:
    """The sources below those folders, by their path."""
    paths = (path for folder in folders for path in sorted((ROOT / folder).rglob("*.py")))
    return {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in paths}


def named(tree: ast.Module) -> Iterator[str]:
    """What a source names that may be a code: ``errors.CODE``, a text that is one, the end of a test's name."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "errors":
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from re.findall(r"\b[A-Z]\w+", node.value)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from re.findall(r"(?<=_)[A-Z][A-Za-z]+", node.name)


@cache
def said() -> frozenset[str]:
    """What the rooms say, by the table's rows alone."""
    return frozenset(
        node.attr
        for path, tree in trees(*ROOMS).items()
        for node in ast.walk(tree)
        if path != "xds/errors.py"
        and isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "errors"
    )


@cache
def heard() -> dict[str, set[str]]:
    """What tests name → where."""
    found: dict[str, set[str]] = {}
    for path, tree in trees(*SUITES).items():
        if path not in ABOUT_THE_TABLE:
            for name in named(tree):
                found.setdefault(name, set()).add(path)
    return found


@pytest.mark.parametrize("row", list(errors.table()), ids=lambda row: row.code)
def test_code_is_said_by_a_room_and_heard_by_a_test_or_has_a_reason(row: errors.Row) -> None:
    if row.code in UNSAID:
        assert row.code not in said(), "it is said now: tell no reason why not"
    else:
        assert row.code in said()
        assert heard().get(row.code), "no test names it"


def test_reasons_are_of_codes_that_there_are() -> None:
    assert UNSAID.keys() - {row.code for row in errors.table()} == set()


def test_code_that_a_test_names_is_in_the_table() -> None:
    known = {row.code for row in errors.table()}
    strange = {
        f"{path}: {name}"
        for name, paths in heard().items()
        for path in paths
        if re.fullmatch(r"XDS[A-Z][A-Za-z]+", name) and not _metadata.match(name) and name not in known | MISSPELT
    }
    assert strange == set()


SERVED = tuple(row for row in transactions.table() if row.actor not in (Actor.PATIENTS, Actor.AUTHORISATIONS))
"""Transactions whose response carries codes; those of the feed and of the DMP's records do not."""
OUT_OF_RESOURCES = {"XDSRegistryOutOfResources", "XDSRepositoryOutOfResources"}


@pytest.mark.parametrize("transaction", SERVED, ids=lambda row: row.name)
def test_failure_of_our_own_is_told_by_a_code_of_the_transaction(transaction: Transaction) -> None:
    """The registry's or the repository's, as the table of codes has it."""
    for failure in (RuntimeError(), Busy(), Unavailable(), StorageFailure()):
        assert transaction.name in explain(failure, transaction).row.transactions
    for shortage in (MemoryError(), OSError(errno.ENOSPC, "full")):
        row = explain(shortage, transaction).row
        assert transaction.name in row.transactions
        assert row.code in OUT_OF_RESOURCES
