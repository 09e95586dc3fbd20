"""The table of attributes agrees with the values, and with itself. [ITI TF-3: 4.2.3]"""

from __future__ import annotations

import dataclasses

import pytest

from xds import attributes, metadata
from xds.attributes import ObjectTable, Place

TABLES = {
    metadata.DocumentEntry: attributes.DOCUMENT_ENTRY,
    metadata.SubmissionSet: attributes.SUBMISSION_SET,
    metadata.Folder: attributes.FOLDER,
    metadata.Association: attributes.ASSOCIATION,
    metadata.Author: attributes.AUTHOR_SLOTS,
}


@pytest.mark.parametrize(("kind", "table"), TABLES.items(), ids=lambda value: getattr(value, "name", ""))
def test_every_field_of_a_value_is_a_row_and_every_row_a_field(kind: type, table: ObjectTable) -> None:
    fields = {field.name for field in dataclasses.fields(kind)} - {"extra"}
    assert set(table.by_field) == fields
    assert len(table.by_field) == len(table.rows)


@pytest.mark.parametrize(("kind", "table"), TABLES.items(), ids=lambda value: getattr(value, "name", ""))
def test_field_of_many_values_is_a_tuple(kind: type, table: ObjectTable) -> None:
    for field in dataclasses.fields(kind):
        if row := table.by_field.get(field.name):
            is_tuple = str(field.type).startswith("tuple")
            assert is_tuple == row.is_many, field.name


def test_no_two_rows_of_a_kind_stand_in_one_place() -> None:
    for table in TABLES.values():
        places = [(row.place, row.key) for row in table]
        assert len(places) == len(set(places))


def test_schemes_and_nodes_are_used_once_in_all_tables() -> None:
    keys = [row.key for table in TABLES.values() for row in table if row.key.startswith("urn:uuid:")]
    assert len(keys) == len(set(keys)) == 22


def test_field_is_the_name_in_snake_case() -> None:
    names = {row.name: row.field for table in TABLES.values() for row in table}
    assert names["entryUUID"] == "entry_uuid"
    assert names["homeCommunityId"] == "home_community_id"
    assert names["URI"] == "uri"
    assert names["logicalID"] == "logical_id"


def test_external_identifiers_bear_the_fixed_name() -> None:
    """[ITI TF-3: 4.2.3.2.16]"""
    for table in TABLES.values():
        for row in table:
            assert bool(row.fixed_name) == (row.place is Place.EXTERNAL_IDENTIFIER)
    assert attributes.DOCUMENT_ENTRY.by_field["patient_id"].fixed_name == "XDSDocumentEntry.patientId"


def test_every_row_cites_its_clause() -> None:
    for table in TABLES.values():
        for row in table:
            assert row.clause.startswith("ITI TF-3: 4.2.")
            assert row.key in row.written or row.key == row.place
