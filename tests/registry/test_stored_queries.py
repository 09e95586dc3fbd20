"""The table of stored queries: complete, without doubles, each with a recipe. [ITI TF-2: 3.18.4.1.2.4]"""

from __future__ import annotations

from collections import Counter

import pytest

from registry import parameters, stored_queries
from registry.parameters import CodeParameter, Parameter, TimeRange
from registry.recipes import RECIPES
from registry.stored_queries import STORED_QUERIES, Count, Need, StoredQuery
from xds.identifiers import check_uuid
from xds.metadata import DocumentEntry, Folder, SubmissionSet
from xds.transactions import ITI_18

DECLARED = [row for row in vars(stored_queries).values() if isinstance(row, StoredQuery)]
ROWS = pytest.mark.parametrize("row", DECLARED, ids=lambda row: row.name)


def test_the_fourteen_queries_of_iti_18_are_here_once() -> None:
    assert [row for row in DECLARED if row.transaction is ITI_18] == list(STORED_QUERIES)
    assert len(STORED_QUERIES) == 14


def test_no_two_queries_share_id_or_name() -> None:
    assert len({row.query_id for row in DECLARED}) == len({row.name for row in DECLARED}) == len(DECLARED)


@ROWS
def test_query_has_a_recipe(row: StoredQuery) -> None:
    assert RECIPES[row].__doc__


@ROWS
def test_query_is_named_by_a_uuid_in_lower_case(row: StoredQuery) -> None:
    assert check_uuid(row.query_id) is None
    assert row.query_id == row.query_id.lower()


@ROWS
def test_query_takes_each_parameter_once(row: StoredQuery) -> None:
    assert max(Counter(use.parameter.name for use in row.uses).values()) == 1


@ROWS
def test_parameters_of_a_choice_take_values_alike(row: StoredQuery) -> None:
    assert len({use.takes for use in row.uses if use.need is Need.CHOICE}) <= 1


@ROWS
def test_several_slots_are_taken_by_attributes_with_several_values_only(row: StoredQuery) -> None:
    """[ITI TF-2: 3.18.4.1.2.3.5]"""
    allowed = {
        "$XDSDocumentEntryEventCodeList",
        "$XDSDocumentEntryConfidentialityCode",
        "$XDSFolderCodeList",
        "$XDSDocumentEntryReferenceIdList",
    }
    assert {use.parameter.name for use in row.uses if use.takes is Count.MANY_SLOTS} <= allowed


def test_every_parameter_is_taken_by_a_query() -> None:
    declared: set[str] = set()
    for value in vars(parameters).values():
        if isinstance(value, Parameter):
            declared.add(value.name)
        elif isinstance(value, CodeParameter):
            declared.add(value.parameter.name)
        elif isinstance(value, TimeRange):
            declared |= {value.at_or_after.name, value.before.name}
    assert declared == {use.parameter.name for row in DECLARED for use in row.uses}


def test_coded_and_time_parameters_name_attributes_of_our_values() -> None:
    fields = {*DocumentEntry.__slots__, *SubmissionSet.__slots__, *Folder.__slots__}
    rows = [value for value in vars(parameters).values() if isinstance(value, CodeParameter | TimeRange)]
    assert {row.attribute for row in rows} <= fields
