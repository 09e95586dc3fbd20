"""The table of error codes, and errors as values. [ITI TF-3: 4.2.4.1]"""

from __future__ import annotations

import pytest

from xds import errors, transactions
from xds.errors import ErrorList, Row
from xds.vocabulary import Severity

ROWS = list(errors.table())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_row_stands_under_its_code_and_says_everything(row: Row) -> None:
    assert getattr(errors, row.code) is row
    assert errors.find(row.code) is row
    for sentence in (row.meaning, row.meaning_fr, row.cause, row.cure):
        assert sentence.endswith(".")
    assert row.clause.startswith("DMP" if row.code.startswith("DMP") else "ITI TF-3: 4.2.4.1")
    assert row.actors


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.code)
def test_row_can_be_said_as_error_and_as_warning(row: Row) -> None:
    said = errors.error(row, "what", "where"), errors.warning(row, "what")
    assert [(error.row, error.severity) for error in said] == [(row, Severity.ERROR), (row, Severity.WARNING)]
    assert (said[0].code_context, said[0].location, said[1].location) == ("what", "where", "")


def test_codes_are_those_of_the_standard() -> None:
    """A sample by hand of the standard's own list, each spelled as IHE spells it."""
    codes = {row.code for row in ROWS}
    assert len(codes) == len(ROWS)
    assert len({code for code in codes if not code.startswith("DMP")}) == 57
    assert {"XDSNonIdenticalHash", "UnresolvedReferenceException", "XDSPatientIDReconciliationError"} <= codes


def test_transactions_of_rows_are_transactions() -> None:
    """ITI-63 (XCF) and ITI-65 (MHD) are named and not spoken here."""
    known = {row.name for row in transactions.table()} | {"ITI-63", "ITI-65"}
    assert {name for row in ROWS for name in row.transactions} <= known


def test_code_that_ihe_does_not_list_is_unknown() -> None:
    assert errors.find("XDSNoSuchCode") is None
    assert errors.foreign("DMPInvalidCertificate").code == "DMPInvalidCertificate"


def test_list_with_warnings_alone_has_no_errors() -> None:
    """[ITI TF-3: 4.2.4.2]"""
    warning = errors.warning(errors.XDSExtraMetadataNotSaved, "one Slot")
    found = ErrorList([warning])
    assert (found.has_errors, found.highest_severity) == (False, Severity.WARNING)
    more = found + [errors.error(errors.XDSRegistryError, "broken")]  # noqa: RUF005 - the list's own addition
    assert isinstance(more, ErrorList)
    assert (more.has_errors, more.highest_severity) == (True, Severity.ERROR)
    assert more.codes == ("XDSExtraMetadataNotSaved", "XDSRegistryError")


def test_flaw_tells_where_what_was_seen_and_what_is_expected() -> None:
    flaw = errors.flaw("DocumentEntry D / hash", errors.seen("x"), "a SHA-1", "ITI TF-3: 4.2.3.2.10")
    assert flaw.code_context == "DocumentEntry D / hash is 'x'; expected a SHA-1 [ITI TF-3: 4.2.3.2.10]"
    assert (flaw.location, flaw.row) == ("DocumentEntry D / hash", errors.XDSRegistryMetadataError)
    assert errors.flaw("x", errors.seen(None), "y", row=errors.XDSRepositoryMetadataError).code_context.startswith(
        "x is missing"
    )


def test_long_values_are_cut_and_personal_ones_told_by_their_shape() -> None:
    assert errors.shown("a" * 81) == f"'{'a' * 80}…'"
    assert errors.shape("279A^MARTIN-é&1") == "'999a^aaaaaa-a&9'"
